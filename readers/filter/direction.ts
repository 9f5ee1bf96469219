import { type Telling, tidsOfBoth } from './raw.ts';
import { nearestOf, orderOfNearest, type Phase, PHASES_MAX, type Signal, type Step, stepsOf } from './nearing.ts';

/** Reads of a passage are kept in bins of at least this width; a long passage has wider ones. */
const BIN_MS = 50;
const BINS_MAX = 256;
/** A tag that came and went back is weaker, by this much, at the antenna it turned away from while at the other. */
const TURN_DIP_DB = 6;
/** So many must agree. */
const VOTES_MIN = 2;

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
  /** Weight of reads by the sign of their Doppler shift; none where no reader tells it. */
  nearing?: number;
}

/** The reads of one EPC without a long pause, in the form in which they are kept; plain data. */
export interface Passage extends Telling {
  first: number;
  last: number;
  reads: number;
  /** Strongest RSSI, when it was, and its antenna. */
  peak: number | null;
  peakAt?: number;
  antenna: number;
  /** Bins by side and number: `A12`; `-` is an antenna of no side. */
  width: number;
  base: number;
  bins: Record<string, Bin>;
  /** By side, where the reader tells phases: A, B. Too many of them are none. */
  phases?: Record<Side, Phase[]> | null | undefined;
}

/** What a read adds to a passage. */
export interface Sighting extends Telling {
  side: Side | undefined;
  atMs: number;
  lastMs: number;
  rssi: number | undefined;
  count: number;
  antenna: number;
  signal?: Signal | undefined;
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
    ...(a.nearing === undefined && b.nearing === undefined ? {} : { nearing: (a.nearing ?? 0) + (b.nearing ?? 0) }),
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
  const { atMs, lastMs, antenna, raw } = sighting;
  const passage: Passage = {
    first: atMs,
    last: lastMs,
    reads: 0,
    peak: null,
    peakAt: atMs,
    antenna,
    width: BIN_MS,
    base: atMs,
    bins: {},
    ...(raw ? { raw } : {}),
  };
  addTo(passage, sighting);
  return passage;
}

/** Keeps the phase of a read of its own; one that stands for several reads has no single time. */
function addPhase(passage: Passage, { side, atMs, antenna, count, signal, rssi }: Sighting): void {
  const { phase, phasePeriod, channel } = signal ?? {};
  if (!side || count > 1 || phase === undefined || phasePeriod === undefined || channel === undefined) return;
  if (passage.phases === null) return;
  passage.phases ??= { A: [], B: [] };
  passage.phases[side].push([antenna, channel, atMs, phase, phasePeriod, weightOf(rssi)]);
  if (passage.phases[side].length > PHASES_MAX) passage.phases = null;
}

/** Adds a read, in whatever order reads come. */
export function addTo(passage: Passage, sighting: Sighting): void {
  const { side, atMs, lastMs, rssi, count, antenna, signal, raw } = sighting;
  passage.first = Math.min(passage.first, atMs);
  passage.last = Math.max(passage.last, lastMs);
  passage.reads += count;
  const peak = rssi ?? null;
  if (isStronger(peak, atMs, { peak: passage.peak, peakAt: passage.peakAt ?? Infinity })) {
    passage.peak = peak;
    passage.peakAt = atMs;
    passage.antenna = antenna;
    if (raw) passage.raw = raw;
  }
  const tids = tidsOfBoth(passage.tids, sighting.tids);
  if (tids) passage.tids = tids;
  const weight = weightOf(rssi) * count;
  const weighted = weight * ((atMs + lastMs) / 2 - passage.base);
  const bin: Bin = { n: count, first: atMs, last: lastMs, peak, peakAt: atMs, weight, weighted };
  if (signal?.doppler !== undefined) bin.nearing = weight * Math.sign(signal.doppler);
  addPhase(passage, sighting);
  put(passage, keyOf(side ?? '-', atMs, passage.width), bin);
  while (Object.keys(passage.bins).length > BINS_MAX) widen(passage);
}

