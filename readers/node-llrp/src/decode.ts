import { LlrpError } from './error.ts';
import { HEADER_BYTES, headerOf } from './frame.ts';
import type { FieldValue, Message, Parameter } from './message.ts';
import type { Definition, Field, FieldKind } from './spec/definition.ts';
import { CUSTOM_TYPE, type Spec, specOf, TLV_TYPE_MIN, vendorKey } from './spec/spec.ts';

/** Parameters inside parameters inside a message, at most. */
export const NESTING_MAX = 64;

const TLV_HEADER_BYTES = 4;
const VENDOR_BYTES = 4;
const SUBTYPE_BYTES = { message: 1, parameter: 4 } as const;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Where a decoder stands: the bytes of one message, the next byte and bit, and how errors count offsets. */
interface Cursor {
  bytes: Buffer;
  at: number;
  /** Bits of the byte at `at` that are read already. */
  bit: number;
  /** Offset of the message in the stream. */
  base: number;
  spec: Spec;
}

type Target = { reservedBits?: number[]; [field: string]: FieldValue | Parameter[] | undefined };

/** Bytes of a kind with a fixed size, or of its count. */
const SIZE: Record<FieldKind, number> = {
  reserved: 0,
  u1: 0,
  u2: 0,
  u8: 1,
  s8: 1,
  u16: 2,
  s16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  u96: 12,
  u1v: 2,
  u8v: 2,
  u16v: 2,
  u32v: 2,
  utf8v: 2,
  bytesToEnd: 0,
};

/** Bits of one element of a vector. */
const ELEMENT_BITS: Partial<Record<FieldKind, number>> = { u1v: 1, u8v: 8, u16v: 16, u32v: 32, utf8v: 8 };

const fail = (cursor: Cursor, code: LlrpError['code'], message: string, at = cursor.at): never => {
  throw new LlrpError(code, message, { offset: cursor.base + at });
};

/** Reads `count` bits from the top bit down, which the fields' definition keeps within whole bytes. */
function takeBits(cursor: Cursor, count: number): number {
  let value = 0;
  for (let left = count; left > 0;) {
    const here = Math.min(left, 8 - cursor.bit);
    const byte = cursor.bytes[cursor.at] ?? 0;
    value = value * 2 ** here + ((byte >> (8 - cursor.bit - here)) & (2 ** here - 1));
    cursor.bit += here;
    left -= here;
    if (cursor.bit === 8) {
      cursor.bit = 0;
      cursor.at++;
    }
  }
  return value;
}

/** A u64 as a number while that is exact, else as decimal digits. */
function u64(bytes: Buffer, at: number): number | string {
  const high = bytes.readUInt32BE(at);
  return high < 0x200000 ? high * 2 ** 32 + bytes.readUInt32BE(at + 4) : bytes.readBigUInt64BE(at).toString();
}

type Take = (bytes: Buffer, at: number, count: number) => FieldValue;

/** How each kind of whole bytes is read; `at` and `count` are checked before. Vectors: `at` is behind the count. */
const TAKE: Record<Exclude<FieldKind, 'reserved' | 'u1' | 'u2' | 'utf8v'>, Take> = {
  u8: (bytes, at) => bytes.readUInt8(at),
  s8: (bytes, at) => bytes.readInt8(at),
  u16: (bytes, at) => bytes.readUInt16BE(at),
  s16: (bytes, at) => bytes.readInt16BE(at),
  u32: (bytes, at) => bytes.readUInt32BE(at),
  s32: (bytes, at) => bytes.readInt32BE(at),
  u64,
  u96: (bytes, at) => bytes.toString('hex', at, at + 12),
  u1v: (bytes, at, bits) => ({ bits, hex: bytes.toString('hex', at, at + Math.ceil(bits / 8)) }),
  u8v: (bytes, at, count) => bytes.toString('hex', at, at + count),
  u16v: (bytes, at, count) => Array.from({ length: count }, (_, i) => bytes.readUInt16BE(at + 2 * i)),
  u32v: (bytes, at, count) => Array.from({ length: count }, (_, i) => bytes.readUInt32BE(at + 4 * i)),
  bytesToEnd: (bytes, at, count) => bytes.toString('hex', at, at + count),
};

function takeText(cursor: Cursor, at: number, count: number): string {
  try {
    return UTF8.decode(cursor.bytes.subarray(at, at + count));
  } catch {
    return fail(cursor, 'NOT_UTF8', 'text that is not UTF-8', at);
  }
}

