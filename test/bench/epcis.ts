// Queries over HTTP at the size of a real repository: p95 of each shape of question against the limit.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { capture } from '../../src/capture/capture.ts';
import { AppError } from '../../src/error.ts';
import { type EventQuery, parseQuery, readContext } from '../../src/epcis/index.ts';
import { addKey } from '../../src/store/api-key.ts';
import { pageSql } from '../../src/store/event-query.ts';
import { DEFAULT_TENANT, openStore, type Store } from '../../src/store/open.ts';
import { resolvePlaces } from '../../src/store/place-tree.ts';
import { documentOf, operator } from '../capture/events.ts';
import { createDatabase } from '../database.ts';
import { startPostgres } from '../postgres.ts';
import { type Parameters, type Question, QUESTIONS } from './epcis-questions.ts';
import { capturedAt, declarationBehind, eventOf, masterData, NAMESPACE, ROWS_PER_EVENT } from './epcis-world.ts';
import type { Figure } from './figure.ts';

const ROWS = 200_000;
const P95_MS_MAX = 10;
/** Different values of each question. */
const VALUES = 25;
/** The plain statement, which reads whole logs for some shapes, is given so long. */
const PLAIN_MS_MAX = 2_000;
/** Documents of this world: each is of most of a day, but not smaller than that. */
const DOCUMENTS = 1_860;
const EVENTS_PER_DOCUMENT_MIN = 10;
/** Documents on their way at a time. */
const LANES = 2;
const EXTENSIONS = { ex: NAMESPACE, cbvmda: 'urn:epcglobal:cbv:mda:' };
const CONTEXT = ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld', { ex: NAMESPACE }];

const countOf = async (store: Store, table: 'event' | 'mention'): Promise<number> =>
  (await store.query<{ n: number }>(`select count(*) as n from ${table}`))[0]!.n;

/** The world, captured as anybody's documents are, by a clock that goes through its years. */
async function fill(store: Store, total: number): Promise<void> {
  const put = async (at: number, document: object): Promise<void> => {
    const clock = (): number => capturedAt(at, total);
    const { job } = await capture({ store, clock }, operator(DEFAULT_TENANT), document);
    if (!job.success) throw new Error(`bench: ${JSON.stringify(job.errors[0])}`);
  };
  await put(0, documentOf([], masterData()));
  const each = Math.max(EVENTS_PER_DOCUMENT_MIN, Math.ceil(total / DOCUMENTS));
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next; at < total; at = next) {
      next += each;
      const numbers = Array.from({ length: Math.min(each, total - at) }, (_, i) => at + i);
      const events = numbers.flatMap((n) => [eventOf(n, total), declarationBehind(n, total) ?? []].flat());
      await put(at + numbers.length, documentOf(events, { '@context': CONTEXT }));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await store.query('set statement_timeout = 0');
  await store.transaction(async (tx) => {
    await tx.query('set local statement_timeout = 0');
    await tx.query('analyze');
  });
}

/** What the autovacuum of a server that has run for a while would have done. */
async function tidy(store: Store): Promise<void> {
  for (const table of ['event', 'mention', 'known', 'master_data']) await store.query(`vacuum (analyze) ${table}`);
  await store.query('checkpoint');
}

interface Server {
  child: ChildProcess;
  base: string;
  key: string;
  agent: Agent;
}

async function serve(store: Store, url: string): Promise<Server> {
  const { key } = await addKey(store, DEFAULT_TENANT, 'reader', Date.now());
  const script = join(import.meta.dirname, 'capture-server.ts');
  const child = spawn(process.execPath, [script, url, 'together'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, base: line.toString().trim(), key, agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
}

interface Answer {
  status: number;
  ids: string[];
  next: string | undefined;
  ms: number;
}

/** One question, timed to the last byte of its answer. */
function ask({ base, key, agent }: Server, path: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = {
    authorization: `Bearer ${key}`,
    'GS1-Extensions': Object.entries(EXTENSIONS)
      .map(([prefix, uri]) => `${prefix}=${uri}`)
      .join(','),
  };
  const start = performance.now();
  const sent = request(new URL(path, base), { agent, headers }, (answer) => {
    const parts: Buffer[] = [];
    answer.on('data', (part: Buffer) => parts.push(part));
    answer.once('end', () => {
      const ms = performance.now() - start;
      const text = Buffer.concat(parts).toString();
      const status = answer.statusCode!;
      const next = /<([^>]+)>; rel="next"/.exec(String(answer.headers['link'] ?? ''))?.[1];
      resolve({ status, ids: status === 200 ? idsOf(text) : [], next, ms });
    });
  });
  sent.once('error', reject);
  sent.end();
  return promise;
}

type Results = { epcisBody: { queryResults: { resultsBody: { eventList: { eventID: string }[] } } } };
const idsOf = (text: string): string[] =>
  (JSON.parse(text) as Results).epcisBody.queryResults.resultsBody.eventList.map(({ eventID }) => eventID);

const textOf = (parameters: Parameters): string =>
  new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [name, `${value}`]),
  ).toString();

/** What the ith question of a shape asks for, from its page on. */
async function pathOf(server: Server, { of, path, page = 1 }: Question, i: number, total: number): Promise<string> {
  let at = `/epcis${path?.(i, total) ?? '/events'}?${textOf(of(i, total))}`;
  for (let n = 1; n < page; n++) at = (await ask(server, at)).next ?? at;
  return at;
}

