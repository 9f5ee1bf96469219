import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AI_TABLE } from '../../src/gs1/ai.ts';
import { checkDigit } from '../../src/gs1/check-digit.ts';
import { Gs1Error } from '../../src/gs1/error.ts';
import { readPackedObjects } from '../../src/gs1/packed-objects.ts';
import { itemsOf } from '../../src/gs1/packed-objects-id.ts';
import { PRIMARY_IDS, SECONDARY_IDS } from '../../src/gs1/packed-objects-table.ts';
import { SET_82_CHARACTERS, digits, text } from './arbitrary.ts';
import { type Entry, type PlainBase, bytesOf, packedObject, sealed, textBits } from './packed-objects-encoder.ts';

/** Elements in memory behind a DSFID. */
const read = (...objects: Uint8Array[]) =>
  readPackedObjects(Uint8Array.from([0x89, ...objects.flatMap((o) => [...o])]), 1);
const hand = (rows: string) => bytesOf(rows.replaceAll(/[^01\n]*#.*|[^01\s]/g, ''));
function codeOf(act: () => unknown): [code: string, position: number | undefined] {
  try {
    act();
  } catch (error) {
    if (error instanceof Gs1Error) return [error.code, error.position];
    throw error;
  }
  return ['none', undefined];
}

describe('bits laid by hand', () => {
  test('a date and a lot: a pair of ID values, known digits, map, digits, letters', () => {
    const object = hand(`
001101               # thirteen bytes
1                    # the last one is padded
001                  # two ID values
0001100101110        # 9 * 90 + 4: AIs 17 and 10
1                    # compaction of Packed Objects; 17 is fixed, 10 stands last: no lengths
00111111101110100111 # 261031
0 0 0                # base 30, no prefix, no suffix
0100100011           # 1A23B456CD: 0 a digit, 1 a letter
00011110001001000000 # 123456
00000111000011011110 # A, B, C, D = 1, 2, 3, 4 in base 30
1000000              # padding
`);
    expect(object.length).toBe(13);
    expect(read(object)).toEqual([
      ['17', '261031'],
      ['10', '1A23B456CD'],
    ]);
  });

  test('a secondary table, then a place of the decimal point; an odd ID value of seven bits', () => {
    const object = hand(`
000110               # six bytes
1                    # the last one is padded
000                  # one ID value
0010100              # 20: net weight, in table S00
01 011               # pounds (320n), three decimals
1                    # compaction
00000001111000100100 # 007716
10000                # padding
`);
    expect(read(object)).toEqual([['3203', '007716']]);
  });

  test('one of two, and what may be left out', () => {
    // AI 421 (second choice of ID 45): three digits and the rest, last text; AI 414 without 254 (ID 43, bit 0)
    const rest = `001${(45 * 90 + 43).toString(2).padStart(13, '0')}101`;
    const gln = '9524321000026';
    const numbers = (276).toString(2).padStart(10, '0') + BigInt(gln).toString(2).padStart(44, '0');
    expect(read(sealed(rest + numbers + textBits('50667', 30, [], [])))).toEqual([
      ['421', '27650667'],
      ['414', gln],
    ]);
  });

  test('runs of every basis, shifts, the character that the object defines', () => {
    const lot = (data: string) => sealed(`000${(4).toString(2).padStart(7, '0')}1${data}`);
    // base 30; prefix of one run, base 13, eight values; no suffix; no map. 12 shift-1 A, 34, shift-2 Z
    const in13 = [1, 2, 10, 0, 3, 4, 11, 12].reduce((sum, v) => sum * 13n + BigInt(v), 0n);
    expect(read(lot(`0 1 1 01 001 0 ${in13.toString(2).padStart(30, '0')}`.replaceAll(' ', '')))).toEqual([
      ['10', '12A34Z'],
    ]);
    // base 30, all in the map: P-Punc defines the slash (15 of shift 2) and stands for it again
    const in30 = [1, 29, 15, 2, 29, 3].reduce((sum, v) => sum * 30n + BigInt(v), 0n);
    expect(read(lot(`000111111${in30.toString(2).padStart(30, '0')}`))).toEqual([['10', 'A/B/C']]);
  });
});

/** Values that pass the checks of their AI. */
const fixedDigits = (count: number) => digits(count);
const withCheck = (count: number) => digits(count - 1).map((body) => body + checkDigit(body));
const date = fc
  .tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(''));

type Row = [id: number, secondary: string, ai: string, digitSpan: [number, number], textSpan: [number, number]];
const NONE: [number, number] = [0, 0];
const UNBOUNDED = Infinity;
const ROWS: [row: Row, digits: fc.Arbitrary<string>, textMax: number][] = [
  [[2, '', '01', [14, 14], NONE], withCheck(14), 0],
  [[1, '', '00', [18, 18], NONE], withCheck(18), 0],
  [[9, '', '17', [6, 6], NONE], date, 0],
  [[4, '', '10', NONE, [1, 20]], fc.constant(''), 20],
  [[11, '', '21', NONE, [1, 20]], fc.constant(''), 20],
  [[13, '', '240', NONE, [1, 30]], fc.constant(''), 30],
  [[15, '', '242', [1, 6], NONE], digits(1, 6), 0],
  [[19, '', '30', [1, 8], NONE], digits(1, 8), 0],
  [[18, '', '253', [13, 13], [0, 17]], withCheck(13), 17],
  [[20, '00101', '3105', [6, 6], NONE], fixedDigits(6), 0],
  [[25, '110000', '3650', [6, 6], NONE], fixedDigits(6), 0],
  [[26, '1101', '3405', [6, 6], NONE], fixedDigits(6), 0],
  [[33, '01001', '3909', [1, 15], NONE], digits(1, 15), 0],
  [[67, '', '8003', [14, 14], [0, 16]], withCheck(13).map((v) => `0${v}`), 16],
  [[76, '', '91', NONE, [1, UNBOUNDED]], fc.constant(''), 90],
  [[85, '0000001', '255', [13, 25], NONE], fc.tuple(withCheck(13), digits(0, 12)).map((v) => v.join('')), 0],
  [[85, '1001010', '7242', NONE, [1, 25]], fc.constant(''), 25],
];

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/.';
const entries = (characters: string): fc.Arbitrary<Entry[]> =>
  fc.shuffledSubarray(ROWS, { minLength: 1, maxLength: 7 }).chain((rows) =>
    fc.tuple(
      ...rows.map(([[id, secondary, , digitSpan, textSpan], number, textMax]) =>
        fc
          .tuple(number, text(characters, Math.min(textSpan[0], textMax), textMax))
          .map(([digitText, value]): Entry => ({
            id,
            secondary,
            parts: [{ digits: digitText, digitSpan, text: value, textSpan }],
          })),
      ),
    ),
  );
const aiOf = new Map(ROWS.map(([[id, secondary, ai]]) => [`${id}/${secondary}`, ai]));
const elementsOf = (list: readonly Entry[]) =>
  list.map(({ id, secondary, parts }) => [aiOf.get(`${id}/${secondary}`)!, parts[0]!.digits + parts[0]!.text]);
const kinds = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 });

