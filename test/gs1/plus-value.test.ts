import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AI_BITS_ROWS } from '../../src/gs1/ai-table-bits.ts';
import { AI_TABLE } from '../../src/gs1/ai.ts';
import { answer, decode, encode, parse, toHex } from '../../src/gs1/index.ts';
import { DATE_AIS } from '../../src/gs1/plus-schemes.ts';
import { expandAis } from '../../src/gs1/plus-value.ts';
import { SET_82_CHARACTERS, text } from './arbitrary.ts';
import { elementOf } from './plus-arbitrary.ts';
import { SSCC, codeOf, dataOf, n, nibbles, ssccWith, toBytes, withData } from './plus-bits.ts';

const log10 = (length: number) => (10n ** BigInt(length) - 1n).toString(2).length;
/** Values of each method of section 14.5, and their bits behind the AI. */
const METHODS: [method: string, ai: string, value: string, bits: string][] = [
  ['.2 integer', '3103', '000123', n(123, 20)],
  ['.2 integer', '7001', '0000000000001', n(1, 44)],
  ['.2 integer', '4309', '01234567891234567890', n(1_234_567_891_234_567_890n, 67)],
  ['.4 nibbles', '410', '9524321000026', nibbles('9524321000026')],
  ['.4 nibbles', '7241', '01', nibbles('01')],
  ['.5 digits', '7023', '952432100001', nibbles('952432100001F')],
  ['.5 digits and text', '8004', '9524321A1', nibbles('9524321E') + n(1, 3) + n(2, 5) + nibbles('A1')],
  ['.6 digits', '10', '007', n(0, 3) + n(3, 5) + n(7, 10)],
  ['.6 upper hexadecimal', '10', '0A', n(1, 3) + n(2, 5) + nibbles('0A')],
  ['.6 lower hexadecimal', '10', '0a', n(2, 3) + n(2, 5) + nibbles('0A')],
  ['.6 base64url', '10', 'Z_9', n(3, 3) + n(3, 5) + n(25, 6) + n(63, 6) + n(61, 6)],
  ['.6 seven-bit', '10', 'a/', n(4, 3) + n(2, 5) + n(97, 7) + n(47, 7)],
  [
    '.6 URN Code 40',
    '10',
    'A.Z:0-',
    n(5, 3) + n(6, 5) + n(1600 + 28 * 40 + 26 + 1, 16) + n(29 * 1600 + 30 * 40 + 28, 16),
  ],
  ['.7 one bit', '4321', '1', '1'],
  ['.8 date', '17', '260700', n(26, 7) + n(7, 4) + n(0, 5)],
  ['.9 date and time', '7003', '2607312359', n(26, 7) + n(7, 4) + n(31, 5) + n(23, 5) + n(59, 6)],
  ['.10 one date', '7007', '260731', `0${n(26, 7)}${n(7, 4)}${n(31, 5)}`],
  ['.10 two dates', '7007', '260731260801', `1${n(26, 7)}${n(7, 4)}${n(31, 5)}${n(26, 7)}${n(8, 4)}${n(1, 5)}`],
  ['.11 hour', '8008', '26073123', `00${n(26, 7)}${n(7, 4)}${n(31, 5)}${n(23, 5)}`],
  ['.11 minute', '7011', '2607312301', `01${n(26, 7)}${n(7, 4)}${n(31, 5)}${n(23, 5)}${n(1, 6)}`],
  ['.11 second', '8008', '260731230159', `10${n(26, 7)}${n(7, 4)}${n(31, 5)}${n(23, 5)}${n(1, 6)}${n(59, 6)}`],
  ['.12 country', '4307', 'CN', n(2, 6) + n(13, 6)],
  ['.13 counted digits', '37', '00012', n(5, 4) + n(12, 17)],
  ['.14 no minus sign', '4330', '000100', `${n(100, 20)}0`],
  ['.14 minus sign', '4330', '000100-', `${n(100, 20)}1`],
  ['.15 sequence', '7258', '1/3', nibbles('13')],
  ['two parts', '421', '156P', n(156, 10) + n(1, 3).replace('001', '011') + n(1, 4) + n(15, 6)],
  ['two parts', '255', '95243210000260001', nibbles('9524321000026') + n(4, 4) + n(1, 14)],
  ['two parts', '8003', '09524321000026a', nibbles('09524321000026') + n(2, 3) + n(1, 5) + nibbles('A')],
  ['ninety characters', '91', '9'.repeat(90), n(0, 3) + n(90, 7) + n(10n ** 90n - 1n, 299)],
];

