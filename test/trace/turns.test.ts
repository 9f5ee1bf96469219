// A wide question is not alone in its process.
import { expect, it } from 'vitest';
import { askFull, factsInMemory } from '../../src/trace/index.ts';
import { story } from './scenario.ts';

/** Each has a life of its own, so that each is work. */
const ITEMS = 5_000;

it('others have their turns while a wide question is worked on', async () => {
  const items = Array.from({ length: ITEMS }, (_, i) => `i:A.${i + 1}`);
  const { facts, question } = story(
    [
      `t@1 T l:R.1=1KGM > ${items.join(' ')} lot=L`,
      ...items.map((item, i) => `e${i}@${i + 2} A ADD s:${i % 50} < ${item}`),
    ].join('\n'),
  );
  let turns = 0;
  let isDone = false;
  const take = (): void => {
    turns++;
    if (!isDone) setImmediate(take);
  };
  setImmediate(take);
  // facts in memory come without any turn
  const answer = await askFull(factsInMemory(facts)(), question('forward', 'l:R.1').question, { asOf: 0 });
  isDone = true;
  expect(answer.nodes).toHaveLength(ITEMS + 1);
  expect(turns).toBeGreaterThan(3);
}, 60_000);
