// Loading, frontier by frontier: each step asks for all that the whole frontier lacks, so that a database answers a
// few large questions and not many small ones. Nothing here recurses.
import { AppError } from '../error.ts';
import { type Asking, type Budget, BUDGET } from './budget.ts';
import { namedBy } from './bundle.ts';
import { type Fact, type Facts, type Key, LEVELS_A_CALL, type Want } from './fact.ts';
import { inCalls } from './key-range.ts';
import { itemsOf } from './lineage.ts';
import { Turns } from './turns.ts';
import { addBundled, childrenOf, countOf, isParental, parentOfChild, truncate, type World } from './world.ts';

/** Facts that may come again with the holders of others, beyond as many as are new; then each level is asked alone. */
const AGAIN_MAX = 1_000;
/** Of more keys the holders are asked for by themselves: one more round is nothing then, and each holder comes once. */
const KEYS_WITH_HOLDERS_MAX = 100;
/** Facts of a world that are named to Facts, so that they do not come again; of more each comes again where it is met. */
const KNOWN_MAX = 100;
/** The same where many keys are asked for, of the facts that name one of them. */
const NAMING_MAX = 500;
/** Lots of one frontier whose items are asked about before they are loaded. */
const LOTS_ASKED_MAX = 8;
/** Keys that one call to Facts asks for: few at first, so that there soon is something to take in, then twice as many each. */
const KEYS_A_CALL_MIN = 2_500;
const KEYS_A_CALL_MAX = 20_000;

/** Calls that are under way while what one has brought is taken in. */
const CALLS_AHEAD = 2;

/** Turns of a question: it ends when nobody waits for the answer any more, and when it was worked on for too long. */
function turnsOf({ signal }: Asking, { milliseconds, workMilliseconds }: Budget): Turns {
  const end = performance.now() + milliseconds + workMilliseconds;
  return new Turns(() => {
    signal?.throwIfAborted();
    if (performance.now() > end) throw tooLong((milliseconds + workMilliseconds) / 1000);
  });
}

const tooLong = (secondsMax: number): AppError =>
  new AppError(
    'too_large',
    `The answer takes longer than ${secondsMax} s to work out. Ask in short form, or about one of the things that it leads through.`,
    { secondsMax },
  );

/** A world that can grow. */
export interface Loader {
  world: World;
  facts: Facts;
  budget: Budget;
  /** When the time of the budget is over, by performance.now(). */
  deadline: number;
  asking: Asking;
  turns: Turns;
  /** Nodes that the walk has reached. */
  nodes: number;
  mentions: number;
  /** Whether of transformations that a thing went into only that matters. */
  brief: boolean;
  /** Whether of the items of a lot only that matters how they were made: nobody asks for the books of a lot. */
  outline: boolean;
  /** Lots whose items nothing made but so many loaded events, those that name the lot: the items need not be loaded. */
  alone: Map<Key, number>;
  /** Facts that came though they were there: of a tote that a thousand items went through, a thousand times all. */
  again: number;
}

export const loaderOf = (
  facts: Facts,
  world: World,
  { brief, outline, ...asking }: Asking & Pick<Loader, 'brief' | 'outline'>,
): Loader => {
  const budget = { ...BUDGET, ...asking.budget };
  return {
    world,
    facts,
    asking,
    brief,
    outline,
    alone: new Map(),
    turns: turnsOf(asking, budget),
    budget,
    deadline: performance.now() + budget.milliseconds,
    nodes: 0,
    mentions: 0,
    again: 0,
  };
};

/**
 * Loads every fact that names one of `keys`, with all that decides whether they count: see `complete`. Gives those that
 * stand for them afterwards, which are more where some that were one have parted (cohort.ts).
 */
export async function load(loader: Loader, keys: Iterable<Key>, levels = LEVELS_A_CALL): Promise<Key[]> {
  const { world } = loader;
  const all = [...keys];
  const missing = [...new Set(all.filter((key) => !world.loaded.has(key)))];
  if (missing.length === 0) return all;
  for (const key of missing) world.loaded.add(key);
  const standing = world.cohorts.standing(all);
  await fetch(loader, missing, { levels });
  const reached = standing();
  if (!world.truncated) world.cohorts.settle(reached);
  return reached;
}

