// The books of a lot (R25).
import type { Fact, Key } from './fact.ts';
import type { Gap } from './gap.ts';
import { endsOf } from './gaps.ts';
import { isComing, isLeaving } from './history.ts';
import { isLot } from './kind.ts';
import { itemsOf } from './lineage.ts';
import { compare } from './moment.ts';
import { isMaking } from './origin.ts';
import { type Amount, baseOf, fromBase, rounded, toBase } from './units.ts';
import { effectiveEntries, type Entry, type World } from './world.ts';

/** Numbers in `uom`; `uom` null when nothing is stated and there are no items. */
export interface Balance {
  made: number;
  consumed: number;
  destroyed: number;
  inTransit: number;
  unaccounted: number;
  uom: string | null;
}

/** Which column of the books an entry belongs to. */
type Column = 'made' | 'consumed' | 'destroyed' | 'leaving' | 'coming';

interface Line {
  fact: Fact;
  column: Column;
  amount: Amount;
}

type Sums = Omit<Balance, 'uom' | 'unaccounted'>;

/** The books of `lot` up to events of eventTime `at`, in `uom`, else in the base unit of the first counted quantity. */
export function balanceOf(
  world: World,
  lot: Key,
  at: number = Infinity,
  uom?: string,
): { balance: Balance; gaps: Gap[] } {
  const entries = effectiveEntries(world, lot).filter(({ fact }) => fact.eventTime <= at);
  const lines = linesOf(entries);
  const items = isLot(lot) ? itemsUpTo(world, lot, at) : [];
  if (lines.length === 0 && items.length === 0) return { balance: inUnit(ZERO, null), gaps: [] };
  const unit = uom ?? lines[0]?.amount.unit ?? 'EA';
  const base = baseOf(unit);
  const gaps: Gap[] = [];
  let sums = ZERO;
  if (lines.length > 0) {
    const foreign = lines.filter(({ amount }) => amount.unit !== base);
    if (foreign.length > 0) gaps.push({ code: 'UOM_MISMATCH', ids: [lot], facts: foreign.map(({ fact }) => fact) });
    const boughtIn = !entries.some(isMaking) && items.length === 0;
    sums = sumOf(
      lines.filter(({ amount }) => amount.unit === base),
      boughtIn,
    );
  } else if (base === 'EA') sums = sumOfItems(world, items, at);
  else gaps.push({ code: 'UOM_MISMATCH', ids: [lot], facts: [] });
  const balance = inUnit(sums, unit);
  if (balance.unaccounted < 0) gaps.push({ code: 'QTY_IMBALANCE', ids: [lot], facts: lines.map(({ fact }) => fact) });
  return { balance, gaps };
}

const ZERO: Sums = { made: 0, consumed: 0, destroyed: 0, inTransit: 0 };

function inUnit(sums: Sums, uom: string | null): Balance {
  const convert = (value: number): number => rounded(uom === null ? value : fromBase(value, uom));
  return {
    made: convert(sums.made),
    consumed: convert(sums.consumed),
    destroyed: convert(sums.destroyed),
    inTransit: convert(sums.inTransit),
    unaccounted: convert(sums.made - sums.consumed - sums.destroyed),
    uom,
  };
}

/** Counted quantities in order; inputs of an event before its outputs, then as listed. */
function linesOf(entries: Entry[]): Line[] {
  const lines = entries.flatMap(({ fact, mention }): Line[] => {
    const column = columnOf(fact, mention.role);
    return column && mention.quantity !== undefined
      ? [{ fact, column, amount: toBase(mention.quantity, mention.uom) }]
      : [];
  });
  return lines.sort((a, b) => compare(a.fact, b.fact) || Number(a.column === 'made') - Number(b.column === 'made'));
}

function columnOf(fact: Fact, role: Entry['mention']['role']): Column | undefined {
  if (role === 'inputQuantity') return 'consumed';
  if (role === 'outputQuantity') return 'made';
  if (role !== 'quantity' || fact.type !== 'ObjectEvent') return undefined;
  if (fact.action === 'ADD') return 'made';
  if (fact.action === 'DELETE') return 'destroyed';
  return isLeaving(fact) ? 'leaving' : isComing(fact) ? 'coming' : undefined;
}

/** Of a lot that was never made here, a receipt beyond what was on the way came from outside and counts as made. */
function sumOf(lines: Line[], boughtIn: boolean): Sums {
  const sums = { ...ZERO };
  for (const { column, amount } of lines) {
    if (column === 'leaving') sums.inTransit += amount.value;
    else if (column === 'coming') {
      const arrived = Math.min(sums.inTransit, amount.value);
      sums.inTransit -= arrived;
      if (boughtIn) sums.made += amount.value - arrived;
    } else sums[column] += amount.value;
  }
  return sums;
}

/** Items of a lot by the events up to a time; each may stand for many. */
const itemsUpTo = (world: World, lot: Key, at: number): Key[] =>
  [...itemsOf(world, lot)].flatMap(([item, facts]) => (facts.some(({ eventTime }) => eventTime <= at) ? [item] : []));

/** A lot with no stated quantity: each item counts one. */
function sumOfItems(world: World, items: Key[], at: number): Sums {
  const sums = { ...ZERO };
  for (const item of items) {
    const { consumed, destroyed } = firstEnd(world, item, at);
    const count = world.cohorts.count(item);
    sums.made += count;
    if (consumed) sums.consumed += count;
    if (destroyed) sums.destroyed += count;
  }
  return sums;
}

function firstEnd(world: World, item: Key, at: number): { consumed: boolean; destroyed: boolean } {
  const ends = endsOf(world, item);
  const consumed = ends.consumed && ends.consumed.eventTime <= at ? ends.consumed : undefined;
  const destroyed = ends.decommissioned && ends.decommissioned.eventTime <= at ? ends.decommissioned : undefined;
  const isConsumed = consumed !== undefined && (!destroyed || compare(consumed, destroyed) < 0);
  return { consumed: isConsumed, destroyed: destroyed !== undefined && !isConsumed };
}
