// The recall report as tables: one a sheet, and each by itself as CSV.
import { AppError } from '../error.ts';
import { instantOf } from '../epcis/index.ts';
import { type Deadline, goodsName, readZone, type Text, type Zone } from '../rules/index.ts';
import { gapWords } from '../trace/index.ts';
import type { RecallReport } from './recall-report.ts';
import {
  type Column,
  type ColumnType,
  type Marks,
  type ReportLanguage,
  type Table,
  tableCsv,
  tablesXlsx,
  typeAt,
  type Value,
} from './table.ts';
import { word } from './words.ts';

/** A column and what stands in it. */
interface Field<T> extends Column {
  value: (row: T) => Value;
}

const field = <T>(
  name: string,
  en: string,
  zh: string,
  value: (row: T) => Value,
  type: ColumnType = 'text',
): Field<T> => ({ name, title: { en, zh }, type, value });

function table<T>(name: string, title: Text, fields: readonly Field<T>[], rows: readonly T[]): Table {
  return {
    name,
    title,
    columns: fields.map(({ name: column, title: head, type }) => ({ name: column, title: head, type })),
    rows: rows.map((row) => fields.map(({ value }) => value(row))),
  };
}

/** Identifier, and what people read on the goods. */
const named = <T extends { id: string }>(): Field<T>[] => [
  field('id', 'Identifier', '标识', ({ id }) => id),
  field('gtin', 'GTIN', 'GTIN', ({ id }) => goodsName(id).gtin ?? null),
  field('lot', 'Lot', '批次', ({ id }) => goodsName(id).lot ?? null),
  field('serial', 'Serial', '序列号', ({ id }) => goodsName(id).serial ?? null),
];

/** A member that is an exact decimal. */
const amount = <K extends string>(name: K, en: string, zh: string): Field<Record<K, string | null>> =>
  field(name, en, zh, (row) => row[name], 'number');

const unit = field<{ uom: string }>('uom', 'Unit', '单位', ({ uom }) => uom);

const SUMMARY: readonly Field<RecallReport>[] = [
  field('reportId', 'Report', '报告编号', ({ reportId }) => reportId),
  field('at', 'Made at', '生成时间', ({ at }) => at, 'moment'),
  field('asOf', 'As known at', '数据截止时间', ({ asOf }) => asOf, 'moment'),
  field('digest', 'Digest of the report', '报告摘要值', ({ digest }) => digest),
  field(
    'scope',
    'Version and digest of the scope',
    '召回范围版本及摘要值',
    ({ scope }) => `${scope.version}, ${scope.digest}`,
  ),
  field('notVerified', 'Not yet verified', '尚未核对', ({ notVerified }) => listText(notVerified)),
  field('zone', 'Times are those of', '时间所在时区', (report) => report.case.zone),
  field('case', 'Case', '案件编号', (report) => report.case.id),
  field('drill', 'Drill', '演练', (report) => report.case.drill),
  field('product', 'Product', '产品', (report) => report.case.product),
  field('firm', 'Recalling firm', '召回企业', (report) => report.case.firm),
  field('responsible', 'Responsible', '负责人', (report) => report.case.responsible),
  field('jurisdiction', 'Jurisdiction', '适用法规', (report) => report.case.jurisdiction),
  field('class', 'Class', '召回等级', (report) => report.case.class),
  field('provisional', 'Class is provisional', '等级待定', (report) => report.case.provisional),
  field('reason', 'Reason', '召回原因', (report) => report.case.reason),
  field('hazard', 'Hazard', '危害', (report) => report.case.hazard),
  field('knownAt', 'Risk known at', '知悉风险时间', (report) => report.case.knownAt, 'moment'),
  field('openedAt', 'Case opened at', '立案时间', (report) => report.case.openedAt, 'moment'),
  field('closedAt', 'Case closed at', '结案时间', (report) => report.case.closedAt, 'moment'),
  field('reference', "Regulator's reference", '监管机构文号', (report) => report.case.reference),
  field('definite', 'Definitely affected', '确定受影响', ({ scope }) => count(scope.goods, 'definite'), 'number'),
  field('possible', 'Possibly affected', '可能受影响', ({ scope }) => count(scope.goods, 'possible'), 'number'),
  field('truncated', 'List is cut off', '清单被截断', ({ scope }) => scope.truncated),
  field(
    'answered',
    'Answered, of those notified, %',
    '回复率（%）',
    ({ effectiveness }) => effectiveness.answeredPercent,
    'number',
  ),
  field(
    'correct',
    'Checked and correct, of those to be checked, %',
    '有效性检查合格率（%）',
    ({ effectiveness }) => effectiveness.correctPercent,
    'number',
  ),
];

const listText = (texts: readonly Text[]): Text | null =>
  texts.length === 0 ? null : { en: texts.map(({ en }) => en).join('; '), zh: texts.map(({ zh }) => zh).join('；') };

const count = (goods: RecallReport['scope']['goods'], confidence: string): number =>
  goods.filter((one) => one.role !== 'carrier' && one.confidence === confidence).length;

