// A document too large to be held in memory: read, checked and staged in batches, then moved into the log at once.
import {
  addVerdicts,
  type Behaviour,
  findJob,
  insertJobs,
  type JobProblem,
  type JobRecord,
  keepAlive,
  type StagedVerdict,
} from '../store/capture-job.ts';
import { declarationVariant, STANDS } from '../store/event.ts';
import type { PlacedEvent } from '../store/event-write.ts';
import { addKnown, newValues, type NewValues, rememberKnown } from '../store/known.ts';
import { putMasterData } from '../store/master-data.ts';
import type { Store } from '../store/open.ts';
import { dropForgotten, dropStaged, stagedIds, stageEvents, type Standing, stretches } from '../store/stage.ts';
import type { Checked, Refused } from './check.ts';
import { commitStaged } from './commit-staged.ts';
import type { CheckedMasterData } from './master-data.ts';
import { queueOf } from './queue.ts';
import {
  boundedProblems,
  conflictProblem,
  documentProblem,
  JOB_ERRORS_MAX,
  problemsOf,
  ROLLED_BACK,
  verdictOf,
} from './settle.ts';

/** How often a running job says that it is. */
const ALIVE_MS = 10_000;

/** What is staged for so long was left by a process that ended: no body takes so long. */
const FORGOTTEN_MS = 24 * 3600 * 1000;

/** Sorts before every captureId of this moment (ms since 1970) and later ones. */
export const oldestCaptureId = (moment: number): string =>
  moment
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})(.{4})$/, '$1-$2-7000-8000-000000000000');

const FAILED: JobProblem = {
  type: 'epcisException:ImplementationException',
  title: 'The database failed',
  status: 503,
  detail: 'Nothing of the document is stored; send it again.',
};

/** The verdict of an event of a document with a fault, as an unstaged one has it. */
const rolledBack = (index: number, { eventID, hash }: { eventID: string; hash: string }): StagedVerdict => ({
  stored: false,
  verdict: { index, verdict: 'rejected', eventID, hash, reasons: [ROLLED_BACK] },
});

/** Whose document it is. */
export interface StagedFor {
  store: Store;
  tenantId: string;
  keyId: string;
  captureId: string;
  behaviour: Behaviour;
  createdAt: number;
  clock: () => number;
}

/** One document on its way; `add` in the document's order, then `finish`, or `drop` where it is given up. */
export class Staged {
  readonly #of: StagedFor;
  #events = 0;
  #staged = 0;
  #duplicates = 0;
  #conflicts = 0;
  readonly #problems: JobProblem[] = [];
  #faults = 0;
  /** Indexes of events that are not staged, ascending. */
  readonly #refused: number[] = [];
  /** Values that are not known yet, and the same as a set. */
  readonly #known: NewValues = { fields: [], values: [] };
  readonly #seen = new Set<string>();

  constructor(of: StagedFor) {
    this.#of = of;
  }

