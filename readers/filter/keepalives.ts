/** Nothing at all for so many periods: what comes then may have waited somewhere, with keepalives among it. */
const QUIET_PERIODS = 1.5;
/** Two keepalives that come so far apart, and no further than QUIET_PERIODS, come as they are made. */
const PACE_PERIODS = 0.75;
/** A keepalive that is this little overdue was not in a queue. */
const JITTER_PERIODS = 0.25;
/** Without a keepalive for so long there is nothing to go by. */
const GIVEN_UP_PERIODS = 3;
/** A keepalive's phase is known to a period, and so is where a read lies between two of them. */
const UNKNOWN_PERIODS = 2;

/**
 * The keepalives of a link as a clock that nobody can set. A stream that was held up (a spool without room, a line
 * without life) comes in a rush, yet each keepalive in it stands for one period: so it is known how old the stream is,
 * whatever the reader's clock says. A reader that makes none while nobody takes them makes it seem older, never newer.
 * Times in ms since 1970 on the host's clock.
 */
export class Keepalives {
  /** Infinity where there are none: then nothing ever counts as held up. */
  periodMs = Infinity;
  /** When the last one was made, at the earliest, and when it came. */
  #madeMs = -Infinity;
  #cameMs = -Infinity;
  /** What was made before this has come in, and when the stream came again last; undefined while it is live. */
  #held: { reachedMs: number; sinceMs: number } | undefined;

  /** The link runs from now on. */
  begin(nowMs: number): void {
    this.#madeMs = nowMs - this.periodMs;
    this.#cameMs = nowMs;
    this.#held = undefined;
  }

  /** Something comes again, and nothing had since `heardMs`; `isPaused` where it was us who took nothing. */
  heard(heardMs: number, nowMs: number, isPaused = false): void {
    const isQuiet = isPaused || nowMs - heardMs > QUIET_PERIODS * this.periodMs;
    // bytes that only drip come without a pause, but the keepalive among them is late
    const isOverdue = !this.#held && nowMs - this.#cameMs > QUIET_PERIODS * this.periodMs;
    if (!Number.isFinite(this.periodMs) || !(isQuiet || isOverdue)) return;
    const before = this.isHeld(heardMs) ? this.#held : undefined;
    this.#held = { reachedMs: before?.reachedMs ?? (isQuiet ? heardMs : this.#cameMs), sinceMs: nowMs };
  }

  /** A keepalive came. */
  came(nowMs: number): void {
    const { periodMs } = this;
    const due = this.#madeMs + periodMs;
    const pause = this.#held && this.#cameMs < this.#held.sinceMs ? 0 : nowMs - this.#cameMs;
    const isPaced = pause >= PACE_PERIODS * periodMs && pause <= QUIET_PERIODS * periodMs;
    this.#cameMs = nowMs;
    if (!this.#held || isPaced || nowMs - due <= JITTER_PERIODS * periodMs) {
      this.#held = undefined;
      this.#madeMs = nowMs;
      return;
    }
    this.#madeMs = due;
    this.#held.reachedMs = Math.max(this.#held.reachedMs, due);
  }

  /** What comes may be old. */
  isHeld(nowMs: number): boolean {
    if (!this.#held) return false;
    return nowMs - Math.max(this.#held.sinceMs, this.#cameMs) < GIVEN_UP_PERIODS * this.periodMs;
  }

  /** What was made before this has come in. */
  reachedMs(nowMs: number): number {
    return this.isHeld(nowMs) ? Math.min(nowMs, this.#held!.reachedMs) : nowMs;
  }

  /** What comes now was made before this. */
  madeBeforeMs(nowMs: number): number {
    return this.isHeld(nowMs) ? Math.min(nowMs, this.#held!.reachedMs + UNKNOWN_PERIODS * this.periodMs) : nowMs;
  }
}
