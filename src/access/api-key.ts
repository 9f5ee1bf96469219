import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 6;
const SECRET_BYTES = 24;
/** tt_ID_SECRET: the id in hexadecimal, the secret in base64url. */
const FORM = /^tt_([0-9a-f]{12})_([\w-]{32})$/;

/** What is stored of a key: never the key itself. 192 random bits need no slow hash. */
export interface StoredKey {
  keyId: string;
  /** SHA-256 of the whole key. */
  hash: Uint8Array;
}

const hashOf = (key: string): Uint8Array => createHash('sha256').update(key).digest();

/** A new key: `key` is shown once, the rest is stored. */
export function createKey(): StoredKey & { key: string } {
  const keyId = randomBytes(ID_BYTES).toString('hex');
  const key = `tt_${keyId}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { key, keyId, hash: hashOf(key) };
}

/** The id in a key; undefined for text that is no key of ours. */
export const keyIdOf = (key: string): string | undefined => FORM.exec(key)?.[1];

/** In constant time. */
export const isKey = (key: string, stored: StoredKey): boolean =>
  keyIdOf(key) === stored.keyId && timingSafeEqual(hashOf(key), stored.hash);
