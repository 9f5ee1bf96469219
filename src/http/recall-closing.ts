// Whether a recall worked, whether its books are balanced, and whether it may be closed (C8 to C10).
import { allEntries, freshConsignees } from '../capture/recall-consignees.ts';
import { AppError } from '../error.ts';
import { newSeed, obstaclesTo, sampleOf } from '../rules/index.ts';
import { allConsignees, type CaseFile, noticeState } from '../rules/recall-case.ts';
import type { Ctx } from './platform.ts';
import { refusal } from './problem.ts';
import { byPerson, checked, closed, explained, reopened } from './recall-body.ts';
import { deadlinesAt, fileOf, headAt, isoOf, JSON_TYPE, said, TAG, type Working, workingAt } from './recall-case.ts';
import { effectivenessAt, reconciliationAt, toldOf } from './recall-numbers.ts';
import { caseView, summaryOf } from './recall-view.ts';
import type { Operation, Resource } from './resource.ts';

async function effectiveness(c: Ctx): Promise<Response> {
  const file = await fileOf(c.var.platform.store, await headAt(c));
  const { sample, checks } = file;
  return c.json({
    ...effectivenessAt(file),
    sample: sample ?? null,
    checks: [...checks].map(([consignee, result]) => ({ consignee, ...result })),
  });
}

/** Draws who is to be checked among those who were told, by a seed that stays in the record. */
async function draw(c: Ctx): Promise<Response> {
  const { by } = await said(c, byPerson);
  return workingAt(c, async ({ tx, head, append }) => {
    const { notices, opened, sample } = await fileOf(tx, head);
    if (sample) throw new AppError('conflict', `The sample was drawn already, by the seed ${sample.seed}.`);
    const ids = [...notices.values()].filter((one) => toldOf(one)).map(({ consignee }) => consignee);
    const { checkLevel: level, checkPercent: percent } = opened;
    const drawn = await sampleOf({ ids, level, ...(percent !== undefined && { percent }), seed: newSeed() });
    await append('sampled', by, drawn);
    return c.json(drawn, 201);
  });
}

async function recordCheck(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, checked);
  return workingAt(c, async (working) => {
    const { sample } = await fileOf(working.tx, working.head);
    if (!sample?.ids.includes(data.consignee))
      throw refusal('ValidationException', `/consignee: ${data.consignee.slice(0, 200)} is not in the sample.`);
    await working.append('checked', by, data);
    return c.json(effectivenessAt(await fileOf(working.tx, working.head)), 201);
  });
}

async function books(c: Ctx): Promise<Response> {
  const file = await fileOf(c.var.platform.store, await headAt(c));
  const found = reconciliationAt(file);
  if (!found) throw new AppError('conflict', 'The consignees of the case were never computed; compute them first.');
  return c.json({ ...found, explained: Object.fromEntries(file.explained) });
}

async function explain(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, explained);
  return workingAt(c, async ({ tx, head, append }) => {
    const lots = reconciliationAt(await fileOf(tx, head))?.lots ?? [];
    if (!lots.some(({ lot }) => lot === data.lot))
      throw refusal('ValidationException', `/lot: ${data.lot} is no lot of the books of this case.`);
    await append('explained', by, data);
    return c.json(data, 201);
  });
}

/** Consignees that were never told, or in vain, and of which nobody said that this is settled. */
const untold = (file: CaseFile): string[] =>
  allConsignees(file).flatMap(({ party }) => {
    const notice = file.notices.get(party);
    const state = notice ? noticeState(notice) : 'failed';
    return state === 'failed' || state === 'prepared' ? [party] : [];
  });

async function obstacles(
  { tx, head, now }: Working,
  file: CaseFile,
  { closer, reference }: Closing,
): Promise<object[]> {
  const reconciliation = reconciliationAt(file);
  return obstaclesTo({
    // of a drill nothing is sent, so that no duty can be met by it
    deadlines: head.drill ? [] : deadlinesAt(file, now),
    undecided: (await allEntries(tx, head, 'undecided')).map(({ id }) => id),
    failedNotices: head.drill ? [] : untold(file),
    ...(reconciliation && { reconciliation }),
    explained: new Set(file.explained.keys()),
    closer,
    ...(reference !== undefined && { reference }),
  });
}

