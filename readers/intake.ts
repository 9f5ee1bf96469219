import type { Logger } from 'pino';
import type { Alarms } from './alarm.ts';
import type { CaptureConfig } from './config.ts';
import type { Filter, GpiEdge } from './filter/filter.ts';
import type { Place, Read, Spot } from './filter/place.ts';
import type { Rows, Run } from './filter/presence.ts';
import type { Operations } from './operations.ts';
import type { Spool } from './spool.ts';
import { type MadeEvent, eventsOf, type Odd } from './to-event.ts';

/** Filter memory is written at least this often. */
const PERSIST_MS = 1000;
/** Until when readers were heard is written at least this often, also when no tag is read. */
const HEARD_MS = 5000;
/** What arrives in a rush shares events: a commit may hold so many EPCs for each event of a batch. */
const EPCS_AN_EVENT = 10;
/** A commit takes a tenth of the spool's room at most, were each EPC an event of its own, but so many EPCs always. */
const COMMIT_EPCS_MIN = 50;
const COMMIT_SHARE = 0.1;
const EVENT_BYTES = 1000;
/** What is over is looked for this often. */
const TICK_MS = 25;
/** The filter memory counts as full until no tag was given up for so long. */
const FULL_OVER_MS = 60_000;
/** A spool that cannot be written is tried again this often. */
const RETRY_MS = 500;

/** Counters of the intake. */
export interface IntakeCounts {
  reads: number;
  arrivals: number;
  events: number;
  commits: number;
}

/**
 * Where reads become events on disk. What the filter finds gathers for `flushMs`, then go to the spool in one transaction with the
 * filter memory. When the spool is full or cannot be written, `onFull` is called, nothing is dropped, and `onRoom`
 * follows when reading can go on.
 */
export class Intake {
  readonly counts: IntakeCounts = { reads: 0, arrivals: 0, events: 0, commits: 0 };
  /** May be changed by a reload. */
  capture: CaptureConfig;
  readonly #spool: Spool;
  readonly #filter: Filter;
  readonly #alarms: Alarms;
  readonly #operations: Operations;
  readonly #logger: Logger;
  readonly #onCommit: () => void;
  /** Made but not on disk, because the last commit failed. */
  #unsaved: MadeEvent[] = [];
  #waiting: (() => void)[] = [];
  #blocked = false;
  #commitEpcs: number;
  #heardSavedAt = Date.now();
  /** Tags given up so far, and when the last of them was. */
  #forgotten = 0;
  #forgottenAt = 0;
  #flushTimer: NodeJS.Timeout | undefined;
  #barrier: NodeJS.Immediate | undefined;
  readonly #persistTimer: NodeJS.Timeout;
  readonly #tickTimer: NodeJS.Timeout;
  #retryTimer: NodeJS.Timeout | undefined;
  /** When each reader was listened to, for the spool. */
  listening: () => Map<string, string> = () => new Map();
  /** Told when reading must stop (true) and when it may go on (false). */
  onBlocked: (blocked: boolean) => void = () => {};