describe('methods of section 14.5', () => {
  test.each(METHODS)('%s: (%s)%s', (_, ai, value, bits) => {
    const bytes = withData(nibbles(ai), bits);
    expect(dataOf(bytes)).toEqual([[ai, value]]);
    expect(toHex(encode(ssccWith([ai, value]), 'SSCC+'))).toBe(toHex(bytes));
  });

  test('every AI of the table, any value, there and back', () => {
    const ais = AI_BITS_ROWS.trim()
      .split('\n')
      .flatMap((line) => expandAis(line.split(' ')[0]!))
      .filter((ai) => ai !== '00');
    expect(ais.length).toBe(531);
    for (const ai of ais)
      fc.assert(
        fc.property(elementOf(ai), (element) => {
          expect(dataOf(encode(ssccWith(element), 'SSCC+'))).toEqual([element]);
        }),
        { numRuns: 6 },
      );
  });
});

const ALPHABETS: Record<number, [characters: string, bits: number]> = {
  1: ['0123456789ABCDEF', 4],
  2: ['0123456789abcdef', 4],
  3: ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 6],
  4: [Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join(''), 7],
};
const CODE_40 = ' ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789';
/** Text under one indicator, without indicator and length; undefined where the indicator has not its characters. */
function textBits(indicator: number, value: string): string | undefined {
  if (indicator === 0) return /^\d+$/.test(value) ? n(BigInt(value), log10(value.length)) : undefined;
  const [characters, bits] = ALPHABETS[indicator] ?? [CODE_40, 0];
  if (Array.from(value).some((c) => !characters.includes(c))) return undefined;
  if (indicator < 5) return Array.from(value, (c) => n(characters.indexOf(c), bits)).join('');
  return (value.padEnd(Math.ceil(value.length / 3) * 3).match(/.{3}/g) ?? [])
    .map((three) => Array.from(three, (c) => CODE_40.indexOf(c)))
    .map(([a, b, c]) => n(1600 * a! + 40 * b! + c! + 1, 16))
    .join('');
}

describe('text', () => {
  const values = fc.oneof(
    text(SET_82_CHARACTERS, 1, 20),
    text('0123456789', 1, 20),
    text('0123456789ABCDEF', 1, 20),
    text('0123456789abcdef', 1, 20),
    text(CODE_40.trim(), 1, 20),
    text('ABCxyz019-_', 1, 20),
  );

  test('every indicator that has the characters is read; the fewest bits are written, the lowest of equals', () => {
    fc.assert(
      fc.property(values, (value) => {
        const ways = [0, 1, 2, 3, 4, 5].flatMap((indicator) => {
          const bits = textBits(indicator, value);
          return bits === undefined ? [] : [{ indicator, bits }];
        });
        for (const { indicator, bits } of ways)
          expect(dataOf(withData(nibbles('10'), n(indicator, 3), n(value.length, 5), bits))).toEqual([['10', value]]);
        const best = ways.reduce((a, b) => (b.bits.length < a.bits.length ? b : a));
        const expected = withData(nibbles('10'), n(best.indicator, 3), n(value.length, 5), best.bits);
        expect(toHex(encode(ssccWith(['10', value]), 'SSCC+'))).toBe(toHex(expected));
      }),
      { numRuns: 400 },
    );
  });
});

