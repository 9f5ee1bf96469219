import { type JobRecord, insertJobs, type Verdict } from '../store/capture-job.ts';
import { keepStatistics, variantsOf } from '../store/event.ts';
import { insertEvents, type PlacedEvent } from '../store/event-write.ts';
import { addKnown, newValues, rememberKnown } from '../store/known.ts';
import { advanceHead, beginLog, lockHead } from '../store/log-head.ts';
import { putMasterData } from '../store/master-data.ts';
import type { Queries, Store } from '../store/open.ts';
import { type Outcome, settle, type Submission, Taken } from './settle.ts';

/** What a submission became, committed. */
export interface Settled {
  job: JobRecord;
  verdicts: Verdict[];
  placed: PlacedEvent[];
  recordTime: number;
}

function jobOf(submission: Submission, { success, placed, verdicts, errors }: Outcome, finishedAt: number): JobRecord {
  const [first] = placed;
  return {
    captureId: submission.captureId,
    keyId: submission.keyId,
    success,
    behaviour: submission.behaviour,
    createdAt: submission.createdAt,
    finishedAt,
    eventCount: submission.events.length,
    ...(first && { firstSequence: first.sequence }),
    storedCount: placed.length,
    errors,
    exceptions: verdicts.filter(({ verdict }) => verdict !== 'accepted'),
  };
}

const placedOf = (settled: readonly Settled[]): PlacedEvent[] => settled.flatMap((one) => one.placed);

/** The eventIDs of all that can be stored. */
export const packedIds = (submissions: readonly Submission[]): string[] =>
  submissions.flatMap(({ events }) => events.flatMap((event) => ('row' in event ? [event.row.id] : [])));

/** The lock, then what is stored under these eventIDs: sent together, so that the lock is held for one round less. */
async function lockAndLook(tx: Queries, tenantId: string, ids: readonly string[]) {
  for (;;) {
    const [head, variants] = await Promise.all([lockHead(tx, tenantId), variantsOf(tx, tenantId, ids)]);
    if (head) return { head, variants };
    await beginLog(tx, tenantId);
  }
}

async function settleAll(tx: Queries, tenantId: string, submissions: readonly Submission[], now: number) {
  const { head, variants } = await lockAndLook(tx, tenantId, packedIds(submissions));
  const taken = new Taken(variants);
  // A commit has a recordTime of its own, later than the one before, whatever the clock says.
  const recordTime = Math.max(now, head.recordTime + 1);
  let { size } = head;
  const settled = submissions.map((submission): Settled => {
    const outcome = settle(submission, taken, size + 1);
    size += outcome.placed.length;
    return { job: jobOf(submission, outcome, now), verdicts: outcome.verdicts, placed: outcome.placed, recordTime };
  });
  return { settled, size, recordTime };
}

/**
 * Settles and stores documents of one tenant in one transaction: events, identifier rows, master data, jobs and the
 * log's head, all or nothing. Order in the log is the order of `submissions`.
 */
export async function commit(
  store: Store,
  tenantId: string,
  submissions: readonly Submission[],
  now: number,
): Promise<Settled[]> {
  const { settled, values, size } = await store.of(tenantId).transaction(async (tx) => {
    const { settled, size, recordTime } = await settleAll(tx, tenantId, submissions, now);
    const placed = placedOf(settled);
    const values = newValues(
      store,
      tenantId,
      placed.map((event) => event.row.fact),
    );
    const stored = submissions.filter((submission, i) => settled[i]?.job.success || submission.behaviour === 'proceed');
    await Promise.all([
      insertEvents(tx, tenantId, placed, recordTime),
      addKnown(tx, tenantId, values),
      ...stored.map((one) => putMasterData(tx, tenantId, one, one.masterData, recordTime)),
      insertJobs(
        tx,
        tenantId,
        settled.map(({ job }) => job),
      ),
      ...(placed.length > 0 ? [advanceHead(tx, tenantId, { size, recordTime })] : []),
    ]);
    return { settled, values, size };
  });
  rememberKnown(store, tenantId, values);
  await keepStatistics(store, size - placedOf(settled).length, size);
  return settled;
}
