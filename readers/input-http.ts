import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../src/error.ts';
import { Backoff, pause } from './backoff.ts';
import type { HttpConfig } from './config.ts';
import { Input, INPUT_BYTES_MAX } from './input.ts';
import type { Source, SourceParts } from './source.ts';

const REQUEST_MS_MAX = 10_000;
const CONNECTIONS_MAX = 100;
const HEADERS_BYTES_MAX = 8 * 1024;
/** What a reader is told to wait while the spool is full. */
const RETRY_AFTER_S = 5;
const RETRY_FIRST_MS = 250;
const RETRY_MS_MAX = 30_000;
const STEADY_MS = 60_000;
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

/**
 * A reader that posts its events to a port of ours, with a shared secret. It is answered 204 when all of a message is
 * in the spool; while the spool is full 503, so that the reader keeps what it has.
 */
export class WebhookInput implements Source {
  readonly #listen: { host: string; port: number };
  readonly #secret: Buffer;
  readonly #input: Input;
  readonly #server: Server;
  readonly #stop = new AbortController();
  readonly clockOffsetMs = 0;
  #state: Source['state'] = 'idle';

  constructor(config: HttpConfig, parts: SourceParts) {
    this.#listen = config.listen!;
    this.#secret = digest(config.secret!);
    this.#input = new Input(config, parts);
    this.#server = createServer({ maxHeaderSize: HEADERS_BYTES_MAX }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.requestTimeout = REQUEST_MS_MAX;
    this.#server.headersTimeout = REQUEST_MS_MAX;
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  get counts(): Source['counts'] {
    return this.#input.counts;
  }
  get state(): Source['state'] {
    return this.#state === 'running' && this.#input.parts.intake.blocked ? 'full' : this.#state;
  }

  start(): void {
    this.#server.on('error', (error) => void this.#failed(error));
    this.#open();
  }

  async #failed(error: Error): Promise<void> {
    this.#state = 'backoff';
    this.#input.lost(messageOf(error));
    await pause(RETRY_MS_MAX, this.#stop.signal);
    this.#open();
  }

  #open(): void {
    if (this.#stop.signal.aborted) return;
    this.#state = 'connecting';
    this.#server.listen(this.#listen.port, this.#listen.host, () => {
      this.#state = 'running';
      this.#input.found(false);
    });
  }

  block(blocked: boolean): void {
    this.#input.block(blocked);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#input.end();
    if (this.#server.listening) {
      const closed = new Promise((resolve) => this.#server.close(resolve));
      this.#server.closeIdleConnections();
      await Promise.race([closed, pause(RETRY_FIRST_MS, AbortSignal.timeout(RETRY_FIRST_MS))]);
      this.#server.closeAllConnections();
    }
    this.#state = 'stopped';
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const end = (status: number, headers: Record<string, string | number> = {}): void => {
      // What was not read of a body is not waited for.
      if (!request.complete) headers['Connection'] = 'close';
      response.writeHead(status, headers).end();
    };
    try {
      if (!timingSafeEqual(digest(secretOf(request.headers)), this.#secret))
        return end(401, { 'WWW-Authenticate': 'Basic realm="collector"' });
      if (request.method !== 'POST') return end(405, { Allow: 'POST' });
      if (this.#input.parts.intake.blocked) return end(503, { 'Retry-After': RETRY_AFTER_S });
      const body = await bodyOf(request);
      if (body === undefined) {
        this.counts.malformed++;
        return end(413);
      }
      end((await this.#input.take(body)) ? 204 : 400);
    } catch (error) {
      this.#input.log.warn(`request broken off: ${messageOf(error)}`);
      response.destroy();
    }
  }
}

/**
 * A reader that is asked for its stream of events (Impinj: /api/v1/data/stream), one JSON object a line. Nothing
 * acknowledges here: what the reader sends while nobody listens is lost, and the gap is told.
 */
export class StreamInput implements Source {
  readonly #config: HttpConfig;
  readonly #input: Input;
  readonly #stop = new AbortController();
  readonly #backoff = new Backoff(RETRY_FIRST_MS, RETRY_MS_MAX);
  readonly clockOffsetMs = 0;
  #running: Promise<void> = Promise.resolve();
  #state: Source['state'] = 'idle';

  constructor(config: HttpConfig, parts: SourceParts) {
    this.#config = config;
    this.#input = new Input(config, parts);
  }

  get counts(): Source['counts'] {
    return this.#input.counts;
  }
  get state(): Source['state'] {
    return this.#state === 'running' && this.#input.parts.intake.blocked ? 'full' : this.#state;
  }

  start(): void {
    this.#running = this.#run();
  }
  block(blocked: boolean): void {
    this.#input.block(blocked);
  }
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#input.end();
    await this.#running;
    this.#state = 'stopped';
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const from = Date.now();
      const reason = await this.#once().catch(messageOf);
      if (this.#stop.signal.aborted) break;
      this.#input.lost(reason);
      if (Date.now() - from >= STEADY_MS) this.#backoff.reset();
      this.#state = 'backoff';
      await pause(this.#backoff.next(), this.#stop.signal);
    }
  }

  /** One stream to its end; why it ended. */
  async #once(): Promise<string> {
    this.#state = 'connecting';
    const { url, username, password, silentMs } = this.#config;
    const silence = new AbortController();
    const heard = setTimeout(() => silence.abort(new Error(`nothing received for ${silentMs} ms`)), silentMs);
    try {
      const basic = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64');
      const headers = {
        Accept: 'application/json',
        ...(username === undefined ? {} : { Authorization: `Basic ${basic}` }),
      };
      const signal = AbortSignal.any([this.#stop.signal, silence.signal]);
      const response = await fetch(url!, { headers, signal, redirect: 'error' });
      if (!response.ok || !response.body) return `the reader answers ${response.status}`;
      this.#state = 'running';
      this.#input.found(false);
      let rest: Buffer = Buffer.alloc(0);
      for await (const chunk of response.body) {
        heard.refresh();
        rest = await this.#lines(Buffer.concat([rest, chunk]));
        if (rest.length > INPUT_BYTES_MAX) return `a line of more than ${INPUT_BYTES_MAX} bytes`;
      }
      return 'the reader ended the stream';
    } finally {
      clearTimeout(heard);
    }
  }

  /** Takes the whole lines; what is left is the beginning of the next one. */
  async #lines(bytes: Buffer): Promise<Buffer> {
    const end = bytes.lastIndexOf(LF);
    for (const line of bytes
      .subarray(0, end + 1)
      .toString('utf8')
      .split('\n')) {
      if (line.trim() === '') continue;
      await this.#input.room();
      if (this.#stop.signal.aborted) break;
      void this.#input.take(line);
    }
    return Buffer.from(bytes.subarray(end + 1));
  }
}
