// API and database killed with SIGKILL while 200 captures are on their way and a reader walks the pages.
// What must hold: a capture that was answered 201 or 202 is there as it was promised; any other is there whole or not at
// all; the log has no gap; no walk over the pages skips or repeats an event.
// node test/faults/captures.ts [--rounds N] [--seed N]
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { addKey } from '../../src/store/api-key.ts';
import { unpackEventId } from '../../src/store/event-id.ts';
import { DEFAULT_TENANT, openStore, type Store } from '../../src/store/open.ts';
import { bare, documentOf, type Fields, objectEvent } from '../capture/events.ts';
import { freePort, type Postgres, startPostgres } from '../postgres.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const CAPTURES = 200;
/** Events of most documents, and of those that make a transaction wait behind another (src/capture/queue.ts). */
const SMALL_EVENTS_MAX = 12;
const LARGE_EVENTS_MAX = 200;
const LARGE_SHARE = 0.15;
/** From the first event of one capture to that of the next. */
const APART = 2 * LARGE_EVENTS_MAX;
/** Of the captures, so many at most are answered before the kill. */
const ANSWERED_MAX = 150;
/** Before what was killed is started again. */
const DOWN_MS_MAX = 300;
const START_MS_MAX = 60_000;
const TARGETS = ['api', 'database'] as const;
type Target = (typeof TARGETS)[number];

/** What a run has shown; `faults` is empty when all held. */
export interface CaptureOutcome {
  rounds: number;
  kills: Record<Target, number>;
  answers: Record<string, number>;
  stored: number;
  walks: number;
  faults: string[];
}

/** One request: what it carries, and what may be stored of it. */
interface Attempt {
  path: string;
  behaviour: 'rollback' | 'proceed';
  body: Fields;
  good: string[];
  /** Whether one of its events is not valid. */
  spoilt: boolean;
  answer: string;
  location?: string;
}

interface World {
  database: Postgres;
  store: Store;
  api?: ChildProcess;
  port: number;
  url: string;
  key: string;
}

/** A seeded sequence of numbers from 0 to 1 (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One in four a single event; of the documents one in five has a faulty event, and half of these ask to proceed. */
function attemptOf(first: number, dice: () => number): Attempt {
  const most = dice() < LARGE_SHARE ? LARGE_EVENTS_MAX : SMALL_EVENTS_MAX;
  const events = Array.from({ length: 1 + Math.floor(dice() * most) }, (_, i) => objectEvent(first + i));
  if (dice() < 0.25) {
    const event = events[0]!;
    const good = [String(event['eventID'])];
    return { path: '/epcis/events', behaviour: 'rollback', body: bare(event), good, spoilt: false, answer: '' };
  }
  const spoilt = dice() < 0.2;
  const behaviour = spoilt && dice() < 0.5 ? 'proceed' : 'rollback';
  const good = spoilt && behaviour === 'rollback' ? [] : events.map((event) => String(event['eventID']));
  const list = spoilt ? [...events, objectEvent(first + events.length, { action: 'LOSE' })] : events;
  return { path: '/epcis/capture', behaviour, body: documentOf(list), good, spoilt, answer: '' };
}

const headersOf = (world: World): Record<string, string> => ({
  authorization: `Bearer ${world.key}`,
  'content-type': 'application/json',
});

async function send(world: World, attempt: Attempt): Promise<void> {
  const headers = { ...headersOf(world), 'GS1-Capture-Error-Behaviour': attempt.behaviour };
  try {
    const answer = await fetch(world.url + attempt.path, {
      method: 'POST',
      headers,
      body: JSON.stringify(attempt.body),
    });
    await answer.arrayBuffer();
    attempt.answer = String(answer.status);
    const location = answer.headers.get('location');
    if (location !== null) attempt.location = location;
  } catch {
    attempt.answer = 'cut'; // nobody knows what became of it
  }
}

async function startApi(world: World): Promise<void> {
  const args = ['src/entry/cli.ts', 'serve', '--port', String(world.port), '--database-url', world.database.url];
  world.api = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: 'ignore',
    env: { ...process.env, TAGTRAIL_LOG: 'silent' },
  });
  for (const end = Date.now() + START_MS_MAX; Date.now() < end; await sleep(50)) {
    const answer = await fetch(`${world.url}/healthz`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`the API is not up after ${START_MS_MAX} ms`);
}

async function endApi({ api }: World): Promise<void> {
  if (!api || api.exitCode !== null || api.signalCode !== null) return;
  const ended = once(api, 'exit');
  api.kill('SIGKILL');
  await ended;
}

async function kill(world: World, target: Target, downMs: number): Promise<void> {
  if (target === 'api') await endApi(world);
  else await world.database.kill();
  await sleep(downMs);
  if (target === 'api') await startApi(world);
  else await world.database.start();
}

interface Page {
  epcisBody: { queryResults: { resultsBody: { eventList: { eventID: string }[] } } };
}

/** One page, tried again until there is an answer. */
async function page(world: World, query: string): Promise<{ ids: string[]; next?: string }> {
  for (;;) {
    const answer = await fetch(`${world.url}/epcis/events?${query}`, { headers: headersOf(world) }).catch(() => {});
    if (answer?.ok) {
      const found = (await answer.json().catch(() => undefined)) as Page | undefined;
      const list = found?.epcisBody.queryResults.resultsBody.eventList;
      const [, next] = /[?&](nextPageToken=[^&>]+)/.exec(answer.headers.get('link') ?? '') ?? [];
      if (list) return { ids: list.map(({ eventID }) => eventID), ...(next && { next }) };
    } else await answer?.arrayBuffer().catch(() => {});
    await sleep(20);
  }
}

