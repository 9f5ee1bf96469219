import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { AppError } from '../error.ts';
import { takesXmlAlone, versionHeaders } from './headers.ts';
import { alertResources } from './alerts.ts';
import { captureResources } from './capture.ts';
import { collectionResources } from './collections.ts';
import { eventResources } from './events.ts';
import { healthResources } from './health.ts';
import { keyResources } from './keys.ts';
import { liveResources } from './live.ts';
import { lotResources } from './lots.ts';
import { metricsResources, Requests } from './metrics.ts';
import { openApiOf } from './openapi.ts';
import { type Ctx, type HttpEnv, limitHeaders, type Platform } from './platform.ts';
import { problemOf, problemResponse, problemXml, refusal } from './problem.ts';
import { tokenResources } from './paging.ts';
import { queryResources } from './queries.ts';
import { recallArchiveResources } from './recall-archive.ts';
import { recallClosingResources } from './recall-closing.ts';
import { recallNoticeResources } from './recall-notices.ts';
import { recallReplyResources } from './recall-replies.ts';
import { recallReportResources } from './recall-report.ts';
import { recallScopeResources } from './recall-scope.ts';
import { recallResources } from './recalls.ts';
import { mount } from './resource.ts';
import { faultAnswer, soapResources } from './soap.ts';
import { subscriptionResources } from './subscriptions.ts';
import { topResources } from './top.ts';
import { vocabularyResources } from './vocabularies.ts';
import { traceResources } from './trace.ts';

/** Path and query together; Node's own limit on header bytes must lie above (entry/node.ts). */
const URI_CHARACTERS_MAX = 64 * 1024;
/** A request id of the client's own is taken when it looks like this. */
const REQUEST_ID = /^[\w-]{8,64}$/;

const EPCIS = '/epcis';
const API = '/api';

export type App = OpenAPIHono<HttpEnv>;

/** A link of a consignee is a secret: its token is not logged. */
const loggedPath = (path: string): string => path.replace(/(\/recall-links\/).+/, '$1…');

/** One line for each request, with an id that the answer carries too. */
function trackRequests(app: App, platformOf: (c: Context) => Platform): void {
  const requests = new Requests();
  app.use(async (c, next) => {
    const platform = platformOf(c);
    const given = c.req.header('x-request-id');
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : crypto.randomUUID();
    c.set('platform', platform);
    c.set('requestId', requestId);
    c.set('requests', requests);
    const start = platform.clock();
    await next();
    if (c.res.headers.get('content-type') === 'application/problem+json' && takesXmlAlone(c)) await tellInXml(c);
    c.res.headers.set('X-Request-Id', requestId);
    c.res.headers.set('X-Content-Type-Options', 'nosniff');
    if (isEpcis(c))
      for (const [name, value] of Object.entries(versionHeaders(platform.version))) c.res.headers.set(name, value);
    const ms = platform.clock() - start;
    requests.add(c, ms);
    platform.logger.info(
      {
        requestId,
        method: c.req.method,
        path: loggedPath(c.req.path),
        status: c.res.status,
        ms,
        keyId: c.var.principal?.keyId,
      },
      'request',
    );
  });
}

/** The same problem for a client that reads no JSON. */
async function tellInXml(c: Context): Promise<void> {
  const { status } = c.res;
  const headers = { ...Object.fromEntries(c.res.headers), 'content-type': 'application/problem+xml' };
  const text = problemXml((await c.res.json()) as Record<string, unknown>);
  c.res = undefined; // or its headers would be merged into those of the new one
  c.res = new Response(text, { status, headers });
}

const isEpcis = (c: Context): boolean => c.req.path === EPCIS || c.req.path.startsWith(`${EPCIS}/`);

/** Every failure becomes a problem document; one that nobody foresaw is logged whole and told as `internal`. */
function answerFailure(error: unknown, c: Ctx): Response {
  const { platform, requestId } = c.var;
  const problem = problemOf(error, c.req.path);
  if (c.req.path === `${EPCIS}/soap`) return faultAnswer(c, error, undefined, problem.status);
  if (problem.status >= 500) {
    const known = error instanceof AppError ? { code: error.code, cause: error.cause } : {};
    platform.logger.error({ requestId, err: error, ...known }, 'the request failed');
  }
  return problemResponse(problem, problem.type.endsWith('CaptureLimitExceededException') ? limitHeaders(platform) : {});
}

/** A Digital Link that stands in a path as it is falls apart at its slashes. */
const hintAt = (path: string): string =>
  /\/https?:\//i.test(path) ? '; an identifier in a path is percent-encoded: https%3A%2F%2F…' : '';

/**
 * The whole REST interface. `platform` is one for the life of a process, or made for each request where a runtime
 * allows no other (a Worker). Runs on Node and in workerd.
 */
export function createApp(platform: Platform | ((c: Context) => Platform)): App {
  const app: App = new OpenAPIHono<HttpEnv>();
  trackRequests(app, typeof platform === 'function' ? platform : () => platform);
  app.use(async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    if (pathname.length + search.length > URI_CHARACTERS_MAX) {
      throw refusal('URITooLongException', `the URI has more than ${URI_CHARACTERS_MAX} characters`);
    }
    await next();
  });
  app.onError((error, c) => answerFailure(error, c));
  app.notFound((c) =>
    problemResponse(
      problemOf(new AppError('not_found', `there is nothing at ${c.req.path}${hintAt(c.req.path)}`), c.req.path),
    ),
  );
  mount(app, '', [...healthResources, ...metricsResources]);
  mount(app, EPCIS, [
    ...topResources,
    ...captureResources,
    ...eventResources,
    ...collectionResources,
    ...queryResources,
    ...tokenResources,
    ...vocabularyResources,
    ...subscriptionResources,
    ...soapResources,
  ]);
  mount(app, API, [
    ...traceResources,
    ...keyResources,
    ...lotResources,
    ...liveResources,
    ...recallResources,
    ...recallScopeResources,
    ...alertResources,
    ...recallNoticeResources,
    ...recallReplyResources,
    ...recallClosingResources,
    ...recallReportResources,
    ...recallArchiveResources,
  ]);
  app.get(`${API}/openapi.json`, (c) => c.json(openApiOf(app, c.var.platform.version)));
  return app;
}
