// Which share of each node's mass is the root, well mixed (docs/trace.md, Share of the root). A number where the record
// says it, nothing where it does not; no list depends on it.
import { type Containment, containmentOf } from './containment.ts';
import { stronglyConnected } from './cycle.ts';
import type { Key } from './fact.ts';
import { groupsOf } from './gaps.ts';
import { type Loader, loadContents } from './gather.ts';
import { isInstance, isItem } from './kind.ts';
import { type Group, isOfLot, lotsOf, namedOn } from './lineage.ts';
import { type Masses, massesOn, sumOf } from './mass.ts';
import type { Standing } from './strength.ts';
import type { Web } from './walk.ts';
import { effectiveEntries, push, type World } from './world.ts';

/** A share is told in so many significant digits, and as 0 below the least: the numbers of JSON go little further. */
const DIGITS = 12;
const SHARE_MIN = 1e-300;

/** A share as answers tell it. */
export const told = (share: number): number => (share < SHARE_MIN ? 0 : Number(Math.min(share, 1).toPrecision(DIGITS)));

/** null: the record does not say. */
type Share = number | null;

/** What went into one transformation; all that it put out is alike. */
interface Batch {
  inputs: Masses;
  /** Nothing is told of what went in, or it may not be read. */
  isDark: boolean;
  /** Something came out before the last went in: what was in it then is not known. */
  isDrawnEarly: boolean;
}

/** Things, lots and batches: what one is made of are the others. */
type Vertex = Key | Batch;

interface Part {
  of: Vertex;
  /** Kilograms; undefined where not known. */
  mass: number | undefined;
}

/** Made of what nobody tells. */
const DARK: Batch = { inputs: new Map(), isDark: true, isDrawnEarly: false };

/** What a walk forward found. */
interface Found {
  web: Web;
  standings: ReadonlyMap<Key, Standing>;
  containment: Containment;
}

/** Share of the root by node, without those of which the record does not say it. `hidden`: eventIDs (R27). */
export async function fractionsOf(
  loader: Loader,
  found: Found,
  hidden: ReadonlySet<string>,
): Promise<Map<Key, number>> {
  const { world } = loader;
  const nodes = new Set([found.web.root, ...found.standings.keys()]);
  const shares = sharesGiven(world, found);
  const open = new Set([...nodes].filter((key) => !shares.has(key)));
  const makings = await makingsOf(loader, found.containment, nodes, open, hidden);
  if (world.truncated) return new Map();
  const partsOf = (vertex: Vertex): Part[] => {
    if (typeof vertex !== 'string') return [...vertex.inputs].map(([of, mass]) => ({ of, mass }));
    if (!open.has(vertex)) return [];
    return makings.get(vertex) ?? [...lotsOf(world, vertex).keys()].map((of) => ({ of, mass: undefined }));
  };
  await mix(loader, { nodes, open, shares, partsOf });
  const numbers = [...shares].filter((entry): entry is [Key, number] => entry[1] !== null);
  return new Map(numbers.map(([key, share]) => [key, told(share)]));
}

/**
 * Shares that hang on nothing else: 1 for the root, for what it held and for items of such a lot; none for what is only
 * possible, for an assembly, and for what was beside a part.
 */
function sharesGiven(world: World, { web, standings }: Found): Map<Key, Share> {
  const shares = new Map<Key, Share>();
  for (const { kind, from, to } of web.links) {
    if (kind !== 'part' && kind !== 'exposure') continue;
    // a part that lies in its own assembly is not beside itself; of things with one life each is beside the others
    for (const key of to.keys()) if (!from.has(key) || world.cohorts.count(key) > 1) shares.set(key, null);
  }
  for (const [key, { confidence }] of standings) {
    if (confidence === 'possible') shares.set(key, null);
    else if (!shares.has(key) && isOfSeed(world, web, key)) shares.set(key, 1);
  }
  for (const key of web.seeds) shares.set(key, 1);
  return shares;
}

function isOfSeed(world: World, { seeds }: Web, key: Key): boolean {
  const lots = isItem(key) ? [...lotsOf(world, key).keys()] : [];
  return lots.length === 1 && seeds.has(lots[0]!);
}

/** By node: the batches that it is of, each with what of it came from there. */
async function makingsOf(
  loader: Loader,
  containment: Containment,
  nodes: ReadonlySet<Key>,
  open: ReadonlySet<Key>,
  hidden: ReadonlySet<string>,
): Promise<Map<Key, Part[]>> {
  const { world, turns } = loader;
  const made = new Map<Group, Made>();
  for (const group of groupsOf(world)) {
    if (turns.isOver) await turns.pass();
    const outputs = madeBy(world, group, containment, nodes, open);
    if (outputs.size > 0) made.set(group, outputs);
  }
  const inside = await withInputs(loader, containment, made.keys(), nodes);
  const makings = new Map<Key, Part[]>();
  for (const [group, outputs] of made) {
    if (turns.isOver) await turns.pass();
    const batch = batchOf(group, inside, nodes, hidden);
    for (const [key, { mass, asLot }] of outputs) {
      // re-tagging and serialising bring nothing new into a lot (R18)
      const isNew = !asLot || batch.isDark || [...batch.inputs.keys()].some((input) => !isOfLot(world, input, key));
      if (isNew) push(makings, key, { of: batch, mass });
    }
  }
  // goods that were commissioned too: told twice, or others besides? Nobody knows
  for (const key of open)
    if (!isInstance(key) && isAdded(world, key)) push(makings, key, { of: DARK, mass: undefined });
  return makings;
}

