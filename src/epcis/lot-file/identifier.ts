import { checkDigit, Gs1Error, hasCheckDigit, identify, parse, toLink } from '../../gs1/index.ts';
import { type Cell, isExponent, NUMBER_DIGITS_MAX, plainText, textOf } from './cell.ts';

export type IdentifierFault =
  | { code: 'exponent' }
  | { code: 'gtin-digits' }
  | { code: 'zeros'; meant: string }
  | { code: 'check-digit'; right: string }
  | { code: 'gln' }
  | { code: 'party' }
  | { code: 'rounded' }
  | { code: 'characters'; message: string }
  | { code: 'width'; meant: string };

const GTIN_DIGITS = [8, 12, 13, 14];
const GLN_DIGITS = 13;
/** People group the digits of a number for reading. */
const digitsOf = (cell: Cell): string => plainText(cell).replaceAll(/[\s-]/g, '');

const wrongDigit = (digits: string): IdentifierFault => ({
  code: 'check-digit',
  right: digits.slice(0, -1) + checkDigit(digits.slice(0, -1)),
});

/** Digits of a key that may be so many; zeros in front that a spreadsheet dropped are told, and not put back. */
function readKey(digits: string, sizes: readonly number[]): string | IdentifierFault | undefined {
  if (!/^\d+$/.test(digits)) return undefined;
  if (sizes.includes(digits.length)) return hasCheckDigit(digits) ? digits : wrongDigit(digits);
  const size = sizes.find((count) => count > digits.length);
  if (size === undefined || digits.length < 6 || !hasCheckDigit(digits)) return undefined;
  return { code: 'zeros', meant: digits.padStart(size, '0') };
}

/** The 14 digits of a GTIN, also of one written as URN, Digital Link or element string. */
export function readGtin(cell: Cell): string | IdentifierFault {
  const text = plainText(cell);
  if (isExponent(text)) return { code: 'exponent' };
  const key = readKey(digitsOf(cell), GTIN_DIGITS);
  if (key !== undefined) return typeof key === 'string' ? key.padStart(14, '0') : key;
  const read = /^(?:\(|urn:|https?:)/i.test(text) ? identify(text) : undefined;
  const gtin = read?.ok ? read.id.ais.find(([ai]) => ai === '01')?.[1] : undefined;
  return gtin ?? { code: 'gtin-digits' };
}

/** The Digital Link of a place or party by its 13 digits, or by a URI of it. */
function readGln(cell: Cell, ai: '414' | '417', fault: IdentifierFault): string | IdentifierFault {
  const text = plainText(cell);
  if (isExponent(text)) return { code: 'exponent' };
  const key = readKey(digitsOf(cell), [GLN_DIGITS]);
  if (typeof key === 'object') return key;
  if (key !== undefined) return `https://id.gs1.org/${ai}/${key}`;
  try {
    const id = parse(text);
    const link = id.ais[0]?.[0] === ai ? toLink(id) : undefined;
    return link ?? fault;
  } catch {
    return fault;
  }
}

export const readPlace = (cell: Cell): string | IdentifierFault => readGln(cell, '414', { code: 'gln' });

/** A party, also by its unified social credit code (GB 32100). */
export function readParty(cell: Cell): string | IdentifierFault {
  const text = plainText(cell);
  if (text.length === 18 && /^[0-9A-Z]{18}$/i.test(text) && /[A-Z]/i.test(text)) {
    const read = identify(text);
    return read.ok && read.id.kind === 'USCC' && read.id.uri !== undefined ? read.id.uri : { code: 'party' };
  }
  return readGln(cell, '417', { code: 'party' });
}

/** The text of a lot or serial as it was typed: what a spreadsheet has made of it is refused. */
export function readName(cell: Cell): string | IdentifierFault {
  if (typeof cell === 'number') {
    const exact = Number.isSafeInteger(cell) && String(cell).length <= NUMBER_DIGITS_MAX;
    return exact || !Number.isInteger(cell) ? String(cell) : { code: 'rounded' };
  }
  const text = textOf(cell);
  return isExponent(text) && /E\+/i.test(text) ? { code: 'exponent' } : text;
}

/** The Digital Link of a product's lot (AI 10) or item (AI 21). */
export function nameLink(gtin: string, ai: '10' | '21', name: string): string | IdentifierFault {
  const meant = name.normalize('NFKC');
  if (meant !== name && linkOf(gtin, ai, meant) !== undefined) return { code: 'width', meant };
  try {
    return toLink(parse(`https://id.gs1.org/01/${gtin}/${ai}/${encodeURIComponent(name)}`)) ?? { code: 'gtin-digits' };
  } catch (error) {
    if (error instanceof Gs1Error || error instanceof URIError) return { code: 'characters', message: error.message };
    throw error;
  }
}

function linkOf(gtin: string, ai: '10' | '21', name: string): string | undefined {
  try {
    return toLink(parse(`https://id.gs1.org/01/${gtin}/${ai}/${encodeURIComponent(name)}`));
  } catch {
    return undefined;
  }
}
