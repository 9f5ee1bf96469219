/** Samples of an offset that are kept; the network only adds to one, so the smallest is the best. */
const SAMPLES_MAX = 8;
/** A sample this much above the offset is a late message or a clock set back, not the network. */
const LATE_MS_MIN = 1000;
/** A clock counts as set back when this many late samples agree within AGREE_MS and span SPREAD_MS of arrival. */
const AGREEING_MIN = 3;
const AGREE_MS = 1000;
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
  #late: Sample[] = [];
  value: number;

  constructor(first: number) {
    this.value = first;
    this.#good = [first];
  }

  /** Takes a sample; true when it shows that the clock jumped. */
  observe(offset: number, at: number): boolean {
    if (offset < this.value - LATE_MS_MIN) return this.#restart(offset);
    if (offset > this.value + LATE_MS_MIN) return this.#suspect({ offset, at });
    this.#late = [];
    this.#good.push(offset);
    if (this.#good.length > SAMPLES_MAX) this.#good.shift();
    this.value = Math.min(...this.#good);
    return false;
  }

  /** Messages that waited in a queue come in one burst and disagree; a clock set back agrees with itself for long. */
  #suspect(sample: Sample): boolean {
    this.#late = [...this.#late.filter((s) => Math.abs(s.offset - sample.offset) <= AGREE_MS), sample].slice(
      -SAMPLES_MAX,
    );
    const first = this.#late[0]!;
    if (this.#late.length < AGREEING_MIN || sample.at - first.at < SPREAD_MS) return false;
    return this.#restart(Math.min(...this.#late.map((s) => s.offset)));
  }

  #restart(offset: number): true {
    this.#good = [offset];
    this.#late = [];
    this.value = offset;
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

  /** Takes the time of the greeting or of another reader event that arrived at `hostMs`. */
  observe(stamp: Stamp, hostMs: number): void {
    const offset = this.#offsets[stamp.kind];
    if (!offset) this.#offsets[stamp.kind] = new Offset(hostMs - stamp.ms);
    else if (offset.observe(hostMs - stamp.ms, hostMs)) this.#onJump(offset.value);
  }

  /**
   * A read's time on the host's clock. Old reads stay old; a read that would lie in the future shows that the
   * offset is too large, and lowers it.
   */
  correct(stamp: Stamp, hostMs: number): number {
    const known = this.#offsets[stamp.kind];
    if (!known || hostMs - stamp.ms < known.value) this.observe(stamp, hostMs);
    const offset = this.#offsets[stamp.kind]!.value;
    return stamp.kind === 'utc' && Math.abs(offset) <= this.#maxOffsetMs ? stamp.ms : stamp.ms + offset;
  }
}
