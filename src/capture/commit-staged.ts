// The last step of a document that was staged chunk by chunk: all of it enters the log at once, or nothing does.
import { insertJobs, type JobRecord } from '../store/capture-job.ts';
import { advanceHead, beginLog, lockHead, readHead } from '../store/log-head.ts';
import type { Queries, Store } from '../store/open.ts';
import {
  dropStaged,
  dropStagedSome,
  findStanding,
  findStandingSince,
  moveStaged,
  refuseStaged,
  type Standing,
} from '../store/stage.ts';

/** Events whose eventID is taken that one look finds; of more it looks again. */
const STANDING_MAX = 10_000;

/** What a staged document came to. */
export interface StagedOutcome {
  /** Staged, less the duplicates: those are in the log from `firstSequence` on, in the order of their positions. */
  storedCount: number;
  firstSequence?: number;
  recordTime?: number;
  /** Of the staged, by position as it was staged, from 1. */
  duplicates: Standing[];
  /** Unless it is to proceed, the first of them, and nothing was stored. Else all, kept as refused. */
  conflicts: Standing[];
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
  /** The job, written in the same transaction. */
  jobOf: (outcome: StagedOutcome) => JobRecord;
  /** What else belongs into it. */
  also?: (tx: Queries, outcome: StagedOutcome & { recordTime: number }) => Promise<void>;
}

/**
 * Duplicates are left out; a conflict stores nothing, or is refused alone. Looks first, without the lock; then, with it,
 * only at what was stored meanwhile. What was staged is gone afterwards, whatever came of it.
 */
export async function commitStaged(store: Store, tenantId: string, commit: StagedCommit): Promise<StagedOutcome> {
  const { captureId, staged, now, proceed = false, jobOf, also } = commit;
  const db = store.of(tenantId);
  const taken: Taken = { duplicates: [], conflicts: [] };
  try {
    for (;;) {
      const { size } = await readHead(db, tenantId);
      await takeOut(store, tenantId, captureId, taken, proceed);
      const count = staged - taken.duplicates.length;
      if (taken.conflicts.length > 0 && !proceed)
        return await refuse(store, tenantId, jobOf, { storedCount: 0, ...taken });
      const moved = await db.transaction(async (tx) => {
        const head = await lock(tx, tenantId);
        if ((await findStandingSince(tx, tenantId, captureId, size, 1)).length > 0) return undefined;
        const recordTime = Math.max(now, head.recordTime + 1);
        await moveStaged(tx, tenantId, captureId, { size: head.size, recordTime });
        const outcome = { storedCount: count, firstSequence: head.size + 1, recordTime, ...taken };
        await also?.(tx, outcome);
        await insertJobs(tx, tenantId, [jobOf(outcome)]);
        await advanceHead(tx, tenantId, { size: head.size + count, recordTime });
        return outcome;
      });
      if (moved) return moved;
    }
  } finally {
    await dropStaged(db, tenantId, captureId);
  }
}

async function lock(tx: Queries, tenantId: string) {
  for (;;) {
    const head = await lockHead(tx, tenantId);
    if (head) return head;
    await beginLog(tx, tenantId);
  }
}

async function refuse(
  store: Store,
  tenantId: string,
  jobOf: (outcome: StagedOutcome) => JobRecord,
  outcome: StagedOutcome,
): Promise<StagedOutcome> {
  await insertJobs(store, tenantId, [jobOf(outcome)]);
  return outcome;
}

/** What of the staged was found to stand already, by its position as it was staged. */
type Taken = Pick<StagedOutcome, 'duplicates' | 'conflicts'>;

/** Takes all duplicates out of the staged. Stops at conflicts, or makes refused events of them. */
async function takeOut(
  store: Store,
  tenantId: string,
  captureId: string,
  { duplicates, conflicts }: Taken,
  proceed: boolean,
): Promise<void> {
  for (;;) {
    const standing = await findStanding(store, tenantId, captureId, STANDING_MAX);
    const original = standing.map((one) => ({ ...one, position: originalOf(one.position, duplicates) }));
    const others = original.filter(({ same }) => !same);
    conflicts.push(...others);
    if (standing.length === 0 || (others.length > 0 && !proceed)) return;
    const positions = standing.filter(({ same }) => same === (others.length === 0)).map(({ position }) => position);
    const change = others.length > 0 ? refuseStaged : dropStagedSome;
    await store.of(tenantId).transaction((tx) => change(tx, tenantId, captureId, positions));
    if (others.length > 0) continue;
    duplicates.push(...original);
    duplicates.sort((a, b) => a.position - b.position);
  }
}

/** A position as it was before `gone` (by original position, ascending) were taken out. */
function originalOf(position: number, gone: readonly Standing[]): number {
  let original = position;
  for (const { position: before } of gone) if (before <= original) original += 1;
  return original;
}
