import { describe, expect, it } from 'vitest';
import { told, World } from './world.ts';

const SIDES = { antennas: { 1: { side: 'A' }, 2: { side: 'B' } } };
const OPEN = { gpi: 1, edge: 'rising' };
const gate = (window: object = {}, filter: object = {}): World =>
  new World({ mode: 'gate', window: { open: OPEN, ...window }, ...filter }, { a: SIDES });

describe('a window by a photo eye', () => {
  it('takes the reads in it by their own time, and none before or after', () => {
    const world = gate();
    world.see({ at: 0.9, serial: 1, antenna: 1 });
    world.see({ at: 1.1, serial: 2, antenna: 1 }, 50);
    world.gpi(1, 1, true); // told after the reads that it is older than
    world.see({ at: 2, serial: 3, antenna: 1 });
    world.see({ at: 2.5, serial: 3, antenna: 2 });
    world.gpi(3, 1, false);
    world.see({ at: 2.9, serial: 4, antenna: 1 }, 150); // late
    world.see({ at: 3.05, serial: 5, antenna: 1 });
    expect(world.tick(3.09)).toEqual([]);
    expect(told(world.tick(3.2)).toSorted((a, b) => a[2] - b[2])).toEqual([
      ['undecided', '2', 1.1],
      ['in', '3', 2],
      ['undecided', '4', 2.9],
    ]);
    expect(new Set(world.facts.map(({ group }) => group)).size).toBe(1);
    expect(world.filter.gates()[0]?.counts).toMatchObject({ in: 1, undecided: 2, empty: 0 });
    expect(world.tick(60)).toEqual([]);
  });

  it('that is empty is told to operators and counted', () => {
    const world = gate();
    world.gpi(1, 1, true);
    world.gpi(4, 1, false);
    expect(world.tick(5)).toEqual([]);
    expect(world.notices).toMatchObject([
      { kind: 'empty-window', detail: { from: '2026-05-04T10:00:01.000Z', to: '2026-05-04T10:00:04.000Z' } },
    ]);
    expect(world.filter.gates()[0]?.counts.empty).toBe(1);
  });

  it('ends after maxMs, and an eye that flickers does not end it', () => {
    const world = gate({ maxMs: 5000 });
    world.gpi(1, 1, true);
    world.gpi(2, 1, false);
    world.gpi(2.05, 1, true);
    world.see({ at: 4, antenna: 1 });
    world.see({ at: 5.9, serial: 2, antenna: 1 });
    expect(world.tick(6.05)).toEqual([]);
    expect(told(world.tick(6.2)).map(([, serial]) => serial)).toEqual(['1', '2']);
    world.see({ at: 7, serial: 3, antenna: 1 });
    world.gpi(8, 1, false);
    expect(world.tick(20)).toEqual([]);
  });

  it('with a second eye has the direction of their order', () => {
    const ways: [string, [number, boolean][]][] = [
      ['in', [[1, true], [2, true], [1, false], [2, false]]],
      ['out', [[2, true], [1, true], [2, false], [1, false]]],
      ['turned', [[1, true], [2, true], [2, false], [1, false]]],
      ['in', [[1, true], [1, false], [2, true], [2, false]]],
      ['undecided', [[1, true], [1, false]]],
    ]; // prettier-ignore
    for (const [kind, edges] of ways) {
      const world = gate({ second: { gpi: 2, edge: 'rising' } });
      edges.forEach(([port, high], i) => world.gpi(1 + i / 2, port, high));
      world.see({ at: 1.2 });
      expect(told(world.tick(10))).toEqual([[kind, '1', 1.2]]);
    }
  });

  it('goes on after a restart in the middle of it', () => {
    const world = gate();
    world.gpi(1, 1, true);
    world.see({ at: 2, antenna: 1 });
    world.save();
    world.see({ at: 2.2, serial: 9, antenna: 1 }); // read and not written: lost by the kill, reported by nobody
    world.restart();
    world.see({ at: 2.5, antenna: 2 });
    world.gpi(3, 1, false);
    expect(told(world.tick(4))).toEqual([['in', '1', 2]]);
  });
});
