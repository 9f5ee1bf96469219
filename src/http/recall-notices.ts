// Consignees of a recall case and what they are told (C5, C6).
import type { z } from '@hono/zod-openapi';
import { freshConsignees, takeConsignees } from '../capture/recall-consignees.ts';
import { followUp, type How, issue, noConsignee, reachedConsignees } from '../capture/recall-notices.ts';
import { AppError } from '../error.ts';
import { allConsignees } from '../rules/recall-case.ts';
import { refusal } from './problem.ts';
import type { Ctx } from './platform.ts';
import { byPerson, contacted, marked, noticed } from './recall-body.ts';
import { fileOf, headAt, isoOf, JSON_TYPE, said, TAG, workingAt } from './recall-case.ts';
import { noticeView } from './recall-view.ts';
import type { Resource } from './resource.ts';

const HOUR_MS = 3_600_000;
const LINK_DAYS = 90;

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

const originOf = (c: Ctx): string => new URL(c.req.url).origin;

async function notify(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, noticed);
  const { linkDays, language } = data as z.infer<typeof noticed>;
  await freshConsignees(c.var.platform, c.var.principal!.tenantId, c.req.param('caseID')!, by);
  return workingAt(c, async (working) => {
    const file = await fileOf(working.tx, working.head);
    const parties =
      data.consignees ?? allConsignees(file).flatMap(({ party }) => (file.notices.has(party) ? [] : [party]));
    const how: How = { kind: 'notice', language, link: { days: linkDays, origin: originOf(c) } };
    c.header('Cache-Control', 'no-store');
    return c.json(await issue(working, file, [...new Set(parties)], how, by), 201);
  });
}

/** Where no answer came in time: a reminder, and when that is over too, somebody higher up has to know. */
async function remind(c: Ctx): Promise<Response> {
  const { by } = await said(c, byPerson);
  return workingAt(c, async (working) => {
    const file = await fileOf(working.tx, working.head);
    const how = { link: { days: LINK_DAYS, origin: originOf(c) } };
    const { notices, escalated } = await followUp(working, file, how, by);
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
