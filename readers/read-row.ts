import { epcOf, HAS, tidOf, type TagColumns } from 'node-llrp';
import type { ReaderClock, Stamp } from './clock.ts';
import { isoKey, HAS_XPC, TOGGLE, XPC_WORDS_MAX } from './filter/iso-tag.ts';
import type { Signal } from './filter/nearing.ts';
import type { Read, Spot } from './filter/place.ts';
import type { EpcKey, Rows, Run } from './filter/presence.ts';

/** No real EPC bank is longer; what claims to be is a misread. */
const EPC_BITS_MAX = 2048;
const EPC_96_BITS = 96;
/** Length, XPC and toggle in the PC word: what a plain EPC of 96 bits has there. */
const PC_PLAIN_MASK = 0xfb00;
const PC_PLAIN_96 = 6 << 11;
const WORD_BITS = 16;
const SIGNAL = HAS.phase | HAS.motoPhase | HAS.doppler;
const DOPPLER_PER_HZ = 16;
/** Radians of a step: of Impinj's phase, which may be half a turn off, and of Zebra's. */
const IMPINJ_STEP = (2 * Math.PI) / 4096;
const ZEBRA_STEP = Math.PI / 32_768;
/** Antennas with higher numbers take the long way. */
const ANTENNAS_MAX = 256;
const UNKNOWN = -2;
const SHORT = HAS.firstSeen | HAS.lastSeen;
const SHORT_MASK = SHORT | HAS.firstIsUptime | HAS.lastIsUptime;
/** A corrected time before this is no time: 2000-01-01. */
const TIME_MS_MIN = 946_684_800_000;

/** The stamp of a report's newest read. */
export function newestOf({ count, has, lastSeen }: TagColumns): Stamp | undefined {
  const flags = count > 0 ? has[count - 1]! : 0;
  if (!(flags & HAS.lastSeen)) return undefined;
  return { kind: flags & HAS.lastIsUptime ? 'uptime' : 'utc', ms: lastSeen[count - 1]! / 1000 };
}

/** Where reads go: the intake, or whatever else takes them. */
interface Taker {
  /** Takes the rows from `from` on that are nothing new; the first that is not. */
  staysFrom(from: number, count: number, rows: Rows, run: Run): number;
  read(spot: Spot, read: Read, nowMs: number): void;
}

