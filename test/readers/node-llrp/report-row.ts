import { decode, epcOf, HAS, numberOf, type Parameter, readReport, type TagColumns, tidOf } from 'node-llrp';
import { expect } from 'vitest';

/** What the generic decoder says of one tag, in the form of a row; the last of equal parameters counts. */
function rowOf(tag: Parameter): Record<string, unknown> {
  const last = (name: string) => tag.parameters?.findLast((one) => one.parameter === name);
  const number = (name: string, field: string) => (last(name) ? numberOf(last(name), field) : undefined);
  const epc = tag.parameters?.findLast((one) => one.parameter === 'EPC_96' || one.parameter === 'EPCData')?.['EPC'];
  const bits = typeof epc === 'string' ? { bits: 96, hex: epc } : (epc as { bits: number; hex: string });
  const tid = last('ImpinjSerializedTID')?.['TID'] as number[] | undefined;
  const coarse = number('PeakRSSI', 'PeakRSSI');
  const row = {
    epc: bits.hex,
    bits: bits.bits,
    antenna: number('AntennaID', 'AntennaID'),
    rssi: number('ImpinjPeakRSSI', 'RSSI') ?? (coarse === undefined ? undefined : coarse * 100),
    channel: number('ChannelIndex', 'ChannelIndex'),
    first: number('FirstSeenTimestampUTC', 'Microseconds') ?? number('FirstSeenTimestampUptime', 'Microseconds'),
    firstIsUptime: !last('FirstSeenTimestampUTC') && last('FirstSeenTimestampUptime') !== undefined,
    lastSeen: number('LastSeenTimestampUTC', 'Microseconds') ?? number('LastSeenTimestampUptime', 'Microseconds'),
    lastIsUptime: !last('LastSeenTimestampUTC') && last('LastSeenTimestampUptime') !== undefined,
    count: number('TagSeenCount', 'TagCount'),
    pc: number('C1G2_PC', 'PC_Bits'),
    tid: tid?.map((word) => word.toString(16).padStart(4, '0')).join(''),
    phase: number('ImpinjRFPhaseAngle', 'PhaseAngle'),
    doppler: number('ImpinjRFDopplerFrequency', 'DopplerFrequency'),
    motoPhase: number('MotoTagPhase', 'Phase'),
  };
  return row;
}

/** The same row as the columns have it. */
function columnRow(columns: TagColumns, row: number): Record<string, unknown> {
  const has = columns.has[row] ?? 0;
  const value = (bit: number, array: { [row: number]: number }) => (has & bit ? array[row] : undefined);
  return {
    epc: Buffer.from(epcOf(columns, row)).toString('hex'),
    bits: columns.epcBits[row],
    antenna: value(HAS.antenna, columns.antenna),
    rssi: value(HAS.rssi, columns.rssi),
    channel: value(HAS.channel, columns.channel),
    first: value(HAS.firstSeen, columns.firstSeen),
    firstIsUptime: (has & HAS.firstIsUptime) !== 0,
    lastSeen: value(HAS.lastSeen, columns.lastSeen),
    lastIsUptime: (has & HAS.lastIsUptime) !== 0,
    count: value(HAS.count, columns.seenCount),
    pc: value(HAS.pc, columns.pc),
    tid: has & HAS.tid ? Buffer.from(tidOf(columns, row)).toString('hex') : undefined,
    phase: value(HAS.phase, columns.phase),
    doppler: value(HAS.doppler, columns.doppler),
    motoPhase: value(HAS.motoPhase, columns.motoPhase),
  };
}

const BY_BIT = [
  [HAS.antenna, 'antenna'],
  [HAS.rssi, 'rssi'],
  [HAS.channel, 'channel'],
  [HAS.firstSeen, 'firstSeen'],
  [HAS.lastSeen, 'lastSeen'],
  [HAS.count, 'seenCount'],
  [HAS.pc, 'pc'],
  [HAS.phase, 'phase'],
  [HAS.doppler, 'doppler'],
  [HAS.motoPhase, 'motoPhase'],
  [HAS.tid, 'tidBytes'],
] as const;

const wordsOf = ({ epc0, epc1, epc2 }: TagColumns, row: number): string =>
  [epc0, epc1, epc2].map((word) => (word[row] ?? 0).toString(2).padStart(32, '0')).join('');

/** The EPC's first 96 bits, zeros behind its last. */
function topBits(columns: TagColumns, row: number): string {
  const bits = [...epcOf(columns, row)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits.slice(0, Math.min(96, columns.epcBits[row] ?? 0)).padEnd(96, '0');
}

/** The columns of a report, strictly read, hold what the generic decoder finds, and 0 where it finds nothing. */
export function compare(frame: Uint8Array, columns: TagColumns): void {
  const tags = (decode(frame).parameters ?? []).filter((one) => one.parameter === 'TagReportData');
  expect(readReport(frame, columns, { strict: true })).toBe(tags.length);
  tags.forEach((tag, row) => {
    expect(columnRow(columns, row)).toEqual(rowOf(tag));
    expect(wordsOf(columns, row)).toBe(topBits(columns, row));
    for (const [bit, array] of BY_BIT) if (!((columns.has[row] ?? 0) & bit)) expect(columns[array][row]).toBe(0);
  });
}
