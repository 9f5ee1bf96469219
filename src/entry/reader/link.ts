import { readFileSync } from 'node:fs';
import { connect, type ConnectOptions, type Handlers, type LlrpClient, LlrpError } from 'node-llrp';
import { AppError, messageOf } from '../../error.ts';
import { UsageError } from '../command.ts';

const PORT_MAX = 65_535;
/** A person waits: a reader that does not answer in this time is not there. */
const CONNECT_MS = 5_000;

/** Options of every subcommand that talks to a reader, for parseArgs. */
export const LINK_OPTIONS = {
  host: { type: 'string' },
  port: { type: 'string' },
  tls: { type: 'boolean', default: false },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'server-name': { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export interface LinkValues {
  host?: string | undefined;
  port?: string | undefined;
  tls: boolean;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  'server-name'?: string | undefined;
}

/** A whole number of an option, within limits. */
export function whole(text: string, name: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`${name} is a whole number from ${min} to ${max}, not "${text}"`);
  return value;
}

/** A number of an option, such as a power in dBm. */
export function decimal(text: string, name: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new UsageError(`${name} is a number, not "${text}"`);
  return Number(text);
}

function file(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  try {
    return readFileSync(name, 'utf8');
  } catch (error) {
    throw new UsageError(`${name}: ${messageOf(error)}`);
  }
}

/** The way to a reader that the options name; certificates are read from their files. */
export function tlsOf(values: LinkValues): NonNullable<ConnectOptions['tls']> {
  const [ca, cert, key] = [file(values.ca), file(values.cert), file(values.key)];
  const serverName = values['server-name'];
  const given = Object.entries({ ca, cert, key, serverName }).filter(([, value]) => value !== undefined);
  return given.length > 0 ? Object.fromEntries(given) : values.tls;
}

/** Host and port as they may be written in one: reader-3, 10.0.0.7:5084, [2001:db8::7]:5084, 2001:db8::7. */
export function placeOf(text: string): { host: string; port?: number } {
  const [, host, port] =
    /^\[([^\]]+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+):(\d+)$/.exec(text) ?? ([text, text, undefined] as const);
  if (!host) throw new UsageError(`"${text}" is no host`);
  return port === undefined ? { host } : { host, port: whole(port, 'the port', 1, PORT_MAX) };
}

/** What a reader's refusal or silence is to the person who asked: one line, exit 1. */
const refused = (place: string, error: unknown): unknown =>
  error instanceof LlrpError
    ? new AppError('unavailable', error.message.startsWith(place) ? error.message : `${place}: ${error.message}`)
    : error;

/** Does something with a reader and hangs up, whatever comes of it. */
export async function withReader<T>(
  values: LinkValues,
  handlers: Handlers,
  act: (client: LlrpClient) => Promise<T>,
): Promise<T> {
  if (values.host === undefined) throw new UsageError('--host is missing: which reader?');
  const { host, port = values.port === undefined ? undefined : whole(values.port, '--port', 1, PORT_MAX) } = placeOf(
    values.host,
  );
  const tls = tlsOf(values);
  const options: ConnectOptions = {
    host,
    tls,
    deadlines: { connectMs: CONNECT_MS, greetingMs: CONNECT_MS },
    ...(port === undefined ? {} : { port }),
  };
  try {
    const client = await connect(options, handlers);
    try {
      return await act(client);
    } finally {
      await client.close();
    }
  } catch (error) {
    throw refused(host, error);
  }
}
