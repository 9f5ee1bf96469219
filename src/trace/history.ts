// What happened to a thing, where it is and in what state (R14, R15).
import type { Book, Containment } from './containment.ts';
import type { Fact, Key } from './fact.ts';
import { endsOf } from './gaps.ts';
import { isInstance } from './kind.ts';
import { compare, inOrder, type Interval } from './moment.ts';
import { holdersOf, isDuring } from './reach.ts';
import { factsNaming, type World } from './world.ts';

export type State = 'at_rest' | 'in_transit' | 'consumed' | 'decommissioned';

/** Its history in order: what names it, what freed it, and what happened to its holders while it was in them (R14). */
export function historyOf(world: World, containment: Containment, key: Key): Fact[] {
  const facts = new Set([...factsNaming(world, key), ...freeing(containment, key)]);
  for (const [holder, intervals] of holdersOf(containment, key)) {
    for (const fact of inherited(world, containment, holder, intervals)) facts.add(fact);
  }
  return inOrder(facts);
}

/** Not inherited: aggregations in which the holder is only the parent, its loading and unloading of others. */
function inherited(world: World, containment: Containment, holder: Key, intervals: Interval[]): Fact[] {
  const named = factsNaming(world, holder, undefined, (fact) => fact.type !== 'AggregationEvent');
  const moved = factsNaming(world, holder, ['childEPC', 'childQuantity'], (fact) => fact.type === 'AggregationEvent');
  return [...named, ...moved, ...freeing(containment, holder)].filter((fact) => isDuring(intervals, fact));
}

/** Events that ended a stay without naming the child (R8, R10). */
function freeing({ stays, fits }: Containment, key: Key): Fact[] {
  const freed = (book: Book): Fact[] =>
    (book.byChild.get(key) ?? []).flatMap((stay) => (stay.freed && stay.end ? [stay.end] : []));
  return [...freed(stays), ...freed(fits)];
}

/** Events up to and including those of eventTime `to`. */
export const upTo = (facts: Fact[], to: number | undefined): Fact[] =>
  to === undefined ? facts : facts.filter(({ eventTime }) => eventTime <= to);

export const placeOf = (fact: Fact): string | undefined => fact.bizLocation ?? fact.readPoint;

/** The place of the last event that has one; URI as captured. */
export function locationOf(history: Fact[]): string | undefined {
  const last = history.findLast((fact) => placeOf(fact) !== undefined);
  return last && placeOf(last);
}

const LEAVING: ReadonlySet<string> = new Set(['shipping', 'departing']);
const COMING: ReadonlySet<string> = new Set(['receiving', 'arriving']);

export const isLeaving = ({ bizStep }: Fact): boolean => bizStep !== undefined && LEAVING.has(bizStep);
export const isComing = ({ bizStep }: Fact): boolean => bizStep !== undefined && COMING.has(bizStep);

/** The state after a history (of `key`, up to the question's time); null for lots and classes. */
export function stateOf(world: World, key: Key, history: Fact[]): { state: State | null; seenAfterEnd: boolean } {
  if (!isInstance(key)) return { state: null, seenAfterEnd: false };
  const within = new Set(history);
  const ends = endsOf(world, key);
  const decommissioned = ends.decommissioned && within.has(ends.decommissioned) ? ends.decommissioned : undefined;
  const consumed = ends.consumed && within.has(ends.consumed) ? ends.consumed : undefined;
  const moving = history.findLast((fact) => isLeaving(fact) || isComing(fact) || fact.bizLocation !== undefined);
  const alive = moving && isLeaving(moving) ? 'in_transit' : 'at_rest';
  return {
    state: decommissioned ? 'decommissioned' : consumed ? 'consumed' : alive,
    seenAfterEnd: goesOn(world, key, history, decommissioned, consumed),
  };
}

/** Whether history goes on after the first end; after consumption further inputs do not count (R10). */
function goesOn(world: World, key: Key, history: Fact[], decommissioned?: Fact, consumed?: Fact): boolean {
  const [first] = inOrder([decommissioned, consumed].filter((fact) => fact !== undefined));
  if (!first) return false;
  const inputs = new Set(first === consumed ? factsNaming(world, key, ['inputEPC']) : []);
  return history.some((fact) => compare(fact, first) > 0 && !inputs.has(fact));
}
