// From the last tag of a passage to the acknowledged event: a reader over TCP, `tagtrail collect`, `tagtrail serve`.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort, startPostgres } from '../postgres.ts';
import { sgtin, StandInReader, until } from '../readers/stand-in-reader.ts';
import type { Figure } from './figure.ts';

const CLI = join(import.meta.dirname, '../../src/entry/cli.ts');
const START_MS_MAX = 30_000;
const PASSAGES = 300;
const CASES = 20;
const READS = 4;
/** A pallet's cases are first read over so long, one after the other. */
const PASS_MS = 200;
/** Between two pallets, on the average; they overlap. */
const EVERY_MS = 150;
const NEEDED_MS = 250;
const ACKNOWLEDGED_MS_MAX = 15_000;
const WARM_MS = 2000;
const FLUSH_MS = 200;
const GAP_MS = 500;

/** What waits by configuration before an event is made, and how that is configured. */
interface Way {
  bench: string;
  /** Antennas that see a passage, one after the other. */
  sides: number;
  windowMs: number;
  window: string;
  filter: object;
}
const WAYS: Way[] = [
  {
    bench: 'edge-latency',
    sides: 1,
    windowMs: FLUSH_MS,
    window: 'flushMs: arrivals that make one event',
    filter: { mode: 'arrivals' },
  },
  {
    bench: 'edge-latency-gate',
    sides: 2,
    windowMs: GAP_MS,
    window: 'passageGapMs: after it a passage is over',
    filter: { mode: 'gate', passageGapMs: GAP_MS },
  },
];

const round = (n: number): number => Math.round(n * 10) / 10;
const share = (sorted: number[], part: number): number => sorted[Math.ceil(sorted.length * part) - 1]!;

function shares(values: number[]): Record<string, number> {
  const sorted = values.toSorted((a, b) => a - b);
  const parts = { p50: 0.5, p95: 0.95, p99: 0.99, max: 1 };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, round(share(sorted, part))]));
}

/** A command of the program in a process of its own; its log is shown where a bench fails. */
class Program {
  readonly #child: ChildProcess;
  log = '';

  constructor(...args: string[]) {
    this.#child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.on('data', (part: Buffer) => (this.log = (this.log + part.toString()).slice(-4000)));
  }
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** What a command prints. */
async function output(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args]);
  return stdout;
}