  /** Nothing of a document with a fault is stored, unless it is to proceed. */
  get #failed(): boolean {
    return this.#of.behaviour === 'rollback' && this.#faults > 0;
  }

  #fault(problems: readonly JobProblem[]): void {
    this.#faults += problems.length;
    this.#problems.push(...problems.slice(0, Math.max(0, JOB_ERRORS_MAX - this.#problems.length)));
  }

  async add(events: readonly (Checked | Refused)[]): Promise<void> {
    const { store, tenantId, captureId } = this.#of;
    const placed: PlacedEvent[] = [];
    const indexes: number[] = [];
    const verdicts: StagedVerdict[] = [];
    for (const event of events) {
      const index = this.#events++;
      if ('row' in event) {
        const { row, declaration } = event;
        const variant = declaration ? declarationVariant(declaration) : STANDS;
        placed.push({ row, variant, captureId, sequence: this.#staged + placed.length + 1 });
        indexes.push(index);
        continue;
      }
      const problems = problemsOf(index, event);
      const reasons = problems.map(({ detail }) => detail);
      this.#fault(problems);
      this.#refused.push(index);
      verdicts.push({ stored: false, verdict: verdictOf(index, event, 'rejected', reasons) });
    }
    if (this.#failed) {
      await this.#rollBack();
      for (const [i, { row }] of placed.entries()) verdicts.push(rolledBack(indexes[i]!, row.fact));
    } else await this.#stage(placed);
    await addVerdicts(store, tenantId, captureId, verdicts);
  }

  async #stage(placed: readonly PlacedEvent[]): Promise<void> {
    if (placed.length === 0) return;
    const { store, tenantId, captureId, clock } = this.#of;
    if (this.#staged === 0) await dropForgotten(store.of(tenantId), tenantId, oldestCaptureId(clock() - FORGOTTEN_MS));
    await store.of(tenantId).transaction((tx) => stageEvents(tx, tenantId, captureId, placed));
    this.#staged += placed.length;
    const facts = placed.map(({ row }) => row.fact);
    const { fields, values } = newValues(store, tenantId, facts);
    for (const [i, value] of values.entries()) {
      const field = fields[i]!;
      if (this.#seen.has(`${field} ${value}`)) continue;
      this.#seen.add(`${field} ${value}`);
      this.#known.fields.push(field);
      this.#known.values.push(value);
    }
  }

  /** What is staged is told as rolled back, stretch by stretch, and dropped. */
  async #rollBack(): Promise<void> {
    await this.#tellRolledBack();
    if (this.#staged > 0) await this.drop();
  }

  async #tellRolledBack(): Promise<void> {
    const { store, tenantId, captureId } = this.#of;
    for (const stretch of stretches(this.#staged)) {
      const staged = await stagedIds(store, tenantId, captureId, stretch);
      const verdicts = staged.map((one) => rolledBack(this.#indexOf(one.position), one));
      await addVerdicts(store, tenantId, captureId, verdicts, 'others');
    }
  }

  async drop(): Promise<void> {
    const { store, tenantId, captureId } = this.#of;
    this.#staged = 0;
    await dropStaged(store.of(tenantId), tenantId, captureId);
  }

  #job(more: Partial<JobRecord>): JobRecord {
    const { captureId, keyId, behaviour, createdAt, clock } = this.#of;
    const now = clock();
    return {
      captureId,
      keyId,
      success: this.#faults === 0,
      behaviour,
      createdAt,
      finishedAt: now,
      eventCount: this.#events,
      storedCount: 0,
      errors: boundedProblems(this.#problems, this.#faults),
      exceptions: [],
      aliveAt: now,
      running: false,
      ...more,
    };
  }

  /** The document's index of a staged position (from 1): as many refused events lie before it as come before it. */
  #indexOf(position: number): number {
    let [low, high] = [0, this.#refused.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#refused[middle]! - middle < position) low = middle + 1;
      else high = middle;
    }
    return position - 1 + low;
  }

  #verdictOf({ position, eventID, hash, same, refused }: Standing): StagedVerdict {
    const index = this.#indexOf(position);
    this.#duplicates += Number(same && !refused);
    this.#conflicts += Number(!same);
    if (same && !refused) return { stored: false, verdict: { index, verdict: 'duplicate', eventID, hash } };
    const problem = conflictProblem(index, eventID);
    if (!refused) this.#fault([problem]);
    return {
      stored: !same && this.#of.behaviour === 'proceed',
      verdict: { index, verdict: 'rejected', eventID, hash, reasons: [problem.detail] },
    };
  }

  /**
   * Writes the job as running and resolves; the promise inside resolves when it is finished. Other captures of the
   * tenant wait for the move into the log.
   */
  async finish(around: CheckedMasterData): Promise<{ done: Promise<void> }> {
    this.#fault(around.findings.map(documentProblem));
    const running = this.#job({ running: true, success: !this.#failed, errors: [] });
    await insertJobs(this.#of.store, this.#of.tenantId, [running]);
    return { done: this.#finish(around) };
  }

  async #finish(around: CheckedMasterData): Promise<void> {
    const { store, tenantId, captureId, clock } = this.#of;
    const alive = setInterval(
      () => void keepAlive(store, tenantId, captureId, clock(), this.#events).catch(() => {}),
      ALIVE_MS,
    );
    try {
      if (this.#failed) {
        await this.#rollBack();
        await insertJobs(store, tenantId, [this.#job({})]);
        return this.#count(false);
      }
      this.#count(await this.#commit(around));
    } catch (error) {
      // it may be stored all the same: an error can come behind the commit
      const job = await findJob(store, tenantId, captureId);
      if (job?.running) await insertJobs(store, tenantId, [this.#job({ success: false, errors: [FAILED] })]);
      throw error;
    } finally {
      clearInterval(alive);
    }
  }

  #count(isStored: boolean): void {
    const { counts } = queueOf(this.#of.store);
    const rejected = isStored ? this.#refused.length + this.#conflicts : this.#events - this.#duplicates;
    counts.rejected += rejected;
    counts.duplicate += this.#duplicates;
    counts.accepted += this.#events - this.#duplicates - rejected;
  }

  /** Whether it was stored. */
  async #commit(around: CheckedMasterData): Promise<boolean> {
    const { store, tenantId, captureId, keyId, behaviour, clock } = this.#of;
    const known = this.#known;
    const {
      firstSequence = 1,
      storedCount,
      conflicting,
    } = await commitStaged(store, tenantId, {
      captureId,
      staged: this.#staged,
      now: clock(),
      proceed: behaviour === 'proceed',
      took: (standing) =>
        addVerdicts(
          store,
          tenantId,
          captureId,
          standing.map((one) => this.#verdictOf(one)),
        ),
      rolledBack: () => this.#tellRolledBack(),
      alone: (work) => queueOf(store).alone(tenantId, work),
      jobOf: ({ firstSequence, storedCount }) =>
        this.#job({ storedCount, ...(firstSequence !== undefined && { firstSequence }) }),
      also: async (tx, { recordTime }) => {
        await addKnown(tx, tenantId, known);
        await putMasterData(tx, tenantId, { captureId, keyId }, around.elements, recordTime);
      },
    });
    rememberKnown(store, tenantId, known);
    const before = firstSequence - 1;
    // it is stored; who listens and cannot be told now asks for it
    if (storedCount > 0)
      void queueOf(store)
        .tellStretch(tenantId, before, before + storedCount)
        .catch(() => {});
    return !conflicting;
  }
}
