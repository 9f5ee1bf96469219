// The facts that a question has loaded so far, and which of them count (R1 to R6).
import type { Limit } from './budget.ts';
import { type Bundle, bundleOfKey } from './bundle.ts';
import { Cohorts } from './cohort.ts';
import type { Fact, Key, Mention, Role } from './fact.ts';
import type { Gap } from './gap.ts';
import { isItem } from './kind.ts';
import { compare, inOrder } from './moment.ts';

/** One identifier in one list of one fact. */
export interface Entry {
  fact: Fact;
  mention: Mention;
}

export interface World {
  /** Every visible fact loaded, by sequence. */
  facts: Map<number, Fact>;
  byEventID: Map<string, Fact[]>;
  byTransformationID: Map<string, Fact[]>;
  /** Effective events of a transformationID, once they were asked for: each of thousands belongs to all of them (R16). */
  runs: Map<string, Fact[]>;
  /** Every mention loaded, of effective facts and others. */
  entries: Map<Key, Entry[]>;
  /** Keys all of whose facts are loaded. */
  loaded: Set<Key>;
  /** Keys of which all is loaded but what they held. */
  asChild: Set<Key>;
  /** Keys around which, or in which, everything is loaded. */
  outward: Set<Key>;
  inward: Set<Key>;
  /** Things that share all the facts that are loaded: one stands for them everywhere in the world. */
  cohorts: Cohorts;
  /** True when a limit stopped the loading. */
  truncated: boolean;
  /** Which limit of the budget that was. */
  truncatedBy?: Limit;
}

export const emptyWorld = (): World => ({
  facts: new Map(),
  byEventID: new Map(),
  byTransformationID: new Map(),
  runs: new Map(),
  entries: new Map(),
  loaded: new Set(),
  asChild: new Set(),
  outward: new Set(),
  inward: new Set(),
  cohorts: new Cohorts(),
  truncated: false,
});

/** Ends the loading; the first limit that is reached is the one that is told. */
export function truncate(world: World, limit: Limit): void {
  world.truncated = true;
  world.truncatedBy ??= limit;
}

/** Takes a fact in; false when it is there already. */
export function addFact(world: World, fact: Fact): boolean {
  if (world.facts.has(fact.sequence)) return false;
  world.facts.set(fact.sequence, fact);
  push(world.byEventID, fact.eventID, fact);
  // whatever shares an eventID decides which of them counts
  if (world.byEventID.get(fact.eventID)!.length > 1) world.runs.clear();
  if (fact.transformationID !== undefined) {
    push(world.byTransformationID, fact.transformationID, fact);
    world.runs.delete(fact.transformationID);
  }
  for (const mention of fact.mentions) push(world.entries, mention.key, { fact, mention });
  return true;
}

const NO_BUNDLES: Bundle[] = [];

/** Takes in a fact whose things may come in bundles, as one of the world's own; false when it is there already. */
export function addBundled(world: World, given: Fact): boolean {
  const known = world.facts.get(given.sequence);
  if (known && !known.brief) return false;
  const { bundles = NO_BUNDLES, mentions } = given;
  const fact: Fact = known ?? { ...given, mentions: [], bundles: NO_BUNDLES, lists: undefined };
  if (known && !given.brief) delete known.brief;
  if (!known) addFact(world, fact);
  const had = known && new Set(known.mentions.map(({ key, role }) => `${role} ${key}`));
  const add = (one: Mention): void => void (had?.has(`${one.role} ${one.key}`) || mention(world, fact, one));
  for (const one of mentions) if (!isItem(one.key) || keepApart(world, one.key)) add(one);
  for (const bundle of bundles) {
    const { role, gcpLength } = bundle;
    for (const keys of partedBy(world, bundle)) for (const key of keys) add({ key, role, gcpLength });
  }
  return !known;
}

const partedBy = (world: World, bundle: Bundle): Iterable<Key[]> =>
  world.cohorts.of(bundle, (key, other) => part(world, key, other));

/** Has a thing stand for itself alone; false where it is too late for that. */
export const keepApart = (world: World, key: Key): boolean =>
  [...partedBy(world, bundleOfKey(key))].some(([only]) => only !== undefined);

function mention(world: World, fact: Fact, one: Mention): void {
  fact.mentions.push(one);
  fact.lists = undefined;
  push(world.entries, one.key, { fact, mention: one });
}

/** What is known of a thing is known of another too, which it stood for until now. */
function part(world: World, key: Key, other: Key): void {
  for (const { fact, mention: one } of world.entries.get(key) ?? []) mention(world, fact, { ...one, key: other });
  for (const marks of [world.loaded, world.asChild, world.outward, world.inward]) if (marks.has(key)) marks.add(other);
}

/** Leaves `count` things to a key, not all that it stands for. */
export const cutCohort = (world: World, key: Key, count: number): void =>
  world.cohorts.cut(key, count, (one, other) => part(world, one, other));

/** How many things `keys` stand for. */
export function countOf(world: World, keys: Iterable<Key>): number {
  let count = 0;
  for (const key of keys) count += world.cohorts.count(key);
  return count;
}

/** Adds to the list under a key of a map. */
export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/**
 * The event that stands under an eventID: the one captured first, by record time, then position (R3). Declarations
 * are no candidates, and neither is what capture refused.
 */
