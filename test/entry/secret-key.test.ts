import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../src/entry/config.ts';
import { secretKeyOf } from '../../src/entry/secret-key.ts';

const SERVER = 'postgres://user:password@localhost/database';
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tagtrail-secret-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it('is made once in the data directory, for its owner alone, beside a server too', async () => {
  const file = join(dir, 'new', 'secret.key');
  const config = readConfig({}, { DATABASE_URL: SERVER, TAGTRAIL_DATA: join(dir, 'new') });
  const made = await secretKeyOf(config);
  expect(made).toEqual({ key: Buffer.from((await readFile(file, 'utf8')).trim(), 'hex'), file });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await secretKeyOf(config)).toEqual(made);
});

it('is the configured one where there is one', async () => {
  const config = readConfig({}, { TAGTRAIL_SECRET_KEY: 'ab'.repeat(32), TAGTRAIL_DATA: join(dir, 'unused') });
  expect(await secretKeyOf(config)).toEqual({ key: Buffer.alloc(32, 0xab) });
});

it('that cannot be kept: none beside a server, a failure of the embedded database', async () => {
  await writeFile(join(dir, 'file'), '');
  const data = { TAGTRAIL_DATA: join(dir, 'file', 'below') };
  expect(await secretKeyOf(readConfig({}, { ...data, DATABASE_URL: SERVER }))).toBeUndefined();
  await expect(secretKeyOf(readConfig({}, data))).rejects.toMatchObject({ code: 'unavailable' });
});
