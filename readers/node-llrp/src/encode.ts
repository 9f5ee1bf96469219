import { NESTING_MAX } from './decode.ts';
import { LlrpError } from './error.ts';
import { HEADER_BYTES } from './frame.ts';
import type { Message, Parameter } from './message.ts';
import type { Definition, Field, FieldKind } from './spec/definition.ts';
import { CUSTOM_TYPE, type Spec, specOf, TLV_TYPE_MIN } from './spec/spec.ts';

const ROOM_BYTES_MIN = 256;
const TLV_BYTES_MAX = 0xffff;
const COUNT_MAX = 0xffff;

/** Where an encoder stands. `path` names the JSON place for errors. */
interface Sink {
  bytes: Buffer;
  at: number;
  /** Bits of an unfinished byte and how many there are. */
  partial: number;
  bits: number;
  path: string[];
  spec: Spec;
}

function fail(sink: Sink, message: string): never {
  const path = sink.path.join(' / ');
  throw new LlrpError('ENCODE', `${path}: ${message}`, { path });
}

function room(sink: Sink, count: number): number {
  const at = sink.at;
  if (at + count > sink.bytes.length) {
    const grown = Buffer.alloc(Math.max(sink.bytes.length * 2, at + count));
    sink.bytes.copy(grown, 0, 0, at);
    sink.bytes = grown;
  }
  sink.at = at + count;
  return at;
}

/** A JSON value for a message: never printed whole. */
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 40);

function integer(sink: Sink, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  return fail(sink, `${shown(value)} is no integer from ${min} to ${max}`);
}

function putUint(sink: Sink, value: unknown, bytes: 1 | 2 | 4): void {
  const number = integer(sink, value, 0, 2 ** (8 * bytes) - 1);
  const at = room(sink, bytes); // may move the bytes
  sink.bytes.writeUIntBE(number, at, bytes);
}

function putInt(sink: Sink, value: unknown, bytes: 1 | 2 | 4): void {
  const limit = 2 ** (8 * bytes - 1);
  const number = integer(sink, value, -limit, limit - 1);
  const at = room(sink, bytes);
  sink.bytes.writeIntBE(number, at, bytes);
}

function putU64(sink: Sink, value: unknown): void {
  const digits = typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
  const number = digits ?? BigInt(integer(sink, value, 0, Number.MAX_SAFE_INTEGER));
  if (number >= 1n << 64n) fail(sink, `${shown(value)} has more than 64 bits`);
  const at = room(sink, 8);
  sink.bytes.writeBigUInt64BE(number, at);
}

function putHex(sink: Sink, value: unknown, bytes?: number): void {
  if (typeof value !== 'string' || !/^(?:[0-9a-fA-F]{2})*$/.test(value))
    fail(sink, `${shown(value)} is no hexadecimal`);
  if (bytes !== undefined && value.length !== 2 * bytes) fail(sink, `${value.length / 2} bytes instead of ${bytes}`);
  const at = room(sink, value.length / 2);
  sink.bytes.write(value, at, 'hex');
}

function putCount(sink: Sink, count: number): void {
  if (count > COUNT_MAX) fail(sink, `${count} elements are more than ${COUNT_MAX}`);
  putUint(sink, count, 2);
}

function putList(sink: Sink, value: unknown, bytes: 1 | 2 | 4): void {
  if (!Array.isArray(value)) fail(sink, `${shown(value)} is no array`);
  putCount(sink, value.length);
  for (const one of value) putUint(sink, one, bytes);
}

function putBitVector(sink: Sink, value: unknown): void {
  const vector: { bits?: unknown; hex?: unknown } = typeof value === 'object' && value !== null ? value : {};
  const bits = integer(sink, vector.bits, 0, COUNT_MAX);
  putCount(sink, bits);
  putHex(sink, vector.hex, Math.ceil(bits / 8));
}

function putText(sink: Sink, value: unknown): void {
  if (typeof value !== 'string' || !value.isWellFormed()) fail(sink, `${shown(value)} is no text`);
  const bytes = Buffer.from(value, 'utf8');
  putCount(sink, bytes.length);
  const at = room(sink, bytes.length);
  bytes.copy(sink.bytes, at);
}

