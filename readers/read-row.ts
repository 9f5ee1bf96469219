import { epcOf, HAS, type TagColumns } from 'node-llrp';
import type { ReaderClock } from './clock.ts';
import type { Read, Spot } from './filter/place.ts';
import type { EpcKey } from './filter/presence.ts';

/** No real EPC bank is longer; what claims to be is a misread. */
const EPC_BITS_MAX = 2048;
const EPC_96_BITS = 96;
const EPC_96_WORDS = 6;
const SHORT = HAS.firstSeen | HAS.lastSeen;
const SHORT_MASK = SHORT | HAS.firstIsUptime | HAS.lastIsUptime;
/** A corrected time before this is no time: 2000-01-01. */
const TIME_MS_MIN = 946_684_800_000;

/** Where reads go: the intake, or whatever else takes them. */
interface Taker {
  /** True for a read that is nothing new, and taken. */
  stays(spot: Spot, w0: number, w1: number, w2: number, firstMs: number, lastMs: number, count: number): boolean;
  read(spot: Spot, read: Read, nowMs: number): void;
}

/** Turns rows of report columns into reads on the host's clock. The read is reused: take what you need at once. */
export class ReadRow {
  /** Reads whose time could not be. */
  badTimes = 0;
  readonly #counts: { misreads: number };
  readonly #key: EpcKey = { bits: 0, w0: 0, w1: 0, w2: 0, wide: '' };
  readonly #read: Read = { key: this.#key, rssi: undefined, count: 1, antenna: 0, firstMs: 0, lastMs: 0 };

  constructor(counts: { misreads: number }) {
    this.#counts = counts;
  }

  /** The read of row `i`, or undefined for a misread (no EPC, or another length than the PC word says). */
  read(columns: TagColumns, i: number, clock: ReaderClock, nowMs: number): Read | undefined {
    const has = columns.has[i]!;
    const bits = columns.epcBits[i]!;
    const promised = has & HAS.pc ? (columns.pc[i]! >> 11) * 16 : bits;
    if (bits === 0 || bits > EPC_BITS_MAX || bits !== promised) {
      this.#counts.misreads++;
      return undefined;
    }
    this.#setKey(columns, i, bits);
    const read = this.#read;
    read.rssi = has & HAS.rssi ? columns.rssi[i]! / 100 : undefined;
    read.antenna = columns.antenna[i]!;
    read.count = Math.max(1, has & HAS.count ? columns.seenCount[i]! : 1);
    const first =
      has & HAS.firstSeen ? this.#time(columns.firstSeen[i]!, has & HAS.firstIsUptime, clock, nowMs) : undefined;
    const last =
      has & HAS.lastSeen ? this.#time(columns.lastSeen[i]!, has & HAS.lastIsUptime, clock, nowMs) : undefined;
    read.firstMs = first ?? last ?? nowMs;
    read.lastMs = Math.max(read.firstMs, last ?? read.firstMs);
    return read;
  }

  /**
   * The reads of a whole report, in order, to where they count. A read of a tag that is there goes the short way,
   * without an object: EPC of 96 bits, UTC stamps that the clock has no doubt of.
   */
  report(columns: TagColumns, clock: ReaderClock, nowMs: number, spotOf: (antenna: number) => Spot, to: Taker): void {
    const { count, has, epcBits, pc, antenna, epc0, epc1, epc2, firstSeen, lastSeen, seenCount } = columns;
    for (let i = 0; i < count; i++) {
      const spot = spotOf(antenna[i] as number);
      const flags = has[i] as number;
      const first = (firstSeen[i] as number) / 1000;
      const last = (lastSeen[i] as number) / 1000;
      if (
        (flags & SHORT_MASK) === SHORT &&
        epcBits[i] === EPC_96_BITS &&
        ((flags & HAS.pc) === 0 || (pc[i] as number) >> 11 === EPC_96_WORDS) &&
        first >= TIME_MS_MIN &&
        last >= first &&
        nowMs - last >= clock.utcDelayMsMin
      ) {
        const shift = clock.utcShiftMs;
        const reads = flags & HAS.count ? Math.max(1, seenCount[i] as number) : 1;
        const w0 = epc0[i] as number;
        if (to.stays(spot, w0, epc1[i] as number, epc2[i] as number, first + shift, last + shift, reads)) continue;
      }
      const read = this.read(columns, i, clock, nowMs);
      if (read) to.read(spot, read, nowMs);
    }
  }

  #time(micros: number, isUptime: number, clock: ReaderClock, nowMs: number): number {
    const ms = clock.correct({ kind: isUptime ? 'uptime' : 'utc', ms: micros / 1000 }, nowMs);
    if (ms >= TIME_MS_MIN) return ms;
    this.badTimes++;
    return nowMs;
  }

  #setKey(columns: TagColumns, i: number, bits: number): void {
    const key = this.#key;
    key.bits = bits;
    if (bits === EPC_96_BITS) {
      key.w0 = columns.epc0[i]!;
      key.w1 = columns.epc1[i]!;
      key.w2 = columns.epc2[i]!;
      key.wide = '';
      return;
    }
    key.w0 = key.w1 = key.w2 = 0;
    const bytes = Buffer.from(epcOf(columns, i));
    // What lies behind the last bit is padding and not part of the EPC.
    if (bits % 8) bytes[bytes.length - 1]! &= 0xff << (8 - (bits % 8));
    key.wide = bytes.toString('latin1');
  }
}
