import { checkValue } from './ai.ts';
import { type Cursor, takeBits } from './bits.ts';
import { Gs1Error } from './error.ts';
import type { Element } from './id.ts';
import { type Item, type Span, itemsOf } from './packed-objects-id.ts';
import { takeDigits, takeText } from './packed-objects-text.ts';

/** ID values of one object; real ones have a handful. */
const IDS_MAX = 128;
/** Packed Objects and pads of one memory. */
const OBJECTS_MAX = 256;
/** Shortest object that is one (TDS annex I.4.2). */
const OBJECT_BYTES_MIN = 4;

/** Numbers in an extensible bit vector above this are refused: no tag has so much memory. */
const VECTOR_MAX = 2 ** 16;

/** An extensible bit vector of blocks of `size` bits: one says whether more follow (TDS annex D). */
function takeVector(cursor: Cursor, size: number): number {
  const at = cursor.at;
  const data = size - 1;
  let value = 0;
  for (let more = 1; more === 1;) {
    more = takeBits(cursor, 1);
    value = value * 2 ** data + takeBits(cursor, data);
    if (value > VECTOR_MAX) throw new Gs1Error('RANGE', `A length above ${VECTOR_MAX} stands in a Packed Object.`, at);
  }
  return value;
}

const unsupported = (what: string, at: number): Gs1Error =>
  new Gs1Error('UNSUPPORTED_STRUCTURE', `${what} in Packed Objects are not read.`, at);

/** What the first byte where an object may start says, other than the length of an ID list (TDS table I 4-1). */
function checkPattern(pattern: number, at: number): void {
  if (pattern >= 0x0c && pattern <= 0x0f) throw new Gs1Error('DIRECTORY', 'ID maps and directories are not read.', at);
  if (pattern === 0x05) throw unsupported('Run-length paddings', at);
  if (pattern > 0x08 && pattern < 0x0c) throw unsupported('Several ID tables, and addenda,', at);
  if (pattern < 0x08) throw new Gs1Error('PACKED_OBJECT', 'No Packed Object starts so.', at);
}

const PAD = 0x04;
/** A pointer to a directory follows; null where none has been written yet. */
const POINTER = 0x07;
/** ID list with a flag byte before it, and nothing unusual. */
const PLAIN_FLAGS = 0x08;
/** First byte from which on it is the length of an ID list. */
const LENGTH_FROM = 0x10;

/** The object that starts at the cursor: its own significant bits, behind its length and pad bit, and where it ends. */
function openObject(cursor: Cursor, start: number): { object: Cursor; end: number } {
  const bytes = takeVector(cursor, 6);
  const isPadded = takeBits(cursor, 1) === 1;
  const end = start + bytes * 8;
  if (bytes < OBJECT_BYTES_MIN)
    throw new Gs1Error(
      'PACKED_OBJECT',
      `A Packed Object has at least ${OBJECT_BYTES_MIN} bytes, this one ${bytes}.`,
      start,
    );
  if (end > cursor.length)
    throw new Gs1Error(
      'TRUNCATED',
      `A Packed Object of ${bytes} bytes starts, ${(cursor.length - start) >> 3} are there.`,
      start,
    );
  if (!isPadded) return { object: { bytes: cursor.bytes, length: end, at: cursor.at }, end };
  // a one, then zeros to the end of the last byte, are no data
  const last = cursor.bytes[end / 8 - 1]!;
  if (last === 0) throw new Gs1Error('PACKED_OBJECT', 'The padding of a Packed Object has no first bit.', end - 8);
  const zeros = 31 - Math.clz32(last & -last);
  return { object: { bytes: cursor.bytes, length: end - zeros - 1, at: cursor.at }, end };
}

/** The primary table has 90 rows: two values share 13 bits, the last of an odd number has 7 (TDS table I 5-5). */
const TABLE_ROWS = 90;
const PAIR_BITS = 13;
const SINGLE_BITS = 7;

function takeIds(object: Cursor): [value: number, at: number][] {
  const at = object.at;
  const count = takeVector(object, 3) + 1;
  if (count > IDS_MAX) throw new Gs1Error('TOO_LONG', `At most ${IDS_MAX} ID values of a Packed Object are read.`, at);
  const ids: [number, number][] = [];
  while (ids.length < count) {
    const place = object.at;
    if (count - ids.length === 1) {
      ids.push([takeBits(object, SINGLE_BITS), place]);
      continue;
    }
    const pair = takeBits(object, PAIR_BITS);
    ids.push([Math.floor(pair / TABLE_ROWS), place], [pair % TABLE_ROWS, place]);
  }
  return ids;
}

