import { isCoupon, isPositiveOffer } from './ai-coupon.ts';
import { COUNTRIES, CURRENCIES, PACKAGE_TYPES } from './ai-table-codes.ts';
import { DIGITS, SET_39, SET_82, firstOutside, hexPair } from './charset.ts';
import { hasCheckDigit } from './check-digit.ts';

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const GCP_DIGITS_SHORTEST = 4;

/** Year, month, day as digits. `day00` = the day may be left open. */
function isDate(year: number, month: number, day: number, day00: boolean): boolean {
  if (!(month >= 1 && month <= 12)) return false;
  if (day === 0) return day00;
  // two-digit years count as 2000..2099 here: the only common year among multiples of four, 2100, is out of their reach
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= DAYS[month - 1]! && (month !== 2 || day < 29 || isLeap);
}

const isDigits = (text: string, length: number): boolean => text.length === length && firstOutside(text, 1) < 0;
const number = (text: string, from: number, to: number): number => Number(text.slice(from, to));
const shortDate = (day00: boolean) => (v: string) =>
  isDigits(v, 6) && isDate(2000 + number(v, 0, 2), number(v, 2, 4), number(v, 4, 6), day00);
const longDate = (day00: boolean) => (v: string) =>
  isDigits(v, 8) && isDate(number(v, 0, 4), number(v, 4, 6), number(v, 6, 8), day00);
const below = (limit: number) => (v: string) => isDigits(v, 2) && Number(v) < limit;
const oneOf = (characters: string) => (v: string) => v.length === 1 && characters.includes(v);

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** "Piece p of t" in digits of equal width: 1 <= p <= t. */
function isPieceOfTotal(v: string): boolean {
  const half = v.length / 2;
  if (half < 1 || !Number.isInteger(half) || !isDigits(v, v.length)) return false;
  const piece = Number(v.slice(0, half));
  return piece >= 1 && piece <= Number(v.slice(half));
}

/** Primes from 2 on, as many as the longest value that a GMN's check characters can guard. */
const ALPHA_WEIGHTS = primes(97);
const ALPHA_SET = '!"%&\'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
const ALPHA_CHECKS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const ALPHA_MODULUS = 1021;

/** The two check characters of a GMN (GS1 General Specifications 7.9.5): primes as weights, modulo 1021. */
function hasCheckCharacters(v: string): boolean {
  const body = v.slice(0, -2);
  if (v.length < 3 || body.length > ALPHA_WEIGHTS.length || firstOutside(v, SET_82) >= 0) return false;
  let sum = 0;
  for (let i = 0; i < body.length; i++) sum += ALPHA_SET.indexOf(body[i]!) * ALPHA_WEIGHTS[body.length - 1 - i]!;
  const check = sum % ALPHA_MODULUS;
  return v.endsWith(ALPHA_CHECKS[check >> 5]! + ALPHA_CHECKS[check & 31]!);
}

/** ISO 13616: country, two check digits, account; the whole rotated by four is 1 modulo 97. */
function isIban(v: string): boolean {
  if (!/^[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}$/.test(v)) return false;
  let rest = 0;
  for (const c of v.slice(4) + v.slice(0, 4)) rest = Number(`${rest}${Number.parseInt(c, 36)}`) % 97;
  return rest === 1;
}

function hasTripletsOnly(v: string): boolean {
  for (let at = v.indexOf('%'); at >= 0; at = v.indexOf('%', at + 1)) if (hexPair(v, at + 1) < 0) return false;
  return true;
}

function isPositionInSequence(v: string): boolean {
  const parts = /^([1-9][0-9]*)\/([1-9][0-9]*)$/.exec(v);
  return parts !== null && Number(parts[1]) <= Number(parts[2]);
}

const startsWithGcp = (from: number) => (v: string) =>
  v.length >= from + GCP_DIGITS_SHORTEST && firstOutside(v.slice(from, from + GCP_DIGITS_SHORTEST), 1) < 0;
const isAtMost = (limit: number) => (v: string) => isDigits(v, 10) && Number(v) <= limit;

const words = (text: string): string[] => text.trim().split(/\s+/);
const among = (codes: Iterable<string>): ((value: string) => boolean) => {
  const known = new Set(codes);
  return (value) => known.has(value);
};
const isCountry = among(words(COUNTRIES).map((code) => code.slice(2)));
const inSet = (set: number) => (v: string) => firstOutside(v, set) < 0;
/** Base64url; up to two `=` only behind whole groups of three characters (RFC 4648 section 5, as the dictionary has it). */
const isBase64 = (v: string): boolean =>
  /^[A-Za-z0-9_-]*$/.test(v) || (/^[A-Za-z0-9_-]+={1,2}$/.test(v) && v.length % 3 === 0);

/** The named checks of the GS1 syntax dictionary, each over one component's value. */
export const AI_CHECKS: Record<string, (value: string) => boolean> = {
  csum: hasCheckDigit,
  csumalpha: hasCheckCharacters,
  gcppos1: startsWithGcp(0),
  gcppos2: startsWithGcp(1),
  yymmdd: shortDate(false),
  yymmd0: shortDate(true),
  yyyymmdd: longDate(false),
  yyyymmd0: longDate(true),
  hh: below(24),
  mi: below(60),
  ss: below(60),
  hhmi: (v) => isDigits(v, 4) && number(v, 0, 2) < 24 && number(v, 2, 4) < 60,
  zero: (v) => v.length > 0 && /^0+$/.test(v),
  nonzero: (v) => v.length > 0 && firstOutside(v, 1) < 0 && !/^0+$/.test(v),
  nozeroprefix: (v) => firstOutside(v, DIGITS) < 0 && !v.startsWith('0'),
  // our own: the serial 0 of a CPI stands in EPC URNs and tags, so its AI takes it too
  canonicalint: (v) => firstOutside(v, DIGITS) < 0 && (v === '0' || !v.startsWith('0')),
  hasnondigit: (v) => firstOutside(v, DIGITS) >= 0,
  pieceoftotal: isPieceOfTotal,
  posinseqslash: isPositionInSequence,
  pcenc: hasTripletsOnly,
  iban: isIban,
  yesno: oneOf('01'),
  winding: oneOf('019'),
  iso5218: oneOf('0129'),
  hyphen: (v) => v.length > 0 && /^-+$/.test(v),
  importeridx: (v) => v.length === 1 && /^[A-Za-z0-9_-]$/.test(v),
  mediatype: (v) => isDigits(v, 2) && ((Number(v) >= 1 && Number(v) <= 10) || Number(v) >= 80),
  latitude: isAtMost(1_800_000_000),
  longitude: isAtMost(3_600_000_000),
  csetnumeric: (v) => v.length > 0 && firstOutside(v, DIGITS) < 0,
  cset82: inSet(SET_82),
  cset39: inSet(SET_39),
  cset64: isBase64,
  iso3166: isCountry,
  iso3166999: (v) => v === '999' || isCountry(v),
  iso3166alpha2: among(words(COUNTRIES).map((code) => code.slice(0, 2))),
  iso4217: among(words(CURRENCIES).map((code) => code.slice(3))),
  packagetype: among(words(PACKAGE_TYPES)),
  couponcode: (v) => isCoupon(v, shortDate(false)),
  couponposoffer: isPositiveOffer,
};
