// What was in what, and when (R7 to R13, R19): the facts replayed in their order. Never stored, so that a late fact
// or a declaration changes the past as it must.
import type { Fact, Key, Mention } from './fact.ts';
import type { Gap, GapCode } from './gap.ts';
import { isInstance, isItem } from './kind.ts';
import { compare, END, inOrder, type Interval, type Moment } from './moment.ts';
import { type Amount, rounded, toBase } from './units.ts';
import { childrenOf, isEffective, listOf, parentOf, push, type World } from './world.ts';

/** One child in one parent, from one event to another. */
export interface Stay {
  child: Key;
  parent: Key;
  start: Fact;
  end?: Fact;
  /** The event at the end did not name the child: it belongs to its history all the same (R8, R10). */
  freed: boolean;
  /** For a lot: how much was in there from each event on, in base units; `value` absent while unknown (R11). */
  levels: { since: Fact; unit?: string; value?: number }[];
}

/** Stays of one sort: containers (aggregation) or assemblies (association). */
export interface Book {
  byChild: Map<Key, Stay[]>;
  byParent: Map<Key, Stay[]>;
}

export interface Containment {
  stays: Book;
  fits: Book;
  gaps: Gap[];
}

export const spanOf = (stay: Stay): Interval => ({ start: stay.start, end: stay.end ?? END });

/** The level of a lot's stay at a moment within it. */
export const levelAt = (stay: Stay, moment: Moment): { unit?: string; value?: number } | undefined =>
  stay.levels.findLast(({ since }) => compare(since, moment) <= 0);

/** Whether a fact can open or end a stay. */
const matters = (fact: Fact): boolean =>
  fact.type === 'TransformationEvent' ||
  (fact.type === 'ObjectEvent'
    ? fact.action === 'DELETE'
    : fact.type !== 'TransactionEvent' && parentOf(fact) !== undefined);

/** Containment by the effective facts that name `keys`; all that is loaded, if not given. */
export function containmentOf(world: World, keys?: Iterable<Key>): Containment {
  const facts = new Set<Fact>();
  if (keys === undefined) for (const fact of world.facts.values()) facts.add(fact);
  else for (const key of keys) for (const { fact } of world.entries.get(key) ?? []) facts.add(fact);
  const replay = new Replay();
  for (const fact of inOrder([...facts].filter((fact) => matters(fact) && isEffective(world, fact)))) replay.take(fact);
  return { stays: replay.stays.book, fits: replay.fits.book, gaps: replay.gaps };
}

/** What one event says about one lot: elements with a quantity, summed by dimension, and whether one has none. */
interface Stated {
  amounts: Amount[];
  unknown: boolean;
}

/** One run over the facts in order. */
class Replay {
  readonly stays = new OpenBook();
  readonly fits = new OpenBook();
  readonly gaps: Gap[] = [];

  take(fact: Fact): void {
    if (fact.type === 'TransformationEvent') this.#consume(fact);
    else if (fact.type === 'ObjectEvent') this.#retire(fact);
    else {
      const parent = parentOf(fact)!;
      const book = fact.type === 'AggregationEvent' ? this.stays : this.fits;
      if (fact.action === 'ADD') for (const child of this.#children(fact)) this.#put(book, fact, parent, child);
      if (fact.action === 'OBSERVE') this.#confirm(book, fact, parent);
      if (fact.action === 'DELETE') this.#take(book, fact, parent);
    }
  }

  #gap(code: GapCode, ids: Key[], fact: Fact): void {
    this.gaps.push({ code, ids, facts: [fact] });
  }

