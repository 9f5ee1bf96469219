// What consignees answer, held against what they were sent, and summed up for the books of the recall (C7, C9). Pure.
import { type Consignee, returnsOf } from './consignee.ts';
import { add, compare, type Exact, exactText, readExact, ZERO } from './exact.ts';
import { convert } from './quantity.ts';
import type { Answered, CaseFile, ReplyLine } from './recall-case.ts';
import type { LotAccount } from './reconciliation.ts';

/** What a consignee still has to account for has become one of these. */
const ACCOUNTED: readonly Answered[] = [
  'onHand',
  'quarantined',
  'soldOn',
  'returned',
  'destroyed',
  'consumed',
  'dispensed',
];

const exact = (value: string | undefined, uom: string, to: string): Exact =>
  convert(readExact(value ?? '0', 'quantity'), uom, to) ?? ZERO;

/** What of a lot was sent to a consignee, in one unit; undefined where the record does not know how much. */
function sentOf({ goods }: Consignee, lot: string, uom: string): Exact | undefined {
  let sent = ZERO;
  for (const one of goods) {
    if ((one.lot ?? one.id) !== lot) continue;
    const converted = one.quantity === null ? undefined : convert(readExact(one.quantity, 'quantity'), one.uom, uom);
    if (!converted) return undefined;
    sent = add(sent, converted);
  }
  return sent;
}

/** Lots of which a reply accounts for more than was sent; it is kept all the same. */
export function exceedsOf(consignee: Consignee, lines: readonly ReplyLine[]): string[] {
  const exceeded = lines.filter((line) => {
    const sent = sentOf(consignee, line.lot, line.uom);
    const told = ACCOUNTED.reduce((sum, name) => add(sum, exact(line[name], line.uom, line.uom)), ZERO);
    return sent !== undefined && [told, exact(line.received, line.uom, line.uom)].some((one) => compare(one, sent) > 0);
  });
  return [...new Set(exceeded.map(({ lot }) => lot))].sort();
}

/**
 * The books of each lot: what the record says of us, and what the newest replies say of consignees. What one sold on is
 * counted where it was sold to, once that answers.
 */
export function accountsOf({ consignees, replies }: CaseFile): LotAccount[] {
  return (consignees?.books ?? []).map((book): LotAccount => {
    const { lot, uom, made, destroyed, consumed } = book;
    const lines = [...replies.values()].flatMap(({ lines: all }) => all.filter((line) => line.lot === lot));
    const told = (...names: Answered[]): Exact =>
      lines.reduce((sum, line) => names.reduce((part, name) => add(part, exact(line[name], line.uom, uom)), sum), ZERO);
    return {
      lot,
      uom,
      made,
      ...returnsOf(book, exactText(told('returned'))),
      destroyed: exactText(add(readExact(destroyed, 'destroyed'), told('destroyed'))),
      consumed: exactText(add(readExact(consumed, 'consumed'), told('consumed'))),
      dispensed: exactText(told('dispensed')),
      atConsignees: exactText(told('onHand', 'quarantined')),
    };
  });
}
