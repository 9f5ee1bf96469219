import { SET_82, hexPair, isIn, writeUrnText } from './charset.ts';
import { GCP_BITS, layoutOfScheme } from './layout.ts';
import { encodeTagUri } from './tag-uri.ts';
import { URN_CHARS_MAX } from './urn.ts';

/*
 * Tag URI straight to bits, by character codes. Whatever is not plainly right, a bad value among it, goes through
 * encodeTagUri(), which knows every scheme and every reason to refuse.
 */

const HEAD = 'urn:epc:tag:';
const DOT = 46;
const ZERO = 48;
const PERCENT = 37;
const FILTER_MAX = 7;
const PREFIX_AT = 14;
/** Digits of the longest number that is read here: doubles hold it exactly. */
const EXACT_DIGITS = 15;
const GCP_DIGITS_MIN = 6;
const GCP_DIGITS_MAX = 12;
const COUPON_DIGITS = 12;

/** What stands behind the company prefix: reference and number, reference and text, or the reference alone. */
type Tail = 'integer' | 'coupon' | 'text' | 'reference' | 'asset' | 'asset text' | 'part';
/** Digits of prefix and reference together, the bit behind the reference, the most characters of a text. */
type Row = [scheme: string, tail: Tail, size: number, end: number, most?: number];
const ROWS: Row[] = [
  ['SGTIN-96', 'integer', 13, 58],
  ['GRAI-96', 'integer', 12, 58],
  ['SGLN-96', 'integer', 12, 55],
  ['GDTI-96', 'integer', 12, 55],
  ['SGCN-96', 'coupon', 12, 55],
  ['SSCC-96', 'reference', 17, 72],
  ['GSRN-96', 'reference', 17, 72],
  ['GSRNP-96', 'reference', 17, 72],
  ['GIAI-96', 'asset', 15, 96],
  ['CPI-96', 'part', 15, 65],
  ['SGTIN-198', 'text', 13, 58, 20],
  ['SGLN-195', 'text', 12, 55, 20],
  ['GRAI-170', 'text', 12, 58, 16],
  ['GDTI-174', 'text', 12, 55, 17],
  ['GIAI-202', 'asset text', 30, 202],
];

interface Plan {
  readonly header: number;
  readonly bytes: number;
  readonly tail: Tail;
  readonly size: number;
  readonly end: number;
  readonly most: number;
}
const plans = new Map(
  ROWS.map(([scheme, tail, size, end, most]): [string, Plan] => {
    const { header, bits } = layoutOfScheme(scheme)!;
    return [scheme.toLowerCase(), { header, bytes: Math.ceil(bits / 16) * 2, tail, size, end, most: most ?? 0 }];
  }),
);

/** Characters of set 82 that stand in a URN as they are. */
const STANDS = Array.from(
  { length: 128 },
  (_, code) => isIn(code, SET_82) && writeUrnText(String.fromCharCode(code)).length === 1,
);

/** Where the digits from `at` on end. */
function digitsEnd(text: string, at: number): number {
  let end = at;
  for (let code = text.charCodeAt(end); code >= ZERO && code < ZERO + 10;) code = text.charCodeAt(++end);
  return end;
}

/** The digits from `at` to before `end`, at most EXACT_DIGITS, as a number. */
function numberIn(text: string, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end; i++) value = value * 10 + text.charCodeAt(i) - ZERO;
  return value;
}

/** The number from `at` to the end of the text, below `limit`; -1 where it is none or has a leading zero. */
function lastInteger(text: string, at: number, limit: number): number {
  const end = text.length;
  if (end === at || end - at > EXACT_DIGITS || digitsEnd(text, at) !== end) return -1;
  if (end - at > 1 && text.charCodeAt(at) === ZERO) return -1;
  const value = numberIn(text, at, end);
  return value < limit ? value : -1;
}

/** Writes a whole number below 2^count into the `count` bits that end before bit `end`, where all bits are zero. */
function put(out: Uint8Array, end: number, count: number, value: number): void {
  let rest = value;
  let at = end;
  for (let left = count; left > 0;) {
    const room = ((at - 1) & 7) + 1;
    const high = Math.floor(rest / 2 ** room);
    out[(at - 1) >> 3]! |= (rest - high * 2 ** room) << (8 - room);
    rest = high;
    at -= room;
    left -= room;
  }
}

