/** Gaps remembered per reader; older ones count as listened. */
const GAPS_MAX = 64;

interface Gap {
  from: number;
  to: number;
}

/**
 * When a reader was listened to. The departure clock stands still while nobody listens: a lost link, or a
 * collector that was down, does not make tags depart. Times in ms since 1970 on the host's clock.
 */
export class Listening {
  #gaps: Gap[] = [];
  #heard: number;

  /** Starts deaf: the first gap lasts from `heardMs` (when it was last heard, before a restart) until `found`. */
  constructor(heardMs: number, gaps: Gap[] = []) {
    this.#heard = heardMs;
    this.#gaps = [...gaps, { from: heardMs, to: Infinity }];
  }

  /** The time that was reached: what lies before it has been heard. */
  get heardMs(): number {
    return this.#heard;
  }
  get deaf(): boolean {
    return this.#gaps.at(-1)?.to === Infinity;
  }

  /** Something arrived over a running link. */
  heard(nowMs: number): void {
    if (!this.deaf && nowMs > this.#heard) this.#heard = nowMs;
  }

  /** The link was lost; what followed the last thing heard is a gap. */
  lost(): void {
    if (!this.deaf) this.#gaps = [...this.#gaps, { from: this.#heard, to: Infinity }].slice(-GAPS_MAX);
  }

  /** The reader runs again; the gap that ends, or undefined where there was none. */
  found(nowMs: number): Gap | undefined {
    const gap = this.#gaps.at(-1);
    if (gap?.to !== Infinity) return undefined;
    gap.to = Math.max(nowMs, gap.from);
    this.#heard = gap.to;
    return gap;
  }

  /** Milliseconds between two times in which the reader was listened to. */
  between(fromMs: number, toMs: number): number {
    const deaf = this.#gaps.reduce(
      (sum, gap) => sum + Math.max(0, Math.min(gap.to, toMs) - Math.max(gap.from, fromMs)),
      0,
    );
    return toMs - fromMs - deaf;
  }

  /** For the spool; the open gap is left out, since the next start opens it again at `heardMs`. */
  toText(): string {
    return JSON.stringify({ heard: this.#heard, gaps: this.#gaps.filter((gap) => gap.to !== Infinity) });
  }

  /** From the spool's text, or new with nothing to remember before `nowMs`. */
  static from(text: string | undefined, nowMs: number): Listening {
    if (text === undefined) return new Listening(nowMs);
    const { heard, gaps } = JSON.parse(text) as { heard: number; gaps: Gap[] };
    return new Listening(Math.min(heard, nowMs), gaps);
  }
}
