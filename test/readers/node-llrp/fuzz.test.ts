import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

const FRAMES = 50_000;

test('mutated frames: no crash, no hang, no growth; what is decoded is encoded to its bytes, columns agree', () => {
  const verdict = fuzz(FRAMES, Math.floor(Math.random() * 2 ** 31));
  expect(verdict.findings).toEqual([]);
  expect(verdict.frames).toBe(FRAMES);
  // both refusals and acceptances get their share
  expect(verdict.decoded).toBeGreaterThan(FRAMES / 20);
  expect(verdict.decoded).toBeLessThan((FRAMES * 19) / 20);
});
