import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const ID_BYTES = 12;
const SECRET_BYTES = 24;
/** The tenant, the link's id, the secret: who shows it has no key that would tell the tenant. */
const FORM = /^([0-9a-f]{32})\.([\w-]{16})\.([\w-]{32})$/;

/** What is stored of a link: never its secret. 192 random bits need no slow hash. */
interface StoredLink {
  linkId: string;
  /** SHA-256 of the whole token. */
  hash: Uint8Array;
}

const hashOf = (token: string): Uint8Array => createHash('sha256').update(token).digest();

/** A new link of a tenant (UUID): `token` is shown once, the rest is stored. */
export function createLink(tenantId: string): StoredLink & { token: string } {
  const linkId = randomBytes(ID_BYTES).toString('base64url');
  const token = `${tenantId.replaceAll('-', '')}.${linkId}.${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { token, linkId, hash: hashOf(token) };
}

/** Where to look for the link of a token; undefined for text that is none of ours. */
export function placeOfLink(token: string): { tenantId: string; linkId: string } | undefined {
  const [, tenant, linkId] = FORM.exec(token) ?? [];
  if (tenant === undefined || linkId === undefined) return undefined;
  return { tenantId: tenant.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), linkId };
}

/** In constant time. */
export const isLink = (token: string, hash: Uint8Array): boolean => timingSafeEqual(hashOf(token), hash);
