import { setImmediate } from 'node:timers/promises';
import { demand, type Principal } from '../access/policy.ts';
import { AppError } from '../error.ts';
import { type ParsedDocument, parseDocument, Values } from '../epcis/index.ts';
import type { Behaviour, Verdict } from '../store/capture-job.ts';
import type { Store } from '../store/open.ts';
import { type Checked, checkEvent, type Refused } from './check.ts';
import type { Settled } from './commit.ts';
import { type CaptureJob, captureJob, newCaptureId } from './job.ts';
import { checkMasterData } from './master-data.ts';
import { queueOf } from './queue.ts';
import type { Submission } from './settle.ts';

export { onCommitted } from './queue.ts';
export { jobById, jobs, jobVerdicts } from './job.ts';
export type { Behaviour } from '../store/capture-job.ts';

/** What one capture may hold unless the installation says otherwise; announced, and held exactly. */
export const CAPTURE_EVENTS_MAX = 10_000;
export const CAPTURE_BYTES_MAX = 32 * 1024 * 1024;
/** Events checked before others of the process have their turn: about a millisecond. */
const EVENTS_PER_TURN = 40;

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

type Kind = ParsedDocument['kind'];
const ANY_KIND: ReadonlySet<Kind> = new Set<Kind>(['document', 'query', 'event']);
const BARE_EVENT: ReadonlySet<Kind> = new Set<Kind>(['event']);

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws `invalid` for what is no EPCIS document, and `too_large` above the limit of events. */
function parse(document: unknown, kinds: ReadonlySet<Kind>, eventsMax: number): ParsedDocument {
  const parsed = parseDocument(document);
  const { events, findings, eventsPath } = parsed;
  if (events.length > eventsMax) {
    throw new AppError(
      'too_large',
      `The document has ${events.length} events, at most ${eventsMax} are taken at once.`,
      {
        rule: 'CaptureLimitExceededException',
        eventsMax,
      },
    );
  }
  const strays = events.flatMap((event, i) =>
    isObject(event) ? [] : [{ path: `${eventsPath}/${i}`, rule: 'type', message: 'An event must be an object.' }],
  );
  const notBare = { path: '/type', rule: 'document-type', message: 'One bare event is expected here, not a document.' };
  const errors = [...findings, ...strays, ...(kinds.has(parsed.kind) ? [] : [notBare])];
  if (errors.length > 0) throw new AppError('invalid', errors[0]!.message, { errors });
  return parsed;
}

async function check({ events, context }: ParsedDocument): Promise<(Checked | Refused)[]> {
  const values = new Values(context);
  const checked: (Checked | Refused)[] = [];
  for (const [i, event] of events.entries()) {
    if (i > 0 && i % EVENTS_PER_TURN === 0) await setImmediate();
    checked.push(checkEvent(event, values));
  }
  return checked;
}

async function submit(
  { store, clock, captureEventsMax = CAPTURE_EVENTS_MAX }: CapturePlatform,
  principal: Principal,
  document: unknown,
  behaviour: Behaviour,
  kinds: ReadonlySet<Kind>,
): Promise<Settled> {
  demand(principal, 'capture');
  const createdAt = clock();
  const parsed = parse(document, kinds, captureEventsMax);
  const { elements, findings } = checkMasterData(parsed.masterData ?? []);
  const submission: Submission = {
    captureId: newCaptureId(createdAt),
    keyId: principal.keyId,
    behaviour,
    createdAt,
    events: await check(parsed),
    masterData: elements,
    findings,
  };
  return queueOf(store).add(principal.tenantId, submission, clock);
}

/**
 * Captures an EPCISDocument, an EPCISQueryDocument or a bare event, parsed from JSON. Resolves when it is committed: the
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
  document: unknown,
  { behaviour = 'rollback' }: { behaviour?: Behaviour } = {},
): Promise<Captured> {
  const { job, verdicts } = await submit(platform, principal, document, behaviour, ANY_KIND);
  return { job: captureJob(job), verdicts };
}

/**
 * Captures one bare event. Throws as `capture` does, and: `invalid` with `detail.errors` for an event that is not valid,
 * `conflict` for one whose eventID was captured before, with the same content or another.
 */
export async function captureEvent(
  platform: CapturePlatform,
  principal: Principal,
  event: unknown,
): Promise<{ eventID: string; hash: string; captureID: string }> {
  // Proceed, so that an event refused for its eventID is kept for the trace to tell of (R3).
  const { job, verdicts } = await submit(platform, principal, event, 'proceed', BARE_EVENT);
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
