// Who came from whom (R16 to R19), one rule a function, over what is loaded.
import { gtinKeyOf, keyBytes, keyOfUri, keyText } from '../gs1/index.ts';
import { type Containment } from './containment.ts';
import type { Fact, Key, Mention, Side } from './fact.ts';
import { isInstance, isLocation, kindOf } from './kind.ts';
import { contentsAt } from './reach.ts';
import { effectiveEntries, isEffective, listOf, parentOf, push, type World } from './world.ts';

export const ROLES = {
  input: ['inputEPC', 'inputQuantity'],
  output: ['outputEPC', 'outputQuantity'],
} as const;

/** All effective events of one transformationID, or a single event without one (R16). */
export interface Group {
  /** Stable name: the transformationID, or the event's. */
  name: string;
  facts: Fact[];
}

/** One identifier on one side of a group. */
export interface Part {
  key: Key;
  /** The events in which it, or a holder of it, stands there. */
  facts: Fact[];
  /** True when an event names it there itself; false for contents of a carrier alone (R17). */
  named: boolean;
}

/** The group of a transformation event. */
export function groupOf(world: World, fact: Fact): Group {
  const id = fact.transformationID;
  if (id === undefined) return { name: `event ${fact.eventID}`, facts: [fact] };
  let facts = world.runs.get(id);
  if (!facts) {
    const all = world.byTransformationID.get(id) ?? [];
    facts = all.filter((other) => other.type === 'TransformationEvent' && isEffective(world, other));
    world.runs.set(id, facts);
  }
  return { name: `transformation ${id}`, facts };
}

/** Identifiers that an event names on one side. */
export const namedOn = (fact: Fact, side: Side): Key[] =>
  ROLES[side].flatMap((role) => listOf(fact, role).map(({ key }) => key));

export const hasSide = (group: Group, side: Side): boolean =>
  group.facts.some((fact) => ROLES[side].some((role) => listOf(fact, role).length > 0));

/** One side of a group: what is named, and what that contained at the moment (R17). */
export function partsOf(group: Group, side: Side, containment: Containment): Map<Key, Part> {
  const parts = new Map<Key, Part>();
  const add = (key: Key, fact: Fact, named: boolean): void => {
    const part = parts.get(key);
    if (!part) parts.set(key, { key, facts: [fact], named });
    else {
      if (part.facts.at(-1) !== fact) part.facts.push(fact);
      part.named ||= named;
    }
  };
  for (const fact of group.facts) {
    for (const key of namedOn(fact, side)) {
      add(key, fact, true);
      if (!containment.stays.byParent.has(key)) continue;
      for (const content of contentsAt(containment, key, fact)) add(content, fact, false);
    }
  }
  return parts;
}

/** Characters of a key up to the end of its GTIN, kind included: keys of one GTIN begin alike, serials are a range. */
const GTIN_CHARS = keyText(keyOfUri('urn:epc:idpat:sgtin:9521234.000001.*').key).length;
const GTINS_KEPT_MAX = 10_000;
const gtins = new Map<string, Key>();

/** The product class of an item or lot; undefined for what has none. */
function gtinOf(key: Key): Key | undefined {
  const kind = kindOf(key);
  if (kind !== 'sgtin' && kind !== 'lgtin' && kind !== 'gtin') return undefined;
  const head = key.slice(0, GTIN_CHARS);
  let gtin = gtins.get(head);
  if (gtin === undefined) {
    if (gtins.size >= GTINS_KEPT_MAX) gtins.clear();
    gtins.set(head, (gtin = keyText(gtinKeyOf(keyBytes(key)))));
  }
  return gtin;
}

/** True where an event makes what the list names: ADD, or output (R18). */
const isMaking = (fact: Fact, role: string): boolean =>
  role === 'outputEPC' || (role === 'epc' && fact.type === 'ObjectEvent' && fact.action === 'ADD');

