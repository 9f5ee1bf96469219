// Where it began (R22, R23).
import type { Containment } from './containment.ts';
import type { Component } from './cycle.ts';
import type { Fact, Key } from './fact.ts';
import type { Gap } from './gap.ts';
import { isCarrier, isClass, isLot } from './kind.ts';
import { itemsOf } from './lineage.ts';
import { contentsAt } from './reach.ts';
import { effectiveEntries, type Entry, factsNaming, type World } from './world.ts';

/** Origins among the nodes of a walk back, and what is missing about them. */
export function originsOf(
  world: World,
  containment: Containment,
  components: Component[],
): { origins: Key[]; gaps: Gap[] } {
  const origins = components
    .filter(({ hasBefore }) => !hasBefore)
    .flatMap(({ keys }) => {
      const things = keys.filter((key) => !isCarrier(key));
      if (things.length === 0) return keys.filter((key) => emptyInputs(world, containment, key).length > 0);
      if (keys.length === 1) return things;
      const begun = things.filter((key) => effectiveEntries(world, key).some(isBegun));
      return begun.length > 0 ? begun : things;
    });
  return { origins, gaps: origins.flatMap((key) => missing(world, containment, key)) };
}

/** Transformations that a carrier went into while nothing but carriers was in it. */
const emptyInputs = (world: World, containment: Containment, key: Key): Fact[] =>
  factsNaming(world, key, ['inputEPC', 'inputQuantity']).filter((fact) =>
    contentsAt(containment, key, fact).every(isCarrier),
  );

/** An ObjectEvent ADD names it, or gives it as lot. */
const isBegun = ({ fact, mention }: Entry): boolean =>
  fact.type === 'ObjectEvent' && fact.action === 'ADD' && mention.role !== 'written';

/** Made: an ObjectEvent ADD or an output names the identifier itself; what a carrier holds is not made by it. */
export const isMaking = ({ fact, mention: { role } }: Entry): boolean =>
  role === 'outputEPC' ||
  role === 'outputQuantity' ||
  (fact.type === 'ObjectEvent' && fact.action === 'ADD' && (role === 'epc' || role === 'quantity'));

const isMade = (world: World, key: Key): boolean => effectiveEntries(world, key).some(isMaking);

function missing(world: World, containment: Containment, key: Key): Gap[] {
  if (isClass(key)) return [{ code: 'CLASS_TOO_COARSE', ids: [key], facts: [] }];
  if (isCarrier(key)) return [{ code: 'MISSING_ORIGIN', ids: [key], facts: emptyInputs(world, containment, key) }];
  if (isMade(world, key) || (isLot(key) && itemsOf(world, key).size > 0)) return [];
  return [{ code: isLot(key) ? 'MISSING_ORIGIN' : 'MISSING_COMMISSION', ids: [key], facts: [] }];
}
