import { describe, expect, it } from 'vitest';
import { sgtin } from '../stand-in-reader.ts';
import { T0, World } from './world.ts';

/** Two readers at one read point; what one read shows at once. */
function world(filter: Record<string, unknown> = {}) {
  const all = new World(filter, { a: {}, b: {} });
  const [here, next] = [all.listening('a'), all.listening('b')];
  const see = (
    at: number,
    more: { at?: typeof here; serial?: number; rssi?: number; count?: number; hex?: string } = {},
  ) => {
    const { at: where, ...rest } = more;
    const [fact] = all.see({ ...rest, at, reader: where === next ? 'b' : 'a' });
    return fact && { uri: fact.uri, second: (fact.atMs - T0) / 1000 };
  };
  return { all, here, next, counts: all.filter.counts, see };
}

describe('arrivals', () => {
  it('reports an EPC once while it is read, and again when it was away longer than departAfterMs', () => {
    const { see } = world();
    expect(see(0)).toEqual({ uri: sgtin(1).uri, second: 0 });
    for (const second of [1, 20, 49, 79]) expect(see(second)).toBeUndefined();
    expect(see(109.5)).toEqual({ uri: sgtin(1).uri, second: 109.5 });
    expect(see(110, { serial: 2 })).toEqual({ uri: sgtin(2).uri, second: 110 });
  });

  it('stops the departure clock while nobody listens', () => {
    const { here, see } = world();
    see(0);
    here.heard(T0 + 10_000);
    here.lost();
    here.found(T0 + 600_000);
    expect(see(615)).toBeUndefined(); // 10 s before the gap and 15 s after it
    here.lost();
    here.found(T0 + 700_000);
    expect(see(732)).toEqual({ uri: sgtin(1).uri, second: 732 });
  });

  it('takes a read far older than the last one of its tag for a clock set back: still there', () => {
    const { counts, see } = world();
    see(3600);
    expect(see(1)).toBeUndefined();
    expect(see(2)).toBeUndefined();
    expect(counts.backward).toBe(2);
    expect(see(3629)).toBeUndefined();
  });

  it('sends an older event for another EPC', () => {
    const { see } = world();
    see(3600);
    expect(see(10, { serial: 2 })).toEqual({ uri: sgtin(2).uri, second: 10 });
  });

  it('counts a tag once at a read point that two readers share, and an earlier passage by itself', () => {
    const { next, see } = world();
    expect(see(600)).toBeDefined();
    expect(see(605, { at: next })).toBeUndefined();
    const late = world();
    late.see(600);
    expect(late.see(0, { at: late.next })).toEqual({ uri: sgtin(1).uri, second: 0 });
    expect(late.see(1, { at: late.next })).toBeUndefined();
  });

  it('asks for minReads within windowMs, and dates the arrival with the first of them', () => {
    const { see } = world({ minReads: 3, windowMs: 1000 });
    expect(see(0)).toBeUndefined();
    expect(see(0.9)).toBeUndefined();
    expect(see(1.5)).toBeUndefined(); // 0 … 1.5 is too long
    expect(see(1.8)).toEqual({ uri: sgtin(1).uri, second: 0.9 });
    expect(see(1.9)).toBeUndefined();
    expect(see(5, { serial: 2, count: 3 })).toEqual({ uri: sgtin(2).uri, second: 5 });
  });

  it('does not let weak reads make a tag present, but lets them keep it', () => {
    const { counts, see } = world({ minRssi: -60 });
    expect(see(0, { rssi: -70 })).toBeUndefined();
    expect(counts.weak).toBe(1);
    expect(see(1, { rssi: -60 })).toBeDefined();
    expect(see(25, { rssi: -70 })).toBeUndefined();
    expect(see(50, { rssi: -50 })).toBeUndefined();
  });

  it('keeps out what the lists and unknownEpc keep out, and counts it', () => {
    const { counts, see } = world({
      include: ['urn:epc:pat:sgtin-96:*.0614141.[100000-199999].*', 'e2'],
      exclude: ['urn:epc:pat:sgtin-96:*.*.*.2'],
      unknownEpc: 'drop',
    });
    expect(see(0, { serial: 1 })).toBeDefined();
    expect(see(0, { serial: 2 })).toBeUndefined();
    expect(see(1, { serial: 2 })).toBeUndefined();
    expect(see(0, { hex: 'e20000000000000000000001' })).toBeUndefined(); // included, but of no known scheme
    expect(counts.ignored).toBe(3);
  });

  it('reports an EPC of no known scheme and one of odd length as raw URIs', () => {
    const { see } = world();
    expect(see(0, { hex: 'e20000000000000000000001' })?.uri).toBe('urn:epc:raw:96.xE20000000000000000000001');
    expect(see(0, { hex: '3014' })?.uri).toBe('urn:epc:raw:16.x3014');
  });

  it('forgets a tag only when its reader was listened to long enough after it', () => {
    const { all, here, see } = world();
    const { table } = all.filter;
    const sweep = () => all.filter.sweep();
    see(0);
    here.lost();
    here.found(T0 + 7_200_000);
    sweep();
    expect(table.size).toBe(1);
    here.heard(T0 + 7_200_000 + 16 * 60_000);
    sweep();
    expect(table.size).toBe(0);
  });
});
