// A simulated day: a gate, its collector and the platform, while links, processes, disks and clocks fail at random.
// Reader, collector and relay live by a clock that runs faster, so that a day with every waiting time of the ordinary
// configuration takes minutes; sockets, processes, disks, API and database are real and take the time that they take.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as realSleep } from 'node:timers/promises';
import postgres from 'postgres';
import type { Operation } from '../../readers/spool.ts';
import { freePort, startPostgres } from '../postgres.ts';
import { Endpoint } from './endpoint.ts';
import { importOf, startClock, timeOf } from './fast-clock.ts';
import { complaints, type Jump, judge, type StoredEvent, type Verdict } from './judge.ts';
import { Kept } from './kept.ts';
import { type Choice, type Draw, drawKinds, KINDS, MINUTE, type Scene } from './kinds.ts';
import { output, random, untilHealthy } from './program.ts';
import { Reader } from './reader.ts';
import { Relay } from './relay.ts';
import { Traffic } from './traffic.ts';

const PLACE = { readPoint: 'urn:epc:id:sgln:9521234.00001.0', bizLocation: 'urn:epc:id:sgln:9521234.00002.0' };
const DAY_MS = 24 * 60 * MINUTE;
/** Small, so that some hours without the platform fill it. */
const SPOOL_BYTES_MAX = 4 * 1024 * 1024;
/** What moving between processes may take, in real time: times are not compared more exactly. */
const SLACK_REAL_MS = 250;
const DRAIN_REAL_MS_MAX = 180_000;
/** After the last fault, for reads that are on their way. */
const SETTLE_MS = 5 * MINUTE;

/** What a day is. `minutes` is how long it really takes. */
export interface DayOptions extends Choice {
  faults: number;
  seed: number;
  hours: number;
  minutes: number;
  /** Where the collector's log and its operations events are kept. */
  log?: string | undefined;
  progress: (line: string) => void;
}

export interface DayOutcome extends Omit<Verdict, 'errorMsMax'> {
  ok: boolean;
  complaints: string[];
  faults: Record<string, number>;
  seconds: number;
  speed: number;
  /** Furthest from the truth that any event's time was, in ms of the machine's time. */
  errorRealMsMax: number;
  visits: number;
  reads: number;
  readsAcknowledged: number;
  connections: number;
  requests: number;
  /** Events in the database, and how often one was sent again. */
  events: number;
  sentAgain: number;
  collectorKilled: number;
  /** How often collector or API ended by themselves. */
  collectorEnded: number;
  operations: Record<string, number>;
  alarms: Record<string, number>;
}

interface World extends Scene {
  folder: string;
  speed: number;
  began: number;
  jumps: Jump[];
  traffic: Traffic;
  statusUrl: string;
}

async function build({ seed, hours, minutes, log }: DayOptions): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'tagtrail-day-'));
  const [database, apiPort, statusPort] = await Promise.all([startPostgres(), freePort(), freePort()]);
  await output(['migrate', '--database-url', database.url]);
  const { key } = JSON.parse(
    await output(['key', 'create', '--database-url', database.url, '--role', 'capture', '--json']),
  ) as { key: string };
  const speed = (hours * 60) / minutes;
  const real = (ms: number): number => ms / speed;
  const api = new Kept(['serve', '--port', String(apiPort), '--database-url', database.url], [], real);
  api.start();
  await untilHealthy(`http://127.0.0.1:${apiPort}`, api.program);
  const endpoint = new Endpoint(apiPort, real(5000));
  await endpoint.open();
  // yesterday, so that nothing lies in the platform's future
  const clock = startClock(Math.floor(Date.now() / DAY_MS - 1) * DAY_MS, speed);
  const now = (): number => timeOf(clock);
  const sleep = (ms: number): Promise<void> => realSleep(real(ms));
  const reader = new Reader(clock, seed);
  await reader.on();
  const relay = new Relay(now, () => reader.port);
  await relay.open();
  const config = join(folder, 'collect.json');
  writeFileSync(
    config,
    JSON.stringify({
      readers: [{ name: 'gate', host: '127.0.0.1', port: relay.port, ...PLACE }],
      capture: { url: `http://127.0.0.1:${endpoint.port}/epcis/capture`, key },
      filter: { details: ['reads'] },
      listen: { port: statusPort },
      spool: join(folder, 'spool'),
      spoolMaxBytes: SPOOL_BYTES_MAX,
    }),
  );
  const collector = new Kept(['collect', '--config', config], importOf(clock), real, (line) => {
    if (log !== undefined) appendFileSync(log, `${line}\n`);
  });
  const next = random(seed + 1);
  const draw: Draw = (from, to) => from + next() * (to - from);
  const traffic = new Traffic({ reader, draw, sleep, now });
  const jumps: Jump[] = [];
  return {
    folder, speed, began: now(), jumps, traffic, now, sleep, relay, reader, endpoint, collector, api, database,
    statusUrl: `http://127.0.0.1:${statusPort}/status.json`,
    burst: (tags, spanMs) => traffic.burst(tags, spanMs),
    jumped: (byMs, when) => void jumps.push({ ...when, byMs }),
  }; // prettier-ignore
}

