// Websockets on Node: the application answers the request as it does any other, and a promise to serve makes it a 101.
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Socket, Sockets } from '../http/websocket.ts';

/** Clients have nothing to say; what they send is dropped, and longer messages close the socket. */
const MESSAGE_BYTES_MAX = 16 * 1024;
/** A ping so often; a client that has not answered one when the next is due is gone. */
const PING_MS = 30_000;
/** After the process was told to stop, clients have so long to say goodbye. */
const STOP_MS_MAX = 1_000;
/** Headers of the application's answer that the handshake writes itself, or that speak of a body. */
const OWN_HEADERS = new Set(['connection', 'upgrade', 'content-length', 'content-type', 'transfer-encoding']);

type Fetch = (request: Request) => Response | Promise<Response>;
type Serve = (socket: Socket) => Promise<void>;

function requestOf({ url, headers }: IncomingMessage): Request {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) all.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return new Request(new URL(url ?? '/', `http://${headers.host ?? 'localhost'}`), { headers: all });
}

/** The application's own answer, where it makes no websocket of the request. */
async function refuse(socket: Duplex, response: Response): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  const headers = [...response.headers].filter(([name]) => name !== 'content-length');
  const head = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${body.byteLength}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  socket.end(body);
}

/** An open socket that is pinged; `closed` is aborted when it ends, however. */
function socketOf(ws: WebSocket): Socket {
  const closed = new AbortController();
  let alive = true;
  const pings = setInterval(() => {
    if (!alive) return ws.terminate();
    alive = false;
    ws.ping();
  }, PING_MS);
  ws.on('pong', () => (alive = true));
  ws.on('error', () => ws.terminate());
  ws.on('close', () => {
    clearInterval(pings);
    closed.abort();
  });
  return {
    send: (text) => ws.send(text, () => {}),
    buffered: () => ws.bufferedAmount,
    close: (code, reason) => ws.close(code, reason),
    closed: closed.signal,
  };
}

const CLOSED: Socket = { send: () => {}, buffered: () => 0, close: () => {}, closed: AbortSignal.abort() };

/** The websockets of one HTTP server. */
export class Upgrades implements Sockets {
  readonly #stopping = new AbortController();
  readonly stopping = this.#stopping.signal;
  readonly #promises = new WeakMap<Request, Serve>();
  readonly #served = new Set<Promise<void>>();
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
    // the key that stands beside it is never said back
    handleProtocols: (protocols) => (protocols.has('bearer') ? 'bearer' : false),
  });

  accept(request: Request, serve: Serve): void {
    this.#promises.set(request, serve);
  }

  attach(server: Server, fetch: Fetch): void {
    server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      this.#upgrade(incoming, socket, head, fetch).catch(() => socket.destroy());
    });
  }

  async #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer, fetch: Fetch): Promise<void> {
    const request = requestOf(incoming);
    const response = await fetch(request);
    const serve = this.#promises.get(request);
    if (!serve) return refuse(socket, response);
    const extra = [...response.headers].filter(([name]) => !OWN_HEADERS.has(name));
    const write = (lines: string[], answered: IncomingMessage): void => {
      if (answered === incoming) lines.push(...extra.map(([name, value]) => `${name}: ${value}`));
    };
    let ws: WebSocket | undefined;
    this.#server.on('headers', write);
    // a handshake that is wrong in itself is refused here, without the callback
    this.#server.handleUpgrade(incoming, socket, head, (made) => (ws = made));
    this.#server.off('headers', write);
    const served = serve(ws ? socketOf(ws) : CLOSED).finally(() => this.#served.delete(served));
    this.#served.add(served);
  }

  /** Tells every client that the server stops, and lets go of those that do not answer. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const patience = setTimeout(() => {
      for (const ws of this.#server.clients) ws.terminate();
    }, STOP_MS_MAX);
    await Promise.all(this.#served);
    await Promise.all([...this.#server.clients].map((ws) => new Promise((resolve) => ws.once('close', resolve))));
    clearTimeout(patience);
  }
}
