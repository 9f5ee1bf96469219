import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decode,
  encode,
  gtinKeyOf,
  KEY_BYTES_MAX,
  keyBytes,
  keyKind,
  keyOf,
  keyOfEpc,
  keyOfUri,
  keyTextOfUri,
  keyText,
  lotKeyOf,
  parse,
  toHex,
  toLink,
  toUrn,
  uriOfEpc,
  uriOfKey,
} from '../../src/gs1/index.ts';
import { digits, isPieceAboveTotal, SET_82_CHARACTERS, text, urn } from './arbitrary.ts';

/** The layout of docs: kind byte, number or text, serial. */
const LAYOUT: [uri: string, kind: string, hex: string][] = [
  ['urn:epc:idpat:sgtin:9524321.000001.*', 'gtin', '1008A98DC51A53'],
  ['urn:epc:class:lgtin:9524321.000001.A7', 'lgtin', '1108A98DC51A534137'],
  ['urn:epc:id:sgtin:9524321.000001.0', 'sgtin', '1208A98DC51A530100'],
  ['urn:epc:id:sgtin:9524321.000001.255', 'sgtin', '1208A98DC51A5301FF'],
  ['urn:epc:id:sgtin:9524321.000001.274877906943', 'sgtin', '1208A98DC51A53053FFFFFFFFF'],
  ['urn:epc:id:sgtin:9524321.000001.007', 'sgtin', '1208A98DC51A530D0007'],
  ['urn:epc:id:sgtin:9524321.000001.1234567890123456', 'sgtin', '1208A98DC51A5331323334353637383930313233343536'],
  ['urn:epc:id:sscc:9524321.0000000017', 'sscc', '2001525F31E35164AA'],
  ['urn:epc:id:sgln:9524321.00002.0', 'sgln', '3008A98DC51A5A'],
  ['urn:epc:id:pgln:9524321.00002', 'pgln', '3108A98DC51A5A'],
  ['urn:epc:id:gid:1.2.3', 'other', 'F075726E3A6570633A69643A6769643A312E322E33'],
];

test.each(LAYOUT)('%s is %s %s', (uri, kind, hex) => {
  const { key, gcpLength } = keyOfUri(uri);
  expect(keyKind(key)).toBe(kind);
  expect(toHex(key)).toBe(hex);
  expect(uriOfKey(key, gcpLength)).toBe(uri);
});

test('a serial of a product seen before has the key that it has alone', () => {
  const head = 'urn:epc:id:sgtin:9524321.000001.';
  keyOfUri(`${head}1`);
  const serials = [
    '0',
    '1',
    '255',
    '256',
    '65536',
    '281474976710655',
    '999999999999999',
    '1234567890123456',
    '007',
    'A7',
  ];
  for (const serial of serials) {
    const alone = keyOf(parse(`${head}${serial}`));
    expect(keyOfUri(head + serial), serial).toEqual({ key: alone, gcpLength: 7 });
    expect(keyTextOfUri(head + serial), serial).toEqual({ key: keyText(alone), gcpLength: 7 });
  }
  expect(() => keyTextOfUri(head)).toThrow();
});

