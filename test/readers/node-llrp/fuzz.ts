// node test/readers/node-llrp/fuzz.ts [--count N] [--seed N]: mutated frames through the decoder, encoder and columns.
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  children,
  createColumns,
  decode,
  encode,
  FrameSplitter,
  HEADER_BYTES,
  headerOf,
  LlrpError,
  readReport,
  RO_ACCESS_REPORT,
} from 'node-llrp';

const COUNT = 10_000_000;
const SEED = 20_261_123;
/** Milliseconds that one frame may take, the better of two tries: the first may be interrupted by others. */
const FRAME_MS_MAX = 100;
/** Megabytes by which the heap may be larger than after the first steps. */
const GROWTH_MB_MAX = 8;
const STEPS = 20;
const WARM_STEPS = 4;
const FINDINGS_MAX = 20;
const MUTATIONS_MAX = 4;
const FRAME_BYTES_MAX = 4096;
const MEGABYTE = 2 ** 20;

export interface Verdict {
  frames: number;
  decoded: number;
  /** What was wrong, with the frame in hex; at most FINDINGS_MAX. */
  findings: string[];
  /** Megabytes in use after each step and a full collection. */
  heap: number[];
  /** Milliseconds of the slowest frame. */
  slowest: number;
}

/** Numbers from a seed (xorshift, 32 bits). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % limit;
  }
}

const fixtures = new URL('fixtures/', import.meta.url);
const SOUND = readdirSync(fixtures)
  .filter((name) => name.endsWith('.hex'))
  .map((name) => Buffer.from(readFileSync(new URL(name, fixtures), 'utf8').replaceAll(/\s/g, ''), 'hex'));
const REPORTS = SOUND.filter((frame) => headerOf(frame).type === RO_ACCESS_REPORT);

/** One change to a frame; it may become longer or shorter. */
const MUTATIONS: ((frame: Buffer, dice: Dice) => Buffer)[] = [
  (frame, dice) => {
    frame[dice.below(frame.length)] = dice.below(256);
    return frame;
  },
  (frame, dice) => {
    frame[dice.below(frame.length)]! ^= 1 << dice.below(8);
    return frame;
  },
  (frame, dice) => {
    // a length, a count or a type that lies
    if (frame.length >= 2)
      frame.writeUInt16BE([0, 1, 3, 4, 240, 1023, 0x8000, 0xffff][dice.below(8)]!, dice.below(frame.length - 1));
    return frame;
  },
  (frame, dice) => frame.subarray(0, dice.below(frame.length) + 1),
  (frame, dice) => {
    const [at, length] = [dice.below(frame.length), dice.below(64)];
    return Buffer.concat([frame.subarray(0, at + length), frame.subarray(at)]);
  },
  (frame, dice) => {
    const other = SOUND[dice.below(SOUND.length)]!;
    const at = dice.below(other.length);
    return Buffer.concat([frame.subarray(0, dice.below(frame.length)), other.subarray(at)]);
  },
];

/** A frame that was sound once; its header mostly tells its true length. */
function mutated(dice: Dice): Buffer {
  const from = dice.below(2) === 0 ? REPORTS : SOUND;
  let frame: Buffer = Buffer.from(from[dice.below(from.length)]!);
  for (let left = 1 + dice.below(MUTATIONS_MAX); left > 0; left--) {
    frame = MUTATIONS[dice.below(MUTATIONS.length)]!(frame, dice).subarray(0, FRAME_BYTES_MAX);
  }
  if (frame.length >= HEADER_BYTES && dice.below(16) !== 0) frame.writeUInt32BE(frame.length, 2);
  return frame;
}

/** Runs `act`; true when it is done, false for an LlrpError with its offset; any other error goes through. */
function sound(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (!(error instanceof LlrpError) || error.offset === undefined) throw error;
    return false;
  }
}

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

const columns = createColumns();

/** Everything that may be done with a frame from the wire. Returns whether it could be decoded; throws a finding. */
function check(frame: Buffer): boolean {
  const splitter = new FrameSplitter(FRAME_BYTES_MAX);
  sound(() => [
    ...splitter.push(frame.subarray(0, frame.length >> 1)),
    ...splitter.push(frame.subarray(frame.length >> 1)),
  ]);
  let tags = 0;
  const decoded = sound(() => {
    const message = decode(frame);
    tags = children(message, 'TagReportData').length;
    must(Buffer.from(encode(message)).equals(frame), 'is encoded to other bytes');
  });
  if (frame.length < HEADER_BYTES || headerOf(frame).type !== RO_ACCESS_REPORT) return decoded;
  if (headerOf(frame).length !== frame.length) return decoded; // the splitter gives no such frame
  let rows = 0;
  const strict = sound(() => (rows = readReport(frame, columns, { strict: true })));
  must(strict === decoded, decoded ? 'the columns refuse it' : 'the columns take it');
  must(!decoded || rows === tags, `${rows} rows of ${tags} tags`);
  const live = sound(() => readReport(frame, columns));
  must(live || !decoded, 'the live columns refuse it');
  return decoded;
}

function timed(frame: Buffer): [milliseconds: number, decoded: boolean] {
  const start = performance.now();
  const decoded = check(frame);
  return [performance.now() - start, decoded];
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function one(dice: Dice, verdict: Verdict): void {
  const frame = mutated(dice);
  try {
    let [took, decoded] = timed(frame);
    if (took > FRAME_MS_MAX) [took, decoded] = timed(frame);
    verdict.slowest = Math.max(verdict.slowest, took);
    must(took <= FRAME_MS_MAX, `took ${took} ms`);
    if (decoded) verdict.decoded++;
  } catch (error) {
    if (verdict.findings.length < FINDINGS_MAX) verdict.findings.push(`${String(error)}: ${frame.toString('hex')}`);
  }
}

/** `count` mutated frames, the same for the same seed. Memory is measured after each of STEPS steps. */
export function fuzz(count: number, seed: number): Verdict {
  const verdict: Verdict = { frames: 0, decoded: 0, findings: [], heap: [], slowest: 0 };
  const dice = new Dice(seed);
  const collect = collector();
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // refusals are most of the work, and nobody looks at where they were thrown
  for (let step = 1; step <= STEPS; step++) {
    for (; verdict.frames < (count * step) / STEPS; verdict.frames++) one(dice, verdict);
    collect();
    verdict.heap.push(Math.round((process.memoryUsage().heapUsed / MEGABYTE) * 10) / 10);
  }
  Error.stackTraceLimit = stackTraceLimit;
  const growth = Math.max(...verdict.heap.slice(WARM_STEPS)) - (verdict.heap[WARM_STEPS - 1] ?? 0);
  if (growth > GROWTH_MB_MAX) verdict.findings.push(`the heap grew by ${growth} MB`);
  return verdict;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { count: { type: 'string' }, seed: { type: 'string' } } });
  const verdict = fuzz(Number(values.count ?? COUNT), Number(values.seed ?? SEED));
  console.log(JSON.stringify(verdict, undefined, 1));
  process.exitCode = verdict.findings.length > 0 ? 1 : 0;
}
