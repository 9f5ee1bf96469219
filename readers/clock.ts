/** Samples of an offset that are kept; the network only adds to one, so the smallest is the best. */
const SAMPLES_MAX = 8;
/** A sample this far from the offset is no network delay: a late message, a nonsense stamp or a clock that jumped. */
const FAR_MS_MIN = 1000;
/** A clock counts as jumped when this many far samples agree within AGREE_MS. */
const AGREEING_MIN = 3;
const AGREE_MS = 1000;
/** Set back only when they also span this much of arrival: late messages agree too, when they come in one burst. */
const SPREAD_MS = 2000;
/** After so long on a new connection nothing comes any more that the reader has kept from before it. */
const KEPT_MS_MAX = 60_000;

/** What a set clock was found to be off by, and the host's times of the reads that it has misdated. */
export interface SetBack {
  byMs: number;
  fromMs: number;
  toMs: number;
}
/** The clock of the connection before, and when the reader was heard last over it. */
interface Before {
  clock: ReaderClock;
  heardMs: number;
}

/** A time on the reader's clock: UTC in ms since 1970, or ms since the reader's start. */
export interface Stamp {
  kind: 'utc' | 'uptime';
  ms: number;
}
interface Sample {
  offset: number;
  at: number;
}

const isFar = (a: number, b: number): boolean => Math.abs(a - b) > FAR_MS_MIN;

/** One clock's offset (host minus reader, ms), from samples that the network can only have made larger. */
class Offset {
  #good: number[] = [];
  #far: Sample[] = [];
  value: number;

  constructor(first: number) {
    this.value = first;
    this.#good = [first];
  }

