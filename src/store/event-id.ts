/** An eventID or event hash as bytes: a hash URI in 33, a UUID in 17, anything else as it is; always reversible. */
const HASH = /^ni:\/\/\/sha-256;([0-9a-f]{64})\?ver=CBV2\.0$/;
const HEX_AT = 'ni:///sha-256;'.length;
const UUID = /^urn:uuid:([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})$/;
const KIND_HASH = 1;
const KIND_UUID = 2;
const KIND_TEXT = 0xf0;

/** The packed bytes in hexadecimal: what a statement is sent. */
export function eventIdHex(eventID: string): string {
  const hash = eventID.startsWith('ni:') ? HASH.exec(eventID) : null;
  if (hash) return `01${hash[1]}`;
  const uuid = UUID.exec(eventID);
  if (uuid) return `02${uuid[1]}${uuid[2]}${uuid[3]}${uuid[4]}${uuid[5]}`;
  return `f0${Buffer.from(eventID, 'utf8').toString('hex')}`;
}

export const packEventId = (eventID: string): Uint8Array => Buffer.from(eventIdHex(eventID), 'hex');

export function unpackEventId(bytes: Uint8Array): string {
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1);
  if (bytes[0] === KIND_HASH) return hashUri(rest);
  if (bytes[0] === KIND_TEXT) return rest.toString('utf8');
  if (bytes[0] !== KIND_UUID) throw new Error(`An eventID of kind ${bytes[0]} was stored.`);
  return `urn:uuid:${rest.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`;
}

/** Whether a packed eventID is the hash of these bytes: of an event that came without an eventID. */
export function isHash(bytes: Uint8Array, hash: Uint8Array): boolean {
  if (bytes[0] !== KIND_HASH || bytes.length !== hash.length + 1) return false;
  for (let i = 0; i < hash.length; i++) if (bytes[i + 1] !== hash[i]) return false;
  return true;
}

/** The 32 bytes of a CBV 2.0 event hash in hexadecimal; throws for anything else. */
export function hashHex(hash: string): string {
  const hex = HASH.test(hash) ? hash.slice(HEX_AT, HEX_AT + 64) : undefined;
  if (hex === undefined) throw new Error(`${hash} is no CBV 2.0 event hash.`);
  return hex;
}

export const hashBytes = (hash: string): Uint8Array => Buffer.from(hashHex(hash), 'hex');

export const hashUri = (bytes: Uint8Array): string =>
  `ni:///sha-256;${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}?ver=CBV2.0`;
