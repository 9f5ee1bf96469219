import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { AppError } from '../../src/error.ts';
import { addKey, findPrincipal, hasKeys, revokeKey } from '../../src/store/api-key.ts';
import { readHead } from '../../src/store/log-head.ts';
import { STATEMENTS_MAX } from '../../src/store/postgres.ts';
import { DEFAULT_TENANT, openPostgres, openStore, type Store } from '../../src/store/open.ts';
import { documentOf, objectEvent, operator } from '../capture/events.ts';
import { freePort, type Postgres, startPostgres } from '../postgres.ts';
import { onBoth } from './databases.ts';

describe('PostgreSQL that comes and goes', () => {
  let server: Postgres | undefined;
  let store: Store | undefined;
  beforeAll(async () => {
    server = await startPostgres();
    store = await openStore({ url: server.url }, { migrate: true });
  });
  afterAll(async () => {
    await store?.close();
    await server?.stop();
  });

  test('down at the start: unavailable within seconds, and says so', async () => {
    const started = Date.now();
    const opening = openStore({ url: `postgres://postgres@127.0.0.1:${await freePort()}/postgres` });
    await expect(opening).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
      detail: { reason: 'ECONNREFUSED' },
    });
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test('a host that does not answer, a name that nobody knows, a wrong password', async () => {
    await expect(openStore({ url: 'postgres://nobody@host.invalid/x' })).rejects.toMatchObject({ code: 'unavailable' });
    const wrong = new URL(server!.url);
    wrong.username = 'stranger';
    const refused = await openStore({ url: wrong.href }).catch((error: unknown) => error as AppError);
    expect(refused).toBeInstanceOf(AppError);
    expect(refused).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('stranger'),
      detail: { sqlstate: '28000' },
    });
    wrong.username = 'postgres';
    wrong.pathname = '/nowhere';
    await expect(openStore({ url: wrong.href })).rejects.toThrow(/nowhere/);
  });

  test('killed in the middle: each capture is whole or refused as unavailable, and all goes on when it is back', async () => {
    const who = operator(DEFAULT_TENANT);
    const platform = { store: store!, clock: Date.now };
    const sizes = new Map<number, number>();
    const send = async (n: number): Promise<string> => {
      const events = Array.from({ length: 1 + (n % 5) }, (_, i) => objectEvent(n * 10 + i));
      sizes.set(n, events.length);
      try {
        return (await capture(platform, who, documentOf(events))).job.success ? 'stored' : 'failed';
      } catch (error) {
        return error instanceof AppError ? error.code : String(error);
      }
    };
    const answers: Promise<string>[] = [];
    for (let n = 0; n < 60; n++) {
      answers.push(send(n));
      if (n === 30) await server!.kill();
      else await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const settled = await Promise.all(answers);
    expect(new Set(settled)).toEqual(new Set(['stored', 'unavailable']));
    await server!.start();

    const rows = await store!.query<{ event_id: Uint8Array; sequence: number }>(
      'select event_id, sequence from event where tenant_id = $1 order by sequence',
      [DEFAULT_TENANT],
    );
    expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, i) => i + 1));
    const stored = new Map<number, number>();
    for (const { event_id: id } of rows) {
      const n = Math.floor(Number.parseInt(Buffer.from(id.subarray(-6)).toString('hex'), 16) / 10);
      stored.set(n, (stored.get(n) ?? 0) + 1);
    }
    for (const [n, answer] of settled.entries()) {
      if (answer === 'stored') expect(stored.get(n)).toBe(sizes.get(n));
      else expect([undefined, sizes.get(n)]).toContain(stored.get(n)); // an answer lost on its way may be stored, never in part
    }
    const orphans = await store!.query(`select 1 from mention m where not exists
      (select from event e where e.tenant_id = m.tenant_id and e.sequence = m.sequence)`);
    expect(orphans).toEqual([]);

    const again = await Promise.all(settled.map((_, n) => send(n)));
    expect(new Set(again)).toEqual(new Set(['stored']));
    expect((await readHead(store!, DEFAULT_TENANT)).size).toBe([...sizes.values()].reduce((a, b) => a + b));
  });

  test('a session that is cut inside a transaction, busy or idle, rolls back and harms nobody else', async () => {
    await store!.query('create table cut (n int)');
    for (const [n, idleMs] of [0, 1, 20, 60].entries()) {
      const cut = store!.transaction(async (tx) => {
        await tx.query('insert into cut values ($1)', [n]);
        const [me] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
        await store!.query('select pg_terminate_backend($1)', [me!.pid]);
        await new Promise((resolve) => setTimeout(resolve, idleMs));
        await Promise.all([tx.query('select 1'), tx.query('select 2')]);
        await tx.query('select 3');
      });
      await expect(cut).rejects.toMatchObject({ code: 'unavailable' });
    }
    // work that does not notice: what it returns is not taken for committed
    const blind = store!.transaction(async (tx) => {
      await tx.query('insert into cut values (99)');
      const [me] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await store!.query('select pg_terminate_backend($1)', [me!.pid]);
      await new Promise((resolve) => setTimeout(resolve, 60));
    });
    await expect(blind).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store!.query('select n from cut')).toEqual([]);
    await store!.query('drop table cut');
  });

  test('a statement that takes too long is cut off and told apart', async () => {
    const slow = openPostgres({ url: server!.url, max: 1 });
    try {
      await slow.query(`set statement_timeout = 50`);
      await expect(slow.query('select pg_sleep(5)')).rejects.toMatchObject({ code: 'too_large' });
    } finally {
      await slow.close();
    }
  });

  test('a connection that has prepared many statements is followed by another', async () => {
    const store = openPostgres({ url: server!.url, max: 1 });
    const pidOf = async (n: number): Promise<number> =>
      (await store.query<{ pid: number }>(`select pg_backend_pid() as pid, ${n} as n`))[0]!.pid;
    try {
      const first = await pidOf(0);
      for (let n = 0; n < STATEMENTS_MAX; n++) expect(await pidOf(n)).toBe(first);
      expect(await pidOf(STATEMENTS_MAX)).toBe(first);
      expect(await pidOf(0)).not.toBe(first);
    } finally {
      await store.close();
    }
  });

  test('through a pooler: no session settings, no prepared statements', async () => {
    const pooled = openPostgres({ url: server!.url, max: 5, pooled: true, prepare: false });
    try {
      const who = operator(crypto.randomUUID());
      const { job } = await capture(
        { store: pooled, clock: Date.now },
        who,
        documentOf([objectEvent(1), objectEvent(2)]),
      );
      expect([job.success, (await readHead(pooled, who.tenantId)).size]).toEqual([true, 2]);
      expect(await pooled.query(`select setting from pg_settings where name = 'statement_timeout'`)).toEqual([
        { setting: '0' },
      ]);
    } finally {
      await pooled.close();
    }
  });
});

