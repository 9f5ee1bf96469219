/** Samples of an offset that are kept; the network only adds to one, so the smallest is the best. */
const SAMPLES_MAX = 8;
/** A sample this far from the offset is no network delay: a late message, a nonsense stamp or a clock that jumped. */
export const FAR_MS_MIN = 1000;
/** A clock counts as jumped when this many far samples agree within AGREE_MS. */
const AGREEING_MIN = 3;
const AGREE_MS = 1000;
/** Set back only when they also span this much of arrival: late messages agree too, when they come in one burst. */
export const SPREAD_MS = 2000;

/** Host minus reader, ms, as one message that arrived at `at` shows it. */
interface Sample {
  offset: number;
  at: number;
}

export const isFar = (a: number, b: number): boolean => Math.abs(a - b) > FAR_MS_MIN;

/** Far samples that agree with the newest of them: one odd stamp proves nothing, a clock that jumped agrees with itself. */
export class Agreement {
  #samples: Sample[] = [];

  get any(): boolean {
    return this.#samples.length > 0;
  }
  clear(): void {
    this.#samples = [];
  }
  /** The last offset that came. */
  get last(): number | undefined {
    return this.#samples.at(-1)?.offset;
  }
  /** Takes one more; the offset that they agree on, once there are enough over `spreadMs` of arrival. */
  add(sample: Sample, spreadMs: number): number | undefined {
    const before = this.#samples.filter((s) => Math.abs(s.offset - sample.offset) <= AGREE_MS);
    // the first is kept: by it is seen how long they agree
    this.#samples = before.length < SAMPLES_MAX ? [...before, sample] : [before[0]!, ...before.slice(2), sample];
    if (this.#samples.length < AGREEING_MIN || sample.at - this.#samples[0]!.at < spreadMs) return undefined;
    return Math.min(...this.#samples.map(({ offset }) => offset));
  }
}

/** One clock's offset (host minus reader, ms), from samples that the network can only have made larger. */
export class Offset {
  #good: number[] = [];
  readonly #far = new Agreement();
  value: number;

  constructor(first: number) {
    this.value = first;
    this.#good = [first];
  }

  /** Takes a sample; true when it shows, with others before it, that the clock jumped. */
  observe(offset: number, at: number): boolean {
    if (isFar(offset, this.value)) {
      const agreed = this.#far.add({ offset, at }, offset > this.value ? SPREAD_MS : 0);
      if (agreed !== undefined) this.set(agreed);
      return agreed !== undefined;
    }
    this.#far.clear();
    this.#good.push(offset);
    if (this.#good.length > SAMPLES_MAX) this.#good.shift();
    this.value = Math.min(...this.#good);
    return false;
  }

  set(value: number): void {
    this.value = value;
    this.#good = [value];
    this.#far.clear();
  }
}
