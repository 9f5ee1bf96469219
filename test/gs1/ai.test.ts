import { existsSync, readFileSync } from 'node:fs';
import { expect, describe, test } from 'vitest';
import { AI_CHECKS } from '../../src/gs1/ai-check.ts';
import { AI_TABLE, checkValue } from '../../src/gs1/ai.ts';
import { readElements } from '../../src/gs1/element-string.ts';
import { readFnc1 } from '../../src/gs1/fnc1.ts';
import { checkDigit, hasCheckDigit, parse, toElementString, toLink } from '../../src/gs1/index.ts';

const CORPUS = new URL('../../../shared/corpus/epc/', import.meta.url);
/** None without the corpus: the body of a skipped suite is run all the same. */
const vectors = <T>(name: string): T[] =>
  existsSync(CORPUS) ? (JSON.parse(readFileSync(new URL(name, CORPUS), 'utf8')) as { vectors: T[] }).vectors : [];

test('check digits', () => {
  expect(checkDigit('0952432100001')).toBe('9');
  expect(checkDigit('09524321000000017')).toBe('0');
  expect(hasCheckDigit('09524321000019')).toBe(true);
  expect(hasCheckDigit('09524321000091')).toBe(false);
  expect(hasCheckDigit('9')).toBe(false);
  expect(hasCheckDigit('0952432100x019')).toBe(false);
});

test('the table holds every AI, ranges and families', () => {
  expect(AI_TABLE.size).toBeGreaterThan(500);
  for (const ai of ['00', '01', '235', '3105', '3943', '4330', '7040', '8200', '91', '99'])
    expect(AI_TABLE.has(ai), ai).toBe(true);
  for (const ai of ['3106', '89', '04', '100', '9']) expect(AI_TABLE.has(ai), ai).toBe(false);
  expect(AI_TABLE.get('01')?.qualifiers).toEqual([['22', '10', '21'], ['235']]);
});

/** A check's name, a value that passes and one that does not. */
const CHECKED: [name: string, good: string[], bad: string[]][] = [
  ['yymmdd', ['260228', '240229', '000229'], ['260229', '261301', '260100', '26010', '26010x']],
  ['yymmd0', ['260200'], ['260001', '260032']],
  ['yyyymmdd', ['20240229', '20000229'], ['21000229', '20240230']],
  ['yyyymmd0', ['19000200'], ['19000229']],
  ['hhmi', ['0000', '2359'], ['2400', '2360']],
  ['pieceoftotal', ['0101', '0299'], ['0001', '0302', '0100', '1']],
  ['posinseqslash', ['1/1', '2/10'], ['2/1', '0/1', '01/2', '1/']],
  ['csumalpha', ['1987654Ad4X4bL5ttr2310c2K'], ['1987654Ad4X4bL5ttr2310c2X', 'AB']],
  ['iban', ['DE91100000000123456789'], ['DE91100000000123456788', 'DE']],
  ['mediatype', ['01', '10', '80'], ['00', '11', '79']],
  ['pcenc', ['a%20b', ''], ['a%2', '%zz']],
  ['nozeroprefix', ['10', ''], ['010', '0', 'A']],
  ['canonicalint', ['10', '0'], ['010', '00', 'A']],
  ['csumalpha', ['1987654Ad4X4bL5ttr2310c2K', '!22'], ['1987654Ad4X4bL5ttr2310c2X', '22', '']],
  ['iso3166', ['156', '004'], ['999', '000', '4', 'CN']],
  ['iso3166999', ['999', '156'], ['998']],
  ['iso3166alpha2', ['CN', 'GB'], ['UK', 'cn', 'C']],
  ['iso4217', ['156', '978', '924'], ['191', '000', 'CNY']],
  ['packagetype', ['PX', '8', 'APE', '201'], ['', '0', 'px', 'PXX']],
  ['cset64', ['', 'A-_', '1==', '12='], ['=', '123=', 'a b', '1==2']],
  ['importeridx', ['A', '_'], ['', 'AA', '=']],
  [
    'couponposoffer',
    ['001234561234560123456', '101234561234560123456'],
    ['201234561234560123456', '0012345612345601234567'],
  ],
  [
    'couponcode',
    ['012345612345611110123', '0123456123456111101233250606', '01234561234561111012335006064500606'],
    [
      '',
      '712345612345611110123',
      '0123456123456111101233201310',
      '01234561234561111012335006054500606',
      '0123456123456111101237',
    ],
  ],
  ['nonzero', ['01'], ['00', '']],
];

