import type { Socket } from 'node:net';
import { decode } from '../decode.ts';
import { encode } from '../encode.ts';
import { LlrpError } from '../error.ts';
import { FrameSplitter, headerOf } from '../frame.ts';
import { type Message, numberOf, type Parameter } from '../message.ts';
import { inVersion } from './access.ts';
import { MODELS, type Vendor } from './capabilities.ts';
import { ReaderClock } from './clock.ts';
import { settingOf } from './configuration.ts';
import { type FaultName, type FaultNumbers, FaultPlan } from './faults.ts';
import { type Additions, INJECT, type Target, withAdditions } from './inject.ts';
import { type Outgoing, type Outlet, Reader } from './reader.ts';
import { SUCCESS, statusOf } from './refusal.ts';
import { Field, type Scenario } from './scenario.ts';
import { epcOfTag } from './tag-report.ts';
import type { TruthLog } from './truth.ts';
import { type Kind, undisturbed, Wire } from './wire.ts';

/** How often time passes for the reader. */
const TICK_MS = 20;
/** Reports that are kept while nobody takes them; the oldest go first then, and the client is told. */
const REPORTS_KEPT_MAX = 66_000;
/** So many at once: taking one from the front of a long list is slow. */
const REPORTS_DROPPED = 1000;
/** How long a client may leave its side open after we have closed ours. */
const LINGER_MS = 1000;
/** How long reports are held back for the end of an ROSpec. */
const HOLD_MS_MAX = 60_000;
/** A request longer than this is none that a client sends. */
const REQUEST_BYTES_MAX = 1024 * 1024;
const ATTEMPT: Record<number, string> = {
  1: 'Failed_A_Reader_Initiated_Connection_Already_Exists',
  2: 'Failed_A_Client_Initiated_Connection_Already_Exists',
  3: 'Failed_Reason_Other_Than_A_Connection_Already_Exists',
};

export interface LinkOptions {
  scenario: Scenario;
  seed: number;
  vendor: Vendor;
  versionMax: number;
  truth: TruthLog;
}

const nowUs = (): number => Date.now() * 1000;
const attempt = (Status: string): Parameter => ({ parameter: 'ConnectionAttemptEvent', Status });
const error = (code: string, text: string): Outgoing => ({
  message: 'ERROR_MESSAGE',
  parameters: [statusOf(code, text)],
});

/** The side of the reader that faces the network: one client at a time, framing, versions, keepalives, queueing. */
export class Link implements Outlet, Target {
  readonly seed: number;
  readonly reader: Reader;
  readonly clock: ReaderClock;
  readonly line = undisturbed();
  readonly additions: Additions = { custom: 0, odd: { times: 0, bits: 0 } };
  versionError = { code: 0, times: 0 };
  taken = { untilMs: 0, status: 2 };
  reportsLost = 0;
  readonly #truth: TruthLog;
  readonly #faults: FaultPlan;
  readonly #versionMax: number;
  readonly #sockets = new Set<Socket>();
  #client: Wire | undefined;
  /** Version that the client and we agreed on. */
  #version = 1;
  #nextId = 1;
  /** Nothing but answers goes out before ENABLE_EVENTS_AND_REPORTS. */
  #held = false;
  /** Reports that wait, because of a fault, until after the end of the ROSpec. */
  #late: { ms: number; untilMs: number } | undefined;
  #reports: Parameter[][] = [];
  #overflow = false;
  #keepalive: NodeJS.Timeout | undefined;
  #keepaliveMs = 0;
  /** Keepalives that nobody has acknowledged. */
  #unanswered = 0;
  readonly #tick: NodeJS.Timeout;

  constructor({ scenario, seed, vendor, versionMax, truth }: LinkOptions) {
    const startUs = nowUs();
    this.seed = seed;
    this.#truth = truth;
    this.#versionMax = versionMax;
    this.clock = new ReaderClock(scenario.clock ?? {}, startUs);
    this.#faults = new FaultPlan(scenario.faults ?? [], seed, startUs);
    const field = new Field(scenario, seed, startUs, MODELS[vendor].gpis);
    this.reader = new Reader({
      field,
      vendor,
      memory: scenario.memory ?? {},
      outlet: this,
      clock: this.clock,
      truth,
      now: nowUs,
    });
    this.#tick = setInterval(() => this.#pass(), TICK_MS);
  }

