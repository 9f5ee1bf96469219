import { Antennas } from '../antennas.ts';
import type { ClockMemory } from '../clock-kept.ts';
import { FAR_MS_MIN } from '../clock-offset.ts';
import { Keepalives } from './keepalives.ts';

/** Gaps remembered per reader; older ones count as listened. */
const GAPS_MAX = 64;

/** A read this much older than its arrival shows a queue that is being emptied. */
const LATE_MS_MIN = 50;
/** After so long without a late read the queue counts as empty. */
const QUEUE_MS_MAX = 10_000;
/** A gate waits so long for one of its readers whose link is lost, then goes on with the others. */
export const WAIT_MS_MAX = 30_000;

interface Gap {
  from: number;
  to: number;
}

/** What the spool keeps of a reader. */
interface Kept {
  heard: number;
  gaps: Gap[];
  clock?: ClockMemory | undefined;
  antennas?: ReturnType<Antennas['toList']>;
}

/** When a place was listened to: by its reader, or by all of them where it has several. */
export interface Heard {
  /** Until when everything has been heard. */
  readonly heardMs: number;
  /** Up to which time reads have come in: before `heardMs` while a reader hands out what it had queued. */
  readonly reachedMs: number;
  /** The same where a running link is taken to be alive although nothing has come over it for a moment. */
  liveMs(nowMs: number): number;
  /** Some of its readers are heard and some are not. */
  readonly halfDeaf: boolean;
  /** A reader's late reads are not explained yet. */
  readonly inDoubt: boolean;
  /** In doubt because a reader's reads have gone back in time. */
  readonly goesBack: boolean;
  /** What comes at `nowMs` was made before this. */
  madeBeforeMs(nowMs: number): number;
  /** Milliseconds between two times in which it was listened to. */
  between(fromMs: number, toMs: number): number;
  /** Milliseconds between two times in which some of its readers were listened to and some were not. */
  partly(fromMs: number, toMs: number): number;
}

/**
 * When a reader was listened to. The departure clock stands still while nobody listens: a lost link, or a
 * collector that was down, does not make tags depart. Times in ms since 1970 on the host's clock.
 */
export class Listening implements Heard {
  #gaps: Gap[] = [];
  #heard: number;
  readonly halfDeaf = false;
  #lateMs = 0;
  #lateAt = -Infinity;
  /** What the process before has left of the reader's clock, and what this one leaves to the next. */
  clock: ClockMemory | undefined;
  remember: () => ClockMemory | undefined = () => this.clock;
  /** Which of the reader's antennas are there. */
  antennas = new Antennas();
  /** How old the stream is, by the keepalives in it. */
  readonly keepalives = new Keepalives();
  /** It is not known yet whether late reads were queued or the reader's clock was set back: nothing departs. */
  inDoubt = false;
  /** In doubt because reads have gone back in time. */
  goesBack = false;

  /** Starts deaf: the first gap lasts from `heardMs` (when it was last heard, before a restart) until `found`. */
  constructor(heardMs: number, gaps: Gap[] = []) {
    this.#heard = heardMs;
    this.#gaps = [...gaps, { from: heardMs, to: Infinity }];
  }

