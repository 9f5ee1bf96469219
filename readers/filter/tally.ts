import { Memory } from './memory.ts';
import type { Place } from './place.ts';

/** Intervals of each gate that are kept; older ones count in the whole alone. */
const INTERVALS_MAX = 24;
const NOTHING = { in: 0, out: 0, turned: 0, undecided: 0, empty: 0, stray: 0 };

/** Passages at one gate. */
export type GateCounts = Record<keyof typeof NOTHING, number>;
/** A gate's passages since its first day, and those that began in an interval, by its start in ms since 1970. */
interface Tally {
  all: GateCounts;
  intervals: Record<string, GateCounts>;
}

/** Counts per gate, and per gate and interval: they never go back, and equal the EPCs of the events. */
export class GateTally {
  readonly memory = new Memory<Tally | GateCounts>('tally:');

  #of(place: Place): Tally {
    const known = this.memory.get(String(place.id));
    if (!known) return { all: { ...NOTHING }, intervals: {} };
    return 'all' in known ? known : { all: known, intervals: {} };
  }

  of(place: Place): GateCounts {
    return this.#of(place).all;
  }
  /** The latest intervals in which something passed, newest first. */
  intervals(place: Place): { from: string; counts: GateCounts }[] {
    const known = Object.entries(this.#of(place).intervals).toSorted(([a], [b]) => Number(b) - Number(a));
    return known.map(([from, counts]) => ({ from: new Date(Number(from)).toISOString(), counts }));
  }

  /** Counts a passage that began at `atMs`. */
  add(place: Place, what: keyof GateCounts, atMs: number): void {
    const tally = this.#of(place);
    const { countEveryMs } = place.filter;
    const from = Math.floor(atMs / countEveryMs) * countEveryMs;
    const interval = (tally.intervals[from] ??= { ...NOTHING });
    tally.all[what]++;
    interval[what]++;
    const starts = Object.keys(tally.intervals)
      .map(Number)
      .toSorted((a, b) => a - b);
    for (const old of starts.slice(0, -INTERVALS_MAX)) delete tally.intervals[old];
    this.memory.put(String(place.id), tally);
  }
}
