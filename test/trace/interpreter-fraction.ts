// The share of the root in each node (docs/trace.md, Share of the root), read plainly: round after round, whatever is
// made of what is known already, then knots that feed themselves.
import type { Key } from '../../src/trace/fact.ts';
import { baseOf, contentsOf, isInstance, isItem, isMaking, isPlace, named, type World } from './interpreter.ts';
import { groupsOf, lotsOf, nodesOf, type Walk } from './interpreter-lineage.ts';

type Share = number | null;

/** A thing, a lot, or `run` and the name of a transformation. */
type Name = string;

interface Part {
  of: Name;
  kg: number | undefined;
}

const OUTSIDE_DIGITS = 1e-12;
const same = (a: number, b: number): boolean => Math.abs(a - b) <= OUTSIDE_DIGITS * Math.max(a, b);

/** One sentence about a thing on one side of a transformation. */
interface Statement {
  id: Key;
  how: 'named' | 'held';
  kg: number | undefined;
  /** The event, and the stay of what was held. */
  index: number;
  stay?: string;
  /** Something was in it then. */
  isFull: boolean;
}

const ROLES = { input: ['inputEPC', 'inputQuantity'], output: ['outputEPC', 'outputQuantity'] } as const;
type Side = keyof typeof ROLES;

const kilograms = (value: number | undefined, unit: string): number | undefined =>
  unit === 'KGM' && value !== undefined && value >= 0 ? value : undefined;

function statementsOf(world: World, index: number, side: Side): Statement[] {
  const { stays } = world.moments[index + 1]!;
  const isFull = (id: Key): boolean => stays.some(({ parent }) => parent === id);
  const list: Statement[] = [];
  for (const { key, role, quantity, uom } of world.events[index]!.mentions) {
    if (!(ROLES[side] as readonly string[]).includes(role)) continue;
    const [unit, factor] = baseOf(uom);
    const kg = quantity === undefined || isInstance(key) ? undefined : kilograms(quantity * factor, unit);
    list.push({ id: key, how: 'named', kg, index, isFull: isFull(key) });
    if (!isInstance(key)) continue;
    const around = [key, ...contentsOf(stays, key)];
    for (const { parent, child, amount, since } of stays.filter((stay) => around.includes(stay.parent))) {
      const held = amount && kilograms(amount.value, amount.unit);
      const stay = `${parent} ${child} ${since}`;
      if (list.some((one) => one.stay === stay)) continue;
      list.push({ id: child, how: 'held', kg: held, index, stay, isFull: isFull(child) });
    }
  }
  return list;
}

/** Goods on a side with what each weighs: what only holds goods is none, unless it is of the answer or empty. */
function goodsOf(world: World, events: number[], side: Side, nodes: Set<Key>): Map<Key, number | undefined> {
  const all = events.flatMap((index) => statementsOf(world, index, side));
  const goods = new Map<Key, number | undefined>();
  for (const id of new Set(all.map((one) => one.id))) {
    const mine = all.filter((one) => one.id === id);
    const holdsOnly = isInstance(id) && !isItem(id);
    if (holdsOnly && !nodes.has(id) && mine.every(({ isFull }) => isFull)) continue;
    const isTwice =
      new Set(mine.map(({ how }) => how)).size > 1 ||
      mine.some((a) => a.stay !== undefined && mine.some((b) => b.stay === a.stay && b.index !== a.index));
    const known = mine.every(({ kg }) => kg !== undefined) && !isTwice;
    goods.set(id, known ? mine.reduce((sum, { kg }) => sum + kg!, 0) : undefined);
  }
  return goods;
}

/** By node of a walk forward. */
export function fractionsOf(world: World, walk: Walk, hidden: readonly string[]): Map<Key, Share> {
  const nodes = nodesOf(walk);
  const shares = given(world, walk, nodes);
  const open = [...nodes].filter((id) => !shares.has(id));
  const parts = new Map<Name, Part[] | 'dark'>();
  const early = new Set<Name>();
  const madeBy = new Map<Name, Part[]>(open.map((id) => [id, []]));
  for (const group of groupsOf(world)) {
    const run = `run ${group.xid}`;
    const indices = (side: Group['inputs']): number[] => [
      ...new Set(side.filter(({ itself }) => itself).map(({ index }) => index)),
    ];
    const [into, out] = [indices(group.inputs), indices(group.outputs)];
    const inputs = goodsOf(world, into, 'input', nodes);
    const outputs = goodsOf(world, out, 'output', nodes);
    const timeOf = (index: number): number => world.events[index]!.eventTime;
    if (into.some((index) => out.some((other) => timeOf(index) > timeOf(other)))) early.add(run);
    const isDark = inputs.size === 0 || [...into, ...out].some((n) => hidden.includes(world.events[n]!.eventID));
    parts.set(run, isDark ? 'dark' : [...inputs].map(([of, kg]) => ({ of, kg })));
    const lots = new Set([...outputs.keys()].flatMap((id) => lotsOf(world, id)));
    for (const [id, kg] of outputs) if (!lots.has(id)) madeBy.get(id)?.push({ of: run, kg });
    for (const lot of lots) {
      const isOfLot = (id: Key): boolean => id === lot || lotsOf(world, id).includes(lot);
      if (outputs.has(lot) || isDark || ![...inputs.keys()].every(isOfLot))
        madeBy.get(lot)?.push({ of: run, kg: undefined });
    }
  }
  for (const id of open) {
    const made = madeBy.get(id)!;
    const added =
      !isInstance(id) && world.events.some((event) => isMaking(event) && named(event, 'quantity').includes(id));
    if (added) parts.set(id, 'dark');
    else parts.set(id, made.length > 0 ? made : lotsOf(world, id).map((of) => ({ of, kg: undefined })));
  }
  return solved(nodes, shares, parts, early);
}

