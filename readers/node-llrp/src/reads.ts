import { LlrpError } from './error.ts';
import { epcOf, HAS, type TagColumns, tidOf } from './report-columns.ts';
import type { CloseReason, LlrpClient } from './session.ts';

/** Reads that wait for a slow consumer before the reader is held back by TCP. */
const WAITING_MAX = 10_000;
const PHASE_STEPS = 4096;
const MOTO_PHASE_STEPS = 65_536;

/** When a tag was seen: microseconds since 1970, or since the reader was switched on. */
export interface SeenAt {
  clock: 'utc' | 'uptime';
  microseconds: number;
}

/** One TagReportData as an object; what the report lacks is left out. */
export interface TagRead {
  /** Bytes in lower-case hex, padding bits included. */
  epc: string;
  epcBits: number;
  antenna?: number;
  /** dBm; hundredths where an Impinj reader tells them. */
  rssi?: number;
  channel?: number;
  firstSeen?: SeenAt;
  lastSeen?: SeenAt;
  /** How many reads this one stands for. */
  count?: number;
  /** The PC word. */
  pc?: number;
  /** Hex, from ImpinjSerializedTID. */
  tid?: string;
  /** Radians, 0 to 2π: ImpinjRFPhaseAngle or MotoTagPhase. */
  phase?: number;
  /** Hz, from ImpinjRFDopplerFrequency. */
  doppler?: number;
}

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
const turn = (steps: number, ofTurn: number): number => ((((steps / ofTurn) % 1) + 1) % 1) * 2 * Math.PI;

/** A row's phase in radians, 0 to 2π, from whichever maker tells one; undefined where none does. */
export function phaseOf(columns: TagColumns, row: number): number | undefined {
  const has = columns.has[row] ?? 0;
  if (has & HAS.phase) return turn(columns.phase[row] ?? 0, PHASE_STEPS);
  return has & HAS.motoPhase ? turn(columns.motoPhase[row] ?? 0, MOTO_PHASE_STEPS) : undefined;
}

const seenAt = (microseconds: number, isUptime: number): SeenAt => ({
  clock: isUptime ? 'uptime' : 'utc',
  microseconds,
});

/** A row of a report as an object that outlives the report. */
export function tagRead(columns: TagColumns, row: number): TagRead {
  const has = columns.has[row] ?? 0;
  const read: TagRead = { epc: hexOf(epcOf(columns, row)), epcBits: columns.epcBits[row] ?? 0 };
  if (has & HAS.antenna) read.antenna = columns.antenna[row] ?? 0;
  if (has & HAS.rssi) read.rssi = (columns.rssi[row] ?? 0) / 100;
  if (has & HAS.channel) read.channel = columns.channel[row] ?? 0;
  if (has & HAS.firstSeen) read.firstSeen = seenAt(columns.firstSeen[row] ?? 0, has & HAS.firstIsUptime);
  if (has & HAS.lastSeen) read.lastSeen = seenAt(columns.lastSeen[row] ?? 0, has & HAS.lastIsUptime);
  if (has & HAS.count) read.count = columns.seenCount[row] ?? 0;
  if (has & HAS.pc) read.pc = columns.pc[row] ?? 0;
  if (has & HAS.tid) read.tid = hexOf(tidOf(columns, row));
  const phase = phaseOf(columns, row);
  if (phase !== undefined) read.phase = phase;
  if (has & HAS.doppler) read.doppler = (columns.doppler[row] ?? 0) / 16;
  return read;
}

export interface TagReadsOptions {
  /** Ends the iteration, which throws its reason. */
  signal?: AbortSignal;
  /** Reads that may wait; beyond it nothing is taken from the socket, keepalives included. Default 10,000. */
  waitingMax?: number;
}

/**
 * The reads of a client from this call on, as an async iterable of what has come meanwhile: one report, or several
 * where the consumer was slow. A consumer that is too slow holds the reader back, nothing is dropped. Returns when the
 * client is closed here; throws LlrpError CLOSED when the link is lost, and the signal's reason.
 */
export function tagReads(client: LlrpClient, options: TagReadsOptions = {}): AsyncGenerator<TagRead[], void, void> {
  const { signal, waitingMax = WAITING_MAX } = options;
  let waiting: TagRead[] = [];
  let over: CloseReason | undefined;
  let paused = false;
  let wake = (): void => {};
  const untap = client.tap((columns) => {
    for (let row = 0; row < columns.count; row++) waiting.push(tagRead(columns, row));
    if (waiting.length >= waitingMax && !paused) {
      paused = true;
      client.pause();
    }
    wake();
  });
  const resume = (): void => {
    if (paused) client.resume();
    paused = false;
  };
  const end = (reason: CloseReason): void => {
    over = reason;
    wake();
  };
  void client.closed.then(end);
  const aborted = (): void => wake();
  signal?.addEventListener('abort', aborted);

  async function* iterate(): AsyncGenerator<TagRead[], void, void> {
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (waiting.length > 0) {
          const reads = waiting;
          waiting = [];
          resume();
          yield reads;
        } else if (over) {
          if (over.code === 'closed by us') return;
          throw new LlrpError('CLOSED', over.message);
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      untap();
      signal?.removeEventListener('abort', aborted);
      resume();
    }
  }
  return iterate();
}