/** Writes 1 to `most` characters of the text from `at` to its end, seven bits each; false where they are not right. */
function putText(out: Uint8Array, bit: number, text: string, at: number, most: number): boolean {
  let to = bit;
  let left = most;
  for (let i = at; i < text.length; i++, to += 7, left--) {
    let code = text.charCodeAt(i);
    if (code === PERCENT) {
      code = hexPair(text, i + 1);
      i += 2;
      if (code < 0 || !isIn(code, SET_82)) return false;
    } else if (STANDS[code] !== true) return false;
    if (left === 0) return false;
    const window = code << (9 - (to & 7));
    out[to >> 3]! |= window >> 8;
    out[(to >> 3) + 1]! |= window & 255;
  }
  return left < most;
}

/** Writes what stands behind prefix and dot, from `at` on; false where it is not plainly right. */
function putTail(plan: Plan, out: Uint8Array, text: string, at: number, gcpLength: number): boolean {
  const { tail, end } = plan;
  const from = PREFIX_AT + GCP_BITS[12 - gcpLength]!;
  const size = plan.size - gcpLength;
  if (tail === 'asset text') return putText(out, from, text, at, size);
  if (tail === 'asset') {
    // longer numbers than doubles hold are left to encodeTagUri
    const asset = lastInteger(text, at, 2 ** (end - from));
    if (asset >= 0) put(out, end, end - from, asset);
    return asset >= 0;
  }
  const stop = digitsEnd(text, at);
  if (tail === 'part' ? stop === at || stop - at > size : stop - at !== size) return false;
  if (tail === 'part' && stop - at > 1 && text.charCodeAt(at) === ZERO) return false;
  const reference = numberIn(text, at, stop);
  if (reference >= 2 ** (end - from)) return false;
  put(out, end, end - from, reference);
  if (tail === 'reference') return stop === text.length;
  if (text.charCodeAt(stop) !== DOT) return false;
  return putSerial(plan, out, text, stop + 1);
}

/** Writes the last field, from `at` on. */
function putSerial({ tail, end, most }: Plan, out: Uint8Array, text: string, at: number): boolean {
  if (tail === 'text') return putText(out, end, text, at, most);
  const bits = 96 - end;
  let serial: number;
  if (tail === 'coupon') {
    // a 1 goes before the digits, so that their zeros survive
    const count = text.length - at;
    if (count < 1 || count > COUPON_DIGITS || digitsEnd(text, at) !== text.length) return false;
    serial = 10 ** count + numberIn(text, at, text.length);
  } else serial = lastInteger(text, at, 2 ** bits);
  if (serial < 0) return false;
  put(out, 96, bits, serial);
  return true;
}

/** The bits of what is plainly right; undefined for anything else. */
function plainBytes(text: string): Uint8Array | undefined {
  if (text.length > URN_CHARS_MAX || !text.startsWith(HEAD)) return undefined;
  const colon = text.indexOf(':', HEAD.length);
  const plan = colon < 0 ? undefined : plans.get(text.slice(HEAD.length, colon));
  if (!plan) return undefined;
  const filter = text.charCodeAt(colon + 1) - ZERO;
  if (filter < 0 || filter > FILTER_MAX || text.charCodeAt(colon + 2) !== DOT) return undefined;
  const at = colon + 3;
  const dot = digitsEnd(text, at);
  const gcpLength = dot - at;
  if (gcpLength < GCP_DIGITS_MIN || gcpLength > GCP_DIGITS_MAX || text.charCodeAt(dot) !== DOT) return undefined;
  const out = new Uint8Array(plan.bytes);
  out[0] = plan.header;
  out[1] = (filter << 5) | ((GCP_DIGITS_MAX - gcpLength) << 2);
  const width = GCP_BITS[GCP_DIGITS_MAX - gcpLength]!;
  put(out, PREFIX_AT + width, width, numberIn(text, at, dot));
  return putTail(plan, out, text, dot + 1, gcpLength) ? out : undefined;
}

/**
 * The bits of a tag URI, padded to whole 16-bit words: what encodeTagUri gives, at the speed of a printing line. Throws
 * Gs1Error as encodeTagUri does.
 */
export const bytesOfTagUri = (text: string): Uint8Array => plainBytes(text) ?? encodeTagUri(text).bytes;
