import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type CheckLevel, effectivenessOf, newSeed, sampleOf } from '../../src/rules/index.ts';

const IDS = Array.from({ length: 250 }, (_, i) => `urn:epc:id:pgln:952${String(i).padStart(4, '0')}.00000.0`);

describe('a sample of consignees', () => {
  it.each<[level: CheckLevel, size: number, percent?: number]>([
    ['A', 250],
    ['B', 88, 35],
    ['C', 25],
    ['D', 5],
    ['E', 0],
  ])('level %s of 250 are %i', async (level, size, percent) => {
    const sample = await sampleOf({ ids: IDS, level, seed: 'seed', ...(percent !== undefined && { percent }) });
    expect(sample.ids).toHaveLength(size);
    expect(new Set(sample.ids).size).toBe(size);
    expect(IDS).toEqual(expect.arrayContaining(sample.ids));
  });

  it('is at least one where any share is asked for', async () => {
    expect((await sampleOf({ ids: IDS.slice(0, 3), level: 'D', seed: 's' })).size).toBe(1);
    expect((await sampleOf({ ids: [], level: 'A', seed: 's' })).ids).toEqual([]);
  });

  it('is the same for the same seed, whatever the order; another for another', async () => {
    const one = await sampleOf({ ids: IDS, level: 'C', seed: 'seed' });
    expect(await sampleOf({ ids: [...IDS].reverse().concat(IDS), level: 'C', seed: 'seed' })).toEqual(one);
    expect((await sampleOf({ ids: IDS, level: 'C', seed: 'other' })).ids).not.toEqual(one.ids);
  });

  it('is what anyone draws with SHA-256', async () => {
    const seed = newSeed();
    expect(seed).toMatch(/^[0-9a-f]{32}$/);
    const rank = (id: string): string => createHash('sha256').update(`${seed}\n${id}`).digest('hex');
    const drawn = IDS.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, 25);
    expect((await sampleOf({ ids: IDS, level: 'C', seed })).ids).toEqual(drawn.sort());
  });

  it.each<[level: string, percent: number | undefined, why: string]>([
    ['B', undefined, 'percent must be above 0'],
    ['B', 101, 'percent must be above 0'],
    ['C', 20, 'percent is 10 for level C'],
    ['F', undefined, 'level must be one of'],
  ])('%s %s is refused', async (level, percent, why) => {
    const question = { ids: IDS, level: level as CheckLevel, seed: 's', ...(percent !== undefined && { percent }) };
    await expect(sampleOf(question)).rejects.toThrow(why);
  });
});

describe('percentages', () => {
  it('are answered of notified, and correct of those to be checked; 100 only where it is all', () => {
    const counts = { notified: 3000, answered: 2999, toCheck: 30, checked: 20, correct: 19 };
    expect(effectivenessOf(counts)).toEqual({ ...counts, answeredPercent: 99.9, correctPercent: 63.3 });
  });

  it('are absent where there is nothing to divide by', () => {
    expect(effectivenessOf({ notified: 0, answered: 0, toCheck: 0, checked: 0, correct: 0 })).toMatchObject({
      answeredPercent: null,
      correctPercent: null,
    });
  });
});
