// Webhook subscriptions to named queries (EPCIS 2.0 section 12.7.7).
import { nextDue } from '../epcis/index.ts';
import {
  addSubscription,
  findSubscription,
  listSubscriptions,
  removeSubscription,
  type Subscription,
  SUBSCRIPTIONS_MAX,
} from '../store/subscription.ts';
import { authorise, notYours, ownerBound } from './authenticate.ts';
import { JSON_TYPES, readJson } from './body.ts';
import { epcFormat, rangeHeaders } from './headers.ts';
import { pageOf, PAGING_PARAMETERS } from './paging.ts';
import type { Ctx } from './platform.ts';
import { refusal, unanswered } from './problem.ts';
import { queryAt, storedQuery } from './queries.ts';
import type { Resource } from './resource.ts';
import { readWebhook } from './subscription-body.ts';

const BODY_BYTES_MAX = 16 * 1024;

/** Who calls receivers; made by an entry that runs for long. */
export interface Webhooks {
  /** A destination that may be called; throws AppError `invalid` (InvalidURIException). */
  destination(asked: unknown): Promise<URL>;
  /** A signatureToken as it is stored; undefined where this server has no key to keep it under. */
  sealed(tenantId: string, subscriptionID: string, token: string): Uint8Array | undefined;
  /** There may be something new to tell. */
  wake(): void;
  /** Calls of this process by outcome, and the events that were taken. */
  readonly counts: Record<string, number>;
  readonly eventsTaken: number;
}

const time = (ms: number): string => new Date(ms).toISOString();

/** Never the secret. What the standard does not name: failures, failure, pausedAt. */
function told(one: Subscription): object {
  const { schedule, lastNotifiedAt, pausedAt } = one;
  return {
    subscriptionID: one.subscriptionID,
    createdAt: time(one.createdAt),
    dest: one.dest,
    ...(schedule ? { schedule } : { stream: true }),
    reportIfEmpty: one.reportIfEmpty,
    initialRecordTime: time(one.initialRecordTime),
    minRecordTime: time(one.minRecordTime),
    ...(lastNotifiedAt !== undefined && { lastNotifiedAt: time(lastNotifiedAt) }),
    epcFormat: one.epcFormat,
    ...(one.failures > 0 && { failures: one.failures }),
    ...(one.failure !== undefined && { failure: one.failure }),
    ...(pausedAt !== undefined && { pausedAt: time(pausedAt) }),
  };
}

const noSubscription = (id: string) =>
  refusal('NoSuchNameException', `There is no subscription ${id.slice(0, 200)} to this query.`);

/** A signatureToken as it is stored; refused where this server can keep none. */
export function secretOf(c: Ctx, webhooks: Webhooks, subscriptionID: string, token?: string): { secret?: Uint8Array } {
  if (token === undefined) return {};
  const secret = webhooks.sealed(c.var.principal!.tenantId, subscriptionID, token);
  if (secret) return { secret };
  throw refusal(
    'SubscriptionControlsException',
    'signatureToken: this server has no key to keep it under; its operator sets TAGTRAIL_SECRET_KEY',
  );
}

async function post(c: Ctx): Promise<Response> {
  const { platform, principal } = c.var;
  const { tenantId, keyId } = principal!;
  const { webhooks } = platform;
  if (!webhooks) return unanswered('this runtime keeps no process that could call a receiver', c.req.path);
  const named = await queryAt(c);
  if (storedQuery(named).eventCountLimit !== undefined) {
    throw refusal(
      'SubscriptionControlsException',
      `The query ${named.name} has an eventCountLimit: it can be asked, but not subscribed to.`,
    );
  }
  const body = await readJson(c, { bytesMax: BODY_BYTES_MAX });
  const { dest, signatureToken, ...controls } = readWebhook(body);
  const { href } = await webhooks.destination(dest);
  const subscriptionID = crypto.randomUUID();
  const made = await addSubscription(platform.store, tenantId, {
    subscriptionID,
    keyId,
    of: { queryName: named.name },
    form: 'json',
    dest: href,
    ...secretOf(c, webhooks, subscriptionID, signatureToken),
    epcFormat: epcFormat(c),
    ...controls,
    dueAt: controls.schedule ? nextDue(controls.schedule, platform.clock()) : 0,
  });
  if (made === 'full') {
    throw refusal(
      'QueryTooLargeException',
      `There are ${SUBSCRIPTIONS_MAX} subscriptions, and no more are kept; delete some.`,
    );
  }
  if (typeof made === 'string') throw refusal('NoSuchNameException', `There is no query named ${named.name} any more.`);
  webhooks.wake();
  c.header('Location', `${c.req.path}/${subscriptionID}`);
  return c.json(told(made), 201);
}

