// Exact decimals: what is added up for an authority must not be off by a rounding of floating point.
import { AppError } from '../error.ts';

/** digits × 10^-scale. */
export interface Exact {
  readonly digits: bigint;
  readonly scale: number;
}

/** A decimal as JSON brings it: a number, or a text such as "12.50". */
export type DecimalLike = number | string;

const TEXT = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/;
const CHARACTERS_MAX = 60;
/** Places that a quotient may have; one with more is not exact. */
const QUOTIENT_PLACES_MAX = 40;

export const ZERO: Exact = { digits: 0n, scale: 0 };

const power = (n: number): bigint => 10n ** BigInt(n);

/** Reads a decimal; AppError `invalid` naming `member` for anything else. */
export function readExact(value: DecimalLike, member: string): Exact {
  const text = String(value).trim();
  const [, sign, whole, places = '', exponent = '0'] = (text.length <= CHARACTERS_MAX && TEXT.exec(text)) || [];
  if (whole === undefined)
    throw new AppError('invalid', `${member} must be a decimal number, such as 12.5`, { member });
  const digits = BigInt(whole + places) * (sign === '-' ? -1n : 1n);
  const scale = places.length - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * power(-scale), scale: 0 };
}

function aligned(a: Exact, b: Exact): [a: bigint, b: bigint, scale: number] {
  if (a.scale === b.scale) return [a.digits, b.digits, a.scale];
  const scale = Math.max(a.scale, b.scale);
  return [a.digits * power(scale - a.scale), b.digits * power(scale - b.scale), scale];
}

export function add(a: Exact, b: Exact): Exact {
  const [x, y, scale] = aligned(a, b);
  return { digits: x + y, scale };
}

export const negate = ({ digits, scale }: Exact): Exact => ({ digits: -digits, scale });
export const subtract = (a: Exact, b: Exact): Exact => add(a, negate(b));
export const sum = (values: Iterable<Exact>): Exact => [...values].reduce(add, ZERO);
export const multiply = (a: Exact, b: Exact): Exact => ({ digits: a.digits * b.digits, scale: a.scale + b.scale });

/** Less than 0 where a < b, 0 where they are the same number. */
export function compare(a: Exact, b: Exact): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** a / b where that is a decimal with at most 40 places; undefined otherwise. */
export function divide(a: Exact, b: Exact): Exact | undefined {
  if (b.digits === 0n) return undefined;
  const dividend = a.digits * power(QUOTIENT_PLACES_MAX + b.scale);
  if (dividend % b.digits !== 0n) return undefined;
  return { digits: dividend / b.digits, scale: QUOTIENT_PLACES_MAX + a.scale };
}

/** Plain digits without superfluous zeros: `12.5`, `0`, `-3`. */
export function exactText({ digits, scale }: Exact): string {
  const size = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = size.slice(0, size.length - scale);
  const places = size.slice(size.length - scale).replace(/0+$/, '');
  const text = places === '' ? whole : `${whole}.${places}`;
  return digits < 0n ? `-${text}` : text;
}