describe('one key for one thing', () => {
  test('every URN goes into a key and comes back', () => {
    fc.assert(
      fc.property(urn, (uri) => {
        const { key, gcpLength } = keyOfUri(uri);
        expect(keyTextOfUri(uri)).toEqual({ key: keyText(key), gcpLength });
        expect(uriOfKey(key, gcpLength)).toBe(uri);
        expect(keyBytes(keyText(key))).toEqual(key);
        if (isPieceAboveTotal(uri)) return;
        expect(keyOfUri(uriOfKey(key))).toEqual({ key, gcpLength: keyKind(key) === 'other' ? gcpLength : 0 });
        expect(keyOfUri(uriOfKey(key, gcpLength, 'link')).key).toEqual(key);
      }),
      { numRuns: 3000 },
    );
  });

  test('scheme, filter, host, lot beside a serial and other AIs do not matter', () => {
    const key = keyOfUri('urn:epc:id:sgtin:9524321.000001.77').key;
    for (const uri of [
      'https://id.gs1.org/01/09524321000019/21/77',
      'http://shop.example.com:8080/de/01/9524321000019/10/LOT/21/77?17=301231&lang=de#top',
      'https://id.gs1.org/01/09524321000019/22/2A/21/77',
      'urn:epc:tag:sgtin-96:5.9524321.000001.77',
      'URN:EPC:ID:SGTIN:9524321.000001.77',
      'urn:epc:id:sgtin:952432100.0001.77',
    ])
      expect(keyOfUri(uri).key, uri).toEqual(key);
    const id = parse('urn:epc:id:sgtin:9524321.000001.77');
    expect(keyOf(decode(encode(id, 'SGTIN-198', 3)).id)).toEqual(key);
    expect(keyOfUri('urn:epc:id:sgtin:9524321.000001.077').key).not.toEqual(key);
  });

  test('kinds that look alike stay apart', () => {
    const uris = ['gsrn', 'gsrnp'].map((name) => `urn:epc:id:${name}:9524321.0000000005`);
    const places = ['urn:epc:id:sgln:9524321.00002.0', 'urn:epc:id:pgln:9524321.00002'];
    const keys = [...uris, ...places].map((uri) => keyText(keyOfUri(uri).key));
    expect(new Set(keys).size).toBe(4);
  });

  test('extension 0 of a location is no extension', () => {
    expect(keyOfUri('https://id.gs1.org/414/9524321000026/254/0').key).toEqual(
      keyOfUri('urn:epc:id:sgln:9524321.00002.0').key,
    );
  });

  test('types of assets, documents and coupons have a pattern for a URN', () => {
    for (const name of ['grai', 'gdti', 'sgcn']) {
      const uri = `urn:epc:idpat:${name}:9524321.00007.*`;
      const { key, gcpLength } = keyOfUri(uri);
      expect(keyKind(key)).toBe(name);
      expect(uriOfKey(key, gcpLength)).toBe(uri);
    }
  });
});

describe('order and families', () => {
  const compare = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b);

  test('keys sort as numbers do, and serials of one GTIN are one range', () => {
    const serials = fc.oneof(fc.nat().map(String), text(SET_82_CHARACTERS, 1, 20), digits(1, 20));
    fc.assert(
      fc.property(digits(13), digits(13), fc.array(serials, { minLength: 2, maxLength: 8 }), (one, two, list) => {
        const link = (body: string, serial: string) =>
          keyOfUri(`urn:epc:id:sgtin:${body.slice(0, 7)}.${body.slice(7)}.${serial.replace(/["%&/<>?]/g, '-')}`).key;
        if (one === two) return;
        const [a, b] = [list.map((serial) => link(one, serial)), list.map((serial) => link(two, serial))];
        const isBefore = compare(gtinKeyOf(a[0]!), gtinKeyOf(b[0]!)) < 0;
        for (const left of a) for (const right of b) expect(compare(left, right) < 0).toBe(isBefore);
      }),
      { numRuns: 300 },
    );
    const numbers = [1, 9, 10, 255, 256, 65_536, 4_294_967_296].map(
      (serial) => keyOfUri(`urn:epc:id:sgtin:9524321.000001.${serial}`).key,
    );
    expect(numbers.toSorted(compare)).toEqual(numbers);
  });

  test('the class and the lots of an item', () => {
    const item = keyOfUri('urn:epc:id:sgtin:9524321.000001.77').key;
    const lot = lotKeyOf(item, 'A/7');
    expect(uriOfKey(gtinKeyOf(item), 7)).toBe('urn:epc:idpat:sgtin:9524321.000001.*');
    expect(uriOfKey(lot, 7)).toBe('urn:epc:class:lgtin:9524321.000001.A%2F7');
    expect(uriOfKey(lot)).toBe('https://id.gs1.org/01/09524321000019/10/A%2F7');
    expect(lotKeyOf(gtinKeyOf(item), 'A/7')).toEqual(lot);
    expect(gtinKeyOf(lot)).toEqual(gtinKeyOf(item));
    expect(() => lotKeyOf(keyOfUri('urn:epc:id:sscc:9524321.0000000017').key, 'A')).toThrow(/no GTIN/);
    expect(() => lotKeyOf(item, 'A 7')).toThrow(/may not stand/);
    expect(() => lotKeyOf(item, '')).toThrow(/too short/);
  });
});

