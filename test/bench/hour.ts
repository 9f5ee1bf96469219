// An hour of two hundred readers on a simulated clock: report bytes → columns → intake → spool, all but the sockets.
import { createColumns, FrameSplitter, readReport, type TagColumns } from 'node-llrp';
import { mkdtempSync, rmSync } from 'node:fs';
import { mock } from 'node:test';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { Alarms } from '../../readers/alarm.ts';
import { ReaderClock } from '../../readers/clock.ts';
import { parseConfig } from '../../readers/config.ts';
import { Filter } from '../../readers/filter/filter.ts';
import { Listening } from '../../readers/filter/listening.ts';
import type { Place, Spot } from '../../readers/filter/place.ts';
import { PRESENT, PresenceTable } from '../../readers/filter/presence.ts';
import { Intake } from '../../readers/intake.ts';
import { Operations } from '../../readers/operations.ts';
import { placesOf } from '../../readers/places.ts';
import { ReadRow } from '../../readers/read-row.ts';
import { Spool } from '../../readers/spool.ts';
import { identifier } from '../../readers/to-event.ts';
import type { Figure } from './figure.ts';
import { AT, reports, TAG_BYTES, TAGS_PER_REPORT } from './edge-reports.ts';

const READERS = 200;
/** A report of 20 reads each so often: 250 reads a second and reader. */
const REPORT_EVERY_MS = 80;
/** Tags in front of a reader; the oldest leaves for a new one with every so many reports: every EPC is read for 25 s. */
const PRESENT_TAGS = 50;
const REPORTS_A_TAG = 6;
const STEP_MS = 10;
const HOUR_MS = 3_600_000;
const SHOWN_EVERY_MS = 300_000;
/** After what is remembered of a tag that left is forgotten, memory must stay where it is. */
const SETTLED_MS = 1_500_000;
const NEEDED_GROWTH = 1.1;
const NEEDED_PAUSE_MS = 50;
const KNOWN_TAGS = 1_000_000;
const NEEDED_BYTES = 100;
const START_MS = 1_790_000_000_000;
const MB = 1e6;

const round = (n: number): number => Math.round(n * 10) / 10;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** How long the process was busy with one thing, and so deaf to all others: by the clock, and of that at work. */
class Pauses {
  longestMs = 0;
  longestCpuMs = 0;
  over = 0;
  time<T>(work: () => T): T {
    const [from, cpu] = [performance.now(), cpuMs()];
    const result = work();
    const ms = performance.now() - from;
    this.longestMs = Math.max(this.longestMs, ms);
    this.longestCpuMs = Math.max(this.longestCpuMs, cpuMs() - cpu);
    if (ms > NEEDED_PAUSE_MS) this.over++;
    return result;
  }
}

/** A reader at whose gate tags come and go; each of its reports is the same frame with other tags and times. */
class Gate {
  readonly #frame: Uint8Array;
  readonly #bytes: Buffer;
  readonly #first: number;
  readonly #row = new ReadRow({ misreads: 0 });
  readonly #clock = new ReaderClock(1000, () => {});
  readonly #spot: Spot;
  readonly #listening: Listening;
  #sent = 0;
  #at = 0;

