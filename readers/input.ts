import type { Logger } from 'pino';
import { messageOf } from '../src/error.ts';
import type { InputConfig } from './config.ts';
import type { Read } from './filter/place.ts';
import { epcKey } from './filter/presence.ts';
import { type Payload, payloadOf } from './input-payload.ts';
import type { SourceCounts, SourceParts } from './source.ts';

/** A message, or a line of a stream, that is longer is refused. */
export const INPUT_BYTES_MAX = 1024 * 1024;
const MALFORMED_KEPT_BYTES = 500;
/** A time before this is no time: 2000-01-01. */
const TIME_MS_MIN = 946_684_800_000;
const HEARD_MS = 1000;

/**
 * Where the JSON of a reader becomes reads, with the same promise as over LLRP: `take` resolves when everything that
 * the message told is on disk, and only then may it be acknowledged. Times are the reader's own; such readers keep
 * their clock by NTP, and an old message cannot be told from a slow clock, so only a time in the future is not believed.
 */
export class Input {
  readonly counts: SourceCounts = { connections: 0, malformed: 0, misreads: 0, clockJumps: 0, badTimes: 0 };
  readonly parts: SourceParts;
  readonly log: Logger;
  readonly #config: InputConfig;
  #lostBy = 'the collector did not run';
  #heard: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(config: InputConfig, parts: SourceParts) {
    this.#config = config;
    this.parts = parts;
    this.log = parts.logger.child({ reader: config.name });
  }

  /** Messages come from now on. `kept`: somebody kept what came meanwhile, so that there is no gap in coverage. */
  found(kept: boolean): void {
    const { listening, operations, alarms } = this.parts;
    this.counts.connections++;
    alarms.clear(`reader-link:${this.#config.name}`);
    const gap = listening.found(Date.now());
    if (gap && gap.to > gap.from && !kept) {
      const [from, to] = [gap.from, gap.to].map((ms) => new Date(ms).toISOString());
      operations.note('gap', this.#config.name, { from, to, reason: this.#lostBy });
    }
    clearInterval(this.#heard);
    this.#heard = setInterval(() => listening.heard(Date.now()), HEARD_MS);
    this.#heard.unref();
    this.log.info({ kept }, 'reader runs');
  }

  /** Messages come no longer. */
  lost(reason: string): void {
    clearInterval(this.#heard);
    this.#lostBy = reason;
    this.parts.listening.lost();
    this.log.warn(`link lost: ${reason}`);
    this.parts.alarms.raise(`reader-link:${this.#config.name}`, `link lost: ${reason}`);
  }

  end(): void {
    clearInterval(this.#heard);
    this.parts.listening.lost();
    this.block(false);
  }

  /** Resolves when reading may go on: at once, unless the spool is full. */
  async room(): Promise<void> {
    while (this.parts.intake.blocked) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
  block(blocked: boolean): void {
    if (!blocked) for (const go of this.#waiting.splice(0)) go();
  }

  /** Takes a message; false for one that is malformed, true when all of it is on disk. */
  async take(text: string): Promise<boolean> {
    const payload = this.#parse(text);
    if (!payload) return false;
    const now = Date.now();
    this.parts.listening.heard(now);
    this.counts.misreads += payload.misreads;
    for (const { port, high, time } of payload.gpi) {
      this.parts.onGpi({ reader: this.#config.name, port, high, atMs: this.#time(time, now) });
    }
    for (const one of payload.antennas) this.#antenna(one.antenna, one.connected, this.#time(one.time, now));
    for (const { epc, antenna, rssi, count, time } of payload.reads) {
      const atMs = this.#time(time, now);
      const read: Read = { key: epcKey(epc), rssi, count, antenna, firstMs: atMs, lastMs: atMs };
      this.parts.intake.read(this.parts.spotOf(antenna), read, now);
    }
    await new Promise<void>((resolve) => this.parts.intake.afterCommit(resolve));
    return true;
  }

  #parse(text: string): Payload | undefined {
    try {
      return payloadOf(text);
    } catch (error) {
      this.counts.malformed++;
      const start = text.slice(0, MALFORMED_KEPT_BYTES);
      this.log.warn({ start, length: text.length }, `malformed message: ${messageOf(error).slice(0, 200)}`);
      return undefined;
    }
  }

  #antenna(antenna: number, connected: boolean, atMs: number): void {
    const { operations, alarms } = this.parts;
    const { name } = this.#config;
    operations.note(connected ? 'antenna-connected' : 'antenna-lost', name, { antenna }, atMs);
    if (connected) alarms.clear(`reader-antenna:${name}`);
    else alarms.raise(`reader-antenna:${name}`, `antenna ${antenna} is not connected`);
  }

  #time(text: string | undefined, nowMs: number): number {
    if (text === undefined) return nowMs;
    const ms = Date.parse(text);
    if (ms >= TIME_MS_MIN && ms <= nowMs + this.#config.maxClockOffsetMs) return Math.min(ms, nowMs);
    this.counts.badTimes++;
    const message = 'reads carry times that cannot be; their arrival is taken';
    this.parts.alarms.raise(`reader-time:${this.#config.name}`, message);
    return nowMs;
  }
}
