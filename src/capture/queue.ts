// Group commit: documents that arrive while a transaction is under way go together in the next one, which is sent behind
// it as soon as it is large enough: the database has no pause between two.
import { AppError, messageOf } from '../error.ts';
import type { EpcisEvent, EventQuery } from '../epcis/index.ts';
import { isRefused } from '../store/event.ts';
import type { LogHead } from '../store/log-head.ts';
import type { Store } from '../store/open.ts';
import { isAsked, isLocked, LOCK_MS_MAX } from '../store/sql.ts';
import { MOVE_MS_MAX } from '../store/stage.ts';
import { commit, commitAhead, type Settled } from './commit.ts';
import { nextEvents } from './report.ts';
import type { Submission } from './settle.ts';
import { Turns } from './turns.ts';

/**
 * A document that has waited so long for its turn is refused with `unavailable`; nothing of it is stored. Longer than the
 * log's lock is waited for, so that those in line are not refused before it is known that the log is locked: while a large
 * document is moved into the log of its tenant they wait on, in their places (docs/decisions/0004).
 */
const WAIT_MS_MAX = LOCK_MS_MAX + 5_000;
/** Events in one transaction; a larger document goes alone. */
const BATCH_EVENTS_MAX = 5_000;
/** As soon as so many wait, the next transaction is sent behind the one under way; fewer wait for its end. */
const EVENTS_AHEAD_MIN = 400;
/** Where something else was in the log than expected, so many transactions look first: who sends a day again, or beside another process, goes on so. */
const LOOKS_AFTER_MISS = 16;
/** Events of one tenant, and of all, that may wait; a document beyond is refused at once. */
const TENANT_EVENTS_MAX = 100_000;
const WAITING_EVENTS_MAX = 200_000;
/** Tenants whose documents are written at the same time; the others have their turn in a circle. */
const TENANTS_AT_ONCE = 4;

/** Events of a large document that listeners are told at a time. */
const PAGE_EVENTS = 250;
const EVERYTHING: EventQuery = { conditions: [], orderDirection: 'ASC', perPage: PAGE_EVENTS };

/** Events that have just been committed, in the order of the log, with eventID and recordTime. */
export interface Committed {
  tenantId: string;
  events: EpcisEvent[];
}

interface Waiting {
  submission: Submission;
  clock: () => number;
  resolve: (settled: Settled) => void;
  reject: (error: unknown) => void;
  /** When it came, by performance.now(). */
  since: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** What waits of one tenant, the oldest first. Its transactions go one after the other: the log's head is one. */
interface Lane {
  waiting: Waiting[];
  events: number;
  /** Transactions under way: one, and the next one sent behind it. */
  running: number;
  /** Where the log will end when those under way are committed; absent where that is not known. */
  expected?: LogHead | undefined;
  /** Transactions that look at the log first. */
  looks: number;
  /** Resolves when the one under way was told of. */
  told: Promise<void>;
  /** What has to be done between two transactions. */
  alone: (() => Promise<void>)[];
  /** A large document is being moved, here or by another process: since then nothing was committed, and nobody is refused. */
  blocked: boolean;
}

/** Not while something goes alone or was looked up first: where the log will end is not known then. */
const mayStart = ({ running, expected, alone, events }: Lane): boolean =>
  running === 0 || (running === 1 && expected !== undefined && alone.length === 0 && events >= EVENTS_AHEAD_MIN);

/** One for each open store. */
export class Queue {
  readonly #store: Store;
  /** In the order in which they have their turn; one with nothing to do is not in it. */
  readonly #lanes = new Map<string, Lane>();
  readonly listeners = new Set<(committed: Committed) => void>();
  /** Told that there is something, not what: nothing is made for them. */
  readonly bells = new Set<() => void>();
  /** Events of this process's captures by verdict. */
  readonly counts = { accepted: 0, duplicate: 0, rejected: 0 };
  readonly turns: Turns;
  #events = 0;
  #running = 0;

  constructor(store: Store) {
    this.#store = store;
    this.turns = new Turns(() => isAsked(store));
  }

