import fc from 'fast-check';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { decode, encode, encodeTagUri, fromHex, parse, toHex, toTagUri, toUrn } from '../../src/gs1/index.ts';
import { LAYOUTS } from '../../src/gs1/layout.ts';
import { FITTING, FITTING_REFERENCE, fields, urnOf } from './arbitrary.ts';

/*
 * Every classic scheme against npm epc-tds. What the two say differently is listed below with our reason (docs:
 * identifiers.md, "Where the npm peer differs"); a disagreement that no row explains fails, and so does a row that
 * nothing needs any more.
 */

interface PeerEpc {
  toIdURI(): string;
  toTagURI(): string;
  toHexString(): string;
}
const peer = createRequire(import.meta.url)('epc-tds') as {
  valueOf(hex: string): PeerEpc;
  fromTagURI(uri: string): PeerEpc;
};

type Operation = 'bits to URI' | 'bits to tag URI' | 'tag URI to bits';
const REFUSED = 'refused';

interface Answers {
  scheme: string;
  operation: Operation;
  tagUri: string;
  ours: string;
  theirs: string;
}

/** The last field of a tag URI, dots and colons included. */
function lastField(tagUri: string): string {
  const ahead = tagUri.startsWith('urn:epc:tag:giai') ? 2 : 3;
  return tagUri.split(':').slice(4).join(':').split('.').slice(ahead).join('.');
}
const isToBits = ({ operation }: Answers): boolean => operation === 'tag URI to bits';

interface Row {
  /** What the peer does. */
  what: string;
  /** Why ours is right: a section of TDS 2.3. */
  clause: string;
  /** Our URI as the peer would write it; `undefined` where the row is not about bits to text. */
  asTheirs?: (answers: Answers) => string;
  /** Whether this is why the peer's bits differ, or why it has no answer. */
  spoils?: (answers: Answers) => boolean;
}
const ROWS: Record<string, Row> = {
  scheme: {
    what: 'does not know GSRNP-96, GDTI-113, CPI-var, ITIP-110, ITIP-212, USDOD-96, ADI-var',
    clause: '14.6: they are schemes of the standard',
    spoils: ({ scheme, theirs }) => theirs === REFUSED && /^(GSRNP|GDTI-113|CPI-var|ITIP|USDOD|ADI)/.test(scheme),
  },
  unescaped: {
    what: 'writes " % & / < > ? unescaped into URIs',
    clause: 'table A-1: they stand as triplets',
    asTheirs: ({ ours }) => ours.replace(/%[0-9A-F]{2}/g, (triplet) => decodeURIComponent(triplet)),
  },
  letters: {
    what: 'encodes a triplet as its three characters, or refuses the text as too long',
    clause: '14.3.2: the character that the triplet stands for is encoded',
    spoils: (answers) => isToBits(answers) && answers.tagUri.includes('%'),
  },
  cut: {
    what: 'cuts a text at its first dot or colon',
    clause: '6.3: both belong to the character set of serials, so the last field keeps them',
    spoils: (answers) => isToBits(answers) && /[.:]/.test(lastField(answers.tagUri)),
  },
  empty: {
    what: 'writes a 0 for the reference behind a prefix of 12 digits, and does not read the empty field',
    clause: '6.3, each scheme: prefix and reference have 12 digits together, so the field is empty',
    // a GIAI has no such field: its reference may begin with a dot
    asTheirs: ({ scheme, ours }) =>
      scheme.startsWith('GIAI') ? ours : ours.replace(/(:|\.)(\d{12})\.\.(?=.)/, '$1$2.0.'),
    spoils: (answers) => isToBits(answers) && /\.\d{12}\.\./.test(answers.tagUri),
  },
  gsrn: {
    what: 'loses leading zeros of a GSRN service reference',
    clause: '6.3 (GSRN): prefix and reference have 17 digits together',
    asTheirs: ({ scheme, ours }) => (scheme === 'GSRN-96' ? ours.replace(/\.0+(?=\d+$)/, '.') : ours),
  },
  sgcn: {
    what: 'loses leading zeros of a coupon serial when it encodes',
    clause: '14.3.6: a 1 goes before the digits as they stand',
    spoils: (answers) => isToBits(answers) && answers.scheme === 'SGCN-96' && lastField(answers.tagUri).startsWith('0'),
  },
};

/** The rows that explain a disagreement; none where it is new. */
function reasons(answers: Answers): string[] {
  const spoiling = Object.keys(ROWS).filter((name) => ROWS[name]!.spoils?.(answers));
  if (spoiling.length > 0) return spoiling;
  const rewriting: string[] = [];
  let ours = answers.ours;
  for (const [name, { asTheirs }] of Object.entries(ROWS)) {
    const text = isToBits(answers) ? ours : (asTheirs?.({ ...answers, ours }) ?? ours);
    if (text !== ours) rewriting.push(name);
    ours = text;
  }
  return ours === answers.theirs ? rewriting : [];
}

