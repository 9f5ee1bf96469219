// What the United States ask of a recalling firm: its report (21 CFR 7.46(a)), and the fields of the public enforcement
// report (openFDA). From what the case knows; what it does not know is null and named. Pure.
import { add, type Exact, exactText, readExact, ZERO } from './exact.ts';
import type { LotBook } from './consignee.ts';
import { goodsName } from './goods.ts';
import type { Zone } from './local-day.ts';
import type { Text } from './recall-clock-table.ts';
import { allConsignees, type CaseFile, isClosed } from './recall-case.ts';

export const US_FORMS = ['firm-report', 'enforcement'] as const;
export type UsFormName = (typeof US_FORMS)[number];

/** Serials that a field spells out; the rest are counted. */
const SERIALS_MAX = 1_000;

export interface UsFormInput {
  file: CaseFile;
  /** The affected goods, those that a person decided out left aside. */
  goods: readonly string[];
  zone: Zone;
}

interface FormField {
  name: string;
  title: Text;
  /** Null: the case does not know it. */
  value: string | null;
}

export interface UsForm {
  form: UsFormName;
  basis: { rule: string; article: string | null };
  fields: FormField[];
  /** Names of fields without value. */
  missing: string[];
}

type Row = readonly [name: string, en: string, zh: string, value: (input: UsFormInput) => string | undefined];

const textOf = (parts: readonly (string | undefined)[], between = ', '): string | undefined =>
  parts.filter((part) => part !== undefined && part !== '').join(between) || undefined;

/** `12.5 KGM; 3 EA` of one column of the books. */
function total({ consignees }: CaseFile, column: 'made' | 'tier1'): string | undefined {
  const sums = new Map<string, Exact>();
  for (const book of consignees?.books ?? ([] as LotBook[]))
    sums.set(book.uom, add(sums.get(book.uom) ?? ZERO, readExact(book[column], column)));
  return textOf(
    [...sums].map(([uom, sum]) => `${exactText(sum)} ${uom}`),
    '; ',
  );
}

