/*
 * Whole numbers as digits, four at a time from tables: the engine's own conversion takes three times as long for numbers
 * above 31 bits. They are added to a text piece by piece, which costs less than adding them up first.
 */

const TEN_THOUSAND = 10_000;
const HUNDRED_MILLION = 100_000_000;
const TRILLION = 1_000_000_000_000;
const BILLION = 1_000_000_000;

/** Numbers below 10,000 as they are. */
const PLAIN = Array.from({ length: TEN_THOUSAND }, (_, value) => String(value));
/** By count of digits: the numbers that fit, with leading zeros. */
const FILLED: readonly (readonly string[])[] = [0, 1, 2, 3, 4].map((digits) =>
  PLAIN.slice(0, 10 ** digits).map((text) => (digits === 0 ? '' : text.padStart(digits, '0'))),
);
const FOUR = FILLED[4]!;

function withEight(text: string, value: number): string {
  const high = (value / TEN_THOUSAND) | 0;
  return text + FOUR[high]! + FOUR[value - high * TEN_THOUSAND]!;
}

/** The text and behind it a whole number below 2^53, without leading zeros. */
export function withDecimal(text: string, value: number): string {
  if (value < TEN_THOUSAND) return text + PLAIN[value]!;
  if (value < HUNDRED_MILLION) {
    const high = (value / TEN_THOUSAND) | 0;
    return text + PLAIN[high]! + FOUR[value - high * TEN_THOUSAND]!;
  }
  const high = Math.floor(value / HUNDRED_MILLION);
  const rest = value - high * HUNDRED_MILLION;
  return value < TRILLION ? withEight(text + PLAIN[high]!, rest) : withEight(withDecimal(text, high), rest);
}

/** The text and behind it a whole number below 10^digits, with leading zeros; no digits add nothing. */
export function withDigits(text: string, value: number, digits: number): string {
  if (digits <= 4) return text + FILLED[digits]![value]!;
  const high = Math.floor(value / TEN_THOUSAND);
  return withDigits(text, high, digits - 4) + FOUR[value - high * TEN_THOUSAND]!;
}

/** The text and behind it the number high * 2^32 + low, below 2^62, without leading zeros: no double holds it. */
export function withWideDecimal(text: string, high: number, low: number): string {
  if (high < 2 ** 21) return withDecimal(text, high * 2 ** 32 + low);
  // long division by a billion, 16 bits at a time
  const top = Math.floor(high / BILLION);
  const middle = (high - top * BILLION) * 65_536 + (low >>> 16);
  const middleQuotient = Math.floor(middle / BILLION);
  const last = (middle - middleQuotient * BILLION) * 65_536 + (low & 65_535);
  const lastQuotient = Math.floor(last / BILLION);
  const quotient = top * 2 ** 32 + middleQuotient * 65_536 + lastQuotient;
  return withDigits(withDecimal(text, quotient), last - lastQuotient * BILLION, 9);
}
