import fc from 'fast-check';
import { AI_TABLE, isValue } from '../../src/gs1/ai.ts';
import { DIGITS, SET_39, SET_64 } from '../../src/gs1/charset.ts';
import { checkDigit } from '../../src/gs1/check-digit.ts';
import type { Element } from '../../src/gs1/id.ts';
import { SET_82_CHARACTERS, digits, text } from './arbitrary.ts';

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const NUMERALS = '0123456789';
const two = (value: number) => String(value).padStart(2, '0');

/** Text that each encoding indicator suits best now and then. */
const mixed = (min: number, max: number): fc.Arbitrary<string> =>
  fc.oneof(
    text(SET_82_CHARACTERS, min, max),
    text(NUMERALS, min, max),
    text(`${NUMERALS}ABCDEF`, min, max),
    text(`${NUMERALS}abcdef`, min, max),
    text(`${NUMERALS + CAPITALS}-.:`, min, max),
    text(`${NUMERALS + CAPITALS + CAPITALS.toLowerCase()}-_`, min, max),
  );

const date = (dayMin: number) =>
  fc
    .tuple(fc.nat(99), fc.integer({ min: 1, max: 12 }), fc.integer({ min: dayMin, max: 28 }))
    .map((parts) => parts.map(two).join(''));

/** Values of components that a named check of the AI table guards. */
const GUARDED: Record<string, (max: number) => fc.Arbitrary<string>> = {
  csum: (max) => digits(max - 1).map((body) => body + checkDigit(body)),
  csumalpha: () => fc.constant('1987654Ad4X4bL5ttr2310c2K'),
  yymmdd: () => date(1),
  yymmd0: () => date(0),
  yyyymmdd: () => date(1).map((short) => `19${short}`),
  hh: () => fc.nat(23).map(two),
  mi: () => fc.nat(59).map(two),
  ss: () => fc.nat(59).map(two),
  hhmi: () => fc.tuple(fc.nat(23), fc.nat(59)).map((parts) => parts.map(two).join('')),
  zero: (max) => fc.constant('0'.repeat(max)),
  pieceoftotal: () =>
    fc.tuple(fc.integer({ min: 1, max: 99 }), fc.nat(98)).map(([total, skip]) => two(1 + (skip % total)) + two(total)),
  posinseqslash: () => fc.constantFrom('1/1', '1/2', '9/9'),
  hyphen: () => fc.constant('-'),
  iban: () => fc.constant('GB82WEST12345698765432'),
  iso3166: () => fc.constantFrom('156', '008', '840'),
  iso3166999: () => fc.constantFrom('156', '999'),
  iso3166alpha2: () => fc.constantFrom('CN', 'DE'),
  iso4217: () => fc.constantFrom('156', '978'),
  packagetype: () => fc.constantFrom('201', 'BX'),
  mediatype: () => fc.constantFrom('01', '10', '80'),
  yesno: () => fc.constantFrom('0', '1'),
  iso5218: () => fc.constantFrom('0', '1', '2', '9'),
  winding: () => fc.constantFrom('0', '1', '9'),
  latitude: () => fc.nat(1_800_000_000).map((value) => String(value).padStart(10, '0')),
  longitude: () => fc.nat(1_800_000_000).map((value) => String(value * 2).padStart(10, '0')),
  gcppos1: (max) => fc.tuple(digits(4), mixed(0, max - 4)).map((parts) => parts.join('')),
  canonicalint: (max) => fc.bigInt(0n, 10n ** BigInt(max) - 1n).map(String),
  couponcode: () => fc.constant('106141416543213150110120'),
  couponposoffer: () => fc.constant('1106141416543213100123456'),
};

/** Characters of a set for components that no check guards. */
function plain(set: number, min: number, max: number): fc.Arbitrary<string> {
  if (set === DIGITS) return digits(min, max);
  if (set === SET_39) return text(`#-/${NUMERALS}${CAPITALS}`, min, max);
  return set === SET_64 ? text(`${NUMERALS + CAPITALS}abc-_`, min, max) : mixed(min, max);
}

/** AIs whose second part the bits cannot lack. */
const WHOLE = ['253', '255', '8003', '7011'];
/** Characters that the bits of an AI have room for, where its value may be longer. */
const SHORTER: Record<string, number> = { 8007: 24 };

/** A value that an AI may have, and that its bits can hold. */
function valueOf(ai: string): fc.Arbitrary<string> {
  const parts = AI_TABLE.get(ai)!.components.map(({ set, min, max, optional, checks }) => {
    const guard = checks.find((name) => name in GUARDED && (name !== 'gcppos1' || set !== DIGITS));
    if (guard === 'gcppos1' && set === SET_39)
      return fc.tuple(digits(4), plain(set, 0, max - 4)).map((pair) => pair.join(''));
    const value = guard ? GUARDED[guard]!(max) : plain(set, min, Math.min(max, SHORTER[ai] ?? max));
    return optional && !WHOLE.includes(ai) ? fc.oneof(value, fc.constant('')) : value;
  });
  const joined = fc.tuple(...parts).map((values) => {
    const end = values.indexOf('');
    return (end < 0 ? values : values.slice(0, end)).join('');
  });
  return joined.filter((value) => isValue(ai, value));
}

export const elementOf = (ai: string): fc.Arbitrary<Element> => valueOf(ai).map((value): Element => [ai, value]);
