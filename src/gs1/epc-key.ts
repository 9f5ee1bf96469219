import { decode } from './binary.ts';
import { classAt, copyNumberHead, gcpLengthAt, signedWord } from './epc-class.ts';
import { epcSlice } from './epc.ts';
import { Gs1Error } from './error.ts';
import { keyOf } from './key.ts';

/*
 * Bytes straight to storage key, written where the caller wants it. Whatever is not plainly right goes through decode().
 */

const BYTES_96 = 12;
/** Kind byte and a number of up to 14 digits. */
const NUMBER_HEAD_BYTES = 7;
/** Room that the way without decode() wants: it never asks whether one more byte fits. */
const PLAIN_KEY_BYTES = 32;

/** Writes the serial `high` * 2^32 + `low` as count and minimal bytes; returns the position behind it. */
function putSerial(high: number, low: number, out: Uint8Array, at: number): number {
  const inLow = low >>> 16 > 0 ? (low >>> 24 > 0 ? 4 : 3) : low >>> 8 > 0 ? 2 : 1;
  const inHigh = high > 255 ? 2 : high > 0 ? 1 : 0;
  const count = inHigh > 0 ? inHigh + 4 : inLow;
  out[at] = count;
  for (let i = 0; i < inHigh; i++) out[at + 1 + i] = high >>> ((inHigh - 1 - i) * 8);
  for (let i = inHigh; i < count; i++) out[at + 1 + i] = low >>> ((count - 1 - i) * 8);
  return at + 1 + count;
}

/** The same for a serial of five bytes, as nearly all have that a maker draws by lot: its bytes are those of the EPC. */
function copySerial(high: number, b: Uint8Array, at: number, out: Uint8Array, outAt: number): void {
  out[outAt] = 5;
  out[outAt + 1] = high;
  out[outAt + 2] = b[at + 8]!;
  out[outAt + 3] = b[at + 9]!;
  out[outAt + 4] = b[at + 10]!;
  out[outAt + 5] = b[at + 11]!;
}

/** Writes the key of what is plainly right and returns its length; 0 for anything else. */
function plainKey(b: Uint8Array, at: number, out: Uint8Array, outAt: number): number {
  const slot = classAt(b, at);
  if (slot < 0) return 0;
  let high: number;
  switch (b[at]!) {
    case 0x30: // SGTIN-96
    case 0x33: // GRAI-96
      high = b[at + 7]! & 63;
      break;
    case 0x32: // SGLN-96
    case 0x2c: // GDTI-96
      high = ((b[at + 6]! & 1) << 8) | b[at + 7]!;
      break;
    default:
      return 0;
  }
  copyNumberHead(slot, out, outAt);
  if (high > 0 && high < 256) {
    copySerial(high, b, at, out, outAt + NUMBER_HEAD_BYTES);
    return NUMBER_HEAD_BYTES + 6;
  }
  const low = signedWord(b, at + 8);
  // extension 0 of a location says that there is none
  if (high === 0 && low === 0 && b[at] === 0x32) return NUMBER_HEAD_BYTES;
  return putSerial(high, low, out, outAt + NUMBER_HEAD_BYTES) - outAt;
}

/**
 * Writes the storage key of the EPC at `at`, `length` bytes from the header on, into `out` from `outAt` on, and returns
 * the key's length: the same bytes as keyOf of what decode reads. Throws Gs1Error as decode does, and KEY_BYTES where
 * `out` has no room; KEY_BYTES_MAX bytes are always enough.
 */
export function keyInto(bytes: Uint8Array, at: number, length: number, out: Uint8Array, outAt: number): number {
  if (length >= BYTES_96 && at + length <= bytes.length && outAt + PLAIN_KEY_BYTES <= out.length) {
    const written = plainKey(bytes, at, out, outAt);
    if (written > 0) return written;
  }
  const key = keyOf(decode(epcSlice(bytes, at, length)).id);
  if (outAt + key.length > out.length)
    throw new Gs1Error('KEY_BYTES', `A key of ${key.length} bytes does not fit where it should go.`);
  out.set(key, outAt);
  return key.length;
}

const scratch = new Uint8Array(PLAIN_KEY_BYTES);

/**
 * The storage key of an EPC bank's bytes, equal to keyOf of what decode reads, and the company prefix length (0 in
 * schemes without one). Throws Gs1Error as decode does.
 */
export function keyOfEpc(
  bytes: Uint8Array,
  offset = 0,
  length = bytes.length - offset,
): { key: Uint8Array; gcpLength: number } {
  if (length >= BYTES_96 && offset + length <= bytes.length) {
    const written = plainKey(bytes, offset, scratch, 0);
    if (written > 0) return { key: scratch.slice(0, written), gcpLength: gcpLengthAt(bytes, offset) };
  }
  const { id } = decode(epcSlice(bytes, offset, length));
  return { key: keyOf(id), gcpLength: id.gcpLength ?? 0 };
}