describe('URIs of the user', () => {
  const SAME: [uri: string, normal: string][] = [
    ['HTTPS://Trace.Example.com:443/a/./b/../%7ec?x=%2f', 'https://trace.example.com/a/~c?x=%2F'],
    ['http://example.com', 'http://example.com/'],
    ['https://example.com/shop/42', 'https://example.com/shop/42'],
    ['https://example.com/01/shelf', 'https://example.com/01/shelf'],
    ['URN:UUID:5E0A9B1C-0000-4000-8000-00000000ABCD', 'urn:uuid:5e0a9b1c-0000-4000-8000-00000000abcd'],
    ['urn:epcglobal:cbv:bt:9524321000026:77', 'urn:epcglobal:cbv:bt:9524321000026:77'],
    ['urn:jaif:id:obj:37SUN321456789A111222333AB+123456789', 'urn:jaif:id:obj:37SUN321456789A111222333AB+123456789'],
    ['urn:epc:raw:96.x1234567890ABCDEF12345678', 'urn:epc:raw:96.x1234567890ABCDEF12345678'],
    ['https://example.com/%3%33E', 'https://example.com/%3%33E'],
    ['批次七', '批次七'],
    ['https://id.gs1.org/8013/9524321Kasten00019S', 'https://id.gs1.org/8013/9524321Kasten00019S'],
  ];
  test.each(SAME.slice(0, -1))('%s', (uri, normal) => {
    const { key, gcpLength } = keyOfUri(uri);
    expect([keyKind(key), gcpLength, uriOfKey(key)]).toEqual(['other', 0, normal]);
    expect(keyOfUri(normal).key).toEqual(key);
  });

  test('what claims to be a GS1 identifier must be one', () => {
    for (const uri of [
      'urn:epc:id:sgtin:9524321.00001.1',
      'urn:epc:id:nope:1.2',
      'https://id.gs1.org/01/09524321000014',
      'https://shop.example.com/01/09524321000014',
      'https://shop.example.com/01/09524321000019/',
      '',
    ])
      expect(() => keyOfUri(uri), uri).toThrow(expect.objectContaining({ name: 'Gs1Error' }));
  });

  test('length has a limit', () => {
    const long = (length: number) => `https://example.com/${'x'.repeat(length - 20)}`;
    expect(keyOfUri(long(KEY_BYTES_MAX - 1)).key).toHaveLength(KEY_BYTES_MAX);
    expect(() => keyOfUri(long(KEY_BYTES_MAX))).toThrow(/at most 1023 bytes/);
  });
});

test('serials of a product seen before have the keys that the long way gives', () => {
  const urnOf = (serial: string) => `urn:epc:id:sgtin:9524321.000007.${serial}`;
  for (const serial of [
    '1',
    '0',
    '00',
    '007',
    '274877906943',
    '999999999999999',
    '1234567890123456',
    'A.7',
    '1%2F2',
    '5.7',
  ])
    expect(keyOfUri(urnOf(serial)), serial).toEqual({ key: keyOf(parse(urnOf(serial))), gcpLength: 7 });
  for (const serial of ['', '1 ', '1/2', '1'.repeat(21)]) expect(() => keyOfUri(urnOf(serial)), serial).toThrow();
});

