// Consignees of a recall case and what they are told (C5, C6).
import type { z } from '@hono/zod-openapi';
import { freshConsignees, knownContacts, takeConsignees } from '../capture/recall-consignees.ts';
import { AppError } from '../error.ts';
import { type Consignee, noticeOf, type RecallFacts } from '../rules/index.ts';
import {
  allConsignees,
  type CaseFile,
  type Contact,
  contactOf,
  followUpOf,
  type Language,
  type NoticeMark,
  type NoticeVersion,
} from '../rules/recall-case.ts';
import type { Queries } from '../store/open.ts';
import type { CaseHead, NewStep } from '../store/recall.ts';
import { addLink } from '../store/recall-link.ts';
import { refusal } from './problem.ts';
import type { Ctx } from './platform.ts';
import { byPerson, contacted, marked, noticed } from './recall-body.ts';
import { fileOf, headAt, isoOf, JSON_TYPE, said, TAG, type Working, workingAt } from './recall-case.ts';
import { noticeView } from './recall-view.ts';
import type { Resource } from './resource.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LINK_DAYS = 90;
/** Stands in the stored text where the link stood that only the consignee has. */
const LINK_PLACE = '{link}';

type Reached = Contact & { language?: Language };

/** Consignees with how they are reached: set by hand, told by their seller, or from master data. */
async function reachedConsignees(
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

async function consignees(c: Ctx): Promise<Response> {
  const head = await headAt(c);
  const { store } = c.var.platform;
  const file = await fileOf(store, head);
  const { at, asOf, scope, books, findings } = file.consignees ?? {};
  const list = await reachedConsignees(store, head.tenantId, file);
  return c.json({ at, asOf, scope, consignees: list, books: books ?? [], findings: findings ?? [] });
}

async function compute(c: Ctx): Promise<Response> {
  const { by } = await said(c, byPerson);
  await takeConsignees(c.var.platform, c.var.principal!.tenantId, (await headAt(c)).caseId, by);
  return consignees(c);
}

async function setContact(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, contacted);
  return workingAt(c, async ({ tx, head, append }) => {
    const file = await fileOf(tx, head);
    if (!allConsignees(file).some(({ party }) => party === data.consignee)) throw noConsignee(data.consignee);
    await append('contact', by, data);
    return c.json(data);
  });
}

const noConsignee = (party: string): AppError =>
  refusal('ValidationException', `/consignee: ${party.slice(0, 200)} is no consignee of this case.`);

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

/** One notice on its way, with the link that is told once. */
interface Prepared {
  step: { consignee: string; contact: Contact | null; mark: NoticeMark; version: NoticeVersion };
  link: string;
}

interface How {
  kind: NoticeVersion['kind'];
  language?: Language | undefined;
  linkDays: number;
  origin: string;
}

async function prepare(
  { tx, head, now }: Working,
  file: CaseFile,
  one: Consignee & { name: string | null; contact: Reached | null },
  { kind, language: asked, linkDays, origin }: How,
): Promise<Prepared> {
  const { party, name, contact } = one;
  const language = asked ?? contact?.language ?? file.opened.language;
  const goods = one.goods.map(({ id, quantity, uom }) => ({ id, quantity, uom }));
  const notice = noticeOf({
    jurisdiction: file.opened.jurisdiction,
    language,
    recall: factsOf(file, head),
    consignee: { party, ...(name !== null && { name }), goods },
  });
  const { token, linkId } = await addLink(tx, head, party, { now, expiresAt: now + linkDays * DAY_MS });
  const state = head.drill ? 'withheld' : contact ? 'prepared' : 'failed';
  const mark: NoticeMark = {
    state,
    at: isoOf(now),
    channel: contact?.channel ?? null,
    ...(state === 'failed' && { note: 'no contact is known' }),
  };
  const version: NoticeVersion = {
    version: (file.notices.get(party)?.versions.length ?? 0) + 1,
    kind,
    at: isoOf(now),
    language,
    subject: notice.subject,
    text: notice.text,
    missing: notice.missing,
    goods,
    link: linkId,
  };
  return { step: { consignee: party, contact, mark, version }, link: `${origin}/api/recall-links/${token}` };
}

async function issue(working: Working, file: CaseFile, parties: readonly string[], how: How, by: NewStep['by']) {
  const known = await reachedConsignees(working.tx, working.head.tenantId, file);
  const byParty = new Map(known.map((one) => [one.party, one]));
  const prepared: Prepared[] = [];
  for (const party of parties) {
    const one = byParty.get(party);
    if (!one) throw noConsignee(party);
    prepared.push(await prepare(working, file, one, how));
  }
  if (prepared.length > 0) await working.append('noticed', by, { notices: prepared.map(({ step }) => step) });
  // the text with the link in it is told this once
  return prepared.map(({ step: { consignee, contact, mark, version }, link }) => ({
    consignee,
    contact,
    state: mark.state,
    ...version,
    text: version.text.replaceAll(LINK_PLACE, link),
    link,
  }));
}

const originOf = (c: Ctx): string => new URL(c.req.url).origin;

async function notify(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, noticed);
  const { linkDays, language } = data as z.infer<typeof noticed>;
  await freshConsignees(c.var.platform, c.var.principal!.tenantId, c.req.param('caseID')!, by);
  return workingAt(c, async (working) => {
    const file = await fileOf(working.tx, working.head);
    const parties =
      data.consignees ?? allConsignees(file).flatMap(({ party }) => (file.notices.has(party) ? [] : [party]));
    const how: How = { kind: 'notice', language, linkDays, origin: originOf(c) };
    c.header('Cache-Control', 'no-store');
    return c.json(await issue(working, file, [...new Set(parties)], how, by), 201);
  });
}

