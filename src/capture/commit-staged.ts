// The last step of a document that was staged chunk by chunk: all of it enters the log at once, or nothing does.
import { insertJobs, type JobRecord } from '../store/capture-job.ts';
import { advanceHead, beginLog, lockHead, readHead } from '../store/log-head.ts';
import type { Queries, Store } from '../store/open.ts';
import { isLocked } from '../store/sql.ts';
import {
  dropStaged,
  dropStagedSome,
  findStanding,
  findStandingSince,
  MOVE_MS_MAX,
  moveStaged,
  refuseStaged,
  type Standing,
  stretches,
} from '../store/stage.ts';

/** Events stored since the look whose eventIDs are staged too, that are settled at a time. */
const SINCE_MAX = 1_000;

/** What a staged document came to. */
export interface StagedOutcome {
  /** Staged, less the duplicates: those are in the log from `firstSequence` on, in the order of their positions. */
  storedCount: number;
  firstSequence?: number;
  recordTime?: number;
  /** An eventID is taken by another event, and the document was not to proceed: nothing was stored. */
  conflicting: boolean;
}

/** How a staged document is committed. */
export interface StagedCommit {
  captureId: string;
  /** Events staged. */
  staged: number;
  /** Milliseconds since 1970. */
  now: number;
  /** Whether an event whose eventID is taken by another is refused alone; the others are stored then. */
  proceed?: boolean;
  /**
   * Is told what stands already, page by page, so that no list of it grows with the document: the same event is a
   * duplicate, another one a conflict. One that was refused may come again as a duplicate of a refused one.
   */
  took: (standing: readonly Standing[]) => Promise<void>;
  /** Is called before the job, where nothing is stored: what is staged still is there. */
  rolledBack: () => Promise<void>;
  /** Does the move in a turn of the tenant's own, where others have theirs. */
  alone?: <T>(work: () => Promise<T>) => Promise<T>;
  /** The job, written in the same transaction. */
  jobOf: (outcome: StagedOutcome) => JobRecord;
  /** What else belongs into it. */
  also?: (tx: Queries, outcome: StagedOutcome & { recordTime: number }) => Promise<void>;
}

const NOTHING: StagedOutcome = { storedCount: 0, conflicting: true };

/**
 * Duplicates are left out; a conflict stores nothing, or is refused alone. Looks first, without the lock; then, with it,
 * only at what was stored meanwhile. What was staged is gone afterwards, whatever came of it.
 */
export async function commitStaged(store: Store, tenantId: string, commit: StagedCommit): Promise<StagedOutcome> {
  const { captureId, alone = (work) => work() } = commit;
  const db = store.of(tenantId);
  const found = new Found(store, tenantId, commit);
  try {
    const { size } = await readHead(db, tenantId);
    for (let free = await found.inAll(commit.staged); free; free = await found.since(size)) {
      const moved = await inTurn(() =>
        alone(() => db.transaction((tx) => move(tx, tenantId, commit, size, found.gone))),
      );
      if (moved) return moved;
    }
    await commit.rolledBack();
    await insertJobs(store, tenantId, [commit.jobOf(NOTHING)]);
    return NOTHING;
  } finally {
    // it is decided; what cannot be dropped now is dropped as forgotten later
    await dropStaged(db, tenantId, captureId).catch(() => {});
  }
}

/** Waits behind another process that moves a large document of the tenant, as long as that may take. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  for (const start = performance.now(); ;) {
    try {
      return await work();
    } catch (error) {
      if (!isLocked(error) || performance.now() - start > MOVE_MS_MAX) throw error;
    }
  }
}

/** Undefined where somebody has stored events of these eventIDs behind `size`. */
async function move(
  tx: Queries,
  tenantId: string,
  { captureId, staged, now, jobOf, also }: StagedCommit,
  size: number,
  gone: number,
): Promise<StagedOutcome | undefined> {
  const head = await lock(tx, tenantId);
  if ((await findStandingSince(tx, tenantId, captureId, size, 1)).length > 0) return undefined;
  const recordTime = Math.max(now, head.recordTime + 1);
  const storedCount = staged - gone;
  if (storedCount > 0) await moveStaged(tx, tenantId, captureId, { size: head.size, recordTime }, gone === 0);
  const outcome = { storedCount, firstSequence: head.size + 1, recordTime, conflicting: false };
  await also?.(tx, outcome);
  await insertJobs(tx, tenantId, [jobOf(outcome)]);
  await advanceHead(tx, tenantId, { size: head.size + storedCount, recordTime });
  return outcome;
}

async function lock(tx: Queries, tenantId: string) {
  for (;;) {
    const head = await lockHead(tx, tenantId);
    if (head) return head;
    await beginLog(tx, tenantId);
  }
}

/** Finds what of the staged stands already: duplicates are taken out, conflicts end it or become refused events. */
class Found {
  readonly #store: Store;
  readonly #tenantId: string;
  readonly #commit: StagedCommit;
  /** Events taken out. */
  gone = 0;

  constructor(store: Store, tenantId: string, commit: StagedCommit) {
    this.#store = store;
    this.#tenantId = tenantId;
    this.#commit = commit;
  }

  /** Looks at positions up to `last`. False at a conflict that ends it. */
  async inAll(last: number): Promise<boolean> {
    for (const stretch of stretches(last)) if (!(await this.#in(stretch))) return false;
    return true;
  }

  /** Looks for what was stored behind `size`. False at a conflict that ends it. */
  async since(size: number): Promise<boolean> {
    for (;;) {
      const standing = await findStandingSince(this.#store, this.#tenantId, this.#commit.captureId, size, SINCE_MAX);
      if (standing.length === 0) return true;
      if (!(await this.#settle(standing))) return false;
      for (const { position, same } of standing)
        if (!same && !(await this.#in({ from: position - 1, to: position }))) return false;
    }
  }

  async #in(stretch: { from: number; to: number }): Promise<boolean> {
    for (;;) {
      const standing = await findStanding(this.#store, this.#tenantId, this.#commit.captureId, stretch);
      if (!(await this.#settle(standing))) return false;
      // one that was refused may have been refused before, which is found in another look
      if (standing.every(({ same }) => same)) return true;
    }
  }

  async #settle(standing: readonly Standing[]): Promise<boolean> {
    if (standing.length === 0) return true;
    const { captureId, took, proceed = false } = this.#commit;
    await took(standing);
    const positions = (isSame: boolean): number[] =>
      standing.filter(({ same }) => same === isSame).map(({ position }) => position);
    const [duplicates, conflicts] = [positions(true), positions(false)];
    if (conflicts.length > 0 && !proceed) return false;
    await this.#store.of(this.#tenantId).transaction(async (tx) => {
      await dropStagedSome(tx, this.#tenantId, captureId, duplicates);
      if (conflicts.length > 0) await refuseStaged(tx, this.#tenantId, captureId, conflicts);
    });
    this.gone += duplicates.length;
    return true;
  }
}
