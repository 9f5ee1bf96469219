import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../src/error.ts';
import type { HttpConfig } from './config.ts';
import { type Input, INPUT_BYTES_MAX } from './input.ts';
import { type InputLink, InputSource } from './input-source.ts';
import type { Source, SourceParts } from './source.ts';

const REQUEST_MS_MAX = 10_000;
/** How often a server looks for requests that take longer. */
const REQUESTS_CHECKED_MS = 1000;
const CONNECTIONS_MAX = 100;
const HEADERS_BYTES_MAX = 8 * 1024;
/** What a reader is told to wait while the spool is full. */
const RETRY_AFTER_S = 5;
/** What a stop waits for requests that are being answered. */
const CLOSE_MS_MAX = 250;
const LF = 0x0a;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What a request says it knows: a bearer token, the password of Basic, or X-API-Key. */
function secretOf({ authorization = '', 'x-api-key': apiKey }: IncomingMessage['headers']): string {
  const [scheme, value = ''] = authorization.split(' ');
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme?.toLowerCase() === 'basic')
    return Buffer.from(value, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, '');
  return typeof apiKey === 'string' ? apiKey : '';
}

/** The body, or undefined when it is longer than INPUT_BYTES_MAX. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > INPUT_BYTES_MAX) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Serves one request of a reader that posts: 204 when all of its message is in the spool. */
async function serve(input: Input, secret: Buffer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const end = (status: number, headers: Record<string, string | number> = {}): void => {
    // What was not read of a body is not waited for.
    if (!request.complete) headers['Connection'] = 'close';
    response.writeHead(status, headers).end();
  };
  try {
    if (!timingSafeEqual(digest(secretOf(request.headers)), secret))
      return end(401, { 'WWW-Authenticate': 'Basic realm="collector"' });
    if (request.method !== 'POST') return end(405, { Allow: 'POST' });
    if (input.parts.intake.blocked) return end(503, { 'Retry-After': RETRY_AFTER_S });
    const body = await bodyOf(request);
    if (body === undefined) {
      input.counts.malformed++;
      return end(413);
    }
    end((await input.take(body)) ? 204 : 400);
  } catch (error) {
    input.log.warn(`request broken off: ${messageOf(error)}`);
    response.destroy();
  }
}

/** Answers under way are finished, then every connection is closed. */
function close(server: Server): void {
  server.close();
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), CLOSE_MS_MAX);
}

/** Listens until the port is lost or the source stops. */
async function listen({ listen: at, secret }: HttpConfig, { input, signal, running }: InputLink): Promise<string> {
  const known = digest(secret!);
  const server = createServer(
    { maxHeaderSize: HEADERS_BYTES_MAX, connectionsCheckingInterval: REQUESTS_CHECKED_MS },
    (request, response) => {
      void serve(input, known, request, response);
    },
  );
  server.requestTimeout = REQUEST_MS_MAX;
  server.headersTimeout = REQUEST_MS_MAX;
  server.maxConnections = CONNECTIONS_MAX;
  const stop = (): void => close(server);
  signal.addEventListener('abort', stop);
  try {
    return await new Promise((resolve) => {
      server.once('error', (error) => resolve(messageOf(error)));
      server.once('close', () => resolve('the port is closed'));
      server.listen(at!.port, at!.host, () => running(false));
    });
  } finally {
    signal.removeEventListener('abort', stop);
    if (server.listening) close(server);
  }
}

/**
 * A reader that posts its events to a port of ours, with a shared secret. It is answered 204 when all of a message is
 * in the spool; while the spool is full 503, so that the reader keeps what it has.
 */
export const webhookInput = (config: HttpConfig, parts: SourceParts): Source =>
  new InputSource(config, parts, (link) => listen(config, link));

/** The stream of a reader, as an answer that has begun. Throws for one that is none. */
export async function openStream(
  { url, username, password }: Pick<HttpConfig, 'url' | 'username' | 'password'>,
  signal: AbortSignal,
): Promise<NonNullable<Response['body']>> {
  const basic = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64');
  const headers = {
    Accept: 'application/json',
    ...(username === undefined ? {} : { Authorization: `Basic ${basic}` }),
  };
  const response = await fetch(url!, { headers, signal, redirect: 'error' });
  if (response.ok && response.body) return response.body;
  await response.body?.cancel();
  throw new Error(`the reader answers ${response.status}`);
}

/** One stream to its end. */
async function stream(config: HttpConfig, { input, signal, running }: InputLink): Promise<string> {
  const { silentMs } = config;
  const silence = new AbortController();
  const heard = setTimeout(() => silence.abort(new Error(`nothing received for ${silentMs} ms`)), silentMs);
  try {
    const body = await openStream(config, AbortSignal.any([signal, silence.signal]));
    running(false);
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of body) {
      heard.refresh();
      rest = await lines(Buffer.concat([rest, chunk]), input, signal);
      if (rest.length > INPUT_BYTES_MAX) return `a line of more than ${INPUT_BYTES_MAX} bytes`;
    }
    return 'the reader ended the stream';
  } finally {
    clearTimeout(heard);
  }
}

/** Takes the whole lines; what is left is the beginning of the next one. */
async function lines(bytes: Buffer, input: Input, signal: AbortSignal): Promise<Buffer> {
  const end = bytes.lastIndexOf(LF) + 1;
  for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) {
    if (line.trim() === '') continue;
    await input.room();
    if (signal.aborted) break;
    void input.take(line);
  }
  return Buffer.from(bytes.subarray(end));
}

/**
 * A reader that is asked for its stream of events (Impinj: /api/v1/data/stream), one JSON object a line. Nothing
 * acknowledges here: what the reader sends while nobody listens is lost, and the gap is told.
 */
export const streamInput = (config: HttpConfig, parts: SourceParts): Source =>
  new InputSource(config, parts, (link) => stream(config, link));
