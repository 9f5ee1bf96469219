/** Samples of an offset that are kept; the network only adds to one, so the smallest is the best. */
const SAMPLES_MAX = 8;
/** A sample this far from the offset is no network delay: a late message, a nonsense stamp or a clock that jumped. */
const FAR_MS_MIN = 1000;
/** A clock counts as jumped when this many far samples agree within AGREE_MS. */
const AGREEING_MIN = 3;
const AGREE_MS = 1000;
/** Set back only when they also span this much of arrival: late messages agree too, when they come in one burst. */
const SPREAD_MS = 2000;

/** A time on the reader's clock: UTC in ms since 1970, or ms since the reader's start. */
export interface Stamp {
  kind: 'utc' | 'uptime';
  ms: number;
}
interface Sample {
  offset: number;
  at: number;
}

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
    if (Math.abs(offset - this.value) > FAR_MS_MIN) return this.#suspect({ offset, at });
    this.#far = [];
    this.#good.push(offset);
    if (this.#good.length > SAMPLES_MAX) this.#good.shift();
    this.value = Math.min(...this.#good);
    return false;
  }

  /** One odd stamp proves nothing; a clock that jumped agrees with itself. */
  #suspect(sample: Sample): boolean {
    this.#far = [...this.#far.filter((s) => Math.abs(s.offset - sample.offset) <= AGREE_MS), sample].slice(
      -SAMPLES_MAX,
    );
    const spread = sample.at - this.#far[0]!.at;
    if (this.#far.length < AGREEING_MIN || (sample.offset > this.value && spread < SPREAD_MS)) return false;
    this.value = Math.min(...this.#far.map((s) => s.offset));
    this.#good = [this.value];
    this.#far = [];
    return true;
  }
}

/**
 * The reader's clock against the host's, for one connection (llrp specification, "Clocks"). Uptime is always
 * converted; UTC only when it is off by more than `maxOffsetMs`. All times in ms.
 */
export class ReaderClock {
  readonly #maxOffsetMs: number;
  readonly #onJump: (offsetMs: number) => void;
  readonly #offsets: { utc?: Offset; uptime?: Offset } = {};
  /** Set by the session when the greeting has been taken. */
  greeted = false;

  constructor(maxOffsetMs: number, onJump: (offsetMs: number) => void) {
    this.#maxOffsetMs = maxOffsetMs;
    this.#onJump = onJump;
  }

  /** The offset of the reader's UTC clock, for the metric; 0 before the greeting. */
  get utcOffsetMs(): number {
    return this.#offsets.utc?.value ?? 0;
  }

  /** What a UTC stamp may not be nearer than to its arrival, ms; NaN while nothing is known. */
  get utcDelayMsMin(): number {
    return this.#offsets.utc?.value ?? NaN;
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

  /**
   * A read's time on the host's clock. Old reads stay old. A read that would lie in the future shows that the offset
   * is too large: it lowers it, and its own time is that of its arrival.
   */
  correct(stamp: Stamp, hostMs: number): number {
    const known = this.#offsets[stamp.kind];
    if (!known || hostMs - stamp.ms < known.value) this.observe(stamp, hostMs);
    const offset = this.#offsets[stamp.kind]!.value;
    const asIs = stamp.kind === 'utc' && Math.abs(offset) <= this.#maxOffsetMs;
    const ms = asIs ? stamp.ms : stamp.ms + offset;
    return ms > hostMs + this.#maxOffsetMs ? hostMs : ms;
  }
}
