import { expect, it } from 'vitest';
import { keyBytes, keyText } from '../../src/gs1/index.ts';
import { HEAD_BYTES } from '../../src/trace/bundle.ts';
import { KeyTable } from '../../src/trace/key-table.ts';
import { Dice } from '../simulate/dice.ts';

/** Keys as a bundle holds them. */
function packed(keys: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(keys.reduce((sum, key) => sum + HEAD_BYTES + key.length, 0));
  let at = 0;
  for (const key of keys) {
    bytes.set([7, 6, key.length >> 8, key.length & 0xff], at);
    bytes.set(keyBytes(key), at + HEAD_BYTES);
    at += HEAD_BYTES + key.length;
  }
  return bytes;
}

/** A table beside the plain way to number keys: both are told the same, and must agree. */
function both(): { add: (keys: readonly string[]) => void; table: KeyTable; numbers: Map<string, number> } {
  const [table, numbers] = [new KeyTable(), new Map<string, number>()];
  const add = (keys: readonly string[]): void => {
    const given = new Int32Array(keys.length + 1);
    expect(table.numbersOf(packed(keys), given, 1)).toBe(keys.length + 1);
    for (const key of keys) if (!numbers.has(key)) numbers.set(key, numbers.size);
    expect([...given.subarray(1)]).toEqual(keys.map((key) => numbers.get(key)));
    expect(table.size).toBe(numbers.size);
  };
  return { add, table, numbers };
}

const agree = ({ table, numbers }: ReturnType<typeof both>): void => {
  for (const [key, number] of numbers) if (table.key(number) !== key) throw new Error(`${number} is another key`);
};

it('keys in a row, backwards, again, and twice in one bundle', () => {
  const sides = both();
  const row = Array.from({ length: 1_000 }, (_, i) =>
    keyText(Uint8Array.of(0x12, 1, 2, 3, 4, 5, 6, 2, i >> 8, i & 0xff)),
  );
  sides.add(row.slice(100, 600));
  sides.add(row.toReversed());
  sides.add([...row.slice(0, 3), ...row.slice(0, 3), row[999]!]);
  agree(sides);
  const [first, next] = [sides.numbers.get(row[200]!)!, sides.numbers.get(row[201]!)!];
  expect(sides.table.isNext(first, next)).toBe(true);
  expect(sides.table.isNext(next, first)).toBe(false);
  expect(sides.table.isNext(first, sides.numbers.get(row[205]!)!)).toBe(false);
});

it('what is new among what is known, of other lengths, moves up', () => {
  const sides = both();
  const of = (text: string): string[] => text.split(' ');
  sides.add(of('abcdefgh abcdefgi x'));
  sides.add(of('abcdefgh abcdefgj y abcdefgi abcdefgk abcdefgl x abcdefgm abcdefgj zz'));
  sides.add(of('a b ab a ba aba abab ababa'));
  agree(sides);
});

it('keys that only differ before their last byte all have a place, with room made for them or not', () => {
  for (const room of [0, 10, 5_000]) {
    const sides = both();
    sides.table.reserve(room);
    sides.add(Array.from({ length: 5_000 }, (_, i) => `${i}#`));
    sides.add(Array.from({ length: 5_000 }, (_, i) => `${i}#`));
    agree(sides);
  }
});

it.each([1, 2, 3])('any keys in any order (%i)', (seed) => {
  const dice = new Dice(seed);
  const sides = both();
  for (let n = 0; n < 300; n++) {
    const stem = 'k'.repeat(dice.below(12)) + String(dice.below(4));
    const start = dice.below(500);
    sides.add(
      Array.from(
        { length: 1 + dice.below(60) },
        (_, i) => stem + keyText(Uint8Array.of((start + i * (1 + (seed % 2))) & 0xff)),
      ),
    );
  }
  agree(sides);
});
