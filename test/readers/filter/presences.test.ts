import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sgtin } from '../stand-in-reader.ts';
import { type Seen, T0, told, World } from './world.ts';

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

  it('takes it for a new visit where a clock may have been set back and the tag was away', () => {
    const { all, here, see } = world();
    see(600);
    see(1200, { serial: 2 });
    here.heard(T0 + 1_200_000);
    here.inDoubt = true;
    const late = (at: number, serial: number): number =>
      all.see({ at, serial, reader: 'a' }, (1210 - at) * 1000).length;
    expect(late(10, 1)).toBe(1);
    expect(late(10, 2)).toBe(0); // it was seen ten seconds ago
    expect(late(12, 1)).toBe(0);
    here.inDoubt = false;
    all.filter.setBack(all.places.values(), { byMs: 1_200_000, fromMs: T0 + 1_205_000, toMs: T0 + 1_215_000 });
    expect(see(1230)).toBeUndefined();
  });

  it('forgets nothing while a clock may have been set back', () => {
    const { all, here } = world();
    all.see({ at: 0, reader: 'a' }, 7_200_000);
    here.heard(T0 + 7_200_000);
    here.inDoubt = true;
    for (let n = 0; n < 3; n++) all.filter.sweep();
    expect(all.filter.table.size).toBe(1);
    here.inDoubt = false;
    for (let n = 0; n < 3; n++) all.filter.sweep();
    expect(all.filter.table.size).toBe(0);
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

describe('presence', () => {
  const presence = (filter: object = {}) => new World({ mode: 'presence', ...filter });

  it('tells the departure with time, dwell and count, once its reader was heard long enough', () => {
    const world = presence();
    for (const at of [0, 3, 12]) world.see({ at, count: 2 });
    expect(told(world.tick(44))).toEqual([]);
    expect(told(world.tick(44.5))).toEqual([['departure', '1', 12]]);
    expect(world.facts.at(-1)).toMatchObject({ dwellMs: 12_000, count: 6 });
    expect(told(world.tick(100))).toEqual([]);
    expect(told(world.see({ at: 101 }))).toEqual([['arrival', '1', 101]]);
  });

  it('tells no departure while the link is down, and takes the time before and after it together', () => {
    const world = presence();
    world.see({ at: 0 });
    world.listening().lost();
    world.listening().found(T0 + 3_600_000);
    expect(world.tick(3600 + 31)).toEqual([]);
    expect(told(world.tick(3600 + 33))).toEqual([['departure', '1', 0]]);
  });

  it('waits for a queue that is being emptied', () => {
    const world = presence();
    for (let i = 0; i < 20; i++) {
      world.see({ at: i * 25 }, 600_000 - i * 24_900); // in two seconds, what was read in eight minutes
      expect(world.tick(600 + i / 10)).toEqual([]);
    }
    expect(told(world.facts)).toEqual([['arrival', '1', 0]]);
  });

  it('has a zone where several antennas see the same place, of one reader or of two', () => {
    const zone = { antennas: { 1: { zone: 'z' }, 2: { zone: 'z' } } };
    const world = new World({ mode: 'presence' }, { a: zone, b: zone });
    world.see({ at: 0, antenna: 1 });
    world.see({ at: 20, antenna: 2 });
    world.see({ at: 40, antenna: 1, reader: 'b' });
    world.see({ at: 60, antenna: 3 }); // of no zone
    world.tick(73);
    expect(told(world.facts)).toEqual([
      ['arrival', '1', 0],
      ['arrival', '1', 60],
      ['departure', '1', 40],
    ]);
    world.see({ at: 100, antenna: 2 });
    world.listening('b').lost(); // half of the zone is deaf
    world.tick(140, false);
    expect(told(world.facts).filter(([kind, , at]) => kind === 'departure' && at === 100)).toEqual([]);
  });

  const reads = fc
    .array(fc.record({ gap: fc.integer({ min: 0, max: 50_000 }), serial: fc.integer({ min: 1, max: 4 }) }), {
      minLength: 1,
      maxLength: 60,
    })
    .map((list) => {
      let at = 0;
      return list.map(({ gap, serial }): Seen => ({ at: (at += gap) / 1000, serial }));
    });

  /** The specification read slowly: all reads of a tag, cut where the pause is too long. */
  function visits(all: Seen[], departAfterMs = 30_000): string[] {
    return [...Map.groupBy(all, ({ serial }) => serial)].flatMap(([serial, list]) => {
      const out: string[] = [];
      let last: number | undefined;
      for (const { at } of list) {
        if (last !== undefined && (at - last) * 1000 > departAfterMs) out.push(`departure,${serial},${last}`);
        if (last === undefined || (at - last) * 1000 > departAfterMs) out.push(`arrival,${serial},${at}`);
        last = at;
      }
      return [...out, `departure,${serial},${last}`];
    });
  }

  it('is what its reads say, whenever anybody looks, and after a restart at any point', () => {
    fc.assert(
      fc.property(reads, fc.array(fc.nat(60)), fc.nat(60), (all, looks, killed) => {
        const world = presence();
        all.forEach((read, i) => {
          world.see(read);
          if (looks.includes(i)) world.tick(read.at);
          if (i !== killed) return;
          world.save();
          world.restart();
        });
        for (const later of [1, 40, 80]) world.tick(all.at(-1)!.at + later);
        expect(told(world.facts).map(String).toSorted()).toEqual(visits(all).toSorted());
      }),
      { numRuns: 100 },
    );
  });
});
