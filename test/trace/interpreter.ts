// A second reading of the rules of docs/trace.md: the whole world in memory, each rule a plain function, no care for
// time. oracle.ts asks it and the product the same questions.
import { gtinKeyOf, keyBytes, keyKind, keyText } from '../../src/gs1/index.ts';
import type { Fact, Key, Mention, Role } from '../../src/trace/fact.ts';

export interface Trouble {
  code: string;
  ids: Key[];
}

/** One thing, or a running quantity of one lot, in one parent. */
interface Stay {
  parent: Key;
  child: Key;
  /** Of a lot: in the base unit; undefined where nobody knows it. */
  amount?: { value: number; unit: string } | undefined;
  isLot: boolean;
  /** Index of the event that began it. */
  since: number;
}

interface Moment {
  stays: Stay[];
  fitted: { parent: Key; child: Key }[];
  /** What this event freed (R8, R10). */
  freed: Set<Key>;
}

export interface World {
  visible: Fact[];
  known: Set<Key>;
  /** In the order of R2. */
  events: Fact[];
  /** `moments[i]` is the state after event i - 1; the first is that before all. */
  moments: Moment[];
  /** All part-of pairs that ever were, with the moments while they were (R19). */
  parts: { parent: Key; child: Key }[];
  voided: Fact[];
  troubles: Trouble[];
}

/** A function of one thing that looks once at each; the interpreter is slow enough. */
export function found<From, To>(
  known: { get: (from: From) => To | undefined; set: (from: From, to: To) => unknown },
  find: (from: From) => To,
): (from: From) => To {
  return (from) => {
    const before = known.get(from);
    if (before !== undefined) return before;
    const now = find(from);
    known.set(from, now);
    return now;
  };
}

const kindOf = found(new Map(), (id: Key) => keyKind(keyBytes(id)));
export const isCarrier = (id: Key): boolean => ['sscc', 'grai'].includes(kindOf(id));
export const isLot = (id: Key): boolean => kindOf(id) === 'lgtin';
export const isClass = (id: Key): boolean => kindOf(id) === 'gtin';
export const isInstance = (id: Key): boolean => !isLot(id) && !isClass(id);
export const isItem = (id: Key): boolean => isInstance(id) && !isCarrier(id) && kindOf(id) !== 'giai';
export const isPlace = (id: Key): boolean => kindOf(id) === 'sgln';

export const named = (fact: Fact, ...roles: Role[]): Key[] =>
  fact.mentions.filter(({ role }) => roles.includes(role)).map(({ key }) => key);
/** Whom an event names itself: not the lot that its ILMD gives, nor the class that this turned into a lot. */
export const names = (fact: Fact): Set<Key> =>
  new Set(fact.mentions.filter(({ role }) => role !== 'lot' && role !== 'written').map(({ key }) => key));
const namesAnyhow = (fact: Fact): Key[] => [...new Set(fact.mentions.map(({ key }) => key))];

const BASE: Record<string, readonly [unit: string, factor: number]> = {
  KGM: ['KGM', 1],
  GRM: ['KGM', 0.001],
  MGM: ['KGM', 0.000001],
  TNE: ['KGM', 1000],
  LBR: ['KGM', 0.45359237],
  ONZ: ['KGM', 0.028349523125],
  LTR: ['LTR', 1],
  MLT: ['LTR', 0.001],
  MTQ: ['LTR', 1000],
  GLL: ['LTR', 3.785411784],
  MTR: ['MTR', 1],
  CMT: ['MTR', 0.01],
  EA: ['EA', 1],
  H87: ['EA', 1],
  C62: ['EA', 1],
};

/** R25: unit of the dimension, and what one of `uom` is in it; an unknown unit is a dimension of its own. */
export const baseOf = (uom: string | undefined): readonly [unit: string, factor: number] =>
  BASE[uom ?? 'EA'] ?? [uom!, 1];

export const rounded = (value: number): number => {
  const round = Math.round(value * 1e6) / 1e6;
  return round === 0 ? 0 : round;
};

/** R1, R3, R4, R5: which of the captured events count, and what the others are. */
function knowledge(
  captured: Fact[],
  asOf: number,
): Pick<World, 'visible' | 'known' | 'voided' | 'troubles' | 'events'> {
  const visible = captured
    .filter(({ recordTime }) => recordTime <= asOf)
    .toSorted((a, b) => a.recordTime - b.recordTime || a.sequence - b.sequence);
  const troubles: Trouble[] = [];
  const standing: Fact[] = [];
  for (const fact of visible.filter(({ declaration }) => !declaration)) {
    const first = standing.find(({ eventID }) => eventID === fact.eventID);
    if (!first) standing.push(fact);
    else if (first.hash !== fact.hash)
      troubles.push({ code: 'EVENTID_CONFLICT', ids: [...namesAnyhow(first), ...namesAnyhow(fact)] });
  }
  const voided = new Set<Fact>();
  for (const fact of visible.filter(({ declaration }) => declaration)) {
    const original = standing.find(({ eventID }) => eventID === fact.eventID);
    if (original) voided.add(original);
    else troubles.push({ code: 'UNRESOLVED_ERROR_DECL', ids: namesAnyhow(fact) });
    for (const id of fact.declaration!.correctiveEventIDs)
      if (!visible.some(({ eventID, declaration }) => eventID === id && !declaration))
        troubles.push({ code: 'MISSING_CORRECTIVE', ids: namesAnyhow(fact) });
  }
  return {
    visible,
    known: new Set(visible.flatMap(namesAnyhow)),
    voided: [...voided],
    troubles,
    events: standing
      .filter((fact) => !voided.has(fact))
      .toSorted((a, b) => a.eventTime - b.eventTime || a.recordTime - b.recordTime || a.sequence - b.sequence),
  };
}

