// Containment over time: who was inside what, through every level (R12, R13).
import { type Book, type Containment, spanOf, type Stay } from './containment.ts';
import type { Key } from './fact.ts';
import { isLocation } from './kind.ts';
import { ALWAYS, compare, holds, type Interval, intersection, type Moment } from './moment.ts';

/** The stretches during which each key was there. */
export type Reach = Map<Key, Interval[]>;

/** Everything that `keys` held during `window`, all levels, with the stretches. A chain holds while its links do. */
export const contentsDuring = ({ stays }: Containment, key: Key, window: Interval = ALWAYS): Reach =>
  spread(key, window, (at) => (stays.byParent.get(at) ?? []).map((stay) => [stay.child, stay]));

/** Everything in `key` at a moment; at the event that puts a thing in, it is in. */
export function contentsAt(containment: Containment, key: Key, moment: Moment): Key[] {
  const { byParent } = containment.stays;
  return climb(key, (at) =>
    (byParent.get(at) ?? []).flatMap((stay) => (holds(spanOf(stay), moment) ? [stay.child] : [])),
  );
}

/** Containers that `key` was in, with the stretches. */
export const containersOf = ({ stays }: Containment, key: Key): Reach =>
  spread(key, ALWAYS, (at) => (stays.byChild.get(at) ?? []).map((stay) => [stay.parent, stay]));

/** Containers and assemblies that `key` was in or part of, with the stretches; a place is neither. */
export const holdersOf = ({ stays, fits }: Containment, key: Key): Reach =>
  spread(key, ALWAYS, (at) => [
    ...(stays.byChild.get(at) ?? []).map((stay): [Key, Stay] => [stay.parent, stay]),
    ...assembliesOf(fits, at).map((fit): [Key, Stay] => [fit.parent, fit]),
  ]);

/** Stretches in which a part was fitted into an assembly; a place is none. */
export const assembliesOf = (fits: Book, part: Key): Stay[] =>
  (fits.byChild.get(part) ?? []).filter(({ parent }) => !isLocation(parent));

export const isDuring = (intervals: readonly Interval[], moment: Moment): boolean =>
  intervals.some((interval) => holds(interval, moment));

function spread(root: Key, window: Interval, steps: (key: Key) => [Key, Stay][]): Reach {
  const reach: Reach = new Map();
  const next: [Key, Interval][] = [[root, window]];
  for (let at = next.pop(); at; at = next.pop()) {
    const [key, interval] = at;
    for (const [other, stay] of steps(key)) {
      const common = intersection(interval, spanOf(stay));
      if (!common || other === root) continue;
      const known = reach.get(other);
      if (known?.some((one) => covers(one, common))) continue;
      if (known) known.push(common);
      else reach.set(other, [common]);
      next.push([other, common]);
    }
  }
  return reach;
}

const covers = (a: Interval, b: Interval): boolean => compare(a.start, b.start) <= 0 && compare(a.end, b.end) >= 0;

function climb(root: Key, steps: (key: Key) => Key[]): Key[] {
  const seen = new Set<Key>([root]);
  for (const key of seen) for (const other of steps(key)) seen.add(other);
  seen.delete(root);
  return [...seen];
}