async function untilServed(url: string, api: Program): Promise<void> {
  for (const end = Date.now() + START_MS_MAX; Date.now() < end; await sleep(50)) {
    if (
      await fetch(`${url}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return;
  }
  throw new Error(`bench: no API\n${api.log}`);
}

/** Numbers from 0 to 1 that are the same in every run. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Document {
  epcisBody: { eventList: { epcList: string[] }[] };
}
/** A document under way. */
interface Sent {
  epcs: string[];
  at: number;
}

/** When the API acknowledged each EPC: a 2xx to its document, or its capture job seen to have succeeded. */
class Between {
  readonly acknowledged = new Map<string, number>();
  /** From each document to its acknowledgement, ms. */
  readonly tookMs: number[] = [];
  readonly #apiPort: number;
  readonly #jobs = new Map<string, Sent>();
  readonly #server: Server;

  constructor(apiPort: number) {
    this.#apiPort = apiPort;
    this.#server = createServer((question, answer) => void this.#pass(question, answer));
  }
  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as { port: number }).port;
  }
  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #pass(question: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = Buffer.concat(await question.toArray());
    const { method, url: path, headers } = question;
    const at = performance.now();
    const call = request({ port: this.#apiPort, host: '127.0.0.1', method, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const text = Buffer.concat(parts);
        this.#see(method!, path!, { at, body }, response, text);
        answer.writeHead(response.statusCode!, response.headers).end(text);
      });
    });
    call.on('error', () => answer.destroy());
    call.end(body);
  }

  #see(
    method: string,
    path: string,
    sent: { at: number; body: Buffer },
    response: IncomingMessage,
    text: Buffer,
  ): void {
    const { location } = response.headers;
    if (method === 'POST' && response.statusCode! < 300) {
      const { epcisBody } = JSON.parse(sent.body.toString()) as Document;
      const one = { epcs: epcisBody.eventList.flatMap(({ epcList }) => epcList), at: sent.at };
      if (location === undefined) this.#done(one);
      else this.#jobs.set(location, one);
      return;
    }
    const one = this.#jobs.get(path);
    if (!one || (JSON.parse(text.toString()) as { success?: boolean }).success !== true) return;
    this.#done(one);
    this.#jobs.delete(path);
  }
  #done({ epcs, at }: Sent): void {
    const now = performance.now();
    this.tookMs.push(now - at);
    for (const epc of epcs) if (!this.acknowledged.has(epc)) this.acknowledged.set(epc, now);
  }
}

/** A passage: its EPCs and when the reader sent the last read of it. */
interface Passage {
  uris: string[];
  lastAt: number;
}

/** A pallet comes: case after case, each read on one side of the gate, then on the other where there are two. */
async function pass(reader: StandInReader, sides: number, serial: number, chance: () => number): Promise<Passage> {
  const cases = Array.from({ length: CASES }, (_, i) => sgtin(serial + i));
  let lastAt = 0;
  for (let antenna = 1; antenna <= sides; antenna++) {
    for (const { epc } of cases) {
      await sleep((chance() * 2 * PASS_MS) / CASES);
      reader.send(Array.from({ length: READS }, (_, i) => ({ epc, antenna, rssi: -50 - i })));
      lastAt = performance.now();
    }
  }
  return { uris: cases.map(({ uri }) => uri), lastAt };
}

async function passages(reader: StandInReader, sides: number, first: number): Promise<Passage[]> {
  const chance = chanceOf(first);
  const under: Promise<Passage>[] = [];
  for (let i = 0; i < PASSAGES; i++) {
    under.push(pass(reader, sides, first + i * CASES, chance));
    await sleep(chance() * 2 * EVERY_MS);
  }
  return Promise.all(under);
}

async function measure(way: Way, url: string, key: string, between: Between, first: number): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), 'tagtrail-latency-'));
  const reader = await StandInReader.start();
  const config = join(folder, 'collect.json');
  const readPoint = 'urn:epc:id:sgln:9521234.00001.0';
  const antennas = { 1: { side: 'A' }, 2: { side: 'B' } };
  writeFileSync(
    config,
    JSON.stringify({
      readers: [{ name: 'gate', host: '127.0.0.1', port: reader.port, readPoint, antennas }],
      filter: way.filter,
      capture: { url: `${url}/epcis/capture`, key, flushMs: FLUSH_MS },
      spool: join(folder, 'spool'),
    }),
  );
  const collector = new Program('collect', '--config', config);
  try {
    if (!(await until(() => reader.running, START_MS_MAX))) throw new Error(`bench: no collector\n${collector.log}`);
    await pass(reader, way.sides, first, Math.random); // warm
    await sleep(WARM_MS);
    between.tookMs.length = 0;
    const passed = await passages(reader, way.sides, first + CASES);
    const isDone = ({ uris }: Passage): boolean => uris.every((uri) => between.acknowledged.has(uri));
    await until(() => passed.every(isDone), ACKNOWLEDGED_MS_MAX);
    const lost = passed.filter((one) => !isDone(one)).length;
    if (lost) throw new Error(`bench: ${lost} of ${PASSAGES} passages were not acknowledged\n${collector.log}`);
    const waits = passed
      .map(({ uris, lastAt }) => Math.max(...uris.map((uri) => between.acknowledged.get(uri)!)) - lastAt)
      .toSorted((a, b) => a - b);
    const value = share(waits, 0.99) - way.windowMs;
    return {
      bench: way.bench,
      unit: 'ms',
      value: round(value),
      baseline: NEEDED_MS,
      ratio: NEEDED_MS / Math.max(1, value),
      detail: {
        value: 'p99 from the last read of a passage to its acknowledged event, beyond the window',
        baseline: 'what is needed; a limit, no peer',
        window: way.window,
        windowMs: way.windowMs,
        passages: PASSAGES,
        wholeMs: shares(waits),
        documents: between.tookMs.length,
        documentMs: shares(between.tookMs),
      },
    };
  } finally {
    await collector.end();
    await reader.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Latency with the API up, over PostgreSQL, everything in processes of its own but reader and stopwatch. */
export async function bench(): Promise<Figure[]> {
  const [database, port] = await Promise.all([startPostgres(), freePort()]);
  const between = new Between(port);
  let api: Program | undefined;
  try {
    await output('migrate', '--database-url', database.url);
    const made = await output('key', 'create', '--database-url', database.url, '--role', 'capture', '--json');
    const { key } = JSON.parse(made) as { key: string };
    api = new Program('serve', '--port', String(port), '--database-url', database.url);
    await untilServed(`http://127.0.0.1:${port}`, api);
    const url = `http://127.0.0.1:${await between.start()}`;
    const figures: Figure[] = [];
    for (const [i, way] of WAYS.entries()) figures.push(await measure(way, url, key, between, (i + 1) * 1_000_000));
    return figures;
  } finally {
    between.stop();
    await api?.end();
    await database.stop();
  }
}
