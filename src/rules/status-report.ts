// The report on the state of a recall that an authority asks for again and again (docs/recall.md, Status report).
import { add, type Exact, exactText, readExact, subtract, ZERO } from './exact.ts';
import type { Effectiveness } from './effectiveness.ts';
import type { Reconciliation } from './reconciliation.ts';
import { notVerified, type Text } from './recall-clock-table.ts';

/** One consignee and one unit; times are ISO 8601, quantities exact decimals as it answered; null: not known. */
export interface StatusConsignee {
  party: string;
  name: string | null;
  tier: number | null;
  notifiedAt: string | null;
  method: string | null;
  answeredAt: string | null;
  uom: string | null;
  onHand: string | null;
  returned: string | null;
  /** Made right on the spot: relabelled, reworked. */
  corrected: string | null;
  destroyed: string | null;
}

export interface StatusInput {
  jurisdiction: string;
  consignees: readonly StatusConsignee[];
  effectiveness: Effectiveness;
  reconciliation?: Reconciliation;
  /** A date, or in words. */
  completionEstimate?: string;
  /** What was done with the goods that came back, and what stands in the way. */
  disposal?: string;
  problems?: string;
}

interface StatusField {
  name: string;
  title: Text;
  /** Null: missing. */
  value: string | number | null;
}

export interface StatusReport {
  template: string;
  basis: { rule: string; article: string | null };
  fields: StatusField[];
  /** Names of fields that the authority asks for and the case does not know. */
  missing: string[];
  consignees: readonly StatusConsignee[];
  notVerified: Text | null;
}

/** What a field is worked out from. */
interface Numbers extends StatusInput {
  notified: StatusConsignee[];
  answered: StatusConsignee[];
  silent: StatusConsignee[];
}

interface FieldRow {
  name: string;
  title: Text;
  value: (numbers: Numbers) => string | number | undefined;
}

interface Template {
  name: string;
  rule: string;
  article: string | null;
  verifyWith?: Text;
  fields: readonly FieldRow[];
}

const parties = (list: readonly StatusConsignee[]): number => new Set(list.map(({ party }) => party)).size;
const sorted = (texts: (string | null)[]): string[] => [...new Set(texts.filter((text) => text !== null))].sort();

/** `12.5 KGM; 3 EA` of one column; undefined where nobody knows any. */
function total(
  list: readonly StatusConsignee[],
  column: 'onHand' | 'returned' | 'corrected' | 'destroyed',
): string | undefined {
  const sums = new Map<string, Exact>();
  for (const row of list) {
    const value = row[column];
    if (value === null) continue;
    const uom = row.uom ?? 'EA';
    sums.set(uom, add(sums.get(uom) ?? ZERO, readExact(value, column)));
  }
  return sums.size === 0 ? undefined : amounts(sums);
}

const amounts = (sums: ReadonlyMap<string, Exact>): string =>
  [...sums].map(([uom, sum]) => `${exactText(sum)} ${uom}`).join('; ');

/** By unit: what left us, and what of it came back or was destroyed. */
function recovery({
  reconciliation,
}: StatusInput): { distributed: Map<string, Exact>; recovered: Map<string, Exact> } | undefined {
  if (!reconciliation || reconciliation.lots.length === 0) return undefined;
  const [distributed, recovered] = [new Map<string, Exact>(), new Map<string, Exact>()];
  for (const { uom, made, onHand, returned, destroyed } of reconciliation.lots) {
    const put = (sums: Map<string, Exact>, value: Exact) => sums.set(uom, add(sums.get(uom) ?? ZERO, value));
    put(distributed, subtract(readExact(made, 'made'), readExact(onHand, 'onHand')));
    put(recovered, add(readExact(returned, 'returned'), readExact(destroyed, 'destroyed')));
  }
  return { distributed, recovered };
}

/** Whole percent, rounded down so that 100 means all, of each unit. */
function rate(input: StatusInput): string | undefined {
  const sums = recovery(input);
  const rates = [...(sums?.distributed ?? [])].flatMap(([uom, whole]) => {
    const part = sums?.recovered.get(uom) ?? ZERO;
    return whole.digits > 0n ? [`${percentOf(part, whole)} % ${uom}`] : [];
  });
  return rates.length > 0 ? rates.join('; ') : undefined;
}

const percentOf = (part: Exact, whole: Exact): bigint => {
  const scale = Math.max(part.scale, whole.scale);
  const scaled = ({ digits, scale: own }: Exact): bigint => digits * 10n ** BigInt(scale - own);
  return (scaled(part) * 100n) / scaled(whole);
};

