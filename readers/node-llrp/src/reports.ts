import { checkParameter } from './decode.ts';
import { LlrpError } from './error.ts';
import { HEADER_BYTES, headerOf } from './frame.ts';
import { numberOf } from './message.ts';

/** Message type of RO_ACCESS_REPORT. */
export const RO_ACCESS_REPORT = 61;

/** Which columns of a row hold something: bits of `columns.has[row]`. */
export const HAS = {
  antenna: 1,
  rssi: 2,
  channel: 4,
  firstSeen: 8,
  lastSeen: 16,
  count: 32,
  pc: 64,
  tid: 128,
  phase: 256,
  doppler: 512,
  /** firstSeen, lastSeen: the value is an uptime, not a time of the calendar. */
  firstIsUptime: 1024,
  lastIsUptime: 2048,
} as const;

/**
 * The tags of one RO_ACCESS_REPORT as columns, a row per TagReportData, in wire order. Made once and reused from
 * message to message: read what you need before the next one, and take the arrays anew each time (they may grow).
 * A column's value is 0 where the bit in `has` is not set.
 */
export interface TagColumns {
  /** Rows that are filled. */
  count: number;
  /** The message that the offsets point into. */
  frame: Uint8Array;
  has: Uint16Array;
  /** The EPC's first 96 bits as big-endian words, zeros behind its last bit. */
  epc0: Uint32Array;
  epc1: Uint32Array;
  epc2: Uint32Array;
  /** Length in bits and place in `frame` of the whole EPC. */
  epcBits: Uint16Array;
  epcOffset: Uint32Array;
  antenna: Uint16Array;
  /** Hundredths of a dBm; ImpinjPeakRSSI where there is one, else PeakRSSI. */
  rssi: Int16Array;
  channel: Uint16Array;
  /** Microseconds; exact to 2^53. The UTC stamp where there is one, else the uptime. */
  firstSeen: Float64Array;
  lastSeen: Float64Array;
  seenCount: Uint16Array;
  pc: Uint16Array;
  /** ImpinjRFPhaseAngle, 4096 to the turn. */
  phase: Uint16Array;
  /** ImpinjRFDopplerFrequency, sixteenths of a Hz. */
  doppler: Int16Array;
  /** ImpinjSerializedTID: place in `frame` and length in bytes. */
  tidOffset: Uint32Array;
  tidBytes: Uint16Array;
}

const ROWS_MIN = 64;

/** Empty columns; they grow by themselves. */
export function createColumns(rows = ROWS_MIN): TagColumns {
  // one literal, so that every one of them has the same shape for the engine
  return {
    count: 0,
    frame: new Uint8Array(0),
    has: new Uint16Array(rows),
    epc0: new Uint32Array(rows),
    epc1: new Uint32Array(rows),
    epc2: new Uint32Array(rows),
    epcBits: new Uint16Array(rows),
    epcOffset: new Uint32Array(rows),
    antenna: new Uint16Array(rows),
    rssi: new Int16Array(rows),
    channel: new Uint16Array(rows),
    firstSeen: new Float64Array(rows),
    lastSeen: new Float64Array(rows),
    seenCount: new Uint16Array(rows),
    pc: new Uint16Array(rows),
    phase: new Uint16Array(rows),
    doppler: new Int16Array(rows),
    tidOffset: new Uint32Array(rows),
    tidBytes: new Uint16Array(rows),
  };
}

function grow(columns: TagColumns): void {
  const larger = createColumns(Math.max(ROWS_MIN, columns.has.length * 2));
  for (const [name, array] of Object.entries(larger) as [keyof TagColumns, unknown][]) {
    const old = columns[name];
    if (name === 'frame' || typeof old === 'number') continue;
    (array as typeof old).set(old);
    (columns as unknown as Record<string, unknown>)[name] = array;
  }
}

/** Bytes behind the type byte of each parameter with a one-byte header; 0 = not defined. */
const TV_BYTES = new Uint8Array(128);
TV_BYTES.set([0, 2, 8, 8, 8, 8, 1, 2, 2, 4, 2, 2, 2, 12, 2, 2, 4, 2, 4, 2, 2]);
const TAG_REPORT_DATA = 240;
const EPC_DATA = 241;
const CUSTOM = 1023;
const IMPINJ = 25882;
const IMPINJ_TID = 55;
const IMPINJ_PHASE = 56;
const IMPINJ_RSSI = 57;
const IMPINJ_DOPPLER = 68;

