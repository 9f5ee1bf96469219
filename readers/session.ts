import {
  child,
  connect,
  enableImpinjExtensions,
  type Handlers,
  type LlrpClient,
  LlrpError,
  type Message,
  numberOf,
  type Parameter,
  readCapabilities,
  type TagColumns,
  textOf,
} from 'node-llrp';
import type { Logger } from 'pino';
import { messageOf } from '../src/error.ts';
import { Backoff, pause } from './backoff.ts';
import { Calls } from './calls.ts';
import type { ClockMemory } from './clock-kept.ts';
import { ReaderClock, type SetBack, type Stamp } from './clock.ts';
import type { ReaderConfig } from './config.ts';
import { type Misfit, misfits } from './fit.ts';
import { newestOf, ReadRow } from './read-row.ts';
import {
  antennaStates,
  configure,
  makerOf,
  type Reconciled,
  reconcile,
  rospecOf,
  subscribe,
  watchInputs,
} from './rospec.ts';
import type { Source, SourceCounts, SourceParts } from './source.ts';
import type { Tls } from './tls.ts';

const RETRY_FIRST_MS = 250;
const RETRY_MS_MAX = 30_000;
/** A link that ran this long was a good one: the next loss starts again with a short wait. */
const STEADY_MS = 60_000;
/** Nothing at all for this many keepalive periods is a dead link. */
const SILENT_PERIODS = 3;
/** What a stop may wait for the reader to stop its ROSpec. */
const STOP_MS_MAX = 1000;
const MALFORMED_KEPT_BYTES = 4096;
/** Parts of a reader event that only say when. */
const STAMPS = new Set(['UTCTimestamp', 'Uptime']);
const CLOCK_SET = "the reader's clock was set while what it had read waited: times are not certain";

/** What an event of our ROSpec says: whether it runs now. */
const READS: Record<string, boolean> = { Start_Of_ROSpec: true, End_Of_ROSpec: false, Preemption_Of_ROSpec: false };

/** Everything a session needs from its surroundings. */
interface SessionParts extends SourceParts {
  config: ReaderConfig;
  tls: Tls;
}

/** The reader's time in a READER_EVENT_NOTIFICATION. */
export function stampOf(message: Message): Stamp | undefined {
  const data = child(message, 'ReaderEventNotificationData');
  const [utc, uptime] = [child(data, 'UTCTimestamp'), child(data, 'Uptime')];
  if (utc) return { kind: 'utc', ms: numberOf(utc, 'Microseconds') / 1000 };
  return uptime && { kind: 'uptime', ms: numberOf(uptime, 'Microseconds') / 1000 };
}

/** The reader understood and said no. */
const refusedBy = (error: unknown): error is LlrpError => error instanceof LlrpError && error.code === 'STATUS';

const textOfAll = (unfit: Misfit[]): string => unfit.map(({ text }) => text).join('; ');

