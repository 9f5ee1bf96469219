// The list of a recall case over REST: versions of the scope, entries, decisions, holds.
import type { Ctx } from './platform.ts';
import { takeConsignees } from '../capture/recall-consignees.ts';
import { takeScope } from '../capture/recall-scope.ts';
import { AppError } from '../error.ts';
import { keyOfUri } from '../gs1/index.ts';
import {
  casesOf,
  changesAt,
  type CaseEntry,
  countEntries,
  decideEntries,
  entriesAt,
  entriesOf,
  ENTRY_LISTS,
  type EntryList,
  listEntries,
  releaseEntries,
} from '../store/recall-scope.ts';
import type { CaseHead } from '../store/recall.ts';
import type { Queries } from '../store/open.ts';
import { pageOf, PAGING_PARAMETERS } from './paging.ts';
import { refusal } from './problem.ts';
import { byPerson, decided, released } from './recall-body.ts';
import { fileOf, headAt, isoOf, JSON_TYPE, said, TAG, workingAt } from './recall-case.ts';
import type { Operation, Parameter, Resource } from './resource.ts';

const UNKNOWN_SHOWN_MAX = 20;

const listed = (confidence: string, entries: Awaited<ReturnType<typeof entriesAt>>): object[] =>
  entries.filter((one) => one.role !== 'carrier' && one.confidence === confidence);

/** One version of the scope with its lists, and how it differs from the one before. */
async function versionOf(db: Queries, head: CaseHead, version: number): Promise<object> {
  const file = await fileOf(db, head);
  const told = file.scopes.find((one) => one.version === version);
  if (!told) throw new AppError('not_found', `The case has no version ${version} of its scope; it has ${head.scope}.`);
  const entries = await entriesAt(db, head, version);
  const changes = version === 1 ? [] : await changesAt(db, head, version);
  const of = (change: string): object[] =>
    changes.filter((one) => one.change === change).map(({ id, from, to, cause }) => ({ id, from, to, cause }));
  return {
    ...told,
    definite: listed('definite', entries),
    possible: listed('possible', entries),
    carriers: entries.filter(({ role }) => role === 'carrier'),
    difference: { since: version - 1, added: of('added'), removed: of('removed'), changed: of('changed') },
  };
}

async function runScope(c: Ctx): Promise<Response> {
  const { by } = await said(c, byPerson);
  const { caseId } = await headAt(c);
  const { platform, principal } = c.var;
  const taken = await takeScope(platform, principal!.tenantId, caseId, by);
  if (!taken) throw new AppError('internal', 'A scope that was asked for was not taken.');
  await takeConsignees(platform, principal!.tenantId, caseId, by);
  c.header('Location', `${c.req.path}/${taken.version}`);
  return c.json(await versionOf(platform.store, taken.head, taken.version), 201);
}

async function scopes(c: Ctx): Promise<Response> {
  return c.json((await fileOf(c.var.platform.store, await headAt(c))).scopes);
}

async function scope(c: Ctx): Promise<Response> {
  const head = await headAt(c);
  const asked = c.req.param('version')!;
  const version = asked === 'latest' ? head.scope : /^\d{1,9}$/.test(asked) ? Number(asked) : Number.NaN;
  return c.json(await versionOf(c.var.platform.store, head, version));
}

/** What is said of an entry besides what it is. */
async function entries(c: Ctx): Promise<Response> {
  const head = await headAt(c);
  const list = c.req.query('list') ?? 'all';
  if (!ENTRY_LISTS.some((one) => one === list))
    throw refusal('QueryParameterException', `list must be one of ${ENTRY_LISTS.join(', ')}.`);
  const asked = await pageOf(c, ['list']);
  const [after] = asked.after ?? [];
  const page = await listEntries(
    c.var.platform.store,
    head,
    list as EntryList,
    asked.perPage,
    after === undefined ? undefined : String(after),
  );
  if (page.next !== undefined) asked.announce([page.next]);
  return c.json(page.entries);
}

/** The entries that a body names; 400 names those that the case does not know. */
async function namedEntries(tx: Queries, head: CaseHead, ids: readonly string[]): Promise<Map<string, CaseEntry>> {
  const found = await entriesOf(tx, head, ids);
  const unknown = ids.filter((id) => !found.has(id));
  if (unknown.length > 0)
    throw refusal('ValidationException', `${unknown.length} of these the case never listed: ${unknown[0]}`, {
      errors: unknown.slice(0, UNKNOWN_SHOWN_MAX).map((id) => ({ path: '/ids', message: `${id} was never listed` })),
    });
  return found;
}

async function decide(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, decided);
  return workingAt(c, async ({ tx, head, append }) => {
    const found = await namedEntries(tx, head, data.ids);
    const ids = [...new Set([...found.values()].map(({ id }) => id))];
    const { decision, reason } = data;
    await append('decided', by, { decision, reason, ids });
    await decideEntries(tx, head, ids, { decision, step: head.steps + 1, keyId: by.key });
    const undecided = await countEntries(tx, head, 'undecided');
    return c.json({ step: head.steps + 1, decision, decided: ids.length, undecided });
  });
}