/** Where no answer came in time: a reminder, and when that is over too, somebody higher up has to know. */
async function remind(c: Ctx): Promise<Response> {
  const { by } = await said(c, byPerson);
  return workingAt(c, async (working) => {
    const file = await fileOf(working.tx, working.head);
    const due = (what: string): string[] =>
      [...file.notices.values()].filter((one) => followUpOf(one, working.now) === what).map((one) => one.consignee);
    const [reminded, escalated] = [due('reminder'), due('escalation')];
    const how: How = { kind: 'reminder', linkDays: LINK_DAYS, origin: originOf(c) };
    const notices = await issue(working, file, reminded, how, by);
    if (escalated.length > 0) await working.append('escalated', by, { consignees: escalated });
    c.header('Cache-Control', 'no-store');
    return c.json({ reminders: notices, escalated }, 201);
  });
}

async function notices(c: Ctx): Promise<Response> {
  const head = await headAt(c);
  const { store, clock } = c.var.platform;
  const file = await fileOf(store, head);
  return c.json([...file.notices.values()].map((one) => noticeView(file, one, clock())));
}

/** What became of a notice; that the first one was sent starts and meets deadlines. */
async function mark(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, marked);
  return workingAt(c, async (working) => {
    const { tx, head, now } = working;
    const file = await fileOf(tx, head);
    const notice = file.notices.get(data.consignee);
    const { state, consignee, note } = data;
    if (!notice) throw refusal('ValidationException', `/consignee: ${consignee.slice(0, 200)} has no notice yet.`);
    if (head.drill && state !== 'settled') throw new AppError('conflict', 'This is a drill: nothing is sent.');
    const at = data.at ?? isoOf(now);
    if (Date.parse(at) > now) throw refusal('ValidationException', `/at: ${at} has not come yet.`);
    const isFirst = state === 'sent' && !file.acts.some(({ act }) => act === 'notice');
    const due = state === 'sent' ? { due: isoOf(Date.parse(at) + file.opened.replyHours * HOUR_MS) } : {};
    const channel = data.channel ?? notice.contact?.channel ?? null;
    await working.append('marked', by, { consignee, state, at, channel, ...(note !== undefined && { note }), ...due });
    if (isFirst) await working.append('act', by, { act: 'notice', at });
    const after = await fileOf(tx, working.head);
    return c.json(noticeView(after, after.notices.get(consignee)!, now));
  });
}

const CASE = '/recalls/{caseID}';
const list = (description: string, status = 200) => ({ status, description, schema: { type: 'array' } });
const object = (description: string, status = 200) => ({ status, description, schema: { type: 'object' } });

export const recallNoticeResources: Resource[] = [
  {
    path: `${CASE}/consignees`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'Who received goods of the case: tier, goods with quantities, contact; and the books of each lot',
        right: 'recall-read',
        answers: [JSON_TYPE],
        success: object('As computed last'),
        refusals: [404],
        handle: consignees,
      },
      POST: {
        summary: 'Computes the consignees anew from the record of the newest scope',
        right: 'recall-work',
        answers: [JSON_TYPE],
        body: { description: 'Who asks', types: [JSON_TYPE], schema: byPerson },
        success: object('As computed now'),
        refusals: [404, 409],
        handle: compute,
      },
    },
  },
  {
    path: `${CASE}/contacts`,
    tag: TAG,
    operations: {
      POST: {
        summary: 'Sets how a consignee is reached, and in which language',
        right: 'recall-work',
        answers: [JSON_TYPE],
        body: { description: 'Whom and how', types: [JSON_TYPE], schema: contacted },
        success: object('Set'),
        refusals: [404, 409],
        handle: setContact,
      },
    },
  },
  {
    path: `${CASE}/notices`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'Notices by consignee: versions, states with time and channel, what is overdue',
        right: 'recall-read',
        answers: [JSON_TYPE],
        success: list('The notices'),
        refusals: [404],
        handle: notices,
      },
      POST: {
        summary: 'Writes a notice for each consignee that has none, or a new version for those that are named',
        right: 'recall-work',
        answers: [JSON_TYPE],
        body: { description: 'To whom', types: [JSON_TYPE], schema: noticed },
        success: list('The notices, each with its link, which is told this once', 201),
        refusals: [404, 409],
        handle: notify,
      },
    },
  },
  {
    path: `${CASE}/notices/marks`,
    tag: TAG,
    operations: {
      POST: {
        summary: 'A notice was sent, delivered or opened, failed, or its failure is settled',
        right: 'recall-work',
        answers: [JSON_TYPE],
        body: { description: 'Which, what, when, by which channel', types: [JSON_TYPE], schema: marked },
        success: object('The notice'),
        refusals: [404, 409],
        handle: mark,
      },
    },
  },
  {
    path: `${CASE}/reminders`,
    tag: TAG,
    operations: {
      POST: {
        summary: 'Reminds consignees whose answer is overdue; those reminded in vain are escalated',
        right: 'recall-work',
        answers: [JSON_TYPE],
        body: { description: 'Who asks', types: [JSON_TYPE], schema: byPerson },
        success: object('Reminders with their links, and who was escalated', 201),
        refusals: [404, 409],
        handle: remind,
      },
    },
  },
];
