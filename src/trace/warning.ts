// What a captured event is at odds with: the rules of docs/warnings.md, over the books as they stood when its document was
// committed. What lies between two events is told of the one captured later: once, to whoever can act.
import { type Containment, containmentOf, spanOf } from './containment.ts';
import type { Fact, Key } from './fact.ts';
import type { Gap, GapCode } from './gap.ts';
import { endsOf } from './gaps.ts';
import { closure, parentsEver } from './gather.ts';
import { isClass, isInstance, isLot, kindOf } from './kind.ts';
import { lotsOf } from './lineage.ts';
import { ALWAYS, holds, inOrder, type Interval, intersection } from './moment.ts';
import { isMaking } from './origin.ts';
import {
  addFact,
  effectiveEntries,
  emptyWorld,
  factsNaming,
  isNamed,
  isParental,
  listOf,
  type World,
} from './world.ts';

/** Those of gaps where one fits; `X_SEEN_ALONE` has none. */
export const WARNING_CODES = [
  'MISSING_COMMISSION',
  'MISSING_ORIGIN',
  'DUP_COMMISSION',
  'LOT_CONFLICT',
  'USED_BEFORE_COMMISSION',
  'SEEN_AFTER_DECOMMISSION',
  'SEEN_AFTER_CONSUMED',
  'MISSING_ADD',
  'IMPLICIT_DISAGG',
  'CONTAINMENT_CYCLE',
  'X_SEEN_ALONE',
] as const satisfies readonly (GapCode | 'X_SEEN_ALONE')[];
export type WarningCode = (typeof WARNING_CODES)[number];

/** One code about all identifiers of an event that it holds for. */
export interface Warning {
  code: WarningCode;
  /** In the order in which the event names them; of containment the parent before its child. */
  ids: Key[];
  /** The other events that show it, in their order. */
  facts: Fact[];
}

/** A fact with its parent and the mentions of those identifiers that were asked for. */
export interface PartialFact extends Fact {
  /** False where it names others as well. */
  isWhole: boolean;
}

/** What the books say of one identifier. */
interface Life {
  key: Key;
  /** Events that made it, and that name it in any role. */
  making: Fact[];
  seen: Fact[];
  /** By lot, the events that gave it to an item. */
  lots: ReadonlyMap<Key, Fact[]>;
  decommissioned?: Fact;
  consumed?: Fact;
  /** Events with it as input. */
  used: Fact[];
  /** An ILMD names it as the lot of items. */
  hasItems: boolean;
}

function lifeOf(world: World, key: Key): Life {
  const entries = effectiveEntries(world, key);
  const [only] = entries;
  // most of what is commissioned is named for the first time
  if (only && entries.length === 1) {
    const { role } = only.mention;
    const facts = [only.fact];
    const making = isMaking(only) ? facts : [];
    return { key, making, seen: isNamed(role) ? facts : [], lots: new Map(), used: [], hasItems: role === 'lot' };
  }
  return {
    key,
    making: inOrder(new Set(entries.filter(isMaking).map(({ fact }) => fact))),
    seen: inOrder(new Set(entries.filter(({ mention }) => isNamed(mention.role)).map(({ fact }) => fact))),
    lots: isInstance(key) ? lotsOf(world, key) : new Map<Key, Fact[]>(),
    ...endsOf(world, key),
    used: factsNaming(world, key, ['inputEPC']),
    hasItems: entries.some(({ mention }) => mention.role === 'lot'),
  };
}

/** Two events of one transformation make a thing once. */
const isSameMaking = (a: Fact, b: Fact): boolean =>
  a === b || (a.transformationID !== undefined && a.transformationID === b.transformationID);

/** R24: two ObjectEvents ADD, or outputs of two transformations. */
const madeBefore = (fact: Fact, { key, making }: Life): Fact[] =>
  isInstance(key) && making.includes(fact)
    ? making.filter((other) => isEarlier(other, fact) && other.type === fact.type && !isSameMaking(other, fact))
    : [];

/** R24: made in another lot than before. */
function otherLots(fact: Fact, { lots }: Life): Fact[] {
  const given = [...lots].filter(([, facts]) => facts.includes(fact)).map(([lot]) => lot);
  if (given.length === 0) return [];
  return [...lots].flatMap(([lot, facts]) => (given.includes(lot) ? [] : facts.filter((one) => isEarlier(one, fact))));
}

