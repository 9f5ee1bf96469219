// What a recall case is, told by its steps: nothing of it is stored but what was done, so that the case of any day is the
// steps up to then (docs/recall.md). Pure.
import type { NoticeGoods } from './notice.ts';
import type { Act } from './recall-clock-table.ts';
import type { Consignee, Consignees } from './consignee.ts';
import type { CheckLevel, Sample } from './effectiveness.ts';

/** A step as the case reads it; `at` is ISO 8601. */
export interface CaseStep {
  step: number;
  at: string;
  kind: string;
  by: { key: string; role: string; person?: string };
  data: Record<string, unknown>;
}

export type Language = 'en' | 'zh';

/** How a party can be reached. */
export interface Contact {
  name?: string;
  channel: string;
  address: string;
}

/** What a case is opened with. */
export interface Opened {
  product: { name: string; gtin?: string; brand?: string; size?: string; made?: string; expiry?: string };
  roots: { id?: string; place?: string; from?: string; to?: string }[];
  jurisdiction: string;
  class: string;
  provisional: boolean;
  sector: string;
  reason: string;
  hazard: string;
  instructions?: string;
  knownAt: string;
  decidedAt?: string;
  responsible: string;
  firm: { name: string; address?: string; contact: string };
  zone: string;
  calendar: 'jurisdiction' | 'weekdays';
  language: Language;
  checkLevel: CheckLevel;
  checkPercent?: number;
  replyHours: number;
  us: string[];
  contacts: Record<string, Contact & { language?: Language }>;
  drill: boolean;
}

interface ClassChange {
  class: string;
  provisional: boolean;
  at: string;
  reason: string;
  by: CaseStep['by'];
}

interface ActDone {
  act: Act;
  at: string;
  note?: string;
  reference?: string;
}

/** Quantities that a consignee answers for, of one lot in one unit; exact decimals. */
export const ANSWERED = [
  'received',
  'onHand',
  'quarantined',
  'soldOn',
  'returned',
  'destroyed',
  'consumed',
  'dispensed',
] as const;
export type Answered = (typeof ANSWERED)[number];
export type ReplyLine = { lot: string; uom: string } & Partial<Record<Answered, string>>;

/** To whom goods went on: a consignee of the next tier. */
export interface SoldTo {
  name: string;
  party?: string;
  contact?: Contact;
  lot: string;
  quantity: string;
  uom: string;
}

interface Reply {
  consignee: string;
  at: string;
  via: 'link' | 'api';
  lines: ReplyLine[];
  soldTo: SoldTo[];
  proof?: string;
  note?: string;
  /** Lots of which it accounts for more than was shipped. */
  exceeds: string[];
}

export const NOTICE_STATES = ['sent', 'delivered', 'opened', 'answered'] as const;
type NoticeState = (typeof NOTICE_STATES)[number] | 'failed' | 'settled' | 'prepared' | 'withheld';

export interface NoticeMark {
  state: NoticeState;
  at: string;
  channel: string | null;
  note?: string;
}

/** One version of what a consignee was told. */
export interface NoticeVersion {
  version: number;
  kind: 'notice' | 'reminder';
  at: string;
  language: Language;
  subject: string;
  text: string;
  missing: string[];
  goods: readonly NoticeGoods[];
  link: string | null;
}

export interface NoticeFile {
  consignee: string;
  contact: Contact | null;
  versions: NoticeVersion[];
  marks: NoticeMark[];
  /** When an answer is due; absent while it was not sent. */
  due?: string;
  reminders: number;
  escalatedAt?: string;
}

interface ScopeFile {
  version: number;
  at: string;
  asOf: string;
  digest: string;
  answers: { root: string; digest: string }[];
  definite: number;
  possible: number;
  carriers: number;
  added: number;
  removed: number;
  changed: number;
  by: CaseStep['by'];
  gaps: { code: string; ids: string[] }[];
  truncated: boolean;
}

