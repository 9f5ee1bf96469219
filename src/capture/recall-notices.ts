// What consignees of a recall case are told: notices, and reminders where no answer came in time (C6). The platform writes
// them; whoever sends them says so.
import { AppError } from '../error.ts';
import { type Consignee, noticeOf, type RecallFacts } from '../rules/index.ts';
import {
  allConsignees,
  type CaseFile,
  type Contact,
  contactOf,
  type FollowUp,
  followUpOf,
  type Language,
  type NoticeMark,
  type NoticeVersion,
} from '../rules/recall-case.ts';
import type { Queries } from '../store/open.ts';
import type { CaseHead, NewStep } from '../store/recall.ts';
import { addLink } from '../store/recall-link.ts';
import { knownContacts } from './recall-consignees.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Stands in the stored text where the link stood that only the consignee has. */
const LINK_PLACE = '{link}';

/** A case that nobody else changes meanwhile, in a transaction. */
export interface CaseWork {
  tx: Queries;
  head: CaseHead;
  /** Milliseconds since 1970. */
  now: number;
  append: (kind: string, by: NewStep['by'], data: object) => Promise<void>;
}

type Reached = Contact & { language?: Language };

/** Consignees with how they are reached: set by hand, told by their seller, or from master data. */
export async function reachedConsignees(
  db: Queries,
  tenantId: string,
  file: CaseFile,
): Promise<(Consignee & { name: string | null; contact: Reached | null })[]> {
  const all = allConsignees(file);
  const known = await knownContacts(
    db,
    tenantId,
    all.map(({ party }) => party),
  );
  return all.map((one) => {
    const master = known.get(one.party);
    const own = contactOf(file, one.party);
    const found = master?.address === undefined ? null : (master as Contact);
    return { ...one, name: own?.name ?? master?.name ?? null, contact: own ?? found };
  });
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

export const noConsignee = (party: string): AppError =>
  new AppError('invalid', `/consignee: ${party.slice(0, 200)} is no consignee of this case.`);

/** What every notice of a case says. */
function factsOf({ opened, classes, openedAt }: CaseFile, { caseId }: CaseHead): RecallFacts {
  const { product, firm, reason, hazard, instructions } = opened;
  return {
    caseNumber: caseId,
    class: classes.at(-1)!.class,
    firm,
    product: {
      name: product.name,
      ...(product.brand !== undefined && { brand: product.brand }),
      ...(product.size !== undefined && { specification: product.size }),
      ...(product.made !== undefined && { productionDates: product.made }),
    },
    reason,
    hazard,
    startDate: openedAt.slice(0, 10),
    ...(instructions !== undefined && { instructions }),
    response: LINK_PLACE,
  };
}

/** One notice on its way. */
interface Prepared {
  step: { consignee: string; contact: Contact | null; mark: NoticeMark; version: NoticeVersion; due?: string };
  /** Told once. */
  link: string | undefined;
}

export interface How {
  kind: NoticeVersion['kind'];
  language?: Language | undefined;
  /** Makes a new link, told this once; absent: the consignee answers by the one that it has. */
  link?: { days: number; origin: string };
}

async function newLink(
  { tx, head, now }: CaseWork,
  party: string,
  { days, origin }: NonNullable<How['link']>,
): Promise<{ linkId: string; url: string }> {
  const { token, linkId } = await addLink(tx, head, party, { now, expiresAt: now + days * DAY_MS });
  return { linkId, url: `${origin}/api/recall-links/${token}` };
}

async function prepare(
  work: CaseWork,
  file: CaseFile,
  one: Consignee & { name: string | null; contact: Reached | null },
  { kind, language: asked, link: wanted }: How,
): Promise<Prepared> {
  const { head, now } = work;
  const { party, name, contact } = one;
  const language = asked ?? contact?.language ?? file.opened.language;
  const goods = one.goods.map(({ id, quantity, uom }) => ({ id, quantity, uom }));
  const notice = noticeOf({
    jurisdiction: file.opened.jurisdiction,
    language,
    recall: factsOf(file, head),
    consignee: { party, ...(name !== null && { name }), goods },
  });
  const link = wanted && (await newLink(work, party, wanted));
  const versions = file.notices.get(party)?.versions ?? [];
  const state = head.drill ? 'withheld' : contact ? 'prepared' : 'failed';
  const mark: NoticeMark = {
    state,
    at: isoOf(now),
    channel: contact?.channel ?? null,
    ...(state === 'failed' && { note: 'no contact is known' }),
  };
  const version: NoticeVersion = {
    version: versions.length + 1,
    kind,
    at: isoOf(now),
    language,
    subject: notice.subject,
    text: notice.text,
    missing: notice.missing,
    goods,
    link: link?.linkId ?? versions.at(-1)?.link ?? null,
  };
  // who was reminded has as long again, whether or not somebody notes that the reminder went out
  const due = kind === 'reminder' ? { due: isoOf(now + file.opened.replyHours * HOUR_MS) } : {};
  return { step: { consignee: party, contact, mark, version, ...due }, link: link?.url };
}

/** Writes notices to parties that are consignees. Throws AppError `invalid` for another one. */
export async function issue(
  work: CaseWork,
  file: CaseFile,
  parties: readonly string[],
  how: How,
  by: NewStep['by'],
): Promise<object[]> {
  const known = await reachedConsignees(work.tx, work.head.tenantId, file);
  const byParty = new Map(known.map((one) => [one.party, one]));
  const prepared: Prepared[] = [];
  for (const party of parties) {
    const one = byParty.get(party);
    if (!one) throw noConsignee(party);
    prepared.push(await prepare(work, file, one, how));
  }
  if (prepared.length > 0) await work.append('noticed', by, { notices: prepared.map(({ step }) => step) });
  // the text with the link in it is told this once
  return prepared.map(({ step: { consignee, contact, mark, version }, link }) => ({
    consignee,
    contact,
    state: mark.state,
    ...version,
    ...(link !== undefined && { text: version.text.replaceAll(LINK_PLACE, link), link }),
  }));
}

/** Consignees of whom `what` is due; those that the record no longer knows are left to a person. */
function dueOf(file: CaseFile, what: FollowUp, now: number): string[] {
  const known = new Set(allConsignees(file).map(({ party }) => party));
  return [...file.notices.values()]
    .filter((one) => followUpOf(one, now) === what && known.has(one.consignee))
    .map((one) => one.consignee);
}

/** Where no answer came in time: a reminder, and when that is over too, somebody higher up has to know. */
export async function followUp(
  work: CaseWork,
  file: CaseFile,
  { link }: Pick<How, 'link'>,
  by: NewStep['by'],
): Promise<{ notices: object[]; escalated: string[] }> {
  const [reminded, escalated] = [dueOf(file, 'reminder', work.now), dueOf(file, 'escalation', work.now)];
  const notices = await issue(work, file, reminded, { kind: 'reminder', ...(link && { link }) }, by);
  if (escalated.length > 0) await work.append('escalated', by, { consignees: escalated });
  return { notices, escalated };
}

/** When something is next due of the consignees that did not answer (ms since 1970); Infinity: never. */
export const nextFollowUp = (file: CaseFile): number =>
  Math.min(
    ...[...file.notices.values()]
      // an instant later, since what is due at an instant is late behind it
      .filter((one) => one.due !== undefined && isDueSome(one))
      .map(({ due }) => Date.parse(due!) + 1),
  );

const isDueSome = (one: Parameters<typeof followUpOf>[0]): boolean =>
  ['reminder', 'escalation'].includes(followUpOf(one, Infinity));