const SCHEMES = LAYOUTS.map(({ scheme }) => scheme);
const RUNS = 400;
const seen = new Set<string>();

const attempt = (call: () => string): string => {
  try {
    return call();
  } catch {
    return REFUSED;
  }
};
const trimmed = (hex: string): string => hex.toUpperCase().replace(/0+$/, '');

/** All answers to one EPC that differ. */
function compare(scheme: string, hex: string, tagUri: string, urn: string): void {
  const pairs: [Operation, string, string][] = [
    ['bits to URI', urn, attempt(() => peer.valueOf(hex).toIdURI())],
    ['bits to tag URI', tagUri, attempt(() => peer.valueOf(hex).toTagURI())],
    ['tag URI to bits', trimmed(hex), trimmed(attempt(() => peer.fromTagURI(tagUri).toHexString()))],
  ];
  for (const [operation, ours, given] of pairs) {
    const theirs = given === trimmed(REFUSED) ? REFUSED : given;
    if (ours === theirs) continue;
    const rows = reasons({ scheme, operation, tagUri, ours, theirs });
    expect(rows, `${operation}: ours ${ours}, theirs ${theirs} (${tagUri})`).not.toEqual([]);
    for (const row of rows) seen.add(row);
  }
}

/** The classic schemes among the standard's own examples (TDS 2.3 annex E.3). */
const EXAMPLES: [hex: string, tag: string][] = [
  ['3066C4409047E140075BCD15', 'sgtin-96:3.95060001343.05.123456789'],
  ['3666C4409047E159B2C2BF100000000000000000000000000000', 'sgtin-198:3.95060001343.05.32a%2Fb'],
  ['311BA1B300CE0A6A83000000', 'sscc-96:0.952012.03456789123'],
  ['3276451FD46072000000162E', 'sgln-96:3.9521141.12345.5678'],
  ['3976451FD46072CD9615F8800000000000000000000000000000', 'sgln-195:3.9521141.12345.32a%2Fb'],
  ['3376451FD40C0E400000162E', 'grai-96:3.9521141.12345.5678'],
  ['3776451FD40C0E59B2C2BF1000000000000000000000', 'grai-170:3.9521141.12345.32a%2Fb'],
  ['3476451FD40000000000162E', 'giai-96:3.9521141.5678'],
  ['3876451FD59B2C2BF10000000000000000000000000000000000', 'giai-202:3.9521141.32a%2Fb'],
  ['2D76451FD4499602D2000000', 'gsrn-96:3.9521141.1234567890'],
  ['2E76451FD4499602D2000000', 'gsrnp-96:3.9521141.1234567890'],
  ['2C76451FD46072000000162E', 'gdti-96:3.9521141.12345.5678'],
  ['3E76451FD7039B061438997367D0C18B266D1AB66EE0', 'gdti-174:3.9521141.98765.ABCDefgh012345678'],
  ['3C76451FD400C0E680003039', 'cpi-96:3.9521141.98765.12345'],
  ['3D76451FD75411DEF6B4CC00000003039000', 'cpi-var:3.9521141.5PQ7%2FZ43.12345'],
  ['3F76451FD612640000019907', 'sgcn-96:3.9521141.67890.04711'],
  ['4076451FD40C0E40820000000F54', 'itip-110:3.9521141.012345.01.02.981'],
  ['4176451FD40C0E4082DBDD8B36600000000000000000000000000000', 'itip-212:3.9521141.012345.01.02.mw133'],
  ['3500E86F8000A9E000000586', 'gid-96:952056.2718.1414'],
  ['2F320434147455900000162E', 'usdod-96:3.CAGEY.5678'],
  ['3B0E0CF5E76C9047759AD00373DC7602E7200', 'adi-var:3.35962.PQ7VZ4.M37GXB92'],
];

describe('against epc-tds', () => {
  test.each(EXAMPLES)("the standard's %s is %s", (hex, tag) => {
    const tagUri = `urn:epc:tag:${tag}`;
    const { bytes, bits } = fromHex(hex);
    const read = decode(bytes, bits);
    expect(toTagUri(read)).toBe(tagUri);
    expect(trimmed(toHex(encodeTagUri(tagUri).bytes))).toBe(trimmed(hex));
    compare(read.scheme, hex, tagUri, toUrn(read.id)!);
  });

  test.each(SCHEMES)('%s: every disagreement is listed', (scheme) => {
    const layout = LAYOUTS.find((one) => one.scheme === scheme)!;
    const values = fields(layout.urn, FITTING[scheme], FITTING_REFERENCE[scheme]);
    fc.assert(
      fc.property(values, fc.nat(2 ** layout.filterBits - 1), (given, filter) => {
        const id = parse(urnOf(layout.urn, given));
        const tagUri = toTagUri({ scheme, id, ...(layout.filterBits > 0 && { filter }) })!;
        compare(scheme, toHex(encode(id, scheme, filter)), tagUri, toUrn(id)!);
      }),
      { numRuns: RUNS },
    );
  });

  test('every listed disagreement is met', () => {
    expect(Object.keys(ROWS).filter((name) => !seen.has(name))).toEqual([]);
  });
});

