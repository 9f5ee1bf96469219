import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identify, toElementString } from '../../src/gs1/index.ts';
import { SET_82_CHARACTERS, text } from './arbitrary.ts';

const GS = '\u001D';
const meant = (scan: string): string => {
  const given = identify(scan);
  return given.ok ? toElementString(given.id)! : given.code;
};

/** What a scanner or a keyboard wedge sends, and what it means. */
const SCANS: [scan: string, elements: string][] = [
  [`]d2010952432100001917270131${GS}10A7`, '(01)09524321000019(10)A7(17)270131'],
  [`]d2${GS}0109524321000019`, '(01)09524321000019'],
  [']C100095243210000000170', '(00)095243210000000170'],
  [`]e0010952432100001910A${GS}217`, '(01)09524321000019(10)A(21)7'],
  [`]Q3010952432100001910A${GS}217`, '(01)09524321000019(10)A(21)7'],
  [`]J1010952432100001910A${GS}217`, '(01)09524321000019(10)A(21)7'],
  [`${GS}010952432100001910A${GS}217`, '(01)09524321000019(10)A(21)7'],
  [']E09524321000019', '(01)09524321000019'],
  [']E0416000336108', '(01)00416000336108'],
  [']E004252614', '(01)00042100005264'],
  [']E3952432100001912', '(01)09524321000019'],
  [']E402345673', '(01)00000002345673'],
  [']I119524321000016', '(01)19524321000016'],
  // a symbology that says nothing
  [']Q1https://id.gs1.org/01/09524321000019', '(01)09524321000019'],
  [']C09524321000019', '(01)09524321000019'],
  // FNC1 replaced
  ['^010952432100001910A^217', '(01)09524321000019(10)A(21)7'],
  [']d2010952432100001910A{GS}217', '(01)09524321000019(10)A(21)7'],
  [']d2010952432100001910A␝217', '(01)09524321000019(10)A(21)7'],
  [']d2010952432100001910A\\x1D217', '(01)09524321000019(10)A(21)7'],
  [']d2010952432100001910A 217', '(01)09524321000019(10)A(21)7'],
  ['010952432100001910A|217', '(01)09524321000019(10)A(21)7'],
  // FNC1 lost, and one reading left
  ['01095243210000191727013110AB', '(01)09524321000019(10)AB(17)270131'],
  ['010952432100001910AB', '(01)09524321000019(10)AB'],
  ['01 09524321000019 17 270131 10 AB', '(01)09524321000019(10)AB(17)270131'],
  // the standard's reading of announced data holds, even where another would be possible
  [']d2010952432100001910A72112', '(01)09524321000019(10)A72112'],
];
test.each(SCANS)('%j', (scan, elements) => expect(meant(scan)).toBe(elements));

/** What is no scan of an identifier, and why. */
const REFUSED: [scan: string, code: string][] = [
  [']d2', 'AI_SYNTAX'],
  [']d20109524321000018', 'CHECK_DIGIT'],
  [']d28901', 'UNKNOWN_AI'],
  [']d210A7', 'NO_KEY'],
  [']E09524321000018', 'CHECK_DIGIT'],
  [']E095243210000', 'LENGTH'],
  [']E4952432100001', 'LENGTH'],
  [']E112', 'NO_KEY'],
  [']I112345678', 'LENGTH'],
  ['010952432100001910A72112', 'AMBIGUOUS'],
  [']d201095243210000191012345678901234567890211217270131', 'AMBIGUOUS'],
  ['0109524321000018', 'CHECK_DIGIT'],
];
test.each(REFUSED)('%j is %s', (scan, code) => expect(meant(scan)).toBe(code));

test('a refusal tells the place in the text', () => {
  expect(identify(']d2010952432100001917271331')).toMatchObject({ ok: false, code: 'DATE', position: 21 });
  expect(identify('0109524321000018')).toMatchObject({ ok: false, position: 2 });
});

describe('lost separators', () => {
  const element = fc.oneof(
    fc.tuple(fc.constantFrom('10', '21', '240', '90'), text(SET_82_CHARACTERS, 1, 12)),
    fc.constantFrom(['17', '270131'] as [string, string], ['3103', '000250'] as [string, string]),
  );

  test('are never guessed: the reading is the true one, or there is none', () => {
    fc.assert(
      fc.property(fc.uniqueArray(element, { maxLength: 4, selector: ([ai]) => ai }), (elements) => {
        const all = [['01', '09524321000019'], ...elements];
        const bare = identify(all.map((parts) => parts.join('')).join(''));
        const told = identify(`]d2${all.map((parts) => parts.join('')).join(GS)}`);
        if (told.ok && bare.ok && bare.form === 'element string') expect(bare.id).toEqual(told.id);
      }),
      { numRuns: 1000 },
    );
  });

  test('long data do not take long', () => {
    for (const rest of ['1'.repeat(239), '102130'.repeat(40), '10A21B90C91D92E'.repeat(16)])
      expect(identify(`0109524321000019${rest}`)).toHaveProperty('ok');
  });
});
