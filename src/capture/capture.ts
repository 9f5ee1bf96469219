import { setTimeout as sleep } from 'node:timers/promises';
import { demand, type Principal } from '../access/policy.ts';
import { AppError } from '../error.ts';
import type { DocumentSource } from '../epcis/index.ts';
import type { Behaviour, JobProblem, Verdict } from '../store/capture-job.ts';
import { variantsOf } from '../store/event.ts';
import { readHead } from '../store/log-head.ts';
import type { IdempotencyKey } from '../store/idempotency.ts';
import type { Store } from '../store/open.ts';
import type { Checked, Refused } from './check.ts';
import { packedIds } from './commit.ts';
import { claim, digested, release } from './idempotency.ts';
import { type CaptureJob, captureJob, jobById, jobVerdicts, newCaptureId } from './job.ts';
import type { CheckedMasterData } from './master-data.ts';
import { queueOf } from './queue.ts';
import { type Format, type Kind, readChecked, type Reading } from './read.ts';
import { settle, type Submission, Taken } from './settle.ts';
import { Staged } from './staged.ts';
import { dryRunWarnings, type Telling, type WarnedVerdict } from './warnings.ts';

export { onCommitted } from './queue.ts';
export { jobById, jobs, jobVerdicts } from './job.ts';
export { warnedVerdicts } from './warnings.ts';

/** What one capture may hold unless the installation says otherwise; announced, and held exactly. */
export const CAPTURE_EVENTS_MAX = 10_000;
export const CAPTURE_BYTES_MAX = 32 * 1024 * 1024;
/** Events that are handed on together while a document is read. */
const EVENTS_PER_BATCH = 250;
/** Events held in memory, and characters of their JSON; a larger document is staged in the database. */
export const CAPTURE_HELD_MAX = 10_000;
const HELD_CHARACTERS_MAX = 32 * 1024 * 1024;
/** The same where larger documents are taken than can be held: they are staged from early on. */
const HELD_BESIDE_LARGE_MAX = 1_000;
/** The answer to a large document waits so long for its job, which may go on. */
const SETTLE_MS_MAX = 5_000;

/** What capturing needs of the platform. */
export interface CapturePlatform {
  store: Store;
  /** Milliseconds since 1970. */
  clock: () => number;
  captureEventsMax?: number;
  /** Events held in memory; a document with more is staged. */
  captureHeldMax?: number;
}

/** A job and the verdict of every event of its document, in its order; none of a document that was staged. */
export interface Captured {
  job: CaptureJob;
  verdicts: Verdict[];
  /** It is the job of an earlier request with the same idempotencyKey. */
  repeated?: boolean;
}

const ANY_KIND: ReadonlySet<Kind> = new Set<Kind>(['document', 'query', 'event']);
const BARE_EVENT: ReadonlySet<Kind> = new Set<Kind>(['event']);

/** How a document is to be captured. */
export interface CaptureOptions {
  /** Of a document with a faulty event; default rollback. */
  behaviour?: Behaviour;
  /** What the sender calls it; either where absent. */
  format?: Format;
  /** The same document again under the same key of the client's gives the same job. */
  idempotencyKey?: string | undefined;
}

/** A document as bytes or text, or as the value of its JSON. */
export type Captureable = DocumentSource | object;

const sourceOf = (document: Captureable): DocumentSource =>
  typeof document === 'string' || Symbol.asyncIterator in document
    ? (document as DocumentSource)
    : JSON.stringify(document);

/** What was read: all of it in memory, or the most of it staged. */
type Read =
  | { staged: Staged; around: CheckedMasterData }
  | { staged?: undefined; events: (Checked | Refused)[]; around: CheckedMasterData };

/** Reads and checks a document; one that grows too large for memory is staged from there on. */
async function read(
  source: DocumentSource,
  { heldMax, ...reading }: Reading & { heldMax: number },
  stage: () => Staged,
): Promise<Read> {
  let events: (Checked | Refused)[] = [];
  let characters = 0;
  let staged: Staged | undefined;
  try {
    for await (const part of readChecked(source, reading, Math.min(EVENTS_PER_BATCH, heldMax))) {
      if ('end' in part) return staged ? { staged, around: part.end } : { events, around: part.end };
      for (const event of part.events) {
        events.push(event);
        characters += 'row' in event ? event.row.json.length : 0;
      }
      if (!staged && events.length <= heldMax && characters <= HELD_CHARACTERS_MAX) continue;
      staged ??= stage();
      for (let from = 0; from < events.length; from += EVENTS_PER_BATCH)
        await staged.add(events.slice(from, from + EVENTS_PER_BATCH));
      events = [];
    }
  } catch (error) {
    await staged?.drop().catch(() => {});
    throw error;
  }
  throw new AppError('internal', 'A document was read without an end.');
}

