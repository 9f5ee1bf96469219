// Subscriptions whose receivers are called: what was asked, and how far each has been told.
import type { EpcFormat, Schedule } from '../epcis/index.ts';
import { AppError } from '../error.ts';
import { sizeAt } from './log-head.ts';
import type { Queries, Store, Value } from './sql.ts';
import { asDeliverer } from './wall.ts';

/** What one tenant may keep. */
export const SUBSCRIPTIONS_MAX = 200;
/** Events of one call at first; the receiver may ask for fewer. */
export const BATCH_EVENTS_MAX = 500;

/** What the body of a call is; `alerts`: captures of what is on hold, by their numbers, instead of events. */
type ReportForm = 'json' | 'xml-1.2' | 'xml-2.0' | 'alerts';

/** What subscriptions are to: a named query, the query that came with each (SOAP), or alerts of recalls. */
export type Subject = { queryName: string } | 'own' | 'alerts';

const subjectOf = (subject: Subject): [queryName: string | null, isAlerts: boolean] => [
  typeof subject === 'object' ? subject.queryName : null,
  subject === 'alerts',
];

/** What a subscriber asked for. */
export interface NewSubscription {
  subscriptionID: string;
  /** The key that asks, and that may end it. */
  keyId: string;
  /** A named query, or the parameters that came with the subscription. */
  of: { queryName: string } | { query: Record<string, unknown> };
  form: ReportForm;
  dest: string;
  /** signatureToken, sealed; absent: calls are not signed. */
  secret?: Uint8Array;
  epcFormat: EpcFormat;
  /** Absent: a stream. */
  schedule?: Schedule;
  reportIfEmpty: boolean;
  /** Milliseconds since 1970; absent: what is captured from now on. */
  initialRecordTime?: number;
  /** Of alerts: the number behind which they are told; absent: those from now on. */
  after?: number;
  /** First time that a schedule is due; for a stream at once. */
  dueAt: number;
}

/** As it is shown to its owner: times in ms since 1970, never the secret. */
export interface Subscription {
  subscriptionID: string;
  queryName?: string;
  form: ReportForm;
  dest: string;
  epcFormat: EpcFormat;
  schedule?: Schedule;
  reportIfEmpty: boolean;
  initialRecordTime: number;
  createdAt: number;
  /** Everything captured before it has been told. */
  minRecordTime: number;
  /** Of alerts: the last one that was told. */
  toldUpTo?: number;
  lastNotifiedAt?: number;
  /** Calls in a row that failed, and why the last did. */
  failures: number;
  failure?: string;
  /** Set: no more calls are made. */
  pausedAt?: number;
}

/** One that this process alone may deliver now. */
export interface Claimed extends Subscription {
  tenantId: string;
  query?: Record<string, unknown>;
  secret?: Uint8Array;
  /** All up to here is acknowledged; what is to be told now ends at `upTo`. */
  progress: number;
  upTo: number;
  /** recordTime of the newest commit when it was claimed. */
  headRecordTime: number;
  /** When it was claimed, by the database's clock. */
  now: number;
  batchMax: number;
  lease: string;
}

interface Row {
  subscription_id: string;
  query_name: string | null;
  form: ReportForm;
  dest: string;
  epc_format: EpcFormat;
  schedule: Schedule | null;
  report_if_empty: boolean;
  initial_record_time: number;
  created_at: number;
  min_record_time: number;
  last_notified_at: number | null;
  failures: number;
  failure: string | null;
  paused_at: number | null;
  progress: number;
}

const COLUMNS = `subscription_id, query_name, form, dest, epc_format, schedule, report_if_empty, initial_record_time,
  created_at, min_record_time, last_notified_at, failures, failure, paused_at, progress`;

/** The database's clock is the one that all its processes share. */
const NOW = `(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/** Up to where a subscription can be told: an alert's number, or a place in the log. */
const END = `coalesce(case when s.form = 'alerts' then w.alerts else h.size end, 0)`;
const ENDS = `left join log_head h on h.tenant_id = s.tenant_id left join recall_watch w on w.tenant_id = s.tenant_id`;

const IS_DUE = `s.paused_at is null and s.due_at <= ${NOW} and s.leased_until <= ${NOW}
  and (s.schedule is not null or s.progress < ${END})`;

/** A tenant has few (SUBSCRIPTIONS_MAX). */
const OF_SUBJECT = `query_name is not distinct from $2 and (form = 'alerts') = $3::boolean`;

export const SUBSCRIPTION_SQL = {
  add: `