function standing(world: World, eventID: string): Fact | undefined {
  let first: Fact | undefined;
  for (const fact of world.byEventID.get(eventID) ?? []) {
    if (fact.declaration || fact.refused) continue;
    if (
      !first ||
      fact.recordTime < first.recordTime ||
      (fact.recordTime === first.recordTime && fact.sequence < first.sequence)
    ) {
      first = fact;
    }
  }
  return first;
}

const declared = (world: World, eventID: string): boolean =>
  world.byEventID.get(eventID)?.some((fact) => fact.declaration !== undefined) ?? false;

/** Whether a fact counts: first under its eventID, no declaration, and not voided by one (R3, R4). */
export function isEffective(world: World, fact: Fact): boolean {
  if (fact.declaration || fact.refused) return false;
  const same = world.byEventID.get(fact.eventID);
  return same?.length === 1 || (standing(world, fact.eventID) === fact && !declared(world, fact.eventID));
}

/** Events that a visible declaration voids, with the first such declaration, in order. */
export function voidedFacts(world: World): { fact: Fact; declaration: Fact }[] {
  const voided: { fact: Fact; declaration: Fact }[] = [];
  for (const [eventID, facts] of world.byEventID) {
    const declarations = facts
      .filter((fact) => fact.declaration)
      .sort((a, b) => a.recordTime - b.recordTime || a.sequence - b.sequence);
    const fact = standing(world, eventID);
    if (fact && declarations[0]) voided.push({ fact, declaration: declarations[0] });
  }
  return voided.sort((a, b) => compare(a.fact, b.fact));
}

/** Gaps of the record itself: conflicts of eventIDs and declarations that hang in the air (R3, R5). */
export function recordGaps(world: World): Gap[] {
  const gaps: Gap[] = [];
  for (const [eventID, facts] of world.byEventID) {
    if (facts.length === 1 && !facts[0]!.declaration && !facts[0]!.refused) continue;
    const first = standing(world, eventID);
    const others = facts.filter(
      (fact) => !fact.declaration && fact !== first && (fact.refused || fact.hash !== first?.hash),
    );
    if (others.length > 0) {
      const ids = idsOf([...(first ? [first] : []), ...others]);
      gaps.push({ code: 'EVENTID_CONFLICT', ids, facts: first && isEffective(world, first) ? [first] : [] });
    }
    const declarations = facts.filter((fact) => fact.declaration);
    if (declarations.length > 0 && !first)
      gaps.push({ code: 'UNRESOLVED_ERROR_DECL', ids: idsOf(declarations), facts: [] });
    const unmet = declarations.filter((fact) =>
      fact.declaration?.correctiveEventIDs.some((id) => !standing(world, id)),
    );
    if (unmet.length > 0) gaps.push({ code: 'MISSING_CORRECTIVE', ids: idsOf(unmet), facts: [] });
  }
  return gaps;
}

const idsOf = (facts: Fact[]): Key[] =>
  [...new Set(facts.flatMap((fact) => fact.mentions.map(({ key }) => key)))].sort();

/** True for a role in which an event names the identifier itself; an ILMD only gives it, a written class is only known. */
export const isNamed = (role: Role): boolean => role !== 'lot' && role !== 'written';

/** Mentions of `key` in effective facts. */
export const effectiveEntries = (world: World, key: Key): Entry[] =>
  (world.entries.get(key) ?? []).filter(({ fact }) => isEffective(world, fact));

/** Effective facts that name `key` in one of `roles` (any, if not given) and pass `test`, in order, each once. */
export function factsNaming(world: World, key: Key, roles?: readonly Role[], test?: (fact: Fact) => boolean): Fact[] {
  const found: Fact[] = [];
  for (const { fact, mention } of world.entries.get(key) ?? []) {
    if (roles ? !roles.includes(mention.role) : !isNamed(mention.role)) continue;
    if ((!test || test(fact)) && isEffective(world, fact)) found.push(fact);
  }
  return found.length < 2 ? found : inOrder(new Set(found));
}

const NONE: Mention[] = [];

/** The mentions of a fact in one list. */
export function listOf(fact: Fact, role: Role): Mention[] {
  let byRole = fact.lists;
  if (!byRole) {
    byRole = {};
    for (const one of fact.mentions) {
      const list = byRole[one.role];
      if (list) list.push(one);
      else byRole[one.role] = [one];
    }
    fact.lists = byRole;
  }
  return byRole[role] ?? NONE;
}

export const parentOf = (fact: Fact): Key | undefined => listOf(fact, 'parent')[0]?.key;

export const isParental = ({ type }: Fact): boolean => type === 'AggregationEvent' || type === 'AssociationEvent';

/** The parent that an aggregation or association gives to one of its mentions; undefined where that is no child. */
export const parentOfChild = (fact: Fact, { role }: Mention): Key | undefined =>
  (role === 'childEPC' || role === 'childQuantity') && isParental(fact) ? parentOf(fact) : undefined;

/** Children of an aggregation or association, things and lots. */
export const childrenOf = (fact: Fact): Mention[] => [...listOf(fact, 'childEPC'), ...listOf(fact, 'childQuantity')];
