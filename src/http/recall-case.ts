// A recall case between a request and its steps: found behind the wall of its tenant, changed by one step at a time.
import type { z } from '@hono/zod-openapi';
import { AppError } from '../error.ts';
import { type Deadline, deadlinesOf } from '../rules/index.ts';
import { caseOf, type CaseFile } from '../rules/recall-case.ts';
import type { Queries } from '../store/open.ts';
import {
  appendStep,
  type CaseHead,
  findCase,
  type HeadChange,
  lockCase,
  type NewStep,
  stepsOf,
} from '../store/recall.ts';
import { addLook } from '../store/recall-look.ts';
import { check, readJson } from './body.ts';
import type { Ctx } from './platform.ts';
import { BODY_BYTES_MAX } from './recall-body.ts';

export const JSON_TYPE = 'application/json';
export const TAG = 'Recall';

export const isoOf = (ms: number): string => new Date(ms).toISOString();

const absent = (caseID: string): AppError =>
  new AppError('not_found', `There is no recall case ${caseID.slice(0, 200)}.`);

/** The case that the path names; 404 for one that another tenant has, too. That it is read is noted before it is told. */
export async function headAt(c: Ctx): Promise<CaseHead> {
  const caseID = c.req.param('caseID')!;
  const { store, clock } = c.var.platform;
  const { tenantId, keyId: key, role } = c.var.principal!;
  const head = await findCase(store, tenantId, caseID);
  if (!head) throw absent(caseID);
  if (c.req.method === 'GET') await addLook(store, head, { at: clock(), key, role, what: whatOf(c, caseID) });
  return head;
}

/** Path and query of a request below its case. */
function whatOf(c: Ctx, caseID: string): string {
  const { pathname, search } = new URL(c.req.url);
  return pathname.slice(pathname.indexOf(caseID) + caseID.length + 1) + search;
}

/** The case as its steps tell it; `until` (ms since 1970): as it stood then. */
export async function fileOf(db: Queries, head: CaseHead, until = Infinity): Promise<CaseFile> {
  const steps = await stepsOf(db, head);
  const then = steps.filter(({ at }) => Date.parse(at) <= until);
  if (then.length === 0) throw new AppError('invalid', `The case was opened at ${isoOf(head.openedAt)}, not before.`);
  return caseOf(then);
}

export const deadlinesAt = ({ opened, classes, acts }: CaseFile, now: number): Deadline[] => {
  const { jurisdiction, zone, calendar } = opened;
  return deadlinesOf({ jurisdiction, classes, zone, acts, calendar }, isoOf(now));
};

/** What a body says, and who sent it. */
export async function said<T extends z.ZodType<{ person?: string | undefined }>>(
  c: Ctx,
  schema: T,
): Promise<{ data: Omit<z.infer<T>, 'person'>; by: NewStep['by'] }> {
  const { person, ...data } = check(schema, await readJson(c, { bytesMax: BODY_BYTES_MAX }));
  return { data, by: byOf(c, person) };
}

const byOf = (c: Ctx, person?: string): NewStep['by'] => {
  const { keyId, role } = c.var.principal!;
  return { key: keyId, role, ...(person !== undefined && { person }) };
};

const CLOSED = 'The case is closed and can only be read; reopen it to go on.';

/** A case on its way to its next step. */
export interface Working {
  tx: Queries;
  head: CaseHead;
  now: number;
  /** Appends a step; the head is the new one from then on. */
  append: (kind: string, by: NewStep['by'], data: object, change?: HeadChange) => Promise<void>;
}

/** Works on a case that nobody else changes meanwhile; 404 where there is none, 409 where it is closed. */
export async function working<T>(
  { platform, tenantId, caseID }: { platform: Ctx['var']['platform']; tenantId: string; caseID: string },
  work: (working: Working) => Promise<T>,
  { closed = false } = {},
): Promise<T> {
  return platform.store.of(tenantId).transaction(async (tx) => {
    const head = await lockCase(tx, tenantId, caseID);
    if (!head) throw absent(caseID);
    if ((head.closedAt !== undefined) !== closed)
      throw new AppError('conflict', closed ? 'The case is open; nothing is to be reopened.' : CLOSED);
    const now = platform.clock();
    const one: Working = {
      tx,
      head,
      now,
      append: async (kind, by, data, change) => {
        one.head = await appendStep(tx, one.head, { at: now, kind, by, data: data as Record<string, unknown> }, change);
      },
    };
    return work(one);
  });
}

export const workingAt = <T>(
  c: Ctx,
  work: (working: Working) => Promise<T>,
  options?: { closed?: boolean },
): Promise<T> =>
  working(
    { platform: c.var.platform, tenantId: c.var.principal!.tenantId, caseID: c.req.param('caseID')! },
    work,
    options,
  );
