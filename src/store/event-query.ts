// An event query as SQL: one row of the table below for each field that a condition can name.
import { type Condition, COMMON_FIELDS, type EventQuery, type KeyRange, keyRanges } from '../epcis/index.ts';
import { AppError, messageOf } from '../error.ts';
import { keyOfUri } from '../gs1/index.ts';
import type { Role } from '../trace/fact.ts';
import { packEventId } from './event-id.ts';
import { typedKey } from './event-row.ts';
import { type StoredEvent, storedEvent, type StoredRow } from './event.ts';
import { readHead } from './log-head.ts';
import { INDEX_ROLES, roleCode } from './mention.ts';
import { byteaArray, type Queries, textArray, type Value } from './sql.ts';

type Field = Condition['field'];
/** Adds a parameter and returns its `$n`. */
type Bind = (value: Value) => string;
type Compile = (condition: Condition, bind: Bind) => string;

const COMPARISONS: Partial<Record<Condition['op'], string>> = { GE: '>=', LT: '<', GT: '>', LE: '<=' };

const refuse = (message: string): never => {
  throw new AppError('invalid', message, { rule: 'QueryParameterException' });
};

const texts = ({ values }: Condition): string[] => values.map(String);

const anyText =
  (column: string): Compile =>
  (condition, bind) =>
    `${column} = any(${bind(textArray(texts(condition)))}::text::text[])`;

const compared =
  (column: string): Compile =>
  ({ parameter, op, values }, bind) => {
    const sign = COMPARISONS[op] ?? refuse(`${parameter} is not supported.`);
    return `${column} ${sign} ${bind(Number(values[0]))}`;
  };

/** Keys of identifiers as asked, in any spelling. */
function keysOf({ parameter }: Condition, uris: readonly string[]): Uint8Array[] {
  return uris.map((uri) => {
    try {
      return keyOfUri(uri).key;
    } catch (error) {
      return refuse(`${parameter}: ${messageOf(error)}`);
    }
  });
}

const anyKey =
  (column: string): Compile =>
  (condition, bind) =>
    `${column} = any(${bind(byteaArray(keysOf(condition, texts(condition))))}::text::bytea[])`;

/** The events that some identifier rows name; `test` is on those rows. */
const mentioned = (roles: readonly number[], test: string): string =>
  `sequence in (select sequence from mention where tenant_id = $1 and role in (${roles.join(', ')}) and ${test})`;

const typed =
  (role: keyof typeof INDEX_ROLES): Compile =>
  (condition, bind) => {
    const keys = texts(condition).map((uri) => {
      try {
        return typedKey(condition.name ?? '', uri, condition.parameter);
      } catch (error) {
        return refuse(messageOf(error));
      }
    });
    return mentioned([INDEX_ROLES[role]], `key = any(${bind(byteaArray(keys))}::text::bytea[])`);
  };

/** A key, or a range of them, as a condition on `key`. */
const within = ({ from, to }: KeyRange, bind: Bind): string =>
  to ? `key >= ${bind(from)}::bytea and key < ${bind(to)}::bytea` : `key = ${bind(from)}::bytea`;

/** What each value of a MATCH parameter names. A pattern that no range of keys can answer is refused. */
function rangesOf(condition: Condition, of: 'epc' | 'class'): KeyRange[] {
  return texts(condition).flatMap((uri) => {
    try {
      return keyRanges(uri, of) ?? refuse(`${condition.parameter}: ${uri} is a pattern that cannot be looked up.`);
    } catch (error) {
      return refuse(`${condition.parameter}: ${messageOf(error)}`);
    }
  });
}

/** All plain keys go in one list, so that its length does not lengthen the statement. */
function anyOf(ranges: KeyRange[], bind: Bind): string {
  const keys = ranges.filter(({ to }) => to === undefined).map(({ from }) => from);
  const tests = [
    ...(keys.length > 0 ? [`key = any(${bind(byteaArray(keys))}::text::bytea[])`] : []),
    ...ranges.filter(({ to }) => to !== undefined).map((range) => within(range, bind)),
  ];
  return tests.length === 1 ? tests[0]! : `(${tests.map((test) => `(${test})`).join(' or ')})`;
}

/** MATCH of single things: named ones, and those of a pattern. */
const matched =
  (...roles: Role[]): Compile =>
  (condition, bind) =>
    mentioned(roles.map(roleCode), anyOf(rangesOf(condition, 'epc'), bind));

/** MATCH of classes and lots. A class that an ILMD turned into a lot still answers to its name. */
const matchedClass =
  (...roles: Role[]): Compile =>
  (condition, bind) =>
    mentioned([...roles, 'written' as const].map(roleCode), anyOf(rangesOf(condition, 'class'), bind));

const EPC: Role[] = ['epc', 'childEPC'];
const CLASS: Role[] = ['quantity', 'childQuantity'];

const FIELDS: Partial<Record<Field, Compile>> = {
  eventType: anyText('type'),
  action: anyText('action'),
  bizStep: anyText('biz_step'),
  disposition: anyText('disposition'),
  transformationID: anyText('transformation_id'),
  eventTime: compared('event_time'),
  recordTime: compared('record_time'),
  readPoint: anyKey('read_point_key'),
  bizLocation: anyKey('biz_location_key'),
  eventID: (condition, bind) => `event_id = any(${bind(byteaArray(texts(condition).map(packEventId)))}::text::bytea[])`,
  errorDeclaration: () => 'declaration is not null',
  bizTransaction: typed('bizTransaction'),
  source: typed('source'),
  destination: typed('destination'),
  epc: matched(...EPC),
  parentID: matched('parent'),
  inputEPC: matched('inputEPC'),
  outputEPC: matched('outputEPC'),
  anyEPC: matched(...EPC, 'parent', 'inputEPC', 'outputEPC'),
  epcClass: matchedClass(...CLASS),
  inputEPCClass: matchedClass('inputQuantity'),
  outputEPCClass: matchedClass('outputQuantity'),
  anyEPCClass: matchedClass(...CLASS, 'inputQuantity', 'outputQuantity'),
};

