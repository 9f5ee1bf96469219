import { z } from 'zod';
import { CAPTURE_BYTES_MAX, CAPTURE_EVENTS_MAX } from '../capture/capture.ts';
import { UsageError } from './command.ts';

/** The lowest and highest value of each limit that can be set; units are in the names. */
function wholeBetween(min: number, max: number, otherwise: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((n) => n >= min && n <= max, message)
    .default(otherwise);
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const MEBIBYTE = 1024 * 1024;

const SECRET_KEY = /^(?:[0-9a-fA-F]{64}|[\w+/-]{43}=?)$/;

/** Every variable that the platform reads, with its default; docs/api.md lists them. */
const environment = z.object({
  PORT: wholeBetween(0, 65_535, 3000),
  // Loopback unless asked: a server that nobody has secured yet is not shown to the network.
  HOST: z.string().min(1).default('127.0.0.1'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/./, 'must be a URL such as postgres://user:password@host:5432/database')
    .optional(),
  TAGTRAIL_DATA: z.string().min(1).default('./data'),
  TAGTRAIL_CAPTURE_EVENTS_MAX: wholeBetween(1, 1_000_000_000, CAPTURE_EVENTS_MAX),
  TAGTRAIL_CAPTURE_BYTES_MAX: wholeBetween(1024, 1024 * 1024 * MEBIBYTE, CAPTURE_BYTES_MAX),
  TAGTRAIL_GCP_TABLE: z.string().min(1).optional(),
  TAGTRAIL_SECRET_KEY: z
    .string()
    .regex(SECRET_KEY, 'must be 32 bytes as 64 hexadecimal digits or in base64, such as `openssl rand -hex 32` prints')
    .transform((text) => Buffer.from(text, text.length === 64 ? 'hex' : 'base64'))
    .optional(),
  TAGTRAIL_WEBHOOK_ALLOW_PRIVATE: z.enum(['0', '1'], 'must be 0 or 1').default('0'),
  TAGTRAIL_DATABASE_WAIT_S: wholeBetween(0, 3600, 60),
  TAGTRAIL_LOG: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
});

/** Where events are kept: a PostgreSQL server or a directory of the embedded database. */
export type Place = { url: string } | { dataDir: string };

export interface Config {
  port: number;
  host: string;
  place: Place;
  /** Directory of what the program keeps in files: the embedded database, keys. */
  dataDir: string;
  captureEventsMax: number;
  captureBytesMax: number;
  /** File with GS1's list of company prefix lengths. */
  gcpTable?: string;
  /** What signatureTokens are sealed under; without one the data directory keeps one. */
  secretKey?: Uint8Array;
  /** Whether webhooks may call loopback and private addresses. */
  webhookAllowPrivate: boolean;
  /** How long a start waits for a database that does not answer. */
  databaseWaitS: number;
  logLevel: (typeof LOG_LEVELS)[number];
}

/** Options of the command line; each goes before its variable. */
export interface Flags {
  port?: string | undefined;
  host?: string | undefined;
  'database-url'?: string | undefined;
  data?: string | undefined;
}

const FLAG_OF: Record<string, keyof Flags> = {
  PORT: 'port',
  HOST: 'host',
  DATABASE_URL: 'database-url',
  TAGTRAIL_DATA: 'data',
};

/**
 * The settings of the platform from the environment and the command line. An empty variable counts as absent.
 * Throws UsageError with the variable's (or option's) name and what it should be.
 */
export function readConfig(flags: Flags = {}, env: NodeJS.ProcessEnv = process.env): Config {
  if (flags['database-url'] !== undefined && flags.data !== undefined) {
    throw new UsageError('--database-url and --data exclude each other');
  }
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  for (const [name, flag] of Object.entries(FLAG_OF)) if (flags[flag] !== undefined) given[name] = flags[flag];
  // a directory named on the command line goes before a database named in the environment
  if (flags.data !== undefined) delete given['DATABASE_URL'];
  const read = environment.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    const name = String(issue?.path[0]);
    const flag = FLAG_OF[name];
    const shown = flag && flags[flag] !== undefined ? `--${flag}` : name;
    throw new UsageError(`${shown}: ${issue?.message}`);
  }
  const { data } = read;
  return {
    port: data.PORT,
    host: data.HOST,
    place: data.DATABASE_URL === undefined ? { dataDir: data.TAGTRAIL_DATA } : { url: data.DATABASE_URL },
    dataDir: data.TAGTRAIL_DATA,
    captureEventsMax: data.TAGTRAIL_CAPTURE_EVENTS_MAX,
    captureBytesMax: data.TAGTRAIL_CAPTURE_BYTES_MAX,
    ...(data.TAGTRAIL_GCP_TABLE !== undefined && { gcpTable: data.TAGTRAIL_GCP_TABLE }),
    ...(data.TAGTRAIL_SECRET_KEY && { secretKey: data.TAGTRAIL_SECRET_KEY }),
    webhookAllowPrivate: data.TAGTRAIL_WEBHOOK_ALLOW_PRIVATE === '1',
    databaseWaitS: data.TAGTRAIL_DATABASE_WAIT_S,
    logLevel: data.TAGTRAIL_LOG,
  };
}
