// Worlds of the simulator, captured through the real write path: over PGlite and PostgreSQL the answers of the plain
// interpreter, at every cut.
import { expect, test } from 'vitest';
import { factsOf } from '../../src/store/facts.ts';
import { firstDifference, worldOf } from '../simulate/compare.ts';
import { onBoth } from '../store/databases.ts';
import { textOf } from '../trace/oracle.ts';
import { tell } from './tell.ts';

const WORLDS = 12;
const FIRST_SEED = 2_000_001;

onBoth('worlds of the simulator', ({ store, tenant }) => {
  const seeds = Array.from({ length: WORLDS }, (_, n) => FIRST_SEED + n);
  test.each(seeds)('%i', async (seed) => {
    const tenantId = tenant();
    const { world, askings, told } = worldOf(seed);
    await tell(store(), tenantId, told);
    const known = (asOf: number) => factsOf(store(), tenantId, Number.isFinite(asOf) ? asOf : undefined);
    const difference = await firstDifference(told, world.lines, askings, known);
    expect(askings.length).toBeGreaterThan(world.cuts.length * 8);
    expect(difference && textOf(difference)).toBeUndefined();
  });
});
