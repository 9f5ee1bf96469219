import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../src/error.ts';
import {
  eventOptions,
  type FilterConfig,
  filterFault,
  filterOf,
  filterOptions,
  gatesSeenBy,
  sharingFault,
} from './filter/options.ts';
import { admission, grouping } from './filter/pattern.ts';
import { type Located, locate } from './json-position.ts';
import { DEFAULT_ENDPOINT } from './spool-file.ts';

const LLRP_PORT = 5084;
const LLRP_TLS_PORT = 5085;
/** A reader's clock further off is corrected; less so where several readers make one gate. */
const CLOCK_MS = 1000;
const GATE_CLOCK_MS = 20;
const KEEPALIVE_MS_MIN = 100;
const KEEPALIVE_MS_MAX = 600_000;
const DURATION_MS_MAX = 7 * 24 * 3_600_000;
const READERS_MAX = 1000;
const NAME_LENGTH_MAX = 200;
const BATCH_MAX = 10_000;
const ENDPOINTS_MAX = 16;
const TOPICS_MAX = 100;
const SECRET_LENGTH_MIN = 16;
const SECRET_LENGTH_MAX = 1000;
const CONFIG_BYTES_MAX = 16 * 1024 * 1024;
const SPOOL_BYTES_MIN = 256 * 1024;
const SPOOL_BYTES_DEFAULT = 4 * 1024 ** 3;

const name = z.string().min(1).max(NAME_LENGTH_MAX);
const place = z
  .string()
  .min(1)
  .max(2048)
  .regex(/^[a-z][a-z0-9+.-]*:\S+$/i, 'a URI');
const durationMs = z.int().min(0).max(DURATION_MS_MAX);
const dbm = z.number().min(-200).max(100);

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
  /** Of all antennas that have none of their own; the nearest step of the reader's table that is not above. */
  powerDbm: z.number().min(-20).max(40).optional(),
  /** A hop table that the reader lists, or a channel of a reader that does not hop. */
  hopTable: z.int().min(0).max(255).optional(),
  channelKhz: z.int().min(1).max(0xffffffff).optional(),
  /** ModeIdentifier of the reader's table of Gen2 modes. */
  mode: z.int().min(0).max(65_535).optional(),
});

/** PEM texts or the names of files that hold them. */
const tlsFiles = z.strictObject({
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  serverName: z.string().optional(),
});
const tls = z.union([z.boolean(), tlsFiles]);
const local = z.strictObject({
  host: z.string().min(1).max(255).default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
});

/** What every kind of reader has. */
const anyReader = {
  name,
  readPoint: place,
  bizLocation: place.optional(),
  bizStep: name.optional(),
  disposition: name.optional(),
  antennas: z.record(z.string().regex(/^[1-9]\d{0,4}$/, 'an antenna number'), antenna).default({}),
  maxClockOffsetMs: durationMs.optional(),
  ...eventOptions,
  filter: filterOptions.optional(),
};

const llrpReader = z.strictObject({
  type: z.literal('llrp').optional(),
  ...anyReader,
  host: z.string().min(1).max(255).optional(),
  port: z.int().min(1).max(65_535).optional(),
  /** In place of `host`: the reader opens the connection itself, to this port of ours. */
  listen: local.optional(),
  tls: tls.default(false),
  keepaliveMs: z.int().min(KEEPALIVE_MS_MIN).max(KEEPALIVE_MS_MAX).default(10_000),
  version: z.enum(['auto', '1.0.1', '1.1']).default('auto'),
  rospec: rospec.default({ session: 1, start: 'immediate', n: 1 }),
  deleteForeignSpecs: z.boolean().default(false),
  /** Stop our ROSpec when the collector ends; else the reader goes on and holds its reports where it can. */
  stopOnExit: z.boolean().default(false),
  /** What Impinj and Zebra readers tell beyond the standard; by default what the filter's mode can use. */
  report: z
    .strictObject({
      phase: z.boolean().optional(),
      doppler: z.boolean().optional(),
      tid: z.boolean().optional(),
    })
    .optional(),
});

const secret = z.string().min(1).max(SECRET_LENGTH_MAX);
const mqttReader = z.strictObject({
  type: z.literal('mqtt'),
  ...anyReader,
  url: z.url({ protocol: /^mqtts?$/, error: 'an mqtt or mqtts URL' }),
  topics: z.array(name).min(1).max(TOPICS_MAX),
  /** The broker keeps what comes while we are away under this name; it must not change. */
  clientId: name.optional(),
  username: name.optional(),
  password: secret.optional(),
  tls: tlsFiles.optional(),
});

