// R16-R24 of docs/trace.md, read plainly: genealogy, origins, and the troubles that the walks report.
import type { Fact, Key } from '../../src/trace/fact.ts';
import {
  contentsOf,
  found,
  isCarrier,
  isClass,
  isInstance,
  isItem,
  isLot,
  isMaking,
  isPlace,
  isRetiring,
  itemsOf,
  lotsGiven,
  makings,
  type Trouble,
  momentAt,
  named,
  names,
  type World,
} from './interpreter.ts';

interface Edge {
  from: Key;
  to: Key;
  definite: boolean;
  exposure: boolean;
}

export interface Group {
  xid: string;
  inputs: { id: Key; index: number; itself: boolean }[];
  outputs: { id: Key; index: number; itself: boolean }[];
}

/** R16, R17: the transformations, each side with what its holders held. */
export const groupsOf = found(new WeakMap<World, Group[]>(), (world) => {
  const groups = new Map<string, Group>();
  for (const [index, event] of world.events.entries()) {
    if (event.type !== 'TransformationEvent') continue;
    const xid = event.transformationID === undefined ? `event ${event.eventID}` : `run ${event.transformationID}`;
    const group: Group = groups.get(xid) ?? { xid, inputs: [], outputs: [] };
    groups.set(xid, group);
    group.inputs.push(...sideOf(world, index, named(event, 'inputEPC', 'inputQuantity')));
    group.outputs.push(...sideOf(world, index, named(event, 'outputEPC', 'outputQuantity')));
  }
  return [...groups.values()];
});

function sideOf(world: World, index: number, ids: Key[]): Group['inputs'] {
  const inside = ids.flatMap((id) => [...contentsOf(world.moments[index + 1]!.stays, id)]);
  return [
    ...ids.map((id) => ({ id, index, itself: true })),
    ...inside.filter((id) => !ids.includes(id)).map((id) => ({ id, index, itself: false })),
  ];
}

/** By item: the lots that it was given. */
const givenLots = found(new WeakMap<World, Map<Key, Key[]>>(), ({ events }) => {
  const items = new Set(events.flatMap((event) => named(event, 'epc', 'outputEPC')));
  return new Map([...items].map((item) => [item, [...new Set(events.flatMap((event) => lotsGiven(event, item)))]]));
});

export const lotsOf = (world: World, item: Key): Key[] => givenLots(world).get(item) ?? [];

/** R16-R18: transformation edges. */
const transformations = found(new WeakMap<World, Edge[]>(), (world) => {
  const edges: Edge[] = [];
  for (const { inputs, outputs } of groupsOf(world)) {
    for (const input of inputs) {
      for (const output of outputs) {
        const definite = world.events[input.index]!.eventTime <= world.events[output.index]!.eventTime;
        edges.push({ from: input.id, to: output.id, definite, exposure: false });
        const lots = lotsOf(world, output.id);
        for (const lot of lots)
          if (input.id !== lot && !lotsOf(world, input.id).includes(lot))
            edges.push({ from: input.id, to: lot, definite: definite && lots.length === 1, exposure: false });
      }
    }
  }
  return edges;
});

/** R18: membership; forward an item that a transformation made is only possible, but of a root's lot. */
function members(world: World, forwardRoots: Set<Key> | undefined): Edge[] {
  const edges: Edge[] = [];
  for (const [item, lots] of givenLots(world)) {
    const isOutput = world.events.some((event) => named(event, 'outputEPC').includes(item));
    for (const lot of lots) {
      const weak = forwardRoots !== undefined && isOutput && !forwardRoots.has(lot);
      edges.push({ from: lot, to: item, definite: lots.length === 1 && !weak, exposure: false });
    }
  }
  return edges;
}

/** R19: parts, and forward what their assemblies held meanwhile. */
function associations(world: World, forward: boolean): Edge[] {
  const parts = world.parts.filter(({ parent }) => !isPlace(parent));
  const edges = parts.map(({ parent, child }) => ({ from: child, to: parent, definite: true, exposure: false }));
  if (!forward) return edges;
  for (const { stays, fitted } of world.moments)
    for (const { parent, child } of fitted.filter((one) => !isPlace(one.parent)))
      for (const held of contentsOf(stays, parent))
        if (held !== child) edges.push({ from: child, to: held, definite: false, exposure: true });
  return edges;
}

export interface Walk {
  root: Key;
  /** Root and contents of the root in the window. */
  roots: Set<Key>;
  definite: Set<Key>;
  possible: Set<Key>;
  edges: Edge[];
}

/** R20, R21: from the root and what it held, along every edge. */
export function walk(world: World, root: Key, forward: boolean, from?: number, to?: number): Walk {
  const first = from === undefined ? 0 : momentAt(world, from);
  const held = world.moments.slice(first, momentAt(world, to) + 1).flatMap(({ stays }) => [...contentsOf(stays, root)]);
  const roots = new Set([root, ...held]);
  const edges = [
    ...transformations(world),
    ...members(world, forward ? roots : undefined),
    ...associations(world, forward),
  ];
  const definite = closure(
    roots,
    forward,
    edges.filter((edge) => edge.definite),
  );
  const all = closure(roots, forward, edges);
  definite.delete(root);
  all.delete(root);
  return { root, roots, definite, possible: new Set([...all].filter((id) => !definite.has(id))), edges };
}

function closure(roots: Set<Key>, forward: boolean, edges: Edge[]): Set<Key> {
  const reached = new Set(roots);
  for (let size = -1; size !== reached.size;) {
    size = reached.size;
    for (const { from, to } of edges) {
      if (forward && reached.has(from)) reached.add(to);
      if (!forward && reached.has(to)) reached.add(from);
    }
  }
  return reached;
}

