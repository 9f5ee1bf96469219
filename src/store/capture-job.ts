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

/** A job as it is stored: always finished, since it is written with what it did, in one transaction. */
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
  /** Verdicts other than accepted. */
  exceptions: Verdict[];
}

const INSERT = `
insert into capture_job (tenant_id, capture_id, key_id, running, success, behaviour, created_at, finished_at,
  event_count, first_sequence, stored_count, errors, exceptions)
select $1::uuid, "captureId", "keyId", false, success, behaviour, "createdAt", "finishedAt", "eventCount",
  "firstSequence", "storedCount", errors, exceptions
from jsonb_to_recordset($2::text::jsonb) as r("captureId" uuid, "keyId" text, success boolean, behaviour text,
  "createdAt" bigint, "finishedAt" bigint, "eventCount" bigint, "firstSequence" bigint, "storedCount" bigint,
  errors jsonb, exceptions jsonb)`;

const COLUMNS = `capture_id, key_id, success, behaviour, created_at, finished_at, event_count, first_sequence,
  stored_count, errors, exceptions`;
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
  finished_at: number;
  event_count: number;
  first_sequence: number | null;
  stored_count: number;
  errors: JobProblem[];
  exceptions: Verdict[];
}

const recordOf = (row: Row): JobRecord => ({
  captureId: row.capture_id,
  keyId: row.key_id,
  success: row.success,
  behaviour: row.behaviour,
  createdAt: row.created_at,
  finishedAt: row.finished_at,
  eventCount: row.event_count,
  ...(row.first_sequence !== null && { firstSequence: row.first_sequence }),
  storedCount: row.stored_count,
  errors: row.errors,
  exceptions: row.exceptions,
});

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
