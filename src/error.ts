/** What can go wrong, seen from the asker; http/problem.ts maps each code to one status. */
export type ErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'unavailable'
  | 'internal';

/** The one error type of the platform. `detail` is data for the asker and must hold no secret. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, detail?: Record<string, unknown>, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = detail;
  }
}

/** The sentence of anything thrown; for messages to people, never for branching. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
