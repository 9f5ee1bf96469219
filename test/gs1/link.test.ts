import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkDigit,
  identify,
  keyOf,
  keyOfUri,
  nameOfUri,
  parse,
  toElementString,
  toLink,
  uriOfKey,
} from '../../src/gs1/index.ts';
import { SET_82_CHARACTERS, digits, text } from './arbitrary.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const digitBits = (count: number) => Math.ceil(count * Math.log2(10) + 0.01);
const bits = (value: bigint | number, count: number) => BigInt(value).toString(2).padStart(count, '0');
const number = (value: string, count = value.length) => bits(BigInt(value === '' ? 0 : value), digitBits(count));
const pack = (all: string) =>
  (all.padEnd(Math.ceil(all.length / 6) * 6, '0').match(/.{6}/g) ?? [])
    .map((six) => ALPHABET[Number(`0b${six}`)])
    .join('');
const ai = (name: string) =>
  Array.from(name)
    .map((digit) => bits(Number(digit), 4))
    .join('');

/** Ways to write text, by the number of the encoding; undefined where the text has other characters. */
const ENCODINGS: ((value: string) => string | undefined)[] = [
  (v) => (/^\d+$/.test(v) ? number(v) : undefined),
  (v) =>
    /^[0-9a-f]+$/.test(v)
      ? Array.from(v)
          .map((c) => bits(Number.parseInt(c, 16), 4))
          .join('')
      : undefined,
  (v) =>
    /^[0-9A-F]+$/.test(v)
      ? Array.from(v)
          .map((c) => bits(Number.parseInt(c, 16), 4))
          .join('')
      : undefined,
  (v) =>
    /^[\w-]+$/.test(v)
      ? Array.from(v)
          .map((c) => bits(ALPHABET.indexOf(c), 6))
          .join('')
      : undefined,
  (v) =>
    Array.from(v)
      .map((c) => bits(c.charCodeAt(0), 7))
      .join(''),
];
const textOf = (value: string, encoding: number) =>
  `${bits(encoding, 3)}${bits(value.length, 5)}${ENCODINGS[encoding]!(value)}`;

const gtin = digits(13).map((body) => body + checkDigit(body));
const value = fc.oneof(digits(1, 20), text('0123456789abcdef', 1, 20), text(SET_82_CHARACTERS, 1, 20));

describe('compressed links', () => {
  test('every way to write a serial and a lot comes back', () => {
    fc.assert(
      fc.property(gtin, value, value, (item, lot, serial) => {
        const plain = toLink(parse(`(01)${item}(10)${lot.replaceAll('(', '\\(')}(21)${serial.replaceAll('(', '\\(')}`));
        ENCODINGS.forEach((encode, encoding) => {
          if (encode(lot) === undefined) return;
          const last = ENCODINGS.findLastIndex((other) => other(serial) !== undefined);
          const packed = pack(
            ai('01') + number(item) + ai('10') + textOf(lot, encoding) + ai('21') + textOf(serial, last),
          );
          expect(toLink(parse(`https://id.gs1.org/${packed}`))).toBe(plain);
        });
      }),
    );
  });

  /** Made by GS1's own software. */
  const KNOWN: [compressed: string, plain: string][] = [
    ['AQnYUc1gmiCNV4JG', '/01/05412345000013/10/ABC123'],
    ['01/05412345000013/EEarwSM', '/01/05412345000013/10/ABC123'],
    ['AN2yxDhfaiaw', '/00/998440410914660971'],
    ['JTLIetaiHYA', '/253/3060077601309'],
    ['JVUqG5hJ5wA', '/255/5678409730535'],
    ['QUSaVjC_dHBAVlCrg', '/414/5060917510004/7040/5KFX'],
    ['JUa0T-eifdtOO9UFEmlYwv3Q', '/414/5060917510004/254/RP56J920471'],
    ['gBCVYNWjFkzaNWbdk5YQWjFHHkM2cAI0xdvpGo', '/8010/0541234537290A41%23GH33/8011/6639047221'],
    ['gBe1ajAd9ATDmAGXPRfk', '/8017/817019610850151481/8019/4003812'],
  ];
  test.each(KNOWN)('%s', (compressed, plain) => {
    expect(toLink(parse(`https://example.com/some/path/${compressed}`))).toBe(`https://id.gs1.org${plain}`);
  });

  test('a code for a sequence of AIs; parameters of others are passed over; the rest in the query', () => {
    const item = number('09524321000019');
    const foreign = `1111${bits(3, 7)}${bits(0, 18)}000${bits(2, 7)}${number('42')}`;
    const packed = pack(`00001100${item}${textOf('7', 0)}${foreign}`);
    expect(toElementString(parse(`https://id.gs1.org/${packed}?17=270131&x=y`))).toBe(
      '(01)09524321000019(21)7(17)270131',
    );
  });

  test('the sequence 1A in either order, and refused where both make sense', () => {
    const start = `00011010${number('09524321000019')}${textOf('A', 3)}`;
    const sorted = pack(`${start}${number('270131')}${textOf('7', 0)}`);
    const printed = pack(`${start}${textOf('7', 0)}${number('270131')}`);
    for (const packed of [sorted, printed])
      expect(toElementString(parse(`https://id.gs1.org/${packed}`))).toBe('(01)09524321000019(10)A(21)7(17)270131');
  });

  test.each([
    'AQnYUc1gm', // cut
    'AQnYUc1gmh', // check digit
    'AQnYUc1gmiCNV4JGAA', // too long
    'AQnYUc1gm_', // bits left over
    'about',
    'F',
    '_____________',
    'A'.repeat(2000),
  ])('%s is none', (path) => {
    expect(() => parse(`https://id.gs1.org/${path}`)).toThrow(/no key and value|at most/);
  });

  test('no text makes the reader stumble', () => {
    fc.assert(
      fc.property(text(ALPHABET, 1, 60), (path) => {
        expect(identify(`https://id.gs1.org/${path}`)).toHaveProperty('ok');
      }),
      { numRuns: 2000 },
    );
  });
});

