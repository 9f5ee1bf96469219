// Collector, API and database as processes of their own, killed with SIGKILL at random moments while a gate streams.
// What must hold: every read that the collector acknowledged is in the database, in one event; no read is in two.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Emulator, startEmulator } from 'node-llrp';
import postgres from 'postgres';
import { decode, keyOf, keyText } from '../../src/gs1/index.ts';
import { freePort, type Postgres, startPostgres } from '../postgres.ts';
import { output, Program, random, untilHealthy } from './program.ts';
import { startWitness, type Witness } from './witness.ts';

const PLACE = { readPoint: 'urn:epc:id:sgln:9521234.00001.0', bizLocation: 'urn:epc:id:sgln:9521234.00002.0' };
const KEEPALIVE_MS = 200;
/** A new pallet so often, with so many cases, so long in the gate. */
const PALLET_EVERY_MS = 300;
const PALLET_CASES = 20;
const PALLET_PASSES_MS = 500;
/** Between two faults, and before a killed process is started again. */
const FAULT_EVERY_MS = [300, 1500] as const;
const DOWN_MS = [0, 700] as const;
const DRAIN_MS_MAX = 120_000;

export const TARGETS = ['collector', 'api', 'database'] as const;
type Target = (typeof TARGETS)[number];

/** What a run has shown. `ok` when nothing acknowledged is missing and nothing is there twice. */
export interface Outcome {
  ok: boolean;
  faults: Record<Target, number>;
  seconds: number;
  connections: number;
  sent: number;
  acknowledged: number;
  stored: number;
  events: number;
  missing: string[];
  doubled: string[];
}

interface World {
  emulator: Emulator;
  witness: Witness;
  database: Postgres;
  api: Program;
  collector: Program;
  url: string;
  folder: string;
}

async function build(seed: number): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'tagtrail-faults-'));
  const [database, port, emulator] = await Promise.all([
    startPostgres(),
    freePort(),
    startEmulator({ seed, scenario: {} }),
  ]);
  const witness = await startWitness(emulator.port);
  await output(['migrate', '--database-url', database.url]);
  const { key } = JSON.parse(
    await output(['key', 'create', '--database-url', database.url, '--role', 'capture', '--json']),
  ) as { key: string };
  const url = `http://127.0.0.1:${port}`;
  const config = join(folder, 'collect.json');
  writeFileSync(
    config,
    JSON.stringify({
      readers: [{ name: 'gate', host: '127.0.0.1', port: witness.port, keepaliveMs: KEEPALIVE_MS, ...PLACE }],
      capture: { url: `${url}/epcis/capture`, key },
      spool: join(folder, 'spool'),
    }),
  );
  const api = new Program(['serve', '--port', String(port), '--database-url', database.url]);
  const collector = new Program(['collect', '--config', config]);
  api.start();
  await untilHealthy(url, api);
  collector.start();
  return { emulator, witness, database, api, collector, url, folder };
}

async function kill(world: World, target: Target, downMs: number): Promise<void> {
  if (target === 'database') {
    await world.database.kill();
    await sleep(downMs);
    await world.database.start();
    return;
  }
  const program = world[target];
  await program.end('SIGKILL');
  await sleep(downMs);
  program.start();
}

/** Identifier keys that the database holds, with the number of events that name each. */
async function stored(database: Postgres): Promise<{ keys: Map<string, number>; events: number }> {
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  try {
    const rows = await sql<
      { key: Buffer; n: number }[]
    >`select key, count(distinct sequence)::int as n from mention where role = 0 group by key`;
    const [count] = await sql<{ n: number }[]>`select count(*)::int as n from event`;
    return { keys: new Map(rows.map((row) => [keyText(row.key), row.n])), events: count!.n };
  } finally {
    await sql.end();
  }
}

const keyOfHex = (epc: string): string => keyText(keyOf(decode(Buffer.from(epc, 'hex')).id));

/** Waits until what was acknowledged has arrived, or no more can be hoped for. */
async function drain(world: World): Promise<Awaited<ReturnType<typeof stored>>> {
  for (const end = Date.now() + DRAIN_MS_MAX; ; await sleep(500)) {
    const now = await stored(world.database);
    if ([...world.witness.acknowledged].every((epc) => now.keys.has(keyOfHex(epc))) || Date.now() > end) return now;
  }
}

function judge(
  world: World,
  { keys, events }: Awaited<ReturnType<typeof stored>>,
): Pick<Outcome, 'sent' | 'acknowledged' | 'stored' | 'events' | 'missing' | 'doubled' | 'connections'> {
  const { sent, acknowledged } = world.witness;
  return {
    connections: world.witness.connections(),
    sent: sent.size,
    acknowledged: acknowledged.size,
    stored: keys.size,
    events,
    missing: [...acknowledged].filter((epc) => !keys.has(keyOfHex(epc))),
    doubled: [...sent].filter((epc) => (keys.get(keyOfHex(epc)) ?? 0) > 1),
  };
}

/**
 * Runs `rounds` faults for each target, in a random order, and waits until the spool has drained.
 * `progress` gets one line a fault.
 */
export async function faults(rounds: number, seed: number, progress: (line: string) => void): Promise<Outcome> {
  const began = Date.now();
  const next = random(seed);
  const between = ([from, to]: readonly [number, number]): number => from + next() * (to - from);
  const world = await build(seed);
  const counts: Record<Target, number> = { collector: 0, api: 0, database: 0 };
  let serial = 1;
  const pallets = setInterval(() => {
    world.emulator.pass(
      { companyPrefix: '9521234', item: '000017', firstSerial: serial, count: PALLET_CASES },
      { antennas: [1, 2], durationMs: PALLET_PASSES_MS },
    );
    serial += PALLET_CASES;
  }, PALLET_EVERY_MS);
  try {
    const plan = TARGETS.flatMap((target) => Array.from({ length: rounds }, () => ({ target, order: next() }))).sort(
      (a, b) => a.order - b.order,
    );
    for (const { target } of plan) {
      await sleep(between(FAULT_EVERY_MS));
      const downMs = between(DOWN_MS);
      await kill(world, target, downMs);
      counts[target]++;
      progress(
        `${target} killed, back after ${Math.round(downMs)} ms; ${world.witness.acknowledged.size} of ${world.witness.sent.size} reads acknowledged`,
      );
    }
    clearInterval(pallets);
    await sleep(PALLET_PASSES_MS + 10 * KEEPALIVE_MS); // the last pallet through, and acknowledged
    const found = judge(world, await drain(world));
    for (const name of ['api', 'collector'] as const)
      if (!world[name].alive) progress(`${name} is not running:\n${world[name].log}`);
    const ok =
      found.missing.length === 0 &&
      found.doubled.length === 0 &&
      found.acknowledged > 0 &&
      world.api.alive &&
      world.collector.alive;
    return { ok, faults: counts, seconds: Math.round((Date.now() - began) / 1000), ...found };
  } finally {
    clearInterval(pallets);
    await Promise.all([world.collector.end('SIGKILL'), world.api.end('SIGKILL')]);
    await world.witness.stop();
    await world.emulator.stop();
    await world.database.stop();
    rmSync(world.folder, { recursive: true, force: true });
  }
}
