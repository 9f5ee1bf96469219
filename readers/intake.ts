import type { Logger } from 'pino';
import type { Alarms } from './alarm.ts';
import type { CaptureConfig } from './config.ts';
import type { Arrival, Dedupe, Place, Read } from './filter/dedupe.ts';
import type { PresenceTable } from './filter/presence.ts';
import type { Spool } from './spool.ts';
import { type MadeEvent, eventsOf } from './to-event.ts';

/** Filter memory is written at least this often. */
const PERSIST_MS = 1000;
/** Until when readers were heard is written at least this often, also when no tag is read. */
const HEARD_MS = 5000;
const SWEEP_ENTRIES = 4096;
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
 * Where reads become events on disk. Arrivals gather for `flushMs`, then go to the spool in one transaction with the
 * filter memory. When the spool is full or cannot be written, `onFull` is called, nothing is dropped, and `onRoom`
 * follows when reading can go on.
 */
export class Intake {
  readonly counts: IntakeCounts = { reads: 0, arrivals: 0, events: 0, commits: 0 };
  /** May be changed by a reload. */
  capture: CaptureConfig;
  readonly #spool: Spool;
  readonly #table: PresenceTable;
  readonly #dedupe: Dedupe;
  readonly #places: Map<number, Place>;
  readonly #alarms: Alarms;
  readonly #logger: Logger;
  readonly #onCommit: () => void;
  #arrivals: Arrival[] = [];
  /** Made but not on disk, because the last commit failed. */
  #unsaved: MadeEvent[] = [];
  #waiting: (() => void)[] = [];
  #blocked = false;
  #heardSavedAt = Date.now();
  #flushTimer: NodeJS.Timeout | undefined;
  #barrier: NodeJS.Immediate | undefined;
  readonly #persistTimer: NodeJS.Timeout;
  #retryTimer: NodeJS.Timeout | undefined;
  /** Told when reading must stop (true) and when it may go on (false). */
  onBlocked: (blocked: boolean) => void = () => {};

  constructor(parts: {
    capture: CaptureConfig;
    spool: Spool;
    table: PresenceTable;
    dedupe: Dedupe;
    places: Map<number, Place>;
    alarms: Alarms;
    logger: Logger;
    onCommit: () => void;
  }) {
    this.capture = parts.capture;
    this.#spool = parts.spool;
    this.#table = parts.table;
    this.#dedupe = parts.dedupe;
    this.#places = parts.places;
    this.#alarms = parts.alarms;
    this.#logger = parts.logger;
    this.#onCommit = parts.onCommit;
    this.#persistTimer = setInterval(() => this.#persist(), PERSIST_MS);
    this.#persistTimer.unref();
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /** Takes one read that arrived at `nowMs`. */
  read(place: Place, read: Read, nowMs: number, minRssi: number | undefined): void {
    this.counts.reads += read.count;
    const arrival = this.#dedupe.see(place, read, nowMs, minRssi);
    if (!arrival) return;
    this.counts.arrivals++;
    this.#arrivals.push(arrival);
    if (this.#arrivals.length >= this.capture.batch) this.flush();
    else this.#flushTimer ??= setTimeout(() => this.flush(), this.capture.flushMs);
  }

  /** Calls `then` when everything read so far is on disk; barriers of one turn share a commit. */
  afterCommit(then: () => void): void {
    this.#waiting.push(then);
    this.#barrier ??= setImmediate(() => this.flush());
  }

  #persist(): void {
    this.#dedupe.sweep(SWEEP_ENTRIES, (id) => this.#places.get(id));
    if (this.#table.forgotten)
      this.#alarms.raise('presence-full', 'the filter memory is full; tags may be reported again');
    if (this.#table.dirty || Date.now() - this.#heardSavedAt >= HEARD_MS) this.flush(true);
  }

  /** Writes everything that is in memory; false when that failed, and everything is kept. */
  flush(always = false): boolean {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    clearImmediate(this.#barrier);
    this.#barrier = undefined;
    const { flushMs } = this.capture;
    const events = [...this.#unsaved, ...eventsOf(this.#arrivals, flushMs, Date.now())];
    this.#arrivals = [];
    if (always || events.length || this.#table.dirty) {
      const outcome = this.#spool.commit({ events, pages: this.#table.changed(), listening: this.#listening() });
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
    this.#table.clean();
    this.#heardSavedAt = Date.now();
    this.counts.events += events.length;
    this.counts.commits++;
    if (events.length) this.#onCommit();
  }

  #listening(): Map<string, string> {
    return new Map([...this.#places.values()].map((p) => [p.reader, p.listening.toText()]));
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
    if ((this.#unsaved.length || this.#waiting.length || this.#table.dirty) && !this.flush()) return;
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
    this.flush(true);
    clearInterval(this.#retryTimer);
  }
}
