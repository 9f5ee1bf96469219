// A document too large to be held in memory: read, checked and staged in batches, then moved into the log at once.
import {
  addVerdicts,
  type Behaviour,
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
import { dropStaged, stageEvents, type Standing } from '../store/stage.ts';
import type { Checked, Refused } from './check.ts';
import { commitStaged, type StagedOutcome } from './commit-staged.ts';
import type { CheckedMasterData } from './master-data.ts';
import { queueOf } from './queue.ts';
import { boundedProblems, conflictProblem, documentProblem, JOB_ERRORS_MAX, problemsOf, verdictOf } from './settle.ts';

/** How often a running job says that it is. */
const ALIVE_MS = 10_000;

const FAILED: JobProblem = {
  type: 'epcisException:ImplementationException',
  title: 'The database failed',
  status: 503,
  detail: 'Nothing of the document is stored; send it again.',
};

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
  readonly #problems: JobProblem[] = [];
  #faults = 0;
  /** Indexes of events that are not staged, ascending. */
  readonly #refused: number[] = [];
  readonly #known = new Map<string, NewValues>();

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
    const verdicts: StagedVerdict[] = [];
    for (const event of events) {
      const index = this.#events++;
      if ('row' in event) {
        const { row, declaration } = event;
        const variant = declaration ? declarationVariant(declaration) : STANDS;
        placed.push({ row, variant, captureId, sequence: this.#staged + placed.length + 1 });
        continue;
      }
      const problems = problemsOf(index, event);
      const reasons = problems.map(({ detail }) => detail);
      this.#fault(problems);
      this.#refused.push(index);
      verdicts.push({ stored: false, verdict: verdictOf(index, event, 'rejected', reasons) });
    }
    if (!this.#failed) await this.#stage(placed);
    else if (this.#staged > 0) await this.drop();
    await addVerdicts(store, tenantId, captureId, verdicts);
  }

  async #stage(placed: readonly PlacedEvent[]): Promise<void> {
    if (placed.length === 0) return;
    const { store, tenantId, captureId } = this.#of;
    await store.of(tenantId).transaction((tx) => stageEvents(tx, tenantId, captureId, placed));
    this.#staged += placed.length;
    const facts = placed.map(({ row }) => row.fact);
    const { fields, values } = newValues(store, tenantId, facts);
    for (const [i, value] of values.entries())
      this.#known.set(`${fields[i]} ${value}`, { fields: [fields[i]!], values: [value] });
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

  /** The document's index of a staged position (from 1). */
  #indexes(standing: readonly Standing[]): number[] {
    const refused = this.#refused;
    let before = 0;
    const sorted = standing.map(({ position }, i) => [position, i] as const).sort(([a], [b]) => a - b);
    const indexes: number[] = [];
    for (const [position, i] of sorted) {
      while (before < refused.length && refused[before]! < position + before) before++;
      indexes[i] = position - 1 + before;
    }
    return indexes;
  }

  #verdicts({ duplicates, conflicts }: StagedOutcome): StagedVerdict[] {
    const repeated = new Set(duplicates.map(({ position }) => position));
    const others = new Set(conflicts.map(({ position }) => position));
    const same = duplicates.filter(({ position }) => !others.has(position));
    const at = this.#indexes(conflicts);
    const conflicting = conflicts.map(({ position, eventID }, i): StagedVerdict => {
      const problem = conflictProblem(at[i]!, eventID);
      this.#fault([problem]);
      return {
        stored: !repeated.has(position) && this.#of.behaviour === 'proceed',
        verdict: { index: at[i]!, verdict: 'rejected', eventID, reasons: [problem.detail] },
      };
    });
    const indexes = this.#indexes(same);
    const duplicate = same.map(({ eventID }, i): StagedVerdict => ({
      stored: false,
      verdict: { index: indexes[i]!, verdict: 'duplicate', eventID },
    }));
    return [...conflicting, ...duplicate];
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
        await this.drop();
        return await insertJobs(store, tenantId, [this.#job({})]);
      }
      await queueOf(store).alone(tenantId, () => this.#commit(around));
    } catch (error) {
      await insertJobs(store, tenantId, [this.#job({ success: false, errors: [FAILED] })]);
      throw error;
    } finally {
      clearInterval(alive);
    }
  }

  async #commit(around: CheckedMasterData): Promise<void> {
    const { store, tenantId, captureId, keyId, behaviour, clock } = this.#of;
    let verdicts: StagedVerdict[] | undefined;
    const known = [...this.#known.values()].reduce(
      (all, { fields, values }) => ({ fields: [...all.fields, ...fields], values: [...all.values, ...values] }),
      { fields: [], values: [] } as NewValues,
    );
    const jobOf = (outcome: StagedOutcome): JobRecord => {
      verdicts ??= this.#verdicts(outcome);
      const { firstSequence, storedCount } = outcome;
      return this.#job({ storedCount, ...(firstSequence !== undefined && { firstSequence }) });
    };
    const outcome = await commitStaged(store, tenantId, {
      captureId,
      staged: this.#staged,
      now: clock(),
      proceed: behaviour === 'proceed',
      jobOf,
      also: async (tx, outcome) => {
        verdicts ??= this.#verdicts(outcome);
        await addVerdicts(tx, tenantId, captureId, verdicts);
        await addKnown(tx, tenantId, known);
        await putMasterData(tx, tenantId, { captureId, keyId }, around.elements, outcome.recordTime);
      },
    });
    rememberKnown(store, tenantId, known);
    if (outcome.storedCount === 0 && verdicts) await addVerdicts(store, tenantId, captureId, verdicts);
  }
}
