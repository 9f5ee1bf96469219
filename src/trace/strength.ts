// How sure each node is, and how far (R21): a path is as strong as its weakest edge, a node as its strongest path.
import type { Key } from './fact.ts';
import { type End, type Link, linksBy, type Web } from './walk.ts';

export type Confidence = 'definite' | 'possible';

export interface Standing {
  confidence: Confidence;
  /** Fewest edges from the root. */
  depth: number;
}

/** Every node but the root; ends of links that the walk did not reach, for it was cut, are no nodes. */
export function strengths(web: Web): Map<Key, Standing> {
  const nearSide = web.direction === 'forward' ? 'from' : 'to';
  const byNear = linksBy(
    web.links.filter(({ kind }) => kind !== 'content'),
    nearSide,
  );
  const definite = definiteOf(web, byNear);
  const standings = new Map<Key, Standing>();
  for (const [key, depth] of depthsOf(web, byNear)) {
    if (key !== web.root && web.nodes.has(key))
      standings.set(key, { confidence: definite.has(key) ? 'definite' : 'possible', depth });
  }
  return standings;
}

/** A link as the walk goes through it; times are turned round on the way back, so that far >= near is definite. */
interface Gate {
  best: number;
  /** Far ends, latest first; `at` is the first not yet reached. */
  far: { key: Key; time: number }[];
  at: number;
}

function definiteOf({ seeds, direction }: Web, byNear: Map<Key, Link[]>): Set<Key> {
  const sign = direction === 'forward' ? 1 : -1;
  const ends = (link: Link): { near: Map<Key, End>; far: Map<Key, End> } =>
    direction === 'forward' ? { near: link.from, far: link.to } : { near: link.to, far: link.from };
  const gates = new Map<Link, Gate>();
  const gateOf = (link: Link): Gate => {
    let gate = gates.get(link);
    if (!gate) {
      const far: Gate['far'] = [];
      for (const [key, end] of ends(link).far) if (!end.weak) far.push({ key, time: sign * end.time });
      gates.set(link, (gate = { best: Infinity, far: far.sort((a, b) => b.time - a.time), at: 0 }));
    }
    return gate;
  };
  const definite = new Set(seeds);
  // a Set hands out what is added while it is walked
  for (const key of definite) {
    for (const link of byNear.get(key) ?? []) {
      const end = ends(link).near.get(key)!;
      const gate = gateOf(link);
      const time = sign * end.time;
      if (end.weak || time >= gate.best) continue;
      gate.best = time;
      for (; gate.at < gate.far.length && gate.far[gate.at]!.time >= time; gate.at++)
        definite.add(gate.far[gate.at]!.key);
    }
  }
  return definite;
}

function depthsOf({ root, seeds, direction }: Web, byNear: Map<Key, Link[]>): Map<Key, number> {
  const depths = new Map<Key, number>([[root, 0]]);
  for (const seed of seeds) if (seed !== root) depths.set(seed, 1);
  const passed = new Set<Link>();
  let frontier = [root];
  for (let depth = 0; frontier.length > 0; depth++) {
    const next: Key[] = depth === 0 ? [...seeds].filter((key) => key !== root) : [];
    for (const key of frontier) {
      for (const link of byNear.get(key) ?? []) {
        if (passed.has(link)) continue;
        passed.add(link);
        for (const other of (direction === 'forward' ? link.to : link.from).keys()) {
          if (depths.has(other)) continue;
          depths.set(other, depth + 1);
          next.push(other);
        }
      }
    }
    frontier = next;
  }
  return depths;
}
