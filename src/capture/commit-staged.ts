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
  /** The first of them: when there is one, nothing was stored. */
  conflicts: Standing[];
}

/**
 * Duplicates are left out, a conflict stores nothing. Looks first, without the lock; then, with it, only at what was
 * stored meanwhile. `jobOf` makes the job that is written in the same transaction. What was staged is gone afterwards,
 * whatever came of it.
 */
export async function commitStaged(
  store: Store,
  tenantId: string,
  captureId: string,
  staged: number,
  now: number,
  jobOf: (outcome: StagedOutcome) => JobRecord,
): Promise<StagedOutcome> {
  const db = store.of(tenantId);
  const duplicates: Standing[] = [];
  try {
    for (;;) {
      const { size } = await readHead(db, tenantId);
      const conflicts = await takeOut(store, tenantId, captureId, duplicates);
      const count = staged - duplicates.length;
      if (conflicts.length > 0) return await refuse(store, tenantId, jobOf, { storedCount: 0, duplicates, conflicts });
      const moved = await db.transaction(async (tx) => {
        const head = await lock(tx, tenantId);
        if ((await findStandingSince(tx, tenantId, captureId, size, 1)).length > 0) return undefined;
        const recordTime = Math.max(now, head.recordTime + 1);
        await moveStaged(tx, tenantId, captureId, { size: head.size, recordTime });
        const outcome = { storedCount: count, firstSequence: head.size + 1, recordTime, duplicates, conflicts };
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

/** Takes all duplicates out of the staged, adding them to `duplicates`; returns conflicts as soon as there are some. */
async function takeOut(store: Store, tenantId: string, captureId: string, duplicates: Standing[]): Promise<Standing[]> {
  for (;;) {
    const standing = await findStanding(store, tenantId, captureId, STANDING_MAX);
    const original = standing.map((one) => ({ ...one, position: originalOf(one.position, duplicates) }));
    const conflicts = original.filter(({ same }) => !same);
    if (conflicts.length > 0 || standing.length === 0) return conflicts;
    const positions = standing.map(({ position }) => position);
    await store.of(tenantId).transaction((tx) => dropStagedSome(tx, tenantId, captureId, positions));
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
