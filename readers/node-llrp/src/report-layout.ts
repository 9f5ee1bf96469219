/**
 * The layout memo of the report columns. The tags of a report nearly always share one layout, so the places of its
 * headers and fields are learnt from one tag; the next ones are only compared with them, header bytes with header
 * bytes, and loaded column by column. What does not compare equal goes the long way, parameter by parameter.
 */

import { HAS, type TagColumns } from './report-columns.ts';

/** Where the fields of a tag stand, counted from its TLV header; -1 = it has none. */
export interface Places {
  epc: number;
  epcBits: number;
  antenna: number;
  /** A PeakRSSI in whole dBm. */
  rssi: number;
  /** An ImpinjPeakRSSI in hundredths of it, which goes before the other. */
  fineRssi: number;
  channel: number;
  firstUtc: number;
  firstUptime: number;
  lastUtc: number;
  lastUptime: number;
  count: number;
  pc: number;
  tid: number;
  tidBytes: number;
  phase: number;
  doppler: number;
  motoPhase: number;
}

/** One layout: what to compare and where to load from. */
export interface Layout {
  /** Length of the whole TagReportData. */
  bytes: number;
  /** Bits of `has` that such a tag has. */
  has: number;
  /** Nothing in it is skipped that a strict reader must look into. */
  whole: boolean;
  places: Places;
  /** Triples: offset of a 32-bit word, mask of its header bits, their value. */
  words: Int32Array;
}

/** Longer tags, with whole memory banks in them, are rare and not learnt. */
const TAG_BYTES_MAX = 1024;
/** Layouts that are kept, one per tag length modulo this. */
const SLOTS = 16;
/** A slot whose layout is replaced without ever having helped is left alone for so many misses at most. */
const PATIENCE_MAX = 1024;

interface Slot {
  layout: Layout | undefined;
  helped: boolean;
  misses: number;
  patience: number;
}

/** What is remembered from report to report; a part of the columns. */
export interface Memo {
  slots: readonly Slot[];
  /** The last buffer that was read, for its words. */
  view: DataView;
}

export const createMemo = (): Memo => ({
  slots: Array.from({ length: SLOTS }, () => ({ layout: undefined, helped: false, misses: 0, patience: 0 })),
  view: new DataView(new ArrayBuffer(0)),
});

export const noPlaces = (): Places => ({
  epc: -1,
  epcBits: 0,
  antenna: -1,
  rssi: -1,
  fineRssi: -1,
  channel: -1,
  firstUtc: -1,
  firstUptime: -1,
  lastUtc: -1,
  lastUptime: -1,
  count: -1,
  pc: -1,
  tid: -1,
  tidBytes: 0,
  phase: -1,
  doppler: -1,
  motoPhase: -1,
});

/** The memo's view of the buffer that `frame` lies in; made anew only when the buffer is another one. */
export function viewOf(memo: Memo, frame: Uint8Array): DataView {
  if (memo.view.buffer !== frame.buffer) memo.view = new DataView(frame.buffer);
  return memo.view;
}

/** The layout to try for a tag of that length. */
export const layoutOf = (memo: Memo, bytes: number): Layout | undefined => {
  const layout = (memo.slots[bytes % SLOTS] as Slot).layout;
  return layout !== undefined && layout.bytes === bytes ? layout : undefined;
};

/** How many tags from byte `at` of the view on, `max` at most, have that layout, one behind the other. */
export function countOf(layout: Layout, view: DataView, at: number, max: number): number {
  const { bytes, words } = layout;
  for (let tags = 0, tag = at; tags < max; tags++, tag += bytes) {
    for (let w = 0; w < words.length; w += 3) {
      if ((view.getInt32(tag + (words[w] as number)) & (words[w + 1] as number)) !== words[w + 2]) return tags;
    }
  }
  return max;
}

/** The layout helped: keep it. */
export function praise(memo: Memo, bytes: number): void {
  (memo.slots[bytes % SLOTS] as Slot).helped = true;
}

/** Whether a tag that had no layout is to be learnt: always, but seldom where learning did not help before. */
export function worthLearning(memo: Memo, bytes: number): boolean {
  if (bytes > TAG_BYTES_MAX) return false;
  const slot = memo.slots[bytes % SLOTS] as Slot;
  if (slot.helped) slot.patience = 0;
  if (slot.misses++ < slot.patience) return false;
  slot.misses = 0;
  if (slot.layout && !slot.helped) slot.patience = Math.min(PATIENCE_MAX, slot.patience * 2 + 1);
  slot.helped = false;
  return true;
}

/**
 * Keeps a layout. `isHeader` has a byte for each byte of the tag: 255 where it must be as it is in `tag`.
 */
export function keepLayout(
  memo: Memo,
  tag: Uint8Array,
  isHeader: Uint8Array,
  places: Places,
  has: number,
  whole: boolean,
): void {
  const view = new DataView(tag.buffer, tag.byteOffset, tag.byteLength);
  const mask = new DataView(isHeader.buffer, isHeader.byteOffset, isHeader.byteLength);
  const words: number[] = [];
  for (let next = isHeader.indexOf(255); next >= 0;) {
    const at = Math.min(next, tag.length - 4); // the last word may overlap the one before
    const bits = mask.getInt32(at);
    words.push(at, bits, view.getInt32(at) & bits);
    next = isHeader.indexOf(255, at + 4);
  }
  const layout = { bytes: tag.length, has, whole, places, words: Int32Array.from(words) };
  (memo.slots[tag.length % SLOTS] as Slot).layout = layout;
}

function loadU16(out: Uint16Array, row: number, tags: number, view: DataView, at: number, step: number): void {
  for (let i = 0; i < tags; i++, at += step) out[row + i] = view.getUint16(at);
}