  /** Says ConnectionCloseEvent and closes every connection. */
  stop(): void {
    clearInterval(this.#tick);
    clearInterval(this.#keepalive);
    if (this.#client) this.#notify(this.#client, { parameter: 'ConnectionCloseEvent' });
    for (const socket of this.#sockets) this.#hangUp(socket);
  }

  inject(fault: FaultName, numbers: FaultNumbers): void {
    const nowMs = Date.now();
    this.#truth.add('fault', nowMs, { fault, numbers, client: this.#client !== undefined });
    INJECT[fault](this, numbers, nowMs);
    this.#flush();
  }

  #pass(): void {
    for (const { fault, numbers } of this.#faults.due(nowUs())) this.inject(fault, numbers);
    this.reader.advance();
    if (this.#late && Date.now() >= this.#late.untilMs) this.#late = undefined;
    this.#flush();
  }

  /** A newcomer: the one client, or one too many. */
  accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#left(socket));
    const nowMs = Date.now();
    const from = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
    const refused = nowMs < this.taken.untilMs ? this.taken.status : this.#client ? 2 : 0;
    this.#truth.add('connection', nowMs, { from, refused });
    if (refused !== 0) {
      const wire = new Wire(socket, undisturbed(), () => undefined);
      this.#notify(wire, attempt(ATTEMPT[refused] ?? ''), 1);
      socket.resume();
      this.#hangUp(socket);
      this.event(attempt('Another_Connection_Attempted'));
      return;
    }
    const wire = new Wire(socket, this.line, (fault, detail) =>
      this.#truth.add('fault-hit', Date.now(), { fault, ...detail }),
    );
    this.#client = wire;
    this.#version = 1;
    this.reader.extensions = false;
    this.#held = this.reader.configuration.hold;
    const splitter = new FrameSplitter(REQUEST_BYTES_MAX);
    socket.on('data', (chunk: Buffer) => this.#take(wire, splitter, chunk));
    socket.on('drain', () => this.#flush());
    this.#notify(wire, attempt('Success'));
    this.#schedule();
    this.#flush();
  }

  /** The client is gone; the ROSpecs go on. */
  #left(socket: Socket): void {
    this.#sockets.delete(socket);
    if (this.#client?.socket !== socket) return;
    this.#release();
  }

  #release(): void {
    this.#client = undefined;
    this.#truth.add('disconnection', Date.now());
    clearInterval(this.#keepalive);
  }

  /** Sends what is on its way and closes; the next client may come at once. */
  #hangUp(socket: Socket): void {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    if (this.#client?.socket === socket) this.#release();
  }

  #take(wire: Wire, splitter: FrameSplitter, chunk: Buffer): void {
    const { socket } = wire;
    try {
      for (const frame of splitter.push(chunk)) {
        if (socket.destroyed || socket.writableEnded) return;
        this.#answer(wire, frame);
      }
    } catch (cause) {
      if (!(cause instanceof LlrpError)) throw cause;
      // nobody knows where the next message begins
      this.#send(wire, error('M_ParameterError', cause.message), 'answer');
      this.#hangUp(socket);
    }
  }

  #answer(wire: Wire, frame: Uint8Array): void {
    const { id, version } = headerOf(frame);
    let request: Message;
    try {
      request = decode(frame);
    } catch (cause) {
      if (!(cause instanceof LlrpError)) throw cause;
      this.#reply(wire, error('M_ParameterError', cause.message), id);
      return;
    }
    const negotiation = NEGOTIATION[request.message];
    if (negotiation && this.versionError.times > 0) {
      this.#failVersion(wire, id);
    } else if (negotiation && this.#versionMax >= 2) {
      const [answer, chosen] = negotiation(this.#version, this.#versionMax, numberOf(request, 'ProtocolVersion'));
      this.#reply(wire, answer, id, 2);
      this.#version = chosen;
    } else if (version === this.#version) {
      this.#dispatch(wire, request, id);
    } else {
      const text = `version ${version}, but the session has version ${this.#version}`;
      this.#reply(wire, error('M_UnsupportedVersion', text), id);
    }
  }

  #failVersion(wire: Wire, id: number): void {
    this.versionError.times--;
    const { code } = this.versionError;
    this.#truth.add('fault-hit', Date.now(), { fault: 'version-error', code });
    if (code === 0) this.#hangUp(wire.socket);
    else this.#reply(wire, error(code === 109 ? 'M_UnsupportedMessage' : 'M_UnsupportedVersion', ''), id);
  }

  #dispatch(wire: Wire, request: Message, id: number): void {
    if (request.message === 'ENABLE_EVENTS_AND_REPORTS') {
      this.#held = false;
      this.#flush();
    } else if (request.message === 'KEEPALIVE_ACK') {
      this.#unanswered = 0;
    } else if (request.message === 'CLOSE_CONNECTION') {
      this.#reply(wire, { message: 'CLOSE_CONNECTION_RESPONSE', parameters: [SUCCESS] }, id);
      this.#hangUp(wire.socket);
    } else {
      for (const answer of this.reader.handle(request)) this.#reply(wire, answer, id);
    }
  }

  /** An answer carries the id of its request. */
  #reply(wire: Wire, message: Outgoing, id: number, version = this.#version): void {
    this.#send(wire, message, 'answer', version, id);
  }

  /** What is no answer carries the reader's own id. */
  #send(wire: Wire, message: Outgoing, kind: Kind, version = this.#version, id?: number): boolean {
    return wire.write(encode({ ...message, version, id: id ?? this.#takeId() }), kind);
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = id === 0xffffffff ? 1 : id + 1;
    return id;
  }

  /** READER_EVENT_NOTIFICATION with the reader's time. */
  #notify(wire: Wire, event: Parameter, version = this.#version): void {
    const data = { parameter: 'ReaderEventNotificationData', parameters: [this.clock.stamp(nowUs()), event] };
    this.#send(wire, { message: 'READER_EVENT_NOTIFICATION', parameters: [data] }, 'event', version);
  }

  event(event: Parameter): void {
    if (this.#client && !this.#held) this.#notify(this.#client, event);
  }

  ended(): void {
    if (this.#late) this.#late.untilMs = Date.now() + this.#late.ms;
  }

  tell(message: Outgoing): void {
    if (this.#client) this.#send(this.#client, message, 'event');
  }

  raw(bytes: Uint8Array): void {
    this.#client?.raw(bytes);
  }

  holdReports(ms: number): void {
    this.#late = { ms, untilMs: Date.now() + HOLD_MS_MAX };
  }

  loseOldest(count: number): void {
    const lost = this.#reports.splice(0, count);
    if (lost.length === 0) return;
    this.reportsLost += lost.length;
    this.#truth.add('lost', Date.now(), { epcs: lost.flatMap((tags) => tags.map(epcOfTag)) });
  }

  queue(report: Parameter[]): void {
    for (const tag of report) this.#truth.report(epcOfTag(tag));
    this.#reports.push(report);
    if (this.#reports.length < REPORTS_KEPT_MAX + REPORTS_DROPPED) return;
    this.loseOldest(REPORTS_DROPPED);
    this.#overflow = true;
  }

  report(tags: Parameter[]): void {
    this.queue(tags);
    this.#flush();
  }

  /** Sends reports as long as the client takes them. */
  #flush(): void {
    const wire = this.#client;
    if (!wire || this.#held || this.#late) return;
    let sent = 0;
    for (const report of this.#reports) {
      if (!wire.ready) break;
      const tags = withAdditions(report, this.additions).map((tag) => inVersion(tag, this.#version));
      const whole = this.#send(wire, { message: 'RO_ACCESS_REPORT', parameters: tags }, 'report');
      this.#told(report, whole);
      sent++;
    }
    if (sent > 0) this.#reports.splice(0, sent);
    if (this.#overflow && this.#reports.length === 0) {
      this.#overflow = false;
      this.event({ parameter: 'ReportBufferOverflowErrorEvent' });
    }
  }

  #told(report: readonly Parameter[], whole: boolean): void {
    const nowMs = Date.now();
    const epcs = report.map(epcOfTag);
    if (whole) for (const epc of epcs) this.#truth.sent(epc, nowMs);
    else this.#truth.add('lost', nowMs, { epcs });
  }

  configured(): void {
    if (this.reader.configuration.keepaliveMs !== this.#keepaliveMs) this.#schedule();
  }

  /** Keepalives as the configuration asks for them; begins anew when the period changes or a client comes. */
  #schedule(): void {
    const { keepaliveMs } = this.reader.configuration;
    this.#keepaliveMs = keepaliveMs;
    clearInterval(this.#keepalive);
    if (keepaliveMs === 0 || !this.#client) return;
    this.#unanswered = 0;
    this.#keepalive = setInterval(() => this.#sayAlive(), keepaliveMs);
  }

  /** A keepalive; a reader that monitors its link hangs up when too many have had no answer. */
  #sayAlive(): void {
    if (!this.#client) return;
    const monitor = settingOf(this.reader.configuration, 'ImpinjLinkMonitorConfiguration');
    const most = monitor?.['LinkMonitorMode'] === 'Enabled' ? numberOf(monitor, 'LinkDownThreshold') : Infinity;
    if (this.#unanswered >= most) return this.#hangUp(this.#client.socket);
    this.#unanswered++;
    this.#send(this.#client, { message: 'KEEPALIVE', parameters: [] }, 'keepalive');
  }
}

/** Answers about versions, always in a version 2 header, and the version that holds from then on (LLRP 1.1 section 10.1). */
const NEGOTIATION: Record<string, (current: number, max: number, wanted: number) => [Outgoing, number]> = {
  GET_SUPPORTED_VERSION: (current, max) => [
    {
      message: 'GET_SUPPORTED_VERSION_RESPONSE',
      CurrentVersion: current,
      SupportedVersion: max,
      parameters: [SUCCESS],
    },
    current,
  ],
  SET_PROTOCOL_VERSION: (current, max, wanted) => {
    const known = wanted >= 1 && wanted <= max;
    const status = known ? SUCCESS : statusOf('M_UnsupportedVersion', `version ${wanted} is not supported`);
    return [{ message: 'SET_PROTOCOL_VERSION_RESPONSE', parameters: [status] }, known ? wanted : current];
  },
};
