// The list of a recall case: what each version of its scope held, what persons decided, and what is on hold.
import { keyBytes, keyOfUri, keyText } from '../gs1/index.ts';
import type { Key } from '../trace/fact.ts';
import type { Cause, Change } from '../trace/difference.ts';
import type { Listed } from '../trace/scope.ts';
import type { CaseHead } from './recall.ts';
import { byteaArray, hexText, type Queries, type Value } from './sql.ts';

/** Rows of one statement. */
const ROWS_PER_STATEMENT = 10_000;

/** Which entries are asked for; `undecided` are those that a person has still to decide (C3). */
export const ENTRY_LISTS = ['all', 'definite', 'possible', 'carriers', 'removed', 'undecided', 'held', 'out'] as const;
export type EntryList = (typeof ENTRY_LISTS)[number];

/** What was removed stays for a person to decide, as possible ones do; carriers only carry. */
const UNDECIDED = `(i.decision is null and e.role <> 'carrier' and (e.confidence = 'possible' or e.until is not null))`;

const LISTS: Record<EntryList, string> = {
  all: 'true',
  definite: `e.until is null and e.role <> 'carrier' and e.confidence = 'definite'`,
  possible: `e.until is null and e.role <> 'carrier' and e.confidence = 'possible'`,
  carriers: `e.until is null and e.role = 'carrier'`,
  removed: 'e.until is not null',
  undecided: UNDECIDED,
  held: 'i.released_step is null',
  out: `i.decision = 'out'`,
};

/** The entries of a case, or those of them that `found` names, each as its newest row has it. */
const latest = (found = 'recall_item i'): string => `
from ${found} cross join lateral (
  select * from recall_entry where tenant_id = $1 and case_id = $2 and key = i.key order by since desc limit 1
) e where i.tenant_id = $1 and i.case_id = $2`;

/** The statements of this file; a test holds the plans of those that are asked often. */
export const RECALL_SCOPE_SQL = {
  end: `
update recall_entry e set until = $3, end_cause = r.cause
from jsonb_to_recordset($4::text::jsonb) as r(key bytea, cause jsonb)
where e.tenant_id = $1 and e.case_id = $2 and e.key = r.key and e.until is null`,
  begin: `
insert into recall_entry (tenant_id, case_id, key, since, id, role, kind, confidence, state, cause)
select $1::uuid, $2::uuid, key, $3, id, role, kind, confidence, state, cause
from jsonb_to_recordset($4::text::jsonb) as r(key bytea, id text, role text, kind text, confidence text, state text,
  cause jsonb) order by key`,
  hold: `
insert into recall_item (tenant_id, case_id, key, id, held_step, held)
select $1::uuid, $2::uuid, key, id, $3, $4 from jsonb_to_recordset($5::text::jsonb) as r(key bytea, id text) order by key
on conflict (tenant_id, case_id, key) do update
set held_step = excluded.held_step, held = excluded.held, released_step = null, decision = null, decided_step = null,
  decided_by = null`,
  doubt: `
update recall_item set decision = null, decided_step = null, decided_by = null
from unnest($3::text::bytea[]) as w(key) where tenant_id = $1 and case_id = $2 and recall_item.key = w.key`,
  list: (list: EntryList): string => `
select i.key, i.id, i.decision, i.decided_step, i.decided_by, i.held_step, i.released_step, i.held,
  e.role, e.kind, e.confidence, e.state, e.since, e.until, e.cause, e.end_cause
${latest()} and i.key > $3 and ${LISTS[list]} order by i.key limit $4`,
  count: (list: EntryList): string => `select count(*)::int as count ${latest()} and ${LISTS[list]}`,
  some: `
select i.key, i.id, i.decision, i.decided_step, i.decided_by, i.held_step, i.released_step, i.held,
  e.role, e.kind, e.confidence, e.state, e.since, e.until, e.cause, e.end_cause
${latest('(select distinct key from unnest($3::text::bytea[]) as u(key)) w join recall_item i on i.key = w.key')}
order by i.key`,
  decide: `
update recall_item set decision = $4, decided_step = $5, decided_by = $6
from unnest($3::text::bytea[]) as w(key) where tenant_id = $1 and case_id = $2 and recall_item.key = w.key`,
  release: `
update recall_item set released_step = $4, held = false from unnest($3::text::bytea[]) as w(key)
where tenant_id = $1 and case_id = $2 and recall_item.key = w.key and released_step is null`,
  version: `
select id, role, kind, confidence, state from recall_entry
where tenant_id = $1 and case_id = $2 and since <= $3 and (until is null or until > $3) order by id`,
  changes: `
select key, id, role, kind, confidence, state, since, until, cause, end_cause from recall_entry
where tenant_id = $1 and case_id = $2 and (since = $3 or until = $3) order by id, since`,
  holding: `
select c.case_id, c.opened_at, c.closed_at, c.drill, c.summary, i.held, i.decision
from recall_item i join recall_case c on c.tenant_id = $1 and c.case_id = i.case_id
where i.tenant_id = $1 and i.key = $2 order by c.opened_at, c.case_id`,
};

