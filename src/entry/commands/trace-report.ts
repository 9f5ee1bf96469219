// An answer for people to read in a terminal.
import { type AskedQuestion, gapWords } from '../../trace/index.ts';

/** Lines of one list; the rest is counted. --json has them all. */
const LINES_MAX = 200;

/** Languages of a report. */
export const REPORT_LANGUAGES = ['en', 'zh'] as const;
export type ReportLanguage = (typeof REPORT_LANGUAGES)[number];
type Told = Readonly<Record<ReportLanguage, string>>;

/** Members in the order and words of the report; what is missing in an answer is left out. */
const LISTS: readonly (readonly [member: string, title: Told])[] = [
  ['origins', { en: 'Origins', zh: '来源' }],
  ['affected', { en: 'Affected', zh: '受影响' }],
  ['upstream', { en: 'Upstream', zh: '上游' }],
  ['possible', { en: 'Possible', zh: '可能' }],
  ['events', { en: 'Events', zh: '事件' }],
  ['contents', { en: 'Contents', zh: '内容物' }],
  ['carriers', { en: 'Carried in', zh: '所在载具' }],
  ['excluded', { en: 'Voided', zh: '已作废' }],
];
const VALUES: readonly (readonly [member: string, title: Told])[] = [
  ['location', { en: 'Place', zh: '地点' }],
  ['state', { en: 'State', zh: '状态' }],
  ['made', { en: 'Made', zh: '制成' }],
  ['consumed', { en: 'Consumed', zh: '耗用' }],
  ['destroyed', { en: 'Destroyed', zh: '销毁' }],
  ['inTransit', { en: 'In transit', zh: '在途' }],
  ['unaccounted', { en: 'Unaccounted', zh: '未说明' }],
  ['uom', { en: 'Unit', zh: '单位' }],
];
/** In English the words of the interface. */
const STATES: Readonly<Record<string, Told>> = {
  at_rest: { en: 'at_rest', zh: '在库' },
  in_transit: { en: 'in_transit', zh: '运输中' },
  consumed: { en: 'consumed', zh: '已用完' },
  decommissioned: { en: 'decommissioned', zh: '已终止' },
};
const WORDS = {
  asOf: { en: 'as known at', zh: '截至' },
  quantities: { en: 'Quantities', zh: '数量' },
  gaps: { en: 'Gaps', zh: '缺口' },
  none: { en: 'none', zh: '无' },
  redacted: { en: 'Part of the record is not yours to read.', zh: '部分记录您无权查看。' },
  truncated: { en: 'The answer is incomplete: a limit was reached', zh: '答案不完整：已达到限制' },
  share: { en: 'mass share', zh: '质量占比' },
  unknownShare: { en: 'not known', zh: '未知' },
  colon: { en: ': ', zh: '：' },
  comma: { en: ', ', zh: '，' },
  stop: { en: '.', zh: '。' },
} as const satisfies Record<string, Told>;

interface Node {
  id: string;
  /** definite or possible */
  confidence: string;
  depth: number;
  state: string | null;
  /** Forward: share of the root in its mass. */
  fraction?: number | null;
}

interface Gap {
  code: string;
  ids: string[];
}

/** A full answer as text. */
export function report({ op, of }: AskedQuestion, answer: object, language: ReportLanguage = 'en'): string {
  return new Report(language).text(`${op} ${of}`, answer);
}

/** Digits of a share that a person reads; --json has all. */
const SHARE_DIGITS = 4;

/** An answer in the words of one language. */
class Report {
  readonly #language: ReportLanguage;
  readonly #colon: string;

  constructor(language: ReportLanguage) {
    this.#language = language;
    this.#colon = WORDS.colon[language];
  }

