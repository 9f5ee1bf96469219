// What this process has done, for Prometheus (text format 0.0.4): counts and times without names of tenants or things.
import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import { queueOf } from '../capture/queue.ts';
import type { Ctx, Platform } from './platform.ts';
import type { Resource } from './resource.ts';

const TEXT = 'text/plain';
/** Upper bounds of the histogram of requests, in seconds. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;
/** Methods that are told by name; others are strangers' inventions. */
const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']);

interface Times {
  /** Requests up to each bound, and above the last. */
  buckets: number[];
  sumS: number;
}

/** The requests of one process: by route, method and status, and how long each route took. */
export class Requests {
  readonly counts = new Map<string, number>();
  readonly times = new Map<string, Times>();

  /** After the answer is made; what no route takes is counted as `other`. */
  add(c: Context, ms: number): void {
    const path = matchedRoutes(c).at(-1)?.path ?? '';
    const route = path === '' || path.endsWith('*') ? 'other' : path;
    const method = METHODS.has(c.req.method) ? c.req.method : 'other';
    const counted = labels({ route, method, status: c.res.status });
    this.counts.set(counted, (this.counts.get(counted) ?? 0) + 1);
    const timed = labels({ route, method });
    const times = this.times.get(timed) ?? { buckets: Array<number>(BUCKETS_S.length + 1).fill(0), sumS: 0 };
    const bucket = BUCKETS_S.findIndex((bound) => ms <= bound * 1000);
    times.buckets[bucket < 0 ? BUCKETS_S.length : bucket]! += 1;
    times.sumS += ms / 1000;
    this.times.set(timed, times);
  }
}

/** What is told, at the moment of asking. */
interface Seen {
  requests: Requests;
  platform: Platform;
}
type Samples = Iterable<readonly [suffix: string, value: number]>;
type Row = readonly [name: string, kind: 'counter' | 'gauge' | 'histogram', help: string, of: (seen: Seen) => Samples];

/** A label's value: routes are our own, the rest is words of ours. */
const labels = (given: Record<string, string | number>): string =>
  `{${Object.entries(given)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;

const byLabel = (name: string, counts: Record<string, number>): Samples =>
  Object.entries(counts).map(([value, count]) => [labels({ [name]: value }), count] as const);

function* histogram(times: Map<string, Times>): Samples {
  for (const [name, { buckets, sumS }] of times) {
    let count = 0;
    for (const [i, inside] of buckets.entries()) {
      count += inside;
      yield [`_bucket${name.slice(0, -1)},le="${BUCKETS_S[i] ?? '+Inf'}"}`, count];
    }
    yield [`_sum${name}`, sumS];
    yield [`_count${name}`, count];
  }
}

/** A Worker does not know what it holds. */
const resident = (): Samples => {
  const rss = (process as Partial<NodeJS.Process>).memoryUsage?.().rss;
  return rss === undefined ? [] : [['', rss]];
};

const ROWS: readonly Row[] = [
  ['http_requests_total', 'counter', 'Requests answered', ({ requests }) => requests.counts],
  ['http_request_duration_seconds', 'histogram', 'Time to the beginning of the answer', ({ requests }) =>
    histogram(requests.times)],
  ['capture_events_total', 'counter', 'Events of captures by verdict', ({ platform }) =>
    byLabel('verdict', queueOf(platform.store).counts)],
  ['capture_queue_events', 'gauge', 'Events that wait to be stored', ({ platform }) =>
    [['', queueOf(platform.store).waitingEvents]]],
  ['subscription_calls_total', 'counter', 'Calls to receivers by outcome', ({ platform }) =>
    byLabel('outcome', platform.webhooks?.counts ?? {})],
  ['subscription_events_total', 'counter', 'Events that receivers took', ({ platform }) =>
    [['', platform.webhooks?.eventsTaken ?? 0]]],
  ['process_resident_bytes', 'gauge', 'Memory of the process', resident],
]; // prettier-ignore

/** `tagtrail_…`, a line a sample. */
function metrics(c: Ctx): Response {
  const { platform, requests } = c.var;
  const lines = ROWS.flatMap(([name, kind, help, of]) => [
    `# HELP tagtrail_${name} ${help}`,
    `# TYPE tagtrail_${name} ${kind}`,
    ...Array.from(of({ platform, requests }), ([suffix, value]) => `tagtrail_${name}${suffix} ${value}`),
  ]);
  return c.body(`${lines.join('\n')}\n`, 200, {
    'Content-Type': `${TEXT}; version=0.0.4`,
    'Cache-Control': 'no-store',
  });
}

export const metricsResources: Resource[] = [
  {
    path: '/metrics',
    tag: 'Operation',
    operations: {
      GET: {
        summary: 'What this process has done, for Prometheus',
        right: 'keys',
        answers: [TEXT],
        success: { status: 200, description: 'Prometheus text format', schema: { type: 'string' } },
        handle: metrics,
      },
    },
  },
];
