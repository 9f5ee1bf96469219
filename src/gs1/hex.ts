import { HEX, firstOutside } from './charset.ts';
import { EPC_BITS_MAX } from './binary.ts';
import { Gs1Error } from './error.ts';

/** Hexadecimal characters of the longest EPC bank, reader padding included. */
const HEX_CHARS_MAX = (EPC_BITS_MAX / 4) * 2;

/** An EPC's bits: whole bytes, the last one perhaps half used. */
export interface EpcBits {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** Whether text looks like hexadecimal and nothing else. */
export const isHex = (text: string): boolean => text !== '' && firstOutside(text, HEX) < 0;

/** What each hexadecimal character says; 0 for others. */
const NIBBLES = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? 0 : value;
});

/** Reads hexadecimal characters, of either case and any number: four bits each. */
export function fromHex(text: string): EpcBits {
  const outside = firstOutside(text, HEX);
  if (text === '' || outside >= 0)
    throw new Gs1Error('NOT_HEX', 'Hexadecimal characters are expected.', Math.max(0, outside));
  if (text.length > HEX_CHARS_MAX)
    throw new Gs1Error('TOO_LONG', `An EPC has at most ${HEX_CHARS_MAX} hexadecimal characters.`, HEX_CHARS_MAX);
  const bytes = new Uint8Array((text.length + 1) >> 1);
  for (let i = 0; i < text.length >> 1; i++)
    bytes[i] = (NIBBLES[text.charCodeAt(i * 2)]! << 4) | NIBBLES[text.charCodeAt(i * 2 + 1)]!;
  // an odd last character is the upper half of a byte
  if (text.length % 2 === 1) bytes[bytes.length - 1] = NIBBLES[text.charCodeAt(text.length - 1)]! << 4;
  return { bytes, bits: text.length * 4 };
}

/** Reads twice as many hexadecimal characters as `out` has bytes; false, and anything in `out`, where they are not. */
export function hexInto(text: string, out: Uint8Array): boolean {
  if (text.length !== out.length * 2 || firstOutside(text, HEX) >= 0) return false;
  for (let i = 0; i < out.length; i++)
    out[i] = (NIBBLES[text.charCodeAt(i * 2)]! << 4) | NIBBLES[text.charCodeAt(i * 2 + 1)]!;
  return true;
}
