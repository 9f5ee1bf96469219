import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { told, World } from './world.ts';

const READERS = { a: { antennas: { 1: { side: 'A' }, 2: { side: 'B' } } } };
const OPEN = { gpi: 1, edge: 'rising' };
const gate = (more: object = {}): World => new World({ mode: 'gate', window: { open: OPEN }, ...more }, READERS);
const windows = (world: World) =>
  world.notices.map(({ detail }) => [detail['from'], detail['to']].map((t) => String(t).slice(17, 23)));

describe('inputs', () => {
  it('that bounce are one edge, at the beginning of what lasts', () => {
    const world = gate({ gpiDebounceMs: 50 });
    for (const [at, high] of [[1, true], [1.01, false], [1.02, true], [3, false], [3.02, true], [3.03, false]] as const) {
      world.gpi(at, 1, high);
    } // prettier-ignore
    world.tick(5);
    expect(windows(world)).toEqual([['01.020', '03.030']]);
  });

  it('that show for less than the debounce time are nothing', () => {
    const world = gate({ gpiDebounceMs: 50 });
    world.gpi(1, 1, true);
    world.gpi(1.04, 1, false);
    world.tick(5);
    expect(world.notices).toEqual([]);
    world.gpi(6, 1, true);
    world.gpi(6.05, 1, false);
    world.tick(8);
    expect(windows(world)).toEqual([['06.000', '06.050']]);
  });

  it('count as changed when they are found at another level once the link is up', () => {
    const world = gate();
    world.gpi(1, 1, true);
    world.listening().lost();
    world.listening().found(Date.parse('2026-05-04T10:00:04Z'));
    world.gpiFound(4, 1, false);
    world.tick(4.5);
    expect(world.notices).toEqual([]); // the reader may have held the event
    world.tick(6);
    expect(windows(world)).toEqual([['01.000', '04.000']]);
  });

  it('have the time of the event where the reader held it', () => {
    const world = gate();
    world.gpi(1, 1, true);
    world.gpiFound(4, 1, false);
    world.gpi(2.5, 1, false);
    world.tick(6);
    expect(windows(world)).toEqual([['01.000', '02.500']]);
    world.gpiFound(10, 1, false);
    world.gpi(10.2, 1, true); // the first event behind it
    world.gpi(11, 1, false);
    world.tick(13);
    expect(windows(world).slice(1)).toEqual([['10.200', '11.000']]);
  });

  it('of which nothing was known are only noted, and levels told again are no edges', () => {
    const world = gate();
    world.gpiFound(1, 1, true);
    world.tick(3);
    world.gpi(4, 1, true);
    world.gpi(5, 1, false);
    world.tick(40);
    expect(world.notices).toEqual([]);
  });

  it('of two readers at one gate do not meddle with each other', () => {
    const side = (antenna: number, name: string) => ({ antennas: { [antenna]: { zone: 'p', side: name } } });
    const world = new World({ mode: 'gate', window: { open: OPEN } }, { a: side(1, 'A'), b: side(2, 'B') });
    world.gpi(1, 1, true, 'a');
    world.gpiFound(1.5, 1, false, 'b');
    world.see({ at: 2, antenna: 1, reader: 'a' });
    world.see({ at: 3, antenna: 2, reader: 'b' });
    world.gpi(4, 1, false, 'a');
    world.tick(6);
    expect(told(world.facts)).toEqual([['in', '1', 2]]);
  });

  it('give the same windows whenever anybody looks, and after a restart at any point', () => {
    const edge = fc.record({
      gap: fc.nat(400),
      high: fc.boolean(),
      kind: fc.constantFrom('gpi', 'gpi', 'gpi', 'gpiFound'),
    });
    fc.assert(
      fc.property(
        fc.array(edge, { minLength: 1, maxLength: 40 }),
        fc.nat(40),
        fc.constantFrom(0, 30, 150),
        (list, killed, gpiDebounceMs) => {
          const [world, other] = [gate({ gpiDebounceMs }), gate({ gpiDebounceMs })];
          let ms = 1000;
          list.forEach(({ gap, high, kind }, i) => {
            ms += gap;
            for (const one of [world, other]) one[kind](ms / 1000, 1, high);
            world.tick(ms / 1000);
            if (i === killed) {
              world.save();
              world.restart();
            }
          });
          for (const one of [world, other]) for (let s = 0; s < 40; s++) one.tick(ms / 1000 + s);
          expect(windows(world)).toEqual(windows(other));
          expect(world.filter.gates()).toEqual(other.filter.gates());
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('counts of a gate', () => {
  it('are those of all intervals together, each by when its passages began, and survive a restart', () => {
    const world = gate({ countEveryMs: 10_000 });
    for (const from of [1, 12, 29.5, 31]) {
      world.gpi(from, 1, true);
      if (from < 30) world.see({ at: from + 0.2, antenna: 1, serial: Math.ceil(from) });
      if (from < 20) world.see({ at: from + 0.7, antenna: 2, serial: Math.ceil(from) });
      world.gpi(from + 1, 1, false);
      world.tick(from + 1.2);
      if (from === 12) {
        world.save();
        world.restart();
      }
    }
    const [{ counts, intervals } = { counts: {}, intervals: [] }] = world.filter.gates();
    expect(counts).toEqual({ in: 2, out: 0, turned: 0, undecided: 1, empty: 1, stray: 0 });
    expect(intervals.map(({ from, counts: own }) => [from.slice(17, 19), own.in, own.undecided, own.empty])).toEqual([
      ['30', 0, 0, 1],
      ['20', 0, 1, 0],
      ['10', 1, 0, 0],
      ['00', 1, 0, 0],
    ]);
    for (let n = 10; n < 50; n++) {
      world.gpi(n * 10, 1, true);
      world.gpi(n * 10 + 1, 1, false);
      world.tick(n * 10 + 2);
    }
    expect(world.filter.gates()[0]?.intervals).toHaveLength(24);
    expect(world.filter.gates()[0]?.counts.empty).toBe(41);
  });
});
