// The steps of a recall case as a chain: each holds the digest of the one before it, so that one that is changed, left out
// or put in shows in every digest behind it. Pure.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** What was done, by whom, when; times are ISO 8601. */
export interface Step {
  case: string;
  /** From 1, without gaps. */
  step: number;
  at: string;
  kind: string;
  by: { key: string; role: string; person?: string };
  data: Record<string, unknown>;
  /** Digest of the step before; null for the first. */
  previous: string | null;
}

/** RFC 6920. */
const niOf = (digest: Uint8Array): string => `ni:///sha-256;${Buffer.from(digest).toString('base64url')}`;
const PREFIX = 'ni:///sha-256;';
export const digestBytes = (digest: string): Uint8Array => Buffer.from(digest.slice(PREFIX.length), 'base64url');
export const digestText = (bytes: Uint8Array): string => niOf(bytes);

/** A step as text (RFC 8785) and the digest of that text. */
export function sealStep(step: Step): { body: string; digest: string } {
  const body = canonicalize(step)!;
  return { body, digest: niOf(createHash('sha256').update(body).digest()) };
}

/** The first place where steps are no chain; undefined where they are one. Steps as read, with the digest each had. */
export function chainFault(
  steps: readonly (Step & { digest: string })[],
): { step: number; message: string } | undefined {
  let previous: string | null = null;
  for (const [index, { digest, ...step }] of steps.entries()) {
    const wrong =
      step.step !== index + 1
        ? `is numbered ${step.step}`
        : step.previous !== previous
          ? 'does not follow the one before it'
          : sealStep(step).digest !== digest
            ? 'is not what its digest says'
            : undefined;
    if (wrong !== undefined) return { step: index + 1, message: `step ${index + 1} ${wrong}` };
    previous = digest;
  }
  return undefined;
}
