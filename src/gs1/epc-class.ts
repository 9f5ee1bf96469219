import { withDigits } from './decimal.ts';
import { keyHead } from './key.ts';
import { GCP_BITS, layoutOfScheme } from './layout.ts';
import { keyValue } from './fields.ts';
import { type UrnScheme, referenceSize } from './scheme.ts';

/*
 * What many EPCs of one gate share: the company prefix and, where a serial follows it, the reference too. Both stand in
 * the first 64 bits of every classic scheme, so two 32-bit words without filter and serial name the class, the header
 * among them.
 */

/** Classes remembered; a slot is overwritten by the next class that falls into it. */
const SLOT_BITS = 12;
/** Bits before the company prefix in a scheme with a filter of three bits. */
export const PREFIX_AT = 14;
/** Where the class ends: behind prefix and item, behind prefix and location. */
export const ITEM_END = 58;
export const LOCATION_END = 55;
const FILTER_MASK = 0xff1f_ffff | 0;
/** The class ends with the company prefix: the reference is all that differs. */
const PREFIX_ONLY = 0;

const CLASS_ENDS: [scheme: string, end: number][] = [
  ['SGTIN-96', ITEM_END],
  ['SGTIN-198', ITEM_END],
  ['GRAI-96', ITEM_END],
  ['GRAI-170', ITEM_END],
  ['ITIP-110', ITEM_END],
  ['SGLN-96', LOCATION_END],
  ['SGLN-195', LOCATION_END],
  ['GDTI-96', LOCATION_END],
  ['GDTI-174', LOCATION_END],
  ['SGCN-96', LOCATION_END],
  ['SSCC-96', PREFIX_ONLY],
  ['GSRN-96', PREFIX_ONLY],
  ['GSRNP-96', PREFIX_ONLY],
  ['GIAI-96', PREFIX_ONLY],
  ['GIAI-202', PREFIX_ONLY],
  ['CPI-96', PREFIX_ONLY],
];

/** Which bits of the second word belong to the class, by header * 8 + partition; 0 = not for this way. */
const masks = new Int32Array(256 * 8);
const schemes: (UrnScheme | undefined)[] = Array.from({ length: 256 });
for (const [name, end] of CLASS_ENDS) {
  const { header, urn } = layoutOfScheme(name)!;
  schemes[header] = urn;
  GCP_BITS.forEach((width, partition) => {
    masks[header * 8 + partition] = -(2 ** (64 - (end || PREFIX_AT + width)));
  });
}

/** Slots: the two words of each, and what its EPCs share. */
const words = new Int32Array(2 << SLOT_BITS);
const uris: string[] = Array.from({ length: 1 << SLOT_BITS }, () => '');
/** Value of the key's AI, where the class has the reference; else the company prefix. */
const values: string[] = Array.from({ length: 1 << SLOT_BITS }, () => '');
/** The first seven bytes of its keys, as two words. */
const heads = new Int32Array(2 << SLOT_BITS);

/** 32 bits from byte `at` on, signed. */
export const signedWord = (b: Uint8Array, at: number): number =>
  (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;
/** 32 bits from byte `at` on. */
export const word = (b: Uint8Array, at: number): number => signedWord(b, at) >>> 0;
/** Digits of the company prefix by the partition of the EPC at `at`. */
export const gcpLengthAt = (b: Uint8Array, at: number): number => 12 - ((b[at + 1]! >> 2) & 7);

/** `urn:epc:id:sgtin:C.I.`, or `urn:epc:id:sscc:C.` where the reference is not in the class. */
export const classUri = (slot: number): string => uris[slot]!;

/** Value of the key's AI of a class that has the reference, without what stands behind its check digit. */
export const classValue = (slot: number): string => values[slot]!;

/** Copies the first seven bytes of a class whose key is a number of up to 14 digits. */
export function copyNumberHead(slot: number, out: Uint8Array, at: number): void {
  const first = heads[slot * 2]!;
  const second = heads[slot * 2 + 1]!;
  out[at] = first >>> 24;
  out[at + 1] = first >>> 16;
  out[at + 2] = first >>> 8;
  out[at + 3] = first;
  out[at + 4] = second >>> 24;
  out[at + 5] = second >>> 16;
  out[at + 6] = second >>> 8;
}

/** The slot of the class of the EPC whose header is at `at`, 8 bytes at least; -1 for what decode() has to look at. */
export function classAt(b: Uint8Array, at: number): number {
  const first = signedWord(b, at) & FILTER_MASK;
  // header and partition, without the filter's three bits between them
  const mask = masks[((first >>> 21) & 0x7f8) | ((first >>> 18) & 7)]!;
  if (mask === 0) return -1;
  const second = signedWord(b, at + 4) & mask;
  const slot = Math.imul(first ^ Math.imul(second, 0x85eb_ca6b), 0x9e37_79b1) >>> (32 - SLOT_BITS);
  if (words[slot * 2] === first && words[slot * 2 + 1] === second) return slot;
  return remember(slot, first, second, mask) ? slot : -1;
}

/** Fills a slot with the class of two words; false where prefix or reference have more digits than they may. */
function remember(slot: number, first: number, second: number, mask: number): boolean {
  const scheme = schemes[first >>> 24]!;
  const key = scheme.key!;
  const partition = (first >>> 18) & 7;
  const gcpLength = 12 - partition;
  // 18 bits of the prefix are in the first word
  const width = GCP_BITS[partition]! - 18;
  const gcp = (first & 0x3_ffff) * 2 ** width + (second >>> (32 - width));
  const referenceBits = Math.clz32(-mask) + 1 - width;
  const reference = referenceBits === 0 ? 0 : ((second << width) >>> 0) / 2 ** (32 - referenceBits);
  const digits = referenceSize(key, gcpLength);
  if (gcp >= 10 ** gcpLength || (referenceBits > 0 && reference >= 10 ** digits)) return false;
  const prefix = withDigits('', gcp, gcpLength);
  let uri = `urn:epc:id:${scheme.urn}:${prefix}.`;
  let value = prefix;
  if (referenceBits > 0) {
    const filled = withDigits('', reference, digits);
    uri += `${filled}.`;
    value = keyValue(key, prefix, filled);
  }
  if (referenceBits > 0) {
    const head = keyHead(scheme.kind, value);
    heads[slot * 2] = signedWord(head, 0);
    heads[slot * 2 + 1] = signedWord(head, 3) << 8;
  }
  uris[slot] = uri;
  values[slot] = value;
  words[slot * 2] = first;
  words[slot * 2 + 1] = second;
  return true;
}
