/** A world of the simulator: what truly was, and what is told of it. */
import { trueWorld } from './chain.ts';
import { Dice } from './dice.ts';
import { type Factors, toldOf } from './faults.ts';
import { SIZES, type SizeName } from './sectors.ts';
import type { Deed, Truth } from './true-world.ts';

interface Simulated {
  /** Reports in the notation of test/trace/scenario.ts, in the order of their arrival. */
  lines: string[];
  deeds: readonly Deed[];
  truth: Truth;
  /** Minutes from the first deed to the last. */
  lastMinute: number;
}

/** The same seed, size and factors give the same world, and the same seed and size the same truth. */
export function simulate(seed: number, size: SizeName, factors: Factors): Simulated {
  const { deeds, truth } = trueWorld(new Dice(seed), SIZES[size]);
  const lines = toldOf(new Dice(~seed), deeds, factors);
  return { lines, deeds, truth, lastMinute: deeds.at(-1)?.minute ?? 0 };
}
