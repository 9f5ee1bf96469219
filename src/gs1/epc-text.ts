import { SET_82, isIn, writeUrnText } from './charset.ts';

/*
 * Text fields of 7-bit characters, read without a cursor. Anything irregular is left to decode().
 */

/** Each character of set 82 as it stands in a URN; undefined for others. */
const CHARACTERS = Array.from({ length: 128 }, (_, code) =>
  isIn(code, SET_82) ? writeUrnText(String.fromCharCode(code)) : undefined,
);

/** The seven bits from bit `bit` behind byte `at` on. */
const sevenBits = (b: Uint8Array, at: number, bit: number): number => {
  const from = at + (bit >> 3);
  return (((b[from]! << 8) | b[from + 1]!) >> (9 - (bit & 7))) & 127;
};

/** Whether all bits from `bit` behind byte `at` to before byte `end` are zero. */
export function isZeroFrom(b: Uint8Array, at: number, bit: number, end: number): boolean {
  let from = at + (bit >> 3);
  if (from >= end) return true;
  if ((b[from]! & (255 >> (bit & 7))) !== 0) return false;
  for (from++; from < end; from++) if (b[from] !== 0) return false;
  return true;
}

/** Where a text field stands in a scheme: its first bit, its bits, and the most characters that its URN allows. */
export type TextRoom = readonly [from: number, bits: number, most: number];

/**
 * The characters of a text field of the EPC at `at`, with the escapes of a URN; undefined where a character is outside
 * set 82, where there is none, and where bits are set behind the last one up to byte `end`.
 */
export function urnText7(b: Uint8Array, at: number, end: number, room: TextRoom): string | undefined {
  const [from, bits, most] = room;
  let text = '';
  let bit = from;
  let left = most + 1;
  for (const last = from + bits - 7; bit <= last; bit += 7) {
    const code = sevenBits(b, at, bit);
    if (code === 0) break;
    const character = CHARACTERS[code];
    if (character === undefined || --left === 0) return undefined;
    text += character;
  }
  return text !== '' && isZeroFrom(b, at, bit, end) ? text : undefined;
}
