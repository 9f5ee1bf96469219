import { AppError } from '../error.ts';
import { FORM_OF, isEventType, translateUri } from '../epcis/index.ts';
import { knownEpcs, type KnownField, knownValues } from '../store/known.ts';
import { JSON_TYPES } from './body.ts';
import { collection, prefixesFor } from './documents.ts';
import {
  EVENT_ANSWERS,
  EVENTS,
  FORMAT_HEADER,
  FORMAT_HEADERS,
  isNamed,
  QUERY_PARAMETERS,
  queryEvents,
} from './events.ts';
import { epcFormat, rangeHeaders } from './headers.ts';
import { type Page, pageOf, PAGING_PARAMETERS } from './paging.ts';
import type { Ctx } from './platform.ts';
import type { Operation, Resource } from './resource.ts';

interface Members {
  member: string[];
  /** Where the next page begins. */
  next?: string;
}

/** A collection of what events name (EPCIS 2.0, 12.7): how it is listed, and the query for the events of a member. */
interface Collection {
  path: string;
  variable: string;
  parameter: string;
  /** Whether members are identifiers, written in the form that GS1-EPC-Format asks for. */
  identifiers: boolean;
  list: (c: Ctx, page: Page) => Promise<Members>;
}

const known =
  (field: KnownField) =>
  async (c: Ctx, { perPage, after }: Page): Promise<Members> => {
    const { platform, principal } = c.var;
    const found = await knownValues(platform.store, principal!.tenantId, field, perPage + 1, String(after?.[0] ?? ''));
    const member = found.slice(0, perPage);
    return { member, ...(found.length > perPage && { next: member.at(-1)! }) };
  };

const epcs = async (c: Ctx, { perPage, after }: Page): Promise<Members> => {
  const { platform, principal } = c.var;
  const { epcs: member, next } = await knownEpcs(
    platform.store,
    principal!.tenantId,
    perPage,
    after && String(after[0]),
  );
  return { member, ...(next !== undefined && { next }) };
};

const COLLECTIONS: Collection[] = [
  { path: '/eventTypes', variable: 'eventType', parameter: 'eventType', identifiers: false, list: known('eventType') },
  { path: '/epcs', variable: 'epc', parameter: 'MATCH_anyEPC', identifiers: true, list: epcs },
  { path: '/bizSteps', variable: 'bizStep', parameter: 'EQ_bizStep', identifiers: false, list: known('bizStep') },
  {
    path: '/bizLocations',
    variable: 'bizLocation',
    parameter: 'EQ_bizLocation',
    identifiers: true,
    list: known('bizLocation'),
  },
  {
    path: '/readPoints',
    variable: 'readPoint',
    parameter: 'EQ_readPoint',
    identifiers: true,
    list: known('readPoint'),
  },
  {
    path: '/dispositions',
    variable: 'disposition',
    parameter: 'EQ_disposition',
    identifiers: false,
    list: known('disposition'),
  },
];

const COLLECTION_SCHEMA = { type: 'object', properties: { member: { type: 'array', items: { type: 'string' } } } };

const list = ({ path, identifiers, list: membersOf }: Collection): Operation => ({
  summary: `What events have had as ${path.slice(1)}`,
  right: 'query',
  answers: JSON_TYPES,
  parameters: [...PAGING_PARAMETERS, ...(identifiers ? [FORMAT_HEADER] : [])],
  success: { status: 200, description: 'A page of the collection', schema: COLLECTION_SCHEMA },
  refusals: [400],
  handle: async (c) => {
    const page = await pageOf(c);
    const { member, next } = await membersOf(c, page);
    if (next !== undefined) page.announce([next]);
    if (!identifiers) return c.json(collection(member));
    const format = epcFormat(c);
    c.header('GS1-EPC-Format', format);
    const lengths = await prefixesFor(c, format, (of) => {
      for (const uri of member) translateUri(uri, 'urn', of);
    });
    return c.json(collection(member.map((uri) => translateUri(uri, FORM_OF[format], lengths))));
  },
});

/** The condition that an event names the member in the path; 404 for one that none names. */
async function conditionOf(c: Ctx, { path, variable, parameter }: Collection): Promise<Record<string, string[]>> {
  const value = c.req.param(variable)!;
  const condition = { [parameter]: [value] };
  const possible = path !== '/eventTypes' || isEventType(value);
  if (!possible || !(await isNamed(c, condition))) {
    throw new AppError('not_found', `No event has ${value.slice(0, 200)} among its ${path.slice(1)}.`);
  }
  return condition;
}

const one = (of: Collection): Operation => ({
  summary: `One of ${of.path.slice(1)}, and the resources below it`,
  right: 'query',
  answers: JSON_TYPES,
  success: { status: 200, description: 'The resources below it', schema: COLLECTION_SCHEMA },
  refusals: [400, 404],
  handle: async (c) => {
    await conditionOf(c, of);
    return c.json(collection(['events']));
  },
});

const events = (of: Collection): Operation => ({
  summary: `The events of one of ${of.path.slice(1)}`,
  right: 'query',
  answers: EVENT_ANSWERS,
  parameters: [...QUERY_PARAMETERS, ...FORMAT_HEADERS],
  success: { status: 200, ...EVENTS },
  refusals: [400, 404, 413],
  handle: async (c) => queryEvents(c, await conditionOf(c, of)),
});

export const collectionResources: Resource[] = COLLECTIONS.flatMap((of) => {
  const shared = { tag: 'Collections', optionsHeaders: () => rangeHeaders(true) };
  return [
    { ...shared, path: of.path, operations: { GET: list(of) } },
    { ...shared, path: `${of.path}/{${of.variable}}`, operations: { GET: one(of) } },
    { ...shared, path: `${of.path}/{${of.variable}}/events`, operations: { GET: events(of) } },
  ];
});
