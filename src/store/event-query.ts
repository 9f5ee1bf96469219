// An event query as SQL, page by page.
import { type EventQuery, orderTerms } from '../epcis/index.ts';
import { AppError } from '../error.ts';
import { binder, inTime, type PlacedRow } from './event-chunk.ts';
import { type Bind, compileCondition, within } from './event-condition.ts';
import { readByTerm } from './event-order.ts';
import { type Parts, partsOf } from './event-part.ts';
import { type Reading, readBySequence, readByTime, type Turns, TURNS } from './event-read.ts';
import type { Span } from './event-source.ts';
import { type StoredEvent, storedEvent } from './event.ts';
import { readHead, sizeAt } from './log-head.ts';
import { INDEX_ROLES } from './mention.ts';
import { resolvePlaces } from './place-tree.ts';
import { inOne, type Queries, type Store, type Value } from './sql.ts';

const refuse = (message: string): never => {
  throw new AppError('invalid', message, { rule: 'QueryParameterException' });
};

/** How a query orders events before the sequence breaks ties: a column, or a key of the extension's terms. */
interface Order {
  column: string;
  /** Joined to `event`, where the column is none of its own. */
  join: string;
  cast: 'bigint' | 'bytea';
}

/** Behind all keys: where an event stands that has no value of the extension. */
const LAST = `'\\xff'::bytea`;

/** recordTime never falls as the sequence rises, so the log's own order is that of recordTime. */
function orderOf({ orderBy, orderDirection }: EventQuery, bind: Bind): Order {
  if (orderBy === undefined || orderBy === 'recordTime') return { column: 'sequence', join: '', cast: 'bigint' };
  if (orderBy === 'eventTime') return { column: 'event_time', join: '', cast: 'bigint' };
  // one value an event; what has none comes last, whatever the direction
  const join = `
left join (select sequence as at, min(key) as value from mention
  where tenant_id = $1 and role = ${INDEX_ROLES.term} and ${within(orderTerms(orderBy), bind)} group by sequence) o
on o.at = event.sequence`;
  const none = orderDirection === 'ASC' ? LAST : `''::bytea`;
  return { column: `coalesce(o.value, ${none})`, join, cast: 'bytea' };
}

/**
 * Where a page ended: sort value (a number, or a key in base64url) and sequence of its last event, the log's size at the
 * first page (what came later is left out of this walk), and how many events were given so far.
 */
export type Position = [value: number | string, sequence: number, size: number, given: number];

/** What of the log the query sees, with the log's size as $2: refused events are never among it. */
const VISIBLE = `tenant_id = $1 and sequence <= $2 and variant < '\\x02'::bytea`;

const conditionsOf = (query: EventQuery, bind: Bind): string =>
  [VISIBLE, ...query.conditions.map((condition) => compileCondition(condition, bind))].join('\n  and ');

/** SQL text and parameters of one page, `limit` rows from behind `position` on: all conditions in one statement. */
export function pageSql(
  tenantId: string,
  query: EventQuery,
  [value, sequence, size]: Position,
  isFirst: boolean,
  limit: number,
): [string, Value[]] {
  const parameters: Value[] = [tenantId, size];
  const bind = binder(parameters);
  const { column, join, cast } = orderOf(query, bind);
  const conditions = conditionsOf(query, bind);
  // Without orderBy events come as they were captured: a page that is read again is the same.
  const down = query.orderBy !== undefined && query.orderDirection === 'DESC';
  const direction = down ? 'desc' : 'asc';
  const columns = column === 'sequence' ? [column] : [column, 'sequence'];
  const edge = (): string => {
    const at = cast === 'bytea' ? Buffer.from(String(value), 'base64url') : value;
    return column === 'sequence' ? `${bind(sequence)}::bigint` : `${bind(at)}::${cast}, ${bind(sequence)}::bigint`;
  };
  const keyset = isFirst ? '' : `\n  and (${columns.join(', ')}) ${down ? '<' : '>'} (${edge()})`;
  const text = `
select sequence, event_id, hash, event_time, record_time, mentions, body, ${column} as place from event${join}
where ${conditions}${keyset}
order by ${columns.map((name) => `${name} ${direction}`).join(', ')} limit ${bind(limit)}`;
  return [text, parameters];
}

/** More than these are counted in one statement. */
const COUNTED_MAX = 5_000;

/** Throws AppError `too_large` (QueryTooLargeException) when more than `max` events meet the query between two places of the log. */
export async function refuseTooMany(
  db: Queries,
  tenantId: string,
  query: EventQuery,
  { after = 0, size }: { after?: number; size: number },
  max: number,
): Promise<void> {
  const resolved = await resolvePlaces(db, tenantId, query);
  if ((await countUpTo(db, tenantId, resolved, { from: after, to: size }, max + 1)) <= max) return;
  throw new AppError('too_large', `The query has more than maxEventCount=${max} hits.`, {
    rule: 'QueryTooLargeException',
  });
}

