// The SQL of recall cases that is asked often: its text as a checked-in file, and the plan that PostgreSQL makes of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyOfUri } from '../../src/gs1/index.ts';
import { DEFAULT_TENANT, openStore, type Store, type Value } from '../../src/store/open.ts';
import { RECALL_SQL } from '../../src/store/recall.ts';
import { RECALL_ALERT_SQL } from '../../src/store/recall-alert.ts';
import { RECALL_LOOK_SQL } from '../../src/store/recall-look.ts';
import { RECALL_PARTY_SQL } from '../../src/store/recall-party.ts';
import { RECALL_PLACE_SQL } from '../../src/store/recall-place.ts';
import { RECALL_SCOPE_SQL } from '../../src/store/recall-scope.ts';
import { packEventId } from '../../src/store/event-id.ts';
import { byteaArray } from '../../src/store/sql.ts';
import { item } from '../capture/events.ts';
import { createDatabase, type TestDatabase } from '../database.ts';

const CASE = '00000000-0000-0000-0000-000000000001';
const EVENTS = 5_000;
const ITEMS = 20_000;

const FILL_CASES = `
insert into recall_case (tenant_id, case_id, drill, opened_at, steps, digest, summary)
select $1::uuid, lpad(to_hex(n), 32, '0')::uuid, false, n, 0, decode(repeat('00', 32), 'hex'), '{}'
from generate_series(1, 500) as r(n)`;
const FILL_ITEMS = `
insert into recall_item (tenant_id, case_id, key, id, held_step, held)
select $1::uuid, lpad(to_hex(1 + n % 4), 32, '0')::uuid, decode('12' || lpad(to_hex(n), 16, '0'), 'hex'), 'x', 2, true
from generate_series(1, ${ITEMS}) as r(n)`;
const FILL_ENTRIES = `
insert into recall_entry (tenant_id, case_id, key, since, id, role, kind, confidence, cause)
select tenant_id, case_id, key, 1, id, 'goods', 'sgtin', 'definite', '[]' from recall_item where tenant_id = $1`;
const FILL_EVENTS = `
insert into event (tenant_id, sequence, event_id, variant, hash, leaf, type, action, event_time, record_time,
  read_point_key, mentions, capture_id, body)
select $1::uuid, n, decode('02' || lpad(to_hex(n), 32, '0'), 'hex'), ''::bytea, decode(lpad(to_hex(n), 64, '0'), 'hex'),
  decode(lpad(to_hex(n), 64, '0'), 'hex'), 'ObjectEvent', 'OBSERVE', n * 1000, n * 1000,
  decode('30' || lpad(to_hex(n % 500), 12, '0'), 'hex'), ''::bytea, gen_random_uuid(), '{}'
from generate_series(1, ${EVENTS}) as r(n)`;
const FILL_STEPS = `
insert into recall_step (tenant_id, case_id, step, at, kind, body, digest)
select $1::uuid, lpad(to_hex(1 + n % 50), 32, '0')::uuid, n, n, 'act', '{}', decode(repeat('00', 32), 'hex')
from generate_series(1, ${EVENTS}) as r(n)`;
const FILL_LOOKS = `
insert into recall_look (tenant_id, case_id, at, look_id, key_id, role, what, steps)
select $1::uuid, lpad(to_hex(1 + n % 50), 32, '0')::uuid, n, gen_random_uuid(), 'k', 'reader', '', 1
from generate_series(1, ${EVENTS}) as r(n)`;
const FILL_MENTIONS = `
insert into mention (tenant_id, key, sequence, role, gcp_length)
select $1::uuid, decode('12' || lpad(to_hex(n), 16, '0'), 'hex'), n, 0, 7 from generate_series(1, ${EVENTS}) as r(n)`;
const FILL_MASTER_DATA = `
insert into master_data (tenant_id, type, key, id, attributes, children, record_time)
select $1::uuid, 'urn:t', decode('30' || lpad(to_hex(n), 12, '0'), 'hex'), 'x', '[]', '[]', n
from generate_series(1, ${EVENTS}) as r(n)`;
const FILL_ALERTS = `
insert into recall_alert (tenant_id, number, case_id, key, sequence, raised_at, body)
select $1::uuid, n, '${CASE}', decode('12' || lpad(to_hex(n), 16, '0'), 'hex'), n, n, '{}'
from generate_series(1, ${EVENTS}) as r(n)`;

