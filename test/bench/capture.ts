// Capture from HTTP to the disk, against the floor and against plain ways, on TEST_DATABASE_URL (its server must share
// this machine's files) or a server of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { addKey } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT, openStore, type Store } from '../../src/store/open.ts';
import { documentOf, objectEvent } from '../capture/events.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { startPostgres } from '../postgres.ts';
import { copyRows, empty, fill, insertRows, prepareCopy, prepareRows } from './capture-rows.ts';
import { type Figure, race, rateFigure } from './figure.ts';

/** Of a round: seconds of work, of which its beginning and its end, when one side has nothing to do, are a small part. */
const EVENTS = 40_000;
const COPY_EVENTS = 1_000;
const EPCS_PER_EVENT = 5;
const NAIVE_EVENTS = 1_000;
const SINGLE_EVENTS = 2_048;
const CLIENTS = 64;
/** Documents on their way at a time: of 100 events each, three or four of the platform's transactions. */
const LANES = 16;
const CPU_US_MAX = 90;
const CLOCK_TICK_US = 10_000;

/** Events tell of the last hours, as they mostly do: late ones are in one more index. */
const FIRST_EVENT_TIME = Date.now() - 3 * 3_600_000;

/** An ObjectEvent of about 700 bytes with 5 EPCs. */
const eventOf = (n: number): object =>
  objectEvent(n, {
    eventTime: new Date(FIRST_EVENT_TIME + (n % EVENTS) * 1000).toISOString(),
    epcList: Array.from(
      { length: EPCS_PER_EVENT },
      (_, i) => `urn:epc:id:sgtin:0614141.${100_000 + (n % 50)}.${n * EPCS_PER_EVENT + i}`,
    ),
    disposition: 'in_transit',
    bizLocation: { id: `urn:epc:id:sgln:0614141.${10_000 + (n % 100)}.0` },
    bizTransactionList: [{ type: 'po', bizTransaction: `urn:epcglobal:cbv:bt:0614141000012:${n % 1000}` }],
  });

/** Bodies of documents of `each` events, from the nth event on. */
const bodies = (count: number, each: number, first = 1): Buffer[] =>
  Array.from({ length: count / each }, (_, i) =>
    Buffer.from(JSON.stringify(documentOf(Array.from({ length: each }, (_, j) => eventOf(first + i * each + j))))),
  );

/** The platform in a process of its own on a database, and a key to it. */
interface Server {
  child: ChildProcess;
  store: Store;
  url: URL;
  key: string;
  stop(): Promise<void>;
}

async function serve(database: TestDatabase, mode: 'together' | 'alone' = 'together'): Promise<Server> {
  const store = await openStore({ url: database.url }, { migrate: true });
  const { key } = await addKey(store, DEFAULT_TENANT, 'capture', Date.now());
  const script = join(import.meta.dirname, 'capture-server.ts');
  const child = spawn(process.execPath, [script, database.url, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
    await store.close();
  };
  return { child, store, url: new URL('/epcis/capture', line.toString().trim()), key, stop };
}

/** Posts one body; resolves at the answer, which must be 202. */
function post({ url, key }: Server, agent: Agent, body: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': body.length };
  const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
    answer.resume();
    answer.once('end', () =>
      answer.statusCode === 202 ? resolve() : reject(new Error(`bench: answered ${answer.statusCode}`)),
    );
  });
  sent.once('error', reject);
  sent.end(body);
  return promise;
}

/** All of them over HTTP, so many at a time. */
async function send(server: Server, list: readonly Buffer[], lanes: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const waiting = list.values();
  const lane = async (): Promise<void> => {
    for (const body of waiting) await post(server, agent, body);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  agent.destroy();
}

const stored = async ({ store }: Server, above = 0): Promise<number> =>
  (await store.query<{ n: number }>('select count(*) as n from event where sequence > $1', [above]))[0]!.n;

/** The whole way into empty tables; how many events are there then. */
async function afresh(server: Server, list: readonly Buffer[], lanes: number): Promise<number> {
  await empty(server.store);
  await send(server, list, lanes);
  return stored(server);
}

/** Microseconds of CPU so far of a process and of those that it began. */
function cpuUs(root: number): number {
  const stats = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return [{ pid: Number(name), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }];
    } catch {
      return []; // it has just ended
    }
  });
  return stats
    .filter(({ pid, parent }) => pid === root || parent === root)
    .reduce((sum, { ticks }) => sum + ticks * CLOCK_TICK_US, 0);
}

