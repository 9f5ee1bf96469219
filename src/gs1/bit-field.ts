import { DIGITS, firstOutside } from './charset.ts';
import { type Cursor, areZero, putBits, putDecimal, takeBits, takeDecimal } from './bits.ts';
import { Gs1Error } from './error.ts';

/**
 * One field of a binary scheme (TDS 2.3 section 14.3 and 14.4). `gcpLength` picks the column where widths depend on the
 * company prefix; `digits` is how many the URN field has there. Values are unescaped.
 */
export interface BitField {
  /** Ends with zero bits that go on to the end of all that the reader has given. */
  readonly isText?: true;
  read(cursor: Cursor, gcpLength: number, digits: number): string;
  write(cursor: Cursor, value: string, gcpLength: number, digits: number): void;
}

/** A width that is the same for all company prefixes, or one for each partition 0..6. */
type Width = number | readonly number[];
const widthAt = (width: Width, gcpLength: number): number =>
  typeof width === 'number' ? width : width[12 - gcpLength]!;

function checkInteger(value: string): void {
  if (value === '' || firstOutside(value, DIGITS) >= 0)
    throw new Gs1Error('CHARACTER', `"${value}" is not made of digits; the scheme holds numbers only.`);
  if (value.length > 1 && value.startsWith('0'))
    throw new Gs1Error('LEADING_ZERO', `"${value}" has a leading zero; the scheme holds plain numbers only.`);
}

/** A number with a fixed count of digits; no digits at all is an empty field, written as 0. */
export const padded = (width: Width): BitField => ({
  read(cursor, gcpLength, digits) {
    const at = cursor.at;
    const value = takeBits(cursor, widthAt(width, gcpLength));
    if (value >= 10 ** digits) throw new Gs1Error('RANGE', `${value} has more than ${digits} digits.`, at);
    return digits === 0 ? '' : String(value).padStart(digits, '0');
  },
  write: (cursor, value, gcpLength) => putBits(cursor, widthAt(width, gcpLength), Number(value)),
});

/** A number without leading zeros; `digitsMax` gives the most digits for partitions 0..6 where bits alone allow more. */
export const integer = (width: Width, digitsMax?: readonly number[]): BitField => {
  const checkDigits = (value: string, gcpLength: number, at?: number) => {
    const max = digitsMax?.[12 - gcpLength] ?? Infinity;
    if (value.length > max) throw new Gs1Error('RANGE', `${value} has more than ${max} digits.`, at);
  };
  return {
    read(cursor, gcpLength) {
      const at = cursor.at;
      const value = takeDecimal(cursor, widthAt(width, gcpLength));
      checkDigits(value, gcpLength, at);
      return value;
    },
    write(cursor, value, gcpLength) {
      checkInteger(value);
      checkDigits(value, gcpLength);
      putDecimal(cursor, widthAt(width, gcpLength), value);
    },
  };
};

/** Digits behind a 1, as a number: leading zeros survive. */
export const numericString = (width: number): BitField => ({
  read(cursor) {
    const at = cursor.at;
    const value = takeDecimal(cursor, width);
    if (!value.startsWith('1') || value.length < 2)
      throw new Gs1Error(
        'RANGE',
        `A numeric string starts with a 1 that ${value} lacks, or has nothing behind it.`,
        at,
      );
    return value.slice(1);
  },
  write(cursor, value) {
    if (firstOutside(value, DIGITS) >= 0) throw new Gs1Error('CHARACTER', `"${value}" is not made of digits.`);
    putDecimal(cursor, width, `1${value}`);
  },
});

/** Two digits in 7 bits. */
export const twoDigits: BitField = {
  read(cursor) {
    const at = cursor.at;
    const value = takeBits(cursor, 7);
    if (value > 99) throw new Gs1Error('RANGE', `${value} is above 99.`, at);
    return String(value).padStart(2, '0');
  },
  write: (cursor, value) => putBits(cursor, 7, Number(value)),
};

/** ASCII characters of 7 bits, then zero bits to the field's end. */
export const text7 = (width: Width): BitField => ({
  isText: true,
  read(cursor, gcpLength) {
    const end = cursor.at + widthAt(width, gcpLength);
    let text = '';
    while (cursor.at + 7 <= end) {
      const code = takeBits(cursor, 7);
      if (code === 0) break;
      text += String.fromCharCode(code);
    }
    if (!areZero(cursor, end))
      throw new Gs1Error('TERMINATOR', 'Bits are set behind the end of a text field.', cursor.at);
    cursor.at = end;
    return text;
  },
  write(cursor, value, gcpLength) {
    const end = cursor.at + widthAt(width, gcpLength);
    for (let i = 0; i < value.length; i++) putBits(cursor, 7, value.charCodeAt(i));
    cursor.at = end;
  },
});

/** Low six bits of capitals, digits, `#`, `-`, `/`: one character. */
const sixToCode = (six: number): number => (six < 32 ? six + 64 : six);

/** Characters of 6 bits up to six zero bits, in steps of six from the field's start. */
export const text6: BitField = {
  read(cursor) {
    let text = '';
    for (let six = takeBits(cursor, 6); six !== 0; six = takeBits(cursor, 6))
      text += String.fromCharCode(sixToCode(six));
    return text;
  },
  write(cursor, value) {
    for (let i = 0; i < value.length; i++) putBits(cursor, 6, value.charCodeAt(i) & 63);
    putBits(cursor, 6, 0);
  },
};

const SPACE = 32;
const CAGE_CHARACTERS = 6;

/** CAGE code or DoDAAC in six characters of 8 or 6 bits; a space goes before a code of five. */
export const cageCode = (bits: 6 | 8): BitField => ({
  read(cursor) {
    const at = cursor.at;
    let text = '';
    for (let i = 0; i < CAGE_CHARACTERS; i++) {
      const code = takeBits(cursor, bits);
      if (i === 0 && code === SPACE) continue;
      text += String.fromCharCode(bits === 6 ? sixToCode(code) : code);
    }
    if (text.includes(' ')) throw new Gs1Error('CHARACTER', 'A space stands inside a CAGE code.', at);
    return text;
  },
  write(cursor, value) {
    const code = value.padStart(CAGE_CHARACTERS, ' ');
    for (let i = 0; i < CAGE_CHARACTERS; i++) putBits(cursor, bits, code.charCodeAt(i) & (bits === 6 ? 63 : 255));
  },
});
