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
const WIDE_QUESTIONS = 15;
const WARM_UP = 3;
const WIDE_WARM_UP = 15;
/** Questions about items before the first that counts: as many as a server has answered when its code is compiled. */
const ITEM_WARM_UP = 500;
const BASELINE =
  'recursive query over event and identifier tables with indexes of its own: no rules, no gaps, no corrections';
/** What the query hands to the client, through the same driver as ours. */
const GIVES = {
  history: 'the key of each event',
  back: 'the identifier of each node',
  forward: 'the identifier of each node',
  places: 'the identifier of each thing, its place and since when',
};

const questionOf = (op: Op, of: string) => ({ op, of });
const factsNow = (store: Store) => factsOf(store, DEFAULT_TENANT);

async function timed<T>(times: number[], run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  times.push(performance.now() - start);
  return result;
}

/** What is held against each other: ours, the query, and how long the list is that both must give. */
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
  warmUp = WARM_UP,
): Promise<{ ours: number[]; theirs: number[]; found: number }> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  let found = 0;
  for (const [round, of] of ids.entries()) {
    const answer = await timed(ours, () => asked(of));
    const { length } = await timed(theirs, () => store.query(sql, [of]));
    if (count(answer) !== length) throw new Error(`bench: ${of}: ours ${count(answer)}, the query ${length}`);
    if (answer.gaps!.length > 0 || answer.truncated) throw new Error(`bench: ${of} has gaps`);
    found = Math.max(found, count(answer));
    if (round < warmUp) ours.length = theirs.length = 0;
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

const lotsOf = (rawLots: number): string[] =>
  Array.from({ length: LOT_QUESTIONS + WARM_UP }, (_, i) => raw(i % rawLots));

const itemsOf = (rawLots: number): string[] =>
  Array.from({ length: ITEM_QUESTIONS + ITEM_WARM_UP }, (_, i) => itemOf(i % rawLots, i % LOTS, (i * 7) % ITEMS));

type ItemOp = 'history' | 'back';

/** Questions about items of a world and of one of a tenth of it, in turn: what ten times the rows cost. */
async function growth([large, small]: readonly [Filled, Filled], op: ItemOp): Promise<Figure> {
  const sides = [large, small].map((side) => ({ ...side, items: itemsOf(side.rawLots), times: [] as number[] }));
  for (let i = 0; i < ITEM_QUESTIONS + ITEM_WARM_UP; i++)
    for (const { store, items, times } of sides)
      await timed(times, () => ask(factsNow(store), questionOf(op, items[i]!)));
  const [ours, theirs] = sides.map(({ times }) => times.slice(ITEM_WARM_UP));
  const [value, baseline] = [p95(ours!), p95(theirs!)];
  const medians = { medianMs: p50(ours!), baselineMedianMs: p50(theirs!) };
  const detail = { ...medians, identifierRows: large.identifierRows, baseline: `${small.identifierRows} rows` };
  return { bench: `trace-growth-${op}`, unit: 'ms', value, baseline, ratio: baseline / value, detail };
}

/** One lot of very many items: microseconds a node, and against the query. */
async function byNode(store: Store, detail: object): Promise<Figure> {
  const ids = Array.from({ length: WIDE_QUESTIONS + WIDE_WARM_UP }, () => raw(WIDE));
  const { ours, theirs, found } = await compare(store, COMPARISONS(store).forward, ids, WIDE_WARM_UP);
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

/** A database with its world. */
interface Filled {
  store: Store;
  rawLots: number;
  identifierRows: number;
}

const countOf = async (store: Store, table: 'capture_job' | 'mention'): Promise<number> =>
  (await store.query<{ n: number }>(`select count(*) as n from ${table}`))[0]!.n;

/** Opens a database, and fills it where it is empty. */
async function filled(url: string, rawLots: number, wideLots: number): Promise<Filled> {
  const store = await openStore({ url }, { migrate: true });
  if ((await countOf(store, 'capture_job')) === 0) {
    for (let r = 0; r < rawLots; r++) await captureAll(store, eventsOf(r));
    if (wideLots > 0) await captureAll(store, eventsOf(WIDE, wideLots));
    await makePlain(store);
  }
  await settle(store, ['event', 'mention', ...PLAIN_TABLES]);
  return { store, rawLots, identifierRows: await countOf(store, 'mention') };
}

/** Parts of the bench, by name. */
const PARTS: Record<string, (worlds: readonly [large: Filled, small: Filled]) => Promise<Figure[]>> = {
  items: async ([{ store, rawLots, identifierRows }]) => {
    const { history, back } = COMPARISONS(store);
    const [items, detail] = [itemsOf(rawLots), { identifierRows, baseline: BASELINE }];
    return [
      figureOf('trace-history', await compare(store, history, items, ITEM_WARM_UP), {
        ...detail,
        baselineGives: GIVES.history,
      }),
      figureOf('trace-back', await compare(store, back, items, ITEM_WARM_UP), { ...detail, baselineGives: GIVES.back }),
    ];
  },
  growth: async (worlds) => [await growth(worlds, 'history'), await growth(worlds, 'back')],
  forward: async ([{ store, rawLots, identifierRows }]) => {
    const [lots, detail] = [lotsOf(rawLots), { identifierRows, baseline: BASELINE }];
    const places = await compare(store, withPlaces(store), lots);
    return [
      figureOf('trace-forward-10k', places, { ...detail, baselineGives: GIVES.places, with: 'places, edges, digest' }),
      await byNode(store, { ...detail, baselineGives: GIVES.forward }),
      await firstLine(store, lots),
    ];
  },
  busy: async ([{ store, rawLots }]) => {
    let next = BUSY + (await countOf(store, 'capture_job')); // raw lots that no run before has captured
    return busy({ store, items: itemsOf(rawLots), next: () => next++ });
  },
  sizes: async () => [await sizes()],
};

interface Options {
  rows?: number;
  keep?: string;
  only?: readonly string[];
}

async function figures(urls: readonly [string, string], rows: number, only?: readonly string[]): Promise<Figure[]> {
  const wideLots = Math.min(WIDE_LOTS_MAX, Math.floor(rows / ROWS_PER_LOT / 2));
  const rawLots = Math.max(1, Math.round((rows / ROWS_PER_LOT - wideLots) / LOTS));
  const few = Math.max(1, Math.round(rows / GROWTH / ROWS_PER_LOT / LOTS));
  const worlds = [await filled(urls[0], rawLots, wideLots), await filled(urls[1], few, 0)] as const;
  const made: Figure[] = [];
  for (const [name, part] of Object.entries(PARTS))
    if (only?.includes(name) ?? true) made.push(...(await part(worlds)));
  for (const { store } of worlds) await store.close();
  return made;
}

/**
 * Traces against the generic recursive query, on databases of their own, of TEST_DATABASE_URL or a server of its own; or
 * on the two at the URL `keep`, and at that with `_tenth` behind it, which are filled where they are empty and left there
 * for the next run. `rows`: identifier rows. `only`: names of PARTS.
 */
export async function bench({ rows = ROWS, keep, only }: Options = {}): Promise<Figure[]> {
  if (keep !== undefined) return figures([keep, `${keep}_tenth`], rows, only);
  const settings = { shared_buffers: '2GB', max_wal_size: '4GB', maintenance_work_mem: '512MB', jit: 'off' };
  const server = process.env['TEST_DATABASE_URL'] ? undefined : await startPostgres(settings);
  const on = server?.url ?? process.env['TEST_DATABASE_URL'];
  const databases = [await createDatabase(on), await createDatabase(on)] as const;
  try {
    return await figures([databases[0].url, databases[1].url], rows, only);
  } finally {
    for (const database of databases) await database.drop();
    await server?.stop();
  }
}