  constructor(number: number, spot: Spot, listening: Listening, nowMs: number) {
    this.#bytes = reports(TAGS_PER_REPORT, TAGS_PER_REPORT);
    this.#frame = [...new FrameSplitter().push(this.#bytes)][0]!;
    this.#first = number * 10_000_000;
    this.#spot = spot;
    this.#listening = listening;
    this.#clock.observe({ kind: 'utc', ms: nowMs }, nowMs);
  }
  report(columns: TagColumns, intake: Intake, nowMs: number): void {
    const oldest = Math.floor(this.#sent++ / REPORTS_A_TAG);
    const seen = BigInt(nowMs - 1) * 1000n;
    const view = new DataView(this.#frame.buffer, this.#frame.byteOffset);
    const header = this.#frame.length - TAG_BYTES * TAGS_PER_REPORT;
    for (let at = header; at < this.#frame.length; at += TAG_BYTES) {
      this.#at = (this.#at + 1) % PRESENT_TAGS;
      view.setUint32(at + AT.serial, this.#first + oldest + this.#at);
      view.setBigUint64(at + AT.first, seen);
      view.setBigUint64(at + AT.last, seen);
    }
    this.#listening.heard(nowMs);
    readReport(this.#frame, columns);
    this.#row.report(columns, this.#clock, nowMs, () => this.#spot, intake);
  }
}

/** A collector without sockets: places, filter, spool and intake, on whatever clock there is. */
function collectorOf(directory: string, readers: number, nowMs: number) {
  const logger = pino({ level: 'silent' });
  const spool = new Spool(directory, 4 * 1024 ** 3);
  const { readers: configs, capture } = parseConfig({
    readers: Array.from({ length: readers }, (_, i) => ({
      name: `gate-${i}`,
      host: 'r',
      readPoint: `urn:epc:id:sgln:0614141.${String(i).padStart(5, '0')}.0`,
    })),
    capture: { url: 'http://127.0.0.1/' },
    spool: directory,
  });
  const places = new Map<number, Place>();
  const made = configs.map((config) => {
    const listening = new Listening(nowMs);
    listening.found(nowMs);
    const { spots, places: own } = placesOf(config, listening, { spool, known: () => undefined });
    for (const place of own) places.set(place.id, place);
    return { spot: spots[0]!, listening };
  });
  const filter = new Filter(places, identifier('urn'));
  const alarms = new Alarms(logger);
  const operations = new Operations(spool, logger);
  const intake = new Intake({ capture, spool, filter, alarms, operations, logger, onCommit: () => {} });
  intake.listening = () => new Map(made.map(({ listening }, i) => [`gate-${i}`, listening.toText()]));
  return { spool, filter, intake, made, places, alarms };
}

/** The uplink takes everything: what is in the spool is what the last second has brought. */
function takeAll(spool: Spool): void {
  const last = spool.oldest(spool.through(), 1_000_000, Infinity).at(-1);
  if (last) spool.removeThrough(last.sequence);
}

interface Point {
  minute: number;
  heapMb: number;
  buffersMb: number;
  rssMb: number;
  tags: number;
  reads: number;
  arrivals: number;
}

function pointOf(minute: number, { filter, intake }: ReturnType<typeof collectorOf>): Point {
  collectGarbage();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return {
    minute,
    heapMb: round(heapUsed / MB),
    buffersMb: round(arrayBuffers / MB),
    rssMb: round(rss / MB),
    tags: filter.size,
    reads: intake.counts.reads,
    arrivals: intake.counts.arrivals,
  };
}

/** The hour: every timer of the intake runs on the simulated clock, every commit goes to the real disk. */
function anHour(directory: string): { curve: Point[]; pauses: Pauses; realMs: number } {
  const from = performance.now();
  mock.timers.enable({ apis: ['setInterval', 'setTimeout', 'setImmediate', 'Date'], now: START_MS });
  const collector = collectorOf(directory, READERS, START_MS);
  const gates = collector.made.map(({ spot, listening }, i) => new Gate(i, spot, listening, START_MS));
  const columns = createColumns();
  const curve: Point[] = [];
  const pauses = new Pauses();
  for (let ms = 0; ms < HOUR_MS; ms += STEP_MS) {
    const turn = (ms / STEP_MS) % (REPORT_EVERY_MS / STEP_MS);
    for (let i = turn; i < READERS; i += REPORT_EVERY_MS / STEP_MS)
      pauses.time(() => gates[i]!.report(columns, collector.intake, Date.now()));
    if (ms % 1000 === 0) {
      collector.intake.afterCommit(() => {}); // the keepalives of this second
      takeAll(collector.spool);
    }
    pauses.time(() => mock.timers.tick(STEP_MS));
    if ((ms + STEP_MS) % SHOWN_EVERY_MS === 0) curve.push(pointOf((ms + STEP_MS) / 60_000, collector));
  }
  collector.intake.close();
  collector.spool.close();
  mock.timers.reset();
  return { curve, pauses, realMs: performance.now() - from };
}

function hourFigure(directory: string): Figure {
  const { curve, pauses, realMs } = anHour(directory);
  const settled = curve.find(({ minute }) => minute * 60_000 >= SETTLED_MS)!;
  const last = curve.at(-1)!;
  const memory = ({ heapMb, buffersMb }: Point): number => heapMb + buffersMb;
  const growth = memory(last) / memory(settled);
  return {
    bench: 'edge-hour',
    unit: 'last/settled memory',
    value: round(growth * 100) / 100,
    baseline: NEEDED_GROWTH,
    ratio: NEEDED_GROWTH / growth,
    detail: {
      baseline: 'flat within a tenth; a limit, no peer',
      how: 'report bytes to spool on a simulated clock, without sockets; an uplink that takes everything',
      readers: READERS,
      readsPerSecond: (READERS * TAGS_PER_REPORT * 1000) / REPORT_EVERY_MS,
      realSeconds: Math.round(realMs / 1000),
      longestPauseMs: round(pauses.longestMs),
      longestPauseCpuMs: round(pauses.longestCpuMs),
      pausesOver50Ms: pauses.over,
      curve,
    },
  };
}

/** A million known tags: bytes for each, the longest pause while they come, and the start from the spool with them. */
function knownFigures(directory: string): Figure[] {
  const collector = collectorOf(directory, 1, START_MS);
  const { id } = collector.made[0]!.spot.place;
  collectGarbage();
  const before = process.memoryUsage();
  const table = new PresenceTable();
  const pauses = new Pauses();
  const key = { bits: 96, w0: 0x3074257b, w1: 0xf7194e4, w2: 0, wide: '' };
  const addReport = (first: number): void => {
    for (let i = first; i < first + TAGS_PER_REPORT; i++) {
      key.w2 = i;
      table.add(id, key, PRESENT, START_MS, START_MS + i);
    }
  };
  for (let first = 0; first < KNOWN_TAGS; first += TAGS_PER_REPORT) pauses.time(() => addReport(first));
  collectGarbage();
  const after = process.memoryUsage();
  const bytes = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / KNOWN_TAGS;
  collector.spool.commit({ events: [], pages: table.changed(), listening: new Map() });
  collector.intake.close();
  collector.spool.close();
  const from = performance.now();
  const again = collectorOf(directory, 1, START_MS);
  again.filter.load(again.spool.pages(), again.spool.memory());
  const startMs = performance.now() - from;
  if (again.filter.size !== KNOWN_TAGS) throw new Error(`bench: ${again.filter.size} of ${KNOWN_TAGS} tags came back`);
  again.intake.close();
  again.spool.close();
  const detail = { baseline: 'a limit, no peer', tags: KNOWN_TAGS };
  const figure = (bench: string, unit: string, value: number, baseline: number): Figure => {
    return { bench, unit, value: round(value), baseline, ratio: baseline / Math.max(0.1, value), detail };
  };
  return [
    figure('edge-tag-bytes', 'bytes/tag', bytes, NEEDED_BYTES),
    figure('edge-growth-pause', 'ms', pauses.longestCpuMs, NEEDED_PAUSE_MS),
    figure('edge-start', 'ms', startMs, 5000),
  ];
}

/** Memory of the collector over an hour, and what a million known tags cost. */
export async function bench(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'edge-hour-'));
  try {
    return [...knownFigures(join(directory, 'known')), hourFigure(join(directory, 'hour'))];
  } finally {
    rmSync(directory, { recursive: true });
  }
}