function takeField(cursor: Cursor, field: Field, end: number): FieldValue {
  const { kind } = field;
  const size = SIZE[kind];
  if (cursor.at + size > end) fail(cursor, 'TRUNCATED', `${field.name} (${kind}) goes beyond its end`);
  if (kind === 'u1') return takeBits(cursor, 1) === 1;
  if (kind === 'u2' || kind === 'reserved') return takeBits(cursor, field.bits);
  let at = cursor.at;
  cursor.at += size;
  const elementBits = ELEMENT_BITS[kind];
  let count = kind === 'bytesToEnd' ? end - at : 0;
  if (elementBits !== undefined) {
    count = cursor.bytes.readUInt16BE(at);
    at += 2;
  }
  const length = kind === 'bytesToEnd' ? count : Math.ceil((count * (elementBits ?? 0)) / 8);
  if (cursor.at + length > end)
    fail(cursor, 'TRUNCATED', `${field.name} counts ${count}, ${end - at} bytes are left`, at - size);
  cursor.at += length;
  if (kind === 'utf8v') return takeText(cursor, at, count);
  return kind === 'u8v' && field.enumeration
    ? [...cursor.bytes.subarray(at, at + count)]
    : TAKE[kind](cursor.bytes, at, count);
}

/** The name of a value where the definition has one; else the value itself. */
function named(field: Field, value: FieldValue): FieldValue {
  const names = field.enumeration?.names;
  if (!names) return value;
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'number' ? (names.get(one) ?? one) : one));
  return names.get(Number(value)) ?? value;
}

function takeFields(cursor: Cursor, definition: Definition, end: number, target: Target): void {
  let reserved: number[] | undefined;
  let run = 0;
  for (const field of definition.fields) {
    if (field.bits > 0 && cursor.at + (cursor.bit + field.bits) / 8 > end) {
      fail(cursor, 'TRUNCATED', `${field.name} (${field.bits} bits) goes beyond its end`);
    }
    if (field.kind === 'reserved') {
      const bits = takeBits(cursor, field.bits);
      if (bits !== 0) (reserved ??= Array.from({ length: definition.reservedRuns }, () => 0))[run] = bits;
      run++;
    } else {
      target[field.name] = named(field, takeField(cursor, field, end));
    }
  }
  if (reserved) target.reservedBits = reserved;
}

/** Fields, then parameters up to `end`; whatever is mandatory must be there. */
function takeBody(cursor: Cursor, definition: Definition, end: number, depth: number, target: Target): void {
  const began = cursor.at;
  takeFields(cursor, definition, end, target);
  const parameters: Parameter[] = [];
  while (cursor.at < end) parameters.push(takeParameter(cursor, end, depth));
  if (parameters.length > 0) target['parameters'] = parameters;
  for (const { name, anyOf } of definition.required) {
    const there = parameters.some(
      (one) => anyOf.has(one.parameter) || (anyOf.has('Custom') && isVendor(cursor.spec, one)),
    );
    if (!there) fail(cursor, 'MISSING_PARAMETER', `${definition.name} without ${name}`, began);
  }
}

const isVendor = (spec: Spec, { parameter }: Parameter): boolean =>
  spec.parameterByName.get(parameter)?.vendor !== undefined;

function takeParameter(cursor: Cursor, end: number, depth: number): Parameter {
  if (depth > NESTING_MAX) fail(cursor, 'NESTING', `parameters are nested deeper than ${NESTING_MAX}`);
  const first = cursor.bytes.readUInt8(cursor.at);
  return first >= 128 ? takeTv(cursor, first & 127, end) : takeTlv(cursor, end, depth);
}

function takeTv(cursor: Cursor, type: number, end: number): Parameter {
  const definition = type < TLV_TYPE_MIN ? cursor.spec.parameters.get(type) : undefined;
  if (!definition) return fail(cursor, 'UNKNOWN_TV', `parameter type ${type} with a one-byte header is not defined`);
  cursor.at++;
  const parameter: Parameter = { parameter: definition.name };
  takeFields(cursor, definition, end, parameter);
  return parameter;
}

