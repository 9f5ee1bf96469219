// Large worlds of one shape on PGlite: fan-out, deep chain, dense diamond, wide heel.
import { factsOf } from '../../src/store/facts.ts';
import { DEFAULT_TENANT, openStore, type Store } from '../../src/store/open.ts';
import { ask, type Op } from '../../src/trace/index.ts';
import type { Figure } from './figure.ts';
import { captureAll, eventAt, eventsOf, type Fields, raw } from './trace-world.ts';

/** Each must be answered within. */
const MS_MAX = 1_000;
const ROUNDS = 3;

let minute = 0;
const lot = (product: number, name: string): string => `urn:epc:class:lgtin:9521234.00001${product}.${name}`;
const list = (names: string[]): Fields[] => names.map((epcClass) => ({ epcClass, quantity: 1, uom: 'KGM' }));
const turn = (inputs: string[], outputs: string[]): Fields =>
  eventAt('TransformationEvent', ++minute, 1, { inputQuantityList: list(inputs), outputQuantityList: list(outputs) });

const chain = (length: number): Fields[] =>
  Array.from({ length }, (_, i) => turn([lot(2, `X${i}`)], [lot(2, `X${i + 1}`)]));
const diamond = (layers: number): Fields[] =>
  Array.from({ length: layers - 1 }, (_, i) =>
    turn([lot(3, `A${i}x`), lot(3, `A${i}y`)], [lot(3, `A${i + 1}x`), lot(3, `A${i + 1}y`)]),
  );
const heel = (days: number): Fields[] =>
  Array.from({ length: days }, (_, i) => [
    turn([lot(4, `H${i}`), lot(5, `D${i}`)], [lot(4, `H${i + 1}`)]),
    ...[1, 2, 3].map((n) => turn([lot(4, `H${i + 1}`)], [lot(6, `P${i}-${n}`)])),
  ]).flat();

const SIZES: [name: string, events: () => Iterable<Fields>, op: Op, of: string, found: number][] = [
  ['G1', () => eventsOf(1), 'forward', raw(1), 10_020],
  ['G2', () => chain(3_000), 'back', lot(2, 'X3000'), 3_000],
  ['G3', () => diamond(200), 'forward', lot(3, 'A0x'), 398],
  ['G4', () => heel(365), 'forward', lot(4, 'H0'), 365 * 4],
];

async function timeOf(store: Store, op: Op, of: string, found: number): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const answer = await ask(factsOf(store, DEFAULT_TENANT), { op, of });
    best = Math.min(best, performance.now() - start);
    const nodes = op === 'back' ? answer.upstream : answer.affected;
    if (nodes!.length !== found || answer.truncated)
      throw new Error(`bench: ${of}: ${nodes!.length} nodes, not ${found}`);
  }
  return best;
}

/** The slowest of the four, warm, against its limit. */
export async function sizes(): Promise<Figure> {
  const store = await openStore({ memory: true });
  const times: Record<string, number> = {};
  for (const [name, events, op, of, found] of SIZES) {
    await captureAll(store, events());
    times[name] = Math.round(await timeOf(store, op, of, found));
  }
  await store.close();
  const value = Math.max(...Object.values(times));
  return {
    bench: 'trace-sizes',
    unit: 'ms',
    value,
    baseline: MS_MAX,
    ratio: MS_MAX / value,
    detail: { on: 'PGlite', times },
  };
}
