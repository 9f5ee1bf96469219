import { type EventQuery, LIMITS, PER_PAGE, type Position, readPageToken, writePageToken } from '../epcis/index.ts';
import { refusal } from './problem.ts';
import type { Ctx } from './platform.ts';
import type { Parameter } from './resource.ts';

/** A walk over pages may pause so long; a token holds no state, so long is cheap. */
export const PAGE_TOKEN_MS = 24 * 3600 * 1000;

export const PAGING_PARAMETERS: Parameter[] = [
  {
    name: 'perPage',
    in: 'query',
    description: `entries of one page, at most ${LIMITS.perPageMax}`,
    schema: { type: 'integer', default: PER_PAGE },
  },
  {
    name: 'nextPageToken',
    in: 'query',
    description: 'from the Link rel="next" of the page before',
    schema: { type: 'string' },
  },
];

/** A page that was asked for: how many entries, and behind which position it begins. */
export interface Page {
  perPage: number;
  after: Position | undefined;
  /** Announces the next page, which begins behind `position`; call it when there is one. */
  announce(position: Position): void;
}

/** Link to the next page, for whoever made its token. The reference is relative, so that proxies need not be known. */
export function announceNext(c: Ctx, token: string, expiresAt: number): void {
  const { pathname, searchParams } = new URL(c.req.url);
  searchParams.set('nextPageToken', token);
  c.header('Link', `<${pathname}?${searchParams.toString()}>; rel="next"`);
  c.header('GS1-Next-Page-Token-Expires', new Date(expiresAt).toISOString());
}

/** The page that a list other than of events is asked for; other parameters are refused, never ignored. */
export function pageOf(c: Ctx): Page {
  const { perPage = String(PER_PAGE), nextPageToken, ...rest } = c.req.query();
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw refusal('QueryParameterException', `There is no parameter ${unknown.slice(0, 200)} here.`);
  const count = /^\d{1,9}$/.test(perPage) ? Number(perPage) : 0;
  if (count < 1 || count > LIMITS.perPageMax) {
    throw refusal('QueryParameterException', `perPage must be a whole number from 1 to ${LIMITS.perPageMax}.`);
  }
  const { clock } = c.var.platform;
  // a token is made for one list: the list's path stands where a query names its order
  const list: EventQuery = { conditions: [], orderBy: c.req.path, orderDirection: 'ASC', perPage: count };
  return {
    perPage: count,
    after: readPageToken({ ...list, ...(nextPageToken !== undefined && { nextPageToken }) }, clock()),
    announce: (position) => {
      const expiresAt = clock() + PAGE_TOKEN_MS;
      announceNext(c, writePageToken(list, position, expiresAt), expiresAt);
    },
  };
}
