import { createRequire } from 'node:module';
import {
  child,
  children,
  createColumns,
  decode,
  encode,
  FrameSplitter,
  numberOf,
  type Parameter,
  readReport,
} from 'node-llrp';
import { edgeFigures } from './edge.ts';
import { type Figure, race, rateFigure, type Side } from './figure.ts';

/** npm llrpjs, the JavaScript peer: classes from a definition, a tree of elements per message. */
interface PeerTag {
  AntennaID: { AntennaID: number };
}
interface PeerMessage {
  decode(): PeerMessage;
  encode(): PeerMessage;
  getBuffer(): Buffer;
  toLLRPData(): { data: { TagReportData: PeerTag | PeerTag[] } };
}
const require = createRequire(import.meta.url);
const { LLRPMessage } = require('llrpjs') as { LLRPMessage: new (buffer: object) => PeerMessage };
const { LLRPBuffer } = require('llrpjs/dist/src/buffer/buffer.js') as { LLRPBuffer: new (bytes: Buffer) => object };

const TAGS_PER_REPORT = 20;
const REPORTS = 2_000;
/** The peer is slow: it gets the first so many. */
const REPORTS_OF_PEER = 10;
const ROUNDS = 9;
const ROUND_TRIPS = 20;

/** What a gate's reader sends of a tag: 49 bytes, or 95 with Impinj's phase, RSSI and Doppler. */
function tag(serial: number, impinj: boolean): Parameter {
  const seen = 1_790_000_000_000_000 + serial * 977;
  const vendor: Parameter[] = [
    { parameter: 'ImpinjRFPhaseAngle', PhaseAngle: serial % 4096 },
    { parameter: 'ImpinjPeakRSSI', RSSI: -4000 - (serial % 3000) },
    { parameter: 'ImpinjRFDopplerFrequency', DopplerFrequency: (serial % 200) - 100 },
  ];
  return {
    parameter: 'TagReportData',
    parameters: [
      { parameter: 'EPC_96', EPC: `3074257bf7194e40${serial.toString(16).padStart(8, '0')}` },
      { parameter: 'AntennaID', AntennaID: 1 + (serial % 4) },
      { parameter: 'PeakRSSI', PeakRSSI: -30 - (serial % 40) },
      { parameter: 'ChannelIndex', ChannelIndex: 1 + (serial % 50) },
      { parameter: 'FirstSeenTimestampUTC', Microseconds: seen },
      { parameter: 'LastSeenTimestampUTC', Microseconds: seen + 1000 },
      { parameter: 'TagSeenCount', TagCount: 1 + (serial % 9) },
      { parameter: 'C1G2_PC', PC_Bits: 0x3000 },
      ...(impinj ? vendor : []),
    ],
  };
}

/** Reports as they lie in a socket's chunk, one behind the other. */
function reports(impinj: boolean): { frames: Uint8Array[]; bytes: Uint8Array } {
  const parts = Array.from({ length: REPORTS }, (_, i) => {
    const parameters = Array.from({ length: TAGS_PER_REPORT }, (_, k) => tag(i * TAGS_PER_REPORT + k, impinj));
    return encode({ message: 'RO_ACCESS_REPORT', version: 1, id: i, parameters });
  });
  const bytes = Buffer.concat(parts);
  return { frames: [...new FrameSplitter().push(bytes)], bytes };
}

/** Both sides add up the antenna of every tag. */
function columnsOf(frames: readonly Uint8Array[]): Side {
  const columns = createColumns();
  return () => {
    let sum = 0;
    for (const frame of frames) {
      const rows = readReport(frame, columns);
      const { antenna } = columns;
      for (let row = 0; row < rows; row++) sum += antenna[row] as number;
    }
    return sum;
  };
}

const objectsOf = (frames: readonly Uint8Array[]): Side => {
  return () => {
    let sum = 0;
    for (const frame of frames) {
      for (const one of children(decode(frame), 'TagReportData')) sum += numberOf(child(one, 'AntennaID'), 'AntennaID');
    }
    return sum;
  };
};

/** A report as the peer's own llrp2json reads it. */
function peerTags(frame: Uint8Array): PeerTag[] {
  const { TagReportData: tags } = new LLRPMessage(new LLRPBuffer(Buffer.from(frame))).decode().toLLRPData().data;
  return Array.isArray(tags) ? tags : [tags];
}

const peerOf = (frames: readonly Uint8Array[]): Side => {
  return () => {
    let sum = 0;
    for (const frame of frames) {
      for (const one of peerTags(frame)) sum += one.AntennaID.AntennaID;
    }
    return sum;
  };
};

/** Does the same `times` over, for a fast side beside a slow one; its checksum is that of one turn. */
const repeated = (side: Side, times: number): Side => {
  return async () => {
    let sum = 0;
    for (let i = 0; i < times; i++) sum = await side();
    return sum;
  };
};

/** Rates of two sides where ours does its work `times` over. */
async function against(
  bench: string,
  tags: number,
  ours: Side,
  theirs: Side,
  times: number,
  detail: object,
): Promise<Figure> {
  const run = await race(repeated(ours, times), theirs, ROUNDS);
  return rateFigure(bench, 'tags/s', tags, { ...run, ours: run.ours / times }, { ...detail, oursRepeated: times });
}