function summary(report: RecallReport): Table {
  const rows = SUMMARY.map(({ title, value }): Value[] => [title, value(report)]);
  return {
    name: 'summary',
    title: { en: 'Recall', zh: '召回' },
    columns: [
      { name: 'field', title: { en: 'Field', zh: '项目' }, type: 'text' },
      { name: 'value', title: { en: 'Value', zh: '内容' }, type: 'text' },
    ],
    rows,
    types: SUMMARY.map(({ type }) => type),
  };
}

const DEADLINES: readonly Field<Deadline>[] = [
  field('duty', 'Duty', '义务', ({ label }) => label),
  field('basis', 'Basis', '依据', ({ basis }) => [basis.rule, basis.article].filter((part) => part !== null).join(' ')),
  field('class', 'Class', '等级', (row) => (row.class === '*' ? null : row.class)),
  field('startsFrom', 'Starts from', '起算点', ({ startsFrom }) => word(startsFrom)),
  field('startsAt', 'Started at', '起算时间', ({ startsAt }) => startsAt, 'moment'),
  field('due', 'Due', '期限', ({ due }) => due, 'moment'),
  field('metAt', 'Met at', '完成时间', ({ metAt }) => metAt, 'moment'),
  field('state', 'State', '状态', ({ state }) => word(state)),
  field('mandatory', 'Mandatory', '强制', ({ mandatory }) => mandatory),
  field('elapsed', 'Seconds elapsed', '已用秒数', ({ elapsedSeconds }) => elapsedSeconds, 'number'),
  field('superseded', 'Superseded at', '被替代时间', ({ supersededAt }) => supersededAt, 'moment'),
  field(
    'holidays',
    'Calendar not known for',
    '节假日安排未知年份',
    ({ calendar }) => calendar?.unknownYears.join(', ') ?? null,
  ),
  field('verification', 'Verification', '核对情况', ({ notVerified }) => notVerified),
];

type GoodsRow = RecallReport['scope']['goods'][number];
const GOODS: readonly Field<GoodsRow>[] = [
  ...named<GoodsRow>(),
  field('role', 'Role', '角色', ({ role }) => word(role)),
  field('kind', 'Kind', '类别', ({ kind }) => word(kind)),
  field('confidence', 'Confidence', '确定性', ({ confidence }) => word(confidence)),
  field('decision', 'Decision', '决定', ({ decision }) => word(decision)),
  field('held', 'On hold', '已冻结', ({ held }) => held),
  field('state', 'State', '状态', ({ state }) => word(state)),
  field('locations', 'Places', '位置', ({ locations }) => locations.join('; ')),
  field('fraction', 'Mass share', '质量占比', ({ fraction }) => fraction, 'number'),
];

type ConsigneeRow = {
  consignee: RecallReport['consignees'][number];
} & RecallReport['consignees'][number]['goods'][number];
const CONSIGNEES: readonly Field<ConsigneeRow>[] = [
  field('party', 'Consignee', '收货方', ({ consignee }) => consignee.party),
  field('name', 'Name', '名称', ({ consignee }) => consignee.name),
  field('tier', 'Tier', '层级', ({ consignee }) => consignee.tier, 'number'),
  field('locations', 'Places', '位置', ({ consignee }) => consignee.locations.join('; ')),
  field('from', 'Received from', '供货方', ({ consignee }) => consignee.from.join('; ')),
  ...named<ConsigneeRow>(),
  amount('shipped', 'Shipped', '发货数量'),
  amount('received', 'Received', '收货数量'),
  amount('quantity', 'Quantity', '数量'),
  amount('forwarded', 'Passed on', '转出数量'),
  amount('returned', 'Returned', '退回数量'),
  unit,
  field('notice', 'Notice', '通知状态', ({ consignee }) => word(consignee.notice?.state ?? null)),
  field('noticeAt', 'Notice at', '通知时间', ({ consignee }) => consignee.notice?.at ?? null, 'moment'),
  field('channel', 'Channel', '通知方式', ({ consignee }) => consignee.notice?.channel ?? null),
  field('answeredAt', 'Answered at', '回复时间', ({ consignee }) => consignee.answeredAt, 'moment'),
];

type BookRow = RecallReport['books'][number];
const BOOKS: readonly Field<BookRow>[] = [
  field('lot', 'Lot', '批次', ({ lot }) => lot),
  field('of', 'Counted by', '计数方式', ({ of }) => word(of)),
  amount('made', 'Made', '生产数量'),
  amount('tier1', 'At direct consignees', '直接收货方数量'),
  amount('onHand', 'On hand', '库存数量'),
  amount('returned', 'Returned, of these', '其中退回数量'),
  amount('destroyed', 'Destroyed', '销毁数量'),
  amount('consumed', 'Consumed', '消耗数量'),
  amount('gap', 'Not explained', '差异数量'),
  unit,
];