describe('what is written is read again', () => {
  const cases: [PlainBase, string][] = [
    [30, UPPER],
    [74, SET_82_CHARACTERS],
    [256, SET_82_CHARACTERS],
  ];
  test.each(cases)('base %i', (plain, characters) => {
    fc.assert(
      fc.property(entries(characters), kinds, kinds, fc.boolean(), (list, prefix, suffix, hasFlags) => {
        // base 40 has no lower case, so that base 256 may not extend over it
        const usable = (basis: readonly number[]) => (plain === 256 ? basis.filter((b) => b !== 3) : basis);
        const write = (value: string) => textBits(value, plain, usable(prefix), usable(suffix));
        expect(read(packedObject(list, write, hasFlags ? '00001000' : ''))).toEqual(elementsOf(list));
      }),
      { numRuns: 500 },
    );
  });

  test('several objects, pads between them, and what follows the end', () => {
    fc.assert(
      fc.property(entries(UPPER), fc.integer({ min: 0, max: 5 }), (list, pads) => {
        fc.pre(list.length > 1);
        const write = (value: string) => textBits(value, 30, [3], [0]);
        const [first, second] = [packedObject(list.slice(0, 1), write), packedObject(list.slice(1), write)];
        // the two bytes behind the pads keep a place for a directory's pointer
        const memory = [first, new Uint8Array(pads).fill(4), Uint8Array.of(7, 0), second, Uint8Array.of(0, 0xff)];
        expect(read(...memory)).toEqual(elementsOf(list));
      }),
      { numRuns: 100 },
    );
  });
});

