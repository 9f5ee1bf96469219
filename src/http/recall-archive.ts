// The record of a recall case: its steps, and the whole of it as one archive that verifies without a server (C13).
import { createHash } from 'node:crypto';
import { stream } from 'hono/streaming';
import { caseRoots, scopeAt } from '../capture/recall-scope.ts';
import { type CaseHead, stepsOf } from '../store/recall.ts';
import { listLooks, type Look } from '../store/recall-look.ts';
import type { Queries } from '../store/open.ts';
import { pageOf, PAGING_PARAMETERS } from './paging.ts';
import type { Ctx } from './platform.ts';
import { fileOf, headAt, isoOf, JSON_TYPE, TAG } from './recall-case.ts';
import type { Resource } from './resource.ts';

const NDJSON = 'application/x-ndjson';
/** First line of every archive; another form gets another number. */
const ARCHIVE = 'tagtrail-recall/1';
/** Steps that are read at a time, and looks. */
const STEPS_A_TIME = 200;
const LOOKS_A_TIME = 1_000;

async function audit(c: Ctx): Promise<Response> {
  const head = await headAt(c);
  const asked = await pageOf(c);
  const after = Number(asked.after?.[0] ?? 0);
  const last = Math.min(head.steps, after + asked.perPage);
  const steps = await stepsOf(c.var.platform.store, head, { after, last });
  if (last < head.steps) asked.announce([last]);
  return c.json(steps);
}

/** Who has read the case; this request too. */
async function looks(c: Ctx): Promise<Response> {
  const asked = await pageOf(c);
  const [at, id] = asked.after ?? [];
  const after = at === undefined ? undefined : ([Number(at), String(id)] as const);
  const found = await listLooks(c.var.platform.store, await headAt(c), asked.perPage + 1, after);
  const page = found.slice(0, asked.perPage);
  const last = page.at(-1);
  if (last && found.length > asked.perPage) asked.announce([Date.parse(last.at), last.id]);
  return c.json(page);
}

/**
 * The lines of an archive: the case, each step with its digest, for each version of the scope the full answers that its
 * digest is of, asked again as they were known then, and who has read what of the case, up to this very export. The last
 * line has the digest of all before it.
 */
async function* archiveLines(db: Queries, head: CaseHead, now: number): AsyncGenerator<object> {
  const { caseId, steps, digest } = head;
  yield { type: 'archive', form: ARCHIVE, case: caseId, exportedAt: isoOf(now), steps, digest };
  for (let after = 0; after < steps; after += STEPS_A_TIME) {
    for (const step of await stepsOf(db, head, { after, last: Math.min(steps, after + STEPS_A_TIME) }))
      yield { type: 'step', ...step };
  }
  const roots = await caseRoots(db, head);
  for (const { version, asOf } of (await fileOf(db, head)).scopes) {
    const { answers } = await scopeAt(db, head, roots, Date.parse(asOf));
    for (const { of, answer } of answers) yield { type: 'answer', version, op: 'forward', of, answer };
  }
  for await (const look of looksUntil(db, head, now)) yield { type: 'look', ...look };
}

/** Who read the case up to then; readers who come while it is told are not waited for. */
async function* looksUntil(db: Queries, head: CaseHead, now: number): AsyncGenerator<Look> {
  let after: readonly [number, string] | undefined;
  for (;;) {
    const page = await listLooks(db, head, LOOKS_A_TIME, after);
    for (const look of page) if (Date.parse(look.at) <= now) yield look;
    const last = page.at(-1);
    if (!last || page.length < LOOKS_A_TIME || Date.parse(last.at) > now) return;
    after = [Date.parse(last.at), last.id];
  }
}

async function exported(c: Ctx): Promise<Response> {
  const head = await headAt(c);
  const { store, clock, logger } = c.var.platform;
  c.header('Content-Type', NDJSON);
  c.header('Content-Disposition', `attachment; filename="recall-${head.caseId}.ndjson"`);
  c.header('Cache-Control', 'no-store');
  return stream(c, async (out) => {
    const hash = createHash('sha256');
    let lines = 0;
    try {
      for await (const line of archiveLines(store, head, clock())) {
        if (out.aborted) return;
        const text = `${JSON.stringify(line)}\n`;
        hash.update(text);
        lines++;
        await out.write(text);
      }
      await out.write(`${JSON.stringify({ type: 'end', lines, sha256: hash.digest('hex') })}\n`);
    } catch (error) {
      // an archive without its last line does not verify
      logger.error({ requestId: c.var.requestId, err: error }, 'the archive of a recall case broke off');
      throw error;
    }
  });
}

const CASE = '/recalls/{caseID}';

export const recallArchiveResources: Resource[] = [
  {
    path: `${CASE}/audit`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'Every step of the case: who, when, what, with the digest that the next one holds',
        right: 'recall-read',
        answers: [JSON_TYPE],
        parameters: PAGING_PARAMETERS,
        success: { status: 200, description: 'A page of steps', schema: { type: 'array' } },
        refusals: [400, 404],
        handle: audit,
      },
    },
  },
  {
    path: `${CASE}/looks`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'Who has read what of the case, and when; in the order of time',
        right: 'recall-read',
        answers: [JSON_TYPE],
        parameters: PAGING_PARAMETERS,
        success: { status: 200, description: 'A page of them', schema: { type: 'array' } },
        refusals: [400, 404],
        handle: looks,
      },
    },
  },
  {
    path: `${CASE}/archive`,
    tag: TAG,
    operations: {
      GET: {
        summary: 'The whole case as one archive; tagtrail recall verify checks it without a server',
        right: 'recall-read',
        answers: [NDJSON],
        success: { status: 200, description: 'JSON Lines', schema: { type: 'string' } },
        refusals: [404],
        handle: exported,
      },
    },
  },
];
