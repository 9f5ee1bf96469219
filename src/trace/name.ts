// Identifiers of an answer as URIs again.
import { keyBytes, keyOfUri, uriOfKey } from '../gs1/index.ts';
import type { Fact, Key } from './fact.ts';
import type { Gap } from './gap.ts';
import type { World } from './world.ts';

export type Form = 'urn' | 'link';

/** Writes identifiers with the company prefix length that the first event to know it gives (R2 of capture). */
export interface Names {
  of(key: Key): string;
  /** Sorted, so that the same set is the same text. */
  all(keys: Iterable<Key>): string[];
  place(uri: string | undefined): string | null;
}

export function namesOf(world: World, root: { key: Key; gcpLength: number } | undefined, form: Form): Names {
  const known = new Map<Key, string>();
  const of = (key: Key): string => {
    let uri = known.get(key);
    if (uri === undefined) {
      const gcpLength = gcpLengthOf(world, key) || (key === root?.key ? root.gcpLength : 0);
      known.set(key, (uri = uriOfKey(keyBytes(key), gcpLength, form)));
    }
    return uri;
  };
  return {
    of,
    all: (keys) => [...new Set(keys)].map(of).sort(),
    place: (uri) => (uri === undefined ? null : inForm(uri, form)),
  };
}

function gcpLengthOf(world: World, key: Key): number {
  let first = Infinity;
  let length = 0;
  for (const { fact, mention } of world.entries.get(key) ?? []) {
    if (mention.gcpLength === 0 || fact.sequence >= first) continue;
    first = fact.sequence;
    length = mention.gcpLength;
  }
  return length;
}

/** A place as captured, in the form of the answer where it has one. */
function inForm(uri: string, form: Form): string {
  const { key, gcpLength } = keyOfUri(uri);
  return form === 'urn' && gcpLength === 0 ? uri : uriOfKey(key, gcpLength, form);
}

/** A gap as it stands in an answer. */
export interface AnsweredGap {
  code: string;
  ids: string[];
  eventIDs: string[];
}

const byText = (a: AnsweredGap, b: AnsweredGap): number => {
  const [x, y] = [`${a.code} ${a.ids.join(' ')}`, `${b.code} ${b.ids.join(' ')}`];
  return x < y ? -1 : x > y ? 1 : 0;
};

/** Gaps with names, in one order whatever order they were found in. */
export const namedGaps = (names: Names, gaps: Gap[]): AnsweredGap[] =>
  gaps.map(({ code, ids, facts }) => ({ code, ids: names.all(ids), eventIDs: eventIDsOf(facts) })).sort(byText);

export const eventIDsOf = (facts: Iterable<Fact>): string[] =>
  [...new Set([...facts].map(({ eventID }) => eventID))].sort();
