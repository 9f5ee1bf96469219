import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from './platform.ts';
import type { Method, Operation, Parameter, Resource } from './resource.ts';

type App = OpenAPIHono<HttpEnv>;

const PROBLEM = {
  type: 'object',
  description: 'RFC 7807; `type` is epcisException:NAME',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string', examples: ['epcisException:ValidationException'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    errors: { type: 'array', items: { type: 'object' } },
  },
} as const;

const SECURITY = {
  bearer: { type: 'http', scheme: 'bearer' },
  basic: { type: 'http', scheme: 'basic', description: 'the key is the password; any user name' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
} as const;

/** Status → what its refusal means, whatever the operation. */
const REFUSALS: Record<number, string> = {
  400: 'Not valid: the detail says where and why',
  401: 'No key, or one that is not known',
  403: 'The key lacks the right',
  404: 'No such resource',
  406: 'No form of the answer meets the request',
  409: 'Exists already',
  412: 'It is not what was expected: read it again',
  413: 'A limit is exceeded',
  414: 'The URI is too long',
  415: 'The content type is not supported',
  422: 'The Idempotency-Key stands for another request',
  503: 'The database does not answer',
};

const REFUSED = Object.fromEntries(
  Object.entries(REFUSALS).map(([status, description]) => [
    `Refused${status}`,
    { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
  ]),
);

const content = (types: readonly string[], schema: object): Record<string, { schema: object }> =>
  Object.fromEntries(types.map((type) => [type, { schema }]));

function statusesOf({ right, body, refusals = [] }: Operation): number[] {
  const all = [...(right ? [401, 403] : []), 406, 414, ...(body ? [400, 413, 415] : []), ...refusals, 503];
  return [...new Set(all)].sort((a, b) => a - b);
}

/** Enters one operation into the application's OpenAPI document. */
export function describe(app: App, resource: Resource, method: Method, path: string, operation: Operation): void {
  const variables = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']): Parameter => ({
    name,
    in: 'path',
    required: true,
    description: 'percent-encoded as one path segment',
    schema: { type: 'string' },
  }));
  const { success, right, body } = operation;
  app.openAPIRegistry.registerPath({
    method: method.toLowerCase() as Lowercase<Method>,
    path,
    tags: [resource.tag],
    summary: operation.summary,
    security: right ? [{ bearer: [] }, { basic: [] }, { apiKey: [] }] : [],
    parameters: [...variables, ...(operation.parameters ?? [])] as never,
    ...(body && {
      request: { body: { description: body.description, required: true, content: content(body.types, body.schema) } },
    }),
    responses: {
      [success.status]: {
        description: success.description,
        ...(success.schema && { content: content(operation.answers, success.schema) }),
      },
      ...Object.fromEntries(
        statusesOf(operation).map((status) => [status, { $ref: `#/components/responses/Refused${status}` }]),
      ),
    },
  });
}

/** Puts a reference where several operations have the same parameter; returns the parameters referred to. */
function shareParameters(paths: object): Record<string, object> {
  const operations = Object.values(paths).flatMap(
    (path: object) => Object.values(path) as { parameters?: Parameter[] }[],
  );
  const uses = new Map<string, number>();
  for (const { parameters = [] } of operations) {
    for (const parameter of parameters)
      uses.set(JSON.stringify(parameter), (uses.get(JSON.stringify(parameter)) ?? 0) + 1);
  }
  const shared: Record<string, object> = {};
  for (const operation of operations) {
    operation.parameters = operation.parameters?.map((parameter) => {
      const { name } = parameter;
      const first = shared[name] === undefined || JSON.stringify(shared[name]) === JSON.stringify(parameter);
      if (!first || (uses.get(JSON.stringify(parameter)) ?? 0) < 2) return parameter;
      shared[name] = parameter;
      return { $ref: `#/components/parameters/${name}` } as unknown as Parameter;
    }) as Parameter[];
  }
  return shared;
}

/** The OpenAPI 3.1 document of a mounted application; docs/openapi.json is its checked-in copy. */
export function openApiOf(app: App, version: string): object {
  const info = {
    title: 'Tagtrail',
    version,
    description: 'EPCIS 2.0 capture and query below /epcis, trace and administration below /api.',
  };
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info });
  const paths = structuredClone(document.paths ?? {});
  const parameters = shareParameters(paths);
  return {
    openapi: '3.1.0',
    info,
    paths,
    components: {
      schemas: { ...document.components?.schemas, Problem: PROBLEM },
      responses: REFUSED,
      parameters,
      securitySchemes: SECURITY,
    },
  };
}
