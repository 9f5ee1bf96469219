import { createServer, type Server, type Socket } from 'node:net';
import { decode } from '../decode.ts';
import { encode } from '../encode.ts';
import { LlrpError } from '../error.ts';
import { FrameSplitter, headerOf } from '../frame.ts';
import type { Message, Parameter } from '../message.ts';
import { numberOf } from '../message.ts';
import type { Vendor } from './capabilities.ts';
import { type Outgoing, Reader } from './reader.ts';
import { SUCCESS, statusOf } from './refusal.ts';
import {
  DEFAULT_SCENARIO,
  Field,
  type Passage,
  type Passing,
  type Population,
  type Scenario,
  type Standing,
} from './scenario.ts';

/** How often time passes for the reader. */
const TICK_MS = 20;
/** Reports that are kept while nobody takes them; the oldest go first then, and the client is told. */
const REPORTS_KEPT_MAX = 66_000;
/** So many at once: taking one from the front of a long list is slow. */
const REPORTS_DROPPED = 1000;
/** How long a client may leave its side open after we have closed ours. */
const LINGER_MS = 1000;
/** A request longer than this is none that a client sends. */
const REQUEST_BYTES_MAX = 1024 * 1024;

export interface EmulatorOptions {
  /** 0 takes a free port. */
  port?: number;
  host?: string;
  scenario?: Scenario;
  seed?: number;
  vendor?: Vendor;
  /** The highest version it speaks. */
  llrp?: '1.0.1' | '1.1';
}

/** What really happened and what was sent of it. */
export interface Truth {
  passages: readonly Passage[];
  /** Reads sent or waiting in a report, by EPC. */
  reported: ReadonlyMap<string, number>;
  /** Reports lost because nobody took them. */
  reportsLost: number;
}

/** A reader to talk to, on a port of its own. */
export interface Emulator {
  readonly port: number;
  readonly host: string;
  /** Moves tags past antennas, beginning now or after startMs. */
  pass(tags: Population, how?: Omit<Passing, 'tags'>): Passage;
  /** Puts tags into the field until they are removed. */
  put(tags: Population, how?: Omit<Standing, 'tags'>): void;
  remove(tags: Population): void;
  truth(): Truth;
  /** Says ConnectionCloseEvent to the client and frees the port. */
  stop(): Promise<void>;
}

const nowUs = (): number => Date.now() * 1000;

/** READER_EVENT_NOTIFICATION with the reader's time. */
const notification = (event: Parameter): Outgoing => ({
  message: 'READER_EVENT_NOTIFICATION',
  parameters: [
    {
      parameter: 'ReaderEventNotificationData',
      parameters: [{ parameter: 'UTCTimestamp', Microseconds: nowUs() }, event],
    },
  ],
});

const attempt = (Status: string): Parameter => ({ parameter: 'ConnectionAttemptEvent', Status });

/** The side of the reader that faces the network: one client at a time, framing, versions, keepalives, queueing. */
class Link implements Emulator {
  readonly host: string;
  port = 0;
  readonly #server: Server;
  readonly #reader: Reader;
  readonly #versionMax: number;
  readonly #sockets = new Set<Socket>();
  #client: Socket | undefined;
  /** Version that the client and we agreed on. */
  #version = 1;
  #nextId = 1;
  /** Nothing but answers goes out before ENABLE_EVENTS_AND_REPORTS. */
  #held = false;
  #reports: Parameter[][] = [];
  #reported = new Map<string, number>();
  #reportsLost = 0;
  #overflow = false;
  #keepalive: NodeJS.Timeout | undefined;
  #keepaliveMs = 0;
  readonly #tick: NodeJS.Timeout;

