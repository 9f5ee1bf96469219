import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, messageOf } from '../src/error.ts';
import type { Collector } from './main.ts';
import { metricsOf } from './metrics.ts';
import { PAGE_POLICY, statusPage } from './status-page.ts';
import type { Language } from './status-words.ts';

const REQUEST_MS_MAX = 5000;
const CONNECTIONS_MAX = 50;
const OPERATIONS_SHOWN = 50;
const HEADERS_BYTES_MAX = 8 * 1024;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
/** While one of these is on, the collector cannot keep what it would read. */
const UNHEALTHY = new Set<string>(['spool-full', 'spool-unwritable']);

interface Page {
  status?: number;
  type: string;
  body: string;
}

const hostOf = (header: string | undefined): string => (header ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');

function languageOf(url: URL, request: IncomingMessage): Language {
  const asked = url.searchParams.get('lang') ?? request.headers['accept-language'] ?? '';
  return asked.trim().toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Metrics, health and the status page of a collector: read only, and independent of every endpoint. */
export async function serveStatus(
  { host, port }: { host: string; port: number },
  collector: Pick<Collector, 'stats' | 'operations'>,
): Promise<{ port: number; close(): Promise<void> }> {
  const metrics = metricsOf(() => collector.stats());
  const pages: Record<string, (url: URL, request: IncomingMessage) => Page | Promise<Page>> = {
    '/': (url, request) => {
      const body = statusPage(collector.stats(), collector.operations(OPERATIONS_SHOWN), languageOf(url, request));
      return { type: 'text/html; charset=utf-8', body };
    },
    '/healthz': () => {
      const alarms = collector.stats().alarms.map(({ name }) => name);
      const ok = !alarms.some((name) => UNHEALTHY.has(name));
      return { status: ok ? 200 : 503, type: 'application/json', body: JSON.stringify({ ok, alarms }) };
    },
    '/metrics': async () => ({ type: metrics.contentType, body: await metrics.metrics() }),
    '/status.json': () => {
      const status = { ...collector.stats(), latest: collector.operations(OPERATIONS_SHOWN) };
      return { type: 'application/json', body: JSON.stringify(status) };
    },
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<Page> => {
    // A page of another site whose name was made to point here has no business with what is shown here.
    if (LOOPBACK.has(host) && !LOOPBACK.has(hostOf(request.headers.host)))
      return { status: 421, type: 'text/plain', body: 'not the name of this server\n' };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return { status: 405, type: 'text/plain', body: 'GET or HEAD\n' };
    }
    const url = URL.parse(request.url ?? '/', 'http://collector');
    const page = url && Object.hasOwn(pages, url.pathname) ? pages[url.pathname] : undefined;
    return page && url ? await page(url, request) : { status: 404, type: 'text/plain', body: 'no such page\n' };
  };
  const server = createServer({ maxHeaderSize: HEADERS_BYTES_MAX }, (request, response) => {
    void (async () => {
      let page: Page;
      try {
        page = await answer(request, response);
      } catch (error) {
        page = { status: 500, type: 'text/plain', body: `${messageOf(error)}\n` };
      }
      response.writeHead(page.status ?? 200, {
        'Content-Type': page.type,
        'Content-Security-Policy': PAGE_POLICY,
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      });
      response.end(request.method === 'HEAD' ? undefined : page.body);
    })();
  });
  server.requestTimeout = REQUEST_MS_MAX;
  server.headersTimeout = REQUEST_MS_MAX;
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new AppError('unavailable', `listen ${host}:${port}: ${error.message}`));
    });
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
