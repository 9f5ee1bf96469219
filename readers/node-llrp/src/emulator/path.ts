import { LlrpError } from '../error.ts';
import type { Point } from './physics.ts';

/** A place on the way at which the group waits. */
export interface Pause {
  /** Which point, from 0. */
  point: number;
  ms: number;
}

/** A rectangle on the floor. */
export interface Zone {
  name: string;
  from: readonly [x: number, y: number];
  to: readonly [x: number, y: number];
  /** Behind the gate: what ends in such a zone and began outside went in. */
  inside?: boolean;
}

interface Leg {
  fromUs: number;
  toUs: number;
  a: Point;
  b: Point;
}

/** When a zone was entered and left, in microseconds. */
export interface Stay {
  zone: Zone;
  enteredUs: number;
  leftUs: number;
}

const POINTS_MAX = 1000;
const SPEED_MPS_MAX = 50;
const STILL: Point = [0, 0, 0];

const mix = (a: Point, b: Point, share: number): Point => [
  a[0] + (b[0] - a[0]) * share,
  a[1] + (b[1] - a[1]) * share,
  a[2] + (b[2] - a[2]) * share,
];
const distance = (a: Point, b: Point): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** A way through the place at a speed, with pauses. Time is in microseconds of true time. */
export class Path {
  readonly startUs: number;
  readonly endUs: number;
  readonly first: Point;
  readonly last: Point;
  readonly #legs: Leg[] = [];

  constructor(points: readonly Point[], speedMps: number, pauses: readonly Pause[], startUs: number) {
    const [first] = points;
    const last = points.at(-1);
    if (!first || !last || points.length > POINTS_MAX)
      throw new LlrpError('ENCODE', `a path has 1 to ${POINTS_MAX} points, not ${points.length}`);
    if (!(speedMps > 0 && speedMps <= SPEED_MPS_MAX))
      throw new LlrpError('ENCODE', `speedMps is ${speedMps}, not above 0 and up to ${SPEED_MPS_MAX}`);
    this.first = first;
    this.last = last;
    this.startUs = startUs;
    let at = startUs;
    for (const [index, b] of points.entries()) {
      const a = points[index - 1];
      const travelUs = a ? (distance(a, b) / speedMps) * 1e6 : 0;
      if (a && travelUs > 0) this.#legs.push({ fromUs: at, toUs: at + travelUs, a, b });
      at += travelUs;
      const waitUs = pauses.filter((pause) => pause.point === index).reduce((sum, { ms }) => sum + ms * 1000, 0);
      if (waitUs > 0) this.#legs.push({ fromUs: at, toUs: at + waitUs, a: b, b });
      at += waitUs;
    }
    this.endUs = at;
  }

  /** Where the group is and how fast, in metres and metres per second. Before and after it stands at the ends. */
  at(us: number): { place: Point; velocity: Point } {
    const leg = this.#legs.find(({ toUs }) => toUs > us);
    if (!leg || us < this.startUs) return { place: us < this.startUs ? this.first : this.last, velocity: STILL };
    const seconds = (leg.toUs - leg.fromUs) / 1e6;
    const place = mix(leg.a, leg.b, (us - leg.fromUs) / (leg.toUs - leg.fromUs));
    const { a, b } = leg;
    return { place, velocity: [(b[0] - a[0]) / seconds, (b[1] - a[1]) / seconds, (b[2] - a[2]) / seconds] };
  }

  /** Every stay in every zone, by time. */
  stays(zones: readonly Zone[]): Stay[] {
    return zones.flatMap((zone) => this.#staysIn(zone)).sort((a, b) => a.enteredUs - b.enteredUs);
  }

  /** When the path comes nearest to a point, and how near. */
  nearest(to: Point): { atUs: number; metres: number } {
    let best = { atUs: this.startUs, metres: distance(this.first, to) };
    for (const { a, b, fromUs, toUs } of this.#legs) {
      const square = distance(a, b) ** 2;
      const along = (b[0] - a[0]) * (to[0] - a[0]) + (b[1] - a[1]) * (to[1] - a[1]) + (b[2] - a[2]) * (to[2] - a[2]);
      const share = square === 0 ? 0 : Math.min(1, Math.max(0, along / square));
      const metres = distance(mix(a, b, share), to);
      if (metres < best.metres) best = { atUs: fromUs + (toUs - fromUs) * share, metres };
    }
    return best;
  }

  #staysIn(zone: Zone): Stay[] {
    const stays: Stay[] = [];
    const legs =
      this.#legs.length > 0 ? this.#legs : [{ fromUs: this.startUs, toUs: this.startUs, a: this.first, b: this.first }];
    for (const leg of legs) {
      const part = inside(leg, zone);
      if (!part) continue;
      const enteredUs = leg.fromUs + (leg.toUs - leg.fromUs) * part[0];
      const leftUs = leg.fromUs + (leg.toUs - leg.fromUs) * part[1];
      const before = stays.at(-1);
      if (before && enteredUs - before.leftUs < 1) before.leftUs = leftUs;
      else stays.push({ zone, enteredUs, leftUs });
    }
    return stays;
  }
}

/** The part of a leg inside a rectangle as shares from 0 to 1; undefined when it stays outside. */
function inside({ a, b }: Leg, { from, to }: Zone): [number, number] | undefined {
  let [enter, leave] = [0, 1];
  for (const axis of [0, 1] as const) {
    const low = Math.min(from[axis], to[axis]);
    const high = Math.max(from[axis], to[axis]);
    const step = b[axis] - a[axis];
    if (step === 0) {
      if (a[axis] < low || a[axis] > high) return undefined;
      continue;
    }
    const [one, two] = [(low - a[axis]) / step, (high - a[axis]) / step];
    enter = Math.max(enter, Math.min(one, two));
    leave = Math.min(leave, Math.max(one, two));
  }
  return enter <= leave ? [enter, leave] : undefined;
}

/** Whether a point lies in the zone. */
export const within = ([x, y]: Point, { from, to }: Zone): boolean =>
  x >= Math.min(from[0], to[0]) &&
  x <= Math.max(from[0], to[0]) &&
  y >= Math.min(from[1], to[1]) &&
  y <= Math.max(from[1], to[1]);
