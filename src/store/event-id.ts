/** An eventID or event hash as bytes: a hash URI in 33, a UUID in 17, anything else as it is; always reversible. */
const HASH = /^ni:\/\/\/sha-256;([0-9a-f]{64})\?ver=CBV2\.0$/;
const UUID = /^urn:uuid:([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/;
const KIND_HASH = 1;
const KIND_UUID = 2;
const KIND_TEXT = 0xf0;

const of = (kind: number, hex: string): Uint8Array => Buffer.concat([Buffer.of(kind), Buffer.from(hex, 'hex')]);

export function packEventId(eventID: string): Uint8Array {
  const hash = HASH.exec(eventID);
  if (hash) return of(KIND_HASH, hash[1]!);
  const uuid = UUID.exec(eventID);
  if (uuid) return of(KIND_UUID, uuid.slice(1).join(''));
  return Buffer.concat([Buffer.of(KIND_TEXT), Buffer.from(eventID, 'utf8')]);
}

export function unpackEventId(bytes: Uint8Array): string {
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1);
  if (bytes[0] === KIND_HASH) return hashUri(rest);
  if (bytes[0] === KIND_TEXT) return rest.toString('utf8');
  if (bytes[0] !== KIND_UUID) throw new Error(`An eventID of kind ${bytes[0]} was stored.`);
  return `urn:uuid:${rest.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`;
}

/** The 32 bytes of a CBV 2.0 event hash; throws for anything else. */
export function hashBytes(hash: string): Uint8Array {
  const hex = HASH.exec(hash)?.[1];
  if (hex === undefined) throw new Error(`${hash} is no CBV 2.0 event hash.`);
  return Buffer.from(hex, 'hex');
}

export const hashUri = (bytes: Uint8Array): string =>
  `ni:///sha-256;${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}?ver=CBV2.0`;
