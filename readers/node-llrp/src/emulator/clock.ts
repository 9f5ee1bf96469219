import { LlrpError } from '../error.ts';
import type { Parameter } from '../message.ts';

/** How the reader's clock differs from the true time. */
export interface ClockScript {
  /** False: the reader has no UTC clock and stamps everything with its uptime. */
  utc?: boolean;
  offsetMs?: number;
  /** Microseconds gained per second. */
  driftPpm?: number;
  /** Steps of the clock, `atMs` after the start. */
  jumps?: readonly { atMs: number; byMs: number }[];
}

/** The reader has been running so long when the emulation begins. */
const UPTIME_AT_START_US = 3_600_000_000;
const DRIFT_PPM_MAX = 10_000;
const JUMPS_MAX = 1000;

/** The reader's clock. Stamps belong to a moment of true time: a read before a jump keeps the time from before it. */
export class ReaderClock {
  readonly utc: boolean;
  readonly #startUs: number;
  readonly #offsetUs: number;
  readonly #drift: number;
  readonly #jumps: { fromUs: number; byUs: number }[];

  constructor(script: ClockScript, startUs: number) {
    const { utc = true, offsetMs = 0, driftPpm = 0, jumps = [] } = script;
    if (!(Math.abs(driftPpm) <= DRIFT_PPM_MAX))
      throw new LlrpError('ENCODE', `driftPpm is ${driftPpm}, not between -${DRIFT_PPM_MAX} and ${DRIFT_PPM_MAX}`);
    this.utc = utc;
    this.#startUs = startUs;
    this.#offsetUs = offsetMs * 1000;
    this.#drift = driftPpm / 1e6;
    this.#jumps = jumps.map(({ atMs, byMs }) => ({ fromUs: startUs + atMs * 1000, byUs: byMs * 1000 }));
  }

  /** The reader's time, in microseconds since 1970 or since it was switched on, at a moment of true time. */
  at(trueUs: number): number {
    const run = trueUs - this.#startUs;
    const jumped = this.#jumps.reduce((sum, { fromUs, byUs }) => (trueUs >= fromUs ? sum + byUs : sum), 0);
    const origin = this.utc ? this.#startUs + this.#offsetUs : UPTIME_AT_START_US;
    return Math.max(0, Math.round(origin + run * (1 + this.#drift) + jumped));
  }

  /** UTCTimestamp or Uptime of a notification. */
  stamp(trueUs: number): Parameter {
    return { parameter: this.utc ? 'UTCTimestamp' : 'Uptime', Microseconds: this.at(trueUs) };
  }

  /** Steps the clock from this moment on. */
  jump(byMs: number, nowUs: number): void {
    if (this.#jumps.length >= JUMPS_MAX) throw new LlrpError('TOO_LONG', `a clock jumps ${JUMPS_MAX} times at most`);
    this.#jumps.push({ fromUs: nowUs, byUs: byMs * 1000 });
  }
}