/** CPU of platform and database for an event: the median of some rounds. */
async function cpuFigure(server: Server, list: readonly Buffer[], what: object): Promise<Figure> {
  const [postmaster] = await server.store.query<{ pid: number }>(
    `select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid`,
  );
  const rounds: { platform: number; database: number }[] = [];
  const now = () => [cpuUs(server.child.pid!), cpuUs(postmaster!.pid)] as const;
  for (let round = 0; round < 5; round++) {
    await empty(server.store);
    const before = now();
    await send(server, list, LANES);
    const after = now();
    rounds.push({ platform: (after[0] - before[0]) / EVENTS, database: (after[1] - before[1]) / EVENTS });
  }
  const sums = rounds.map(({ platform, database }) => platform + database).toSorted((a, b) => a - b);
  const value = sums[sums.length >> 1]!;
  const detail = { ...what, rounds, checksum: await stored(server), baseline: 'the limit' };
  return { bench: 'capture-cpu', unit: 'µs/event', value, baseline: CPU_US_MAX, ratio: CPU_US_MAX / value, detail };
}

async function figures(database: TestDatabase, folder: string): Promise<Figure[]> {
  const server = await serve(database);
  const alone = await serve(database, 'alone');
  const { store } = server;
  const [version] = await store.query<{ version: string }>('select version()');
  const what = {
    events: '700 bytes, 5 EPCs, over HTTP',
    server: version?.version.split(' ').slice(0, 2).join(' '),
    cpus: `${cpus().length} × ${cpus()[0]?.model}`,
  };
  const made: Figure[] = [];
  try {
    await afresh(server, bodies(EVENTS, COPY_EVENTS), 1);
    const batches = await prepareCopy(store, folder, EVENTS, COPY_EVENTS);
    const rows = await prepareRows(store, NAIVE_EVENTS);
    for (const each of [1_000, 100]) {
      const list = bodies(EVENTS, each);
      const copy = await race(
        () => afresh(server, list, LANES),
        () => copyRows(store, batches),
      );
      const detail = { ...what, eventsPerDocument: each, baseline: `COPY of the finished rows, ${COPY_EVENTS} a time` };
      made.push(rateFigure(each === 1_000 ? 'capture-copy' : 'capture-copy-100', 'events/s', EVENTS, copy, detail));
    }
    made.push(await cpuFigure(server, bodies(EVENTS, COPY_EVENTS), { ...what, eventsPerDocument: COPY_EVENTS }));
    const hundreds = bodies(NAIVE_EVENTS, 100);
    const naive = await race(
      () => afresh(server, hundreds, LANES),
      () => insertRows(store, rows),
    );
    made.push(
      rateFigure('capture-naive', 'events/s', NAIVE_EVENTS, naive, {
        ...what,
        eventsPerDocument: 100,
        baseline: 'an INSERT per row',
      }),
    );
    const singles = bodies(SINGLE_EVENTS, 1);
    const each = await race(
      () => afresh(server, singles, CLIENTS),
      () => afresh(alone, singles, CLIENTS),
    );
    made.push(
      rateFigure('capture-single', 'events/s', SINGLE_EVENTS, each, {
        ...what,
        clients: CLIENTS,
        baseline: 'a transaction per request',
      }),
    );
    return made;
  } finally {
    await server.stop();
    await alone.stop();
  }
}

/** Events into a database of so many identifier rows, against an empty one beside it. */
async function full(full: TestDatabase, fresh: TestDatabase, rows: number): Promise<Figure> {
  const [server, other] = [await serve(full), await serve(fresh)];
  try {
    await afresh(server, bodies(EVENTS, COPY_EVENTS), 1);
    const size = await fill(server.store, EVENTS, rows);
    // new events each round: what was captured before would only be recognised
    let next = size * 2;
    const into = async (target: Server, above: () => Promise<number>): Promise<number> => {
      const before = await above();
      const list = bodies(EVENTS, COPY_EVENTS, (next += EVENTS));
      await send(target, list, LANES);
      return stored(target, before);
    };
    const run = await race(
      () => into(server, async () => (await server.store.query<{ n: number }>('select size as n from log_head'))[0]!.n),
      async () => {
        await empty(other.store);
        return into(other, async () => 0);
      },
    );
    const [mentions] = await server.store.query<{ n: number }>('select count(*) as n from mention');
    return rateFigure('capture-10m', 'events/s', EVENTS, run, {
      rows: mentions!.n,
      eventsPerDocument: COPY_EVENTS,
      baseline: 'the empty database',
    });
  } finally {
    await server.stop();
    await other.stop();
  }
}

/** `rows`: identifier rows of `capture-10m`, which is left out without it: filling ten million takes minutes. */
export async function bench({ rows }: { rows?: number } = {}): Promise<Figure[]> {
  const own = process.env['TEST_DATABASE_URL']
    ? undefined
    : await startPostgres({ shared_buffers: '1GB', max_wal_size: '4GB' });
  const url = own?.url ?? process.env['TEST_DATABASE_URL'];
  const folder = mkdtempSync(join(tmpdir(), 'tagtrail-bench-'));
  chmodSync(folder, 0o777);
  const databases = [await createDatabase(url), await createDatabase(url)] as const;
  try {
    return rows === undefined ? await figures(databases[0], folder) : [await full(...databases, rows)];
  } finally {
    for (const database of databases) await database.drop();
    await own?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
