import { checkValue } from './ai.ts';
import { toLink } from './digital-link.ts';
import { Gs1Error } from './error.ts';
import { type Element, type Id, type Kind, valueOf } from './id.ts';
import { getDigits, latin1, numberBytes, putDigits, serialBytes, serialText, textBytes } from './key-bytes.ts';
import { GCP_DIGITS_MAX, GCP_DIGITS_MIN } from './scheme.ts';
import { toUrn } from './urn.ts';

/** Bytes of the longest key; an index row of PostgreSQL holds 2.7 kB. Longer URIs are refused. */
export const KEY_BYTES_MAX = 1024;

export type KeyKind =
  | 'gtin'
  | 'lgtin'
  | 'sgtin'
  | 'upui'
  | 'itip'
  | 'sscc'
  | 'sgln'
  | 'pgln'
  | 'grai'
  | 'giai'
  | 'gsrn'
  | 'gsrnp'
  | 'gdti'
  | 'sgcn'
  | 'cpi'
  | 'ginc'
  | 'gsin'
  | 'other';

/** How one kind of identifier stands in a key: kind byte, number or text of the key's AI, then the serial component. */
interface KeyRow {
  readonly byte: number;
  readonly name: KeyKind;
  readonly kind: Kind;
  readonly ai: string;
  /** Leading characters of the AI's value that are always the same. */
  readonly lead: '' | '0';
  /** Digits of the AI's value that go in as a number; 0 = the whole value as text. */
  readonly digits: number;
  /** The serial component: an AI of its own, the rest of the key's value (BEHIND), or none. */
  readonly serial: string | undefined;
}

const BEHIND = 'behind';
const GTIN_DIGITS = 14;
type Row = [byte: number, name: KeyKind, ai: string, digits: number, serial?: string, lead?: '0'];
const ROWS: Row[] = [
  [0x10, 'gtin', '01', 14],
  [0x11, 'lgtin', '01', 14, '10'],
  [0x12, 'sgtin', '01', 14, '21'],
  [0x13, 'upui', '01', 14, '235'],
  [0x14, 'itip', '8006', 18, '21'],
  [0x20, 'sscc', '00', 18],
  [0x30, 'sgln', '414', 13, '254'],
  [0x31, 'pgln', '417', 13],
  [0x40, 'grai', '8003', 13, BEHIND, '0'],
  [0x41, 'giai', '8004', 0],
  [0x50, 'gsrn', '8018', 18],
  [0x51, 'gsrnp', '8017', 18],
  [0x60, 'gdti', '253', 13, BEHIND],
  [0x61, 'sgcn', '255', 13, BEHIND],
  [0x70, 'cpi', '8010', 0, '8011'],
  [0x80, 'ginc', '401', 0],
  [0x81, 'gsin', '402', 17],
];
const OTHER = 0xf0;
/** Kinds that without their serial component would be another one. */
const NEEDS_SERIAL: ReadonlySet<Kind> = new Set(['LGTIN', 'SGTIN', 'UPUI']);
/** Ends a text value that a serial may follow; below every character. */
const TEXT_END = 0;

const KEY_ROWS = ROWS.map(([byte, name, ai, digits, serial, lead]): KeyRow => ({
  byte,
  name,
  kind: name.toUpperCase() as Kind,
  ai,
  lead: lead ?? '',
  digits,
  serial,
}));
const byByte = new Map(KEY_ROWS.map((row) => [row.byte, row]));
const byKind = new Map(KEY_ROWS.map((row) => [row.kind, row]));
const GTIN_ROW = byKind.get('GTIN')!;
const SGTIN_ROW = byKind.get('SGTIN')!;
const LGTIN_ROW = byKind.get('LGTIN')!;

const broken = (why: string) => new Gs1Error('KEY_BYTES', `The bytes are no identifier key: ${why}.`);

