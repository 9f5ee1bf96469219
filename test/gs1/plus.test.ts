import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AI_BITS_ROWS } from '../../src/gs1/ai-table-bits.ts';
import { AI_TABLE } from '../../src/gs1/ai.ts';
import { type Tag, encodeTag } from '../../src/gs1/binary.ts';
import type { Element, Id } from '../../src/gs1/id.ts';
import {
  Gs1Error,
  answer,
  decode,
  encode,
  fromHex,
  keyOf,
  keyOfEpc,
  keyText,
  parse,
  toHex,
  uriOfEpc,
} from '../../src/gs1/index.ts';
import { DATE_AIS, PLUS_SCHEMES, type PlusScheme } from '../../src/gs1/plus-schemes.ts';
import { expandAis } from '../../src/gs1/plus-value.ts';
import { SET_82_CHARACTERS, text } from './arbitrary.ts';
import { elementOf } from './plus-arbitrary.ts';

/** A number in so many bits, as text: the tests' own way to write bits. */
const n = (value: number | bigint, count: number): string => value.toString(2).padStart(count, '0');
const nibbles = (digits: string): string => Array.from(digits, (digit) => n(Number.parseInt(digit, 16), 4)).join('');
const toBytes = (bits: string): Uint8Array =>
  Uint8Array.from(bits.padEnd(Math.ceil(bits.length / 16) * 16, '0').match(/.{8}/g)!, (byte) => Number(`0b${byte}`));
const bitsOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => n(byte, 8)).join('');

const SSCC = '095243210000000170';
/** An SSCC+ whose +AIDC data are these bits. */
const withData = (...data: string[]): Uint8Array => toBytes(n(0xf9, 8) + '1000' + nibbles(SSCC) + data.join(''));
const dataOf = (bytes: Uint8Array): readonly Element[] | undefined => decode(bytes).aidc;
const ssccWith = (...ais: Element[]): Id => ({ kind: 'SSCC', ais: [['00', SSCC], ...ais] });
const codeOf = (call: () => unknown): (string | number)[] => {
  try {
    call();
  } catch (error) {
    if (error instanceof Gs1Error) return [error.code, ...(error.position === undefined ? [] : [error.position])];
    throw error;
  }
  return ['none'];
};

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

const HOSTS = [
  'id.example.com',
  'a.cn',
  'www.x-1.org.cn',
  'a-long-name.of.our-own.example',
  'qr.example.tech',
  'x.eco',
];
/** Elements of what a scheme names: its own AIs, and its date. */
const named = (scheme: PlusScheme): fc.Arbitrary<Element[]> => {
  const dates = fc.constantFrom(...DATE_AIS).chain(elementOf);
  const parts = [...scheme.ais.map(elementOf), ...(scheme.isDated ? [dates] : [])];
  return fc
    .tuple(...parts)
    .filter((elements) => !scheme.isDated || elements.at(-1)![1].length === 6)
    .map((elements) => elements.filter(([ai, value]) => ai !== '254' || value !== '0'));
};
const DATA_AIS = [
  '10',
  '11',
  '17',
  '22',
  '250',
  '30',
  '3103',
  '37',
  '400',
  '4330',
  '7003',
  '7023',
  '8008',
  '8020',
  '91',
];
const data = (most: number) =>
  fc
    .uniqueArray(fc.constantFrom(...DATA_AIS), { maxLength: most })
    .chain((ais) =>
      fc.tuple(...ais.map((ai) => (ai === '91' ? text('Ab1-', 1, 10).map((v): Element => ['91', v]) : elementOf(ai)))),
    );

interface Case {
  scheme: PlusScheme;
  id: Id;
  filter: number;
  host: string | undefined;
  aidc: Element[];
}
const caseOf = (scheme: PlusScheme, most = 2): fc.Arbitrary<Case> =>
  fc.tuple(named(scheme), data(most), fc.nat(7), fc.constantFrom(...HOSTS)).map(([own, more, filter, host]) => {
    const aidc = more.filter(([ai]) => !own.some(([known]) => known === ai));
    return {
      scheme,
      id: { kind: scheme.kind, ais: [...own, ...aidc] },
      filter,
      host: scheme.hasHost ? host : undefined,
      aidc,
    };
  });
