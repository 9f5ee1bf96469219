import { type JobRecord, insertJobs, type Verdict } from '../store/capture-job.ts';
import { AppError } from '../error.ts';
import { keepStatistics, type Variant, variantsOf } from '../store/event.ts';
import { insertEvents, type PlacedEvent } from '../store/event-write.ts';
import { addKnown, type NewValues, newValues, rememberKnown } from '../store/known.ts';
import { advanceHead, beginLog, lockHead, type LogHead } from '../store/log-head.ts';
import { putMasterData } from '../store/master-data.ts';
import type { Queries, Store } from '../store/open.ts';
import { type Outcome, settle, type Submission, Taken } from './settle.ts';
import type { Turn } from './turns.ts';

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

/** When a transaction is made. */
export interface Making {
  /** Milliseconds since 1970. */
  now: number;
  turn: Turn;
}

/** What a transaction will have done. */
interface Made {
  settled: Settled[];
  head: LogHead;
}

/** Settles documents one after the other, onto a log that ends at `head`. */
function settleAll(
  submissions: readonly Submission[],
  head: LogHead,
  variants: Map<string, Variant[]>,
  now: number,
): Made {
  const taken = new Taken(variants);
  // A commit has a recordTime of its own, later than the one before, whatever the clock says.
  const recordTime = Math.max(now, head.recordTime + 1);
  let { size } = head;
  const settled = submissions.map((submission): Settled => {
    const outcome = settle(submission, taken, size + 1);
    size += outcome.placed.length;
    return { job: jobOf(submission, outcome, now), verdicts: outcome.verdicts, placed: outcome.placed, recordTime };
  });
  return { settled, head: size === head.size ? head : { size, recordTime } };
}

/** Writes what was settled: events, identifier rows, master data, jobs and the log's head. */
async function write(
  tx: Queries,
  tenantId: string,
  submissions: readonly Submission[],
  { settled, head }: Made,
  values: NewValues,
  turn: Turn,
): Promise<void> {
  const placed = placedOf(settled);
  const stored = submissions.filter((submission, i) => settled[i]?.job.success || submission.behaviour === 'proceed');
  const { recordTime = 0 } = settled[0] ?? {};
  await Promise.all([
    insertEvents(tx, tenantId, placed, recordTime, turn),
    addKnown(tx, tenantId, values),
    ...stored.map((one) => putMasterData(tx, tenantId, one, one.masterData, recordTime)),
    insertJobs(
      tx,
      tenantId,
      settled.map(({ job }) => job),
    ),
    ...(placed.length > 0 ? [advanceHead(tx, tenantId, head)] : []),
  ]);
}

const newValuesOf = (store: Store, tenantId: string, { settled }: Made): NewValues =>
  newValues(
    store,
    tenantId,
    placedOf(settled).map((event) => event.row.fact),
  );

async function remember(store: Store, tenantId: string, { settled, head }: Made, values: NewValues): Promise<void> {
  rememberKnown(store, tenantId, values);
  await keepStatistics(store, head.size - placedOf(settled).length, head.size);
}

/**
 * Settles and stores documents of one tenant in one transaction: events, identifier rows, master data, jobs and the
 * log's head, all or nothing. Order in the log is the order of `submissions`.
 */
export async function commit(
  store: Store,
  tenantId: string,
  submissions: readonly Submission[],
  { now, turn }: Making,
): Promise<Made> {
  const { made, values } = await store.of(tenantId).transaction(async (tx) => {
    const { head, variants } = await lockAndLook(tx, tenantId, packedIds(submissions));
    turn.begin();
    const made = settleAll(submissions, head, variants, now);
    const values = newValuesOf(store, tenantId, made);
    await write(tx, tenantId, submissions, made, values, turn);
    return { made, values };
  });
  await remember(store, tenantId, made, values);
  return made;
}

/** The log was not as expected: nothing is stored. */
class Unexpected extends Error {}

/** Documents on their way into a log that will end at `head`, if it ends where it was expected to. */
export interface Ahead {
  head: LogHead;
  /** Undefined where the log ended elsewhere, had one of the events or refused a row: nothing is stored then. */
  done: Promise<Made | undefined>;
}

/**
 * As `commit`, but all is sent at once: settled for a log that ends at `expected` and has none of the events, which the
 * lock's answer and the unique index on eventIDs say. So the database has a transaction while the one before ends, and
 * waits for nobody in between. Rejects where it is not known whether it was committed, and where the log stays locked.
 */
export function commitAhead(
  store: Store,
  tenantId: string,
  submissions: readonly Submission[],
  { now, turn }: Making,
  expected: LogHead,
): Ahead {
  const made = settleAll(submissions, expected, new Map(), now);
  const values = newValuesOf(store, tenantId, made);
  const send = async (tx: Queries): Promise<void> => {
    const [head] = await Promise.all([lockHead(tx, tenantId), write(tx, tenantId, submissions, made, values, turn)]);
    if (head?.size !== expected.size || head.recordTime !== expected.recordTime) throw new Unexpected();
  };
  const sent = store.of(tenantId).transaction(send);
  const done = sent.then(
    async () => {
      await remember(store, tenantId, made, values);
      return made;
    },
    (error: unknown) => {
      if (error instanceof AppError && error.code === 'unavailable') throw error;
      return undefined;
    },
  );
  return { head: made.head, done };
}
