// The walk through the lineage, back or forward, frontier by frontier (R16 to R21). It finds every node and every
// link; how sure each is comes after (strength.ts). A transformation of m inputs and n outputs is one link with m + n
// ends, never m times n edges.
import { type Containment, containmentOf, spanOf } from './containment.ts';
import type { Fact, Key, Side } from './fact.ts';
import {
  askMaking,
  childrenEver,
  closure,
  type Loader,
  load,
  loadContents,
  loadHolders,
  loadMaking,
  parentsEver,
} from './gather.ts';
import { isLot } from './kind.ts';
import { type Group, groupOf, isOfLot, itemsOf, lotsOf, namedOn, type Part, partnersOf, partsOf } from './lineage.ts';
import { ALWAYS, type Interval } from './moment.ts';
import { assembliesOf, containersOf, contentsDuring, isDuring } from './reach.ts';
import { countOf, cutCohort, factsNaming, push, truncate, type World } from './world.ts';

export type Direction = 'back' | 'forward';
export type LinkKind = 'transformation' | 'member' | 'part' | 'exposure' | 'content';

/** One end of a link. A pair is definite when neither end is weak and the upper end's time is not the later one. */
export interface End {
  time: number;
  weak: boolean;
  facts: Fact[];
}

/** Everything in `from` leads to everything in `to`. */
export interface Link {
  kind: LinkKind;
  from: Map<Key, End>;
  to: Map<Key, End>;
}

/** What a walk found; `seeds` are the root and what it held (R20), definite all. */
export interface Web {
  root: Key;
  direction: Direction;
  seeds: Set<Key>;
  nodes: Set<Key>;
  links: Link[];
}

/** A group on the way: the side that the walk came from, the side it leads to, and lots that its outputs make (R18). */
interface Passage {
  group: Group;
  near: Map<Key, End>;
  far: Map<Key, End>;
  lots: Map<Key, End>;
  /** Whether the far side has been reached. */
  passed: boolean;
}

const NEAR: Record<Direction, Side> = { back: 'output', forward: 'input' };
const FAR: Record<Direction, Side> = { back: 'input', forward: 'output' };

/** Walks from `root`; of a container, from it and all that it held in `window` (R20). */
export async function walk(loader: Loader, root: Key, direction: Direction, window: Interval = ALWAYS): Promise<Web> {
  const seeds = await seedsOf(loader, root, window);
  const trail = new Trail(loader, direction, seeds);
  // when the loading has ended, what is loaded is still walked to its end
  while (trail.frontier.length > 0) await trail.step();
  const content: Link = {
    kind: 'content',
    from: new Map([[root, certain()]]),
    to: new Map([...seeds].filter((key) => key !== root).map((key) => [key, certain()])),
  };
  return {
    root,
    direction,
    seeds,
    nodes: trail.nodes,
    links: content.to.size > 0 ? [content, ...trail.links()] : trail.links(),
  };
}

async function seedsOf(loader: Loader, root: Key, window: Interval): Promise<Set<Key>> {
  await loadContents(loader, [root]);
  return new Set([root, ...contentsDuring(insideOf(loader.world, [root]), root, window).keys()]);
}

const certain = (facts: Fact[] = []): End => ({ time: 0, weak: false, facts });

/** What loaded events pack a thing into, and pack into it, ever. Parts of assemblies are not packed: stays leave them be. */
const containersEver = (world: World, key: Key): Key[] => parentsEver(world, key, isPacking);
const packedEver = (world: World, key: Key): Key[] => childrenEver(world, key, isPacking);
const isPacking = ({ type }: Fact): boolean => type === 'AggregationEvent';

/** Stays of keys and all around them, and the same for keys and all inside them. */
const aroundOf = (world: World, keys: Iterable<Key>): Containment =>
  containmentOf(
    world,
    closure(keys, (key) => containersEver(world, key)),
  );
const insideOf = (world: World, keys: Iterable<Key>): Containment =>
  aroundOf(
    world,
    closure(keys, (key) => packedEver(world, key)),
  );

/** Containment around `keys`, where one of their containers ever stood on that side of a transformation; else none. */
function aroundOnSide(world: World, keys: Iterable<Key>, side: Side): Containment {
  const all = [...keys];
  const holders = closure(
    all.flatMap((key) => containersEver(world, key)),
    (key) => containersEver(world, key),
  );
  return aroundOf(world, [...holders].some((holder) => factsOn(world, holder, side).length > 0) ? all : []);
}

/** Steps that a walk takes one by one before it looks ahead, as many again as it has come so far, and of few things only. */
const STEPS_MIN = 6;
const LEVELS_AHEAD_MAX = 64;
const AHEAD_OF_MAX = 8;

