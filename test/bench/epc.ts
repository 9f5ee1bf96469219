import { createRequire } from 'node:module';
import { encodeTagUri, fromHex, keyOfEpc, toHex, uriOfEpc } from '../../src/gs1/index.ts';
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
const ROUNDS = 7;
const GTINS = 40;

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

/** Products of makers with prefixes of 6 to 12 digits: `PREFIX.ITEM`. */
const products = Array.from({ length: GTINS }, (_, i) => {
  const length = 6 + (i % 7);
  return `${digits(length)}.${digits(13 - length)}`;
});
const sgtin = (): string => `urn:epc:tag:sgtin-96:${below(8)}.${products[below(GTINS)]}.${below(2 ** 38)}`;
const sized = (scheme: string, size: number, serial: string) => (): string => {
  const length = 6 + below(7);
  return `urn:epc:tag:${scheme}:${below(8)}.${digits(length)}.${digits(size - length)}${serial}`;
};
/** A gate's mix: mostly items and pallets, some assets, places and text serials. */
const MIX = [
  sgtin,
  sgtin,
  sgtin,
  sgtin,
  sized('sscc-96', 17, ''),
  sized('sscc-96', 17, ''),
  sized('grai-96', 12, '.4711'),
  sized('sgln-96', 12, '.32'),
  () => `urn:epc:tag:giai-96:0.${digits(7)}.${1 + below(2 ** 31)}`,
  () => `urn:epc:tag:sgtin-198:1.${products[below(GTINS)]}.AB${digits(8)}`,
];

interface Sample {
  tagUri: string;
  bytes: Uint8Array;
  hex: string;
}
function sample(tagUri: string): Sample {
  const { bytes } = encodeTagUri(tagUri);
  return { tagUri, bytes, hex: toHex(bytes) };
}

const sumOf = (samples: readonly Sample[], work: (sample: Sample) => string) => () => {
  let sum = 0;
  for (const one of samples) sum = checksumOf(work(one), sum);
  return sum;
};

/** Samples on which the peer gives our own answer; what it gets wrong is counted, not timed. */
function agreed(samples: readonly Sample[], ours: (s: Sample) => string, theirs: (s: Sample) => string): Sample[] {
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
  ours: (s: Sample) => string,
  theirs: (s: Sample) => string,
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

/** Figures of cli.md: bits to URI, tag URI to bits, bits to storage key. */
export async function bench(): Promise<Figure[]> {
  const items = Array.from({ length: EPCS }, () => sample(sgtin()));
  const mix = Array.from({ length: EPCS }, (_, i) => sample(MIX[i % MIX.length]!()));
  const theirUri = ({ hex }: Sample) => peer.valueOf(hex).toIdURI();
  const ourUri = ({ bytes }: Sample) => uriOfEpc(bytes);
  const fromText = ({ hex }: Sample) => uriOfEpc(fromHex(hex).bytes);
  const ourHex = ({ tagUri }: Sample) => toHex(encodeTagUri(tagUri).bytes);
  const theirHex = ({ tagUri }: Sample) => peer.fromTagURI(tagUri).toHexString().toUpperCase();
  const bytesNote = 'ours from bytes as readers deliver them, theirs from hexadecimal, its only input';
  const keySum = () => {
    let sum = 0;
    for (const { bytes } of items) {
      const { key } = keyOfEpc(bytes);
      for (let i = 0; i < key.length; i++) sum = (Math.imul(sum, 31) + key[i]!) | 0;
    }
    return sum;
  };
  const keys = await race(keySum, sumOf(items, ourUri), ROUNDS, false);
  return [
    await against('epc-sgtin96-uri', items, ourUri, theirUri, bytesNote),
    await against('epc-sgtin96-hex-uri', items, fromText, theirUri, 'both from hexadecimal'),
    await against('epc-mix-uri', mix, ourUri, theirUri, bytesNote),
    await against('epc-encode', mix, ourHex, theirHex, 'tag URI to hexadecimal, every field checked'),
    rateFigure('epc-key', 'EPCs/s', items.length, keys, { baseline: 'our own URI from the same bytes' }),
  ];
}