const FILLS = [
  FILL_CASES,
  FILL_STEPS,
  FILL_LOOKS,
  FILL_ITEMS,
  FILL_ENTRIES,
  FILL_EVENTS,
  FILL_MENTIONS,
  FILL_MASTER_DATA,
  FILL_ALERTS,
];

let database: TestDatabase | undefined;
let store: Store | undefined;
beforeAll(async () => {
  database = await createDatabase();
  // as through a pooler, without the session settings that forbid to scan a table
  store = await openStore({ url: database.url, pooled: true }, { migrate: true });
  for (const tenant of [DEFAULT_TENANT, crypto.randomUUID()])
    for (const fill of FILLS) await store.query(fill, [tenant]);
  await store.query('analyze');
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const keys = byteaArray([1, 2, 3].map((n) => keyOfUri(item(n)).key));
const place = keyOfUri('urn:epc:id:sgln:0614141.00001.0').key;
const ids = byteaArray([packEventId('urn:uuid:00000000-0000-0000-0000-000000000001')]);
const FIRST = new Uint8Array();

const STATEMENTS: [name: string, statement: [string, Value[]], index: RegExp][] = [
  ['recall cases', [RECALL_SQL.list, [DEFAULT_TENANT, 400, CASE, 31]], /recall_case_opened/],
  ['recall steps', [RECALL_SQL.steps, [DEFAULT_TENANT, CASE, 0, 100]], /recall_step_\w+_pk/],
  ['who read a recall case', [RECALL_LOOK_SQL.list, [DEFAULT_TENANT, CASE, 0, CASE, 100]], /recall_look_\w+_pk/],
  [
    'recall entries',
    [RECALL_SCOPE_SQL.list('undecided'), [DEFAULT_TENANT, CASE, FIRST, 31]],
    /recall_item_\w+_pk[^]*recall_entry_\w+_pk/,
  ],
  ['recall entries by id', [RECALL_SCOPE_SQL.some, [DEFAULT_TENANT, CASE, keys]], /recall_item_/],
  ['recall cases of an id', [RECALL_SCOPE_SQL.holding, [DEFAULT_TENANT, keyOfUri(item(1)).key]], /recall_item_key/],
  ['recall cases that know keys', [RECALL_ALERT_SQL.known, [DEFAULT_TENANT, keys]], /recall_item_key/],
  ['keys on hold', [RECALL_ALERT_SQL.held, [DEFAULT_TENANT, keys]], /recall_item_key/],
  [
    'events to hold against holds',
    [RECALL_ALERT_SQL.stretch, [DEFAULT_TENANT, 100, 200]],
    /event_tenant_id_sequence_pk/,
  ],
  ['events by place in the log', [RECALL_ALERT_SQL.events, [DEFAULT_TENANT, '{1,2,3}']], /event_tenant_id_sequence_pk/],
  ['events that name keys since', [RECALL_ALERT_SQL.naming, [DEFAULT_TENANT, keys, 4000]], /mention_\w*_pk/],
  ['recall alerts', [RECALL_ALERT_SQL.list, [DEFAULT_TENANT, 4900, 100]], /recall_alert_\w+_pk/],
  [
    'recall roots at a place',
    [RECALL_PLACE_SQL.at, [DEFAULT_TENANT, place, 0, 1e15, 1e15]],
    /event_biz_location[^]*event_read_point/,
  ],
  ['parties of events', [RECALL_PARTY_SQL.lists, [DEFAULT_TENANT, ids]], /event_id_variant/],
  ['master data of parties', [RECALL_PARTY_SQL.attributes, [DEFAULT_TENANT, keys]], /master_data_\w+_pk/],
];

describe.each(STATEMENTS)('%s', (name, [text, parameters], index) => {
  test('is the statement that was agreed on', async () => {
    await expect(`${text.trim()}\n`).toMatchFileSnapshot(`./sql/${name.replaceAll(' ', '-')}.sql`);
  });

  test('names the tenant, and goes by an index', async () => {
    expect(text).toContain('tenant_id = $1');
    const rows = await store!.of(DEFAULT_TENANT).query<Record<string, string>>(`explain ${text}`, parameters);
    const plan = rows.map((row) => Object.values(row)[0]).join('\n');
    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/Seq Scan on (event|mention|recall_)/);
    await store!.of(DEFAULT_TENANT).query(text, parameters);
  });
});