const httpReader = z
  .strictObject({
    type: z.literal('http'),
    ...anyReader,
    /** The reader posts here, with the secret. */
    listen: local.optional(),
    secret: secret.min(SECRET_LENGTH_MIN).optional(),
    /** Or the reader is asked for its stream of events. */
    url: z.url({ protocol: /^https?$/, error: 'an http or https URL' }).optional(),
    username: name.optional(),
    password: secret.optional(),
    /** A stream without a byte for this long is dead. */
    silentMs: z.int().min(KEEPALIVE_MS_MIN).max(KEEPALIVE_MS_MAX).default(60_000),
  })
  .refine(({ listen, secret, url }) => (url === undefined) === (listen !== undefined && secret !== undefined), {
    error: 'give either "listen" and "secret", where the reader posts, or "url", where it streams',
  });

const reader = z.discriminatedUnion('type', [llrpReader, mqttReader, httpReader], {
  error: 'a type that is one of "llrp", "mqtt", "http"',
});

const endpoint = {
  url: z.url({ protocol: /^https?$/, error: 'an http or https URL' }),
  key: z
    .string()
    .min(1)
    .regex(/^[\x21-\x7e]+$/, 'printable ASCII without blanks')
    .optional(),
  batch: z.int().min(1).max(BATCH_MAX).default(500),
  maxEventsPerSecond: z.number().min(0.1).max(1e6).optional(),
};
const making = {
  flushMs: z.int().min(0).max(60_000).default(200),
  /** Form of the EPCs in events: pure identity URNs where one exists, or Digital Links. */
  epcs: z.enum(['urn', 'link']).default('urn'),
};
const capture = z.union([
  z.strictObject({ ...endpoint, ...making }),
  z.strictObject({
    /** `all`: each endpoint takes every event, at its own pace; `failover`: the first that answers takes it. */
    mode: z.enum(['all', 'failover']),
    endpoints: z
      .array(z.strictObject({ name: name.optional(), ...endpoint }))
      .min(1)
      .max(ENDPOINTS_MAX),
    ...making,
  }),
]);

const schema = z.strictObject({
  $schema: z.string().optional(),
  readers: z.array(reader).min(1).max(READERS_MAX),
  capture,
  /** Where metrics, health and the status page are served. */
  listen: local.optional(),
  /** Where alerts of recalls are heard: `https://…/api/alerts`, and a key that may. */
  alerts: z.strictObject({ url: endpoint.url, key: endpoint.key }).optional(),
  spool: z.string().min(1),
  spoolMaxBytes: z.int().min(SPOOL_BYTES_MIN).default(SPOOL_BYTES_DEFAULT),
  filter: filterOptions.default({}),
});

type Parsed = z.infer<typeof schema>;
/** What every kind of reader has, defaults filled in. */
export type PlacedConfig = Pick<
  z.infer<typeof llrpReader>,
  'name' | 'readPoint' | 'bizLocation' | 'bizStep' | 'disposition' | 'antennas' | 'events' | 'task'
> &
  Filled;
