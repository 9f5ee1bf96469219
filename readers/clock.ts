import { type ClockMemory, KeptReads, LIVE_MS_MIN } from './clock-kept.ts';
import { Agreement, FAR_MS_MIN, isFar, Offset, SPREAD_MS } from './clock-offset.ts';

/** Reads that come in order and stay equally late for so long show a clock set back; a queue would catch up. */
const LATE_MS_MIN = 60_000;

/** What a set clock was found to be off by, and the host's times of the reads that it has misdated. */
export interface SetBack {
  byMs: number;
  fromMs: number;
  toMs: number;
}

/** A time on the reader's clock: UTC in ms since 1970, or ms since the reader's start. */
export interface Stamp {
  kind: 'utc' | 'uptime';
  ms: number;
}

/**
 * The reader's clock against the host's, for one connection (llrp specification, "Clocks"). Uptime is always
 * converted; UTC only when it is off by more than `maxOffsetMs`. All times in ms.
 */
export class ReaderClock {
  readonly #maxOffsetMs: number;
  readonly #onJump: (offsetMs: number, setBack?: SetBack) => void;
  readonly #offsets: { utc?: Offset; uptime?: Offset } = {};
  readonly #onMisdated: (setBack: SetBack) => void;
  readonly #before: ClockMemory | undefined;
  /** What the reader kept, while its clock was set, is being handed out. */
  #kept: KeptReads | undefined;
  /** What was made before this has been handed out, as long as the reader may still keep something. */
  #reachedMs = Infinity;
  #liveSince = Infinity;
  /** The newest read's stamp, and on the host's clock when a read last came that was new. */
  #newest: Stamp | undefined;
  #liveMs = 0;
  #seenMs = 0;
  #looseMs = 0;
  /** Reads that are late, and whether they went back in time. */
  readonly #late = new Agreement();
  #wentBack = false;
  #greetedAt = Infinity;

  /**
   * `onJump` is told the new offset and, where reads have been misdated meanwhile, which. `before` is what the clock of
   * the connection before has left behind. `onMisdated` is told of reads that have been misdated although the offset is
   * not known yet.
   */
  constructor(
    maxOffsetMs: number,
    onJump: (offsetMs: number, setBack?: SetBack) => void,
    before?: ClockMemory,
    onMisdated: (setBack: SetBack) => void = () => {},
  ) {
    this.#maxOffsetMs = maxOffsetMs;
    this.#onJump = onJump;
    this.#onMisdated = onMisdated;
    this.#before = before;
  }

  /** The greeting of the connection has been taken. */
  get greeted(): boolean {
    return this.#greetedAt !== Infinity;
  }

