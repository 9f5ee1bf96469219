/** Phases kept for one passage; a tag that gives more stands there, and its phases say nothing. */
export const PHASES_MAX = 1024;
/** Nothing that passes a gate is faster. */
const SPEED_MPS_MAX = 3;
/** The shortest wave of the UHF band, 960 MHz: there a phase turns fastest. */
const WAVE_M_MIN = 0.312;
/** Fewer steps than this tell nothing. */
const STEPS_MIN = 6;
/** What must be left of the weight when what disagrees is taken from what agrees. */
const FIT_MIN = 0.6;
/** That the tag came twice must explain so much more than that it came once. */
const TWICE_MIN = 0.2;
/** Below this share of the agreeing weight a part is noise: the tag was only seen to come, or only to go. */
const PART_MIN = 0.15;

/** What a reader tells about a read besides its strength. */
export interface Signal {
  /** Hz; positive while the tag comes nearer. */
  doppler?: number | undefined;
  /** Radians, rising with the distance, and after how many radians it is the same again (Impinj: π, others: 2π). */
  phase?: number | undefined;
  phasePeriod?: number | undefined;
  /** Hop channel: another channel has another phase. */
  channel?: number | undefined;
}

/** One phase: antenna, channel, time, radians, period, weight. */
export type Phase = [antenna: number, channel: number, atMs: number, phase: number, period: number, weight: number];

/** At a time, how much spoke for coming nearer (positive) or going away. */
export interface Step {
  atMs: number;
  weight: number;
}

/** The difference of two phases as the smaller way round. */
function wrapped(radians: number, period: number): number {
  const turns = radians / period;
  return (turns - Math.round(turns)) * period;
}

/** Longest time between two reads in which no tag moves further than half a period of the phase. */
const pairMsMax = (period: number): number => (1000 * period * WAVE_M_MIN) / (8 * Math.PI * SPEED_MPS_MAX);

/**
 * From phase to phase of one antenna and channel, whether the tag came nearer. Phases further apart in time are not
 * compared, since they may have turned round more than once.
 */
export function stepsOf(phases: readonly Phase[]): Step[] {
  const sorted = phases.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]);
  const steps: Step[] = [];
  for (const [i, [antenna, channel, atMs, phase, period, weight]] of sorted.entries()) {
    const before = sorted[i - 1];
    if (!before || before[0] !== antenna || before[1] !== channel || atMs === before[2]) continue;
    if (atMs - before[2] > pairMsMax(period)) continue;
    const further = wrapped(phase - before[3], period);
    steps.push({ atMs: (atMs + before[2]) / 2, weight: -Math.sign(further) * Math.min(weight, before[5]) });
  }
  return steps;
}

/** Between which times a tag was nearest to an antenna; or that it came, went, and came again. */
export interface Nearest {
  fromMs: number;
  toMs: number;
  twice: boolean;
}

/** The best that a course of coming and going, `changes` of them, makes of the steps: what agrees less what does not. */
function fitOf(steps: readonly Step[], changes: number): number {
  const best = Array.from({ length: changes + 1 }, () => 0);
  for (const { weight } of steps) {
    for (let i = changes; i >= 0; i--) {
      best[i] = Math.max(best[i]!, best[i - 1] ?? -Infinity) + (i % 2 === 0 ? weight : -weight);
    }
  }
  return Math.max(...best);
}

/**
 * When a tag was nearest: it came nearer before and went away after. Infinite at one end where it was only seen to
 * come or to go; undefined where the steps tell no such thing.
 */
export function nearestOf(steps: readonly Step[]): Nearest | undefined {
  if (steps.length < STEPS_MIN) return undefined;
  const sorted = steps.toSorted((a, b) => a.atMs - b.atMs || a.weight - b.weight);
  const total = sorted.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  const twice = fitOf(sorted, 3);
  let [sum, rise, at] = [0, 0, -1];
  for (const [i, { weight }] of sorted.entries()) {
    sum += weight;
    if (sum > rise) [rise, at] = [sum, i];
  }
  const fall = rise - sum;
  const once = rise + fall;
  if (total === 0 || Math.max(once, twice) < FIT_MIN * total) return undefined;
  if (twice - once > TWICE_MIN * total) return { fromMs: -Infinity, toMs: Infinity, twice: true };
  if (once < FIT_MIN * total) return undefined;
  const fromMs = rise < PART_MIN * once ? -Infinity : sorted[at]!.atMs;
  const toMs = fall < PART_MIN * once ? Infinity : (sorted[at + 1] ?? sorted[at])!.atMs;
  return { fromMs, toMs, twice: false };
}

/** -1 where A was nearest before B by more than the margin, 1 where after it, 0 where that is not known. */
export function orderOfNearest(a: Nearest | undefined, b: Nearest | undefined, marginMs: number): number {
  if (!a || !b) return 0;
  if (a.toMs + marginMs < b.fromMs) return -1;
  return b.toMs + marginMs < a.fromMs ? 1 : 0;
}
