// A wide question is not alone in its process.
import { expect, it } from 'vitest';
import { ask, askFull, factsInMemory } from '../../src/trace/index.ts';
import { story } from './scenario.ts';

/** Each has a life of its own, so that each is work. */
const ITEMS = 5_000;

const items = Array.from({ length: ITEMS }, (_, i) => `i:A.${i + 1}`);
const { facts, question } = story(
  [
    `t@1 T l:R.1=1KGM > ${items.join(' ')} lot=L`,
    ...items.map((item, i) => `e${i}@${i + 2} A ADD s:${i % 50} < ${item}`),
  ].join('\n'),
);
const forward = question('forward', 'l:R.1').question;

it('others have their turns while a wide question is worked on', async () => {
  let turns = 0;
  let isDone = false;
  const take = (): void => {
    turns++;
    if (!isDone) setImmediate(take);
  };
  setImmediate(take);
  // facts in memory come without any turn
  const answer = await askFull(factsInMemory(facts)(), forward, { asOf: 0 });
  isDone = true;
  expect(answer.nodes).toHaveLength(ITEMS + 1);
  expect(turns).toBeGreaterThan(3);
}, 60_000);

it('a question that nobody waits for any more ends while it is worked on', async () => {
  const gone = new AbortController();
  const known = factsInMemory(facts)();
  // all is loaded by then: what is left is work
  const progress = ({ nodes }: { nodes: number }): void => {
    if (nodes > 0) setImmediate(() => gone.abort(new Error('gone')));
  };
  await expect(askFull(known, forward, { asOf: 0 }, { signal: gone.signal, progress })).rejects.toThrow('gone');
}, 60_000);

it('a question that is worked on for too long is refused', async () => {
  const budget = { milliseconds: 20, workMilliseconds: 1 };
  const refused = askFull(factsInMemory(facts)(), forward, { asOf: 0 }, { budget });
  await expect(refused).rejects.toMatchObject({ code: 'too_large', message: /longer than 0.021 s/ });
}, 60_000);

it('a store that answers without letting go of the process does not keep others waiting', async () => {
  const known = factsInMemory(facts)();
  const slow: typeof known = (want) => {
    for (const end = performance.now() + 10; performance.now() < end;);
    return known(want);
  };
  let longest = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const nest = story(Array.from({ length: 200 }, (_, i) => `e${i}@${i} A ADD s:${i + 1} < s:${i}`).join('\n'));
  const deep = factsInMemory(nest.facts)();
  await ask(async (want) => (await slow({ keys: [] }), deep(want)), nest.question('contents', 's:200').question);
  clearInterval(watch);
  expect(longest).toBeLessThan(1_000);
}, 60_000);