const tagOf = ({ scheme, id, filter, host, aidc }: Case): Tag => ({
  scheme: scheme.scheme,
  filter,
  id,
  aidc,
  ...(host !== undefined && { host }),
});
const encodeCase = ({ scheme, id, filter, host }: Case): Uint8Array => encode(id, scheme.scheme, filter, { host });
const fits = (made: Case): boolean => codeOf(() => encodeCase(made))[0] !== 'TOO_LONG';

describe.each(PLUS_SCHEMES.map((scheme) => [scheme.scheme, scheme] as const))('%s', (name, scheme) => {
  const cases = caseOf(scheme).filter(fits);

  test('there and back, with filter, host and data', () => {
    fc.assert(
      fc.property(cases, (made) => {
        const bytes = encodeCase(made);
        expect(bytes[0]).toBe(scheme.header);
        expect(bytes.length % 2).toBe(0);
        expect(bytes[1]! >> 7).toBe(made.aidc.length > 0 ? 1 : 0);
        expect(decode(bytes)).toEqual(tagOf(made));
        const padded = Uint8Array.from([...bytes, ...Array.from({ length: 20 }, () => 0)]);
        expect(decode(padded)).toEqual(tagOf(made));
        const toggled = Uint8Array.from(bytes, (byte, i) => (i === 1 ? byte ^ 128 : byte));
        expect(decode(toggled)).toEqual(tagOf(made));
      }),
      { numRuns: 60 },
    );
  });

  test('every form of an answer, asked back', () => {
    fc.assert(
      fc.property(cases, (made) => {
        const hex = toHex(encodeCase(made));
        const given = answer({ value: hex });
        if (!given.ok) throw new Error(given.refusal.message);
        const { forms } = given;
        expect(forms).toMatchObject({ scheme: name, hex, filter: made.filter });
        expect(forms).not.toHaveProperty('tagUri');
        expect(forms).not.toHaveProperty('pureIdentity');
        expect(forms.aidc ?? []).toEqual(made.aidc);
        const back = { encode: name, filter: made.filter, ...(made.host !== undefined && { host: made.host }) };
        expect(answer({ value: forms.elementString!, ...back })).toMatchObject({ ok: true, forms });
        if (forms.digitalLink === undefined) return;
        const fromLink = answer({ value: forms.digitalLink, encode: name, filter: made.filter });
        expect(fromLink).toMatchObject({ ok: true, forms: { digitalLink: forms.digitalLink } });
      }),
      { numRuns: 40 },
    );
  });

  test('cut bits are refused, or lose data of zeros alone', () => {
    fc.assert(
      fc.property(cases, fc.nat(), (made, at) => {
        const bytes = encodeCase(made);
        const last = bitsOf(bytes).lastIndexOf('1');
        const bits = 8 + (at % (last - 8 + 1));
        let read: Tag;
        try {
          read = decode(bytes, bits);
        } catch (error) {
          expect(error).toBeInstanceOf(Gs1Error);
          return;
        }
        // cut between two AIs: the identity is whole, and what is left of the data too
        expect(keyText(keyOf(read.id))).toBe(keyText(keyOf(made.id)));
        expect(made.aidc.slice(0, read.aidc!.length)).toEqual(read.aidc);
        expect(read.aidc!.length).toBeLessThan(made.aidc.length);
      }),
      { numRuns: 60 },
    );
  });

  test('flipped bits are refused, or read as a tag that can be written', () => {
    fc.assert(
      fc.property(cases, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (made, places) => {
        const bytes = encodeCase(made);
        for (const place of places) {
          const at = 8 + (place % (bytes.length * 8 - 8));
          bytes[at >> 3]! ^= 128 >> (at & 7);
        }
        let read: Tag;
        try {
          read = decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Gs1Error);
          expect((error as Gs1Error).position).toBeLessThanOrEqual(bytes.length * 8);
          return;
        }
        const again = encodeTag(read.id, read.scheme, read.filter, { host: read.host });
        expect(decode(again.bytes)).toEqual(read);
        expect(again.bytes.length).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 120 },
    );
  });
});