/** R24, of whatever the event does with it: at a time before the one at which it was first made. */
function beforeMaking(fact: Fact, { key, making: [first], seen }: Life): Fact[] {
  if (!first || isClass(key)) return [];
  if (fact !== first) return isEarlier(first, fact) && fact.eventTime < first.eventTime ? [first] : [];
  return seen.filter((other) => isEarlier(other, fact) && other.eventTime < fact.eventTime);
}

/** R24: at a time after its end, unless the event is one of `further`. */
function afterEnd(fact: Fact, seen: readonly Fact[], end: Fact | undefined, further: readonly Fact[] = []): Fact[] {
  if (!end) return [];
  const isAfter = (one: Fact): boolean => one.eventTime > end.eventTime && !further.includes(one);
  if (fact !== end) return isEarlier(end, fact) && isAfter(fact) ? [end] : [];
  return seen.filter((other) => isEarlier(other, fact) && isAfter(other));
}

/** Captured before. */
const isEarlier = (other: Fact, fact: Fact): boolean => other.sequence < fact.sequence;

/** The other events that an event is at odds with by the life of one identifier; none: it is not. */
const LIFE_RULES: readonly (readonly [code: WarningCode, rule: (fact: Fact, life: Life) => Fact[]])[] = [
  ['DUP_COMMISSION', madeBefore],
  ['LOT_CONFLICT', otherLots],
  ['USED_BEFORE_COMMISSION', beforeMaking],
  [
    'SEEN_AFTER_DECOMMISSION',
    (fact, { key, seen, decommissioned }) => (isInstance(key) ? afterEnd(fact, seen, decommissioned) : []),
  ],
  ['SEEN_AFTER_CONSUMED', (fact, { seen, consumed, used }) => afterEnd(fact, seen, consumed, used)],
];

/** What begins with a commissioning: no carrier or asset, which serve for years, no place, party or document. */
const COMMISSIONED: ReadonlySet<string> = new Set(['sgtin', 'upui', 'itip', 'cpi', 'sgcn', 'other']);

/** From here on it is in the books, though nobody here made it (R25). */
const isReceipt = ({ type, action, bizStep }: Fact): boolean =>
  type !== 'TransformationEvent' && action !== 'DELETE' && (bizStep === 'receiving' || bizStep === 'arriving');

/** Seen by itself: a sensor may well report from the inside. */
const isSeenItself = (fact: Fact, key: Key): boolean =>
  fact.type === 'ObjectEvent' &&
  fact.action === 'OBSERVE' &&
  fact.bizStep !== 'sensor_reporting' &&
  listOf(fact, 'epc').some((mention) => mention.key === key);

/** A DELETE of children that were not asked for: read as it stands, it would empty the parent (R8). */
const isDeleteOfOthers = (fact: PartialFact): boolean =>
  !fact.isWhole &&
  isParental(fact) &&
  fact.action === 'DELETE' &&
  listOf(fact, 'childEPC').length + listOf(fact, 'childQuantity').length === 0;

const CONTAINMENT_CODES: ReadonlySet<string> = new Set(['MISSING_ADD', 'IMPLICIT_DISAGG', 'CONTAINMENT_CYCLE']);

/** All that is known around the identifiers of some events. */
export class Books {
  readonly world = emptyWorld();
  readonly #containment: Containment;
  readonly #gaps = new Map<Fact, Gap[]>();
  readonly #lives = new Map<Key, Life>();
  readonly #busy: ReadonlySet<Key>;

  /** `facts`: effective ones; `busy`: identifiers that too many events name to read them all. */
  constructor(facts: Iterable<PartialFact>, busy: ReadonlySet<Key>) {
    const contained = emptyWorld();
    for (const fact of facts) {
      addFact(this.world, fact);
      if (!isDeleteOfOthers(fact)) addFact(contained, fact);
    }
    this.#containment = containmentOf(contained);
    for (const gap of this.#containment.gaps) {
      const [fact] = gap.facts;
      if (!fact || !CONTAINMENT_CODES.has(gap.code)) continue;
      const list = this.#gaps.get(fact);
      if (list) list.push(gap);
      else this.#gaps.set(fact, [gap]);
    }
    this.#busy = busy;
  }

