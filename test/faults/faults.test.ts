import { expect, it } from 'vitest';
import { day } from './day.ts';
import { faults } from './harness.ts';

it(
  'keeps every acknowledged read once while collector, API and database are killed',
  { timeout: 240_000 },
  async () => {
    const { ok, missing, doubled, acknowledged, faults: counts } = await faults(2, 7, () => {});
    expect({ missing, doubled }).toEqual({ missing: [], doubled: [] });
    expect(counts).toEqual({ collector: 2, api: 2, database: 2 });
    expect(acknowledged).toBeGreaterThan(50);
    expect(ok).toBe(true);
  },
);

const DAYS = {
  'faults of every kind': { faults: 18, seed: 9 },
  'the clock of the reader set again and again, links cut and the collector killed': {
    faults: 24,
    seed: 6,
    only: 'reader clock,collector killed,link,half frame',
  },
};

for (const [name, options] of Object.entries(DAYS)) {
  it(`zero lost, zero double, every gap told in twenty minutes of a day: ${name}`, { timeout: 240_000 }, async () => {
    const outcome = await day({ hours: 1 / 3, minutes: 1 / 3, ...options, progress: () => {} });
    expect(outcome.complaints).toEqual([]);
    expect(outcome.acknowledged).toBeGreaterThan(20);
    expect(outcome.collectorKilled).toBeGreaterThan(0);
    expect(outcome.outages).toBeGreaterThan(0);
    expect(outcome.ok).toBe(true);
  });
}
