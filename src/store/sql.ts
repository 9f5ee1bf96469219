import { AppError, messageOf } from '../error.ts';
import type { Wall } from './wall.ts';

/** No statement that a user can cause runs longer; a question that needs more is refused, never left running. */
export const STATEMENT_MS_MAX = 30_000;

/** A statement that waits longer for a lock (a capture, for another of its tenant) is refused as `unavailable`. */
export const LOCK_MS_MAX = 10_000;

/** A parameter that both drivers take without knowing the column: JSON and arrays go as text and are cast in the SQL. */
export type Value = string | number | boolean | null | Uint8Array;

/** Runs SQL text with $1, $2 …; rows are objects named as the columns, bigint as number, bytea as Uint8Array. */
export interface Queries {
  query<T extends object = Record<string, unknown>>(text: string, params?: Value[]): Promise<T[]>;
  /** The same behind the wall of a tenant (a UUID): of others nothing can be seen or written. Each statement of users goes here. */
  of(tenantId: string): Queries;
  /** Before a tenant is known: sees the API key of this id and nothing else. */
  ofKey(keyId: string): Queries;
}

/** The plan of a statement is made once for a connection. */
export const PLANNED_ONCE = { plan_cache_mode: 'force_generic_plan' } as const;

/**
 * For the rest of a transaction, whose statements have one way to go: the plan of each is made once for a connection. Made
 * for each execution, it costs the planner a look into every array, which it reads to guess its length.
 */
export const planOnce = async (tx: Queries, tenantId: string): Promise<void> =>
  void (await tx.of(tenantId).query(`select set_config('plan_cache_mode', '${PLANNED_ONCE.plan_cache_mode}', true)`));

type Transaction = <T>(work: (tx: Queries) => Promise<T>) => Promise<T>;

/** One open database. Every failure is an AppError: `unavailable` when it cannot be reached, nothing half done. */
export interface Store extends Queries {
  readonly dialect: 'postgres' | 'pglite';
  /** READ COMMITTED; commits when `work` resolves, else rolls back. Statements sent without waiting are pipelined. */
  transaction: Transaction;
  /** `planned`: one statement by the plan that is made once for a connection, as after planOnce; one round to the server. */
  of(tenantId: string): Queries & { transaction: Transaction; planned: Queries['query'] };
  /** The wall of `of`. */
  readonly wall: Wall;
  /** Says which it is, once the database has told. */
  raise(wall: Wall): void;
  close(): Promise<void>;
}

/** For so long after a question others are expected. */
const ASKED_MS = 100;
/** When each store was last asked something, by performance.now(). */
const asked = new WeakMap<object, number>();

/** Said when a tenant's question is sent. */
export const noteAsked = (store: object): void => void asked.set(store, performance.now());

/** Whether tenants ask now: then captures give way more. */
export const isAsked = (store: object): boolean => performance.now() - (asked.get(store) ?? -Infinity) < ASKED_MS;

/** What reads in several statements: on one connection, by plans that are made once for it. */
export function inOne<T>(store: Store, tenantId: string, work: (tx: Queries) => Promise<T>): Promise<T> {
  noteAsked(store);
  return store.of(tenantId).transaction(async (tx) => (await Promise.all([planOnce(tx, tenantId), work(tx)]))[1]);
}

const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

/** bytea inside JSON: without the `\x` PostgreSQL would store the digits themselves. */
export const hexText = (bytes: Uint8Array): string => `\\x${hexOf(bytes)}`;

/** A bytea[] as array literal, for `$n::text::bytea[]`: the backslash must be doubled. */
export const byteaArray = (list: Iterable<Uint8Array>): string => hexArray(Array.from(list, hexOf));

/** The same from hexadecimal digits; null for NULL. */
export function hexArray(list: readonly (string | null)[]): string {
  if (list.includes(null)) return `{${list.map((hex) => (hex === null ? 'NULL' : `\\\\x${hex}`)).join(',')}}`;
  return list.length === 0 ? '{}' : `{\\\\x${list.join(',\\\\x')}}`;
}

const SPECIAL = /["\\]/g;

/** A text[] as array literal, for `$n::text::text[]`. */
export function textArray(list: Iterable<string | null>): string {
  // a column repeats its words
  let last: string | null = null;
  let quoted = 'NULL';
  const all = Array.from(list, (text) => {
    if (text === last) return quoted;
    last = text;
    return (quoted = text === null ? 'NULL' : `"${text.replaceAll(SPECIAL, '\\$&')}"`);
  });
  return `{${all.join(',')}}`;
}

/** A bigint[] as array literal. */
export const numberArray = (list: readonly number[]): string => `{${list.join(',')}}`;

/** Driver and SQLSTATE codes that mean: the database is not there now, try again. */
const UNAVAILABLE =
  /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|ENOENT|CONNECT\w*|08...|57P0.|53...|25P03|40...)$/;

/** Of these: the connection is gone, and with it whatever was under way on it. */
const LOST = /^(E[A-Z]+|CONNECT\w*|08...|57P0.|25P03)$/;

export function isLost(error: unknown): error is AppError {
  if (!(error instanceof AppError) || error.code !== 'unavailable') return false;
  const reason = error.detail?.['reason'];
  return typeof reason === 'string' && LOST.test(reason);
}

/** The server is there and will not have us: wrong user or password, no such database. Trying again does not help. */
const REFUSED = /^(28...|3D000)$/;

/** SQLSTATE of a lock that was waited for too long. */
const LOCKED = '55P03';

/** Another writer held the log: nothing was done, and the same may be tried again at once, behind it. */
export const isLocked = (error: unknown): boolean => error instanceof AppError && error.detail?.['reason'] === LOCKED;

/** Every driver's error as the platform's: SQL text and parameters stay in `cause`, never in the message. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = (error as { code?: string } | null)?.code ?? '';
  if (code === LOCKED) {
    const seconds = LOCK_MS_MAX / 1000;
    const message = `Another writer kept the log locked for more than ${seconds} s; try again.`;
    return new AppError('unavailable', message, { reason: code }, error);
  }
  if (UNAVAILABLE.test(code)) {
    return new AppError('unavailable', `The database cannot be reached (${code}).`, { reason: code }, error);
  }
  if (REFUSED.test(code)) {
    return new AppError(
      'unavailable',
      `The database refuses the connection: ${messageOf(error)}`,
      { sqlstate: code },
      error,
    );
  }
  if (code === '57014') {
    const seconds = STATEMENT_MS_MAX / 1000;
    return new AppError(
      'too_large',
      `The question took the database more than ${seconds} s; narrow it.`,
      { reason: code },
      error,
    );
  }
  return new AppError('internal', `The database refused a statement: ${messageOf(error)}`, { reason: code }, error);
}
