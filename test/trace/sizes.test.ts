// Large worlds: each node once, no recursion, time by edges and not by paths.
import { performance } from 'node:perf_hooks';
import { expect, it } from 'vitest';
import { factsInMemory, ask } from '../../src/trace/index.ts';
import { story } from './scenario.ts';

const SECONDS_MAX = 20;

async function timed<T>(run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  expect((performance.now() - start) / 1000).toBeLessThan(SECONDS_MAX);
  return result;
}

it('a chain of 3000 transformations', async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `e${i}@${i} T l:X.${i}=1 > l:X.${i + 1}=1`);
  const { facts, question } = story(['o@0 O ADD l:X.0=1', ...lines].join('\n'));
  const answer = await timed(() => ask(factsInMemory(facts)(), question('back', 'l:X.3000').question));
  expect(answer.upstream).toHaveLength(3000);
  expect(answer.origins).toHaveLength(1);
  expect(answer.truncated).toBeUndefined();
});

it('200 layers of two lots, each into both: 2^200 paths', async () => {
  const lines = Array.from({ length: 200 }, (_, i) => `e${i}@${i} T l:A.${i}x l:A.${i}y > l:A.${i + 1}x l:A.${i + 1}y`);
  const { facts, question } = story(lines.join('\n'));
  const answer = await timed(() => ask(factsInMemory(facts)(), question('forward', 'l:A.0x').question));
  expect(answer.affected).toHaveLength(400);
});

it('2000 inputs into 2000 outputs are one link', async () => {
  const range = Array.from({ length: 2000 }, (_, i) => i);
  const text = `e1@1 T ${range.map((i) => `i:A.${i}`).join(' ')} > ${range.map((i) => `i:B.${i}`).join(' ')} lot=L`;
  const { facts, question } = story(text);
  const forward = await timed(() => ask(factsInMemory(facts)(), question('forward', 'i:A.1').question));
  expect(forward.affected).toHaveLength(2001);
  const back = await timed(() => ask(factsInMemory(facts)(), question('back', 'i:B.7').question));
  expect(back.upstream).toHaveLength(2001);
});

it('6000 events of one transformationID', async () => {
  const half = Array.from({ length: 3000 }, (_, i) => i);
  const lines = half.flatMap((i) => [`i${i}@${i} T l:I.${i} > xid=X`, `o${i}@${i} T > l:O.${i} xid=X`]);
  const { facts, question } = story(lines.join('\n'));
  const answer = await timed(() => ask(factsInMemory(facts)(), question('forward', 'l:I.0').question));
  expect(answer.affected).toHaveLength(3000);
});

it('3000 assemblies, each a part of the next', async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `e${i}@${i} S ADD a:${i + 1} < a:${i}`);
  const { facts, question } = story(lines.join('\n'));
  const known = factsInMemory(facts)();
  expect((await timed(() => ask(known, question('forward', 'a:0').question))).affected).toHaveLength(3000);
  expect((await timed(() => ask(known, question('back', 'a:3000').question))).upstream).toHaveLength(3000);
});
