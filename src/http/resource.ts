import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Right } from '../access/policy.ts';
import { authorise } from './authenticate.ts';
import { checkVersions, formsFor, negotiate } from './headers.ts';
import type { Ctx, HttpEnv } from './platform.ts';
import { describe } from './openapi.ts';
import { methodNotAllowed } from './problem.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A query parameter, path variable or header, as OpenAPI writes it. */
export interface Parameter {
  name: string;
  in: 'query' | 'header' | 'path';
  description: string;
  required?: boolean;
  schema: { type: string; enum?: string[]; format?: string; default?: unknown; items?: object };
}

/** One operation: what docs/openapi.json says of it, what it needs, and its handler. */
export interface Operation {
  summary: string;
  /** Absent: open to everybody. */
  right?: Right;
  /** Media types of the answer, the usual one first. */
  answers: readonly string[];
  parameters?: Parameter[];
  body?: { description: string; types: readonly string[]; schema: object };
  success: { status: number; description: string; schema?: object };
  /** Statuses of refusal besides those that every operation shares. */
  refusals?: number[];
  handle: (c: Ctx) => Response | Promise<Response>;
}

/** A path in OpenAPI's spelling, and its methods. */
export interface Resource {
  path: string;
  tag: string;
  operations: Partial<Record<Method, Operation>>;
  /** Headers of the answer to OPTIONS besides Allow. */
  optionsHeaders?: (c: Ctx) => Record<string, string> | Promise<Record<string, string>>;
}

type App = OpenAPIHono<HttpEnv>;

/** The form of the answer. That there is nothing at all (404) is told before that it cannot be had as asked (406). */
async function formOf(c: Ctx, operation: Operation): Promise<string> {
  try {
    return negotiate(c, formsFor(c, operation.answers));
  } catch (refused) {
    c.set('mediaType', operation.answers[0]!);
    if (c.req.method === 'GET' && operation.refusals?.includes(404)) await operation.handle(c);
    throw refused;
  }
}

/** Key and right first, then whether an answer in a wanted form exists, and only then the work. */
const guarded =
  (operation: Operation) =>
  async (c: Ctx): Promise<Response> => {
    if (operation.right) await authorise(c, operation.right);
    checkVersions(c);
    const mediaType = await formOf(c, operation);
    c.set('mediaType', mediaType);
    const res = await operation.handle(c);
    // JSON and JSON-LD are one text under two names
    if (mediaType === 'application/ld+json' && res.ok) res.headers.set('Content-Type', mediaType);
    return res;
  };

/** Makes every resource answer its methods, OPTIONS (204 with Allow) and, to any other, 405; and describes it. */
export function mount(app: App, base: string, resources: readonly Resource[]): void {
  for (const resource of resources) {
    const path = base + resource.path;
    const route = path.replaceAll(/\{(\w+)\}/g, ':$1');
    const routes = resource.path === '/' ? [base, route] : [route];
    const operations = Object.entries(resource.operations) as [Method, Operation][];
    const allow = [...operations.map(([method]) => method), 'OPTIONS'].join(', ');
    for (const [method, operation] of operations) {
      app.on(method, routes, guarded(operation));
      describe(app, resource, method, path, operation);
    }
    app.on('OPTIONS', routes, async (c) =>
      c.body(null, 204, { Allow: allow, ...(await resource.optionsHeaders?.(c)) }),
    );
    app.on('ALL', routes, (c) => methodNotAllowed(c.req.method, c.req.path, allow));
  }
}
