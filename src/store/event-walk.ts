// Comparisons that very many events meet: rather than all of them being gathered and put in order, events are read in the
// order that is asked for and looked at one by one, until the page is full.
import { type Condition, type EventQuery, type KeyRange, TERM_FIELDS, termRanges, termsOf } from '../epcis/index.ts';
import { type Bind, termTest } from './event-condition.ts';
import type { StoredRow } from './event.ts';
import { INDEX_ROLES } from './mention.ts';
import type { Queries, Value } from './sql.ts';

/** Rows of the index from which a range counts as wide: one event in 200, within these bounds. */
const WIDE_SHARE = 200;
const WIDE_ROWS_MIN = 2_000;
const WIDE_ROWS_MAX = 20_000;
/** Events that are read at a time, and in all before the range is left to the database after all. */
const WALK_BATCH = 250;
const WALK_EVENTS_MAX = 5_000;

/** Reads `limit` events that meet a query, from behind `after` on; all there are where it gives fewer. */
type Read<Row> = (query: EventQuery, after: Row | undefined, limit: number) => Promise<Row[]>;

const isRange = (condition: Condition): boolean =>
  TERM_FIELDS.has(condition.field) && termRanges(condition).some(({ to }) => to !== undefined);

async function isWide(db: Queries, tenantId: string, condition: Condition, events: number): Promise<boolean> {
  const wide = Math.min(Math.max(Math.floor(events / WIDE_SHARE), WIDE_ROWS_MIN), WIDE_ROWS_MAX);
  const parameters: Value[] = [tenantId];
  const bind: Bind = (value) => `$${parameters.push(value)}`;
  const text = `
select count(*) as rows from (
  select from mention where tenant_id = $1 and role = ${INDEX_ROLES.term} and ${termTest(condition, bind)} limit ${wide}) r`;
  const [row] = await db.of(tenantId).query<{ rows: number }>(text, parameters);
  return row?.rows === wide;
}

const isIn = (key: Uint8Array, { from, to }: KeyRange): boolean =>
  to ? Buffer.compare(key, from) >= 0 && Buffer.compare(key, to) < 0 : Buffer.compare(key, from) === 0;

/**
 * The first `limit` rows of a query whose log has `events` events; undefined where no condition of it is wide, or where
 * too few events meet it on the way: then the index is the better way.
 */
export async function walkWide<Row extends StoredRow>(
  db: Queries,
  tenantId: string,
  query: EventQuery,
  events: number,
  limit: number,
  read: Read<Row>,
): Promise<Row[] | undefined> {
  const inColumnOrder = query.orderBy === undefined || ['eventTime', 'recordTime'].includes(query.orderBy);
  if (!inColumnOrder || events < WIDE_ROWS_MIN) return undefined;
  const wide: Condition[] = [];
  for (const condition of query.conditions) {
    if (isRange(condition) && (await isWide(db, tenantId, condition, events))) wide.push(condition);
  }
  if (wide.length === 0) return undefined;
  const ranges = wide.map(termRanges);
  const rest = { ...query, conditions: query.conditions.filter((condition) => !wide.includes(condition)) };
  const hits: Row[] = [];
  let after: Row | undefined;
  for (let walked = 0; walked < WALK_EVENTS_MAX; walked += WALK_BATCH) {
    const rows = await read(rest, after, WALK_BATCH);
    for (const row of rows) {
      const keys = termsOf(row.body);
      if (ranges.every((any) => keys.some((key) => any.some((range) => isIn(key, range))))) hits.push(row);
    }
    if (hits.length >= limit || rows.length < WALK_BATCH) return hits.slice(0, limit);
    after = rows.at(-1);
  }
  return undefined;
}