/** A hold is ended by somebody else than who opened the case or decided about the entry. */
async function release(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, released);
  return workingAt(c, async ({ tx, head, append }) => {
    const found = await namedEntries(tx, head, data.ids);
    const { openedBy } = await fileOf(tx, { ...head, steps: 1 });
    const own = [...found.values()].find(({ decidedBy }) => [openedBy.key, decidedBy].includes(by.key));
    if (own)
      throw new AppError(
        'forbidden',
        `A second person has to release ${own.id}: this key opened the case or decided about it.`,
      );
    const ids = [...new Set([...found.values()].filter(({ onHold }) => onHold).map(({ id }) => id))];
    if (ids.length === 0) throw new AppError('conflict', 'None of these is on hold any more.');
    await append('released', by, { ids, reason: data.reason });
    await releaseEntries(tx, head, ids, head.steps + 1);
    return c.json({ step: head.steps + 1, released: ids.length, onHold: await countEntries(tx, head, 'held') });
  });
}

/** Whether something is recalled: what a verification answer carries. */
async function recalled(c: Ctx): Promise<Response> {
  const id = c.req.param('id')!;
  try {
    keyOfUri(id);
  } catch {
    throw refusal('ValidationException', `${id.slice(0, 200)} is no identifier.`);
  }
  const cases = (await casesOf(c.var.platform.store, c.var.principal!.tenantId, id)).filter(({ drill }) => !drill);
  return c.json({
    id,
    recalled: cases.some(({ held, decision, closedAt }) => held || (decision !== 'out' && closedAt === undefined)),
    onHold: cases.some(({ held }) => held),
    ...(cases.some(({ held }) => held) && { additionalInfo: 'recalled' }),
    cases: cases.map(({ caseId, openedAt, closedAt, summary, held, decision }) => ({
      caseID: caseId,
      openedAt: isoOf(openedAt),
      ...(closedAt !== undefined && { closedAt: isoOf(closedAt) }),
      ...summary,
      onHold: held,
      decision,
    })),
  });
}

const query = (name: string, description: string, schema: Parameter['schema']): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});

const body = (description: string, schema: object): NonNullable<Operation['body']> => ({
  description,
  types: [JSON_TYPE],
  schema,
});
const answer = (description: string, status = 200, type = 'object'): Operation['success'] => ({
  status,
  description,
  schema: { type },
});

const CASE = '/recalls/{caseID}';

export const recallScopeResources: Resource[] = [
  {
    path: `${CASE}/scopes`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'Versions of the scope, the oldest first, each with asOf and digest',
        right: 'recall-read',
        answers: [JSON_TYPE],
        success: answer('The versions', 200, 'array'),
        refusals: [404],
        handle: scopes,
      },
      POST: {
        summary: 'Takes the scope anew: a new version, and what was added, removed or changed by which events',
        right: 'recall-work',
        answers: [JSON_TYPE],
        body: body('Who takes it', byPerson),
        success: answer('The new version', 201),
        refusals: [404, 409],
        handle: runScope,
      },
    },
  },
  {
    path: `${CASE}/scopes/{version}`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'One version of the scope (a number, or latest): definite, possible, carriers, difference',
        right: 'recall-read',
        answers: [JSON_TYPE],
        success: answer('The version'),
        refusals: [404],
        handle: scope,
      },
    },
  },
  {
    path: `${CASE}/entries`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'Everything the case ever listed, with decision and hold; nothing disappears',
        right: 'recall-read',
        answers: [JSON_TYPE],
        parameters: [
          query('list', 'which of them', { type: 'string', enum: [...ENTRY_LISTS], default: 'all' }),
          ...PAGING_PARAMETERS,
        ],
        success: answer('A page of entries', 200, 'array'),
        refusals: [400, 404],
        handle: entries,
      },
    },
  },
  {
    path: `${CASE}/decisions`,
    tag: TAG,
    operations: {
      POST: {
        summary: 'Decides entries in or out, with reason; a hold is not ended by it',
        right: 'recall-decide',
        answers: [JSON_TYPE],
        body: body('Which, how and why', decided),
        success: answer('Recorded'),
        refusals: [404, 409],
        handle: decide,
      },
    },
  },
  {
    path: `${CASE}/releases`,
    tag: TAG,
    operations: {
      POST: {
        summary: 'Releases things or lots from hold: by a second person, with reason',
        right: 'recall-release',
        answers: [JSON_TYPE],
        body: body('Which and why', released),
        success: answer('Recorded'),
        refusals: [404, 409],
        handle: release,
      },
    },
  },
  {
    path: '/recalled/{id}',
    tag: TAG,
    operations: {
      GET: {
        summary: 'Whether something is recalled or on hold, and by which cases',
        right: 'alerts',
        answers: [JSON_TYPE],
        success: answer('The answer; nobody knows the identifier: not recalled'),
        refusals: [400],
        handle: recalled,
      },
    },
  },
];