describe('hostile memory', () => {
  const lot = (data: string) => sealed(`00000001001${data}`);
  const good = lot(textBits('L1A', 30, [], []));
  const cases: [why: string, object: Uint8Array, code: string, position: number | undefined][] = [
    ['longer than the memory', good.slice(0, -1), 'TRUNCATED', 8],
    ['shorter than an object can be', Uint8Array.of(0b10000000, 0b00110000, 1, 1), 'PACKED_OBJECT', 8],
    ['an endless length', new Uint8Array(400).fill(0xff), 'RANGE', 8],
    [
      'a length as large as all memory is not',
      bytesOf('1 11111 1 11111 0 00000 0 0 00 00000'.replaceAll(' ', '')),
      'TRUNCATED',
      8,
    ],
    ['too many ID values', sealed('111 111 111 011'.replaceAll(' ', '').padEnd(2000, '0')), 'TOO_LONG', 21],
    ['ID value 0 is not assigned', sealed('0000000000100000000000'), 'RESERVED_ID', 18],
    [
      'a reserved place of a secondary table',
      sealed(`000${(20).toString(2).padStart(7, '0')}11100000000000`),
      'RESERVED_ID',
      25,
    ],
    [
      'a last digit that the family lacks',
      sealed(`000${(32).toString(2).padStart(7, '0')}111100000000000`),
      'PACKED_OBJECT',
      25,
    ],
    ['other compaction', sealed(`00000001000000000000000`), 'UNSUPPORTED_STRUCTURE', 25],
    ['padding without its first bit', Uint8Array.from([good[0]! | 2, ...good.slice(1, -1), 0]), 'PACKED_OBJECT', 40],
    ['a directory', Uint8Array.of(0x0c, 0, 0, 0), 'DIRECTORY', 8],
    ['a pointer to one', Uint8Array.of(0x07, 5, 0, 0), 'DIRECTORY', 8],
    ['an addendum', Uint8Array.of(0x09, 0, 0, 0), 'UNSUPPORTED_STRUCTURE', 8],
    ['run-length padding', Uint8Array.of(0x05, 5, 0, 0), 'UNSUPPORTED_STRUCTURE', 8],
    ['no start at all', Uint8Array.of(0x02, 5, 0, 0), 'PACKED_OBJECT', 8],
    ['text that does not fill the object', lot('0001'), 'PACKED_OBJECT', undefined],
    ['a shift at the end', lot(`0001${(28).toString(2).padStart(5, '0')}`), 'PACKED_OBJECT', undefined],
    ['a number above its digits', sealed(`00000010101${'1'.repeat(20)}`), 'RANGE', 26],
    [
      'a check digit',
      sealed(`00000000101${12_345_678_901_234n.toString(2).padStart(47, '0')}`),
      'CHECK_DIGIT',
      undefined,
    ],
    [
      'bits behind the data',
      sealed(`00000010101${(261031).toString(2).padStart(20, '0')}0101010101`),
      'PACKED_OBJECT',
      undefined,
    ],
  ];
  test.each(cases)('%s', (_, object, code, position) => {
    const [found, at] = codeOf(() => read(object));
    expect(found).toBe(code);
    if (position !== undefined) expect(at).toBe(position);
    else expect(at).toBeGreaterThan(0);
  });

  test('the same AI twice', () => {
    expect(codeOf(() => read(good, good))[0]).toBe('AI_REPEATED');
  });

  test('any bytes end in elements or in a code, soon', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (memory) => {
        const [code] = codeOf(() => read(memory));
        expect(code).toMatch(/^(none|[A-Z_]+)$/);
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(entries(UPPER), fc.nat(), fc.nat({ max: 255 }), (list, at, byte) => {
        const object = packedObject(list, (value) => textBits(value, 30, [3], [2]));
        object[at % object.length] = byte;
        expect(codeOf(() => read(object))[0]).toMatch(/^(none|[A-Z_]+)$/);
      }),
      { numRuns: 3000 },
    );
  });
});

test('the tables hold the AIs of the dictionary, but for few', () => {
  const found = new Set<string>();
  for (let id = 0; id < 90; id++)
    for (let secondary = 0; secondary < 2 ** 11; secondary++) {
      const bytes = Uint8Array.of(secondary >> 3, (secondary & 7) << 5, 0);
      codeOf(() => itemsOf(id, { bytes, length: 24, at: 0 }, 0).forEach(({ ai }) => found.add(ai)));
    }
  const unknown = [...found].filter((ai) => !AI_TABLE.has(ai));
  expect(unknown.toSorted()).toEqual('3306 3376 3406 3944 3945 3946 3947 3948 3949 8100 8101 8102'.split(' '));
  const without = [...AI_TABLE.keys()].filter((ai) => !found.has(ai));
  expect(without.toSorted()).toEqual('03 717 7258 8009 8014 8040 8041 8042 8043 8111'.split(' '));
});

test('every row of the tables names AIs and gives each a format', () => {
  const rows = [PRIMARY_IDS, ...Object.values(SECONDARY_IDS).map(([, table]) => table)].flatMap((table) =>
    table.trim().split('\n'),
  );
  const row = /^\d+(-\d+)? (=S\d\d|[\d{}?+|-]+ [nx][nx\d.|+-]*)$/;
  expect(rows.filter((line) => !row.test(line))).toEqual([]);
  expect(rows.length).toBeGreaterThan(150);
});