/** Every fault at its time, however many are under way. */
async function fail(
  world: World,
  { faults, seed, hours, progress, ...choice }: DayOptions,
): Promise<Record<string, number>> {
  const next = random(seed);
  const draw: Draw = (from, to) => from + next() * (to - from);
  const length = hours * 60 * MINUTE - SETTLE_MS;
  const times = Array.from({ length: faults }, () => world.began + draw(MINUTE, length)).sort((a, b) => a - b);
  const kinds = drawKinds(faults, draw, choice);
  const counts: Record<string, number> = {};
  let done = 0;
  const acts = kinds.map(async (kind, i) => {
    const own = random(seed * 1009 + i);
    await world.sleep(times[i]! - world.now());
    await KINDS[kind]!.act(world, (from, to) => from + own() * (to - from));
    counts[kind] = (counts[kind] ?? 0) + 1;
    progress(`${++done} of ${faults}, ${new Date(world.now()).toISOString().slice(11, 19)}: ${kind}`);
  });
  await Promise.all(acts);
  return counts;
}

interface Status {
  backlog: number;
  alarms: unknown[];
}

/** Waits until the collector has told everything that it has. */
async function drain({ statusUrl, sleep }: World): Promise<void> {
  await sleep(SETTLE_MS);
  for (const end = Date.now() + DRAIN_REAL_MS_MAX; Date.now() < end; await realSleep(200)) {
    const status = await fetch(statusUrl, { signal: AbortSignal.timeout(2000) })
      .then(async (answer) => (await answer.json()) as Status)
      .catch(() => undefined);
    if (status?.backlog === 0) return;
  }
}

async function stored(url: string): Promise<{ events: StoredEvent[]; refused: number }> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const rows = await sql<
      { body: StoredEvent; plain: boolean }[]
    >`select body, variant = ''::bytea as plain from event`;
    return { events: rows.map(({ body }) => body), refused: rows.filter(({ plain }) => !plain).length };
  } finally {
    await sql.end();
  }
}

/** The operations events in the spool of a collector that has ended, oldest first. */
function operationsIn(folder: string): { operations: Operation[]; deadLetters: number } {
  const db = new DatabaseSync(join(folder, 'spool', 'spool.db'), { readOnly: true });
  try {
    const rows = db.prepare('SELECT at_ms, kind, reader, detail FROM operation ORDER BY sequence').all();
    const operations = rows.map((row) => ({
      atMs: Number(row['at_ms']),
      kind: String(row['kind']),
      reader: String(row['reader']),
      detail: JSON.parse(String(row['detail'])) as Record<string, unknown>,
    }));
    return { operations, deadLetters: Number(db.prepare('SELECT count(*) AS n FROM dead_letter').get()!['n']) };
  } finally {
    db.close();
  }
}

const countOf = (kinds: string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(kinds, (kind) => kind)].map(([kind, all]) => [kind, all.length]));

/** Goes through a day and judges it. `ok` when there is no complaint. */
export async function day(options: DayOptions): Promise<DayOutcome> {
  const began = Date.now();
  const world = await build(options);
  const { relay, endpoint, traffic, collector, api, speed, jumps, folder } = world;
  try {
    collector.start();
    const until = world.began + options.hours * 60 * MINUTE - SETTLE_MS;
    const [faults] = await Promise.all([fail(world, options), traffic.run(until)]);
    await drain(world);
    const ended = await collector.end('SIGTERM');
    const { events, refused } = await stored(world.database.url);
    const { operations, deadLetters } = operationsIn(folder);
    if (options.log !== undefined)
      for (const { atMs, ...operation } of operations)
        appendFileSync(options.log, `${JSON.stringify({ at: new Date(atMs), ...operation })}\n`);
    const slackMs = SLACK_REAL_MS * speed;
    const { errorMsMax, ...verdict } = judge({
      visits: traffic.visits, relay, stored: events, operations, jumps, slackMs,
      startedMs: collector.startedMs,
    }); // prettier-ignore
    const unlike = events.filter(({ eventID, eventTime, epcList }) => {
      const sent = JSON.parse(endpoint.events.get(eventID) ?? '{}') as Partial<StoredEvent>;
      return sent.eventTime !== eventTime || JSON.stringify(sent.epcList) !== JSON.stringify(epcList);
    });
    const all = [
      ...complaints({ ...verdict, errorMsMax }),
      ...[...endpoint.changed].map((id) => `sent again with other content: ${id}`),
      ...unlike.map(({ eventID }) => `stored otherwise than sent: ${eventID}`),
      ...(refused ? [`${refused} events refused by the platform as not the same`] : []),
      ...(deadLetters ? [`${deadLetters} dead letters`] : []),
      ...(ended === 0 ? [] : [`the collector ended with ${String(ended)}: ${collector.program.log}`]),
    ];
    return {
      ok: all.length === 0 && verdict.acknowledged > 0,
      complaints: all,
      faults,
      seconds: Math.round((Date.now() - began) / 1000),
      speed: Math.round(speed),
      errorRealMsMax: Math.round(errorMsMax / speed),
      visits: traffic.visits.size,
      reads: relay.sent,
      readsAcknowledged: relay.acknowledged,
      connections: relay.ups.length,
      requests: endpoint.requests,
      events: events.length,
      sentAgain: endpoint.again,
      collectorKilled: collector.kills,
      collectorEnded: collector.exits,
      operations: countOf(operations.map(({ kind }) => kind)),
      alarms: Object.fromEntries(collector.alarms),
      ...verdict,
    };
  } finally {
    await Promise.all([collector.end('SIGKILL'), api.end('SIGKILL'), world.reader.off()]);
    await relay.close();
    await endpoint.close();
    await world.database.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