test.each(CHECKED)('check %s', (name, good, bad) => {
  for (const value of good) expect(AI_CHECKS[name]!(value), value).toBe(true);
  for (const value of bad) expect(AI_CHECKS[name]!(value), value).toBe(false);
});

test('values of several components', () => {
  checkValue('7007', '260101');
  checkValue('7007', '260101260102');
  expect(() => checkValue('7007', '2601012601')).toThrow(/too short/);
  checkValue('8003', '00614141000418');
  expect(() => checkValue('8003', '10614141000418')).toThrow(/zero/);
  checkValue('8008', '26010112');
  expect(() => checkValue('8008', '26010124')).toThrow(/hh check/);
});

describe('element strings', () => {
  test('a bracket inside a value is escaped, and only so', () => {
    expect(() => readElements('(10)a\\(01\\)b')).toThrow(/may not stand/);
    expect(readElements('(10)a\\(01)b')).toEqual([['10', 'a(01)b']]);
    const id = parse('(01)09524321000019(21)a\\(01)b');
    expect(toElementString(id)).toBe('(01)09524321000019(21)a\\(01)b');
  });

  test('key first, qualifiers in order, the rest as given', () => {
    expect(toElementString(parse('(17)270131(21)7(11)260131(10)A(01)09524321000019'))).toBe(
      '(01)09524321000019(10)A(21)7(17)270131(11)260131',
    );
  });

  test('every AI goes into the link, and comes back', () => {
    const id = parse('(01)09524321000019(10)A/1(21)7(17)270131(3103)000250');
    expect(toLink(id)).toBe('https://id.gs1.org/01/09524321000019/10/A%2F1/21/7?17=270131&3103=000250');
    expect(parse(toLink(id)!)).toEqual(id);
  });

  test('an AI that a link cannot carry leaves no link', () => {
    expect(toLink(parse('(01)09524321000019(8200)example.com'))).toBeUndefined();
  });
});

test('scanned data', () => {
  expect(readFnc1('^0109524321000019310300025010A7^2112')).toEqual([
    ['01', '09524321000019'],
    ['3103', '000250'],
    ['10', 'A7'],
    ['21', '12'],
  ]);
  for (const data of ['', '^', '0109524321000019', '^89A', '^0109524321000018', '^10'])
    expect(() => readFnc1(data), data).toThrow();
});

describe.skipIf(!existsSync(CORPUS))('corpus', () => {
  interface Case {
    linter: string;
    input: string;
    valid: boolean;
  }
  const cases = vectors<Case>('unit-ai-linters.json');
  /** Cases run against a list of company prefixes that knows none of them; without a list nobody can tell. */
  const isUnlisted = ({ linter, input, valid }: Case): boolean =>
    !valid &&
    (linter.startsWith('gcppos') || cases.some((one) => one.valid && one.linter === linter && one.input === input));

  test('named checks', () => {
    const wrong = cases.filter((one) => AI_CHECKS[one.linter]!(one.input) !== one.valid && !isUnlisted(one));
    expect(wrong).toEqual([]);
    expect(cases.filter(isUnlisted)).toHaveLength(10);
  });

  test('bracketed and scanned data', () => {
    interface Case {
      form: 'brackets' | 'fnc1';
      input: string;
      valid: boolean;
    }
    const reads = ({ form, input }: Case) => {
      try {
        return (form === 'brackets' ? readElements(input) : readFnc1(input)).length > 0;
      } catch {
        return false;
      }
    };
    expect(vectors<Case>('unit-ai-parser.json').filter((one) => reads(one) !== one.valid)).toEqual([]);
  });
});
