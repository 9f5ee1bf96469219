// Where everything that was made has gone (docs/recall.md, Reconciliation).
import { AppError } from '../error.ts';
import { type DecimalLike, type Exact, exactText, subtract, sum, ZERO } from './exact.ts';
import { finding, type RuleFinding } from './finding.ts';
import { baseUnitOf, convert, readQuantity } from './quantity.ts';
import type { Text } from './recall-clock-table.ts';

/** What accounts for a lot, each a sum over what the record or the replies say. */
const ACCOUNTED = ['returned', 'destroyed', 'consumed', 'dispensed', 'onHand', 'atConsignees'] as const;
type Accounted = (typeof ACCOUNTED)[number];

const LABELS: Record<Accounted | 'made', Text> = {
  made: { en: 'made', zh: '生产数量' },
  returned: { en: 'returned', zh: '退回数量' },
  destroyed: { en: 'destroyed', zh: '销毁数量' },
  consumed: { en: 'consumed', zh: '消耗数量' },
  dispensed: { en: 'dispensed', zh: '发放数量' },
  onHand: { en: 'on hand', zh: '库存数量' },
  atConsignees: { en: 'at consignees', zh: '收货方现存数量' },
};

type Amount = DecimalLike | { value: DecimalLike; uom: string };

/** The account of one lot; amounts are in `uom` where they name no unit of their own, and 0 where they are left out. */
export interface LotAccount extends Partial<Record<Accounted, Amount>> {
  lot: string;
  uom: string;
  made: Amount;
}

/** Exact decimals as text, all in `uom`. */
interface ReconciledLot extends Record<Accounted, string> {
  lot: string;
  uom: string;
  made: string;
  /** Made and not accounted for; negative where more is accounted for than was made. */
  missing: string;
  findings: RuleFinding[];
}

export interface Reconciliation {
  lots: ReconciledLot[];
  /** Nothing missing, nothing too much, nothing left out. */
  balanced: boolean;
}

const LOTS_MAX = 100_000;

/**
 * made = returned + destroyed + consumed + dispensed + onHand + atConsignees + missing, lot by lot, in the lot's unit; in
 * the first unit of its dimension where an amount in another unit has no finite decimal in it. An amount that measures
 * something else is left out and told. Throws AppError `invalid` for what is no decimal.
 */
export function reconcile(accounts: readonly LotAccount[]): Reconciliation {
  if (accounts.length > LOTS_MAX)
    throw new AppError('invalid', `accounts has more than ${LOTS_MAX} lots`, { member: 'accounts' });
  const lots = accounts.map(reconciledLot);
  return { lots, balanced: lots.every(({ findings }) => findings.length === 0) };
}

function reconciledLot(account: LotAccount): ReconciledLot {
  const { lot } = account;
  const amounts = (['made', ...ACCOUNTED] as const).map((column) => ({
    column,
    ...readQuantity(account[column] ?? 0, account.uom, column),
  }));
  const fits = amounts.every(({ value, uom }) => isForeign(uom, account.uom) || convert(value, uom, account.uom));
  const unit = fits ? account.uom : baseUnitOf(account.uom);
  const findings: RuleFinding[] = [];
  const values = new Map<string, Exact>();
  for (const { column, value, uom } of amounts) {
    const converted = convert(value, uom, unit);
    values.set(column, converted ?? ZERO);
    if (!converted)
      findings.push(
        finding(
          'UOM_MISMATCH',
          lot,
          `${LABELS[column].en}: ${exactText(value)} ${uom} cannot be counted in ${unit} and are left out.`,
          `${LABELS[column].zh}：${exactText(value)} ${uom} 无法换算为 ${unit}，未计入。`,
        ),
      );
  }
  const valueOf = (column: string): Exact => values.get(column) ?? ZERO;
  const missing = subtract(valueOf('made'), sum(ACCOUNTED.map(valueOf)));
  return {
    lot,
    uom: unit,
    made: exactText(valueOf('made')),
    ...(Object.fromEntries(ACCOUNTED.map((column) => [column, exactText(valueOf(column))])) as Record<
      Accounted,
      string
    >),
    missing: exactText(missing),
    findings: [...findings, ...imbalance(lot, missing, unit)],
  };
}

const isForeign = (uom: string, other: string): boolean => baseUnitOf(uom) !== baseUnitOf(other);

function imbalance(lot: string, missing: Exact, uom: string): RuleFinding[] {
  if (missing.digits === 0n) return [];
  const size = exactText({ ...missing, digits: missing.digits < 0n ? -missing.digits : missing.digits });
  return [
    missing.digits > 0n
      ? finding('MISSING', lot, `${size} ${uom} are not accounted for.`, `${size} ${uom} 去向不明。`)
      : finding(
          'MORE_THAN_MADE',
          lot,
          `${size} ${uom} more are accounted for than were made.`,
          `已核对数量比生产数量多 ${size} ${uom}。`,
        ),
  ];
}
