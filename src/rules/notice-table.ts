/*
 * What a recall notice must say, by jurisdiction (docs/recall.md, Notices). An element takes its text from what the case
 * knows; one without text is missing, by its name.
 */
import type { Text } from './recall-clock-table.ts';

export type NoticeLanguage = 'en' | 'zh';

/** What the case knows. Texts are in the notice's language; what is not known is left out. */
export interface RecallFacts {
  caseNumber: string;
  /** 1, 2 or 3. */
  class: string;
  firm: { name: string; address?: string; contact?: string };
  product: { name: string; brand?: string; specification?: string; productionDates?: string };
  reason?: string;
  /** What may happen to whom. */
  hazard?: string;
  /** Dates, such as 2026-06-05. */
  startDate?: string;
  endDate?: string;
  area?: string;
  /** What the consignee is to do with the goods. */
  instructions?: string;
  /** How goods go back, and what is paid. */
  returns?: string;
  /** Where an answer goes: a link of the consignee's own, a telephone number. */
  response?: string;
}

/** What an element's text is made of: the case, the consignee's own goods as lines, and a way to say both languages. */
interface NoticeInput {
  recall: RecallFacts;
  goods: string;
  say: (text: Text) => string;
}

interface NoticeElement {
  name: string;
  title: Text;
  text: (input: NoticeInput) => string | undefined;
}

export interface NoticeTemplate {
  name: string;
  rule: string;
  article: string | null;
  verifyWith?: Text;
  elements: readonly NoticeElement[];
}

const CLASS: Text = { en: 'Class', zh: '召回等级' };
const IS_RECALL: Text = {
  en: 'This is a recall. Please read it at once and act on it.',
  zh: '本通知为召回通知，请立即阅读并执行。',
};
const STOP: Text = {
  en: 'Stop distribution, sale and use of these goods now, and keep them apart from other stock.',
  zh: '请立即停止分销、销售和使用上述产品，并与其他库存隔离存放。',
};
const TELL: Text = {
  en: 'If you passed any of these goods on, notify your own customers of this recall at once, and tell us to whom they went.',
  zh: '如已将上述产品转售或转交，请立即将本召回通知您的下游客户，并告知我们其去向。',
};

const joined = (...parts: (string | undefined)[]): string | undefined => {
  const known = parts.filter((part) => part !== undefined && part !== '');
  return known.length > 0 ? known.join('; ') : undefined;
};
const withHazard = ({ reason, hazard }: RecallFacts): string | undefined =>
  reason !== undefined && hazard !== undefined ? `${reason} ${hazard}` : undefined;

