// node test/gs1/fuzz.ts [--count N] [--seed N]: random and mutated inputs through every way into src/gs1.
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { checkBank, checkBytes, checkIdentify, checkKey, checkText, checkAnswer } from './fuzz-check.ts';
import { Mutator } from './fuzz-input.ts';

const COUNT = 10_000_000;
const SEED = 20_261_123;
/** Milliseconds that one input may take, the better of two tries: the first may be interrupted by others. */
const INPUT_MS_MAX = 100;
/** Megabytes by which the heap may differ from what it is after the first steps. */
const GROWTH_MB_MAX = 8;
const STEPS = 20;
const WARM_STEPS = 4;
const FINDINGS_MAX = 20;
const MEGABYTE = 2 ** 20;

export interface Verdict {
  inputs: number;
  accepted: number;
  /** What was wrong, with the input; at most FINDINGS_MAX. */
  findings: string[];
  /** Megabytes in use after each step and a full collection. */
  heap: number[];
  /** Milliseconds of the slowest input. */
  slowest: number;
}

/** A way in: takes an input and tells whether it was accepted; throws where something is wrong. */
const WAYS: [share: number, check: (make: Mutator) => [input: unknown, run: () => boolean]][] = [
  [40, (make) => bound(checkBytes, make.epc())],
  [30, (make) => bound(checkText, make.text())],
  [8, (make) => bound(checkIdentify, make.text())],
  [4, (make) => bound(checkIdentify, make.scan())],
  [4, (make) => bound(checkAnswer, make.hex())],
  [5, (make) => bound(checkAnswer, make.text())],
  [5, (make) => bound(checkKey, make.key())],
  [4, (make) => bound(checkBank, make.bank())],
];
const ALL_SHARES = WAYS.reduce((sum, [share]) => sum + share, 0);

const bound = <T>(check: (input: T) => boolean, input: T): [T, () => boolean] => [input, () => check(input)];

function pick(make: Mutator): [input: unknown, run: () => boolean] {
  let left = make.below(ALL_SHARES);
  for (const [share, check] of WAYS) {
    if (left < share) return check(make);
    left -= share;
  }
  throw new Error('shares do not add up');
}

function timed(run: () => boolean): [milliseconds: number, accepted: boolean] {
  const start = performance.now();
  const accepted = run();
  return [performance.now() - start, accepted];
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Runs `count` inputs; `tell` hears of each step. */
export function fuzz(count: number, seed: number, tell: (line: string) => void = () => undefined): Verdict {
  const make = new Mutator(seed);
  const collect = collector();
  const verdict: Verdict = { inputs: 0, accepted: 0, findings: [], heap: [], slowest: 0 };
  const { stackTraceLimit } = Error;
  // refusals are most of the work, and nobody looks at where they were thrown
  Error.stackTraceLimit = 0;
  const start = performance.now();
  for (let step = 1; step <= STEPS; step++) {
    for (const end = Math.floor((count * step) / STEPS); verdict.inputs < end; verdict.inputs++) one(make, verdict);
    collect();
    verdict.heap.push(Math.round((process.memoryUsage().heapUsed / MEGABYTE) * 10) / 10);
    const seconds = Math.round((performance.now() - start) / 1000);
    tell(`${verdict.inputs} inputs, ${verdict.accepted} accepted, ${seconds} s, heap ${verdict.heap.at(-1)} MB`);
  }
  Error.stackTraceLimit = stackTraceLimit;
  const settled = verdict.heap[WARM_STEPS]!;
  const growth = verdict.heap.at(-1)! - settled;
  if (growth > GROWTH_MB_MAX) verdict.findings.push(`the heap grew by ${growth} MB, from ${settled} MB`);
  return verdict;
}

function one(make: Mutator, verdict: Verdict): void {
  const [input, run] = pick(make);
  const note = (what: string) => {
    if (verdict.findings.length < FINDINGS_MAX) verdict.findings.push(`${what}: ${show(input)}`);
  };
  try {
    let [milliseconds, accepted] = timed(run);
    if (milliseconds > INPUT_MS_MAX) [milliseconds, accepted] = timed(run);
    if (milliseconds > INPUT_MS_MAX) note(`takes ${Math.round(milliseconds)} ms`);
    verdict.slowest = Math.max(verdict.slowest, milliseconds);
    if (accepted) verdict.accepted++;
  } catch (error) {
    note(String(error));
  }
}

const show = (input: unknown): string =>
  input instanceof Uint8Array ? `bytes ${Buffer.from(input).toString('hex')}` : JSON.stringify(input);

if (import.meta.main) {
  const { values } = parseArgs({ options: { count: { type: 'string' }, seed: { type: 'string' } } });
  const verdict = fuzz(Number(values.count ?? COUNT), Number(values.seed ?? SEED), (line) => console.log(line));
  const { inputs, accepted, findings, slowest } = verdict;
  for (const finding of findings) console.log(finding);
  console.log(`${inputs} inputs, ${accepted} accepted, slowest ${slowest.toFixed(1)} ms, ${findings.length} findings`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
