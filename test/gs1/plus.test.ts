import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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
import { text, urn } from './arbitrary.ts';
import { elementOf } from './plus-arbitrary.ts';
import { SSCC, bitsOf, codeOf, n, nibbles, ssccWith, toBytes } from './plus-bits.ts';

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
        // a code inside a host name is read and not written: such a name may need more bits than there are
        const code = codeOf(() => encodeTag(read.id, read.scheme, read.filter, { host: read.host }))[0];
        if (scheme.hasHost && (code === 'HOST' || code === 'TOO_LONG')) return;
        const again = encodeTag(read.id, read.scheme, read.filter, { host: read.host });
        expect(decode(again.bytes)).toEqual(read);
        if (!scheme.hasHost) expect(again.bytes.length).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 120 },
    );
  });
});

test('every URN of a kind with + schemes goes into each of them, its key with it', () => {
  const schemes = PLUS_SCHEMES.filter(({ isDated }) => !isDated);
  const withScheme = urn.map((uri) => parse(uri)).filter((id) => schemes.some(({ kind }) => kind === id.kind));
  fc.assert(
    fc.property(withScheme, (id) => {
      for (const { scheme, hasHost } of schemes.filter(({ kind }) => kind === id.kind)) {
        const read = decode(encode(id, scheme, 0, { host: 'example.org' }));
        expect(read.id).toEqual({ kind: id.kind, ais: id.ais });
        expect(read.host).toBe(hasHost ? 'example.org' : undefined);
        expect(keyText(keyOf(read.id))).toBe(keyText(keyOf(id)));
      }
    }),
    { numRuns: 300 },
  );
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

test('a + tag into a classic scheme, where the company prefix length is told', () => {
  const value = toHex(encode(parse('(01)09524321000019(21)123'), 'SGTIN+', 1));
  expect(answer({ value, encode: 'SGTIN-96' })).toMatchObject({ refusal: { code: 'GCP_LENGTH' } });
  expect(answer({ value, encode: 'SGTIN-96', gcpLength: 7 })).toMatchObject({
    forms: { tagUri: 'urn:epc:tag:sgtin-96:1.9524321.000001.123' },
  });
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
