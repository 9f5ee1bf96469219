import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../../readers/to-event.ts';
import { type Seen, World } from './world.ts';

const READERS = { a: { antennas: { 1: { side: 'A', zone: 'p' }, 2: { side: 'B', zone: 'p' } } } };
const ZONES = { a: { antennas: { 1: { zone: 'left' }, 2: { zone: 'right' } } } };
const EYE = { gpi: 1, edge: 'rising' };
const SETS = ['CURRENT', 'ADDITIONS', 'DELETIONS'].map((set) => ({ set }));

/** A kind of place, and whether reads of one tag may change their order on the way (within the time it waits). */
interface Mode {
  filter: object;
  readers?: Record<string, object>;
  ordered: boolean;
}
const MODES: Record<string, Mode> = {
  arrivals: { filter: {}, ordered: true },
  'arrivals by two reads': { filter: { minReads: 2 }, ordered: true },
  presence: { filter: { mode: 'presence', departAfterMs: 4000 }, ordered: true },
  moves: { filter: { mode: 'moves', departAfterMs: 4000 }, readers: ZONES, ordered: true },
  gate: { filter: { mode: 'gate', details: ['reads', 'raw'] }, ordered: false },
  'gate that aggregates': { filter: { mode: 'gate', aggregate: 'ADD' }, ordered: false },
  'gate with an eye': { filter: { mode: 'gate', window: { open: EYE }, gpiDebounceMs: 30 }, ordered: false },
  cycle: { filter: { mode: 'cycle', cycle: { periodMs: 3000, durationMs: 2000, reports: SETS } }, ordered: false },
  'cycle by triggers': {
    filter: { mode: 'cycle', cycle: { start: EYE, stop: { gpi: 1, edge: 'falling' }, reports: SETS } },
    ordered: false,
  },
  raw: { filter: { mode: 'raw' }, ordered: false },
};

type Happened = { read: Seen; ms: number } | { high: boolean; ms: number };
/** Reads and edges of an input, by their own time; no two reads at one moment. */
const stream = fc
  .array(
    fc.record({
      gap: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 300 }) }, fc.integer({ min: 1, max: 6000 })),
      serial: fc.integer({ min: 1, max: 4 }),
      antenna: fc.constantFrom(1, 2),
      rssi: fc.integer({ min: -70, max: -40 }),
      edge: fc.nat(7),
    }),
    { minLength: 5, maxLength: 60 },
  )
  .map((list) => {
    let [ms, high] = [1000, false];
    return list.map(({ gap, edge, ...read }): Happened => {
      ms += gap;
      return edge === 0 ? { high: (high = !high), ms } : { read: { ...read, at: ms / 1000, more: { rawMs: ms } }, ms };
    });
  });

/** What a collector would send of a stream, each thing handed over so many ms late, killed behind `killed` of them. */
function sent({ filter, readers = READERS, ordered }: Mode, list: Happened[], delays: number[], killed: number) {
  const world = new World(filter, readers);
  const late = (one: Happened, i: number): number => {
    if (!('read' in one)) return 0;
    return delays[(ordered ? one.read.serial! : i) % delays.length]!;
  };
  const arriving = list.map((one, i) => ({ one, lateMs: late(one, i) }));
  arriving.sort((a, b) => a.one.ms + a.lateMs - b.one.ms - b.lateMs || a.one.ms - b.one.ms);
  for (const [i, { one, lateMs }] of arriving.entries()) {
    if ('read' in one) world.see(one.read, lateMs);
    else world.gpi(one.ms / 1000, 1, one.high);
    world.tick((one.ms + lateMs) / 1000);
    if (i !== killed) continue;
    world.save();
    world.restart();
  }
  const end = list.at(-1)!.ms / 1000;
  for (let s = 0; s < 45; s += 0.5) world.tick(end + s);
  const events = eventsOf(world.facts, 200, 0).map(({ body }) => body);
  const counts = world.filter.gates().map(({ counts: own }) => own);
  const notices = world.notices.map(({ kind, atMs, detail }) => JSON.stringify([kind, atMs, detail]));
  return { events: events.toSorted(), counts, notices: notices.toSorted() };
}

describe('a recorded stream', () => {
  for (const [name, mode] of Object.entries(MODES)) {
    it(`gives the same events again in mode ${name}: reads late, a restart anywhere`, () => {
      fc.assert(
        fc.property(
          stream,
          fc.array(fc.nat(90), { minLength: 1, maxLength: 20 }),
          fc.nat(60),
          (list, delays, killed) => {
            const expected = sent(mode, list, [0], Infinity);
            expect(sent(mode, list, [0], killed)).toEqual(expected);
            expect(sent(mode, list, delays, killed)).toEqual(expected);
          },
        ),
        { numRuns: 60 },
      );
    });
  }
});