describe('one thing, one key', () => {
  const key = (hex: string) => keyText(keyOf(decode(fromHex(hex).bytes).id));
  const encoded = (value: string, scheme: string, more: object = {}) => {
    const given = answer({ value, encode: scheme, gcpLength: 7, ...more });
    if (!given.ok) throw new Error(given.refusal.message);
    return given.forms.hex!;
  };

  test('whatever scheme, filter, host, date and data', () => {
    const plain = '(01)09524321000019(21)123';
    const keys = [
      encoded(plain, 'SGTIN-96'),
      encoded(plain, 'SGTIN-198', { filter: 3 }),
      encoded(plain, 'SGTIN+'),
      encoded(plain, 'SGTIN++', { host: 'id.example.com' }),
      encoded(`${plain}(17)260731`, 'DSGTIN+'),
      encoded(`${plain}(17)260731(10)L7`, 'DSGTIN++', { host: 'example.org', filter: 1 }),
      encoded(`${plain}(10)L7(3103)000100`, 'SGTIN+'),
    ].map(key);
    expect(new Set(keys)).toEqual(new Set([keyText(keyOf(parse(plain)))]));
  });

  test('bytes of a reader give the same key, and the link without data', () => {
    for (const scheme of ['SGTIN+', 'SGTIN++', 'DSGTIN+']) {
      const hex = encoded('(01)09524321000019(21)12/3(17)260731(91)x', scheme, { host: 'example.org' });
      const { bytes } = fromHex(hex);
      expect(keyOfEpc(bytes)).toEqual({ key: keyOf(decode(bytes).id), gcpLength: 0 });
      expect(uriOfEpc(bytes)).toBe('https://id.gs1.org/01/09524321000019/21/12%2F3');
    }
  });

  test('GSRN and GSRNP stay apart', () => {
    const number = '952432100000000059';
    expect(key(encoded(`(8018)${number}`, 'GSRN+'))).not.toBe(key(encoded(`(8017)${number}`, 'GSRNP+')));
  });

  test('a GLN without extension is written with extension 0', () => {
    const hex = encoded('(414)9524321000026', 'SGLN+');
    expect(hex).toBe(toHex(toBytes(n(0xf2, 8) + '0000' + nibbles('9524321000026') + n(0, 3) + n(1, 5) + n(0, 4))));
    expect(answer({ value: hex })).toMatchObject({ forms: { elementString: '(414)9524321000026' } });
  });
});

