// The line between reader and collector, which breaks as it is told, and the witness of what went over it: every read
// handed to the collector, which of them were acknowledged, and when the link was up. It shares no state with either
// side. Times are those of the simulated day.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { child, decode, FrameSplitter, headerOf, type Parameter } from 'node-llrp';

const RO_ACCESS_REPORT = 61;
const KEEPALIVE = 62;
const READER_EVENT_NOTIFICATION = 63;
const ENABLE_EVENTS_AND_REPORTS = 64;
const KEEPALIVE_ACK = 72;
/** A side that does not end its connection after the other has is cut. */
const CLOSE_MS_MAX = 100;
/** Reader events that tell of lost coverage, by the operations event that must follow. */
const TELLING: Record<string, (event: Parameter) => string> = {
  ReportBufferOverflowErrorEvent: () => 'overflow',
  AntennaEvent: (event) => (event['EventType'] === 'Antenna_Connected' ? 'antenna-connected' : 'antenna-lost'),
};

/** What is known of an EPC at an antenna. */
export interface Sight {
  /** When reads of it were handed over that were acknowledged later. */
  acknowledged: number[];
  sentFirst: number;
  sentLast: number;
}
/** A connection on which the collector read: from its ENABLE_EVENTS_AND_REPORTS to the last byte that it was given. */
export interface Up {
  /** When the connection came. */
  joined: number;
  from: number;
  to: number;
}
interface Read {
  key: string;
  at: number;
}

/** One connection through the relay. */
class Pair {
  readonly client: Socket;
  readonly reader: Socket;
  readonly fromReader = new FrameSplitter();
  readonly fromClient = new FrameSplitter();
  readonly joined: number;
  up: Up | undefined;
  /** Reads and events since the last KEEPALIVE, and by the KEEPALIVE that followed them. */
  open: { reads: Read[]; events: string[] } = { reads: [], events: [] };
  readonly pending = new Map<number, Pair['open']>();
  /** Chunks that wait while the line says nothing; undefined while it is alive. */
  waiting: (() => void)[] | undefined;
  halve = false;

  constructor(client: Socket, reader: Socket, joined: number) {
    this.joined = joined;
    this.client = client;
    this.reader = reader;
  }
}

export class Relay {
  readonly sights = new Map<string, Sight>();
  readonly ups: Up[] = [];
  /** Acknowledged events of the reader by the name of their operations event. */
  readonly told = new Map<string, number>();
  sent = 0;
  sentAt = 0;
  acknowledged = 0;
  connections = 0;
  readonly #now: () => number;
  readonly #readerPort: () => number;
  #server: Server | undefined;
  #pair: Pair | undefined;
  #deadUntil = 0;

  constructor(now: () => number, readerPort: () => number) {
    this.#now = now;
    this.#readerPort = readerPort;
  }

