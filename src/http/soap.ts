// The query interface over SOAP, for partners that still speak it (EPCIS 1.2 section 11.2, 2.0 section 11.1).
import { inFormat } from '../capture/report.ts';
import {
  type EpcFormat,
  childOf,
  epcisElement,
  type EventQuery,
  instantOf,
  LIMITS,
  nextDue,
  parseQuery,
  queryResultsOf,
  readSchedule,
  readSoap,
  SOAP_EXCEPTIONS,
  soapEnvelope,
  type SoapException,
  soapFault,
  soapParameters,
  type SoapRequest,
  soapWsdl,
  strings,
  textIn,
  writeXmlResults,
} from '../epcis/index.ts';
import { AppError } from '../error.ts';
import { findEvents } from '../store/event-query.ts';
import type { StoredEvent } from '../store/event.ts';
import { addSubscription, removeSubscription, SUBSCRIPTIONS_MAX, subscriptionIDs } from '../store/subscription.ts';
import { notYours, ownerBound } from './authenticate.ts';
import { readText } from './body.ts';
import { epcFormat, rangeHeaders } from './headers.ts';
import type { Ctx } from './platform.ts';
import { problemOf, refusal } from './problem.ts';
import type { Resource } from './resource.ts';
import { masterDataAnswer } from './soap-master-data.ts';

const SOAP_TYPES = ['text/xml', 'application/xml', 'application/soap+xml'] as const;
const BODY_BYTES_MAX = 1024 * 1024;
/** Events of one answer to Poll, which has no pages. */
const POLL_EVENTS_MAX = 10_000;
const ID_CHARACTERS_MAX = 200;
/** Of a subscription that is told at once; the standard leaves the names of triggers to the service. */
const STREAM_TRIGGER = 'stream';

const EVENT_QUERY = 'SimpleEventQuery';
const MASTER_DATA_QUERY = 'SimpleMasterDataQuery';
const QUERY_NAMES = [EVENT_QUERY, MASTER_DATA_QUERY];

/** A fault that REST does not know by name. */
const fault = (name: SoapException, message: string): AppError => new AppError('invalid', message, { rule: name });

function needed({ message, operation }: SoapRequest, name: string): string {
  const text = textIn(message, name);
  if (text === undefined) throw refusal('ValidationException', `${operation} needs ${name}.`);
  return text;
}

function queryNameOf(request: SoapRequest): string {
  const name = needed(request, 'queryName');
  if (QUERY_NAMES.includes(name)) return name;
  throw refusal(
    'NoSuchNameException',
    `There is no query named ${name.slice(0, 200)}; ${QUERY_NAMES.join(' and ')} are.`,
  );
}

/** 1.2 knows URNs alone. */
const formatOf = (c: Ctx, { version }: SoapRequest): EpcFormat => (version === '1.2' ? 'Always_EPC_URN' : epcFormat(c));

function eventQuery(parameters: Record<string, string[]>): EventQuery {
  for (const name of ['perPage', 'nextPageToken', '@context']) {
    if (Object.hasOwn(parameters, name))
      throw refusal('QueryParameterException', `There is no parameter ${name} here.`);
  }
  return parseQuery(parameters);
}

async function allEvents(c: Ctx, query: EventQuery): Promise<StoredEvent[]> {
  const { platform, principal } = c.var;
  const events: StoredEvent[] = [];
  let place: Parameters<typeof findEvents>[3];
  do {
    const page = { ...query, perPage: LIMITS.perPageMax };
    const found = await findEvents(platform.store, principal!.tenantId, page, place);
    events.push(...found.events);
    place = found.next;
    if (events.length > POLL_EVENTS_MAX || (place && events.length === POLL_EVENTS_MAX)) {
      throw refusal('QueryTooLargeException', `The query has more than ${POLL_EVENTS_MAX} hits; narrow it.`);
    }
  } while (place);
  return events;
}

async function poll(c: Ctx, request: SoapRequest): Promise<string> {
  const { platform, principal } = c.var;
  const { tenantId } = principal!;
  const { version } = request;
  const creationDate = new Date(platform.clock()).toISOString();
  const parameters = soapParameters(request.message);
  if (queryNameOf(request) === MASTER_DATA_QUERY) {
    return queryResultsOf(
      version,
      await masterDataAnswer(platform.store, tenantId, parameters, { version, creationDate }),
    );
  }
  const found = await allEvents(c, eventQuery(parameters));
  const events = await inFormat(platform, tenantId, found, formatOf(c, request));
  const cbv = version === '1.2' ? 'urn' : 'web';
  return queryResultsOf(version, writeXmlResults(events, { version, cbv, queryName: EVENT_QUERY, creationDate }));
}

