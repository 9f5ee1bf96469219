import { inventoryROSpec, type Scenario, startEmulator } from 'node-llrp';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, type Asking } from '../../../readers/node-llrp/src/emulator/air.ts';
import { Path } from '../../../readers/node-llrp/src/emulator/path.ts';
import { dopplerHz, link, phaseOf, RADIO, readChance } from '../../../readers/node-llrp/src/emulator/physics.ts';
import { Field, type Read } from '../../../readers/node-llrp/src/emulator/scenario.ts';
import { client, closeAll, run, start, until } from './emulator-rig.ts';

afterEach(closeAll);

const KHZ = 915_250;
const ANTENNA = { position: [0, 0, 1], facing: [1, 0, 0], gainDbi: 6, beamwidthDeg: 70 } as const;
const TAGS = { companyPrefix: '0614141', item: '112345', firstSerial: 1, count: 8 };
/** A gate: two antennas three metres apart along the way, the hall behind x = 1.5. */
const GATE: Scenario = {
  antennas: [
    { position: [0, 2, 2], facing: [0, -1, -0.5] },
    { position: [3, 2, 2], facing: [0, -1, -0.5] },
  ],
  zones: [
    { name: 'dock', from: [-10, -5], to: [1.5, 5] },
    { name: 'hall', from: [1.5, -5], to: [20, 5], inside: true },
  ],
};
const through = (path: number[][], more = {}) => ({ name: 'pallet', tags: TAGS, path, speedMps: 1, ...more });

describe('the air', () => {
  const at = (x: number, y = 0) => link(ANTENNA, [x, y, 1], [-1, 0, 0], KHZ);

  test('RSSI falls with the fourth power of the distance, 12 dB for the double', () => {
    expect(at(2).rssiDbm - at(4).rssiDbm).toBeCloseTo(12.04, 1);
    expect(at(2).tagDbm - at(4).tagDbm).toBeCloseTo(6.02, 1);
    expect(at(1).rssiDbm).toBeGreaterThan(-50);
    expect(at(1).rssiDbm).toBeLessThan(-25);
  });

  test('the pattern: 3 dB each way at half the beamwidth, 20 dB behind', () => {
    const side = 2 * Math.tan((35 * Math.PI) / 180);
    const far = Math.hypot(2, side);
    expect(at(far).rssiDbm - at(2, side).rssiDbm).toBeCloseTo(6, 1);
    expect(at(2).tagDbm - at(-2).tagDbm).toBeCloseTo(20, 5);
  });

  test('phase turns once in half a wavelength, Doppler has the sign of the motion', () => {
    const wave = 299_792_458 / (KHZ * 1000);
    expect(phaseOf(1 + wave / 8, KHZ, 0) - phaseOf(1, KHZ, 0)).toBeCloseTo(1024, -1);
    expect(Math.abs(phaseOf(1 + wave / 2, KHZ, 0) - phaseOf(1, KHZ, 0))).toBeLessThanOrEqual(1);
    expect(dopplerHz(at(3).nearingMps, KHZ)).toBeCloseTo(2 / wave, 3);
    expect(dopplerHz(-1, KHZ)).toBeLessThan(0);
  });

  test('the chance of a read goes from one to nothing, and is nothing below the floor', () => {
    expect(readChance(-50, RADIO)).toBeGreaterThan(0.999);
    expect(readChance(RADIO.halfDbm, RADIO)).toBe(0.5);
    expect(readChance(-81, RADIO)).toBe(0);
  });
});

