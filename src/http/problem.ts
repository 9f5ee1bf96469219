import { AppError, type ErrorCode } from '../error.ts';

/** EPCIS exception → HTTP status and title (RFC 7807). The one place where an error becomes a status. */
const EXCEPTIONS = {
  ValidationException: [400, 'The document or event is not valid'],
  QueryParameterException: [400, 'A query parameter is unknown or has a wrong value'],
  QueryValidationException: [400, 'The query is not valid'],
  SubscriptionControlsException: [400, 'The subscription controls are not valid'],
  InvalidURIException: [400, 'The destination is not allowed'],
  SecurityException: [401, 'The key is missing, unknown or lacks the right'],
  NoSuchResourceException: [404, 'There is no such resource'],
  NoSuchNameException: [404, 'There is no query or subscription of this name'],
  NotAcceptableException: [406, 'No form of the answer meets the request'],
  ResourceAlreadyExistsException: [409, 'The resource exists already'],
  CaptureLimitExceededException: [413, 'The capture exceeds a limit'],
  QueryTooLargeException: [413, 'The query has more results than allowed'],
  QueryTooComplexException: [413, 'The query takes longer than allowed'],
  IdempotencyConflictException: [409, 'The same request is being worked on'],
  IdempotencyKeyReusedException: [422, 'The Idempotency-Key stands for another request'],
  URITooLongException: [414, 'The request URI is too long'],
  UnsupportedMediaTypeException: [415, 'The content type is not supported'],
  ImplementationException: [500, 'The server failed'],
} as const satisfies Record<string, readonly [number, string]>;

export type ExceptionName = keyof typeof EXCEPTIONS;

/** Error code → the exception that tells it, with a status of its own where the exception's does not fit. */
const CODES: Record<ErrorCode, { name: ExceptionName; status?: number; title?: string }> = {
  invalid: { name: 'ValidationException' },
  unauthenticated: { name: 'SecurityException' },
  forbidden: { name: 'SecurityException', status: 403 },
  not_found: { name: 'NoSuchResourceException' },
  conflict: { name: 'ResourceAlreadyExistsException' },
  // a body that is too long names its own exception; what else is too much is a question
  too_large: { name: 'QueryTooComplexException' },
  unavailable: { name: 'ImplementationException', status: 503, title: 'The server cannot answer just now' },
  internal: { name: 'ImplementationException' },
};

/** A client that is told 503 waits this long before it asks again. */
const RETRY_AFTER_S = 5;
/** Faults named in one problem document; a document with more says how many there are. */
const ERRORS_MAX = 100;

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance?: string;
  [member: string]: unknown;
}

const isException = (name: unknown): name is ExceptionName =>
  typeof name === 'string' && Object.hasOwn(EXCEPTIONS, name);

/** An error that names its exception; `more` becomes members of the problem document. */
export function refusal(name: ExceptionName, message: string, more: Record<string, unknown> = {}): AppError {
  const [status] = EXCEPTIONS[name];
  const code = (Object.keys(CODES) as ErrorCode[]).find(
    (c) => (CODES[c].status ?? EXCEPTIONS[CODES[c].name][0]) === status,
  );
  return new AppError(code ?? 'invalid', message, { ...more, rule: name });
}

/**
 * The problem document (RFC 7807, EPCIS 2.0 section 12.8) of anything thrown. `detail.rule` chooses the exception where
 * it names one; what is no AppError becomes `internal` and says nothing of its cause.
 */
export function problemOf(error: unknown, instance?: string): Problem {
  const known = error instanceof AppError && error.code !== 'internal' ? error : undefined;
  const { name: usual, status, title } = CODES[known?.code ?? 'internal'];
  const { rule, errors, ...more } = known?.detail ?? {};
  const name = isException(rule) ? rule : usual;
  const [ownStatus, ownTitle] = EXCEPTIONS[name];
  const faults = Array.isArray(errors) ? errors : [];
  return {
    ...more,
    type: `epcisException:${name}`,
    title: name === usual ? (title ?? ownTitle) : ownTitle,
    status: name === usual ? (status ?? ownStatus) : ownStatus,
    detail: known?.message ?? 'The failure is logged under the request id.',
    ...(instance !== undefined && { instance }),
    ...(faults.length > 0 && { errors: faults.slice(0, ERRORS_MAX) }),
    ...(faults.length > ERRORS_MAX && { errorCount: faults.length }),
  };
}

/** The problem as an answer; `headers` are those that the status calls for (Allow, limits). */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(problem.status === 401 && { 'www-authenticate': 'Bearer realm="tagtrail"' }),
      ...(problem.status === 503 && { 'retry-after': String(RETRY_AFTER_S) }),
      ...headers,
    },
  });
}

const XML_ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
/** What no XML 1.0 document can hold is left out. */
const xmlText = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll(/[&<>]/g, (one) => XML_ESCAPES[one]!);

/** The five members of RFC 7807 as XML (its appendix A), for a client that reads no JSON. */
export function problemXml(problem: Record<string, unknown>): string {
  const members = ['type', 'title', 'status', 'detail', 'instance'].flatMap((name) => {
    const value = problem[name];
    return typeof value === 'string' || typeof value === 'number'
      ? [`<${name}>${xmlText(String(value))}</${name}>`]
      : [];
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<problem xmlns="urn:ietf:rfc:7807">${members.join('')}</problem>\n`;
}

/** 405: no EPCIS exception stands for it, so the type is RFC 7807's own. */
export const methodNotAllowed = (method: string, instance: string, allow: string): Response =>
  problemResponse(
    {
      type: 'about:blank',
      title: 'Method Not Allowed',
      status: 405,
      detail: `${method} is not among: ${allow}`,
      instance,
    },
    { allow },
  );

/** 412: what is to be changed is not what the client has seen. */
export const preconditionFailed = (detail: string, instance: string): Response =>
  problemResponse({ type: 'about:blank', title: 'Precondition Failed', status: 412, detail, instance });

/** 501: the standard knows the operation, this server does not answer it. */
export const unanswered = (what: string, instance: string): Response =>
  problemResponse({
    type: 'epcisException:ImplementationException',
    title: 'This part of the interface is not offered',
    status: 501,
    detail: what,
    instance,
  });
