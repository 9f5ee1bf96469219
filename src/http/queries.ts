import { EPCIS_CONTEXT, type EventQuery, LIMITS, parseQuery, readContext } from '../epcis/index.ts';
import { type AppError } from '../error.ts';
import { addQuery, findQuery, listQueries, type NamedQuery, QUERIES_MAX, removeQuery } from '../store/named-query.ts';
import { notYours, ownerBound } from './authenticate.ts';
import { JSON_TYPES, readJson } from './body.ts';
import { answerQuery, EVENT_ANSWERS, EVENTS, FORMAT_HEADERS, QUERY_PARAMETERS } from './events.ts';
import { extensions, rangeHeaders } from './headers.ts';
import { pageOf, PAGING_PARAMETERS } from './paging.ts';
import type { Ctx } from './platform.ts';
import { refusal } from './problem.ts';
import type { Resource } from './resource.ts';
import { readSocket } from './subscription-body.ts';
import { openSocket, wantsSocket } from './websocket.ts';

/** A definition is a handful of parameters; lists of identifiers are what makes it long. */
const QUERY_BYTES_MAX = 256 * 1024;
const NAME_CHARACTERS_MAX = 200;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const noQuery = (name: string): AppError =>
  refusal('NoSuchNameException', `There is no query named ${name.slice(0, NAME_CHARACTERS_MAX)}.`);

/** A name is a path segment: any text that can be one and is legible. */
function nameOf(value: unknown): string {
  const fine =
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= NAME_CHARACTERS_MAX &&
    value.isWellFormed() &&
    !/[\p{Cc}]|^\.{1,2}$/u.test(value);
  if (fine) return value;
  throw refusal(
    'QueryValidationException',
    `/name: a query needs a name of 1 to ${NAME_CHARACTERS_MAX} characters without control characters`,
  );
}

/** What a stored definition asks for. Throws AppError `invalid` for parameters that are wrong. */
export const storedQuery = ({ query, prefixes }: Pick<NamedQuery, 'query' | 'prefixes'>): EventQuery =>
  parseQuery(query, { context: readContext(prefixes) });

/** The definition in the body of a request, checked. */
async function definitionOf(c: Ctx): Promise<NamedQuery> {
  const body = await readJson(c, { bytesMax: QUERY_BYTES_MAX });
  if (!isObject(body)) throw refusal('QueryValidationException', 'the body must be {"name": …, "query": {…}}');
  const { name, query, ...rest } = body;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw refusal('QueryValidationException', `/${unknown.slice(0, 200)}: a definition has name and query alone`);
  if (!isObject(query)) throw refusal('QueryValidationException', '/query: an object of query parameters is needed');
  if (Object.hasOwn(query, 'nextPageToken'))
    throw refusal('QueryParameterException', 'nextPageToken belongs to one walk and cannot be stored.');
  const definition = { name: nameOf(name), query, prefixes: extensions(c) };
  storedQuery(definition);
  return definition;
}

async function post(c: Ctx): Promise<Response> {
  const { platform, principal } = c.var;
  const definition = await definitionOf(c);
  const { tenantId, keyId } = principal!;
  const outcome = await addQuery(platform.store, tenantId, { ...definition, keyId }, platform.clock());
  if (outcome === 'exists')
    throw refusal('ResourceAlreadyExistsException', `There is a query named ${definition.name} already.`);
  if (outcome === 'full') {
    throw refusal(
      'QueryTooLargeException',
      `There are ${QUERIES_MAX} named queries, and no more are kept; delete some.`,
    );
  }
  c.header('Location', `${c.req.path}/${encodeURIComponent(definition.name)}`);
  return c.body(null, 201);
}

const told = ({ name, query }: NamedQuery): object => ({ name, query });

async function list(c: Ctx): Promise<Response> {
  const asked = await pageOf(c);
  const { platform, principal } = c.var;
  const found = await listQueries(
    platform.store,
    principal!.tenantId,
    asked.perPage + 1,
    String(asked.after?.[0] ?? ''),
  );
  const page = found.slice(0, asked.perPage);
  if (found.length > asked.perPage) asked.announce([page.at(-1)!.name]);
  return c.json(page.map(told));
}