/** R7-R12: containment, event by event. */
class Containment {
  readonly moments: Moment[] = [{ stays: [], fitted: [], freed: new Set() }];
  readonly parts: World['parts'] = [];
  readonly troubles: Trouble[] = [];
  #stays: Stay[] = [];
  #fitted: Moment['fitted'] = [];
  #freed = new Set<Key>();
  #index = 0;

  step(event: Fact, index: number): void {
    this.#index = index;
    this.#freed = new Set();
    if (event.type === 'AggregationEvent') this.#aggregation(event);
    if (event.type === 'AssociationEvent') this.#association(event);
    if (event.type === 'TransformationEvent') {
      const used = named(event, 'inputEPC').filter(isItem);
      this.#stays = this.#stays.filter(({ child }) => !used.includes(child));
    }
    if (isRetiring(event)) this.#retired(named(event, 'epc'));
    this.moments.push({
      stays: this.#stays.map((stay) => ({ ...stay })),
      fitted: [...this.#fitted],
      freed: this.#freed,
    });
  }

  #raise(code: string, ...ids: Key[]): void {
    this.troubles.push({ code, ids });
  }

  #end(gone: Stay[]): void {
    this.#stays = this.#stays.filter((stay) => !gone.includes(stay));
  }

  #find(parent: Key, child: Key): Stay | undefined {
    return this.#stays.find((stay) => stay.parent === parent && stay.child === child);
  }

  /** R10: own stays first, silently; then what is left is freed. */
  #retired(ids: Key[]): void {
    this.#end(this.#stays.filter(({ child }) => ids.includes(child)));
    const left = this.#stays.filter(({ parent }) => ids.includes(parent));
    for (const { parent, child } of left) {
      this.#raise('IMPLICIT_DISAGG', parent, child);
      this.#freed.add(child);
    }
    this.#end(left);
  }

  #aggregation(event: Fact): void {
    const [parent] = named(event, 'parent');
    if (parent === undefined) return;
    const things = named(event, 'childEPC');
    const lots = event.mentions.filter(({ role }) => role === 'childQuantity');
    if (event.action === 'DELETE' && things.length === 0 && lots.length === 0) {
      const all = this.#stays.filter((stay) => stay.parent === parent);
      for (const { child } of all) this.#freed.add(child);
      this.#end(all);
    } else if (event.action === 'DELETE') {
      for (const child of things) this.#takeOut(parent, child);
      for (const lot of lots) this.#subtract(parent, lot);
    } else if (event.action === 'ADD') {
      for (const child of things) this.#putIn(parent, child);
      for (const lot of lots) this.#add(parent, lot);
    } else {
      const depth = new Map(things.map((id) => [id, holdersOf(this.#stays, id).size]));
      const inwards = things.toSorted((a, b) => depth.get(a)! - depth.get(b)!);
      for (const child of inwards) this.#confirm(parent, child, () => this.#putIn(parent, child));
      for (const lot of lots) this.#confirm(parent, lot.key, () => this.#add(parent, lot));
    }
  }

  /** R9: what is inside already, directly or through others, is confirmed. */
  #confirm(parent: Key, child: Key, open: () => void): void {
    if (contentsOf(this.#stays, parent).has(child)) return;
    this.#raise('MISSING_ADD', parent, child);
    open();
  }

  #takeOut(parent: Key, child: Key): void {
    const stay = this.#find(parent, child);
    if (stay) this.#end([stay]);
    else this.#raise('MISSING_ADD', parent, child);
  }

  /** R7, R10, R12. */
  #putIn(parent: Key, child: Key): void {
    if (this.#find(parent, child)) return;
    if (parent === child || contentsOf(this.#stays, child).has(parent)) {
      this.#raise('CONTAINMENT_CYCLE', parent, child);
      return;
    }
    const elsewhere = this.#stays.filter((stay) => stay.child === child);
    for (const stay of elsewhere) this.#raise('IMPLICIT_DISAGG', stay.parent, child);
    this.#end(elsewhere);
    this.#stays.push({ parent, child, isLot: false, since: this.#index });
  }

  /** R11. */
  #add(parent: Key, { key: child, quantity, uom }: Mention): void {
    const [unit, factor] = baseOf(uom);
    const amount = quantity === undefined ? undefined : { value: quantity * factor, unit };
    const stay = this.#find(parent, child);
    if (!stay) this.#stays.push({ parent, child, isLot: true, since: this.#index, amount });
    else if (!stay.amount) return;
    else if (!amount) stay.amount = undefined;
    else if (stay.amount.unit !== unit) this.#raise('UOM_MISMATCH', parent, child);
    else stay.amount = { value: stay.amount.value + amount.value, unit };
  }

  #subtract(parent: Key, { key: child, quantity, uom }: Mention): void {
    const [unit, factor] = baseOf(uom);
    const stay = this.#find(parent, child);
    if (!stay) this.#raise('MISSING_ADD', parent, child);
    else if (quantity === undefined) this.#end([stay]);
    else if (!stay.amount) return;
    else if (stay.amount.unit !== unit) this.#raise('UOM_MISMATCH', parent, child);
    else {
      const left = rounded(stay.amount.value - quantity * factor);
      stay.amount = { value: left, unit };
      if (left < 0) this.#raise('QTY_IMBALANCE', parent, child);
      if (left <= 0) this.#end([stay]);
    }
  }

  /** R8, R9, R19: parts in an assembly. */
  #association(event: Fact): void {
    const [parent] = named(event, 'parent');
    if (parent === undefined) return;
    const children = named(event, 'childEPC', 'childQuantity');
    const open = this.#fitted.filter((one) => one.parent === parent);
    if (event.action === 'DELETE') {
      const gone = children.length === 0 ? open.map(({ child }) => child) : children;
      if (children.length === 0) for (const child of gone) this.#freed.add(child);
      for (const child of gone) if (!open.some((one) => one.child === child)) this.#raise('MISSING_ADD', parent, child);
      this.#fitted = this.#fitted.filter((one) => one.parent !== parent || !gone.includes(one.child));
      return;
    }
    for (const child of children) {
      if (open.some((one) => one.child === child)) continue;
      if (event.action === 'OBSERVE') this.#raise('MISSING_ADD', parent, child);
      this.#fitted.push({ parent, child });
      this.parts.push({ parent, child });
    }
  }
}