test('an EPC in a link', () => {
  for (const path of ['eh3034257BF4000A4000000007', 'eh/3034257BF4000A4000000007', 'exMDQle_QACkAAAAAH'])
    expect(toLink(parse(`https://example.com/${path}`))).toBe('https://id.gs1.org/01/00614141000418/21/7');
  expect(() => parse('https://example.com/eh30')).toThrow(/no key/);
});

test('a host of its own stays as an alias and is no part of the identity', () => {
  const link = 'https://shop.example.com/de/01/9524321000019/21/7?lang=de';
  const id = parse(link);
  expect(id.alias).toBe(link);
  expect(uriOfKey(keyOf(id))).toBe('https://id.gs1.org/01/09524321000019/21/7');
  expect(parse('https://id.gs1.org/01/09524321000019/21/7').alias).toBeUndefined();
});

test('only at GS1 is an unreadable path taken for a compressed link in events', () => {
  const uri = (of: string) => uriOfKey(keyOfUri(of).key);
  expect(uri('https://id.gs1.org/AQnYUc1gmg')).toBe('https://id.gs1.org/01/05412345000013');
  expect(uri('https://example.com/obj/AQnYUc1gmg')).toBe('https://example.com/obj/AQnYUc1gmg');
  expect(() => keyOfUri('https://id.gs1.org/about')).toThrow(/no key/);
});

describe('names of Digital Link 1.0 and 1.1', () => {
  test('are refused where a standard form is asked for', () => {
    expect(() => parse('https://id.gs1.org/gtin/09524321000019')).toThrow(/no key/);
  });

  test.each([
    ['https://example.com/gtin/9524321000019/lot/A7?exp=270131', '(01)09524321000019(10)A7(17)270131'],
    ['https://example.com/x/gtin/9524321000019/cpv/B/ser/7#a', '(01)09524321000019(22)B(21)7'],
    ['https://example.com/cpid/9524321ABC/cpsn/7', '(8010)9524321ABC(8011)7'],
  ])('are understood where anything is: %s', (link, elements) => {
    const given = identify(link);
    expect(given.ok && toElementString(given.id)).toBe(elements);
    expect(given.ok && given.id.alias).toBe(link);
  });
});

test('short names for pages', () => {
  const NAMES: [uri: string, name: string | undefined][] = [
    ['urn:epc:id:sgtin:9524321.000001.A%2F7', 'A/7'],
    ['urn:epc:class:lgtin:9524321.000001.L1', 'L1'],
    ['https://example.com/01/9524321000019', '09524321000019'],
    ['https://id.gs1.org/01/09524321000019/10/L1/21/7', 'L1'],
    ['urn:epc:id:gid:1.2.3', undefined],
    ['urn:uuid:6f1a', undefined],
  ];
  for (const [uri, name] of NAMES) expect(nameOfUri(uri), uri).toBe(name);
  expect(() => nameOfUri('https://example.com/pallet/7')).toThrow(/no key/);
});