  text(question: string, answer: object): string {
    const members: Record<string, unknown> = { ...answer, ...this.#found(answer) };
    const lines = [question];
    if (typeof members['asOf'] === 'string') lines.push(`${WORDS.asOf[this.#language]} ${members['asOf']}`);
    for (const [member, title] of VALUES)
      if (member in members)
        lines.push(`${title[this.#language]}${this.#colon}${this.#value(member, members[member])}`);
    for (const [member, title] of LISTS) {
      const list = members[member];
      if (Array.isArray(list)) lines.push(...this.#list(title, list.map(this.#name)));
    }
    if (typeof members['quantities'] === 'object') {
      const quantities = Object.entries(members['quantities'] ?? {}).map(([id, n]) => `${id} ${n}`);
      lines.push(...this.#list(WORDS.quantities, quantities));
    }
    if (Array.isArray(members['gaps']))
      lines.push(...this.#list(WORDS.gaps, (members['gaps'] as Gap[]).map(this.#gap)));
    if (members['redacted'] === true) lines.push(WORDS.redacted[this.#language]);
    if (members['truncated'] === true) lines.push(this.#cut(members['truncatedBy']));
    return lines.join('\n') + '\n';
  }

  /** The nodes of a walk by how sure they are, nearest first; origins belong to the way back alone. */
  #found({ direction, nodes }: { direction?: string; nodes?: Node[] }): Record<string, unknown> {
    if (!nodes) return {};
    const sorted = nodes.toSorted((a, b) => a.depth - b.depth);
    const lines = (sure: string): string[] => sorted.filter(({ confidence }) => confidence === sure).map(this.#node);
    const found = { [direction === 'back' ? 'upstream' : 'affected']: lines('definite'), possible: lines('possible') };
    return direction === 'back' ? found : { ...found, origins: undefined };
  }

  #value(member: string, value: unknown): string {
    if (value === null) return WORDS.none[this.#language];
    return member === 'state' && typeof value === 'string' ? this.#state(value) : this.#name(value);
  }

  /** A value, or the name of what is more than a value. */
  readonly #name = (value: unknown): string => {
    if (typeof value === 'string') return value;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const { eventID } = value as { eventID?: unknown };
    return typeof eventID === 'string' ? eventID : JSON.stringify(value);
  };

  #state(state: string): string {
    return STATES[state]?.[this.#language] ?? state;
  }

  readonly #gap = ({ code, ids }: Gap): string => {
    const words = gapWords(code);
    if (!words) return `${code} ${ids.join(' ')}`;
    const between = this.#language === 'en' ? ' ' : '';
    const told = `${words.says[this.#language]}${between}${words.remedy[this.#language]}`;
    return `${code} ${ids.join(' ')}${this.#colon}${told}`;
  };

  readonly #node = ({ id, depth, state, fraction }: Node): string => {
    const steps = this.#language === 'en' ? `${depth} step${depth === 1 ? '' : 's'}` : `${depth} 步`;
    const share = fraction === undefined ? [] : [this.#share(fraction)];
    return `${id}  ${[steps, ...(state ? [this.#state(state)] : []), ...share].join(WORDS.comma[this.#language])}`;
  };

  #share(fraction: number | null): string {
    const share = fraction === null ? WORDS.unknownShare[this.#language] : Number(fraction.toPrecision(SHARE_DIGITS));
    return `${WORDS.share[this.#language]} ${share}`;
  }

  #cut(limit: unknown): string {
    const name = typeof limit === 'string' ? ` (${limit})` : '';
    return `${WORDS.truncated[this.#language]}${name}${WORDS.stop[this.#language]}`;
  }

  #list(title: Told, items: string[]): string[] {
    const head = `${title[this.#language]}${this.#colon}`;
    if (items.length === 0) return [`${head}${WORDS.none[this.#language]}`];
    const more = items.length - LINES_MAX;
    const rest = this.#language === 'en' ? `  and ${more} more` : `  另有 ${more} 项`;
    const lines = items.slice(0, LINES_MAX).map((item) => `  ${item}`);
    return [`${head}${items.length}`, ...lines, ...(more > 0 ? [rest] : [])];
  }
}