/** One reader, for as long as the collector runs: connect, configure, read, and again after every loss. */
export class ReaderSession implements Source {
  readonly counts: SourceCounts = { connections: 0, malformed: 0, misreads: 0, clockJumps: 0, badTimes: 0 };
  readonly #parts: SessionParts;
  readonly #log: Logger;
  readonly #name: string;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff(RETRY_FIRST_MS, RETRY_MS_MAX);
  readonly #row: ReadRow;
  #client: LlrpClient | undefined;
  #rospecId = 0;
  #clock: ReaderClock;
  #dialledAt = 0;
  #heardAt = 0;
  #runsSince = Infinity;
  #watchdog: NodeJS.Timeout | undefined;
  readonly #calls: Calls | undefined;
  #heldSince: number | undefined;
  /** Why nothing is read, for the gap that ends with the next connection. */
  #lostBy = 'the collector did not run';
  /** The first keepalive after the last report, or since the link runs. */
  #quietSince: number | undefined;
  /** Times are not certain before what waited has come in: it counts as not heard. */
  #unsure = false;
  #unblocked: () => void = () => {};
  #running: Promise<void> = Promise.resolve();
  /** For the status: where the session stands. */
  state: Source['state'] = 'idle';

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#name = parts.config.name;
    this.#log = parts.logger.child({ reader: this.#name });
    this.#clock = this.#newClock(parts.listening.clock);
    parts.listening.remember = () => this.#clock.memory(parts.listening.reachedMs);
    parts.listening.keepalives.periodMs = parts.config.keepaliveMs;
    this.#row = new ReadRow(this.counts);
    const { config, tls } = parts;
    const certificates = typeof tls === 'object' ? tls : undefined;
    if (config.listen)
      this.#calls = new Calls(config, certificates, this.#handlers, (error, address) =>
        this.#log.warn({ address }, `a call came to nothing: ${error.message}`),
      );
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
      this.#heard(true);
      this.#client?.resume();
      this.#unblocked();
    }
  }

  placed(config: ReaderConfig): void {
    this.#parts.config = config;
    this.#row.forget();
  }

  /** Says goodbye and ends; a connection attempt under way is not waited for. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#unblocked();
    const attempt = this.#client === undefined;
    if (this.#client && this.#rospecId && this.#parts.config.stopOnExit) await this.#stopRospec(this.#client);
    await this.#client?.close();
    await this.#calls?.close();
    if (!attempt) await this.#running;
    this.state = 'stopped';
  }

  async #stopRospec(client: LlrpClient): Promise<void> {
    client.resume();
    try {
      await client.request({ message: 'DISABLE_ROSPEC', ROSpecID: this.#rospecId }, { deadlineMs: STOP_MS_MAX });
    } catch (error) {
      this.#log.warn(`the ROSpec could not be stopped: ${messageOf(error)}`);
    }
  }

  /** The clock of a connection, which knows what that of the one before has left behind. */
  #newClock(before: ClockMemory | undefined): ReaderClock {
    const jumped = (offsetMs: number, setBack?: SetBack): void => {
      this.counts.clockJumps++;
      this.#parts.operations.note('clock-jump', this.#name, { offsetMs: Math.round(offsetMs) });
      if (setBack) this.#parts.onSetBack(setBack);
    };
    return new ReaderClock(this.#parts.config.maxClockOffsetMs, jumped, before, this.#parts.onSetBack);
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
    this.#clock = this.#newClock(this.#clock.memory(this.#parts.listening.reachedMs));
    this.#dialledAt = Date.now();
    const client = await this.#connect();
    if (!client || this.#stop.signal.aborted) return client?.destroy();
    this.#client = client;
    try {
      await this.#prepare(client);
    } catch (error) {
      client.destroy(messageOf(error));
      throw error;
    }
    this.#watch(client);
    if (this.#parts.intake.blocked) client.pause();
    const reason = await client.closed;
    clearInterval(this.#watchdog);
    this.#lost(reason.message);
    if (this.#stop.signal.aborted) return;
    this.#log.warn({ reason: reason.code }, `link lost: ${reason.message}`);
    this.#parts.alarms.raise(`reader-link:${this.#name}`, `link lost: ${reason.message}`);
  }

  /** A link, dialled or called for; undefined when the session stops first. */
  #connect(): Promise<LlrpClient | undefined> {
    const { host = '', port, version, listen } = this.#parts.config;
    if (!this.#calls) return connect({ host, port, version, tls: this.#parts.tls }, this.#handlers);
    const { alarms, listening } = this.#parts;
    if (listening.deaf) alarms.raise(`reader-link:${this.#name}`, `the reader has not called port ${listen!.port}`);
    return this.#calls.next(this.#stop.signal);
  }

  readonly #handlers: Handlers = {
    onReport: (columns, _frame, client) => this.#report(columns, client),
    onEvent: (message, client) => this.#event(message, client),
    onKeepalive: (message, client) => this.#keepalive(message, client),
    onMalformed: (error, frame) => this.#malformed(error, frame),
    onBytes: () => this.#heard(),
  };

  /** Something came, or may come again. */
  #heard(isPaused = false): void {
    this.#heardAt = Date.now();
    this.#parts.listening.heard(this.#heardAt, isPaused);
    this.#sure(this.#heardAt);
  }

  /** What waited has come in, or nobody can tell any more by keepalives. */
  #sure(now: number): void {
    if (this.#unsure && !this.#parts.listening.keepalives.isHeld(now)) this.#found();
  }

  #keepalive(message: Message, client: LlrpClient): void {
    const { intake, listening } = this.#parts;
    const now = Date.now();
    listening.keepalives.came(now);
    this.#quietSince ??= now;
    if (!listening.keepalives.isHeld(now)) this.#clock.quiet(now - this.#quietSince);
    this.#sure(now);
    intake.afterCommit(() => client.acknowledge(message.id));
  }

  /** Nothing is heard from here on, or nothing of which it is known when it was. */
  #lost(by: string, isUnsure = false): void {
    const { listening } = this.#parts;
    if (isUnsure && listening.deaf) return;
    this.#lostBy = by;
    this.#unsure = isUnsure;
    listening.lost();
  }

  /** A time in which nothing was read is told: nobody can know what passed. */
  #found(): void {
    this.#unsure = false;
    const gap = this.#parts.listening.found(Date.now());
    if (!gap || gap.to <= gap.from) return;
    const [from, to] = [gap.from, gap.to].map((ms) => new Date(ms).toISOString());
    this.#parts.operations.note('gap', this.#name, { from, to, reason: this.#lostBy });
  }

  /** Greeted: capabilities, configuration, ROSpec, and the reports that the reader held. */
  async #prepare(client: LlrpClient): Promise<void> {
    this.state = 'configuring';
    this.#greeted(client);
    const { config, alarms } = this.#parts;
    const capabilities = await readCapabilities(client);
    const unfit = misfits(config, capabilities);
    if (unfit.some(({ fatal }) => fatal)) throw new LlrpError('CAPABILITY', textOfAll(unfit));
    await configure(client, config, capabilities);
    await subscribe(client).catch((error: unknown) => {
      if (!refusedBy(error)) throw error;
      this.#log.warn(`the reader refuses some event notifications: ${error.message}`);
    });
    const done = await this.#runRospec(client, capabilities);
    await this.#watchInputs(client, capabilities);
    this.#rospecId = done.id;
    this.#quietSince = undefined;
    client.send({ message: 'ENABLE_EVENTS_AND_REPORTS' });
    this.state = 'running';
    this.counts.connections++;
    for (const kind of ['held', 'link', 'idle'] as const) alarms.clear(`reader-${kind}:${this.#name}`);
    if (unfit.length) alarms.raise(`reader-configuration:${this.#name}`, textOfAll(unfit));
    else alarms.clear(`reader-configuration:${this.#name}`);
    this.#heldSince = undefined;
    this.#runsSince = Date.now();
    this.#found();
    this.#log.info({ ...done, version: client.version, clockOffsetMs: Math.round(this.clockOffsetMs) }, 'reader runs');
    void this.#askAntennas(client);
    if (done.foreignActive.length) this.#log.warn({ rospecs: done.foreignActive }, "other clients' ROSpecs are active");
  }

  /** A reader that refuses its maker's extensions is read by the standard alone. */
  async #runRospec(client: LlrpClient, capabilities: Message): Promise<Reconciled> {
    const { config } = this.#parts;
    const maker = makerOf(capabilities);
    if (maker) {
      try {
        if (maker === 'Impinj') await enableImpinjExtensions(client);
        return await reconcile(client, rospecOf(config, capabilities, maker), config.deleteForeignSpecs);
      } catch (error) {
        if (!refusedBy(error)) throw error;
        this.#log.warn(`read without the extensions of ${maker}: ${error.message}`);
      }
    }
    return await reconcile(client, rospecOf(config, capabilities, undefined), config.deleteForeignSpecs);
  }

  async #watchInputs(client: LlrpClient, capabilities: Message): Promise<void> {
    const { config, onGpiState } = this.#parts;
    try {
      for (const [port, high] of await watchInputs(client, config, makerOf(capabilities))) onGpiState(port, high);
    } catch (error) {
      if (!refusedBy(error)) throw error;
      const { alarms } = this.#parts;
      alarms.raise(`reader-inputs:${this.#name}`, `the inputs cannot be watched: ${error.message}`);
      return;
    }
    this.#parts.alarms.clear(`reader-inputs:${this.#name}`);
  }

  /** An antenna that was lost or found while nobody listened made an event that nobody heard. */
  async #askAntennas(client: LlrpClient): Promise<void> {
    const { config, listening } = this.#parts;
    const wanted = new Set([...Object.keys(config.antennas).map(Number), ...(config.rospec.antennas ?? [])]);
    try {
      const changed = listening.antennas.found(await antennaStates(client), wanted);
      for (const { antenna, connected } of changed) this.#antenna(antenna, connected, Date.now());
      this.#antennaAlarm();
    } catch (error) {
      this.#log.warn(`the antennas cannot be asked for: ${messageOf(error)}`);
    }
  }

  #antenna(antenna: number, connected: boolean, atMs: number): void {
    const kind = connected ? 'antenna-connected' : 'antenna-lost';
    this.#parts.operations.note(kind, this.#name, { antenna }, atMs);
    this.#antennaAlarm();
  }

  #antennaAlarm(): void {
    const { alarms, listening } = this.#parts;
    const { lost } = listening.antennas;
    if (lost.length === 0) alarms.clear(`reader-antenna:${this.#name}`);
    else alarms.raise(`reader-antenna:${this.#name}`, `antenna ${lost.join(', ')} is not connected`);
  }

  /** The reader has begun to read, or stopped: while its ROSpec does not run nothing is heard. */
  #reading(begun: boolean): void {
    const { alarms } = this.#parts;
    if (begun) {
      alarms.clear(`reader-idle:${this.#name}`);
      return this.#found();
    }
    this.#lost('the reader stopped its ROSpec');
    alarms.raise(`reader-idle:${this.#name}`, 'the reader has stopped reading: its ROSpec ended');
  }

  /** The greeting sets the clock; reports may come right behind it, before `connect` has resolved. */
  #greeted(client: LlrpClient): void {
    if (this.#clock.greeted || !client.greeting) return;
    // a reader that calls has made its greeting a moment ago, one that is called after that
    const since = this.#calls ? client.greetedAt : this.#dialledAt;
    this.#clock.greet(stampOf(client.greeting), client.greetedAt, since);
  }

  #report(columns: TagColumns, client: LlrpClient): void {
    this.#greeted(client);
    this.#quietSince = undefined;
    const now = Date.now();
    const newest = newestOf(columns);
    const { listening } = this.#parts;
    if (newest) this.#clock.saw(newest, now);
    listening.inDoubt = this.#clock.inDoubt;
    listening.goesBack = this.#clock.goesBack;
    const atMs = newest && this.#clock.dated(newest, now);
    if (atMs !== undefined && listening.leaps(atMs, now)) this.#lost(CLOCK_SET, true);
    this.#row.report(columns, this.#clock, now, this.#parts.spotOf, this.#parts.intake);
    if (atMs !== undefined) listening.saw(atMs, now);
    if (this.#row.badTimes !== this.counts.badTimes) {
      this.counts.badTimes = this.#row.badTimes;
      this.#parts.alarms.raise(`reader-time:${this.#name}`, 'reads carry times that cannot be; their arrival is taken');
    }
  }

  #event(message: Message, client: LlrpClient): void {
    this.#greeted(client);
    const stamp = stampOf(message);
    const now = Date.now();
    if (stamp) this.#clock.observe(stamp, now);
    const atMs = stamp ? this.#clock.correct(stamp, now) : now;
    const data = child(message, 'ReaderEventNotificationData');
    for (const event of data?.parameters ?? []) {
      const tell = this.#telling[event.parameter];
      if (tell) tell(event, atMs);
      else if (!STAMPS.has(event.parameter)) this.#log.info({ event }, event.parameter);
    }
  }

  /** What each reader event means for operators and filters; all others are logged. */
  readonly #telling: Record<string, (event: Parameter, atMs: number) => void> = {
    GPIEvent: (event, atMs) => {
      const edge = {
        reader: this.#name,
        port: numberOf(event, 'GPIPortNumber'),
        high: event['GPIEvent'] === true,
        atMs,
      };
      this.#log.info(edge, 'GPI');
      this.#parts.onGpi(edge);
    },
    AntennaEvent: (event, atMs) => {
      const antenna = numberOf(event, 'AntennaID');
      const connected = event['EventType'] === 'Antenna_Connected';
      this.#parts.listening.antennas.told(antenna, connected);
      this.#antenna(antenna, connected, atMs);
    },
    ReportBufferOverflowErrorEvent: (_event, atMs) => {
      const { alarms, operations } = this.#parts;
      operations.note('overflow', this.#name, { reason: 'the report buffer of the reader overflowed' }, atMs);
      alarms.raise(`reader-overflow:${this.#name}`, 'the reader dropped reads: its report buffer overflowed');
    },
    ROSpecEvent: (event) => {
      if (numberOf(event, 'ROSpecID') !== this.#rospecId || this.#stop.signal.aborted) return;
      const begun = READS[textOf(event, 'EventType')];
      if (begun !== undefined) this.#reading(begun);
    },
    ReaderExceptionEvent: (event, atMs) => {
      this.#parts.operations.note('reader-exception', this.#name, { message: textOf(event, 'Message') }, atMs);
    },
  };

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
        const silent = (): boolean => !this.#parts.intake.blocked && Date.now() - this.#heardAt >= silentMs;
        // After a long turn of our own there may be bytes that nobody has looked at: they are read first.
        if (silent()) setImmediate(() => silent() && client.destroy(`nothing received for ${silentMs} ms`));
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
      const since = new Date(this.#heldSince).toISOString();
      return alarms.raise(`reader-held:${this.#name}`, `${message}, since ${since} or longer: stop that client`);
    }
    const refused = refusedBy(error) || (error instanceof LlrpError && error.code === 'CAPABILITY');
    const advice = refusedBy(error) ? `${message}; tagtrail collect --check tells what stands in the way` : message;
    alarms.raise(`reader-${refused ? 'configuration' : 'link'}:${this.#name}`, advice);
    this.#log.warn(message);
    if (!this.#parts.listening.deaf) this.#lost(message);
  }
}