/** Walks from the first page to the last, again and again until told to stop; each walk as the eventIDs it met. */
async function read(world: World, stopped: () => boolean): Promise<string[][]> {
  const walks: string[][] = [];
  do {
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const found: { ids: string[]; next?: string } = await page(world, `perPage=200&${next}`);
      seen.push(...found.ids);
      next = found.next;
    }
    walks.push(seen);
  } while (!stopped());
  return walks;
}

/** What a document or event came to, against what its answer promised. */
async function checkAttempt(world: World, attempt: Attempt, there: ReadonlySet<string>): Promise<string[]> {
  const { answer, good, spoilt, location } = attempt;
  const name = `${attempt.path} ${answer} ${good[0] ?? 'none'}`;
  const ids = attempt.path === '/epcis/events' ? good : eventIDs(attempt.body);
  const stored = ids.filter((id) => there.has(id));
  if (stored.some((id) => !good.includes(id))) return [`${name}: a faulty event was stored`];
  if (stored.length > 0 && stored.length < good.length) return [`${name}: ${stored.length} of ${good.length} stored`];
  if (!['201', '202'].includes(answer)) return [];
  if (stored.length < good.length) return [`${name}: nothing of it is stored`];
  if (answer === '201') return [];
  const job = await fetch(world.url + location!, { headers: headersOf(world) });
  const { success } = (await job.json()) as { success?: boolean };
  return success === !spoilt ? [] : [`${name}: its job says ${success}`];
}

const eventIDs = (body: Fields): string[] =>
  ((body['epcisBody'] as Fields)['eventList'] as Fields[]).map((event) => String(event['eventID']));

/** The log without gap, each event with its identifiers, nothing without an event. */
async function checkTables({ store }: World): Promise<{ order: string[]; faults: string[] }> {
  const rows = await store.query<{ sequence: number; event_id: Uint8Array; named: number }>(`
    select sequence, event_id, coalesce(named, 0)::int as named from event e
      left join (select tenant_id, sequence, count(*) as named from mention where role = 0 group by 1, 2) m
        using (tenant_id, sequence) order by sequence`);
  const [orphans] = await store.query<{ n: number }>(`select count(*) as n from mention m
    where not exists (select from event e where e.tenant_id = m.tenant_id and e.sequence = m.sequence)`);
  const [head] = await store.query<{ size: number }>('select size from log_head');
  const faults = [
    ...(rows.every(({ sequence }, i) => sequence === i + 1) ? [] : ['the log has a gap']),
    ...(rows.every(({ named }) => named === 1) ? [] : ['an event without its identifier']),
    ...(orphans!.n === 0 ? [] : [`${orphans!.n} identifiers without an event`]),
    ...((head?.size ?? 0) === rows.length ? [] : [`the head says ${head?.size}, there are ${rows.length}`]),
  ];
  return { order: rows.map((row) => unpackEventId(row.event_id)), faults };
}

const isPrefix = (walk: readonly string[], order: readonly string[]): boolean => walk.every((id, i) => id === order[i]);

/** One round: captures and reader, a kill among them, then the reckoning. */
async function round(world: World, target: Target, first: number, dice: () => number, sum: CaptureOutcome) {
  const attempts = Array.from({ length: CAPTURES }, (_, n) => attemptOf(first + n * APART, dice));
  let done = false;
  const walking = read(world, () => done);
  const sending = Promise.all(attempts.map((attempt) => send(world, attempt)));
  const enough = Math.floor(dice() * ANSWERED_MAX);
  while (attempts.filter(({ answer }) => answer !== '').length < enough) await sleep(1);
  await kill(world, target, dice() * DOWN_MS_MAX);
  await sending;
  done = true;
  const walks = await walking;
  const { order, faults } = await checkTables(world);
  const there = new Set(order);
  for (const attempt of attempts) {
    sum.answers[attempt.answer] = (sum.answers[attempt.answer] ?? 0) + 1;
    faults.push(...(await checkAttempt(world, attempt, there)));
  }
  for (const walk of walks)
    if (!isPrefix(walk, order)) faults.push('a walk over the pages skipped or repeated an event');
  sum.faults.push(...faults);
  sum.stored = order.length;
  sum.walks += walks.length;
  sum.kills[target] += 1;
}

/** Kills API and database in turn, once a round. `tell` gets a line after each. */
export async function captures(rounds: number, seed: number, tell: (line: string) => void): Promise<CaptureOutcome> {
  const database = await startPostgres();
  const store = await openStore({ url: database.url, max: 2 }, { migrate: true });
  const { key } = await addKey(store, DEFAULT_TENANT, 'operator', Date.now());
  const port = await freePort();
  const world: World = { database, store, port, url: `http://127.0.0.1:${port}`, key };
  const sum: CaptureOutcome = { rounds, kills: { api: 0, database: 0 }, answers: {}, stored: 0, walks: 0, faults: [] };
  const dice = random(seed);
  try {
    await startApi(world);
    for (let n = 0; n < rounds; n++) {
      const target = TARGETS[n % TARGETS.length]!;
      await round(world, target, n * CAPTURES * APART, dice, sum);
      tell(
        `${n + 1} of ${rounds}, ${target} killed: ${sum.stored} events, ${sum.walks} walks, ${sum.faults.length} faults`,
      );
    }
    return sum;
  } finally {
    await endApi(world);
    await store.close();
    await database.stop();
  }
}

if (import.meta.main) {
  const options = { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } } as const;
  const { values } = parseArgs({ options });
  const outcome = await captures(Number(values.rounds), Number(values.seed), (line) => console.error(line));
  console.log(JSON.stringify(outcome));
  process.exit(outcome.faults.length === 0 ? 0 : 1);
}