type ReconciledRow = NonNullable<RecallReport['reconciliation']>['lots'][number];
const RECONCILIATION: readonly Field<ReconciledRow>[] = [
  field('lot', 'Lot', '批次', ({ lot }) => lot),
  amount('made', 'Made', '生产数量'),
  amount('returned', 'Returned', '退回数量'),
  amount('destroyed', 'Destroyed', '销毁数量'),
  amount('consumed', 'Consumed', '消耗数量'),
  amount('dispensed', 'Dispensed', '发放数量'),
  amount('onHand', 'On hand with us', '我方库存数量'),
  amount('atConsignees', 'At consignees', '收货方现存数量'),
  amount('missing', 'Missing', '去向不明数量'),
  unit,
];

interface FindingRow {
  code: string;
  subject: string;
  message: Text | null;
}
const FINDINGS: readonly Field<FindingRow>[] = [
  field('code', 'Code', '代码', ({ code }) => code),
  field('subject', 'About', '对象', ({ subject }) => subject),
  field('message', 'Finding', '说明', ({ message }) => message),
];

const findingRows = ({ scope, findings, reconciliation }: RecallReport): FindingRow[] => [
  ...findings,
  ...(reconciliation?.lots.flatMap((lot) => lot.findings) ?? []),
  ...scope.gaps.map(({ code, ids }) => ({ code, subject: ids.join(' '), message: gapMessage(code) })),
];

/** What the records lack, and what to do about it; null for a code without words. */
function gapMessage(code: string): Text | null {
  const words = gapWords(code);
  return words ? { en: `${words.says.en} ${words.remedy.en}`, zh: words.says.zh + words.remedy.zh } : null;
}

/** What the authority asks for and the case does not know. */
const NOT_KNOWN: Text = { en: 'not known', zh: '未知' };

const statusTable = ({ status }: RecallReport): Table =>
  table(
    'status',
    { en: 'Status report', zh: '进展报告' },
    [
      field<StatusRow>('field', 'Field', '项目', ({ title }) => title),
      field<StatusRow>('value', 'Value', '内容', ({ value }) => value ?? NOT_KNOWN),
    ],
    status.fields,
  );
type StatusRow = RecallReport['status']['fields'][number];

/** Every table of the report, in the order of the sheets; moments in the zone of the case. */
export function recallTables(report: RecallReport): Table[] {
  const zone = readZone(report.case.zone);
  return tablesOf(report).map((one) => ({
    ...one,
    rows: one.rows.map((row, n) =>
      row.map((value, i) =>
        typeof value === 'string' && typeAt(one, n, i) === 'moment' ? momentIn(zone, value) : value,
      ),
    ),
  }));
}

/** The same moment as clocks of the zone show it; a text that is none stays as it is. */
export function momentIn(zone: Zone, text: string): string {
  const instant = instantOf(text);
  return instant === undefined ? text : zone.text(instant);
}

const tablesOf = (report: RecallReport): Table[] => [
  summary(report),
  statusTable(report),
  table('deadlines', { en: 'Deadlines', zh: '期限' }, DEADLINES, report.deadlines),
  table('goods', { en: 'Goods', zh: '受影响产品' }, GOODS, report.scope.goods),
  table(
    'consignees',
    { en: 'Consignees', zh: '收货方' },
    CONSIGNEES,
    report.consignees.flatMap((consignee) => consignee.goods.map((goods) => ({ ...goods, consignee }))),
  ),
  table('books', { en: 'Balance', zh: '物料平衡' }, BOOKS, report.books),
  table('reconciliation', { en: 'Reconciliation', zh: '数量核对' }, RECONCILIATION, report.reconciliation?.lots ?? []),
  table('findings', { en: 'Findings', zh: '问题' }, FINDINGS, findingRows(report)),
];

export const RECALL_TABLES = [
  'summary',
  'status',
  'deadlines',
  'goods',
  'consignees',
  'books',
  'reconciliation',
  'findings',
] as const;

const marksOf = ({ reportId, asOf, digest, notVerified, case: { zone } }: RecallReport): Marks => ({
  columns: [
    { name: 'reportId', title: { en: 'Report', zh: '报告编号' }, type: 'text' },
    { name: 'asOf', title: { en: 'As known at', zh: '数据截止时间' }, type: 'moment' },
    { name: 'digest', title: { en: 'Digest', zh: '摘要值' }, type: 'text' },
    { name: 'notVerified', title: { en: 'Not yet verified', zh: '尚未核对' }, type: 'text' },
  ],
  values: [reportId, momentIn(readZone(zone), asOf), digest, listText(notVerified)],
});

/** One table of the report as CSV; AppError `invalid` for a table that there is not. */
export function recallReportCsv(
  report: RecallReport,
  language: ReportLanguage,
  name: string = 'consignees',
): AsyncGenerator<Uint8Array> {
  const found = recallTables(report).find((one) => one.name === name);
  if (!found) throw new AppError('invalid', `table must be one of ${RECALL_TABLES.join(', ')}`, { member: 'table' });
  return tableCsv(found, marksOf(report), language);
}

/** The report as one workbook, a sheet a table; the first names report, as-of and digest. */
export const recallReportXlsx = (report: RecallReport, language: ReportLanguage): AsyncGenerator<Uint8Array> =>
  tablesXlsx(recallTables(report), language);
