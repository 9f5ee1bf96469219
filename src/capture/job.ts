import { randomBytes } from 'node:crypto';
import {
  type Behaviour,
  findJob,
  type JobProblem,
  type JobRecord,
  listJobs,
  type Verdict,
} from '../store/capture-job.ts';
import { eventRun } from '../store/event.ts';
import type { Queries } from '../store/open.ts';

/** A capture job as EPCIS 2.0 section 12.6.1 shows it. */
export interface CaptureJob {
  captureID: string;
  /** Always false: a job is written in the transaction of what it captured, so a restart finds none half done. */
  running: boolean;
  success: boolean;
  /** ISO 8601. */
  createdAt: string;
  finishedAt: string;
  captureErrorBehaviour: Behaviour;
  errors: JobProblem[];
}

/** A UUID of version 7 (RFC 9562): ids of later jobs sort behind. */
export function newCaptureId(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export const captureJob = (record: JobRecord): CaptureJob => ({
  captureID: record.captureId,
  running: false,
  success: record.success,
  createdAt: new Date(record.createdAt).toISOString(),
  finishedAt: new Date(record.finishedAt).toISOString(),
  captureErrorBehaviour: record.behaviour,
  errors: record.errors,
});

/** Undefined when the tenant has no such job. */
export async function jobById(db: Queries, tenantId: string, captureID: string): Promise<CaptureJob | undefined> {
  const record = await findJob(db, tenantId, captureID);
  return record && captureJob(record);
}

/** A page of jobs, newest first; `next` is for the page after it. */
export async function jobs(
  db: Queries,
  tenantId: string,
  limit: number,
  after?: [createdAt: number, captureID: string],
): Promise<{ jobs: CaptureJob[]; next?: [createdAt: number, captureID: string] }> {
  const records = await listJobs(db, tenantId, limit + 1, after);
  const page = records.slice(0, limit);
  const last = page.at(-1);
  return {
    jobs: page.map(captureJob),
    ...(records.length > limit && last && { next: [last.createdAt, last.captureId] as [number, string] }),
  };
}

/** The verdict of every event of a job, in the document's order; undefined when the tenant has no such job. */
export async function jobVerdicts(db: Queries, tenantId: string, captureID: string): Promise<Verdict[] | undefined> {
  const record = await findJob(db, tenantId, captureID);
  if (!record) return undefined;
  const others = new Map(record.exceptions.map((verdict) => [verdict.index, verdict]));
  const first = record.firstSequence ?? 1;
  const stored = await eventRun(db, tenantId, first, first + record.storedCount - 1);
  const accepted = stored.filter((event) => !event.refused).values();
  return Array.from({ length: record.eventCount }, (_, index): Verdict => {
    const other = others.get(index);
    if (other) return other;
    const event = accepted.next().value;
    return { index, verdict: 'accepted', ...(event && { eventID: event.eventID, hash: event.hash }) };
  });
}