/** Calls to Facts for what `missing` stand for, part by part; the parents that came with each are marked. */
async function fetch(
  loader: Loader,
  missing: readonly Key[],
  how: Pick<Want, 'asChild'> & { levels: number },
): Promise<void> {
  const { world } = loader;
  const has = (sequence: number): boolean =>
    world.facts.get(sequence)?.brief === undefined && world.facts.has(sequence);
  const { cohorts } = world;
  const standing = cohorts.standing(missing);
  const isMany = countOf(world, missing) > KEYS_WITH_HOLDERS_MAX;
  const isCostly = isMany || loader.again > world.facts.size + AGAIN_MAX;
  const levels = isCostly ? 0 : how.levels;
  const known = world.facts.size <= KNOWN_MAX ? [...world.facts.keys()].filter(has) : undefined;
  const naming = isMany ? namingAny(world, missing).filter(has) : [];
  const wants: Want[] = isMany
    ? Array.from(inCalls(cohorts.ranges(missing), KEYS_A_CALL_MIN, KEYS_A_CALL_MAX), (ranges) => ({
        ranges,
        ...(naming.length <= NAMING_MAX && { known: naming }),
      }))
    : [{ keys: cohorts.members(missing) }];
  const calls = wants.map((want) => () => factsFor(loader, { ...want, ...how, levels, has, ...(known && { known }) }));
  for await (const facts of ahead(calls)) {
    if (world.truncated) return;
    const fresh = await take(loader, facts);
    if (levels > 0) markParents(world, standing(), levels, known && new Set(known));
    await complete(loader, fresh);
  }
}

/** Sequences of the facts that name one of `keys`. */
function namingAny(world: World, keys: readonly Key[]): number[] {
  const found = new Set<number>();
  for (const key of keys) for (const { fact } of world.entries.get(key) ?? []) found.add(fact.sequence);
  return [...found];
}

/** What calls give, in their order, while the next are under way. */
async function* ahead<T>(calls: readonly (() => Promise<T>)[]): AsyncGenerator<T> {
  const pending: Promise<T>[] = [];
  for (const call of calls) {
    const given = call();
    given.catch(() => {}); // thrown when its turn comes
    pending.push(given);
    if (pending.length > CALLS_AHEAD) yield await pending.shift()!;
  }
  for (const given of pending) yield await given;
}

/** The parents of `keys` are loaded, as many levels of them as one call brought along, if other facts than `known` tell. */
function markParents(world: World, keys: readonly Key[], levels: number, known?: ReadonlySet<number>): void {
  const isNew = (fact: Fact): boolean => !known?.has(fact.sequence);
  let level = new Set(keys);
  for (let n = 0; n < levels && level.size > 0; n++) {
    const above = new Set<Key>();
    for (const key of level) for (const parent of parentsEver(world, key, isNew)) above.add(parent);
    for (const parent of above) world.loaded.add(parent);
    level = above;
  }
}

/**
 * Loads what stands beside facts: corrective events that a declaration names, and the other events of the same
 * transformation (R16). What shares an eventID came with the facts themselves.
 */
export async function complete(loader: Loader, fresh: Fact[]): Promise<void> {
  const asked = { events: new Set<string>(), transformations: new Set<string>() };
  while (fresh.length > 0 && !loader.world.truncated) {
    const named = { events: [] as string[], transformations: [] as string[] };
    for (const { declaration, transformationID } of fresh) {
      for (const eventID of declaration?.correctiveEventIDs ?? []) named.events.push(eventID);
      if (transformationID !== undefined) named.transformations.push(transformationID);
    }
    const eventIDs = unasked(asked.events, named.events);
    const transformationIDs = unasked(asked.transformations, named.transformations);
    if (eventIDs.length + transformationIDs.length === 0) return;
    fresh = await take(loader, await factsFor(loader, { eventIDs, transformationIDs }));
  }
}

function unasked(asked: Set<string>, names: string[]): string[] {
  const fresh = [...new Set(names)].filter((name) => !asked.has(name));
  for (const name of fresh) asked.add(name);
  return fresh;
}

/** Takes in the facts of an answer; gives those that the world did not have. */
export async function take(loader: Loader, facts: readonly Fact[]): Promise<Fact[]> {
  const { world, turns } = loader;
  // in order, things come apart in the order in which they were made, which their names have too: sorting is quick then
  const inOrder = facts.toSorted((a, b) => a.sequence - b.sequence);
  world.cohorts.reserve(facts.reduce((sum, fact) => sum + (fact.bundles ? namedBy(fact) : 0), 0));
  const fresh: Fact[] = [];
  for (const fact of inOrder) {
    if (turns.isOver) await turns.pass();
    const isRest = world.facts.get(fact.sequence)?.brief === true;
    if (addBundled(world, fact)) fresh.push(fact);
    else if (!isRest) continue;
    loader.mentions += namedBy(fact);
  }
  loader.again += facts.length - fresh.length;
  const { budget, mentions, nodes } = loader;
  if (world.facts.size > budget.events) truncate(world, 'events');
  if (mentions > budget.identifiers) truncate(world, 'identifiers');
  loader.asking.progress?.({ events: world.facts.size, identifiers: mentions, nodes });
  return fresh;
}

/** One call to Facts, within what is left of the budget; nothing when its time is over. */
export async function factsFor(loader: Loader, want: Want): Promise<Fact[]> {
  const { world, budget, mentions } = loader;
  loader.asking.signal?.throwIfAborted();
  if (performance.now() > loader.deadline) truncate(world, 'time');
  if (world.truncated) return [];
  const room = { events: budget.events, identifiers: budget.identifiers - mentions };
  const facts = await loader.facts({ ...want, bundles: true, ...(loader.brief && { brief: true }), room });
  // a database in this process answers without letting anybody else in between
  await loader.turns.pass();
  return facts;
}

