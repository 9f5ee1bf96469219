import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Emulator, startEmulator } from 'node-llrp';
import { pino } from 'pino';
import { type Collector, startCollector } from '../../readers/main.ts';
import { parseConfig } from '../../readers/config.ts';
import { capture } from '../capture/capture.ts';
import { AppError } from '../error.ts';
import { encode, parse, toHex } from '../gs1/index.ts';
import type { Platform } from '../http/platform.ts';
import { addKey, findPrincipal } from '../store/api-key.ts';
import { readHead } from '../store/log-head.ts';
import { DEFAULT_TENANT } from '../store/open.ts';
import { readConfig } from './config.ts';
import { PLACES } from './demo-names.ts';
import { type DemoWorld, type LivePallet, WORLD_DAYS, demoWorld } from './demo-world.ts';
import { type Running, start } from './start.ts';

const HOUR_MS = 3_600_000;
const SEED = 20_260_501;
/** Between two pallets at one gate, and how long one takes to pass. */
const PALLET_EVERY_MS = 6000;
const PASSAGE_MS = 2000;
/** The second gate sees a pallet so long after the first. */
const GATE_GAP_MS = 3000;
/** A tag not read for so long has gone; shorter than a pallet's round, so that each round is reported. */
const DEPART_AFTER_MS = 5000;
/** How long the start waits for the first read to be in the database. */
const FIRST_READ_MS_MAX = 10_000;
/** Every part has to be gone by then; what still runs is left to the end of the process. */
const STOP_MS_MAX = 4500;
/** Filter value 2 of TDS: full case, for SGTIN and SSCC alike. */
const FILTER_FULL_CASE = 2;

/** The two gates: the dispatch gate sends, the goods-in gate receives. */
const GATES = [
  {
    name: 'factory-dispatch',
    readPoint: PLACES.factoryGate.id,
    bizStep: 'shipping',
    disposition: 'in_transit',
  },
  {
    name: 'warehouse-goods-in',
    readPoint: PLACES.warehouseGate.id,
    bizLocation: PLACES.warehouse.id,
    bizStep: 'receiving',
    disposition: 'in_progress',
  },
] as const;

export interface DemoOptions {
  /** 0 takes any free port. */
  port: number;
  /** Directory of the demonstration alone. */
  dataDir: string;
  progress: (line: string) => void;
}

export interface Demo {
  url: string;
  world: DemoWorld;
  /** Ends readers, collector and platform within 5 s. */
  stop(): Promise<void>;
}

/** The world of this data directory: its seed and start are kept beside the events. */
async function openWorld(dataDir: string): Promise<DemoWorld> {
  const file = join(dataDir, 'world.json');
  try {
    const { seed, start: begun } = JSON.parse(await readFile(file, 'utf8')) as { seed: number; start: number };
    return demoWorld(seed, begun);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new AppError('invalid', `${file} cannot be read; remove ${dataDir} to begin anew`, undefined, error);
    }
  }
  const begun = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - WORLD_DAYS * 24 * HOUR_MS;
  await writeFile(`${file}.new`, `${JSON.stringify({ seed: SEED, start: begun })}\n`);
  await rename(`${file}.new`, file);
  return demoWorld(SEED, begun);
}

/** Captures the world's documents through the one write path; again after a start that was cut short. */
async function seed(platform: Platform, world: DemoWorld): Promise<number> {
  const { size } = await readHead(platform.store, DEFAULT_TENANT);
  const principal = { tenantId: DEFAULT_TENANT, keyId: 'demo', role: 'operator' } as const;
  // the last document has the corrections: once it is in, all is
  let count = 0;
  for (const document of size >= world.eventCount ? [] : world.documents) {
    const { job, verdicts } = await capture(platform, principal, document, { behaviour: 'proceed' });
    const [bad] = job.errors;
    if (bad) throw new AppError('internal', `the demonstration's own events were refused: ${bad.detail}`);
    count += verdicts.filter(({ verdict }) => verdict === 'accepted').length;
  }
  return count;
}

