import type { Context } from 'hono';
import type { z } from '@hono/zod-openapi';
import { encodingOf, unpacked } from './encoding.ts';
import { offsetOfFault, placeOf } from './json-place.ts';
import { refusal } from './problem.ts';

/** Arrays and objects inside each other; what walks a document recursively stays far from the end of its stack. */
const DEPTH_MAX = 64;
/** Of a body that is too long, so many bytes more are read and dropped, so that the client reads our answer. */
const DRAIN_BYTES_MAX = 32 * 1024 * 1024;

/** A body that is announced as no longer is taken in one piece. */
const WHOLE_BYTES_MAX = 256 * 1024;

export const JSON_TYPES = ['application/json', 'application/ld+json'] as const;
const XML_TYPES = ['application/xml', 'text/xml'] as const;
/** What an EPCIS document may come as. */
export const DOCUMENT_TYPES = [...JSON_TYPES, ...XML_TYPES] as const;

/** How much one request may carry, unpacked. */
export interface BodyLimit {
  bytesMax: number;
}

/** The media type of the body, one of `types`; 415 for any other, and for a coding that is not unpacked here. */
function bodyType(c: Context, types: readonly string[]): string {
  const given = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (!types.includes(given)) {
    throw refusal('UnsupportedMediaTypeException', `Content-Type: ${given || 'none'}; taken: ${types.join(', ')}`);
  }
  encodingOf(c.req.header('content-encoding'));
  return given;
}

/** Reads and drops what is left, up to a bound: a client has to be done with sending before it reads our refusal. */
async function drain(chunks: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    for (let bytes = 0; bytes < DRAIN_BYTES_MAX;) {
      const next = await chunks.next();
      if (next.done === true) return;
      bytes += next.value.byteLength;
    }
    await chunks.return?.();
  } catch {
    // the client is gone
  }
}

/** The body as it comes, no longer than the limit. */
async function* sentBytes(c: Context, bytesMax: number, tooLong: () => never): AsyncGenerator<Uint8Array> {
  const announced = Number(c.req.header('content-length') ?? Number.NaN);
  if (announced > bytesMax + DRAIN_BYTES_MAX) tooLong();
  if (announced <= Math.min(bytesMax, WHOLE_BYTES_MAX)) return yield new Uint8Array(await c.req.raw.arrayBuffer());
  const { body } = c.req.raw;
  if (!body) return;
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let ended = false;
  try {
    for (let length = 0; ;) {
      const next = await chunks.next();
      if (next.done === true) break;
      length += next.value.byteLength;
      if (length > bytesMax) tooLong();
      yield next.value;
    }
    ended = true;
  } finally {
    if (!ended) await drain(chunks);
  }
}

/** The bytes of the body, unpacked, as they arrive. 413 above the limit, packed or unpacked; 400 for a damaged packing. */
export function bodyBytes(c: Context, { bytesMax }: BodyLimit): AsyncIterable<Uint8Array> {
  const tooLong = (): never => {
    throw refusal('CaptureLimitExceededException', `the body is longer than ${bytesMax} bytes`, { bytesMax });
  };
  const encoding = encodingOf(c.req.header('content-encoding'));
  const sent = sentBytes(c, bytesMax, tooLong);
  return encoding === 'identity' ? sent : unpacked(sent, encoding, { bytesMax, tooLong });
}

/** An EPCIS document as it is sent. 415 for other types; what is wrong with the bytes comes when they are read. */
export function documentOf(
  c: Context,
  bytesMax: number,
): { format: 'json' | 'xml'; source: AsyncIterable<Uint8Array> } {
  const type = bodyType(c, DOCUMENT_TYPES);
  const isXml = (XML_TYPES as readonly string[]).includes(type);
  return { format: isXml ? 'xml' : 'json', source: bodyBytes(c, { bytesMax }) };
}

async function readBytes(c: Context, limit: BodyLimit): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyBytes(c, limit)) {
    length += chunk.byteLength;
    chunks.push(chunk);
  }
  if (chunks.length === 1) return chunks[0]!;
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
  bodyType(c, types);
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
