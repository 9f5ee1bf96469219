// Facts held in memory: for the offline door and for tests.
import { bundled } from './bundle.ts';
import type { Fact, Facts, Key, Want } from './fact.ts';
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
  const packed = new Map<Fact, Fact>();
  const inBundles = (fact: Fact): Fact => {
    let known = packed.get(fact);
    if (!known) packed.set(fact, (known = bundled(fact)));
    return known;
  };
  return (asOf = Infinity) =>
    (want) => {
      const found = new Set<Fact>();
      const add = (list: readonly Fact[] = []): void => {
        for (const fact of list) if (fact.recordTime <= asOf) found.add(fact);
      };
      let level: Iterable<Key> = want.keys ?? [];
      for (let n = 0; n <= (want.levels ?? 0); n++) {
        const above = new Set<Key>();
        for (const key of level) {
          const named = byKey.get(key) ?? [];
          add(n === 0 && want.asChild ? named.filter((fact) => !isParentAlone(fact, key)) : named);
          for (const fact of named) {
            for (const mention of fact.mentions) {
              const parent = mention.key === key ? parentOfChild(fact, mention) : undefined;
              if (parent !== undefined) above.add(parent);
            }
          }
        }
        level = above;
      }
      for (const id of want.eventIDs ?? []) add(byEventID.get(id));
      for (const id of want.transformationIDs ?? []) add(byTransformationID.get(id));
      if (want.declarations) add(facts.filter((fact) => fact.declaration));
      // a Set hands out what is added while it is walked
      for (const fact of found) {
        const same = byEventID.get(fact.eventID)!;
        if (same.length > 1) add(same);
      }
      const given = want.room ? within([...found], want.room) : [...found];
      return Promise.resolve(want.bundles ? given.map(inBundles) : given);
    };
}

const isParentAlone = (fact: Fact, key: Key): boolean =>
  fact.mentions.every((mention) => mention.key !== key || mention.role === 'parent');

/** As many as there is room for, and one more where there are more. */
function within(facts: Fact[], room: NonNullable<Want['room']>): Fact[] {
  let identifiers = 0;
  const last = facts.findIndex(
    ({ mentions }, i) => (identifiers += mentions.length) > room.identifiers || i === room.events,
  );
  return last < 0 ? facts : facts.slice(0, last + 1);
}
