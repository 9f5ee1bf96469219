import { expect, test } from 'vitest';
import { Gs1Error, answer, decode, encode, fromHex, parse, rawUri, withGcpLength } from '../../src/gs1/index.ts';
import { parseTagUri } from '../../src/gs1/index.ts';

const refusal = (value: string, more: object = {}) => {
  const given = answer({ value, ...more });
  return given.ok ? given.forms : given.refusal;
};

/** A value, the code of its refusal, and where it goes wrong. */
const TEXTS: [value: string, code: string, position?: number][] = [
  ['', 'EMPTY', 0],
  [' urn:epc:id:sscc:9524321.0000000017', 'UNKNOWN_FORM', 0],
  ['apples', 'UNKNOWN_FORM', 0],
  ['urn:epc:id:sgtin', 'URI_SYNTAX', 8],
  ['urn:epc:id:sgtim:9524321.000001.1', 'UNKNOWN_SCHEME', 8],
  ['urn:epc:class:sgtin:9524321.000001.1', 'UNKNOWN_SCHEME', 8],
  ['urn:epc:id:sgtin:95243.00000011.1', 'GCP_LENGTH'],
  ['urn:epc:id:sgtin:9524321000012..1', 'GCP_LENGTH'],
  ['urn:epc:id:sgtin:9524321.00001.1', 'LENGTH', 25],
  ['urn:epc:id:sgtin:9524321.0000011.1', 'LENGTH', 25],
  ['urn:epc:id:sgtin:9524321.00000x.1', 'CHARACTER', 25],
  ['urn:epc:id:sgtin:9524321.000001', 'FIELD_COUNT'],
  ['urn:epc:id:sgtin:9524321.000001.', 'LENGTH', 32],
  ['urn:epc:id:sgtin:9524321.000001.123456789012345678901', 'LENGTH', 32],
  ['urn:epc:id:sgtin:9524321.000001.a/b', 'ESCAPE', 33],
  ['urn:epc:id:sgtin:9524321.000001.a%2', 'ESCAPE', 33],
  ['urn:epc:id:sgtin:9524321.000001.a%20', 'CHARACTER', 32],
  ['urn:epc:id:sgtin:9524321.000001.é', 'CHARACTER', 32],
  ['urn:epc:id:sscc:9524321.0000000017.1', 'LENGTH'],
  ['urn:epc:id:cpi:9524321.A.012', 'LEADING_ZERO'],
  ['urn:epc:id:gid:268435456.1.1', 'RANGE'],
  ['urn:epc:id:adi:1AB2C.P#1.1', 'ESCAPE'],
  ['urn:epc:id:adi:1AB2C.P.1%23', 'CHARACTER'],
  ['urn:epc:id:bic:CSQA3054383', 'CHARACTER'],
  ['urn:epc:idpat:sgtin:*.000001.*', 'PATTERN', 22],
  ['urn:epc:idpat:sgtin:9524321.000001.1*', 'PATTERN', 35],
  ['urn:epc:idpat:lgtin:9524321.000001.*', 'UNKNOWN_SCHEME'],
  ['urn:epc:tag:sgtin-97:1.9524321.000001.1', 'UNKNOWN_SCHEME', 12],
  ['urn:epc:tag:sgtin-96:8.9524321.000001.1', 'FILTER'],
  ['urn:epc:tag:sgtin-96:01.9524321.000001.1', 'FILTER', 21],
  ['urn:epc:tag:sgtin-96:1.9524321.000001.01', 'LEADING_ZERO'],
  ['urn:epc:tag:sgtin-96:1.9524321.000001.274877906944', 'RANGE'],
  ['urn:epc:tag:sgtin-96:1.9524321.000001.1e5', 'CHARACTER'],
  ['urn:epc:tag:giai-96:0.9524321.288230376151711744', 'RANGE'],
  ['(01)09524321000019(21)', 'LENGTH', 22],
  ['(01)0952432100001', 'LENGTH', 4],
  ['(01)09524321000014', 'CHECK_DIGIT', 4],
  ['(01)09524321000019(89)1', 'UNKNOWN_AI', 22],
  ['(01)09524321000019(21)a b', 'CHARACTER', 23],
  ['(01)09524321000019(17)261301', 'DATE', 22],
  ['(01)09524321000019(11)260229', 'DATE', 22],
  ['(01)09524321000019(21)1(21)1', 'AI_REPEATED'],
  ['(10)A', 'NO_KEY'],
  ['(00)095243210000000170(21)1', 'AI_RELATION'],
  ['(01)09524321000019(21)1(235)1', 'AI_RELATION'],
  ['(01 09524321000019', 'AI_SYNTAX', 0],
  ['(01)09524321000019x(10', 'LENGTH', 4],
  ['https://id.gs1.org/01/09524321000014', 'CHECK_DIGIT', 22],
  ['https://id.gs1.org/01/9524321000014', 'CHECK_DIGIT'],
  ['https://id.gs1.org/01/09524321000019/21/1/10/A', 'AI_ORDER'],
  ['https://id.gs1.org/01/09524321000019?10=A', 'AI_ORDER'],
  ['https://id.gs1.org/01/09524321000019?17=260101&17=260101', 'AI_REPEATED'],
  ['https://id.gs1.org/01/09524321000019?99=a+b', 'CHARACTER', 40],
  ['https://id.gs1.org/01/09524321000019?987=a', 'UNKNOWN_AI', 41],
  ['https://id.gs1.org/01/09524321000019/', 'NO_KEY'],
  ['https://id.gs1.org/', 'NO_KEY'],
  ['https://id gs1.org/01/09524321000019', 'CHARACTER', 10],
  ['https://user@id.gs1.org/01/09524321000019', 'URI_SYNTAX'],
  ['https://id.gs1.org/01/09524321000019/21/%zz', 'ESCAPE', 40],
];

