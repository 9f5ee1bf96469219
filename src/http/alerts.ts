// Captures of what is on hold (docs/recall.md, Holds and alerts): listed by number, as a stream, and told by webhook.
import { AppError } from '../error.ts';
import { acknowledgeAlert, type Alert, lastAlert, listAlerts } from '../store/recall-alert.ts';
import {
  addSubscription,
  findSubscription,
  listenerStanding,
  listSubscriptions,
  removeSubscription,
  type Subscription,
  SUBSCRIPTIONS_MAX,
} from '../store/subscription.ts';
import { notYours, ownerBound } from './authenticate.ts';
import { check, readJson } from './body.ts';
import { NDJSON } from './event-stream.ts';
import { pageOf, PAGING_PARAMETERS } from './paging.ts';
import type { Ctx } from './platform.ts';
import { refusal, unanswered } from './problem.ts';
import { acknowledged, alertsAsked, BODY_BYTES_MAX } from './recall-body.ts';
import { isoOf, JSON_TYPE, said, TAG } from './recall-case.ts';
import type { Parameter, Resource } from './resource.ts';
import { secretOf } from './subscriptions.ts';

const ALERTS_PER_PAGE_MAX = 1_000;
/** Streams that are open at the same time; one more is told 503. */
const STREAMS_MAX = 100;
/** Alerts, and keys that were revoked, are seen so late at most. */
const POLL_MS = 500;
/** Proxies close what is silent; an empty line keeps the stream open. */
const HEARTBEAT_MS = 15_000;

function wholeNumber(name: string, text: string, max: number): number {
  if (!/^\d{1,15}$/.test(text) || Number(text) > max)
    throw refusal('QueryParameterException', `${name} must be a whole number up to ${max}.`);
  return Number(text);
}

/** The query string: `after` is absent where the request does not say. */
function askedOf(c: Ctx): { after?: number; limit: number } {
  const { after, limit = '100', ...rest } = c.req.query();
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw refusal('QueryParameterException', `There is no parameter ${unknown.slice(0, 200)} here.`);
  return {
    ...(after !== undefined && { after: wholeNumber('after', after, Number.MAX_SAFE_INTEGER) }),
    limit: Math.max(1, wholeNumber('limit', limit, ALERTS_PER_PAGE_MAX)),
  };
}

async function alerts(c: Ctx): Promise<Response> {
  const { after, limit } = askedOf(c);
  const { store } = c.var.platform;
  const { tenantId } = c.var.principal!;
  if (c.var.mediaType !== NDJSON) return c.json(await listAlerts(store, tenantId, after ?? 0, limit));
  return stream(c, after ?? (await lastAlert(store, tenantId)), limit);
}

let streaming = 0;

/** Alerts behind `after`, a line each, for as long as client, key and process are there. */
async function* linesOf(c: Ctx, start: number, limit: number, end: AbortSignal): AsyncGenerator<string> {
  const { store } = c.var.platform;
  const { tenantId, keyId } = c.var.principal!;
  let after = start;
  // at once, so that a client sees that it is connected
  yield '\n';
  for (let told = performance.now(); !end.aborted;) {
    const { hasKey } = await listenerStanding(store, tenantId, '', keyId);
    if (!hasKey) return;
    const found: Alert[] = await listAlerts(store, tenantId, after, limit);
    after = found.at(-1)?.number ?? after;
    if (found.length > 0 || performance.now() - told > HEARTBEAT_MS) {
      yield found.length === 0 ? '\n' : found.map((one) => `${JSON.stringify(one)}\n`).join('');
      told = performance.now();
    }
    if (found.length < limit) await pause(POLL_MS, end);
  }
}

function pause(ms: number, end: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer);
      end.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    end.addEventListener('abort', over);
    if (end.aborted) over();
  });
}

