import { SET_82, firstOutside } from './charset.ts';
import { hasCheckDigit } from './check-digit.ts';
import { idOfElements } from './elements.ts';
import { Gs1Error } from './error.ts';
import { readFnc1 } from './fnc1.ts';
import type { Id } from './id.ts';
import { readLostFnc1 } from './lost-fnc1.ts';

const GROUP_SEPARATOR = '\u001D';
const GTIN_DIGITS = 14;

/**
 * What a symbology identifier (ISO/IEC 15424; GS1 General Specifications 7.8) says of the data behind it: elements with
 * FNC1, a number of so many digits, an add-on without a meaning of its own. Others say nothing: links, hex, plain text.
 */
type Carrier = 'elements' | 'addon' | readonly number[];
const CARRIERS: Record<string, Carrier> = {
  ']C1': 'elements', // GS1-128
  ']e0': 'elements', // GS1 DataBar, GS1 Composite
  ']e1': 'elements',
  ']e2': 'elements',
  ']d2': 'elements', // GS1 DataMatrix
  ']Q3': 'elements', // GS1 QR Code
  ']J1': 'elements', // GS1 DotCode
  ']E0': [13, 12, 8], // EAN-13, UPC-A, UPC-E
  ']E1': 'addon',
  ']E2': 'addon',
  ']E3': [15, 18], // EAN-13 with an add-on of two or five digits
  ']E4': [8], // EAN-8
  ']I0': [14], // ITF-14
  ']I1': [14],
  ']I2': [14],
};
const EAN_13_DIGITS = 13;
const SYMBOLOGY = /^\][A-Za-z][0-9A-Za-z]/;

/** Ways in which wedges and logs print the group separator; each holds a character that no value can have. */
const PRINTED_SEPARATOR = /\^|\u241D|\[GS\]|\{GS\}|\\x1[Dd]|\\u001[Dd]|\\F|~1/g;

/** GTIN of a UPC-E symbol's eight digits: number system, six digits, check digit of the long form. Undefined: none. */
export function gtinOfUpcE(digits: string): string | undefined {
  const parts = /^([01])(\d\d)(\d)(\d)(\d)(\d)(\d)$/.exec(digits);
  if (!parts) return undefined;
  const [, system, ab, c, d, e, last, check] = parts as unknown as [string, ...string[]];
  const bodies: Record<string, string> = { 3: `${ab}${c}00000${d}${e}`, 4: `${ab}${c}${d}00000${e}` };
  const short = Number(last) < 3 ? `${ab}${last}0000${c}${d}${e}` : `${ab}${c}${d}${e}0000${last}`;
  const gtin = `${system}${bodies[last!] ?? short}${check}`;
  return hasCheckDigit(gtin) ? gtin : undefined;
}

/** The product in a symbol that holds a bare number. */
function productOf(data: string, sizes: readonly number[]): Id {
  if (!/^\d+$/.test(data) || !sizes.includes(data.length))
    throw new Gs1Error('LENGTH', `The symbol holds ${sizes.join(' or ')} digits, not ${data.length} characters.`, 3);
  const number = data.length > GTIN_DIGITS ? data.slice(0, EAN_13_DIGITS) : data;
  // of the symbols that ]E0 announces, only UPC-E comes with eight digits, where a scanner does not expand it
  const gtin = number.length === 8 && sizes.includes(EAN_13_DIGITS) ? gtinOfUpcE(number) : number;
  if (gtin === undefined || !hasCheckDigit(gtin))
    throw new Gs1Error('CHECK_DIGIT', `The last digit of ${number} is not its check digit.`, 3 + number.length - 1);
  return idOfElements([['01', gtin.padStart(GTIN_DIGITS, '0')]]);
}

/** Data with the one kind of character that no value can have as its separator; undefined where there are more kinds. */
function withSeparator(data: string): string | undefined {
  const at = firstOutside(data, SET_82);
  if (at < 0) return undefined;
  const replaced = data.replaceAll(data[at]!, GROUP_SEPARATOR);
  return firstOutside(replaced.replaceAll(GROUP_SEPARATOR, ''), SET_82) < 0 ? replaced : undefined;
}

/** The value where it can be read, or the refusal. */
function attempt(read: () => Id): Id | Gs1Error {
  try {
    return read();
  } catch (error) {
    if (error instanceof Gs1Error) return error;
    throw error;
  }
}

const strictly = (data: string): Id => idOfElements(readFnc1(GROUP_SEPARATOR + data));

/**
 * Data that announced themselves as elements: as the standard reads them; where that fails, with another character in
 * FNC1's place; where that fails too, with separators lost, if only one reading is left. `at` is their place in the text.
 */
export function readAnnounced(data: string, at: number): Id {
  const asItStands = attempt(() => strictly(data));
  if (!(asItStands instanceof Gs1Error)) return asItStands;
  const id = unannounced(data);
  if (id) return id;
  const { code, message, position } = asItStands;
  // the strict reading has put a separator in front of the data
  throw new Gs1Error(code, message, position === undefined ? position : Math.max(0, position - 1) + at);
}

/**
 * Elements without brackets and without a sign that they are elements. Separators that are there hold; without any, only
 * a single reading is taken. Undefined where the text is no such thing.
 */
export function readBareElements(text: string): Id | undefined {
  const data = text.replace(PRINTED_SEPARATOR, GROUP_SEPARATOR);
  return unannounced(data);
}

function unannounced(data: string): Id | undefined {
  const separated = withSeparator(data);
  if (separated !== undefined) {
    const id = attempt(() => strictly(separated));
    if (!(id instanceof Gs1Error)) return id;
  }
  return readLostFnc1(data.replace(/\s/g, ''));
}

export interface Scan {
  /** The identifier, where the carrier tells that the data are one. */
  readonly id?: Id;
  /** The data behind a symbology identifier that says nothing of them. */
  readonly data?: string;
}

/**
 * What a scanner has sent: a symbology identifier or FNC1 in front. Undefined for other text. Throws Gs1Error, position
 * counted from the start of the text.
 */
export function readScan(text: string): Scan | undefined {
  if (SYMBOLOGY.test(text)) {
    const data = text.slice(3);
    const carrier = CARRIERS[text.slice(0, 3)];
    if (carrier === undefined) return { data };
    if (carrier === 'addon') throw new Gs1Error('NO_KEY', 'An add-on symbol is no identifier by itself.', 3);
    if (carrier !== 'elements') return { id: productOf(data, carrier) };
    const elements = data.replace(PRINTED_SEPARATOR, GROUP_SEPARATOR);
    // the symbology identifier stands for the first FNC1; some scanners send that too
    return {
      id: elements.startsWith(GROUP_SEPARATOR) ? readAnnounced(elements.slice(1), 4) : readAnnounced(elements, 3),
    };
  }
  const data = text.replace(PRINTED_SEPARATOR, GROUP_SEPARATOR);
  if (!data.startsWith(GROUP_SEPARATOR)) return undefined;
  return { id: readAnnounced(data.slice(1), 1) };
}
