import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thresholdOf } from '../../../readers/filter/move.ts';
import { type Seen, told, World } from './world.ts';

const ZONES = { antennas: { 1: { zone: 'left' }, 2: { zone: 'right' } } };
const moves = (filter: object = {}): World => new World({ mode: 'moves', ...filter }, { a: ZONES });
const zonesOf = (world: World) => world.facts.map(({ kind, place }) => `${kind} ${place.reader}`);

describe('moves', () => {
  it('ask for a better mean by the threshold, which falls while the old zone is silent', () => {
    expect(thresholdOf(0, 6, 500)).toBe(6);
    expect(thresholdOf(500, 6, 500)).toBe(6);
    expect(thresholdOf(1000, 6, 500)).toBeCloseTo(2);
    expect(thresholdOf(1500, 6, 500)).toBeCloseTo(-2);
  });

  it('take two reads at the new zone', () => {
    const world = moves();
    world.see({ at: 0, antenna: 1, rssi: -60 });
    world.see({ at: 0.1, antenna: 2, rssi: -50 });
    expect(zonesOf(world)).toEqual(['arrival left']);
    world.see({ at: 0.2, antenna: 2, rssi: -50 });
    expect(zonesOf(world)).toEqual(['arrival left', 'moved right']);
    world.see({ at: 0.3, antenna: 1, rssi: -45 });
    expect(world.facts).toHaveLength(2); // (-60 - 45) / 2 is no better
  });

  it('come with silence alone: a weaker zone has the tag when the stronger one has lost it', () => {
    const world = moves();
    for (let i = 0; i < 5; i++) world.see({ at: i / 10, antenna: 1, rssi: -50 });
    for (let i = 0; i < 30; i++) world.see({ at: 0.5 + i / 10, antenna: 2, rssi: -55 });
    expect(told(world.facts)).toEqual([
      ['arrival', '1', 0],
      ['moved', '1', 2.3], // 0.4 + 0.5 + (6 + 5) / 0.008 ms = 2.275 s
    ]);
  });

  it('end with a departure from all zones', () => {
    const world = moves({ departAfterMs: 5000 });
    world.see({ at: 0, antenna: 1 });
    world.see({ at: 4, antenna: 2, rssi: -80 });
    expect(told(world.tick(10))).toEqual([]);
    expect(told(world.tick(11.5))).toEqual([['departure', '1', 4]]);
    expect(world.facts.at(-1)).toMatchObject({ count: 2, dwellMs: 4000 });
  });

  /** The rule read slowly, over all values that were ever read. */
  function plain(reads: Seen[]): string[] {
    const seen: Record<number, { rssi: number[]; last: number }> = {};
    const out: string[] = [];
    let here = 0;
    for (const { at, antenna = 0, rssi = 0 } of reads) {
      const zone = (seen[antenna] ??= { rssi: [], last: at });
      zone.rssi.push(rssi);
      zone.last = at;
      if (!here) out.push(`arrival ${(here = antenna)}`);
      if (antenna === here) continue;
      const mean = (list: number[]) => list.slice(-20).reduce((a, b) => a + b) / Math.min(20, list.length);
      const old = seen[here]!;
      const offset = 6 - 0.008 * Math.max(0, (at - old.last) * 1000 - 500);
      if (zone.rssi.length >= 2 && mean(zone.rssi) - mean(old.rssi) > offset + 1e-9)
        out.push(`moved ${(here = antenna)}`);
    }
    return out;
  }

  it('are what the rule says, also after a restart at any point', () => {
    const read = fc.record({
      gap: fc.nat(800),
      antenna: fc.integer({ min: 1, max: 2 }),
      rssi: fc.integer({ min: -70, max: -40 }),
    });
    fc.assert(
      fc.property(fc.array(read, { minLength: 1, maxLength: 120 }), fc.nat(120), (list, killed) => {
        let ms = 0;
        const reads = list.map(({ gap, antenna, rssi }) => ({
          at: (ms += gap) / 1000,
          antenna,
          rssi: rssi + 0.5 * (antenna - 1),
        }));
        const world = moves();
        reads.forEach((one, i) => {
          world.see(one);
          if (i !== killed) return;
          world.save();
          world.restart();
        });
        const named = { left: 1, right: 2 } as Record<string, number>;
        expect(world.facts.map(({ kind, place }) => `${kind} ${named[place.reader]}`)).toEqual(plain(reads));
      }),
      { numRuns: 100 },
    );
  });
});
