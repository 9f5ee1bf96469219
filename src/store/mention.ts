// The identifiers of one event in one column, as the trace reads them: a few dozen bytes instead of a row each.
import type { Mention, Role } from '../trace/fact.ts';

/** Codes of the roles, in the table and in the packed form: a role's position. Append only. */
export const ROLES = [
  'epc',
  'quantity',
  'parent',
  'childEPC',
  'childQuantity',
  'inputEPC',
  'inputQuantity',
  'outputEPC',
  'outputQuantity',
  'lot',
  'written',
] as const satisfies readonly Role[];

/** Codes from here on stand for what an ILMD gives or turns, not for what a list of the event says. */
export const DERIVED_ROLE_MIN = 9;
/** Codes from here on are for finding events, not for tracing. */
export const INDEX_ROLE_MIN = 16;
export const INDEX_ROLES = { bizTransaction: 16, source: 17, destination: 18, term: 19 } as const;

const CODE = new Map<Role, number>(ROLES.map((role, code) => [role, code]));

export function roleCode(role: Role): number {
  const code = CODE.get(role);
  if (code === undefined) throw new Error(`The role ${role} has no code.`);
  return code;
}

const HAS_QUANTITY = 0x40;
const HAS_UOM = 0x80;
const ROLE_BITS = 0x3f;
const FIXED_BYTES = 4;

const sizeOf = ({ key, quantity, uom }: Mention): number =>
  FIXED_BYTES + key.length + (quantity === undefined ? 0 : 8) + (uom === undefined ? 0 : 1 + uom.length);

/**
 * For each mention: role and flags (1 byte), gcpLength (1), length of the key (2, big-endian), the key; then, where
 * stated, the quantity as IEEE double (8) and the unit's length (1) and text.
 */
export function packMentions(mentions: readonly Mention[]): Buffer {
  const bytes = Buffer.allocUnsafe(mentions.reduce((sum, mention) => sum + sizeOf(mention), 0));
  let at = 0;
  for (const { key, role, gcpLength, quantity, uom } of mentions) {
    const flags = (quantity === undefined ? 0 : HAS_QUANTITY) | (uom === undefined ? 0 : HAS_UOM);
    at = bytes.writeUInt8(roleCode(role) | flags, at);
    at = bytes.writeUInt8(gcpLength, at);
    at = bytes.writeUInt16BE(key.length, at);
    for (let i = 0; i < key.length; i++) bytes[at++] = key.charCodeAt(i);
    if (quantity !== undefined) at = bytes.writeDoubleBE(quantity, at);
    if (uom === undefined) continue;
    at = bytes.writeUInt8(uom.length, at);
    at += bytes.write(uom, at, 'latin1');
  }
  return bytes;
}

/** The keys of mentions in hexadecimal, as parts of `packed`, what packMentions made of them in hexadecimal. */
export function mentionKeys(packed: string, mentions: readonly Mention[]): string[] {
  let at = 0;
  return mentions.map((mention) => {
    const start = at + FIXED_BYTES;
    at += sizeOf(mention);
    return packed.slice(start * 2, (start + mention.key.length) * 2);
  });
}

/** How many bytes of packed mentions that may be cut off anywhere are whole ones. */
export function wholeBytes(packed: Uint8Array): number {
  for (let at = 0; ;) {
    const [flags = 0, , high = 0, low = 0] = packed.subarray(at, at + FIXED_BYTES);
    let end = at + FIXED_BYTES + high * 256 + low + (flags & HAS_QUANTITY ? 8 : 0);
    if (flags & HAS_UOM) end += 1 + (packed[end] ?? 0);
    if (end > packed.length) return at;
    at = end;
  }
}

/** A longer part of a text would only point into it, and be compared slowly as the key of a Map. */
const SLICED_MIN = FIXED_BYTES + 13;

/** The reverse. Throws for bytes that packMentions did not make. */
export const unpackMentions = (packed: Uint8Array): Mention[] => unpack(packed, Infinity);

/** Of the things that a transformation put out, the first alone: the others are passed over unread. */
export const unpackBriefly = (packed: Uint8Array): Mention[] => unpack(packed, 1);

const OUTPUT = roleCode('outputEPC');

function unpack(packed: Uint8Array, outputsMax: number): Mention[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const text = bytes.toString('latin1');
  const mentions: Mention[] = [];
  let outputs = 0;
  for (let at = 0; at < bytes.length;) {
    const head = bytes[at]!;
    if (head === OUTPUT && ++outputs > outputsMax) {
      at += FIXED_BYTES + bytes[at + 2]! * 256 + bytes[at + 3]!;
      continue;
    }
    const role = ROLES[head & ROLE_BITS];
    if (role === undefined) throw new Error(`A mention of the role ${head & ROLE_BITS} was stored.`);
    const end = at + FIXED_BYTES + bytes[at + 2]! * 256 + bytes[at + 3]!;
    const key =
      end - at < SLICED_MIN ? text.slice(at + FIXED_BYTES, end) : bytes.toString('latin1', at + FIXED_BYTES, end);
    const mention: Mention = { key, role, gcpLength: bytes[at + 1]! };
    at = end;
    if (head & HAS_QUANTITY) {
      mention.quantity = bytes.readDoubleBE(at);
      at += 8;
    }
    if (head & HAS_UOM) {
      const length = bytes.readUInt8(at);
      mention.uom = text.slice(at + 1, at + 1 + length);
      at += 1 + length;
    }
    mentions.push(mention);
  }
  return mentions;
}
