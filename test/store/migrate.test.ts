import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { checkVersion, migrate } from '../../src/store/migrate.ts';
import { openPostgres, openStore } from '../../src/store/open.ts';
import * as schema from '../../src/store/schema.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { onBoth } from './databases.ts';

/** Runs `work` on an empty database of the server. */
async function onEmpty(work: (database: TestDatabase) => Promise<void>): Promise<void> {
  const database = await createDatabase();
  try {
    await work(database);
  } finally {
    await database.drop();
  }
}

onBoth('The tables', ({ store }) => {
  test('are those of schema.ts, column by column', async () => {
    type Column = { table_name: string; column_name: string; data_type: string; is_nullable: string };
    const there = await store().query<Column>(
      `select table_name, column_name, data_type, is_nullable from information_schema.columns
       where table_schema = 'public' and table_name <> 'migration' order by 1, 2`,
    );
    const wanted = Object.values(schema)
      .filter((table) => is(table, PgTable))
      .flatMap((table) => {
        const { name, columns } = getTableConfig(table);
        return columns.map(
          (column) => `${name}.${column.name} ${column.getSQLType()} ${column.notNull ? 'NO' : 'YES'}`,
        );
      })
      .sort();
    expect(there.map((c) => `${c.table_name}.${c.column_name} ${c.data_type} ${c.is_nullable}`).sort()).toEqual(wanted);
  });

  test('of every key and index the tenant comes first, but for API keys, which are looked up by their own id', async () => {
    const indexes = await store().query<{ indexdef: string }>(
      `select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'migration'`,
    );
    const others = indexes.map(({ indexdef }) => indexdef).filter((text) => !text.includes('(tenant_id'));
    expect(others).toEqual(['CREATE UNIQUE INDEX api_key_pkey ON public.api_key USING btree (key_id)']);
  });

  test('migrating again changes nothing', async () => {
    expect(await migrate(store())).toEqual([]);
    await checkVersion(store());
  });
});

test('an empty server is refused with what to do, then migrated by two at once', async () => {
  await onEmpty(async ({ url }) => {
    await expect(openStore({ url })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('tagtrail migrate'),
    });
    const stores = [openPostgres({ url, max: 1 }), openPostgres({ url, max: 1 })];
    const applied = await Promise.all(stores.map(migrate));
    expect(applied.map((names) => names.length).toSorted((a, b) => a - b)).toEqual([0, applied.flat().length]);
    await Promise.all(stores.map((store) => store.close()));
    await (await openStore({ url })).close();
  });
});

test('a database of a newer version is refused by name, and nothing is changed in it', async () => {
  await onEmpty(async ({ url }) => {
    const store = await openStore({ url }, { migrate: 'new' });
    await store.query(`insert into migration (position, name) values (9000, '9000_of_tomorrow')`);
    for (const options of [{}, { migrate: true }, { migrate: 'new' as const }]) {
      await expect(openStore({ url }, options)).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/newer than this program.*9000_of_tomorrow.*Update the program/),
      });
    }
    expect(await store.query('select name from migration where position < 9000')).not.toEqual([]);
    await store.close();
  });
});

test('an older database is not updated behind its owner: the server keeps it until tagtrail migrate', async () => {
  await onEmpty(async ({ url }) => {
    const store = openPostgres({ url, max: 1 });
    await store.query('create table migration (position int primary key, name text not null)');
    await expect(openStore({ url })).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.query('select * from migration')).toEqual([]);
    await store.close();
  });
});
