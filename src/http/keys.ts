import { z } from '@hono/zod-openapi';
import { ROLES, type Role } from '../access/policy.ts';
import { addKey } from '../store/api-key.ts';
import { check, readJson } from './body.ts';
import type { Ctx } from './platform.ts';
import type { Resource } from './resource.ts';

const BODY_BYTES_MAX = 4096;

const request = z.strictObject({ role: z.enum(ROLES as [Role, ...Role[]]) });
const answer = z.object({ key: z.string(), id: z.string(), role: z.enum(ROLES as [Role, ...Role[]]) });

/** A new key of the asker's tenant; its text is in this answer and nowhere else. */
async function create(c: Ctx): Promise<Response> {
  const { role } = check(request, await readJson(c, { bytesMax: BODY_BYTES_MAX }));
  const { store, clock, logger } = c.var.platform;
  const { tenantId, keyId } = c.var.principal!;
  const made = await addKey(store, tenantId, role, clock());
  logger.info({ requestId: c.var.requestId, keyId, madeKeyId: made.id, role }, 'a key was made');
  c.header('Cache-Control', 'no-store');
  return c.json(made, 201);
}

export const keyResources: Resource[] = [
  {
    path: '/keys',
    tag: 'Administration',
    operations: {
      POST: {
        summary: 'Makes an API key; its text is shown this once',
        right: 'keys',
        answers: ['application/json'],
        body: { description: 'The role of the new key', types: ['application/json'], schema: request },
        success: { status: 201, description: 'The key', schema: answer },
        handle: create,
      },
    },
  },
];