/** The items of a lot that are not loaded, and the loaded events that give it to them. */
function itemsAround({ world }: Loader, lot: Key): { items: Key[]; giving: number[] } {
  const items = [...itemsOf(world, lot).keys()].filter((item) => !world.outward.has(item));
  const giving = (world.entries.get(lot) ?? []).filter(({ mention }) => mention.role === 'lot');
  return { items, giving: giving.map(({ fact }) => fact.sequence) };
}

/** Finds out of which of `lots` the items were made by the loaded events alone, and of what nothing else was made (R18). */
export async function askMaking(loader: Loader, lots: Iterable<Key>): Promise<void> {
  const { facts, world, alone } = loader;
  const asked = [...new Set(lots)].map((lot) => ({ lot, ...itemsAround(loader, lot) }));
  const open = asked.filter(({ lot, items, giving }) => items.length > 0 && alone.get(lot) !== giving.length);
  if (!loader.outline || !facts.isMadeElsewhere || open.length > LOTS_ASKED_MAX || world.truncated) return;
  await Promise.all(
    open.map(async ({ lot, items, giving }) => {
      const ranges = world.cohorts.ranges(items);
      if (!(await facts.isMadeElsewhere!(ranges, giving))) alone.set(lot, giving.length);
    }),
  );
}

/** Loads what made the items of `lots` (R18): mostly events that name the lot, and then no more is loaded of the items. */
export async function loadMaking(loader: Loader, lots: readonly Key[]): Promise<void> {
  await askMaking(loader, lots);
  const rest = lots.flatMap((lot) => {
    const { items, giving } = itemsAround(loader, lot);
    return loader.alone.get(lot) === giving.length ? [] : items;
  });
  await loadHolders(loader, rest);
}

/** Loads `keys` and everything that they ever were in or part of, outwards to the end. */
export async function loadHolders(loader: Loader, keys: Iterable<Key>): Promise<void> {
  await spread(loader, keys, loader.world.outward, (key) => parentsEver(loader.world, key));
}

/** Loads `keys` as far as their stays go, and their holders: what was in `keys` alone is left out. */
export async function loadStays(loader: Loader, keys: Iterable<Key>): Promise<void> {
  const { world } = loader;
  const all = [...new Set(keys)];
  const standing = world.cohorts.standing(all);
  const missing = all.filter((key) => !world.loaded.has(key) && !world.asChild.has(key));
  for (const key of missing) world.asChild.add(key);
  await fetch(loader, missing, { levels: LEVELS_A_CALL, asChild: true });
  const holders = new Set<Key>();
  for (const key of standing()) for (const parent of parentsEver(world, key)) holders.add(parent);
  await loadHolders(loader, holders);
}

/** Loads `keys`, everything that was ever in them, inwards to the end, and the holders of all that. */
export async function loadContents(loader: Loader, keys: Iterable<Key>): Promise<void> {
  const reached = await spread(loader, keys, loader.world.inward, (key) => childrenEver(loader.world, key));
  await loadHolders(loader, reached);
}

async function spread(loader: Loader, keys: Iterable<Key>, done: Set<Key>, next: (key: Key) => Key[]): Promise<Key[]> {
  const reached: Key[] = [];
  let wanted: Iterable<Key> = keys;
  for (;;) {
    const all = [...new Set(wanted)].filter((key) => !done.has(key));
    if (all.length === 0) return reached;
    const frontier = await load(loader, all);
    if (loader.world.truncated) return reached;
    for (const key of frontier) done.add(key);
    for (const key of frontier) reached.push(key);
    const onward: Key[] = [];
    for (const key of frontier) for (const other of next(key)) onward.push(other);
    wanted = onward;
  }
}

/** Never added to. */
const NONE: Key[] = [];

/** Everything that any loaded event, of those that pass `test`, names as parent of `key`, whether it counts or not. */
export function parentsEver(world: World, key: Key, test?: (fact: Fact) => boolean): Key[] {
  let parents = NONE;
  for (const { fact, mention } of world.entries.get(key) ?? []) {
    if (test && !test(fact)) continue;
    const parent = parentOfChild(fact, mention);
    if (parent === undefined) continue;
    if (parents === NONE) parents = [parent];
    else parents.push(parent);
  }
  return parents;
}

/** Everything that any loaded event, of those that pass `test`, names as child of `key`. */
export function childrenEver(world: World, key: Key, test: (fact: Fact) => boolean = isParental): Key[] {
  const children: Key[] = [];
  for (const { fact, mention } of world.entries.get(key) ?? []) {
    if (mention.role === 'parent' && test(fact)) for (const child of childrenOf(fact)) children.push(child.key);
  }
  return children;
}

/** `keys` with all that `next` leads to among what is loaded. */
export function closure(keys: Iterable<Key>, next: (key: Key) => Key[]): Set<Key> {
  const reached = new Set(keys);
  for (const key of reached) for (const other of next(key)) reached.add(other);
  return reached;
}
