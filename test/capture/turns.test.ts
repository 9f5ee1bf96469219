import { expect, test } from 'vitest';
import { Turns } from '../../src/capture/turns.ts';

test('the oldest document goes on first, and a short one does not wait for a long one that is not ready', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const read = async (name: string, steps: number): Promise<void> => {
    const turn = turns.begin();
    for (let n = 0; n < steps; n++) {
      await turn();
      order.push(name);
    }
  };
  await Promise.all([read('a', 3), read('b', 2), read('c', 1)]);
  expect(order.join('')).toBe('aaabbc');
});

test('what else there is to do is done between two turns', async () => {
  const turn = new Turns().begin();
  let others = 0;
  const other = setInterval(() => others++, 1);
  for (const end = Date.now() + 50; Date.now() < end;) await turn();
  clearInterval(other);
  expect(others).toBeGreaterThan(1);
});
