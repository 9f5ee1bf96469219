import { FAR_MS_MIN } from './clock-offset.ts';

/** What the reader had kept has been handed out when for so long all that came was made on this connection. */
export const LIVE_MS_MIN = 10_000;
/** Offsets remembered: a reader whose clock is set more often while nobody listens is dated by order alone. */
const OFFSETS_MAX = 8;

/** What the UTC clock of a connection leaves behind for the next one, also of another process. Times of the host, ms. */
export interface ClockMemory {
  /** What the clock was off by; before it, what it was off by when reads were made that the reader may still keep. */
  offsets: number[];
  /** What was made before this has been handed out. */
  heardMs: number;
  /** When a read last came that was not late, and when one last came. */
  liveMs: number;
  seenMs: number;
  /** By how much the newest offset may be too large: its greeting was that long on its way at most. */
  looseMs: number;
}

/**
 * Dates what a reader has kept while nobody listened and its clock was set, any number of times. All of it was made
 * since it was heard last, and comes in the order in which it was made; so a time outside is no time.
 */
export class KeptReads {
  /** Offsets before the one that the greeting has shown, oldest first. */
  readonly offsets: number[];
  readonly #heardMs: number;
  readonly #greetedAt: number;
  readonly #looseMs: number;
  readonly #maxOffsetMs: number;
  #liveSince = Infinity;
  /** The offset of a time between two settings of which nobody heard, by the order of reads. */
  #inferred = NaN;
  #lastMs: number;
  /** All of it has been handed out. */
  over = false;
  /** No known offset could date the last read. */
  odd = false;

  constructor(offsets: number[], heardMs: number, by: { greetedAt: number; looseMs: number; maxOffsetMs: number }) {
    this.offsets = offsets.slice(-OFFSETS_MAX);
    this.#heardMs = heardMs;
    this.#greetedAt = by.greetedAt;
    this.#looseMs = by.looseMs;
    this.#maxOffsetMs = by.maxOffsetMs;
    this.#lastMs = heardMs;
  }

  /** What was made before this has been handed out. */
  get reachedMs(): number {
    return this.#lastMs;
  }

  /** The time of a read with the stamp `ms`, which is `nowDated` by the clock as it is now. */
  date(ms: number, nowDated: number, hostMs: number): number {
    const can = (time: number, looseMs = 0): boolean =>
      time >= this.#heardMs - FAR_MS_MIN && time <= hostMs + FAR_MS_MIN + looseMs;
    const isNow = can(nowDated, this.#looseMs);
    const byOffset = isNow
      ? nowDated
      : this.offsets.map((offset) => ms + this.#shift(offset)).findLast((time) => can(time));
    const inferred = ms + this.#inferred;
    const known = byOffset ?? (can(inferred) ? inferred : undefined);
    this.odd = byOffset === undefined;
    this.#live(isNow && nowDated > this.#greetedAt, hostMs);
    if (known === undefined) this.#inferred = this.#lastMs - ms;
    return (this.#lastMs = Math.min(known ?? this.#lastMs, hostMs));
  }

  #shift(offset: number): number {
    return Math.abs(offset) <= this.#maxOffsetMs ? 0 : offset;
  }

  #live(isLive: boolean, hostMs: number): void {
    this.#liveSince = isLive ? Math.min(this.#liveSince, hostMs) : Infinity;
    if (hostMs - this.#liveSince >= LIVE_MS_MIN) this.over = true;
  }
}