  constructor(options: EmulatorOptions) {
    this.host = options.host ?? '127.0.0.1';
    this.#versionMax = options.llrp === '1.0.1' ? 1 : 2;
    const field = new Field(options.scenario ?? DEFAULT_SCENARIO, options.seed ?? 1, nowUs());
    this.#reader = new Reader(
      field,
      options.vendor ?? 'none',
      {
        report: (tags) => this.#report(tags),
        event: (event) => this.#event(event),
        configured: () => this.#schedule(),
      },
      nowUs,
    );
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#tick = setInterval(() => this.#reader.advance(), TICK_MS);
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        clearInterval(this.#tick);
        reject(error);
      });
      this.#server.listen(port, this.host, () => {
        const address = this.#server.address();
        this.port = typeof address === 'object' && address ? address.port : port;
        resolve();
      });
    });
  }

  pass(tags: Population, how: Omit<Passing, 'tags'> = {}): Passage {
    return this.#reader.field.pass({ ...how, tags }, nowUs());
  }

  put(tags: Population, how: Omit<Standing, 'tags'> = {}): void {
    this.#reader.field.put({ ...how, tags }, nowUs());
  }

  remove(tags: Population): void {
    this.#reader.field.remove(tags);
  }

  truth(): Truth {
    return { passages: this.#reader.field.passages, reported: this.#reported, reportsLost: this.#reportsLost };
  }

  stop(): Promise<void> {
    clearInterval(this.#tick);
    clearInterval(this.#keepalive);
    if (this.#client) this.#send(this.#client, notification({ parameter: 'ConnectionCloseEvent' }));
    for (const socket of this.#sockets) this.#hangUp(socket);
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#left(socket));
    if (this.#client) {
      this.#send(socket, notification(attempt('Failed_A_Client_Initiated_Connection_Already_Exists')), 1);
      socket.resume();
      this.#hangUp(socket);
      this.#event(attempt('Another_Connection_Attempted'));
      return;
    }
    this.#client = socket;
    this.#version = 1;
    this.#reader.extensions = false;
    this.#held = this.#reader.configuration.hold;
    const splitter = new FrameSplitter(REQUEST_BYTES_MAX);
    socket.on('data', (chunk: Buffer) => this.#take(socket, splitter, chunk));
    socket.on('drain', () => this.#flush());
    this.#send(socket, notification(attempt('Success')));
    this.#schedule(true);
    this.#flush();
  }

  /** The client is gone; the ROSpecs go on. */
  #left(socket: Socket): void {
    this.#sockets.delete(socket);
    if (this.#client !== socket) return;
    this.#client = undefined;
    clearInterval(this.#keepalive);
  }

  /** Sends what is on its way and closes; the next client may come at once. */
  #hangUp(socket: Socket): void {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    if (this.#client === socket) {
      this.#client = undefined;
      clearInterval(this.#keepalive);
    }
  }

  #take(socket: Socket, splitter: FrameSplitter, chunk: Buffer): void {
    try {
      for (const frame of splitter.push(chunk)) {
        if (socket.destroyed || socket.writableEnded) return;
        this.#answer(socket, frame);
      }
    } catch (error) {
      if (!(error instanceof LlrpError)) throw error;
      // nobody knows where the next message begins
      this.#send(socket, { message: 'ERROR_MESSAGE', parameters: [statusOf('M_ParameterError', error.message)] });
      this.#hangUp(socket);
    }
  }

  #answer(socket: Socket, frame: Uint8Array): void {
    const { id, version } = headerOf(frame);
    let request: Message;
    try {
      request = decode(frame);
    } catch (error) {
      if (!(error instanceof LlrpError)) throw error;
      this.#send(
        socket,
        { message: 'ERROR_MESSAGE', parameters: [statusOf('M_ParameterError', error.message)] },
        this.#version,
        id,
      );
      return;
    }
    const negotiation = this.#versionMax >= 2 ? NEGOTIATION[request.message] : undefined;
    if (negotiation) {
      const [answer, chosen] = negotiation(this.#version, this.#versionMax, numberOf(request, 'ProtocolVersion'));
      this.#send(socket, answer, 2, id);
      this.#version = chosen;
    } else if (version === this.#version) {
      this.#dispatch(socket, request, id);
    } else {
      const status = statusOf(
        'M_UnsupportedVersion',
        `version ${version}, but the session has version ${this.#version}`,
      );
      this.#send(socket, { message: 'ERROR_MESSAGE', parameters: [status] }, this.#version, id);
    }
  }

  #dispatch(socket: Socket, request: Message, id: number): void {
    if (request.message === 'ENABLE_EVENTS_AND_REPORTS') {
      this.#held = false;
      this.#flush();
    } else if (request.message === 'CLOSE_CONNECTION') {
      this.#send(socket, { message: 'CLOSE_CONNECTION_RESPONSE', parameters: [SUCCESS] }, this.#version, id);
      this.#hangUp(socket);
    } else {
      for (const answer of this.#reader.handle(request)) this.#send(socket, answer, this.#version, id);
    }
  }

  /** Everything that leaves the reader goes through here. What is no answer carries the reader's own id. */
  #send(socket: Socket, message: Outgoing, version = this.#version, id?: number): void {
    if (socket.destroyed || socket.writableEnded) return;
    socket.write(encode({ ...message, version, id: id ?? this.#takeId() }));
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId = id === 0xffffffff ? 1 : id + 1;
    return id;
  }

  #event(event: Parameter): void {
    if (this.#client && !this.#held) this.#send(this.#client, notification(event));
  }

  #report(tags: Parameter[]): void {
    for (const tag of tags) this.#count(tag);
    this.#reports.push(tags);
    if (this.#reports.length >= REPORTS_KEPT_MAX + REPORTS_DROPPED) {
      this.#reports.splice(0, REPORTS_DROPPED);
      this.#reportsLost += REPORTS_DROPPED;
      this.#overflow = true;
    }
    this.#flush();
  }

  #count(tag: Parameter): void {
    const first = tag.parameters?.[0]?.['EPC'];
    const epc = typeof first === 'string' ? first : (first as { hex: string }).hex;
    this.#reported.set(epc, (this.#reported.get(epc) ?? 0) + 1);
  }

  /** Sends reports as long as the client takes them. */
  #flush(): void {
    const client = this.#client;
    if (!client || this.#held) return;
    let sent = 0;
    for (const tags of this.#reports) {
      if (client.writableNeedDrain || client.destroyed) break;
      this.#send(client, { message: 'RO_ACCESS_REPORT', parameters: tags });
      sent++;
    }
    this.#reports.splice(0, sent);
    if (this.#overflow && this.#reports.length === 0) {
      this.#overflow = false;
      this.#event({ parameter: 'ReportBufferOverflowErrorEvent' });
    }
  }

  /** Keepalives as the configuration asks for them; begins anew when the period changes or a client comes. */
  #schedule(again = false): void {
    const { keepaliveMs } = this.#reader.configuration;
    if (!again && keepaliveMs === this.#keepaliveMs) return;
    this.#keepaliveMs = keepaliveMs;
    clearInterval(this.#keepalive);
    if (keepaliveMs === 0) return;
    this.#keepalive = setInterval(() => {
      if (this.#client) this.#send(this.#client, { message: 'KEEPALIVE', parameters: [] });
    }, keepaliveMs);
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

/**
 * Starts a reader that serves a scripted field to any LLRP client, strictly by the standard.
 * Its field may be changed while it runs: `pass` pushes a pallet through the gate.
 *
 * @throws LlrpError for a scenario that cannot be, or the system's error when the port is taken
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const link = new Link(options);
  await link.listen(options.port ?? 0);
  return link;
}
