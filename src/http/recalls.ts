// Recall cases over REST: opening, class, deadlines, closing. What is said of them is in docs/recall.md.
import { takeConsignees } from '../capture/recall-consignees.ts';
import { takeScope } from '../capture/recall-scope.ts';
import { AppError, messageOf } from '../error.ts';
import { ACTS, deadlinesOf, readClass } from '../rules/index.ts';
import type { Opened } from '../rules/recall-case.ts';
import { appendStep, listCases, openCase } from '../store/recall.ts';
import { pageOf, PAGING_PARAMETERS } from './paging.ts';
import type { Ctx } from './platform.ts';
import { problemOf, refusal } from './problem.ts';
import { act, opened, reclassified } from './recall-body.ts';
import { deadlinesAt, fileOf, headAt, isoOf, JSON_TYPE, said, TAG, workingAt } from './recall-case.ts';
import { caseView, countedDown, listedCase, summaryOf } from './recall-view.ts';
import type { Resource } from './resource.ts';

/** What the clocks do not take is wrong in the body. */
function checkClocks({ jurisdiction, class: grade, zone, calendar }: Opened, now: string): void {
  try {
    readClass(grade);
    deadlinesOf({ jurisdiction, zone, calendar, classes: [{ class: grade, at: now }], acts: [] }, now);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw refusal('ValidationException', messageOf(error), error.detail);
  }
}

/** Opens a case and takes its first scope; should that fail, the case is there all the same and says why. */
async function open(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, opened);
  const { store, clock, logger } = c.var.platform;
  const { tenantId } = c.var.principal!;
  const now = clock();
  const asked = data as Opened;
  checkClocks(asked, isoOf(now));
  for (const name of ['knownAt', 'decidedAt'] as const)
    if (Date.parse(asked[name] ?? '') > now)
      throw refusal('ValidationException', `/${name}: ${asked[name]} has not come yet.`);
  const { class: grade, provisional } = asked;
  const classes = [{ class: grade, provisional, at: isoOf(now), reason: asked.reason, by }];
  let head = await store.of(tenantId).transaction(async (tx) => {
    const made = await openCase(tx, tenantId, asked.drill, now);
    const step = { at: now, kind: 'opened', by, data: asked as unknown as Record<string, unknown> };
    return appendStep(tx, made, step, { summary: summaryOf({ opened: asked, classes }) });
  });
  let scopeProblem: object | undefined;
  try {
    head = (await takeScope(c.var.platform, tenantId, head.caseId, by))?.head ?? head;
    head = await takeConsignees(c.var.platform, tenantId, head.caseId, by);
  } catch (error) {
    logger.warn({ requestId: c.var.requestId, err: error }, 'the first scope of a recall case cannot be taken');
    scopeProblem = problemOf(error);
  }
  logger.info({ requestId: c.var.requestId, caseID: head.caseId, drill: head.drill }, 'a recall case was opened');
  c.header('Location', `${c.req.path}/${head.caseId}`);
  const view = await caseView(store, head, await fileOf(store, head), clock());
  return c.json({ ...view, ...(scopeProblem && { scopeProblem }) }, 201);
}

async function list(c: Ctx): Promise<Response> {
  const asked = await pageOf(c);
  const [openedAt, id] = asked.after ?? [];
  const { platform, principal } = c.var;
  const after = openedAt === undefined ? undefined : ([Number(openedAt), String(id)] as const);
  const found = await listCases(platform.store, principal!.tenantId, asked.perPage + 1, after);
  const page = found.slice(0, asked.perPage);
  const last = page.at(-1);
  if (last && found.length > asked.perPage) asked.announce([last.openedAt, last.caseId]);
  return c.json(page.map(listedCase));
}

async function show(c: Ctx): Promise<Response> {
  const head = await headAt(c);
  const { store, clock } = c.var.platform;
  return c.json(await caseView(store, head, await fileOf(store, head), clock()));
}

