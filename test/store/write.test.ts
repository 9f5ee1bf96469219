// The statements that write events: their text as checked-in files, and that those of staging go by their indexes.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WRITE_SQL } from '../../src/store/event-write.ts';
import { DEFAULT_TENANT, openStore, type Store } from '../../src/store/open.ts';
import { STAGE_SQL } from '../../src/store/stage.ts';
import { createDatabase, type TestDatabase } from '../database.ts';

/** Enough rows that an index of another column is the wrong one. */
const FILL = `
insert into event (tenant_id, sequence, event_id, variant, hash, leaf, type, event_time, record_time, mentions,
  capture_id, body)
select $1::uuid, n, decode('02' || lpad(to_hex(n), 32, '0'), 'hex'), ''::bytea, sha256(int8send(n)), sha256(int8send(n)),
  'ObjectEvent', n, n, ''::bytea, gen_random_uuid(), '{}' from generate_series(1, 5000::bigint) as r(n)`;

test.each(Object.entries(WRITE_SQL))('%s is the statement that was agreed on', async (name, text) => {
  await expect(`${text.trim()}\n`).toMatchFileSnapshot(`./sql/write-${name}.sql`);
});

describe('looking for what of a staged document is stored', () => {
  let database: TestDatabase | undefined;
  let store: Store | undefined;
  beforeAll(async () => {
    database = await createDatabase();
    // as through a pooler, without the session settings that forbid to scan a table
    store = await openStore({ url: database.url, pooled: true }, { migrate: true });
    await store.query(FILL, [DEFAULT_TENANT]);
    await store.query('analyze event');
  });
  afterAll(async () => {
    await store?.close();
    await database?.drop();
  });

  test.each([
    ['standing', /event_id_variant[^]*staged_event_id/, /Seq Scan on (staged_)?event/],
    ['standingSince', /staged_event_id/, /Seq Scan on staged_event/],
  ] as const)('%s probes an index for each row', async (name, index, scan) => {
    const rows = await store!
      .of(DEFAULT_TENANT)
      .query<Record<string, string>>(`explain ${STAGE_SQL[name]}`, [DEFAULT_TENANT, randomUUID(), 1, 10]);
    const plan = rows.map((row) => Object.values(row)[0]).join('\n');
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(scan);
  });
});
