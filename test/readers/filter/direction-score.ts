// How often the direction at a gate is right, held against what the emulator's groups really did.
// Run it: node test/readers/filter/direction-score.ts [tags a cell]
import { pathToFileURL } from 'node:url';
import { ask, type Asking } from '../../../readers/node-llrp/src/emulator/air.ts';
import { random } from '../../../readers/node-llrp/src/emulator/random.ts';
import { Field, type Read, type Scenario } from '../../../readers/node-llrp/src/emulator/scenario.ts';
import { T0, World } from './world.ts';

/** Where the antennas hang: two metres apart across the way, or at one place, looking out and looking in. */
const GATES = {
  apart: [
    { position: [0, 2, 2], facing: [0, -1, -0.5] },
    { position: [2, 2, 2], facing: [0, -1, -0.5] },
  ],
  together: [
    { position: [1, 2, 2], facing: [-1, -1, -0.5] },
    { position: [1, 2, 2], facing: [1, -1, -0.5] },
  ],
} as const satisfies Record<string, Scenario['antennas']>;
const ZONES: NonNullable<Scenario['zones']> = [
  { name: 'outside', from: [-20, -5], to: [1, 5] },
  { name: 'inside', from: [1, -5], to: [20, 5], inside: true },
];
const PATHS = {
  in: [[-6, 0], [8, 0]],
  out: [[8, 0], [-6, 0]],
  turned: [[-6, 0], [2.5, 0], [-6, 0]],
}; // prettier-ignore
const ASKING: Asking = { session: 0, search: '', powerDbm: 30 };
/** A passage is over long before the next begins. */
const SPACE_S = 60;
const PASSAGE_TAGS = 10;
const IMPINJ_PERIOD = Math.PI;

export interface Cell {
  gate: keyof typeof GATES;
  speedMps: number;
  /** Fading of each read's RSSI, standard deviation. */
  fadingDb: number;
  /** Questions to each tag on each antenna in a second. */
  rounds: number;
  /** Standard deviation of phase and Doppler shift. */
  phaseRad: number;
  dopplerHz: number;
}
export interface Score {
  right: number;
  undecided: number;
  wrong: number;
  /** Of the wrong ones: told `in` for `out`, or `out` for `in`. */
  reversed: number;
}

/** A normal draw of variance 1. */
const normal = (draw: () => number): number =>
  Math.sqrt(-2 * Math.log(Math.max(draw(), 1e-12))) * Math.cos(2 * Math.PI * draw());

/** What a reader would tell of the read: its phase is half a turn off in some hops, and both are noisy. */
function signalOf({ phase, doppler, channel, at }: Read, { phaseRad, dopplerHz }: Cell, draw: () => number) {
  const flip = Math.floor(at / 200_000) % 2 ? Math.PI : 0;
  const radians = (phase * 2 * Math.PI) / 4096 + normal(draw) * phaseRad + flip;
  return { phase: radians, phasePeriod: IMPINJ_PERIOD, channel, doppler: doppler / 16 + normal(draw) * dopplerHz };
}

/** Each tag's direction against the truth, `passages` of them each way, with and without phase and Doppler. */
export function score(cell: Cell, passages: number, seed: number): { without: Score; with: Score } {
  const { gate, speedMps, fadingDb, rounds } = cell;
  const radio = { fadingDb, roundsPerSecond: rounds };
  const field = new Field({ antennas: GATES[gate], zones: ZONES, radio }, seed, T0 * 1000);
  const sides = { antennas: { 1: { side: 'A' }, 2: { side: 'B' } } };
  const worlds = {
    without: new World({ mode: 'gate' }, { a: sides }),
    with: new World({ mode: 'gate' }, { a: sides }),
  };
  const draw = random(seed);
  const truth = new Map<string, string>();
  let at = 0;
  for (let n = 0; n < passages; n++) {
    for (const [way, path] of Object.entries(PATHS)) {
      const tags = { companyPrefix: '0614141', item: '112345', firstSerial: truth.size + 1, count: PASSAGE_TAGS };
      const passage = field.move({ name: `${way} ${n}`, tags, path, speedMps, startMs: 0 }, (T0 + at * 1000) * 1000);
      if (passage.way !== way) throw new Error(`the truth of ${way} is ${passage.way}`);
      for (const epc of passage.epcs) truth.set(epc, way);
      const end = at + SPACE_S;
      const heard = [];
      while (at < end) heard.push(...field.due((T0 + ++at * 1000) * 1000));
      for (const possible of heard) {
        const read = possible.chance && ask(possible, possible.chance, ASKING, field.radio);
        if (!read) continue;
        const seen = { at: read.at / 1e6 - T0 / 1000, antenna: read.antenna, rssi: read.rssi / 100, hex: read.epc };
        worlds.without.see(seen);
        worlds.with.see({ ...seen, more: { signal: signalOf(read, cell, draw) } });
      }
      for (const world of Object.values(worlds)) world.tick(at);
    }
  }
  const judged = (world: World): Score => {
    const result = { right: 0, undecided: truth.size, wrong: 0, reversed: 0 };
    for (const { kind, uri } of world.facts) {
      const serial = Number(uri.split('.').at(-1));
      const way = [...truth.values()][serial - 1];
      if (kind === 'undecided') continue;
      result.undecided--;
      result[kind === way ? 'right' : 'wrong']++;
      if (kind !== way && kind !== 'turned' && way !== 'turned') result.reversed++;
    }
    return result;
  };
  return { without: judged(worlds.without), with: judged(worlds.with) };
}

const MILD = { fadingDb: 2, phaseRad: 0.1, dopplerHz: 4 };
const HARD = { fadingDb: 6, phaseRad: 0.3, dopplerHz: 12 };
const CELLS: Cell[] = (['apart', 'together'] as const).flatMap((gate) =>
  [MILD, HARD].flatMap((noise) =>
    [10, 100].flatMap((rounds) => [0.5, 1, 2, 3].map((speedMps): Cell => ({ gate, speedMps, rounds, ...noise }))),
  ),
);

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const passages = Number(process.argv[2] ?? 20);
  const percent = ({ right, undecided, wrong }: Score): string =>
    [right, undecided, wrong].map((n) => ((100 * n) / (right + undecided + wrong)).toFixed(1)).join(' / ');
  console.log('gate      m/s  reads/s  fading  without: right / undecided / wrong   with');
  for (const cell of CELLS) {
    const result = score(cell, passages, 7);
    const { gate, speedMps, rounds, fadingDb } = cell;
    console.log(gate.padEnd(9), speedMps, rounds, fadingDb, percent(result.without), '|', percent(result.with));
    if (result.with.reversed + result.without.reversed)
      console.log('  reversed:', result.without.reversed, result.with.reversed);
  }
}