/** Lots, then serials of things, as they stand on the goods. */
function codesOf({ goods }: UsFormInput): string | undefined {
  const names = goods.map(goodsName);
  const lots = [...new Set(names.flatMap(({ lot }) => lot ?? []))].sort();
  const serials = names.flatMap(({ serial }) => serial ?? []).sort();
  const more = serials.length - SERIALS_MAX;
  const told = serials.slice(0, SERIALS_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return textOf([textOf(lots) && `Lots: ${textOf(lots)}`, told && `Serials: ${told}`], '; ');
}

const gtinsOf = ({ file: { opened }, goods }: UsFormInput): string[] =>
  [
    ...new Set([...(opened.product.gtin ?? '').split(/\s*,\s*/), ...goods.map((id) => goodsName(id).gtin ?? '')]),
  ].filter((gtin) => gtin !== '');

function productOf(input: UsFormInput): string | undefined {
  const { name, brand, size } = input.file.opened.product;
  const gtins = gtinsOf(input);
  return textOf([name, brand, size, gtins.length > 0 ? `GTIN ${gtins.join(', ')}` : undefined]);
}

const madeAndExpiry = ({ file: { opened } }: UsFormInput): string | undefined => {
  const { made, expiry } = opened.product;
  return textOf([made && `Made: ${made}`, expiry && `Expiry: ${expiry}`], '; ');
};

const direct = ({ file }: UsFormInput): number => allConsignees(file).filter(({ tier }) => tier === 1).length;

/** The newest text that a consignee was told; the link that only it has is left out. */
const communication = ({ file }: UsFormInput): string | undefined => {
  const [version] = [...file.notices.values()].flatMap(({ versions }) => versions.at(-1) ?? []);
  return version && `${version.subject}\n\n${version.text}`;
};

function strategy({ file }: UsFormInput): string | undefined {
  const { checkLevel, checkPercent } = file.opened;
  const tiers = allConsignees(file).map(({ tier }) => tier ?? 0);
  return textOf(
    [
      tiers.length > 0 ? `Depth: tier ${Math.max(...tiers)} of consignees` : undefined,
      `Effectiveness checks: level ${checkLevel}${checkPercent === undefined ? '' : `, ${checkPercent} %`}`,
    ],
    '; ',
  );
}

const FIRM_REPORT: readonly Row[] = [
  ['product', 'Identity of the product', '产品标识', (input) => textOf([productOf(input), codesOf(input)], '; ')],
  ['reason', 'Reason for the recall', '召回原因', ({ file }) => file.opened.reason],
  ['found', 'When the deficiency was found', '发现时间', ({ file }) => file.opened.knownAt],
  ['risk', 'Evaluation of the risk', '风险评估', ({ file }) => file.opened.hazard],
  ['produced', 'Total amount produced', '生产总量', ({ file }) => total(file, 'made')],
  ['timespan', 'Timespan of the production', '生产时间范围', ({ file }) => file.opened.product.made],
  ['distributed', 'Amount estimated in distribution', '流通数量估计', ({ file }) => total(file, 'tier1')],
  ['directAccounts', 'Number of direct accounts', '直接客户数量', (input) => (input.file.consignees ? String(direct(input)) : undefined)],
  ['communication', 'Recall communication', '召回通知文本', communication],
  ['strategy', 'Proposed strategy', '召回策略', strategy],
  ['contact', 'Firm official to be contacted', '企业联系人', ({ file: { opened } }) => textOf([opened.responsible, opened.firm.name, opened.firm.contact])],
]; // prettier-ignore

/** Channels as the public report names them. */
const CHANNELS: Readonly<Record<string, string>> = {
  email: 'E-Mail',
  'e-mail': 'E-Mail',
  telephone: 'Telephone',
  phone: 'Telephone',
  post: 'Letter',
  letter: 'Letter',
  fax: 'FAX',
  press: 'Press Release',
  visit: 'Visit',
};
const SEVERAL = 'Two or more of the following: Email, Fax, Letter, Press Release, Telephone, Visit';
const PRODUCT_TYPES: Readonly<Record<string, string>> = {
  'us-food': 'Food',
  'us-drug': 'Drugs',
  'us-device': 'Devices',
};
const CLASSES: Readonly<Record<string, string>> = {
  '1': 'Class I', I: 'Class I', '2': 'Class II', II: 'Class II', '3': 'Class III', III: 'Class III',
}; // prettier-ignore

function channelOf({ notices }: CaseFile): string | undefined {
  const first = [...notices.values()].flatMap(
    ({ marks }) => marks.find(({ state }) => state === 'sent')?.channel ?? [],
  );
  const names = [...new Set(first.map((channel) => CHANNELS[channel.toLowerCase()] ?? channel))];
  return names.length > 1 ? SEVERAL : names[0];
}

/** YYYYMMDD on the clocks of the case's zone. */
const day = (zone: Zone, at: string | undefined): string | undefined =>
  at === undefined ? undefined : zone.text(Date.parse(at)).slice(0, 10).replaceAll('-', '');

/** Completed is the firm's word, terminated the regulator's. */
function statusOf(file: CaseFile): string {
  if (isClosed(file)) return file.closings.at(-1)!.closer === 'regulator' ? 'Terminated' : 'Completed';
  return file.acts.some(({ act }) => act === 'completion') ? 'Completed' : 'Ongoing';
}

function classOf({ classes }: CaseFile): string | undefined {
  const current = classes.at(-1)!;
  return current.provisional ? 'Not Yet Classified' : CLASSES[current.class];
}

function distribution(input: UsFormInput): string | undefined {
  if (!input.file.consignees) return undefined;
  const further = allConsignees(input.file).length - direct(input);
  return `${direct(input)} direct accounts${further > 0 ? `, ${further} further consignees` : ''}`;
}

const closingOf = (file: CaseFile) => (isClosed(file) ? file.closings.at(-1) : undefined);
const unknown = (): undefined => undefined;

const ENFORCEMENT: readonly Row[] = [
  ['recall_number', 'Recall number', '召回编号', ({ file }) => closingOf(file)?.reference],
  ['event_id', 'Event', '事件编号', unknown],
  ['status', 'Status', '状态', ({ file }) => statusOf(file)],
  ['classification', 'Classification', '召回等级', ({ file }) => classOf(file)],
  ['product_type', 'Product type', '产品类别', ({ file }) => PRODUCT_TYPES[file.opened.jurisdiction]],
  ['recalling_firm', 'Recalling firm', '召回企业', ({ file }) => file.opened.firm.name],
  ['address_1', 'Address, first line', '地址第一行', ({ file }) => file.opened.firm.address],
  ['address_2', 'Address, second line', '地址第二行', unknown],
  ['city', 'City', '城市', unknown],
  ['state', 'State', '州', unknown],
  ['postal_code', 'Postal code', '邮政编码', unknown],
  ['country', 'Country', '国家', unknown],
  ['voluntary_mandated', 'Voluntary or mandated', '自愿或责令', unknown],
  ['initial_firm_notification', 'First notification by the firm', '企业首次通知方式', ({ file }) => channelOf(file)],
  ['distribution_pattern', 'Distribution pattern', '分销范围', distribution],
  ['product_description', 'Product description', '产品描述', productOf],
  ['product_quantity', 'Product quantity', '产品数量', ({ file }) => total(file, 'tier1')],
  ['reason_for_recall', 'Reason for recall', '召回原因', ({ file }) => file.opened.reason],
  ['recall_initiation_date', 'Recall initiation date', '召回启动日期', ({ file, zone }) => day(zone, file.acts.find(({ act }) => act === 'notice')?.at)],
  ['center_classification_date', 'Classification date', '定级日期', unknown],
  ['report_date', 'Report date', '报告日期', unknown],
  ['termination_date', 'Termination date', '终止日期', ({ file, zone }) => (statusOf(file) === 'Terminated' ? day(zone, closingOf(file)?.at) : undefined)],
  ['code_info', 'Code information', '批号序列号信息', codesOf],
  ['more_code_info', 'More code information', '更多编码信息', madeAndExpiry],
]; // prettier-ignore

const FORMS: Readonly<Record<UsFormName, { rule: string; article: string | null; rows: readonly Row[] }>> = {
  'firm-report': { rule: '21 CFR', article: '7.46', rows: FIRM_REPORT },
  enforcement: { rule: 'openFDA enforcement report', article: null, rows: ENFORCEMENT },
};

/** A form of a case. What only the authority gives out (numbers, its own dates) is null until it is recorded. */
export function usFormOf(form: UsFormName, input: UsFormInput): UsForm {
  const { rule, article, rows } = FORMS[form];
  const fields = rows.map(([name, en, zh, value]) => ({ name, title: { en, zh }, value: value(input) ?? null }));
  return {
    form,
    basis: { rule, article },
    fields,
    missing: fields.flatMap(({ name, value }) => (value === null ? [name] : [])),
  };
}
