// A reader from the outside world, written from the standard and sharing nothing with node-llrp: it says exactly
// what a test tells it to, byte by byte.
import { createServer, type Server, type Socket } from 'node:net';

const KEEPALIVE_ACK = 72;
const ROSPEC = 177;

const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255]);
const u32 = (n: number): Buffer => Buffer.from([n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
function u64(n: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(Math.round(n)));
  return bytes;
}
const tlv = (type: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u16(type), u16(4 + body.length), body]);
};
const tv = (type: number, value: Buffer): Buffer => Buffer.concat([Buffer.from([0x80 | type]), value]);
const frame = (type: number, id: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u16((1 << 10) | type), u32(10 + body.length), u32(id), body]);
};
const status = (code = 0): Buffer => tlv(287, u16(code), u16(0));

/** One read; times in ms since 1970, or since the reader's start with `uptime`. */
export interface StandInRead {
  epc: Buffer;
  antenna?: number;
  rssi?: number;
  atMs?: number;
  count?: number;
  uptime?: boolean;
  /** The PC word; not told without. */
  pc?: number;
}

/** SGTIN-96 of company prefix 0614141, item 112345: bytes and pure identity URI. */
export function sgtin(serial: number): { epc: Buffer; uri: string } {
  const bits = (0x30n << 88n) | (1n << 85n) | (5n << 82n) | (614141n << 58n) | (112345n << 38n) | BigInt(serial);
  const epc = Buffer.from(bits.toString(16).padStart(24, '0'), 'hex');
  return { epc, uri: `urn:epc:id:sgtin:0614141.112345.${serial}` };
}

export class StandInReader {
  readonly server: Server;
  readonly acknowledged = new Set<number>();
  readonly rospecs = new Map<number, { state: number; bytes: Buffer }>();
  /** Types of the requests that came, in order. */
  readonly requests: number[] = [];
  connections = 0;
  /** What the reader's clock shows more than the host's, ms. */
  clockMs = 0;
  /** Greet with Uptime instead of UTC. */
  uptime = false;
  /** Connections still to be refused with "a client initiated connection already exists". */
  refusals = 0;
  silent = false;
  /** Private enterprise number that its capabilities show; none are told without. */
  manufacturer = 0;
  /** CommunicationsStandard: with it come powers of 10, 20 and 30 dBm, fixed channels, mode 5 and two inputs. */
  standard = 0;
  keepaliveMs = 0;
  /** A ROSpec with an immediate trigger starts by itself, as it must. */
  startsItself = true;
  socket: Socket | undefined;
  #keepaliveId = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #started = Date.now() - 100_000;

