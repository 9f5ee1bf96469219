// Gaps about identifiers and transformations (R18, R24); those of containment come from its replay, those of the
// record from world.ts. All are found over what is loaded, then cut to the answer's scope.
import { type Containment, containmentOf } from './containment.ts';
import type { Fact, Key } from './fact.ts';
import { type Gap, type GapCode, within } from './gap.ts';
import { childrenEver, type Loader, loadContents, loadHolders, loadMaking, loadStays } from './gather.ts';
import { isInstance, isItem, isLot } from './kind.ts';
import { type Group, groupOf, hasSide, lotsOf, namedOn, partsOf } from './lineage.ts';
import { compare, inOrder } from './moment.ts';
import { isMaking } from './origin.ts';
import {
  effectiveEntries,
  type Entry,
  factsNaming,
  isEffective,
  isNamed,
  listOf,
  recordGaps,
  type World,
} from './world.ts';

/**
 * Loads what the gaps of `scope` need: all around it and around the items of its lots (an output without input is
 * a gap of its lot too), its children, and what lopsided transformations name.
 */
export async function loadScope(loader: Loader, scope: Iterable<Key>): Promise<void> {
  const keys = [...scope];
  await loadHolders(loader, keys);
  await loadMaking(loader, keys.filter(isLot));
  await loadStays(
    loader,
    keys.flatMap((key) => childrenEver(loader.world, key)),
  );
  const lopsided = groupsOf(loader.world).filter((group) => !hasSide(group, 'input') || !hasSide(group, 'output'));
  const named = lopsided.flatMap(({ facts }) =>
    facts.flatMap((fact) => [...namedOn(fact, 'input'), ...namedOn(fact, 'output')]),
  );
  await loadContents(loader, named);
}

/** Every gap that names an identifier of `scope`, which `loadScope` has loaded. */
export function gapsOf(world: World, scope: ReadonlySet<Key>, containment: Containment = containmentOf(world)): Gap[] {
  const all = [
    ...recordGaps(world),
    ...containment.gaps,
    ...groupsOf(world).flatMap((group) => groupGaps(world, containment, group)),
    ...[...scope].flatMap((key) => lifeGaps(world, key)),
  ];
  return within(all, scope);
}

/** Every transformation that is loaded. */
export function groupsOf(world: World): Group[] {
  const groups = new Map<string, Group>();
  for (const fact of world.facts.values()) {
    if (fact.type !== 'TransformationEvent' || !isEffective(world, fact)) continue;
    const group = groupOf(world, fact);
    groups.set(group.name, group);
  }
  return [...groups.values()];
}

/** A transformation that lacks a side, and identifiers on both sides. */
function groupGaps(world: World, containment: Containment, group: Group): Gap[] {
  const inputs = partsOf(group, 'input', containment);
  const outputs = partsOf(group, 'output', containment);
  const { facts } = group;
  if (inputs.size === 0 && outputs.size > 0) {
    const lots = [...outputs.keys()].flatMap((key) => [...lotsOf(world, key).keys()]);
    return [{ code: 'NO_TRANSFORMATION_INPUT', ids: [...new Set([...outputs.keys(), ...lots])], facts }];
  }
  if (outputs.size === 0 && inputs.size > 0)
    return [{ code: 'NO_TRANSFORMATION_OUTPUT', ids: [...inputs.keys()], facts }];
  return [...inputs.values()].flatMap((input): Gap[] => {
    const output = outputs.get(input.key);
    return output
      ? [{ code: 'SELF_INPUT', ids: [input.key], facts: [...new Set([...input.facts, ...output.facts])] }]
      : [];
  });
}

/** A plain life, as most are: made once at most, of one lot at most, never used up nor ended. */
function isPlain(entries: readonly Entry[]): boolean {
  let made = 0;
  for (const entry of entries) {
    const { fact, mention } = entry;
    if (mention.role === 'inputEPC' || mention.role === 'inputQuantity') return false;
    if (fact.type === 'ObjectEvent' && fact.action === 'DELETE') return false;
    if (isMaking(entry) && (++made > 1 || listOf(fact, 'lot').length > 1)) return false;
  }
  return true;
}

/** What is wrong in the life of one identifier (R24). */
function lifeGaps(world: World, key: Key): Gap[] {
  const gaps: Gap[] = [];
  if (isPlain(world.entries.get(key) ?? [])) return gaps;
  const add = (code: GapCode, facts: Iterable<Fact>): void =>
    void gaps.push({ code, ids: [key], facts: inOrder(new Set(facts)) });
  const entries = effectiveEntries(world, key);
  const making = inOrder(entries.filter(isMaking).map(({ fact }) => fact));
  const used = factsNaming(world, key, ['inputEPC', 'inputQuantity']);
  if (making[0] && used[0] && compare(used[0], making[0]) < 0) add('USED_BEFORE_COMMISSION', [used[0], making[0]]);
  if (!isInstance(key)) return gaps;
  const adds = new Set(making.filter(({ type }) => type === 'ObjectEvent'));
  const outputs = new Set(
    making.filter(({ type }) => type === 'TransformationEvent').map((fact) => groupOf(world, fact).name),
  );
  if (adds.size > 1 || outputs.size > 1) add('DUP_COMMISSION', making);
  const lots = lotsOf(world, key);
  if (lots.size > 1) add('LOT_CONFLICT', [...lots.values()].flat());
  const { decommissioned, consumed } = endsOf(world, key);
  const seen = inOrder(new Set(entries.filter(({ mention }) => isNamed(mention.role)).map(({ fact }) => fact)));
  const seenAfter = (end: Fact): Fact[] => seen.filter((fact) => compare(fact, end) > 0);
  const later = decommissioned ? seenAfter(decommissioned) : [];
  if (decommissioned && later.length > 0) add('SEEN_AFTER_DECOMMISSION', [decommissioned, ...later]);
  const again = consumed ? seenAfter(consumed).filter((fact) => !used.includes(fact)) : [];
  if (consumed && again.length > 0) add('SEEN_AFTER_CONSUMED', [consumed, ...again]);
  return gaps;
}

/** The first event that ended a thing, of each sort (R10, R15). */
export function endsOf(world: World, key: Key): { decommissioned?: Fact; consumed?: Fact } {
  const [decommissioned] = factsNaming(
    world,
    key,
    ['epc'],
    ({ type, action }) => type === 'ObjectEvent' && action === 'DELETE',
  );
  const [consumed] = isItem(key) ? factsNaming(world, key, ['inputEPC']) : [];
  return { ...(decommissioned && { decommissioned }), ...(consumed && { consumed }) };
}