  constructor(parts: {
    capture: CaptureConfig;
    spool: Spool;
    filter: Filter;
    alarms: Alarms;
    operations: Operations;
    logger: Logger;
    onCommit: () => void;
  }) {
    this.capture = parts.capture;
    this.#spool = parts.spool;
    this.#filter = parts.filter;
    this.#alarms = parts.alarms;
    this.#operations = parts.operations;
    this.#logger = parts.logger;
    this.#onCommit = parts.onCommit;
    this.#commitEpcs = this.#commitEpcsMax();
    this.#persistTimer = setInterval(() => this.#persist(), PERSIST_MS);
    this.#persistTimer.unref();
    this.#tickTimer = setInterval(() => this.#tick(), TICK_MS);
    this.#tickTimer.unref();
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** EPCs of the next commit: many while there is room, few when the spool is nearly full and must stop reading in time. */
  #commitEpcsMax(): number {
    const fits = Math.floor((this.#spool.roomBytes * COMMIT_SHARE) / EVENT_BYTES);
    return Math.max(COMMIT_EPCS_MIN, Math.min(this.capture.batch * EPCS_AN_EVENT, fits));
  }

  /** Takes one read that arrived at `nowMs`. */
  read(spot: Spot, read: Read, nowMs: number): void {
    this.counts.reads += read.count;
    this.#filter.read(spot, read, nowMs);
    const { waiting } = this.#filter;
    if (waiting === 0) return;
    if (waiting >= this.#commitEpcs) this.flush();
    else this.#flushTimer ??= setTimeout(() => this.flush(), this.capture.flushMs);
  }

  /** Calls `then` when everything read so far is on disk; barriers of one turn share a commit. */
  afterCommit(then: () => void): void {
    this.#waiting.push(then);
    this.#barrier ??= setImmediate(() => this.flush());
  }

  #persist(): void {
    this.#filter.sweep();
    this.#tellForgotten();
    if (this.#filter.dirty || Date.now() - this.#heardSavedAt >= HEARD_MS) this.flush(true);
  }

  #tellForgotten(): void {
    const { forgotten } = this.#filter;
    if (forgotten > this.#forgotten) {
      this.#forgotten = forgotten;
      this.#forgottenAt = Date.now();
      this.#alarms.raise('presence-full', 'the filter memory is full; tags may be reported again, or not at all');
    } else if (Date.now() - this.#forgottenAt > FULL_OVER_MS) this.#alarms.clear('presence-full');
  }

  /** The rows from `from` on that are nothing new, taken; the first that is not. See PresenceTable. */
  staysFrom(from: number, count: number, rows: Rows, run: Run): number {
    const next = this.#filter.staysFrom(from, count, rows, run);
    for (let i = from; i < next; i++) this.counts.reads += Math.max(1, rows.seenCount[i] as number);
    return next;
  }

  /** An edge at an input of a reader that sees these places. */
  gpi(places: Iterable<Place>, edge: GpiEdge): void {
    this.#filter.gpi(places, edge);
  }
  /** How an input of such a reader stands, now that its link is up. */
  gpiFound(places: Iterable<Place>, found: GpiEdge): void {
    this.#filter.gpiFound(places, found);
  }

  /** What is over goes out at once: it has waited for its own window already. */
  #tick(): void {
    if (this.#blocked) return;
    const before = this.#filter.waiting;
    this.#filter.tick(Date.now());
    for (const { kind, place, atMs, detail } of this.#filter.takeNotices())
      this.#operations.note(kind, place.reader, { readPoint: place.readPoint, ...detail }, atMs);
    if (this.#filter.waiting > before) this.flush();
  }

  #odd({ place, message }: Odd): void {
    if (message === undefined) this.#alarms.clear(`aggregation:${place.reader}`);
    else this.#alarms.raise(`aggregation:${place.reader}`, message);
  }

  /** Writes everything that is in memory; false when that failed, and everything is kept. */
  flush(always = false): boolean {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    clearImmediate(this.#barrier);
    this.#barrier = undefined;
    const { flushMs } = this.capture;
    const facts = this.#filter.take();
    for (const { kind } of facts) if (kind === 'arrival') this.counts.arrivals++;
    const events = [...this.#unsaved, ...eventsOf(facts, flushMs, Date.now(), (odd) => this.#odd(odd))];
    const operations = this.#operations.unsaved;
    if (always || events.length || operations.length || this.#filter.dirty) {
      const all = always || this.#waiting.length > 0;
      const outcome = this.#spool.commit({
        events,
        ...this.#filter.changed(all),
        listening: this.listening(),
        operations,
      });
      if (!outcome.ok) {
        this.#unsaved = events;
        this.#block(outcome.full ? 'spool-full' : 'spool-unwritable', outcome.reason);
        return false;
      }
      this.#saved(events);
    }
    for (const then of this.#waiting.splice(0)) then();
    if (this.#spool.full) this.#block('spool-full', 'the spool has reached spoolMaxBytes');
    return true;
  }

  #saved(events: MadeEvent[]): void {
    this.#unsaved = [];
    this.#operations.saved();
    this.#filter.clean();
    this.#heardSavedAt = Date.now();
    this.counts.events += events.length;
    this.counts.commits++;
    this.#commitEpcs = this.#commitEpcsMax();
    if (events.length) this.#onCommit();
  }

  #block(alarm: 'spool-full' | 'spool-unwritable', reason: string): void {
    this.#alarms.raise(alarm, `reading is stopped: ${reason}`, { usedBytes: this.#spool.usedBytes });
    this.#retryTimer ??= setInterval(() => this.retry(), RETRY_MS);
    if (this.#blocked) return;
    this.#blocked = true;
    this.onBlocked(true);
  }

  /** Looks whether reading can go on; called on a timer and whenever events have left the spool. */
  retry(): void {
    if (!this.#blocked) return;
    if ((this.#unsaved.length || this.#waiting.length || this.#filter.dirty) && !this.flush()) return;
    if (!this.#spool.hasRoom) return;
    this.#blocked = false;
    clearInterval(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#alarms.clear('spool-full');
    this.#alarms.clear('spool-unwritable');
    this.#logger.info({ usedBytes: this.#spool.usedBytes }, 'reading goes on');
    this.onBlocked(false);
  }

  /** The last commit, with the filter memory and the time until which readers were heard. */
  close(): void {
    clearInterval(this.#persistTimer);
    clearInterval(this.#tickTimer);
    this.flush(true);
    clearInterval(this.#retryTimer);
  }
}
