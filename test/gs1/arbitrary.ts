import fc from 'fast-check';
import { type UrnScheme, URN_SCHEMES } from '../../src/gs1/scheme.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const SET_82_CHARACTERS = `!"%&'()*+,-./0123456789:;<=>?_${LETTERS}${LETTERS.toLowerCase()}`;
const SET_39_CHARACTERS = `#-/0123456789${LETTERS}`;
const PART_CHARACTERS = `-/0123456789${LETTERS}`;
const CAGE_CHARACTERS = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ';

export const text = (characters: string, min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters.split('')), minLength: min, maxLength: max });
export const digits = (min: number, max = min): fc.Arbitrary<string> => text('0123456789', min, max);
/** A number of up to so many bits without leading zeros, its edges often. */
const integer = (bits: number): fc.Arbitrary<string> =>
  fc
    .oneof(fc.constantFrom(0n, 1n, 2n ** BigInt(bits) - 1n), fc.bigInt(0n, 2n ** BigInt(bits) - 1n))
    .map((value) => String(value));

const serial = (max: number) => fc.oneof(text(SET_82_CHARACTERS, 1, max), digits(1, Math.min(max, 16)));
const cage = text(CAGE_CHARACTERS, 5, 6);
const cpiSerial = fc.bigInt(0n, 999_999_999_999n).map(String);
const adiSerial = fc.tuple(fc.constantFrom('', '#'), text(PART_CHARACTERS, 1, 29)).map(([mark, rest]) => mark + rest);

/** Values of the fields behind prefix and reference, or of all fields, that every URN of the scheme may have. */
const TAILS: Record<string, fc.Arbitrary<string>[]> = {
  sgtin: [serial(20)],
  sscc: [],
  sgln: [serial(20)],
  grai: [serial(16)],
  giai: [],
  gsrn: [],
  gsrnp: [],
  gdti: [serial(17)],
  cpi: [cpiSerial],
  sgcn: [digits(1, 12)],
  itip: [digits(2), digits(2), serial(20)],
  ginc: [],
  gsin: [],
  upui: [serial(28)],
  pgln: [],
  lgtin: [serial(20)],
  gid: [integer(28), integer(24), integer(36)],
  usdod: [cage, integer(36)],
  adi: [cage, text(PART_CHARACTERS, 0, 32), adiSerial],
  bic: [fc.tuple(text(LETTERS, 3, 3), fc.constantFrom('J', 'U', 'Z'), digits(7)).map((parts) => parts.join(''))],
  imovn: [digits(7)],
};

/** What the fields must be to fit a binary scheme whose URN allows more. */
export const FITTING: Record<string, fc.Arbitrary<string>[]> = {
  'SGTIN-96': [integer(38)],
  'SGLN-96': [integer(41)],
  'GRAI-96': [integer(38)],
  'GDTI-96': [integer(41)],
  'GDTI-113': [digits(1, 17)],
  'CPI-96': [integer(31)],
  'ITIP-110': [digits(2), digits(2), integer(38)],
};

/** References that fit a binary scheme whose URN allows more, for a company prefix of so many digits. */
export const FITTING_REFERENCE: Record<string, (gcpLength: number) => fc.Arbitrary<string>> = {
  'GIAI-96': (length) => integer([42, 45, 48, 52, 55, 58, 62][12 - length]!),
  'CPI-96': (length) => fc.bigInt(0n, 10n ** BigInt(15 - length) - 1n).map(String),
};

/** URN fields, unescaped, of a scheme. */
export function fields(
  scheme: UrnScheme,
  tails = TAILS[scheme.urn]!,
  reference?: (gcpLength: number) => fc.Arbitrary<string>,
): fc.Arbitrary<string[]> {
  const { key } = scheme;
  if (!key) return fc.tuple(...tails);
  return fc.integer({ min: 6, max: 12 }).chain((length) => {
    const characters = scheme.urn === 'cpi' ? SET_39_CHARACTERS : SET_82_CHARACTERS;
    const size = key.size - length;
    const behind = reference?.(length) ?? (key.shape === 'text' ? text(characters, 1, size) : digits(size));
    return fc.tuple(digits(length), behind, ...tails);
  });
}

const ESCAPED = /["#%&/<>?]/g;
const triplet = (c: string) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`;
export const urnOf = (scheme: UrnScheme, values: readonly string[]): string =>
  `urn:epc:${scheme.space}:${scheme.urn}:${values.map((value) => value.replace(ESCAPED, triplet)).join('.')}`;

/** A valid URN of any scheme. */
export const urn: fc.Arbitrary<string> = fc
  .constantFrom(...URN_SCHEMES)
  .chain((scheme) => fields(scheme).map((values) => urnOf(scheme, values)));

/** A piece number above its total is read from URNs and bits, yet no element string and no link may say it. */
export function isPieceAboveTotal(uri: string): boolean {
  const [scheme, , piece, total] = uri.split('.');
  return scheme!.startsWith('urn:epc:id:itip:') && (Number(piece) === 0 || Number(piece) > Number(total));
}
