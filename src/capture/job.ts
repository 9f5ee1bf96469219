import { randomBytes } from 'node:crypto';
import {
  type Behaviour,
  findJob,
  type JobProblem,
  type JobRecord,
  listJobs,
  stagedVerdicts,
  type Verdict,
} from '../store/capture-job.ts';
import { eventRun } from '../store/event.ts';
import type { Queries } from '../store/open.ts';
import { ROLLED_BACK } from './settle.ts';

/** A capture job as EPCIS 2.0 section 12.6.1 shows it. */
export interface CaptureJob {
  captureID: string;
  /** A small document's job is written in the transaction of what it captured; only that of a staged one is seen to run. */
  running: boolean;
  success: boolean;
  /** ISO 8601. */
  createdAt: string;
  finishedAt?: string;
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

/** A running job of which nothing was heard for so long has ended with its process. */
const SILENT_MS_MAX = 90_000;

const BROKEN_OFF: JobProblem = {
  type: 'epcisException:ImplementationException',
  title: 'The server ended while it captured the document',
  status: 503,
  detail: 'Nothing of the document is stored; send it again.',
};

/** `now` in ms since 1970. */
export function captureJob(record: JobRecord, now: number): CaptureJob {
  const { running = false, aliveAt = 0 } = record;
  const broken = running && now - aliveAt > SILENT_MS_MAX;
  return {
    captureID: record.captureId,
    running: running && !broken,
    success: record.success && !broken,
    createdAt: new Date(record.createdAt).toISOString(),
    ...((!running || broken) && { finishedAt: new Date(record.finishedAt).toISOString() }),
    captureErrorBehaviour: record.behaviour,
    errors: broken ? [BROKEN_OFF] : record.errors,
  };
}

/** Undefined when the tenant has no such job. */
export async function jobById(db: Queries, tenantId: string, captureID: string): Promise<CaptureJob | undefined> {
  const record = await findJob(db, tenantId, captureID);
  return record && captureJob(record, Date.now());
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
    jobs: page.map((record) => captureJob(record, Date.now())),
    ...(records.length > limit && last && { next: [last.createdAt, last.captureId] as [number, string] }),
  };
}

/** Verdicts of one page of a job, and how many events its document has. */
export interface VerdictPage {
  verdicts: Verdict[];
  events: number;
}

/** Where the events of a page are in the log. */
export interface PlacedPage extends VerdictPage {
  /** Index in the document → place in the log, of the accepted ones. */
  sequences: Map<number, number>;
  /** The document's last place in the log; absent where nothing of it is there. */
  last?: number;
}

/** A verdict, and where its event stands in the log if it was accepted. */
type Placed = { verdict: Verdict; sequence?: number };

/**
 * The verdicts of the events `from` to `to` (excluded), in the document's order; undefined when the tenant has no such
 * job.
 */
export async function jobVerdicts(
  db: Queries,
  tenantId: string,
  captureID: string,
  from = 0,
  to = Number.MAX_SAFE_INTEGER,
): Promise<VerdictPage | undefined> {
  const page = await placedVerdicts(db, tenantId, captureID, from, to);
  return page && { verdicts: page.verdicts, events: page.events };
}

/** The same with their places in the log. */
export async function placedVerdicts(
  db: Queries,
  tenantId: string,
  captureID: string,
  from: number,
  to: number,
): Promise<PlacedPage | undefined> {
  const record = await findJob(db, tenantId, captureID);
  if (!record) return undefined;
  const end = Math.min(to, record.eventCount);
  const placed = await (record.aliveAt === undefined ? ofSmall : ofStaged)(db, tenantId, record, from, end);
  const sequences = placed.flatMap(({ verdict: { index }, sequence }): [number, number][] =>
    sequence === undefined ? [] : [[index, sequence]],
  );
  const { firstSequence, storedCount } = record;
  return {
    verdicts: placed.map(({ verdict }) => verdict),
    events: record.eventCount,
    sequences: new Map(sequences),
    ...(firstSequence !== undefined && { last: firstSequence + storedCount - 1 }),
  };
}

type Stored = Awaited<ReturnType<typeof eventRun>>[number];

const accepted = (index: number, { eventID, hash, sequence }: Stored): Placed => ({
  verdict: { index, verdict: 'accepted', eventID, hash },
  sequence,
});

async function ofSmall(db: Queries, tenantId: string, record: JobRecord, from: number, to: number): Promise<Placed[]> {
  const others = new Map(record.exceptions.map((verdict) => [verdict.index, verdict]));
  const first = record.firstSequence ?? 1;
  const stored = await eventRun(db, tenantId, first, first + record.storedCount - 1);
  const standing = stored.filter((event) => !event.refused).values();
  const all = Array.from({ length: to }, (_, index): Placed => {
    const other = others.get(index);
    if (other) return { verdict: other };
    const event = standing.next().value;
    return event ? accepted(index, event) : { verdict: { index, verdict: 'accepted' } };
  });
  return all.slice(from);
}

const NOT_YET = 'The document is still being stored.';

/** A staged document's accepted events lie in the log as in the document, less those that have no place there. */
async function ofStaged(db: Queries, tenantId: string, record: JobRecord, from: number, to: number): Promise<Placed[]> {
  const { captureId, firstSequence, running } = record;
  const { verdicts, notStoredBefore } = await stagedVerdicts(db, tenantId, captureId, from, to);
  const others = new Map(verdicts.map((one) => [one.verdict.index, one]));
  const missing = verdicts.filter(({ stored }) => !stored).length;
  const start = (firstSequence ?? 1) + from - notStoredBefore;
  const run = firstSequence === undefined ? [] : await eventRun(db, tenantId, start, start + to - from - missing - 1);
  const placed = run.values();
  return Array.from({ length: Math.max(0, to - from) }, (_, i): Placed => {
    const index = from + i;
    const other = others.get(index);
    const event = other && !other.stored ? undefined : placed.next().value;
    if (other) return { verdict: other.verdict };
    if (event) return accepted(index, event);
    return { verdict: { index, verdict: 'rejected', reasons: [running ? NOT_YET : ROLLED_BACK] } };
  });
}
