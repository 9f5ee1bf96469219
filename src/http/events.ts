import { captureEvent } from '../capture/capture.ts';
import { AppError } from '../error.ts';
import { type EventQuery, LIMITS, parseQuery, readContext } from '../epcis/index.ts';
import { byEventId, type StoredEvent } from '../store/event.ts';
import { findEvents } from '../store/event-query.ts';
import { DOCUMENT_TYPES, documentOf, JSON_TYPES } from './body.ts';
import { eventsAnswer } from './documents.ts';
import { NDJSON, streamEvents } from './event-stream.ts';
import { extensions, IDEMPOTENCY_KEY, idempotencyKey, rangeHeaders } from './headers.ts';
import { PAGING_PARAMETERS, placeOf } from './paging.ts';
import type { Ctx } from './platform.ts';
import type { Parameter, Resource } from './resource.ts';

/** A single event is no bulk upload. */
const EVENT_BYTES_MAX = 4 * 1024 * 1024;

const LIST = 'alternatives are separated by |';
const text = (name: string, description: string): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { type: 'string' },
});

/** The commonest parameters of EPCIS 2.0 section 8.2.7.1; the others that are taken are named in docs/api.md. */
export const QUERY_PARAMETERS: Parameter[] = [
  text('eventType', LIST),
  text('GE_eventTime', 'not before this instant'),
  text('LT_eventTime', 'before this instant'),
  text('GE_recordTime', 'not captured before this instant'),
  text('LT_recordTime', 'captured before this instant'),
  text('EQ_action', LIST),
  text('EQ_bizStep', `bare word or URI; ${LIST}`),
  text('EQ_disposition', `bare word or URI; ${LIST}`),
  text('EQ_readPoint', `URN or Digital Link; ${LIST}`),
  text('EQ_bizLocation', `URN or Digital Link; ${LIST}`),
  text('EQ_eventID', LIST),
  text('MATCH_epc', `URN, Digital Link or pattern; ${LIST}`),
  text('MATCH_anyEPC', `URN, Digital Link or pattern; ${LIST}`),
  text('MATCH_anyEPCClass', `URN or Digital Link; ${LIST}`),
  text('EXISTS_errorDeclaration', 'true: declarations alone'),
  {
    name: 'orderBy',
    in: 'query',
    description: 'default: the order of capture',
    schema: { type: 'string', enum: ['eventTime', 'recordTime'] },
  },
  {
    name: 'orderDirection',
    in: 'query',
    description: 'of orderBy',
    schema: { type: 'string', enum: ['ASC', 'DESC'], default: 'DESC' },
  },
  {
    name: 'eventCountLimit',
    in: 'query',
    description: 'only so many, in the order asked',
    schema: { type: 'integer' },
  },
  { name: 'maxEventCount', in: 'query', description: 'refuse (413) more hits than this', schema: { type: 'integer' } },
  ...PAGING_PARAMETERS,
];

export const FORMAT_HEADER: Parameter = {
  name: 'GS1-EPC-Format',
  in: 'header',
  description: 'how identifiers are written',
  schema: {
    type: 'string',
    enum: ['Always_GS1_Digital_Link', 'Always_EPC_URN', 'Never_Translates', 'No_Preference'],
    default: 'Always_GS1_Digital_Link',
  },
};

/** Headers of answers that hold events. */
export const FORMAT_HEADERS: Parameter[] = [
  FORMAT_HEADER,
  {
    name: 'GS1-CBV-XML-Format',
    in: 'header',
    description: 'how words of the CBV are written in XML; 1.2 has URNs alone',
    schema: { type: 'string', enum: ['Always_Web_URI', 'Always_URN', 'Never_Translates'], default: 'Always_Web_URI' },
  },
];

/** Prefixes of GS1-Extensions, as a context. */
const contextOf = (c: Ctx) => readContext(extensions(c));

