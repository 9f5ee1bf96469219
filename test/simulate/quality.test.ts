import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csvOf, curve, generated, rowsOf } from './curve.ts';
import { FACTORS, KINDS, measure } from './quality.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
const rows = rowsOf(read('trace-quality.csv'));
/** A whole world is thousands of events. */
const TIMEOUT_MS = 120_000;
/** The worlds of the checked-in rows that are measured again: one seed, without faults and with the usual ones. */
const AGAIN = ['0', '1'];

describe('quality of the lists', { timeout: TIMEOUT_MS }, () => {
  it('is shown as it was measured: tables and curve are those of the rows', () => {
    expect(csvOf(rows)).toBe(read('trace-quality.csv'));
    expect(read('trace.md')).toContain(generated(rows));
    expect(curve(rows)).toBe(read('trace-quality.svg'));
  });

  it.each(AGAIN)('is measured the same again, faults %s', async (kind) => {
    const row = rows.find((one) => one.kind === kind);
    expect(row).toBeDefined();
    expect({ kind, seed: row!.seed, ...(await measure(kind, row!.seed)) }).toEqual(row);
  });

  it('has rows of every kind for every seed', () => {
    const seeds = new Set(rows.map(({ seed }) => seed));
    expect(rows).toHaveLength(seeds.size * Object.keys(KINDS).length);
    expect(FACTORS.every((factor) => rows.some(({ kind }) => kind === `${factor}`))).toBe(true);
  });

  it('misses nothing and misplaces nothing where everything is told', () => {
    const told = rows.filter(({ kind }) => kind === '0');
    for (const { both, affected, boxes, places } of told)
      expect([both.recall, affected.recall, boxes.recall, boxes.precision, places]).toEqual([1, 1, 1, 1, 1]);
  });

  it('loses nothing by duplicates', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { both, boxes } = await measure('duplicate', seed, 'middle');
      expect([both.recall, boxes.recall, boxes.precision], `seed ${seed}`).toEqual([1, 1, 1]);
    }
  });
});
