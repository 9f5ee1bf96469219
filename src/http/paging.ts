import {
  type EventQuery,
  LIMITS,
  newWalk,
  PER_PAGE,
  type Position,
  readPageToken,
  tokenRefusal,
  walkOf,
  writePageToken,
} from '../epcis/index.ts';
import { endWalk, isEnded } from '../store/ended-walk.ts';
import { JSON_TYPES } from './body.ts';
import { refusal } from './problem.ts';
import type { Ctx } from './platform.ts';
import type { Parameter, Resource } from './resource.ts';

/** A walk over pages may pause so long; a token holds no state, so long is cheap. */
const PAGE_TOKEN_MS = 24 * 3600 * 1000;

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

/** Where a page that was asked for begins, and how the one after it is told of. */
export interface Place {
  after: Position | undefined;
  /** The token of the page that begins behind `position`. */
  tokenAt(position: Position): string;
  /** Announces the next page, which begins behind `position`; call it when there is one. */
  announce(position: Position): void;
}

/** A page of a list: also how many entries it may have. */
export interface Page extends Place {
  perPage: number;
}

/**
 * The place that the query's nextPageToken names. 400 for a token that is none, expired, ended, or of another query.
 * The announced reference is relative, so that proxies need not be known.
 */
export async function placeOf(c: Ctx, query: EventQuery): Promise<Place> {
  const { platform, principal } = c.var;
  const owner = { query, tenantId: principal!.tenantId };
  const token = readPageToken(owner, platform.clock());
  if (token && (await isEnded(platform.store, owner.tenantId, token.walk))) {
    throw tokenRefusal('nextPageToken belongs to a walk over pages that was ended.');
  }
  const walk = token?.walk ?? newWalk();
  const expiresAt = platform.clock() + PAGE_TOKEN_MS;
  const tokenAt = (position: Position): string => writePageToken(owner, { position, walk, expiresAt });
  return {
    after: token?.position,
    tokenAt,
    announce: (position) => {
      const { pathname, searchParams } = new URL(c.req.url);
      searchParams.set('nextPageToken', tokenAt(position));
      c.header('Link', `<${pathname}?${searchParams.toString()}>; rel="next"`);
      c.header('GS1-Next-Page-Token-Expires', new Date(expiresAt).toISOString());
    },
  };
}

/** The page that a list other than of events is asked for; parameters other than `own` are refused, never ignored. */
export async function pageOf(c: Ctx, own: readonly string[] = []): Promise<Page> {
  const { perPage = String(PER_PAGE), nextPageToken, ...rest } = c.req.query();
  const unknown = Object.keys(rest).find((name) => !own.includes(name));
  if (unknown !== undefined)
    throw refusal('QueryParameterException', `There is no parameter ${unknown.slice(0, 200)} here.`);
  const count = /^\d{1,9}$/.test(perPage) ? Number(perPage) : 0;
  if (count < 1 || count > LIMITS.perPageMax) {
    throw refusal('QueryParameterException', `perPage must be a whole number from 1 to ${LIMITS.perPageMax}.`);
  }
  // a token is made for one list: the list's path stands where a query names its order
  const asked = own.map((name) => rest[name] ?? '').join(' ');
  const list: EventQuery = {
    conditions: [],
    orderBy: `${c.req.path} ${asked}`.trim(),
    orderDirection: 'ASC',
    perPage: count,
  };
  const place = await placeOf(c, { ...list, ...(nextPageToken !== undefined && { nextPageToken }) });
  return { ...place, perPage: count };
}

/** Ends the walk over pages that a token belongs to: all tokens of it are refused from then on. */
async function end(c: Ctx): Promise<Response> {
  const { platform, principal } = c.var;
  const walk = walkOf(c.req.param('token')!);
  if (!walk) throw tokenRefusal('nextPageToken is no token of this server.');
  const now = platform.clock();
  if (walk.expiresAt > now + PAGE_TOKEN_MS) throw tokenRefusal('nextPageToken is no token of this server.');
  if (walk.expiresAt >= now) await endWalk(platform.store, principal!.tenantId, walk.walk, now + PAGE_TOKEN_MS, now);
  return c.body(null, 204);
}

export const tokenResources: Resource[] = [
  {
    path: '/nextPageToken/{token}',
    tag: 'Events',
    operations: {
      DELETE: {
        summary: 'Ends a walk over pages: all of its tokens are refused from then on',
        right: 'query',
        answers: JSON_TYPES,
        success: { status: 204, description: 'Ended' },
        refusals: [400],
        handle: end,
      },
    },
  },
];