/** The query of the request's own parameters and, for the events of a collection's member, one more condition. */
function queryOf(c: Ctx, more: Record<string, string[]>): EventQuery {
  const options = { context: contextOf(c) };
  const query = parseQuery(new URL(c.req.url).searchParams, options);
  return { ...query, conditions: [...query.conditions, ...parseQuery(more, options).conditions] };
}

/** The answer to a query: a page that announces the next, or all of it as a stream for a client that takes one. */
export async function answerQuery(c: Ctx, query: EventQuery, queryName?: string): Promise<Response> {
  const place = await placeOf(c, query);
  if (c.var.mediaType === NDJSON) return streamEvents(c, query, place);
  const { store } = c.var.platform;
  const { events, next } = await findEvents(store, c.var.principal!.tenantId, query, place.after);
  if (next) place.announce(next);
  return eventsAnswer(c, events, queryName);
}

/** The events that meet the request's query and `more`. */
export const queryEvents = (c: Ctx, more: Record<string, string[]> = {}): Promise<Response> =>
  answerQuery(c, queryOf(c, more));

/** Whether any event has this value; for collections, whose members exist by being named. */
export async function isNamed(c: Ctx, condition: Record<string, string[]>): Promise<boolean> {
  const query = { ...parseQuery(condition), perPage: 1 };
  return (await findEvents(c.var.platform.store, c.var.principal!.tenantId, query)).events.length > 0;
}

/** Stored before it is answered. */
async function post(c: Ctx): Promise<Response> {
  const { platform, principal } = c.var;
  const { format, source } = documentOf(c, Math.min(EVENT_BYTES_MAX, platform.captureBytesMax));
  const { eventID } = await captureEvent(platform, principal!, source, { format, idempotencyKey: idempotencyKey(c) });
  c.header('Location', `${c.req.path}/${encodeURIComponent(eventID)}`);
  return c.body(null, 201);
}

/** The event with its error declarations. */
async function one(c: Ctx): Promise<Response> {
  const eventID = c.req.param('eventID')!;
  const none = new AppError('not_found', `There is no event ${eventID.slice(0, 200)}.`);
  if (eventID.length > LIMITS.identifierLengthMax) throw none;
  const events: StoredEvent[] = await byEventId(c.var.platform.store, c.var.principal!.tenantId, eventID);
  if (events.length === 0) throw none;
  return eventsAnswer(c, events);
}

/** An answer of events is a document, or a stream of bare ones. */
export const EVENT_ANSWERS = [...DOCUMENT_TYPES, NDJSON];
export const EVENTS = { description: 'An EPCISQueryDocument', schema: { type: 'object' } };

export const eventResources: Resource[] = [
  {
    path: '/events',
    tag: 'Events',
    optionsHeaders: () => rangeHeaders(true),
    operations: {
      GET: {
        summary: 'Events that meet all parameters, page by page',
        right: 'query',
        answers: EVENT_ANSWERS,
        parameters: [...QUERY_PARAMETERS, ...FORMAT_HEADERS],
        success: { status: 200, ...EVENTS },
        refusals: [400, 413],
        handle: (c) => queryEvents(c),
      },
      POST: {
        summary: 'Stores one event before it answers',
        right: 'capture',
        answers: JSON_TYPES,
        body: { description: 'One event; in JSON with an @context', types: DOCUMENT_TYPES, schema: { type: 'object' } },
        parameters: [IDEMPOTENCY_KEY],
        success: { status: 201, description: 'Stored; Location names it' },
        refusals: [409, 422],
        handle: post,
      },
    },
  },
  {
    path: '/events/{eventID}',
    tag: 'Events',
    optionsHeaders: () => rangeHeaders(true),
    operations: {
      GET: {
        summary: 'One event and every error declaration of it',
        right: 'query',
        answers: DOCUMENT_TYPES,
        parameters: FORMAT_HEADERS,
        success: { status: 200, ...EVENTS },
        refusals: [404],
        handle: one,
      },
    },
  },
];