/** The query of the path; NoSuchNameException where there is none. */
export async function queryAt(c: Ctx): Promise<NamedQuery> {
  const name = c.req.param('queryName')!;
  const query = await findQuery(c.var.platform.store, c.var.principal!.tenantId, name);
  if (!query) throw noQuery(name);
  return query;
}

async function remove(c: Ctx): Promise<Response> {
  const name = c.req.param('queryName')!;
  const { platform, principal } = c.var;
  const outcome = await removeQuery(platform.store, principal!.tenantId, name, ownerBound(principal!));
  if (outcome === 'none') throw noQuery(name);
  if (outcome === 'alien') throw notYours(principal!, `The query ${name}, or a subscription to it,`);
  return c.body(null, 204);
}

/** Its events; parameters of the URI narrow it further, and may use its prefixes. */
async function events(c: Ctx): Promise<Response> {
  const found = await queryAt(c);
  const own = readContext(found.query['@context'], readContext(found.prefixes));
  const narrowed = (parameters: URLSearchParams): EventQuery =>
    parseQuery(parameters, { context: readContext(extensions(c), own), narrows: storedQuery(found) });
  const { searchParams } = new URL(c.req.url);
  if (!wantsSocket(c)) return answerQuery(c, narrowed(searchParams), found.name);
  const { controls, rest } = readSocket(searchParams);
  return openSocket(c, { queryName: found.name, query: narrowed(rest), controls });
}

const DEFINITION = {
  type: 'object',
  required: ['name', 'query'],
  properties: {
    name: { type: 'string', maxLength: NAME_CHARACTERS_MAX },
    query: {
      type: 'object',
      description: `parameters as in a URI, lists as arrays of at most ${LIMITS.queryValuesMax}; prefixes in an @context of its own`,
      examples: [{ '@context': [EPCIS_CONTEXT, { ex: 'https://example.org/' }], EQ_bizStep: ['shipping'] }],
    },
  },
};

export const queryResources: Resource[] = [
  {
    path: '/queries',
    tag: 'Queries',
    optionsHeaders: () => rangeHeaders(true),
    operations: {
      GET: {
        summary: 'Named queries, in the order of their names',
        right: 'query',
        answers: JSON_TYPES,
        parameters: PAGING_PARAMETERS,
        success: { status: 200, description: 'A page of definitions', schema: { type: 'array', items: DEFINITION } },
        refusals: [400],
        handle: list,
      },
      POST: {
        summary: 'Names a query',
        right: 'query',
        answers: JSON_TYPES,
        body: { description: 'Name and parameters', types: JSON_TYPES, schema: DEFINITION },
        success: { status: 201, description: 'Named; Location is its address' },
        refusals: [409],
        handle: post,
      },
    },
  },
  {
    path: '/queries/{queryName}',
    tag: 'Queries',
    optionsHeaders: () => rangeHeaders(true),
    operations: {
      GET: {
        summary: 'The definition of a named query',
        right: 'query',
        answers: JSON_TYPES,
        success: { status: 200, description: 'The definition', schema: DEFINITION },
        refusals: [404],
        handle: async (c) => c.json(told(await queryAt(c))),
      },
      DELETE: {
        summary:
          'Removes a named query and ends every subscription of it: by the key that made all of them, or an operator',
        right: 'query',
        answers: JSON_TYPES,
        success: { status: 204, description: 'Removed' },
        refusals: [404],
        handle: remove,
      },
    },
  },
  {
    path: '/queries/{queryName}/events',
    tag: 'Queries',
    optionsHeaders: () => rangeHeaders(true),
    operations: {
      GET: {
        summary:
          'Events that meet a named query and all parameters, page by page; with Upgrade: websocket, as they come',
        right: 'query',
        answers: EVENT_ANSWERS,
        parameters: [...QUERY_PARAMETERS, ...FORMAT_HEADERS],
        success: { status: 200, ...EVENTS },
        refusals: [400, 404, 413],
        handle: events,
      },
    },
  },
];
