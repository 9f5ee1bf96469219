// The rules of docs/warnings.md read plainly: every event against every other, over all there is. Slow, and short.
import { containmentOf, type Stay } from '../../src/trace/containment.ts';
import type { Fact, Key } from '../../src/trace/fact.ts';
import { isInstance, isItem, isLot, kindOf } from '../../src/trace/kind.ts';
import { compare } from '../../src/trace/moment.ts';
import { addFact, emptyWorld } from '../../src/trace/world.ts';

/** `CODE id id < eventID eventID`, each list sorted. */
export type Expected = string;

const has = (fact: Fact, key: Key, ...roles: string[]): boolean =>
  fact.mentions.some((one) => one.key === key && (roles.length === 0 || roles.includes(one.role)));
const names = (fact: Fact, key: Key): boolean =>
  fact.mentions.some((one) => one.key === key && one.role !== 'lot' && one.role !== 'written');
const adds = (fact: Fact): boolean => fact.type === 'ObjectEvent' && fact.action === 'ADD';
const makes = (fact: Fact, key: Key): boolean =>
  has(fact, key, 'outputEPC', 'outputQuantity') || (adds(fact) && has(fact, key, 'epc', 'quantity'));
const receives = (fact: Fact): boolean =>
  fact.type !== 'TransformationEvent' &&
  fact.action !== 'DELETE' &&
  ['receiving', 'arriving'].includes(fact.bizStep ?? '');
const isOpenAt = (stay: Stay, fact: Fact): boolean =>
  compare(stay.start, fact) <= 0 && (!stay.end || compare(fact, stay.end) < 0);

/** What `facts`, effective ones and all there are, say against one of them; a lot's GTIN is that of the world's only product. */
export function expectedWarnings(facts: readonly Fact[], fact: Fact): Expected[] {
  const world = emptyWorld();
  for (const one of facts) addFact(world, one);
  const { stays, gaps } = containmentOf(world);
  const allStays = [...stays.byChild.values()].flat();
  const around = (key: Key, at: Fact): Key[] => {
    const holders = [key];
    for (const one of holders)
      for (const stay of allStays)
        if (stay.child === one && isOpenAt(stay, at) && !holders.includes(stay.parent)) holders.push(stay.parent);
    return holders.slice(1);
  };
  const inOrder = [...facts].sort(compare);
  const found = new Map<string, { ids: Set<string>; events: Set<string> }>();
  const warn = (code: string, ids: Key[], events: readonly Fact[]): void => {
    const same = found.get(code) ?? { ids: new Set(), events: new Set() };
    found.set(code, same);
    for (const id of ids) same.ids.add(id);
    for (const event of events) same.events.add(event.eventID);
  };
  /** A finding between events: of the last captured one, about those captured before it. */
  const pairs = (code: string, key: Key, isPair: (first: Fact, second: Fact) => boolean): void => {
    const others = facts.filter(
      (other) => other.sequence < fact.sequence && names(other, key) && (isPair(other, fact) || isPair(fact, other)),
    );
    if (others.length > 0) warn(code, [key], others);
  };

  for (const key of new Set(fact.mentions.map((one) => one.key))) {
    if (!names(fact, key) || !(isInstance(key) || isLot(key))) continue;
    const making = inOrder.filter((one) => makes(one, key));
    const first = making[0];
    if (first) pairs('USED_BEFORE_COMMISSION', key, (a, b) => b === first && a.eventTime < b.eventTime);
    const isKnown =
      first !== undefined ||
      facts.some((one) => has(one, key, 'lot')) ||
      facts.some(
        (one) =>
          receives(one) &&
          one.eventTime <= fact.eventTime &&
          [key, ...around(key, one)].some((holder) => names(one, holder)),
      );
    if (!isKnown && isLot(key)) warn('MISSING_ORIGIN', [key], []);
    if (!isKnown && kindOf(key) === 'sgtin') warn('MISSING_COMMISSION', [key], []);
    if (!isInstance(key)) continue;

    pairs(
      'DUP_COMMISSION',
      key,
      (a, b) =>
        makes(a, key) &&
        makes(b, key) &&
        a.type === b.type &&
        (a.transformationID === undefined || a.transformationID !== b.transformationID),
    );
    const lotsIn = (one: Fact): Key[] =>
      makes(one, key) && kindOf(key) === 'sgtin'
        ? one.mentions.filter(({ role }) => role === 'lot').map((mention) => mention.key)
        : [];
    const own = lotsIn(fact);
    if (own.length > 0) pairs('LOT_CONFLICT', key, (a) => a !== fact && lotsIn(a).some((lot) => !own.includes(lot)));
    const gone = inOrder.find((one) => one.type === 'ObjectEvent' && one.action === 'DELETE' && has(one, key, 'epc'));
    if (gone) pairs('SEEN_AFTER_DECOMMISSION', key, (a, b) => a === gone && b.eventTime > a.eventTime);
    const used = isItem(key) ? inOrder.find((one) => has(one, key, 'inputEPC')) : undefined;
    if (used)
      pairs('SEEN_AFTER_CONSUMED', key, (a, b) => a === used && b.eventTime > a.eventTime && !has(b, key, 'inputEPC'));
    for (const { code, ids, facts: shown } of gaps) {
      if (ids[1] !== key || shown[0] !== fact) continue;
      const isInbound = code === 'MISSING_ADD' && receives(fact) && !first;
      if (['MISSING_ADD', 'IMPLICIT_DISAGG', 'CONTAINMENT_CYCLE'].includes(code) && !isInbound) warn(code, ids, []);
    }
    const isSeen = fact.type === 'ObjectEvent' && fact.action === 'OBSERVE' && fact.bizStep !== 'sensor_reporting';
    const stay = allStays.find((one) => one.child === key && isOpenAt(one, fact));
    if (isSeen && stay && !around(key, fact).some((holder) => names(fact, holder)))
      warn('X_SEEN_ALONE', [stay.parent, key], [stay.start]);
  }
  return [...found]
    .map(([code, { ids, events }]) => `${code} ${[...ids].sort().join(' ')} < ${[...events].sort().join(' ')}`)
    .sort();
}
