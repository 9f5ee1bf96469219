// Cycles of the lineage (R21, R22): strongly connected components over nodes and links, without recursion.
import type { Key } from './fact.ts';
import { isCarrier } from './kind.ts';
import { type Link, linksBy, type Web } from './walk.ts';
import type { World } from './world.ts';

/** Nodes that are all before and after each other; one alone in most. */
export interface Component {
  keys: Key[];
  /** Whether something that is no carrier is upstream of it from outside, directly or through carriers. */
  hasBefore: boolean;
}

/** A link stands between its ends as a vertex of its own, so that the graph stays small. */
type Vertex = Key | Link;

const isGenealogy = ({ kind }: Link): boolean => kind !== 'content' && kind !== 'exposure';

/** Components of the genealogy among the answer's nodes, each after all that is upstream of it; forward, of those that lead on. */
export function componentsOf(web: Web): Component[] {
  const links = web.links.filter(isGenealogy);
  const onward = linksBy(links, 'from');
  // nobody asks in what order things come that lead nowhere; most do not
  const isWanted = ({ direction }: Web, key: Key): boolean => direction === 'back' || onward.has(key);
  const nodes = [...web.nodes].filter((key) => isWanted(web, key));
  const isNode = new Set(nodes);
  const ends = new Map(links.map((link) => [link, [...link.to.keys()].filter((key) => isNode.has(key))]));
  const next = (vertex: Vertex): readonly Vertex[] =>
    (typeof vertex === 'string' ? onward.get(vertex) : ends.get(vertex)) ?? [];
  const groups = stronglyConnected<Vertex>(nodes, next).reverse();
  const home = new Map<Vertex, number>();
  groups.forEach((group, i) => group.forEach((vertex) => home.set(vertex, i)));
  const hasBefore: boolean[] = groups.map(() => false);
  groups.forEach((group, i) => {
    const passes = hasBefore[i]! || group.some((vertex) => typeof vertex === 'string' && !isCarrier(vertex));
    if (!passes) return;
    for (const vertex of group) {
      for (const after of next(vertex)) if (home.get(after) !== i) hasBefore[home.get(after)!] = true;
    }
  });
  return groups.flatMap((group, i) => {
    const keys = group.filter((vertex) => typeof vertex === 'string');
    return keys.length > 0 ? [{ keys, hasBefore: hasBefore[i]! }] : [];
  });
}

/**
 * All nodes on cycles; a node that only feeds itself is SELF_INPUT, not a cycle, but things with one life that feed
 * themselves feed one another.
 */
export function onCycles(world: World, web: Web, components: Component[]): Key[] {
  const feeding = new Set<Key>();
  for (const { from, to } of web.links.filter(isGenealogy)) {
    const [few, many] = from.size < to.size ? [from, to] : [to, from];
    for (const key of few.keys()) if (many.has(key) && world.cohorts.count(key) > 1) feeding.add(key);
  }
  return components.flatMap(({ keys }) => (keys.length > 1 || feeding.has(keys[0]!) ? keys : []));
}

/** Tarjan's algorithm with a stack of its own; what `next` leads to from a component comes before it. */
export function stronglyConnected<Vertex>(
  roots: Iterable<Vertex>,
  next: (vertex: Vertex) => readonly Vertex[],
): Vertex[][] {
  const index = new Map<Vertex, number>();
  const low = new Map<Vertex, number>();
  const open: Vertex[] = [];
  const isOpen = new Set<Vertex>();
  const found: Vertex[][] = [];
  const alone = (vertex: Vertex): Vertex[] => {
    index.set(vertex, index.size);
    return [vertex];
  };
  const enter = (vertex: Vertex): Frame<Vertex> => {
    index.set(vertex, index.size);
    low.set(vertex, index.get(vertex)!);
    open.push(vertex);
    isOpen.add(vertex);
    return { vertex, rest: next(vertex)[Symbol.iterator]() };
  };
  const lower = (vertex: Vertex, value: number): void => void low.set(vertex, Math.min(low.get(vertex)!, value));
  for (const root of roots) {
    const path = index.has(root) ? [] : [enter(root)];
    for (let frame = path.at(-1); frame; frame = path.at(-1)) {
      const { value: other, done } = frame.rest.next();
      if (!done) {
        if (!index.has(other)) {
          // the many that lead nowhere are components of their own
          if (next(other).length > 0) path.push(enter(other));
          else found.push(alone(other));
        } else if (isOpen.has(other)) lower(frame.vertex, index.get(other)!);
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above) lower(above.vertex, low.get(frame.vertex)!);
      if (low.get(frame.vertex) === index.get(frame.vertex)) found.push(closeComponent(open, isOpen, frame.vertex));
    }
  }
  return found;
}

interface Frame<Vertex> {
  vertex: Vertex;
  rest: Iterator<Vertex>;
}

function closeComponent<Vertex>(open: Vertex[], isOpen: Set<Vertex>, last: Vertex): Vertex[] {
  const component: Vertex[] = [];
  for (;;) {
    const vertex = open.pop()!;
    isOpen.delete(vertex);
    component.push(vertex);
    if (vertex === last) return component;
  }
}