const isRecall: NoticeElement = {
  name: 'recall',
  title: { en: 'Recall', zh: '召回' },
  text: ({ recall, say }) => `${say(IS_RECALL)} ${say(CLASS)} ${recall.class}, ${recall.caseNumber}`,
};
const product: NoticeElement = {
  name: 'product',
  title: { en: 'Product', zh: '产品' },
  text: ({ recall: { product: known } }) => joined(known.name, known.brand, known.specification),
};
const goods: NoticeElement = {
  name: 'lots',
  title: { en: 'Lots, serials and quantities delivered to you', zh: '向贵方供应的批次、序列号和数量' },
  text: ({ goods: lines }) => lines || undefined,
};
const hazard: NoticeElement = {
  name: 'hazard',
  title: { en: 'Reason and hazard', zh: '召回原因及危害' },
  text: ({ recall }) => withHazard(recall),
};
const reason: NoticeElement = {
  name: 'reason',
  title: { en: 'Reason', zh: '召回原因' },
  text: ({ recall }) => joined(recall.reason, recall.hazard),
};
const stop: NoticeElement = {
  name: 'stop',
  title: { en: 'Stop now', zh: '立即停止' },
  text: ({ say }) => say(STOP),
};
const instructions: NoticeElement = {
  name: 'instructions',
  title: { en: 'What to do and how to return the goods', zh: '处理及退货方式' },
  text: ({ recall }) =>
    recall.instructions !== undefined && recall.returns !== undefined
      ? `${recall.instructions} ${recall.returns}`
      : undefined,
};
const subNotice: NoticeElement = {
  name: 'customers',
  title: { en: 'Tell your customers', zh: '通知下游客户' },
  text: ({ say }) => say(TELL),
};
const response: NoticeElement = {
  name: 'response',
  title: { en: 'How to answer', zh: '回复方式' },
  text: ({ recall }) => recall.response,
};
/** A text of the case under a name of its own. */
const plain = (name: string, title: Text, text: (recall: RecallFacts) => string | undefined): NoticeElement => ({
  name,
  title,
  text: ({ recall }) => text(recall),
});
const producer: readonly NoticeElement[] = [
  plain('producerName', { en: 'Producer', zh: '生产者名称' }, ({ firm }) => firm.name),
  plain('producerAddress', { en: 'Address of the producer', zh: '住所' }, ({ firm }) => firm.address),
  plain('producerContact', { en: 'Contact of the producer', zh: '联系方式' }, ({ firm }) => firm.contact),
];
const grade = plain('class', CLASS, (recall) => recall.class);
const productName = plain('productName', { en: 'Product', zh: '名称' }, (recall) => recall.product.name);
const specification = plain(
  'specification',
  { en: 'Specification', zh: '规格' },
  (recall) => recall.product.specification,
);

const CHINA_FOOD: NoticeTemplate = {
  name: 'cn-food',
  rule: '食品召回管理办法',
  article: null,
  elements: [
    isRecall,
    productName,
    plain('brand', { en: 'Brand', zh: '商标' }, (recall) => recall.product.brand),
    specification,
    plain('productionDates', { en: 'Date of production', zh: '生产日期' }, (recall) => recall.product.productionDates),
    goods,
    ...producer,
    reason,
    grade,
    plain('period', { en: 'Begin and end of the recall', zh: '召回起止日期' }, ({ startDate, endDate }) =>
      startDate !== undefined && endDate !== undefined ? `${startDate} – ${endDate}` : undefined,
    ),
    plain('area', { en: 'Area', zh: '召回区域范围' }, ({ area }) => area),
    stop,
    plain('obligations', { en: 'What to do', zh: '生产经营者义务' }, (recall) => recall.instructions),
    plain('returns', { en: 'Returns and compensation', zh: '消费者退货及赔偿流程' }, (recall) => recall.returns),
    subNotice,
    response,
  ],
};

const CHINA_DRUG: NoticeTemplate = {
  name: 'cn-drug',
  rule: '药品召回管理办法 2022',
  article: null,
  verifyWith: { en: 'NMPA notice 92 of 2022', zh: '国家药监局2022年第92号公告' },
  elements: [
    isRecall,
    productName,
    specification,
    goods,
    ...producer,
    reason,
    grade,
    stop,
    instructions,
    subNotice,
    response,
  ],
};

const UNITED_STATES: NoticeTemplate = {
  name: 'us',
  rule: '21 CFR',
  article: '7.49',
  elements: [isRecall, product, goods, hazard, stop, instructions, subNotice, response],
};

const EUROPE: NoticeTemplate = {
  name: 'eu',
  rule: 'Regulation (EC) 178/2002; EMA rapid alert procedure',
  article: null,
  verifyWith: { en: 'the national authority', zh: '成员国主管机关' },
  elements: [isRecall, product, goods, ...producer, reason, stop, instructions, subNotice, response],
};

/** By jurisdiction, else by its country. A test of the firm's own says what a notice in the United States says. */
export const TEMPLATES: Readonly<Record<string, NoticeTemplate>> = {
  'cn-food': CHINA_FOOD,
  'cn-drug': CHINA_DRUG,
  us: UNITED_STATES,
  eu: EUROPE,
  audit: UNITED_STATES,
};
