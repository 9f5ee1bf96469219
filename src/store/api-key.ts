import { createKey, isKey, keyIdOf } from '../access/api-key.ts';
import type { Principal, Role } from '../access/policy.ts';
import type { Queries } from './sql.ts';

const INSERT = `insert into api_key (key_id, tenant_id, role, hash, created_at) values ($1, $2, $3, $4, $5)`;
const BY_ID = `select tenant_id, role, hash from api_key where key_id = $1 and revoked_at is null`;
const REVOKE = `update api_key set revoked_at = $3 where tenant_id = $1 and key_id = $2 and revoked_at is null returning key_id`;
const ANY = `select key_id from api_key where tenant_id = $1 and revoked_at is null limit 1`;

/** A key as it is shown to its owner, once. */
export interface NewKey {
  key: string;
  id: string;
  role: Role;
}

/** Makes and stores a key of `role`. */
export async function addKey(db: Queries, tenantId: string, role: Role, now: number): Promise<NewKey> {
  const { key, keyId, hash } = createKey();
  await db.of(tenantId).query(INSERT, [keyId, tenantId, role, hash, now]);
  return { key, id: keyId, role };
}

/** Whose key it is; undefined for one that is unknown, wrong or revoked. */
export async function findPrincipal(db: Queries, key: string): Promise<Principal | undefined> {
  const keyId = keyIdOf(key);
  if (keyId === undefined) return undefined;
  const [row] = await db.ofKey(keyId).query<{ tenant_id: string; role: Role; hash: Uint8Array }>(BY_ID, [keyId]);
  if (!row || !isKey(key, { keyId, hash: row.hash })) return undefined;
  return { tenantId: row.tenant_id, keyId, role: row.role };
}

/** From now on the key opens nothing; false when there was no such key. */
export const revokeKey = async (db: Queries, tenantId: string, keyId: string, now: number): Promise<boolean> =>
  (await db.of(tenantId).query(REVOKE, [tenantId, keyId, now])).length === 1;

/** Whether the tenant has a key at all: a new installation has none. */
export const hasKeys = async (db: Queries, tenantId: string): Promise<boolean> =>
  (await db.of(tenantId).query(ANY, [tenantId])).length > 0;
