// The other sides of the figures of capture: COPY of finished rows, an INSERT for each row, a table that is full.
import { join } from 'node:path';
import type { Store, Value } from '../../src/store/open.ts';

const TABLES = ['event', 'mention'] as const;
const EMPTY = 'truncate event, mention, known, log_head, capture_job, master_data';

export const empty = (store: Store): Promise<unknown> => store.query(EMPTY);

const countOf = async (store: Store, table: string): Promise<number> =>
  (await store.query<{ n: number }>(`select count(*) as n from ${table}`))[0]!.n;

/** The columns of a table that are written; the server makes the others. */
async function columnsOf(store: Store, table: string): Promise<string> {
  const [row] = await store.query<{ names: string }>(
    `select string_agg(column_name, ', ' order by ordinal_position) as names from information_schema.columns
    where table_schema = current_schema() and table_name = $1 and is_generated = 'NEVER'`,
    [table],
  );
  return row!.names;
}

/** Twins of the tables with all their indexes, and files of what was stored, one for so many events of each table. */
export async function prepareCopy(store: Store, folder: string, events: number, each: number): Promise<string[][]> {
  for (const table of TABLES) await store.query(`create table floor_${table} (like ${table} including all)`);
  const batches: string[][] = [];
  for (let first = 1; first <= events; first += each) {
    const files = TABLES.map((table) => join(folder, `${table}-${first}`));
    for (const [i, table] of TABLES.entries()) {
      const order = table === 'mention' ? 'key, sequence' : 'sequence';
      const rows = `select ${await columnsOf(store, table)} from ${table} where sequence between ${first} and ${first + each - 1} order by ${order}`;
      await store.query(`copy (${rows}) to '${files[i]}'`);
    }
    batches.push(files);
  }
  return batches;
}

/** The floor: the server itself reads the finished rows from files, a transaction for each batch. */
export async function copyRows(store: Store, batches: string[][]): Promise<number> {
  await store.query(`truncate ${TABLES.map((table) => `floor_${table}`).join(', ')}`);
  const columns = await Promise.all(TABLES.map((table) => columnsOf(store, table)));
  for (const files of batches) {
    await store.transaction(async (tx) => {
      await Promise.all(TABLES.map((table, i) => tx.query(`copy floor_${table} (${columns[i]}) from '${files[i]}'`)));
    });
  }
  return countOf(store, 'floor_event');
}

export interface NaiveEvent {
  event: string;
  mentions: Value[][];
}

/** What the naive way inserts: the rows that were stored of the first events. */
export async function prepareRows(store: Store, events: number): Promise<NaiveEvent[]> {
  const rows = await store.query<{ event: string }>(
    'select to_jsonb(e)::text as event from event e where sequence <= $1 order by sequence',
    [events],
  );
  type Mention = { tenant_id: string; key: Uint8Array; sequence: number; role: number; gcp_length: number };
  const columns = await columnsOf(store, 'mention');
  const mentions = await store.query<Mention>(`select ${columns} from mention where sequence <= $1`, [events]);
  const byEvent = Map.groupBy(mentions, ({ sequence }) => sequence);
  return rows.map(({ event }, i) => ({
    event,
    mentions: (byEvent.get(i + 1) ?? []).map((row) => Object.values(row) as Value[]),
  }));
}

/** A statement for each row, one transaction for all; each waits for the one before it. */
export async function insertRows(store: Store, rows: readonly NaiveEvent[]): Promise<number> {
  await store.query('truncate floor_event, floor_mention');
  const [columns, mentionColumns] = [await columnsOf(store, 'event'), await columnsOf(store, 'mention')];
  await store.transaction(async (tx) => {
    for (const { event, mentions } of rows) {
      await tx.query(
        `insert into floor_event (${columns}) select ${columns} from jsonb_populate_record(null::floor_event, $1::text::jsonb)`,
        [event],
      );
      for (const row of mentions)
        await tx.query(`insert into floor_mention (${mentionColumns}) values ($1, $2, $3, $4, $5)`, row);
    }
  });
  return countOf(store, 'floor_event');
}

const FILL_EVENTS = `
insert into event (tenant_id, sequence, event_id, variant, hash, leaf, type, action, event_time, record_time, biz_step,
  disposition, read_point, biz_location, read_point_key, biz_location_key, mentions, capture_id, body)
select e.tenant_id, $1::bigint + n, '\\x02'::bytea || uuid_send(gen_random_uuid()), e.variant,
  sha256(int8send($1::bigint + n)), sha256(int8send($1::bigint + n)), e.type, e.action, e.event_time + n % 1000,
  e.record_time, e.biz_step, e.disposition, e.read_point, e.biz_location, e.read_point_key, e.biz_location_key,
  e.mentions, e.capture_id, e.body
from generate_series(1, $2::bigint) as r(n) join event e on e.sequence = 1 + n % $3::bigint`;

/** Serials of the same products beyond those that the rounds capture, and in no order of time, as of many lines. */
const FILL_MENTIONS = `
insert into mention (tenant_id, key, sequence, role, gcp_length)
select m.tenant_id, substring(m.key from 1 for 7) || '\\x07'::bytea
    || substring(sha256(int8send($1::bigint + n) || m.key) from 1 for 7), $1::bigint + n, m.role, m.gcp_length
from generate_series(1, $2::bigint) as r(n) join mention m on m.sequence = 1 + n % $3::bigint order by 2`;
const FILL_STEP = 50_000;

/** Fills up to about `rows` identifier rows with events like the first `events`, then gathers statistics. */
export async function fill(store: Store, events: number, rows: number): Promise<number> {
  const [each] = await store.query<{ n: number }>('select count(*) as n from mention where sequence <= $1', [events]);
  const wanted = Math.ceil(rows / (each!.n / events));
  await store.query('set statement_timeout = 0');
  for (let first = events; first < wanted; first += FILL_STEP) {
    const step = Math.min(FILL_STEP, wanted - first);
    await store.transaction(async (tx) => {
      await tx.query('set local statement_timeout = 0');
      await tx.query(FILL_EVENTS, [first, step, events]);
      await tx.query(FILL_MENTIONS, [first, step, events]);
    });
  }
  const size = Math.max(wanted, events);
  await store.query('update log_head set size = $1', [size]);
  // what the filling left to do must not be done during the rounds
  for (const table of TABLES) await store.query(`vacuum (analyze) ${table}`);
  await store.query('checkpoint');
  return size;
}
