// What consignees answer: over the interface, or by a link that needs no account and opens one consignee alone (C7).
import { AppError } from '../error.ts';
import { allConsignees, type CaseFile, type ReplyLine, type SoldTo } from '../rules/recall-case.ts';
import { exceedsOf } from '../rules/reply.ts';
import { findCase, type NewStep } from '../store/recall.ts';
import { findLink } from '../store/recall-link.ts';
import { check, readJson } from './body.ts';
import type { Ctx } from './platform.ts';
import { refusal } from './problem.ts';
import { answered, replied } from './recall-body.ts';
import { fileOf, headAt, isoOf, JSON_TYPE, said, TAG, type Working, working, workingAt } from './recall-case.ts';
import type { Resource } from './resource.ts';

/** A stranger sends it. */
const LINK_BYTES_MAX = 256 * 1024;

/** Answers of one consignee by its link; each stays in the record. */
const LINK_ANSWERS_MAX = 100;

interface Told {
  lines: ReplyLine[];
  soldTo: SoldTo[];
  proof?: string;
  note?: string;
}

/** Lots that are none of the consignee's are no answer; too much of one that is, is kept and flagged. */
function checkLots(file: CaseFile, consignee: string, { lines, soldTo }: Told): string[] {
  const found = allConsignees(file).find(({ party }) => party === consignee);
  if (!found)
    throw refusal('ValidationException', `/consignee: ${consignee.slice(0, 200)} is no consignee of this case.`);
  const lots = new Set(found.goods.map(({ id, lot }) => lot ?? id));
  const strange = [...lines, ...soldTo].find(({ lot }) => !lots.has(lot));
  if (strange) throw refusal('ValidationException', `/lines: ${strange.lot} is no lot that was sent here.`);
  return exceedsOf(found, lines);
}

async function reply(
  one: Working,
  {
    consignee,
    at,
    via,
    told,
    by,
  }: { consignee: string; at: string; via: 'link' | 'api'; told: Told; by: NewStep['by'] },
): Promise<object> {
  const file = await fileOf(one.tx, one.head);
  const { lines, soldTo, proof, note } = told;
  const exceeds = checkLots(file, consignee, told);
  const answer = {
    consignee,
    at,
    via,
    lines,
    soldTo,
    ...(proof !== undefined && { proof }),
    ...(note !== undefined && { note }),
    exceeds,
  };
  await one.append('replied', by, answer);
  return answer;
}

async function post(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, replied);
  const { consignee, at, ...told } = data;
  return workingAt(c, async (one) => {
    if (at !== undefined && Date.parse(at) > one.now)
      throw refusal('ValidationException', `/at: ${at} has not come yet.`);
    const answer = { consignee, at: at ?? isoOf(one.now), via: 'api' as const, told: told as Told, by };
    return c.json(await reply(one, answer), 201);
  });
}

async function list(c: Ctx): Promise<Response> {
  return c.json([...(await fileOf(c.var.platform.store, await headAt(c))).replies.values()]);
}

/** Whose link it is; wrong, unknown and expired ones look alike, and so does that of a case that is gone. */
async function linkAt(c: Ctx): Promise<{ tenantId: string; caseId: string; consignee: string }> {
  c.header('Cache-Control', 'no-store');
  c.header('Referrer-Policy', 'no-referrer');
  const { store, clock } = c.var.platform;
  const found = await findLink(store, c.req.param('token')!, clock());
  if (!found) throw new AppError('not_found', 'This link does not open anything, or not any more.');
  return found;
}

const CONSIGNEE = (consignee: string): NewStep['by'] => ({ key: 'link', role: 'consignee', person: consignee });

/** The newest notice of the consignee, and nothing of anybody else; that it was opened is noted once. */
async function openLink(c: Ctx): Promise<Response> {
  const { tenantId, caseId, consignee } = await linkAt(c);
  const { platform } = c.var;
  const head = await findCase(platform.store, tenantId, caseId);
  if (!head) throw new AppError('not_found', 'This link does not open anything, or not any more.');
  const file = await fileOf(platform.store, head);
  const notice = file.notices.get(consignee);
  const version = notice?.versions.at(-1);
  if (!notice || !version) throw new AppError('not_found', 'This link does not open anything, or not any more.');
  const isNoted = notice.marks.some(({ state, at }) => state === 'opened' && at >= version.at);
  if (!isNoted && head.closedAt === undefined)
    await working({ platform, tenantId, caseID: caseId }, ({ append, now }) =>
      append('marked', CONSIGNEE(consignee), { consignee, state: 'opened', at: isoOf(now), channel: 'link' }),
    );
  const { product, hazard, reason, firm } = file.opened;
  const { language, subject, text, goods } = version;
  const lots =
    allConsignees(file)
      .find(({ party }) => party === consignee)
      ?.goods.map(({ id, lot }) => lot ?? id) ?? [];
  return c.json({
    product,
    firm,
    reason,
    hazard,
    drill: head.drill,
    closed: head.closedAt !== undefined,
    language,
    subject,
    text,
    goods,
    lots: [...new Set(lots)],
    ...(notice.due !== undefined && { due: notice.due }),
    answer: file.replies.get(consignee) ?? null,
  });
}

async function answerLink(c: Ctx): Promise<Response> {
  const { tenantId, caseId, consignee } = await linkAt(c);
  const told = check(answered, await readJson(c, { bytesMax: LINK_BYTES_MAX })) as Told;
  const { platform } = c.var;
  return working({ platform, tenantId, caseID: caseId }, async (one) => {
    const { linkReplies } = await fileOf(one.tx, one.head);
    if ((linkReplies.get(consignee) ?? 0) >= LINK_ANSWERS_MAX)
      throw new AppError('conflict', `This link took ${LINK_ANSWERS_MAX} answers and takes no more; call the firm.`);
    return c.json(
      await reply(one, { consignee, at: isoOf(one.now), via: 'link', told, by: CONSIGNEE(consignee) }),
      201,
    );
  });
}

const object = (description: string, status = 200) => ({ status, description, schema: { type: 'object' } });

export const recallReplyResources: Resource[] = [
  {
    path: '/recalls/{caseID}/replies',
    tag: TAG,
    operations: {
      GET: {
        summary: 'The newest answer of each consignee; one that accounts for more than was sent is flagged',
        right: 'recall-read',
        answers: [JSON_TYPE],
        success: { status: 200, description: 'The answers', schema: { type: 'array' } },
        refusals: [404],
        handle: list,
      },
      POST: {
        summary: 'Records what a consignee answers; what it sold on makes a consignee of the next tier',
        right: 'recall-work',
        answers: [JSON_TYPE],
        body: { description: 'Whose answer, lot by lot', types: [JSON_TYPE], schema: replied },
        success: object('The answer as kept', 201),
        refusals: [404, 409],
        handle: post,
      },
    },
  },
  {
    path: '/recall-links/{token}',
    tag: TAG,
    operations: {
      GET: {
        summary: 'The notice of the consignee whose link it is; needs no key',
        answers: [JSON_TYPE],
        success: object('The notice and the answer so far'),
        refusals: [404],
        handle: openLink,
      },
      POST: {
        summary: 'Answers as the consignee whose link it is; needs no key',
        answers: [JSON_TYPE],
        body: { description: 'The answer, lot by lot', types: [JSON_TYPE], schema: answered },
        success: object('The answer as kept', 201),
        refusals: [404, 409],
        handle: answerLink,
      },
    },
  },
];