async function list(c: Ctx): Promise<Response> {
  const { name } = await queryAt(c);
  const asked = await pageOf(c);
  const [createdAt = 0, id = ''] = asked.after ?? [];
  const { platform, principal } = c.var;
  const found = await listSubscriptions(platform.store, principal!.tenantId, { queryName: name }, asked.perPage + 1, [
    Number(createdAt),
    String(id),
  ]);
  const page = found.slice(0, asked.perPage);
  const last = page.at(-1);
  if (last && found.length > asked.perPage) asked.announce([last.createdAt, last.subscriptionID]);
  return c.json(page.map(told));
}

async function subscriptionAt(c: Ctx): Promise<Subscription> {
  const { name } = await queryAt(c);
  const id = c.req.param('subscriptionID')!;
  const found = await findSubscription(c.var.platform.store, c.var.principal!.tenantId, { queryName: name }, id);
  if (!found) throw noSubscription(id);
  return found;
}

/** OPTIONS needs no key; whoever shows one that may ask is told how far the subscription has come (EPCIS 2.0, 12.7.7). */
async function progressHeaders(c: Ctx): Promise<Record<string, string>> {
  try {
    await authorise(c, 'query');
    return { 'GS1-Query-Min-Record-Time': time((await subscriptionAt(c)).minRecordTime) };
  } catch {
    return {};
  }
}

async function remove(c: Ctx): Promise<Response> {
  const { name } = await queryAt(c);
  const id = c.req.param('subscriptionID')!;
  const { platform, principal } = c.var;
  const outcome = await removeSubscription(
    platform.store,
    principal!.tenantId,
    { queryName: name },
    id,
    ownerBound(principal!),
  );
  if (outcome === 'none') throw noSubscription(id);
  if (outcome === 'alien') throw notYours(principal!, `The subscription ${id}`);
  return c.body(null, 204);
}

const field = (description: string): object => ({ type: 'string', description });
const CONTROLS = {
  dest: { type: 'string', format: 'uri', description: 'http or https, of the public internet' },
  initialRecordTime: { type: 'string', format: 'date-time', description: 'default: now' },
  reportIfEmpty: { type: 'boolean', default: false },
  schedule: {
    type: 'object',
    description: 'in UTC: numbers and ranges such as "1,2" or "[1-5]"; a finer field that is left out is its lowest',
    properties: {
      second: field('0 to 59'),
      minute: field('0 to 59'),
      hour: field('0 to 23'),
      dayOfMonth: field('1 to 31'),
      month: field('1 to 12'),
      dayOfWeek: field('1 (Monday) to 7'),
    },
  },
  stream: { type: 'boolean', description: 'true, or a schedule' },
};
const ASKED = {
  type: 'object',
  required: ['dest'],
  properties: { ...CONTROLS, signatureToken: { type: 'string', description: 'signs every call; never shown again' } },
};
const SUBSCRIPTION = {
  type: 'object',
  properties: {
    subscriptionID: { type: 'string' },
    createdAt: { type: 'string', format: 'date-time' },
    ...CONTROLS,
    minRecordTime: { type: 'string', format: 'date-time', description: 'everything captured before it was told' },
    lastNotifiedAt: { type: 'string', format: 'date-time' },
    epcFormat: { type: 'string' },
    failures: { type: 'integer', description: 'calls in a row that failed' },
    failure: { type: 'string', description: 'why the last one did' },
    pausedAt: { type: 'string', format: 'date-time', description: 'no further call is made' },
  },
};

export const subscriptionResources: Resource[] = [
  {
    path: '/queries/{queryName}/subscriptions',
    tag: 'Subscriptions',
    optionsHeaders: () => rangeHeaders(false),
    operations: {
      GET: {
        summary: 'Webhook subscriptions to a named query, the oldest first',
        right: 'query',
        answers: JSON_TYPES,
        parameters: PAGING_PARAMETERS,
        success: { status: 200, description: 'A page of them', schema: { type: 'array', items: SUBSCRIPTION } },
        refusals: [400, 404],
        handle: list,
      },
      POST: {
        summary: 'Subscribes: new events of the query are POSTed to dest',
        right: 'query',
        answers: JSON_TYPES,
        body: { description: 'Where to, and when', types: JSON_TYPES, schema: ASKED },
        success: { status: 201, description: 'Subscribed; Location is its address', schema: SUBSCRIPTION },
        refusals: [400, 404],
        handle: post,
      },
    },
  },
  {
    path: '/queries/{queryName}/subscriptions/{subscriptionID}',
    tag: 'Subscriptions',
    optionsHeaders: async (c) => ({ ...rangeHeaders(false), ...(await progressHeaders(c)) }),
    operations: {
      GET: {
        summary: 'A subscription, how far it has been told, and what went wrong',
        right: 'query',
        answers: JSON_TYPES,
        success: { status: 200, description: 'The subscription', schema: SUBSCRIPTION },
        refusals: [404],
        handle: async (c) => c.json(told(await subscriptionAt(c))),
      },
      DELETE: {
        summary: 'Unsubscribes: by the key that subscribed, or an operator',
        right: 'query',
        answers: JSON_TYPES,
        success: { status: 204, description: 'Ended' },
        refusals: [404],
        handle: remove,
      },
    },
  },
];