export const nodesOf = ({ root, definite, possible }: Walk): Set<Key> => new Set([root, ...definite, ...possible]);

/** What `from` reaches along genealogy among `nodes`, itself only by a cycle. */
function reach(from: Key, nodes: Set<Key>, edges: Edge[]): Set<Key> {
  const reached = new Set<Key>();
  for (let size = -1; size !== reached.size;) {
    size = reached.size;
    for (const edge of edges)
      if (!edge.exposure && nodes.has(edge.to) && (edge.from === from || reached.has(edge.from))) reached.add(edge.to);
  }
  return reached;
}

/** R21: all nodes on cycles; to feed itself alone is SELF_INPUT. */
export function cycle(answer: Walk): Trouble[] {
  const nodes = nodesOf(answer);
  const edges = answer.edges.filter(({ from, to }) => from !== to);
  const ids = [...nodes].filter((id) => reach(id, nodes, edges).has(id));
  return ids.length === 0 ? [] : [{ code: 'CYCLE', ids }];
}

/** R22: `x` is before the nodes of `group` when it is no carrier and upstream of one, directly or through carriers. */
function hasBefore(group: Key[], edges: Edge[]): boolean {
  const through = new Set(group);
  for (let size = -1; size !== through.size;) {
    size = through.size;
    for (const { from, to } of edges) if (through.has(to) && isCarrier(from)) through.add(from);
  }
  return edges.some(({ from, to }) => through.has(to) && !isCarrier(from) && !group.includes(from));
}

/** R22, R23: origins, and what is missing about them. */
export function origins(world: World, answer: Walk): { origins: Key[]; troubles: Trouble[] } {
  const nodes = nodesOf(answer);
  const reached = new Map([...nodes].map((id) => [id, reach(id, nodes, answer.edges)]));
  const list = [...nodes].filter((id) => {
    const together = [...nodes].filter(
      (other) => other === id || (reached.get(id)!.has(other) && reached.get(other)!.has(id)),
    );
    if (hasBefore(together, answer.edges)) return false;
    const others = together.filter((one) => !isCarrier(one));
    if (isCarrier(id)) return others.length === 0 && wasUnknownInput(world, id);
    const added = others.filter((one) =>
      world.events.some((event) => isMaking(event) && named(event, 'epc', 'quantity', 'lot').includes(one)),
    );
    return added.length === 0 || together.length === 1 || added.includes(id);
  });
  return { origins: list, troubles: list.flatMap((id) => missing(world, id)) };
}

const wasUnknownInput = (world: World, id: Key): boolean =>
  world.events.some(
    (event, index) =>
      named(event, 'inputEPC').includes(id) && [...contentsOf(world.moments[index + 1]!.stays, id)].every(isCarrier),
  );

function missing(world: World, id: Key): Trouble[] {
  if (isClass(id)) return [{ code: 'CLASS_TOO_COARSE', ids: [id] }];
  if (isCarrier(id)) return [{ code: 'MISSING_ORIGIN', ids: [id] }];
  if (makings(world, id).length > 0 || itemsOf(world, id).length > 0) return [];
  return [{ code: isLot(id) ? 'MISSING_ORIGIN' : 'MISSING_COMMISSION', ids: [id] }];
}

/** Troubles of transformations: gap table, R16-R18. */
export function transformationTroubles(world: World): Trouble[] {
  return groupsOf(world).flatMap(({ inputs, outputs }) => {
    const into = new Set(inputs.map(({ id }) => id));
    const out = new Set(outputs.map(({ id }) => id));
    const both = [...into].filter((id) => out.has(id)).map((id) => ({ code: 'SELF_INPUT', ids: [id] }));
    if (into.size === 0 && out.size > 0)
      return [{ code: 'NO_TRANSFORMATION_INPUT', ids: [...out, ...[...out].flatMap((id) => lotsOf(world, id))] }];
    if (out.size === 0 && into.size > 0) return [{ code: 'NO_TRANSFORMATION_OUTPUT', ids: [...into] }];
    return both;
  });
}

/** R24. */
export function makingTroubles(world: World): Trouble[] {
  const troubles: Trouble[] = [];
  const runOf = (event: Fact): string => event.transformationID ?? event.eventID;
  for (const id of new Set(world.events.flatMap((event) => [...names(event)]))) {
    const made = makings(world, id);
    const used = world.events.findIndex((event) => named(event, 'inputEPC', 'inputQuantity').includes(id));
    if (made.length > 0 && used >= 0 && used < made[0]!) troubles.push({ code: 'USED_BEFORE_COMMISSION', ids: [id] });
    if (!isInstance(id)) continue;
    const events = made.map((index) => world.events[index]!);
    const runs = new Set(events.filter((event) => !isMaking(event)).map(runOf));
    if (events.filter(isMaking).length > 1 || runs.size > 1) troubles.push({ code: 'DUP_COMMISSION', ids: [id] });
    if (isItem(id) && lotsOf(world, id).length > 1) troubles.push({ code: 'LOT_CONFLICT', ids: [id] });
    // each sort of end for itself: what was used up and then thrown away can be seen after both
    const retired = world.events.findIndex((event) => isRetiring(event) && named(event, 'epc').includes(id));
    const consumed = isItem(id) ? world.events.findIndex((event) => named(event, 'inputEPC').includes(id)) : -1;
    const after = (end: number): Fact[] =>
      end < 0 ? [] : world.events.slice(end + 1).filter((event) => names(event).has(id));
    if (after(retired).length > 0) troubles.push({ code: 'SEEN_AFTER_DECOMMISSION', ids: [id] });
    if (after(consumed).some((event) => !named(event, 'inputEPC').includes(id)))
      troubles.push({ code: 'SEEN_AFTER_CONSUMED', ids: [id] });
  }
  return troubles;
}