const isAdded = (world: World, key: Key): boolean =>
  effectiveEntries(world, key).some(
    ({ fact, mention }) => mention.role === 'quantity' && fact.type === 'ObjectEvent' && fact.action === 'ADD',
  );

/** What a group put out of each thing and lot; `asLot`: nothing of the lot itself, but items of it. */
type Made = Map<Key, { mass: number | undefined; asLot: boolean }>;

function madeBy(
  world: World,
  group: Group,
  containment: Containment,
  nodes: ReadonlySet<Key>,
  open: ReadonlySet<Key>,
): Made {
  const outputs = massesOn(group, 'output', containment, nodes);
  const made: Made = new Map();
  for (const [key, mass] of outputs) if (open.has(key)) made.set(key, { mass, asLot: false });
  for (const key of outputs.keys()) {
    for (const lot of isItem(key) ? lotsOf(world, key).keys() : [])
      if (open.has(lot)) made.set(lot, { mass: undefined, asLot: !outputs.has(lot) });
  }
  return made;
}

/** Loads what holders among the inputs held, and gives the containment with that. */
async function withInputs(
  loader: Loader,
  containment: Containment,
  groups: Iterable<Group>,
  nodes: ReadonlySet<Key>,
): Promise<Containment> {
  const { world } = loader;
  const named = [...groups].flatMap(({ facts }) => facts.flatMap((fact) => namedOn(fact, 'input')));
  // an item that is no node has no mass and nothing of the root: what it held beside changes nothing
  const holders = named.filter((key) => isInstance(key) && (nodes.has(key) || !isItem(key)));
  const count = world.facts.size;
  await loadContents(loader, holders);
  return world.facts.size === count ? containment : containmentOf(world);
}

function batchOf(group: Group, containment: Containment, nodes: ReadonlySet<Key>, hidden: ReadonlySet<string>): Batch {
  const inputs = massesOn(group, 'input', containment, nodes);
  let [lastIn, firstOut] = [-Infinity, Infinity];
  for (const fact of group.facts) {
    if (namedOn(fact, 'input').length > 0) lastIn = Math.max(lastIn, fact.eventTime);
    if (namedOn(fact, 'output').length > 0) firstOut = Math.min(firstOut, fact.eventTime);
  }
  const isHidden = group.facts.some(({ eventID }) => hidden.has(eventID));
  return { inputs, isDark: inputs.size === 0 || isHidden, isDrawnEarly: lastIn > firstOut };
}

interface Mixture {
  nodes: ReadonlySet<Key>;
  open: ReadonlySet<Key>;
  /** Gets the shares of `open`. */
  shares: Map<Key, Share>;
  partsOf: (vertex: Vertex) => Part[];
}

/** Works out the shares of all that is open, what something is made of before itself. */
async function mix({ turns }: Loader, { nodes, open, shares, partsOf }: Mixture): Promise<void> {
  const known = new Map<Vertex, Part[]>();
  const parts = (vertex: Vertex): Part[] => {
    let list = known.get(vertex);
    if (!list) known.set(vertex, (list = partsOf(vertex)));
    return list;
  };
  const worked = new Map<Vertex, Share>();
  const isOpen = (vertex: Vertex): boolean => typeof vertex !== 'string' || open.has(vertex);
  const shareOf = (vertex: Vertex): Share => {
    if (isOpen(vertex)) return worked.get(vertex)!;
    return nodes.has(vertex as Key) ? shares.get(vertex as Key)! : 0;
  };
  const below = (vertex: Vertex): Vertex[] => parts(vertex).flatMap(({ of }) => (isOpen(of) ? [of] : []));
  for (const component of stronglyConnected<Vertex>(open, below)) {
    if (turns.isOver) await turns.pass();
    const own = new Set(component);
    const outside = component.flatMap((vertex) => parts(vertex).filter(({ of }) => !own.has(of)));
    const isMixed = component.length === 1 && !isUnsteady(component[0]!);
    const share = component.some(isDark) ? null : shareOfAll(outside, shareOf, isMixed);
    for (const vertex of component) {
      worked.set(vertex, share);
      if (typeof vertex === 'string') shares.set(vertex, share);
    }
  }
}

const isDark = (vertex: Vertex): boolean => typeof vertex !== 'string' && vertex.isDark;
const isUnsteady = (vertex: Vertex): boolean => typeof vertex !== 'string' && vertex.isDrawnEarly;

/** Of parts with one share, that share, however much there is of each; else, where they may be weighed, by mass. */
function shareOfAll(parts: readonly Part[], shareOf: (of: Vertex) => Share, isMixed: boolean): Share {
  let [least, most] = [Infinity, -Infinity];
  for (const { of } of parts) {
    const share = shareOf(of);
    if (share === null) return null;
    least = Math.min(least, share);
    most = Math.max(most, share);
  }
  if (parts.length === 0) return null;
  if (told(least) === told(most)) return least;
  const masses = parts.flatMap(({ mass }) => mass ?? []);
  const total = sumOf(masses);
  if (!isMixed || masses.length < parts.length || total === 0) return null;
  return sumOf(parts.map(({ of, mass }) => shareOf(of)! * mass!)) / total;
}
