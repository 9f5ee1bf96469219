import {
  type CloseReason,
  child,
  connect,
  type LlrpClient,
  LlrpError,
  type Message,
  numberOf,
  type TagColumns,
} from 'node-llrp';
import type { Logger } from 'pino';
import { messageOf } from '../src/error.ts';
import type { Alarms } from './alarm.ts';
import { Backoff, pause } from './backoff.ts';
import { ReaderClock, type Stamp } from './clock.ts';
import type { ReaderConfig } from './config.ts';
import type { Listening } from './filter/listening.ts';
import type { Intake } from './intake.ts';
import { ReadRow, type Spot } from './read-row.ts';
import { configure, reconcile, rospecOf, subscribe } from './rospec.ts';

const RETRY_FIRST_MS = 250;
const RETRY_MS_MAX = 30_000;
/** A link that ran this long was a good one: the next loss starts again with a short wait. */
const STEADY_MS = 60_000;
/** Nothing at all for this many keepalive periods is a dead link. */
const SILENT_PERIODS = 3;
const MALFORMED_KEPT_BYTES = 4096;

export interface SessionCounts {
  connections: number;
  malformed: number;
  misreads: number;
  clockJumps: number;
  badTimes: number;
}

/** PEM texts for the client, already read from their files. */
export type Tls = boolean | { ca?: string; cert?: string; key?: string; serverName?: string };

/** Everything a session needs from its surroundings. */
export interface SessionParts {
  config: ReaderConfig;
  tls: Tls;
  /** Where an antenna's reads count; 0 = an antenna that is not configured. */
  spotOf: (antenna: number) => Spot;
  listening: Listening;
  intake: Intake;
  alarms: Alarms;
  logger: Logger;
}

/** The reader's time in a READER_EVENT_NOTIFICATION. */
export function stampOf(message: Message): Stamp | undefined {
  const data = child(message, 'ReaderEventNotificationData');
  const [utc, uptime] = [child(data, 'UTCTimestamp'), child(data, 'Uptime')];
  if (utc) return { kind: 'utc', ms: numberOf(utc, 'Microseconds') / 1000 };
  return uptime && { kind: 'uptime', ms: numberOf(uptime, 'Microseconds') / 1000 };
}