/** Stays open. What fails after it began breaks it off; who comes again says the last number that came. */
function stream(c: Ctx, after: number, limit: number): Response {
  const { live, logger } = c.var.platform;
  if (!live)
    return unanswered(
      'this runtime keeps no process that could tell of alerts; ask again with after instead',
      c.req.path,
    );
  if (streaming >= STREAMS_MAX)
    throw new AppError('unavailable', `${STREAMS_MAX} streams of alerts are open, no more are taken`);
  const gone = new AbortController();
  const lines = linesOf(c, after, limit, AbortSignal.any([gone.signal, live.stopping]));
  const encoder = new TextEncoder();
  streaming += 1;
  let isOpen = true;
  const leave = (): void => {
    if (isOpen) streaming -= 1;
    isOpen = false;
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await lines.next();
        if (!done) return controller.enqueue(encoder.encode(value));
        leave();
        if (!gone.signal.aborted) controller.close();
      } catch (error) {
        leave();
        logger.warn({ requestId: c.var.requestId, err: error }, 'a stream of alerts broke off');
        controller.error(error);
      }
    },
    cancel() {
      leave();
      gone.abort();
    },
  });
  return c.body(body, 200, { 'Content-Type': NDJSON, 'Cache-Control': 'no-store' });
}

async function acknowledge(c: Ctx): Promise<Response> {
  const { data, by } = await said(c, acknowledged);
  const asked = c.req.param('number')!;
  const { platform, principal } = c.var;
  const told = { at: isoOf(platform.clock()), by: by.person ?? by.key, note: data.note };
  const number = /^\d{1,15}$/.test(asked) ? Number(asked) : 0;
  const alert = await acknowledgeAlert(platform.store, principal!.tenantId, number, told);
  if (!alert) throw new AppError('not_found', `There is no alert ${asked.slice(0, 200)}.`);
  return c.json(alert);
}

/** Never the secret. */
const told = (one: Subscription): object => ({
  subscriptionID: one.subscriptionID,
  createdAt: isoOf(one.createdAt),
  dest: one.dest,
  toldUpTo: one.toldUpTo,
  ...(one.lastNotifiedAt !== undefined && { lastNotifiedAt: isoOf(one.lastNotifiedAt) }),
  ...(one.failures > 0 && { failures: one.failures }),
  ...(one.failure !== undefined && { failure: one.failure }),
  ...(one.pausedAt !== undefined && { pausedAt: isoOf(one.pausedAt) }),
});

const noSubscription = (id: string): AppError =>
  refusal('NoSuchNameException', `There is no subscription ${id.slice(0, 200)} to alerts.`);

async function subscribe(c: Ctx): Promise<Response> {
  const { platform, principal } = c.var;
  const { webhooks } = platform;
  if (!webhooks) return unanswered('this runtime keeps no process that could call a receiver', c.req.path);
  const { tenantId, keyId } = principal!;
  const { dest, signatureToken, after } = check(alertsAsked, await readJson(c, { bytesMax: BODY_BYTES_MAX }));
  const { href } = await webhooks.destination(dest);
  const subscriptionID = crypto.randomUUID();
  const made = await addSubscription(platform.store, tenantId, {
    subscriptionID,
    keyId,
    of: { query: {} },
    form: 'alerts',
    dest: href,
    ...secretOf(c, webhooks, subscriptionID, signatureToken),
    epcFormat: 'Never_Translates',
    reportIfEmpty: false,
    ...(after !== undefined && { after }),
    dueAt: 0,
  });
  if (typeof made === 'string') {
    throw refusal(
      'QueryTooLargeException',
      `There are ${SUBSCRIPTIONS_MAX} subscriptions, and no more are kept; delete some.`,
    );
  }
  webhooks.wake();
  c.header('Location', `${c.req.path}/${subscriptionID}`);
  return c.json(told(made), 201);
}

