import type { Control } from './bank-control.ts';
import { type Cursor, areZero, putBits, takeBits } from './bits.ts';
import { Gs1Error } from './error.ts';
import { checkKeyFields, fieldsOf } from './fields.ts';
import type { Element, Id } from './id.ts';
import { GCP_BITS, HEADER_BITS, type Layout, PARTITION_BITS, layoutOfHeader, layoutOfScheme } from './layout.ts';
import { type PlusScheme, plusSchemeNamed, plusSchemeOfHeader } from './plus-schemes.ts';
import { plusTag, readPlus, writePlus } from './plus.ts';
import { checkField, referenceSize } from './scheme.ts';
import { idOfFields } from './urn.ts';

/** Bits of the longest EPC that Gen2 memory can hold (31 words), and of the longest beside an XPC. */
export const EPC_BITS_MAX = 496;
export const EPC_BITS_MAX_WITH_XPC = 464;
const WORD_BITS = 16;

/** What a tag's EPC bank says: identity, scheme and the filter, which is no part of identity. */
export interface Tag {
  /** As TDS prints it: `SGTIN-96`, `CPI-var`. */
  readonly scheme: string;
  /** Absent in schemes without one. */
  readonly filter?: number;
  readonly id: Id;
  /** Of a `+` or `++` scheme: the AIs behind the scheme's own; `id` has them too. */
  readonly aidc?: readonly Element[];
  /** Of a `++` scheme: the host name of its Digital Link, in lower case. */
  readonly host?: string;
  /** What a tag URI told of the memory beside the EPC; the EPC's own bits have none of it. */
  readonly control?: Control;
}

/** What an encoder may be told beside the filter. */
export interface Encoding {
  /** Host name for a `++` scheme. */
  host?: string | undefined;
  /** The tag keeps two words of its memory for an XPC: 464 bits are left for the EPC. */
  hasXpc?: boolean | undefined;
}

/** `urn:epc:raw:96.x30…`: bits that no scheme explains (TDS 2.3 section 12). `bits` may cut the last byte. */
export function rawUri(bytes: Uint8Array, bits = bytes.length * 8): string {
  return `urn:epc:raw:${bits}.x${toHex(bytes).slice(0, Math.ceil(bits / 4))}`;
}

const HEX_PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));

/** Bytes as upper-case hexadecimal characters. */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += HEX_PAIRS[byte]!;
  return out;
}

function layoutFor(header: number): Layout {
  const layout = layoutOfHeader(header);
  if (layout) return layout;
  throw new Gs1Error('UNKNOWN_HEADER', `No EPC scheme has the header ${HEX_PAIRS[header]}.`, 0);
}

function readKey(layout: Layout, cursor: Cursor): string[] {
  const key = layout.urn.key!;
  const partition = takeBits(cursor, PARTITION_BITS);
  const width = GCP_BITS[partition];
  if (width === undefined) throw new Gs1Error('PARTITION', 'Partition 7 is not assigned.', cursor.at - PARTITION_BITS);
  const gcpLength = 12 - partition;
  const gcp = takeBits(cursor, width);
  if (gcp >= 10 ** gcpLength)
    throw new Gs1Error('RANGE', `The company prefix ${gcp} has more than ${gcpLength} digits.`, cursor.at - width);
  const at = cursor.at;
  const reference = layout.reference!.read(cursor, gcpLength, referenceSize(key, gcpLength));
  const fields = [String(gcp).padStart(gcpLength, '0'), reference];
  checkKeyFields(key, fields[0]!, reference, [at, at]);
  return fields;
}

/**
 * Decodes an EPC memory bank from the header on. `bits` is the length where it is not whole bytes. Zero bits beyond the
 * scheme are a reader's padding. Throws Gs1Error with the position in bits; never another identity.
 */
export function decode(bytes: Uint8Array, bits = bytes.length * 8): Tag {
  if (bits < HEADER_BITS) throw new Gs1Error('TRUNCATED', 'An EPC starts with a header of 8 bits.', bits);
  const cursor: Cursor = { bytes, length: bits, at: HEADER_BITS };
  const plus = plusSchemeOfHeader(bytes[0]!);
  if (plus) return readPlus(plus, cursor);
  const layout = layoutFor(bytes[0]!);
  if (bits < layout.bits)
    throw new Gs1Error('TRUNCATED', `${layout.scheme} has ${layout.bits} bits, these are ${bits}.`, bits);
  const filter = layout.filterBits > 0 ? takeBits(cursor, layout.filterBits) : undefined;
  const fields = layout.reference ? readKey(layout, cursor) : [];
  const first = fields.length;
  layout.fields.forEach((field, i) => {
    const at = cursor.at;
    const value = field.read(cursor, fields[0]?.length ?? 0, 0);
    checkField(layout.urn.fields[i]!, value, at);
    fields[first + i] = value;
  });
  // the last word's padding is part of the EPC; further words are a reader's business
  const end = layout.isOpen ? bits : Math.min(bits, Math.ceil(layout.bits / WORD_BITS) * WORD_BITS);
  if (!areZero(cursor, end))
    throw new Gs1Error('ZERO_BITS', `Bits behind the last field of ${layout.scheme} are not zero.`, cursor.at);
  const id = idOfFields(layout.urn, fields);
  return filter === undefined ? { scheme: layout.scheme, id } : { scheme: layout.scheme, filter, id };
}

