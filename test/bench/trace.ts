import { createApp } from '../../src/http/app.ts';
import { addKey } from '../../src/store/api-key.ts';
import { factsOf } from '../../src/store/facts.ts';
import { DEFAULT_TENANT, openStore, type Store } from '../../src/store/open.ts';
import { type Answer, ask, askFull, type FullAnswer, type Op } from '../../src/trace/index.ts';
import { createDatabase } from '../database.ts';
import { startPostgres } from '../postgres.ts';
import type { Figure } from './figure.ts';
import { busy } from './trace-busy.ts';
import { GENERIC, makePlain, PLAIN_TABLES } from './trace-generic.ts';
import { sizes } from './trace-sizes.ts';
import { captureAll, eventsOf, ITEMS, itemOf, LOTS, p50, p95, raw, ROWS_PER_LOT, settle } from './trace-world.ts';

/** Identifier rows of the world; --rows N for another size. */
const ROWS = 1_000_000;
/** Growth is measured from a world this much smaller. */
const GROWTH = 10;
/** One raw lot for the figure by node: 100,000 items, fewer where that were more than half of the rows. */
const WIDE_LOTS_MAX = 200;
const WIDE = 90_000;
/** Raw lots that are captured while others ask. */
const BUSY = 10_000;
const ITEM_QUESTIONS = 200;
const LOT_QUESTIONS = 12;
const WIDE_QUESTIONS = 5;
const WARM_UP = 3;
const BASELINE =
  'recursive query over event and identifier tables with indexes of its own: no rules, no gaps, no corrections';

const questionOf = (op: Op, of: string) => ({ op, of });
const factsNow = (store: Store) => factsOf(store, DEFAULT_TENANT);

async function timed<T>(times: number[], run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  times.push(performance.now() - start);
  return result;
}

/** What is held against each other: ours, the query, and the number that both must give. */
interface Comparison<A> {
  ask: (of: string) => Promise<A>;
  sql: string;
  count: (answer: A) => number;
}

/** Each question both ways in turn; the counts must agree. */
async function compare<A extends Answer | FullAnswer>(
  store: Store,
  { ask: asked, sql, count }: Comparison<A>,
  ids: readonly string[],
): Promise<{ ours: number[]; theirs: number[]; found: number }> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  let found = 0;
  for (const [round, of] of ids.entries()) {
    const answer = await timed(ours, () => asked(of));
    const [row] = await timed(theirs, () => store.query<{ n: number }>(sql, [of]));
    if (count(answer) !== row!.n) throw new Error(`bench: ${of}: ours ${count(answer)}, the query ${row!.n}`);
    if (answer.gaps!.length > 0 || answer.truncated) throw new Error(`bench: ${of} has gaps`);
    found = Math.max(found, count(answer));
    if (round < WARM_UP) ours.length = theirs.length = 0;
  }
  return { ours, theirs, found };
}

const COMPARISONS = (store: Store) =>
  ({
    history: {
      ask: (of) => ask(factsNow(store), questionOf('history', of)),
      sql: GENERIC.history,
      count: ({ events }) => events!.length,
    },
    back: {
      ask: (of) => ask(factsNow(store), questionOf('back', of)),
      sql: GENERIC.back,
      count: ({ upstream }) => upstream!.length,
    },
    forward: {
      ask: (of) => ask(factsNow(store), questionOf('forward', of)),
      sql: GENERIC.forward,
      count: ({ affected }) => affected!.length,
    },
  }) satisfies Record<string, Comparison<Answer>>;

const withPlaces = (store: Store): Comparison<FullAnswer> => ({
  ask: (of) => askFull(factsNow(store), questionOf('forward', of), { asOf: Date.now() }),
  sql: GENERIC.places,
  count: ({ nodes }) => nodes!.filter(({ kind, holdings }) => kind !== 'lot' && holdings.length > 0).length,
});

/** p95 of ours against theirs. */
function figureOf(
  bench: string,
  { ours, theirs, found }: { ours: number[]; theirs: number[]; found: number },
  detail: object,
): Figure {
  const [value, baseline] = [p95(ours), p95(theirs)];
  const runs = { questions: ours.length, found, medianMs: p50(ours), baselineMedianMs: p50(theirs), ...detail };
  return { bench, unit: 'ms', value, baseline, ratio: baseline / value, detail: runs };
}

const itemsOf = (rawLots: number): string[] =>
  Array.from({ length: ITEM_QUESTIONS + WARM_UP }, (_, i) => itemOf(i % rawLots, i % LOTS, (i * 7) % ITEMS));

/** p95 of the questions about one item, by op. */
async function itemTimes(store: Store, items: readonly string[]): Promise<Record<'history' | 'back', number>> {
  const times = { history: [] as number[], back: [] as number[] };
  for (const op of ['history', 'back'] as const)
    for (const of of items) await timed(times[op], () => ask(factsNow(store), questionOf(op, of)));
  return { history: p95(times.history.slice(WARM_UP)), back: p95(times.back.slice(WARM_UP)) };
}

