// Who has read a recall case (docs/recall.md, What a case is). Appended by every answer that shows something of it.
import type { CaseHead } from './recall.ts';
import type { Queries, Value } from './sql.ts';

/** Characters kept of what was asked for. */
const WHAT_CHARACTERS_MAX = 500;
const FIRST_UUID = '00000000-0000-0000-0000-000000000000';

export const RECALL_LOOK_SQL = {
  add: `
insert into recall_look (tenant_id, case_id, at, look_id, key_id, role, what, steps)
values ($1, $2, $3, gen_random_uuid(), $4, $5, $6, $7)`,
  list: `
select at, look_id, key_id, role, what, steps from recall_look
where tenant_id = $1 and case_id = $2 and (at, look_id) > ($3, $4::uuid) order by at, look_id limit $5`,
};

export interface Look {
  id: string;
  /** ISO 8601. */
  at: string;
  key: string;
  role: string;
  /** Path and query below the case; of the case itself empty. */
  what: string;
  /** Steps that the case had then: what was seen is what they tell. */
  version: number;
}

/** Notes that somebody reads a case as it stands, before it is told. */
export async function addLook(
  db: Queries,
  { tenantId, caseId, steps }: CaseHead,
  { at, key, role, what }: { at: number } & Pick<Look, 'key' | 'role' | 'what'>,
): Promise<void> {
  const values: Value[] = [tenantId, caseId, at, key, role, what.slice(0, WHAT_CHARACTERS_MAX), steps];
  await db.of(tenantId).query(RECALL_LOOK_SQL.add, values);
}

/** In the order of their times, from behind `after` (time in ms since 1970, id) on. */
export async function listLooks(
  db: Queries,
  { tenantId, caseId }: Pick<CaseHead, 'tenantId' | 'caseId'>,
  limit: number,
  [at, id]: readonly [number, string] = [0, FIRST_UUID],
): Promise<Look[]> {
  type Row = { at: number; look_id: string; key_id: string; role: string; what: string; steps: number };
  const rows = await db.of(tenantId).query<Row>(RECALL_LOOK_SQL.list, [tenantId, caseId, at, id, limit]);
  return rows.map(({ at: time, look_id, key_id: key, role, what, steps }) => ({
    id: look_id,
    at: new Date(time).toISOString(),
    key,
    role,
    what,
    version: steps,
  }));
}
