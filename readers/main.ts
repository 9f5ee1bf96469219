import { type Logger, pino } from 'pino';
import { AppError } from '../src/error.ts';
import { type AlarmName, Alarms } from './alarm.ts';
import type { SetBack } from './clock.ts';
import type { CollectorConfig, EndpointConfig, InputConfig, ReaderConfig } from './config.ts';
import { Filter, type GpiEdge } from './filter/filter.ts';
import { Listening } from './filter/listening.ts';
import type { FilterCounts, Place, Spot } from './filter/place.ts';
import { watchHostClock } from './host-clock.ts';
import { streamInput, webhookInput } from './input-http.ts';
import { mqttInput } from './input-mqtt.ts';
import { Intake, type IntakeCounts } from './intake.ts';
import { linkConfigOf } from './link-config.ts';
import { type OperationKind, Operations } from './operations.ts';
import { joinSiblings, leave, placesOf } from './places.ts';
import { ReaderSession } from './session.ts';
import type { Source, SourceCounts, SourceParts } from './source.ts';
import { type Operation, Spool } from './spool.ts';
import { serveStatus } from './status-server.ts';
import { certificatesOf, tlsOf } from './tls.ts';
import { identifier } from './to-event.ts';
import { placeKey, RecallAlerts } from './recall-alerts.ts';
import { Uplink, type UplinkCounts } from './uplink.ts';

const STATUS_MS = 60_000;
/** What a stop may spend on sending what is still in the spool; all of it is kept in any case. */
const DRAIN_MS_MAX = 2000;
/** What a stop may spend on the readers' goodbyes. */
const GOODBYE_MS_MAX = 1500;
/** Operations events that a stopped collector still tells. */
const OPERATIONS_KEPT = 100;

type AnyReader = ReaderConfig | InputConfig;

/** What one reader did since the start, and where it stands. */
interface ReaderStats extends SourceCounts {
  name: string;
  readPoint: string;
  state: Source['state'];
  clockOffsetMs: number;
  /** General purpose inputs as last told, by port. */
  gpi: Record<number, boolean>;
}

/** Counters since the start, and what holds now. */
export interface CollectorStats extends IntakeCounts, UplinkCounts, FilterCounts {
  /** Events in the spool. */
  backlog: number;
  deadLetters: number;
  spoolBytes: number;
  spoolBytesMax: number;
  /** Tags in the filter memory. */
  tags: number;
  reconnects: number;
  alarms: { name: AlarmName; message: string }[];
  /** Passages of each gate since its first day; they equal the events sent. */
  gates: ReturnType<Filter['gates']>;
  /** Operations events by kind. */
  operations: Partial<Record<OperationKind, number>>;
  readers: ReaderStats[];
  endpoints: { name: string; url: string; waiting: number }[];
}

export interface Collector {
  /** Where the status page is served; undefined without `listen`. */
  readonly statusPort: number | undefined;
  stats(): CollectorStats;
  /** The latest operations events, newest first. */
  operations(limit: number): Operation[];
  /**
   * Takes another configuration; links and queues that it does not change go on undisturbed. Throws
   * AppError('invalid') for one that needs a restart, and nothing has changed then.
   */
  reload(config: CollectorConfig): Promise<void>;
  /** Flushes, says goodbye to the readers, sends for a moment, closes the spool. Within 5 s. */
  stop(): Promise<void>;
}

/** A reader with the places that it reads for. */
interface Running {
  config: AnyReader;
  listening: Listening;
  places: Place[];
  /** Where each antenna counts. */
  spots: Spot[];
  gpi: Map<number, boolean>;
  source: Source;
}

/** The wired parts of one collector, for as long as it runs. */
class Wiring {
  config: CollectorConfig;
  readonly spool: Spool;
  readonly alarms: Alarms;
  readonly operations: Operations;
  readonly filter: Filter;
  readonly intake: Intake;
  readonly #logger: Logger;
  readonly #places = new Map<number, Place>();
  readonly #running = new Map<string, Running>();
  #uplinks: Uplink[] = [];
  #alerts: RecallAlerts | undefined;
  /** Of uplinks that a reload has ended. */
  readonly #uplinkCounts: UplinkCounts = { sent: 0, dead: 0, retries: 0 };

