// Row-level security, tested as the role that is bound by it.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capture, jobs } from '../../src/capture/capture.ts';
import { addKey, findPrincipal } from '../../src/store/api-key.ts';
import { byEventId } from '../../src/store/event.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openPostgres, openStore, type Store } from '../../src/store/open.ts';
import { APP_ROLE, lowerWalls, raiseWalls } from '../../src/store/wall.ts';
import { documentOf, objectEvent, operator } from '../capture/events.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { onBoth } from './databases.ts';

const TABLES = `
select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as walled,
  (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relkind in ('r', 'p') and a.attname = 'tenant_id' and c.relnamespace = 'public'::regnamespace order by 1`;

const one = (n: number) =>
  documentOf([objectEvent(n)], {
    epcisHeader: {
      epcisMasterData: {
        vocabularyList: [
          {
            type: 'urn:epcglobal:epcis:vtype:Location',
            vocabularyElementList: [{ id: 'urn:epc:id:sgln:0614141.00001.0' }],
          },
        ],
      },
    },
  });

onBoth('the wall between tenants', ({ store, tenant }) => {
  const [mine, other] = [tenant(), tenant()];
  let names: string[] = [];

  beforeAll(async () => {
    for (const [n, tenantId] of [mine, other].entries()) {
      const { job } = await capture({ store: store(), clock: Date.now }, operator(tenantId), one(n + 1));
      expect(job.errors).toEqual([]);
      await addKey(store(), tenantId, 'reader', Date.now());
    }
    const tables = await store().query<{ name: string; walled: boolean; policies: number }>(TABLES);
    names = tables.map(({ name }) => name);
    expect(tables.filter(({ walled, policies }) => !walled || policies === 0)).toEqual([]);
  });

  test('stands around every table of tenants', () => {
    expect(store().wall).toBe('role');
    expect(names).toEqual(expect.arrayContaining(['api_key', 'event', 'known', 'log_head', 'master_data', 'mention']));
  });

  test('a statement that forgets its tenant sees the rows of its own alone', async () => {
    for (const name of names) {
      const rows = await store().of(mine).query<{ tenant_id: string }>(`select tenant_id from "${name}"`);
      expect(rows.filter((row) => row.tenant_id !== mine)).toEqual([]);
      expect(await store().of(mine).planned(`select tenant_id from "${name}"`)).toHaveLength(rows.length);
      const [all] = await store().query<{ n: number }>(`select count(distinct tenant_id) as n from "${name}"`);
      if (all!.n > 0) expect([name, rows.length > 0]).toEqual([name, true]);
    }
  });

  test('rows of another cannot be changed, removed or made', async () => {
    const changed = await store()
      .of(mine)
      .transaction(async (tx) => [
        ...(await tx.query(`update event set type = 'x' where tenant_id = $1 returning 1`, [other])),
        ...(await tx.query('delete from mention where tenant_id = $1 returning 1', [other])),
      ]);
    expect(changed).toEqual([]);
    const insert = `insert into known (tenant_id, field, value) values ($1, 'x', 'x')`;
    await expect(store().of(mine).query(insert, [other])).rejects.toMatchObject({ detail: { reason: '42501' } });
    const moved = store().of(mine).query('update known set tenant_id = $1', [other]);
    await expect(moved).rejects.toMatchObject({ detail: { reason: '42501' } });
  });

  test('without a tenant there is nothing, and the tenant of one transaction is not that of the next', async () => {
    await store().of(mine).query('select 1');
    for (const name of names) {
      const rows = await store().transaction(async (tx) => {
        await tx.query(`set local role ${APP_ROLE}`);
        return tx.query(`select 1 from "${name}"`);
      });
      expect(rows).toEqual([]);
    }
  });

  test('the role owns nothing, and may not lower the wall', async () => {
    for (const statement of [
      'alter table event no force row level security',
      'drop policy tenant on event',
      'create table mine (n int)',
      `insert into migration values (99, 'x')`,
      'truncate event',
    ]) {
      await expect(store().of(mine).query(statement)).rejects.toMatchObject({ detail: { reason: '42501' } });
    }
  });

  test('whoever shows the id of a key sees that key alone', async () => {
    const { key, id } = await addKey(store(), mine, 'capture', Date.now());
    expect(await findPrincipal(store(), key)).toMatchObject({ tenantId: mine, keyId: id });
    const face = store().ofKey(id);
    expect(await face.query('select key_id from api_key')).toEqual([{ key_id: id }]);
    expect(await face.query('select 1 from event')).toEqual([]);
    expect(await face.query('delete from api_key returning 1')).toEqual([]);
  });

  test('raising it again changes nothing', async () => {
    await store().transaction(async (tx) => {
      await lowerWalls(tx);
      await raiseWalls(tx);
    });
    expect((await store().query<{ walled: boolean }>(TABLES)).every(({ walled }) => walled)).toBe(true);
  });
});

