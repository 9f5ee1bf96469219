// Facts held in memory: for the offline door and for tests.
import { bundled } from './bundle.ts';
import type { Fact, Facts, Key, Mention, Role, Side, Want } from './fact.ts';
import type { Range } from './key-range.ts';
import { parentOfChild, push } from './world.ts';

/** Facts by whatever a walk can ask for; the result makes one `Facts` per asOf (ms since 1970; Infinity: all). */
export function factsInMemory(facts: readonly Fact[]): (asOf?: number) => Facts {
  const byKey = new Map<string, Fact[]>();
  const byEventID = new Map<string, Fact[]>();
  const byTransformationID = new Map<string, Fact[]>();
  for (const fact of facts) {
    for (const key of new Set(fact.mentions.map((mention) => mention.key))) push(byKey, key, fact);
    push(byEventID, fact.eventID, fact);
    if (fact.transformationID !== undefined) push(byTransformationID, fact.transformationID, fact);
  }
  const sorted = [...byKey.keys()].sort();
  const inRanges = (ranges: readonly Range[]): Key[] =>
    ranges.flatMap(({ from, to }) => sorted.slice(placeOf(sorted, from), placeOf(sorted, `${to}\0`)));
  const packed = new Map<Fact, Fact>();
  const inBundles = (fact: Fact): Fact => {
    if (fact.brief) return fact;
    let known = packed.get(fact);
    if (!known) packed.set(fact, (known = bundled(fact)));
    return known;
  };
  return (asOf = Infinity) => {
    const answer = (want: Want): Promise<Fact[]> => {
      const found = new Map<Fact, Set<string>>();
      const known = new Set(want.known);
      const add = (fact: Fact, as: string): void => {
        if (fact.recordTime > asOf || known.has(fact.sequence)) return;
        const named = found.get(fact);
        if (named) named.add(as);
        else found.set(fact, new Set([as]));
      };
      let level: Iterable<Key> = [...(want.keys ?? []), ...inRanges(want.ranges ?? [])];
      for (let n = 0; n <= (want.levels ?? 0); n++) {
        const above = new Set<Key>();
        for (const key of level) {
          for (const fact of byKey.get(key) ?? []) {
            for (const mention of fact.mentions) {
              if (mention.key !== key) continue;
              if (n > 0 || !want.asChild || mention.role !== 'parent') add(fact, `${mention.role} ${key}`);
              const parent = parentOfChild(fact, mention);
              if (parent !== undefined && !known.has(fact.sequence)) above.add(parent);
            }
          }
        }
        level = above;
      }
      for (const id of want.eventIDs ?? []) for (const fact of byEventID.get(id) ?? []) add(fact, ALL);
      for (const id of want.transformationIDs ?? [])
        for (const fact of byTransformationID.get(id) ?? []) add(fact, ALL);
      if (want.declarations) for (const fact of facts) if (fact.declaration) add(fact, ALL);
      // a Map hands out what is added while it is walked
      for (const fact of found.keys()) {
        const same = byEventID.get(fact.eventID)!;
        if (same.length > 1) for (const other of same) add(other, ALL);
      }
      const all = want.room ? within([...found.keys()], want.room) : [...found.keys()];
      const given = want.brief ? all.map((fact) => briefOf(fact, [...found.get(fact)!])) : all;
      return Promise.resolve(want.bundles ? given.map(inBundles) : given);
    };
    const isMadeElsewhere = (ranges: readonly Range[], known: readonly number[]): Promise<boolean> => {
      const keys = inRanges(ranges);
      const things = new Set(keys);
      const isMaking = ({ sequence, recordTime, type, action }: Fact, { role, key }: Mention): boolean =>
        recordTime <= asOf &&
        (OUTPUTS.has(role)
          ? !things.has(key) || !known.includes(sequence)
          : role === 'epc' &&
            type === 'ObjectEvent' &&
            action === 'ADD' &&
            things.has(key) &&
            !known.includes(sequence));
      const holders = new Set(keys);
      // a Set hands out what is added while it is walked
      for (const key of holders) {
        for (const fact of byKey.get(key) ?? []) {
          for (const mention of fact.mentions) {
            if (mention.key !== key) continue;
            if (isMaking(fact, mention)) return Promise.resolve(true);
            const parent = parentOfChild(fact, mention);
            if (parent !== undefined && fact.recordTime <= asOf) holders.add(parent);
          }
        }
      }
      return Promise.resolve(false);
    };
    const ahead = (keys: readonly Key[], near: Side, levels: number): Promise<Key[]> => {
      const found = new Set<Key>();
      let level = new Set(keys);
      for (let n = 0; n < levels; n++) {
        const next = new Set<Key>();
        for (const key of level) {
          for (const fact of byKey.get(key) ?? []) {
            if (fact.recordTime > asOf || !fact.mentions.some((one) => one.key === key && SIDES[near].has(one.role)))
              continue;
            for (const { key: other, role } of fact.mentions)
              if (SIDES[near === 'input' ? 'output' : 'input'].has(role)) next.add(other);
          }
        }
        for (const key of next) found.add(key);
        level = next;
      }
      return Promise.resolve([...found].slice(0, AHEAD_MAX));
    };
    return Object.assign(answer, { isMadeElsewhere, ahead });
  };
}

/** Where `key` stands in a sorted list, or would stand. */
function placeOf(sorted: readonly Key[], key: Key): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How a fact was found that is not by an identifier that it names. */
const ALL = '';
const OUTPUTS: ReadonlySet<Role> = new Set<Role>(['outputEPC', 'outputQuantity']);
const INPUTS: ReadonlySet<Role> = new Set<Role>(['inputEPC', 'inputQuantity']);
const SIDES = { input: INPUTS, output: OUTPUTS };
/** Keys that one look ahead finds. */
const AHEAD_MAX = 256;

/** What a transformation put out first, and the one thing by which it was found, if that went into it. */
function briefOf(fact: Fact, named: readonly string[]): Fact {
  const [first] = fact.mentions;
  const found = fact.mentions.filter(({ key, role }) => named[0] === `${role} ${key}`);
  const isBrief =
    named.length === 1 &&
    found.length === 1 &&
    INPUTS.has(found[0]!.role) &&
    first?.role === 'outputEPC' &&
    fact.transformationID === undefined;
  return isBrief ? { ...fact, mentions: [first, found[0]!], brief: true } : fact;
}

/** As many as there is room for, and one more where there are more. */
function within(facts: Fact[], room: NonNullable<Want['room']>): Fact[] {
  let identifiers = 0;
  const last = facts.findIndex(
    ({ mentions }, i) => (identifiers += mentions.length) > room.identifiers || i === room.events,
  );
  return last < 0 ? facts : facts.slice(0, last + 1);
}
