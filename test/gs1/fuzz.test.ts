import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

const INPUTS = 50_000;

test('random and mutated inputs: no crash, no hang, nothing that does not survive its own round trip', () => {
  const verdict = fuzz(INPUTS, Math.floor(Math.random() * 2 ** 31));
  expect(verdict.findings).toEqual([]);
  expect(verdict.inputs).toBe(INPUTS);
  // most inputs are near an identifier: what is refused and what is accepted both get their share
  expect(verdict.accepted).toBeGreaterThan(INPUTS / 5);
  expect(verdict.accepted).toBeLessThan((INPUTS * 4) / 5);
});