/** Values that are no EPC: the code of our refusal, and what the peer makes of it. */
const REFUSALS: [value: string, code: string, theirs: string, clause: string][] = [
  ['3003FFFFFFFFFC0000000001', 'RANGE', 'urn:epc:id:sgtin:1099511627775.0.1', '14.4.3: above 10^12 - 1'],
  ['3034257BF7FFFFC000000001', 'RANGE', 'urn:epc:id:sgtin:0614141.1048575.1', '14.4.3: above 10^6 - 1'],
  ['303C257BF4000A4000000007', 'PARTITION', REFUSED, '14.3.3: partition 7; the peer throws a TypeError'],
  ['3034257BF4000A400000000', 'TRUNCATED', 'urn:epc:id:sgtin:895868719104.2.154618822656', '14.6: 96 bits'],
  ['3034257BF4000A4000', 'TRUNCATED', 'urn:epc:id:sgtin:0614141.000041.0', '14.6: 96 bits'],
  ['30', 'TRUNCATED', 'urn:epc:id:sgtin:000000000000.0.0', '14.6: 96 bits'],
  ['3034257BF4000A40000000ZZ', 'NOT_HEX', 'urn:epc:id:sgtin:0614141.000041.255', 'not hexadecimal'],
  ['3174257BF4499602D2000001', 'ZERO_BITS', 'urn:epc:id:sscc:0614141.1234567890', '14.6.2: 24 zero bits'],
  [
    '3674257BF6B7A659B2C2BF100000000000000000000000000400',
    'TERMINATOR',
    'urn:epc:id:sgtin:0614141.712345.32a/b',
    '14.4.2: nothing behind the first zero character',
  ],
  [
    '3674257BF6B7800000000000000000000000000000000000000000',
    'LENGTH',
    'urn:epc:id:sgtin:0614141.712192.',
    '6.3 (SGTIN): a serial has 1 to 20 characters',
  ],
  ['3F76451FD612640000000001', 'RANGE', 'urn:epc:id:sgcn:9521141.67890.', '14.4.6: digits behind the 1'],
  ['urn:epc:tag:sgtin-96:1.9524321.000001.01', 'LEADING_ZERO', '3036455184000040', '14.3.1: no leading zeros'],
  ['urn:epc:tag:sgtin-96:1.9524321.000001.1e5', 'CHARACTER', '3036455184000040', '14.3.1: digits'],
  ['urn:epc:tag:sgtin-96:1.9524321.000001.12abc', 'CHARACTER', '3036455184000040', '14.3.1: digits'],
  ['urn:epc:tag:sgtin-96:1.9524321.000001.-1', 'CHARACTER', '303645518400007F', '14.3.1: digits'],
  ['urn:epc:tag:sgtin-96:1.9524321.00001.1', 'LENGTH', '3036455184000040', '6.3 (SGTIN): 13 digits together'],
  ['urn:epc:tag:sgtin-96:1.9524321.0000011.1', 'LENGTH', '30364551840002C0', '6.3 (SGTIN): 13 digits together'],
  ['urn:epc:tag:sgtin-198:1.9524321.000001.a/b', 'ESCAPE', '3636455184000070', 'table A-1: %2F'],
  ['urn:epc:tag:sgtin-198:1.9524321.000001.a b', 'CHARACTER', '3636455184000070', 'table A-1: no space'],
];

describe('what is no EPC', () => {
  test.each(REFUSALS)('%s is refused with %s; the peer makes %s of it', (value, code, theirs) => {
    const isUri = value.startsWith('urn:');
    const read = () => {
      if (isUri) return encodeTagUri(value);
      const { bytes, bits } = fromHex(value);
      return decode(bytes, bits);
    };
    expect(read).toThrow(expect.objectContaining({ name: 'Gs1Error', code }));
    const made = attempt(() => (isUri ? peer.fromTagURI(value).toHexString() : peer.valueOf(value).toIdURI()));
    // it may add control characters and, in bits, zeros that an identity would not have
    expect(made.slice(0, theirs.length)).toBe(theirs);
  });
});
