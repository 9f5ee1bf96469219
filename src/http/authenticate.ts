import { getCookie } from 'hono/cookie';
import { AppError } from '../error.ts';
import { demand, may, type Principal, type Right } from '../access/policy.ts';
import { findPrincipal } from '../store/api-key.ts';
import { DEFAULT_TENANT } from '../store/open.ts';
import type { Ctx } from './platform.ts';

/** Longer is no key of ours and is not looked up. */
const KEY_CHARACTERS_MAX = 200;
/** Set by the login page; counts for reading alone, so that no foreign page can write through a browser. */
const SESSION_COOKIE = 'tagtrail_key';

/** The password of HTTP Basic (RFC 7617); undefined where the header is none. */
function basicPassword(encoded: string): string | undefined {
  try {
    const pair = new TextDecoder().decode(Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0)));
    const colon = pair.indexOf(':');
    return colon < 0 ? undefined : pair.slice(colon + 1);
  } catch {
    return undefined; // no base64
  }
}

/** `Sec-WebSocket-Protocol: bearer, KEY`: a browser can send a websocket's key in no other header. */
const protocolKey = (c: Ctx): string | undefined =>
  /^bearer\s*,\s*(\S+)$/i.exec(c.req.header('sec-websocket-protocol')?.trim() ?? '')?.[1];

/** The key that a request carries: Authorization (Bearer, Basic), X-API-Key, a websocket's protocol or the session cookie. */
function keyOf(c: Ctx): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(c.req.header('authorization')?.trim() ?? '') ?? [];
  const given = { bearer: value, basic: basicPassword(value) }[scheme.toLowerCase()];
  if (c.req.header('authorization') !== undefined) return given ?? '';
  // a foreign page can open a websocket with the browser's cookies, and read it
  if (c.req.header('upgrade') !== undefined) return c.req.header('x-api-key') ?? protocolKey(c);
  return c.req.header('x-api-key') ?? (c.req.method === 'GET' ? getCookie(c, SESSION_COOKIE) : undefined);
}

/**
 * The one who asks, with `right`. Throws `unauthenticated` (401) without a key or with one that is not known, and
 * `forbidden` (403) where the key's role lacks the right.
 */
export async function authorise(c: Ctx, right: Right): Promise<void> {
  const principal = await principalOf(c, right);
  demand(principal, right);
  c.set('principal', principal);
}

/** The key whose named queries and subscriptions alone somebody may end; undefined for who may end those of others. */
export const ownerBound = ({ role, keyId }: Principal): string | undefined => (may(role, 'others') ? undefined : keyId);

/** 403: what was to be ended is another key's. */
export const notYours = ({ role }: Principal, what: string): AppError =>
  new AppError('forbidden', `${what} is another key's: that key ends it, or an operator.`, { role, right: 'others' });

async function principalOf(c: Ctx, right: Right): Promise<Principal> {
  const { store, anonymousRole } = c.var.platform;
  const key = keyOf(c);
  if (key === undefined && anonymousRole !== undefined && may(anonymousRole, right)) {
    return { tenantId: DEFAULT_TENANT, keyId: 'anonymous', role: anonymousRole };
  }
  if (key === undefined) throw new AppError('unauthenticated', 'A key is needed: Authorization: Bearer KEY.');
  const principal = key.length > KEY_CHARACTERS_MAX ? undefined : await findPrincipal(store, key);
  if (!principal) throw new AppError('unauthenticated', 'The key is not known.');
  return principal;
}
