// A recall notice to one consignee: every element that its jurisdiction requires, with the consignee's own goods alone.
import { AppError } from '../error.ts';
import { goodsName } from './goods.ts';
import { type NoticeLanguage, type RecallFacts, TEMPLATES } from './notice-table.ts';
import { notVerified, type Text } from './recall-clock-table.ts';

/** What one consignee received; `quantity` null where the record does not say how much. */
export interface NoticeGoods {
  id: string;
  quantity: string | null;
  uom: string | null;
}

export interface NoticeQuestion {
  jurisdiction: string;
  language: NoticeLanguage;
  recall: RecallFacts;
  consignee: { party: string; name?: string; goods: readonly NoticeGoods[] };
}

export interface Notice {
  template: string;
  basis: { rule: string; article: string | null };
  language: NoticeLanguage;
  party: string;
  subject: string;
  elements: { name: string; title: string; text: string | null }[];
  /** Names of required elements for which the case has no text; a notice is complete when there is none. */
  missing: string[];
  goods: readonly NoticeGoods[];
  /** Plain text to be sent. */
  text: string;
  /** To be shown with every notice that rests on a K row. */
  notVerified: Text | null;
}

/** Lots and serials that the text spells out; the rest is counted, and all of it is in `goods`. */
const LINES_MAX = 500;
const CHARACTERS_MAX = 10_000;

const SUBJECT: Text = { en: 'Recall', zh: '召回通知' };
const TO: Text = { en: 'To', zh: '致' };
const LOT: Text = { en: 'lot', zh: '批次' };
const SERIAL: Text = { en: 'serial', zh: '序列号' };
const UNKNOWN: Text = { en: 'quantity not known', zh: '数量未知' };

/**
 * A notice to one consignee. Throws AppError `invalid` for a jurisdiction without template and for a text longer than
 * 10,000 characters.
 */
export function noticeOf({ jurisdiction, language, recall, consignee }: NoticeQuestion): Notice {
  const template = TEMPLATES[jurisdiction] ?? TEMPLATES[jurisdiction.split('-')[0] ?? ''];
  if (!template)
    throw new AppError('invalid', `jurisdiction ${jurisdiction} has no notice`, { member: 'jurisdiction' });
  const say = (text: Text): string => text[language];
  const input = { recall: stated(recall), goods: goodsLines(consignee.goods, say), say };
  const elements = template.elements.map(({ name, title, text }) => ({
    name,
    title: say(title),
    text: text(input) ?? null,
  }));
  const subject = `${say(SUBJECT)}: ${recall.product.name} (${recall.caseNumber})`;
  const told = elements.flatMap(({ title, text }) => (text === null ? [] : [`${title}\n${text}`]));
  const { verifyWith } = template;
  return {
    template: template.name,
    basis: { rule: template.rule, article: template.article },
    language,
    party: consignee.party,
    subject,
    elements,
    missing: elements.flatMap(({ name, text }) => (text === null ? [name] : [])),
    goods: consignee.goods,
    text: [subject, `${say(TO)}: ${consignee.name ?? consignee.party}`, ...told].join('\n\n') + '\n',
    notVerified: notVerified(verifyWith),
  };
}

/** The facts without those that are blank; AppError `invalid` names one that is too long. */
function stated<T extends object>(facts: T): T {
  const entries = Object.entries(facts).flatMap(([name, value]: [string, unknown]): [string, unknown][] => {
    if (typeof value === 'object' && value !== null) return [[name, stated(value)]];
    if (typeof value !== 'string' || value.trim() === '') return [];
    if (value.length > CHARACTERS_MAX)
      throw new AppError('invalid', `${name} has more than ${CHARACTERS_MAX} characters`, { member: name });
    return [[name, value.trim()]];
  });
  return Object.fromEntries(entries) as T;
}

function goodsLines(goods: readonly NoticeGoods[], say: (text: Text) => string): string {
  const lines = goods.slice(0, LINES_MAX).map(({ id, quantity, uom }) => {
    const { gtin, lot, serial } = goodsName(id);
    const named = [gtin && `GTIN ${gtin}`, lot && `${say(LOT)} ${lot}`, serial && `${say(SERIAL)} ${serial}`];
    const name = named.filter((part) => part).join(', ') || id;
    return `${name}: ${quantity === null ? say(UNKNOWN) : `${quantity} ${uom ?? ''}`.trim()}`;
  });
  if (goods.length > LINES_MAX) lines.push(`… +${goods.length - LINES_MAX}`);
  return lines.join('\n');
}
