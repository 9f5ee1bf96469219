// Texts that differ in the number at their end (src/trace/row-texts.ts).
import { expect, test } from 'vitest';
import { RowTexts } from '../../src/trace/row-texts.ts';

const BEFORE = 'urn:epc:id:sgtin:9521234.000002.';
const EDGES = Array.from({ length: 16 }, (_, i) => 10 ** i).flatMap((power) => [power - 1, power, power + 1]);
const NUMBERS = [...EDGES, 4_294_967_295, 4_294_967_296, Number.MAX_SAFE_INTEGER];

test('are what joining gives, for every count of digits', () => {
  const rows = new RowTexts();
  rows.add(BEFORE, Float64Array.from(NUMBERS));
  rows.add('a', Float64Array.of(7));
  expect(rows.count).toBe(NUMBERS.length + 1);
  expect(rows.take()).toEqual([...NUMBERS.map((number) => `${BEFORE}${number}`), 'a7']);
});

test('are taken once, in pieces, however many', () => {
  const rows = new RowTexts();
  expect(rows.take()).toEqual([]);
  const numbers = Float64Array.from({ length: 10_000 }, (_, i) => i * 97_003);
  for (let piece = 0; piece < 3; piece++) {
    for (let i = 0; i < numbers.length; i += 25) rows.add(BEFORE, numbers.subarray(i, i + 25));
    expect(rows.take()).toEqual(Array.from(numbers, (number) => `${BEFORE}${number}`));
    expect([rows.count, rows.take()]).toEqual([0, []]);
  }
});
