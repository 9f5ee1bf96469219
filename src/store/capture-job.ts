import type { Queries, Value } from './sql.ts';

export type Behaviour = 'rollback' | 'proceed';

/** RFC 7807, with the event that it is about. */
export interface JobProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Position in the document, from 0; absent for a fault outside of the events. */
  eventIndex?: number;
  eventID?: string;
  /** JSON pointer into the event, and the rule that it breaks. */
  path?: string;
  rule?: string;
}

/** What became of one event of a document. */
export interface Verdict {
  index: number;
  verdict: 'accepted' | 'duplicate' | 'rejected';
  eventID?: string;
  hash?: string;
  /** Why it was rejected, one sentence a fault. */
  reasons?: string[];
}

/** A job as it is stored. One of a small document is finished: it is written with what it did, in one transaction. */
export interface JobRecord {
  captureId: string;
  keyId: string;
  success: boolean;
  behaviour: Behaviour;
  /** Milliseconds since 1970. */
  createdAt: number;
  finishedAt: number;
  eventCount: number;
  /** The accepted events lie in the log from here on, in the document's order, refused ones between them. */
  firstSequence?: number;
  storedCount: number;
  errors: JobProblem[];
  /** Verdicts other than accepted; of a staged document they are in a table of their own. */
  exceptions: Verdict[];
  /** Of a staged document: when the process that works on it last said so, in ms since 1970. */
  aliveAt?: number;
  running?: boolean;
}

const INSERT = `
insert into capture_job (tenant_id, capture_id, key_id, running, success, behaviour, created_at, finished_at,
  event_count, first_sequence, stored_count, errors, exceptions, alive_at)
select $1::uuid, "captureId", "keyId", coalesce(running, false), success, behaviour, "createdAt", "finishedAt",
  "eventCount", "firstSequence", "storedCount", errors, exceptions, "aliveAt"
from jsonb_to_recordset($2::text::jsonb) as r("captureId" uuid, "keyId" text, running boolean, success boolean,
  behaviour text, "createdAt" bigint, "finishedAt" bigint, "eventCount" bigint, "firstSequence" bigint,
  "storedCount" bigint, errors jsonb, exceptions jsonb, "aliveAt" bigint)
on conflict (tenant_id, capture_id) do update set running = excluded.running, success = excluded.success,
  finished_at = excluded.finished_at, event_count = excluded.event_count, first_sequence = excluded.first_sequence,
  stored_count = excluded.stored_count, errors = excluded.errors, exceptions = excluded.exceptions`;

const ALIVE = `
update capture_job set alive_at = $3, event_count = greatest(event_count, $4) where tenant_id = $1 and capture_id = $2
  and running`;

const INSERT_VERDICTS = `
insert into capture_verdict (tenant_id, capture_id, event_index, stored, verdict)
select $1::uuid, $2::uuid, (verdict ->> 'index')::bigint, stored, verdict
from jsonb_to_recordset($3::text::jsonb) as r(stored boolean, verdict jsonb)
on conflict (tenant_id, capture_id, event_index)`;
const ADD_VERDICTS = `${INSERT_VERDICTS} do update set stored = excluded.stored, verdict = excluded.verdict`;
const ADD_OTHER_VERDICTS = `${INSERT_VERDICTS} do nothing`;

const VERDICTS = `
select event_index, stored, verdict from capture_verdict
where tenant_id = $1 and capture_id = $2 and event_index >= $3 and event_index < $4 order by event_index`;
const NOT_STORED = `
select count(*)::bigint as count from capture_verdict
where tenant_id = $1 and capture_id = $2 and event_index < $3 and not stored`;

const COLUMNS = `capture_id, key_id, success, behaviour, created_at, finished_at, event_count, first_sequence,
  stored_count, errors, exceptions, running, alive_at`;
