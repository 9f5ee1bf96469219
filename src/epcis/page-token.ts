import { createHash } from 'node:crypto';
import { AppError } from '../error.ts';
import type { EventQuery } from './query.ts';

/*
 * A page token says where in a query's fixed order the next page begins. It holds no rows and no secret, any node can
 * read it, and it fits one query alone: its fingerprint is inside.
 */

const TOKEN_LENGTH_MAX = 1_024;
const FINGERPRINT_BYTES = 12;
const VERSION = 1;

/** The last row of a page: sort values first, then the sequence that breaks ties. */
export type Position = (string | number)[];

interface Content {
  v: number;
  q: string;
  p: Position;
  x: number;
}

/** The query without what differs from page to page. */
function fingerprint({ conditions, orderBy, orderDirection, eventCountLimit, maxEventCount }: EventQuery): string {
  const text = JSON.stringify([conditions, orderBy, orderDirection, eventCountLimit, maxEventCount]);
  return createHash('sha256').update(text).digest().subarray(0, FINGERPRINT_BYTES).toString('base64url');
}

/** The token of the page that follows `position`; `expiresAt` in ms since 1970. */
export function writePageToken(query: EventQuery, position: Position, expiresAt: number): string {
  const content: Content = { v: VERSION, q: fingerprint(query), p: position, x: expiresAt };
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/**
 * The position in a query's `nextPageToken`, undefined for a first page. Throws AppError `invalid`, rule
 * `QueryParameterException`, for a token that is none, belongs to another query, or has expired at `now`.
 */
export function readPageToken(query: EventQuery, now: number): Position | undefined {
  const token = query.nextPageToken;
  if (token === undefined) return undefined;
  const content = contentOf(token);
  if (!content) throw refusal('nextPageToken is no token of this server.');
  if (content.q !== fingerprint(query)) throw refusal('nextPageToken belongs to another query.');
  if (content.x < now) throw refusal('nextPageToken has expired.');
  return content.p;
}

const refusal = (message: string): AppError => new AppError('invalid', message, { rule: 'QueryParameterException' });

function contentOf(token: string): Content | undefined {
  if (token.length > TOKEN_LENGTH_MAX || !/^[\w-]+$/.test(token)) return undefined;
  try {
    const content = JSON.parse(Buffer.from(token, 'base64url').toString()) as Partial<Content> | null;
    const whole =
      content?.v === VERSION &&
      typeof content.q === 'string' &&
      Number.isSafeInteger(content.x) &&
      Array.isArray(content.p) &&
      content.p.length > 0 &&
      content.p.every((value) => typeof value === 'string' || Number.isFinite(value));
    return whole ? (content as Content) : undefined;
  } catch {
    return undefined;
  }
}
