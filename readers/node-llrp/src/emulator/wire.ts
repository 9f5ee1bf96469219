import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What kind of message goes out; faults choose by it. */
export type Kind = 'answer' | 'report' | 'event' | 'keepalive';

/** How the line is disturbed at the moment. It outlives a connection, except for what is timed. */
export interface Disturbance {
  cut: 'any' | 'report' | undefined;
  silentUntil: number;
  dripUntil: number;
  bytesPerSecond: number;
  /** Messages that still go into the same write. */
  join: number;
  delay: { times: number; ms: number };
  reorder: number;
  drop: number;
  duplicate: number;
}

export const undisturbed = (): Disturbance => ({
  cut: undefined,
  silentUntil: 0,
  dripUntil: 0,
  bytesPerSecond: 0,
  join: 0,
  delay: { times: 0, ms: 0 },
  reorder: 0,
  drop: 0,
  duplicate: 0,
});

const DRIP_EVERY_MS = 50;
/** Bytes that wait for the drip before reports have to wait. */
const DRIP_BYTES_MAX = 64 * 1024;
/** Messages that wait for company, and answers for a report, wait so long. */
const WAIT_MS_MAX = 500;

/** Between half a message and the reset. */
const RESET_AFTER_MS = 20;

/** What a fault did to a message. */
export type Hit = (fault: string, detail: { kind: Kind; bytes: number }) => void;

/** One connection's way out: every byte of the reader goes through here, and the line's faults happen here. */
export class Wire {
  readonly socket: Socket;
  readonly #line: Disturbance;
  readonly #hit: Hit;
  #slow: Uint8Array[] = [];
  #slowBytes = 0;
  #joined: Uint8Array[] = [];
  #parked: Uint8Array[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #dripping: NodeJS.Timeout | undefined;

  constructor(socket: Socket, line: Disturbance, hit: Hit) {
    this.socket = socket;
    this.#line = line;
    this.#hit = hit;
    socket.once('close', () => this.#closed());
  }

  get silent(): boolean {
    return Date.now() < this.#line.silentUntil;
  }

  /** Whether a report may be written now. */
  get ready(): boolean {
    const { socket } = this;
    const open = !socket.destroyed && !socket.writableEnded && !socket.writableNeedDrain;
    return open && !this.silent && this.#slowBytes < DRIP_BYTES_MAX;
  }

  /** Sends one message, or what the faults make of it; false when it, or a part, is lost. */
  write(frame: Uint8Array, kind: Kind): boolean {
    const { socket } = this;
    if (socket.destroyed || socket.writableEnded) return false;
    const line = this.#line;
    const told = { kind, bytes: frame.length };
    if (this.silent) return false;
    if (line.cut === 'any' || (line.cut === 'report' && kind === 'report')) return this.#cut(frame, told);
    if (kind === 'answer') return this.#answer(frame);
    this.#put(frame);
    if (kind === 'report' && line.duplicate > 0) {
      line.duplicate--;
      this.#hit('duplicate-reports', told);
      this.#put(frame);
    }
    this.#unpark();
    return true;
  }

  /** Bytes past every order, as a fault wants them. */
  raw(bytes: Uint8Array): void {
    this.#put(bytes);
  }

  #cut(frame: Uint8Array, told: { kind: Kind; bytes: number }): boolean {
    const { socket } = this;
    this.#hit(this.#line.cut === 'any' ? 'half-frame' : 'reset-in-report', told);
    this.#line.cut = undefined;
    this.#line.silentUntil = Infinity;
    // the reset goes once the half is out, or the client would never see it
    // a secured socket cannot be reset; it is cut without a word
    const reset = (): void => void (socket instanceof TLSSocket ? socket.destroy() : socket.resetAndDestroy());
    socket.write(frame.subarray(0, Math.ceil(frame.length / 2)), () => this.#later(RESET_AFTER_MS, reset));
    this.#later(WAIT_MS_MAX, reset);
    return false;
  }

  #answer(frame: Uint8Array): boolean {
    const line = this.#line;
    const told = { kind: 'answer', bytes: frame.length } as const;
    if (line.drop > 0) {
      line.drop--;
      this.#hit('drop-answers', told);
      return false;
    }
    if (line.delay.times > 0) {
      line.delay.times--;
      this.#hit('delay-answers', told);
      this.#later(line.delay.ms, () => this.#put(frame));
    } else if (line.reorder > 0) {
      line.reorder--;
      this.#hit('reorder-answers', told);
      this.#parked.push(frame);
      this.#later(WAIT_MS_MAX, () => this.#unpark());
    } else {
      this.#put(frame);
    }
    return true;
  }

  #unpark(): void {
    for (const frame of this.#parked.splice(0)) this.#put(frame);
  }

  /** Into the stream, in order: joined, dripped, or at once. */
  #put(bytes: Uint8Array): void {
    const line = this.#line;
    if (line.join > 0) {
      this.#joined.push(bytes);
      if (--line.join === 0) this.#release();
      else if (this.#joined.length === 1) this.#later(WAIT_MS_MAX, () => this.#release());
      return;
    }
    if (Date.now() >= line.dripUntil && this.#slow.length === 0) return this.#out(bytes);
    this.#slow.push(bytes);
    this.#slowBytes += bytes.length;
    this.#dripping ??= setInterval(() => this.#drip(), DRIP_EVERY_MS);
  }

  #release(): void {
    if (this.#joined.length === 0) return;
    this.#hit('coalesce', { kind: 'event', bytes: this.#joined.reduce((sum, one) => sum + one.length, 0) });
    this.#line.join = 0;
    this.#put(Buffer.concat(this.#joined.splice(0)));
  }

  /** A few bytes; everything that is left once the time is up. */
  #drip(): void {
    const { dripUntil, bytesPerSecond } = this.#line;
    const over = Date.now() >= dripUntil;
    let room = over ? Infinity : Math.max(1, Math.round((bytesPerSecond * DRIP_EVERY_MS) / 1000));
    while (room > 0 && this.#slow[0]) {
      const [first] = this.#slow;
      const part = first.subarray(0, room);
      this.#out(part);
      room -= part.length;
      this.#slowBytes -= part.length;
      if (part.length === first.length) this.#slow.shift();
      else this.#slow[0] = first.subarray(part.length);
    }
    if (!over) return;
    clearInterval(this.#dripping);
    this.#dripping = undefined;
  }

  #out(bytes: Uint8Array): void {
    if (!this.socket.destroyed && !this.socket.writableEnded) this.socket.write(bytes);
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #closed(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    clearInterval(this.#dripping);
    Object.assign(this.#line, { silentUntil: 0, dripUntil: 0, join: 0 });
  }
}