  /** R10: an item that is an input is used up. */
  #consume(fact: Fact): void {
    for (const { key } of listOf(fact, 'inputEPC')) if (isItem(key)) this.stays.endAll(key, fact);
  }

  /** R10: own stays of all of them first, then whatever is still in them. */
  #retire(fact: Fact): void {
    const named = listOf(fact, 'epc').filter(({ key }) => isInstance(key));
    for (const { key } of named) this.stays.endAll(key, fact);
    for (const { key } of named) {
      for (const stay of this.stays.inside(key)) {
        this.stays.end(stay, fact, true);
        this.#gap('IMPLICIT_DISAGG', [key, stay.child], fact);
      }
    }
  }

  /** Children of an event, each once: things first, lots last with what is stated of them. */
  #children(fact: Fact): [Key, Stated | undefined][] {
    const all = childrenOf(fact);
    const [only] = all;
    if (only && all.length === 1 && only.role === 'childEPC' && isInstance(only.key)) return [[only.key, undefined]];
    const things = new Set<Key>();
    const lots = new Map<Key, Stated>();
    for (const mention of all) {
      if (mention.role === 'childEPC' && isInstance(mention.key)) things.add(mention.key);
      else addStated(lots, mention);
    }
    return [...[...things].map((key): [Key, undefined] => [key, undefined]), ...lots];
  }

  /** ADD, and what an OBSERVE opens. */
  #put(book: OpenBook, fact: Fact, parent: Key, [child, stated]: [Key, Stated | undefined]): void {
    const open = book.find(child, parent);
    if (open) {
      if (stated) this.#change(book, open, fact, stated, 1);
      return;
    }
    if (book === this.stays && (child === parent || book.isWithin(parent, child))) {
      this.#gap('CONTAINMENT_CYCLE', [parent, child], fact); // R12
      return;
    }
    if (!stated && book === this.stays) {
      for (const stay of book.around(child)) {
        book.end(stay, fact, false);
        this.#gap('IMPLICIT_DISAGG', [stay.parent, child], fact);
      }
    }
    const stay = book.open(child, parent, fact);
    if (!stated) return;
    const [first] = stated.amounts;
    if (stated.unknown || !first) stay.levels.push({ since: fact });
    else {
      stay.levels.push({ since: fact, unit: first.unit, value: 0 });
      this.#change(book, stay, fact, stated, 1);
    }
  }

  /** R9. */
  #confirm(book: OpenBook, fact: Fact, parent: Key): void {
    const children = this.#children(fact).map((child) => ({
      child,
      depth: child[1] ? Infinity : book.depth(child[0]),
    }));
    children.sort((a, b) => (a.depth < b.depth ? -1 : a.depth > b.depth ? 1 : 0));
    for (const { child } of children) {
      const [key] = child;
      if (book.find(key, parent) || (book === this.stays && book.isWithin(key, parent))) continue;
      this.#gap('MISSING_ADD', [parent, key], fact);
      this.#put(book, fact, parent, child);
    }
  }

  /** DELETE; without children all go (R8). */
  #take(book: OpenBook, fact: Fact, parent: Key): void {
    const children = this.#children(fact);
    if (children.length === 0) for (const stay of book.inside(parent)) book.end(stay, fact, true);
    for (const [child, stated] of children) {
      const stay = book.find(child, parent);
      if (!stay) this.#gap('MISSING_ADD', [parent, child], fact);
      else if (stated) this.#change(book, stay, fact, stated, -1);
      else book.end(stay, fact, false);
    }
  }

  /** R11: the running quantity of a lot in a parent. */
  #change(book: OpenBook, stay: Stay, fact: Fact, stated: Stated, sign: 1 | -1): void {
    if (stated.unknown && sign < 0) return book.end(stay, fact, false);
    const level = stay.levels.at(-1);
    if (level?.value === undefined || level.unit === undefined) return;
    if (stated.unknown) {
      stay.levels.push({ since: fact });
      return;
    }
    let value = level.value;
    for (const amount of stated.amounts) {
      if (amount.unit === level.unit) value += sign * amount.value;
      else this.#gap('UOM_MISMATCH', [stay.parent, stay.child], fact);
    }
    stay.levels.push({ since: fact, unit: level.unit, value });
    if (rounded(value) > 0) return;
    if (rounded(value) < 0) this.#gap('QTY_IMBALANCE', [stay.parent, stay.child], fact);
    book.end(stay, fact, false);
  }
}

function addStated(lots: Map<Key, Stated>, { key, quantity, uom }: Mention): void {
  let stated = lots.get(key);
  if (!stated) lots.set(key, (stated = { amounts: [], unknown: false }));
  if (quantity === undefined) stated.unknown = true;
  else stated.amounts.push(toBase(quantity, uom));
}

/** Stays with those that are open now. */
class OpenBook {
  readonly book: Book = { byChild: new Map(), byParent: new Map() };
  /** A list around a thing, which has one parent or few; a set around a lot, which may be in thousands. */
  readonly #around = new Map<Key, Stay[] | Set<Stay>>();
  readonly #inside = new Map<Key, Map<Key, Stay>>();

  open(child: Key, parent: Key, fact: Fact): Stay {
    const stay: Stay = { child, parent, start: fact, freed: false, levels: [] };
    push(this.book.byChild, child, stay);
    push(this.book.byParent, parent, stay);
    const around = this.#around.get(child);
    if (!around) this.#around.set(child, isInstance(child) ? [stay] : new Set([stay]));
    else if (Array.isArray(around)) around.push(stay);
    else around.add(stay);
    const inside = this.#inside.get(parent);
    if (inside) inside.set(child, stay);
    else this.#inside.set(parent, new Map<Key, Stay>().set(child, stay));
    return stay;
  }

  end(stay: Stay, fact: Fact, freed: boolean): void {
    stay.end = fact;
    stay.freed = freed;
    const around = this.#around.get(stay.child) ?? [];
    if (Array.isArray(around)) around.splice(around.indexOf(stay), 1);
    else around.delete(stay);
    this.#inside.get(stay.parent)?.delete(stay.child);
  }

  endAll(child: Key, fact: Fact): void {
    for (const stay of this.around(child)) this.end(stay, fact, false);
  }

  find(child: Key, parent: Key): Stay | undefined {
    return this.#inside.get(parent)?.get(child);
  }

  /** Open stays of a child, and in a parent; copies, since ending one changes them. */
  around(child: Key): Stay[] {
    return [...(this.#around.get(child) ?? [])];
  }

  inside(parent: Key): Stay[] {
    return [...(this.#inside.get(parent)?.values() ?? [])];
  }

  /** Whether `key` is in `holder`, through others too. */
  isWithin(key: Key, holder: Key): boolean {
    if (!this.#inside.get(holder)?.size) return false; // nearly always: an item is put in, and holds nothing
    return this.#above(key).has(holder);
  }

  /** Number of containers around a thing. */
  depth(key: Key): number {
    return this.#above(key).size;
  }

  #above(key: Key): Set<Key> {
    const above = new Set<Key>();
    const next = [key];
    for (let at = next.pop(); at !== undefined; at = next.pop()) {
      for (const { parent } of this.#around.get(at) ?? []) {
        if (above.has(parent)) continue;
        above.add(parent);
        next.push(parent);
      }
    }
    return above;
  }
}