type Group = ReturnType<typeof groupsOf>[number];

/** 1 for roots and items of one lot among them; nothing for the possible, for assemblies and for what was exposed. */
function given(world: World, { roots, possible, edges }: Walk, nodes: Set<Key>): Map<Name, Share> {
  const shares = new Map<Name, Share>();
  for (const id of nodes) {
    const lots = lotsOf(world, id);
    if (lots.length === 1 && roots.has(lots[0]!)) shares.set(id, 1);
  }
  for (const { parent, child } of world.parts) if (!isPlace(parent) && nodes.has(child)) shares.set(parent, null);
  for (const { from, to, exposure } of edges) if (exposure && nodes.has(from)) shares.set(to, null);
  for (const id of possible) shares.set(id, null);
  for (const id of roots) shares.set(id, 1);
  return shares;
}

function solved(
  nodes: Set<Key>,
  shares: Map<Name, Share>,
  parts: Map<Name, Part[] | 'dark'>,
  early: Set<Name>,
): Map<Key, Share> {
  const isOpen = (name: Name): boolean => parts.has(name) && !shares.has(name);
  const shareOf = (name: Name): Share => (shares.has(name) ? shares.get(name)! : 0);
  const sources = (name: Name): Part[] => {
    const list = parts.get(name)!;
    return list === 'dark' ? [] : list;
  };
  for (;;) {
    const open = [...parts.keys()].filter(isOpen);
    if (open.length === 0) return new Map([...nodes].map((id) => [id, shares.get(id) ?? null]));
    const ready = open.filter((name) => !sources(name).some(({ of }) => isOpen(of)));
    for (const name of ready)
      shares.set(name, parts.get(name) === 'dark' ? null : mixed(sources(name), shareOf, !early.has(name)));
    if (ready.length > 0) continue;
    const knot = knotOf(open, (name) => sources(name).flatMap(({ of }) => (isOpen(of) ? [of] : [])));
    const outside = knot.flatMap((name) => sources(name).filter(({ of }) => !knot.includes(of)));
    const isDark = knot.some((name) => parts.get(name) === 'dark');
    const share = isDark ? null : mixed(outside, shareOf, false);
    for (const name of knot) shares.set(name, share);
  }
}

/** Some that are all made of one another and of nothing else that is open. */
function knotOf(open: Name[], below: (name: Name) => Name[]): Name[] {
  let best: Set<Name> | undefined;
  for (const name of open) {
    const reached = new Set(below(name));
    for (const one of reached) for (const other of below(one)) reached.add(other);
    if (!best || reached.size < best.size) best = reached;
  }
  return [...best!];
}

function mixed(list: Part[], shareOf: (name: Name) => Share, weigh: boolean): Share {
  const shares = list.map(({ of }) => shareOf(of));
  if (shares.length === 0 || shares.includes(null)) return null;
  const numbers = shares as number[];
  if (numbers.every((one) => same(one, numbers[0]!))) return numbers[0]!;
  const kgs = list.map(({ kg }) => kg);
  if (!weigh || kgs.includes(undefined)) return null;
  const weights = kgs as number[];
  const total = weights.reduce((sum, one) => sum + one, 0);
  return total === 0 ? null : weights.reduce((sum, one, i) => sum + one * numbers[i]!, 0) / total;
}

/** R27: what readable events say too, and no hidden one has a part in. */
export function readableShares(all: Map<Key, Share>, readable: Map<Key, Share>): Map<Key, Share> {
  const isTold = (id: Key, share: Share): boolean => {
    const other = readable.get(id);
    return share !== null && other !== null && other !== undefined && same(share, other);
  };
  return new Map([...all].map(([id, share]) => [id, isTold(id, share) ? share : null]));
}