function putBytes(sink: Sink, value: unknown): void {
  if (Array.isArray(value)) {
    putList(sink, value, 1);
  } else {
    if (typeof value !== 'string') fail(sink, `${shown(value)} is no hexadecimal`);
    putCount(sink, Math.ceil(value.length / 2));
    putHex(sink, value);
  }
}

const PUT: Record<Exclude<FieldKind, 'reserved' | 'u1' | 'u2'>, (sink: Sink, value: unknown) => void> = {
  u8: (sink, value) => putUint(sink, value, 1),
  s8: (sink, value) => putInt(sink, value, 1),
  u16: (sink, value) => putUint(sink, value, 2),
  s16: (sink, value) => putInt(sink, value, 2),
  u32: (sink, value) => putUint(sink, value, 4),
  s32: (sink, value) => putInt(sink, value, 4),
  u64: putU64,
  u96: (sink, value) => putHex(sink, value, 12),
  u1v: putBitVector,
  u8v: putBytes,
  u16v: (sink, value) => putList(sink, value, 2),
  u32v: (sink, value) => putList(sink, value, 4),
  utf8v: putText,
  bytesToEnd: (sink, value) => putHex(sink, value),
};

/** Adds bits from the top bit down; whole bytes go out at once. */
function putBits(sink: Sink, value: unknown, count: number): void {
  const number = integer(sink, typeof value === 'boolean' ? Number(value) : value, 0, 2 ** count - 1);
  for (let bit = count - 1; bit >= 0; bit--) {
    sink.partial = sink.partial * 2 + (Math.floor(number / 2 ** bit) % 2);
    if (++sink.bits < 8) continue;
    const at = room(sink, 1);
    sink.bytes[at] = sink.partial;
    sink.partial = sink.bits = 0;
  }
}

/** A name of the field's enumeration becomes its number; anything else stays what it is. */
function valueOf(sink: Sink, field: Field, value: unknown): unknown {
  const values = field.enumeration?.values;
  if (Array.isArray(value)) return value.map((one) => valueOf(sink, field, one));
  if (!values || typeof value !== 'string') return value;
  return values.get(value) ?? fail(sink, `${shown(value)} is no name of a value of ${field.name}`);
}

const ENVELOPE = new Set(['message', 'parameter', 'version', 'id', 'reservedHeader', 'reservedBits', 'parameters']);

function putFields(sink: Sink, definition: Definition, source: Message | Parameter): void {
  const names = new Set(definition.fields.map((field) => field.name));
  const stray = Object.keys(source).find((name) => !names.has(name) && !ENVELOPE.has(name));
  if (stray !== undefined) fail(sink, `there is no field ${shown(stray)}`);
  const reserved = source.reservedBits ?? [];
  if (!Array.isArray(reserved) || reserved.length > definition.reservedRuns) fail(sink, 'reservedBits does not fit');
  let run = 0;
  for (const field of definition.fields) {
    if (field.kind === 'reserved') {
      putBits(sink, reserved[run++] ?? 0, field.bits);
      continue;
    }
    sink.path.push(field.name);
    const value = source[field.name];
    if (value === undefined) fail(sink, 'is missing');
    if (field.kind === 'u1' || field.kind === 'u2') putBits(sink, valueOf(sink, field, value), field.bits);
    else PUT[field.kind](sink, valueOf(sink, field, value));
    sink.path.pop();
  }
}

function putBody(sink: Sink, definition: Definition, source: Message | Parameter, depth: number): void {
  putFields(sink, definition, source);
  const parameters = source.parameters ?? [];
  if (!Array.isArray(parameters)) fail(sink, 'parameters is no array');
  if (parameters.length > 0 && definition.fields.at(-1)?.kind === 'bytesToEnd')
    fail(sink, 'has no room for parameters');
  for (const one of parameters) putParameter(sink, one, depth);
  for (const { name, anyOf } of definition.required) {
    const vendor = (one: Parameter) =>
      anyOf.has('Custom') && sink.spec.parameterByName.get(one.parameter)?.vendor !== undefined;
    if (!parameters.some((one) => anyOf.has(one.parameter) || vendor(one))) fail(sink, `${name} is missing`);
  }
}