/** Turns rows of report columns into reads on the host's clock. The read is reused: take what you need at once. */
export class ReadRow {
  /** Reads whose time could not be. */
  badTimes = 0;
  readonly #counts: { misreads: number };
  /** Places by antenna, as far as they are known and take the short way. */
  readonly #places = new Int32Array(ANTENNAS_MAX).fill(UNKNOWN);
  #place = new Int32Array(64);
  #pauseMsMax = 0;
  readonly #key: EpcKey = { bits: 0, w0: 0, w1: 0, w2: 0, wide: '' };
  readonly #signal: Signal = { doppler: undefined, phase: undefined, phasePeriod: undefined, channel: undefined };
  readonly #read: Read = {
    key: this.#key, rssi: undefined, count: 1, antenna: 0, firstMs: 0, lastMs: 0,
    signal: undefined, tid: undefined, rawMs: undefined, rawIsUptime: undefined,
  }; // prettier-ignore

  constructor(counts: { misreads: number }) {
    this.#counts = counts;
  }

  /**
   * The read of row `i`, or undefined for a misread: no EPC, or another length than the PC word says. A tag whose PC
   * word has the toggle bit is none of GS1's, whatever its bits look like: its key is that of its ISO family.
   */
  read(columns: TagColumns, i: number, clock: ReaderClock, nowMs: number): Read | undefined {
    const has = columns.has[i]!;
    const bits = columns.epcBits[i]!;
    const pc = has & HAS.pc ? columns.pc[i]! : undefined;
    if (bits === 0 || bits > EPC_BITS_MAX || (pc !== undefined && !isLength(bits, pc))) {
      this.#counts.misreads++;
      return undefined;
    }
    this.#setKey(columns, i, bits, pc);
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
    read.signal = has & SIGNAL ? this.#signalOf(columns, i) : undefined;
    read.tid = has & HAS.tid ? Buffer.from(tidOf(columns, i)).toString('hex') : undefined;
    read.rawMs = has & HAS.firstSeen ? columns.firstSeen[i]! / 1000 : undefined;
    read.rawIsUptime = (has & HAS.firstIsUptime) !== 0;
    return read;
  }

  #signalOf(columns: TagColumns, i: number): Signal {
    const has = columns.has[i]!;
    const signal = this.#signal;
    signal.channel = has & HAS.channel ? columns.channel[i]! : undefined;
    signal.doppler = has & HAS.doppler ? columns.doppler[i]! / DOPPLER_PER_HZ : undefined;
    signal.phase = undefined;
    if (has & HAS.phase) [signal.phase, signal.phasePeriod] = [columns.phase[i]! * IMPINJ_STEP, Math.PI];
    else if (has & HAS.motoPhase)
      [signal.phase, signal.phasePeriod] = [columns.motoPhase[i]! * ZEBRA_STEP, 2 * Math.PI];
    return signal;
  }

  /**
   * The reads of a whole report, in order, to where they count. Reads of tags that are there go the short way, without
   * an object: in mode `arrivals`, EPCs of 96 bits, UTC stamps that the clock has no doubt of.
   */
  report(columns: TagColumns, clock: ReaderClock, nowMs: number, spotOf: (antenna: number) => Spot, to: Taker): void {
    const { count, epc0, epc1, epc2, lastSeen, seenCount, antenna } = columns;
    const place = this.#plainRows(columns, clock, nowMs, spotOf);
    const rows = { epc0, epc1, epc2, lastSeen, seenCount, place };
    const run = { shiftMs: clock.utcShiftMs, pauseMsMax: this.#pauseMsMax };
    for (let i = 0; i < count;) {
      const next = to.staysFrom(i, count, rows, run);
      if (next > i) {
        i = next;
        continue;
      }
      const read = this.read(columns, i, clock, nowMs);
      if (read) to.read(spotOf(antenna[i] as number), read, nowMs);
      if (read) run.shiftMs = clock.utcShiftMs;
      i++;
    }
  }

  /** The places of the rows that may go the short way, -1 for all others. */
  #plainRows(columns: TagColumns, clock: ReaderClock, nowMs: number, spotOf: (antenna: number) => Spot): Int32Array {
    const { count, has, epcBits, pc, antenna, firstSeen, lastSeen } = columns;
    if (this.#place.length < count) this.#place = new Int32Array(count * 2);
    const place = this.#place;
    const places = this.#places;
    // A stamp nearer to its arrival than the clock knows is a matter for the clock.
    const latest = (nowMs - clock.utcDelayMsMin) * 1000;
    for (let i = 0; i < count; i++) {
      const flags = has[i] as number;
      const first = firstSeen[i] as number;
      const last = lastSeen[i] as number;
      // No bit is left where the row has both stamps in UTC, 96 bits, and no PC word that says something else.
      const odd =
        ((flags & SHORT_MASK) ^ SHORT) |
        ((epcBits[i] as number) ^ EPC_96_BITS) |
        (flags & HAS.pc ? ((pc[i] as number) & PC_PLAIN_MASK) ^ PC_PLAIN_96 : 0);
      const plain = odd === 0 && first >= TIME_MS_MIN * 1000 && last >= first && last <= latest;
      const number = antenna[i] as number;
      const known = plain && number < ANTENNAS_MAX ? (places[number] as number) : -1;
      place[i] = known === UNKNOWN ? this.#learn(number, spotOf) : known;
    }
    return place;
  }

  /** Places have changed: where antennas count is asked again. */
  forget(): void {
    this.#places.fill(UNKNOWN);
  }

  #learn(antenna: number, spotOf: (antenna: number) => Spot): number {
    const { place } = spotOf(antenna);
    this.#pauseMsMax = place.filter.departAfterMs; // one reader has one filter
    return (this.#places[antenna] = place.filter.mode === 'arrivals' ? place.id : -1);
  }

  #time(micros: number, isUptime: number, clock: ReaderClock, nowMs: number): number {
    const ms = clock.correct({ kind: isUptime ? 'uptime' : 'utc', ms: micros / 1000 }, nowMs);
    if (ms >= TIME_MS_MIN) return ms;
    this.badTimes++;
    return nowMs;
  }

  #setKey(columns: TagColumns, i: number, bits: number, pc: number | undefined): void {
    const key = this.#key;
    key.bits = bits;
    const isEpc = pc === undefined || (pc & TOGGLE) === 0;
    if (isEpc && bits === EPC_96_BITS) {
      key.w0 = columns.epc0[i]!;
      key.w1 = columns.epc1[i]!;
      key.w2 = columns.epc2[i]!;
      key.wide = '';
      return;
    }
    key.w0 = key.w1 = key.w2 = 0;
    if (!isEpc) return void Object.assign(key, isoKey(pc & 0xff, epcOf(columns, i)));
    const bytes = Buffer.from(epcOf(columns, i));
    // What lies behind the last bit is padding and not part of the EPC.
    if (bits % 8) bytes[bytes.length - 1]! &= 0xff << (8 - (bits % 8));
    key.wide = bytes.toString('latin1');
  }
}

/** Whether an EPC is as long as its PC word says; XPC words count there, and are not in the EPC. */
function isLength(bits: number, pc: number): boolean {
  const missing = (pc >> 11) * WORD_BITS - bits;
  return missing === 0 || ((pc & HAS_XPC) !== 0 && missing > 0 && missing <= XPC_WORDS_MAX * WORD_BITS);
}
