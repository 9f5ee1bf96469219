import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { KEY_BYTES_MAX, bytesOfTagUri, encodeTagUri, fromHex, keyInto, toHex, uriOfEpc } from '../../src/gs1/index.ts';
import { type Figure, checksumOf, race, rateFigure } from './figure.ts';

/** npm epc-tds, the JavaScript peer: hexadecimal text in, objects over bit arrays inside. */
interface PeerEpc {
  toIdURI(): string;
  toHexString(): string;
}
const peer = createRequire(import.meta.url)('epc-tds') as {
  valueOf(hex: string): PeerEpc;
  fromTagURI(uri: string): PeerEpc;
};

const EPCS = 20_000;
const ROUNDS = 9;
/** A key takes so little that one pass over the EPCs would be a short time to measure. */
const KEY_PASSES = 8;
/** Makers with prefixes of 6 to 12 digits, ten of each. */
const MAKERS = 70;
/** Decodes that must not make the heap grow, in the steps at which it is looked at. */
const MEMORY_DECODES = 10_000_000;
const MEMORY_STEPS = 10;
const MEGABYTE = 2 ** 20;
const COMMAND = fileURLToPath(new URL('../../src/entry/tagtrail.mjs', import.meta.url));
const COMMAND_LINES_MIN = 200_000;
const COMMAND_PASSES = 20;
const COMMAND_RUNS = 3;

/** Numbers 0..1 that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = seeded(20_261_123);
const below = (limit: number): number => Math.floor(random() * limit);
const digits = (count: number): string => Array.from({ length: count }, () => below(10)).join('');
const makers = Array.from({ length: MAKERS }, (_, i) => digits(6 + (i % 7)));
/** One reference of each size for each maker: `PREFIX.REFERENCE`, of `size` digits together. */
const products = new Map(
  [12, 13].map((size) => [size, makers.map((maker) => `${maker}.${digits(size - maker.length)}`)]),
);

const maker = (): string => makers[below(MAKERS)]!;
const product = (size: number): string => products.get(size)![below(MAKERS)]!;
const filter = (): number => below(8);
/** A reference that differs from EPC to EPC. */
const numbered = (size: number): string => {
  const prefix = maker();
  return `${prefix}.${digits(size - prefix.length)}`;
};

/** Every binary scheme that the peer knows: a tag URI of it. */
const SCHEMES: Record<string, () => string> = {
  'sgtin-96': () => `${filter()}.${product(13)}.${below(2 ** 38)}`,
  'sgtin-198': () => `${filter()}.${product(13)}.AB${digits(8)}`,
  'sscc-96': () => `${filter()}.${numbered(17)}`,
  'sgln-96': () => `${filter()}.${product(12)}.${below(2 ** 41)}`,
  'sgln-195': () => `${filter()}.${product(12)}.Dock${digits(2)}`,
  'grai-96': () => `${filter()}.${product(12)}.${below(2 ** 38)}`,
  'grai-170': () => `${filter()}.${product(12)}.C${digits(7)}`,
  'giai-96': () => `${filter()}.${maker()}.${1 + below(2 ** 40)}`,
  'giai-202': () => `${filter()}.${maker()}.F${digits(8)}`,
  'gsrn-96': () => `${filter()}.${numbered(17)}`,
  'gdti-96': () => `${filter()}.${product(12)}.${below(2 ** 41)}`,
  'gdti-174': () => `${filter()}.${product(12)}.P${digits(9)}`,
  'sgcn-96': () => `${filter()}.${product(12)}.${digits(12)}`,
  'cpi-96': () => `${filter()}.${maker()}.${below(1000)}.${below(2 ** 31)}`,
  'gid-96': () => `${below(2 ** 28)}.${below(2 ** 24)}.${below(2 ** 36)}`,
};
const uriOf = (scheme: string): string => `urn:epc:tag:${scheme}:${SCHEMES[scheme]!()}`;
const MIX = Object.keys(SCHEMES);
/** What a gate sees most. */
const ITEM = 'sgtin-96';

/** One EPC in the forms that both sides read; its bytes stand with all others in one buffer, as readers deliver them. */
interface Sample {
  tagUri: string;
  hex: string;
  at: number;
  length: number;
}

/** EPCs in one buffer. */
interface Batch {
  bytes: Uint8Array;
  samples: Sample[];
}
function batch(tagUris: readonly string[]): Batch {
  const epcs = tagUris.map((tagUri) => encodeTagUri(tagUri).bytes);
  const bytes = new Uint8Array(epcs.reduce((sum, epc) => sum + epc.length, 0));
  let at = 0;
  const samples = epcs.map((epc, i) => {
    bytes.set(epc, at);
    const sample = { tagUri: tagUris[i]!, hex: toHex(epc), at, length: epc.length };
    at += epc.length;
    return sample;
  });
  return { bytes, samples };
}

type Work = (sample: Sample) => string;
const sumOf = (samples: readonly Sample[], work: Work) => () => {
  let sum = 0;
  for (const one of samples) sum = checksumOf(work(one), sum);
  return sum;
};

/** Samples on which the peer gives our own answer; what it gets wrong is counted, not timed. */
function agreed(samples: readonly Sample[], ours: Work, theirs: Work): Sample[] {
  return samples.filter((one) => {
    try {
      return ours(one) === theirs(one);
    } catch {
      return false;
    }
  });
}

async function against(
  bench: string,
  samples: readonly Sample[],
  ours: Work,
  theirs: Work,
  note: string,
): Promise<Figure> {
  const same = agreed(samples, ours, theirs);
  const run = await race(sumOf(same, ours), sumOf(same, theirs), ROUNDS);
  return rateFigure(bench, 'EPCs/s', same.length, run, {
    baseline: 'epc-tds 1.4.1',
    peerWrong: samples.length - same.length,
    note,
  });
}

