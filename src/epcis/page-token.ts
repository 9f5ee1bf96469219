import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../error.ts';
import type { EventQuery } from './query.ts';

/*
 * A page token says where in a query's fixed order the next page begins. It holds no rows and no secret, any node can
 * read it, and it fits one query of one tenant alone: their fingerprint is inside. All tokens of one walk over pages name
 * that walk, so that ending it ends them all.
 */

const TOKEN_LENGTH_MAX = 1_024;
const FINGERPRINT_BYTES = 12;
const WALK_BYTES = 9;
const VERSION = 2;

/** The last row of a page: sort values first, then the sequence that breaks ties. */
export type Position = (string | number)[];

interface Content {
  v: number;
  q: string;
  p: Position;
  x: number;
  w: string;
}

/** What a token says. */
export interface PageToken {
  position: Position;
  /** The walk over pages that it belongs to. */
  walk: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Tokens read again by the query and the tenant that they were made for. */
export interface TokenOwner {
  query: EventQuery;
  tenantId: string;
}

/** The query without what differs from page to page. */
function fingerprint({ query, tenantId }: TokenOwner): string {
  const { conditions, orderBy, orderDirection, eventCountLimit, maxEventCount } = query;
  const text = JSON.stringify([tenantId, conditions, orderBy, orderDirection, eventCountLimit, maxEventCount]);
  return createHash('sha256').update(text).digest().subarray(0, FINGERPRINT_BYTES).toString('base64url');
}

/** A name for a walk that begins. */
export const newWalk = (): string => randomBytes(WALK_BYTES).toString('base64url');

/** The token of the page that follows `position`. */
export function writePageToken(owner: TokenOwner, { position, walk, expiresAt }: PageToken): string {
  const content: Content = { v: VERSION, q: fingerprint(owner), p: position, x: expiresAt, w: walk };
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/**
 * What a query's `nextPageToken` says, undefined for a first page. Throws AppError `invalid`, rule
 * `QueryParameterException`, for a token that is none, belongs to another query, or has expired at `now`.
 */
export function readPageToken(owner: TokenOwner, now: number): PageToken | undefined {
  const token = owner.query.nextPageToken;
  if (token === undefined) return undefined;
  const content = contentOf(token);
  if (!content) throw tokenRefusal('nextPageToken is no token of this server.');
  if (content.q !== fingerprint(owner)) throw tokenRefusal('nextPageToken belongs to another query.');
  if (content.x < now) throw tokenRefusal('nextPageToken has expired.');
  return { position: content.p, walk: content.w, expiresAt: content.x };
}

/** The walk of a token, whatever its query; undefined for what is no token. */
export function walkOf(token: string): Pick<PageToken, 'walk' | 'expiresAt'> | undefined {
  const content = contentOf(token);
  return content && { walk: content.w, expiresAt: content.x };
}

export const tokenRefusal = (message: string): AppError =>
  new AppError('invalid', message, { rule: 'QueryParameterException' });

function contentOf(token: string): Content | undefined {
  if (token.length > TOKEN_LENGTH_MAX || !/^[\w-]+$/.test(token)) return undefined;
  try {
    const content = JSON.parse(Buffer.from(token, 'base64url').toString()) as Partial<Content> | null;
    const whole =
      content?.v === VERSION &&
      typeof content.q === 'string' &&
      typeof content.w === 'string' &&
      /^[\w-]{12}$/.test(content.w) &&
      Number.isSafeInteger(content.x) &&
      Array.isArray(content.p) &&
      content.p.length > 0 &&
      content.p.every((value) => typeof value === 'string' || Number.isFinite(value));
    return whole ? (content as Content) : undefined;
  } catch {
    return undefined;
  }
}