const notified: FieldRow = {
  name: 'notified',
  title: { en: 'Consignees notified', zh: '已通知单位数' },
  value: (numbers) => parties(numbers.notified),
};
const notifiedDates: FieldRow = {
  name: 'notifiedDates',
  title: { en: 'Dates of notification', zh: '通知日期' },
  value: ({ notified: list }) => {
    const dates = sorted(list.map(({ notifiedAt }) => notifiedAt?.slice(0, 10) ?? null));
    return dates.length < 2 ? dates[0] : `${dates[0]} – ${dates.at(-1)}`;
  },
};
const methods: FieldRow = {
  name: 'methods',
  title: { en: 'Methods of notification', zh: '通知方式' },
  value: ({ notified: list }) => sorted(list.map(({ method }) => method)).join(', ') || undefined,
};
const answered: FieldRow = {
  name: 'answered',
  title: { en: 'Consignees responding', zh: '已回复单位数' },
  value: (numbers) => parties(numbers.answered),
};
const silent: FieldRow = {
  name: 'notAnswered',
  title: { en: 'Consignees not responding', zh: '未回复单位数' },
  value: (numbers) => parties(numbers.silent),
};
const onHand: FieldRow = {
  name: 'onHand',
  title: { en: 'Quantity on hand at consignees when notified', zh: '收货单位现存数量' },
  value: (numbers) => total(numbers.answered, 'onHand'),
};
const returned: FieldRow = {
  name: 'returned',
  title: { en: 'Quantity returned', zh: '已召回（退回）数量' },
  value: (numbers) => total(numbers.answered, 'returned'),
};
const corrected: FieldRow = {
  name: 'corrected',
  title: { en: 'Quantity corrected', zh: '已整改数量' },
  value: (numbers) => total(numbers.answered, 'corrected'),
};
const destroyed: FieldRow = {
  name: 'destroyed',
  title: { en: 'Quantity destroyed', zh: '已销毁数量' },
  value: (numbers) => total(numbers.answered, 'destroyed'),
};
const checks: FieldRow = {
  name: 'checks',
  title: { en: 'Effectiveness checks done, of those to be done; correct', zh: '有效性检查：已完成 / 应完成；合格' },
  value: ({ effectiveness: { checked, toCheck, correct } }) => `${checked} / ${toCheck}; ${correct}`,
};
const completion: FieldRow = {
  name: 'completion',
  title: { en: 'Estimated completion', zh: '预计完成时间' },
  value: ({ completionEstimate }) => completionEstimate,
};
const distributed: FieldRow = {
  name: 'distributed',
  title: { en: 'Quantity distributed', zh: '应召回数量' },
  value: (numbers) => {
    const sums = recovery(numbers);
    return sums && amounts(sums.distributed);
  },
};
const recoveryRate: FieldRow = {
  name: 'recoveryRate',
  title: { en: 'Share recovered', zh: '召回率' },
  value: rate,
};
const disposal: FieldRow = {
  name: 'disposal',
  title: { en: 'Handling of recovered goods', zh: '召回产品处理情况' },
  value: (numbers) => numbers.disposal,
};
const problems: FieldRow = {
  name: 'problems',
  title: { en: 'Problems and next steps', zh: '存在问题及下一步措施' },
  value: (numbers) => numbers.problems,
};

/** 21 CFR 7.53(b). */
const UNITED_STATES: Template = {
  name: 'us',
  rule: '21 CFR',
  article: '7.53',
  fields: [notified, notifiedDates, methods, answered, onHand, silent, returned, corrected, checks, completion],
};
const CHINA: Template = {
  name: 'cn',
  rule: '食品召回管理办法 / 药品召回管理办法 2022',
  article: null,
  verifyWith: { en: 'SAMR and NMPA: the form of the progress report', zh: '市场监管总局和国家药监局：进展报告格式' },
  fields: [
    notified,
    notifiedDates,
    methods,
    answered,
    silent,
    distributed,
    returned,
    destroyed,
    recoveryRate,
    disposal,
    checks,
    problems,
    completion,
  ],
};
const TEMPLATES: Readonly<Record<string, Template>> = { cn: CHINA };

/**
 * The fields of 21 CFR 7.53, for China those of a progress report, from the numbers of the case. A field that is not
 * known is null and named in `missing`.
 */
export function statusReportOf(input: StatusInput): StatusReport {
  const template = TEMPLATES[input.jurisdiction.split('-')[0] ?? ''] ?? UNITED_STATES;
  const list = input.consignees;
  const numbers: Numbers = {
    ...input,
    notified: list.filter(({ notifiedAt }) => notifiedAt !== null),
    answered: list.filter(({ answeredAt }) => answeredAt !== null),
    silent: list.filter(({ notifiedAt, answeredAt }) => notifiedAt !== null && answeredAt === null),
  };
  const fields = template.fields.map(({ name, title, value }) => ({ name, title, value: value(numbers) ?? null }));
  const { verifyWith } = template;
  return {
    template: template.name,
    basis: { rule: template.rule, article: template.article },
    fields,
    missing: fields.flatMap(({ name, value }) => (value === null ? [name] : [])),
    consignees: list,
    notVerified: notVerified(verifyWith),
  };
}