/** One reader, for as long as the collector runs: connect, configure, read, and again after every loss. */
export class ReaderSession {
  readonly counts: SessionCounts = { connections: 0, malformed: 0, misreads: 0, clockJumps: 0, badTimes: 0 };
  readonly #parts: SessionParts;
  readonly #log: Logger;
  readonly #name: string;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff(RETRY_FIRST_MS, RETRY_MS_MAX);
  readonly #row: ReadRow;
  #client: LlrpClient | undefined;
  #clock: ReaderClock;
  #heardAt = 0;
  #runsSince = Infinity;
  #watchdog: NodeJS.Timeout | undefined;
  #onClose: (reason: CloseReason) => void = () => {};
  #heldSince: number | undefined;
  #unblocked: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  /** For the status: where the session stands. */
  state: 'idle' | 'connecting' | 'configuring' | 'running' | 'backoff' | 'full' | 'stopped' = 'idle';

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#name = parts.config.name;
    this.#log = parts.logger.child({ reader: this.#name });
    this.#clock = this.#newClock();
    this.#row = new ReadRow(this.counts);
  }

  get clockOffsetMs(): number {
    return this.#clock.utcOffsetMs;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Reading stops while the spool is full: the socket is left unread and TCP holds the reader back. */
  block(blocked: boolean): void {
    if (blocked) this.#client?.pause();
    else {
      this.#heardAt = Date.now();
      this.#client?.resume();
      this.#unblocked();
    }
  }

  /** Says goodbye and ends; a connection attempt under way is not waited for. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#unblocked();
    const attempt = this.#client === undefined;
    await this.#client?.close();
    if (!attempt) await this.#running;
    this.state = 'stopped';
  }

  #newClock(): ReaderClock {
    return new ReaderClock(this.#parts.config.maxClockOffsetMs, (offsetMs) => {
      this.counts.clockJumps++;
      this.#log.warn({ offsetMs: Math.round(offsetMs) }, "the reader's clock jumped; its offset starts anew");
    });
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#room();
      this.#runsSince = Infinity;
      try {
        await this.#once();
      } catch (error) {
        this.#failed(error);
      }
      this.#client = undefined;
      if (Date.now() - this.#runsSince >= STEADY_MS) this.#backoff.reset();
      if (this.#stop.signal.aborted) break;
      this.state = 'backoff';
      await pause(this.#backoff.next(), this.#stop.signal);
    }
  }

  async #room(): Promise<void> {
    while (this.#parts.intake.blocked && !this.#stop.signal.aborted) {
      this.state = 'full';
      await new Promise<void>((resolve) => (this.#unblocked = resolve));
    }
    this.#unblocked = () => {};
  }

  /** One connection from dialling to its end. */
  async #once(): Promise<void> {
    this.state = 'connecting';
    this.#clock = this.#newClock();
    const closed = new Promise<CloseReason>((resolve) => (this.#onClose = resolve));
    const client = await this.#connect();
    if (this.#stop.signal.aborted) return client.destroy();
    this.#client = client;
    try {
      await this.#prepare(client);
    } catch (error) {
      client.destroy(messageOf(error));
      throw error;
    }
    this.#watch(client);
    if (this.#parts.intake.blocked) client.pause();
    const reason = await closed;
    clearInterval(this.#watchdog);
    this.#parts.listening.lost();
    if (this.#stop.signal.aborted) return;
    this.#log.warn({ reason: reason.code }, `link lost: ${reason.message}`);
    this.#parts.alarms.raise(`reader-link:${this.#name}`, `link lost: ${reason.message}`);
  }

  #connect(): Promise<LlrpClient> {
    const { host, port, version } = this.#parts.config;
    const options = { host, port, version, tls: this.#parts.tls };
    return connect(options, {
      onReport: (columns, _frame, client) => this.#report(columns, client),
      onEvent: (message, client) => this.#event(message, client),
      onKeepalive: (message, client) => this.#parts.intake.afterCommit(() => client.acknowledge(message.id)),
      onMalformed: (error, frame) => this.#malformed(error, frame),
      onBytes: () => this.#heard(),
      onClose: (reason) => this.#onClose(reason),
    });
  }

  #heard(): void {
    this.#heardAt = Date.now();
    this.#parts.listening.heard(this.#heardAt);
  }

  /** Greeted: capabilities, configuration, ROSpec, and the reports that the reader held. */
  async #prepare(client: LlrpClient): Promise<void> {
    this.state = 'configuring';
    this.#greeted(client);
    const { config, alarms, listening } = this.#parts;
    const capabilities = await client.request({ message: 'GET_READER_CAPABILITIES', RequestedData: 'All' });
    await configure(client, config, capabilities);
    await subscribe(client).catch((error: unknown) => {
      if (!(error instanceof LlrpError) || error.code !== 'STATUS') throw error;
      this.#log.warn(`the reader refuses some event notifications: ${error.message}`);
    });
    const done = await reconcile(client, rospecOf(config, capabilities), config.deleteForeignSpecs);
    client.send({ message: 'ENABLE_EVENTS_AND_REPORTS' });
    this.state = 'running';
    this.counts.connections++;
    for (const kind of ['held', 'link', 'configuration'] as const) alarms.clear(`reader-${kind}:${this.#name}`);
    this.#heldSince = undefined;
    this.#runsSince = Date.now();
    const gap = listening.found(Date.now());
    this.#log.info(
      { ...done, version: client.version, gap, clockOffsetMs: Math.round(this.clockOffsetMs) },
      'reader runs',
    );
    if (done.foreignActive.length) this.#log.warn({ rospecs: done.foreignActive }, "other clients' ROSpecs are active");
  }

  /** The greeting sets the clock; reports may come right behind it, before `connect` has resolved. */
  #greeted(client: LlrpClient): void {
    if (this.#clock.greeted || !client.greeting) return;
    const stamp = stampOf(client.greeting);
    if (stamp) this.#clock.observe(stamp, client.greetedAt);
    this.#clock.greeted = true;
  }

  #report(columns: TagColumns, client: LlrpClient): void {
    this.#greeted(client);
    const now = Date.now();
    for (let i = 0; i < columns.count; i++) {
      const read = this.#row.read(columns, i, this.#clock, now);
      if (!read) continue;
      const { place, minRssi } = this.#parts.spotOf(columns.antenna[i]!);
      this.#parts.intake.read(place, read, now, minRssi);
    }
    if (this.#row.badTimes !== this.counts.badTimes) {
      this.counts.badTimes = this.#row.badTimes;
      this.#parts.alarms.raise(`reader-time:${this.#name}`, 'reads carry times that cannot be; their arrival is taken');
    }
  }

  #event(message: Message, client: LlrpClient): void {
    this.#greeted(client);
    const stamp = stampOf(message);
    if (stamp) this.#clock.observe(stamp, Date.now());
    const data = child(message, 'ReaderEventNotificationData');
    const { alarms } = this.#parts;
    for (const event of data?.parameters ?? []) {
      if (event === child(data, 'UTCTimestamp') || event === child(data, 'Uptime')) continue;
      this.#log.info({ event }, event.parameter);
      if (event.parameter === 'ReportBufferOverflowErrorEvent') {
        alarms.raise(`reader-overflow:${this.#name}`, 'the reader dropped reads: its report buffer overflowed');
      }
      if (event.parameter !== 'AntennaEvent') continue;
      if (event['EventType'] === 'Antenna_Connected') alarms.clear(`reader-antenna:${this.#name}`);
      else alarms.raise(`reader-antenna:${this.#name}`, `antenna ${numberOf(event, 'AntennaID')} is not connected`);
    }
  }

  #malformed(error: LlrpError, frame: Uint8Array): void {
    this.counts.malformed++;
    const hex = Buffer.from(frame.subarray(0, MALFORMED_KEPT_BYTES)).toString('hex');
    this.#log.warn({ hex, bytes: frame.length }, `malformed message: ${error.message}`);
  }

  #watch(client: LlrpClient): void {
    const silentMs = SILENT_PERIODS * this.#parts.config.keepaliveMs;
    this.#heardAt = Date.now();
    this.#watchdog = setInterval(
      () => {
        if (this.#parts.intake.blocked || Date.now() - this.#heardAt < silentMs) return;
        client.destroy(`nothing received for ${silentMs} ms`);
      },
      Math.max(10, this.#parts.config.keepaliveMs / 4),
    );
  }

  #failed(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { alarms } = this.#parts;
    const message = messageOf(error);
    const held = error instanceof LlrpError && /another client holds|opened itself/.test(message);
    if (held) {
      this.#heldSince ??= Date.now();
      const seconds = Math.round((Date.now() - this.#heldSince) / 1000);
      this.#log.warn({ heldSeconds: seconds }, `${message}, for ${seconds} s`);
      return alarms.raise(`reader-held:${this.#name}`, message);
    }
    const refused = error instanceof LlrpError && error.code === 'STATUS';
    alarms.raise(`reader-${refused ? 'configuration' : 'link'}:${this.#name}`, message);
    this.#log.warn(message);
    this.#parts.listening.lost();
  }
}
