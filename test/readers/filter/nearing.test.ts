import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addTo, directionOf, joined, passageOf, type Sighting } from '../../../readers/filter/direction.ts';
import { nearestOf, orderOfNearest, type Phase, stepsOf } from '../../../readers/filter/nearing.ts';
import { type Cell, score } from './direction-score.ts';

const WAVE_M = 0.3276;
/** Phases of a tag at a distance that is a function of time, read every 10 ms, as an Impinj reader tells them. */
function phases(
  metres: (ms: number) => number,
  { flip = 0, channel = (): number => 1, period = Math.PI } = {},
): Phase[] {
  return Array.from({ length: 100 }, (_, i): Phase => {
    const radians = (4 * Math.PI * metres(i * 10)) / WAVE_M + (i % 3 ? flip : 0) + channel();
    return [1, channel(), i * 10, ((radians % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI), period, 1];
  });
}
const signs = (list: Phase[]): Set<number> => new Set(stepsOf(list).map(({ weight }) => Math.sign(weight)));
/** +1 and -1, so many of each in turn. */
const course = (...runs: number[]): { atMs: number; weight: number }[] =>
  runs
    .flatMap((n) => Array.from({ length: Math.abs(n) }, () => Math.sign(n)))
    .map((weight, i) => ({ atMs: i * 50, weight }));

describe('phases', () => {
  it('fall while the tag comes nearer and rise while it goes, however often they wrap', () => {
    expect(signs(phases((ms) => 5 - ms / 500))).toEqual(new Set([1]));
    expect(signs(phases((ms) => 1 + ms / 500))).toEqual(new Set([-1]));
    expect(signs(phases((ms) => 1 + ms / 500, { period: 2 * Math.PI }))).toEqual(new Set([-1]));
  });

  it('may be half a turn off, as Impinj readers give them, and then still tell the way', () => {
    expect(signs(phases((ms) => 5 - ms / 500, { flip: Math.PI }))).toEqual(new Set([1]));
  });

  it('are not compared between channels, antennas, or over a pause in which they may have turned round', () => {
    let n = 0;
    expect(stepsOf(phases((ms) => ms / 500, { channel: () => (n = (n + 1) % 1000) }))).toEqual([]);
    expect(stepsOf(phases((ms) => ms / 500).map(([, ...rest], i): Phase => [i, ...rest]))).toEqual([]);
    expect(stepsOf(phases((ms) => ms / 500).filter((_, i) => i % 2 === 0))).toEqual([]);
  });
});

describe('when a tag was nearest', () => {
  it('is where coming turns into going; open where only one of them was seen', () => {
    expect(nearestOf(course(10, -10))).toEqual({ fromMs: 450, toMs: 500, twice: false });
    expect(nearestOf(course(10))).toEqual({ fromMs: 450, toMs: Infinity, twice: false });
    expect(nearestOf(course(-10))).toEqual({ fromMs: -Infinity, toMs: 0, twice: false });
  });
  it('is not told by few steps, by noise, or of a tag that came twice', () => {
    expect(nearestOf(course(3, -2))).toBeUndefined();
    expect(nearestOf(course(...Array.from({ length: 20 }, (_, i) => (i % 2 ? -1 : 1))))).toBeUndefined();
    expect(nearestOf(course(10, -8, 8, -10))?.twice).toBe(true);
  });
  it('has an order only where it is certain', () => {
    const [a, b, going, coming] = [course(10, -30), course(30, -10), course(-40), course(40)].map(nearestOf);
    expect(orderOfNearest(a, b, 150)).toBe(-1);
    expect(orderOfNearest(b, a, 150)).toBe(1);
    expect(orderOfNearest(a, b, 2000)).toBe(0);
    expect(orderOfNearest(going, coming, 150)).toBe(-1);
    expect(orderOfNearest(coming, going, 150)).toBe(1);
    expect(orderOfNearest(going, going, 150)).toBe(0);
    expect(orderOfNearest(a, undefined, 0)).toBe(0);
  });
});

/** Reads that the three votes cannot decide: both sides all the time, as strong as each other. */
const level = (signal: (side: 'A' | 'B', ms: number) => Sighting['signal']): Sighting[] =>
  Array.from({ length: 80 }, (_, i): Sighting => {
    const [side, ms] = [i % 2 ? 'B' : 'A', i * 25] as const;
    return {
      side,
      atMs: ms,
      lastMs: ms,
      rssi: ms === 975 || ms === 1000 ? -45 : -50,
      count: 1,
      antenna: 1 + (i % 2),
      signal: signal(side, ms),
    };
  });
const judge = ([first, ...more]: Sighting[]) => {
  const passage = passageOf(first!);
  for (const one of more) addTo(passage, one);
  return directionOf(passage, 1, 150);
};

describe('the votes of Doppler shift and phase', () => {
  const inwards = (side: 'A' | 'B', ms: number) => ({ doppler: (side === 'A' ? 500 : 1500) - ms });

  it('are two at most, so one of them alone decides nothing', () => {
    expect(judge(level(() => undefined))).toBe('undecided');
    expect(judge(level(inwards))).toBe('undecided');
  });

  it('count beside the three: with one that agrees they decide, against one they leave it open', () => {
    const later = (list: Sighting[]) => list.filter(({ side, atMs }) => side === 'A' || atMs > 200);
    expect(judge(later(level(() => undefined)))).toBe('undecided');
    expect(judge(later(level(inwards)))).toBe('in');
    const outwards = (side: 'A' | 'B', ms: number) => inwards(side === 'A' ? 'B' : 'A', ms);
    expect(judge(later(level(outwards)))).toBe('undecided');
  });

  it('do not depend on the order in which reads come, nor on a gap that a late read closes', () => {
    const scene = level((side, ms) => ({
      ...inwards(side, ms),
      phase: (ms * 0.01) % Math.PI,
      phasePeriod: Math.PI,
      channel: 1,
    }));
    fc.assert(
      fc.property(fc.shuffledSubarray(scene, { minLength: scene.length }), fc.nat(70), (shuffled, cut) => {
        expect(judge(shuffled)).toBe(judge(scene));
        const [a, b] = [shuffled.slice(0, cut + 1), shuffled.slice(cut + 1)].map(([first, ...more]) => {
          const passage = passageOf(first!);
          for (const one of more) addTo(passage, one);
          return passage;
        });
        expect(directionOf(joined(a!, b!), 1, 150)).toBe(judge(scene));
      }),
      { numRuns: 50 },
    );
  });

  it('make fewer directions wrong and more right, in hard noise at a run, over what groups really did', () => {
    const hard: Cell = { gate: 'apart', speedMps: 3, fadingDb: 6, rounds: 50, phaseRad: 0.3, dopplerHz: 12 };
    const result = score(hard, 3, 11);
    expect(result.with.wrong).toBeLessThanOrEqual(result.without.wrong / 2);
    expect(result.with.right).toBeGreaterThan(result.without.right);
    expect(result.with.right).toBeGreaterThanOrEqual(85);
    expect([result.without.reversed, result.with.reversed]).toEqual([0, 0]);
  });
});