function controlsOf({ message }: SoapRequest) {
  const wrong = (text: string): never => {
    throw refusal('SubscriptionControlsException', text);
  };
  const controls = childOf(message, 'controls');
  const schedule = childOf(controls, 'schedule');
  const trigger = textIn(controls, 'trigger');
  if ((schedule === undefined) === (trigger === undefined)) wrong('controls need either a schedule or a trigger.');
  if (trigger !== undefined && trigger !== STREAM_TRIGGER) wrong(`The only trigger is "${STREAM_TRIGGER}".`);
  const since = textIn(controls, 'initialRecordTime');
  const initialRecordTime = since === undefined ? undefined : instantOf(since);
  if (since !== undefined && initialRecordTime === undefined)
    wrong('initialRecordTime must be a date-time with offset.');
  const empty = textIn(controls, 'reportIfEmpty') ?? 'false';
  if (!/^(true|false|1|0)$/.test(empty)) wrong('reportIfEmpty must be true or false.');
  return {
    ...(schedule && {
      schedule: readSchedule(Object.fromEntries(schedule.children.map(({ local, text }) => [local, text.trim()]))),
    }),
    reportIfEmpty: empty === 'true' || empty === '1',
    ...(initialRecordTime !== undefined && { initialRecordTime }),
  };
}

async function subscribe(c: Ctx, request: SoapRequest): Promise<string> {
  const { platform, principal } = c.var;
  const { webhooks } = platform;
  if (!webhooks) throw new AppError('unavailable', 'This runtime keeps no process that could call a receiver.');
  if (queryNameOf(request) === MASTER_DATA_QUERY) {
    throw fault('SubscribeNotPermittedException', 'Master data can be asked for, not subscribed to.');
  }
  const subscriptionID = needed(request, 'subscriptionID');
  if (subscriptionID === '' || subscriptionID.length > ID_CHARACTERS_MAX) {
    throw refusal('ValidationException', `A subscriptionID has 1 to ${ID_CHARACTERS_MAX} characters.`);
  }
  const query = soapParameters(request.message);
  if (eventQuery(query).eventCountLimit !== undefined) {
    throw fault('SubscribeNotPermittedException', 'A query with an eventCountLimit can be asked, not subscribed to.');
  }
  const controls = controlsOf(request);
  const { href } = await webhooks.destination(textIn(request.message, 'dest'));
  const { tenantId, keyId } = principal!;
  const made = await addSubscription(platform.store, tenantId, {
    subscriptionID,
    keyId,
    of: { query },
    form: `xml-${request.version}`,
    dest: href,
    epcFormat: formatOf(c, request),
    ...controls,
    dueAt: controls.schedule ? nextDue(controls.schedule, platform.clock()) : 0,
  });
  if (made === 'exists')
    throw fault('DuplicateSubscriptionException', `There is a subscription ${subscriptionID} already.`);
  if (typeof made === 'string') {
    throw fault(
      'SubscribeNotPermittedException',
      `There are ${SUBSCRIPTIONS_MAX} subscriptions, and no more are kept.`,
    );
  }
  webhooks.wake();
  return epcisElement(request.version, 'SubscribeResult', []);
}

async function unsubscribe(c: Ctx, request: SoapRequest): Promise<string> {
  const id = needed(request, 'subscriptionID');
  const { platform, principal } = c.var;
  const outcome = await removeSubscription(platform.store, principal!.tenantId, 'own', id, ownerBound(principal!));
  if (outcome === 'alien') throw notYours(principal!, `The subscription ${id}`);
  if (outcome === 'none') {
    throw fault('NoSuchSubscriptionException', `There is no subscription ${id.slice(0, ID_CHARACTERS_MAX)}.`);
  }
  return epcisElement(request.version, 'UnsubscribeResult', []);
}

async function ids(c: Ctx, request: SoapRequest): Promise<string> {
  const isEvents = queryNameOf(request) === EVENT_QUERY;
  const found = isEvents ? await subscriptionIDs(c.var.platform.store, c.var.principal!.tenantId, 'own') : [];
  return epcisElement(request.version, 'GetSubscriptionIDsResult', strings(found));
}

