/*
 * What a recall must do and by when, by jurisdiction and class. `class` `*` is any class; the rows of a country without
 * sector (`us`) hold for its sectors too. `within` 0 is a law without a number: at once, and elapsed time is shown.
 * Certainty S: seen in statute text or a faithful page; K: from knowledge, to be checked with `verifyWith` first.
 */

/** What starts clocks. */
const STARTS = ['known', 'decision', 'notice', 'completion', 'request'] as const;
/** What only meets them. */
const ANSWERS = [
  'progressReport',
  'finalReport',
  'recordsGiven',
  'authorityReport',
  'transactionInformation',
  'verificationAnswer',
  'partnersNotified',
  'fieldAlert',
  'correctionReport',
  'traceDone',
] as const;
export const ACTS = [...STARTS, ...ANSWERS] as const;
/** Something that happened in a case at a moment: the risk known, the notices sent, a report filed. */
export type Act = (typeof ACTS)[number];
type Start = (typeof STARTS)[number];

export interface Text {
  en: string;
  zh: string;
}

/** What is shown wherever something rests on a K row; null where it does not. */
export const notVerified = (verifyWith: Text | undefined): Text | null =>
  verifyWith ? { en: `not yet verified with ${verifyWith.en}`, zh: `尚未与${verifyWith.zh}核对` } : null;

export interface Clock {
  jurisdiction: string;
  class: string;
  /** Name of the duty, one of its jurisdiction and class. */
  duty: string;
  label: Text;
  within: number;
  unit: 'hour' | 'day' | 'workingDay';
  startsFrom: Start;
  metBy: Act;
  rule: string;
  /** Null where the article's number has not been seen. */
  article: string | null;
  certainty: 'S' | 'K';
  /** With whom a person compares a K row before a customer relies on it. */
  verifyWith?: Text;
  /** Due again each time after as long, until completion. */
  repeats?: true;
  /** However the working days fall, not later than so many hours after the start. */
  hardLimitHours?: number;
  /** For tests of the firm's own; no law asks for it. */
  isDrill?: true;
}

type Duty = Pick<Clock, 'duty' | 'label' | 'unit' | 'startsFrom' | 'metBy'> & { repeats?: true };
type Source = Pick<Clock, 'jurisdiction' | 'rule' | 'article' | 'certainty'> & { verifyWith?: Text };

/** One duty whose time alone depends on the class. */
const byClass = (source: Source, duty: Duty, within: readonly [one: number, two: number, three: number]): Clock[] =>
  within.map((n, i) => ({ ...source, ...duty, class: String(i + 1), within: n }));

const CN_FOOD: Source = { jurisdiction: 'cn-food', rule: '食品召回管理办法', article: null, certainty: 'S' };
const CN_DRUG: Source = {
  jurisdiction: 'cn-drug',
  rule: '药品召回管理办法 2022',
  article: null,
  certainty: 'K',
  verifyWith: { en: 'NMPA notice 92 of 2022', zh: '国家药监局2022年第92号公告' },
};