test('no text takes long', () => {
  const start = performance.now();
  for (const text of [
    `https://${'a'.repeat(4000)}?\n`,
    `https://a/${'../'.repeat(1300)}`,
    `urn:x:${'%'.repeat(4000)}`,
    `https://a/${'01/'.repeat(1300)}`,
    'urn:epc:id:'.padEnd(4000, ':'),
    `urn:epc:id:sgtin:${'.'.repeat(4000)}`,
  ])
    try {
      keyOfUri(text);
    } catch (error) {
      expect(error).toHaveProperty('code');
    }
  expect(performance.now() - start).toBeLessThan(500);
});

test('bytes that are no key are refused', () => {
  for (const hex of [
    '',
    '00',
    '10',
    '1008A98DC51A5300',
    '1208A98DC51A530200FF',
    '1208A98DC51A530D0F',
    '12FFFFFFFFFFFF01FF',
    '20FF',
    '1208A98DC51A5309',
    // an item without its serial, a number as text, a wrong check digit, an end of text with nothing behind it
    '1208A98DC51A53',
    '1208A98DC51A5338',
    '1008A98DC51A54',
    '7039353234333231410000',
    '70393532343332314100',
  ])
    expect(() => uriOfKey(Uint8Array.from(Buffer.from(hex, 'hex'))), hex).toThrow(/no identifier key/);
});

test('bytes straight to URI and key agree with the long way', () => {
  const epcs = fc
    .tuple(fc.constantFrom(0x30, 0x31, 0x32, 0x33, 0x34), fc.uint8Array({ minLength: 11, maxLength: 11 }), fc.boolean())
    .map(([header, rest, isSscc]) => {
      const bytes = Uint8Array.from([header, ...rest]);
      // half of the pallets end in the zero bits that they must have
      if (header === 0x31 && isSscc) bytes.fill(0, 9);
      return bytes;
    });
  const outcome = (call: () => unknown) => {
    try {
      return call();
    } catch (error) {
      return String(error);
    }
  };
  fc.assert(
    fc.property(epcs, fc.nat(3), (epc, offset) => {
      const buffer = new Uint8Array(offset + epc.length + 2);
      buffer.set(epc, offset);
      expect(outcome(() => uriOfEpc(buffer, offset, epc.length))).toEqual(outcome(() => toUrn(decode(epc).id)));
      expect(outcome(() => keyOfEpc(buffer, offset, epc.length).key)).toEqual(outcome(() => keyOf(decode(epc).id)));
    }),
    { numRuns: 5000 },
  );
  const serials = [0, 255, 256, 65_535, 65_536, 2 ** 24, 2 ** 32 - 1, 2 ** 32, 999_999_999, 1e9, 2 ** 38 - 1];
  for (const serial of serials) {
    const id = parse(`urn:epc:id:sgtin:9524321.000001.${serial}`);
    const bytes = encode(id, 'SGTIN-96', 1);
    expect(uriOfEpc(bytes)).toBe(toUrn(id));
    expect(keyOfEpc(bytes)).toEqual({ key: keyOf(id), gcpLength: 7 });
  }
});

test('SSCC straight to URI for every length of company prefix', () => {
  fc.assert(
    fc.property(fc.integer({ min: 6, max: 12 }), digits(17), (length, body) => {
      const uri = `urn:epc:id:sscc:${body.slice(0, length)}.${body.slice(length)}`;
      expect(uriOfEpc(encode(parse(uri), 'SSCC-96'))).toBe(uri);
    }),
    { numRuns: 1000 },
  );
});

test('identifiers without a URN are keyed by their link', () => {
  const id = parse('(415)9524321000026(8020)INV7');
  expect(toLink(id)).toBe('https://id.gs1.org/415/9524321000026/8020/INV7');
  expect(uriOfKey(keyOf(id))).toBe(toLink(id));
});
