// Queries that users have named (EPCIS 2.0 section 12.7.6): the definition as it was given.
import type { Queries, Value } from './sql.ts';

/** What one tenant may keep. */
export const QUERIES_MAX = 1_000;

export interface NamedQuery {
  name: string;
  /** Parameters as JSON, with an `@context` of their own where they need one. */
  query: Record<string, unknown>;
  /** Prefix → namespace, from the GS1-Extensions header that came with it. */
  prefixes: Record<string, string>;
}

export const NAMED_QUERY_SQL = {
  add: `
insert into named_query (tenant_id, name, query, prefixes, created_at)
select $1::uuid, $2, $3::text::jsonb, $4::text::jsonb, $5
where (select count(*) from (select from named_query where tenant_id = $1::uuid limit ${QUERIES_MAX}) q) < ${QUERIES_MAX}
on conflict do nothing returning name`,
  find: `select name, query, prefixes from named_query where tenant_id = $1 and name = $2`,
  list: `select name, query, prefixes from named_query where tenant_id = $1 and name > $2 order by name limit $3`,
  remove: `delete from named_query where tenant_id = $1 and name = $2 returning name`,
};

/** `exists`: the name is taken; `full`: the tenant has QUERIES_MAX of them. */
export async function addQuery(
  db: Queries,
  tenantId: string,
  { name, query, prefixes }: NamedQuery,
  createdAt: number,
): Promise<'added' | 'exists' | 'full'> {
  const values: Value[] = [tenantId, name, JSON.stringify(query), JSON.stringify(prefixes), createdAt];
  if ((await db.of(tenantId).query(NAMED_QUERY_SQL.add, values)).length > 0) return 'added';
  return (await findQuery(db, tenantId, name)) ? 'exists' : 'full';
}

export const findQuery = async (db: Queries, tenantId: string, name: string): Promise<NamedQuery | undefined> =>
  (await db.of(tenantId).query<NamedQuery>(NAMED_QUERY_SQL.find, [tenantId, name]))[0];

/** In the order of names, from behind `after` on. */
export const listQueries = (db: Queries, tenantId: string, limit: number, after = ''): Promise<NamedQuery[]> =>
  db.of(tenantId).query<NamedQuery>(NAMED_QUERY_SQL.list, [tenantId, after, limit]);

/** Whether there was one. What hangs on a query (subscriptions) refers to its row and goes with it (`on delete cascade`). */
export const removeQuery = async (db: Queries, tenantId: string, name: string): Promise<boolean> =>
  (await db.of(tenantId).query(NAMED_QUERY_SQL.remove, [tenantId, name])).length > 0;
