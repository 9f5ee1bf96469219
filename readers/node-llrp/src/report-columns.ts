import { createMemo, type Memo } from './report-layout.ts';

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
  motoPhase: 4096,
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
  /** MotoTagPhase, Zebra's: signed, 32768 to half a turn. */
  motoPhase: Int16Array;
  /** ImpinjSerializedTID: place in `frame` and length in bytes. */
  tidOffset: Uint32Array;
  tidBytes: Uint16Array;
  /** Bits of `has` that any row ever had: the other columns are still all zeros. */
  everHad: number;
  /** What is remembered from one report to the next, to be quicker. */
  memo: Memo;
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
    motoPhase: new Int16Array(rows),
    tidOffset: new Uint32Array(rows),
    tidBytes: new Uint16Array(rows),
    everHad: 0,
    memo: createMemo(),
  };
}

/** Doubles the room and keeps the rows. */
export function grow(columns: TagColumns): void {
  const { count, frame, everHad, memo, ...arrays } = columns;
  const larger = createColumns(Math.max(ROWS_MIN, arrays.has.length * 2));
  for (const [name, old] of Object.entries(arrays) as [keyof typeof arrays, Uint16Array][]) {
    (larger[name] as Uint16Array).set(old);
  }
  Object.assign(columns, larger, { count, frame, everHad, memo });
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
