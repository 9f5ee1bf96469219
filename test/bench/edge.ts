import { createColumns, epcOf, FrameSplitter, HAS, readReport, type TagColumns } from 'node-llrp';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Alarms } from '../../readers/alarm.ts';
import { ReaderClock } from '../../readers/clock.ts';
import { parseConfig } from '../../readers/config.ts';
import { Filter } from '../../readers/filter/filter.ts';
import { Listening } from '../../readers/filter/listening.ts';
import type { Place, Spot } from '../../readers/filter/place.ts';
import { Intake } from '../../readers/intake.ts';
import { Operations } from '../../readers/operations.ts';
import { placesOf } from '../../readers/places.ts';
import { ReadRow } from '../../readers/read-row.ts';
import { Spool } from '../../readers/spool.ts';
import { identifier } from '../../readers/to-event.ts';
import { reports, SEEN_MS } from './edge-reports.ts';
import { type Figure, race, rateFigure, type Side } from './figure.ts';

const READS = 960_000;
const ROUNDS = 7;
const FACTS_A_COMMIT = 1000;
/** Of the reads over TCP one in four is an arrival. */
const TCP_READS = 400_000;
const TCP_KEYS = TCP_READS / 4;
const TCP_ROUNDS = 5;
/** What one core must take (docs: speed): the limit that the rate over TCP is held against. */
const NEEDED_READS_PER_S = 1_000_000;

/** A place as the collector makes it, in mode `arrivals`. */
function spotOf(directory: string): { spot: Spot; places: Map<number, Place> } {
  const config = parseConfig({
    readers: [{ name: 'bench', host: 'r', readPoint: 'urn:epc:id:sgln:0614141.00777.0' }],
    capture: { url: 'http://127.0.0.1/' },
    spool: directory,
  });
  const listening = new Listening(SEEN_MS);
  const { spots, places } = placesOf(config.readers[0]!, listening, {
    spool: { placeId: () => 1 },
    known: () => undefined,
  });
  return { spot: spots[0]!, places: new Map(places.map((place) => [place.id, place])) };
}

/** Bytes to columns, and nothing else: the checksum is that of the antennas. */
function decodeAlone(frames: readonly Uint8Array[]): Side {
  const columns = createColumns();
  return () => {
    let sum = 0;
    for (const frame of frames) {
      const rows = readReport(frame, columns);
      const { antenna } = columns;
      for (let row = 0; row < rows; row++) sum += antenna[row] as number;
    }
    return sum;
  };
}

/** Bytes to columns to reads to arrivals, through the collector's own parts, with an empty memory each time. */
function arrivals(frames: readonly Uint8Array[], keys: number): Side {
  const { spot, places } = spotOf('/nowhere');
  // What an arrival costs beyond the filter, its names, is the same for any filter; the TCP figure has it.
  const named = { uri: 'urn:x', tagUri: undefined, hex: '' };
  const columns = createColumns();
  const nowMs = SEEN_MS + READS;
  const spotHere = (): Spot => spot;
  return () => {
    const filter = new Filter(places, () => named);
    const clock = new ReaderClock(1000, () => {});
    clock.observe({ kind: 'utc', ms: nowMs }, nowMs);
    const row = new ReadRow({ misreads: 0 });
    let [sum, found] = [0, 0];
    for (const frame of frames) {
      const rows = readReport(frame, columns);
      const { antenna } = columns;
      for (let i = 0; i < rows; i++) sum += antenna[i] as number;
      row.report(columns, clock, nowMs, spotHere, filter);
      if (filter.waiting >= FACTS_A_COMMIT) found += filter.take().length;
    }
    found += filter.take().length;
    if (found !== keys) throw new Error(`bench: ${found} arrivals of ${keys} tags`);
    return sum;
  };
}

/** The same with objects and a Map of hex strings, as most edge programs do it. */
function arrivalsByMap(frames: readonly Uint8Array[], keys: number): Side {
  const columns = createColumns();
  return () => {
    const seen = new Map<string, { first: number; last: number }>();
    let [sum, found] = [0, 0];
    for (const frame of frames) {
      const rows = readReport(frame, columns);
      for (let i = 0; i < rows; i++) {
        sum += columns.antenna[i] as number;
        const read = {
          epc: Buffer.from(epcOf(columns, i)).toString('hex'),
          at: (columns.firstSeen[i] as number) / 1000,
        };
        const known = seen.get(read.epc);
        if (known && read.at - known.last <= 30_000) known.last = Math.max(known.last, read.at);
        else {
          seen.set(read.epc, { first: read.at, last: read.at });
          found++;
        }
      }
    }
    if (found !== keys || !(columns.has[0]! & HAS.antenna)) throw new Error('bench: the Map lost tags');
    return sum;
  };
}

async function arrivalFigure(bench: string, keys: number): Promise<Figure> {
  const frames = [...new FrameSplitter().push(reports(READS, keys))];
  const run = await race(arrivals(frames, keys), decodeAlone(frames), ROUNDS);
  const map = await race(arrivals(frames, keys), arrivalsByMap(frames, keys));
  return rateFigure(bench, 'reads/s', READS, run, {
    baseline: 'decoding alone',
    keys,
    againstMapOfHex: Math.round((map.theirs / map.ours) * 100) / 100,
  });
}