function keyOfRow(row: KeyRow, value: string, serial: string | undefined): Uint8Array {
  const tail = serial === undefined ? undefined : serialBytes(serial);
  const head = row.digits === 0 ? textBytes(value) : undefined;
  const headLength = head ? head.length + (tail ? 1 : 0) : numberBytes(row.digits);
  const out = new Uint8Array(1 + headLength + (tail?.length ?? 0));
  out[0] = row.byte;
  if (head) out.set(head, 1);
  else putDigits(out, 1, value.slice(row.lead.length, row.lead.length + row.digits));
  if (tail) out.set(tail, 1 + headLength);
  return out;
}

/** The first bytes, up to the serial component, of keys of a kind whose key is a number. */
export const keyHead = (kind: Kind, value: string): Uint8Array => keyOfRow(byKind.get(kind)!, value, undefined);

/** The key of a URI that is nobody's GS1 identifier, in normal form. */
export function otherKey(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length >= KEY_BYTES_MAX)
    throw new Gs1Error('TOO_LONG', `An identifier has at most ${KEY_BYTES_MAX - 1} bytes, this one ${bytes.length}.`);
  const out = new Uint8Array(bytes.length + 1);
  out[0] = OTHER;
  out.set(bytes, 1);
  return out;
}

/**
 * The storage identity of an identifier: kind byte, then the primary key, then its one serial component (no lot and no
 * variant beside a serial, no other AI). Equal exactly for the same thing; keys of one GTIN's serials are a range.
 */
export function keyOf(id: Id): Uint8Array {
  const row = byKind.get(id.kind);
  const value = row && valueOf(id, row.ai);
  if (!row || value === undefined) return otherKey(textOfOther(id));
  const behind = value.slice(row.lead.length + row.digits);
  const serial = row.serial === BEHIND ? behind || undefined : row.serial && valueOf(id, row.serial);
  return keyOfRow(row, value, serial);
}

/** The URI that names an identifier without a key row: its URN, or the link of key and qualifiers. */
function textOfOther(id: Id): string {
  if (id.uri !== undefined) return id.uri;
  if (id.ais.length === 0) return toUrn(id)!;
  const name = toLink({ kind: id.kind, ais: id.ais.filter(([ai], i) => i === 0 || ai === '8020') });
  return name!;
}

/** Refuses values that no identifier has; a piece above its total may come from bits and URNs. */
function checkElements(row: KeyRow, ais: readonly Element[]): void {
  for (const [ai, value] of ais) {
    const isPieces = row.kind === 'ITIP' && ai === row.ai;
    try {
      if (isPieces) checkValue('01', value.slice(0, GTIN_DIGITS));
      else checkValue(ai, value);
    } catch (error) {
      throw broken(error instanceof Gs1Error ? error.message : 'a value is wrong');
    }
  }
}

/** The identifier in a key; undefined for kind F0. Throws KEY_BYTES for bytes that keyOf never writes. */
function idOfKey(key: Uint8Array, gcpLength = 0): Id | undefined {
  if (key[0] === OTHER) return undefined;
  const row = byByte.get(key[0] ?? 0);
  if (!row) throw broken('unknown kind');
  let value: string;
  let at: number;
  if (row.digits > 0) {
    value = row.lead + getDigits(key, 1, row.digits);
    at = 1 + numberBytes(row.digits);
  } else {
    const end = row.serial === undefined ? -1 : key.indexOf(TEXT_END, 1);
    at = end < 0 ? key.length : end + 1;
    value = latin1(key, 1, end < 0 ? key.length : end);
  }
  const ais: Element[] = [[row.ai, value]];
  if (at < key.length) {
    const serial = serialText(key, at);
    if (row.serial === undefined) throw broken('bytes behind its end');
    if (row.serial === BEHIND) ais[0] = [row.ai, value + serial];
    else ais.push([row.serial, serial]);
  } else if (NEEDS_SERIAL.has(row.kind) || (row.digits === 0 && key[at - 1] === TEXT_END)) throw broken('no serial');
  checkElements(row, ais);
  const knows = gcpLength >= GCP_DIGITS_MIN && gcpLength <= GCP_DIGITS_MAX;
  return { kind: row.kind, ais, ...(knows && { gcpLength }) };
}