interface Closing {
  reason: string;
  closer: 'firm' | 'regulator';
  reference?: string;
}

async function close(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, closed);
  await freshConsignees(c.var.platform, c.var.principal!.tenantId, c.req.param('caseID')!, by);
  return workingAt(c, async (working) => {
    const file = await fileOf(working.tx, working.head);
    const errors = await obstacles(working, file, data as Closing);
    if (errors.length > 0)
      throw new AppError('conflict', `The case cannot be closed yet: ${errors.length} obstacles.`, { errors });
    await working.append('closed', by, data, { closedAt: working.now });
    return c.json(await caseView(working.tx, working.head, await fileOf(working.tx, working.head), working.now));
  });
}

async function reopen(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, reopened);
  return workingAt(
    c,
    async (working) => {
      const file = await fileOf(working.tx, working.head);
      await working.append('reopened', by, data, { closedAt: null, summary: summaryOf(file) });
      return c.json(await caseView(working.tx, working.head, await fileOf(working.tx, working.head), working.now));
    },
    { closed: true },
  );
}

/** What stands in the way now, before anybody tries. */
async function standing(c: Ctx): Promise<Response> {
  const head = await headAt(c);
  const { store, clock } = c.var.platform;
  const working = { tx: store, head, now: clock(), append: () => Promise.resolve() };
  const found = await obstacles(working, await fileOf(store, head), { reason: '', closer: 'firm' });
  return c.json({ at: isoOf(working.now), obstacles: found });
}

const CASE = '/recalls/{caseID}';
const answer = (description: string, status = 200): Operation['success'] => ({
  status,
  description,
  schema: { type: 'object' },
});
const post = (
  right: NonNullable<Operation['right']>,
  summary: string,
  schema: object,
  success: Operation['success'],
  handle: Operation['handle'],
): Operation => ({
  summary,
  right,
  answers: [JSON_TYPE],
  body: { description: 'What and why', types: [JSON_TYPE], schema },
  success,
  refusals: [404, 409],
  handle,
});
const get = (summary: string, handle: Operation['handle'], refusals = [404]): Operation => ({
  summary,
  right: 'recall-read',
  answers: [JSON_TYPE],
  success: answer('As it stands'),
  refusals,
  handle,
});

export const recallClosingResources: Resource[] = [
  {
    path: `${CASE}/effectiveness`,
    tag: TAG,
    operations: { GET: get('How many were told, answered, were checked, and were right', effectiveness) },
  },
  {
    path: `${CASE}/sample`,
    tag: TAG,
    operations: {
      POST: post('recall-work', 'Draws the consignees to be checked, once', byPerson, answer('The sample', 201), draw),
    },
  },
  {
    path: `${CASE}/checks`,
    tag: TAG,
    operations: {
      POST: post(
        'recall-work',
        'What a check of a consignee found',
        checked,
        answer('Effectiveness', 201),
        recordCheck,
      ),
    },
  },
  {
    path: `${CASE}/reconciliation`,
    tag: TAG,
    operations: { GET: get('Where everything that was made has gone, lot by lot', books, [404, 409]) },
  },
  {
    path: `${CASE}/explanations`,
    tag: TAG,
    operations: {
      POST: post('recall-decide', 'Explains what the books of a lot miss', explained, answer('Kept', 201), explain),
    },
  },
  {
    path: `${CASE}/obstacles`,
    tag: TAG,
    operations: { GET: get('What stands in the way of closing the case', standing) },
  },
  {
    path: `${CASE}/closing`,
    tag: TAG,
    operations: {
      POST: post('recall-close', 'Closes the case; 409 names each obstacle', closed, answer('The case'), close),
    },
  },
  {
    path: `${CASE}/reopening`,
    tag: TAG,
    operations: {
      POST: post('recall-close', 'Opens a closed case again', reopened, answer('The case'), reopen),
    },
  },
];
