// What a recall covers: forward answers of all its roots as one list (docs/trace.md section 5, C3).
import { keyOfUri, keyText } from '../gs1/index.ts';
import { digestOf } from './digest.ts';
import type { Facts } from './fact.ts';
import { told } from './fraction.ts';
import { type AnsweredEdge, type AnsweredNode, askFull, type FullAnswer, type Head, kindName } from './full.ts';
import { sumOf } from './mass.ts';
import type { AnsweredGap } from './name.ts';
import type { Question } from './question.ts';

/** Where a recall begins; a container brings what it held in the window. Times are milliseconds since 1970. */
export interface ScopeRoot {
  id: string;
  from?: number;
  to?: number;
}

type ListedRole = 'root' | 'goods' | 'carrier';

/** One identifier of the list. A carrier is no affected thing: goods of the list are in it now. */
export interface Listed {
  id: string;
  role: ListedRole;
  kind: string;
  confidence: AnsweredNode['confidence'];
  state: string | null;
  depth: number;
  /** Containers that it is in now, the nearest alone. */
  containers: string[];
  eventIDs: string[];
}

export interface Scope {
  /** By identifier, sorted. */
  entries: Map<string, Listed>;
  edges: AnsweredEdge[];
  /** One for each root, with the identifier as it was asked for: a digest is of the question too. */
  answers: { of: string; answer: FullAnswer }[];
  gaps: AnsweredGap[];
  truncated: boolean;
  digest: string;
}

const isStronger = (a: Listed, b: Listed): boolean =>
  a.confidence === b.confidence ? a.depth < b.depth : a.confidence === 'definite';

const listed = (node: AnsweredNode): Listed => ({
  id: node.id,
  role: 'goods',
  kind: node.kind,
  confidence: node.confidence,
  state: node.state,
  depth: node.depth,
  containers: [...new Set(node.holdings.flatMap(({ container }) => container ?? []))],
  eventIDs: node.eventIDs,
});

/** One that stands for itself alone, definite. */
const bare = (id: string, role: ListedRole, state: string | null = null): Listed => ({
  id,
  role,
  kind: kindName(keyText(keyOfUri(id).key)),
  confidence: 'definite',
  state,
  depth: 0,
  containers: [],
  eventIDs: [],
});

/** Asks forward for each root, one after the other. `facts` is cut at `head.asOf`. Throws as `askFull` does. */
export async function scopeOf(facts: Facts, roots: readonly ScopeRoot[], head: Head): Promise<Scope> {
  const entries = new Map<string, Listed>();
  const answers: Scope['answers'] = [];
  const put = (one: Listed): void => {
    const there = entries.get(one.id);
    if (!there || one.role === 'root' || (there.role !== 'root' && isStronger(one, there))) entries.set(one.id, one);
  };
  for (const { id, from, to } of roots) {
    const window = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
    const question: Question = { op: 'forward', of: id, ...window };
    const answer = await askFull(facts, question, head);
    answers.push({ of: id, answer });
    for (const node of answer.nodes ?? []) put(listed(node));
  }
  for (const {
    answer: { root },
  } of answers) {
    const { state } = await askFull(facts, { op: 'state', of: root }, head);
    const containers = entries.get(root)?.containers ?? [];
    put({ ...bare(root, 'root', state ?? null), containers });
  }
  for (const {
    answer: { carriers = [] },
  } of answers)
    for (const id of carriers) if (!entries.has(id)) entries.set(id, bare(id, 'carrier'));
  return {
    entries: new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1))),
    edges: answers.flatMap(({ answer }) => answer.edges ?? []),
    answers,
    gaps: answers.flatMap(({ answer }) => answer.gaps ?? []),
    truncated: answers.some(({ answer }) => answer.truncated),
    digest: await scopeDigest(answers.map(({ answer }) => answer)),
  };
}

/** A scope is its answers: their digests in the order of the roots. */
export const scopeDigest = (answers: readonly { root: string; digest: string }[]): Promise<string> =>
  digestOf({ answers: answers.map(({ root, digest }) => ({ root, digest })) });

/**
 * Share of all roots together in the mass of each thing, by identifier; without those of which it is not known. Where
 * one root leads to another, their shares overlap, and what both lead to has none.
 */
export function sharesOf({ answers }: Pick<Scope, 'answers'>): Map<string, number> {
  const roots = new Set(answers.map(({ answer }) => answer.root));
  const shares = new Map<string, (number | null)[]>();
  let overlap = roots.size < answers.length;
  for (const { answer } of answers) {
    for (const { id, fraction = null } of answer.nodes ?? []) {
      overlap ||= roots.has(id);
      const list = shares.get(id);
      if (list) list.push(fraction);
      else shares.set(id, [fraction]);
    }
  }
  const known = [...shares].flatMap(([id, list]): [string, number][] => {
    const numbers = list.filter((share) => share !== null);
    if (numbers.length < list.length || (overlap && list.length > 1)) return [];
    return [[id, told(sumOf(numbers))]];
  });
  return new Map([...known, ...[...roots].map((root): [string, number] => [root, 1])]);
}
