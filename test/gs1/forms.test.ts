import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answer,
  decode,
  encode,
  fromHex,
  parse,
  parseTagUri,
  toElementString,
  toHex,
  toLink,
  toTagUri,
  toUrn,
} from '../../src/gs1/index.ts';
import { LAYOUTS } from '../../src/gs1/layout.ts';
import { FITTING, FITTING_REFERENCE, fields, isPieceAboveTotal, urn, urnOf } from './arbitrary.ts';

/** One value of each binary scheme in every form; the products are of our own invention. */
const ROWS: [hex: string, tag: string, elements?: string, link?: string][] = [
  ['3034257BF4000A4000000007', 'sgtin-96:1.0614141.000041.7', '(01)00614141000418(21)7', '01/00614141000418/21/7'],
  [
    '300039324330907FFFFFFFFF',
    'sgtin-96:0.061414100004.1.274877906943',
    '(01)10614141000040(21)274877906943',
    '01/10614141000040/21/274877906943',
  ],
  [
    '367645518586BEE6375F8546252B928000000000000000000000',
    'sgtin-198:3.9524321.400123.L7/a(b).%',
    '(01)49524321001236(21)L7/a\\(b).%',
    '01/49524321001236/21/L7%2Fa%28b%29.%25',
  ],
  ['315645518400000011000000', 'sscc-96:2.9524321.0000000017', '(00)095243210000000170', '00/095243210000000170'],
  ['321645518400040000000000', 'sgln-96:0.9524321.00002.0', '(414)9524321000026', '414/9524321000026'],
  ['32037705820A880000000011', 'sgln-96:0.952432100002..17', '(414)9524321000026(254)17', '414/9524321000026/254/17'],
  [
    '39164551840005137E3D6E9A0000000000000000000000000000',
    'sgln-195:0.9524321.00002.Dock:4',
    '(414)9524321000026(254)Dock:4',
    '414/9524321000026/254/Dock%3A4',
  ],
  ['331645518400190000000063', 'grai-96:0.9524321.00100.99', '(8003)0952432100100999', '8003/0952432100100999'],
  [
    '3716455184001918415ADC0000000000000000000000',
    'grai-170:0.9524321.00100.0A-7',
    '(8003)095243210010090A-7',
    '8003/095243210010090A-7',
  ],
  [
    '343645518600000000000001',
    'giai-96:1.9524321.144115188075855873',
    '(8004)9524321144115188075855873',
    '8004/9524321144115188075855873',
  ],
  [
    '381645518583062C9FF800000000000000000000000000000000',
    'giai-202:0.9524321.0012?x',
    '(8004)95243210012?x',
    '8004/95243210012%3Fx',
  ],
  ['2D1645518400000005000000', 'gsrn-96:0.9524321.0000000005', '(8018)952432100000000059', '8018/952432100000000059'],
  ['2E1645518400000005000000', 'gsrnp-96:0.9524321.0000000005', '(8017)952432100000000059', '8017/952432100000000059'],
  ['2C36455184000E0000000005', 'gdti-96:1.9524321.00007.5', '(253)95243210000715', '253/95243210000715'],
  ['3A36455184000E000000000001F68000', 'gdti-113:1.9524321.00007.005', '(253)9524321000071005', '253/9524321000071005'],
  [
    '3E36455184000FE15F90000000000000000000000000',
    'gdti-174:1.9524321.00007.x+y',
    '(253)9524321000071x+y',
    '253/9524321000071x%2By',
  ],
  ['3C164551840008020000000C', 'cpi-96:0.9524321.4100.12', '(8010)95243214100(8011)12', '8010/95243214100/8011/12'],
  [
    '3D164551841B718EFE40000000000C00',
    'cpi-var:0.9524321.A-1#/9.12',
    '(8010)9524321A-1#/9(8011)12',
    '8010/9524321A-1%23%2F9/8011/12',
  ],
  ['3F164551840006000000271C', 'sgcn-96:0.9524321.00003.0012', '(255)95243210000330012', '255/95243210000330012'],
  [
    '4096455184000041030000000160',
    'itip-110:4.9524321.000001.02.03.88',
    '(8006)095243210000190203(21)88',
    '8006/095243210000190203/21/88',
  ],
  [
    '419645518400004103F17DC000000000000000000000000000000000',
    'itip-212:4.9524321.000001.02.03.x_8',
    '(8006)095243210000190203(21)x_8',
    '8006/095243210000190203/21/x_8',
  ],
  ['35FFFFFFF000000FFFFFFFFF', 'gid-96:268435455.0.68719476735'],
  ['2F5203141423243000000009', 'usdod-96:5.1AB2C.9'],
  ['2FF573831583943FFFFFFFFF', 'usdod-96:15.W81X9C.68719476735'],
  ['3B320C410B20C08F7B410000', 'adi-var:12.1AB2C..#7-A'],
  ['3BFD7E316390D005252FC40C0000', 'adi-var:63.W81X9C.PART/1.0'],
];
const escape = (tag: string) => tag.replace(/["#%&/<>?]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

describe('each binary scheme in every form', () => {
  test.each(ROWS)('%s %s', (hex, tag, elements, link) => {
    const uri = `urn:epc:tag:${escape(tag)}`;
    const read = parseTagUri(uri);
    const bytes = encode(read.id, read.scheme, read.filter);
    expect(toHex(bytes)).toBe(hex);
    expect(decode(bytes)).toEqual(read);
    expect(toTagUri(read)).toBe(uri);
    expect(toElementString(read.id)).toBe(elements);
    expect(toLink(read.id)).toBe(link && `https://id.gs1.org/${link}`);
    for (const form of [elements, toLink(read.id)])
      if (form) expect(parse(form, { gcpLength: read.id.gcpLength! })).toEqual(read.id);
  });

  test('no binary scheme is without a sample', () => {
    const sampled = new Set(ROWS.map(([, tag]) => tag.slice(0, tag.indexOf(':'))));
    expect(LAYOUTS.map(({ scheme }) => scheme.toLowerCase()).filter((name) => !sampled.has(name))).toEqual([]);
  });
});

describe('round trips', () => {
  test.each(LAYOUTS.map((layout) => [layout.scheme, layout] as const))('%s', (scheme, layout) => {
    const values = fields(layout.urn, FITTING[scheme], FITTING_REFERENCE[scheme]);
    fc.assert(
      fc.property(values, fc.nat(2 ** layout.filterBits - 1), (given, filter) => {
        const id = parse(urnOf(layout.urn, given));
        const bytes = encode(id, scheme, filter);
        const tag = decode(bytes);
        expect(tag).toEqual({ scheme, id, ...(layout.filterBits > 0 && { filter }) });
        expect(decode(Uint8Array.from([...bytes, 0, 0]))).toEqual(tag);
        expect(parseTagUri(toTagUri(tag)!)).toEqual(tag);
        if (layout.bits > 0) expect(() => decode(bytes, layout.bits - 1)).toThrow(/bits/);
      }),
      { numRuns: 150 },
    );
  });

  test('URN to link, to element string and back', () => {
    fc.assert(
      fc.property(urn, (uri) => {
        const id = parse(uri);
        expect(toUrn(id)).toBe(uri);
        for (const form of [toLink(id), toElementString(id)]) {
          if (form === undefined) expect(id.ais).toEqual([]);
          else if (!isPieceAboveTotal(uri)) expect(parse(form, { gcpLength: id.gcpLength! })).toEqual(id);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('any bits are refused with a code or give themselves back', () => {
    const bits = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 32 }),
      fc
        .tuple(fc.constantFrom(...LAYOUTS.map(({ header }) => header)), fc.uint8Array({ minLength: 11, maxLength: 27 }))
        .map(([header, rest]) => Uint8Array.from([header, ...rest])),
    );
    fc.assert(
      fc.property(bits, (bytes) => {
        const hex = toHex(bytes);
        const given = answer({ value: hex });
        if (!given.ok) expect(given.refusal.code).toMatch(/^[A-Z_]+$/);
        else {
          const shown = given.forms.hex!;
          const length = Math.min(shown.length, hex.length);
          expect(shown.slice(0, length)).toBe(hex.slice(0, length));
          expect(shown.slice(length)).toMatch(/^0*$/);
          expect(answer({ value: given.forms.tagUri!, encode: given.forms.scheme })).toMatchObject({
            forms: { hex: shown },
          });
        }
      }),
      { numRuns: 5000 },
    );
  });
});

test('hexadecimal input: case, half bytes, length', () => {
  const lower = answer({ value: '3034257bf4000a4000000007' });
  expect(lower).toEqual(answer({ value: '3034257BF4000A4000000007' }));
  expect(fromHex('ABC')).toEqual({ bytes: Uint8Array.of(0xab, 0xc0), bits: 12 });
  expect(answer({ value: '0'.repeat(5000) })).toMatchObject({ ok: false, refusal: { code: 'TOO_LONG' } });
});
