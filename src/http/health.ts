import { messageOf } from '../error.ts';
import type { Ctx } from './platform.ts';
import type { Resource } from './resource.ts';

/** A database that takes longer counts as down: whoever asks for health does not wait. */
const DATABASE_MS_MAX = 2000;

/** Milliseconds of one round to the database; throws when it fails or takes too long. */
async function databaseMs(c: Ctx): Promise<number> {
  const { store, clock } = c.var.platform;
  const start = clock();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${DATABASE_MS_MAX} ms`)), DATABASE_MS_MAX);
  });
  try {
    await Promise.race([store.query('select 1', []), late]);
    return clock() - start;
  } finally {
    clearTimeout(timer);
  }
}

/** 200 while the database answers, 503 while it does not; needs no key and tells nothing that matters to a stranger. */
async function health(c: Ctx): Promise<Response> {
  const { version, logger } = c.var.platform;
  try {
    return c.json({ status: 'up', version, database: { status: 'up', latencyMs: await databaseMs(c) } });
  } catch (error) {
    logger.warn({ requestId: c.var.requestId, reason: messageOf(error) }, 'the database does not answer');
    return c.json({ status: 'down', version, database: { status: 'down' } }, 503);
  }
}

export const healthResources: Resource[] = [
  {
    path: '/healthz',
    tag: 'Operation',
    operations: {
      GET: {
        summary: 'Whether the platform and its database are up',
        answers: ['application/json'],
        success: { status: 200, description: 'Up', schema: { type: 'object' } },
        handle: health,
      },
    },
  },
];
