import { expect, it } from 'vitest';
import { captures } from './captures.ts';

it('keeps what it promised of 200 captures while API and database are killed', { timeout: 240_000 }, async () => {
  const { faults, kills, answers, walks } = await captures(2, 7, () => {});
  expect(faults).toEqual([]);
  expect(kills).toEqual({ api: 1, database: 1 });
  expect(answers['202']).toBeGreaterThan(0);
  expect(walks).toBeGreaterThan(0);
});
