// The identifiers of one event in one column, as the trace reads them: a few dozen bytes instead of a row each.
import { ALIKE, type Bundle, bundle, HEAD_BYTES, isAlike, isBundled, keyEnd } from '../trace/bundle.ts';
import type { Fact, Mention, Role } from '../trace/fact.ts';

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

const CODES = Object.fromEntries(ROLES.map((role, code) => [role, code])) as Partial<Record<Role, number>>;

export function roleCode(role: Role): number {
  const code = CODES[role];
  if (code === undefined) throw new Error(`The role ${role} has no code.`);
  return code;
}

/** Of the first byte of a packed mention: whether quantity and unit follow the key, and the role. */
export const HAS_QUANTITY = 0x40;
export const HAS_UOM = 0x80;
export const ROLE_BITS = 0x3f;

const sizeOf = ({ key, quantity, uom }: Mention): number =>
  HEAD_BYTES + key.length + (quantity === undefined ? 0 : 8) + (uom === undefined ? 0 : 1 + uom.length);

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
    const start = at + HEAD_BYTES;
    at += sizeOf(mention);
    return packed.slice(start * 2, (start + mention.key.length) * 2);
  });
}

/** How many bytes of packed mentions that may be cut off anywhere are whole ones. */
export function wholeBytes(packed: Uint8Array): number {
  for (let at = 0; ;) {
    const [flags = 0, , high = 0, low = 0] = packed.subarray(at, at + HEAD_BYTES);
    let end = at + HEAD_BYTES + high * 256 + low + (flags & HAS_QUANTITY ? 8 : 0);
    if (flags & HAS_UOM) end += 1 + (packed[end] ?? 0);
    if (end > packed.length) return at;
    at = end;
  }
}

/** A longer part of a text would only point into it, and be compared slowly as the key of a Map. */
const SLICED_MIN = HEAD_BYTES + 13;

/** The reverse, of the first `count` mentions. Throws for bytes that packMentions did not make. */
export function unpackMentions(packed: Uint8Array, count = Infinity): Mention[] {
  const bytes = bufferOf(packed);
  const text = bytes.toString('latin1');
  const mentions: Mention[] = [];
  for (let at = 0; at < bytes.length && mentions.length < count;) at = unpackOne(bytes, text, at, mentions);
  return mentions;
}

/** The same with things that stand alike in bundles, which only point into `packed`. */
export function unpackBundles(packed: Uint8Array): Required<Pick<Fact, 'mentions' | 'bundles'>> {
  const bytes = bufferOf(packed);
  let text: string | undefined;
  const [mentions, bundles]: [Mention[], Bundle[]] = [[], []];
  for (let at = 0; at < bytes.length;) {
    const start = at;
    if (!IS_ALIKE[bytes[at]!] || !isBundled(bytes[at + HEAD_BYTES]!)) {
      text ??= bytes.toString('latin1');
      at = unpackOne(bytes, text, at, mentions);
      continue;
    }
    let count = 0;
    for (; at < bytes.length && isAlike(bytes, start, bytes, at); count++) at = keyEnd(bytes, at);
    const stood = { role: ROLES[bytes[start]!]!, gcpLength: bytes[start + 1]! };
    bundle(bundles, stood, count, bytes.subarray(start, at));
  }
  return { mentions, bundles };
}

/** By role and flags: lists of things alike, without quantity. */
const IS_ALIKE: readonly boolean[] = Array.from({ length: 256 }, (_, head) =>
  ALIKE.some((role) => roleCode(role) === head),
);

const bufferOf = (packed: Uint8Array): Buffer => Buffer.from(packed.buffer, packed.byteOffset, packed.length);

/** Reads the mention at `at` of `bytes`, which are `text` in latin1; gives where the next one is. */
function unpackOne(bytes: Buffer, text: string, at: number, mentions: Mention[]): number {
  const head = bytes[at]!;
  const role = ROLES[head & ROLE_BITS];
  if (role === undefined) throw new Error(`A mention of the role ${head & ROLE_BITS} was stored.`);
  let end = at + HEAD_BYTES + bytes[at + 2]! * 256 + bytes[at + 3]!;
  const key = end - at < SLICED_MIN ? text.slice(at + HEAD_BYTES, end) : bytes.toString('latin1', at + HEAD_BYTES, end);
  const mention: Mention = { key, role, gcpLength: bytes[at + 1]! };
  if (head & HAS_QUANTITY) {
    mention.quantity = bytes.readDoubleBE(end);
    end += 8;
  }
  if (head & HAS_UOM) {
    const length = bytes.readUInt8(end);
    mention.uom = text.slice(end + 1, end + 1 + length);
    end += 1 + length;
  }
  mentions.push(mention);
  return end;
}
