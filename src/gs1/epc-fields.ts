import { withDecimal } from './decimal.ts';
import { PREFIX_AT, word } from './epc-class.ts';
import { GCP_BITS } from './layout.ts';

/*
 * Fields behind the class in the 96-bit schemes, straight from the bytes. `at` is where the header stands.
 */

const SSCC_DIGITS = 17;
const SSCC_END = 72;
const CPI_SERIAL_BITS = 31;
const CPI_REFERENCE_DIGITS = 15;

/** The 38 bits behind prefix and item. */
export const serial38 = (b: Uint8Array, at: number): number => (b[at + 7]! & 63) * 2 ** 32 + word(b, at + 8);
/** The 41 bits behind prefix and location. */
export const serial41 = (b: Uint8Array, at: number): number =>
  ((b[at + 6]! & 1) * 256 + b[at + 7]!) * 2 ** 32 + word(b, at + 8);

/** Up to 53 bits, from bit `from` to before `to`, of the 96 at `at`; `from` lies in the second word, `to` in the last. */
function bitsOf96(b: Uint8Array, at: number, from: number, to: number): number {
  const high = word(b, at + 4) % 2 ** (64 - from);
  return high * 2 ** (to - 64) + Math.floor(word(b, at + 8) / 2 ** (96 - to));
}

/** Reference behind a company prefix in SSCC-96, GSRN-96 and GSRNP-96; -1 where it is too large or bits follow it. */
export function longReference(b: Uint8Array, at: number, gcpLength: number): number {
  if (b[at + 9]! !== 0 || b[at + 10]! !== 0 || b[at + 11]! !== 0) return -1;
  const reference = bitsOf96(b, at, PREFIX_AT + GCP_BITS[12 - gcpLength]!, SSCC_END);
  return reference < 10 ** (SSCC_DIGITS - gcpLength) ? reference : -1;
}

/** The upper word of the 42 to 62 bits behind the company prefix of a GIAI-96; the lower is the third of the EPC. */
export const assetHigh = (b: Uint8Array, at: number, gcpLength: number): number =>
  word(b, at + 4) % 2 ** (64 - PREFIX_AT - GCP_BITS[12 - gcpLength]!);

/** The digits of a numeric string in 41 bits; undefined where no 1 stands before them. */
export function couponSerial(b: Uint8Array, at: number): string | undefined {
  const digits = withDecimal('', serial41(b, at));
  return digits.length > 1 && digits.charCodeAt(0) === 49 ? digits.slice(1) : undefined;
}

/** Part of a CPI-96; -1 where it has more digits than its partition allows. */
export function partReference(b: Uint8Array, at: number, gcpLength: number): number {
  const reference = bitsOf96(b, at, PREFIX_AT + GCP_BITS[12 - gcpLength]!, 96 - CPI_SERIAL_BITS);
  return reference < 10 ** (CPI_REFERENCE_DIGITS - gcpLength) ? reference : -1;
}

/** The serial of a CPI-96. */
export const partSerial = (b: Uint8Array, at: number): number => word(b, at + 8) & 0x7fff_ffff;