const u16 = (b: Uint8Array, at: number): number => ((b[at] as number) << 8) | (b[at + 1] as number);
const s16 = (b: Uint8Array, at: number): number => (u16(b, at) << 16) >> 16;
const u32 = (b: Uint8Array, at: number): number =>
  (((b[at] as number) << 24) | ((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number)) >>>
  0;
const u64 = (b: Uint8Array, at: number): number => u32(b, at) * 4294967296 + u32(b, at + 4);

/** How the current call checks: set once a message, read by the functions below. */
interface Check {
  version: number;
  offset: number;
  strict: boolean;
}

function broken(check: Check, at: number, code: LlrpError['code'], message: string): never {
  throw new LlrpError(code, message, { offset: check.offset + at });
}

/** Length of the TLV at `at`, which must fit before `end`. */
function tlvLength(frame: Uint8Array, at: number, end: number, check: Check): number {
  if (at + 4 > end) broken(check, at, 'LEFT_OVER', `${end - at} bytes are left, too few for a parameter`);
  const length = u16(frame, at + 2);
  if (length < 4 || at + length > end) {
    broken(check, at, 'LENGTH', `parameter ${u16(frame, at) & 1023} has length ${length}, ${end - at} bytes are left`);
  }
  return length;
}

/** Bytes of the TV at `at`, its type included, which must fit before `end`. */
function tvLength(frame: Uint8Array, at: number, end: number, check: Check): number {
  const type = (frame[at] as number) & 127;
  const size = TV_BYTES[type] as number;
  if (size === 0) broken(check, at, 'UNKNOWN_TV', `parameter type ${type} with a one-byte header is not defined`);
  if (at + 1 + size > end) broken(check, at, 'TRUNCATED', `parameter type ${type} goes beyond its end`);
  return size + 1;
}

/** Stores up to 96 bits of the EPC at `at` as words, without what lies behind its last bit. */
function putWords(columns: TagColumns, row: number, frame: Uint8Array, at: number, bits: number): void {
  const words = [0, 0, 0];
  for (let bit = 0; bit < bits && bit < 96; bit += 8) {
    const mask = bits - bit >= 8 ? 255 : (255 << (8 - (bits - bit))) & 255;
    const word = bit >> 5;
    words[word] = ((words[word] as number) | (((frame[at + (bit >> 3)] as number) & mask) << (24 - (bit & 31)))) >>> 0;
  }
  [columns.epc0[row], columns.epc1[row], columns.epc2[row]] = words as [number, number, number];
}

/** EPCData: a bit count and that many bits. False when there is more in it than that. */
function putEpcData(
  columns: TagColumns,
  row: number,
  frame: Uint8Array,
  at: number,
  length: number,
  check: Check,
): boolean {
  if (length < 6) broken(check, at, 'TRUNCATED', 'EPC (u1v) goes beyond its end');
  const bits = u16(frame, at + 4);
  if (6 + Math.ceil(bits / 8) > length)
    broken(check, at + 4, 'TRUNCATED', `EPC counts ${bits}, ${length - 6} bytes are left`);
  columns.epcBits[row] = bits;
  columns.epcOffset[row] = at + 6;
  putWords(columns, row, frame, at + 6, bits);
  return 6 + Math.ceil(bits / 8) === length;
}

/** An Impinj parameter with sub-parameters of its own or of a wrong size: left to the generic decoder. */
function putOdd(columns: TagColumns, row: number, frame: Uint8Array, at: number, end: number, check: Check): number {
  const odd = checkParameter(frame, at, end, check.version, check.offset);
  if (odd.parameter === 'ImpinjPeakRSSI') columns.rssi[row] = numberOf(odd, 'RSSI');
  else if (odd.parameter === 'ImpinjRFPhaseAngle') columns.phase[row] = numberOf(odd, 'PhaseAngle');
  else if (odd.parameter === 'ImpinjRFDopplerFrequency') columns.doppler[row] = numberOf(odd, 'DopplerFrequency');
  else if (odd.parameter === 'ImpinjSerializedTID') putTid(columns, row, frame, at);
  else return 0;
  return IMPINJ_HAS[odd.parameter];
}

const FINE_RSSI = 1 << 16;
const IMPINJ_HAS = {
  ImpinjPeakRSSI: HAS.rssi | FINE_RSSI,
  ImpinjRFPhaseAngle: HAS.phase,
  ImpinjRFDopplerFrequency: HAS.doppler,
  ImpinjSerializedTID: HAS.tid,
} as const;

function putTid(columns: TagColumns, row: number, frame: Uint8Array, at: number): number {
  columns.tidOffset[row] = at + 14;
  columns.tidBytes[row] = 2 * u16(frame, at + 12);
  return HAS.tid;
}

/** One of Impinj's parameters of a tag; returns the bits of `has` that it sets. */
function putImpinj(
  columns: TagColumns,
  row: number,
  frame: Uint8Array,
  at: number,
  length: number,
  check: Check,
): number {
  const subtype = u32(frame, at + 8);
  if (length === 14) {
    if (subtype === IMPINJ_RSSI) columns.rssi[row] = s16(frame, at + 12);
    else if (subtype === IMPINJ_PHASE) columns.phase[row] = u16(frame, at + 12);
    else if (subtype === IMPINJ_DOPPLER) columns.doppler[row] = s16(frame, at + 12);
    else return subtype === IMPINJ_TID ? putOdd(columns, row, frame, at, at + length, check) : 0;
    return subtype === IMPINJ_RSSI ? HAS.rssi | FINE_RSSI : subtype === IMPINJ_PHASE ? HAS.phase : HAS.doppler;
  }
  if (subtype === IMPINJ_TID && length > 14 && length === 14 + 2 * u16(frame, at + 12))
    return putTid(columns, row, frame, at);
  if (subtype === IMPINJ_TID || (subtype >= IMPINJ_PHASE && subtype <= IMPINJ_RSSI) || subtype === IMPINJ_DOPPLER) {
    return putOdd(columns, row, frame, at, at + length, check);
  }
  return 0;
}

/** A TLV inside a tag; returns the bits of `has` that it sets, or -1 for the EPC. */
function putTlv(columns: TagColumns, row: number, frame: Uint8Array, at: number, length: number, check: Check): number {
  const type = u16(frame, at) & 1023;
  if (type === EPC_DATA) {
    const whole = putEpcData(columns, row, frame, at, length, check);
    if (!whole && check.strict) checkParameter(frame, at, at + length, check.version, check.offset);
    return -1;
  }
  if (type === CUSTOM && length >= 12 && u32(frame, at + 4) === IMPINJ) {
    return putImpinj(columns, row, frame, at, length, check);
  }
  if (check.strict) checkParameter(frame, at, at + length, check.version, check.offset);
  return 0;
}

/** The TagReportData between `at` and `end` becomes row `row`. One branch a parameter type: the hot loop. */
function putTag(columns: TagColumns, row: number, frame: Uint8Array, at: number, end: number, check: Check): void {
  const began = at;
  let has = 0;
  let epc = false;
  let antenna = 0;
  let rssi = 0;
  let channel = 0;
  let count = 0;
  let pc = 0;
  let firstUtc = -1;
  let firstUptime = -1;
  let lastUtc = -1;
  let lastUptime = -1;
  while (at < end) {
    const first = frame[at] as number;
    if (first < 128) {
      const length = tlvLength(frame, at, end, check);
      const set = putTlv(columns, row, frame, at, length, check);
      if (set < 0) epc = true;
      else has |= set;
      at += length;
      continue;
    }
    const length = tvLength(frame, at, end, check);
    switch (first) {
      case 0x81:
        antenna = u16(frame, at + 1);
        has |= HAS.antenna;
        break;
      case 0x82:
        firstUtc = u64(frame, at + 1);
        break;
      case 0x83:
        firstUptime = u64(frame, at + 1);
        break;
      case 0x84:
        lastUtc = u64(frame, at + 1);
        break;
      case 0x85:
        lastUptime = u64(frame, at + 1);
        break;
      case 0x86:
        rssi = (((frame[at + 1] as number) << 24) >> 24) * 100;
        has |= HAS.rssi;
        break;
      case 0x87:
        channel = u16(frame, at + 1);
        has |= HAS.channel;
        break;
      case 0x88:
        count = u16(frame, at + 1);
        has |= HAS.count;
        break;
      case 0x8c:
        pc = u16(frame, at + 1);
        has |= HAS.pc;
        break;
      case 0x8d:
        columns.epcBits[row] = 96;
        columns.epcOffset[row] = at + 1;
        columns.epc0[row] = u32(frame, at + 1);
        columns.epc1[row] = u32(frame, at + 5);
        columns.epc2[row] = u32(frame, at + 9);
        epc = true;
        break;
      default:
    }
    at += length;
  }
  if (!epc) broken(check, began, 'MISSING_PARAMETER', 'TagReportData without EPCParameter');
  if (firstUtc >= 0) has |= HAS.firstSeen;
  else if (firstUptime >= 0) has |= HAS.firstSeen | HAS.firstIsUptime;
  if (lastUtc >= 0) has |= HAS.lastSeen;
  else if (lastUptime >= 0) has |= HAS.lastSeen | HAS.lastIsUptime;
  columns.firstSeen[row] = firstUtc >= 0 ? firstUtc : Math.max(firstUptime, 0);
  columns.lastSeen[row] = lastUtc >= 0 ? lastUtc : Math.max(lastUptime, 0);
  columns.antenna[row] = antenna;
  if ((has & FINE_RSSI) === 0) columns.rssi[row] = rssi;
  columns.channel[row] = channel;
  columns.seenCount[row] = count;
  columns.pc[row] = pc;
  if ((has & HAS.phase) === 0) columns.phase[row] = 0;
  if ((has & HAS.doppler) === 0) columns.doppler[row] = 0;
  if ((has & HAS.tid) === 0) columns.tidBytes[row] = 0;
  columns.has[row] = has & 0xffff;
}

/**
 * Reads an RO_ACCESS_REPORT into columns without an object per tag (LLRP 1.0.1 section 14.2.3).
 *
 * @param options.strict also checks, with the generic decoder, what the columns skip; the live session does not
 * @param options.offset where the frame stands in its stream; only errors use it
 * @returns the number of rows; `columns` holds them until the next call
 * @throws LlrpError with the byte offset; `columns` is empty then
 */
export function readReport(
  frame: Uint8Array,
  columns: TagColumns,
  options: { strict?: boolean; offset?: number } = {},
): number {
  const { version } = headerOf(frame);
  const check: Check = { version, offset: options.offset ?? 0, strict: options.strict ?? false };
  const end = frame.length;
  columns.frame = frame;
  columns.count = 0;
  let row = 0;
  for (let at = HEADER_BYTES; at < end;) {
    if ((frame[at] as number) >= 128) {
      at += tvLength(frame, at, end, check);
      continue;
    }
    const length = tlvLength(frame, at, end, check);
    if ((u16(frame, at) & 1023) === TAG_REPORT_DATA) {
      if (row === columns.has.length) {
        columns.count = row;
        grow(columns);
        columns.count = 0;
      }
      putTag(columns, row++, frame, at + 4, at + length, check);
    } else if (check.strict) {
      checkParameter(frame, at, at + length, version, check.offset);
    }
    at += length;
  }
  return (columns.count = row);
}

/** The EPC of a row: its bytes as they stand in the message, padding bits included. A view, not a copy. */
export function epcOf(columns: TagColumns, row: number): Uint8Array {
  const at = columns.epcOffset[row] ?? 0;
  return columns.frame.subarray(at, at + Math.ceil((columns.epcBits[row] ?? 0) / 8));
}

/** The TID of a row, empty where there is none. A view, not a copy. */
export function tidOf(columns: TagColumns, row: number): Uint8Array {
  const at = columns.tidOffset[row] ?? 0;
  return columns.frame.subarray(at, at + (columns.tidBytes[row] ?? 0));
}
