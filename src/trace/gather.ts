// Loading, frontier by frontier: each step asks for all that the whole frontier lacks, so that a database answers a
// few large questions and not many small ones. Nothing here recurses.
import type { Fact, Facts, Key } from './fact.ts';
import { addFact, childrenOf, parentOf, type World } from './world.ts';

/** Mentions that one question may load, all facts together: about 150 bytes each. */
const MENTIONS_LOADED_MAX = 10_000_000;
/** Keys that one call to Facts asks for. */
const KEYS_A_CALL_MAX = 20_000;

/** A world that can grow. */
export interface Loader {
  world: World;
  facts: Facts;
  mentions: number;
  /** Keys around which, or in which, everything is loaded. */
  outward: Set<Key>;
  inward: Set<Key>;
}

export const loaderOf = (facts: Facts, world: World): Loader => ({
  world,
  facts,
  mentions: 0,
  outward: new Set(),
  inward: new Set(),
});

/** Loads every fact that names one of `keys`, with all that decides whether they count: see `complete`. */
export async function load(loader: Loader, keys: Iterable<Key>): Promise<void> {
  const { world } = loader;
  const missing = [...new Set(keys)].filter((key) => !world.loaded.has(key));
  for (let at = 0; at < missing.length && !world.truncated; at += KEYS_A_CALL_MAX) {
    const asked = missing.slice(at, at + KEYS_A_CALL_MAX);
    await complete(loader, take(loader, await loader.facts({ keys: asked })));
    for (const key of asked) world.loaded.add(key);
  }
}

/**
 * Loads what stands beside facts: corrective events that a declaration names, and the other events of the same
 * transformation (R16). What shares an eventID came with the facts themselves.
 */
export async function complete(loader: Loader, fresh: Fact[]): Promise<void> {
  const asked = { events: new Set<string>(), transformations: new Set<string>() };
  while (fresh.length > 0 && !loader.world.truncated) {
    const eventIDs = unasked(
      asked.events,
      fresh.flatMap((fact) => fact.declaration?.correctiveEventIDs ?? []),
    );
    const transformationIDs = unasked(
      asked.transformations,
      fresh.flatMap((fact) => fact.transformationID ?? []),
    );
    if (eventIDs.length + transformationIDs.length === 0) return;
    fresh = take(loader, await loader.facts({ eventIDs, transformationIDs }));
  }
}

function unasked(asked: Set<string>, names: string[]): string[] {
  const fresh = [...new Set(names)].filter((name) => !asked.has(name));
  for (const name of fresh) asked.add(name);
  return fresh;
}

/** The facts of an answer that the world did not have. */
export function take(loader: Loader, facts: Fact[]): Fact[] {
  const fresh = facts.filter((fact) => addFact(loader.world, fact));
  for (const fact of fresh) loader.mentions += fact.mentions.length;
  if (loader.mentions > MENTIONS_LOADED_MAX) loader.world.truncated = true;
  return fresh;
}

/** Loads `keys` and everything that they ever were in or part of, outwards to the end. */
export async function loadHolders(loader: Loader, keys: Iterable<Key>): Promise<void> {
  await spread(loader, keys, loader.outward, (key) => parentsEver(loader.world, key));
}

/** Loads `keys`, everything that was ever in them, inwards to the end, and the holders of all that. */
export async function loadContents(loader: Loader, keys: Iterable<Key>): Promise<void> {
  const reached = await spread(loader, keys, loader.inward, (key) => childrenEver(loader.world, key));
  await loadHolders(loader, reached);
}

async function spread(loader: Loader, keys: Iterable<Key>, done: Set<Key>, next: (key: Key) => Key[]): Promise<Key[]> {
  const reached: Key[] = [];
  let frontier = [...new Set(keys)].filter((key) => !done.has(key));
  while (frontier.length > 0) {
    await load(loader, frontier);
    if (loader.world.truncated) break;
    for (const key of frontier) done.add(key);
    for (const key of frontier) reached.push(key);
    frontier = [...new Set(frontier.flatMap(next))].filter((key) => !done.has(key));
  }
  return reached;
}

const isParental = ({ type }: Fact): boolean => type === 'AggregationEvent' || type === 'AssociationEvent';

/** Everything that any loaded event names as parent of `key`, whether it counts or not. */
export function parentsEver(world: World, key: Key): Key[] {
  const parents: Key[] = [];
  for (const { fact, mention } of world.entries.get(key) ?? []) {
    if (mention.role !== 'childEPC' && mention.role !== 'childQuantity') continue;
    const parent = isParental(fact) ? parentOf(fact) : undefined;
    if (parent !== undefined) parents.push(parent);
  }
  return parents;
}

/** Everything that any loaded event names as child of `key`. */
export function childrenEver(world: World, key: Key): Key[] {
  const children: Key[] = [];
  for (const { fact, mention } of world.entries.get(key) ?? []) {
    if (mention.role === 'parent' && isParental(fact)) for (const child of childrenOf(fact)) children.push(child.key);
  }
  return children;
}

/** `keys` with all that `next` leads to among what is loaded. */
export function closure(keys: Iterable<Key>, next: (key: Key) => Key[]): Set<Key> {
  const reached = new Set(keys);
  for (const key of reached) for (const other of next(key)) reached.add(other);
  return reached;
}
