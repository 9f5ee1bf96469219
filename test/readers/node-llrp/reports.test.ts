import fc from 'fast-check';
import {
  createColumns,
  decode,
  encode,
  epcOf,
  HAS,
  LlrpError,
  type Message,
  numberOf,
  type Parameter,
  readReport,
  type TagColumns,
  tidOf,
} from 'node-llrp';
import { describe, expect, test } from 'vitest';
import { anyReport } from './arbitrary.ts';

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
  };
}

function compare(frame: Uint8Array, columns: TagColumns): void {
  const tags = (decode(frame).parameters ?? []).filter((one) => one.parameter === 'TagReportData');
  expect(readReport(frame, columns, { strict: true })).toBe(tags.length);
  tags.forEach((tag, row) => expect(columnRow(columns, row)).toEqual(rowOf(tag)));
}

describe('report columns', () => {
  test('agree with the generic decoder on any layout', () => {
    const columns = createColumns(1);
    fc.assert(
      fc.property(anyReport, (report) => compare(encode(report), columns)),
      { numRuns: 500 },
    );
  });

  test('refuse what the generic decoder refuses, strictly read, whatever bytes are changed', () => {
    const columns = createColumns();
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(anyReport, changes, (report, list) => {
        const bytes = Buffer.from(encode(report));
        for (const [at, value] of list) if (bytes.length > 10) bytes[10 + (at % (bytes.length - 10))] = value;
        let expected: Message | undefined;
        try {
          expected = decode(bytes);
        } catch {
          expect(() => readReport(bytes, columns, { strict: true })).toThrow(LlrpError);
          expect(columns.count).toBe(0);
        }
        if (expected) compare(bytes, columns);
      }),
      { numRuns: 1000 },
    );
  });

  test('grow with the report and are reused for the next', () => {
    const columns = createColumns(1);
    const tag = (serial: number): Parameter => ({
      parameter: 'TagReportData',
      parameters: [
        { parameter: 'EPC_96', EPC: serial.toString(16).padStart(24, '0') },
        { parameter: 'AntennaID', AntennaID: serial },
      ],
    });
    const many = encode({
      message: 'RO_ACCESS_REPORT',
      version: 1,
      id: 1,
      parameters: Array.from({ length: 1000 }, (_, i) => tag(i)),
    });
    expect(readReport(many, columns)).toBe(1000);
    expect([...columns.epc2.subarray(0, 1000)]).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    const bare = { parameter: 'TagReportData', parameters: [{ parameter: 'EPCData', EPC: { bits: 13, hex: 'ffff' } }] };
    expect(readReport(encode({ message: 'RO_ACCESS_REPORT', version: 1, id: 1, parameters: [bare] }), columns)).toBe(1);
    expect([columns.has[0], columns.antenna[0], columns.epcBits[0]]).toEqual([0, 0, 13]);
    expect([columns.epc0[0], columns.epc1[0], columns.epc2[0]]).toEqual([0xfff80000, 0, 0]); // no padding bits in the words
  });

  test('a report without tags has no rows', () => {
    expect(readReport(Buffer.from('043d0000000a00000001', 'hex'), createColumns())).toBe(0);
  });

  test('the live form reads past what it skips, the strict one does not', () => {
    const broken = Buffer.from(
      '043d0000002c0000000100f000228d3034257bf7194e4000000001015d0011000001ffff0011223344556677',
      'hex',
    );
    const columns = createColumns();
    expect(readReport(broken, columns)).toBe(1);
    expect(() => readReport(broken, columns, { strict: true, offset: 100 })).toThrow(
      /^offset 134: ReadData counts 65535/,
    );
    expect(columns.count).toBe(0);
  });
});
