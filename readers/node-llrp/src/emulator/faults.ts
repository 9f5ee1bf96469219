import { LlrpError } from '../error.ts';
import { drawAt } from './random.ts';

/** A fault's number: what it is unless said, and what it may be. */
type Range = readonly [usual: number, min: number, max: number];

const HOUR_MS = 3_600_000;
const TIMES: Range = [1, 1, 1_000_000];
const MS = (usual: number): Range => [usual, 1, HOUR_MS];

/**
 * Every fault by name, with its numbers. Those of the line wait for a client; `times` counts messages.
 * All of them end by themselves.
 */
export const FAULTS = {
  /** Half of the next message, whatever it is, then a reset. */
  'half-frame': {},
  /** Half of the next RO_ACCESS_REPORT, then a reset: its tags are lost. */
  'reset-in-report': {},
  /** The link stays open; nothing comes and nothing is answered. Reports wait. */
  silence: { ms: MS(10_000) },
  /** Everything goes out a few bytes at a time. */
  drip: { bytesPerSecond: [100, 1, 1_000_000], ms: MS(5000) },
  /** So many messages leave in one write, or after half a second. */
  coalesce: { messages: [10, 2, 1000] },
  'delay-answers': { ms: MS(1000), times: TIMES },
  /** Answers go out behind the next report, event or keepalive. */
  'reorder-answers': { times: TIMES },
  'drop-answers': { times: TIMES },
  /** ERROR_MESSAGE 109 or 110 to questions about versions; 0 closes the connection instead. */
  'version-error': { code: [110, 0, 110], times: TIMES },
  /** Newcomers are told that the reader is taken: ConnectionAttemptEvent 1, 2 or 3. */
  'client-exists': { ms: MS(5000), status: [2, 1, 3] },
  'duplicate-reports': { times: TIMES },
  /** Reports wait until so long after the end of the ROSpec, a minute at most. */
  'late-reports': { ms: [500, 1, 60_000] },
  /** So many messages at once, one read each, evenly over the past. */
  burst: { messages: [66_000, 1, 66_000], spanMs: MS(600_000), tags: [1000, 1, 100_000], firstSerial: [1, 0, 2 ** 37] },
  /** ReportBufferOverflowErrorEvent; the oldest waiting reports are lost. */
  'buffer-overflow': { lose: [0, 0, 66_000] },
  /** An antenna hears nothing and says so, and is back after a time. */
  'antenna-lost': { antenna: [1, 1, 32], ms: MS(5000) },
  /** Events with values that no list has. */
  'unknown-enum': {},
  /** Custom parameters of an unknown vendor, and unknown ones of a known vendor, in an event and in reports. */
  'unknown-vendor': { times: TIMES },
  /** A message of an unknown type, and CUSTOM_MESSAGEs that nobody knows. */
  'unknown-message': {},
  /** The reader stops its ROSpec on its own and starts it again. */
  'restart-rospec': { ms: MS(1000) },
  /** One more tag in a report, with an EPC of so many bits. */
  'odd-epc': { bits: [13, 0, 496], times: TIMES },
  /** A whole message with a body that cannot be. */
  malformed: {},
  /** Bytes that are no message: the framing is lost. */
  garbage: { bytes: [64, 1, 65_536] },
  'clock-jump': { byMs: [60_000, -1e12, 1e12] },
} as const satisfies Record<string, Readonly<Record<string, Range>>>;

export type FaultName = keyof typeof FAULTS;
/** A fault's numbers by name. */
export type FaultNumbers = Readonly<Record<string, number>>;

/** A fault in a scenario: at a time, again and again, or by chance; with its numbers beside. */
export type FaultScript = {
  fault: FaultName;
  /** After the start. */
  atMs?: number;
  everyMs?: number;
  /** 0 to 1, drawn once a second. */
  chancePerSecond?: number;
  /** How often at most; 1 for a fault with `atMs` alone. */
  repeat?: number;
  with?: FaultNumbers;
};

