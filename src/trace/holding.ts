// Where things are now, for the full answer (R15): one place for a thing, several for a lot.
import { type Containment, levelAt, type Stay } from './containment.ts';
import type { Fact, Key } from './fact.ts';
import { historyOf, isComing, isLeaving, locationOf, placeOf, type State } from './history.ts';
import { isInstance } from './kind.ts';
import { compare, NOW } from './moment.ts';
import type { Names } from './name.ts';
import { rounded, toBase } from './units.ts';
import { effectiveEntries, type Entry, type World } from './world.ts';

export interface Holding {
  location: string | null;
  /** Not told by places and containers alone: null until consignees are computed (a recall case). */
  party: string | null;
  container: string | null;
  /** Of a lot, in base units. */
  quantity: number | null;
  uom: string | null;
  since: string;
}

const NOWHERE = { location: null, party: null, container: null, quantity: null, uom: null };

const isoOf = (fact: Fact): string => new Date(fact.eventTime).toISOString();

const openStays = ({ stays }: Containment, key: Key): Stay[] =>
  (stays.byChild.get(key) ?? []).filter(({ end }) => !end);

/** Containers that any of `keys` is in now, through every level. */
export function carriersOf(containment: Containment, keys: Iterable<Key>): Set<Key> {
  const reached = new Set(keys);
  const carriers = new Set<Key>();
  for (const key of reached) {
    for (const { parent } of openStays(containment, key)) {
      carriers.add(parent);
      reached.add(parent);
    }
  }
  return carriers;
}

/** Where a thing is, unless it has ended; where a lot is, by place and by container. */
export function holdingsOf(
  world: World,
  containment: Containment,
  names: Names,
  key: Key,
  history: Fact[],
  state: State | null,
): Holding[] {
  if (isInstance(key))
    return state === 'consumed' || state === 'decommissioned' ? [] : thingHoldings(containment, names, key, history);
  return [...lotPlaces(world, names, key), ...lotContainers(world, containment, names, key)];
}

function thingHoldings(containment: Containment, names: Names, key: Key, history: Fact[]): Holding[] {
  const [stay] = openStays(containment, key);
  const placed = history.findLast((fact) => placeOf(fact) !== undefined);
  const last = placed ?? stay?.start;
  if (!last) return [];
  const location = names.place(placed && placeOf(placed));
  return [{ ...NOWHERE, location, container: stay ? names.of(stay.parent) : null, since: isoOf(last) }];
}

/** Loose quantities by place: made, received and shipped there; what is below zero is nowhere. */
function lotPlaces(world: World, names: Names, lot: Key): Holding[] {
  const places = new Map<string, { location: string; uom: string; value: number; since: Fact }>();
  for (const entry of effectiveEntries(world, lot).sort((a, b) => compare(a.fact, b.fact))) {
    const { fact, mention } = entry;
    const sign = signOf(entry);
    const location = placeOf(fact);
    if (sign === 0 || location === undefined || mention.quantity === undefined) continue;
    const { unit, value } = toBase(mention.quantity, mention.uom);
    const name = `${unit} ${location}`;
    const known = places.get(name);
    if (known && rounded(known.value) > 0) known.value += sign * value;
    else places.set(name, { location, uom: unit, value: (known?.value ?? 0) + sign * value, since: fact });
  }
  return [...places.values()].flatMap(({ location, uom, value, since }): Holding[] =>
    rounded(value) > 0
      ? [{ ...NOWHERE, location: names.place(location), quantity: rounded(value), uom, since: isoOf(since) }]
      : [],
  );
}

/** Whether an event brings a quantity to its place or takes it away. */
function signOf({ fact, mention: { role } }: Entry): -1 | 0 | 1 {
  if (role === 'outputQuantity') return 1;
  if (role === 'inputQuantity') return -1;
  if (role !== 'quantity' || fact.type !== 'ObjectEvent') return 0;
  if (fact.action === 'ADD' || isComing(fact)) return 1;
  return fact.action === 'DELETE' || isLeaving(fact) ? -1 : 0;
}

function lotContainers(world: World, containment: Containment, names: Names, lot: Key): Holding[] {
  return openStays(containment, lot).map((stay) => {
    const level = levelAt(stay, NOW);
    const location = names.place(locationOf(historyOf(world, containment, stay.parent)));
    const quantity = level?.value === undefined ? null : rounded(level.value);
    const uom = level?.unit ?? null;
    return { ...NOWHERE, location, container: names.of(stay.parent), quantity, uom, since: isoOf(stay.start) };
  });
}