/** What is filled in for every reader. */
interface Filled {
  filter: FilterConfig;
  maxClockOffsetMs: number;
}
/** A reader that speaks LLRP. */
export type ReaderConfig = Omit<z.infer<typeof llrpReader>, 'port' | 'type' | keyof Filled> & Filled & { port: number };
/** A reader whose reads come as JSON. */
export type MqttConfig = Omit<z.infer<typeof mqttReader>, keyof Filled> & Filled;
export type HttpConfig = Omit<z.infer<typeof httpReader>, keyof Filled> & Filled;
export type InputConfig = MqttConfig | HttpConfig;
/** How events are made, whoever takes them. */
export interface CaptureConfig {
  batch: number;
  flushMs: number;
  epcs: 'urn' | 'link';
}
/** Where alerts of recalls are heard. */
export interface AlertsConfig {
  url: string;
  key?: string | undefined;
}
/** One queue out of the spool; several targets are a failover list. */
export interface EndpointConfig {
  name: string;
  targets: { url: string; key?: string | undefined }[];
  batch: number;
  maxEventsPerSecond?: number | undefined;
}
/** A checked configuration with every default filled in (specification: docs/operating.md). */
export interface CollectorConfig {
  /** Readers that speak LLRP. */
  readers: ReaderConfig[];
  /** The others. */
  inputs: InputConfig[];
  capture: CaptureConfig;
  endpoints: EndpointConfig[];
  listen: Parsed['listen'];
  alerts: AlertsConfig | undefined;
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

/** What is wrong with an option, and where it stands: for an unknown one the place of its name. */
function issuesOf(issue: Issue, above: PropertyKey[] = []): Fault[] {
  const path = [...above, ...issue.path];
  const at = pathText(path);
  if (issue.code === 'invalid_union' && issue.errors.length) {
    const [nearest] = issue.errors.toSorted((a, b) => weight(a) - weight(b));
    return nearest!.flatMap((below) => issuesOf(below, path));
  }
  if (issue.code !== 'unrecognized_keys') return [{ path, key: false, text: `${at || 'file'}: ${issue.message}` }];
  return issue.keys.map((key) => {
    return { path: [...path, key], key: true, text: `unknown option "${pathText([...path, key])}"` };
  });
}

/** How far an alternative is from what was meant. */
const weight = (issues: Issue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);

interface Fault {
  path: PropertyKey[];
  key: boolean;
  text: string;
}

/** One message of all faults; with the file's text at hand each begins with its line and column. */
function invalid(faults: Fault[], located?: Located): AppError {
  const errors = faults.map(({ path, key, text }) => {
    if (!located) return text;
    const { line, column } = located.at(path, key);
    return `line ${line}, column ${column}: ${text}`;
  });
  return new AppError('invalid', errors.join('; '), { errors });
}
const fault = (path: PropertyKey[], text: string): Fault => ({ path, key: false, text: `${pathText(path)}: ${text}` });

function readerOf(parsed: z.infer<typeof llrpReader>, filled: Filled): ReaderConfig {
  const { port, type: _llrp, ...rest } = parsed;
  return { ...rest, port: port ?? (parsed.tls ? LLRP_TLS_PORT : LLRP_PORT), ...filled };
}

/** Names of the readers that make a gate with others: what is little elsewhere would turn directions round there. */
function gatesTogether(readers: Parsed['readers'], common: Parsed['filter']): Set<string> {
  const seen = readers.flatMap((one) =>
    [...new Set(gatesSeenBy(one, filterOf(common, one.filter)))].map((gate) => ({ gate, name: one.name })),
  );
  const byGate = Map.groupBy(seen, ({ gate }) => gate);
  return new Set(
    [...byGate.values()].filter((list) => list.length > 1).flatMap((list) => list.map(({ name }) => name)),
  );
}

/** A task's file is named from the directory of the configuration. */
function tasked<T extends Parsed['readers'][number]>(one: T, directory: string): T {
  const file = one.task?.file;
  return file === undefined ? one : { ...one, task: { ...one.task, file: resolve(directory, file) } };
}

function endpointsOf(capture: Parsed['capture']): EndpointConfig[] {
  if (!('endpoints' in capture)) {
    const { url, key, batch, maxEventsPerSecond } = capture;
    return [{ name: DEFAULT_ENDPOINT, targets: [{ url, key }], batch, maxEventsPerSecond }];
  }
  const { mode, endpoints } = capture;
  const targets = endpoints.map(({ url, key }) => ({ url, key }));
  const { batch, maxEventsPerSecond } = endpoints[0]!;
  if (mode === 'failover') return [{ name: DEFAULT_ENDPOINT, targets, batch, maxEventsPerSecond }];
  return endpoints.map((one, i) => {
    return {
      name: one.name ?? one.url,
      targets: [targets[i]!],
      batch: one.batch,
      maxEventsPerSecond: one.maxEventsPerSecond,
    };
  });
}

/** A reader is called at its host, or calls us; then we show a certificate of ours. */
function linkFault(one: Parsed['readers'][number]): string | undefined {
  if (!('keepaliveMs' in one)) return undefined;
  const { host, port, listen, tls: secure } = one;
  if ((host === undefined) === (listen === undefined))
    return 'give either "host", where the reader is called, or "listen", where it calls';
  if (!listen) return undefined;
  if (port !== undefined) return 'the port to listen on is "listen.port"';
  const own = typeof secure === 'object' && secure.cert !== undefined && secure.key !== undefined;
  return secure === false || own ? undefined : 'to listen with TLS takes a certificate: "tls": {"cert", "key"}';
}

/** What no schema says: names that stand twice, keys in URLs, patterns that are none. */
function faultsOf({ readers, capture, alerts, filter: common }: Parsed): Fault[] {
  const faults: Fault[] = [];
  if (alerts && new URL(alerts.url).username)
    faults.push(fault(['alerts', 'url'], 'put the key into alerts.key, not into the URL'));
  readers.forEach(({ name }, i) => {
    const first = readers.findIndex((other) => other.name === name);
    if (first < i) faults.push({ path: ['readers', i, 'name'], key: false, text: `readers: two are named "${name}"` });
  });
  const endpoints = endpointsOf(capture);
  const pathOf = (i: number): PropertyKey[] => ('endpoints' in capture ? ['capture', 'endpoints', i] : ['capture']);
  endpoints.forEach(({ name }, i) => {
    if (endpoints.findIndex((other) => other.name === name) < i)
      faults.push(fault(pathOf(i), `two are named "${name}"`));
  });
  const targets = endpoints.flatMap((one) => one.targets);
  targets.forEach(({ url }, i) => {
    if (new URL(url).username)
      faults.push(fault([...pathOf(i), 'url'], 'put the key into capture.key, not into the URL'));
  });
  const filters = [{ path: ['filter'] as PropertyKey[], own: common }].concat(
    readers.map(({ filter: own }, i) => ({ path: ['readers', i, 'filter'], own: own ?? {} })),
  );
  for (const { path, own } of filters) {
    const lists = [own, ...(own.cycle?.reports ?? [])];
    try {
      for (const { include = [], exclude = [] } of lists) admission(include, exclude);
      for (const { groups } of own.cycle?.reports ?? []) grouping(groups);
    } catch (error) {
      faults.push(fault(path, messageOf(error)));
    }
  }
  readers.forEach((one, i) => {
    const text = linkFault(one);
    if (text) faults.push(fault(['readers', i], text));
  });
  readers.forEach((one, i) => {
    if (!('rospec' in one) || (one.rospec.hopTable ?? one.rospec.channelKhz) === undefined) return;
    const powered = [one.rospec, ...Object.values(one.antennas)].some(({ powerDbm }) => powerDbm !== undefined);
    const text = 'a hop table or channel is set together with a power: give "powerDbm" here or to an antenna';
    if (!powered) faults.push(fault(['readers', i, 'rospec'], text));
  });
  readers.forEach(({ filter: own }, i) => {
    const text = filterFault(filterOf(common, own));
    if (text) faults.push(fault(['readers', i, 'filter'], text));
  });
  const shared = new Map<string, string>();
  readers.forEach((one, i) => {
    const text = sharingFault(one, filterOf(common, one.filter), shared);
    if (text) faults.push(fault(['readers', i], text));
  });
  return faults;
}

/**
 * Checks a configuration and fills in its defaults; relative paths are taken from `directory`.
 * Throws AppError('invalid') whose message names each wrong or unknown option, with line and column of `located`.
 */
export function parseConfig(value: unknown, directory = process.cwd(), located?: Located): CollectorConfig {
  const result = schema.safeParse(value);
  if (!result.success)
    throw invalid(
      result.error.issues.flatMap((issue) => issuesOf(issue)),
      located,
    );
  const faults = faultsOf(result.data);
  if (faults.length) throw invalid(faults, located);
  const { capture, spool, spoolMaxBytes, listen, alerts, filter: common } = result.data;
  const readers = result.data.readers.map((one) => tasked(one, directory));
  const endpoints = endpointsOf(capture);
  const { flushMs, epcs } = capture;
  const together = gatesTogether(readers, common);
  const filled = (one: Parsed['readers'][number]): Filled => {
    // JSON tells times by NTP alone, and nothing corrects them
    const isLlrp = one.type !== 'mqtt' && one.type !== 'http';
    const maxClockOffsetMs = one.maxClockOffsetMs ?? (isLlrp && together.has(one.name) ? GATE_CLOCK_MS : CLOCK_MS);
    return { filter: filterOf(common, one.filter), maxClockOffsetMs };
  };
  return {
    readers: readers.flatMap((r) => (r.type === 'mqtt' || r.type === 'http' ? [] : [readerOf(r, filled(r))])),
    inputs: readers.flatMap((r) => (r.type === 'mqtt' || r.type === 'http' ? [{ ...r, ...filled(r) }] : [])),
    capture: { batch: Math.max(...endpoints.map((one) => one.batch)), flushMs, epcs },
    endpoints,
    listen,
    alerts,
    spool: resolve(directory, spool),
    spoolMaxBytes,
  };
}

/**
 * Reads a configuration file (JSON). Throws AppError('invalid') that names the file and, for each fault, line,
 * column and reason.
 */
export function readConfigFile(file: string): CollectorConfig {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > CONFIG_BYTES_MAX) throw new AppError('invalid', `more than ${CONFIG_BYTES_MAX} bytes`);
    const located = locate(text);
    return parseConfig(located.value, dirname(resolve(file)), located);
  } catch (error) {
    const detail = error instanceof AppError ? error.detail : undefined;
    throw new AppError('invalid', `${file}: ${messageOf(error).split('\n')[0]}`, detail);
  }
}

/** The JSON Schema (draft 2020-12) of the file, as docs/collect.schema.json ships it. */
export function configSchema(): object {
  return z.toJSONSchema(schema, { io: 'input' });
}