const BY_ID = `select ${COLUMNS} from capture_job where tenant_id = $1 and capture_id = $2`;
const NEWEST = `
select ${COLUMNS} from capture_job where tenant_id = $1 and (created_at, capture_id) < ($2, $3::uuid)
order by created_at desc, capture_id desc limit $4`;
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Row {
  capture_id: string;
  key_id: string;
  success: boolean;
  behaviour: Behaviour;
  created_at: number;
  finished_at: number | null;
  event_count: number;
  first_sequence: number | null;
  stored_count: number;
  errors: JobProblem[];
  exceptions: Verdict[];
  running: boolean;
  alive_at: number | null;
}

const recordOf = (row: Row): JobRecord => ({
  captureId: row.capture_id,
  keyId: row.key_id,
  success: row.success,
  behaviour: row.behaviour,
  createdAt: row.created_at,
  finishedAt: row.finished_at ?? row.alive_at ?? row.created_at,
  eventCount: row.event_count,
  ...(row.first_sequence !== null && { firstSequence: row.first_sequence }),
  storedCount: row.stored_count,
  errors: row.errors,
  exceptions: row.exceptions,
  ...(row.alive_at !== null && { aliveAt: row.alive_at, running: row.running }),
});

/** Writes jobs; one that was written as running is finished by it. */
export async function insertJobs(tx: Queries, tenantId: string, jobs: readonly JobRecord[]): Promise<void> {
  if (jobs.length > 0) await tx.of(tenantId).query(INSERT, [tenantId, JSON.stringify(jobs)]);
}

/** Undefined when there is none of this id; any text may be asked for. */
export async function findJob(db: Queries, tenantId: string, captureId: string): Promise<JobRecord | undefined> {
  if (!UUID.test(captureId)) return undefined;
  const [row] = await db.of(tenantId).query<Row>(BY_ID, [tenantId, captureId]);
  return row && recordOf(row);
}

/** Newest first, from behind `after` on (createdAt and captureId of the last one seen). */
export async function listJobs(
  db: Queries,
  tenantId: string,
  limit: number,
  after: [createdAt: number, captureId: string] = [Number.MAX_SAFE_INTEGER, LAST_UUID],
): Promise<JobRecord[]> {
  const parameters: Value[] = [tenantId, ...after, limit];
  return (await db.of(tenantId).query<Row>(NEWEST, parameters)).map(recordOf);
}

/** Says that a running job is being worked on, and how many of its events have been read. */
export const keepAlive = async (
  db: Queries,
  tenantId: string,
  captureId: string,
  now: number,
  events: number,
): Promise<void> => void (await db.of(tenantId).query(ALIVE, [tenantId, captureId, now, events]));

/** A verdict of a staged document, and whether its event has a place in the log. */
export interface StagedVerdict {
  stored: boolean;
  verdict: Verdict;
}

/** `others`: of events that have none yet. */
export async function addVerdicts(
  db: Queries,
  tenantId: string,
  captureId: string,
  verdicts: readonly StagedVerdict[],
  which: 'all' | 'others' = 'all',
): Promise<void> {
  const text = which === 'all' ? ADD_VERDICTS : ADD_OTHER_VERDICTS;
  if (verdicts.length > 0) await db.of(tenantId).query(text, [tenantId, captureId, JSON.stringify(verdicts)]);
}

/** Kept verdicts of the events `from` to `to` (excluded) of a staged document, and how many before them have no place in the log. */
export async function stagedVerdicts(
  db: Queries,
  tenantId: string,
  captureId: string,
  from: number,
  to: number,
): Promise<{ verdicts: StagedVerdict[]; notStoredBefore: number }> {
  const [verdicts, [before]] = await Promise.all([
    db.of(tenantId).query<StagedVerdict>(VERDICTS, [tenantId, captureId, from, to]),
    db.of(tenantId).query<{ count: number }>(NOT_STORED, [tenantId, captureId, from]),
  ]);
  return { verdicts, notStoredBefore: before?.count ?? 0 };
}
