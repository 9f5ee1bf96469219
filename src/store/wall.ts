// The second wall between tenants: row-level security. The first is the tenant in each statement's WHERE; a statement
// that forgets it sees nothing here.
import type { Queries, Store, Value } from './sql.ts';

/** Whom statements of users run as: no owner of anything, bound by every policy. */
export const APP_ROLE = 'tagtrail_app';

/**
 * `role`: each transaction takes APP_ROLE. `self`: the connection's own role is bound by the policies already. `off`: it
 * is not, and may not become APP_ROLE.
 */
export type Wall = 'role' | 'self' | 'off';

/** What a transaction sends first. */
export type Asker = readonly [text: string, params: Value[]];

const TENANT = `set_config('tagtrail.tenant', $1, true)`;
const KEY = `set_config('tagtrail.key', $1, true)`;
const ROLE = `set_config('role', '${APP_ROLE}', true)`;

/**
 * The first statement of a transaction of a tenant, or of whoever shows the API key of this id and is nobody yet.
 * `settings` of the database hold for the transaction.
 */
export function wallOf(
  wall: Wall,
  who: 'tenant' | 'key',
  value: string,
  settings: Readonly<Record<string, number | string>> = {},
): Asker {
  const others = Object.entries(settings).map(([name, to]) => `set_config('${name}', '${to}', true)`);
  const set = [who === 'tenant' ? TENANT : KEY, ...(wall === 'role' ? [ROLE] : []), ...others];
  return [`select ${set.join(', ')}`, [value]];
}

/** Tables of tenants, of this version or of a later one. */
const WALLED = `
select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and a.attname = 'tenant_id'
  and not a.attisdropped order by 1`;

/** A sub-select, so that it is worked out once a statement and not for each row. */
const MINE = `tenant_id = (select nullif(current_setting('tagtrail.tenant', true), '')::uuid)`;
/** The one key whose id was shown, to be compared with its hash: all that a stranger may read. */
const SHOWN = `key_id = (select nullif(current_setting('tagtrail.key', true), ''))`;

/**
 * Whoever calls receivers, or holds captures against what is on hold, asks of all tenants at once where there is something
 * to do: of the ends of logs, of subscriptions and of watches. What it then does is done behind the wall of each tenant.
 */
const DELIVERING = `current_setting('tagtrail.worker', true) = 'deliver'`;

/** The owner too is bound, unless it is a superuser; but a migration changes the rows of all tenants. */
export async function lowerWalls(db: Queries): Promise<void> {
  for (const { name } of await db.query<{ name: string }>(WALLED))
    await db.query(`alter table "${name}" no force row level security`);
}

/**
 * Puts every table of tenants behind the wall, and makes APP_ROLE where the database lets us; where not, an
 * administrator makes it (docs/operating.md). Changes nothing where all is as it should be.
 */
export async function raiseWalls(db: Queries): Promise<void> {
  for (const { name } of await db.query<{ name: string }>(WALLED)) {
    await db.query(`alter table "${name}" enable row level security`);
    await db.query(`alter table "${name}" force row level security`);
    await db.query(`drop policy if exists tenant on "${name}"`);
    await db.query(`create policy tenant on "${name}" using (${MINE})`);
  }
  await db.query('drop policy if exists shown on api_key');
  await db.query(`create policy shown on api_key for select using (${SHOWN})`);
  for (const table of ['subscription', 'recall_watch', 'log_head']) {
    await db.query(`drop policy if exists deliver on ${table}`);
    await db.query(`create policy deliver on ${table} for select using (${DELIVERING})`);
  }
  await db.query(MAKE_ROLE);
  await db.query(GRANT);
}

/** Two databases of one server may be migrated at once, and share the role. */
const MAKE_ROLE = `
do $$ begin
  if not exists (select from pg_roles where rolname = '${APP_ROLE}') then
    create role ${APP_ROLE} nologin;
    execute format('grant ${APP_ROLE} to %I', current_user);
  end if;
exception when duplicate_object or unique_violation or insufficient_privilege then null;
end $$`;

const GRANT = `
do $$ begin
  if exists (select from pg_roles where rolname = '${APP_ROLE}') then
    execute format('grant usage on schema %I to ${APP_ROLE}', current_schema());
    execute format('grant select, insert, update, delete on all tables in schema %I to ${APP_ROLE}', current_schema());
    revoke insert, update, delete on migration from ${APP_ROLE};
    revoke update, delete on recall_step, recall_look from ${APP_ROLE};
  end if;
end $$`;

/** PostgreSQL 16 tells who may take a role from who only has its rights. */
const STANDING = `
select rolsuper or rolbypassrls as free,
  exists (select from pg_roles a where a.rolname = '${APP_ROLE}' and pg_has_role(current_user, a.oid,
    case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)) as may
from pg_roles where rolname = current_user`;

/** One statement of whoever calls receivers or watches holds: it sees those, and the ends of logs, of all tenants. */
export const asDeliverer = (db: Store): Pick<Queries, 'query'> => ({
  query: (text, params) =>
    db.transaction(async (tx) => {
      const role = db.wall === 'role' ? `, ${ROLE}` : '';
      await tx.query(`select set_config('tagtrail.worker', 'deliver', true)${role}`);
      return tx.query(text, params);
    }),
});

/** Which wall the connection's role stands behind. */
export async function wallFor(db: Queries): Promise<Wall> {
  const [row] = await db.query<{ free: boolean; may: boolean }>(STANDING);
  return row?.may ? 'role' : row?.free ? 'off' : 'self';
}