/**
 * The URI of a key. `urn`: the EPC URN where the company prefix length is known (a lot as `urn:epc:class:lgtin:`, a
 * class as `urn:epc:idpat:…*`), else the link. `link`: the canonical Digital Link. Kind F0 gives its own text.
 */
export function uriOfKey(key: Uint8Array, gcpLength = 0, form: 'urn' | 'link' = 'urn'): string {
  const id = idOfKey(key, gcpLength);
  if (!id) return new TextDecoder('utf-8', { fatal: true }).decode(key.subarray(1));
  return (form === 'urn' ? toUrn(id) : undefined) ?? toLink(id)!;
}

/** What a key names. */
export function keyKind(key: Uint8Array): KeyKind {
  return byByte.get(key[0] ?? 0)?.name ?? 'other';
}

const hasGtin = (key: Uint8Array): boolean =>
  key[0] === GTIN_ROW.byte || key[0] === SGTIN_ROW.byte || key[0] === LGTIN_ROW.byte;

/** The product class of an item, lot or class. Throws KEY_BYTES for keys of other kinds. */
export function gtinKeyOf(key: Uint8Array): Uint8Array {
  if (!hasGtin(key)) throw broken('it has no GTIN');
  const out = key.slice(0, 1 + numberBytes(GTIN_ROW.digits));
  out[0] = GTIN_ROW.byte;
  return out;
}

/**
 * The lot of an item's or class's GTIN. Throws KEY_BYTES for keys without a GTIN, and as AI 10 does for a lot that is
 * not 1 to 20 characters of set 82.
 */
export function lotKeyOf(key: Uint8Array, lot: string): Uint8Array {
  checkValue('10', lot);
  const head = gtinKeyOf(key);
  head[0] = LGTIN_ROW.byte;
  return withSerial(head, serialBytes(lot));
}

/** A key's head and the bytes of its serial component. */
function withSerial(head: Uint8Array, serial: Uint8Array): Uint8Array {
  const out = new Uint8Array(head.length + serial.length);
  for (let i = 0; i < head.length; i++) out[i] = head[i]!;
  for (let i = 0; i < serial.length; i++) out[head.length + i] = serial[i]!;
  return out;
}

/** A key as text, one character a byte: a Map's key. */
export const keyText = (key: Uint8Array): string => latin1(key);

/** The bytes that `keyText` was given. */
export const keyBytes = (text: string): Uint8Array => textBytes(text);

/** Characters before the number at the end of a key: SGTIN kind, GTIN and count of bytes; SSCC kind and two bytes of eight. */
const SGTIN_STEM = 8;
const SGTIN_COUNT_MAX = 7;
const SSCC_STEM = 3;
const SSCC_ROW = byKind.get('SSCC')!;

/**
 * Of a key (as text) that ends in a whole number, the characters before it; 0 of any other. Keys of one stem and length
 * stand in the order of their numbers, and nothing that has another stem stands between them.
 */
export function stemOf(key: string): number {
  const kind = key.charCodeAt(0);
  if (kind === SSCC_ROW.byte) return SSCC_STEM;
  return kind === SGTIN_ROW.byte && key.charCodeAt(SGTIN_STEM - 1) <= SGTIN_COUNT_MAX ? SGTIN_STEM : 0;
}

/** The same of a key that begins at `at`. */
export function stemIn(bytes: Uint8Array, at: number): number {
  if (bytes[at] === SSCC_ROW.byte) return SSCC_STEM;
  return bytes[at] === SGTIN_ROW.byte && bytes[at + SGTIN_STEM - 1]! <= SGTIN_COUNT_MAX ? SGTIN_STEM : 0;
}

/** The number behind the first `stem` characters, without a check digit: of neighbours it differs by one. */
export function numberOf(key: string, stem: number): number {
  let value = 0;
  for (let i = stem; i < key.length; i++) value = value * 256 + key.charCodeAt(i);
  return stem === SSCC_STEM ? Math.floor(value / 10) : value;
}