async function countUpTo(db: Queries, tenantId: string, query: EventQuery, span: Span, limit: number): Promise<number> {
  if (limit <= COUNTED_MAX) {
    const parts = await partsOf(db, tenantId, query);
    if (!parts) return 0;
    const reading = await readingOf(db, tenantId, query, parts, span, limit);
    return (await readBySequence({ ...reading, direction: 'asc' })).length;
  }
  const parameters: Value[] = [tenantId, span.to];
  const bind = binder(parameters);
  const behind = span.from === 0 ? '' : ` and sequence > ${bind(span.from)}`;
  const text = `select count(*) as hits from (select 1 from event where ${conditionsOf(query, bind)}${behind} limit ${bind(limit)}) h`;
  const [row] = await inTime(query, () => db.of(tenantId).query<{ hits: number }>(text, parameters));
  return row?.hits ?? 0;
}

/** What a page token held: the asker may have made it up. */
function positionOf(token: readonly (string | number)[], { orderBy }: EventQuery): Position {
  const byExtension = orderBy !== undefined && !['eventTime', 'recordTime'].includes(orderBy);
  const [value, ...rest] = token;
  const whole =
    rest.length === 3 &&
    rest.every((part) => Number.isSafeInteger(part)) &&
    Number(rest[2]) >= 0 &&
    (byExtension ? typeof value === 'string' : Number.isSafeInteger(value));
  return whole ? (token as Position) : refuse('nextPageToken is no token of this server.');
}

const valueOf = ({ place }: PlacedRow): number | string =>
  typeof place === 'number' ? place : Buffer.from(place).toString('base64url');

/** What of a stretch of the log is read: where recordTime is asked for, the part of it. */
async function readingOf(
  db: Queries,
  tenantId: string,
  query: EventQuery,
  parts: Parts,
  span: Span,
  limit: number,
  turns = TURNS,
): Promise<Reading> {
  const { from, to } = parts.recorded;
  const [before, end] = await Promise.all([
    from > -Infinity ? sizeAt(db, tenantId, from - 1) : span.from,
    to < Infinity ? sizeAt(db, tenantId, to - 1) : span.to,
  ]);
  const down = query.orderBy !== undefined && query.orderDirection === 'DESC';
  return {
    db,
    tenantId,
    query,
    parts,
    span: { from: Math.max(span.from, before), to: Math.min(span.to, end) },
    direction: down ? 'desc' : 'asc',
    limit,
    turns,
  };
}

/** `limit` rows from behind `position` on. */
async function rowsOf(
  db: Queries,
  tenantId: string,
  query: EventQuery,
  [value, sequence, size]: Position,
  isFirst: boolean,
  limit: number,
  turns = TURNS,
): Promise<PlacedRow[]> {
  const { orderBy } = query;
  const parts = await partsOf(db, tenantId, query);
  if (!parts) return [];
  const reading = await readingOf(db, tenantId, query, parts, { from: 0, to: size }, limit, turns);
  if (orderBy === 'eventTime') return readByTime(reading, isFirst ? undefined : { time: Number(value), sequence });
  if (orderBy !== undefined && orderBy !== 'recordTime') {
    const after = isFirst ? undefined : { key: Buffer.from(String(value), 'base64url'), sequence };
    return readByTerm(reading, orderTerms(orderBy), after);
  }
  const { span, direction } = reading;
  if (isFirst) return readBySequence(reading);
  const left =
    direction === 'asc'
      ? { from: Math.max(span.from, sequence), to: span.to }
      : { from: span.from, to: Math.min(span.to, sequence - 1) };
  return readBySequence({ ...reading, span: left });
}

interface Page {
  events: StoredEvent[];
  next?: Position;
}

/**
 * A page of the events that meet a query: the first, or the one behind `token`, the `next` of another (in a page
 * token of epcis). `next` is absent on the last page.
 * Pages of one walk fit together while others capture. Throws AppError `invalid` (QueryParameterException) for an
 * identifier that breaks its form, `too_large` above maxEventCount or the time of a statement.
 */
export const findEvents = (
  store: Store,
  tenantId: string,
  asked: EventQuery,
  token?: readonly (string | number)[],
  turns = TURNS,
): Promise<Page> => inOne(store, tenantId, (db) => pageOf(db, tenantId, asked, turns, token));

async function pageOf(
  db: Queries,
  tenantId: string,
  asked: EventQuery,
  turns: Turns,
  token?: readonly (string | number)[],
): Promise<Page> {
  const position = token && positionOf(token, asked);
  const query = await resolvePlaces(db, tenantId, asked);
  const [, , size, given] = position ?? [0, 0, (await readHead(db, tenantId)).size, 0];
  if (!position && query.maxEventCount !== undefined)
    await refuseTooMany(db, tenantId, query, { size }, query.maxEventCount);
  const left = Math.min(query.perPage, (query.eventCountLimit ?? Infinity) - given);
  const rows = await rowsOf(db, tenantId, query, position ?? [0, 0, size, 0], !position, left + 1, turns);
  const page = rows.slice(0, left);
  const last = page.at(-1);
  const events = page.map(storedEvent);
  const more = rows.length > left && given + left < (query.eventCountLimit ?? Infinity);
  if (!last || !more) return { events };
  return { events, next: [valueOf(last), last.sequence, size, given + page.length] };
}
