// Entry on Cloudflare Workers: the same application on PostgreSQL through Hyperdrive. A Worker may not use a connection
// of one request in another, so that each request opens a client of its own, which Hyperdrive pools.
import { CAPTURE_BYTES_MAX, CAPTURE_EVENTS_MAX } from '../capture/capture.ts';
import { createApp } from '../http/app.ts';
import { openApiOf } from '../http/openapi.ts';
import type { Logger, Platform } from '../http/platform.ts';
import { openPostgres } from '../store/postgres.ts';
import { createPages } from '../web/app.ts';
import { VERSION } from './version.ts';

/** Bindings of wrangler.toml. */
interface Env {
  HYPERDRIVE: { connectionString: string };
}

/** Connections of one request; Workers allow six sockets in all. */
const CONNECTIONS_MAX = 5;

const line =
  (level: string, write: (text: string) => void) =>
  (fields: Record<string, unknown>, message: string): void => {
    const { err, ...rest } = fields;
    const stack = err instanceof Error ? { stack: err.stack } : {};
    write(JSON.stringify({ level, time: new Date().toISOString(), msg: message, ...rest, ...stack }));
  };

const logger: Logger = {
  info: line('info', (text) => console.log(text)),
  warn: line('warn', (text) => console.warn(text)),
  error: line('error', (text) => console.error(text)),
};

/** One a request. The client is not closed: what is open when the answer is sent ends with the request. */
const platformOf = ({ HYPERDRIVE }: Env): Platform => ({
  store: openPostgres({ url: HYPERDRIVE.connectionString, max: CONNECTIONS_MAX, pooled: true }),
  clock: Date.now,
  logger,
  version: VERSION,
  captureEventsMax: CAPTURE_EVENTS_MAX,
  captureBytesMax: CAPTURE_BYTES_MAX,
});

const app = createApp((c) => platformOf(c.env as Env));
// the application has made the request's platform by then; the files below /assets are the Worker's static assets
app.route(
  '/',
  createPages((c) => ({ ...(c.get('platform') as Platform), openApi: () => openApiOf(app, VERSION) })),
);

export default { fetch: (request: Request, env: Env): Response | Promise<Response> => app.fetch(request, env) };