function loadS16(out: Int16Array, row: number, tags: number, view: DataView, at: number, step: number): void {
  for (let i = 0; i < tags; i++, at += step) out[row + i] = view.getInt16(at);
}

function loadDecibels(out: Int16Array, row: number, tags: number, view: DataView, at: number, step: number): void {
  for (let i = 0; i < tags; i++, at += step) out[row + i] = view.getInt8(at) * 100;
}

function loadTime(out: Float64Array, row: number, tags: number, view: DataView, at: number, step: number): void {
  for (let i = 0; i < tags; i++, at += step) out[row + i] = view.getUint32(at) * 4294967296 + view.getUint32(at + 4);
}

/** The first 96 bits of each EPC, as far as it has so many. */
function loadEpc(columns: TagColumns, row: number, tags: number, view: DataView, at: number, layout: Layout): void {
  const { epc0, epc1, epc2 } = columns;
  const { bytes, places } = layout;
  if (places.epcBits >= 96) {
    for (let i = row; i < row + tags; i++, at += bytes) {
      epc0[i] = view.getUint32(at);
      epc1[i] = view.getUint32(at + 4);
      epc2[i] = view.getUint32(at + 8);
    }
    return;
  }
  for (let i = row; i < row + tags; i++, at += bytes) {
    epc0[i] = wordOf(view, at, places.epcBits);
    epc1[i] = wordOf(view, at + 4, places.epcBits - 32);
    epc2[i] = wordOf(view, at + 8, places.epcBits - 64);
  }
}

/** `bits` bits from byte `at` on as the top of a word, zeros behind them; no byte behind them is touched. */
function wordOf(view: DataView, at: number, bits: number): number {
  let word = 0;
  for (let bit = 0; bit < bits && bit < 32; bit += 8) {
    const mask = bits - bit >= 8 ? 255 : (255 << (8 - (bits - bit))) & 255;
    word |= (view.getUint8(at + (bit >> 3)) & mask) << (24 - bit);
  }
  return word >>> 0;
}

/**
 * Loads `tags` tags of one layout, the first at byte `at` of the frame that begins at byte `base` of the view, into
 * the rows from `row` on. A column that no tag of this layout has is set to 0, where it ever was anything else.
 */
export function loadRows(
  layout: Layout,
  view: DataView,
  base: number,
  at: number,
  columns: TagColumns,
  row: number,
  tags: number,
): void {
  const { bytes, has, places } = layout;
  const tag = base + at;
  const end = row + tags;
  const absent = columns.everHad & ~has;
  columns.everHad |= has;
  loadEpc(columns, row, tags, view, tag + places.epc, layout);
  const { has: hasOf, epcBits, epcOffset, tidOffset, tidBytes } = columns;
  for (let i = row, epc = at + places.epc; i < end; i++, epc += bytes) {
    hasOf[i] = has;
    epcBits[i] = places.epcBits;
    epcOffset[i] = epc;
  }
  if (has & HAS.antenna) loadU16(columns.antenna, row, tags, view, tag + places.antenna, bytes);
  if (places.fineRssi >= 0) loadS16(columns.rssi, row, tags, view, tag + places.fineRssi, bytes);
  else if (has & HAS.rssi) loadDecibels(columns.rssi, row, tags, view, tag + places.rssi, bytes);
  if (has & HAS.channel) loadU16(columns.channel, row, tags, view, tag + places.channel, bytes);
  const first = places.firstUtc >= 0 ? places.firstUtc : places.firstUptime;
  if (has & HAS.firstSeen) loadTime(columns.firstSeen, row, tags, view, tag + first, bytes);
  const last = places.lastUtc >= 0 ? places.lastUtc : places.lastUptime;
  if (has & HAS.lastSeen) loadTime(columns.lastSeen, row, tags, view, tag + last, bytes);
  if (has & HAS.count) loadU16(columns.seenCount, row, tags, view, tag + places.count, bytes);
  if (has & HAS.pc) loadU16(columns.pc, row, tags, view, tag + places.pc, bytes);
  if (has & HAS.phase) loadU16(columns.phase, row, tags, view, tag + places.phase, bytes);
  if (has & HAS.doppler) loadS16(columns.doppler, row, tags, view, tag + places.doppler, bytes);
  if (has & HAS.motoPhase) loadS16(columns.motoPhase, row, tags, view, tag + places.motoPhase, bytes);
  if (has & HAS.tid) {
    for (let i = row, tid = at + places.tid; i < end; i++, tid += bytes) {
      tidOffset[i] = tid;
      tidBytes[i] = places.tidBytes;
    }
  }
  if (absent !== 0) clear(columns, absent, row, end);
}

/** Zeros in the columns of those bits. */
function clear(columns: TagColumns, bits: number, row: number, end: number): void {
  if (bits & HAS.antenna) columns.antenna.fill(0, row, end);
  if (bits & HAS.rssi) columns.rssi.fill(0, row, end);
  if (bits & HAS.channel) columns.channel.fill(0, row, end);
  if (bits & HAS.firstSeen) columns.firstSeen.fill(0, row, end);
  if (bits & HAS.lastSeen) columns.lastSeen.fill(0, row, end);
  if (bits & HAS.count) columns.seenCount.fill(0, row, end);
  if (bits & HAS.pc) columns.pc.fill(0, row, end);
  if (bits & HAS.phase) columns.phase.fill(0, row, end);
  if (bits & HAS.doppler) columns.doppler.fill(0, row, end);
  if (bits & HAS.motoPhase) columns.motoPhase.fill(0, row, end);
  if (bits & HAS.tid) columns.tidBytes.fill(0, row, end);
}