/** Lots by events, as below. */
type Lots = ReadonlyMap<Key, Fact[]>;
const NO_LOTS: Lots = new Map();
/** By the list of an event: the thousands that it made alike are of the same lots, and are asked about one by one. */
const made = new WeakMap<readonly Mention[], { gtin: Key | undefined; lots: Lots }>();

/** Lots of an item with the events that say so; more than one is LOT_CONFLICT (R18, R24). */
export function lotsOf(world: World, item: Key): Lots {
  let first: Fact | undefined;
  let making: Fact[] | undefined; // nearly always one: a list for each thing would be made for nothing
  for (const { fact, mention } of world.entries.get(item) ?? []) {
    if (!isMaking(fact, mention.role) || listOf(fact, 'lot').length === 0 || !isEffective(world, fact)) continue;
    if (first) (making ??= [first]).push(fact);
    else first = fact;
  }
  if (!first) return NO_LOTS;
  const gtin = gtinOf(item);
  if (making) return lotsBy(making, gtin);
  const given = listOf(first, 'lot');
  let found = made.get(given);
  if (!found || found.gtin !== gtin) made.set(given, (found = { gtin, lots: lotsBy([first], gtin) }));
  return found.lots;
}

function lotsBy(making: readonly Fact[], gtin: Key | undefined): Lots {
  const lots = new Map<Key, Fact[]>();
  for (const fact of new Set(making))
    for (const { key } of listOf(fact, 'lot')) if (gtinOf(key) === gtin) pushOnce(lots, key, fact);
  return lots;
}

/** Adds to the list under a key; the same twice in a row once. */
function pushOnce(lots: Map<Key, Fact[]>, key: Key, fact: Fact): void {
  const facts = lots.get(key);
  if (!facts) lots.set(key, [fact]);
  else if (facts.at(-1) !== fact) facts.push(fact);
}

/** Items of a lot with the events that say so (R18). */
export function itemsOf(world: World, lot: Key): Map<Key, Fact[]> {
  const items = new Map<Key, Fact[]>();
  const gtin = gtinOf(lot);
  for (const { fact, mention } of effectiveEntries(world, lot)) {
    if (mention.role !== 'lot') continue;
    for (const role of ['epc', 'outputEPC'] as const) {
      for (const { key } of isMaking(fact, role) ? listOf(fact, role) : []) {
        if (gtinOf(key) === gtin && isInstance(key)) push(items, key, fact);
      }
    }
  }
  return items;
}

/** True when `key` is the lot or an item of it: then an input is membership, no derivation (R18). */
export const isOfLot = (world: World, key: Key, lot: Key): boolean =>
  key === lot || (gtinOf(key) === gtinOf(lot) && isInstance(key) && lotsOf(world, key).has(lot));

type Partners = ReadonlyMap<Key, Fact[]>;
const NO_PARTNERS: Partners = new Map();

/** Assemblies that `key` was fitted into, or parts that were fitted into it, ever, with the events (R19). */
export function partnersOf(world: World, key: Key, as: 'part' | 'assembly'): Partners {
  let partners: Map<Key, Fact[]> | undefined;
  for (const { fact, mention } of world.entries.get(key) ?? []) {
    if (fact.type !== 'AssociationEvent' || (fact.action !== 'ADD' && fact.action !== 'OBSERVE')) continue;
    const parent = parentOf(fact);
    if (parent === undefined || isLocation(parent) || !isEffective(world, fact)) continue;
    if (as === 'part' && (mention.role === 'childEPC' || mention.role === 'childQuantity'))
      push((partners ??= new Map()), parent, fact);
    if (as === 'assembly' && mention.role === 'parent') {
      for (const role of ['childEPC', 'childQuantity'] as const)
        for (const child of listOf(fact, role)) push((partners ??= new Map()), child.key, fact);
    }
  }
  return partners ?? NO_PARTNERS;
}