class Trail {
  readonly nodes = new Set<Key>();
  frontier: Key[];
  readonly #loader: Loader;
  readonly #direction: Direction;
  readonly #seeds: Set<Key>;
  readonly #passages = new Map<string, Passage>();
  readonly #links: Link[] = [];
  #next: Key[] = [];
  #steps = 0;

  constructor(loader: Loader, direction: Direction, seeds: Set<Key>) {
    this.#loader = loader;
    this.#direction = direction;
    this.#seeds = seeds;
    this.frontier = [...seeds];
    for (const key of seeds) this.nodes.add(key);
    loader.nodes = countOf(loader.world, seeds);
  }

  /** One frontier: what leads on from each of its nodes. Whatever is reached is loaded before. */
  async step(): Promise<void> {
    const { world, turns } = this.#loader;
    await loadHolders(this.#loader, this.frontier);
    const containment = aroundOnSide(world, this.frontier, NEAR[this.#direction]);
    const reached: [Passage, Key][] = [];
    const fresh: Passage[] = [];
    for (const key of this.frontier) {
      if (turns.isOver) await turns.pass();
      for (const { group, facts } of groupsWith(world, containment, key, NEAR[this.#direction])) {
        const passage = this.#passage(group, fresh);
        passage.near.set(key, endOf(NEAR[this.#direction], facts));
        reached.push([passage, key]);
      }
    }
    const making = this.#direction === 'back' ? await this.#makingOfLots(fresh) : new Map<Passage, Set<Key>>();
    const beside = this.#beside();
    const far = this.#farOf(fresh);
    await Promise.all([
      load(this.#loader, [...far, ...(await this.#ahead(far)), ...beside]),
      askMaking(this.#loader, this.#direction === 'back' ? beside.filter(isLot) : []),
    ]);
    await this.#open(fresh);
    for (const [passage, key] of reached) {
      if (turns.isOver) await turns.pass();
      this.#pass(passage, key);
    }
    for (const [passage, lots] of making) {
      for (const lot of lots) for (const key of sourcesOf(world, passage.far, lot).keys()) this.#reach(key);
    }
    for (const key of this.frontier) {
      if (turns.isOver) await turns.pass();
      this.#membership(key);
    }
    for (const key of this.frontier) {
      if (turns.isOver) await turns.pass();
      this.#parts(key);
    }
    if (this.#direction === 'forward') await this.#exposure();
    this.frontier = this.#next;
    this.#next = [];
  }

  /** What will come behind `far`, in a walk that has gone through many small frontiers: it seems to be along a chain. */
  async #ahead(far: readonly Key[]): Promise<Key[]> {
    const { world, facts } = this.#loader;
    this.#steps++;
    const missing = far.filter((key) => !world.loaded.has(key));
    if (!facts.ahead || this.#steps < STEPS_MIN || missing.length === 0 || far.length > AHEAD_OF_MAX || world.truncated)
      return [];
    return facts.ahead(missing, NEAR[this.#direction], Math.min(this.#steps, LEVELS_AHEAD_MAX));
  }

  /** What new groups name on their far side. */
  #farOf(fresh: Passage[]): Key[] {
    const side = FAR[this.#direction];
    return fresh.flatMap(({ group }) => group.facts.flatMap((fact) => namedOn(fact, side)));
  }

  /** Members and partners of the frontier; back, with the items of its lots, whose making is asked for next. */
  #beside(): Key[] {
    const { world } = this.#loader;
    const forward = this.#direction === 'forward';
    return this.frontier.flatMap((key) => {
      const partners = partnersOf(world, key, forward ? 'part' : 'assembly').keys();
      if (forward) return [...partners, ...(isLot(key) ? itemsOf(world, key).keys() : [])];
      const lots = [...lotsOf(world, key).keys()];
      if (this.#loader.outline) return [...partners, ...lots];
      return [...partners, ...lots, ...lots.flatMap((lot) => [...itemsOf(world, lot).keys()])];
    });
  }

  /** All links found, each pair in the sense of time. */
  links(): Link[] {
    const links = [...this.#links];
    for (const { near, far, lots } of this.#passages.values()) {
      const [from, to] = this.#direction === 'forward' ? [near, far] : [far, near];
      if (near.size > 0) links.push({ kind: 'transformation', from, to });
      for (const [lot, end] of lots) {
        const sources = sourcesOf(this.#loader.world, from, lot);
        if (sources.size > 0) links.push({ kind: 'transformation', from: sources, to: new Map([[lot, end]]) });
      }
    }
    return links;
  }

  #reach(key: Key): void {
    if (this.nodes.has(key)) return;
    const loader = this.#loader;
    const { world } = loader;
    const room = loader.budget.nodes - loader.nodes;
    if (world.cohorts.count(key) > room) {
      truncate(world, 'nodes');
      if (room <= 0) return;
      cutCohort(world, key, room);
    }
    loader.nodes += world.cohorts.count(key);
    this.nodes.add(key);
    this.#next.push(key);
  }

  #passage(group: Group, fresh: Passage[]): Passage {
    let passage = this.#passages.get(group.name);
    if (!passage) {
      passage = { group, near: new Map(), far: new Map(), lots: new Map(), passed: false };
      this.#passages.set(group.name, passage);
      fresh.push(passage);
    }
    return passage;
  }

  /** Loads the far side of new groups and reads it; forward, with the lots of its items (R18). */
  async #open(fresh: Passage[]): Promise<void> {
    const { world, turns } = this.#loader;
    const side = FAR[this.#direction];
    const named = this.#farOf(fresh);
    await loadContents(this.#loader, named);
    const containment = insideOf(
      world,
      named.filter((key) => packedEver(world, key).length > 0),
    );
    for (const passage of fresh) {
      if (turns.isOver) await turns.pass();
      const parts = partsOf(passage.group, side, containment);
      const ends = new Map<Fact, End>(); // shared by the many that one event puts out
      for (const [key, { facts }] of parts) {
        const [fact] = facts;
        const end = (facts.length === 1 && ends.get(fact!)) || endOf(side, facts);
        if (facts.length === 1) ends.set(fact!, end);
        passage.far.set(key, end);
      }
      if (side === 'output') passage.lots = lotsOfParts(world, parts);
    }
  }

  /** From a node through a group to its other side. */
  #pass(passage: Passage, key: Key): void {
    if (!passage.passed) for (const other of passage.far.keys()) this.#reach(other);
    passage.passed = true;
    if (this.#direction === 'back') return;
    for (const lot of passage.lots.keys()) if (!isOfLot(this.#loader.world, key, lot)) this.#reach(lot);
  }

  /** Back from lots of the frontier: the groups that put out items of them (R18). */
  async #makingOfLots(fresh: Passage[]): Promise<Map<Passage, Set<Key>>> {
    const { world } = this.#loader;
    const lots = this.frontier.filter(isLot);
    await loadMaking(this.#loader, lots);
    const making = new Map<Passage, Set<Key>>();
    for (const lot of lots) {
      const items = itemsOf(world, lot);
      const containment = aroundOnSide(world, items.keys(), 'output');
      for (const item of items.keys()) {
        for (const { group, facts } of groupsWith(world, containment, item, 'output')) {
          const passage = this.#passage(group, fresh);
          const end = { ...endOf('output', facts), weak: lotsOf(world, item).size > 1 };
          passage.lots.set(lot, stronger(passage.lots.get(lot), end));
          making.set(passage, (making.get(passage) ?? new Set()).add(lot));
        }
      }
    }
    return making;
  }

  /** The edge from a lot to an item of it (R18). */
  #membership(key: Key): void {
    const { world } = this.#loader;
    if (this.#direction === 'back') {
      const lots = lotsOf(world, key);
      for (const [lot, facts] of lots) {
        this.#links.push({
          kind: 'member',
          from: new Map([[lot, certain()]]),
          to: new Map([[key, { time: 0, weak: lots.size > 1, facts }]]),
        });
        this.#reach(lot);
      }
      return;
    }
    const items = isLot(key) ? itemsOf(world, key) : new Map<Key, Fact[]>();
    if (items.size === 0) return;
    const to = new Map([...items].map(([item, facts]): [Key, End] => [item, this.#memberEnd(key, item, facts)]));
    this.#links.push({ kind: 'member', from: new Map([[key, certain()]]), to });
    for (const item of items.keys()) this.#reach(item);
  }

  /** Forward, an item that a transformation put out may come from another batch of its lot, unless the lot is the question. */
  #memberEnd(lot: Key, item: Key, facts: Fact[]): End {
    const { world } = this.#loader;
    const isQuestion = this.#seeds.has(lot);
    return {
      time: 0,
      facts,
      // read when all is loaded: the item's own facts come with the next frontier
      get weak() {
        return lotsOf(world, item).size > 1 || (!isQuestion && factsNaming(world, item, ['outputEPC']).length > 0);
      },
    };
  }

  /** Parts and assemblies (R19). */
  #parts(key: Key): void {
    const { world } = this.#loader;
    const forward = this.#direction === 'forward';
    for (const [other, facts] of partnersOf(world, key, forward ? 'part' : 'assembly')) {
      const [part, assembly] = forward ? [key, other] : [other, key];
      this.#links.push({
        kind: 'part',
        from: new Map([[part, certain()]]),
        to: new Map([[assembly, certain(facts)]]),
      });
      this.#reach(other);
    }
  }

  /** What an assembly held while the part was fitted is possible (R19). */
  async #exposure(): Promise<void> {
    const { world } = this.#loader;
    const parts = this.frontier.filter((key) =>
      world.entries.get(key)?.some(({ fact }) => fact.type === 'AssociationEvent'),
    );
    if (parts.length === 0) return;
    // a part is in or out by what names it or its assembly: what these are in does not matter
    const { fits } = containmentOf(world, [...parts, ...parts.flatMap((part) => parentsEver(world, part))]);
    const fitted = parts
      .flatMap((part) => assembliesOf(fits, part))
      .filter(({ parent }) => packedEver(world, parent).length > 0);
    if (fitted.length === 0) return;
    const assemblies = fitted.map(({ parent }) => parent);
    await loadContents(this.#loader, assemblies);
    const containment = insideOf(world, assemblies);
    for (const fit of fitted) {
      const contents = contentsDuring(containment, fit.parent, spanOf(fit));
      if (contents.size === 0) continue;
      const facts = [fit.start];
      this.#links.push({
        kind: 'exposure',
        from: new Map([[fit.child, certain()]]),
        to: new Map([...contents.keys()].map((key) => [key, { time: 0, weak: true, facts }])),
      });
      for (const key of contents.keys()) this.#reach(key);
    }
  }
}

/** An end of a group: an input counts from its first event, an output up to its last (R16). */
function endOf(side: Side, facts: Fact[]): End {
  let time = facts[0]!.eventTime;
  for (const fact of facts) time = side === 'input' ? Math.min(time, fact.eventTime) : Math.max(time, fact.eventTime);
  return { time, weak: false, facts };
}

/** Two ways into one lot: the certain one, of two alike the later. */
function stronger(a: End | undefined, b: End): End {
  if (!a) return b;
  const facts = [...new Set([...a.facts, ...b.facts])];
  const best = a.weak === b.weak ? (a.time >= b.time ? a : b) : a.weak ? b : a;
  return { ...best, facts };
}

/** Lots of the items among the outputs of a group. */
function lotsOfParts(world: World, parts: Map<Key, Part>): Map<Key, End> {
  const found = new Map<Key, End>();
  for (const { key, facts } of parts.values()) {
    const lots = lotsOf(world, key);
    for (const lot of lots.keys()) {
      const known = found.get(lot);
      const weak = lots.size > 1;
      const end = endOf('output', facts);
      // the common case, ten thousand items of one event, must not copy lists
      if (known && known.weak === weak && known.facts.at(-1) === facts.at(-1) && known.time >= end.time) continue;
      found.set(lot, stronger(known, { ...end, weak }));
    }
  }
  return found;
}

/** Inputs that are upstream of a lot of the outputs: all but the lot itself and its items (R18). */
function sourcesOf(world: World, inputs: Map<Key, End>, lot: Key): Map<Key, End> {
  return new Map([...inputs].filter(([key]) => !isOfLot(world, key, lot)));
}

const NO_GROUPS: { group: Group; facts: Fact[] }[] = [];

/** Groups that have `key`, or a container of it at that moment (R17), on one side, with the events. */
function groupsWith(world: World, containment: Containment, key: Key, side: Side): { group: Group; facts: Fact[] }[] {
  const own = factsOn(world, key, side);
  if (own.length === 0 && !containment.stays.byChild.has(key)) return NO_GROUPS; // as most: the end of its line
  const facts = new Set(own);
  for (const [container, intervals] of containersOf(containment, key)) {
    for (const fact of factsOn(world, container, side)) if (isDuring(intervals, fact)) facts.add(fact);
  }
  const byName = new Map<string, { group: Group; facts: Fact[] }>();
  for (const fact of facts) {
    const group = groupOf(world, fact);
    const known = byName.get(group.name);
    if (known) known.facts.push(fact);
    else byName.set(group.name, { group, facts: [fact] });
  }
  return [...byName.values()];
}

const SIDES = { input: ['inputEPC', 'inputQuantity'], output: ['outputEPC', 'outputQuantity'] } as const;

const factsOn = (world: World, key: Key, side: Side): Fact[] => factsNaming(world, key, SIDES[side]);

/** Links by each key on one of their sides. */
export function linksBy(links: readonly Link[], side: 'from' | 'to'): Map<Key, Link[]> {
  const byKey = new Map<Key, Link[]>();
  for (const link of links) for (const key of link[side].keys()) push(byKey, key, link);
  return byKey;
}