const NOTE = 'the baseline builds the whole tree of objects of each message; the columns do not';

/** How many of the tags the peer finds in a report with vendor parameters: why it is raced without them. */
function peerOnImpinj(frame: Uint8Array): string {
  try {
    return `llrpjs finds ${peerTags(frame).length} of ${TAGS_PER_REPORT} tags in an Impinj report`;
  } catch (error) {
    return `llrpjs fails on an Impinj report: ${String(error)}`;
  }
}

async function byteSum(frames: readonly Uint8Array[], bytes: Uint8Array): Promise<Figure> {
  const sumBytes = (): number => {
    let sum = 0;
    for (let i = 0; i < bytes.length; i++) sum = (sum + (bytes[i] as number)) | 0;
    return sum;
  };
  const run = await race(repeated(columnsOf(frames), 10), repeated(sumBytes, 10), ROUNDS, false);
  const note = 'bytes of reports into columns, against adding up the same bytes in a plain loop';
  return rateFigure('llrp-bytesum', 'bytes/s', bytes.length * 10, run, { note });
}

/**
 * Columns of every report against the peer, which is so slow that it gets the first few, in the plain layout: with
 * Impinj's parameters it loses tags. What both find in those few is compared first.
 */
async function columnsAgainstPeer(
  bench: string,
  frames: readonly Uint8Array[],
  plain: readonly Uint8Array[],
  detail: object,
): Promise<Figure> {
  const few = plain.slice(0, REPORTS_OF_PEER);
  if ((await columnsOf(few)()) !== (await peerOf(few)())) throw new Error('bench: columns and llrpjs differ');
  const run = await race(columnsOf(frames), peerOf(few), ROUNDS, false);
  const scaled = { ...run, ours: (run.ours * few.length) / frames.length };
  return rateFigure(bench, 'tags/s', few.length * TAGS_PER_REPORT, scaled, {
    baseline: 'llrpjs 1.0.1',
    note: NOTE,
    ...detail,
  });
}

/** Columns against our own generic objects, tag for tag. */
async function columnsAgainstObjects(bench: string, frames: readonly Uint8Array[]): Promise<Figure> {
  const run = await race(columnsOf(frames), objectsOf(frames));
  return rateFigure(bench, 'tags/s', frames.length * TAGS_PER_REPORT, run, {
    baseline: 'the generic decoder: an object for each parameter',
  });
}

/** Bytes to objects and back to the same bytes; the checksum is that of the antennas, and of every byte. */
async function roundTrip(frames: readonly Uint8Array[]): Promise<Figure> {
  const check = (frame: Uint8Array, again: Uint8Array): void => {
    if (Buffer.compare(frame, again) !== 0) throw new Error('bench: a frame came back with other bytes');
  };
  const ours = (): number => {
    let sum = 0;
    for (const frame of frames) {
      const message = decode(frame);
      for (const one of children(message, 'TagReportData')) sum += numberOf(child(one, 'AntennaID'), 'AntennaID');
      check(frame, encode(message));
    }
    return sum;
  };
  const theirs = (): number => {
    let sum = 0;
    for (const frame of frames) {
      const message = new LLRPMessage(new LLRPBuffer(Buffer.from(frame))).decode();
      const { TagReportData: tags } = message.toLLRPData().data;
      for (const one of Array.isArray(tags) ? tags : [tags]) sum += one.AntennaID.AntennaID;
      check(frame, message.encode().getBuffer());
    }
    return sum;
  };
  return against('roundtrip', frames.length * TAGS_PER_REPORT, ours, theirs, ROUND_TRIPS, {
    baseline: 'llrpjs 1.0.1: decode, encode',
  });
}

/**
 * LLRP decoding: columns and our generic objects against llrpjs, columns against the memory's floor and the objects;
 * what follows on the edge, and the way back to bytes.
 */
export async function bench(): Promise<Figure[]> {
  const plain = reports(false);
  const impinj = reports(true);
  const few = plain.frames.slice(0, REPORTS_OF_PEER);
  const bytesPerTag = (bytes: Uint8Array) => Math.round(bytes.length / REPORTS / TAGS_PER_REPORT);
  return [
    await columnsAgainstPeer('llrp-columns', plain.frames, plain.frames, { bytesPerTag: bytesPerTag(plain.bytes) }),
    await columnsAgainstPeer('llrp-columns-impinj', impinj.frames, plain.frames, {
      bytesPerTag: bytesPerTag(impinj.bytes),
      peer: `plain layout: ${peerOnImpinj(impinj.frames[0] as Uint8Array)}`,
    }),
    await against('llrp-objects', few.length * TAGS_PER_REPORT, objectsOf(few), peerOf(few), 20, {
      baseline: 'llrpjs 1.0.1',
    }),
    await byteSum(plain.frames, plain.bytes),
    await columnsAgainstObjects('decode', plain.frames),
    await columnsAgainstObjects('decode-impinj', impinj.frames),
    ...(await edgeFigures()),
    await roundTrip(few),
  ];
}
