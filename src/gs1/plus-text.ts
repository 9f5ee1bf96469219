import { type Cursor, putBits, takeBits } from './bits.ts';
import { Gs1Error } from './error.ts';

/*
 * Characters and long numbers in the bits of the `+` schemes (TDS 2.3 sections 14.5.6 and 14.5.13): every way to write
 * text, each with an indicator of its own.
 */

/** Bits that a double holds exactly. */
const EXACT_BITS = 53;
const CHUNK_BITS = 32;
const INDICATOR_BITS = 3;
const LOG2_10 = Math.log2(10);

/** Writes a number, refused where the tag has no room for it. */
export function put(cursor: Cursor, count: number, value: number): void {
  if (cursor.at + count > cursor.length)
    throw new Gs1Error('TOO_LONG', `An EPC has room for ${cursor.length} bits; this needs more.`);
  putBits(cursor, count, value);
}

/** Bits that any number of so many digits needs. */
const bitsOfDigits = (digits: number): number => Math.ceil(digits * LOG2_10);
/** Bits that a count from 0 to `max` needs. */
export const bitsOfCount = (max: number): number => Math.ceil(Math.log2(max + 1));

function takeWhole(cursor: Cursor, count: number): string {
  if (count <= EXACT_BITS) return String(takeBits(cursor, count));
  let value = 0n;
  for (let left = count; left > 0; left -= CHUNK_BITS) {
    const chunk = Math.min(CHUNK_BITS, left);
    value = (value << BigInt(chunk)) + BigInt(takeBits(cursor, chunk));
  }
  return String(value);
}

function putWhole(cursor: Cursor, count: number, digits: string): void {
  if (count <= EXACT_BITS) return put(cursor, count, Number(digits));
  const value = BigInt(digits);
  for (let left = count; left > 0; left -= CHUNK_BITS) {
    const chunk = Math.min(CHUNK_BITS, left);
    put(cursor, chunk, Number(BigInt.asUintN(chunk, value >> BigInt(left - chunk))));
  }
}

/** Digits as one number: leading zeros survive, since their count is known. */
export function takeDigits(cursor: Cursor, digits: number): string {
  const at = cursor.at;
  const value = takeWhole(cursor, bitsOfDigits(digits));
  if (value.length > digits) throw new Gs1Error('RANGE', `${value} has more than ${digits} digits.`, at);
  return value.padStart(digits, '0');
}

export const putDigits = (cursor: Cursor, value: string): void => putWhole(cursor, bitsOfDigits(value.length), value);

/** The characters that one coding knows: each one's number is its place. */
interface Alphabet {
  readonly characters: string;
  readonly codes: Int8Array;
}

function alphabet(characters: string): Alphabet {
  const codes = new Int8Array(128).fill(-1);
  for (let i = 0; i < characters.length; i++) codes[characters.charCodeAt(i)] = i;
  return { characters, codes };
}

const NUMERALS = '0123456789';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ASCII = alphabet(Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join(''));
const BASE_64 = alphabet(`${UPPER}${UPPER.toLowerCase()}${NUMERALS}-_`);
/** Stands for no character in the last unit of URN Code 40. */
const PAD = '\0';
const CODE_40 = alphabet(`${PAD}${UPPER}-.:${NUMERALS}`);
const DECIMAL = alphabet(NUMERALS);

const holds = ({ codes }: Alphabet, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if ((codes[text.charCodeAt(i)] ?? -1) < 0) return false;
  return true;
};

/** One way to write text. */
interface Coding {
  readonly alphabet: Alphabet;
  bits(length: number): number;
  read(cursor: Cursor, length: number): string;
  write(cursor: Cursor, text: string): void;
}

/** A fixed number of bits for each character. */
const each = (set: Alphabet, bits: number): Coding => ({
  alphabet: set,
  bits: (length) => length * bits,
  read(cursor, length) {
    let text = '';
    for (let i = 0; i < length; i++) text += set.characters[takeBits(cursor, bits)]!;
    return text;
  },
  write(cursor, text) {
    for (let i = 0; i < text.length; i++) put(cursor, bits, set.codes[text.charCodeAt(i)]!);
  },
});

