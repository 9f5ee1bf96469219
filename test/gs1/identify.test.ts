import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identify, keyOf, toElementString, toTagUri } from '../../src/gs1/index.ts';

/** What people paste, type and scan, and the element string that it means. */
const MEANT: [text: string, elements: string][] = [
  ['  urn:epc:id:sgtin:9524321.000001.7\n', '(01)09524321000019(21)7'],
  ['urn:epc:class:lgtin:9524321.000001.A7', '(01)09524321000019(10)A7'],
  ['urn:epc:idpat:sgtin:9524321.000001.*', '(01)09524321000019'],
  ['https://shop.example.com/de/01/9524321000019/21/7?lang=de', '(01)09524321000019(21)7'],
  ['(01) 0952 4321 0000 19 (21) 7', '(01)09524321000019(21)7'],
  ['（01）09524321000019（21）7', '(01)09524321000019(21)7'],
  ['9524321000019', '(01)09524321000019'],
  ['9 524321 000019', '(01)09524321000019'],
  ['９５２４３２１００００１９', '(01)09524321000019'],
  ['09524321000019', '(01)09524321000019'],
  ['0109524321000019', '(01)09524321000019'],
  ['9524-3210-00019', '(01)09524321000019'],
  ['9524\u20113210\u201100019', '(01)09524321000019'],
  ['9\u2009524321\u2009000019', '(01)09524321000019'],
  ['GTIN: 9 524321 000019', '(01)09524321000019'],
  ['EAN-13 9524321000019', '(01)09524321000019'],
  ['gln 9524321000026', '(414)9524321000026'],
  ['GIAI: 9524321-1234', '(8004)9524321-1234'],
  ['id.gs1.org/01/09524321000019', '(01)09524321000019'],
  ['02345673', '(01)00000002345673'],
  ['416000336108', '(01)00416000336108'],
  ['095243210000000170', '(00)095243210000000170'],
  ['0 9524321 000000017 0', '(00)095243210000000170'],
  ['00095243210000000170', '(00)095243210000000170'],
  ['3034257BF4000A4000000007', '(01)00614141000418(21)7'],
  ['F7 1 09524321000019 017', '(01)09524321000019(21)7'],
  ['0x3034 257b f400 0a40 0000 0007', '(01)00614141000418(21)7'],
  [']d2010952432100001917270131\u001D10A7', '(01)09524321000019(17)270131(10)A7'],
  [']C100095243210000000170', '(00)095243210000000170'],
  ['\u001D01095243210000192112\u001D10A7', '(01)09524321000019(10)A7(21)12'],
  ['^010952432100001910A^2112', '(01)09524321000019(10)A(21)12'],
];

describe('anything pasted, typed or scanned', () => {
  test.each(MEANT)('%j', (text, elements) => {
    const given = identify(text);
    if (!given.ok) throw new Error(`${given.code}: ${given.message}`);
    const qualifiersFirst = elements.replace('(17)270131(10)A7', '(10)A7(17)270131');
    expect(toElementString(given.id)).toBe(qualifiersFirst);
  });
});

test('13 digits may be a place or a party, 18 a service relation', () => {
  const kinds = (text: string) => {
    const given = identify(text);
    return given.ok ? [given.id, ...given.others].map(({ kind }) => kind) : [];
  };
  expect(kinds('9524321000026')).toEqual(['GTIN', 'SGLN', 'PGLN']);
  expect(kinds('952432100000000059')).toEqual(['SSCC', 'GSRN', 'GSRNP']);
  expect(kinds('4149524321000026')).toEqual(['SGLN']);
});

test('an EPC and a tag URI keep their scheme and filter', () => {
  for (const text of ['3034257BF4000A4000000007', 'urn:epc:tag:sgtin-96:1.0614141.000041.7']) {
    const given = identify(text);
    expect(given.ok && given.tag && toTagUri(given.tag)).toBe('urn:epc:tag:sgtin-96:1.0614141.000041.7');
  }
});

/** What is no identifier, and the code that says why. */
const REFUSED: [text: string, code: string][] = [
  ['', 'EMPTY'],
  [' \u3000\u200B', 'EMPTY'],
  ['pallet 7', 'UNKNOWN_FORM'],
  ['9524321000018', 'CHECK_DIGIT'],
  ['GLN 9524321000027', 'CHECK_DIGIT'],
  ['SSCC 9524321000027', 'LENGTH'],
  ['095243210000000171', 'CHECK_DIGIT'],
  ['12345', 'UNKNOWN_HEADER'],
  ['30345', 'TRUNCATED'],
  ['urn:epc:id:sgtin:9524321.000001', 'FIELD_COUNT'],
  ['https://example.com/', 'NO_KEY'],
  ['(01)1', 'LENGTH'],
  [']d2', 'AI_SYNTAX'],
  ['^01', 'LENGTH'],
  ['^9901^', 'NO_KEY'],
  ['x'.repeat(5000), 'TOO_LONG'],
];

test.each(REFUSED.map(([text, code]) => [code, text.slice(0, 40), text]))('%s for %j', (code, _, text) => {
  expect(identify(text)).toMatchObject({ ok: false, code });
});

test('bits of no known scheme come back raw', () => {
  expect(identify('1234567890ABCDEF')).toMatchObject({ ok: false, raw: 'urn:epc:raw:64.x1234567890ABCDEF' });
});

test('never throws, whatever the text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '(01)',
      '^',
      '\u001D',
      ']d2',
      ']E0',
      'https://',
      '/01/',
      'urn:epc:',
      '%',
      '01',
      '10',
      '21',
      '\u3000',
      '☃',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.stringMatching(/^[0-9A-Fa-f]{1,30}$/),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const given = identify(pieces.join(''));
      if (given.ok) expect(keyOf(given.id).length).toBeGreaterThan(0);
      else expect(given.message).not.toBe('');
    }),
    { numRuns: 5000 },
  );
});