/** The collector's key: the one of the last start, else a new one. */
async function collectorKey({ store }: Platform, dataDir: string): Promise<string> {
  const file = join(dataDir, 'collector.key');
  const kept = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  if (kept !== '' && (await findPrincipal(store, kept))) return kept;
  const { key } = await addKey(store, DEFAULT_TENANT, 'capture', Date.now());
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  return key;
}

/** The EPC that the tag of a thing holds, in hex. */
function tagOf(urn: string): string {
  const scheme = urn.includes(':sscc:') ? 'SSCC-96' : 'SGTIN-96';
  return toHex(encode(parse(urn), scheme, FILTER_FULL_CASE));
}

/** A reader at a gate past which the pallets go round and round. */
function startGate(pallets: LivePallet[], delayMs: number, number: number): Promise<Emulator> {
  return startEmulator({
    port: 0,
    seed: SEED + number,
    scenario: {
      antennas: 2,
      passing: pallets.map(({ sscc, cases }, n) => ({
        tags: [sscc, ...cases].map(tagOf),
        antennas: [1, 2],
        startMs: delayMs + n * PALLET_EVERY_MS,
        durationMs: PASSAGE_MS,
      })),
      loopMs: pallets.length * PALLET_EVERY_MS,
    },
  });
}

function collect(gates: Emulator[], url: string, key: string, dataDir: string): Promise<Collector> {
  const config = parseConfig({
    readers: GATES.map((gate, n) => ({ ...gate, host: gates[n]!.host, port: gates[n]!.port, keepaliveMs: 2000 })),
    capture: { url: `${url}/epcis/capture`, key },
    spool: join(dataDir, 'spool'),
    filter: { departAfterMs: DEPART_AFTER_MS },
  });
  return startCollector(config, { logger: pino({ level: 'silent' }) });
}

/** Waits until a read has come all the way: tag, reader, collector, capture, database. */
async function firstRead({ store }: Platform): Promise<boolean> {
  const before = await readHead(store, DEFAULT_TENANT);
  const end = Date.now() + FIRST_READ_MS_MAX;
  while (Date.now() < end) {
    if ((await readHead(store, DEFAULT_TENANT)).size > before.size) return true;
    await sleep(100);
  }
  return false;
}

/** Ends the parts in the order of the flow, so that nothing is sent to what is gone. */
async function stopAll(running: Running, gates: Emulator[], collector: Collector | undefined): Promise<void> {
  const stopped = (async () => {
    await collector?.stop();
    await Promise.all(gates.map((gate) => gate.stop()));
    await running.stop();
  })();
  await Promise.race([stopped, sleep(STOP_MS_MAX, undefined, { ref: false })]);
}

/**
 * Starts the demonstration: the platform on a data directory of its own, a small supply chain in it, two emulated gates
 * and the collector between them, over real TCP and HTTP. Everybody on this machine may read. Throws AppError
 * `unavailable` when the port or the directory is in use; nothing is left running then.
 */
export async function startDemo({ port, dataDir, progress }: DemoOptions): Promise<Demo> {
  await mkdir(dataDir, { recursive: true });
  const world = await openWorld(dataDir);
  progress('database and pages …');
  const config = { ...readConfig({ port: String(port), data: join(dataDir, 'platform') }), host: '127.0.0.1' };
  const logger = pino({ level: 'warn' }, pino.destination(2));
  const recalls = world.recalls.map(({ id, title }) => ({ id, title }));
  const running = await start(config, { logger, progress, anonymousRole: 'reader', recalls });
  const gates: Emulator[] = [];
  let collector: Collector | undefined;
  try {
    const { platform } = running;
    progress(`the supply chain: ${await seed(platform, world)} new events`);
    for (const [n] of GATES.entries()) gates.push(await startGate(world.livePallets, n * GATE_GAP_MS, n));
    progress(`two gates speak LLRP on ports ${gates.map((gate) => gate.port).join(' and ')}`);
    collector = await collect(gates, running.url, await collectorKey(platform, dataDir), dataDir);
    progress((await firstRead(platform)) ? 'the first pallet has been read' : 'no read has arrived yet');
    return { url: running.url, world, stop: () => stopAll(running, gates, collector) };
  } catch (error) {
    await stopAll(running, gates, collector);
    throw error;
  }
}