const AT = 84;
/** +AIDC data of an SSCC+ that starts at bit 84, the code of their refusal, and the bit. */
const REFUSED: [why: string, data: string[], code: string, position: number][] = [
  ['indicator 6', [nibbles('10'), n(6, 3), n(1, 5), n(1, 7)], 'INDICATOR', AT + 8],
  ['indicator 7', [nibbles('10'), n(7, 3), n(1, 5), n(1, 7)], 'INDICATOR', AT + 8],
  ['length 0', [nibbles('10'), n(4, 3), n(0, 5), n(97, 7)], 'LENGTH', AT + 11],
  ['length above the maximum', [nibbles('10'), n(0, 3), n(21, 5), n(1, 70)], 'LENGTH', AT + 11],
  ['an integer above its digits', [nibbles('10'), n(0, 3), n(1, 5), n(10, 4)], 'RANGE', AT + 16],
  ['a fixed integer above its digits', [nibbles('3103'), n(1_000_000, 20)], 'RANGE', AT + 16],
  ['a counted number above its digits', [nibbles('37'), n(2, 4), n(100, 7)], 'RANGE', AT + 12],
  ['no digits counted', [nibbles('37'), n(0, 4), n(1, 8)], 'LENGTH', AT + 8],
  ['a pad inside URN Code 40', [nibbles('10'), n(5, 3), n(3, 5), n(1600 + 1 + 1, 16)], 'TERMINATOR', AT + 16],
  ['no pad behind URN Code 40', [nibbles('10'), n(5, 3), n(2, 5), n(1600 + 40 + 1 + 1, 16)], 'TERMINATOR', AT + 16],
  ['unit 0 of URN Code 40', [nibbles('10'), n(5, 3), n(3, 5), n(0, 16), '1'], 'RANGE', AT + 16],
  ['unit 64001 of URN Code 40', [nibbles('10'), n(5, 3), n(3, 5), n(64_001, 16)], 'RANGE', AT + 16],
  ['a space', [nibbles('10'), n(4, 3), n(1, 5), n(32, 7)], 'CHARACTER', AT + 8],
  ['NUL', [nibbles('10'), n(4, 3), n(2, 5), n(97, 7), n(0, 7), '00000001'], 'CHARACTER', AT + 8],
  ['lower case in set 39', [nibbles('8010'), nibbles('9524E'), n(4, 3), n(1, 5), n(97, 7)], 'CHARACTER', AT + 16],
  ['a nibble A in an AI', [nibbles('1A'), n(1, 8)], 'CHARACTER', AT + 4],
  ['a nibble F in an AI', [nibbles('F1'), n(1, 8)], 'CHARACTER', AT],
  ['a nibble B in a long AI', [nibbles('310B'), n(1, 20)], 'CHARACTER', AT + 12],
  ['an AI that does not exist', [nibbles('89'), n(1, 8)], 'UNKNOWN_AI', AT],
  ['an AI without a layout', [nibbles('3106'), n(1, 20)], 'UNKNOWN_AI', AT],
  ['the AI of the scheme itself', [nibbles('00'), nibbles(SSCC)], 'AI_REPEATED', AT],
  ['an AI twice', [nibbles('20'), n(1, 7), nibbles('20'), n(1, 7)], 'AI_REPEATED', AT + 15],
  ['a digit A', [nibbles('410'), nibbles('952432100002A')], 'CHARACTER', AT + 12 + 48],
  ['a wrong check digit', [nibbles('410'), nibbles('9524321000027')], 'CHECK_DIGIT', AT + 12],
  ['no AI, yet bits', ['00000000', n(1, 20)], 'ZERO_BITS', AT],
  ['month 13', [nibbles('17'), n(26, 7), n(13, 4), n(1, 5)], 'DATE', AT + 8],
  ['month 0', [nibbles('17'), n(26, 7), n(0, 4), n(1, 5)], 'DATE', AT + 8],
  ['day 0 where a day is wanted', [nibbles('7006'), n(26, 7), n(1, 4), n(0, 5)], 'DATE', AT + 16],
  ['30 February', [nibbles('17'), n(24, 7), n(2, 4), n(30, 5)], 'DATE', AT + 8],
  ['year 100', [nibbles('17'), n(100, 7), n(1, 4), n(1, 5)], 'DATE', AT + 8],
  ['hour 24', [nibbles('7003'), n(24, 7), n(1, 4), n(1, 5), n(24, 5), n(0, 6)], 'AI_VALUE', AT + 16],
  ['minute 60', [nibbles('7003'), n(24, 7), n(1, 4), n(1, 5), n(23, 5), n(60, 6)], 'AI_VALUE', AT + 16],
  ['precision 3', [nibbles('8008'), '11', n(24, 7), n(1, 4), n(1, 5), n(23, 5)], 'INDICATOR', AT + 16],
  [
    'text of digits behind digits',
    [nibbles('8004'), nibbles('9524E'), n(0, 3), n(1, 5), n(7, 4)],
    'TERMINATOR',
    AT + 36,
  ],
  ['nibble A in a GIAI', [nibbles('8004'), nibbles('9524AF')], 'CHARACTER', AT + 32],
  ['a GIAI without digits', [nibbles('8004'), nibbles('E'), n(4, 3), n(1, 5), n(97, 7)], 'AI_VALUE', AT + 16],
  ['a GIAI of 31 digits', [nibbles('8004'), nibbles(`${'1'.repeat(31)}F`)], 'LENGTH', AT + 16 + 30 * 4],
  ['a sequence above nine', [nibbles('7258'), nibbles('1A')], 'CHARACTER', AT + 20],
];

