import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SEAL_KEY_BYTES } from '../access/seal.ts';
import { AppError, messageOf } from '../error.ts';
import type { Config } from './config.ts';

async function readOrMake(file: string): Promise<Uint8Array> {
  try {
    await writeFile(file, `${randomBytes(SEAL_KEY_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = Buffer.from((await readFile(file, 'utf8')).trim(), 'hex');
  if (key.byteLength !== SEAL_KEY_BYTES) throw new RangeError(`it is not ${SEAL_KEY_BYTES} bytes in hexadecimal`);
  return key;
}

/**
 * What secrets in the database are sealed under: of the configuration, else (embedded database) of `secret.key` in the
 * data directory, which is made once and which only its owner reads. Undefined: none was given for a server.
 */
export async function secretKeyOf({ secretKey, place }: Config): Promise<Uint8Array | undefined> {
  if (secretKey || !('dataDir' in place)) return secretKey;
  const file = join(place.dataDir, 'secret.key');
  try {
    return await readOrMake(file);
  } catch (error) {
    throw new AppError('unavailable', `the key of sealed secrets, ${file}: ${messageOf(error)}`, { file }, error);
  }
}
