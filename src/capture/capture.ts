import { demand, type Principal } from '../access/policy.ts';
import { AppError } from '../error.ts';
import type { DocumentSource } from '../epcis/index.ts';
import type { Behaviour, Verdict } from '../store/capture-job.ts';
import type { Store } from '../store/open.ts';
import type { Checked, Refused } from './check.ts';
import type { Settled } from './commit.ts';
import { type CaptureJob, captureJob, newCaptureId } from './job.ts';
import type { CheckedMasterData } from './master-data.ts';
import { queueOf } from './queue.ts';
import { type Format, type Kind, readChecked } from './read.ts';
import type { Submission } from './settle.ts';

export { onCommitted } from './queue.ts';
export { jobById, jobs, jobVerdicts } from './job.ts';
export type { Behaviour } from '../store/capture-job.ts';

/** What one capture may hold unless the installation says otherwise; announced, and held exactly. */
export const CAPTURE_EVENTS_MAX = 10_000;
export const CAPTURE_BYTES_MAX = 32 * 1024 * 1024;
/** Events that are handed on together while a document is read. */
const EVENTS_PER_BATCH = 1000;

/** What capturing needs of the platform. */
export interface CapturePlatform {
  store: Store;
  /** Milliseconds since 1970. */
  clock: () => number;
  captureEventsMax?: number;
}

/** A finished job and the verdict of every event of its document, in its order. */
export interface Captured {
  job: CaptureJob;
  verdicts: Verdict[];
}

const ANY_KIND: ReadonlySet<Kind> = new Set<Kind>(['document', 'query', 'event']);
const BARE_EVENT: ReadonlySet<Kind> = new Set<Kind>(['event']);

/** How a document is to be captured. */
export interface CaptureOptions {
  /** Of a document with a faulty event; default rollback. */
  behaviour?: Behaviour;
  /** What the sender calls it; either where absent. */
  format?: Format;
}

/** A document as bytes or text, or as the value of its JSON. */
export type Captureable = DocumentSource | object;

const sourceOf = (document: Captureable): DocumentSource =>
  typeof document === 'string' || Symbol.asyncIterator in document
    ? (document as DocumentSource)
    : JSON.stringify(document);

async function submit(
  { store, clock, captureEventsMax = CAPTURE_EVENTS_MAX }: CapturePlatform,
  principal: Principal,
  document: Captureable,
  { behaviour = 'rollback', format }: CaptureOptions,
  kinds: ReadonlySet<Kind>,
): Promise<Settled> {
  demand(principal, 'capture');
  const createdAt = clock();
  const events: (Checked | Refused)[] = [];
  let around: CheckedMasterData = { elements: [], findings: [] };
  const queue = queueOf(store);
  const reading = { eventsMax: captureEventsMax, format, kinds, turn: queue.turns.begin() };
  for await (const part of readChecked(sourceOf(document), reading, EVENTS_PER_BATCH)) {
    if ('end' in part) around = part.end;
    else for (const event of part.events) events.push(event);
  }
  const submission: Submission = {
    captureId: newCaptureId(createdAt),
    keyId: principal.keyId,
    behaviour,
    createdAt,
    events,
    masterData: around.elements,
    findings: around.findings,
  };
  return queue.add(principal.tenantId, submission, clock);
}

/**
 * Captures an EPCISDocument, an EPCISQueryDocument or a bare event, JSON or XML. Resolves when it is committed: the
 * job is finished then, and all that it accepted can be read. `rollback` (the standard's default): one bad event and
 * nothing is stored; `proceed`: the good ones are. An event captured before is a duplicate and no failure.
 *
 * Throws AppError `forbidden`; `invalid` with `detail.errors` (Finding[]) for what is no EPCIS document; `too_large`
 * above captureEventsMax; `unavailable` when the database cannot be reached (then nothing is stored, or the answer was
 * lost: send it again).
 */
export async function capture(
  platform: CapturePlatform,
  principal: Principal,
  document: Captureable,
  options: CaptureOptions = {},
): Promise<Captured> {
  const { job, verdicts } = await submit(platform, principal, document, options, ANY_KIND);
  return { job: captureJob(job), verdicts };
}

/**
 * Captures one bare event. Throws as `capture` does, and: `invalid` with `detail.errors` for an event that is not valid,
 * `conflict` for one whose eventID was captured before, with the same content or another.
 */
export async function captureEvent(
  platform: CapturePlatform,
  principal: Principal,
  event: Captureable,
  { format }: Pick<CaptureOptions, 'format'> = {},
): Promise<{ eventID: string; hash: string; captureID: string }> {
  // Proceed, so that an event refused for its eventID is kept for the trace to tell of (R3).
  const options = { behaviour: 'proceed', ...(format && { format }) } as const;
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
  return { eventID, hash, captureID: job.captureId };
}
