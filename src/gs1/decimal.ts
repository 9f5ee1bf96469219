/*
 * Whole numbers as digits, three at a time from tables: the engine's own conversion takes three times as long for
 * numbers above 31 bits.
 */

const THOUSAND = 1000;
const MILLION = 1_000_000;
const BILLION = 1_000_000_000;

/** Numbers below 1000 as they are, and with leading zeros to one, two and three digits (by count of digits). */
const PLAIN = Array.from({ length: THOUSAND }, (_, value) => String(value));
const FILLED: readonly (readonly string[])[] = [1, 1, 2, 3].map((digits) =>
  PLAIN.slice(0, 10 ** digits).map((text) => text.padStart(digits, '0')),
);
const THREE = FILLED[3]!;

function sixDigits(value: number): string {
  const high = (value / THOUSAND) | 0;
  return THREE[high]! + THREE[value - high * THOUSAND]!;
}

function nineDigits(value: number): string {
  const high = (value / MILLION) | 0;
  return THREE[high]! + sixDigits(value - high * MILLION);
}

/** A whole number below 2^53 without leading zeros. */
export function decimal(value: number): string {
  if (value < THOUSAND) return PLAIN[value]!;
  if (value < MILLION) {
    const high = (value / THOUSAND) | 0;
    return PLAIN[high]! + THREE[value - high * THOUSAND]!;
  }
  if (value < BILLION) {
    const high = (value / MILLION) | 0;
    return PLAIN[high]! + sixDigits(value - high * MILLION);
  }
  const high = Math.floor(value / BILLION);
  return decimal(high) + nineDigits(value - high * BILLION);
}

/** A whole number below 10^digits with leading zeros; no digits at all are the empty text. */
export function filledDecimal(value: number, digits: number): string {
  if (digits <= 3) return digits === 0 ? '' : FILLED[digits]![value]!;
  const high = Math.floor(value / THOUSAND);
  return filledDecimal(high, digits - 3) + THREE[value - high * THOUSAND]!;
}

/** The number high * 2^32 + low, below 2^62, without leading zeros: no double holds it. */
export function wideDecimal(high: number, low: number): string {
  // long division by a billion, 16 bits at a time
  const top = Math.floor(high / BILLION);
  const middle = (high - top * BILLION) * 65_536 + (low >>> 16);
  const middleQuotient = Math.floor(middle / BILLION);
  const last = (middle - middleQuotient * BILLION) * 65_536 + (low & 65_535);
  const lastQuotient = Math.floor(last / BILLION);
  const quotient = top * 2 ** 32 + middleQuotient * 65_536 + lastQuotient;
  return quotient === 0 ? decimal(last) : decimal(quotient) + nineDigits(last - lastQuotient * BILLION);
}
