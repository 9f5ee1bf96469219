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

it(
  'goes through twenty minutes of a simulated day: zero lost, zero double, every gap told',
  { timeout: 240_000 },
  async () => {
    const options = { faults: 18, seed: 9, hours: 1 / 3, minutes: 1 / 4, without: 'reader clock' };
    const outcome = await day({ ...options, progress: () => {} });
    expect(outcome.complaints).toEqual([]);
    expect(outcome.acknowledged).toBeGreaterThan(50);
    expect(outcome.collectorKilled).toBeGreaterThan(0);
    expect(outcome.outages).toBeGreaterThan(0);
    expect(outcome.ok).toBe(true);
  },
);