insert into subscription (tenant_id, subscription_id, query_name, query, form, dest, secret, epc_format, schedule,
  report_if_empty, initial_record_time, created_at, progress, min_record_time, due_at, batch_max, key_id)
select $1::uuid, $2, $3, $4::text::jsonb, $5, $6, $7::bytea, $8, $9::text::jsonb, $10::boolean,
  coalesce($11::bigint, n.now), n.now,
  coalesce($13::bigint, case when $5 = 'alerts' then (select alerts from recall_watch where tenant_id = $1::uuid)
    else (select size from log_head where tenant_id = $1::uuid) end, 0), coalesce($11::bigint, n.now),
  $12::bigint, ${BATCH_EVENTS_MAX}, $14
from (select ${NOW} as now) n
where (select count(*) from (select from subscription where tenant_id = $1::uuid limit ${SUBSCRIPTIONS_MAX}) q) < ${SUBSCRIPTIONS_MAX}
on conflict do nothing returning ${COLUMNS}`,
  exists: `select 1 as there from subscription where tenant_id = $1 and subscription_id = $2`,
  there: `select 1 as there from subscription where tenant_id = $1 and subscription_id = $4 and ${OF_SUBJECT}`,
  find: `select ${COLUMNS} from subscription where tenant_id = $1 and subscription_id = $4 and ${OF_SUBJECT}`,
  list: `
select ${COLUMNS} from subscription
where tenant_id = $1 and ${OF_SUBJECT} and (created_at, subscription_id) > ($4, $5)
order by created_at, subscription_id limit $6`,
  /** $5: whose it has to be, or null for anybody's. */
  remove: `
delete from subscription where tenant_id = $1 and subscription_id = $4 and ${OF_SUBJECT}
  and ($5::text is null or key_id = $5) returning subscription_id`,
  names: `
select subscription_id from subscription
where tenant_id = $1 and ${OF_SUBJECT} order by subscription_id limit ${SUBSCRIPTIONS_MAX}`,

  /** Of all tenants. */
  due: `
select distinct s.tenant_id from subscription s ${ENDS}
where ${IS_DUE} limit $1`,
  claim: `
with due as (
  select s.tenant_id, s.subscription_id, ${END} as size, coalesce(h.record_time, 0) as record_time
  from subscription s ${ENDS}
  where s.tenant_id = $1 and ${IS_DUE}
  order by s.due_at limit $2 for update of s skip locked)
update subscription s
set lease = $3::uuid, leased_until = ${NOW} + $4::bigint,
  up_to = case when s.schedule is null then due.size else coalesce(s.up_to, due.size) end
from due where s.tenant_id = $1 and s.subscription_id = due.subscription_id
returning s.*, due.record_time as head_record_time, ${NOW} as now`,
  acknowledge: `
update subscription
set progress = $4, min_record_time = greatest(min_record_time, $5), failures = 0, failure = null,
  last_notified_at = ${NOW}, leased_until = ${NOW} + $6::bigint
where tenant_id = $1 and subscription_id = $2 and lease = $3::uuid returning 1 as done`,
  finish: `
update subscription
set progress = up_to, up_to = null, min_record_time = greatest(min_record_time, $4), failures = 0, failure = null,
  last_notified_at = case when $5::boolean then ${NOW} else last_notified_at end,
  due_at = coalesce($6::bigint, due_at), lease = null, leased_until = 0
where tenant_id = $1 and subscription_id = $2 and lease = $3::uuid returning 1 as done`,
  fail: `
update subscription
set failures = failures + $4::int, failure = coalesce($5, failure), due_at = ${NOW} + $6::bigint,
  paused_at = case when $7::boolean then ${NOW} end, lease = null, leased_until = 0
where tenant_id = $1 and subscription_id = $2 and lease = $3::uuid returning 1 as done`,
  standing: `
select coalesce((select size from log_head where tenant_id = $1::uuid), 0) as size,
  exists (select from named_query where tenant_id = $1::uuid and name = $2) as has_query,
  ($3 = 'anonymous' or exists (
    select from api_key where tenant_id = $1::uuid and key_id = $3 and revoked_at is null)) as has_key`,
  renew: `
