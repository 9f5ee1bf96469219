import { readFileSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { AppError, messageOf } from '../src/error.ts';
import { type AlarmName, Alarms } from './alarm.ts';
import type { CollectorConfig, ReaderConfig } from './config.ts';
import { Dedupe, type FilterCounts, type Place } from './filter/dedupe.ts';
import { Listening } from './filter/listening.ts';
import { PresenceTable } from './filter/presence.ts';
import { Intake, type IntakeCounts } from './intake.ts';
import type { Spot } from './read-row.ts';
import { ReaderSession, type SessionCounts, type Tls } from './session.ts';
import { Spool } from './spool.ts';
import { identifier } from './to-event.ts';
import { Uplink, type UplinkCounts } from './uplink.ts';

const STATUS_MS = 60_000;
/** What a stop may spend on sending what is still in the spool; all of it is kept in any case. */
const DRAIN_MS_MAX = 2000;
/** What a stop may spend on the readers' goodbyes. */
const GOODBYE_MS_MAX = 1500;
const PEM_START = '-----BEGIN';

/** What one reader did since the start. */
interface ReaderStats extends SessionCounts {
  name: string;
  state: ReaderSession['state'];
  clockOffsetMs: number;
}

/** Counters since the start, and what holds now. */
interface CollectorStats extends IntakeCounts, UplinkCounts, FilterCounts {
  /** Events in the spool. */
  backlog: number;
  deadLetters: number;
  spoolBytes: number;
  /** Tags in the filter memory. */
  tags: number;
  reconnects: number;
  alarms: { name: AlarmName; message: string }[];
  readers: ReaderStats[];
}

export interface Collector {
  stats(): CollectorStats;
  /** Flushes, says goodbye to the readers, sends for a moment, closes the spool. Within 5 s. */
  stop(): Promise<void>;
}

/** Where each antenna of a reader counts; antennas that are not configured count at the reader's own read point. */
function spotsOf(config: ReaderConfig, placeOf: (readPoint: string, bizLocation?: string) => Place): Spot[] {
  const own = placeOf(config.readPoint, config.bizLocation);
  const spots: Spot[] = [{ place: own, minRssi: config.filter.minRssi }];
  for (const [antenna, given] of Object.entries(config.antennas)) {
    const readPoint = given.readPoint ?? config.readPoint;
    const bizLocation = given.bizLocation ?? config.bizLocation;
    const place = placeOf(readPoint, bizLocation);
    if (place.bizLocation !== bizLocation) {
      throw new AppError('invalid', `reader "${config.name}", antenna ${antenna}: ${readPoint} has two bizLocations`);
    }
    spots[Number(antenna)] = { place, minRssi: given.minRssi ?? config.filter.minRssi };
  }
  return spots;
}

/** The places of one reader, numbered by the spool. */
function placesOf(config: ReaderConfig, spool: Spool, listening: Listening): { spots: Spot[]; places: Place[] } {
  const places = new Map<string, Place>();
  const spots = spotsOf(config, (readPoint, bizLocation) => {
    const known = places.get(readPoint);
    if (known) return known;
    const { name: reader, filter, bizStep, disposition } = config;
    const id = spool.placeId(reader, readPoint);
    const place = { id, reader, readPoint, bizLocation, bizStep, disposition, siblings: [], filter, listening };
    places.set(readPoint, place);
    return place;
  });
  return { spots, places: [...places.values()] };
}

/** PEM text as it is, or read from the file that is named. Throws AppError('invalid'). */
function pem(text: string | undefined, option: string): string | undefined {
  if (text === undefined || text.startsWith(PEM_START)) return text;
  try {
    return readFileSync(text, 'utf8');
  } catch (error) {
    throw new AppError('invalid', `${option}: ${messageOf(error)}`);
  }
}

/** The TLS options of a reader with the PEM texts in place. Throws AppError('invalid') for a file that is not there. */
export function tlsOf({ tls, name }: ReaderConfig): Tls {
  if (typeof tls === 'boolean') return tls;
  const texts = (['ca', 'cert', 'key'] as const).map((part) => [part, pem(tls[part], `reader "${name}", tls.${part}`)]);
  const given = texts.filter(([, text]) => text !== undefined);
  return {
    ...Object.fromEntries(given),
    ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
  } as Tls;
}

/** The wired parts of one collector. */
interface Parts {
  spool: Spool;
  table: PresenceTable;
  dedupe: Dedupe;
  alarms: Alarms;
  intake: Intake;
  uplink: Uplink;
  sessions: Map<string, ReaderSession>;
}

function wire(config: CollectorConfig, spool: Spool, logger: Logger): Parts {
  const alarms = new Alarms(logger);
  const heard = spool.listening();
  const readers = config.readers.map((reader) => {
    const listening = Listening.from(heard.get(reader.name), Date.now());
    return { reader, listening, tls: tlsOf(reader), ...placesOf(reader, spool, listening) };
  });
  const places = new Map(readers.flatMap((r) => r.places).map((place) => [place.id, place]));
  for (const place of places.values()) {
    const next = [...places.values()].filter((p) => p !== place && p.readPoint === place.readPoint);
    place.siblings = next.map((p) => p.id);
  }
  const table = new PresenceTable();
  table.load(spool.pages(), (id) => places.has(id));
  const dedupe = new Dedupe(table, identifier(config.capture.epcs));
  const uplink = new Uplink(config.capture, spool, alarms, logger, () => intake.retry());
  const onCommit = (): void => uplink.notify();
  if (spool.deadLetters) alarms.raise('dead-letters', `${spool.deadLetters} events that the server refused are kept`);
  const intake = new Intake({ capture: config.capture, spool, table, dedupe, places, alarms, logger, onCommit });
  const sessions = new Map(
    readers.map(({ reader, listening, tls, spots }) => {
      const spotOf = (antenna: number): Spot => spots[antenna] ?? spots[0]!;
      return [reader.name, new ReaderSession({ config: reader, tls, spotOf, listening, intake, alarms, logger })];
    }),
  );
  intake.onBlocked = (blocked) => sessions.forEach((session) => session.block(blocked));
  return { spool, table, dedupe, alarms, intake, uplink, sessions };
}

function statsOf({ spool, table, dedupe, alarms, intake, uplink, sessions }: Parts): CollectorStats {
  const readers = [...sessions].map(([name, session]) => {
    return { name, state: session.state, clockOffsetMs: Math.round(session.clockOffsetMs), ...session.counts };
  });
  return {
    ...intake.counts,
    ...uplink.counts,
    ...dedupe.counts,
    backlog: spool.backlog,
    deadLetters: spool.deadLetters,
    spoolBytes: spool.usedBytes,
    tags: table.size,
    reconnects: readers.reduce((sum, reader) => sum + Math.max(0, reader.connections - 1), 0),
    alarms: alarms.list(),
    readers,
  };
}

async function shutDown({ intake, uplink, sessions }: Parts): Promise<void> {
  intake.flush();
  const goodbyes = Promise.all([...sessions.values()].map((session) => session.stop()));
  await Promise.race([goodbyes, new Promise((resolve) => setTimeout(resolve, GOODBYE_MS_MAX).unref())]);
  intake.close();
  await uplink.stop(DRAIN_MS_MAX);
}

/** Logs to stderr as JSON lines: standard output belongs to the command. */
export const stderrLogger = (level = 'info'): Logger => pino({ level }, pino.destination({ fd: 2, sync: true }));

/**
 * Starts reading from every reader and sending to the capture endpoint; resolves when the spool is open and the
 * readers are being called. Throws AppError: `conflict` when another process holds the spool, `invalid` for a
 * configuration that cannot work, `unavailable` for a spool that cannot be read.
 */
export async function startCollector(
  config: CollectorConfig,
  { logger = stderrLogger() }: { logger?: Logger } = {},
): Promise<Collector> {
  const spool = new Spool(config.spool, config.spoolMaxBytes);
  let parts: Parts;
  try {
    parts = wire(config, spool, logger);
  } catch (error) {
    spool.close();
    if (error instanceof RangeError) throw new AppError('unavailable', `spool ${config.spool}: ${error.message}`);
    throw error;
  }
  logger.info({ readers: config.readers.length, backlog: spool.backlog, tags: parts.table.size }, 'collector started');
  parts.uplink.start();
  for (const session of parts.sessions.values()) session.start();
  const status = setInterval(() => logger.info(statsOf(parts), 'status'), STATUS_MS);
  let stopped: Promise<void> | undefined;
  let last: CollectorStats | undefined;
  return {
    stats: () => last ?? statsOf(parts),
    stop: () => {
      stopped ??= (async () => {
        clearInterval(status);
        await shutDown(parts);
        last = statsOf(parts);
        spool.close();
        logger.info(last, 'collector stopped');
      })();
      return stopped;
    },
  };
}