async function subscriptions(c: Ctx): Promise<Response> {
  const asked = await pageOf(c);
  const [createdAt = 0, id = ''] = asked.after ?? [];
  const { platform, principal } = c.var;
  const { perPage } = asked;
  const after = [Number(createdAt), String(id)] as const;
  const found = await listSubscriptions(platform.store, principal!.tenantId, 'alerts', perPage + 1, after);
  const page = found.slice(0, perPage);
  const last = page.at(-1);
  if (last && found.length > perPage) asked.announce([last.createdAt, last.subscriptionID]);
  return c.json(page.map(told));
}

async function subscription(c: Ctx): Promise<Response> {
  const id = c.req.param('subscriptionID')!;
  const found = await findSubscription(c.var.platform.store, c.var.principal!.tenantId, 'alerts', id);
  if (!found) throw noSubscription(id);
  return c.json(told(found));
}

async function unsubscribe(c: Ctx): Promise<Response> {
  const id = c.req.param('subscriptionID')!;
  const { platform, principal } = c.var;
  const outcome = await removeSubscription(platform.store, principal!.tenantId, 'alerts', id, ownerBound(principal!));
  if (outcome === 'none') throw noSubscription(id);
  if (outcome === 'alien') throw notYours(principal!, `The subscription ${id}`);
  return c.body(null, 204);
}

const query = (name: string, description: string, schema: Parameter['schema']): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const ARRAY = { type: 'array' };
const OBJECT = { type: 'object' };

export const alertResources: Resource[] = [
  {
    path: '/alerts',
    tag: TAG,
    operations: {
      GET: {
        summary: 'Captures of what is on hold, by number; as lines (NDJSON) they come as they are raised',
        right: 'alerts',
        answers: [JSON_TYPE, NDJSON],
        parameters: [
          query('after', 'number of the last alert that is known; a stream begins with the next one without it', {
            type: 'integer',
            default: 0,
          }),
          query('limit', `at most ${ALERTS_PER_PAGE_MAX}; of a stream, at a time`, { type: 'integer', default: 100 }),
        ],
        success: { status: 200, description: 'Alerts', schema: ARRAY },
        refusals: [400],
        handle: alerts,
      },
    },
  },
  {
    path: '/alerts/subscriptions',
    tag: TAG,
    operations: {
      GET: {
        summary: 'Receivers of alerts, the oldest first',
        right: 'alerts',
        answers: [JSON_TYPE],
        parameters: PAGING_PARAMETERS,
        success: { status: 200, description: 'A page of them', schema: ARRAY },
        refusals: [400],
        handle: subscriptions,
      },
      POST: {
        summary: 'Subscribes: alerts are POSTed to dest as they are raised',
        right: 'alerts',
        answers: [JSON_TYPE],
        body: { description: 'Where to', types: [JSON_TYPE], schema: alertsAsked },
        success: { status: 201, description: 'Subscribed; Location is its address', schema: OBJECT },
        refusals: [400],
        handle: subscribe,
      },
    },
  },
  {
    path: '/alerts/subscriptions/{subscriptionID}',
    tag: TAG,
    operations: {
      GET: {
        summary: 'A receiver: up to which alert it was told, and what went wrong',
        right: 'alerts',
        answers: [JSON_TYPE],
        success: { status: 200, description: 'The subscription', schema: OBJECT },
        refusals: [404],
        handle: subscription,
      },
      DELETE: {
        summary: 'Unsubscribes: by the key that subscribed, or an operator',
        right: 'alerts',
        answers: [JSON_TYPE],
        success: { status: 204, description: 'Ended' },
        refusals: [404],
        handle: unsubscribe,
      },
    },
  },
  {
    path: '/alerts/{number}/acknowledgement',
    tag: TAG,
    operations: {
      POST: {
        summary: 'A person has seen an alert; the first one stays',
        right: 'alerts',
        answers: [JSON_TYPE],
        body: { description: 'What was done', types: [JSON_TYPE], schema: acknowledged },
        success: { status: 200, description: 'The alert', schema: OBJECT },
        refusals: [404],
        handle: acknowledge,
      },
    },
  },
];
