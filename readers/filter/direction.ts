/** Reads of a passage are kept in bins of at least this width; a long passage has wider ones. */
const BIN_MS = 50;
const BINS_MAX = 256;
/** A tag that came and went back is weaker, by this much, at the antenna it turned away from while at the other. */
const TURN_DIP_DB = 6;

export type Side = 'A' | 'B';
export type Direction = 'in' | 'out' | 'turned' | 'undecided';

/** What one side read in one stretch of time; times in ms since 1970, `weighted` relative to the passage's base. */
interface Bin {
  n: number;
  first: number;
  last: number;
  peak: number | null;
  peakAt: number;
  weight: number;
  weighted: number;
}

/** The reads of one EPC without a long pause, in the form in which they are kept; plain data. */
export interface Passage {
  first: number;
  last: number;
  reads: number;
  /** Strongest RSSI and its antenna. */
  peak: number | null;
  antenna: number;
  /** Bins by side and number: `A12`; `-` is an antenna of no side. */
  width: number;
  base: number;
  bins: Record<string, Bin>;
}

/** What a read adds to a passage. */
export interface Sighting {
  side: Side | undefined;
  atMs: number;
  lastMs: number;
  rssi: number | undefined;
  count: number;
  antenna: number;
}

/** RSSI as an amplitude: a stronger read counts for more, without one read counting for all. */
const weightOf = (rssi: number | undefined): number => (rssi === undefined ? 1 : 10 ** (rssi / 20));

function join(a: Bin, b: Bin): Bin {
  const stronger = isStronger(b.peak, b.peakAt, a) ? b : a;
  return {
    n: a.n + b.n,
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    peak: stronger.peak,
    peakAt: stronger.peakAt,
    weight: a.weight + b.weight,
    weighted: a.weighted + b.weighted,
  };
}

/** Of equal peaks the earlier one counts, in whatever order they came. */
const isStronger = (peak: number | null, at: number, than: { peak: number | null; peakAt: number }): boolean =>
  peak !== null && (than.peak === null || peak > than.peak || (peak === than.peak && at < than.peakAt));

function put(passage: Passage, key: string, bin: Bin): void {
  const known = passage.bins[key];
  passage.bins[key] = known ? join(known, bin) : bin;
}

const keyOf = (side: string, atMs: number, width: number): string => side + Math.floor(atMs / width);

/** Bins twice as wide; which width a passage ends with does not depend on the order of its reads. */
function widen(passage: Passage): void {
  const old = Object.entries(passage.bins);
  passage.width *= 2;
  passage.bins = {};
  for (const [key, bin] of old) put(passage, keyOf(key[0]!, bin.first, passage.width), bin);
}

/** Begins a passage with its first read. */
export function passageOf(sighting: Sighting): Passage {
  const { atMs, lastMs, antenna } = sighting;
  const passage: Passage = {
    first: atMs,
    last: lastMs,
    reads: 0,
    peak: null,
    antenna,
    width: BIN_MS,
    base: atMs,
    bins: {},
  };
  addTo(passage, sighting);
  return passage;
}

/** Adds a read, in whatever order reads come. */
export function addTo(passage: Passage, { side, atMs, lastMs, rssi, count, antenna }: Sighting): void {
  passage.first = Math.min(passage.first, atMs);
  passage.last = Math.max(passage.last, lastMs);
  passage.reads += count;
  const peak = rssi ?? null;
  if (peak !== null && (passage.peak === null || peak > passage.peak)) {
    passage.peak = peak;
    passage.antenna = antenna;
  }
  const weight = weightOf(rssi) * count;
  const weighted = weight * ((atMs + lastMs) / 2 - passage.base);
  const bin = { n: count, first: atMs, last: lastMs, peak, peakAt: atMs, weight, weighted };
  put(passage, keyOf(side ?? '-', atMs, passage.width), bin);
  while (Object.keys(passage.bins).length > BINS_MAX) widen(passage);
}

/** Two passages that a late read has made one. */
export function joined(a: Passage, b: Passage): Passage {
  const [wide, narrow] = a.width >= b.width ? [a, b] : [b, a];
  const strong = (b.peak ?? -Infinity) > (a.peak ?? -Infinity) ? b : a;
  const { width, base } = wide;
  const all: Passage = {
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    reads: a.reads + b.reads,
    peak: strong.peak,
    antenna: strong.antenna,
    width,
    base,
    bins: { ...wide.bins },
  };
  for (const [key, bin] of Object.entries(narrow.bins)) {
    const weighted = bin.weighted + bin.weight * (narrow.base - base);
    put(all, keyOf(key[0]!, bin.first, width), { ...bin, weighted });
  }
  while (Object.keys(all.bins).length > BINS_MAX) widen(all);
  return all;
}

const binsOf = (passage: Passage, side: Side): Bin[] =>
  Object.entries(passage.bins)
    .filter(([key]) => key.startsWith(side))
    .map(([, bin]) => bin);

/** -1 where A is earlier than B by more than the margin, 1 where it is later, 0 where it is too close to tell. */
const order = (a: number, b: number, marginMs: number): number => (a < b - marginMs ? -1 : a > b + marginMs ? 1 : 0);

/** The strongest of some bins, or -Infinity. */
const strongest = (bins: readonly Bin[]): number => Math.max(-Infinity, ...bins.map((bin) => bin.peak ?? -Infinity));

/** Whether `near` was strong, weak around the time at which the other side was strongest, then as strong again. */
function dips(near: readonly Bin[], atMs: number, marginMs: number): boolean {
  const before = strongest(near.filter((bin) => bin.last < atMs - marginMs));
  const after = strongest(near.filter((bin) => bin.first > atMs + marginMs));
  const middle = strongest(near.filter((bin) => bin.last >= atMs - marginMs && bin.first <= atMs + marginMs));
  const [weak, strong] = [Math.min(before, after), Math.max(before, after)];
  return weak > -Infinity && weak >= middle + TURN_DIP_DB && weak >= strong - TURN_DIP_DB;
}

/**
 * Which way a tag went through a gate (llrp specification, "Direction"): `in` from side A to side B, `out` the other
 * way. First read, time of the RSSI peak and RSSI-weighted mean time are compared between the sides; two of the three
 * must agree by more than the margin, and both sides need `minReads`. Where one side lost the tag while the other had
 * it and then had it again as before, it is `turned`. Anything else is `undecided`.
 */
export function directionOf(passage: Passage, minReads: number, marginMs: number): Direction {
  const [a, b] = [binsOf(passage, 'A'), binsOf(passage, 'B')];
  if (a.length === 0 || b.length === 0) return 'undecided';
  const [sumA, sumB] = [a.reduce(join), b.reduce(join)];
  if (Math.min(sumA.n, sumB.n) < minReads) return 'undecided';
  const first = order(sumA.first, sumB.first, marginMs);
  const last = order(sumA.last, sumB.last, marginMs);
  const through = first !== 0 && first === last;
  const back = (near: readonly Bin[], far: Bin): boolean => far.peak !== null && dips(near, far.peakAt, marginMs);
  if (!through && (back(a, sumB) || back(b, sumA))) return 'turned';
  const peak = sumA.peak === null || sumB.peak === null ? 0 : order(sumA.peakAt, sumB.peakAt, marginMs);
  const mean = order(sumA.weighted / sumA.weight, sumB.weighted / sumB.weight, marginMs);
  const votes = [first, peak, mean];
  if (votes.filter((vote) => vote < 0).length >= 2) return 'in';
  return votes.filter((vote) => vote > 0).length >= 2 ? 'out' : 'undecided';
}
