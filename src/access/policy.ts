import { AppError } from '../error.ts';

/**
 * What can be done. `keys` makes keys for others. `others` ends named queries and subscriptions of other keys. Of recall cases: read them; work on them (open, reclassify, take the
 * scope, notify, record replies); decide entries in or out; release from hold; close and reopen. `alerts` tells gates.
 */
export const RIGHTS = [
  'capture',
  'query',
  'trace',
  'keys',
  'others',
  'alerts',
  'recall-read',
  'recall-work',
  'recall-decide',
  'recall-release',
  'recall-close',
] as const;
export type Right = (typeof RIGHTS)[number];

/** Who may do what: the whole policy. */
const POLICY = {
  operator: RIGHTS,
  partner: ['capture', 'query', 'trace'],
  /** A machine that only sends: the edge collector, the file lambda. */
  capture: ['capture', 'alerts'],
  reader: ['query', 'trace', 'alerts', 'recall-read'],
  /** Runs recalls from day to day. */
  coordinator: ['query', 'trace', 'alerts', 'recall-read', 'recall-work', 'recall-decide'],
  /** The second person: decides, releases, closes. */
  quality: ['query', 'trace', 'alerts', 'recall-read', 'recall-decide', 'recall-release', 'recall-close'],
} as const satisfies Record<string, readonly Right[]>;

export type Role = keyof typeof POLICY;
export const ROLES = Object.keys(POLICY) as Role[];

/** Who asks: known by a key, or anonymous where the entry allows it. */
export interface Principal {
  tenantId: string;
  keyId: string;
  role: Role;
}

export const isRole = (text: string): text is Role => Object.hasOwn(POLICY, text);

export const may = (role: Role, right: Right): boolean => (POLICY[role] as readonly Right[]).includes(right);

/** Throws `forbidden`, naming role and right, unless the principal may. */
export function demand(principal: Principal, right: Right): void {
  if (may(principal.role, right)) return;
  throw new AppError('forbidden', `The role "${principal.role}" has no right to ${right}.`, {
    role: principal.role,
    right,
  });
}
