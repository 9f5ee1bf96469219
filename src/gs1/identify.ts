import { type Tag, decode, rawUri } from './binary.ts';
import { hasCheckDigit } from './check-digit.ts';
import { idOfElements } from './elements.ts';
import { Gs1Error } from './error.ts';
import { readFnc1 } from './fnc1.ts';
import { type Refusal, refusalOf } from './forms.ts';
import { fromHex, isHex } from './hex.ts';
import type { Element, Id } from './id.ts';
import { parse } from './parse.ts';
import { isTagUri, parseTagUri } from './tag-uri.ts';

/** Characters of the longest text that is looked at. */
const IDENTIFY_CHARS_MAX = 4096;

export type Identified =
  | {
      ok: true;
      id: Id;
      /** What the bits said, where the text was an EPC or a tag URI. */
      tag?: Tag;
      /** Other things that the same typed number may name: 13 digits are a GTIN or a location. */
      others: Id[];
    }
  | ({ ok: false } & Refusal);

/** AIs of typed numbers by their count of digits; the likeliest first. */
const TYPED: Record<number, readonly string[]> = {
  8: ['01'],
  12: ['01'],
  13: ['01', '414', '417'],
  14: ['01'],
  17: ['402'],
  18: ['00', '8018', '8017'],
};
const GTIN_DIGITS = 14;
const GROUP_SEPARATOR = '\u001D';
/** Symbology identifiers that announce GS1 data: GS1-128, DataBar, DataMatrix, QR, DotCode (ISO/IEC 15424). */
const SYMBOLOGY = /^\](?:C1|e0|d2|Q3|J1)/;

/** Full-width forms and ideographic spaces as ASCII, invisible characters away, blanks at the ends away. */
function plainText(text: string): string {
  return text
    .replace(/[\uFF01-\uFF5E]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[\u200B-\u200D\u2060\uFEFF]/g, '')
    .replace(/[\u3000\u00A0]/g, ' ')
    .trim();
}

/** Identities of digits that somebody has typed; empty where no key has so many. */
function typedNumber(digits: string): Id[] {
  // an AI typed without brackets
  const bare = /^(?:01(\d{14})|00(\d{18})|414(\d{13}))$/.exec(digits);
  const number = bare?.slice(1).find((part) => part !== undefined) ?? digits;
  const ais = bare ? [digits.slice(0, digits.length - number.length)] : TYPED[digits.length];
  if (!ais) return [];
  if (!hasCheckDigit(number)) throw new Gs1Error('CHECK_DIGIT', `The last digit of ${number} is not its check digit.`);
  return ais.map((ai) => idOfElements([[ai, ai === '01' ? number.padStart(GTIN_DIGITS, '0') : number]]));
}

/** Data of a scanner: a symbology identifier or FNC1 in front. */
function scanned(text: string): Element[] | undefined {
  const data = SYMBOLOGY.test(text) ? text.slice(3) : text;
  if (data.startsWith(GROUP_SEPARATOR) || data.startsWith('^')) return readFnc1(data);
  return data === text ? undefined : readFnc1(GROUP_SEPARATOR + data);
}

function identifyText(text: string): { ids: Id[]; tag?: Tag } {
  if (text === '') throw new Gs1Error('EMPTY', 'Nothing is there to identify.');
  if (text.length > IDENTIFY_CHARS_MAX)
    throw new Gs1Error('TOO_LONG', `At most ${IDENTIFY_CHARS_MAX} characters are looked at.`, IDENTIFY_CHARS_MAX);
  const elements = scanned(text);
  if (elements) return { ids: [idOfElements(elements)] };
  if (text.startsWith('(')) return { ids: [parse(text.replace(/\s/g, ''))] };
  if (isTagUri(text)) {
    const tag = parseTagUri(text);
    return { ids: [tag.id], tag };
  }
  if (/^(?:urn|https?):/i.test(text)) return { ids: [parse(text)] };
  const compact = text.replace(/[\s-]/g, '');
  if (/^\d+$/.test(compact)) {
    const ids = typedNumber(compact);
    if (ids.length > 0) return { ids };
  }
  const { bytes, bits } = fromHex(hexPart(text) ?? text);
  const tag = decode(bytes, bits);
  return { ids: [tag.id], tag };
}

/** The hexadecimal characters of pasted EPC bits, without `0x` and blanks; undefined where it is something else. */
function hexPart(text: string): string | undefined {
  const compact = text.replace(/^0x/i, '').replace(/[\s:-]/g, '');
  return isHex(compact) ? compact : undefined;
}

/**
 * Makes an identifier of anything pasted, typed or scanned: EPC bits, URIs, links, element strings with or without
 * brackets, plain GTIN, SSCC and GLN numbers, with blanks and full-width characters. Never throws for bad text.
 */
export function identify(anything: string): Identified {
  const text = plainText(anything.slice(0, IDENTIFY_CHARS_MAX + 1));
  try {
    const { ids, tag } = identifyText(text);
    const [id, ...others] = ids;
    return { ok: true, id: id!, others, ...(tag && { tag }) };
  } catch (error) {
    const hex = hexPart(text);
    return { ok: false, ...refusalOf(error, hex && hex.length > 1 ? rawOf(hex) : undefined) };
  }
}

function rawOf(hex: string): string | undefined {
  try {
    const { bytes, bits } = fromHex(hex);
    return rawUri(bytes, bits);
  } catch {
    return undefined;
  }
}
