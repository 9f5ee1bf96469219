// The SQL that is really sent: its text as a checked-in file, and the plan that PostgreSQL makes of it on 20,000 events.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orderTerms, parseQuery, readContext } from '../../src/epcis/index.ts';
import { keyOfUri } from '../../src/gs1/index.ts';
import { pageSql } from '../../src/store/event-query.ts';
import { mentionsOf } from '../../src/store/event-condition.ts';
import { placePart } from '../../src/store/event-part.ts';
import { type Asked, chunkSql, estimateSql } from '../../src/store/event-chunk.ts';
import { commonSource, termProbe, termSource, withoutTerm } from '../../src/store/event-term.ts';
import {
  happened,
  happenedOdd,
  keyed,
  log,
  mentionSource,
  type Source,
  worded,
  wordedTest,
} from '../../src/store/event-source.ts';
import { PREFIX_SQL } from '../../src/store/company-prefix.ts';
import { ENDED_WALK_SQL } from '../../src/store/ended-walk.ts';
import { NAMED_QUERY_SQL } from '../../src/store/named-query.ts';
import { CHILDREN_SQL } from '../../src/store/place-tree.ts';
import { EVENT_SQL } from '../../src/store/event.ts';
import { FACTS_SQL } from '../../src/store/facts-sql.ts';
import { packEventId } from '../../src/store/event-id.ts';
import { WORDS_SQL } from '../../src/store/event-words.ts';
import { EPCS_SQL } from '../../src/store/known.ts';
import { HEAD_SQL } from '../../src/store/log-head.ts';
import { MASTER_DATA_SQL } from '../../src/store/master-data.ts';
import { SUBSCRIPTION_SQL } from '../../src/store/subscription.ts';
import { SURROUNDINGS_SQL } from '../../src/store/surroundings.ts';
import { DEFAULT_TENANT, openStore, type Store, type Value } from '../../src/store/open.ts';
import { byteaArray, textArray } from '../../src/store/sql.ts';
import { item } from '../capture/events.ts';
import { createDatabase, type TestDatabase } from '../database.ts';

const EVENTS = 20_000;
const OTHERS = 5_000;

/** Rows of the shape of captured ones, made by the server: enough of them that a scan of the table is the wrong plan. */
const FILL = `
insert into event (tenant_id, sequence, event_id, variant, hash, leaf, type, action, event_time, record_time, biz_step,
  read_point_key, transformation_id, mentions, capture_id, body)
select $1::uuid, n, decode('02' || lpad(to_hex(n), 32, '0'), 'hex'), ''::bytea, decode(lpad(to_hex(n), 64, '0'), 'hex'),
  decode(lpad(to_hex(n), 64, '0'), 'hex'),
  'ObjectEvent', 'OBSERVE', n * 1000, n * 1000, 'shipping', decode('30' || lpad(to_hex(n % 500), 12, '0'), 'hex'),
  case when n % 100 = 0 then 'urn:t:' || n end, ''::bytea, gen_random_uuid(), '{}'
from generate_series(1, $2::int) as r(n)`;
const FILL_MENTIONS = `
insert into mention (tenant_id, key, sequence, role, gcp_length)
select $1::uuid, decode('12' || lpad(to_hex(n * 5 + i), 16, '0'), 'hex'), n, 0, 7
from generate_series(1, $2::int) as r(n), generate_series(0, 4) as s(i)`;

/** Plans made before the server had any statistics, as on the first minutes of a new database. */
const before = new Map<string, string>();

async function planOf([text, parameters]: [string, Value[]]): Promise<string> {
  const rows = await store!.of(DEFAULT_TENANT).query<Record<string, string>>(`explain ${text}`, parameters);
  return rows.map((row) => Object.values(row)[0]).join('\n');
}

let database: TestDatabase | undefined;
let store: Store | undefined;