  /** What one of these facts is at odds with as far as `keys` go; one warning a code. A busy key is not judged. */
  warningsOf(fact: Fact, keys: Iterable<Key>): Warning[] {
    const found = new Map<WarningCode, { ids: Set<Key>; facts: Set<Fact> }>();
    for (const key of new Set(keys)) {
      if (this.#busy.has(key)) continue;
      for (const { code, ids, facts } of this.#findings(fact, this.#lifeOf(key))) {
        const same = found.get(code) ?? { ids: new Set(), facts: new Set() };
        found.set(code, same);
        for (const id of ids) same.ids.add(id);
        for (const other of facts) same.facts.add(other);
      }
    }
    return WARNING_CODES.flatMap((code) => {
      const one = found.get(code);
      return one ? [{ code, ids: [...one.ids], facts: inOrder(one.facts) }] : [];
    });
  }

  *#findings(fact: Fact, life: Life): Generator<Warning> {
    const { key, seen } = life;
    if (!seen.includes(fact)) return;
    for (const [code, rule] of seen.length > 1 ? LIFE_RULES : []) {
      const facts = rule(fact, life);
      if (facts.length > 0) yield { code, ids: [key], facts };
    }
    if (!this.#areHoldersRead(key)) return;
    if (this.#isUnheardOf(fact, life))
      yield { code: isLot(key) ? 'MISSING_ORIGIN' : 'MISSING_COMMISSION', ids: [key], facts: [] };
    if (!isInstance(key)) return;
    yield* this.#containmentFindings(fact, life);
    yield* this.#alone(fact, key);
  }

  #lifeOf(key: Key): Life {
    let life = this.#lives.get(key);
    if (!life) this.#lives.set(key, (life = lifeOf(this.world, key)));
    return life;
  }

  /** Whether nothing that it ever was in is too busy to be read. */
  #areHoldersRead(key: Key): boolean {
    if (this.#busy.size === 0) return true;
    for (const holder of closure([key], (one) => parentsEver(this.world, one)))
      if (this.#busy.has(holder)) return false;
    return true;
  }

  /** Neither made here (R22) nor received from outside by then (R25), by itself or in what it was in. */
  #isUnheardOf(fact: Fact, { key, making, hasItems }: Life): boolean {
    if (making.length > 0 || hasItems || !(isLot(key) || COMMISSIONED.has(kindOf(key)))) return false;
    const around: { key: Key; span: Interval }[] = [{ key, span: ALWAYS }];
    for (const { key: one, span } of around) {
      const receipts = this.#lifeOf(one).seen.filter(isReceipt);
      if (receipts.some((other) => other.eventTime <= fact.eventTime && holds(span, other))) return false;
      for (const stay of this.#containment.stays.byChild.get(one) ?? []) {
        const inside = intersection(span, spanOf(stay));
        if (inside) around.push({ key: stay.parent, span: inside });
      }
    }
    return true;
  }

  *#containmentFindings(fact: Fact, { key, making }: Life): Generator<Warning> {
    for (const { code, ids } of this.#gaps.get(fact) ?? []) {
      if (ids[1] !== key) continue;
      // what comes from outside was packed there, where nobody reports to these books
      if (code === 'MISSING_ADD' && isReceipt(fact) && making.length === 0) continue;
      yield { code: code as WarningCode, ids, facts: [] };
    }
  }

  /** In something by the books, while the event names nothing that it is in. */
  *#alone(fact: Fact, key: Key): Generator<Warning> {
    if (!isSeenItself(fact, key)) return;
    const staysOf = (one: Key) =>
      (this.#containment.stays.byChild.get(one) ?? []).filter((stay) => holds(spanOf(stay), fact));
    const [stay] = staysOf(key);
    if (!stay) return;
    const holders = closure([stay.parent], (one) => staysOf(one).map(({ parent }) => parent));
    for (const holder of holders) if (this.#lifeOf(holder).seen.includes(fact)) return;
    yield { code: 'X_SEEN_ALONE', ids: [stay.parent, key], facts: [stay.start] };
  }
}