/** One capture from its first byte to its job. */
interface Capturing {
  platform: CapturePlatform;
  principal: Principal;
  captureId: string;
  createdAt: number;
  behaviour: Behaviour;
}

function begin(platform: CapturePlatform, principal: Principal, behaviour: Behaviour): Capturing {
  demand(principal, 'capture');
  const createdAt = platform.clock();
  return { platform, principal, captureId: newCaptureId(createdAt), createdAt, behaviour };
}

function stagedOf({ platform, principal, captureId, createdAt, behaviour }: Capturing): Staged {
  const { tenantId, keyId } = principal;
  return new Staged({ ...platform, tenantId, keyId, captureId, behaviour, createdAt });
}

function submissionOf({ principal, captureId, createdAt, behaviour }: Capturing, { events, around }: Held): Submission {
  const { elements: masterData, findings } = around;
  return { captureId, keyId: principal.keyId, behaviour, createdAt, events, masterData, findings };
}

type Held = { events: (Checked | Refused)[]; around: CheckedMasterData };

/** Stores what was read. */
async function store(capturing: Capturing, found: Read): Promise<Captured> {
  const { platform, principal, captureId } = capturing;
  const { tenantId } = principal;
  if (!found.staged) {
    const submission = submissionOf(capturing, found);
    const { job, verdicts } = await queueOf(platform.store).add(tenantId, submission, platform.clock);
    return { job: captureJob(job, platform.clock()), verdicts };
  }
  const { done } = await found.staged.finish(found.around);
  // a failure is told by the job; who waits for it no more must not hear of it
  await Promise.race([done.catch(() => {}), sleep(SETTLE_MS_MAX, undefined, { ref: false })]);
  return { job: await knownJob(platform.store, tenantId, captureId), verdicts: [] };
}

async function knownJob(db: Store, tenantId: string, captureId: string): Promise<CaptureJob> {
  const job = await jobById(db, tenantId, captureId);
  if (!job) throw new AppError('internal', `The job ${captureId} is gone.`);
  return job;
}

async function submit(
  platform: CapturePlatform,
  principal: Principal,
  document: Captureable,
  { behaviour = 'rollback', format, idempotencyKey }: CaptureOptions,
  kinds: ReadonlySet<Kind>,
): Promise<Captured> {
  const capturing = begin(platform, principal, behaviour);
  const { keyId } = principal;
  const { captureEventsMax: eventsMax = CAPTURE_EVENTS_MAX } = platform;
  const { captureHeldMax: heldMax = eventsMax > CAPTURE_HELD_MAX ? HELD_BESIDE_LARGE_MAX : CAPTURE_HELD_MAX } =
    platform;
  const reading = { eventsMax, heldMax, format, kinds, turn: queueOf(platform.store).turns.document() };
  const stage = (): Staged => stagedOf(capturing);
  if (idempotencyKey === undefined) return store(capturing, await read(sourceOf(document), reading, stage));
  const { source, digest } = digested(sourceOf(document), `${behaviour} ${format ?? ''} ${[...kinds].join(' ')}`);
  const found = await read(source, reading, stage);
  return storeOnce(capturing, found, { keyId, key: idempotencyKey, fingerprint: digest() });
}

/** Stores what was read unless the key stands for it already: then what came of it, and nothing is done. */
async function storeOnce(capturing: Capturing, found: Read, key: IdempotencyKey): Promise<Captured> {
  const { platform, principal, captureId, createdAt } = capturing;
  const { tenantId } = principal;
  const holder = await claim(platform.store, tenantId, key, captureId, createdAt).catch(async (error: unknown) => {
    await found.staged?.drop();
    throw error;
  });
  if (holder !== captureId) {
    await found.staged?.drop();
    const job = await knownJob(platform.store, tenantId, holder);
    const page = await jobVerdicts(platform.store, tenantId, holder, 0, CAPTURE_HELD_MAX);
    return { job, verdicts: page?.verdicts ?? [], repeated: true };
  }
  try {
    return await store(capturing, found);
  } catch (error) {
    await release(platform.store, tenantId, key, captureId);
    throw error;
  }
}