const UNIT_BITS = 16;
const UNIT_CHARACTERS = 3;
const UNIT_MAX = 64_000;
const unitsOf = (length: number): number => Math.ceil(length / UNIT_CHARACTERS);

/** URN Code 40: three characters in 16 bits as 1600a + 40b + c + 1; pads fill the last unit and stand nowhere else. */
export const CODE_40_CODING: Coding = {
  alphabet: CODE_40,
  bits: (length) => unitsOf(length) * UNIT_BITS,
  read(cursor, length) {
    const at = cursor.at;
    let text = '';
    for (let unit = 0; unit < unitsOf(length); unit++) {
      const value = takeBits(cursor, UNIT_BITS);
      if (value === 0 || value > UNIT_MAX)
        throw new Gs1Error('RANGE', `${value} is no unit of URN Code 40.`, cursor.at - UNIT_BITS);
      const rest = value - 1;
      for (const code of [Math.floor(rest / 1600), Math.floor(rest / 40) % 40, rest % 40])
        text += CODE_40.characters[code]!;
    }
    if (text.slice(0, length).includes(PAD) || text.slice(length) !== PAD.repeat(text.length - length))
      throw new Gs1Error('TERMINATOR', `Text of ${length} characters is padded at another place.`, at);
    return text.slice(0, length);
  },
  write(cursor, text) {
    const code = (i: number): number => (i < text.length ? CODE_40.codes[text.charCodeAt(i)]! : 0);
    for (let i = 0; i < text.length; i += UNIT_CHARACTERS)
      put(cursor, UNIT_BITS, code(i) * 1600 + code(i + 1) * 40 + code(i + 2) + 1);
  },
};

/** By indicator; 6 and 7 are not assigned. */
const CODINGS: readonly Coding[] = [
  { alphabet: DECIMAL, bits: bitsOfDigits, read: takeDigits, write: putDigits },
  each(alphabet(`${NUMERALS}ABCDEF`), 4),
  each(alphabet(`${NUMERALS}abcdef`), 4),
  each(BASE_64, 6),
  each(ASCII, 7),
  CODE_40_CODING,
];

/** Whether a coding has all the characters. */
export const canWrite = (coding: Coding, text: string): boolean => holds(coding.alphabet, text);

/** A count from 1 to `max` before what it counts. */
export function takeCount(cursor: Cursor, max: number): number {
  const at = cursor.at;
  const count = takeBits(cursor, bitsOfCount(max));
  if (count === 0 || count > max)
    throw new Gs1Error('LENGTH', `A length from 1 to ${max} is expected, not ${count}.`, at);
  return count;
}

/** Text of up to `max` characters: indicator, count, characters. Every assigned indicator is read. */
export function takeText(cursor: Cursor, max: number): string {
  const at = cursor.at;
  const indicator = takeBits(cursor, INDICATOR_BITS);
  const coding = CODINGS[indicator];
  if (!coding) throw new Gs1Error('INDICATOR', `The encoding indicator ${indicator} is not assigned.`, at);
  return coding.read(cursor, takeCount(cursor, max));
}

/** Writes text in the coding that takes fewest bits, the lowest indicator where two take the same. */
export function putText(cursor: Cursor, max: number, text: string): void {
  let best = -1;
  CODINGS.forEach((coding, indicator) => {
    if (!canWrite(coding, text)) return;
    if (best < 0 || coding.bits(text.length) < CODINGS[best]!.bits(text.length)) best = indicator;
  });
  const coding = CODINGS[best];
  if (!coding || text.length > max)
    throw new Gs1Error('LENGTH', `"${text}" is not text of 1 to ${max} ASCII characters.`);
  put(cursor, INDICATOR_BITS, best);
  put(cursor, bitsOfCount(max), text.length);
  coding.write(cursor, text);
}

/** A character of base64url in six bits. */
export const takeBase64 = (cursor: Cursor, count: number): string => each64.read(cursor, count);
export const putBase64 = (cursor: Cursor, text: string): void => each64.write(cursor, text);
const each64 = CODINGS[3]!;
