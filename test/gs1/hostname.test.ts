import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ENDS_14_BIT, ENDS_7_BIT, STARTS_7_BIT } from '../../src/gs1/hostname-table.ts';
import { hostOfLink, putHost, takeHost } from '../../src/gs1/hostname.ts';
import { Gs1Error } from '../../src/gs1/index.ts';

const BYTES = 64;
const n = (value: number, count: number): string => value.toString(2).padStart(count, '0');
const ascii = (text: string): string => Array.from(text, (c) => n(c.charCodeAt(0), 7)).join('');
const units = (count: number, bits: string): string => `1${n(count, 6)}${bits}`;

function write(host: string): string {
  const cursor = { bytes: new Uint8Array(BYTES), length: BYTES * 8, at: 0 };
  putHost(cursor, host);
  return Array.from(cursor.bytes, (byte) => n(byte, 8))
    .join('')
    .slice(0, cursor.at);
}

function read(bits: string): string {
  const padded = bits.padEnd(BYTES * 8, '0');
  const bytes = Uint8Array.from(padded.match(/.{8}/g)!, (byte) => Number(`0b${byte}`));
  const cursor = { bytes, length: bits.length, at: 0 };
  const host = takeHost(cursor);
  expect(cursor.at).toBe(bits.length);
  return host;
}

const ends14 = new Map(
  ENDS_14_BIT.trim()
    .split('\n')
    .flatMap((line) => {
      const [first, ...names] = line.split(' ');
      return names.map((name, i): [number, string] => [Number(first) + i, `.${name}`]);
    }),
);

/** Host names and the bits that say them in the fewest. */
const WRITTEN: [host: string, bits: string][] = [
  ['id.example.com', units(9, n(0x20, 7) + ascii('example') + n(0x5b, 7))],
  ['qr.x.tech', units(4, n(0x1e, 7) + ascii('x') + n(384, 14))],
  ['www.a-1.co.uk', units(6, n(0x1f, 7) + ascii('a-1') + n(281, 14))],
  ['id.id.com.au', units(5, n(0x20, 7) + ascii('id') + n(256, 14))],
  ['b.net.cn', units(3, ascii('b') + n(286, 14))],
  ['b.org.cn', units(3, ascii('b') + n(285, 14))],
  ['b.bq', units(3, ascii('b') + n(29, 14))],
  // the start's code saves two units, the end's three, and they share a dot
  ['id.com', units(3, `${ascii('id')}${n(0x5b, 7)}`)],
  // nothing to save: URN Code 40 takes 16 bits for three characters
  ['abc.example', `0${n(11, 6)}${code40('ABC.EXAMPLE')}`],
];

function code40(text: string): string {
  const set = ' ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789';
  return text
    .padEnd(Math.ceil(text.length / 3) * 3)
    .match(/.{3}/g)!
    .map((three) => Array.from(three, (c) => set.indexOf(c)))
    .map(([a, b, c]) => n(1600 * a! + 40 * b! + c! + 1, 16))
    .join('');
}

test.each(WRITTEN)('%s', (host, bits) => {
  expect(write(host)).toBe(bits);
  expect(read(bits)).toBe(host);
  expect(write(host.toUpperCase())).toBe(bits);
});

test('every code of 7 and of 14 bits, there and back', () => {
  expect(ends14.size).toBe(278);
  for (const [code, start] of STARTS_7_BIT) expect(read(units(2, n(code, 7) + ascii('x')))).toBe(`${start}x`);
  for (const [code, end] of ENDS_7_BIT) expect(read(units(2, ascii('x') + n(code, 7)))).toBe(`x${end}`);
  for (const [code, end] of ends14) {
    expect(read(units(3, ascii('x') + n(code, 14)))).toBe(`x${end}`);
    expect(write(`x${end}`)).toBe(units(3, ascii('x') + n(code, 14)));
  }
});

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,12}[a-z0-9])?$/);
const ending = fc.constantFrom('', '.com', '.org', '.eco', ...ends14.values());
const hosts = fc
  .tuple(fc.constantFrom('', 'id.', 'www.', 'qr.'), fc.array(label, { minLength: 1, maxLength: 4 }), ending)
  .map(([start, labels, end]) => start + labels.join('.') + end);

