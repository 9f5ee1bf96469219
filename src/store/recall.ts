// Recall cases: a head that is locked by whoever appends, and the steps that make the case what it is.
import { digestBytes, digestText, sealStep, type Step } from '../tlog/chain.ts';
import { AppError } from '../error.ts';
import type { Queries } from './sql.ts';

/** Cases that one tenant may keep; steps of one case, and characters of one step. */
const CASES_MAX = 100_000;
const STEPS_MAX = 100_000;
const STEP_CHARACTERS_MAX = 64 * 1024 * 1024;

/** The end of a case. Times are milliseconds since 1970. */
export interface CaseHead {
  tenantId: string;
  caseId: string;
  drill: boolean;
  openedAt: number;
  /** Absent while it is open. */
  closedAt?: number;
  steps: number;
  /** Of the last step; absent before the first. */
  digest?: string;
  /** The newest version of the scope, 0 of none, and what was known then. */
  scope: number;
  asOf: number;
  summary: Record<string, unknown>;
}

/** What is appended; the store numbers and seals it. */
export interface NewStep {
  at: number;
  kind: string;
  by: Step['by'];
  data: Record<string, unknown>;
}

interface Row {
  case_id: string;
  drill: boolean;
  opened_at: number;
  closed_at: number | null;
  steps: number;
  digest: Uint8Array;
  scope: number;
  as_of: number;
  summary: Record<string, unknown>;
}

const COLUMNS = 'case_id, drill, opened_at, closed_at, steps, digest, scope, as_of, summary';
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The statements of this file; a test holds the plans of those that are asked often. */
export const RECALL_SQL = {
  open: `
insert into recall_case (tenant_id, case_id, drill, opened_at, steps, digest, summary)
select $1::uuid, $2::uuid, $3, $4, 0, decode(repeat('00', 32), 'hex'), '{}'::jsonb
where (select count(*) from (select from recall_case where tenant_id = $1::uuid limit ${CASES_MAX}) q) < ${CASES_MAX}
returning case_id`,
  find: `select ${COLUMNS} from recall_case where tenant_id = $1 and case_id = $2`,
  /** Not `for update`: an alert refers to its case, and whoever raises one must not wait for whoever waits for it. */
  lock: `select ${COLUMNS} from recall_case where tenant_id = $1 and case_id = $2 for no key update`,
  list: `
select ${COLUMNS} from recall_case where tenant_id = $1 and (opened_at, case_id) < ($2, $3::uuid)
order by opened_at desc, case_id desc limit $4`,
  advance: `
update recall_case set steps = $3, digest = $4, closed_at = $5, scope = $6, as_of = $7, summary = $8::text::jsonb
where tenant_id = $1 and case_id = $2`,
  append: `
insert into recall_step (tenant_id, case_id, step, at, kind, body, digest) values ($1, $2, $3, $4, $5, $6, $7)`,
  steps: `select body, digest from recall_step where tenant_id = $1 and case_id = $2 and step > $3 and step <= $4 order by step`,
};

const headOf = (tenantId: string, row: Row): CaseHead => ({
  tenantId,
  caseId: row.case_id,
  drill: row.drill,
  openedAt: row.opened_at,
  ...(row.closed_at !== null && { closedAt: row.closed_at }),
  steps: row.steps,
  ...(row.steps > 0 && { digest: digestText(row.digest) }),
  scope: row.scope,
  asOf: row.as_of,
  summary: row.summary,
});

const one = async (db: Queries, text: string, tenantId: string, caseId: string): Promise<CaseHead | undefined> => {
  if (!UUID.test(caseId)) return undefined;
  const [row] = await db.of(tenantId).query<Row>(text, [tenantId, caseId]);
  return row && headOf(tenantId, row);
};

/** Makes a case without steps. Throws `conflict` for a tenant that has CASES_MAX of them. */
export async function openCase(tx: Queries, tenantId: string, drill: boolean, now: number): Promise<CaseHead> {
  const caseId = crypto.randomUUID();
  const made = await tx.of(tenantId).query(RECALL_SQL.open, [tenantId, caseId, drill, now]);
  if (made.length === 0) throw new AppError('conflict', `There are ${CASES_MAX} recall cases, and no more are kept.`);
  return { tenantId, caseId, drill, openedAt: now, steps: 0, scope: 0, asOf: 0, summary: {} };
}

/** Undefined where the tenant has none of this id; any text may be asked for. */
export const findCase = (db: Queries, tenantId: string, caseId: string): Promise<CaseHead | undefined> =>
  one(db, RECALL_SQL.find, tenantId, caseId);

/** The same, and nobody else appends to it until this transaction ends. */
export const lockCase = (tx: Queries, tenantId: string, caseId: string): Promise<CaseHead | undefined> =>
  one(tx, RECALL_SQL.lock, tenantId, caseId);

/** Newest first, from behind `after` (openedAt, id) on. */
export const listCases = async (
  db: Queries,
  tenantId: string,
  limit: number,
  [openedAt, caseId]: readonly [number, string] = [Number.MAX_SAFE_INTEGER, LAST_UUID],
): Promise<CaseHead[]> =>
  (await db.of(tenantId).query<Row>(RECALL_SQL.list, [tenantId, openedAt, caseId, limit])).map((row) =>
    headOf(tenantId, row),
  );

/** What a step changes of the head. */
export type HeadChange = Partial<Pick<CaseHead, 'scope' | 'asOf' | 'summary'>> & { closedAt?: number | null };

/** Appends a step to a case that is locked; resolves its new head. Throws `too_large` for one too many or too long. */
export async function appendStep(
  tx: Queries,
  head: CaseHead,
  { at, kind, by, data }: NewStep,
  change: HeadChange = {},
): Promise<CaseHead> {
  const { tenantId, caseId } = head;
  const step = head.steps + 1;
  const { body, digest } = sealStep({
    case: caseId,
    step,
    at: new Date(at).toISOString(),
    kind,
    by,
    data,
    previous: head.digest ?? null,
  });
  if (step > STEPS_MAX) throw new AppError('too_large', `A case has at most ${STEPS_MAX} steps.`);
  if (body.length > STEP_CHARACTERS_MAX)
    throw new AppError('too_large', `A step has at most ${STEP_CHARACTERS_MAX} characters; do it in parts.`);
  const { closedAt = head.closedAt ?? null, ...others } = change;
  const { closedAt: _, ...rest } = head;
  const next = { ...rest, ...others, steps: step, digest, ...(closedAt !== null && { closedAt }) };
  const bytes = digestBytes(digest);
  await tx.of(tenantId).query(RECALL_SQL.append, [tenantId, caseId, step, at, kind, body, bytes]);
  const { scope, asOf, summary } = next;
  await tx
    .of(tenantId)
    .query(RECALL_SQL.advance, [tenantId, caseId, step, bytes, closedAt, scope, asOf, JSON.stringify(summary)]);
  return next;
}

/** Steps behind `after`, up to and including `last`, in order, with their digests. */
export const stepsOf = async (
  db: Queries,
  { tenantId, caseId, steps }: CaseHead,
  { after = 0, last = steps }: { after?: number; last?: number } = {},
): Promise<(Step & { digest: string })[]> =>
  (
    await db.of(tenantId).query<{ body: string; digest: Uint8Array }>(RECALL_SQL.steps, [tenantId, caseId, after, last])
  ).map(({ body, digest }) => ({ ...(JSON.parse(body) as Step), digest: digestText(digest) }));