  /** The time that was reached: what lies before it has been heard. */
  get heardMs(): number {
    return this.#heard;
  }
  get reachedMs(): number {
    return this.#reached(this.#heard);
  }
  liveMs(nowMs: number): number {
    return this.deaf ? this.#heard : this.#reached(nowMs);
  }
  #reached(nowMs: number): number {
    const byReads = nowMs - this.#lateAt > QUEUE_MS_MAX ? nowMs : nowMs - this.#lateMs;
    return Math.min(byReads, this.keepalives.reachedMs(nowMs));
  }
  /** What comes at `nowMs` was made before this. */
  madeBeforeMs(nowMs: number): number {
    return this.keepalives.madeBeforeMs(nowMs);
  }
  /** A read that came at `nowMs` cannot be as new as this: a clock was set while what was read waited. */
  leaps(readMs: number, nowMs: number): boolean {
    return this.keepalives.isHeld(nowMs) && readMs > this.madeBeforeMs(nowMs) + FAR_MS_MIN;
  }
  /** Takes note of a read's own time and of when it arrived. */
  saw(readMs: number, nowMs: number): void {
    if (nowMs - readMs < LATE_MS_MIN) {
      if (this.#lateMs > 0) this.#lateMs = 0;
      return;
    }
    this.#lateMs = nowMs - readMs;
    this.#lateAt = nowMs;
  }
  /** The gaps between two times; the open one ends at `toMs`. */
  gaps(fromMs: number, toMs: number): Gap[] {
    return this.#gaps
      .map(({ from, to }) => ({ from: Math.max(from, fromMs), to: Math.min(to, toMs) }))
      .filter(({ from, to }) => to > from);
  }
  get deaf(): boolean {
    return this.#gaps.at(-1)?.to === Infinity;
  }

  /** Something arrived over a running link; `isPaused` where nothing was taken from it until now. */
  heard(nowMs: number, isPaused = false): void {
    if (this.deaf || nowMs <= this.#heard) return;
    this.keepalives.heard(this.#heard, nowMs, isPaused);
    this.#heard = nowMs;
  }

  /** The link was lost; what followed the last thing heard, or the last read of a queue that was not over, is a gap. */
  lost(): void {
    if (this.deaf) return;
    this.#gaps = [...this.#gaps, { from: this.#covered, to: Infinity }].slice(-GAPS_MAX);
  }

  /** Until when it was listened to and nothing of that time is in a queue any more. */
  get #covered(): number {
    const found = this.#gaps.findLast(({ to }) => to !== Infinity)?.to ?? -Infinity;
    return Math.min(Math.max(this.reachedMs, found), this.#heard);
  }

  /** The reader runs again; the gap that ends, or undefined where there was none. */
  found(nowMs: number): Gap | undefined {
    const gap = this.#gaps.at(-1);
    if (gap?.to !== Infinity) return undefined;
    gap.to = Math.max(nowMs, gap.from);
    this.#heard = gap.to;
    this.keepalives.begin(gap.to);
    return gap;
  }

  between(fromMs: number, toMs: number): number {
    const deaf = this.#gaps.reduce(
      (sum, gap) => sum + Math.max(0, Math.min(gap.to, toMs) - Math.max(gap.from, fromMs)),
      0,
    );
    return toMs - fromMs - deaf;
  }

  partly(): number {
    return 0;
  }

  /** For the spool; the open gap is left out, since the next start opens it again at `heardMs`. */
  toText(): string {
    return JSON.stringify({
      heard: this.deaf ? this.#gaps.at(-1)!.from : this.#covered,
      gaps: this.#gaps.filter((gap) => gap.to !== Infinity),
      clock: this.remember(),
      antennas: this.antennas.toList(),
    } satisfies Kept);
  }

  /** From the spool's text, or new with nothing to remember before `nowMs`. */
  static from(text: string | undefined, nowMs: number): Listening {
    if (text === undefined) return new Listening(nowMs);
    const { heard, gaps, clock, antennas } = JSON.parse(text) as Kept;
    const listening = new Listening(Math.min(heard, nowMs), gaps);
    listening.clock = clock;
    listening.antennas = new Antennas(antennas);
    return listening;
  }
}

/** Several readers that see one place: it was listened to while all of them were. */
export class Together implements Heard {
  readonly #readers: Listening[];

  constructor(readers: readonly Listening[]) {
    this.#readers = [...readers];
  }
  get size(): number {
    return this.#readers.length;
  }
  add(reader: Listening): void {
    if (!this.#readers.includes(reader)) this.#readers.push(reader);
  }
  remove(reader: Listening): void {
    const at = this.#readers.indexOf(reader);
    if (at >= 0) this.#readers.splice(at, 1);
  }
  get heardMs(): number {
    return Math.min(...this.#readers.map((reader) => reader.heardMs));
  }
  get reachedMs(): number {
    return Math.min(...this.#readers.map((reader) => reader.reachedMs));
  }
  liveMs(nowMs: number): number {
    const heard = this.#readers.filter((reader) => !reader.deaf || nowMs - reader.heardMs <= WAIT_MS_MAX);
    return Math.min(...(this.halfDeaf ? heard : this.#readers).map((reader) => reader.liveMs(nowMs)));
  }
  madeBeforeMs(nowMs: number): number {
    return Math.max(...this.#readers.map((reader) => reader.madeBeforeMs(nowMs)));
  }
  get halfDeaf(): boolean {
    const deaf = this.#readers.filter((reader) => reader.deaf).length;
    return deaf > 0 && deaf < this.#readers.length;
  }
  get inDoubt(): boolean {
    return this.#readers.some((reader) => reader.inDoubt);
  }
  get goesBack(): boolean {
    return this.#readers.some((reader) => reader.goesBack);
  }
  between(fromMs: number, toMs: number): number {
    const gaps = this.#readers.flatMap((reader) => reader.gaps(fromMs, toMs)).toSorted((a, b) => a.from - b.from);
    let [deaf, until] = [0, fromMs];
    for (const { from, to } of gaps) {
      deaf += Math.max(0, to - Math.max(from, until));
      until = Math.max(until, to);
    }
    return toMs - fromMs - deaf;
  }
  partly(fromMs: number, toMs: number): number {
    const [first = [], ...more] = this.#readers.map((reader) => reader.gaps(fromMs, toMs));
    const silent = more.reduce(
      (all, gaps) => all.flatMap((one) => gaps.flatMap((other) => overlap(one, other))),
      first,
    );
    const wholly = silent.reduce((sum, { from, to }) => sum + to - from, 0);
    return toMs - fromMs - this.between(fromMs, toMs) - wholly;
  }
}

function overlap(a: Gap, b: Gap): Gap[] {
  const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)];
  return to > from ? [{ from, to }] : [];
}
