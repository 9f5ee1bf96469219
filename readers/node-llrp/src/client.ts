import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { LlrpError } from './error.ts';
import { MESSAGE_BYTES_MAX } from './frame.ts';
import { numberOf } from './message.ts';
import { DEADLINES, type Deadlines, type Handlers, type LlrpClient, Session } from './session.ts';
import { faultOf } from './tls-fault.ts';

export const LLRP_PORT = 5084;
export const LLRP_TLS_PORT = 5085;

/** Highest version that is asked for: 2 = LLRP 1.1, the highest that readers are known to speak. */
const VERSION_MAX = 2;

export interface ConnectOptions {
  host: string;
  /** 5084, or 5085 with `tls`. */
  port?: number;
  /** Certificates as Node's tls takes them; `serverName` is what the reader's certificate must name. */
  tls?: boolean | { ca?: string; cert?: string; key?: string; serverName?: string };
  /** `auto` asks with GET_SUPPORTED_VERSION and takes what comes; `1.1` insists on it; `1.0.1` does not ask. */
  version?: 'auto' | '1.0.1' | '1.1';
  deadlines?: Partial<Deadlines>;
  messageBytesMax?: number;
  /** Ends dialling, greeting and negotiation at once; `connect` rejects with its reason. Later it means nothing. */
  signal?: AbortSignal;
}

/** A socket that is connected, and encrypted where asked. */
function dial(options: ConnectOptions, connectMs: number): Promise<Socket> {
  const { host, tls, signal } = options;
  const secure = tls !== undefined && tls !== false;
  const port = options.port ?? (secure ? LLRP_TLS_PORT : LLRP_PORT);
  return new Promise((resolve, reject) => {
    let socket: Socket;
    if (secure) {
      const { serverName, ...certificates } = tls === true ? {} : tls;
      const name: ConnectionOptions = serverName === undefined ? {} : { servername: serverName };
      socket = connectTls({ host, port, ...certificates, ...name });
    } else {
      socket = connectTcp({ host, port });
    }
    const failed = (error: Error) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      socket.destroy();
      reject(new LlrpError('CONNECT', `${host}:${port}: ${faultOf(error)}`));
    };
    const aborted = () => failed(new Error('not waited for'));
    signal?.addEventListener('abort', aborted);
    const timer = setTimeout(() => failed(new Error(`no connection within ${connectMs} ms`)), connectMs);
    socket.once('error', failed);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      socket.removeListener('error', failed);
      resolve(socket);
    });
  });
}

/** Agrees on a version. True when the reader closed the link over the question: ask it no more. */
async function negotiate(session: Session): Promise<boolean> {
  const version = 2; // only a version 2 header can ask
  try {
    const supported = await session.request({ message: 'GET_SUPPORTED_VERSION' }, { version });
    const common = Math.min(numberOf(supported, 'SupportedVersion'), VERSION_MAX);
    if (common >= 2 && numberOf(supported, 'CurrentVersion') !== common) {
      await session.request({ message: 'SET_PROTOCOL_VERSION', ProtocolVersion: common }, { version });
    }
    session.version = Math.max(common, 1);
    return false;
  } catch (error) {
    if (!(error instanceof LlrpError) || error.code === 'TIMEOUT') throw error;
    return error.code === 'CLOSED'; // M_UnsupportedVersion (110) and M_UnsupportedMessage (109) mean 1.0.1, too
  }
}

/** What `connect` and `listen` share of a link's beginning. */
export type Opening = Pick<ConnectOptions, 'version' | 'messageBytesMax' | 'signal'> & { deadlines: Deadlines };

/**
 * Greeted and negotiated over a socket that is connected; undefined when the reader hung up over the version
 * question. The socket is closed when it fails.
 */
export async function open(
  socket: Socket,
  handlers: Handlers,
  { version = 'auto', messageBytesMax = MESSAGE_BYTES_MAX, signal, deadlines }: Opening,
  ask = version !== '1.0.1',
): Promise<Session | undefined> {
  const session = new Session(socket, handlers, deadlines, messageBytesMax);
  const abort = () => session.destroy('not waited for');
  signal?.addEventListener('abort', abort);
  try {
    await session.greet();
    if (ask && (await negotiate(session))) return undefined;
    if (version === '1.1' && session.version < 2) throw new LlrpError('CONNECT', 'the reader does not speak LLRP 1.1');
    return session;
  } catch (error) {
    session.destroy();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/**
 * Connects to a reader, waits for its greeting and agrees on a version (LLRP 1.1 sections 10.1 and 14.2).
 * A reader that closes the link over the version question is connected again and not asked: it speaks 1.0.1.
 * From the greeting on, handlers may be called, also before the promise resolves.
 *
 * @throws LlrpError CONNECT (no link, or refused: the message says who holds the reader), TIMEOUT, CLOSED; the
 *   signal's reason
 */
export async function connect(options: ConnectOptions, handlers: Handlers = {}): Promise<LlrpClient> {
  const { signal } = options;
  const opening = { ...options, deadlines: { ...DEADLINES, ...options.deadlines } };
  const dialled = () => dial(options, opening.deadlines.connectMs);
  signal?.throwIfAborted();
  try {
    const asked = await open(await dialled(), handlers, opening);
    signal?.throwIfAborted();
    const session = asked ?? (await open(await dialled(), handlers, opening, false));
    if (!session) throw new LlrpError('CLOSED', 'the reader closed the link');
    signal?.throwIfAborted();
    session.opened();
    return session;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
