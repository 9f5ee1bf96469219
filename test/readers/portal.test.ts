import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../readers/config.ts';
import { told, World } from './filter/world.ts';
import { Rig } from './rig.ts';
import { sgtin, StandInReader, until } from './stand-in-reader.ts';

const T0 = Date.parse('2026-05-04T10:00:00Z');
const PORTAL = {
  a: { antennas: { 1: { zone: 'p', side: 'A' } } },
  b: { antennas: { 2: { zone: 'p', side: 'B' } } },
};
/** RSSI of a tag at `x` metres from an antenna that hangs 1.5 m off its path. */
const rssiAt = (x: number): number => -40 - 40 * Math.log10(Math.hypot(x, 1.5) / 1.5);
/** Reads of a tag that goes from -3 m to 3 m or back, at antennas at -1 m and 1 m of two readers. */
const walk = (way: 'in' | 'out', noise: (i: number) => number) =>
  Array.from({ length: 120 }, (_, i) => {
    const reader = i % 2 ? 'b' : 'a';
    const x = (way === 'in' ? -3 + i / 20 : 3 - i / 20) - (reader === 'a' ? -1 : 1);
    return { at: i / 20, reader, antenna: reader === 'a' ? 1 : 2, rssi: rssiAt(x) + noise(i) };
  }).filter(({ rssi }) => rssi > -70);
const noises = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 30, maxLength: 30 });

describe('a portal of two readers', () => {
  it('never tells the other way when one reader goes away in the middle of a passage', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('in' as const, 'out' as const), noises, fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 6000 }),
        (way, noise, gone, cut) => {
          const world = new World({ mode: 'gate' }, PORTAL);
          let lost = false;
          for (const read of walk(way, (i) => noise[i % 30]!)) {
            if (!lost && read.at * 1000 >= cut) world.listening(gone).lost();
            lost ||= read.at * 1000 >= cut;
            if (!lost || read.reader !== gone) world.see(read);
          }
          world.listening(gone === 'a' ? 'b' : 'a').heard(T0 + 60_000);
          world.tick(60, false);
          world.listening(gone).found(T0 + 90_000);
          world.tick(120);
          expect(world.facts.length).toBeLessThanOrEqual(1); // told once, however it comes back
          for (const [kind] of told(world.facts)) expect([way, 'undecided']).toContain(kind);
        },
      ),
      { numRuns: 200 },
    ); // prettier-ignore
  });

  it('never tells the other way by what is left of a clock offset', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('in' as const, 'out' as const),
        noises,
        fc.integer({ min: -40, max: 40 }),
        (way, noise, skewMs) => {
          const world = new World({ mode: 'gate' }, PORTAL);
          const reads = walk(way, (i) => noise[i % 30]!).map((read) => ({
            ...read,
            at: read.at + 1 + (read.reader === 'b' ? skewMs / 1000 : 0),
          }));
          for (const read of reads) world.see(read, 50);
          world.tick(60);
          expect(told(world.facts).map(([kind]) => kind)).toEqual([way]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('corrects what its clocks differ by, however little, where other readers are left at a second', () => {
    const readers = (mode: string, zone = 'p', more: object = {}) =>
      parseConfig({
        readers: ['a', 'b'].map((name, i) => ({
          name, host: 'r', readPoint: 'urn:x:1', antennas: { 1: { zone: i ? zone : 'p', readPoint: i && zone !== 'p' ? 'urn:x:2' : 'urn:x:1' } }, filter: { mode },
          ...(i && zone !== 'p' ? { readPoint: 'urn:x:2' } : {}), ...more,
        })),
        capture: { url: 'http://127.0.0.1/' },
        spool: '/s',
      }).readers.map(({ maxClockOffsetMs }) => maxClockOffsetMs); // prettier-ignore
    expect(readers('gate')).toEqual([20, 20]);
    expect(readers('gate', 'q')).toEqual([1000, 1000]);
    expect(readers('arrivals')).toEqual([1000, 1000]);
    expect(readers('gate', 'p', { maxClockOffsetMs: 500 })).toEqual([500, 500]);
  });

  it('has the direction right, over the wire, with clocks 700 ms apart', async () => {
    const [rig, second] = [await Rig.make(), await StandInReader.start()];
    second.clockMs = 700;
    const filter = { mode: 'gate', passageGapMs: 800 };
    const [first] = (rig.config() as { readers: object[] }).readers;
    const readers = [
      { ...first, antennas: { 1: { side: 'A' } } },
      { ...first, name: 'dock-2', port: second.port, antennas: { 1: { side: 'B' } } },
    ];
    const collector = await rig.start({ readers, filter });
    expect(await until(() => collector.stats().readers.every(({ state }) => state === 'running'))).toBe(true);
    const { epc } = sgtin(1);
    second.send([{ epc, rssi: -40 }]);
    const from = Date.now();
    expect(await until(() => Date.now() > from + 350)).toBe(true);
    rig.reader.send([{ epc, rssi: -40 }]);
    expect(await until(() => rig.endpoint.list().length > 0)).toBe(true);
    expect(rig.endpoint.list()[0]).toMatchObject({ 'tagtrail:kind': 'out' });
    expect(collector.stats().gates[0]?.counts).toMatchObject({ in: 0, out: 1 });
    await rig.stop();
    await second.stop();
    expect(await rig.dispose()).toEqual([]);
  });
});
