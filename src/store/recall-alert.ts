// Captures of what is on hold: the log is read on from where it was read to, and each hit is one alert (C4).
import { keyBytes, keyText } from '../gs1/index.ts';
import type { Fact, Key } from '../trace/fact.ts';
import { FACT_COLUMNS } from './facts-sql.ts';
import { factOf, type FactRow } from './facts.ts';
import { byteaArray, hexText, numberArray, type Queries, type Store, type Value } from './sql.ts';
import { asDeliverer } from './wall.ts';

/** Events that are looked at when a late upload puts something on hold. */
const SEQUENCES_MAX = 10_000;
/** Tenants that one look finds. */
const TENANTS_MAX = 100;
/** Tenants whose cases are looked after in one round. */
const WATCHED_MAX = 10_000;

export const RECALL_ALERT_SQL = {
  watch: `
insert into recall_watch (tenant_id, progress, scoped, active)
select $1::uuid, coalesce(max(size), 0), $2::bigint, true from log_head where tenant_id = $1::uuid
on conflict (tenant_id) do update set active = true,
  progress = case when recall_watch.active then recall_watch.progress else excluded.progress end,
  scoped = case when recall_watch.active then recall_watch.scoped else excluded.scoped end`,
  /** Of all tenants. */
  due: `
select w.tenant_id from recall_watch w join log_head h on h.tenant_id = w.tenant_id
where w.active and (w.progress < h.size or w.scoped < h.size) limit ${TENANTS_MAX}`,
  /** Of all tenants. */
  watched: `select tenant_id from recall_watch where active limit $1`,
  state: `
select w.progress, w.scoped, w.alerts, coalesce(h.size, 0) as size, coalesce(h.record_time, 0) as record_time
from recall_watch w left join log_head h on h.tenant_id = $1 where w.tenant_id = $1`,
  lock: `select alerts from recall_watch where tenant_id = $1 for update`,
  stretch: `
select ${FACT_COLUMNS}
from event where tenant_id = $1 and sequence > $2 and sequence <= $3 and variant < '\\x02'::bytea order by sequence`,
  events: `
select e.* from (select distinct sequence from unnest($2::text::bigint[]) as w(sequence)) w cross join lateral (
  select ${FACT_COLUMNS} from event where tenant_id = $1 and sequence = w.sequence and variant < '\\x02'::bytea offset 0
) e order by e.sequence`,
  known: `
select distinct i.case_id from (select distinct key from unnest($2::text::bytea[]) as w(key)) w cross join lateral (
  select case_id from recall_item where tenant_id = $1 and key = w.key offset 0) i`,
  held: `
select w.key, i.case_id, i.id from (select distinct key from unnest($2::text::bytea[]) as w(key)) w cross join lateral (
  select case_id, id from recall_item where tenant_id = $1 and key = w.key and held offset 0) i`,
  naming: `
select distinct m.sequence from (select distinct key from unnest($2::text::bytea[]) as w(key)) w cross join lateral (
  select sequence from mention where tenant_id = $1 and key = w.key and sequence > $3 offset 0) m order by m.sequence
limit ${SEQUENCES_MAX}`,
  raise: `
insert into recall_alert (tenant_id, number, case_id, key, sequence, raised_at, body)
select $1::uuid, $2::bigint + row_number() over (order by r.sequence, r.key, r."caseId"), r."caseId", r.key, r.sequence,
  $3::bigint, r.body
from jsonb_to_recordset($4::text::jsonb) as r("caseId" uuid, key bytea, sequence bigint, body jsonb)
where not exists (select from recall_alert a
  where a.tenant_id = $1::uuid and a.case_id = r."caseId" and a.sequence = r.sequence and a.key = r.key)
returning number`,
  progress: `update recall_watch set progress = greatest(progress, $2), alerts = $3 where tenant_id = $1`,
  scoped: `update recall_watch set scoped = greatest(scoped, $2) where tenant_id = $1`,
  rest: `
update recall_watch set active = exists (select from recall_item where tenant_id = $1 and held)
  or exists (select from recall_case where tenant_id = $1 and closed_at is null) where tenant_id = $1`,
  cases: `select case_id from recall_case where tenant_id = $1 and closed_at is null order by opened_at, case_id`,
  list: `
select number, case_id, raised_at, body, acknowledged from recall_alert
where tenant_id = $1 and number > $2 order by number limit $3`,
  acknowledge: `
update recall_alert set acknowledged = $3::text::jsonb where tenant_id = $1 and number = $2 and acknowledged is null
returning number, case_id, raised_at, body, acknowledged`,
  find: `
select number, case_id, raised_at, body, acknowledged from recall_alert where tenant_id = $1 and number = $2`,
};

