// Group commit: documents that arrive while a transaction is under way go together in the next one.
import { AppError, messageOf } from '../error.ts';
import type { EpcisEvent } from '../epcis/index.ts';
import { isRefused } from '../store/event.ts';
import type { Store } from '../store/open.ts';
import { commit, type Settled } from './commit.ts';
import type { Submission } from './settle.ts';

/** A document that has waited so long is refused with `unavailable`; nothing of it is stored. */
const WAIT_MS_MAX = 10_000;
/** Events in one transaction; a larger document goes alone. */
const BATCH_EVENTS_MAX = 5_000;
/** Events that may wait; a document beyond is refused at once. */
const WAITING_EVENTS_MAX = 200_000;

/** Events that have just been committed, in the order of the log, with eventID and recordTime. */
export interface Committed {
  tenantId: string;
  events: EpcisEvent[];
}

interface Waiting {
  tenantId: string;
  submission: Submission;
  clock: () => number;
  resolve: (settled: Settled) => void;
  reject: (error: unknown) => void;
  timer: ReturnType<typeof setTimeout>;
}

/** One for each open store. */
export class Queue {
  readonly #store: Store;
  readonly #waiting: Waiting[] = [];
  readonly listeners = new Set<(committed: Committed) => void>();
  #events = 0;
  #busy = false;

  constructor(store: Store) {
    this.#store = store;
  }

  add(tenantId: string, submission: Submission, clock: () => number): Promise<Settled> {
    if (this.#events > 0 && this.#events + submission.events.length > WAITING_EVENTS_MAX) {
      throw new AppError('unavailable', 'Too many events wait to be stored; try again later.', {
        reason: 'queue-full',
      });
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#expire(waiting), WAIT_MS_MAX);
      const waiting: Waiting = { tenantId, submission, clock, resolve, reject, timer };
      this.#waiting.push(waiting);
      this.#events += submission.events.length;
      if (!this.#busy) void this.#work();
    });
  }

  #expire(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#events -= waiting.submission.events.length;
    waiting.reject(
      new AppError('unavailable', `The database kept the capture waiting for more than ${WAIT_MS_MAX / 1000} s.`, {
        reason: 'queue-wait',
      }),
    );
  }

  /** The oldest document and those behind it of the same tenant that fit into one transaction with it. */
  #next(): Waiting[] {
    const batch: Waiting[] = [];
    let events = 0;
    const tenantId = this.#waiting[0]?.tenantId;
    for (const waiting of this.#waiting) {
      if (waiting.tenantId !== tenantId) continue;
      const count = waiting.submission.events.length;
      if (batch.length > 0 && events + count > BATCH_EVENTS_MAX) break;
      batch.push(waiting);
      events += count;
    }
    for (const waiting of batch) {
      clearTimeout(waiting.timer);
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
    }
    this.#events -= events;
    return batch;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) await this.#commit(this.#next());
    this.#busy = false;
  }

  async #commit(batch: Waiting[]): Promise<void> {
    const [first] = batch;
    if (!first) return;
    try {
      const settled = await commit(
        this.#store,
        first.tenantId,
        batch.map(({ submission }) => submission),
        first.clock(),
      );
      for (const [i, one] of settled.entries()) batch[i]?.resolve(one);
      this.#tell(first.tenantId, settled);
    } catch (error) {
      const alone = batch.length === 1 || (error instanceof AppError && error.code === 'unavailable');
      if (alone) for (const waiting of batch) waiting.reject(error);
      // One document that the database refuses must not take the others with it.
      else for (const waiting of batch) await this.#commit([waiting]);
    }
  }

  #tell(tenantId: string, settled: readonly Settled[]): void {
    if (this.listeners.size === 0) return;
    const events = settled.flatMap(({ placed, recordTime }) =>
      placed
        .filter(({ variant }) => !isRefused(variant))
        .map(({ row }) => ({ ...row.body, recordTime: new Date(recordTime).toISOString() })),
    );
    if (events.length === 0) return;
    for (const listener of this.listeners) {
      try {
        listener({ tenantId, events });
      } catch (error) {
        // The events are stored; a listener that fails is told no more.
        this.listeners.delete(listener);
        process.emitWarning(`A listener to committed events failed and was dropped: ${messageOf(error)}`);
      }
    }
  }
}

const queues = new WeakMap<Store, Queue>();

/** The queue in front of an open store; one for each, since on Workers no two requests may share one. */
export function queueOf(store: Store): Queue {
  const queue = queues.get(store) ?? new Queue(store);
  queues.set(store, queue);
  return queue;
}

/** Calls `listener` after each commit through this process's store until the returned function is called. */
export function onCommitted(store: Store, listener: (committed: Committed) => void): () => void {
  const { listeners } = queueOf(store);
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