/** What is asked of no tenant: the drivers, and what runs as the owner. */
const UNWALLED = ['pglite.ts', 'postgres.ts', 'wall.ts', 'migrate.ts'];

test('every statement of the store goes behind the wall', () => {
  const bare = readdirSync('src/store', { encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !UNWALLED.includes(file))
    .flatMap((file) =>
      readFileSync(`src/store/${file}`, 'utf8')
        .split('\n')
        .filter((line) => /\w\.query[(<]/.test(line) && !line.includes('analyze'))
        .map((line) => `${file}: ${line.trim()}`),
    );
  expect(bare).toEqual([]);
});

describe('other roles of a server', () => {
  const name = `role_${randomBytes(4).toString('hex')}`;
  let database: TestDatabase;
  let owner: Store;
  const as = (role: string): string => {
    const url = new URL(database.url);
    url.username = role;
    return url.href;
  };

  beforeAll(async () => {
    database = await createDatabase();
    owner = await openStore({ url: database.url }, { migrate: true });
    await owner.query(`create role ${name}_app login in role ${APP_ROLE}`);
    await owner.query(`create role ${name}_free login bypassrls`);
    await owner.query(`grant select, insert, update, delete on all tables in schema public to ${name}_free`);
  });
  afterAll(async () => {
    await owner.close();
    await database.drop();
    const server = openPostgres({ url: process.env['TEST_DATABASE_URL']! });
    for (const role of ['app', 'free', 'owner']) await server.query(`drop role if exists ${name}_${role}`);
    await server.close();
  });

  test('one with the rights of the application alone is behind the wall as it is, and all works', async () => {
    const store = await openStore({ url: as(`${name}_app`) });
    try {
      const who = operator(crypto.randomUUID());
      await capture({ store, clock: Date.now }, who, documentOf([objectEvent(1)]));
      expect(await byEventId(store, who.tenantId, String(objectEvent(1)['eventID']))).toHaveLength(1);
      expect((await jobs(store, who.tenantId, 10)).jobs).toHaveLength(1);
      expect(await store.query('select 1 from event')).toEqual([]);
      const pooled = openPostgres({ url: as(`${name}_app`), pooled: true, max: 1 });
      expect(await byEventId(pooled, who.tenantId, String(objectEvent(1)['eventID']))).toHaveLength(1);
      const limits = `select current_setting('statement_timeout') as s, current_setting('lock_timeout') as l`;
      expect(await pooled.of(who.tenantId).query(limits)).toEqual([{ s: '30s', l: '10s' }]);
      await pooled.close();
    } finally {
      await store.close();
    }
  });

  test('one that no policy binds says so', async () => {
    const store = await openStore({ url: as(`${name}_free`) });
    expect(store.wall).toBe('off');
    await store.close();
  });

  test('an owner that is no superuser migrates, and stands behind the wall too', async () => {
    await owner.query(`create role ${name}_owner login createrole`);
    const own = await createDatabase();
    try {
      await owner.query(`alter database ${new URL(own.url).pathname.slice(1)} owner to ${name}_owner`);
      const url = new URL(own.url);
      url.username = `${name}_owner`;
      const store = await openStore({ url: url.href }, { migrate: true });
      expect(['role', 'self']).toContain(store.wall);
      const who = operator(crypto.randomUUID());
      await capture({ store, clock: Date.now }, who, documentOf([objectEvent(1)]));
      expect(await store.query('select 1 from event')).toEqual([]);
      expect(await migrate(store)).toEqual([]);
      await store.close();
    } finally {
      await own.drop();
    }
  });
});