function putParameter(sink: Sink, source: Parameter, depth: number): void {
  const name: unknown = typeof source === 'object' && source !== null ? source.parameter : undefined;
  if (typeof name !== 'string') fail(sink, `${shown(source)} is no parameter`);
  sink.path.push(name);
  if (depth > NESTING_MAX) fail(sink, `parameters are nested deeper than ${NESTING_MAX}`);
  const definition = sink.spec.parameterByName.get(name);
  if (definition && definition.vendor === undefined && definition.type < TLV_TYPE_MIN) {
    if (source.parameters?.length) fail(sink, 'has no room for parameters');
    putUint(sink, 0x80 | definition.type, 1);
    putFields(sink, definition, source);
  } else {
    putTlv(sink, definition, source, depth);
  }
  sink.path.pop();
}

function putTlv(sink: Sink, definition: Definition | undefined, source: Parameter, depth: number): void {
  const began = room(sink, 4);
  let type = CUSTOM_TYPE;
  if (source.parameter === 'UNKNOWN_PARAMETER') {
    type = integer(sink, source['type'], 0, CUSTOM_TYPE);
    putHex(sink, source['data']);
  } else if (!definition) {
    fail(sink, 'there is no such parameter');
  } else {
    if (definition.vendor !== undefined) putVendor(sink, definition.vendor, definition.type, 4);
    else type = definition.type;
    putBody(sink, definition, source, depth + 1);
  }
  const length = sink.at - began;
  if (length > TLV_BYTES_MAX) fail(sink, `${length} bytes are more than a parameter may have`);
  sink.bytes.writeUInt16BE((integer(sink, source.reservedHeader ?? 0, 0, 31) << 10) | type, began);
  sink.bytes.writeUInt16BE(length, began + 2);
}

function putVendor(sink: Sink, vendor: number, subtype: number, subtypeBytes: 1 | 4): void {
  putUint(sink, vendor, 4);
  putUint(sink, subtype, subtypeBytes);
}

/**
 * Encodes a message from its JSON form. Every field must be there and fit; `parameters` go out in their order.
 *
 * @throws LlrpError ENCODE whose `path` names the place: "ADD_ROSPEC / ROSpec / Priority: 300 is no integer …"
 */
export function encode(message: Message): Uint8Array {
  const spec = specOf(typeof message?.version === 'number' ? message.version : 1);
  const sink: Sink = { bytes: Buffer.alloc(ROOM_BYTES_MIN), at: HEADER_BYTES, partial: 0, bits: 0, path: [], spec };
  const name: unknown = typeof message === 'object' && message !== null ? message.message : undefined;
  if (typeof name !== 'string') throw new LlrpError('ENCODE', `${shown(message)} is no message`, { path: '' });
  sink.path.push(name);
  const version = integer(sink, message.version, 0, 7);
  const id = integer(sink, message.id, 0, 0xffffffff);
  const definition = spec.messageByName.get(name);
  let type = CUSTOM_TYPE;
  if (name === 'UNKNOWN_MESSAGE') {
    type = integer(sink, message['type'], 0, CUSTOM_TYPE);
    putHex(sink, message['data']);
  } else if (!definition) {
    fail(sink, 'there is no such message');
  } else {
    if (definition.vendor !== undefined) putVendor(sink, definition.vendor, definition.type, 1);
    else type = definition.type;
    putBody(sink, definition, message, 1);
  }
  sink.bytes.writeUInt16BE((integer(sink, message.reservedHeader ?? 0, 0, 7) << 13) | (version << 10) | type, 0);
  sink.bytes.writeUInt32BE(sink.at, 2);
  sink.bytes.writeUInt32BE(id, 6);
  return sink.bytes.subarray(0, sink.at);
}