/** Sends bytes over a loopback connection; resolves at its end. */
async function overLoopback(bytes: Buffer, onFrame: (frame: Uint8Array, nowMs: number) => void): Promise<void> {
  const splitter = new FrameSplitter();
  const server = createServer((socket) => socket.end(bytes));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => undefined);
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      const nowMs = Date.now();
      for (const frame of splitter.push(chunk)) onFrame(frame, nowMs);
    });
    socket.on('end', resolve);
  });
  server.close();
}

/** Frames of a connection into columns; what `take` does with them is the rest. Resolves the sum of the antennas. */
async function columnsOverLoopback(bytes: Buffer, take: (columns: TagColumns, nowMs: number) => void): Promise<number> {
  const columns = createColumns();
  let sum = 0;
  await overLoopback(bytes, (frame, nowMs) => {
    const rows = readReport(frame, columns);
    const { antenna } = columns;
    for (let i = 0; i < rows; i++) sum += antenna[i] as number;
    take(columns, nowMs);
  });
  return sum;
}

interface Run {
  ms: number;
  cpuMs: number;
  sum: number;
  events: number;
  epcs: number;
}

/** Sends everything over a loopback connection, and resolves when all of it is in the spool. */
async function overTcp(bytes: Buffer): Promise<Run> {
  const directory = mkdtempSync(join(tmpdir(), 'edge-'));
  const logger = pino({ level: 'silent' });
  const spool = new Spool(directory, 4 * 1024 ** 3);
  const { spot, places } = spotOf(directory);
  const filter = new Filter(places, identifier('urn'));
  const capture = { batch: 500, flushMs: 200, epcs: 'urn' as const };
  const alarms = new Alarms(logger);
  const operations = new Operations(spool, logger);
  const intake = new Intake({ capture, spool, filter, alarms, operations, logger, onCommit: () => {} });
  const clock = new ReaderClock(1000, () => {});
  clock.observe({ kind: 'utc', ms: Date.now() }, Date.now()); // as the greeting of a reader does
  const row = new ReadRow({ misreads: 0 });
  const [from, cpu] = [performance.now(), process.cpuUsage()];
  const sum = await columnsOverLoopback(bytes, (columns, nowMs) => {
    row.report(columns, clock, nowMs, () => spot, intake);
  });
  await new Promise<void>((resolve) => intake.afterCommit(resolve));
  const ms = performance.now() - from;
  const used = process.cpuUsage(cpu);
  const { events, arrivals: epcs } = intake.counts;
  intake.close();
  spool.close();
  rmSync(directory, { recursive: true });
  return { ms, cpuMs: (used.user + used.system) / 1000, sum, events, epcs };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function tcpFigure(): Promise<Figure> {
  const bytes = reports(TCP_READS, TCP_KEYS);
  await overTcp(bytes);
  const runs = [];
  for (let round = 0; round < TCP_ROUNDS; round++) runs.push(await overTcp(bytes));
  const wrong = runs.find(({ epcs }) => epcs !== TCP_KEYS);
  if (wrong) throw new Error(`bench: ${wrong.epcs} arrivals in the spool of ${TCP_KEYS}`);
  const rate = (ms: number): number => Math.round((TCP_READS / ms) * 1000);
  const value = rate(median(runs.map(({ ms }) => ms)));
  return {
    bench: 'edge-tcp',
    unit: 'reads/s',
    value,
    baseline: NEEDED_READS_PER_S,
    ratio: value / NEEDED_READS_PER_S,
    detail: {
      baseline: 'what one core must take at one arrival in four reads; a limit, no peer',
      rounds: TCP_ROUNDS,
      spread: runs.map(({ ms }) => rate(ms)).toSorted((a, b) => a - b),
      perCpuSecond: rate(median(runs.map(({ cpuMs }) => cpuMs))),
      reads: TCP_READS,
      arrivals: TCP_KEYS,
      events: runs[0]!.events,
    },
  };
}

/** Bytes to arrivals by the collector's table, against objects in a Map. */
async function tableFigure(bench: string, keys: number): Promise<Figure> {
  const frames = [...new FrameSplitter().push(reports(READS, keys))];
  const run = await race(arrivals(frames, keys), arrivalsByMap(frames, keys));
  return rateFigure(bench, 'tags/s', READS, run, { baseline: 'a Map of hexadecimal strings', keys });
}

/** From a socket to events on disk, against the same socket with its reports decoded and nothing else. */
async function socketFigure(): Promise<Figure> {
  const bytes = reports(TCP_READS, TCP_KEYS);
  const spooled = async (): Promise<number> => (await overTcp(bytes)).sum;
  const run = await race(spooled, () => columnsOverLoopback(bytes, () => {}));
  return rateFigure('socket', 'tags/s', TCP_READS, run, {
    baseline: 'the same bytes from a socket to columns, and no further',
    arrivals: TCP_KEYS,
  });
}

/** What comes after decoding: arrivals at three numbers of known tags, and a socket's bytes to the disk. */
export async function edgeFigures(): Promise<Figure[]> {
  return [
    await tableFigure('edge-800', 800),
    await tableFigure('edge-8000', 8000),
    await tableFigure('edge-57000', 57_000),
    await socketFigure(),
  ];
}

/** From report bytes to arrivals, and from a socket to events on disk. */
export async function bench(): Promise<Figure[]> {
  return [
    await arrivalFigure('edge-arrivals-8k', 8000),
    await arrivalFigure('edge-arrivals-57k', 57_000),
    await tcpFigure(),
  ];
}