beforeAll(async () => {
  database = await createDatabase();
  // as through a pooler, without the session settings that forbid to scan a table
  store = await openStore({ url: database.url, pooled: true }, { migrate: true });
  for (const [tenant, count] of [
    [DEFAULT_TENANT, EVENTS],
    [crypto.randomUUID(), OTHERS],
  ] as const) {
    await store.query(FILL, [tenant, count]);
    await store.query(FILL_MENTIONS, [tenant, count]);
  }
  for (const [name, statement] of STATEMENTS) before.set(name, await planOf(statement));
  for (const table of ['event', 'mention']) await store.query(`analyze ${table}`);
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const keys = byteaArray([1, 2, 3].map((n) => keyOfUri(item(n)).key));
const ids = byteaArray(
  [1, 2].map((n) => packEventId(`urn:uuid:00000000-0000-0000-0000-${String(n).padStart(12, '0')}`)),
);

function page(parameters: Record<string, string>, first = true): [string, Value[]] {
  const query = parseQuery(new URLSearchParams(parameters), { context: readContext({ x: 'urn:x:' }) });
  const position = parameters['orderBy']?.includes(':') ? '4Q' : EVENTS * 500;
  return pageSql(DEFAULT_TENANT, query, [position, EVENTS / 2, EVENTS, 30], first, 31);
}

const SPAN = { from: 100, to: EVENTS };
const WINDOW = { from: 3_600_000, to: 7_200_000 };
const WORDS = ['ObjectEvent OBSERVE shipping ', 'ObjectEvent OBSERVE receiving '];
const EVER = { from: -Infinity, to: Infinity };

const asked = (parameters: Record<string, string>) =>
  parseQuery(new URLSearchParams(parameters)).conditions.map((condition) => mentionsOf(condition)!);

/** The list of the one condition that is asked. */
const listOf = (parameters: Record<string, string>): Source => mentionSource(asked(parameters)[0]!).source;

/** One place, looked for in its index. */
const placeProbe = placePart('read_point_key', [keyOfUri('urn:epc:id:sgln:0614141.00001.0').key]).probe!;

/** The terms of all conditions. */
const termsOf = (parameters: Record<string, string>) => asked(parameters).flatMap(({ ranges }) => ranges);

/** Candidates of a list, and those of them that are a test's. */
const chunk = (from: Asked['from'], more: Partial<Asked> = {}): [string, Value[]] =>
  chunkSql(DEFAULT_TENANT, {
    from,
    span: SPAN,
    direction: 'asc',
    tests: [() => `type = 'ObjectEvent'`],
    candidates: 248,
    rows: 31,
    order: 'sequence',
    ...more,
  });

const STATEMENTS: [name: string, statement: [string, Value[]], index: RegExp][] = [
  ['facts by key', [FACTS_SQL.keys, [DEFAULT_TENANT, 1e15, keys, keys, -1, 4, 1000, '{7}', true]], /mention_\w+_pk/],
  [
    'facts that made things elsewhere',
    [FACTS_SQL.madeElsewhere, [DEFAULT_TENANT, 1e15, keys, keys, '{7}', 8, 1000]],
    /mention_\w+_pk/,
  ],
  ['facts ahead of keys', [FACTS_SQL.ahead, [DEFAULT_TENANT, 1e15, keys, 64, '{7,8}', '{5,6}', 256]], /mention_\w+_pk/],
  ['facts in ranges of keys', [FACTS_SQL.ranges, [DEFAULT_TENANT, keys, keys, -1, 1000]], /mention_\w+_pk/],
  [
    'facts in ranges of keys, few',
    [FACTS_SQL.fewInRanges, [DEFAULT_TENANT, 1e15, keys, keys, '{7}', 1001]],
    /mention_\w+_pk[^]*event_tenant_id_sequence_pk/,
  ],
  [
    'facts in ranges of keys, few, as children',
    [FACTS_SQL.fewAsChildInRanges, [DEFAULT_TENANT, 1e15, keys, keys, '{7}', 1001]],
    /mention_\w+_pk[^]*event_tenant_id_sequence_pk/,
  ],
  ['facts by sequence', [FACTS_SQL.sequences, [DEFAULT_TENANT, 1e15, '{1,2,3}']], /event_tenant_id_sequence_pk/],
  ['facts by eventID', [FACTS_SQL.eventIDs, [DEFAULT_TENANT, 1e15, ids]], /event_id_variant/],
  [
    'facts by transformationID',
    [FACTS_SQL.transformationIDs, [DEFAULT_TENANT, 1e15, textArray(['urn:t:100', 'urn:t:200'])]],
    /event_transformation/,
  ],
  ['facts of declarations', [FACTS_SQL.declarations, [DEFAULT_TENANT, 1e15]], /event_declaration/],
  [
    'what the log has around keys',
    [SURROUNDINGS_SQL.around, [DEFAULT_TENANT, EVENTS, keys, 201, 4, 1000]],
    /mention_\w+_pk/,
  ],
  [
    'what events name first',
    [SURROUNDINGS_SQL.heads, [DEFAULT_TENANT, '{1,2,3}', 65_536]],
    /event_tenant_id_sequence_pk/,
  ],
  ['the size of the log at an instant', [HEAD_SQL.sizeAt, [DEFAULT_TENANT, 500_000]], /event_tenant_id_sequence_pk/],
  ['what is stored under eventIDs', [EVENT_SQL.variants, [DEFAULT_TENANT, ids]], /event_id_variant/],
  [
    'an event by its ID',
    [EVENT_SQL.byEventId, [DEFAULT_TENANT, packEventId('urn:uuid:00000000-0000-0000-0000-000000000001')]],
    /event_id_variant/,
  ],
  ['a run of the log', [EVENT_SQL.run, [DEFAULT_TENANT, 100, 200]], /event_tenant_id_sequence_pk/],
  ['known identifiers', [EPCS_SQL, [DEFAULT_TENANT, new Uint8Array(), 100, Uint8Array.of(0xe1)]], /mention_\w+_pk/],
  ['combinations of words', [WORDS_SQL, [DEFAULT_TENANT, 1001]], /known_\w+_pk/],
  ['company prefixes seen', [PREFIX_SQL, [DEFAULT_TENANT, textArray(['0614141'])]], /known_\w+_pk/],
  ['a named query', [NAMED_QUERY_SQL.find, [DEFAULT_TENANT, 'mine']], /named_query_\w+_pk/],
  ['named queries', [NAMED_QUERY_SQL.list, [DEFAULT_TENANT, '', 31]], /named_query_\w+_pk/],
  ['an ended walk', [ENDED_WALK_SQL.find, [DEFAULT_TENANT, 'AAAAAAAAAAAA']], /ended_walk_\w+/],
  ['a first page', page({}), /event_tenant_id_sequence_pk/],
  ['the newest by eventTime', page({ orderBy: 'eventTime' }), /event_time/],
  ['the next page by eventTime', page({ orderBy: 'eventTime' }, false), /event_time/],
  ['the next page by recordTime', page({ orderBy: 'recordTime' }, false), /event_tenant_id_sequence_pk/],
  ['an hour', page({ GE_eventTime: '1970-01-01T01:00:00Z', LT_eventTime: '1970-01-01T02:00:00Z' }), /event_time/],
  ['since a recordTime', page({ GE_recordTime: '1970-01-01T05:30:00Z' }), /event_tenant_id_sequence_pk/],
  ['an item', page({ MATCH_anyEPC: item(1) }), /mention_\w+_pk/],
  ['all items of a class', page({ MATCH_epc: 'urn:epc:idpat:sgtin:0614141.112345.*' }), /mention_\w+_pk/],
  ['all pallets of a company', page({ MATCH_parentID: 'urn:epc:idpat:sscc:0614141.*' }), /mention_\w+_pk/],
  ['an order', page({ EQ_bizTransaction_po: 'urn:example:po:1' }), /mention_\w+_pk/],
  ['a place', page({ EQ_readPoint: 'urn:epc:id:sgln:0614141.00001.0' }), /event_read_point/],
  ['a reading', page({ GE_value_CEL: '8', EQ_type: 'Temperature' }), /mention_\w+_pk/],
  ['an extension', page({ 'EQ_ILMD_x:lot': 'L1|7' }), /mention_\w+_pk/],
  ['events with an extension', page({ 'EXISTS_x:lot': 'true' }), /mention_\w+_pk/],
  ['ordered by an extension', page({ orderBy: 'x:score', 'EXISTS_x:score': 'true' }, false), /mention_\w+_pk/],
  ['a quantity', page({ GT_quantity_KGM: '1000' }), /mention_\w+_pk/],
  ['an attribute of places', page({ EQATTR_bizLocation_site: 'north' }), /event_biz_location/],
  ['an attribute of parties', page({ HASATTR_source: 'urn:epcglobal:cbv:mda:city' }), /mention_\w+_pk/],
  ['children of places', [CHILDREN_SQL, [DEFAULT_TENANT, textArray(['urn:t']), keys]], /master_data_\w+_pk/],
  [
    'versions of master data',
    [MASTER_DATA_SQL.versions, [DEFAULT_TENANT, 'urn:t', keyOfUri(item(1)).key, 1e15, 1e15, 31]],
    /master_data_version_\w+_pk/,
  ],
  [
    'a page of master data',
    [MASTER_DATA_SQL.page, [DEFAULT_TENANT, '', new Uint8Array(), textArray(['urn:t']), 31]],
    /master_data_\w+_pk/,
  ],
  ['vocabularies', [MASTER_DATA_SQL.types, [DEFAULT_TENANT]], /master_data_\w+_pk/],
  [
    'subscriptions to deliver now',
    [SUBSCRIPTION_SQL.claim, [DEFAULT_TENANT, 8, crypto.randomUUID(), 45_000]],
    /subscription_tenant_id_subscription_id_pk/,
  ],
  ['what a listener still has', [SUBSCRIPTION_SQL.standing, [DEFAULT_TENANT, 'q', 'k']], /log_head_pkey/],
  ['candidates of the log', chunk(log), /event_tenant_id_sequence_pk/],
  ['candidates of some words', chunk(worded(WORDS)), /event_words/],
  [
    'candidates of a place, backwards',
    chunk(keyed('read_point_key', [keyOfUri('urn:epc:id:sgln:0614141.00001.0').key]), { direction: 'desc' }),
    /event_read_point/,
  ],
  ['candidates of items', chunk(listOf({ MATCH_epc: `${item(1)}|${item(2)}` })), /mention_\w+_pk/],
  ['candidates of a pattern', chunk(listOf({ MATCH_epc: 'urn:epc:idpat:sgtin:0614141.112345.*' })), /mention_\w+_pk/],
  ['candidates of a time', chunk(happened(WINDOW)), /event_time/],
  ['candidates of an odd time', chunk(happenedOdd(WINDOW, [wordedTest(WORDS)])), /event_odd_time/],
  [
    'candidates by time',
    chunk({ odd: false, window: EVER, after: { time: 4_000_000, sequence: 4_000 } }),
    /event_time/,
  ],
  [
    'odd candidates by time',
    chunk({ odd: [wordedTest(WORDS)], window: WINDOW }, { direction: 'desc' }),
    /event_odd_time/,
  ],
  [
    'candidates by an extension',
    chunk({ terms: orderTerms('{urn:x:}score'), after: { key: Uint8Array.of(0xe1, 0), sequence: 4_000 } }),
    /mention_\w+_pk/,
  ],
  [
    'candidates that have a reading',
    chunk(worded(WORDS), {
      tests: [termProbe(termsOf({ EXISTS_sensorElementList: 'true' })), termProbe(termsOf({ GT_quantity: '1' }))],
    }),
    /event_words[^]*mention_term/,
  ],
  [
    'candidates of two lists',
    chunk(worded(WORDS), { merged: [termSource(termsOf({ GT_quantity: '1' })), listOf({ MATCH_epc: item(1) })] }),
    /event_words[^]*mention_term[^]*mention_\w+_pk/,
  ],
  ['candidates at a place', chunk(worded(WORDS), { tests: [placeProbe] }), /event_words[^]*event_read_point/],
  ['candidates of a quantity', chunk(termSource(termsOf({ GT_quantity: '1' }))), /mention_term/],
  ['candidates of few quantities', chunk(termSource(termsOf({ GT_quantity: '1' })).short!), /mention_\w+_pk/],
  [
    'candidates of two comparisons',
    chunk(commonSource(termsOf({ GT_quantity: '1', LT_quantity: '9' })), { direction: 'desc' }),
    /mention_term[^]*mention_\w+_pk/,
  ],
  [
    'candidates without an extension',
    chunk(log, { tests: [withoutTerm(orderTerms('{urn:x:}score').from)] }),
    /event_tenant_id_sequence_pk[^]*mention_term/,
  ],
  ['few candidates by time', chunk(worded(WORDS), { order: 'time' }), /event_words/],
  [
    'how many of each list',
    estimateSql(
      DEFAULT_TENANT,
      [worded(WORDS), listOf({ MATCH_epc: item(1) }), termSource(termsOf({ GT_quantity: '1' }))],
      SPAN,
      'desc',
    ),
    /event_words[^]*mention_\w+_pk/,
  ],
  ['an eventID', page({ EQ_eventID: 'urn:uuid:00000000-0000-0000-0000-000000000001' }), /event_id_variant/],
];

describe.each(STATEMENTS)('%s', (name, [text, parameters], index) => {
  test('is the statement that was agreed on', async () => {
    await expect(`${text.trim()}\n`).toMatchFileSnapshot(`./sql/${name.replaceAll(' ', '-')}.sql`);
  });

  test('names the tenant, and goes by an index', async () => {
    expect(text).toContain('tenant_id = $1');
    const plan = await planOf([text, parameters]);
    expect(plan).toMatch(index);
    for (const one of [plan, before.get(name)]) expect(one).not.toMatch(/Seq Scan on (event|mention)/);
    await store!.query(text, parameters);
  });
});

/** Statements whose plans are kept: of the trace and of queries. */
const KEPT = /^(facts|(few |odd )?candidates|how many|combinations)/;

test.each(STATEMENTS.filter(([name]) => KEPT.test(name)))(
  '%s: the plan that is kept for a connection goes by the indexes too',
  async (name, [text], index) => {
    const rows = await store!.query<Record<string, string>>(`explain (generic_plan) ${text}`);
    const plan = rows.map((row) => Object.values(row)[0]).join('\n');
    expect(plan).toMatch(index);
    if (name === 'facts by key') expect(plan).toMatch(/event_tenant_id_sequence_pk/);
    expect(plan).not.toMatch(/Seq Scan on (event|mention)/);
    if (name !== 'facts of declarations') expect(plan).not.toMatch(/Index Cond: \(tenant_id = \$1\)\n/);
  },
);