const SPAN_SMALL = 8;
const SPAN_LARGE = 44;
/** Four bits that say "add fifteen and read on". */
const CHAIN = 15;

/** A length within a span (TDS annex I.7.2). */
function takeLength(object: Cursor, { min, max }: Span): number {
  const range = max - min;
  if (range === 0) return min;
  const at = object.at;
  let above = 0;
  if (range < SPAN_SMALL || (range > SPAN_LARGE && range < Infinity))
    above = takeBits(object, Math.ceil(Math.log2(range + 1)));
  else {
    let step = CHAIN;
    for (let i = 0; i < 3 && step === CHAIN; i++) {
      step = takeBits(object, 4);
      above += step;
    }
    if (step === CHAIN) above += takeVector(object, 6) - 1;
  }
  if (above > range)
    throw new Gs1Error('LENGTH', 'A value in a Packed Object is longer than its identifier allows.', at);
  return min + above;
}

/** An item with the lengths that the object gives it. */
interface Sized {
  readonly item: Item;
  readonly digits: number;
  /** Undefined: whatever is left, of the last text. */
  readonly text: number | undefined;
}

function takeLengths(object: Cursor, items: readonly Item[]): Sized[] {
  const lastText = items.findLastIndex(({ text }) => text.max > 0);
  return items.map((item, i) => ({
    item,
    digits: takeLength(object, item.digits),
    text: i === lastText ? undefined : takeLength(object, item.text),
  }));
}

/** Bits that name the compaction; only the one made for Packed Objects is read (TDS table I 7-1). */
function checkCompaction(object: Cursor): void {
  if (takeBits(object, 1) === 0) throw unsupported('The compaction methods of other access methods', object.at - 1);
}

function readObject(object: Cursor): Element[] {
  const ids = takeIds(object);
  const items = ids.flatMap(([value, at]) => itemsOf(value, object, at));
  checkCompaction(object);
  const sized = takeLengths(object, items);
  const at = object.at;
  const numbers = sized.map(({ digits }) => takeDigits(object, digits));
  const hasText = items.some(({ text }) => text.max > 0) && object.at < object.length;
  const text = hasText ? takeText(object) : '';
  if (object.at !== object.length)
    throw new Gs1Error('PACKED_OBJECT', `Bits follow the data of a Packed Object.`, object.at);
  let from = 0;
  return sized.map(({ item, text: length = text.length - from }, i) => {
    const part = text.slice(from, from + length);
    if (length < item.text.min || length > item.text.max || part.length !== length) throw badLength(item, at);
    from += item.text.max > 0 ? length : 0;
    const value = numbers[i]! + part;
    checkValue(item.ai, value, at);
    return [item.ai, value];
  });
}

const badLength = ({ ai }: Item, at: number): Gs1Error =>
  new Gs1Error('LENGTH', `The text of a Packed Object does not give AI ${ai} a value of its length.`, at);

/**
 * The elements of Packed Objects with GS1's ID table (TDS annexes I to M; ISO/IEC 15962), which start at byte `from`,
 * each checked like any other. Throws Gs1Error with the place in bits: DIRECTORY and UNSUPPORTED_STRUCTURE for what is
 * legal but not read, other codes for what is broken.
 */
export function readPackedObjects(bytes: Uint8Array, from: number): Element[] {
  const cursor: Cursor = { bytes, length: bytes.length * 8, at: from * 8 };
  const elements: Element[] = [];
  const seen = new Set<string>();
  for (let objects = 0; cursor.at < cursor.length; objects++) {
    const start = cursor.at;
    const pattern = bytes[start / 8]!;
    if (pattern === 0) break;
    if (objects >= OBJECTS_MAX)
      throw new Gs1Error('TOO_LONG', `At most ${OBJECTS_MAX} Packed Objects are read.`, start);
    if (pattern === PAD || pattern === POINTER) {
      cursor.at += 8;
      if (pattern === POINTER && takeVector(cursor, 8) !== 0)
        throw new Gs1Error('DIRECTORY', 'A pointer to a directory is not followed.', start);
      continue;
    }
    if (pattern < LENGTH_FROM && pattern !== PLAIN_FLAGS) checkPattern(pattern, start);
    if (pattern === PLAIN_FLAGS) cursor.at += 8;
    const { object, end } = openObject(cursor, start);
    for (const element of readObject(object)) {
      if (seen.has(element[0])) throw new Gs1Error('AI_REPEATED', `AI ${element[0]} stands twice.`, start);
      seen.add(element[0]);
      elements.push(element);
    }
    cursor.at = end;
  }
  return elements;
}
