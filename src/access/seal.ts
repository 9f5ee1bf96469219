import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../error.ts';

/** A secret that must be read again, such as what a message to a receiver is signed with: AES-256-GCM. */
const CIPHER = 'aes-256-gcm';
export const SEAL_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** First byte of every sealed secret. */
const FORM = 1;

/** Seals `secret` under a key of SEAL_KEY_BYTES; it opens only with the same `place` (whose it is and what for). */
export function seal(key: Uint8Array, place: string, secret: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(place));
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(FORM), nonce, cipher.getAuthTag(), text]);
}

/** The secret again; AppError `internal` for another key, another place, or bytes that were changed. */
export function unseal(key: Uint8Array, place: string, sealed: Uint8Array): string {
  try {
    const bytes = Buffer.from(sealed);
    if (bytes[0] !== FORM) throw new RangeError('not sealed by this program');
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES));
    const text = bytes.subarray(1 + NONCE_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
  } catch (error) {
    throw new AppError('internal', 'A sealed secret cannot be opened with this key.', {}, error);
  }
}