update subscription set leased_until = ${NOW} + $4::bigint
where tenant_id = $1 and subscription_id = $2 and lease = $3::uuid returning 1 as done`,
  shrink: `
update subscription set batch_max = $4
where tenant_id = $1 and subscription_id = $2 and lease = $3::uuid returning 1 as done`,
};

function subscriptionOf(row: Row): Subscription {
  return {
    subscriptionID: row.subscription_id,
    ...(row.query_name !== null && { queryName: row.query_name }),
    form: row.form,
    dest: row.dest,
    epcFormat: row.epc_format,
    ...(row.schedule && { schedule: row.schedule }),
    reportIfEmpty: row.report_if_empty,
    initialRecordTime: row.initial_record_time,
    createdAt: row.created_at,
    minRecordTime: row.min_record_time,
    ...(row.form === 'alerts' && { toldUpTo: row.progress }),
    ...(row.last_notified_at !== null && { lastNotifiedAt: row.last_notified_at }),
    failures: row.failures,
    ...(row.failure !== null && { failure: row.failure }),
    ...(row.paused_at !== null && { pausedAt: row.paused_at }),
  };
}

const jsonOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

const FOREIGN_KEY_VIOLATION = '23503';

const noParent = (error: unknown): undefined => {
  if (error instanceof AppError && error.detail?.['reason'] === FOREIGN_KEY_VIOLATION) return undefined;
  throw error;
};

/** `exists`: the ID is taken; `full`: the tenant has SUBSCRIPTIONS_MAX of them; `gone`: the named query is no more. */
export async function addSubscription(
  db: Queries,
  tenantId: string,
  asked: NewSubscription,
): Promise<Subscription | 'exists' | 'full' | 'gone'> {
  const { of, initialRecordTime } = asked;
  // what is captured while this is asked lies behind it in the log, and is told
  const before =
    asked.after ?? (initialRecordTime === undefined ? null : await sizeAt(db, tenantId, initialRecordTime - 1));
  const values: Value[] = [
    tenantId,
    asked.subscriptionID,
    'queryName' in of ? of.queryName : null,
    'query' in of ? JSON.stringify(of.query) : null,
    asked.form,
    asked.dest,
    asked.secret ?? null,
    asked.epcFormat,
    jsonOf(asked.schedule),
    asked.reportIfEmpty,
    initialRecordTime ?? null,
    asked.dueAt,
    before,
    asked.keyId,
  ];
  const rows = await db.of(tenantId).query<Row>(SUBSCRIPTION_SQL.add, values).catch(noParent);
  if (!rows) return 'gone';
  if (rows[0]) return subscriptionOf(rows[0]);
  const there = await db.of(tenantId).query(SUBSCRIPTION_SQL.exists, [tenantId, asked.subscriptionID]);
  return there.length > 0 ? 'exists' : 'full';
}

export async function findSubscription(
  db: Queries,
  tenantId: string,
  subject: Subject,
  subscriptionID: string,
): Promise<Subscription | undefined> {
  const values: Value[] = [tenantId, ...subjectOf(subject), subscriptionID];
  const [row] = await db.of(tenantId).query<Row>(SUBSCRIPTION_SQL.find, values);
  return row && subscriptionOf(row);
}

/** In the order in which they were made, from behind `after` (createdAt, ID) on. */
export const listSubscriptions = async (
  db: Queries,
  tenantId: string,
  subject: Subject,
  limit: number,
  [createdAt, subscriptionID]: readonly [number, string] = [0, ''],
): Promise<Subscription[]> => {
  const values: Value[] = [tenantId, ...subjectOf(subject), createdAt, subscriptionID, limit];
  return (await db.of(tenantId).query<Row>(SUBSCRIPTION_SQL.list, values)).map(subscriptionOf);
};

/** `alien`: it is another key's than `owner`, who may end only its own; undefined may end all. No call begins after it. */
export async function removeSubscription(
  db: Queries,
  tenantId: string,
  subject: Subject,
  subscriptionID: string,
  owner?: string,
): Promise<'removed' | 'none' | 'alien'> {
  const values: Value[] = [tenantId, ...subjectOf(subject), subscriptionID];
  const removed = await db.of(tenantId).query(SUBSCRIPTION_SQL.remove, [...values, owner ?? null]);
  if (removed.length > 0) return 'removed';
  return (await db.of(tenantId).query(SUBSCRIPTION_SQL.there, values)).length > 0 ? 'alien' : 'none';
}

/** IDs of the subscriptions to something. */
export const subscriptionIDs = async (db: Queries, tenantId: string, subject: Subject): Promise<string[]> => {
  const values: Value[] = [tenantId, ...subjectOf(subject)];
  const rows = await db.of(tenantId).query<{ subscription_id: string }>(SUBSCRIPTION_SQL.names, values);
  return rows.map((row) => row.subscription_id);
};

/** Tenants who have something to be told now, at most `limit`. */
export const tenantsDue = async (store: Store, limit: number): Promise<string[]> =>
  (await asDeliverer(store).query<{ tenant_id: string }>(SUBSCRIPTION_SQL.due, [limit])).map((row) => row.tenant_id);

type ClaimedRow = Row & {
  query: Record<string, unknown> | null;
  secret: Uint8Array | null;
  up_to: number;
  head_record_time: number;
  now: number;
  batch_max: number;
};

/** Takes up to `limit` subscriptions that are due; no other process may deliver them for `leaseMs`, or until `finish` or `fail`. */
export async function claimDue(db: Queries, tenantId: string, limit: number, leaseMs: number): Promise<Claimed[]> {
  const lease = crypto.randomUUID();
  const rows = await db.of(tenantId).query<ClaimedRow>(SUBSCRIPTION_SQL.claim, [tenantId, limit, lease, leaseMs]);
  return rows.map((row) => ({
    ...subscriptionOf(row),
    tenantId,
    ...(row.query && { query: row.query }),
    ...(row.secret && { secret: row.secret }),
    progress: row.progress,
    upTo: row.up_to,
    headRecordTime: row.head_record_time,
    now: row.now,
    batchMax: row.batch_max,
    lease,
  }));
}

/** A change by the holder of the lease; false when it is no longer ours, or the subscription was ended. */
const held = async (db: Queries, text: string, of: Claimed, values: Value[]): Promise<boolean> =>
  (await db.of(of.tenantId).query(text, [of.tenantId, of.subscriptionID, of.lease, ...values])).length > 0;

/** False: the lease was lost or the subscription ended, and no call may begin. */
export const renew = (db: Queries, of: Claimed, leaseMs: number): Promise<boolean> =>
  held(db, SUBSCRIPTION_SQL.renew, of, [leaseMs]);

/** All up to `sequence` (or the alert of this number), captured at `recordTime`, is told; the lease begins anew. */
export const acknowledge = (
  db: Queries,
  of: Claimed,
  { sequence, recordTime, leaseMs }: { sequence: number; recordTime: number; leaseMs: number },
): Promise<boolean> => held(db, SUBSCRIPTION_SQL.acknowledge, of, [sequence, recordTime, leaseMs]);

/** All that was to be told is; a schedule is due again at `dueAt` (ms since 1970). */
export const finish = (
  db: Queries,
  of: Claimed,
  { recordTime, notified, dueAt }: { recordTime: number; notified: boolean; dueAt?: number },
): Promise<boolean> => held(db, SUBSCRIPTION_SQL.finish, of, [recordTime, notified, dueAt ?? null]);

/** A call failed; the next is made after `waitMs`, or none any more (`pause`). `counts`: the receiver failed, not we. */
export const fail = (
  db: Queries,
  of: Claimed,
  { reason, waitMs, counts, pause }: { reason: string | null; waitMs: number; counts: boolean; pause: boolean },
): Promise<boolean> => held(db, SUBSCRIPTION_SQL.fail, of, [counts ? 1 : 0, reason, waitMs, pause]);

/** From now on a call has so many events at most. */
export const shrinkBatch = (db: Queries, of: Claimed, batchMax: number): Promise<boolean> =>
  held(db, SUBSCRIPTION_SQL.shrink, of, [batchMax]);

/** What someone who listens without a subscription still has: query and key; and where the tenant's log ends. */
export async function listenerStanding(
  db: Queries,
  tenantId: string,
  queryName: string,
  keyId: string,
): Promise<{ size: number; hasQuery: boolean; hasKey: boolean }> {
  type Standing = { size: number; has_query: boolean; has_key: boolean };
  const [row] = await db.of(tenantId).query<Standing>(SUBSCRIPTION_SQL.standing, [tenantId, queryName, keyId]);
  return { size: row?.size ?? 0, hasQuery: row?.has_query ?? false, hasKey: row?.has_key ?? false };
}