const HOLDER = `
import { openStore } from './src/store/open.ts';
import { capture } from './src/capture/capture.ts';
import { documentOf, objectEvent, operator } from './test/capture/events.ts';
import { DEFAULT_TENANT } from './src/store/open.ts';
const store = await openStore({ dataDir: process.argv[1] });
for (let n = Number(process.argv[2]); ; n++) {
  const { job } = await capture({ store, clock: Date.now }, operator(DEFAULT_TENANT), documentOf([objectEvent(n * 2), objectEvent(n * 2 + 1)]));
  if (!job.success) throw new Error(JSON.stringify(job));
  process.stdout.write(n + '\\n');
}`;

describe('a data directory', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tagtrail-data-'));
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** A process of its own that captures two events at a time; resolves once the first is acknowledged. */
  async function writer(dataDir: string, from: number): Promise<{ child: ChildProcess; acknowledged: () => number }> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, dataDir, String(from)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(child.stdout, 'data');
    // a line that was cut off is no acknowledgement
    return { child, acknowledged: () => Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1)) };
  }

  test('is refused while another process holds it, by its number; SIGKILL frees it and loses nothing acknowledged', async () => {
    const dataDir = join(directory, 'killed');
    let from = 0;
    for (let round = 0; round < 3; round++) {
      const { child, acknowledged } = await writer(dataDir, from);
      await expect(openStore({ dataDir })).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining(`process ${child.pid}`),
        detail: { pid: child.pid },
      });
      await new Promise((resolve) => setTimeout(resolve, 40 + 70 * round));
      child.kill('SIGKILL');
      await once(child, 'close');
      const last = acknowledged();
      expect(last).toBeGreaterThanOrEqual(from);
      const store = await openStore({ dataDir });
      const rows = await store.query<{ sequence: number }>(
        'select sequence from event where tenant_id = $1 order by sequence',
        [DEFAULT_TENANT],
      );
      expect(rows.map(({ sequence }) => sequence)).toEqual(rows.map((_, i) => i + 1));
      // the one under way may be there, whole
      expect([(last + 1) * 2, (last + 2) * 2]).toContain(rows.length);
      expect((await readHead(store, DEFAULT_TENANT)).size).toBe(rows.length);
      await store.close();
      from = last + 1;
    }
  });

  test('is refused a second time in one process too, and is free after close', async () => {
    const dataDir = join(directory, 'twice');
    const store = await openStore({ dataDir });
    await expect(openStore({ dataDir })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    const { id } = await addKey(store, DEFAULT_TENANT, 'reader', Date.now());
    await store.close();
    const again = await openStore({ dataDir });
    expect(await again.query('select key_id from api_key')).toEqual([{ key_id: id }]);
    await again.close();
    expect(statSync(dataDir).mode & 0o077).toBe(0);
  });

  test('that cannot be made is an error with its name', async () => {
    const file = join(directory, 'killed', 'lock');
    expect(readFileSync(file)).toBeDefined();
    await expect(openStore({ dataDir: join(file, 'below') })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('below'),
    });
  });
});

onBoth('keys', ({ store, tenant }) => {
  test('a key is found with its tenant and role, until it is revoked', async () => {
    const tenantId = tenant();
    expect(await hasKeys(store(), tenantId)).toBe(false);
    const { key, id, role } = await addKey(store(), tenantId, 'partner', 5);
    expect(await findPrincipal(store(), key)).toEqual({ tenantId, keyId: id, role });
    expect(await hasKeys(store(), tenantId)).toBe(true);
    for (const wrong of [`${key.slice(0, -1)}!`, key.replace(id, '000000000000'), 'tt_', '', `${key} or true`]) {
      expect(await findPrincipal(store(), wrong)).toBeUndefined();
    }
    expect(await revokeKey(store(), tenant(), id, 6)).toBe(false);
    expect(await revokeKey(store(), tenantId, id, 6)).toBe(true);
    expect([await findPrincipal(store(), key), await hasKeys(store(), tenantId)]).toEqual([undefined, false]);
  });

  test('the key itself is nowhere in the database', async () => {
    const { key } = await addKey(store(), tenant(), 'operator', 5);
    const rows = await store().query<{ row: string }>('select api_key::text as row from api_key');
    expect(rows.some(({ row }) => row.includes(key.slice(16)))).toBe(false);
  });
});
