// An event query as SQL, page by page.
import { type EventQuery, orderTerms } from '../epcis/index.ts';
import { AppError } from '../error.ts';
import { type Bind, compileCondition, within } from './event-condition.ts';
import { walkWide } from './event-walk.ts';
import { type StoredEvent, storedEvent, type StoredRow } from './event.ts';
import { isKnown } from './known.ts';
import { readHead } from './log-head.ts';
import { INDEX_ROLES } from './mention.ts';
import { resolvePlaces } from './place-tree.ts';
import { type Queries, STATEMENT_MS_MAX, type Value } from './sql.ts';

const refuse = (message: string): never => {
  throw new AppError('invalid', message, { rule: 'QueryParameterException' });
};

/** SQLSTATE of a statement that was cut off at its time. */
const STATEMENT_CANCELLED = '57014';

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

const binder =
  (parameters: Value[]): Bind =>
  (value) =>
    `$${parameters.push(value)}`;

/** SQL text and parameters of one page, `limit` rows from behind `position` on. */
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
select sequence, event_id, hash, event_time, record_time, body, ${column} as place from event${join}
where ${conditions}${keyset}
order by ${columns.map((name) => `${name} ${direction}`).join(', ')} limit ${bind(limit)}`;
  return [text, parameters];
}

/** Throws AppError `too_large` (QueryTooLargeException) when more than `max` events meet the query between two places of the log. */
export async function refuseTooMany(
  db: Queries,
  tenantId: string,
  query: EventQuery,
  { after = 0, size }: { after?: number; size: number },
  max: number,
): Promise<void> {
  const parameters: Value[] = [tenantId, size];
  const bind = binder(parameters);
  const behind = after === 0 ? '' : ` and sequence > ${bind(after)}`;
  const text = `select count(*) as hits from (select 1 from event where ${conditionsOf(query, bind)}${behind} limit ${bind(max + 1)}) h`;
  const [row] = await db.of(tenantId).query<{ hits: number }>(text, parameters);
  if ((row?.hits ?? 0) <= max) return;
  throw new AppError('too_large', `The query has more than maxEventCount=${max} hits.`, {
    rule: 'QueryTooLargeException',
  });
}

/** Words that no index finds: one that no event has had would be looked for in all of them. */
const WORDS = ['eventType', 'bizStep', 'disposition'] as const;

/** False where a condition names words that no event has had. */
async function isPossible(db: Queries, tenantId: string, { conditions }: EventQuery): Promise<boolean> {
  for (const { field, op, values } of conditions) {
    const word = WORDS.find((name) => name === field);
    if (word && op === 'EQ' && !(await isKnown(db, tenantId, word, values.map(String)))) return false;
  }
  return true;
}

/** A statement that took too long is told with the conditions that were to be met. */
async function inTime<T>({ conditions, orderBy }: EventQuery, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError) || error.detail?.['reason'] !== STATEMENT_CANCELLED) throw error;
    const asked = [
      ...conditions.map(({ parameter }) => parameter),
      ...(orderBy === undefined ? [] : [`orderBy=${orderBy}`]),
    ];
    throw new AppError(
      'too_large',
      `The query (${asked.join(', ').slice(0, 500) || 'of all events'}) takes the database more than ${STATEMENT_MS_MAX / 1000} s: narrow it by eventTime, a place or an identifier.`,
      { rule: 'QueryTooComplexException' },
      error,
    );
  }
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

/** A row with its place in the order asked for. */
type PlacedRow = StoredRow & { place: number | Uint8Array };

const valueOf = ({ place }: PlacedRow): number | string =>
  typeof place === 'number' ? place : Buffer.from(place).toString('base64url');

/** `limit` rows from behind `position` on: by the indexes, or one by one where a condition is met by very many. */
async function rowsOf(
  db: Queries,
  tenantId: string,
  query: EventQuery,
  position: Position | undefined,
  size: number,
  limit: number,
): Promise<PlacedRow[]> {
  const read = (of: EventQuery, after: PlacedRow | undefined, count: number): Promise<PlacedRow[]> => {
    const from: Position | undefined = after ? [valueOf(after), after.sequence, size, 0] : position;
    const [text, parameters] = pageSql(tenantId, of, from ?? [0, 0, size, 0], !from, count);
    return inTime(of, () => db.of(tenantId).query<PlacedRow>(text, parameters));
  };
  return (await walkWide(db, tenantId, query, size, limit, read)) ?? read(query, undefined, limit);
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
  asked: EventQuery,
  token?: readonly (string | number)[],
): Promise<{ events: StoredEvent[]; next?: Position }> {
  const position = token && positionOf(token, asked);
  if (!(await isPossible(db, tenantId, asked))) return { events: [] };
  const query = await resolvePlaces(db, tenantId, asked);
  const [, , size, given] = position ?? [0, 0, (await readHead(db, tenantId)).size, 0];
  if (!position && query.maxEventCount !== undefined)
    await inTime(query, () => refuseTooMany(db, tenantId, query, { size }, query.maxEventCount!));
  const left = Math.min(query.perPage, (query.eventCountLimit ?? Infinity) - given);
  const rows = await rowsOf(db, tenantId, query, position, size, left + 1);
  const page = rows.slice(0, left);
  const last = page.at(-1);
  const events = page.map(storedEvent);
  const more = rows.length > left && given + left < (query.eventCountLimit ?? Infinity);
  if (!last || !more) return { events };
  return { events, next: [valueOf(last), last.sequence, size, given + page.length] };
}
