import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture } from '../../src/capture/capture.ts';
import { DEFAULT_TENANT, openStore, type Store, type Value } from '../../src/store/open.ts';
import { documentOf, objectEvent, operator } from '../capture/events.ts';
import { createDatabase } from '../database.ts';
import { startPostgres } from '../postgres.ts';
import { type Figure, race, rateFigure } from './figure.ts';

const EVENTS = 10_000;
const EVENTS_PER_DOCUMENT = 1_000;
const EPCS_PER_EVENT = 5;
const NAIVE_EVENTS = 500;
const SINGLE_EVENTS = 512;
const CLIENTS = 64;

const EMPTY = 'truncate event, mention, known, log_head, capture_job, master_data';
const TABLES = ['event', 'mention'] as const;

/** An ObjectEvent of about 700 bytes with 5 EPCs. */
const eventOf = (n: number): object =>
  objectEvent(n, {
    epcList: Array.from(
      { length: EPCS_PER_EVENT },
      (_, i) => `urn:epc:id:sgtin:0614141.${100_000 + (n % 50)}.${n * EPCS_PER_EVENT + i}`,
    ),
    disposition: 'in_transit',
    bizLocation: { id: `urn:epc:id:sgln:0614141.${10_000 + (n % 100)}.0` },
    bizTransactionList: [{ type: 'po', bizTransaction: `urn:epcglobal:cbv:bt:0614141000012:${n % 1000}` }],
  });

const events = Array.from({ length: EVENTS }, (_, n) => eventOf(n + 1));
const documents = (count: number, each = EVENTS_PER_DOCUMENT): object[] =>
  Array.from({ length: count / each }, (_, i) => documentOf(events.slice(i * each, (i + 1) * each)));