  constructor(config: CollectorConfig, spool: Spool, logger: Logger) {
    this.config = config;
    this.spool = spool;
    this.#logger = logger;
    this.alarms = new Alarms(logger);
    this.operations = new Operations(spool, logger);
    const identify = { urn: identifier('urn'), link: identifier('link') };
    this.filter = new Filter(this.#places, (key, filter) => identify[this.config.capture.epcs](key, filter));
    this.intake = new Intake({
      capture: config.capture,
      spool,
      filter: this.filter,
      alarms: this.alarms,
      operations: this.operations,
      logger,
      onCommit: () => this.#uplinks.forEach((uplink) => uplink.notify()),
    });
    this.intake.listening = () => new Map([...this.#running].map(([name, r]) => [name, r.listening.toText()]));
    this.intake.onBlocked = (blocked) => this.#running.forEach(({ source }) => source.block(blocked));
    const heard = spool.listening();
    for (const reader of everyReader(config)) {
      this.#add(reader, Listening.from(heard.get(reader.name), Date.now()));
    }
    this.#placed();
    this.filter.load(spool.pages(), spool.memory());
    this.#uplinks = config.endpoints.map((endpoint) => this.#uplink(endpoint));
    this.#alerts = this.#alertsOf(config);
    if (spool.deadLetters)
      this.alarms.raise('dead-letters', `${spool.deadLetters} events that the server refused are kept`);
  }

  #placed(): void {
    joinSiblings(this.#places.values());
    this.filter.placed();
  }

  start(): void {
    this.intake.flush(true); // from now on somebody listens, or it is told that nobody did
    for (const uplink of this.#uplinks) uplink.start();
    for (const { source } of this.#running.values()) source.start();
    this.#alerts?.start();
  }

  /** A place is that of a reader which is configured for it now. */
  #alertsOf({ alerts }: CollectorConfig): RecallAlerts | undefined {
    const readerAt = (place: string): string | undefined =>
      everyReader(this.config).find((reader) => {
        const places = [reader, ...Object.values(reader.antennas)];
        return places
          .flatMap(({ readPoint, bizLocation }) => [readPoint, bizLocation])
          .some((own) => own !== undefined && placeKey(own) === placeKey(place));
      })?.name;
    const { alarms, operations } = this;
    return alerts && new RecallAlerts(alerts, readerAt, { alarms, operations, logger: this.#logger });
  }

  #uplink(endpoint: EndpointConfig): Uplink {
    return new Uplink(endpoint, this.spool, this.alarms, this.#logger, () => this.intake.retry());
  }

  /** Makes a reader's places and its source, which is still to be started. */
  #add(config: AnyReader, listening: Listening): Running {
    const gpi = new Map<number, boolean>();
    const { intake, alarms, operations } = this;
    const source = sourceOf(config, {
      spotOf: (antenna: number): Spot => running.spots[antenna] ?? running.spots[0]!,
      listening,
      intake,
      alarms,
      operations,
      logger: this.#logger,
      onGpi: (edge: GpiEdge) => {
        gpi.set(edge.port, edge.high);
        intake.gpi(running.places, edge);
      },
      onGpiState: (port: number, high: boolean) => {
        gpi.set(port, high);
        intake.gpiFound(running.places, { reader: config.name, port, high, atMs: Date.now() });
      },
      onSetBack: (setBack: SetBack) => this.filter.setBack(running.places, setBack),
    });
    const running: Running = { config, listening, gpi, source, ...this.#placesOf(config, listening) };
    this.#running.set(config.name, running);
    return running;
  }

  #placesOf(config: AnyReader, listening: Listening): Pick<Running, 'places' | 'spots'> {
    const known = (id: number): Place | undefined => this.#places.get(id);
    const onTaskFault = (message: string): void => this.alarms.raise(`task:${config.name}`, message);
    const made = placesOf(config, listening, { spool: this.spool, known, onTaskFault });
    for (const place of made.places) this.#places.set(place.id, place);
    return made;
  }
  #leavePlaces({ places, listening }: Running): void {
    for (const place of places) if (leave(place, listening)) this.#places.delete(place.id);
  }

  async #end(running: Running): Promise<void> {
    const { config, source } = running;
    await within(source.stop(), GOODBYE_MS_MAX);
    this.intake.flush();
    this.#leavePlaces(running);
    this.#running.delete(config.name);
    this.alarms.clearReader(config.name);
  }

  async reload(config: CollectorConfig): Promise<{ readers: string[]; places: string[]; endpoints: boolean }> {
    for (const option of ['spool', 'spoolMaxBytes'] as const) {
      if (config[option] !== this.config[option])
        throw new AppError('invalid', `${option} cannot change while the collector runs`);
    }
    const wanted = new Map(everyReader(config).map((reader) => [reader.name, reader]));
    // What can be wrong with a reader beyond its schema is found before anything is touched.
    for (const reader of wanted.values()) checked(reader, this.spool);
    const changed = [...this.#running.values()].filter((r) => !same(r.config, wanted.get(r.config.name)));
    const placing = changed.filter((r) => isLinkKept(r.config, wanted.get(r.config.name)));
    const ending = changed.filter((r) => !placing.includes(r));
    await Promise.all(ending.map((running) => this.#end(running)));
    this.intake.flush();
    for (const running of placing) this.#leavePlaces(running);
    const before = this.config;
    this.config = config;
    this.intake.capture = config.capture;
    const heard = new Map(ending.map(({ config: { name }, listening }) => [name, listening]));
    const beginning = [...wanted.values()].filter(({ name }) => !this.#running.has(name));
    const added = beginning.map((reader) => this.#add(reader, heard.get(reader.name) ?? new Listening(Date.now())));
    for (const running of placing) this.#replace(running, wanted.get(running.config.name)!);
    this.#placed();
    for (const { source } of added) source.start();
    if (!same(before.alerts, config.alerts)) {
      await this.#alerts?.stop();
      this.#alerts = this.#alertsOf(config);
      this.#alerts?.start();
    }
    const endpoints = !same(before.endpoints, config.endpoints);
    if (endpoints) await this.#changeEndpoints(config.endpoints, before.endpoints);
    const readers = [...new Set([...ending, ...added].map((r) => r.config.name))];
    return { readers, places: placing.map((r) => r.config.name), endpoints };
  }

  /** Other places and another filter for a reader whose link goes on. */
  #replace(running: Running, config: AnyReader): void {
    this.alarms.clear(`task:${config.name}`);
    Object.assign(running, { config, ...this.#placesOf(config, running.listening) });
    running.source.placed?.(config);
  }

  async #changeEndpoints(endpoints: EndpointConfig[], before: EndpointConfig[]): Promise<void> {
    await Promise.all(this.#uplinks.map((uplink) => uplink.stop(0)));
    for (const { counts, name } of this.#uplinks) {
      for (const key of ['sent', 'dead', 'retries'] as const) this.#uplinkCounts[key] += counts[key];
      this.alarms.clear(`endpoint-refuses:${name}`);
      this.alarms.clear(`endpoint-unauthorised:${name}`);
    }
    try {
      const letGo = this.spool.setEndpoints(endpoints.map(({ name }) => name));
      if (letGo) this.#logger.warn({ events: letGo }, 'events that only a removed endpoint lacked have left the spool');
    } catch (error) {
      // A spool that cannot be written now: the endpoints stay as they were, and go on.
      this.config = { ...this.config, endpoints: before };
      this.#startUplinks(before);
      throw error;
    }
    this.#startUplinks(endpoints);
  }

  #startUplinks(endpoints: EndpointConfig[]): void {
    this.#uplinks = endpoints.map((endpoint) => this.#uplink(endpoint));
    for (const uplink of this.#uplinks) uplink.start();
  }

  stats(): CollectorStats {
    const { intake, filter, spool, alarms, operations } = this;
    const readers = [...this.#running.values()].map(({ config: { name, readPoint }, source, gpi }) => {
      const { state, counts } = source;
      const clockOffsetMs = Math.round(source.clockOffsetMs);
      return { name, readPoint, state, clockOffsetMs, gpi: Object.fromEntries(gpi), ...counts };
    });
    const sum = (key: keyof UplinkCounts): number =>
      this.#uplinks.reduce((all, { counts }) => all + counts[key], this.#uplinkCounts[key]);
    return {
      ...intake.counts,
      ...filter.counts,
      sent: sum('sent'),
      dead: sum('dead'),
      retries: sum('retries'),
      backlog: spool.backlog,
      deadLetters: spool.deadLetters,
      spoolBytes: spool.usedBytes,
      spoolBytesMax: this.config.spoolMaxBytes,
      tags: filter.size,
      gates: filter.gates(),
      reconnects: readers.reduce((all, reader) => all + Math.max(0, reader.connections - 1), 0),
      alarms: alarms.list(),
      operations: Object.fromEntries(operations.counts),
      readers,
      endpoints: this.#uplinks.map(({ name, url }) => ({ name, url, waiting: spool.waiting(name) })),
    };
  }

  async shutDown(): Promise<void> {
    this.intake.flush();
    await this.#alerts?.stop();
    await within(Promise.all([...this.#running.values()].map(({ source }) => source.stop())), GOODBYE_MS_MAX);
    this.intake.close();
    await Promise.all(this.#uplinks.map((uplink) => uplink.stop(DRAIN_MS_MAX)));
    this.operations.save();
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const isLinkKept = (before: AnyReader, after: AnyReader | undefined): boolean =>
  after !== undefined && same(linkConfigOf(before), linkConfigOf(after));
const everyReader = ({ readers, inputs }: CollectorConfig): AnyReader[] => [...readers, ...inputs];

/** What reads for a configured reader. Throws AppError('invalid') for a certificate that cannot be read. */
function sourceOf(config: AnyReader, parts: SourceParts): Source {
  if (!('type' in config)) return new ReaderSession({ config, tls: tlsOf(config), ...parts });
  if (config.type === 'mqtt') return mqttInput(config, certificatesOf(config.name, config.tls ?? {}), parts);
  return config.url === undefined ? webhookInput(config, parts) : streamInput(config, parts);
}

/** Throws AppError('invalid') for a reader whose places contradict each other or whose files are not there. */
function checked(reader: AnyReader, spool: Spool): void {
  placesOf(reader, new Listening(Date.now()), { spool, known: () => undefined });
  if (!('type' in reader)) tlsOf(reader);
  else if (reader.type === 'mqtt') certificatesOf(reader.name, reader.tls ?? {});
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, ms).unref())]);
}

/** Logs to stderr as JSON lines: standard output belongs to the command. */
export const stderrLogger = (level = 'info'): Logger => pino({ level }, pino.destination({ fd: 2, sync: true }));

/**
 * Starts reading from every reader and sending to the capture endpoints; resolves when the spool is open and the
 * readers are being called. Throws AppError: `conflict` when another process holds the spool, `invalid` for a
 * configuration that cannot work, `unavailable` for a spool that cannot be read.
 */
export async function startCollector(
  config: CollectorConfig,
  { logger = stderrLogger() }: { logger?: Logger } = {},
): Promise<Collector> {
  const endpoints = config.endpoints.map(({ name }) => name);
  const spool = new Spool(config.spool, config.spoolMaxBytes, endpoints);
  let wiring: Wiring;
  try {
    wiring = new Wiring(config, spool, logger);
  } catch (error) {
    spool.close();
    if (error instanceof RangeError) throw new AppError('unavailable', `spool ${config.spool}: ${error.message}`);
    throw error;
  }
  logger.info(
    { readers: config.readers.length, backlog: spool.backlog, tags: wiring.filter.size },
    'collector started',
  );
  wiring.start();
  const unwatchClock = watchHostClock(wiring.alarms);
  const status = setInterval(() => {
    wiring.operations.save();
    logger.info(wiring.stats(), 'status');
  }, STATUS_MS);
  let stopped: Promise<void> | undefined;
  let last: { stats: CollectorStats; operations: Operation[] } | undefined;
  let changing: Promise<unknown> = Promise.resolve();
  let served: Awaited<ReturnType<typeof serveStatus>> | undefined;
  const serve = async ({ listen }: CollectorConfig): Promise<void> => {
    await served?.close();
    served = listen && (await serveStatus(listen, collector));
  };
  const collector: Collector = {
    get statusPort() {
      return served?.port;
    },
    stats: () => last?.stats ?? wiring.stats(),
    operations: (limit) => last?.operations.slice(0, limit) ?? wiring.operations.latest(limit),
    reload: async (next) => {
      // One after the other; a stop waits for the one under way, and none begins behind it.
      const before = changing;
      const change = (async () => {
        await before;
        if (stopped) return;
        const { listen } = wiring.config;
        logger.info(await wiring.reload(next), 'configuration taken');
        if (!same(listen, next.listen)) await serve(next);
      })();
      changing = change.catch(() => undefined);
      await change;
    },
    stop: () => {
      stopped ??= (async () => {
        clearInterval(status);
        unwatchClock();
        await changing;
        await wiring.shutDown();
        await served?.close();
        last = { stats: wiring.stats(), operations: wiring.operations.latest(OPERATIONS_KEPT) };
        spool.close();
        logger.info(last.stats, 'collector stopped');
      })();
      return stopped;
    },
  };
  try {
    await serve(config);
  } catch (error) {
    await collector.stop();
    throw error;
  }
  return collector;
}