/** Fields that a query may name here; for `parseQuery`. */
export const SUPPORTED_FIELDS: ReadonlySet<Field> = new Set([...COMMON_FIELDS].filter((field) => FIELDS[field]));

/** recordTime never falls as the sequence rises, so the log's own order is that of recordTime. */
const ORDERS: Record<string, string> = { eventTime: 'event_time', recordTime: 'sequence' };

/**
 * Where a page ended: sort value and sequence of its last event, the log's size at the first page (what came later is
 * left out of this walk), and how many events were given so far.
 */
export type Position = [value: number, sequence: number, size: number, given: number];

/** What of the log the query sees, with the log's size as $2: refused events are never among it. */
const VISIBLE = `tenant_id = $1 and sequence <= $2 and variant < '\\x02'::bytea`;

function conditionsOf(query: EventQuery, bind: Bind): string {
  const compiled = query.conditions.map((condition) => {
    const compile = FIELDS[condition.field] ?? refuse(`${condition.parameter} is not supported.`);
    return compile(condition, bind);
  });
  return [VISIBLE, ...compiled].join('\n  and ');
}

const binder =
  (parameters: Value[]): Bind =>
  (value) =>
    `$${parameters.push(value)}`;

/** SQL text and parameters of one page, `limit` rows from behind `position` on. */
export function pageSql(
  tenantId: string,
  query: EventQuery,
  position: Position,
  isFirst: boolean,
  limit: number,
): [string, Value[]] {
  const parameters: Value[] = [tenantId, position[2]];
  const bind = binder(parameters);
  const conditions = conditionsOf(query, bind);
  const column =
    query.orderBy === undefined
      ? 'sequence'
      : (ORDERS[query.orderBy] ?? refuse(`orderBy ${query.orderBy} is not supported yet.`));
  // Without orderBy events come as they were captured: a page that is read again is the same.
  const down = query.orderBy !== undefined && query.orderDirection === 'DESC';
  const direction = down ? 'desc' : 'asc';
  const columns = column === 'sequence' ? ['sequence'] : [column, 'sequence'];
  const edge = column === 'sequence' ? [position[1]] : [position[0], position[1]];
  const keyset = isFirst
    ? ''
    : `\n  and (${columns.join(', ')}) ${down ? '<' : '>'} (${edge.map((value) => `${bind(value)}::bigint`).join(', ')})`;
  const text = `
select sequence, event_id, hash, event_time, record_time, body from event
where ${conditions}${keyset}
order by ${columns.map((name) => `${name} ${direction}`).join(', ')} limit ${bind(limit)}`;
  return [text, parameters];
}

async function refuseTooMany(
  db: Queries,
  tenantId: string,
  query: EventQuery,
  size: number,
  max: number,
): Promise<void> {
  const parameters: Value[] = [tenantId, size];
  const bind = binder(parameters);
  const text = `select count(*) as hits from (select 1 from event where ${conditionsOf(query, bind)} limit ${bind(max + 1)}) h`;
  const [row] = await db.query<{ hits: number }>(text, parameters);
  if ((row?.hits ?? 0) <= max) return;
  throw new AppError('too_large', `The query has more than maxEventCount=${max} hits.`, {
    rule: 'QueryTooLargeException',
  });
}

/** What a page token held: the asker may have made it up. */
function positionOf(token: readonly (string | number)[]): Position {
  const whole = token.length === 4 && token.every((part) => Number.isSafeInteger(part)) && Number(token[3]) >= 0;
  return whole ? (token as Position) : refuse('nextPageToken is no token of this server.');
}

/**
 * A page of the events that meet a query: the first, or the one behind `token`, the `next` of another (in a page
 * token of epcis). `next` is absent on the last page.
 * Pages of one walk fit together while others capture. Throws AppError `invalid` (QueryParameterException) for an
 * identifier that breaks its form, `too_large` above maxEventCount or the time of a statement.
 */
export async function findEvents(
  db: Queries,
  tenantId: string,
  query: EventQuery,
  token?: readonly (string | number)[],
): Promise<{ events: StoredEvent[]; next?: Position }> {
  const position = token && positionOf(token);
  const [, , size, given] = position ?? [0, 0, (await readHead(db, tenantId)).size, 0];
  if (!position && query.maxEventCount !== undefined)
    await refuseTooMany(db, tenantId, query, size, query.maxEventCount);
  const left = Math.min(query.perPage, (query.eventCountLimit ?? Infinity) - given);
  const [text, parameters] = pageSql(tenantId, query, position ?? [0, 0, size, 0], !position, left + 1);
  const rows = await db.query<StoredRow & { event_time: number }>(text, parameters);
  const page = rows.slice(0, left);
  const last = page.at(-1);
  const events = page.map(storedEvent);
  const more = rows.length > left && given + left < (query.eventCountLimit ?? Infinity);
  if (!last || !more) return { events };
  const value = query.orderBy === 'eventTime' ? last.event_time : last.sequence;
  return { events, next: [value, last.sequence, size, given + page.length] };
}
