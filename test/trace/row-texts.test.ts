// Texts that differ in the number at their end (src/trace/row-texts.ts).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowTexts } from '../../src/trace/row-texts.ts';

const BEFORE = 'urn:epc:id:sgtin:9521234.000002.';
const EDGES = Array.from({ length: 16 }, (_, i) => 10 ** i).flatMap((power) => [power - 1, power, power + 1]);
const NUMBERS = [...EDGES, 4_294_967_295, 4_294_967_296, Number.MAX_SAFE_INTEGER];

test('are what joining gives, for every count of digits', () => {
  const rows = new RowTexts();
  rows.add(BEFORE, NUMBERS);
  rows.add('a', [7]);
  expect(rows.count).toBe(NUMBERS.length + 1);
  expect(rows.take()).toEqual([...NUMBERS.map((number) => `${BEFORE}${number}`), 'a7']);
});

test('are the same for neighbours as for numbers far apart, and for none', () => {
  const near = fc.integer({ min: 0, max: 30 });
  const far = fc.bigInt({ min: 0n, max: 9_000_000_000_000_000n });
  fc.assert(
    fc.property(far, fc.nat(15), fc.array(near), fc.array(far, { maxLength: 2 }), (start, zeros, steps, others) => {
      const power = 10n ** BigInt(zeros);
      const base = Number((start / power) * power);
      const numbers = [...steps.map((step) => base + step), ...others.map(Number)];
      const rows = new RowTexts();
      rows.add('x', [5]);
      rows.add(BEFORE, numbers);
      expect(rows.take()).toEqual(['x5', ...numbers.map((number) => `${BEFORE}${number}`)]);
    }),
  );
});

test('are taken once, in pieces, however many', () => {
  const rows = new RowTexts();
  expect(rows.take()).toEqual([]);
  const numbers = Array.from({ length: 10_000 }, (_, i) => i * 97_003);
  for (let piece = 0; piece < 3; piece++) {
    for (let i = 0; i < numbers.length; i += 25) rows.add(BEFORE, numbers.slice(i, i + 25));
    expect(rows.take()).toEqual(numbers.map((number) => `${BEFORE}${number}`));
    expect([rows.count, rows.take()]).toEqual([0, []]);
  }
});

test('tell whether they stand in the order of text', () => {
  const isInOrder = (...added: [before: string, numbers: number[]][]): boolean => {
    const rows = new RowTexts();
    for (const [before, numbers] of added) rows.add(before, numbers);
    const texts = rows.take();
    if (rows.isInOrder) expect(texts).toEqual(texts.toSorted());
    return rows.isInOrder;
  };
  expect(isInOrder()).toBe(true);
  expect(isInOrder([BEFORE, [0, 1, 5]], [BEFORE, [6, 9]])).toBe(true);
  expect(isInOrder([BEFORE, [100, 101]], [BEFORE, [998, 999]])).toBe(true);
  expect(isInOrder([BEFORE, [9, 10]])).toBe(false);
  expect(isInOrder([BEFORE, [12, 11]])).toBe(false);
  expect(isInOrder([BEFORE, [12]], [BEFORE, [12]])).toBe(false);
  expect(isInOrder([BEFORE, [15]], [BEFORE, [12]])).toBe(false);
  expect(isInOrder(['b', [1]], ['a', [2]])).toBe(false);
});