/** One lot of very many items: microseconds a node, and against the query. */
async function byNode(store: Store, detail: object): Promise<Figure> {
  const ids = Array.from({ length: WIDE_QUESTIONS + WARM_UP }, () => raw(WIDE));
  const { ours, theirs, found } = await compare(store, COMPARISONS(store).forward, ids);
  const [value, baseline] = [(p50(ours) * 1000) / found, (p50(theirs) * 1000) / found];
  const runs = { nodes: found, medianMs: p50(ours), baselineMedianMs: p50(theirs), ...detail };
  return { bench: 'trace-forward-node', unit: 'µs/node', value, baseline, ratio: baseline / value, detail: runs };
}

/** The first line and the first item of an answer as lines, over the whole application. */
async function firstLine(store: Store, ids: readonly string[]): Promise<Figure> {
  const logger = { info: () => {}, warn: () => {}, error: () => {} };
  const limits = { captureEventsMax: 1, captureBytesMax: 1 };
  const app = createApp({ store, clock: Date.now, logger, version: 'bench', ...limits });
  const { key } = await addKey(store, DEFAULT_TENANT, 'operator', Date.now());
  const headers = { authorization: `Bearer ${key}`, accept: 'application/x-ndjson' };
  const [first, item, whole]: [number[], number[], number[]] = [[], [], []];
  for (const of of ids) {
    const start = performance.now();
    const res = await app.request(`/api/trace/forward/${encodeURIComponent(of)}`, { headers });
    let pieces = 0;
    const decoder = new TextDecoder();
    for await (const piece of res.body!) {
      const text = decoder.decode(piece as Uint8Array, { stream: true });
      if (pieces++ === 0) first.push(performance.now() - start);
      if (item.length === whole.length && text.includes('{"nodes"')) item.push(performance.now() - start);
    }
    whole.push(performance.now() - start);
  }
  const [value, baseline] = [p95(first), p95(whole)];
  const detail = { firstNodeMs: p95(item), baseline: 'the whole answer', lot: 'of 10,000 items' };
  return { bench: 'trace-first-line', unit: 'ms', value, baseline, ratio: baseline / value, detail };
}

async function figures(store: Store, rows: number): Promise<Figure[]> {
  const wideLots = Math.min(WIDE_LOTS_MAX, Math.floor(rows / ROWS_PER_LOT / 2));
  const rawLots = Math.max(1, Math.round((rows / ROWS_PER_LOT - wideLots) / LOTS));
  const few = Math.max(1, Math.round(rawLots / GROWTH));
  for (let r = 0; r < few; r++) await captureAll(store, eventsOf(r));
  await settle(store, ['event', 'mention']);
  const small = await itemTimes(store, itemsOf(few));
  for (let r = few; r < rawLots; r++) await captureAll(store, eventsOf(r));
  await captureAll(store, eventsOf(WIDE, wideLots));
  await makePlain(store);
  await settle(store, ['event', 'mention', ...PLAIN_TABLES]);
  const [size] = await store.query<{ n: number }>('select count(*) as n from mention');
  const detail = { identifierRows: size!.n, baseline: BASELINE };
  const items = itemsOf(rawLots);
  const lots = Array.from({ length: LOT_QUESTIONS + WARM_UP }, (_, i) => raw(i % rawLots));
  const { history, back } = COMPARISONS(store);
  const made = [
    figureOf('trace-history', await compare(store, history, items), detail),
    figureOf('trace-back', await compare(store, back, items), detail),
    figureOf('trace-forward-10k', await compare(store, withPlaces(store), lots), {
      ...detail,
      with: 'places, edges, digest',
    }),
    await byNode(store, detail),
    await firstLine(store, lots),
  ];
  const large = await itemTimes(store, items);
  for (const op of ['history', 'back'] as const) {
    const growth = {
      bench: `trace-growth-${op}`,
      unit: 'ms',
      value: large[op],
      baseline: small[op],
      ratio: small[op] / large[op],
    };
    made.push({ ...growth, detail: { identifierRows: size!.n, baseline: `a world of 1/${GROWTH}` } });
  }
  let next = BUSY;
  return [...made, ...(await busy(store, items, () => next++)), await sizes()];
}

/** Traces against the generic recursive query, on TEST_DATABASE_URL or an own server. */
export async function bench({ rows = ROWS }: { rows?: number } = {}): Promise<Figure[]> {
  const settings = { shared_buffers: '2GB', max_wal_size: '4GB', maintenance_work_mem: '512MB', jit: 'off' };
  const server = process.env['TEST_DATABASE_URL'] ? undefined : await startPostgres(settings);
  const database = await createDatabase(server?.url ?? process.env['TEST_DATABASE_URL']);
  try {
    const store = await openStore({ url: database.url }, { migrate: true });
    const made = await figures(store, rows);
    await store.close();
    return made;
  } finally {
    await database.drop();
    await server?.stop();
  }
}