/** Questions that a `+` scheme cannot meet, and the code that says why. */
const UNMET: [value: string, scheme: string, code: string, more?: object][] = [
  ['(01)09524321000019', 'SGTIN+', 'SCHEME_MISMATCH'],
  ['(01)09524321000019(21)1', 'DSGTIN+', 'SCHEME_MISMATCH'],
  ['(01)09524321000019(21)1', 'SSCC+', 'SCHEME_MISMATCH'],
  ['(01)09524321000019(21)1', 'SGTIN++', 'HOST'],
  ['(01)09524321000019(21)1', 'SGTIN++', 'HOST', { host: 'exam_ple.com' }],
  ['(01)09524321000019(21)1', 'SGTIN++', 'HOST', { host: '' }],
  ['http://example.com/01/09524321000019/21/1', 'SGTIN++', 'HOST'],
  ['https://example.com:8443/01/09524321000019/21/1', 'SGTIN++', 'HOST'],
  ['https://example.com/shop/01/09524321000019/21/1', 'SGTIN++', 'HOST'],
  ['https://[2001:db8::1]/01/09524321000019/21/1', 'SGTIN++', 'HOST'],
  ['(01)09524321000019(21)1', 'SGTIN+', 'FILTER', { filter: 8 }],
  ['(01)09524321000019(21)1(717)1', 'SGTIN+', 'NO_FORM'],
  ['(01)09524321000019(21)1(253)9524321000026', 'SGTIN+', 'SCHEME_MISMATCH'],
  ['(01)09524321000019(21)1(7011)260731', 'SGTIN+', 'LENGTH'],
  ['(01)09524321000019(21)1(00)000000000000000000', 'SGTIN+', 'RANGE'],
  ['(8003)09524321000026', 'GRAI+', 'SCHEME_MISMATCH'],
  ['(253)9524321000026', 'GDTI+', 'SCHEME_MISMATCH'],
  ['(255)9524321000026', 'SGCN+', 'SCHEME_MISMATCH'],
  ['(8010)9524321A', 'CPI+', 'SCHEME_MISMATCH'],
  ['(8006)095243210000190102', 'ITIP+', 'SCHEME_MISMATCH'],
  ['urn:epc:idpat:sgtin:9524321.000001.*', 'SGTIN+', 'SCHEME_MISMATCH'],
  ['urn:epc:idpat:sgtin:9524321.*.*', 'SGTIN+', 'SCHEME_MISMATCH'],
  [`(00)${SSCC}(91)${'x/'.repeat(45)}`, 'SSCC+', 'TOO_LONG'],
  ['urn:epc:tag:sgtin+:1.9524321.000001.1', 'SGTIN+', 'UNKNOWN_SCHEME'],
];

test.each(UNMET)('%s as %s: %s', (value, scheme, code, more = {}) => {
  expect(answer({ value, encode: scheme, ...more })).toMatchObject({ ok: false, refusal: { code } });
});

test('496 bits, 464 beside an XPC', () => {
  // 84 bits of SSCC, 8 + 3 + 7 of the AI and 7 a character: 56 characters fit, 51 beside an XPC
  const ask = (characters: number, xpc: boolean) =>
    answer({ value: `(00)${SSCC}(91)${'/'.repeat(characters)}`, encode: 'SSCC+', xpc });
  expect(ask(56, false)).toMatchObject({ ok: true });
  expect(ask(57, false)).toMatchObject({ refusal: { code: 'TOO_LONG' } });
  expect(ask(51, true)).toMatchObject({ ok: true });
  expect(ask(52, true)).toMatchObject({ refusal: { code: 'TOO_LONG' } });
});

test('a rest of zeros is filling however long it is', () => {
  const bytes = encode(ssccWith(), 'SSCC+');
  for (const more of [0, 9, 10, 20, 40]) {
    const padded = Uint8Array.from([...bytes, ...Array.from({ length: more }, () => 0)]);
    expect(decode(padded)).toMatchObject({ id: ssccWith(), aidc: [] });
  }
  const item: Id = {
    kind: 'SGTIN',
    ais: [
      ['01', '09524321000019'],
      ['21', '1'],
      ['00', SSCC],
    ],
  };
  expect(decode(encode(item, 'SGTIN+')).id).toEqual(item);
});

test('a + tag comes out as it was given, to whole words', () => {
  // indicator 4 where 0 would do
  const bits = n(0xf7, 8) + '0011' + nibbles('09524321000019') + n(4, 3) + n(2, 5) + n(49, 7) + n(50, 7);
  const hex = toHex(toBytes(bits));
  expect(answer({ value: hex.toLowerCase() })).toMatchObject({
    forms: { hex, elementString: '(01)09524321000019(21)12' },
  });
  expect(answer({ value: hex, encode: 'SGTIN+' })).toMatchObject({
    forms: { hex: toHex(toBytes(n(0xf7, 8) + '0011' + nibbles('09524321000019') + n(0, 3) + n(2, 5) + n(12, 7))) },
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