const OPERATIONS: Record<string, (c: Ctx, request: SoapRequest) => Promise<string> | string> = {
  GetQueryNames: (_c, { version }) => epcisElement(version, 'GetQueryNamesResult', strings(QUERY_NAMES)),
  Poll: poll,
  Subscribe: subscribe,
  Unsubscribe: unsubscribe,
  GetSubscriptionIDs: ids,
  GetStandardVersion: (_c, { version }) => epcisElement(version, 'GetStandardVersionResult', version),
  GetVendorVersion: (c, { version }) => epcisElement(version, 'GetVendorVersionResult', c.var.platform.version),
};

const isSoapException = (name: unknown): name is SoapException =>
  (SOAP_EXCEPTIONS as readonly unknown[]).includes(name);
/** REST's names that SOAP has other ones for. */
const RENAMED: Record<string, SoapException> = {
  QueryValidationException: 'QueryParameterException',
  NoSuchResourceException: 'NoSuchNameException',
  NotAcceptableException: 'ValidationException',
  UnsupportedMediaTypeException: 'ValidationException',
  CaptureLimitExceededException: 'ValidationException',
};

/** What was thrown as a fault: 500, as SOAP 1.1 has it, but for what is refused before the message is read. */
export function faultAnswer(c: Ctx, error: unknown, request?: SoapRequest, status = 500): Response {
  const problem = problemOf(error);
  const rule = error instanceof AppError ? error.detail?.['rule'] : undefined;
  const restName = problem.type.replace('epcisException:', '');
  const name = isSoapException(rule) ? rule : isSoapException(restName) ? restName : RENAMED[restName];
  if (problem.status >= 500) {
    c.var.platform.logger.error({ requestId: c.var.requestId, err: error }, 'the request failed');
  }
  const { soap = '1.1', version = '2.0' } = request ?? {};
  const text = soapFault(soap, version, { name: name ?? 'ImplementationException', reason: problem.detail });
  return new Response(text, {
    status,
    headers: {
      'content-type': typeOf(soap),
      ...(status === 401 && { 'www-authenticate': 'Bearer realm="tagtrail"' }),
    },
  });
}

const typeOf = (soap: SoapRequest['soap']): string =>
  soap === '1.1' ? 'text/xml; charset=utf-8' : 'application/soap+xml; charset=utf-8';

async function post(c: Ctx): Promise<Response> {
  let request: SoapRequest | undefined;
  const text = await readText(c, { bytesMax: BODY_BYTES_MAX }, SOAP_TYPES);
  try {
    request = await readSoap(text);
    const operation = Object.hasOwn(OPERATIONS, request.operation) ? OPERATIONS[request.operation] : undefined;
    if (!operation) throw refusal('ValidationException', `There is no operation ${request.operation.slice(0, 200)}.`);
    return c.body(soapEnvelope(request.soap, await operation(c, request)), 200, {
      'Content-Type': typeOf(request.soap),
    });
  } catch (error) {
    const isForbidden = error instanceof AppError && error.code === 'forbidden';
    return faultAnswer(c, error, request, isForbidden ? 403 : 500);
  }
}

export const soapResources: Resource[] = [
  {
    path: '/soap',
    tag: 'SOAP',
    optionsHeaders: () => rangeHeaders(true),
    operations: {
      GET: {
        summary: 'The WSDL, of EPCIS 2.0 or (version=1.2) of 1.2',
        answers: SOAP_TYPES,
        parameters: [
          { name: 'wsdl', in: 'query', description: 'as it is the custom', schema: { type: 'string' } },
          {
            name: 'version',
            in: 'query',
            description: 'of EPCIS',
            schema: { type: 'string', enum: ['1.2', '2.0'], default: '2.0' },
          },
        ],
        success: { status: 200, description: 'WSDL 1.1', schema: { type: 'string' } },
        handle: (c) => {
          const { origin, pathname } = new URL(c.req.url);
          const version = c.req.query('version') === '1.2' ? '1.2' : '2.0';
          return c.body(soapWsdl(version, origin + pathname), 200, { 'Content-Type': typeOf('1.1') });
        },
      },
      POST: {
        summary: 'The query interface over SOAP 1.1 or 1.2, of EPCIS 1.2 and 2.0 by the namespace of the message',
        right: 'query',
        answers: SOAP_TYPES,
        body: { description: 'An envelope with one message', types: SOAP_TYPES, schema: { type: 'string' } },
        success: { status: 200, description: 'An envelope with the result', schema: { type: 'string' } },
        handle: post,
      },
    },
  },
];
