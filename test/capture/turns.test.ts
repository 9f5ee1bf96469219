import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Turn, Turns } from '../../src/capture/turns.ts';

const modes = [
  ['nobody asks', false],
  ['somebody asks', true],
] as const;

test.each(modes)('transactions go first, then the oldest document, while %s', async (_, asked) => {
  const turns = new Turns(() => asked);
  const order: string[] = [];
  const work = async (name: string, turn: Turn, steps: number): Promise<void> => {
    for (let n = 0; n < steps; n++) {
      await turn.pass();
      order.push(name);
    }
  };
  await Promise.all([
    work('a', turns.document(), 3),
    work('b', turns.document(), 2),
    work('T', turns.transaction(), 2),
    work('c', turns.document(), 1),
  ]);
  expect(order.join('')).toBe('TTaaabbc');
});

test.each(modes)('what else there is to do is done between two turns while %s', async (_, asked) => {
  const turn = new Turns(() => asked).document();
  let others = 0;
  const other = setInterval(() => others++, 1);
  for (const end = Date.now() + 50; Date.now() < end;) await turn.pass();
  clearInterval(other);
  expect(others).toBeGreaterThan(1);
});

test('what a question puts off to the end of a round of the loop is done before the next turn', async () => {
  const turn = new Turns(() => true).document();
  await sleep(0); // from here the rest of the round comes first
  const order: string[] = [];
  const passed = turn.pass().then(() => order.push('turn'));
  setImmediate(() => order.push('sent'));
  await passed;
  expect(order).toEqual(['sent', 'turn']);
});

test('a turn is over after some milliseconds of work', async () => {
  const turn = new Turns().document();
  expect(turn.isOver).toBe(false);
  for (const end = performance.now() + 5; performance.now() < end;);
  expect(turn.isOver).toBe(true);
  await turn.pass();
  expect(turn.isOver).toBe(false);
});
