import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../src/error.ts';
import { admission } from './filter/pattern.ts';

const LLRP_PORT = 5084;
const LLRP_TLS_PORT = 5085;
const KEEPALIVE_MS_MIN = 100;
const KEEPALIVE_MS_MAX = 600_000;
const DURATION_MS_MAX = 7 * 24 * 3_600_000;
const READERS_MAX = 1000;
const NAME_LENGTH_MAX = 200;
const BATCH_MAX = 10_000;
const MIN_READS_MAX = 64;
const PATTERNS_MAX = 1000;
const SPOOL_BYTES_MIN = 256 * 1024;
const SPOOL_BYTES_DEFAULT = 4 * 1024 ** 3;
/** Every filter mode of the contract; those not in MODES_BUILT are refused with a message. */
const MODES = ['arrivals', 'presence', 'moves', 'gate', 'cycle', 'raw'] as const;
const MODES_BUILT: readonly string[] = ['arrivals'];

const name = z.string().min(1).max(NAME_LENGTH_MAX);
const place = z
  .string()
  .min(1)
  .max(2048)
  .regex(/^[a-z][a-z0-9+.-]*:\S+$/i, 'a URI');
const durationMs = z.int().min(0).max(DURATION_MS_MAX);
const dbm = z.number().min(-200).max(100);

/**
 * The filter's options without defaults, since a reader's own ones are laid over the common ones. The options of
 * the modes that are not built are checked like the others, so that a file stays valid from version to version.
 */
const filter = z.strictObject({
  mode: z
    .enum(MODES)
    .refine((mode) => MODES_BUILT.includes(mode), {
      error: (issue) => `mode "${String(issue.input)}" is not available in this version; use "arrivals"`,
    })
    .optional(),
  minReads: z.int().min(1).max(MIN_READS_MAX).optional(),
  windowMs: durationMs.optional(),
  minRssi: dbm.optional(),
  departAfterMs: durationMs.optional(),
  include: z.array(name).max(PATTERNS_MAX).optional(),
  exclude: z.array(name).max(PATTERNS_MAX).optional(),
  unknownEpc: z.enum(['raw', 'drop']).optional(),
  moveThresholdDb: z.number().min(0).optional(),
  moveHoldoffMs: durationMs.optional(),
  passageGapMs: durationMs.optional(),
  directionMarginMs: durationMs.optional(),
  window: z.null({ error: 'GPI windows are not available in this version' }).optional(),
  cycle: z.null({ error: 'cycles are not available in this version' }).optional(),
});

const FILTER_DEFAULTS = {
  minReads: 1,
  windowMs: 1000,
  departAfterMs: 30_000,
  include: [] as string[],
  exclude: [] as string[],
  unknownEpc: 'raw' as const,
};

const antenna = z.strictObject({
  zone: name.optional(),
  side: z.enum(['A', 'B']).optional(),
  readPoint: place.optional(),
  bizLocation: place.optional(),
  minRssi: dbm.optional(),
  powerDbm: z.number().min(-20).max(40).optional(),
});

const rospec = z.strictObject({
  session: z.int().min(0).max(3).default(1),
  antennas: z.array(z.int().min(1).max(65_535)).min(1).max(255).optional(),
  start: z.enum(['immediate', 'null']).default('immediate'),
  /** Tags in a report (N of ROReportSpec). */
  n: z.int().min(1).max(65_535).default(1),
});

const tls = z.union([
  z.boolean(),
  z.strictObject({
    ca: z.string().optional(),
    cert: z.string().optional(),
    key: z.string().optional(),
    serverName: z.string().optional(),
  }),
]);

const reader = z.strictObject({
  name,
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535).optional(),
  tls: tls.default(false),
  readPoint: place,
  bizLocation: place.optional(),
  bizStep: name.optional(),
  disposition: name.optional(),
  keepaliveMs: z.int().min(KEEPALIVE_MS_MIN).max(KEEPALIVE_MS_MAX).default(10_000),
  version: z.enum(['auto', '1.0.1', '1.1']).default('auto'),
  antennas: z.record(z.string().regex(/^[1-9]\d{0,4}$/, 'an antenna number'), antenna).default({}),
  rospec: rospec.default({ session: 1, start: 'immediate', n: 1 }),
  deleteForeignSpecs: z.boolean().default(false),
  maxClockOffsetMs: durationMs.default(1000),
  filter: filter.optional(),
});