  /** Takes a sample; true when it shows, with others before it, that the clock jumped. */
  observe(offset: number, at: number): boolean {
    if (isFar(offset, this.value)) return this.#suspect({ offset, at });
    this.#far = [];
    this.#good.push(offset);
    if (this.#good.length > SAMPLES_MAX) this.#good.shift();
    this.value = Math.min(...this.#good);
    return false;
  }

  /** One odd stamp proves nothing; a clock that jumped agrees with itself. */
  #suspect(sample: Sample): boolean {
    this.#far = agreeing(this.#far, sample);
    const spread = sample.at - this.#far[0]!.at;
    if (this.#far.length < AGREEING_MIN || (sample.offset > this.value && spread < SPREAD_MS)) return false;
    this.set(Math.min(...this.#far.map((s) => s.offset)));
    return true;
  }

  set(value: number): void {
    this.value = value;
    this.#good = [value];
    this.#far = [];
  }
}

/** The samples that agree with the newest one, itself included. */
function agreeing(samples: Sample[], newest: Sample): Sample[] {
  const before = samples.filter((s) => Math.abs(s.offset - newest.offset) <= AGREE_MS);
  // the first is kept: by it is seen how long they agree
  return before.length < SAMPLES_MAX ? [...before, newest] : [before[0]!, ...before.slice(2), newest];
}

/**
 * The reader's clock against the host's, for one connection (llrp specification, "Clocks"). Uptime is always
 * converted; UTC only when it is off by more than `maxOffsetMs`. All times in ms.
 */
export class ReaderClock {
  readonly #maxOffsetMs: number;
  readonly #onJump: (offsetMs: number, setBack?: SetBack) => void;
  readonly #offsets: { utc?: Offset; uptime?: Offset } = {};
  #before: Before | undefined;
  /** The newest read's stamp, and on the host's clock when a read last came that was new. */
  #newest: Stamp | undefined;
  #liveAt = -Infinity;
  #seenAt = -Infinity;
  /** Reads that went back in time, as late each. */
  #back: Sample[] = [];
  #greetedAt = Infinity;

  /** `onJump` is told the new offset and, where reads have been misdated meanwhile, which. */
  constructor(maxOffsetMs: number, onJump: (offsetMs: number, setBack?: SetBack) => void, before?: Before) {
    this.#maxOffsetMs = maxOffsetMs;
    this.#onJump = onJump;
    this.#before = before;
  }

  /** The clock of a connection that another process had, by the offset that it left behind. */
  static remembered(maxOffsetMs: number, utcOffsetMs: number): ReaderClock {
    const clock = new ReaderClock(maxOffsetMs, () => {});
    clock.#offsets.utc = new Offset(utcOffsetMs);
    clock.#greetedAt = 0;
    return clock;
  }

  /** The greeting of the connection has been taken. */
  get greeted(): boolean {
    return this.#greetedAt !== Infinity;
  }

  /** Takes the greeting's time, or none where it has none. A clock that was set since the last connection shows here. */
  greet(stamp: Stamp | undefined, hostMs: number): void {
    this.#greetedAt = hostMs;
    if (!stamp) return;
    this.observe(stamp, hostMs);
    const before = this.#before?.clock;
    const old = before && before.#offsets.utc?.value;
    const offset = hostMs - stamp.ms;
    if (!before || old === undefined || stamp.kind !== 'utc' || !isFar(offset, old)) this.#before = undefined;
    else if (offset < old) this.#onJump(offset);
    else this.#onJump(offset, { byMs: offset - old, fromMs: before.#liveAt, toMs: before.#seenAt });
  }

  /** What the clock of the next connection must know of this one, when the reader was heard last at `heardMs`. */
  before(heardMs: number): Before | undefined {
    return this.#before ?? (this.greeted ? { clock: this, heardMs } : undefined);
  }

  /** The offset of the reader's UTC clock, for the metric; 0 before the greeting. */
  get utcOffsetMs(): number {
    return this.#offsets.utc?.value ?? 0;
  }

  /** What a UTC stamp may not be nearer than to its arrival, ms; NaN while nothing is known. */
  get utcDelayMsMin(): number {
    return this.#before ? NaN : (this.#offsets.utc?.value ?? NaN);
  }
  /** What is added to a UTC stamp, ms. */
  get utcShiftMs(): number {
    const value = this.#offsets.utc?.value ?? 0;
    return Math.abs(value) <= this.#maxOffsetMs ? 0 : value;
  }

  /** Takes the time of the greeting or of another reader event that arrived at `hostMs`. */
  observe(stamp: Stamp, hostMs: number): void {
    const offset = this.#offsets[stamp.kind];
    if (!offset) this.#offsets[stamp.kind] = new Offset(hostMs - stamp.ms);
    else if (offset.observe(hostMs - stamp.ms, hostMs)) this.#onJump(offset.value);
  }

  /** What a stamp says on the host's clock, no more; undefined while that is not known. */
  dated(stamp: Stamp): number | undefined {
    return this.#before || !this.#offsets[stamp.kind] ? undefined : this.#dated(stamp);
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
    const kept = this.#before && this.#fromBefore(this.#before, stamp, hostMs);
    if (kept !== undefined) return kept;
    const known = this.#offsets[stamp.kind];
    if (!known || hostMs - stamp.ms < known.value) this.observe(stamp, hostMs);
    const ms = this.#dated(stamp);
    return ms > hostMs + this.#maxOffsetMs ? hostMs : ms;
  }

  /**
   * The time of a read that the reader has kept from before its clock was set: one that by the new offset cannot have
   * been made since the reader was heard last, and by the old one can. Undefined for all others; the first that was
   * made on this connection ends the question.
   */
  #fromBefore({ clock, heardMs }: Before, stamp: Stamp, hostMs: number): number | undefined {
    if (hostMs - this.#greetedAt > KEPT_MS_MAX) this.#before = undefined;
    if (!this.#offsets[stamp.kind] || !clock.#offsets[stamp.kind] || !this.#before) return undefined;
    const can = (ms: number): boolean => ms >= heardMs - FAR_MS_MIN && ms <= hostMs + FAR_MS_MIN;
    const [byNew, byOld] = [this.#dated(stamp), clock.#dated(stamp)];
    if (can(byNew) && byNew > this.#greetedAt) this.#before = undefined;
    return !can(byNew) && can(byOld) ? Math.min(byOld, hostMs) : undefined;
  }

  /**
   * Takes the stamp of a report's newest read. Reads come in the order in which they were made; when they go back, and
   * stay equally late for a while, the clock was set back: a queue that is being emptied would catch up.
   */
  saw(stamp: Stamp, hostMs: number): void {
    const offset = this.#offsets[stamp.kind];
    if (!offset || this.#before) return;
    const sample = { offset: hostMs - stamp.ms, at: hostMs };
    const isLive = sample.offset <= offset.value + FAR_MS_MIN;
    const inOrder = this.#newest?.kind !== stamp.kind || stamp.ms >= this.#newest.ms - FAR_MS_MIN;
    this.#seenAt = hostMs;
    if (isLive) this.#liveAt = hostMs;
    if (isLive || inOrder) {
      this.#newest = stamp;
      this.#back = [];
      return;
    }
    this.#back = agreeing(this.#back, sample);
    if (this.#back.length < AGREEING_MIN || hostMs - this.#back[0]!.at < SPREAD_MS) return;
    const value = Math.min(...this.#back.map((one) => one.offset));
    const byMs = value - offset.value;
    offset.set(value);
    this.#newest = stamp;
    this.#back = [];
    this.#onJump(value, { byMs, fromMs: this.#liveAt, toMs: hostMs });
    this.#liveAt = hostMs;
  }
}
