import { expect, it } from 'vitest';
import { textOf } from '../trace/oracle.ts';
import { tryWorld } from './compare.ts';

/** Others than those that the command begins with. */
const FIRST_SEED = 1_000_001;
const WORLDS = 200;

it('answers as the plain interpreter does, at every cut and in another order of arrival', async () => {
  const sums = { cuts: 0, questions: 0 };
  for (let seed = FIRST_SEED; seed < FIRST_SEED + WORLDS; seed++) {
    const { cuts, questions, disagreement } = await tryWorld(seed);
    sums.cuts += cuts;
    sums.questions += questions;
    expect(
      disagreement && textOf(disagreement),
      `npm run simulate -- compare --worlds 1 --seed ${seed}`,
    ).toBeUndefined();
  }
  expect(sums.cuts).toBeGreaterThan(10 * WORLDS);
  expect(sums.questions).toBeGreaterThan(200 * WORLDS);
}, 300_000);
