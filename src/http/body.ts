import type { Context } from 'hono';
import type { z } from '@hono/zod-openapi';
import { offsetOfFault, placeOf } from './json-place.ts';
import { refusal } from './problem.ts';

/** Arrays and objects inside each other; what walks a document recursively stays far from the end of its stack. */
const DEPTH_MAX = 64;
/** Of a body that is too long, so many bytes more are read and dropped, so that the client reads our answer. */
const DRAIN_BYTES_MAX = 32 * 1024 * 1024;

export const JSON_TYPES = ['application/json', 'application/ld+json'] as const;

/** How much one request may carry. */
export interface BodyLimit {
  bytesMax: number;
  /** Sent along with the refusal. */
  headers?: Record<string, string>;
}

/** Refuses with 415 what is neither one of `types` nor sent as it is. */
function checkType(c: Context, types: readonly string[]): void {
  const given = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (!types.includes(given)) {
    throw refusal('UnsupportedMediaTypeException', `Content-Type: ${given || 'none'}; taken: ${types.join(', ')}`);
  }
  const encoding = (c.req.header('content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity') {
    throw refusal('UnsupportedMediaTypeException', `Content-Encoding: ${encoding}; bodies are taken uncompressed`);
  }
}

/** Reads at most the limit; of more, what is left is read and dropped up to a bound before the refusal. */
async function readBytes(c: Context, { bytesMax }: BodyLimit): Promise<Uint8Array> {
  const tooLong = (): never => {
    throw refusal('CaptureLimitExceededException', `the body is longer than ${bytesMax} bytes`, { bytesMax });
  };
  const announced = Number(c.req.header('content-length') ?? Number.NaN);
  if (announced > bytesMax + DRAIN_BYTES_MAX) tooLong();
  // the protocol cuts a body at its announced length
  if (announced <= bytesMax) return new Uint8Array(await c.req.raw.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    length += chunk.byteLength;
    if (length > bytesMax + DRAIN_BYTES_MAX) break;
    if (length <= bytesMax) chunks.push(chunk);
  }
  if (length > bytesMax) tooLong();
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** The body as text: UTF-8 without its byte order mark. 413 above the limit, 415 for other types, 400 for no UTF-8. */
export async function readText(c: Context, limit: BodyLimit, types: readonly string[]): Promise<string> {
  checkType(c, types);
  const bytes = await readBytes(c, limit);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refusal('ValidationException', 'the body is no UTF-8 text');
  }
}

/** The deepest nesting of arrays and objects in a JSON text; strings are stepped over. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      do i = text.indexOf('"', i + 1);
      while (i > 0 && isEscaped(text, i));
      if (i < 0) return deepest;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) deepest = depth;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text.charCodeAt(start - 1) === 0x5c) start--;
  return (at - start) % 2 === 1;
}

/** JSON of a text; a refusal names line and column where the text ends being JSON. */
export function parseJson(text: string): unknown {
  if (depthOf(text) > DEPTH_MAX)
    throw refusal('ValidationException', `the body nests deeper than ${DEPTH_MAX} levels`, { depthMax: DEPTH_MAX });
  try {
    return JSON.parse(text);
  } catch {
    throw refusal('ValidationException', `the body is no JSON: ${placeOf(text, offsetOfFault(text))}`);
  }
}

export const readJson = async (c: Context, limit: BodyLimit): Promise<unknown> =>
  parseJson(await readText(c, limit, JSON_TYPES));

/** What `schema` reads in a value; 400 names each place by JSON pointer. */
export function check<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue) => ({
    path: issue.path.map((p) => `/${String(p)}`).join(''),
    rule: issue.code,
    message: issue.message,
  }));
  const [first] = errors;
  throw refusal('ValidationException', `${first?.path || 'the body'}: ${first?.message ?? 'not valid'}`, { errors });
}