describe('a path', () => {
  test('takes its time, waits where it should, and knows when it is in a zone', () => {
    const path = new Path(
      [
        [0, 0, 1],
        [4, 0, 1],
        [4, 3, 1],
      ],
      2,
      [{ point: 1, ms: 500 }],
      0,
    );
    expect(path.endUs).toBe(4e6);
    expect(path.at(1e6)).toEqual({ place: [2, 0, 1], velocity: [2, 0, 0] });
    expect(path.at(2.2e6)).toEqual({ place: [4, 0, 1], velocity: [0, 0, 0] });
    const zone = { name: 'gate', from: [3, -1], to: [5, 1] } as const;
    expect(path.stays([zone])).toEqual([{ zone, enteredUs: 1.5e6, leftUs: 3e6 }]);
    expect(path.nearest([1, 1, 1])).toEqual({ atUs: 0.5e6, metres: 1 });
  });

  test.each([
    [
      [
        [-4, 0],
        [8, 0],
      ],
      'in',
      [1, 2],
      ['dock', 'hall'],
    ],
    [
      [
        [8, 0],
        [-4, 0],
      ],
      'out',
      [2, 1],
      ['hall', 'dock'],
    ],
    [
      [
        [-4, 0],
        [2, 0],
        [-4, 0],
      ],
      'turned',
      [1, 2],
      ['dock', 'hall', 'dock'],
    ],
    [
      [
        [-4, 0],
        [1, 0],
      ],
      'past',
      [1, 2],
      ['dock'],
    ],
  ])('%j goes %s', (points, way, antennas, zones) => {
    const passage = new Field(GATE, 1, 0).move(through(points), 0);
    expect(passage.way).toBe(way);
    expect([...passage.antennas]).toEqual(antennas);
    expect(passage.zones?.map(({ zone }) => zone)).toEqual(zones);
    expect(passage.endedAt - passage.startedAt).toBeCloseTo(
      points.slice(1).reduce((sum, [x = 0], i) => sum + Math.abs(x - (points[i]?.[0] ?? 0)), 0) * 1000,
    );
  });
});