/** The eventIDs that the plain statement gives, whatever way the server went; undefined where it takes too long. */
async function plainly(store: Store, parameters: Parameters): Promise<string[] | undefined> {
  const query = parseQuery(new URLSearchParams(textOf(parameters)), { context: readContext(EXTENSIONS) });
  const asked: EventQuery = await resolvePlaces(store, DEFAULT_TENANT, query);
  const [head] = await store.query<{ size: number }>('select size from log_head');
  const limit = Math.min(asked.perPage, asked.eventCountLimit ?? Infinity);
  const [text, values] = pageSql(DEFAULT_TENANT, asked, [0, 0, head!.size, 0], true, limit);
  const asking = store.transaction(async (tx) => {
    await tx.query(`set local statement_timeout = ${PLAIN_MS_MAX}`);
    return tx.query<{ event_id: Uint8Array }>(text, values);
  });
  const rows = await asking.catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'too_large') return undefined;
    throw error;
  });
  return rows?.map(({ event_id: id }) => Buffer.from(id).toString('hex'));
}

/** The same of an eventID of the world. */
const packed = (id: string): string => `02${id.slice('urn:uuid:'.length).replaceAll('-', '')}`;

/** Milliseconds of CPU so far of the server and of its connections; 0 where the database is on another machine. */
async function cpuMs(server: Server, store: Store): Promise<number> {
  const rows = await store.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'tagtrail' and pid <> pg_backend_pid()`,
  );
  const spent = [server.child.pid!, ...rows.map(({ pid }) => pid)].map((pid) => {
    try {
      return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return 0;
    }
  });
  return spent.reduce((sum, ms) => sum + ms, 0);
}

const round = (ms: number): number => Math.round(ms * 100) / 100;
const share = (times: readonly number[], part: number): number =>
  round(times.toSorted((a, b) => a - b)[Math.ceil(times.length * part) - 1]!);

/** Times of a shape of question, over `count` values; throws where an answer is wrong. */
async function measure(server: Server, store: Store, question: Question, count: number, world: World): Promise<Figure> {
  const { name, hits, status: expected = 200 } = question;
  const times: number[] = [];
  let events = 0;
  let cpu = 0;
  let compared = false;
  for (let i = 0; i < count; i++) {
    const path = await pathOf(server, question, i, world.total);
    const first = await ask(server, path);
    const before = await cpuMs(server, store);
    const { status, ids, ms } = await ask(server, path);
    cpu += (await cpuMs(server, store)) - before;
    times.push(ms);
    events += ids.length;
    const wrong = (why: string): never => {
      throw new Error(`bench: ${name} ${path}: ${why}`);
    };
    if (status !== expected) wrong(`answered ${status}`);
    if (ids.join() !== first.ids.join()) wrong('two answers differ');
    if (expected === 200 && ((hits === 'some' && ids.length === 0) || (hits === 'none' && ids.length > 0)))
      wrong(`${ids.length} events`);
    if (i === 0 && !question.path && !question.page && expected === 200) {
      const plain = await plainly(store, question.of(i, world.total));
      compared = plain !== undefined;
      if (plain && ids.map(packed).join() !== plain.join())
        wrong(`${ids.length} events, by the plain statement ${plain.length}`);
    }
  }
  const value = share(times, 0.95);
  const [medianMs, slowestMs] = [share(times, 0.5), share(times, 1)];
  const detail = { questions: count, medianMs, slowestMs, cpuMs: round(cpu / count), events, compared, ...world };
  const baseline = P95_MS_MAX;
  return { bench: `epcis-${name}-p95-ms`, unit: 'ms', value, baseline, ratio: baseline / value, detail };
}

interface Options {
  rows?: number;
  keep?: string;
  only?: readonly string[];
  values?: number;
}

interface World {
  total: number;
  identifierRows: number;
  baseline: string;
}

async function* figures(
  url: string,
  { rows = ROWS, only, values = VALUES }: Omit<Options, 'keep'>,
): AsyncGenerator<Figure> {
  const store = await openStore({ url }, { migrate: true });
  const total = Math.ceil(rows / ROWS_PER_EVENT);
  if ((await countOf(store, 'event')) === 0) {
    await fill(store, total);
    await tidy(store);
  }
  const server = await serve(store, url);
  try {
    const world = { total, identifierRows: await countOf(store, 'mention'), baseline: 'the limit' };
    for (const question of QUESTIONS.filter(({ name }) => only?.includes(name) ?? true))
      yield await measure(server, store, question, values, world);
  } finally {
    const ended = once(server.child, 'exit');
    server.child.kill();
    await ended;
    server.agent.destroy();
    await store.close();
  }
}

/**
 * `rows`: identifier rows. On a database of its own, of TEST_DATABASE_URL or a server of its own; or on the one at the URL
 * `keep`, which is filled where it is empty and left there for the next run. `only`: names of shapes; `values`: how many
 * different ones of each are asked. Each figure comes when it is measured.
 */
export async function* bench({ keep, ...options }: Options = {}): AsyncGenerator<Figure> {
  if (keep !== undefined) return yield* figures(keep, options);
  const settings = { shared_buffers: '2GB', max_wal_size: '4GB' };
  const own = process.env['TEST_DATABASE_URL'] ? undefined : await startPostgres(settings);
  const database = await createDatabase(own?.url ?? process.env['TEST_DATABASE_URL']);
  try {
    yield* figures(database.url, options);
  } finally {
    await database.drop();
    await own?.stop();
  }
}
