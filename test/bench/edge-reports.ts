// Report frames of a plain layout, made by copying one and writing tags and times into it.
import { encode, type Parameter } from 'node-llrp';

export const TAGS_PER_REPORT = 20;
/** A site with a hundred readers at work. */
const READS_PER_MS = 100;
/** Reads of generated reports begin here. */
export const SEEN_MS = Date.now() - 60_000;
const MISS = 0x9e3779b1;

/** A tag of the plain layout, 49 bytes; where its EPC's serial, antenna, RSSI and times stand in it. */
const TAG: Parameter = {
  parameter: 'TagReportData',
  parameters: [
    { parameter: 'EPC_96', EPC: '3074257bf7194e4000000000' },
    { parameter: 'AntennaID', AntennaID: 1 },
    { parameter: 'PeakRSSI', PeakRSSI: -50 },
    { parameter: 'ChannelIndex', ChannelIndex: 7 },
    { parameter: 'FirstSeenTimestampUTC', Microseconds: 0 },
    { parameter: 'LastSeenTimestampUTC', Microseconds: 0 },
    { parameter: 'TagSeenCount', TagCount: 1 },
    { parameter: 'C1G2_PC', PC_Bits: 0x3000 },
  ],
};
export const TAG_BYTES = 49;
export const AT = { serial: 13, antenna: 18, rssi: 21, first: 26, last: 35 } as const;

/** Reports of `reads` reads in time order; `keys` tags in turn, whose serials are in no order. */
export function reports(reads: number, keys: number): Buffer {
  const parameters = Array.from({ length: TAGS_PER_REPORT }, () => TAG);
  const one = encode({ message: 'RO_ACCESS_REPORT', version: 1, id: 1, parameters });
  const bytes = Buffer.concat(Array.from({ length: reads / TAGS_PER_REPORT }, () => one));
  const header = one.length - TAG_BYTES * TAGS_PER_REPORT;
  for (let i = 0; i < reads; i++) {
    const at = Math.floor(i / TAGS_PER_REPORT) * one.length + header + (i % TAGS_PER_REPORT) * TAG_BYTES;
    const seen = BigInt(Math.round((SEEN_MS + i / READS_PER_MS) * 1000));
    bytes.writeUInt32BE(Math.imul(i % keys, MISS) >>> 0, at + AT.serial);
    bytes.writeUInt16BE(1 + (i % 4), at + AT.antenna);
    bytes.writeInt8(-30 - (i % 40), at + AT.rssi);
    bytes.writeBigUInt64BE(seen, at + AT.first);
    bytes.writeBigUInt64BE(seen, at + AT.last);
  }
  return bytes;
}