/** From now on captures of the tenant are held against what is on hold; its scopes are those of a log of `size`. */
export const watch = async (tx: Queries, tenantId: string, size: number): Promise<void> =>
  void (await tx.of(tenantId).query(RECALL_ALERT_SQL.watch, [tenantId, size]));

/** Tenants whose log went on since it was looked at. */
export const tenantsToWatch = async (store: Store): Promise<string[]> =>
  (await asDeliverer(store).query<{ tenant_id: string }>(RECALL_ALERT_SQL.due)).map((row) => row.tenant_id);

/** Tenants that have an open case or something on hold. */
export const tenantsWatched = async (store: Store): Promise<string[]> =>
  (await asDeliverer(store).query<{ tenant_id: string }>(RECALL_ALERT_SQL.watched, [WATCHED_MAX])).map(
    (row) => row.tenant_id,
  );

/** How far a tenant's log was held against what is on hold, and where it ends. */
export interface WatchState {
  progress: number;
  /** Where the log ended when all scopes were last taken anew. */
  scoped: number;
  alerts: number;
  size: number;
  recordTime: number;
}

export async function watchState(db: Queries, tenantId: string): Promise<WatchState | undefined> {
  type Row = Omit<WatchState, 'recordTime'> & { record_time: number };
  const [row] = await db.of(tenantId).query<Row>(RECALL_ALERT_SQL.state, [tenantId]);
  if (!row) return undefined;
  const { record_time, ...rest } = row;
  return { ...rest, recordTime: record_time };
}

/** Events of the log behind `after`, up to and including `last`, as facts; refused ones are left out. */
export const stretchOf = async (db: Queries, tenantId: string, after: number, last: number): Promise<Fact[]> =>
  (await db.of(tenantId).query<FactRow>(RECALL_ALERT_SQL.stretch, [tenantId, after, last])).map(factOf);

/** Those of the log at these places. */
export const factsAt = async (db: Queries, tenantId: string, sequences: readonly number[]): Promise<Fact[]> =>
  (await db.of(tenantId).query<FactRow>(RECALL_ALERT_SQL.events, [tenantId, numberArray(sequences)])).map(factOf);

/** A capture of something on hold. */
export interface Alarm {
  id: string;
  eventID: string;
  /** What the event did with it: gate, shipping, input, packing. */
  kind: string;
  place: string | null;
  eventTime: string;
  recordTime: string;
}

export interface Alert extends Alarm {
  /** From 1, without gaps. */
  number: number;
  caseID: string;
  raisedAt: string;
  acknowledged: { at: string; by: string; note: string } | null;
}

interface AlertRow {
  number: number;
  case_id: string;
  raised_at: number;
  body: Alarm;
  acknowledged: Alert['acknowledged'];
}

const alertOf = (row: AlertRow): Alert => ({
  number: row.number,
  caseID: row.case_id,
  ...row.body,
  raisedAt: new Date(row.raised_at).toISOString(),
  acknowledged: row.acknowledged,
});

const keyArray = (keys: Iterable<Key>): string => byteaArray([...new Set(keys)].sort().map((key) => keyBytes(key)));

/** Cases that know one of these keys. */
export const casesKnowing = async (db: Queries, tenantId: string, keys: Iterable<Key>): Promise<string[]> =>
  (await db.of(tenantId).query<{ case_id: string }>(RECALL_ALERT_SQL.known, [tenantId, keyArray(keys)])).map(
    (row) => row.case_id,
  );