export interface CaseFile {
  steps: number;
  openedAt: string;
  openedBy: CaseStep['by'];
  opened: Opened;
  classes: ClassChange[];
  acts: ActDone[];
  scopes: ScopeFile[];
  /** As computed last; `isStale` once a person decided about an entry since. */
  isStale: boolean;
  consignees?: Consignees & { at: string; asOf: string; scope: number };
  contacts: Record<string, Contact & { language?: Language }>;
  notices: Map<string, NoticeFile>;
  /** The newest of each consignee. */
  replies: Map<string, Reply>;
  /** How often each answered by its link. */
  linkReplies: Map<string, number>;
  sample?: Sample & { at: string };
  checks: Map<string, { correct: boolean; at: string; note?: string }>;
  explained: Map<string, string>;
  closings: { closed: boolean; at: string; reason: string; by: CaseStep['by']; closer?: string; reference?: string }[];
}

const newNotice = (consignee: string): NoticeFile => ({
  consignee,
  contact: null,
  versions: [],
  marks: [],
  reminders: 0,
});

function noticeOf(file: CaseFile, consignee: string): NoticeFile {
  const there = file.notices.get(consignee) ?? newNotice(consignee);
  file.notices.set(consignee, there);
  return there;
}

/** A notice as its step tells it. */
interface Noticed {
  consignee: string;
  contact: Contact | null;
  mark: NoticeMark;
  version: NoticeVersion;
  due?: string;
}

function takeNotice(file: CaseFile, { consignee, contact, mark, version, due }: Noticed): void {
  const notice = noticeOf(file, consignee);
  notice.contact = contact;
  notice.versions.push(version);
  notice.marks.push(mark);
  if (due !== undefined) notice.due = due;
  if (version.kind === 'reminder') notice.reminders++;
}

/** What each kind of step makes of a case. */
const KINDS: Record<string, (file: CaseFile, data: never, step: CaseStep) => void> = {
  reclassified: (file, data: Omit<ClassChange, 'by'>, { by }) => void file.classes.push({ ...data, by }),
  act: (file, data: ActDone) => void file.acts.push(data),
  scope: (file, data: Omit<ScopeFile, 'at' | 'by'>, { at, by }) => void file.scopes.push({ ...data, at, by }),
  consignees: (file, data: Omit<NonNullable<CaseFile['consignees']>, 'at'>, { at }) => {
    file.consignees = { ...data, at };
    file.isStale = false;
  },
  decided: (file) => {
    file.isStale = true;
  },
  contact: (file, data: { consignee: string; contact: Contact & { language?: Language } }) => {
    file.contacts = { ...file.contacts, [data.consignee]: data.contact };
  },
  noticed: (file, data: { notices: Noticed[] }) => {
    for (const one of data.notices) takeNotice(file, one);
  },
  marked: (file, data: NoticeMark & { consignee: string; due?: string }) => {
    const { consignee, due, ...mark } = data;
    const notice = noticeOf(file, consignee);
    notice.marks.push(mark);
    if (due !== undefined) notice.due = due;
  },
  escalated: (file, data: { consignees: string[] }, { at }) => {
    for (const consignee of data.consignees) noticeOf(file, consignee).escalatedAt = at;
  },
  replied: (file, data: Reply) => {
    const { consignee, via } = data;
    file.replies.set(consignee, data);
    if (via === 'link') file.linkReplies.set(consignee, (file.linkReplies.get(consignee) ?? 0) + 1);
    noticeOf(file, consignee).marks.push({ state: 'answered', at: data.at, channel: via });
  },
  sampled: (file, data: Sample, { at }) => {
    file.sample = { ...data, at };
  },
  checked: (file, data: { consignee: string; correct: boolean; note?: string }, { at }) => {
    const { consignee, ...result } = data;
    file.checks.set(consignee, { ...result, at });
  },
  explained: (file, data: { lot: string; reason: string }) => void file.explained.set(data.lot, data.reason),
  closed: (file, data: { reason: string; closer?: string; reference?: string }, { at, by }) =>
    void file.closings.push({ ...data, closed: true, at, by }),
  reopened: (file, data: { reason: string }, { at, by }) => void file.closings.push({ ...data, closed: false, at, by }),
};

