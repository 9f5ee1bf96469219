import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyOfUri, keyText, numberOf, stemOf } from '../../src/gs1/index.ts';
import { rangesOf } from '../../src/trace/key-range.ts';

const item = (serial: string | number): string => keyText(keyOfUri(`urn:epc:id:sgtin:9521234.000001.${serial}`).key);
const pallet = (n: number): string => keyText(keyOfUri(`urn:epc:id:sscc:9521234.${String(n).padStart(10, '0')}`).key);
const lot = (n: number): string => keyText(keyOfUri(`urn:epc:class:lgtin:9521234.000001.${n}`).key);

test('serials in a row are one range, however they come', () => {
  const keys = Array.from({ length: 500 }, (_, i) => item(1_000 + i));
  expect(rangesOf(keys.toReversed())).toEqual([{ from: item(1_000), to: item(1_499), count: 500 }]);
  expect(rangesOf([1, 2, 3].map(pallet))).toEqual([{ from: pallet(1), to: pallet(3), count: 3 }]);
});

test('what is far apart, of another length or without a number stays alone', () => {
  const keys = [
    item(1),
    item(9),
    item(255),
    item(256),
    item('A1'),
    item('A2'),
    item('007'),
    item('008'),
    lot(1),
    lot(2),
  ];
  const alone = rangesOf(keys);
  expect(alone).toHaveLength(keys.length);
  expect(alone.every(({ from, to }) => from === to)).toBe(true);
  expect(rangesOf([])).toEqual([]);
});

test('every key lies in a range, and few others do', () => {
  const key = fc.oneof(fc.integer({ min: 0, max: 400 }).map(item), fc.integer({ min: 0, max: 400 }).map(pallet));
  fc.assert(
    fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 200 }), (keys) => {
      const ranges = rangesOf(keys);
      for (const one of keys) expect(ranges.filter(({ from, to }) => from <= one && one <= to)).toHaveLength(1);
      let within = 0;
      for (const { from, to } of ranges) within += 1 + numberOf(to, stemOf(to)) - numberOf(from, stemOf(from));
      expect(within).toBeLessThanOrEqual(4 * keys.length);
    }),
  );
});
