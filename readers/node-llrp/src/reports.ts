import { checkParameter } from './decode.ts';
import { LlrpError } from './error.ts';
import { HEADER_BYTES } from './frame.ts';
import { numberOf } from './message.ts';
import { grow, HAS, type TagColumns } from './report-columns.ts';
import {
  countOf,
  keepLayout,
  layoutOf,
  loadRows,
  noPlaces,
  type Places,
  praise,
  viewOf,
  worthLearning,
} from './report-layout.ts';

/** Message type of RO_ACCESS_REPORT. */
export const RO_ACCESS_REPORT = 61;

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
const ZEBRA = 161;
const MOTO_PHASE = 709;
/** Tags that are compared and loaded in one go: what they fill stays in the processor's cache. */
const RUN_TAGS_MAX = 256;

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

/** A vendor's parameter with sub-parameters of its own or of a wrong size: left to the generic decoder. */
function putOdd(columns: TagColumns, row: number, frame: Uint8Array, at: number, end: number, check: Check): number {
  const odd = checkParameter(frame, at, end, check.version, check.offset);
  if (odd.parameter === 'ImpinjPeakRSSI') columns.rssi[row] = numberOf(odd, 'RSSI');
  else if (odd.parameter === 'ImpinjRFPhaseAngle') columns.phase[row] = numberOf(odd, 'PhaseAngle');
  else if (odd.parameter === 'ImpinjRFDopplerFrequency') columns.doppler[row] = numberOf(odd, 'DopplerFrequency');
  else if (odd.parameter === 'MotoTagPhase') columns.motoPhase[row] = numberOf(odd, 'Phase');
  else if (odd.parameter === 'ImpinjSerializedTID') putTid(columns, row, frame, at);
  else return 0;
  return VENDOR_HAS[odd.parameter];
}

const FINE_RSSI = 1 << 16;
const VENDOR_HAS = {
  ImpinjPeakRSSI: HAS.rssi | FINE_RSSI,
  ImpinjRFPhaseAngle: HAS.phase,
  ImpinjRFDopplerFrequency: HAS.doppler,
  ImpinjSerializedTID: HAS.tid,
  MotoTagPhase: HAS.motoPhase,
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
  if (type === CUSTOM && length >= 12 && u32(frame, at + 4) === ZEBRA) {
    if (u32(frame, at + 8) !== MOTO_PHASE) return 0;
    if (length !== 14) return putOdd(columns, row, frame, at, at + length, check);
    columns.motoPhase[row] = s16(frame, at + 12);
    return HAS.motoPhase;
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
  if ((has & HAS.motoPhase) === 0) columns.motoPhase[row] = 0;
  if ((has & HAS.tid) === 0) columns.tidBytes[row] = 0;
  columns.has[row] = has & 0xffff;
  columns.everHad |= has;
}

/** Place of a one-byte header's field by its type: the last of equal ones counts. */
const TV_PLACE = {
  0x81: 'antenna',
  0x82: 'firstUtc',
  0x83: 'firstUptime',
  0x84: 'lastUtc',
  0x85: 'lastUptime',
  0x86: 'rssi',
  0x87: 'channel',
  0x88: 'count',
  0x8c: 'pc',
  0x8d: 'epc',
} as const;
const VENDOR_PLACE: Record<string, 'phase' | 'fineRssi' | 'doppler' | 'motoPhase'> = {
  [`${IMPINJ}/${IMPINJ_PHASE}`]: 'phase',
  [`${IMPINJ}/${IMPINJ_RSSI}`]: 'fineRssi',
  [`${IMPINJ}/${IMPINJ_DOPPLER}`]: 'doppler',
  [`${ZEBRA}/${MOTO_PHASE}`]: 'motoPhase',
};

/** What one TLV of a tag adds to a layout: its places, and how many of its bytes are header; 0 = not to be learnt. */
function learnTlv(tag: Uint8Array, at: number, length: number, places: Places): number {
  const type = u16(tag, at) & 1023;
  if (type === EPC_DATA) {
    places.epcBits = u16(tag, at + 4);
    places.epc = at + 6;
    return 6;
  }
  if (type !== CUSTOM || length < 12) return 4;
  const [vendor, subtype] = [u32(tag, at + 4), u32(tag, at + 8)];
  if (vendor === IMPINJ && subtype === IMPINJ_TID) {
    places.tid = at + 14;
    places.tidBytes = length - 14;
    return length > 14 && places.tidBytes === 2 * u16(tag, at + 12) ? 14 : 0;
  }
  const place = VENDOR_PLACE[`${vendor}/${subtype}`];
  if (place === undefined) return 12;
  places[place] = at + 12;
  return length === 14 ? 12 : 0;
}

/** Remembers where everything stands in a tag that has been read without an error; `tag` begins at its TLV header. */
function learn(columns: TagColumns, row: number, tag: Uint8Array): void {
  const places = noPlaces();
  const isHeader = new Uint8Array(tag.length).fill(255, 0, 4);
  let whole = true;
  for (let at = 4; at < tag.length;) {
    const first = tag[at] as number;
    if (first >= 128) {
      const place = TV_PLACE[first as keyof typeof TV_PLACE];
      if (place !== undefined) places[place] = at + 1;
      if (place === 'epc') places.epcBits = 96;
      isHeader[at] = 255;
      at += 1 + (TV_BYTES[first & 127] as number);
      continue;
    }
    const length = u16(tag, at + 2);
    const header = learnTlv(tag, at, length, places);
    if (header === 0) return;
    // a strict reader looks into a core parameter that the columns skip, and behind the bits of an EPC
    if (header === 4 || (header === 6 && 6 + Math.ceil(places.epcBits / 8) !== length)) whole = false;
    isHeader.fill(255, at, at + header);
    at += length;
  }
  keepLayout(columns.memo, tag, isHeader, places, columns.has[row] as number, whole);
}

/**
 * As many of the tags from byte `at` on as have the layout remembered for their length become rows. Returns how many;
 * 0 = the first has another one.
 */
function putRun(
  columns: TagColumns,
  row: number,
  frame: Uint8Array,
  at: number,
  bytes: number,
  strict: boolean,
): number {
  const layout = layoutOf(columns.memo, bytes);
  if (layout === undefined || (strict && !layout.whole)) return 0;
  const view = viewOf(columns.memo, frame);
  const max = Math.min(RUN_TAGS_MAX, Math.floor((frame.length - at) / bytes), columns.has.length - row);
  const tags = countOf(layout, view, frame.byteOffset + at, max);
  if (tags === 0) return 0;
  praise(columns.memo, bytes);
  loadRows(layout, view, frame.byteOffset, at, columns, row, tags);
  return tags;
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
  const version = ((frame[0] as number) >> 2) & 7;
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
    if ((u16(frame, at) & 1023) !== TAG_REPORT_DATA) {
      if (check.strict) checkParameter(frame, at, at + length, version, check.offset);
      at += length;
      continue;
    }
    if (row === columns.has.length) grow(columns);
    const run = putRun(columns, row, frame, at, length, check.strict);
    if (run === 0) {
      putTag(columns, row, frame, at + 4, at + length, check);
      if (worthLearning(columns.memo, length)) learn(columns, row, frame.subarray(at, at + length));
    }
    row += Math.max(run, 1);
    at += Math.max(run, 1) * length;
  }
  return (columns.count = row);
}
