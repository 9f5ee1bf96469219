import { DIGITS, firstOutside } from './charset.ts';
import { Gs1Error } from './error.ts';

/** Bytes of a number of up to 14, and of up to 18 digits. */
const SHORT_NUMBER_BYTES = 6;
const LONG_NUMBER_BYTES = 8;
/** Digits from which a number takes LONG_NUMBER_BYTES; 14 digits fit 6 bytes. */
const SHORT_NUMBER_DIGITS_MAX = 14;
/** Serials of more digits stay text: 15 digits are exact in a double. */
const SERIAL_DIGITS_MAX = 15;
/** Tag of a serial of L digits with leading zeros is PADDED_TAG + L. */
const PADDED_TAG = 0x0a;
const PADDED_TAG_MIN = PADDED_TAG + 2;
const PADDED_TAG_MAX = PADDED_TAG + SERIAL_DIGITS_MAX;
/** The lowest byte of a text serial: no character of set 82 is below it. */
const TEXT_MIN = 0x21;
const BILLION = 1_000_000_000;

/** Bytes of a zero-padded number of L digits: the fewest that hold 10^L - 1. */
const PADDED_BYTES = Array.from({ length: SERIAL_DIGITS_MAX + 1 }, (_, digits) =>
  Math.ceil((digits * Math.log2(10)) / 8),
);

const broken = () => new Gs1Error('KEY_BYTES', 'The bytes are no identifier key.');

/** How many bytes a number of so many digits takes. */
export const numberBytes = (digits: number): number =>
  digits <= SHORT_NUMBER_DIGITS_MAX ? SHORT_NUMBER_BYTES : LONG_NUMBER_BYTES;

/** Writes `value`, a whole number below 2^53, big-endian into `count` bytes. */
function putInteger(out: Uint8Array, at: number, count: number, value: number): void {
  for (let i = at + count - 1, rest = value; i >= at; i--) {
    const high = Math.floor(rest / 256);
    out[i] = rest - high * 256;
    rest = high;
  }
}

/** A big-endian whole number; exact where it is below 2^53, which all callers see to. */
function getInteger(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 256 + bytes[i]!;
  return value;
}

/** Writes decimal digits as one big-endian number; returns the position behind it. */
export function putDigits(out: Uint8Array, at: number, digits: string): number {
  if (digits.length <= SHORT_NUMBER_DIGITS_MAX) {
    putInteger(out, at, SHORT_NUMBER_BYTES, Number(digits));
    return at + SHORT_NUMBER_BYTES;
  }
  // two halves of nine digits, multiplied together in 16-bit steps: the product is above 2^53
  let carry = Number(digits.slice(-9));
  const high = Number(digits.slice(0, -9));
  for (let word = 3, factor = BILLION; word >= 0; word--) {
    const product = high * (factor & 0xffff);
    const sum = carry + product;
    const next = Math.floor(sum / 65536);
    putInteger(out, at + word * 2, 2, sum - next * 65536);
    carry = next;
    factor = Math.floor(factor / 65536);
  }
  return at + LONG_NUMBER_BYTES;
}

/** The digits that `putDigits` has written. */
export function getDigits(bytes: Uint8Array, at: number, digits: number): string {
  if (at + numberBytes(digits) > bytes.length) throw broken();
  if (digits <= SHORT_NUMBER_DIGITS_MAX) {
    const text = String(getInteger(bytes, at, SHORT_NUMBER_BYTES)).padStart(digits, '0');
    if (text.length > digits) throw broken();
    return text;
  }
  // long division by a billion, 16 bits at a time
  let quotient = 0;
  let rest = 0;
  for (let word = 0; word < 4; word++) {
    const part = rest * 65536 + getInteger(bytes, at + word * 2, 2);
    const q = Math.floor(part / BILLION);
    quotient = quotient * 65536 + q;
    rest = part - q * BILLION;
  }
  const text = String(quotient).padStart(digits - 9, '0') + String(rest).padStart(9, '0');
  if (text.length > digits) throw broken();
  return text;
}

/** Bytes of a serial or lot: a counted minimal integer, a padded number, or the text itself. */
export function serialBytes(serial: string): Uint8Array {
  const isNumber = serial.length <= SERIAL_DIGITS_MAX && firstOutside(serial, DIGITS) < 0;
  if (!isNumber || serial === '') return textBytes(serial);
  const value = Number(serial);
  const isPadded = serial.length > 1 && serial.startsWith('0');
  let count = PADDED_BYTES[serial.length]!;
  if (!isPadded) for (count = 1; count < 7 && value >= 256 ** count;) count++;
  const out = new Uint8Array(count + 1);
  out[0] = isPadded ? PADDED_TAG + serial.length : count;
  putInteger(out, 1, count, value);
  return out;
}

/** The serial in the bytes from `at` to the end. */
export function serialText(bytes: Uint8Array, at: number): string {
  const tag = bytes[at] ?? 0;
  if (tag >= TEXT_MIN) {
    const text = latin1(bytes, at);
    if (text.length <= SERIAL_DIGITS_MAX && firstOutside(text, DIGITS) < 0) throw broken();
    return text;
  }
  const digits = tag >= PADDED_TAG_MIN && tag <= PADDED_TAG_MAX ? tag - PADDED_TAG : 0;
  const count = digits > 0 ? PADDED_BYTES[digits]! : tag;
  if (count < 1 || count > 7 || at + 1 + count !== bytes.length) throw broken();
  const text = String(getInteger(bytes, at + 1, count)).padStart(digits, '0');
  // only what serialBytes writes: no needless zero byte, no number too large for its digits
  const isMinimal = digits > 0 ? text.length === digits && text.startsWith('0') : text.length <= SERIAL_DIGITS_MAX;
  if (!isMinimal || (digits === 0 && count > 1 && bytes[at + 1] === 0)) throw broken();
  return text;
}

/** Bytes of text of character set 82. */
export function textBytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

/** Characters made in one call: its arguments go on the stack. */
const CHARACTERS_A_CALL = 4096;

/** Text, one character a byte, of the bytes from `at` to before `end`. */
export function latin1(bytes: Uint8Array, at = 0, end = bytes.length): string {
  let out = '';
  for (let from = at; from < end; from += CHARACTERS_A_CALL) {
    const part: ArrayLike<number> = bytes.subarray(from, Math.min(end, from + CHARACTERS_A_CALL));
    // spread, they would come one by one from an iterator
    out += String.fromCharCode.apply(undefined, part as number[]);
  }
  return out;
}
