// The same request again gives the same job: what Idempotency-Key promises.
import { createHash } from 'node:crypto';
import { AppError } from '../error.ts';
import type { DocumentSource } from '../epcis/index.ts';
import { claimKey, type IdempotencyKey, releaseKey, takeOverKey } from '../store/idempotency.ts';
import type { Store } from '../store/open.ts';

export { IDEMPOTENCY_DAYS } from '../store/idempotency.ts';

/** A capture whose job is not there after so long has broken off: its process ended before it could store anything. */
const BROKEN_OFF_MS = 120_000;
const CLAIMS_MAX = 5;

/** A source that is digested while it is read; the digest is whole when the source has ended. */
export function digested(source: DocumentSource, said: string): { source: DocumentSource; digest: () => Uint8Array } {
  const hash = createHash('sha256').update(`${said}\n`);
  if (typeof source === 'string') return { source, digest: () => hash.update(source).digest() };
  async function* read(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  }
  return { source: read(source), digest: () => hash.digest() };
}

const refused = (rule: string, message: string, detail: Record<string, unknown> = {}): AppError =>
  new AppError('conflict', message, { ...detail, rule });

/**
 * The capture that a key stands for: `captureId` where the key is free, or that of an earlier request that was the same.
 * Throws AppError `conflict`: IdempotencyKeyReusedException (422) for a key that stood for something else, and
 * IdempotencyConflictException (409) while the other request runs.
 */
export async function claim(
  store: Store,
  tenantId: string,
  key: IdempotencyKey,
  captureId: string,
  now: number,
): Promise<string> {
  for (let tries = 0; tries < CLAIMS_MAX; tries++) {
    const held = await claimKey(store, tenantId, key, captureId, now);
    if (!held) continue;
    if (held.own) return captureId;
    if (!held.same) {
      const message = 'This Idempotency-Key was used for another document or with other headers; take a new one.';
      throw refused('IdempotencyKeyReusedException', message);
    }
    if (held.known) return held.captureId;
    if (now - held.createdAt < BROKEN_OFF_MS) break;
    if (await takeOverKey(store, tenantId, key, captureId, now, held.captureId)) return captureId;
  }
  throw refused('IdempotencyConflictException', 'A request with this Idempotency-Key is being worked on; ask again.');
}

/** Gives a key back after a failure; one that cannot be given back is free again when its capture counts as broken off. */
export const release = (store: Store, tenantId: string, key: IdempotencyKey, captureId: string): Promise<void> =>
  releaseKey(store, tenantId, key, captureId).catch(() => {});