  async open(): Promise<void> {
    const server = createServer({ noDelay: true }, (client) => this.#join(client));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  get port(): number {
    return (this.#server!.address() as AddressInfo).port;
  }
  /** The collector reads from the reader. */
  get isUp(): boolean {
    return this.#pair?.up !== undefined;
  }

  /** Ends the connection: by reset or in order, at once or in the middle of what comes next. */
  cut(how: { reset: boolean; half: boolean }): void {
    const pair = this.#pair;
    if (!pair) return;
    if (how.half) pair.halve = true;
    else this.#end(pair, how.reset);
  }

  /** From now on nothing passes, either way, though the sockets stay open; until the function is called. */
  stall(): () => void {
    const pair = this.#pair;
    if (!pair) return () => {};
    pair.waiting ??= [];
    return () => {
      const { waiting = [] } = pair;
      pair.waiting = undefined;
      for (const act of waiting) act();
    };
  }

  /** There is no network until then. */
  dead(until: number): void {
    this.#deadUntil = Math.max(this.#deadUntil, until);
    if (this.#pair) this.#end(this.#pair, true);
  }

  #end(pair: Pair, reset: boolean): void {
    const sockets = [pair.client, pair.reader];
    for (const socket of sockets) {
      if (reset) socket.resetAndDestroy();
      else socket.end();
    }
    if (!reset) setTimeout(() => sockets.forEach((socket) => socket.destroy()), CLOSE_MS_MAX);
    this.#over(pair);
  }

  #over(pair: Pair): void {
    pair.up = undefined;
    pair.pending.clear();
    if (this.#pair === pair) this.#pair = undefined;
  }

  #join(client: Socket): void {
    this.connections++;
    client.on('error', () => {});
    const port = this.#readerPort();
    if (port === 0 || this.#now() < this.#deadUntil) return void client.resetAndDestroy();
    const reader = connect({ port, host: '127.0.0.1', noDelay: true });
    const pair = new Pair(client, reader, this.#now());
    this.#pair ??= pair;
    const pass = (act: () => void): void => void (pair.waiting ? pair.waiting.push(act) : act());
    reader.on('connect', () => (this.#pair = this.#pair?.waiting ? this.#pair : pair));
    reader.on('data', (chunk) => pass(() => this.#down(pair, chunk)));
    client.on('data', (chunk) => pass(() => this.#upward(pair, chunk)));
    reader.on('error', () => {});
    for (const [one, other] of [
      [client, reader],
      [reader, client],
    ] as const) {
      one.on('close', () =>
        pass(() => {
          other.destroy();
          this.#over(pair);
        }),
      );
    }
  }

  /** From reader to collector. */
  #down(pair: Pair, chunk: Buffer): void {
    if (pair.client.destroyed || pair.client.writableEnded) return;
    if (pair.halve) {
      pair.client.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => this.#end(pair, true));
      pair.client.pause();
      pair.reader.pause();
      return;
    }
    const at = this.#now();
    for (const frame of this.#frames(pair, chunk)) {
      const { type, id } = headerOf(frame);
      if (type === RO_ACCESS_REPORT) this.#report(pair, frame, at);
      else if (type === READER_EVENT_NOTIFICATION) this.#event(pair, frame);
      else if (type === KEEPALIVE) {
        pair.pending.set(id, pair.open);
        pair.open = { reads: [], events: [] };
      }
    }
    if (pair.up) pair.up.to = at;
    pair.client.write(chunk);
  }

  /** Whole messages; none any more when the framing is lost. */
  #frames(pair: Pair, chunk: Buffer): Uint8Array[] {
    try {
      return [...pair.fromReader.push(chunk)];
    } catch {
      return [];
    }
  }

  #report(pair: Pair, frame: Uint8Array, at: number): void {
    for (const { epc, antenna } of readsIn(frame)) {
      const key = `${epc} ${antenna}`;
      const sight = this.sights.get(key);
      if (sight) sight.sentLast = at;
      else this.sights.set(key, { acknowledged: [], sentFirst: at, sentLast: at });
      this.sent++;
      this.sentAt = at;
      pair.open.reads.push({ key, at });
    }
  }

  #event(pair: Pair, frame: Uint8Array): void {
    for (const event of child(decode(frame), 'ReaderEventNotificationData')?.parameters ?? []) {
      const kind = TELLING[event.parameter]?.(event);
      if (kind !== undefined) pair.open.events.push(kind);
    }
  }

  /** From collector to reader. */
  #upward(pair: Pair, chunk: Buffer): void {
    for (const frame of pair.fromClient.push(chunk)) {
      const { type, id } = headerOf(frame);
      if (type === ENABLE_EVENTS_AND_REPORTS) {
        const now = this.#now();
        pair.up = { joined: pair.joined, from: now, to: now };
        this.ups.push(pair.up);
      } else if (type === KEEPALIVE_ACK) this.#acknowledged(pair, id);
    }
    if (!pair.reader.destroyed && !pair.reader.writableEnded) pair.reader.write(chunk);
  }

  /** An acknowledgement covers everything before its KEEPALIVE. */
  #acknowledged(pair: Pair, id: number): void {
    if (!pair.pending.has(id)) return;
    for (const [earlier, { reads, events }] of pair.pending) {
      for (const { key, at } of reads) this.sights.get(key)?.acknowledged.push(at);
      for (const kind of events) this.told.set(kind, (this.told.get(kind) ?? 0) + 1);
      this.acknowledged += reads.length;
      pair.pending.delete(earlier);
      if (earlier === id) break;
    }
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    if (this.#pair) this.#end(this.#pair, true);
    await new Promise((resolve) => server.close(resolve));
  }
}

/** EPCs of 96 bits in hex with their antennas; a report that cannot be read has none. */
function readsIn(frame: Uint8Array): { epc: string; antenna: number }[] {
  try {
    return (decode(frame).parameters ?? []).flatMap((tag) => {
      const epc = child(tag, 'EPC_96')?.['EPC'];
      const antenna = child(tag, 'AntennaID')?.['AntennaID'];
      return typeof epc === 'string' && typeof antenna === 'number' ? [{ epc, antenna }] : [];
    });
  } catch {
    return [];
  }
}