test('any host name, in no more bits than either way alone takes', () => {
  fc.assert(
    fc.property(hosts, (host) => {
      const bits = write(host);
      expect(read(bits)).toBe(host);
      const plain = [7 + 16 * Math.ceil(host.length / 3), host.length < 64 ? 7 + 7 * host.length : Infinity];
      expect(bits.length).toBeLessThanOrEqual(Math.min(...plain));
      if (bits.startsWith('1')) expect(bits.length).toBeLessThan(plain[0]!);
    }),
    { numRuns: 500 },
  );
});

test('a code elsewhere in the name is read, though never written', () => {
  expect(read(units(5, `${ascii('a')}${n(0x5b, 7)}${n(13, 14)}${ascii('x')}`))).toBe('a.com.aux');
  expect(read(units(5, ascii('a.') + n(0x1f, 7) + ascii('b2')))).toBe('a.www.b2');
  expect(write('a.com.aux').startsWith('0')).toBe(true);
});

describe('refused', () => {
  const com = n(0x5b, 7);
  const BITS: [why: string, bits: string][] = [
    ['no characters', units(0, '')],
    ['no characters in URN Code 40', `0${n(0, 6)}`],
    ['a code of 14 bits that is none', units(3, ascii('a') + n(250, 14))],
    ['half a code of 14 bits', units(2, ascii('a') + n(1, 7))],
    ['an underscore', units(3, ascii('a_b'))],
    ['a colon', `0${n(3, 6)}${code40('A:B')}`],
    ['two dots', units(4, ascii('a..b'))],
    ['a hyphen at the end', units(2, ascii('a-'))],
    ['an end alone', units(1, com)],
  ];
  test.each(BITS)('%s', (_, bits) => {
    expect(() => read(bits)).toThrow(Gs1Error);
  });

  const NAMES = [
    '',
    'a_b.com',
    'a b',
    '.com',
    'a.',
    '-a.com',
    'é.com',
    '[::1]',
    'a'.repeat(64),
    `${'a'.repeat(60)}.${'b'.repeat(9)}`,
  ];
  test.each(NAMES)('the name %j', (name) => {
    expect(() => write(name)).toThrow(Gs1Error);
  });

  const LINKS: [link: string, host: string | undefined][] = [
    ['https://Example.com/01/09524321000019', 'example.com'],
    ['HTTPS://example.com/01/09524321000019/21/1?17=260731', 'example.com'],
    ['http://example.com/01/09524321000019', undefined],
    ['https://example.com:443/01/09524321000019', undefined],
    ['https://example.com/stem/01/09524321000019', undefined],
    ['https://example.com/8004/01/09524321000019', undefined],
    ['https://user@example.com/01/09524321000019', undefined],
  ];
  test.each(LINKS)('%s holds %s', (link, host) => {
    if (host === undefined) expect(() => hostOfLink(link, '01')).toThrow(Gs1Error);
    else expect(hostOfLink(link, '01')).toBe(host);
  });
});

const CORPUS = new URL('../../../shared/corpus/epc/facts-hostname-codes.json', import.meta.url);
test.runIf(existsSync(CORPUS))('the tables say what the published ones say', () => {
  const facts = JSON.parse(readFileSync(CORPUS, 'utf8')) as Record<'sevenBit' | 'fourteenBit', Record<string, string>>;
  const byBits = (codes: Iterable<readonly [number, string]>, count: number) =>
    Object.fromEntries([...codes].map(([code, text]) => [n(code, count), text]));
  expect(byBits([...STARTS_7_BIT, ...ENDS_7_BIT], 7)).toEqual(facts.sevenBit);
  expect(byBits(ends14, 14)).toEqual(facts.fourteenBit);
});