/** Which of these keys are on hold, by which cases and under which names. */
export async function heldKeys(
  db: Queries,
  tenantId: string,
  keys: Iterable<Key>,
): Promise<Map<Key, { caseId: string; id: string }[]>> {
  type Row = { key: Uint8Array; case_id: string; id: string };
  const held = new Map<Key, { caseId: string; id: string }[]>();
  for (const row of await db.of(tenantId).query<Row>(RECALL_ALERT_SQL.held, [tenantId, keyArray(keys)])) {
    const key = keyText(row.key);
    held.set(key, [...(held.get(key) ?? []), { caseId: row.case_id, id: row.id }]);
  }
  return held;
}

/** One hit: a fact that names a key on hold. */
export interface Hit {
  caseId: string;
  key: Key;
  sequence: number;
  alarm: Alarm;
}

/**
 * Raises an alert for each hit that is none yet, and notes that the log was looked at up to `upTo`; in a transaction, so
 * both or neither. Whoever else does the same waits. Resolves how many were raised.
 */
export async function raiseAlerts(
  tx: Queries,
  tenantId: string,
  hits: readonly Hit[],
  { upTo = 0, now }: { upTo?: number; now: number },
): Promise<number> {
  const [row] = await tx.of(tenantId).query<{ alerts: number }>(RECALL_ALERT_SQL.lock, [tenantId]);
  if (!row) return 0;
  const rows = hits.map(({ caseId, key, sequence, alarm }) => ({
    caseId,
    key: hexText(keyBytes(key)),
    sequence,
    body: alarm,
  }));
  const values: Value[] = [tenantId, row.alerts, now, JSON.stringify(rows)];
  const made = rows.length === 0 ? [] : await tx.of(tenantId).query(RECALL_ALERT_SQL.raise, values);
  await tx.of(tenantId).query(RECALL_ALERT_SQL.progress, [tenantId, upTo, row.alerts + made.length]);
  return made.length;
}

/** Events behind `after` that name one of these keys. */
export async function sequencesNaming(
  db: Queries,
  tenantId: string,
  keys: Iterable<Key>,
  after: number,
): Promise<number[]> {
  const values: Value[] = [tenantId, keyArray(keys), after];
  return (await db.of(tenantId).query<{ sequence: number }>(RECALL_ALERT_SQL.naming, values)).map(
    (row) => row.sequence,
  );
}

/** All scopes were taken anew with the log ending at `size`; nothing is watched any more where nothing is on hold. */
export async function markScoped(db: Queries, tenantId: string, size: number): Promise<void> {
  await db.of(tenantId).query(RECALL_ALERT_SQL.scoped, [tenantId, size]);
  await db.of(tenantId).query(RECALL_ALERT_SQL.rest, [tenantId]);
}

/** Cases that are not closed, the oldest first. */
export const openCases = async (db: Queries, tenantId: string): Promise<string[]> =>
  (await db.of(tenantId).query<{ case_id: string }>(RECALL_ALERT_SQL.cases, [tenantId])).map((row) => row.case_id);

/** Number of the newest alert; 0 of none. */
export const lastAlert = async (db: Queries, tenantId: string): Promise<number> =>
  (await watchState(db, tenantId))?.alerts ?? 0;

/** In order, behind the number `after`. */
export const listAlerts = async (db: Queries, tenantId: string, after: number, limit: number): Promise<Alert[]> =>
  (await db.of(tenantId).query<AlertRow>(RECALL_ALERT_SQL.list, [tenantId, after, limit])).map(alertOf);

/** Undefined where there is none of this number; one that was acknowledged keeps who did it first. */
export async function acknowledgeAlert(
  db: Queries,
  tenantId: string,
  number: number,
  by: NonNullable<Alert['acknowledged']>,
): Promise<Alert | undefined> {
  const [done] = await db
    .of(tenantId)
    .query<AlertRow>(RECALL_ALERT_SQL.acknowledge, [tenantId, number, JSON.stringify(by)]);
  const [row] = done ? [done] : await db.of(tenantId).query<AlertRow>(RECALL_ALERT_SQL.find, [tenantId, number]);
  return row && alertOf(row);
}
