import { epcOf, HAS, type TagColumns } from 'node-llrp';
import type { ReaderClock } from './clock.ts';
import type { Read } from './filter/place.ts';
import type { EpcKey } from './filter/presence.ts';

/** No real EPC bank is longer; what claims to be is a misread. */
const EPC_BITS_MAX = 2048;
const EPC_96_BITS = 96;
/** A corrected time before this is no time: 2000-01-01. */
const TIME_MS_MIN = 946_684_800_000;

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
