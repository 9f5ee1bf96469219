import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { AppError } from '../error.ts';
import { problemOf, problemResponse, type Problem } from '../http/problem.ts';
import type { Upgrades } from './upgrade.ts';

/** All headers of a request with its request line; above the application's own limit of a URI, which answers 414. */
const HEADER_BYTES_MAX = 256 * 1024;
/** From a connection's first byte to the end of its headers, and to the end of its body. */
const HEADERS_MS_MAX = 20_000;
const REQUEST_MS_MAX = 300_000;
/** The latter where documents of any size are taken. */
export const LARGE_REQUEST_MS_MAX = 4 * 3_600_000;
/** An idle connection is kept for the next request; longer than usual proxies keep theirs. */
const KEEP_ALIVE_MS = 75_000;
/** Requests that run when the process is told to stop may take so long to end. */
const STOP_MS_MAX = 10_000;

/** Node's own refusals, made before any application sees the request. */
const REFUSED: Record<string, { status: number; title: string; detail: string }> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    title: 'Request Header Fields Too Large',
    detail: `more than ${HEADER_BYTES_MAX} bytes of headers`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request Timeout',
    detail: `headers take ${HEADERS_MS_MAX} ms, a body ${REQUEST_MS_MAX} ms at most, unless large ones are taken`,
  },
};
const MALFORMED = { status: 400, title: 'Bad Request', detail: 'the request is no HTTP/1.1' };

function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem: Problem = { type: 'about:blank', ...(REFUSED[error.code ?? ''] ?? MALFORMED) };
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** A server that listens. `url` has the port that it really got. */
export interface Listening {
  url: string;
  /** Takes no new connection, lets running requests end (in STOP_MS_MAX at most), then closes what is left. */
  stop: () => Promise<void>;
}

type Fetch = (request: Request) => Response | Promise<Response>;

/** What a person can do about a port that cannot be had. */
function listenError(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  const why: Record<string, string> = {
    EADDRINUSE: `port ${port} on ${host} is in use; stop the other program or choose another with --port`,
    EACCES: `port ${port} may not be used by this user; choose one above 1023 with --port`,
    EADDRNOTAVAIL: `this machine has no address ${host}`,
    ENOTFOUND: `the host name ${host} is not known`,
  };
  return new AppError(
    'unavailable',
    why[error.code ?? ''] ?? `cannot listen on ${host}:${port} (${error.code})`,
    { host, port },
    error,
  );
}

/** Where a server listens, and how. */
interface Door {
  host: string;
  port: number;
  upgrades?: Upgrades;
  /** From a connection's first byte to the end of a body. */
  requestMsMax?: number;
}

/** Serves an application over HTTP. Throws AppError `unavailable` that says what is wrong with host or port. */
export async function listen(
  fetch: Fetch,
  { host, port, upgrades, requestMsMax = REQUEST_MS_MAX }: Door,
): Promise<Listening> {
  const listener = getRequestListener(async (request) => fetch(request), {
    errorHandler: () =>
      problemResponse(problemOf(new AppError('invalid', 'the request is no HTTP/1.1 with a host and a path'))),
  });
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_MS_MAX,
      requestTimeout: requestMsMax,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.on('clientError', refuse);
  upgrades?.attach(server, fetch);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const { address, family, port: actual } = server.address() as AddressInfo;
  const shown = address === '::' || address === '0.0.0.0' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return { url: `http://${shown}:${actual}`, stop: () => stop(server, upgrades) };
}

async function stop(server: Server, upgrades?: Upgrades): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const patience = setTimeout(() => server.closeAllConnections(), STOP_MS_MAX);
  server.closeIdleConnections();
  await upgrades?.stop();
  await closed;
  clearTimeout(patience);
}