export const CLOCKS: readonly Clock[] = [
  ...byClass(
    CN_FOOD,
    {
      duty: 'start',
      label: { en: 'Start the recall and notify', zh: '启动召回并通知' },
      unit: 'hour',
      startsFrom: 'known',
      metBy: 'notice',
    },
    [24, 48, 72],
  ),
  ...byClass(
    CN_FOOD,
    {
      duty: 'finish',
      label: { en: 'Finish the recall', zh: '完成召回' },
      unit: 'workingDay',
      startsFrom: 'notice',
      metBy: 'completion',
    },
    [10, 20, 30],
  ),
  ...byClass(
    CN_DRUG,
    {
      duty: 'notify',
      label: { en: 'Publish, and notify to stop sale and use', zh: '发布召回信息，通知停止销售和使用' },
      unit: 'day',
      startsFrom: 'decision',
      metBy: 'notice',
    },
    [1, 3, 7],
  ),
  ...byClass(
    CN_DRUG,
    {
      duty: 'progress',
      label: { en: 'Progress report', zh: '召回进展报告' },
      unit: 'day',
      startsFrom: 'notice',
      metBy: 'progressReport',
      repeats: true,
    },
    [1, 3, 7],
  ),
  {
    ...CN_DRUG,
    class: '*',
    duty: 'finalReport',
    label: { en: 'Final report after completion', zh: '召回完成后的总结报告' },
    within: 10,
    unit: 'workingDay',
    startsFrom: 'completion',
    metBy: 'finalReport',
  },
  {
    jurisdiction: 'us-food',
    class: '*',
    duty: 'records',
    label: { en: 'Records on request of FDA, sortable sheet', zh: '应FDA要求提交记录（可排序电子表格）' },
    within: 24,
    unit: 'hour',
    startsFrom: 'request',
    metBy: 'recordsGiven',
    rule: '21 CFR part 1, subpart S',
    article: '1.1455(c)',
    certainty: 'S',
  },
  {
    jurisdiction: 'us-food',
    class: '*',
    duty: 'reportableFood',
    label: { en: 'Reportable Food Registry report', zh: '可报告食品登记系统报告' },
    within: 24,
    unit: 'hour',
    startsFrom: 'decision',
    metBy: 'authorityReport',
    rule: 'FD&C Act',
    article: '417(d)',
    certainty: 'K',
    verifyWith: {
      en: 'fda.gov (serious hazard; not dietary supplements or infant formula)',
      zh: 'fda.gov（严重危害；膳食补充剂和婴儿配方食品除外）',
    },
  },
  {
    jurisdiction: 'us-drug',
    class: '*',
    duty: 'transactionInformation',
    label: {
      en: 'Transaction information and statement to FDA or a State',
      zh: '向FDA或州政府提交交易信息和交易声明',
    },
    within: 1,
    unit: 'workingDay',
    hardLimitHours: 48,
    startsFrom: 'request',
    metBy: 'transactionInformation',
    rule: '21 USC',
    article: '360eee-1',
    certainty: 'S',
  },
  {
    jurisdiction: 'us-drug',
    class: '*',
    duty: 'verification',
    label: { en: 'Answer a verification request', zh: '答复验证请求' },
    within: 24,
    unit: 'hour',
    startsFrom: 'request',
    metBy: 'verificationAnswer',
    rule: '21 USC',
    article: '360eee-1',
    certainty: 'S',
  },
  {
    jurisdiction: 'us-drug',
    class: '*',
    duty: 'illegitimate',
    label: { en: 'Notify FDA and partners of illegitimate product', zh: '向FDA和贸易伙伴通报非法产品' },
    within: 24,
    unit: 'hour',
    startsFrom: 'decision',
    metBy: 'partnersNotified',
    rule: '21 USC',
    article: '360eee-1',
    certainty: 'S',
  },
  {
    jurisdiction: 'us-drug',
    class: '*',
    duty: 'fieldAlert',
    label: { en: 'Field alert report', zh: '现场警报报告' },
    within: 3,
    unit: 'workingDay',
    startsFrom: 'known',
    metBy: 'fieldAlert',
    rule: '21 CFR',
    article: '314.81(b)(1)',
    certainty: 'K',
    verifyWith: { en: 'ecfr.gov (holders of an NDA or ANDA only)', zh: 'ecfr.gov（仅限NDA或ANDA持有人）' },
  },
  {
    jurisdiction: 'us-device',
    class: '*',
    duty: 'correctionReport',
    label: { en: 'Report of correction or removal', zh: '纠正或移除报告' },
    within: 10,
    unit: 'workingDay',
    startsFrom: 'decision',
    metBy: 'correctionReport',
    rule: '21 CFR',
    article: '806.10',
    certainty: 'K',
    verifyWith: { en: 'ecfr.gov', zh: 'ecfr.gov' },
  },
  {
    jurisdiction: 'us',
    class: '*',
    duty: 'progress',
    label: { en: 'Status report, every 2 to 4 weeks as FDA asks', zh: '状态报告（按FDA要求每2至4周）' },
    within: 14,
    unit: 'day',
    startsFrom: 'notice',
    metBy: 'progressReport',
    repeats: true,
    rule: '21 CFR',
    article: '7.53',
    certainty: 'K',
    verifyWith: { en: 'the FDA district office: the interval', zh: 'FDA地区办公室：报告间隔' },
  },
  {
    jurisdiction: 'us',
    class: '*',
    duty: 'notice',
    label: { en: 'Recall notice to direct accounts, promptly', zh: '及时向直接客户发出召回通知' },
    within: 0,
    unit: 'hour',
    startsFrom: 'decision',
    metBy: 'notice',
    rule: '21 CFR',
    article: '7.49',
    certainty: 'S',
  },
  {
    jurisdiction: 'eu-food',
    class: '*',
    duty: 'withdraw',
    label: {
      en: 'Withdraw, inform the authority (and consumers), immediately',
      zh: '立即撤回并通知主管机关（及消费者）',
    },
    within: 0,
    unit: 'hour',
    startsFrom: 'known',
    metBy: 'authorityReport',
    rule: 'Regulation (EC) 178/2002',
    article: '19',
    certainty: 'K',
    verifyWith: { en: 'EUR-Lex and the national authority', zh: 'EUR-Lex和成员国主管机关' },
  },
  {
    jurisdiction: 'eu-drug',
    class: '1',
    duty: 'rapidAlert',
    label: { en: 'Inform the authority and the trade', zh: '通知主管机关和贸易伙伴' },
    within: 24,
    unit: 'hour',
    startsFrom: 'known',
    metBy: 'authorityReport',
    rule: 'EMA rapid alert procedure',
    article: null,
    certainty: 'K',
    verifyWith: { en: 'EMA compilation of procedures and national rules', zh: 'EMA程序汇编和各国规定' },
  },
  {
    jurisdiction: 'audit',
    class: '*',
    duty: 'trace',
    label: { en: 'Full trace both ways with mass balance', zh: '双向完整追溯及物料平衡' },
    within: 4,
    unit: 'hour',
    startsFrom: 'request',
    metBy: 'traceDone',
    rule: 'BRCGS / GFSI',
    article: null,
    certainty: 'S',
    isDrill: true,
  },
];

export const JURISDICTIONS: readonly string[] = [...new Set(CLOCKS.map(({ jurisdiction }) => jurisdiction))];