  private constructor() {
    this.server = createServer((socket) => this.#serve(socket));
  }

  static async start(port = 0): Promise<StandInReader> {
    const reader = new StandInReader();
    await new Promise<void>((resolve) => reader.server.listen(port, '127.0.0.1', resolve));
    return reader;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }
  /** A client is connected and a ROSpec is active. */
  get running(): boolean {
    return this.socket !== undefined && [...this.rospecs.values()].some((spec) => spec.state === 2);
  }
  now(): number {
    return this.uptime ? Date.now() - this.#started : Date.now() + this.clockMs;
  }

  #stamp(): Buffer {
    return tlv(this.uptime ? 129 : 128, u64(this.now() * 1000));
  }
  #event(...parts: Buffer[]): Buffer {
    return frame(63, 0, tlv(246, this.#stamp(), ...parts));
  }
  /** A READER_EVENT_NOTIFICATION that carries the reader's time. */
  sendRospecEvent(): void {
    this.socket?.write(this.#event(tlv(249, Buffer.from([0]), u32(1), u32(0))));
  }

  /** An AntennaEvent: connected, or lost. */
  antennaEvent(antenna: number, connected: boolean): void {
    this.socket?.write(this.#event(tlv(255, Buffer.from([connected ? 1 : 0]), u16(antenna))));
  }
  /** A change at a general purpose input. */
  gpiEvent(port: number, high: boolean): void {
    this.socket?.write(this.#event(tlv(248, u16(port), Buffer.from([high ? 0x80 : 0]))));
  }

  #serve(socket: Socket): void {
    this.connections++;
    socket.on('error', () => {});
    if (this.refusals-- > 0) return void socket.end(this.#event(tlv(256, u16(2))));
    this.socket?.destroy();
    this.socket = socket;
    this.silent = false;
    clearInterval(this.#timer);
    socket.on('close', () => {
      if (this.socket === socket) this.socket = undefined;
    });
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 10 && rest.length >= rest.readUInt32BE(2)) {
        const message = rest.subarray(0, rest.readUInt32BE(2));
        rest = rest.subarray(message.length);
        if (!this.silent)
          this.#answer(socket, message.readUInt16BE(0) & 1023, message.readUInt32BE(6), message.subarray(10));
      }
    });
    socket.write(this.#event(tlv(256, u16(0))));
  }

  #answer(socket: Socket, type: number, id: number, body: Buffer): void {
    if (type === KEEPALIVE_ACK) return void this.acknowledged.add(id);
    this.requests.push(type);
    const reply = (of: number, ...parts: Buffer[]): void => void socket.write(frame(of, id, ...parts));
    const set = (spec: number, state: number | undefined): void => {
      const known = this.rospecs.get(spec);
      if (known && state !== undefined) known.state = state;
      else this.rospecs.delete(spec);
      reply(type + 10, status(known ? 0 : 101));
    };
    const rospec = body.length >= 4 ? body.readUInt32BE(0) : 0;
    const answers: Record<number, () => void> = {
      1: () => reply(11, status(), ...this.#capabilities()),
      3: () => {
        const at = body.indexOf(u16(220));
        if (at === 1) this.#keepalives(socket, body.readUInt32BE(at + 5));
        reply(13, status());
      },
      14: () => socket.end(frame(4, id, status())),
      20: () => {
        const own = body.readUInt32BE(4);
        const twice = this.rospecs.has(own);
        if (!twice) this.rospecs.set(own, { state: 0, bytes: Buffer.from(body) });
        reply(30, status(twice ? 101 : 0));
      },
      21: () => set(rospec, undefined),
      22: () => set(rospec, 2),
      25: () => set(rospec, 0),
      24: () => set(rospec, this.startsItself && this.rospecs.get(rospec)?.bytes[18] ? 2 : 1),
      26: () => {
        const list = [...this.rospecs.values()].map((spec) => {
          spec.bytes[9] = spec.state;
          return spec.bytes;
        });
        reply(36, status(), ...list);
      },
      64: () => {},
    };
    const answer = answers[type];
    if (answer) answer();
    else reply(100, status(110));
  }

  /** GeneralDeviceCapabilities: four antennas, a UTC clock. */
  #capabilities(): Buffer[] {
    if (!this.manufacturer && !this.standard) return [];
    const gpio = tlv(141, u16(this.standard ? 2 : 0), u16(0));
    const air = tlv(140, u16(1), u16(1), Buffer.from([1]));
    const sensitivity = tlv(139, u16(1), u16(0));
    const general = tlv(137, u16(4), u16(0x4000), u32(this.manufacturer), u32(1), u16(0), sensitivity, gpio, air);
    return this.standard ? [general, this.#region()] : [general];
  }
  #region(): Buffer {
    const powers = [1000, 2000, 3000].map((hundredths, i) => tlv(145, u16(i + 1), u16(hundredths)));
    const channels = tlv(148, u16(2), u32(865_700), u32(866_300));
    const miller = Buffer.from([0, 2, 0, 2]);
    const rates = [250_000, 1500, 6250, 25_000, 0].map(u32);
    const modes = tlv(328, tlv(329, u32(5), miller, ...rates));
    return tlv(143, u16(276), u16(this.standard), tlv(144, ...powers, tlv(146, Buffer.from([0]), channels), modes));
  }

  #keepalives(socket: Socket, periodMs: number): void {
    this.keepaliveMs = periodMs;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      if (!this.silent && this.socket === socket) socket.write(frame(62, ++this.#keepaliveId));
    }, periodMs);
  }

  /** A foreign client's ROSpec that stands on the reader, active. */
  plantRospec(id: number): void {
    const trigger = tlv(178, tlv(179, Buffer.from([0])), tlv(182, Buffer.from([0]), u32(0)));
    const aispec = tlv(183, u16(1), u16(0), tlv(184, Buffer.from([0]), u32(0)), tlv(186, u16(1), Buffer.from([1])));
    this.rospecs.set(id, { state: 2, bytes: tlv(ROSPEC, u32(id), Buffer.from([0, 2]), trigger, aispec) });
  }

  /** One RO_ACCESS_REPORT. */
  report(reads: StandInRead[]): Buffer {
    const tags = reads.map(
      ({ epc, antenna = 1, rssi = -50, atMs = this.now(), count = 1, uptime = this.uptime, pc }) => {
        const [first, last] = uptime ? [3, 5] : [2, 4];
        const name = epc.length === 12 ? tv(13, epc) : tlv(241, u16(epc.length * 8), epc);
        const times = [tv(first, u64(atMs * 1000)), tv(last, u64(atMs * 1000))];
        const word = pc === undefined ? [] : [tv(12, u16(pc))];
        const rest = [...times, tv(8, u16(count)), ...word];
        return tlv(240, name, tv(1, u16(antenna)), tv(6, Buffer.from([rssi & 255])), ...rest);
      },
    );
    return frame(61, 7, ...tags);
  }
  send(reads: StandInRead[]): void {
    this.socket?.write(this.report(reads));
  }

  /** Sends a KEEPALIVE; resolves true when it is acknowledged, false after `ms`. */
  async barrier(ms = 5000): Promise<boolean> {
    const id = 1_000_000 + ++this.#keepaliveId;
    this.socket?.write(frame(62, id));
    return await until(() => this.acknowledged.has(id), ms);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.socket?.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Waits until `holds`; false when it does not within `ms`. */
export async function until(holds: () => boolean, ms = 10_000): Promise<boolean> {
  const deadline = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return true;
}
