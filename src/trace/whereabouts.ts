// Where things of a list are now (R15): each by its own history, not as part of a walk.
import { keyOfUri, keyText } from '../gs1/index.ts';
import { containmentOf } from './containment.ts';
import type { Facts } from './fact.ts';
import { historyOf, stateOf } from './history.ts';
import { holdingsOf } from './holding.ts';
import { worldAround } from './journal.ts';
import { namesOf } from './name.ts';

/**
 * Identifier → its places as URNs, in order; none of what has ended, or was seen nowhere. `facts` is cut at its asOf by
 * whoever made it. Throws Gs1Error for what is no identifier.
 */
export async function whereaboutsOf(facts: Facts, ids: readonly string[]): Promise<Map<string, string[]>> {
  const keys = new Map(ids.map((id) => [id, keyText(keyOfUri(id).key)]));
  const world = await worldAround(facts, [...new Set(keys.values())]);
  const containment = containmentOf(world);
  const names = namesOf(world, undefined, 'urn');
  return new Map(
    [...keys].map(([id, key]) => {
      const history = historyOf(world, containment, key);
      const holdings = holdingsOf(world, containment, names, key, history, stateOf(world, key, history).state);
      return [id, [...new Set(holdings.flatMap(({ location }) => location ?? []))].sort()];
    }),
  );
}