/** Everything in `parent`, all levels, with the chain of R12. */
export function contentsOf(stays: { parent: Key; child: Key }[], parent: Key): Set<Key> {
  const inside = new Set<Key>();
  const open = [parent];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const stay of stays) {
      if (stay.parent !== at || inside.has(stay.child)) continue;
      inside.add(stay.child);
      open.push(stay.child);
    }
  }
  return inside;
}

/** Everything that `child` is in, all levels. */
export function holdersOf(stays: { parent: Key; child: Key }[], child: Key): Set<Key> {
  const around = stays.map((stay) => ({ parent: stay.child, child: stay.parent }));
  return contentsOf(around, child);
}

export function worldOf(captured: Fact[], asOf: number): World {
  const before = knowledge(captured, asOf);
  const containment = new Containment();
  for (const [index, event] of before.events.entries()) containment.step(event, index);
  const { moments, parts } = containment;
  return { ...before, moments, parts, troubles: [...before.troubles, ...containment.troubles] };
}

/** How many events are past at `time`: the index of the moment after all of them. */
export const momentAt = ({ events }: World, time: number | undefined): number =>
  time === undefined ? events.length : events.filter(({ eventTime }) => eventTime <= time).length;

/** R24, end of a thing: index of the first event that ended it, and how. */
export function endOf(
  world: World,
  id: Key,
  before: number,
): { index: number; how: 'consumed' | 'decommissioned' } | undefined {
  for (const [index, event] of world.events.slice(0, before).entries()) {
    if (isRetiring(event) && named(event, 'epc').includes(id)) return { index, how: 'decommissioned' };
    if (isItem(id) && named(event, 'inputEPC').includes(id)) return { index, how: 'consumed' };
  }
  return undefined;
}

/** The lots that an event gives `item` in its ILMD (R18). */
export const lotsGiven = (event: Fact, item: Key): Key[] =>
  isItem(item) && kindOf(item) === 'sgtin' && named(event, 'epc', 'outputEPC').includes(item)
    ? named(event, 'lot').filter((lot) => keyText(gtinKeyOf(keyBytes(lot))) === keyText(gtinKeyOf(keyBytes(item))))
    : [];

export const isMaking = (event: Fact): boolean => event.type === 'ObjectEvent' && event.action === 'ADD';

export const isRetiring = (event: Fact): boolean => event.type === 'ObjectEvent' && event.action === 'DELETE';

/** Made: an ObjectEvent ADD or an output of a transformation names the id itself. */
export const makings = (world: World, id: Key, before: number = world.events.length): number[] =>
  world.events.slice(0, before).flatMap((event, index) => {
    const roles: Role[] = isMaking(event) ? ['epc', 'quantity'] : ['outputEPC', 'outputQuantity'];
    return named(event, ...roles).includes(id) ? [index] : [];
  });

/** Items of a lot, by the events before `before`. */
export const itemsOf = (world: World, lot: Key, before: number = world.events.length): Key[] => [
  ...new Set(
    world.events
      .slice(0, before)
      .flatMap((event) => named(event, 'epc', 'outputEPC').filter((item) => lotsGiven(event, item).includes(lot))),
  ),
];
