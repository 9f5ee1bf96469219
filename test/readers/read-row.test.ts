import fc from 'fast-check';
import { createColumns, HAS, type TagColumns } from 'node-llrp';
import { describe, expect, it } from 'vitest';
import { ReaderClock } from '../../readers/clock.ts';
import { ReadRow } from '../../readers/read-row.ts';
import { T0, told, World } from './filter/world.ts';

/** Columns as a report fills them; the EPCs are few, so that most reads are of tags that are there. */
const row = fc.record({
  serial: fc.integer({ min: 1, max: 6 }),
  antenna: fc.constantFrom(0, 1, 2, 3, 300),
  gap: fc.constantFrom(-40_000, -5, 0, 10, 900, 31_000),
  kind: fc.constantFrom('plain', 'plain', 'plain', 'uptime', 'no-time', 'misread', 'future', 'no-pc'),
  rssi: fc.integer({ min: -80, max: -40 }),
});
type Row = { serial: number; antenna: number; gap: number; kind: string; rssi: number };

function columnsOf(rows: Row[], from: number): { columns: TagColumns; until: number } {
  const columns = createColumns(64);
  columns.count = rows.length;
  let ms = from;
  rows.forEach(({ serial, antenna, gap, kind, rssi }, i) => {
    ms += gap;
    const times = kind === 'no-time' ? 0 : HAS.firstSeen | HAS.lastSeen;
    const uptime = kind === 'uptime' ? HAS.firstIsUptime | HAS.lastIsUptime : 0;
    columns.has[i] = HAS.antenna | HAS.rssi | HAS.count | times | uptime | (kind === 'no-pc' ? 0 : HAS.pc);
    columns.epcBits[i] = 96;
    columns.epc0[i] = 0xf034257b;
    columns.epc1[i] = 0xf7194e40;
    columns.epc2[i] = serial * 0x9e3779b1;
    columns.antenna[i] = antenna;
    columns.rssi[i] = rssi * 100;
    columns.seenCount[i] = serial;
    columns.pc[i] = kind === 'misread' ? 0x1000 : 0x3000;
    const at = kind === 'uptime' ? ms - T0 + 1e9 : kind === 'future' ? ms + 5e6 : ms;
    columns.firstSeen[i] = columns.lastSeen[i] = at * 1000;
  });
  return { columns, until: ms };
}

describe('reads of a report', () => {
  it('give the same by the short way as one by one', () => {
    const options = { antennas: { 1: { readPoint: 'urn:x:1' }, 2: { minRssi: -60 }, 3: { zone: 'z' } } };
    const reports = fc.array(fc.array(row, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(reports, fc.constantFrom('arrivals', 'presence'), (all, mode) => {
        const sides = [true, false].map((short) => {
          const world = new World({ mode }, { a: options });
          const { spots } = world.readers.get('a')!;
          const spotOf = (antenna: number) => spots[antenna] ?? spots[0]!;
          const counts = { misreads: 0 };
          const [clock, rows] = [new ReaderClock(1000, () => {}), new ReadRow(counts)];
          let [from, now] = [T0, T0 + 100];
          for (const report of all) {
            const { columns, until } = columnsOf(report, from);
            from = until;
            now = Math.max(now, until + 20);
            world.listening().heard(now);
            if (short) rows.report(columns, clock, now, spotOf, world.filter);
            else
              for (let i = 0; i < columns.count; i++) {
                const read = rows.read(columns, i, clock, now);
                if (read) world.filter.read(spotOf(read.antenna), read, now);
              }
          }
          const { table } = world.filter;
          const entries = [...table.indexes()].map((i) => [
            table.key(i).w2,
            table.state(i),
            table.first(i),
            table.last(i),
          ]);
          return { facts: told(world.filter.take()), entries, counts, filter: world.filter.counts };
        });
        expect(sides[0]).toEqual(sides[1]);
      }),
      { numRuns: 300 },
    );
  });
});