/** Parts of a list that one statement takes. */
function* parts<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += ROWS_PER_STATEMENT) yield list.slice(at, at + ROWS_PER_STATEMENT);
}

const bytesOf = (id: string): Uint8Array => keyOfUri(id).key;
const keys = (ids: readonly string[]): string => byteaArray(ids.map(bytesOf));

/**
 * Writes a new version of the list, of which `changes` tells what became of the one before. What it adds is on hold from
 * `step` on; what became definite, or came back, has to be decided anew.
 */
export async function writeVersion(
  tx: Queries,
  head: CaseHead,
  changes: readonly Change[],
  { version, step }: { version: number; step: number },
): Promise<void> {
  const { tenantId, caseId, drill } = head;
  const run = async (text: string, values: Value[], rows: readonly object[]): Promise<void> => {
    for (const part of parts(rows))
      await tx.of(tenantId).query(text, [tenantId, caseId, ...values, JSON.stringify(part)]);
  };
  const key = (id: string): string => hexText(bytesOf(id));
  const ended = changes.filter(({ from }) => from).map(({ id, cause }) => ({ key: key(id), cause }));
  await run(RECALL_SCOPE_SQL.end, [version], ended);
  const begun = changes.flatMap(({ id, to, cause }) => {
    if (!to) return [];
    const { role, kind, confidence, state } = to;
    return [{ key: key(id), id, role, kind, confidence, state, cause }];
  });
  await run(RECALL_SCOPE_SQL.begin, [version], begun);
  const added = changes.filter(({ from }) => !from).map(({ id }) => ({ key: key(id), id }));
  await run(RECALL_SCOPE_SQL.hold, [step, !drill], added);
  const surer = changes.filter(
    ({ from, to }) => from && to?.confidence === 'definite' && from.confidence !== 'definite',
  );
  for (const part of parts(surer.map(({ id }) => id)))
    await tx.of(tenantId).query(RECALL_SCOPE_SQL.doubt, [tenantId, caseId, keys(part)]);
}

/** An identifier of a case as it stands now. */
export interface CaseEntry {
  id: string;
  role: Listed['role'];
  kind: string;
  confidence: Listed['confidence'];
  state: string | null;
  /** False: the newest version no longer lists it; it stays here until a person decided. */
  listed: boolean;
  /** Version of the scope that last changed it, and the events that did. */
  version: number;
  cause: Cause[];
  decision: 'in' | 'out' | null;
  decidedBy: string | null;
  decidedStep: number | null;
  /** Not released. Of a drill no gate is told. */
  onHold: boolean;
  heldStep: number;
  releasedStep: number | null;
}

interface EntryRow {
  key: Uint8Array;
  id: string;
  decision: CaseEntry['decision'];
  decided_step: number | null;
  decided_by: string | null;
  held_step: number;
  released_step: number | null;
  role: Listed['role'];
  kind: string;
  confidence: Listed['confidence'];
  state: string | null;
  since: number;
  until: number | null;
  cause: Cause[];
  end_cause: Cause[] | null;
}

const entryOf = (row: EntryRow): CaseEntry => ({
  id: row.id,
  role: row.role,
  kind: row.kind,
  confidence: row.confidence,
  state: row.state,
  listed: row.until === null,
  version: row.until ?? row.since,
  cause: row.end_cause ?? row.cause,
  decision: row.decision,
  decidedBy: row.decided_by,
  decidedStep: row.decided_step,
  onHold: row.released_step === null,
  heldStep: row.held_step,
  releasedStep: row.released_step,
});

const FIRST = new Uint8Array();

/** In the order of keys, from behind `after` on; `next` is where the page behind it begins, absent at the end. */
export async function listEntries(
  db: Queries,
  { tenantId, caseId }: CaseHead,
  list: EntryList,
  limit: number,
  after?: Key,
): Promise<{ entries: CaseEntry[]; next?: Key }> {
  const from = after === undefined ? FIRST : keyBytes(after);
  const values: Value[] = [tenantId, caseId, from, limit + 1];
  const rows = await db.of(tenantId).query<EntryRow>(RECALL_SCOPE_SQL.list(list), values);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { entries: page.map(entryOf), ...(rows.length > limit && last && { next: keyText(last.key) }) };
}