/**
 * Captures an EPCISDocument, an EPCISQueryDocument or a bare event, JSON or XML. Resolves when it is committed: the
 * job is finished then, and all that it accepted can be read; of a large document, held for SETTLE_MS_MAX at most, it may
 * run still, and its verdicts are at jobVerdicts. `rollback` (the standard's default): one bad event and
 * nothing is stored; `proceed`: the good ones are. An event captured before is a duplicate and no failure.
 *
 * Throws AppError `forbidden`; `invalid` with `detail.errors` (Finding[]) for what is no EPCIS document; `too_large`
 * above captureEventsMax; `conflict` for an idempotencyKey that stands for another document or is being worked on;
 * `unavailable` when the database cannot be reached (then nothing is stored, or the answer was lost: send it again).
 */
export const capture = (
  platform: CapturePlatform,
  principal: Principal,
  document: Captureable,
  options: CaptureOptions = {},
): Promise<Captured> => submit(platform, principal, document, options, ANY_KIND);

/** What capturing a document would come to. */
export interface DryRun {
  success: boolean;
  captureErrorBehaviour: Behaviour;
  errors: JobProblem[];
  verdicts: WarnedVerdict[];
  /** Events from this index on were not looked at for warnings: a limit was reached. */
  warningsUpTo?: number;
}

/**
 * Everything that `capture` does but storing: each event is checked, held against what is stored under its eventID, judged,
 * and given the warnings that it would have. Throws as `capture` does; `too_large` also for a document that is too large to be held in memory.
 */
export async function dryRun(
  platform: CapturePlatform,
  principal: Principal,
  document: Captureable,
  { behaviour = 'rollback', format, language = 'en', form = 'urn' }: CaptureOptions & Partial<Telling> = {},
): Promise<DryRun> {
  const capturing = begin(platform, principal, behaviour);
  const { captureEventsMax = CAPTURE_EVENTS_MAX, captureHeldMax: heldMax = CAPTURE_HELD_MAX } = platform;
  const reading = { eventsMax: Math.min(captureEventsMax, heldMax), heldMax, format, kinds: ANY_KIND };
  const found = await read(sourceOf(document), reading, () => {
    throw new AppError('too_large', 'The document is too large for a dry run; try a part of it.', {
      rule: 'CaptureLimitExceededException',
    });
  });
  if (found.staged) throw new AppError('internal', 'A dry run was staged.');
  const submission = submissionOf(capturing, found);
  const { store, clock } = platform;
  const { tenantId } = principal;
  const { size: last } = await readHead(store, tenantId);
  const stored = await variantsOf(store, tenantId, packedIds([submission]));
  // settling adds to what it is given
  const { success, errors, verdicts } = settle(submission, new Taken(new Map(stored)), 1);
  const unstored = { events: found.events, verdicts, stored, last };
  const warned = await dryRunWarnings(store, tenantId, unstored, clock(), { language, form });
  return { success, captureErrorBehaviour: behaviour, errors, ...warned };
}

/**
 * Captures one bare event. Throws as `capture` does, and: `invalid` with `detail.errors` for an event that is not valid,
 * `conflict` for one whose eventID was captured before, with the same content or another.
 */
export async function captureEvent(
  platform: CapturePlatform,
  principal: Principal,
  event: Captureable,
  given: Pick<CaptureOptions, 'format' | 'idempotencyKey'> = {},
): Promise<{ eventID: string; hash: string; captureID: string }> {
  // Proceed, so that an event refused for its eventID is kept for the trace to tell of (R3).
  const options = { ...given, behaviour: 'proceed' } as const;
  const { job, verdicts } = await submit(platform, principal, event, options, BARE_EVENT);
  const { verdict, eventID = '', hash = '' } = verdicts[0]!;
  if (verdict === 'duplicate') {
    throw new AppError('conflict', 'This event was captured before.', { eventID, hash, duplicate: true });
  }
  if (verdict === 'rejected') {
    const [first] = job.errors;
    const errors = job.errors.map(({ path = '', rule = '', detail }) => ({ path, rule, message: detail }));
    if (first?.status === 409) throw new AppError('conflict', first.detail, { eventID, hash, duplicate: false });
    throw new AppError('invalid', first?.detail ?? 'The event is not valid.', { errors });
  }
  return { eventID, hash, captureID: job.captureID };
}