/** All of it: check, hash, link, store; `lanes` documents at a time. Resolves how many events were accepted. */
async function ours(storeOf: () => Store, list: object[], lanes: number): Promise<number> {
  const waiting = list.values();
  let accepted = 0;
  const lane = async (): Promise<void> => {
    for (const document of waiting) {
      const { job, verdicts } = await capture(
        { store: storeOf(), clock: Date.now },
        operator(DEFAULT_TENANT),
        document,
      );
      if (!job.success) throw new Error(`bench: ${JSON.stringify(job.errors[0])}`);
      accepted += verdicts.filter(({ verdict }) => verdict === 'accepted').length;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return accepted;
}

/** Twins of the tables with all their indexes, and files of what ours stored, one for each document's rows. */
async function prepareCopy(store: Store, folder: string): Promise<string[][]> {
  for (const table of TABLES) await store.query(`create table floor_${table} (like ${table} including all)`);
  const batches: string[][] = [];
  for (let first = 1; first <= EVENTS; first += EVENTS_PER_DOCUMENT) {
    const files = TABLES.map((table) => join(folder, `${table}-${first}`));
    for (const [i, table] of TABLES.entries()) {
      const rows = `select * from ${table} where sequence between ${first} and ${first + EVENTS_PER_DOCUMENT - 1}`;
      await store.query(`copy (${rows}) to '${files[i]}'`);
    }
    batches.push(files);
  }
  return batches;
}

/** The floor: the server itself reads the finished rows from files, a transaction for each document's. */
async function copyRows(store: Store, batches: string[][]): Promise<number> {
  await store.query(`truncate ${TABLES.map((table) => `floor_${table}`).join(', ')}`);
  for (const files of batches) {
    await store.transaction(async (tx) => {
      for (const [i, table] of TABLES.entries()) await tx.query(`copy floor_${table} from '${files[i]}'`);
    });
  }
  const [row] = await store.query<{ n: number }>('select count(*) as n from floor_event');
  return row!.n;
}

interface NaiveEvent {
  event: string;
  mentions: Value[][];
}

/** What the naive way inserts: the rows that ours stored of the first events. */
async function prepareRows(store: Store): Promise<NaiveEvent[]> {
  const rows = await store.query<{ event: string }>(
    'select to_jsonb(e)::text as event from event e where sequence <= $1 order by sequence',
    [NAIVE_EVENTS],
  );
  type Mention = { tenant_id: string; key: Uint8Array; sequence: number; role: number; gcp_length: number };
  const mentions = await store.query<Mention>('select * from mention where sequence <= $1', [NAIVE_EVENTS]);
  const byEvent = Map.groupBy(mentions, ({ sequence }) => sequence);
  return rows.map(({ event }, i) => ({
    event,
    mentions: (byEvent.get(i + 1) ?? []).map((row) => Object.values(row) as Value[]),
  }));
}

/** A statement for each row, a transaction for each document's. */
async function insertRows(store: Store, rows: NaiveEvent[]): Promise<number> {
  await store.query('truncate floor_event, floor_mention');
  for (let first = 0; first < rows.length; first += NAIVE_EVENTS) {
    await store.transaction(async (tx) => {
      for (const { event, mentions } of rows.slice(first, first + NAIVE_EVENTS)) {
        await tx.query(
          'insert into floor_event select * from jsonb_populate_record(null::floor_event, $1::text::jsonb)',
          [event],
        );
        for (const row of mentions) await tx.query('insert into floor_mention values ($1, $2, $3, $4, $5)', row);
      }
    });
  }
  const [row] = await store.query<{ n: number }>('select count(*) as n from floor_event');
  return row!.n;
}

async function figures(store: Store, folder: string): Promise<Figure[]> {
  const server = await store.query<{ version: string }>('select version()');
  const what = { events: '700 bytes, 5 EPCs', server: server[0]?.version.split(' ').slice(0, 2).join(' ') };
  const afresh = async (list: object[], lanes: number, storeOf = () => store): Promise<number> => {
    await store.query(EMPTY);
    return ours(storeOf, list, lanes);
  };
  const whole = documents(EVENTS);
  await afresh(whole, 1);
  const batches = await prepareCopy(store, folder);
  const rows = await prepareRows(store);

  const copy = await race(
    () => afresh(whole, 2),
    () => copyRows(store, batches),
  );
  const naive = await race(
    () => afresh(documents(NAIVE_EVENTS, NAIVE_EVENTS), 1),
    () => insertRows(store, rows),
  );
  const single = documents(SINGLE_EVENTS, 1);
  // a store object of its own for each request has a queue of its own: nothing is gathered
  const alone = () => ({ ...store });
  const each = await race(
    () => afresh(single, CLIENTS),
    () => afresh(single, CLIENTS, alone),
  );
  const batch = { ...what, eventsPerDocument: EVENTS_PER_DOCUMENT };
  return [
    rateFigure('capture-copy', 'events/s', EVENTS, copy, {
      ...batch,
      ours: 'check, hash, link, store',
      baseline: 'COPY of the finished rows',
    }),
    rateFigure('capture-naive', 'events/s', NAIVE_EVENTS, naive, { ...batch, baseline: 'an INSERT per row' }),
    rateFigure('capture-single', 'events/s', SINGLE_EVENTS, each, {
      ...what,
      clients: CLIENTS,
      baseline: 'a transaction per request',
    }),
  ];
}

/** Capture against the floor and against plain ways, on TEST_DATABASE_URL (its server must share this machine's files) or an own server. */
export async function bench(): Promise<Figure[]> {
  const server = process.env['TEST_DATABASE_URL'] ? undefined : await startPostgres({ shared_buffers: '256MB' });
  const folder = mkdtempSync(join(tmpdir(), 'tagtrail-bench-'));
  chmodSync(folder, 0o777);
  const database = await createDatabase(server?.url ?? process.env['TEST_DATABASE_URL']);
  try {
    const store = await openStore({ url: database.url }, { migrate: true });
    const made = await figures(store, folder);
    await store.close();
    return made;
  } finally {
    await database.drop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
