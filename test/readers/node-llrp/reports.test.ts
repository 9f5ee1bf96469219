import fc from 'fast-check';
import { createColumns, decode, encode, LlrpError, type Message, type Parameter, readReport } from 'node-llrp';
import { describe, expect, test } from 'vitest';
import { anyReport } from './arbitrary.ts';
import { compare } from './report-row.ts';

/** A report of `times` times the tags of `report`, as a socket's chunk has it: not at the start of its buffer. */
function repeated(report: Message, times: number): Buffer {
  const frame = Buffer.from(encode(report));
  const tags = frame.subarray(10);
  const long = Buffer.concat([Buffer.alloc(3), frame.subarray(0, 10), ...Array.from({ length: times }, () => tags)]);
  long.writeUInt32BE(long.length - 3, 5);
  return long.subarray(3);
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

  test('agree with it on tags of one layout, and where a byte breaks the layout', () => {
    const columns = createColumns(1); // one for all runs: layouts are learnt, helped by and replaced
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(anyReport, fc.integer({ min: 2, max: 9 }), changes, (report, times, list) => {
        const bytes = repeated(report, times);
        compare(bytes, columns);
        for (const [at, value] of list) if (bytes.length > 10) bytes[10 + (at % (bytes.length - 10))] = value;
        let sound = true;
        try {
          decode(bytes);
        } catch {
          sound = false;
        }
        if (sound) compare(bytes, columns);
        else expect(() => readReport(bytes, columns, { strict: true })).toThrow(LlrpError);
      }),
      { numRuns: 1500 },
    );
  });

  test('hold the same with a memo as without one, in the live form', () => {
    const columns = createColumns(1);
    const outcome = (bytes: Uint8Array, into: ReturnType<typeof createColumns>) => {
      try {
        const rows = readReport(bytes, into);
        return Object.entries(into).flatMap(([name, value]) =>
          ArrayBuffer.isView(value) && name !== 'frame' && name !== 'tidOffset'
            ? [[name, [...(value as Uint16Array).subarray(0, rows)]]]
            : [],
        );
      } catch (error) {
        return String(error);
      }
    };
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(anyReport, fc.integer({ min: 2, max: 9 }), changes, (report, times, list) => {
        const bytes = repeated(report, times);
        readReport(bytes, columns);
        for (const [at, value] of list) if (bytes.length > 10) bytes[10 + (at % (bytes.length - 10))] = value;
        expect(outcome(bytes, columns)).toEqual(outcome(bytes, createColumns()));
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