/** The fields of an identifier for a scheme of its kind; refused for classes and for an unknown company prefix. */
export function fieldsFor(id: Id, layout: Layout): string[] {
  if (id.kind !== layout.urn.kind || (layout.urn.key && id.ais.length === 0))
    throw new Gs1Error('SCHEME_MISMATCH', `${layout.scheme} does not encode a ${id.kind}.`);
  if (layout.urn.key && id.gcpLength === undefined)
    throw new Gs1Error(
      'GCP_LENGTH',
      `${layout.scheme} needs the company prefix length, which this form does not tell.`,
    );
  const fields: string[] = [];
  for (const field of fieldsOf(layout.urn, id, id.gcpLength ?? 0)) {
    if (field === undefined) throw new Gs1Error('SCHEME_MISMATCH', `${layout.scheme} needs a serial component.`);
    fields.push(field);
  }
  return fields;
}

/** The binary layout that a scheme's name stands for. */
export function layoutNamed(scheme: string): Layout {
  const layout = layoutOfScheme(scheme);
  if (layout) return layout;
  if (plusSchemeNamed(scheme)) throw new Gs1Error('NO_FORM', `${scheme} has no fields and no tag URI.`);
  throw new Gs1Error('UNKNOWN_SCHEME', `There is no binary scheme "${scheme}".`);
}

/**
 * The tag that an identifier makes under a binary scheme, and its bits, padded with zeros to whole 16-bit words. `filter`
 * is ignored by schemes that have none. Throws Gs1Error where the scheme cannot hold it exactly.
 */
export function encodeTag(
  id: Id,
  scheme: string,
  filter = 0,
  encoding: Encoding = {},
): { tag: Tag; bytes: Uint8Array } {
  const bitsMax = encoding.hasXpc ? EPC_BITS_MAX_WITH_XPC : EPC_BITS_MAX;
  const plus = plusSchemeNamed(scheme);
  if (plus) {
    const tag = plusTag(plus, id, filter, encoding.host);
    return { tag, bytes: encodePlus(plus, tag, bitsMax) };
  }
  const layout = layoutNamed(scheme);
  const bytes = encodeFields(layout, fieldsFor(id, layout), filter);
  if (bytes.length * 8 > bitsMax) throw new Gs1Error('TOO_LONG', `This EPC needs more than ${bitsMax} bits.`);
  return { tag: layout.filterBits > 0 ? { scheme, filter, id } : { scheme, id }, bytes };
}

function encodePlus(plus: PlusScheme, tag: Tag, bitsMax: number): Uint8Array {
  const cursor: Cursor = { bytes: new Uint8Array(bitsMax / 8), length: bitsMax, at: 0 };
  writePlus(plus, cursor, tag);
  return cursor.bytes.slice(0, Math.ceil(cursor.at / WORD_BITS) * (WORD_BITS / 8));
}

/** The bits that `encodeTag` gives. */
export const encode = (id: Id, scheme: string, filter?: number, encoding?: Encoding): Uint8Array =>
  encodeTag(id, scheme, filter, encoding).bytes;

/** Encodes checked URN fields, unescaped. */
export function encodeFields(layout: Layout, fields: readonly string[], filter: number): Uint8Array {
  if (!Number.isInteger(filter) || filter < 0 || (layout.filterBits > 0 && filter >= 2 ** layout.filterBits))
    throw new Gs1Error('FILTER', `${layout.scheme} has no filter value ${filter}.`);
  const cursor: Cursor = { bytes: new Uint8Array(EPC_BITS_MAX / 8), length: EPC_BITS_MAX, at: 0 };
  putBits(cursor, HEADER_BITS, layout.header);
  putBits(cursor, layout.filterBits, filter);
  const gcpLength = layout.reference ? fields[0]!.length : 0;
  if (layout.reference) {
    putBits(cursor, PARTITION_BITS, 12 - gcpLength);
    putBits(cursor, GCP_BITS[12 - gcpLength]!, Number(fields[0]));
    layout.reference.write(cursor, fields[1]!, gcpLength, fields[1]!.length);
  }
  const first = layout.reference ? 2 : 0;
  layout.fields.forEach((field, i) => field.write(cursor, fields[first + i]!, gcpLength, 0));
  const length = layout.bits || cursor.at;
  return cursor.bytes.slice(0, Math.ceil(length / WORD_BITS) * (WORD_BITS / 8));
}
