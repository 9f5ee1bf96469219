// Outputs that nobody asks about: of a raw lot's other batches a walk back needs to know that something came out, and not
// the ten thousand items one by one. One of them stands in the world until somebody asks for a thing of their kind.
import type { Fact, Key, Mention } from './fact.ts';
import { isItem } from './kind.ts';
import { addFact, widenFact, type World } from './world.ts';

/** Shorter lists are not worth it. */
const MENTIONS_MIN = 4;

/** Facts with fewer mentions than they have; the kinds (first characters of keys) and the lots of those that are missing. */
export interface Narrowed {
  facts: Map<Fact, Mention[]>;
  kinds: Set<string>;
  lots: Set<Key>;
}

export const nothingNarrowed = (): Narrowed => ({ facts: new Map(), kinds: new Set(), lots: new Set() });

/** What is in dispute, and what has no input, is told with all that it names. */
const isWide = ({ type, mentions, refused, declaration }: Fact): boolean =>
  type === 'TransformationEvent' &&
  mentions.length >= MENTIONS_MIN &&
  !refused &&
  !declaration &&
  mentions.some(({ role }) => role === 'inputEPC' || role === 'inputQuantity');

/**
 * Takes facts in, wide transformations last: of their outputs that `isAsked` does not know and no other fact names, the
 * first alone, unless it knows their lot. Those that the world did not have.
 */
export function addNarrow(world: World, narrowed: Narrowed, given: Fact[], isAsked: (key: Key) => boolean): Fact[] {
  const named = new Map<string, number>();
  for (const { eventID } of given) named.set(eventID, (named.get(eventID) ?? 0) + 1);
  const isLone = ({ eventID }: Fact): boolean => named.get(eventID) === 1 && !world.byEventID.has(eventID);
  const lotsOf = ({ mentions }: Fact): Key[] => mentions.flatMap(({ key, role }) => (role === 'lot' ? [key] : []));
  const wide = given.filter((fact) => isWide(fact) && isLone(fact) && !lotsOf(fact).some(isAsked));
  const isLast = new Set(wide);
  const fresh = given.filter((fact) => !isLast.has(fact) && addFact(world, fact));
  for (const fact of wide) {
    const all = fact.mentions;
    let first: Mention | undefined;
    fact.mentions = all.filter((mention) => {
      const { key, role } = mention;
      if (role !== 'outputEPC' || !isItem(key) || isAsked(key) || world.entries.has(key)) return true;
      narrowed.kinds.add(key[0]!);
      first ??= mention;
      return first === mention;
    });
    if (fact.mentions.length < all.length) {
      narrowed.facts.set(fact, all);
      for (const lot of lotsOf(fact)) narrowed.lots.add(lot);
    }
    if (addFact(world, fact)) fresh.push(fact);
  }
  return fresh;
}

/** Gives all facts their mentions back, if one of `keys`, which are about to be asked for, may be missing or their lot. */
export function widen(world: World, narrowed: Narrowed, keys: readonly Key[]): void {
  const { facts, kinds, lots } = narrowed;
  if (facts.size === 0 || !keys.some((key) => kinds.has(key[0]!) || lots.has(key))) return;
  for (const [fact, mentions] of facts)
    widenFact(
      world,
      fact,
      mentions.filter(({ key }) => !world.merged.has(key)),
    );
  facts.clear();
  kinds.clear();
  lots.clear();
}