/** The case that steps tell, from its opening on. Kinds that change nothing here (releases) are passed by. */
export function caseOf(steps: readonly CaseStep[]): CaseFile {
  const [first, ...rest] = steps;
  if (first?.kind !== 'opened') throw new RangeError('a case begins with its opening');
  const opened = first.data as unknown as Opened;
  const acts: ActDone[] = [{ act: 'known', at: opened.knownAt }];
  if (opened.decidedAt !== undefined) acts.push({ act: 'decision', at: opened.decidedAt });
  const { class: grade, provisional, reason } = opened;
  const file: CaseFile = {
    steps: steps.length,
    openedAt: first.at,
    openedBy: first.by,
    opened,
    classes: [{ class: grade, provisional, at: first.at, reason, by: first.by }],
    acts,
    scopes: [],
    isStale: false,
    contacts: opened.contacts,
    notices: new Map(),
    replies: new Map(),
    linkReplies: new Map(),
    checks: new Map(),
    explained: new Map(),
    closings: [],
  };
  for (const step of rest) KINDS[step.kind]?.(file, step.data as never, step);
  return file;
}

export const isClosed = ({ closings }: CaseFile): boolean => closings.at(-1)?.closed ?? false;

/** Where a notice stands: the furthest that is known of its newest version; an answer stays. */
export function noticeState({ marks }: NoticeFile): NoticeState {
  if (marks.some(({ state }) => state === 'answered')) return 'answered';
  const rank = (state: NoticeState): number => NOTICE_STATES.findIndex((one) => one === state);
  const begin = marks.findLastIndex(({ state }) => rank(state) < 1);
  const states = marks.slice(Math.max(0, begin)).map(({ state }) => state);
  return states.reduce((best, state) => (rank(state) > rank(best) ? state : best), states[0] ?? 'prepared');
}

export type FollowUp = 'none' | 'reminder' | 'escalation' | 'escalated';

/** What is to be done about a consignee that did not answer in time: a reminder first, then somebody higher up. */
export function followUpOf(notice: NoticeFile, now: number): FollowUp {
  if (notice.marks.some(({ state }) => state === 'answered' || state === 'settled')) return 'none';
  if (notice.due === undefined || Date.parse(notice.due) >= now) return 'none';
  if (notice.reminders === 0) return 'reminder';
  return notice.escalatedAt === undefined ? 'escalation' : 'escalated';
}

/** The name under which a party that a consignee sold to is kept: its URI, or a name of that consignee's own. */
const buyerOf = (seller: string, { party, name }: SoldTo): string => party ?? `${seller}#${name}`;

const newConsignee = (party: string, tier: number): Consignee => ({
  party,
  isPlace: false,
  tier,
  locations: [],
  from: [],
  onlyNamed: true,
  goods: [],
});

/** Consignees as the record and the replies tell them: what one sold on makes another, one tier further (C7). */
export function allConsignees(file: CaseFile): Consignee[] {
  const all = new Map((file.consignees?.consignees ?? []).map((one) => [one.party, { ...one, goods: [...one.goods] }]));
  for (const [seller, { soldTo }] of file.replies) {
    for (const sold of soldTo) {
      const party = buyerOf(seller, sold);
      const there = all.get(party) ?? newConsignee(party, (all.get(seller)?.tier ?? 1) + 1);
      all.set(party, there);
      if (!there.from.includes(seller)) there.from = [...there.from, seller];
      // the record knows what this party received of the lot already
      if (there.goods.some(({ id, lot, eventIDs }) => (lot ?? id) === sold.lot && eventIDs.length > 0)) continue;
      const { lot: id, quantity, uom } = sold;
      const amounts = { quantity, shipped: quantity, received: '0', forwarded: '0', returned: '0' };
      there.goods.push({ id, lot: null, kind: 'lot', uom, ...amounts, eventIDs: [] });
    }
  }
  return [...all.values()];
}

/** How a consignee is reached: what was set by hand first, then what its seller told. */
export function contactOf(file: CaseFile, party: string): (Contact & { language?: Language }) | undefined {
  const known = file.contacts[party];
  if (known) return known;
  for (const [seller, { soldTo }] of file.replies)
    for (const one of soldTo) if (buyerOf(seller, one) === party && one.contact) return one.contact;
  return undefined;
}
