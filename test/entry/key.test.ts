import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command as key } from '../../src/entry/commands/key.ts';
import { command as migrate } from '../../src/entry/commands/migrate.ts';
import type { Command } from '../../src/entry/command.ts';
import { findPrincipal } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT, openStore } from '../../src/store/open.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { freePort } from '../postgres.ts';

async function run(command: Command, args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const code = await command.run(args, { stdin, stdout, stderr });
  stdout.end();
  stderr.end();
  return { code, out: await text(stdout), err: await text(stderr) };
}

describe('key and migrate', () => {
  let database: TestDatabase | undefined;
  const directory = mkdtempSync(join(tmpdir(), 'tagtrail-key-'));
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(async () => {
    await database?.drop();
    rmSync(directory, { recursive: true, force: true });
  });
  const onServer = () => ['--database-url', database!.url];

  test('the first key of a new server prepares its tables, and opens the platform', async () => {
    const { code, out } = await run(key, ['create', ...onServer(), '--role', 'operator', '--json']);
    const made = JSON.parse(out) as { key: string; id: string; role: string };
    expect([code, made.role, out.split('\n').length]).toEqual([0, 'operator', 2]);
    const store = await openStore({ url: database!.url });
    expect(await findPrincipal(store, made.key)).toEqual({
      tenantId: DEFAULT_TENANT,
      keyId: made.id,
      role: 'operator',
    });
    await store.close();
    expect(JSON.parse((await run(migrate, [...onServer(), '--json'])).out)).toEqual({ applied: [] });
  });

  test('migrate makes the tables of an empty database once', async () => {
    const empty = await createDatabase();
    try {
      const url = ['--database-url', empty.url];
      expect((await run(migrate, url)).out).toMatch(/^Applied: 0000_/);
      expect((await run(migrate, url)).out).toMatch(/^Nothing to do/);
    } finally {
      await empty.drop();
    }
  });

  test('in a directory; the key alone is on stdout, so that it can be piped', async () => {
    const { out, err } = await run(key, ['create', '--data', directory, '--role', 'reader']);
    expect(out).toMatch(/^tt_\w{12}_[\w-]{32}\n$/);
    expect(err).toContain('not shown again');
    expect(err).not.toContain(out.trim());
  });

  test.each([
    [['create'], '--role must be one of operator'],
    [['create', '--role', 'king'], '--role must be one of operator'],
    [['--role', 'operator'], 'tagtrail key create'],
    [['create', '--role', 'operator'], 'one of --database-url'],
    [['create', '--role', 'operator', '--data', 'x', '--url', 'http://localhost'], 'exclude each other'],
    [['create', '--role', 'operator', '--url', 'http://localhost'], 'needs --key'],
    [['create', '--role', 'operator', '--url', 'nonsense', '--key', 'k'], 'no http URL'],
  ])('%j is wrong usage', async (args, message) => {
    await expect(run(key, args)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(message),
    });
  });

  test('a platform and a database that are not there', async () => {
    const port = await freePort();
    const there = run(key, ['create', '--role', 'reader', '--url', `http://127.0.0.1:${port}`, '--key', 'k']);
    await expect(there).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`127.0.0.1:${port} cannot be reached`),
    });
    await expect(run(migrate, ['--database-url', `postgres://x@127.0.0.1:${port}/x`])).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(run(migrate, [])).rejects.toThrow('--database-url is needed');
  });
});