test.each(TEXTS)('%s', (value, code, position) => {
  expect(refusal(value)).toMatchObject(position === undefined ? { code } : { code, position });
});

test('length has a limit in every form', () => {
  const long = [
    `urn:epc:id:sgtin:9524321.000001.${'1'.repeat(400)}`,
    `urn:epc:tag:sgtin-96:1.9524321.000001.${'1'.repeat(400)}`,
    `https://id.gs1.org/${'x/'.repeat(4000)}01/09524321000019`,
    `(01)09524321000019(99)${'x'.repeat(4000)}`,
    'AB'.repeat(4000),
  ];
  for (const value of long) expect(refusal(value), value.slice(0, 40)).toMatchObject({ code: 'TOO_LONG' });
});

/** EPC bits, the code of their refusal, and the bit where they go wrong. */
const BITS: [hex: string, code: string, position?: number][] = [
  ['3', 'TRUNCATED', 4],
  ['30', 'TRUNCATED', 8],
  ['3034257BF4000A400000000', 'TRUNCATED', 92],
  ['3034257BF4000A400000000G', 'UNKNOWN_FORM'],
  ['1234567890ABCDEF12345678', 'UNKNOWN_HEADER', 0],
  ['E280110520001234', 'UNKNOWN_HEADER', 0],
  ['E200000000000000', 'UNKNOWN_HEADER', 0],
  ['303C257BF4000A4000000007', 'PARTITION', 11],
  ['3003FFFFFFFFFC0000000001', 'RANGE', 14],
  ['3034257BF7FFFFC000000001', 'RANGE', 38],
  ['3174257BF4499602D2000001', 'ZERO_BITS', 72],
  ['3674257BF6B7800000000000000000000000000000000000000000', 'LENGTH'],
  ['3674257BF6B7A659B2C2BF100000000000000000000000000400', 'TERMINATOR'],
  ['3F76451FD612640000000001', 'RANGE', 55],
];

test.each(BITS)('bits %s', (value, code, position) => {
  expect(refusal(value)).toMatchObject(position === undefined ? { code } : { code, position });
});

test('bits that no scheme explains keep a raw URI', () => {
  expect(refusal('1234567890ABCDEF12345678')).toMatchObject({ raw: 'urn:epc:raw:96.x1234567890ABCDEF12345678' });
  expect(refusal('F73795211411234538566CB0')).toMatchObject({ raw: 'urn:epc:raw:96.xF73795211411234538566CB0' });
  expect(rawUri(fromHex('ABC').bytes, 12)).toBe('urn:epc:raw:12.xABC');
});

/** A question that the identifier or the scheme cannot meet. */
const QUESTIONS: [value: string, more: object, code: string][] = [
  ['(01)09524321000019(21)1', { encode: 'SGTIN-96' }, 'GCP_LENGTH'],
  ['(01)09524321000019(21)1', { encode: 'SGTIN-96', gcpLength: 5 }, 'GCP_LENGTH'],
  ['(01)09524321000019(21)1', { gcpLength: 13 }, 'GCP_LENGTH'],
  ['(01)09524321000019(21)1', { gcpLength: 7.5 }, 'GCP_LENGTH'],
  ['(01)09524321000019(21)1', { encode: 'SSCC-96', gcpLength: 7 }, 'SCHEME_MISMATCH'],
  ['(01)09524321000019', { encode: 'SGTIN-96', gcpLength: 7 }, 'SCHEME_MISMATCH'],
  ['(01)09524321000019(21)01', { encode: 'SGTIN-96', gcpLength: 7 }, 'LEADING_ZERO'],
  ['(01)09524321000019(21)1', { encode: 'SGTIN-96', gcpLength: 7, filter: 8 }, 'FILTER'],
  ['(01)09524321000019(21)1', { encode: 'SGTIN-96', gcpLength: 7, filter: 1.5 }, 'FILTER'],
  ['(01)09524321000019(21)1', { encode: 'SSCC+', gcpLength: 7 }, 'SCHEME_MISMATCH'],
  ['(01)09524321000019(21)1', { encode: 'sgtin-96', gcpLength: 7 }, 'UNKNOWN_SCHEME'],
  ['(8004)95243AB1', { gcpLength: 7 }, 'GCP_LENGTH'],
  ['urn:epc:id:sgtin:9524321.000001.1', { gcpLength: 8 }, 'GCP_LENGTH'],
  ['urn:epc:idpat:sgtin:9524321.*.*', { encode: 'SGTIN-96' }, 'SCHEME_MISMATCH'],
  ['urn:epc:idpat:sgtin:9524321.000001.*', { encode: 'SGTIN-96' }, 'SCHEME_MISMATCH'],
  ['urn:epc:id:cpi:952432100001.1000.1', { encode: 'CPI-96' }, 'RANGE'],
];

test.each(QUESTIONS)('%s asked with %j', (value, more, code) => {
  expect(refusal(value, more)).toMatchObject({ code });
});

test('errors of the room carry code and position, and no other error leaves it', () => {
  for (const call of [
    () => parse('x'),
    () => decode(new Uint8Array(0)),
    () => parseTagUri('urn:epc:tag:'),
    () => parse('('),
  ])
    expect(call).toThrow(Gs1Error);
  const id = parse('(01)09524321000019(21)1');
  expect(() => encode(id, 'SGTIN-96')).toThrow(Gs1Error);
  expect(withGcpLength(id, 7)).toMatchObject({ gcpLength: 7 });
});
