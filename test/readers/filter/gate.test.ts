import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Seen, told, World } from './world.ts';

/** One gate: antenna 1 looks at side A, antenna 2 at side B. */
const SIDES = { antennas: { 1: { side: 'A' }, 2: { side: 'B' } } };
const gate = (filter: object = {}): World => new World({ mode: 'gate', ...filter }, { a: SIDES });

/** RSSI of a tag at `x` metres from a point on its path, antennas hanging 1.5 m off it. */
const rssiAt = (x: number): number => -40 - 40 * Math.log10(Math.hypot(x, 1.5) / 1.5);

/**
 * Reads of a tag on its way: where it is at a time, antennas at -1 m and 1 m, each read ten times a second while it
 * is heard above -70 dBm.
 */
function walk(
  place: (second: number) => number,
  {
    from = 0,
    seconds = 6,
    serial = 1,
    noise = () => 0,
  }: { from?: number; seconds?: number; serial?: number; noise?: () => number } = {},
): Seen[] {
  const reads: Seen[] = [];
  for (let i = 0; i < seconds * 20; i++) {
    const antenna = 1 + (i % 2);
    const x = place(i / 20) - (antenna === 1 ? -1 : 1);
    const rssi = rssiAt(x) + noise();
    if (rssi > -70) reads.push({ at: from + i / 20, antenna, serial, rssi });
  }
  return reads;
}
const inwards = (second: number): number => -3 + second;
const outwards = (second: number): number => 3 - second;
/** To 1.5 m behind the gate and back. */
const turning = (second: number): number => Math.min(-3 + second * 1.5, 6 - second * 1.5);

const play = (world: World, reads: Seen[], until = 60) => {
  for (const read of reads) world.see(read);
  world.tick(until);
  return world.facts.map(({ kind }) => kind);
};
const mirrored = (reads: Seen[]): Seen[] => reads.map((read) => ({ ...read, antenna: 3 - read.antenna! }));