export const countEntries = async (db: Queries, { tenantId, caseId }: CaseHead, list: EntryList): Promise<number> =>
  (await db.of(tenantId).query<{ count: number }>(RECALL_SCOPE_SQL.count(list), [tenantId, caseId]))[0]!.count;

/** Those of `ids` that the case knows, by the text they were asked for with. Throws for what is no URI. */
export async function entriesOf(
  db: Queries,
  { tenantId, caseId }: CaseHead,
  ids: readonly string[],
): Promise<Map<string, CaseEntry>> {
  const asked = new Map(ids.map((id) => [keyText(bytesOf(id)), id]));
  const found = new Map<string, CaseEntry>();
  for (const part of parts([...asked.values()])) {
    const rows = await db.of(tenantId).query<EntryRow>(RECALL_SCOPE_SQL.some, [tenantId, caseId, keys(part)]);
    for (const row of rows) found.set(asked.get(keyText(row.key))!, entryOf(row));
  }
  return found;
}

/** A person's decision about entries, by the step that records it. */
export async function decideEntries(
  tx: Queries,
  { tenantId, caseId }: CaseHead,
  ids: readonly string[],
  { decision, step, keyId }: { decision: 'in' | 'out'; step: number; keyId: string },
): Promise<void> {
  for (const part of parts(ids))
    await tx.of(tenantId).query(RECALL_SCOPE_SQL.decide, [tenantId, caseId, keys(part), decision, step, keyId]);
}

export async function releaseEntries(
  tx: Queries,
  { tenantId, caseId }: CaseHead,
  ids: readonly string[],
  step: number,
): Promise<void> {
  for (const part of parts(ids))
    await tx.of(tenantId).query(RECALL_SCOPE_SQL.release, [tenantId, caseId, keys(part), step]);
}

type VersionRow = Pick<EntryRow, 'id' | 'role' | 'kind' | 'confidence' | 'state'>;

/** What one version of the scope listed. */
export const entriesAt = async (db: Queries, { tenantId, caseId }: CaseHead, version: number): Promise<VersionRow[]> =>
  db.of(tenantId).query<VersionRow>(RECALL_SCOPE_SQL.version, [tenantId, caseId, version]);

/** How one version differs from the one before it. */
export interface VersionChange {
  id: string;
  change: 'added' | 'removed' | 'changed';
  from?: Pick<Listed, 'confidence' | 'state' | 'role'>;
  to?: Pick<Listed, 'confidence' | 'state' | 'role'>;
  cause: Cause[];
}

export async function changesAt(
  db: Queries,
  { tenantId, caseId }: CaseHead,
  version: number,
): Promise<VersionChange[]> {
  const rows = await db.of(tenantId).query<EntryRow>(RECALL_SCOPE_SQL.changes, [tenantId, caseId, version]);
  const byKey = new Map<Key, VersionChange>();
  for (const row of rows) {
    const { id, role, confidence, state } = row;
    const key = keyText(row.key);
    const isNew = row.since === version;
    const there = byKey.get(key);
    byKey.set(key, {
      id,
      ...there,
      change: there ? 'changed' : isNew ? 'added' : 'removed',
      [isNew ? 'to' : 'from']: { role, confidence, state },
      cause: (isNew ? row.cause : row.end_cause) ?? [],
    });
  }
  return [...byKey.values()];
}

/** A case that an identifier is or was listed in. */
export interface Holding {
  caseId: string;
  openedAt: number;
  closedAt?: number;
  drill: boolean;
  summary: Record<string, unknown>;
  held: boolean;
  decision: CaseEntry['decision'];
}

/** The cases of an identifier (URI), the oldest first. */
export async function casesOf(db: Queries, tenantId: string, id: string): Promise<Holding[]> {
  type Row = { case_id: string; opened_at: number; closed_at: number | null; drill: boolean } & Pick<
    Holding,
    'summary' | 'held' | 'decision'
  >;
  const rows = await db.of(tenantId).query<Row>(RECALL_SCOPE_SQL.holding, [tenantId, bytesOf(id)]);
  return rows.map(({ case_id, opened_at, closed_at, ...rest }) => ({
    caseId: case_id,
    openedAt: opened_at,
    ...(closed_at !== null && { closedAt: closed_at }),
    ...rest,
  }));
}
