import type { Queries } from './sql.ts';

const CREATE = `insert into log_head (tenant_id) values ($1) on conflict do nothing`;
const LOCK = `select size, record_time from log_head where tenant_id = $1 for update`;
const READ = `select size, record_time from log_head where tenant_id = $1`;
/** recordTime never falls as the sequence rises, and no number is left out: the log is halved until one place is left. */
const SIZE_AT = `
with recursive part(low, high) as (
  select case when record_time <= $2 then size else 0 end, size from log_head where tenant_id = $1
  union all
  select case when e.record_time <= $2 then e.sequence else low end,
    case when e.record_time <= $2 then high else e.sequence - 1 end
  from part cross join lateral (
    select sequence, record_time from event where tenant_id = $1 and sequence = (low + high + 1) / 2 offset 0
  ) e where low < high
)
select coalesce(max(low), 0)::bigint as size from part`;
const ADVANCE = `update log_head set size = $2, record_time = $3 where tenant_id = $1`;

/** The end of a tenant's log: sequence of the newest event (0 of none), and the recordTime of the newest commit. */
export interface LogHead {
  size: number;
  recordTime: number;
}

type Row = { size: number; record_time: number };
const headOf = (row: Row | undefined): LogHead => ({ size: row?.size ?? 0, recordTime: row?.record_time ?? 0 });

/**
 * Waits until no other transaction appends for this tenant and keeps all others out until this one ends; undefined for a
 * tenant that has no log yet. A statement that is sent after it sees everything the earlier ones committed, even if it
 * is sent at once: each has a snapshot of its own. So must never be joined with it into one.
 */
export async function lockHead(tx: Queries, tenantId: string): Promise<LogHead | undefined> {
  const [row] = await tx.of(tenantId).query<Row>(LOCK, [tenantId]);
  return row && headOf(row);
}

/** Begins a tenant's log; waits for another transaction that does the same. */
export const beginLog = async (tx: Queries, tenantId: string): Promise<void> =>
  void (await tx.of(tenantId).query(CREATE, [tenantId]));

export const advanceHead = async (tx: Queries, tenantId: string, { size, recordTime }: LogHead): Promise<void> =>
  void (await tx.of(tenantId).query(ADVANCE, [tenantId, size, recordTime]));

/** As committed now. */
export const readHead = async (db: Queries, tenantId: string): Promise<LogHead> =>
  headOf((await db.of(tenantId).query<Row>(READ, [tenantId]))[0]);

/** How many events the log had at an instant (ms since 1970); the same for ever once that instant is past. */
export const sizeAt = async (db: Queries, tenantId: string, asOf: number): Promise<number> =>
  (await db.of(tenantId).query<{ size: number }>(SIZE_AT, [tenantId, asOf]))[0]!.size;

/** The text that is sent, for those who agree on it and look at its plan. */
export const HEAD_SQL = { sizeAt: SIZE_AT };