describe('direction at a gate', () => {
  it('is in from side A to side B, out the other way, turned where it came and went back', () => {
    expect(play(gate(), walk(inwards))).toEqual(['in']);
    expect(play(gate(), walk(outwards))).toEqual(['out']);
    expect(play(gate(), walk(turning))).toEqual(['turned']);
    expect(play(gate(), mirrored(walk(turning)))).toEqual(['turned']);
  });

  it('is never guessed: one side alone, standing still, too few reads', () => {
    expect(
      play(
        gate(),
        walk(inwards).filter(({ antenna }) => antenna === 1),
      ),
    ).toEqual(['undecided']);
    expect(
      play(
        gate(),
        walk(() => 0),
      ),
    ).toEqual(['undecided']);
    const few = [...walk(inwards).filter(({ antenna }) => antenna === 1), { at: 5, antenna: 2 }];
    expect(play(gate({ minReads: 2 }), few)).toEqual(['undecided']);
    expect(play(gate({ minReads: 2 }), [{ at: 0, antenna: 1 }])).toEqual([]);
    const world = gate();
    play(
      world,
      walk(() => 0),
    );
    expect(world.notices.map(({ kind }) => kind)).toEqual(['undecided-passage']);
  });

  it('needs two of first read, peak and mean to agree by more than the margin', () => {
    const reads = (later: number): Seen[] => [
      { at: 0, antenna: 1 },
      { at: later, antenna: 2 },
    ];
    expect(play(gate(), reads(0.2))).toEqual(['in']);
    expect(play(gate(), reads(0.15))).toEqual(['undecided']);
    expect(play(gate({ directionMarginMs: 100 }), reads(0.15))).toEqual(['in']);
  });

  it('is found in noise, and mirrored when the sides are swapped', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(inwards, outwards, turning, () => -1),
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 120, maxLength: 120 }),
        (way, noises) => {
          let i = 0;
          const reads = walk(way, { noise: () => noises[i++ % noises.length]! });
          const swap = { in: 'out', out: 'in', turned: 'turned', undecided: 'undecided' } as Record<string, string>;
          const kinds = play(gate(), reads);
          if (way === inwards) expect(kinds).toEqual(['in']);
          if (way === outwards) expect(kinds).toEqual(['out']);
          if (way === turning) expect(['turned', 'undecided']).toContain(kinds[0]); // never a guess
          expect(play(gate(), mirrored(reads))).toEqual(kinds.map((kind) => swap[kind]));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('passages', () => {
  it('end with a pause of passageGapMs, and tell reads, peak and time', () => {
    const world = gate();
    for (const read of [...walk(inwards), ...walk(outwards, { from: 10 })]) world.see(read);
    expect(told(world.tick(30))).toEqual([
      ['in', '1', 0],
      ['out', '1', 10],
    ]);
    expect(world.facts[0]).toMatchObject({ dwellMs: 5950, rssi: -40, count: 120 });
    expect(world.filter.gates()[0]?.counts).toMatchObject({ in: 1, out: 1, turned: 0, undecided: 0, stray: 0 });
  });

  it('come out no later than the gap and a moment after the last read', () => {
    const world = gate();
    for (const read of walk(inwards)) world.see(read);
    expect(world.tick(5.95 + 2.1)).toEqual([]);
    expect(world.tick(5.95 + 2.11)).toHaveLength(1);
    expect(world.tick(9)).toEqual([]);
  });

  it('do not end because the link was lost', () => {
    const world = gate();
    const reads = walk(inwards);
    for (const read of reads.slice(0, 60)) world.see(read);
    world.listening().lost();
    expect(world.tick(30, false)).toEqual([]);
    world.listening().found(Date.parse('2026-05-04T10:00:40Z'));
    for (const read of reads.slice(60)) world.see({ ...read, at: read.at + 37.2 });
    expect(told(world.tick(60)).map(([kind]) => kind)).toEqual(['in']);
  });

  it('wait half a minute for a reader whose link is lost, then go on with the other', () => {
    const readers = {
      a: { antennas: { 1: { zone: 'p', side: 'A' } } },
      b: { antennas: { 2: { zone: 'p', side: 'B' } } },
    };
    const world = new World({ mode: 'gate' }, readers);
    world.listening('b').lost();
    for (const read of walk(inwards)) if (read.antenna === 1) world.see({ ...read, reader: 'a' });
    const hear = (at: number) => {
      world.listening('a').heard(Date.parse('2026-05-04T10:00:00Z') + at * 1000);
      return told(world.tick(at, false));
    };
    expect(hear(30)).toEqual([]);
    expect(hear(40)).toEqual([['undecided', '1', 0]]);
    expect(hear(120)).toEqual([]);
  });

  it('seen by both readers of a portal are one, whoever hands out its reads first', () => {
    const readers = {
      a: { antennas: { 1: { zone: 'p', side: 'A' } } },
      b: { antennas: { 2: { zone: 'p', side: 'B' } } },
    };
    const reads = walk(inwards).map((read) => ({ ...read, reader: read.antenna === 1 ? 'a' : 'b' }));
    const world = new World({ mode: 'gate' }, readers);
    for (const read of reads) world.see(read);
    world.tick(30);
    expect(told(world.facts)).toEqual([['in', '1', 0]]);
    expect(world.facts[0]?.place.reader).toBe('p');
  });

  it('at the next dock are strays: the gate that sees a tag better has it', () => {
    const next = { readPoint: 'urn:x:next', antennas: SIDES.antennas };
    const world = new World({ mode: 'gate' }, { a: SIDES, b: next });
    const reads = walk(inwards);
    const weak = reads.map((read) => ({ ...read, reader: 'b', rssi: read.rssi! - 15 }));
    for (const read of [...reads, ...weak].toSorted((x, y) => x.at - y.at)) world.see(read);
    world.tick(30);
    expect(world.facts.map(({ kind, place }) => [kind, place.readPoint])).toEqual([
      ['in', 'urn:epc:id:sgln:0614141.00777.0'],
    ]);
    expect(world.filter.gates().map(({ counts }) => counts.stray)).toEqual([0, 1]);
    world.filter.sweep();
    for (const read of reads) world.see({ ...read, at: read.at + 60, reader: 'b' });
    expect(told(world.tick(90))).toEqual([['in', '1', 60]]); // alone, it is no stray
  });

  it('come out together where they are to become one event: a pallet whose tags overlap in time', () => {
    const world = gate({ aggregate: 'ADD' });
    const pallet = [1, 2, 3].flatMap((serial) => walk(inwards, { serial, from: serial / 2 }));
    const next = walk(inwards, { serial: 4, from: 6.5 });
    for (const read of [...pallet, ...next].toSorted((x, y) => x.at - y.at)) {
      world.see(read);
      world.tick(read.at);
    }
    expect(world.facts).toEqual([]); // the next one begins before the first is over
    world.tick(30);
    expect(new Set(world.facts.map(({ group }) => group)).size).toBe(1);
    for (const read of walk(inwards, { serial: 5, from: 40 })) world.see(read);
    world.tick(60);
    expect(new Set(world.facts.map(({ group }) => group)).size).toBe(2);
  });

  const passing = fc.record({
    from: fc.integer({ min: 0, max: 40 }),
    serial: fc.integer({ min: 1, max: 4 }),
    way: fc.constantFrom(inwards, outwards, turning, () => -1),
  });
  const scene = fc
    .array(passing, { minLength: 1, maxLength: 6 })
    .map((list) =>
      list.flatMap(({ from, serial, way }) => walk(way, { from, serial })).toSorted((x, y) => x.at - y.at),
    );

  it('are the same whenever anybody looks, and after a restart at any point', () => {
    fc.assert(
      fc.property(scene, fc.array(fc.nat(700), { maxLength: 12 }), fc.nat(700), (reads, looks, killed) => {
        const expected = gate();
        play(expected, reads, 100);
        const world = gate();
        reads.forEach((read, i) => {
          world.see(read);
          if (looks.includes(i)) world.tick(read.at);
          if (i !== killed) return;
          world.save();
          world.restart();
        });
        world.tick(100);
        const sorted = (w: World) => told(w.facts).map(String).toSorted();
        expect(sorted(world)).toEqual(sorted(expected));
        expect(world.filter.gates()).toEqual(expected.filter.gates());
        const { in: i, out, turned, undecided } = world.filter.gates()[0]!.counts;
        expect(i + out + turned + undecided).toBe(world.facts.length);
      }),
      { numRuns: 40 },
    );
  });

  it('do not depend on the order of reads within the time that a gate waits', () => {
    fc.assert(
      fc.property(scene, fc.array(fc.nat(90), { minLength: 1, maxLength: 50 }), (reads, delays) => {
        const expected = gate();
        play(expected, reads, 100);
        const late = reads
          .map((read, i) => ({ read, lateMs: delays[i % delays.length]! }))
          .toSorted((x, y) => x.read.at * 1000 + x.lateMs - (y.read.at * 1000 + y.lateMs));
        const world = gate();
        for (const { read, lateMs } of late) {
          world.see(read, lateMs);
          world.tick(read.at + lateMs / 1000);
        }
        world.tick(100);
        expect(told(world.facts).map(String).toSorted()).toEqual(told(expected.facts).map(String).toSorted());
      }),
      { numRuns: 40 },
    );
  });
});
