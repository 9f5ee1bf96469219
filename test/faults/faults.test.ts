import { expect, it } from 'vitest';
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
