// Keys by which a client repeats a request without repeating what it does (draft-ietf-httpapi-idempotency-key-header).
import type { Queries } from './sql.ts';
import { hexText } from './sql.ts';

/** A key is remembered this long; a request that comes later is a new one. */
export const IDEMPOTENCY_DAYS = 7;
const KEPT_MS = IDEMPOTENCY_DAYS * 24 * 3600 * 1000;
/** Keys that are forgotten with each new one. */
const SWEPT_MAX = 100;

/** Who uses which key for which body. */
export interface IdempotencyKey {
  /** The API key of the client: two clients of a tenant never meet. */
  keyId: string;
  key: string;
  /** SHA-256 over all that makes the request what it is. */
  fingerprint: Uint8Array;
}

/** The capture that a key stands for. */
export interface Claim {
  captureId: string;
  /** False: another request has it, and `captureId` is its capture. */
  own: boolean;
  /** Whether the other request was the same. */
  same: boolean;
  /** Whether its job is there; if not, it runs still, or has broken off. */
  known: boolean;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** A statement sees its own insert as little as that of another, which is why the claim is asked for in a second one. */
const CLAIM = `
insert into idempotency_key (tenant_id, key_id, key, fingerprint, capture_id, created_at)
values ($1, $2, $3, $4::text::bytea, $5::uuid, $6::bigint)
on conflict (tenant_id, key_id, key) do update set fingerprint = excluded.fingerprint, capture_id = excluded.capture_id,
  created_at = excluded.created_at where idempotency_key.created_at < $6::bigint - ${KEPT_MS}
returning capture_id`;

const HELD = `
select k.capture_id, k.fingerprint = $4::text::bytea as same, k.created_at, exists (
  select from capture_job j where j.tenant_id = $1 and j.capture_id = k.capture_id) as known
from idempotency_key k where k.tenant_id = $1 and k.key_id = $2 and k.key = $3`;

const RELEASE = `
delete from idempotency_key where tenant_id = $1 and key_id = $2 and key = $3 and capture_id = $4::uuid`;

const TAKE_OVER = `
update idempotency_key set capture_id = $5::uuid, created_at = $6::bigint, fingerprint = $4::text::bytea
where tenant_id = $1 and key_id = $2 and key = $3 and capture_id = $7::uuid returning capture_id`;

const SWEEP = `
delete from idempotency_key k using (
  select key_id, key from idempotency_key where tenant_id = $1 and created_at < $2 order by created_at limit ${SWEPT_MAX}
) old where k.tenant_id = $1 and k.key_id = old.key_id and k.key = old.key and k.created_at < $2`;

/** Takes the key for a capture, or says whose it is. Undefined when it was given back in between: ask again. */
export async function claimKey(
  db: Queries,
  tenantId: string,
  { keyId, key, fingerprint }: IdempotencyKey,
  captureId: string,
  now: number,
): Promise<Claim | undefined> {
  const print = hexText(fingerprint);
  const own = await db.of(tenantId).query(CLAIM, [tenantId, keyId, key, print, captureId, now]);
  if (own.length > 0) {
    await db.of(tenantId).query(SWEEP, [tenantId, now - KEPT_MS]);
    return { captureId, own: true, same: true, known: false, createdAt: now };
  }
  type Row = { capture_id: string; same: boolean; created_at: number; known: boolean };
  const [row] = await db.of(tenantId).query<Row>(HELD, [tenantId, keyId, key, print]);
  return row && { captureId: row.capture_id, own: false, same: row.same, known: row.known, createdAt: row.created_at };
}

/** Takes a key from a capture that has broken off; false when somebody else was faster. */
export async function takeOverKey(
  db: Queries,
  tenantId: string,
  { keyId, key, fingerprint }: IdempotencyKey,
  captureId: string,
  now: number,
  from: string,
): Promise<boolean> {
  const parameters = [tenantId, keyId, key, hexText(fingerprint), captureId, now, from];
  return (await db.of(tenantId).query(TAKE_OVER, parameters)).length > 0;
}

/** Gives a key back, since nothing came of its capture. */
export const releaseKey = async (
  db: Queries,
  tenantId: string,
  { keyId, key }: Pick<IdempotencyKey, 'keyId' | 'key'>,
  captureId: string,
): Promise<void> => void (await db.of(tenantId).query(RELEASE, [tenantId, keyId, key, captureId]));