/** The engine's own full collection, so that the heap shows what is kept. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Heap in use while URIs and keys of many EPCs are made, most of them of a class seen for the first time. */
function memoryFigure(): Figure {
  const bytes = batch(MIX.map(uriOf)).bytes.slice(0, 12);
  const out = new Uint8Array(KEY_BYTES_MAX);
  const heap: number[] = [];
  const collectGarbage = garbageCollector();
  let sum = 0;
  for (let step = 0; step < MEMORY_STEPS; step++) {
    for (let i = 0; i < MEMORY_DECODES / MEMORY_STEPS; i++) {
      bytes[6] = i & 255;
      bytes[7] = (i >> 8) & 255;
      bytes[11] = step;
      sum = (checksumOf(uriOfEpc(bytes), sum) + keyInto(bytes, 0, 12, out, 0)) | 0;
    }
    collectGarbage();
    heap.push(Math.round((process.memoryUsage().heapUsed / MEGABYTE) * 10) / 10);
  }
  const [first, last] = [heap[1]!, heap.at(-1)!];
  return {
    bench: 'epc-memory',
    unit: 'MB of heap',
    value: last,
    baseline: first,
    ratio: first / last,
    detail: { decodes: MEMORY_DECODES, heap, checksum: sum, baseline: 'the heap after a fifth of the decodes' },
  };
}

/** Lines that the whole command answers in a second, its start included, from hexadecimal to every form. */
async function commandFigure(hexes: readonly string[]): Promise<Figure> {
  const input = `${hexes.join('\n')}\n`.repeat(COMMAND_PASSES);
  const lines = hexes.length * COMMAND_PASSES;
  const rates: number[] = [];
  let last = '';
  for (let run = 0; run < COMMAND_RUNS; run++) {
    const start = performance.now();
    const [answered, tail] = await runCommand(input);
    if (answered !== lines) throw new Error(`bench: ${answered} lines for ${lines}`);
    rates.push((lines / (performance.now() - start)) * 1000);
    last = tail;
  }
  const sorted = rates.toSorted((a, b) => a - b);
  const value = sorted[sorted.length >> 1]!;
  const detail = { runs: COMMAND_RUNS, lines, checksum: checksumOf(last), baseline: 'the limit of cli.md' };
  const spread = [sorted[0]! / value, sorted.at(-1)! / value].map((x) => Math.round(x * 1000) / 1000);
  const baseline = COMMAND_LINES_MIN;
  return {
    bench: 'epc-command',
    unit: 'lines/s',
    value,
    baseline,
    ratio: value / baseline,
    detail: { ...detail, spread },
  };
}

/** Answers of `tagtrail epc --json`: how many lines, and the last characters. */
async function runCommand(input: string): Promise<[lines: number, tail: string]> {
  const child = spawn(process.execPath, [COMMAND, 'epc', '--json'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(input);
  let lines = 0;
  let tail = '';
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
    tail = chunk.toString('latin1', Math.max(0, chunk.length - 40));
  }
  return [lines, tail];
}

/** Figures of cli.md: bits to URI, tag URI to bits, bits to storage key. */
export async function bench(): Promise<Figure[]> {
  const items = batch(Array.from({ length: EPCS }, () => uriOf(ITEM)));
  const mix = batch(Array.from({ length: EPCS }, (_, i) => uriOf(MIX[i % MIX.length]!)));
  const theirUri: Work = ({ hex }) => peer.valueOf(hex).toIdURI();
  const ourUri =
    ({ bytes }: Batch): Work =>
    ({ at, length }) =>
      uriOfEpc(bytes, at, length);
  const fromText: Work = ({ hex }) => uriOfEpc(fromHex(hex).bytes);
  const ourHex: Work = ({ tagUri }) => toHex(bytesOfTagUri(tagUri));
  const theirHex: Work = ({ tagUri }) => peer.fromTagURI(tagUri).toHexString().toUpperCase();
  const bytesNote = 'ours from bytes as readers deliver them, theirs from hexadecimal, its only input';
  const mixNote = `${MIX.length} schemes in equal parts, prefixes of 6 to 12 digits; ${bytesNote}`;
  const out = new Uint8Array(KEY_BYTES_MAX);
  const keySum = () => {
    let sum = 0;
    for (let pass = 0; pass < KEY_PASSES; pass++)
      for (const { at, length } of items.samples) {
        const end = keyInto(items.bytes, at, length, out, 0);
        sum = (Math.imul(sum, 31) + end + out[end - 1]!) | 0;
      }
    return sum;
  };
  const uriSum = () => {
    let sum = 0;
    for (let pass = 0; pass < KEY_PASSES; pass++) sum = (sum + sumOf(items.samples, ourUri(items))()) | 0;
    return sum;
  };
  const keys = await race(keySum, uriSum, ROUNDS, false);
  return [
    await against('epc-sgtin96-uri', items.samples, ourUri(items), theirUri, bytesNote),
    await against('epc-sgtin96-hex-uri', items.samples, fromText, theirUri, 'both from hexadecimal'),
    await against('epc-mix-uri', mix.samples, ourUri(mix), theirUri, mixNote),
    await against('epc-encode', mix.samples, ourHex, theirHex, 'tag URI to hexadecimal, every field checked'),
    rateFigure('epc-key', 'EPCs/s', items.samples.length * KEY_PASSES, keys, {
      baseline: 'our own URI from the same bytes',
    }),
    await commandFigure(items.samples.map(({ hex }) => hex)),
    memoryFigure(),
  ];
}