  /**
   * Takes the greeting's time, or none where it has none; the reader has made it between `dialledMs` and `hostMs`. A
   * clock that was set since the last connection shows here.
   */
  greet(stamp: Stamp | undefined, hostMs: number, dialledMs = hostMs): void {
    this.#greetedAt = hostMs;
    if (!stamp) return;
    const before = stamp.kind === 'utc' ? this.#before : undefined;
    const old = before?.offsets.at(-1);
    const offset = hostMs - stamp.ms;
    this.#looseMs = hostMs - dialledMs;
    if (!before || old === undefined) return this.observe(stamp, hostMs);
    this.#liveMs = before.liveMs;
    this.#seenMs = before.seenMs;
    this.#reachedMs = before.heardMs;
    const jumped = offset < old - FAR_MS_MIN - before.looseMs || dialledMs - stamp.ms > old + FAR_MS_MIN;
    // a greeting that was long on its way says less than what was known
    const isKnown = !jumped && offset > old;
    this.#offsets.utc = new Offset(isKnown ? old : offset);
    if (isKnown) this.#looseMs = before.looseMs;
    const earlier = jumped ? before.offsets : before.offsets.slice(0, -1);
    const by = { greetedAt: hostMs, looseMs: this.#looseMs, maxOffsetMs: this.#maxOffsetMs };
    if (earlier.length) this.#kept = new KeptReads(earlier, before.heardMs, by);
    if (jumped) this.#jumped(old, offset);
  }

  /** What the clock of the next connection must know, when all that was made before `heardMs` has been handed out. */
  memory(heardMs: number): ClockMemory | undefined {
    if (!this.greeted) return this.#before;
    const { utc } = this.#offsets;
    if (!utc) return undefined;
    const rest = { liveMs: this.#liveMs, seenMs: this.#seenMs, looseMs: this.#looseMs };
    const kept = this.#kept;
    if (kept) return { offsets: [...kept.offsets, utc.value], heardMs: kept.reachedMs, ...rest };
    return { offsets: [utc.value], heardMs: Math.min(heardMs, this.#reachedMs), ...rest };
  }

  /** The offset of the reader's UTC clock, for the metric; 0 before the greeting. */
  get utcOffsetMs(): number {
    return this.#offsets.utc?.value ?? 0;
  }

  /** What a UTC stamp may not be nearer than to its arrival, ms; NaN while nothing is known. */
  get utcDelayMsMin(): number {
    return this.#kept ? NaN : (this.#offsets.utc?.value ?? NaN);
  }
  /** What is added to a UTC stamp, ms. */
  get utcShiftMs(): number {
    const value = this.#offsets.utc?.value ?? 0;
    return Math.abs(value) <= this.#maxOffsetMs ? 0 : value;
  }

  /** For so long keepalives came and no report between them: after a while nothing is left that the reader had kept. */
  quiet(forMs: number): void {
    if (forMs < LIVE_MS_MIN) return;
    this.#kept = undefined;
    this.#reachedMs = Infinity;
  }

  /** A read dated so came out of what the reader had kept, or shows that there is nothing left of it. */
  #handedOut(ms: number, isLive: boolean, hostMs: number): void {
    this.#reachedMs = Math.max(this.#reachedMs, ms);
    this.#liveSince = isLive ? Math.min(this.#liveSince, hostMs) : Infinity;
    if (hostMs - this.#liveSince >= LIVE_MS_MIN) this.#reachedMs = Infinity;
  }

  /** Reads come late and it is not known yet whether they were queued or the clock was set back. */
  get inDoubt(): boolean {
    return this.#late.any;
  }
  /** In doubt, and reads have gone back. */
  get goesBack(): boolean {
    return this.#wentBack;
  }

  /** Takes the time of the greeting or of another reader event that arrived at `hostMs`. */
  observe(stamp: Stamp, hostMs: number): void {
    const offset = this.#offsets[stamp.kind];
    const sample = hostMs - stamp.ms;
    if (!offset) this.#offsets[stamp.kind] = new Offset(sample);
    else if (this.#kept && isFar(sample, offset.value)) return; // the event may have been kept as well
    else if (sample < offset.value && sample >= offset.value - this.#looseMs) {
      this.#looseMs -= offset.value - sample;
      offset.set(sample);
    } else if (offset.observe(sample, hostMs)) this.#onJump(offset.value);
  }

  /** What a stamp that came at `hostMs` says on the host's clock, no more; undefined while that is not known. */
  dated(stamp: Stamp, hostMs: number): number | undefined {
    if (!this.#offsets[stamp.kind]) return undefined;
    const ms = this.#dated(stamp);
    return this.#kept && stamp.kind === 'utc' ? this.#kept.date(stamp.ms, ms, hostMs) : ms;
  }

  #dated({ kind, ms }: Stamp): number {
    const offset = this.#offsets[kind]!.value;
    return kind === 'utc' && Math.abs(offset) <= this.#maxOffsetMs ? ms : ms + offset;
  }

  /**
   * A read's time on the host's clock. Old reads stay old. A read that would lie in the future shows that the offset
   * is too large: it lowers it, and its own time is that of its arrival.
   */
  correct(stamp: Stamp, hostMs: number): number {
    if (this.#kept?.over) this.#kept = undefined;
    if (this.#kept && stamp.kind === 'utc') return this.#kept.date(stamp.ms, this.#dated(stamp), hostMs);
    const known = this.#offsets[stamp.kind];
    if (!known || hostMs - stamp.ms < known.value) this.observe(stamp, hostMs);
    const ms = this.#dated(stamp);
    return ms > hostMs + this.#maxOffsetMs ? hostMs : ms;
  }

  /**
   * Takes the stamp of a report's newest read, before its reads are dated. Reads come in the order in which they were made; when they go back, and
   * stay equally late for a while, the clock was set back: a queue that is being emptied would catch up.
   */
  saw(stamp: Stamp, hostMs: number): void {
    const offset = this.#offsets[stamp.kind];
    if (!offset) return;
    const sample = { offset: hostMs - stamp.ms, at: hostMs };
    const isLive = !isFar(sample.offset, Math.min(offset.value, sample.offset));
    const isBack = this.#newest?.kind === stamp.kind && stamp.ms < this.#newest.ms - FAR_MS_MIN;
    const seenMs = this.#seenMs;
    this.#seenMs = hostMs;
    const ms = this.dated(stamp, hostMs)!; // shows too whether what the reader kept can be dated
    this.#handedOut(ms, isLive, hostMs);
    const odd = this.#kept ? this.#kept.odd : !isLive;
    if (isLive) this.#liveMs = hostMs;
    if (isLive || !isBack) this.#newest = stamp;
    if (!odd) {
      this.#late.clear();
      this.#wentBack = false;
      return;
    }
    if (isBack && !this.#wentBack && !this.#kept) this.#misdated(offset.value, seenMs);
    this.#wentBack ||= isBack;
    const agreed = this.#late.add(sample, this.#wentBack && !this.#kept ? SPREAD_MS : LATE_MS_MIN);
    if (agreed === undefined) return;
    const old = offset.value;
    offset.set(agreed);
    this.#newest = stamp;
    this.#late.clear();
    this.#wentBack = false;
    this.#kept?.offsets.push(old);
    this.#jumped(old, agreed);
    this.#liveMs = hostMs;
  }

  /** Reads that were late go back: then it was no queue, but a clock set back already, before anything was known of it. */
  #misdated(old: number, seenMs: number): void {
    const { last } = this.#late;
    if (last !== undefined) this.#onMisdated({ byMs: last - old, fromMs: this.#liveMs, toMs: seenMs });
  }

  /** A clock that was set back has made reads seem older than they were. */
  #jumped(old: number, offset: number): void {
    const setBack = { byMs: offset - old, fromMs: this.#liveMs, toMs: this.#seenMs };
    if (offset > old && setBack.toMs > setBack.fromMs) this.#onJump(offset, setBack);
    else this.#onJump(offset);
  }
}