  /** Events that wait to be stored. */
  get waitingEvents(): number {
    return this.#events;
  }

  add(tenantId: string, submission: Submission, clock: () => number): Promise<Settled> {
    const lane = this.#laneOf(tenantId);
    const { length } = submission.events;
    const isFull = (waiting: number, max: number): boolean => waiting > 0 && waiting + length > max;
    if (isFull(lane.events, TENANT_EVENTS_MAX) || isFull(this.#events, WAITING_EVENTS_MAX)) {
      throw new AppError('unavailable', 'Too many events wait to be stored; try again later.', {
        reason: 'queue-full',
      });
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { submission, clock, resolve, reject, since: performance.now() };
      this.#expect(tenantId, waiting);
      lane.waiting.push(waiting);
      this.#lanes.set(tenantId, lane);
      this.#count(lane, length);
      this.#start();
    });
  }

  #laneOf(tenantId: string): Lane {
    const fresh = { waiting: [], events: 0, running: 0, looks: 0, told: Promise.resolve(), alone: [], blocked: false };
    return this.#lanes.get(tenantId) ?? fresh;
  }

  /** Does `work` in a turn of the tenant's own; its documents wait meanwhile, and have the next turn. */
  alone<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const lane = this.#laneOf(tenantId);
    return new Promise((resolve, reject) => {
      lane.alone.push(() => work().then(resolve, reject));
      this.#lanes.set(tenantId, lane);
      this.#start();
    });
  }

  #count(lane: Lane, events: number): void {
    lane.events += events;
    this.#events += events;
  }

  #expect(tenantId: string, waiting: Waiting): void {
    waiting.timer = setTimeout(() => this.#expire(tenantId, waiting), WAIT_MS_MAX);
  }

  #expire(tenantId: string, waiting: Waiting): void {
    const lane = this.#lanes.get(tenantId);
    const at = lane?.waiting.indexOf(waiting) ?? -1;
    if (!lane || at < 0) return;
    if (lane.blocked) return this.#expect(tenantId, waiting);
    lane.waiting.splice(at, 1);
    this.#count(lane, -waiting.submission.events.length);
    waiting.reject(
      new AppError('unavailable', `The database kept the capture waiting for more than ${WAIT_MS_MAX / 1000} s.`, {
        reason: 'queue-wait',
      }),
    );
  }

  /** The oldest document of a tenant and those behind it that fit into one transaction with it. */
  #next(lane: Lane): Waiting[] {
    let count = 0;
    let events = 0;
    for (const { submission } of lane.waiting) {
      if (count > 0 && events + submission.events.length > BATCH_EVENTS_MAX) break;
      events += submission.events.length;
      count += 1;
    }
    const batch = lane.waiting.splice(0, count);
    for (const { timer } of batch) clearTimeout(timer);
    this.#count(lane, -events);
    return batch;
  }

  #start(): void {
    for (const [tenantId, lane] of this.#lanes) {
      if (this.#running >= TENANTS_AT_ONCE) return;
      if (mayStart(lane)) void this.#turn(tenantId, lane);
    }
  }

  /** One transaction of a tenant; then it goes behind the others. */
  async #turn(tenantId: string, lane: Lane): Promise<void> {
    lane.running += 1;
    this.#running += 1;
    const isFirst = lane.running === 1 && !(lane.blocked && lane.waiting.length > 0);
    const alone = isFirst ? lane.alone.shift() : undefined;
    lane.blocked ||= alone !== undefined;
    if (alone) lane.expected = undefined;
    lane.told = alone ? alone() : this.#commit(tenantId, lane, this.#next(lane), lane.told);
    await lane.told;
    this.#running -= 1;
    lane.running -= 1;
    this.#lanes.delete(tenantId);
    if (lane.waiting.length + lane.alone.length + lane.running > 0) this.#lanes.set(tenantId, lane);
    this.#start();
  }

  /** `before`: the transaction that this one was sent behind was told of; they are told of in the order of the log. */
  async #commit(tenantId: string, lane: Lane, batch: Waiting[], before: Promise<void>): Promise<void> {
    const [first] = batch;
    if (!first) return;
    try {
      const settled = await this.#settled(tenantId, lane, batch, before);
      lane.blocked = false;
      await before;
      for (const [i, one] of settled.entries()) batch[i]?.resolve(one);
      for (const { verdicts } of settled) for (const { verdict } of verdicts) this.counts[verdict] += 1;
      this.#tell(tenantId, settled);
    } catch (error) {
      lane.expected = undefined;
      if (isLocked(error) && performance.now() - first.since < MOVE_MS_MAX) return this.#putBack(tenantId, lane, batch);
      lane.blocked = false;
      const alone = batch.length === 1 || (error instanceof AppError && error.code === 'unavailable');
      if (alone) for (const waiting of batch) waiting.reject(error);
      // One document that the database refuses must not take the others with it.
      else for (const waiting of batch) await this.#commit(tenantId, lane, [waiting], before);
    }
  }

  /** Another process holds the log, for a large document perhaps: they stay the first in line, and other tenants go on. */
  #putBack(tenantId: string, lane: Lane, batch: Waiting[]): void {
    lane.blocked = true;
    lane.waiting.unshift(...batch);
    // who was sent behind others is put back behind them
    lane.waiting.sort((one, other) => one.since - other.since);
    for (const waiting of batch) {
      this.#expect(tenantId, waiting);
      this.#count(lane, waiting.submission.events.length);
    }
  }

  /** Sends all of it at once where it is known how the log will end; otherwise looks at the log first. */
  async #settled(tenantId: string, lane: Lane, batch: readonly Waiting[], before: Promise<void>): Promise<Settled[]> {
    const submissions = batch.map(({ submission }) => submission);
    const now = batch[0]!.clock();
    const { expected } = lane;
    const turn = this.turns.transaction();
    if (expected && submissions.every(({ masterData }) => masterData.length === 0)) {
      const { head, done } = commitAhead(this.#store, tenantId, submissions, { now, turn }, expected);
      lane.expected = head;
      const made = await done;
      if (made) return made.settled;
      lane.looks = LOOKS_AFTER_MISS;
      await before; // whoever came first is the first in the log too
    }
    lane.expected = undefined;
    const { settled, head } = await commit(this.#store, tenantId, submissions, { now, turn });
    lane.looks = Math.max(0, lane.looks - 1);
    if (lane.running === 1 && lane.looks === 0) lane.expected = head;
    return settled;
  }

  /** Tells of a stretch of the log that was committed at once, page by page, for as long as somebody listens. */
  async tellStretch(tenantId: string, progress: number, upTo: number): Promise<void> {
    for (const bell of this.bells) bell();
    for (let [at, more] = [progress, upTo > progress]; more && this.listeners.size > 0;) {
      const page = await nextEvents(this.#store, tenantId, EVERYTHING, { progress: at, upTo, batchMax: PAGE_EVENTS });
      this.#tellListeners(
        tenantId,
        page.events.map(({ event }) => event),
      );
      at = page.events.at(-1)?.sequence ?? upTo;
      more = page.more && at < upTo;
    }
  }

  #tell(tenantId: string, settled: readonly Settled[]): void {
    if (settled.some(({ placed }) => placed.length > 0)) for (const bell of this.bells) bell();
    if (this.listeners.size === 0) return;
    const events = settled.flatMap(({ placed, recordTime }) =>
      placed
        .filter(({ variant }) => !isRefused(variant))
        .map(({ row }) => ({
          ...(JSON.parse(row.json) as EpcisEvent),
          recordTime: new Date(recordTime).toISOString(),
        })),
    );
    this.#tellListeners(tenantId, events);
  }

  #tellListeners(tenantId: string, events: EpcisEvent[]): void {
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

/** Calls `bell` after each commit of events through this process's store until the returned function is called. */
export function onCommit(store: Store, bell: () => void): () => void {
  const { bells } = queueOf(store);
  bells.add(bell);
  return () => void bells.delete(bell);
}