/** Two passages that a late read has made one. */
export function joined(a: Passage, b: Passage): Passage {
  const [wide, narrow] = a.width >= b.width ? [a, b] : [b, a];
  const strong = isStronger(b.peak, b.peakAt ?? Infinity, { peak: a.peak, peakAt: a.peakAt ?? Infinity }) ? b : a;
  const tids = tidsOfBoth(a.tids, b.tids);
  const { width, base } = wide;
  const all: Passage = {
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    reads: a.reads + b.reads,
    peak: strong.peak,
    ...(strong.peakAt === undefined ? {} : { peakAt: strong.peakAt }),
    antenna: strong.antenna,
    ...(strong.raw ? { raw: strong.raw } : {}),
    ...(tids ? { tids } : {}),
    width,
    base,
    bins: { ...wide.bins },
  };
  for (const [key, bin] of Object.entries(narrow.bins)) {
    const weighted = bin.weighted + bin.weight * (narrow.base - base);
    put(all, keyOf(key[0]!, bin.first, width), { ...bin, weighted });
  }
  while (Object.keys(all.bins).length > BINS_MAX) widen(all);
  if (a.phases === null || b.phases === null) all.phases = null;
  else if (a.phases ?? b.phases) all.phases = joinedPhases(a.phases, b.phases);
  return all;
}

function joinedPhases(a: Passage['phases'], b: Passage['phases']): Passage['phases'] {
  const [A, B] = (['A', 'B'] as const).map((side) => [...(a?.[side] ?? []), ...(b?.[side] ?? [])]);
  return Math.max(A!.length, B!.length) > PHASES_MAX ? null : { A: A!, B: B! };
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

/** What the Doppler shift says of a side, a step for each bin. */
const dopplerSteps = (bins: readonly Bin[]): Step[] =>
  bins.flatMap(({ first, nearing }) => (nearing === undefined ? [] : [{ atMs: first, weight: nearing }]));

/**
 * What the sign of the Doppler shift and the slope of the phase say, where the reader tells them: a vote each, by the
 * times at which the tag was nearest to each side, and whether it came to one of them twice.
 */
function signalVotes(a: readonly Bin[], b: readonly Bin[], phases: Passage['phases'], marginMs: number) {
  const pairs: [Step[], Step[]][] = [[dopplerSteps(a), dopplerSteps(b)]];
  if (phases) pairs.push([stepsOf(phases.A), stepsOf(phases.B)]);
  return pairs.map(([ofA, ofB]) => {
    const [nearA, nearB] = [nearestOf(ofA), nearestOf(ofB)];
    return { vote: orderOfNearest(nearA, nearB, marginMs), twice: nearA?.twice === true || nearB?.twice === true };
  });
}

/**
 * Which way a tag went through a gate (llrp specification, "Direction"): `in` from side A to side B, `out` the other
 * way. First read, time of the RSSI peak and RSSI-weighted mean time are compared between the sides; two of the three
 * must agree by more than the margin, and both sides need `minReads`. Doppler shift and phase add a vote each where the
 * reader tells them; then more must speak for a way than for the other. Where one side lost the tag while the other had
 * it and then had it again as before, or the tag came twice by these two, it is `turned`. Anything else is `undecided`.
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
  const signals = signalVotes(a, b, passage.phases, marginMs);
  if (!through && (back(a, sumB) || back(b, sumA) || signals.some(({ twice }) => twice))) return 'turned';
  const peak = sumA.peak === null || sumB.peak === null ? 0 : order(sumA.peakAt, sumB.peakAt, marginMs);
  const mean = order(sumA.weighted / sumA.weight, sumB.weighted / sumB.weight, marginMs);
  const votes = [first, peak, mean, ...signals.map(({ vote }) => vote)];
  const [ins, outs] = [votes.filter((vote) => vote < 0).length, votes.filter((vote) => vote > 0).length];
  if (ins >= VOTES_MIN && ins > outs) return 'in';
  return outs >= VOTES_MIN && outs > ins ? 'out' : 'undecided';
}
