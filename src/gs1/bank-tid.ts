import { toHex } from './binary.ts';
import { type Cursor, takeBits } from './bits.ts';
import { HEX, firstOutside, hexPair } from './charset.ts';
import { Gs1Error } from './error.ts';

/** Class of tags whose TID EPCglobal lays out; E0h is a maker of ISO/IEC 7816-6 and 15693 chips. */
const EPC_CLASS = 0xe2;
const SHORT_BITS = 32;
const HEADER_END = 48;
/** Bits of the shortest serial; each step of its three-bit size adds a word. */
const SERIAL_BITS_MIN = 48;
const WORD_BITS = 16;
const STID_HEAD = 'urn:epc:stid:';
const SERIAL_SIZES = 7;

/** Segments behind the serial, in order: bit of the XTID header, name, words (TDS 2.3 section 16.2). */
const SEGMENTS: readonly [headerBit: number, name: string, words: number][] = [
  [12, 'optionalCommands', 1],
  [11, 'blockWrite', 4],
  [10, 'userMemory', 2],
  [9, 'lockBits', 1],
];

/** What a tag's TID bank says (TDS 2.3 section 16). */
export interface Tid {
  /** Tag mask designer, nine bits as three hexadecimal digits. */
  readonly mdid: string;
  /** Tag model number, three hexadecimal digits. */
  readonly tmn: string;
  readonly xtid: 0 | 1;
  readonly security: 0 | 1;
  readonly file: 0 | 1;
  readonly xtidHeader?: string;
  readonly serialBits?: number;
  readonly serial?: string;
  /** `urn:epc:stid:x801.x105.xA1B2…`, where the tag has a serial. */
  readonly stid?: string;
  /** What the XTID header announces, in order. */
  readonly segments?: readonly string[];
  /** Words of those segments, in hexadecimal, as far as the bytes reach. */
  readonly segmentWords?: Readonly<Record<string, string>>;
  /** Words of user memory, and of a block that can be locked for good, where the XTID tells. */
  readonly userMemoryWords?: number;
  readonly permalockBlockWords?: number;
}

const bit = (cursor: Cursor): 0 | 1 => (takeBits(cursor, 1) === 1 ? 1 : 0);
const hexOf = (cursor: Cursor, bits: number, digits: number): string =>
  takeBits(cursor, bits).toString(16).toUpperCase().padStart(digits, '0');

/** Whole bytes from the cursor on. */
function takeHex(cursor: Cursor, bits: number): string {
  const from = cursor.at / 8;
  cursor.at += bits;
  return toHex(cursor.bytes.subarray(from, from + bits / 8));
}

function need(cursor: Cursor, bits: number, what: string): void {
  if (cursor.at + bits > cursor.length)
    throw new Gs1Error('TRUNCATED', `The TID ends after ${cursor.length} bits, inside ${what}.`, cursor.length);
}

/** Reads a TID bank. Throws Gs1Error with the place in bits: another class, or cut off before its serial ends. */
export function readTid(bytes: Uint8Array): Tid {
  const cursor: Cursor = { bytes, length: bytes.length * 8, at: 0 };
  need(cursor, 8, 'its class');
  const tidClass = takeBits(cursor, 8);
  if (tidClass !== EPC_CLASS)
    throw new Gs1Error('TID_CLASS', `A TID of class ${toHex(bytes.subarray(0, 1))}h is not one of EPC tags (E2h).`, 0);
  need(cursor, SHORT_BITS - 8, 'designer and model');
  const [xtid, security, file] = [bit(cursor), bit(cursor), bit(cursor)];
  const tid = { mdid: hexOf(cursor, 9, 3), tmn: hexOf(cursor, 12, 3), xtid, security, file };
  return xtid === 0 ? tid : { ...tid, ...readXtid(cursor) };
}

function readXtid(cursor: Cursor): Partial<Tid> {
  need(cursor, WORD_BITS, 'the XTID header');
  const header = takeBits(cursor, WORD_BITS);
  const size = header >> 13;
  const serialBits = size === 0 ? 0 : SERIAL_BITS_MIN + WORD_BITS * (size - 1);
  need(cursor, serialBits, 'the serial');
  const serial = takeHex(cursor, serialBits);
  const named = SEGMENTS.filter(([at]) => (header >> at) & 1);
  const segmentWords: Record<string, string> = {};
  for (const [, name, words] of named) {
    if (cursor.at + words * WORD_BITS > cursor.length) break;
    segmentWords[name] = takeHex(cursor, words * WORD_BITS);
  }
  const memory = segmentWords.userMemory;
  return {
    xtidHeader: header.toString(16).toUpperCase().padStart(4, '0'),
    serialBits,
    segments: [...(size === 0 ? [] : ['serial']), ...named.map(([, name]) => name)],
    ...(size > 0 && { serial, stid: stidOf(cursor.bytes, serial) }),
    ...(Object.keys(segmentWords).length > 0 && { segmentWords }),
    // the segment's upper word stands first
    ...(memory && {
      permalockBlockWords: Number.parseInt(memory.slice(0, 4), 16),
      userMemoryWords: Number.parseInt(memory.slice(4), 16),
    }),
  };
}

/** Bits 08h to 13h, the model, the serial: three groups of hexadecimal digits. */
function stidOf(bytes: Uint8Array, serial: string): string {
  const head = toHex(bytes.subarray(1, 4));
  return `${STID_HEAD}x${head.slice(0, 3)}.x${head.slice(3)}.x${serial}`;
}

export const isStid = (text: string): boolean => text.slice(0, STID_HEAD.length).toLowerCase() === STID_HEAD;

/**
 * The TID bank of a tag of which no more is known than its `urn:epc:stid:` URI: class, designer, model, an XTID header
 * that announces the serial alone, and the serial. Throws Gs1Error.
 */
export function encodeStid(uri: string): Uint8Array {
  const parts = uri.slice(STID_HEAD.length).split('.');
  const digits = parts.map((part) => part.slice(1)).join('');
  const isWell =
    isStid(uri) &&
    parts.length === 3 &&
    parts.every((part) => part.startsWith('x')) &&
    parts[0]!.length === 4 &&
    parts[1]!.length === 4 &&
    firstOutside(digits, HEX) < 0;
  if (!isWell) throw new Gs1Error('URI_SYNTAX', 'An STID URI is urn:epc:stid:xNNN.xNNN.xSERIAL.', 0);
  const size = ((digits.length - 6) * 4 - SERIAL_BITS_MIN) / WORD_BITS + 1;
  if (!Number.isInteger(size) || size < 1 || size > SERIAL_SIZES)
    throw new Gs1Error('LENGTH', 'The serial of an STID has 48 to 144 bits, in whole words.', uri.lastIndexOf('.') + 2);
  const bank = new Uint8Array(HEADER_END / 8 + (digits.length - 6) / 2);
  if (hexPair(digits, 0) < 0x80)
    throw new Gs1Error('RANGE', 'The first bit of an STID says that the tag has an XTID; it is 1.', STID_HEAD.length);
  bank[0] = EPC_CLASS;
  for (let i = 0; i < 3; i++) bank[1 + i] = hexPair(digits, i * 2);
  bank[4] = size << 5;
  for (let i = 6; i < digits.length; i += 2) bank[3 + i / 2] = hexPair(digits, i);
  return bank;
}