const REPEAT_MAX = 1_000_000;
const SECOND_US = 1_000_000;

const isFault = (name: string): name is FaultName => Object.hasOwn(FAULTS, name);

/** All numbers of a fault, the usual ones where none are given. Throws LlrpError for what it does not have or allow. */
export function numbersOf(fault: string, given: FaultNumbers = {}): FaultNumbers {
  if (!isFault(fault)) throw new LlrpError('ENCODE', `there is no fault "${fault}"`);
  const ranges: Readonly<Record<string, Range>> = FAULTS[fault];
  const stray = Object.keys(given).find((name) => !Object.hasOwn(ranges, name));
  if (stray !== undefined) throw new LlrpError('ENCODE', `fault ${fault} has no "${stray}"`);
  return Object.fromEntries(
    Object.entries(ranges).map(([name, [usual, min, max]]) => {
      const value = given[name] ?? usual;
      if (Number.isInteger(value) && value >= min && value <= max) return [name, value];
      throw new LlrpError('ENCODE', `${name} of fault ${fault} is ${value}, not a whole number from ${min} to ${max}`);
    }),
  );
}

interface Planned {
  fault: FaultName;
  numbers: FaultNumbers;
  everyUs: number;
  chance: number;
  left: number;
  nextUs: number;
}

/** When which fault comes; the same seed gives the same plan. */
export class FaultPlan {
  readonly #planned: Planned[];
  readonly #seed: number;
  readonly #startUs: number;

  constructor(scripts: readonly FaultScript[], seed: number, startUs: number) {
    this.#seed = seed;
    this.#startUs = startUs;
    this.#planned = scripts.map((script) => planned(script, startUs));
  }

  /** The faults that are due up to now, each as often as it is. */
  due(nowUs: number): { fault: FaultName; numbers: FaultNumbers }[] {
    const found: { fault: FaultName; numbers: FaultNumbers }[] = [];
    for (const [index, plan] of this.#planned.entries()) {
      for (; plan.left > 0 && plan.nextUs <= nowUs; plan.nextUs += plan.everyUs) {
        const step = Math.round((plan.nextUs - this.#startUs) / SECOND_US);
        if (plan.chance < 1 && drawAt(this.#seed, index, step) >= plan.chance) continue;
        plan.left--;
        found.push({ fault: plan.fault, numbers: plan.numbers });
      }
    }
    return found;
  }
}

function planned(script: FaultScript, startUs: number): Planned {
  const { fault, atMs, everyMs, chancePerSecond, with: numbers } = script;
  const repeated = everyMs !== undefined || chancePerSecond !== undefined;
  const { repeat = repeated ? REPEAT_MAX : 1 } = script;
  if (atMs === undefined && !repeated)
    throw new LlrpError('ENCODE', `fault ${fault} needs atMs, everyMs or chancePerSecond`);
  if (everyMs !== undefined && chancePerSecond !== undefined)
    throw new LlrpError('ENCODE', `fault ${fault} has either everyMs or chancePerSecond`);
  if (everyMs !== undefined && !(everyMs >= 1)) throw new LlrpError('ENCODE', `everyMs is ${everyMs}, not 1 or more`);
  if (chancePerSecond !== undefined && !(chancePerSecond >= 0 && chancePerSecond <= 1))
    throw new LlrpError('ENCODE', `chancePerSecond is ${chancePerSecond}, not from 0 to 1`);
  if (!(Number.isInteger(repeat) && repeat >= 0 && repeat <= REPEAT_MAX))
    throw new LlrpError('ENCODE', `repeat is ${repeat}, not a whole number up to ${REPEAT_MAX}`);
  const everyUs = everyMs === undefined ? SECOND_US : everyMs * 1000;
  return {
    fault,
    numbers: numbersOf(fault, numbers),
    everyUs,
    chance: chancePerSecond ?? 1,
    left: repeat,
    nextUs: startUs + (atMs === undefined ? everyUs : atMs * 1000),
  };
}
