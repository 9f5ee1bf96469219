// What became of a recall's list between two instants, and which event made it so (docs/trace.md section 5, C3).
import { keyOfUri, keyText } from '../gs1/index.ts';
import type { Fact, Facts, Key } from './fact.ts';
import type { AnsweredEdge } from './full.ts';
import type { Listed, Scope } from './scope.ts';
import { parentOf } from './world.ts';

/** An event that was captured since, or that was declared an error since. */
export interface Cause {
  eventID: string;
  what: 'captured' | 'declared';
}

/** `from` is absent for what was added, `to` for what was removed. */
export interface Change {
  id: string;
  from?: Listed;
  to?: Listed;
  cause: Cause[];
}

/** EventIDs of which facts are asked for at a time. */
const IDS_A_CALL = 5_000;

const edgeName = ({ from, to, kind, confidence }: AnsweredEdge): string => `${from} ${to} ${kind} ${confidence}`;
const keyOf = (id: string): Key => keyText(keyOfUri(id).key);

/** Edges that the other scope has not, or has by other events. */
function ownEdges(scope: Scope, other: Scope): AnsweredEdge[] {
  const there = new Map(other.edges.map((edge) => [edgeName(edge), edge.eventIDs.join(' ')]));
  return scope.edges.filter((edge) => there.get(edgeName(edge)) !== edge.eventIDs.join(' '));
}

/** What became known after `since` (ms since 1970): which events were captured, and which were declared errors. */
class News {
  readonly #causes = new Map<string, Cause>();
  /** Keys that a new event names, and those events. */
  readonly #naming = new Map<Key, Set<Cause>>();
  readonly #parents = new Map<Key, Set<Key>>();
  readonly #since: number;

  constructor(since: number) {
    this.#since = since;
  }

  take(facts: readonly Fact[]): void {
    for (const fact of facts) {
      const parent = parentOf(fact);
      if (parent !== undefined)
        for (const { key } of fact.mentions) if (key !== parent) add(this.#parents, key, parent);
      if (fact.recordTime <= this.#since || fact.refused) continue;
      const cause = this.#put(fact);
      for (const { key } of fact.mentions) add(this.#naming, key, cause);
    }
  }

  /** A declaration outweighs the event that it is about. */
  #put({ eventID, declaration }: Fact): Cause {
    const known = this.#causes.get(eventID) ?? { eventID, what: 'captured' };
    if (declaration) known.what = 'declared';
    this.#causes.set(eventID, known);
    return known;
  }

  of(eventIDs: readonly string[]): Cause[] {
    return eventIDs.flatMap((id) => this.#causes.get(id) ?? []);
  }

  /** New events that name a thing or, where none does, something that it is in. */
  namingOf(key: Key): Cause[] {
    const seen = new Set([key]);
    for (const one of seen) {
      const found = this.#naming.get(one);
      if (found) return [...found];
      for (const parent of this.#parents.get(one) ?? []) seen.add(parent);
    }
    return [];
  }
}

function add<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}

const isChanged = (a: Listed, b: Listed): boolean =>
  a.confidence !== b.confidence || a.state !== b.state || a.role !== b.role;

/** Entries that differ, without their causes. */
function differing(before: Scope, after: Scope): Omit<Change, 'cause'>[] {
  const changes: Omit<Change, 'cause'>[] = [];
  for (const [id, to] of after.entries) {
    const from = before.entries.get(id);
    if (!from) changes.push({ id, to });
    else if (isChanged(from, to)) changes.push({ id, from, to });
  }
  for (const [id, from] of before.entries) if (!after.entries.has(id)) changes.push({ id, from });
  return changes;
}

async function newsOf(
  facts: Facts,
  since: number,
  edges: readonly AnsweredEdge[],
  changes: readonly Omit<Change, 'cause'>[],
): Promise<News> {
  const news = new News(since);
  const eventIDs = [...new Set(edges.flatMap((edge) => edge.eventIDs))];
  for (let at = 0; at < eventIDs.length; at += IDS_A_CALL)
    news.take(await facts({ eventIDs: eventIDs.slice(at, at + IDS_A_CALL) }));
  const keys = [
    ...new Set(changes.flatMap(({ from, to }) => [...(from?.containers ?? []), ...(to?.containers ?? [])])),
  ];
  const named = [...new Set([...changes.map(({ id }) => id), ...keys])].map(keyOf);
  for (let at = 0; at < named.length; at += IDS_A_CALL)
    news.take(await facts({ keys: named.slice(at, at + IDS_A_CALL), levels: 4 }));
  return news;
}

/**
 * News that each node's own edges bring, handed on to what lies behind it: a list by depth, so that whoever is asked has
 * been told.
 */
function handedOn(news: News, scope: Scope, own: readonly AnsweredEdge[], causes: Map<string, Set<Cause>>): void {
  const incoming = new Map<string, Set<string>>();
  for (const { from, to } of scope.edges) add(incoming, to, from);
  for (const { to, eventIDs } of own) for (const cause of news.of(eventIDs)) add(causes, to, cause);
  for (const { id } of [...scope.entries.values()].sort((a, b) => a.depth - b.depth)) {
    if (causes.has(id)) continue;
    for (const from of incoming.get(id) ?? []) for (const cause of causes.get(from) ?? []) add(causes, id, cause);
  }
}

/**
 * How a scope changed, each change with the events that caused it. `facts` is cut at the later instant; `since` is the
 * asOf of the earlier one (ms since 1970). Order: by identifier.
 */
export async function differenceOf(facts: Facts, before: Scope, after: Scope, since: number): Promise<Change[]> {
  const changes = differing(before, after);
  if (changes.length === 0) return [];
  const [gone, come] = [ownEdges(before, after), ownEdges(after, before)];
  const news = await newsOf(facts, since, [...gone, ...come], changes);
  const causes = new Map<string, Set<Cause>>();
  handedOn(news, after, come, causes);
  handedOn(news, before, gone, causes);
  return changes
    .map((change): Change => ({ ...change, cause: causeOf(change, causes, news) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Of a thing that only changed its state: what happened to it or to what it is in; else what its lineage brings. */
function causeOf({ id, from, to }: Omit<Change, 'cause'>, causes: Map<string, Set<Cause>>, news: News): Cause[] {
  const named = news.namingOf(keyOf(id));
  const led = [...(causes.get(id) ?? [])];
  const isStateAlone = from && to && from.confidence === to.confidence && from.role === to.role;
  const [first, second] = isStateAlone || led.length === 0 ? [named, led] : [led, named];
  return (first.length > 0 ? first : second).sort((a, b) => (a.eventID < b.eventID ? -1 : 1));
}
