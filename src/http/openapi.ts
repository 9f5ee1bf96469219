import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from './platform.ts';

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

/** The OpenAPI 3.1 document of a mounted application; docs/openapi.json is its checked-in copy. */
export function openApiOf(app: OpenAPIHono<HttpEnv>, version: string): object {
  const info = {
    title: 'Tagtrail',
    version,
    description: 'EPCIS 2.0 capture and query below /epcis, trace and administration below /api.',
  };
  const { paths, components } = app.getOpenAPI31Document({ openapi: '3.1.0', info });
  return {
    openapi: '3.1.0',
    info,
    paths,
    components: { ...components, schemas: { ...components?.schemas, Problem: PROBLEM }, securitySchemes: SECURITY },
  };
}
