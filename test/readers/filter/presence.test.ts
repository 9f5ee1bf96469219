import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CANDIDATE, epcBytes, epcKey, PRESENT, PresenceTable } from '../../../readers/filter/presence.ts';

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const EPCS = [
  '',
  '30',
  '3034257bf7194e4000001a85',
  '3034257bf7194e4000001a86',
  '00000000000000000000000000',
  'ff'.repeat(62),
];

describe('the presence table', () => {
  it('behaves as a map by place and EPC, and comes back from its pages', () => {
    const command = fc.record({
      what: fc.constantFrom('add', 'touch', 'remove', 'sweep', 'find', 'save'),
      epc: fc.oneof(
        fc.constantFrom(...EPCS),
        fc.nat(3000).map((n) => n.toString(16).padStart(24, '3')),
      ),
      place: fc.integer({ min: 1, max: 3 }),
      time: fc.nat(1000),
    });
    const disk = new Map<number, Uint8Array>();
    const save = (table: PresenceTable): void => {
      for (const { page, entries } of table.changed()) disk.set(page, entries);
      table.clean();
    };
    fc.assert(
      fc.property(fc.array(command, { maxLength: 400 }), (commands) => {
        disk.clear();
        let table = new PresenceTable();
        const model = new Map<string, number>();
        for (const { what, epc, place, time } of commands) {
          const key = epcKey(bytesOf(epc));
          const name = `${place} ${epc}`;
          const index = table.find(place, key);
          expect(index >= 0 ? table.last(index) : undefined).toBe(model.get(name));
          if (what === 'add' && index < 0) {
            table.add(place, key, PRESENT, time, time);
            model.set(name, time);
          } else if (what === 'touch' && index >= 0) {
            table.touch(index, time);
            model.set(name, Math.max(time, model.get(name)!));
          } else if (what === 'remove' && index >= 0) {
            table.remove(index);
            model.delete(name);
          } else if (what === 'sweep') {
            table.sweep(1_000_000, (index) => table.last(index) < 100);
            for (const [n, last] of model) if (last < 100) model.delete(n);
          } else if (what === 'save') {
            save(table);
            table = new PresenceTable();
            table.load(
              [...disk].map(([page, entries]) => ({ page, entries })),
              () => true,
            );
          }
          expect(table.size).toBe(model.size);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('finds every one of 100,000 EPCs that differ in the last bits, through every growth', () => {
    const table = new PresenceTable();
    const key = (n: number) => ({ bits: 96, w0: 0x3034257b, w1: 0xf7194e40, w2: n, wide: '' });
    for (let n = 0; n < 100_000; n++) table.add(7, key(n), PRESENT, n, n);
    for (let n = 0; n < 100_000; n += 7) expect(table.last(table.find(7, key(n)))).toBe(n);
    expect(table.find(8, key(1))).toBe(-1);
    expect(table.find(7, key(100_000))).toBe(-1);
  });

  it('is a map while it moves into a larger table, tags leaving and coming all the time', () => {
    const table = new PresenceTable();
    const key = (n: number) => ({
      bits: 96,
      w0: 0x3034257b,
      w1: 0xf7194e40,
      w2: Math.imul(n, 0x9e3779b1) >>> 0,
      wide: '',
    });
    const known: number[] = [];
    for (let n = 0; n < 80_000; n++) {
      table.add(7, key(n), PRESENT, n, n);
      known.push(n);
      if (n % 3 !== 0) continue;
      const [gone] = known.splice((n * 7919) % known.length, 1);
      table.remove(table.find(7, key(gone!)));
      expect(table.find(7, key(gone!))).toBe(-1);
    }
    expect(table.size).toBe(known.length);
    expect(known.filter((n) => table.last(table.find(7, key(n))) !== n)).toEqual([]);
  });

  it('looks at all of its entries within a minute of sweeps a second, however many there are', () => {
    const table = new PresenceTable();
    for (let n = 0; n < 30_000; n++)
      table.add(1, epcKey(Buffer.from(n.toString(16).padStart(24, '0'), 'hex')), PRESENT, n, n);
    for (let second = 0; second < 64; second++) table.sweep(1, () => true);
    expect(table.size).toBe(0);
  });

  it('keeps EPCs of 12 bytes and of other lengths apart, and gives their bytes back', () => {
    for (const hex of EPCS) expect(Buffer.from(epcBytes(epcKey(bytesOf(hex)))).toString('hex')).toBe(hex);
    const table = new PresenceTable();
    table.add(1, epcKey(bytesOf('3000'), 16), PRESENT, 1, 1);
    expect(table.find(1, epcKey(bytesOf('3000'), 15))).toBe(-1);
  });

  it('forgets the ones visited longest ago when it is full, and counts them', () => {
    const table = new PresenceTable(100);
    for (let n = 0; n < 150; n++) table.add(1, epcKey(Buffer.alloc(12, n)), PRESENT, n, n);
    expect([table.size, table.forgotten]).toEqual([100, 50]);
    expect(table.find(1, epcKey(Buffer.alloc(12, 149)))).toBeGreaterThanOrEqual(0);
  });

  it("persists a candidate's reads, and only the pages that changed", () => {
    const table = new PresenceTable();
    for (let n = 0; n < 1000; n++) table.add(1, epcKey(Buffer.from([n >> 8, n])), PRESENT, n, n);
    expect(table.changed()).toHaveLength(4);
    table.clean();
    const index = table.find(1, epcKey(Buffer.from([1, 1])));
    table.set(index, CANDIDATE, 5, 6, [5, 6]);
    const pages = table.changed();
    expect(pages).toHaveLength(1);
    const other = new PresenceTable();
    other.load(pages, () => true);
    expect(other.times(other.find(1, epcKey(Buffer.from([1, 1]))))).toEqual([5, 6]);
    expect(other.size).toBe(256);
    table.clean();
    table.touch(index, 7);
    expect(table.changed(false)).toEqual([]);
    table.clean();
    expect(table.changed()).toHaveLength(1);
  });

  it('refuses pages that are not its own', () => {
    expect(() => new PresenceTable().load([{ page: 0, entries: Buffer.from([9, 1]) }], () => true)).toThrow(RangeError);
    expect(() => new PresenceTable().load([{ page: 0, entries: Buffer.from([1, 0, 2]) }], () => true)).toThrow(
      RangeError,
    );
  });
});