describe('groups', () => {
  const asking = (session: number, search = ''): Asking => ({ session, search, powerDbm: 30 });
  /** Everything that is read of a scenario, asked in one way. */
  const play = (scenario: Scenario, how: Asking, { seed = 1, stepUs = 20_000, untilUs = 15e6 } = {}): Read[] => {
    const field = new Field(scenario, seed, 0);
    const reads: Read[] = [];
    for (let at = 0; at <= untilUs; at += stepUs) {
      for (const read of field.due(at)) {
        const heard = read.chance ? ask(read, read.chance, how, field.radio) : read;
        if (heard) reads.push(heard);
      }
    }
    return reads;
  };
  const byAntenna = (reads: Read[], antenna: number) => reads.filter((read) => read.antenna === antenna);
  const peak = (reads: Read[]) => reads.reduce((best, read) => (read.rssi > best.rssi ? read : best)).at;

  test('the same seed gives the same reads, however time passes; another seed gives others', () => {
    const scenario = {
      ...GATE,
      groups: [
        through([
          [-6, 0],
          [9, 0],
        ]),
      ],
    };
    const key = ({ at, epc, antenna, rssi, phase, doppler }: Read) => [at, epc, antenna, rssi, phase, doppler].join();
    const all = (seed: number, stepUs: number) => play(scenario, asking(0), { seed, stepUs }).map(key).sort();
    expect(all(3, 20_000).length).toBeGreaterThan(100);
    expect(all(3, 700_000)).toEqual(all(3, 20_000));
    expect(all(4, 20_000)).not.toEqual(all(3, 20_000));
  });

  test('every tag of a pallet is read, first and strongest at the antenna it meets first', () => {
    const [first, second] = [1, 2].map((antenna) =>
      byAntenna(
        play(
          {
            ...GATE,
            groups: [
              through([
                [-6, 0],
                [9, 0],
              ]),
            ],
          },
          asking(0),
        ),
        antenna,
      ),
    ) as [Read[], Read[]];
    expect(new Set(first.map(({ epc }) => epc)).size).toBe(TAGS.count);
    expect(new Set(second.map(({ epc }) => epc)).size).toBe(TAGS.count);
    expect(peak(second) - peak(first)).toBeGreaterThan(1e6);
    const doppler = (reads: Read[]) => reads.reduce((sum, read) => sum + read.doppler, 0);
    expect(doppler(first.filter(({ at }) => at < 5e6))).toBeGreaterThan(0);
    expect(doppler(first.filter(({ at }) => at > 7e6))).toBeLessThan(0);
  });

  test('less power, less range', () => {
    const scenario = {
      ...GATE,
      groups: [
        through([
          [-9, 0],
          [12, 0],
        ]),
      ],
    };
    const strong = play(scenario, asking(0));
    const weak = play(scenario, { ...asking(0), powerDbm: 20 });
    expect(weak.length).toBeLessThan(strong.length / 2);
    expect(Math.max(...weak.map(({ rssi }) => rssi))).toBeLessThan(Math.max(...strong.map(({ rssi }) => rssi)));
  });

  test('a standing pallet: session 0 never rests, 1 seldom speaks, 2 once, dual target as often as 0', () => {
    const scenario = { ...GATE, groups: [through([[0, 0]])] };
    const counts = [
      asking(0),
      asking(1),
      asking(2),
      asking(2, 'Dual_Target'),
      asking(1, 'Single_Target_With_Suppression'),
    ].map((how) => play(scenario, how).length);
    const [s0 = 0, s1 = 0, s2 = 0, dual, focus] = counts;
    expect(s0).toBeGreaterThan(TAGS.count * 40);
    expect(s1).toBeLessThan(s0 / 3);
    expect(s1).toBeGreaterThan(TAGS.count * 2);
    expect(s2).toBeGreaterThanOrEqual(TAGS.count);
    expect(s2).toBeLessThan(TAGS.count * 2);
    expect(dual).toBe(s0);
    expect(focus).toBeLessThanOrEqual(s2);
  });

  test('in session 2 a tag that left and came back is read again', () => {
    const back = through(
      [
        [0, 0],
        [-39, 0],
        [0, 0],
      ],
      { speedMps: 3 },
    );
    const reads = play({ ...GATE, groups: [back] }, asking(2), { untilUs: 27e6 });
    const epcs = (from: number, to: number) =>
      new Set(reads.filter(({ at }) => at >= from && at < to).map(({ epc }) => epc)).size;
    expect(epcs(0, 3e6)).toBe(TAGS.count);
    expect(epcs(8e6, 18e6)).toBe(0);
    expect(epcs(20e6, 27e6)).toBeGreaterThan(TAGS.count / 2);
  });

  test('reach a client through an ROSpec, and the truth tells the way', async () => {
    const emulator = await start({ scenario: { ...GATE, radio: { roundsPerSecond: 50 } } });
    const { reader, tags } = await client(emulator);
    await run(reader, inventoryROSpec({ id: 1, session: 0, immediate: true }));
    emulator.move(
      through(
        [
          [-3, 0],
          [6, 0],
        ],
        { speedMps: 10 },
      ),
    );
    await until(() => emulator.truth().reported.size === TAGS.count);
    await until(() => tags().length > TAGS.count * 2);
    const [line] = [...emulator.truth().lines()].filter(({ truth }) => truth === 'passage');
    expect(line).toMatchObject({ group: 'pallet', way: 'in', antennas: [1, 2] });
    await until(() => [...emulator.truth().lines()].filter(({ truth }) => truth === 'sent').length === TAGS.count);
  });

  test.each([
    [{ groups: [through([])] }, 'a path has 1 to 1000 points, not 0'],
    [{ groups: [through([[0, 0]], { speedMps: 0 })] }, 'speedMps is 0'],
    [{ radio: { roundsPerSecond: 1e6 } }, 'roundsPerSecond is 1000000'],
    [{ antennas: [{ facing: [0, 0, 0] }] }, 'antenna 1 needs position'],
  ] as [Scenario, string][])('refuses %j', async (scenario, words) => {
    await expect(startEmulator({ scenario })).rejects.toThrow(words);
  });
});
