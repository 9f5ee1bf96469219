// What becomes of each event, given what is stored under its eventID: rule R3 and R4 of docs/trace.md. Pure.
import type { Behaviour, JobProblem, Verdict } from '../store/capture-job.ts';
import type { MasterDataElement } from '../store/master-data.ts';
import { declarationVariant, refusedVariant, STANDS, type Variant } from '../store/event.ts';
import type { PlacedEvent } from '../store/event-write.ts';
import { hashBytes } from '../store/event-id.ts';
import type { Finding } from '../epcis/index.ts';
import type { Checked, Refused } from './check.ts';

/** A document whose events are checked, on its way to the database. */
export interface Submission {
  captureId: string;
  keyId: string;
  behaviour: Behaviour;
  /** Milliseconds since 1970. */
  createdAt: number;
  events: (Checked | Refused)[];
  masterData: MasterDataElement[];
  /** Faults outside of the events. */
  findings: Finding[];
}

/** What a submission comes to. */
export interface Outcome {
  success: boolean;
  placed: PlacedEvent[];
  /** In the document's order. */
  verdicts: Verdict[];
  errors: JobProblem[];
}

/** Faults listed in one job; a last one says how many are left off. Every event keeps its verdict. */
export const JOB_ERRORS_MAX = 1_000;

/** What is stored, or will be by this transaction, under each eventID. */
export class Taken {
  readonly #variants: Map<string, Variant[]>;

  constructor(stored: Map<string, Variant[]>) {
    this.#variants = stored;
  }

  of(eventID: string): readonly Variant[] {
    return this.#variants.get(eventID) ?? [];
  }

  add({ row, variant, sequence }: PlacedEvent): void {
    const { eventID, hash } = row.fact;
    this.#variants.set(eventID, [...this.of(eventID), { variant, hash, sequence }]);
  }

  /** Takes back what a document added that is rolled back. */
  remove(events: readonly PlacedEvent[]): void {
    const sequences = new Set(events.map((event) => event.sequence));
    for (const { row } of events) {
      const { eventID } = row.fact;
      this.#variants.set(
        eventID,
        this.of(eventID).filter((variant) => !sequences.has(variant.sequence)),
      );
    }
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

const PROBLEMS = {
  invalid: { type: 'epcisException:ValidationException', title: 'The event is not valid', status: 400 },
  conflict: {
    type: 'epcisException:ResourceAlreadyExistsException',
    title: 'The eventID stands for another event',
    status: 409,
  },
} as const;

const CONFLICT = 'An event of this eventID with other content was captured before; to correct it, declare it an error.';
export const ROLLED_BACK = 'Not stored, since the document was rolled back.';

type Ruling = { verdict: Verdict['verdict']; variant?: Uint8Array };

/** One event against what is there. `variant` is given when a row is to be written. */
function ruling({ row, declaration }: Checked, there: readonly Variant[]): Ruling {
  const { hash } = row.fact;
  const has = (variant: Uint8Array): boolean => there.some((other) => sameBytes(other.variant, variant));
  if (declaration) {
    const variant = declarationVariant(declaration);
    return has(variant) ? { verdict: 'duplicate' } : { verdict: 'accepted', variant };
  }
  const standing = there.find((other) => sameBytes(other.variant, STANDS));
  if (!standing) return { verdict: 'accepted', variant: STANDS };
  if (standing.hash === hash) return { verdict: 'duplicate' };
  const variant = refusedVariant(hashBytes(hash));
  return has(variant) ? { verdict: 'rejected' } : { verdict: 'rejected', variant };
}

/** That an eventID stands for another event. */
export const conflictProblem = (eventIndex: number, eventID: string): JobProblem => ({
  ...PROBLEMS.conflict,
  detail: CONFLICT,
  eventIndex,
  eventID,
  path: '/eventID',
  rule: 'eventID-conflict',
});

/** A fault outside of the events. */
export const documentProblem = ({ path, rule, message }: Finding): JobProblem => ({
  ...PROBLEMS.invalid,
  detail: message,
  path,
  rule,
});

/** Why an event is rejected: what is wrong with it or, where nothing is, what stands under its eventID. */
export function problemsOf(eventIndex: number, event: Checked | Refused): JobProblem[] {
  if ('row' in event) return [conflictProblem(eventIndex, event.row.fact.eventID)];
  const name = event.eventID === undefined ? {} : { eventID: event.eventID };
  return event.findings.map((finding) => ({ ...documentProblem(finding), eventIndex, ...name }));
}

export function verdictOf(
  index: number,
  event: Checked | Refused,
  verdict: Verdict['verdict'],
  reasons: string[],
): Verdict {
  const { eventID, hash } = 'row' in event ? event.row.fact : event;
  const told: Verdict = { index, verdict };
  if (eventID !== undefined) told.eventID = eventID;
  if (hash !== undefined) told.hash = hash;
  if (reasons.length > 0) told.reasons = reasons;
  return told;
}

/** As many as a job lists, of `total`. */
export function boundedProblems(errors: readonly JobProblem[], total = errors.length): JobProblem[] {
  const listed = errors.slice(0, JOB_ERRORS_MAX);
  if (total <= JOB_ERRORS_MAX) return listed;
  return [...listed, { ...PROBLEMS.invalid, detail: `${total - JOB_ERRORS_MAX} more faults are left off.` }];
}

/** Settles one document; its events take the sequences from `next` on. `taken` then holds what it adds. */
export function settle(submission: Submission, taken: Taken, next: number): Outcome {
  const { events, behaviour, captureId, findings } = submission;
  const placed: PlacedEvent[] = [];
  const verdicts: Verdict[] = [];
  const errors: JobProblem[] = findings.map(documentProblem);
  for (const [index, event] of events.entries()) {
    const { verdict, variant }: Ruling =
      'row' in event ? ruling(event, taken.of(event.row.fact.eventID)) : { verdict: 'rejected' };
    if (variant && 'row' in event) {
      const place = { row: event.row, sequence: next + placed.length, variant, captureId };
      placed.push(place);
      taken.add(place);
    }
    const problems = verdict === 'rejected' ? problemsOf(index, event) : [];
    for (const problem of problems) errors.push(problem);
    const reasons = problems.map((problem) => problem.detail);
    verdicts.push(verdictOf(index, event, verdict, reasons));
  }
  const success = errors.length === 0;
  if (success || behaviour === 'proceed') return { success, placed, verdicts, errors: boundedProblems(errors) };
  taken.remove(placed);
  return { success, placed: [], verdicts: verdicts.map(rolledBack), errors: boundedProblems(errors) };
}

const rolledBack = (verdict: Verdict): Verdict =>
  verdict.verdict === 'accepted' ? { ...verdict, verdict: 'rejected', reasons: [ROLLED_BACK] } : verdict;
