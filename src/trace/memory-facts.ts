// Facts held in memory: for the offline door and for tests.
import type { Fact, Facts, Key, Want } from './fact.ts';
import { briefly, INPUTS, parentOfChild, push } from './world.ts';

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
  return (asOf = Infinity) =>
    (want) => {
      const found = new Set<Fact>();
      const whole = new Set<Fact>();
      const add = (list: readonly Fact[] = [], isWhole: (fact: Fact) => boolean = () => true): void => {
        for (const fact of list) {
          if (fact.recordTime > asOf) continue;
          found.add(fact);
          if (isWhole(fact)) whole.add(fact);
        }
      };
      let level: Iterable<Key> = want.keys ?? [];
      for (let n = 0; n <= (want.levels ?? 0); n++) {
        const above = new Set<Key>();
        for (const key of level) {
          const named = byKey.get(key) ?? [];
          const wanted = n === 0 && want.asChild ? named.filter((fact) => !isParentAlone(fact, key)) : named;
          add(wanted, (fact) => !want.brief || !isInputAlone(fact, key));
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
      const given = Array.from(found, (fact) => (whole.has(fact) ? fact : briefOf(fact)));
      return Promise.resolve(want.room ? within(given, want.room) : given);
    };
}

const isParentAlone = (fact: Fact, key: Key): boolean =>
  fact.mentions.every((mention) => mention.key !== key || mention.role === 'parent');

const isInputAlone = (fact: Fact, key: Key): boolean =>
  fact.mentions.every((mention) => mention.key !== key || INPUTS.has(mention.role));

const briefOf = (fact: Fact): Fact => ({ ...fact, mentions: briefly(fact.mentions), brief: true });

/** As many as there is room for, and one more where there are more. */
function within(facts: Fact[], room: NonNullable<Want['room']>): Fact[] {
  let identifiers = 0;
  const last = facts.findIndex(
    ({ mentions }, i) => (identifiers += mentions.length) > room.identifiers || i === room.events,
  );
  return last < 0 ? facts : facts.slice(0, last + 1);
}