function takeTlv(cursor: Cursor, end: number, depth: number): Parameter {
  const { bytes, at, spec } = cursor;
  if (at + TLV_HEADER_BYTES > end) fail(cursor, 'LEFT_OVER', `${end - at} bytes are left, too few for a parameter`);
  const first = bytes.readUInt16BE(at);
  const type = first & 1023;
  const length = bytes.readUInt16BE(at + 2);
  if (length < TLV_HEADER_BYTES) fail(cursor, 'LENGTH', `parameter ${type} has length ${length}, below its header`);
  if (at + length > end) fail(cursor, 'LENGTH', `parameter ${type} has length ${length}, ${end - at} bytes are left`);
  const definition = type < TLV_TYPE_MIN ? undefined : spec.parameters.get(type);
  const reservedHeader = first >> 10;
  const parameter: Parameter = { parameter: definition?.name ?? 'UNKNOWN_PARAMETER' };
  if (reservedHeader !== 0) parameter.reservedHeader = reservedHeader;
  const inside = at + length;
  cursor.at = at + TLV_HEADER_BYTES;
  if (!definition) {
    parameter['type'] = type;
    parameter['data'] = bytes.toString('hex', cursor.at, inside);
    cursor.at = inside;
  } else if (type !== CUSTOM_TYPE || !takeVendor(cursor, 'parameter', inside, depth, parameter)) {
    takeBody(cursor, definition, inside, depth + 1, parameter);
  }
  return parameter;
}

/**
 * Reads a vendor's message or parameter by its own definition, into `target`. False, and nothing taken, when the
 * vendor or subtype is not known or the bytes do not fit: firmware is newer than any list.
 */
function takeVendor(
  cursor: Cursor,
  what: 'message' | 'parameter',
  end: number,
  depth: number,
  target: Message | Parameter,
): boolean {
  const { at, bytes, spec } = cursor;
  const body = at + VENDOR_BYTES + SUBTYPE_BYTES[what];
  if (body > end) return false;
  const subtype = bytes.readUIntBE(at + VENDOR_BYTES, SUBTYPE_BYTES[what]);
  const known = what === 'message' ? spec.vendorMessages : spec.vendorParameters;
  const definition = known.get(vendorKey(bytes.readUInt32BE(at), subtype));
  if (!definition) return false;
  const own: Target = {};
  try {
    cursor.at = body;
    takeBody(cursor, definition, end, depth + 1, own);
  } catch (error) {
    if (!(error instanceof LlrpError)) throw error;
    cursor.at = at;
    cursor.bit = 0;
    return false;
  }
  target[what] = definition.name;
  Object.assign(target, own);
  return true;
}

/**
 * Decodes one message into its JSON form; every byte is kept, so that `encode` gives the same frame back.
 *
 * @param frame one whole message, header included (LLRP 1.0.1 section 16.2.1)
 * @param offset where the frame stands in its stream; only errors use it
 * @throws LlrpError with the byte offset: truncated, left over, mandatory parameter missing, unknown TV, not UTF-8,
 *   nested too deeply. Unknown types, values, vendors, reserved bits and any order are no errors.
 */
export function decode(frame: Uint8Array, offset = 0): Message {
  if (frame.length < HEADER_BYTES)
    throw new LlrpError('TRUNCATED', `${frame.length} bytes are no message header`, { offset });
  const { version, type, length, id } = headerOf(frame);
  if (length !== frame.length) {
    throw new LlrpError('LENGTH', `message length ${length}, but the frame has ${frame.length} bytes`, { offset });
  }
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const cursor: Cursor = { bytes, at: HEADER_BYTES, bit: 0, base: offset, spec: specOf(version) };
  const definition = cursor.spec.messages.get(type);
  const message: Message = { message: definition?.name ?? 'UNKNOWN_MESSAGE', version, id };
  const reservedHeader = bytes.readUInt8(0) >> 5;
  if (reservedHeader !== 0) message.reservedHeader = reservedHeader;
  if (!definition) {
    message['type'] = type;
    message['data'] = bytes.toString('hex', HEADER_BYTES);
  } else if (type !== CUSTOM_TYPE || !takeVendor(cursor, 'message', length, 0, message)) {
    takeBody(cursor, definition, length, 1, message);
  }
  return message;
}

/** Decodes the parameters in `frame` from `at` to `end`, for a caller that walks the message itself. */
export function checkParameter(frame: Uint8Array, at: number, end: number, version: number, offset = 0): Parameter {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  return takeParameter({ bytes, at, bit: 0, base: offset, spec: specOf(version) }, end, 2);
}