async function deadlines(c: Ctx): Promise<Response> {
  const head = await headAt(c);
  const { store, clock } = c.var.platform;
  const now = clock();
  return c.json(deadlinesAt(await fileOf(store, head), now).map((one) => countedDown(one, now)));
}

async function reclassify(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, reclassified);
  return workingAt(c, async (working) => {
    const { tx, head, now } = working;
    const file = await fileOf(tx, head);
    const change = { ...data, at: data.at ?? isoOf(now) };
    checkClocks({ ...file.opened, class: data.class }, isoOf(now));
    if (change.at < file.openedAt || Date.parse(change.at) > now)
      throw refusal('ValidationException', `/at must lie between ${file.openedAt}, the opening, and now.`);
    const classes = [...file.classes, { ...change, by }];
    await working.append('reclassified', by, change, { summary: summaryOf({ opened: file.opened, classes }) });
    return c.json(await caseView(tx, working.head, await fileOf(tx, working.head), now));
  });
}

/** Something happened that starts or meets a deadline. */
async function record(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, act);
  return workingAt(c, async (working) => {
    const { tx, now } = working;
    const at = data.at ?? isoOf(now);
    if (Date.parse(at) > now) throw refusal('ValidationException', `/at: ${at} has not come yet.`);
    await working.append('act', by, { ...data, at });
    return c.json(
      deadlinesAt(await fileOf(tx, working.head), now).map((one) => countedDown(one, now)),
      201,
    );
  });
}

const CASE = '/recalls/{caseID}';

export const recallResources: Resource[] = [
  {
    path: '/recalls',
    tag: TAG,
    operations: {
      GET: {
        summary: 'Recall cases, the newest first',
        right: 'recall-read',
        answers: [JSON_TYPE],
        parameters: PAGING_PARAMETERS,
        success: { status: 200, description: 'A page of them', schema: { type: 'array' } },
        refusals: [400],
        handle: list,
      },
      POST: {
        summary: 'Opens a case, takes its first scope, and puts what it lists on hold',
        right: 'recall-work',
        answers: [JSON_TYPE],
        body: { description: 'What is recalled, why, and under which law', types: [JSON_TYPE], schema: opened },
        success: { status: 201, description: 'The case; Location is its address', schema: { type: 'object' } },
        refusals: [409],
        handle: open,
      },
    },
  },
  {
    path: CASE,
    tag: TAG,
    operations: {
      GET: {
        summary: 'A case: class, deadlines, scope, counts, notices',
        right: 'recall-read',
        answers: [JSON_TYPE],
        success: { status: 200, description: 'The case as it stands', schema: { type: 'object' } },
        refusals: [404],
        handle: show,
      },
    },
  },
  {
    path: `${CASE}/class`,
    tag: TAG,
    operations: {
      POST: {
        summary: 'Raises or lowers the class, with reason; deadlines are computed again, the old ones stay',
        right: 'recall-decide',
        answers: [JSON_TYPE],
        body: { description: 'The class and why', types: [JSON_TYPE], schema: reclassified },
        success: { status: 200, description: 'The case', schema: { type: 'object' } },
        refusals: [404, 409],
        handle: reclassify,
      },
    },
  },
  {
    path: `${CASE}/deadlines`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'What has to be done by when, by which article, counted down',
        right: 'recall-read',
        answers: [JSON_TYPE],
        success: { status: 200, description: 'The deadlines', schema: { type: 'array' } },
        refusals: [404],
        handle: deadlines,
      },
    },
  },
  {
    path: `${CASE}/acts`,
    tag: TAG,
    operations: {
      POST: {
        summary: `Something was done that starts or meets a deadline: ${ACTS.join(', ')}`,
        right: 'recall-work',
        answers: [JSON_TYPE],
        body: { description: 'What and when', types: [JSON_TYPE], schema: act },
        success: { status: 201, description: 'The deadlines as they stand now', schema: { type: 'array' } },
        refusals: [404, 409],
        handle: record,
      },
    },
  },
];
