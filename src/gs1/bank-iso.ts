/**
 * Six-bit text of tags that hold no EPC: ISO 17363 to 17367 behind the toggle bit. The application family says which.
 */

/** ISO standard of an application family (ISO/IEC 15961-3), hazardous goods under the second value. */
const FAMILIES: Readonly<Record<number, string>> = {
  0xa1: '17367',
  0xa2: '17365',
  0xa3: '17364',
  0xa4: '17367',
  0xa5: '17366',
  0xa6: '17366',
  0xa7: '17365',
  0xa8: '17364',
  0xa9: '17363',
  0xaa: '17363',
};

const UNIT_BITS = 6;
/** Fills the last word: these bits, as often and as far as needed. */
const PADDING = '100000';
/** Codes 1..26 are letters, 32..63 the ASCII characters of those numbers; others are separators and reserved. */
const characterOf = (code: number): string | undefined => {
  if (code >= 1 && code <= 26) return String.fromCharCode(64 + code);
  return code >= 40 || code === 32 ? String.fromCharCode(code) : undefined;
};

/** Bits behind the last character, as text of zeros and ones: nothing but padding. */
const isPadding = (bits: string): boolean => PADDING.repeat(3).startsWith(bits);

/**
 * The text of an ISO tag, by the standard that its application family names; undefined where the family is none of
 * these, or the bits are no such text.
 */
export function isoText(afi: number, epc: Uint8Array): { standard: string; text: string } | undefined {
  const standard = FAMILIES[afi];
  if (standard === undefined) return undefined;
  let bits = '';
  for (const byte of epc) bits += byte.toString(2).padStart(8, '0');
  let text = '';
  let at = 0;
  while (at + UNIT_BITS <= bits.length && !isPadding(bits.slice(at))) {
    const character = characterOf(Number.parseInt(bits.slice(at, at + UNIT_BITS), 2));
    if (character === undefined) return undefined;
    text += character;
    at += UNIT_BITS;
  }
  return text !== '' && isPadding(bits.slice(at)) ? { standard, text } : undefined;
}
