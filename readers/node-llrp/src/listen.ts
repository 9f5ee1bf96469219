import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type ConnectOptions, LLRP_PORT, LLRP_TLS_PORT, open } from './client.ts';
import { LlrpError } from './error.ts';
import { DEADLINES, type Handlers, type LlrpClient, type Session } from './session.ts';

/** Readers that may be connected at once, unless the caller says otherwise. */
const CONNECTIONS_MAX = 256;
/** Connections beyond those that may be on their way in or out; more are dropped before a byte is read. */
const PASSING_MAX = 64;

export interface ListenOptions extends Pick<ConnectOptions, 'version' | 'deadlines' | 'messageBytesMax'> {
  /** 5084, or 5085 with `tls`; 0 takes a free one. */
  port?: number;
  /** Address to listen on; all of them when it is left out. */
  host?: string;
  /** Our certificate; with `ca`, readers must show one that it signed. */
  tls?: { cert: string; key: string; ca?: string };
  /** Further connections are closed at once. */
  connectionsMax?: number;
  /** Closes the listener, as `close` does. */
  signal?: AbortSignal;
}

/** What the caller is told of readers that connect by themselves, besides what each link brings. */
export interface ListenHandlers extends Handlers {
  /** A reader has greeted and a version is agreed on: the session is the caller's. */
  onReader(client: LlrpClient, address: string): void;
  /** A connection came to nothing: no greeting, a refusal, too many at once. */
  onFailed?(error: Error, address: string): void;
}

export interface Listener {
  readonly port: number;
  /** Takes no more connections and ends those that there are. */
  close(): Promise<void>;
}

function serverOf({ tls }: ListenOptions, handshakeTimeout: number, taken: (socket: Socket) => void): Server {
  if (!tls) return createTcpServer(taken);
  const { ca } = tls;
  return createTlsServer(
    { ...tls, handshakeTimeout, requestCert: ca !== undefined, rejectUnauthorized: ca !== undefined },
    taken,
  );
}

/**
 * Waits for readers that open the connection themselves (LLRP 1.0.1 section 18.1.3); each greets as it does when it is
 * called. A reader that hung up over the version question is not asked when it comes again.
 *
 * @throws the error of Node's server when it cannot listen
 */
export async function listen(options: ListenOptions, handlers: ListenHandlers): Promise<Listener> {
  const { connectionsMax = CONNECTIONS_MAX, signal, ...rest } = options;
  signal?.throwIfAborted();
  const opening = { ...rest, deadlines: { ...DEADLINES, ...options.deadlines } };
  const sockets = new Set<Socket>();
  const quiet = new Set<string>();
  const wants = options.version ?? 'auto';

  const greeted = async (socket: Socket, address: string): Promise<Session> => {
    if (sockets.size > connectionsMax)
      throw new LlrpError('CONNECT', `more than ${connectionsMax} readers are connected`);
    const session = await open(socket, handlers, opening, wants !== '1.0.1' && !quiet.has(address));
    if (session) return session;
    if (quiet.size < connectionsMax) quiet.add(address);
    throw new LlrpError('CLOSED', 'the reader hung up over the version question; it will not be asked again');
  };
  const taken = (socket: Socket): void => {
    const address = socket.remoteAddress ?? '';
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    greeted(socket, address).then(
      (session) => {
        session.opened();
        handlers.onReader(session, address);
      },
      (error: Error) => {
        socket.destroy();
        sockets.delete(socket); // it gives its place at once
        handlers.onFailed?.(error, address);
      },
    );
  };

  const server = serverOf(options, opening.deadlines.connectMs, taken);
  server.maxConnections = connectionsMax + PASSING_MAX;
  server.on('drop', (dropped) => {
    const error = new LlrpError('CONNECT', `more than ${server.maxConnections} connections at once`);
    handlers.onFailed?.(error, dropped?.remoteAddress ?? '');
  });
  server.on('tlsClientError', (error: Error, socket: Socket) => {
    handlers.onFailed?.(error, socket.remoteAddress ?? '');
  });
  const port = options.port ?? (options.tls ? LLRP_TLS_PORT : LLRP_PORT);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(options.host === undefined ? {} : { host: options.host }) }, resolve);
  });
  const address = server.address();
  const aborted = (): void => void close();
  const close = (): Promise<void> => {
    signal?.removeEventListener('abort', aborted);
    return new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  };
  signal?.addEventListener('abort', aborted);
  return { port: typeof address === 'object' && address ? address.port : port, close };
}