describe('refused bits', () => {
  test.each(REFUSED)('%s', (_, data, code, position) => {
    expect(codeOf(() => decode(withData(...data)))).toEqual([code, position]);
  });

  test('bits that end inside a value', () => {
    const bytes = withData(nibbles('10'), n(4, 3), n(3, 5), n(97, 7), n(98, 7), n(99, 7));
    for (let bits = AT + 8; bits < AT + 37; bits++) expect(codeOf(() => decode(bytes, bits))[0]).toBe('TRUNCATED');
    expect(decode(bytes, AT + 37).aidc).toEqual([['10', 'abc']]);
    for (let bits = 8; bits < AT; bits++)
      expect(codeOf(() => decode(bytes, bits))).toEqual(['TRUNCATED', expect.anything()]);
  });

  test('date types 7 to 15 of a DSGTIN', () => {
    for (let type = 0; type < 16; type++) {
      const date = n(26, 7) + n(7, 4) + n(15, 5);
      const bytes = toBytes(
        n(0xfb, 8) + '0001' + n(type, 4) + date + nibbles('09524321000019') + n(0, 3) + n(1, 5) + n(7, 4),
      );
      if (type > 6) expect(codeOf(() => decode(bytes))).toEqual(['RANGE', 12]);
      else expect(decode(bytes).id.ais[2]).toEqual([DATE_AIS[type], '260715']);
    }
  });
});

describe('what a tag may say though no element string may', () => {
  test('piece 7 of 5', () => {
    const bytes = toBytes(n(0xf3, 8) + '0000' + nibbles('095243210000190705') + n(0, 3) + n(1, 5) + n(1, 4));
    expect(decode(bytes).id.ais).toEqual([
      ['8006', '095243210000190705'],
      ['21', '1'],
    ]);
    expect(codeOf(() => parse('(8006)095243210000190705(21)1'))[0]).toBe('AI_VALUE');
  });

  test('a country of no list, and AIs that may not stand together', () => {
    expect(dataOf(withData(nibbles('422'), n(1, 10)))).toEqual([['422', '001']]);
    expect(dataOf(withData(nibbles('17'), n(26, 7), n(7, 4), n(1, 5), nibbles('37'), n(1, 4), n(5, 4)))).toEqual([
      ['17', '260701'],
      ['37', '5'],
    ]);
  });

  test('relations bind element strings, yet not the data of a + tag', () => {
    const value = '(01)09524321000019(21)7(37)12';
    expect(answer({ value })).toMatchObject({ ok: false, refusal: { code: 'AI_RELATION' } });
    expect(answer({ value, encode: 'SGTIN+' })).toMatchObject({ ok: true, forms: { aidc: [['37', '12']] } });
    expect(answer({ value, encode: 'SGTIN-96', gcpLength: 7 })).toMatchObject({ refusal: { code: 'AI_RELATION' } });
  });
});

const CORPUS = new URL('../../../shared/corpus/epc/facts-ai-encoding.json', import.meta.url);
interface Fact {
  ai: string;
  parts: { method: string; chars?: number; max?: number; bits?: number; lengthBits?: number }[];
}
const LETTERS: Record<string, string> = {
  '14.5.2': 'i',
  '14.5.4': 'n',
  '14.5.5': 't',
  '14.5.6': 'a',
  '14.5.7': 'b',
  '14.5.8': 'd',
  '14.5.9': 'm',
  '14.5.10': 'r',
  '14.5.11': 'p',
  '14.5.12': 'c',
  '14.5.13': 'v',
  '14.5.14': 's',
  '14.5.15': 'q',
};

test.runIf(existsSync(CORPUS))('the table says what the published one says', () => {
  const facts = (JSON.parse(readFileSync(CORPUS, 'utf8')) as { ais: Fact[] }).ais;
  const ours = AI_BITS_ROWS.trim()
    .split('\n')
    .flatMap((line) => {
      const [range, ...parts] = line.split(' ');
      return expandAis(range!).map((ai) => `${ai} ${parts.join(' ')}`);
    });
  const theirs = facts.map(({ ai, parts }) => {
    const words = parts.map(({ method, chars, max }) => {
      const letter = LETTERS[method]!;
      return 'inatv'.includes(letter) ? `${letter}${chars ?? max}` : letter;
    });
    return `${ai} ${words.join(' ')}`;
  });
  expect(ours.toSorted()).toEqual(theirs.toSorted());
  for (const { ai, parts } of facts)
    for (const { method, chars, bits, max, lengthBits } of parts) {
      if (method === '14.5.2') expect(log10(chars!), ai).toBe(bits);
      if (lengthBits) expect(Math.ceil(Math.log2(max! + 1)), ai).toBe(lengthBits);
    }
  expect(AI_TABLE.size).toBeGreaterThan(facts.length);
});
