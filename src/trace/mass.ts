// What one side of a transformation weighs, thing by thing: what is stated there itself, and what holders held at that
// moment (R17).
import { type Containment, levelAt, type Stay, spanOf } from './containment.ts';
import type { Fact, Key, Mention, Side } from './fact.ts';
import { isInstance, isItem } from './kind.ts';
import { type Group, ROLES } from './lineage.ts';
import { holds } from './moment.ts';
import { contentsAt } from './reach.ts';
import { type Amount, MASS, toBase } from './units.ts';
import { listOf } from './world.ts';

/** Kilograms by thing; undefined where the record does not say. */
export type Masses = Map<Key, number | undefined>;

/** Pallets, boxes, totes, tanks: what is in them is goods, they themselves are not. */
const isHolder = (key: Key): boolean => isInstance(key) && !isItem(key);

/** What is told of one thing on one side. */
interface Told {
  /** Kilograms, one for each statement. */
  masses: number[];
  isUnknown: boolean;
  /** Whether an event names it there, and whether it stands there as content of a holder. */
  named: boolean;
  held: boolean;
  /** At some of its moments it is a thing in which nothing is known to be. */
  bare: boolean;
}

/** A sum that does not hang on the order of what is added. */
export const sumOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b).reduce((sum, value) => sum + value, 0);

/** Everything on a side but holders that are none of `nodes` and hold something: they are no goods, what they hold is. */
export function massesOn(group: Group, side: Side, containment: Containment, nodes: ReadonlySet<Key>): Masses {
  const reading = new Reading(containment);
  for (const fact of group.facts)
    for (const role of ROLES[side]) for (const mention of listOf(fact, role)) reading.take(fact, mention);
  const masses: Masses = new Map();
  for (const [key, told] of reading.told) {
    if (isHolder(key) && !told.bare && !nodes.has(key)) continue;
    const isKnown = !told.isUnknown && !(told.named && told.held);
    masses.set(key, isKnown ? sumOf(told.masses) : undefined);
  }
  return masses;
}

class Reading {
  readonly told = new Map<Key, Told>();
  readonly #containment: Containment;
  /** Each stay counts once; in a second event of the group nobody knows whether it is the same goods. */
  readonly #counted = new Map<Stay, Fact>();

  constructor(containment: Containment) {
    this.#containment = containment;
  }

  take(fact: Fact, { key, quantity, uom }: Mention): void {
    const told = this.#of(key);
    told.named = true;
    if (isInstance(key)) this.#holder(fact, key, told);
    else add(told, quantity === undefined ? undefined : toBase(quantity, uom));
  }

  #of(key: Key): Told {
    let told = this.told.get(key);
    if (!told) this.told.set(key, (told = { masses: [], isUnknown: false, named: false, held: false, bare: false }));
    return told;
  }

  /** A thing, and all that was in it. */
  #holder(fact: Fact, holder: Key, told: Told): void {
    told.isUnknown = true;
    const { byParent } = this.#containment.stays;
    if (!byParent.has(holder)) {
      told.bare = true;
      return;
    }
    for (const parent of [holder, ...contentsAt(this.#containment, holder, fact)]) {
      const stays = (byParent.get(parent) ?? []).filter((stay) => holds(spanOf(stay), fact));
      if (stays.length === 0 && isInstance(parent)) this.#of(parent).bare = true;
      for (const stay of stays) this.#content(fact, stay);
    }
  }

  #content(fact: Fact, stay: Stay): void {
    const told = this.#of(stay.child);
    told.held = true;
    const counted = this.#counted.get(stay);
    this.#counted.set(stay, fact);
    if (counted === fact) return;
    const level = counted || isInstance(stay.child) ? undefined : levelAt(stay, fact);
    add(told, level?.value === undefined ? undefined : { unit: level.unit ?? '', value: level.value });
  }
}

function add(told: Told, amount: Amount | undefined): void {
  if (amount?.unit === MASS && amount.value >= 0) told.masses.push(amount.value);
  else told.isUnknown = true;
}