const schema = z.strictObject({
  readers: z.array(reader).min(1).max(READERS_MAX),
  capture: z.strictObject({
    url: z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
    key: z
      .string()
      .min(1)
      .regex(/^[\x21-\x7e]+$/, 'printable ASCII without blanks')
      .optional(),
    batch: z.int().min(1).max(BATCH_MAX).default(500),
    flushMs: z.int().min(0).max(60_000).default(200),
    /** Form of the EPCs in events: pure identity URNs where one exists, or Digital Links. */
    epcs: z.enum(['urn', 'link']).default('urn'),
  }),
  spool: z.string().min(1),
  spoolMaxBytes: z.int().min(SPOOL_BYTES_MIN).default(SPOOL_BYTES_DEFAULT),
  filter: filter.default({}),
});

type Parsed = z.infer<typeof schema>;
/** Filter options of one reader, defaults filled in; RSSI in dBm, times in ms. */
export interface FilterConfig {
  mode: 'arrivals';
  minReads: number;
  windowMs: number;
  minRssi: number | undefined;
  departAfterMs: number;
  include: string[];
  exclude: string[];
  unknownEpc: 'raw' | 'drop';
}
export type ReaderConfig = Omit<Parsed['readers'][number], 'filter' | 'port'> & { port: number; filter: FilterConfig };
export type CaptureConfig = Parsed['capture'];
/** A checked configuration with every default filled in (specification: docs/operating.md). */
export interface CollectorConfig {
  readers: ReaderConfig[];
  capture: CaptureConfig;
  /** Directory, absolute. */
  spool: string;
  spoolMaxBytes: number;
}

type Issue = z.core.$ZodIssue;

/** `readers[0].port`: where in the file an issue lies. */
const pathText = (path: PropertyKey[]): string =>
  path
    .map((p) => (typeof p === 'number' ? `[${p}]` : `.${String(p)}`))
    .join('')
    .replace(/^\./, '');

function issueText(issue: Issue): string {
  const at = pathText(issue.path);
  if (issue.code !== 'unrecognized_keys') return `${at || 'file'}: ${issue.message}`;
  return `unknown option ${issue.keys.map((key) => `"${pathText([...issue.path, key])}"`).join(', ')}`;
}

const invalid = (message: string, errors: string[] = [message]): AppError =>
  new AppError('invalid', message, { errors });

function filterOf(common: Parsed['filter'], own: Parsed['readers'][number]['filter']): FilterConfig {
  const given = { ...common, ...own };
  const { minReads, windowMs, departAfterMs, include, exclude, unknownEpc } = FILTER_DEFAULTS;
  return {
    mode: 'arrivals',
    minReads: given.minReads ?? minReads,
    windowMs: given.windowMs ?? windowMs,
    minRssi: given.minRssi,
    departAfterMs: given.departAfterMs ?? departAfterMs,
    include: given.include ?? include,
    exclude: given.exclude ?? exclude,
    unknownEpc: given.unknownEpc ?? unknownEpc,
  };
}

function readerOf(parsed: Parsed['readers'][number], common: Parsed['filter']): ReaderConfig {
  const { filter: own, port, ...rest } = parsed;
  return { ...rest, port: port ?? (parsed.tls ? LLRP_TLS_PORT : LLRP_PORT), filter: filterOf(common, own) };
}

/**
 * Checks a configuration and fills in its defaults; relative paths are taken from `directory`.
 * Throws AppError('invalid') whose message names each wrong or unknown option.
 */
export function parseConfig(value: unknown, directory = process.cwd()): CollectorConfig {
  const result = schema.safeParse(value);
  if (!result.success) {
    const errors = result.error.issues.map(issueText);
    throw invalid(errors.join('; '), errors);
  }
  const { readers, capture, spool, spoolMaxBytes, filter: common } = result.data;
  const twice = readers.find((r, i) => readers.findIndex((other) => other.name === r.name) < i);
  if (twice) throw invalid(`readers: two are named "${twice.name}"`);
  if (new URL(capture.url).username) throw invalid('capture.url: put the key into capture.key, not into the URL');
  const filled = readers.map((r) => readerOf(r, common));
  for (const { filter: own } of filled) admission(own.include, own.exclude);
  return {
    readers: filled,
    capture,
    spool: resolve(directory, spool),
    spoolMaxBytes,
  };
}

/** Reads a configuration file (JSON). Throws AppError('invalid') that names the file and the reason. */
export function readConfigFile(file: string): CollectorConfig {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw invalid(`${file}: ${messageOf(error).split('\n')[0]}`);
  }
  try {
    return parseConfig(value, dirname(resolve(file)));
  } catch (error) {
    if (error instanceof AppError) throw new AppError('invalid', `${file}: ${error.message}`, error.detail);
    throw error;
  }
}
