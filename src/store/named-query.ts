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
insert into named_query (tenant_id, name, query, prefixes, created_at, key_id)
select $1::uuid, $2, $3::text::jsonb, $4::text::jsonb, $5, $6
where (select count(*) from (select from named_query where tenant_id = $1::uuid limit ${QUERIES_MAX}) q) < ${QUERIES_MAX}
on conflict do nothing returning name`,
  find: `select name, query, prefixes from named_query where tenant_id = $1 and name = $2`,
  list: `select name, query, prefixes from named_query where tenant_id = $1 and name > $2 order by name limit $3`,
  /** $3: the key that alone may have a part in it, or null where anybody's may be ended. */
  remove: `
delete from named_query q where tenant_id = $1 and name = $2 and ($3::text is null or (key_id = $3 and not exists (
  select from subscription s
  where s.tenant_id = $1 and s.query_name = q.name and s.key_id is distinct from $3))) returning name`,
};

/** `keyId` may end it. `exists`: the name is taken; `full`: the tenant has QUERIES_MAX of them. */
export async function addQuery(
  db: Queries,
  tenantId: string,
  { name, query, prefixes, keyId }: NamedQuery & { keyId: string },
  createdAt: number,
): Promise<'added' | 'exists' | 'full'> {
  const values: Value[] = [tenantId, name, JSON.stringify(query), JSON.stringify(prefixes), createdAt, keyId];
  if ((await db.of(tenantId).query(NAMED_QUERY_SQL.add, values)).length > 0) return 'added';
  return (await findQuery(db, tenantId, name)) ? 'exists' : 'full';
}

export const findQuery = async (db: Queries, tenantId: string, name: string): Promise<NamedQuery | undefined> =>
  (await db.of(tenantId).query<NamedQuery>(NAMED_QUERY_SQL.find, [tenantId, name]))[0];

/** In the order of names, from behind `after` on. */
export const listQueries = (db: Queries, tenantId: string, limit: number, after = ''): Promise<NamedQuery[]> =>
  db.of(tenantId).query<NamedQuery>(NAMED_QUERY_SQL.list, [tenantId, after, limit]);

/**
 * `alien`: it, or a subscription to it, is another key's than `owner`, who may end only its own; undefined may end all. What
 * hangs on a query (subscriptions) refers to its row and goes with it (`on delete cascade`).
 */
export async function removeQuery(
  db: Queries,
  tenantId: string,
  name: string,
  owner?: string,
): Promise<'removed' | 'none' | 'alien'> {
  const removed = await db.of(tenantId).query(NAMED_QUERY_SQL.remove, [tenantId, name, owner ?? null]);
  if (removed.length > 0) return 'removed';
  return (await findQuery(db, tenantId, name)) ? 'alien' : 'none';
}
