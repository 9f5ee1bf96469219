import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
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

/** Where the key came from that secrets in the database are sealed under. */
export interface SecretKey {
  key: Uint8Array;
  /** The file that was read or made; absent where the configuration gave the key. */
  file?: string;
}

/**
 * What secrets in the database are sealed under: of the configuration, else of `secret.key` in the data directory,
 * which is made once and which only its owner reads. Beside a database server the directory may be one that cannot be
 * written: undefined. Throws AppError `unavailable` where an embedded database's file cannot be used.
 */
export async function secretKeyOf({ secretKey, place, dataDir }: Config): Promise<SecretKey | undefined> {
  if (secretKey) return { key: secretKey };
  const file = join(dataDir, 'secret.key');
  try {
    await mkdir(dataDir, { recursive: true });
    return { key: await readOrMake(file), file };
  } catch (error) {
    if ('url' in place) return undefined;
    throw new AppError('unavailable', `the key of sealed secrets, ${file}: ${messageOf(error)}`, { file }, error);
  }
}
