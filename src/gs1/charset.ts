import { Gs1Error } from './error.ts';

/** Sets of characters as bits of one table (GS1 General Specifications 7.11; TDS annex A and its CAGE rule). */
export const DIGITS = 1;
export const SET_82 = 2;
export const SET_39 = 4;
export const SET_64 = 8;
export const CAGE = 16;
export const CAPITALS = 32;
/** Letters, digits, `-` and `/`: the part numbers of ADI. */
export const ADI_PART = 64;
/** Must be written as a triplet in an EPC URN (TDS table A-1). */
const URN_ESCAPED = 128;
/** Stands plain in a Digital Link that we write (RFC 3986, unreserved). */
const UNRESERVED = 256;
/** May stand in a URI at all. */
export const URI = 512;
export const HEX = 1024;

const NUMERALS = '0123456789';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LETTERS = UPPER + UPPER.toLowerCase();
const MEMBERS: [set: number, characters: string][] = [
  [DIGITS, NUMERALS],
  [SET_82, `${NUMERALS + LETTERS}!"%&'()*+,-./:;<=>?_`],
  [SET_39, `${NUMERALS + UPPER}#-/`],
  [SET_64, `${NUMERALS + LETTERS}-_=`],
  [CAGE, (NUMERALS + UPPER).replace(/[IO]/g, '')],
  [CAPITALS, UPPER],
  [ADI_PART, `${NUMERALS + UPPER}-/`],
  [URN_ESCAPED, '"#%&/<>?'],
  [UNRESERVED, `${NUMERALS + LETTERS}-._~`],
  [URI, `${NUMERALS + LETTERS}-._~:/?#[]@!$&'()*+,;=%`],
  [HEX, `${NUMERALS}ABCDEFabcdef`],
];
const TABLE = new Uint16Array(128);
for (const [set, characters] of MEMBERS) for (const c of characters) TABLE[c.charCodeAt(0)]! |= set;

/** Whether the character code belongs to one of the sets. */
export const isIn = (code: number, sets: number): boolean => code < 128 && (TABLE[code]! & sets) !== 0;

/** Position of the first character of `text`, from `from` on, outside the sets; -1 where all belong. */
export function firstOutside(text: string, sets: number, from = 0): number {
  for (let i = from; i < text.length; i++) if (!isIn(text.charCodeAt(i), sets)) return i;
  return -1;
}

/** Two hexadecimal characters at `at` as a number, -1 where they are none. */
export function hexPair(text: string, at: number): number {
  const high = text.charCodeAt(at);
  const low = text.charCodeAt(at + 1);
  if (!isIn(high, HEX) || !isIn(low, HEX)) return -1;
  return (((high & 15) + (high > 57 ? 9 : 0)) << 4) | ((low & 15) + (low > 57 ? 9 : 0));
}

const TRIPLETS = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);

function escape(text: string, mustEscape: (code: number) => boolean): string {
  let out = '';
  let done = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!mustEscape(code)) continue;
    out += text.slice(done, i) + TRIPLETS[code & 255]!;
    done = i + 1;
  }
  return done === 0 ? text : out + text.slice(done);
}

/** Replaces each triplet by its byte, once: `%252F` becomes `%2F`. `at` is the text's place in the whole, for errors. */
export function percentDecode(text: string, at = 0): string {
  let next = text.indexOf('%');
  if (next < 0) return text;
  let out = '';
  let done = 0;
  for (; next >= 0; next = text.indexOf('%', done)) {
    const byte = hexPair(text, next + 1);
    if (byte < 0) throw new Gs1Error('ESCAPE', 'A % must be followed by two hexadecimal digits.', at + next);
    out += text.slice(done, next) + String.fromCharCode(byte);
    done = next + 3;
  }
  return out + text.slice(done);
}

/** The way values stand in Digital Links: every character but `A-Z a-z 0-9 - . _ ~` as a capital triplet. */
export const percentEncode = (text: string): string => escape(text, (code) => !isIn(code, UNRESERVED));

/** A text field of an EPC URN decoded; a character that must stand as a triplet but does not is refused. */
export function readUrnText(text: string, at = 0): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code !== 37 && isIn(code, URN_ESCAPED))
      throw new Gs1Error('ESCAPE', `"${text[i]}" must be written ${TRIPLETS[code]} in a URN.`, at + i);
  }
  return percentDecode(text, at);
}

/** A text field of an EPC URN with the triplets of TDS table A-1 and no others. */
export const writeUrnText = (text: string): string => escape(text, (code) => isIn(code, URN_ESCAPED));
