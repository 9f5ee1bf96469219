import { Gs1Error } from './error.ts';

/** A place in an EPC's bits; `length` counts bits. Reading and writing move `at`. */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly length: number;
  at: number;
}

/** Bits that a double holds exactly. */
const EXACT_BITS = 53;

/** The next `count` bits, at most EXACT_BITS, as a number. */
export function takeBits(cursor: Cursor, count: number): number {
  if (cursor.at + count > cursor.length)
    throw new Gs1Error('TRUNCATED', `The bits end after ${cursor.length}, inside a field.`, cursor.at);
  let value = 0;
  for (let left = count; left > 0;) {
    const room = 8 - (cursor.at & 7);
    const take = Math.min(room, left);
    const part = (cursor.bytes[cursor.at >> 3]! >> (room - take)) & ((1 << take) - 1);
    value = value * (1 << take) + part;
    cursor.at += take;
    left -= take;
  }
  return value;
}

/** Writes a whole number below 2^count, count at most EXACT_BITS; the bytes there are zero. */
export function putBits(cursor: Cursor, count: number, value: number): void {
  let at = cursor.at + count;
  for (let left = count, rest = value; left > 0;) {
    const room = ((at - 1) & 7) + 1;
    const take = Math.min(room, left);
    const high = Math.floor(rest / (1 << take));
    cursor.bytes[(at - 1) >> 3]! |= (rest - high * (1 << take)) << (8 - room);
    rest = high;
    at -= take;
    left -= take;
  }
  cursor.at += count;
}

/** The next `count` bits as decimal digits, of any size. */
export function takeDecimal(cursor: Cursor, count: number): string {
  if (count <= EXACT_BITS) return String(takeBits(cursor, count));
  const high = BigInt(takeBits(cursor, count - 32));
  return String(high * 0x1_0000_0000n + BigInt(takeBits(cursor, 32)));
}

/** Writes decimal digits into `count` bits; refused where they do not fit. */
export function putDecimal(cursor: Cursor, count: number, digits: string): void {
  const refuse = () => new Gs1Error('RANGE', `${digits} does not fit ${count} bits.`);
  if (count <= EXACT_BITS) {
    const value = Number(digits);
    if (value >= 2 ** count) throw refuse();
    putBits(cursor, count, value);
    return;
  }
  const value = BigInt(digits);
  if (value >= 1n << BigInt(count)) throw refuse();
  putBits(cursor, count - 32, Number(value >> 32n));
  putBits(cursor, 32, Number(value & 0xffff_ffffn));
}

/** Whether every bit from the cursor to before `end` is zero; the cursor stays. */
export function areZero(cursor: Cursor, end = cursor.length): boolean {
  const probe: Cursor = { ...cursor };
  while (probe.at < end) if (takeBits(probe, Math.min(32, end - probe.at)) !== 0) return false;
  return true;
}
