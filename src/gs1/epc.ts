import { decode } from './binary.ts';
import { keyValue } from './fields.ts';
import { keyHead, keyOf } from './key.ts';
import { GCP_BITS } from './layout.ts';
import { schemeNamed } from './scheme.ts';
import { toUrn } from './urn.ts';

/*
 * The way of most reads: SGTIN-96 and SSCC-96 bytes straight to URI and key, without objects for fields. Whatever else
 * comes, a bad value among it, goes through decode(), which knows every scheme and every reason to refuse.
 */

/** Classes remembered; a slot is overwritten by the next class that falls into it. */
const CLASS_SLOTS = 1024;
const SGTIN_96 = 0x30;
const SSCC_96 = 0x31;
const BYTES_96 = 12;
const BILLION = 1_000_000_000;
const SSCC_DIGITS = 17;
/** Bits of prefix and reference together. */
const ITEM_BITS = 44;
const SSCC_BITS = 58;

const SGTIN = schemeNamed('id', 'sgtin')!.key!;

/** What all serials of one product share. */
interface ItemClass {
  /** Partition, prefix and item as one number. */
  readonly code: number;
  readonly uri: string;
  /** First bytes of each serial's key. */
  readonly head: Uint8Array;
  readonly gcpLength: number;
}

const classes: (ItemClass | undefined)[] = Array.from({ length: CLASS_SLOTS });

/** 32 bits from byte `at` on. */
const word = (b: Uint8Array, at: number): number =>
  ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;

function makeClass(code: number, partition: number): ItemClass | undefined {
  const width = GCP_BITS[partition];
  if (width === undefined) return undefined;
  const gcpLength = 12 - partition;
  const item = 2 ** (ITEM_BITS - width);
  const gcp = Math.floor((code % 2 ** ITEM_BITS) / item);
  const reference = code % item;
  const digits = 13 - gcpLength;
  if (gcp >= 10 ** gcpLength || reference >= 10 ** digits) return undefined;
  const [prefix, rest] = [String(gcp).padStart(gcpLength, '0'), String(reference).padStart(digits, '0')];
  const head = keyHead('SGTIN', keyValue(SGTIN, prefix, rest));
  return { code, uri: `urn:epc:id:sgtin:${prefix}.${rest}.`, head, gcpLength };
}

/** The product of SGTIN-96 bytes; undefined for bytes that are none. */
function classAt(b: Uint8Array, at: number): ItemClass | undefined {
  const partition = (b[at + 1]! >> 2) & 7;
  const middle = word(b, at + 2);
  const low = (b[at + 6]! << 2) | (b[at + 7]! >> 6);
  const code = (partition * 4 + (b[at + 1]! & 3)) * 2 ** 42 + middle * 1024 + low;
  const slot = Math.imul(middle ^ (low << 22), 0x9e3779b1) >>> 22;
  const known = classes[slot];
  if (known?.code === code) return known;
  const made = makeClass(code, partition);
  if (made) classes[slot] = made;
  return made;
}

const serialAt = (b: Uint8Array, at: number): number => (b[at + 7]! & 63) * 2 ** 32 + word(b, at + 8);

/** A whole number below 2^38 as digits; numbers of up to 31 bits print faster. */
function digitsOf(value: number): string {
  if (value < BILLION) return String(value);
  const high = Math.floor(value / BILLION);
  return String(high) + String(value - high * BILLION + BILLION).slice(1);
}

function ssccUri(b: Uint8Array, at: number): string | undefined {
  const partition = (b[at + 1]! >> 2) & 7;
  const width = GCP_BITS[partition];
  if (width === undefined || b[at + 9]! !== 0 || b[at + 10]! !== 0 || b[at + 11]! !== 0) return undefined;
  const gcpLength = 12 - partition;
  // 58 bits: the upper 34, of which the prefix has the first 20 to 34 and perhaps more, and the lower 24
  const upper = (b[at + 1]! & 3) * 2 ** 32 + word(b, at + 2);
  const lower = (b[at + 6]! << 16) | (b[at + 7]! << 8) | b[at + 8]!;
  const below = SSCC_BITS - width;
  let gcp: number;
  let reference: number;
  if (below >= 24) {
    const unit = 2 ** (below - 24);
    gcp = Math.floor(upper / unit);
    reference = (upper - gcp * unit) * 2 ** 24 + lower;
  } else {
    const high = lower >> below;
    gcp = upper * 2 ** (24 - below) + high;
    reference = lower - (high << below);
  }
  const digits = SSCC_DIGITS - gcpLength;
  if (gcp >= 10 ** gcpLength || reference >= 10 ** digits) return undefined;
  return `urn:epc:id:sscc:${padded(gcp, gcpLength)}.${padded(reference, digits)}`;
}

const padded = (value: number, digits: number): string => digitsOf(value).padStart(digits, '0');

/** A view of the EPC where it is not the whole array. */
const slice = (bytes: Uint8Array, offset: number, length: number): Uint8Array =>
  offset === 0 && length === bytes.length ? bytes : bytes.subarray(offset, offset + length);

/**
 * The pure identity URI of an EPC bank's bytes from the header on, at reader speed. Throws Gs1Error as decode does.
 * All schemes that decode reads have one.
 */
export function uriOfEpc(bytes: Uint8Array, offset = 0, length = bytes.length - offset): string {
  const header = bytes[offset];
  if (length === BYTES_96 && offset + BYTES_96 <= bytes.length) {
    if (header === SGTIN_96) {
      const item = classAt(bytes, offset);
      if (item) return item.uri + digitsOf(serialAt(bytes, offset));
    } else if (header === SSCC_96) {
      const uri = ssccUri(bytes, offset);
      if (uri) return uri;
    }
  }
  return toUrn(decode(slice(bytes, offset, length)).id)!;
}

/** Bytes that a number below 2^38 needs, at least one. */
const byteCount = (value: number): number =>
  value < 2 ** 16 ? (value < 256 ? 1 : 2) : value < 2 ** 32 ? (value < 2 ** 24 ? 3 : 4) : 5;

/**
 * The storage key of an EPC bank's bytes, equal to keyOf of what decode reads, and the company prefix length (0 in
 * schemes without one). Throws Gs1Error as decode does.
 */
export function keyOfEpc(
  bytes: Uint8Array,
  offset = 0,
  length = bytes.length - offset,
): { key: Uint8Array; gcpLength: number } {
  if (length === BYTES_96 && bytes[offset] === SGTIN_96 && offset + BYTES_96 <= bytes.length) {
    const item = classAt(bytes, offset);
    if (item) return { key: serialKey(item.head, serialAt(bytes, offset), bytes, offset), gcpLength: item.gcpLength };
  }
  const { id } = decode(slice(bytes, offset, length));
  return { key: keyOf(id), gcpLength: id.gcpLength ?? 0 };
}

/** Head of the class, count, and the serial's own last bytes. */
function serialKey(head: Uint8Array, serial: number, bytes: Uint8Array, offset: number): Uint8Array {
  const count = byteCount(serial);
  const key = new Uint8Array(head.length + 1 + count);
  for (let i = 0; i < head.length; i++) key[i] = head[i]!;
  key[head.length] = count;
  for (let i = 0; i < count; i++) key[head.length + 1 + i] = bytes[offset + BYTES_96 - count + i]!;
  if (count === 5) key[head.length + 1] = bytes[offset + 7]! & 63;
  return key;
}
