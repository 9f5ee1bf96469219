import { capture } from '../../src/capture/capture.ts';
import { factsOf } from '../../src/store/facts.ts';
import { DEFAULT_TENANT, openStore, type Store } from '../../src/store/open.ts';
import { type Answer, ask, askFull, type Op } from '../../src/trace/index.ts';
import { documentOf, operator } from '../capture/events.ts';
import { createDatabase } from '../database.ts';
import { startPostgres } from '../postgres.ts';
import type { Figure } from './figure.ts';

/** Identifier rows of the world; --rows N for another size. */
const ROWS = 200_000;
/** One raw lot: product lots of it, items of each, items to a case, cases to a pallet. */
const LOTS = 20;
const ITEMS = 500;
const PER_CASE = 25;
const CASES_PER_PALLET = 40;
const ROWS_PER_RAW_LOT = LOTS * (2 * ITEMS + ITEMS / PER_CASE + 4);
const EVENTS_PER_DOCUMENT = 500;
const ITEM_QUESTIONS = 100;
const LOT_QUESTIONS = 12;
const WARM_UP = 3;

const PREFIX = '9521234';
const EPOCH_MS = Date.UTC(2030, 0, 1);
const raw = (r: number): string => `urn:epc:class:lgtin:${PREFIX}.000001.R${r}`;
const itemOf = (r: number, lot: number, i: number): string =>
  `urn:epc:id:sgtin:${PREFIX}.000002.${r * 1_000_000 + lot * 1_000 + i}`;
const sscc = (sort: number, r: number, n: number): string =>
  `urn:epc:id:sscc:${PREFIX}.${sort}${String(r * 1_000 + n).padStart(9, '0')}`;

type Fields = Record<string, unknown>;

/** Everything that happens to one raw lot, from delivery to the shop. */
function* eventsOf(r: number): Generator<Fields> {
  const event = (type: string, step: number, fields: Fields): Fields => ({
    type,
    eventTime: new Date(EPOCH_MS + (r * 10 + step) * 60_000).toISOString(),
    eventTimeZoneOffset: '+00:00',
    readPoint: { id: `urn:epc:id:sgln:${PREFIX}.0000${step}.0` },
    ...fields,
  });
  yield event('ObjectEvent', 0, { action: 'ADD', quantityList: [{ epcClass: raw(r), quantity: 1_000, uom: 'KGM' }] });
  const cases: string[] = [];
  for (let lot = 0; lot < LOTS; lot++) {
    const items = Array.from({ length: ITEMS }, (_, i) => itemOf(r, lot, i));
    yield event('TransformationEvent', 1, {
      inputQuantityList: [{ epcClass: raw(r), quantity: 50, uom: 'KGM' }],
      outputEPCList: items,
      ilmd: { 'cbvmda:lotNumber': `P${r}x${lot}` },
    });
    for (let at = 0; at < ITEMS; at += PER_CASE) {
      const parentID = sscc(1, r, cases.length);
      cases.push(parentID);
      yield event('AggregationEvent', 2, { action: 'ADD', parentID, childEPCs: items.slice(at, at + PER_CASE) });
    }
  }
  for (let at = 0; at < cases.length; at += CASES_PER_PALLET) {
    const parentID = sscc(2, r, at / CASES_PER_PALLET);
    const place = (step: number): Fields => ({ bizLocation: { id: `urn:epc:id:sgln:${PREFIX}.0000${step}.0` } });
    yield event('AggregationEvent', 3, { action: 'ADD', parentID, childEPCs: cases.slice(at, at + CASES_PER_PALLET) });
    yield event('ObjectEvent', 4, { action: 'OBSERVE', epcList: [parentID], bizStep: 'shipping' });
    yield event('ObjectEvent', 5, { action: 'OBSERVE', epcList: [parentID], bizStep: 'receiving', ...place(5) });
  }
}

async function fill(store: Store, rawLots: number): Promise<void> {
  for (let r = 0; r < rawLots; r++) {
    const events = [...eventsOf(r)];
    for (let at = 0; at < events.length; at += EVENTS_PER_DOCUMENT) {
      const document = documentOf(events.slice(at, at + EVENTS_PER_DOCUMENT));
      const { job } = await capture({ store, clock: Date.now }, operator(DEFAULT_TENANT), document);
      if (!job.success) throw new Error(`bench: ${JSON.stringify(job.errors[0])}`);
    }
  }
}

/** The tables that one draws first: events, and their identifiers as text with a role. */
const PLAIN = [
  `create table plain_event as
    select sequence as id, type, action, to_timestamp(event_time / 1000.0) as event_time, body from event`,
  'alter table plain_event add primary key (id)',
  'create table plain_epc (event_id bigint not null, role text not null, epc text not null)',
  ...Object.entries({ epcList: 'epc', childEPCs: 'child', outputEPCList: 'out' }).map(
    ([list, role]) =>
      `insert into plain_epc select id, '${role}', epc from plain_event, jsonb_array_elements_text(body -> '${list}') epc`,
  ),
  ...Object.entries({ quantityList: 'epc', inputQuantityList: 'in' }).map(
    ([list, role]) =>
      `insert into plain_epc select id, '${role}', q ->> 'epcClass' from plain_event, jsonb_array_elements(body -> '${list}') q`,
  ),
  `insert into plain_epc select id, 'parent', body ->> 'parentID' from plain_event where body ? 'parentID'`,
  `insert into plain_epc select distinct id, 'lot',
      regexp_replace(epc, '^urn:epc:id:sgtin:(.*)\\.[^.]*$', 'urn:epc:class:lgtin:\\1.') || (body #>> '{ilmd,cbvmda:lotNumber}')
    from plain_event join plain_epc on event_id = id and role = 'out' where body ? 'ilmd'`,
  'create index on plain_epc (epc, role)',
  'create index on plain_epc (event_id, role)',
  'analyze',
];

/** The generic recursive queries; each gives the identifiers or events that ours gives in this world. */
const GENERIC = {
  history: `
    with recursive held(epc, since) as (
      select $1::text, '-infinity'::timestamptz
      union
      select p.epc, greatest(h.since, e.event_time) from held h
        join plain_epc c on c.epc = h.epc and c.role = 'child'
        join plain_event e on e.id = c.event_id and e.action = 'ADD' and e.type = 'AggregationEvent'
        join plain_epc p on p.event_id = e.id and p.role = 'parent'
    )
    select count(distinct e.id) as n from held h join plain_epc x on x.epc = h.epc
      join plain_event e on e.id = x.event_id
      where e.event_time >= h.since and (h.epc = $1 or x.role <> 'parent')`,
  back: `
    with recursive up(epc) as (
      select $1::text
      union
      select s.epc from up join plain_epc t on t.epc = up.epc and t.role in ('out', 'lot')
        join plain_epc s on s.event_id = t.event_id
          and (s.role = 'in' or (s.role = 'lot' and t.role = 'out'))
    )
    select count(*) - 1 as n from up`,
  forward: `
    with recursive down(epc) as (
      select $1::text
      union
      select t.epc from down join plain_epc s on s.epc = down.epc and s.role in ('in', 'lot')
        join plain_epc t on t.event_id = s.event_id
          and (t.role = 'out' or (t.role = 'lot' and s.role = 'in'))
    )
    select count(*) - 1 as n from down`,
} satisfies Partial<Record<Op, string>>;

const COUNTED: Record<keyof typeof GENERIC, (answer: Answer) => number> = {
  history: ({ events }) => events!.length,
  back: ({ upstream }) => upstream!.length,
  forward: ({ affected }) => affected!.length,
};

const p95 = (times: number[]): number => times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1]!;

async function timed<T>(times: number[], run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  times.push(performance.now() - start);
  return result;
}

/** Each question both ways in turn; the counts must agree. */
async function compare(store: Store, op: keyof typeof GENERIC, ids: string[], detail: object): Promise<Figure> {
  const facts = factsOf(store, DEFAULT_TENANT);
  const [ours, theirs]: [number[], number[]] = [[], []];
  let found = 0;
  for (const [round, of] of ids.entries()) {
    const answer = await timed(ours, () => ask(facts, { op, of }));
    const [row] = await timed(theirs, () => store.query<{ n: number }>(GENERIC[op], [of]));
    const count = COUNTED[op](answer);
    if (count !== row!.n) throw new Error(`bench: ${op} ${of}: ours ${count}, the query ${row!.n}`);
    if (answer.gaps!.length > 0) throw new Error(`bench: ${op} ${of} has gaps`);
    found = Math.max(found, count);
    if (round < WARM_UP) ours.length = theirs.length = 0;
  }
  const [value, baseline] = [p95(ours), p95(theirs)];
  const runs = { questions: ours.length, found, medianMs: p50(ours), baselineMedianMs: p50(theirs), ...detail };
  const name = op === 'forward' ? 'trace-forward-10k' : `trace-${op}`;
  return { bench: name, unit: 'ms', value, baseline, ratio: baseline / value, detail: runs };
}

const p50 = (times: number[]): number => Math.round(times.toSorted((a, b) => a - b)[times.length >> 1]! * 100) / 100;

/** The full answer of one lot, with state and place of each of its nodes. */
async function fullForward(store: Store, of: string): Promise<{ fullMs: number }> {
  const times: number[] = [];
  await timed(times, () => askFull(factsOf(store, DEFAULT_TENANT), { op: 'forward', of }, { asOf: Date.now() }));
  return { fullMs: Math.round(times[0]!) };
}

async function figures(store: Store, rows: number): Promise<Figure[]> {
  const rawLots = Math.max(1, Math.round(rows / ROWS_PER_RAW_LOT));
  await fill(store, rawLots);
  for (const statement of PLAIN) await store.query(statement);
  const [size] = await store.query<{ n: number }>('select count(*) as n from mention');
  const detail = {
    identifierRows: size!.n,
    baseline: 'recursive query over event and identifier tables, no rules, no gaps',
  };
  const items = Array.from({ length: ITEM_QUESTIONS + WARM_UP }, (_, i) =>
    itemOf(i % rawLots, i % LOTS, (i * 7) % ITEMS),
  );
  const lots = Array.from({ length: LOT_QUESTIONS + WARM_UP }, (_, i) => raw(i % rawLots));
  return [
    await compare(store, 'history', items, detail),
    await compare(store, 'back', items, detail),
    await compare(store, 'forward', lots, { ...detail, ...(await fullForward(store, raw(0))) }),
  ];
}

/** Traces against the generic recursive query, on TEST_DATABASE_URL or an own server. */
export async function bench({ rows = ROWS }: { rows?: number } = {}): Promise<Figure[]> {
  const server = process.env['TEST_DATABASE_URL'] ? undefined : await startPostgres({ shared_buffers: '256MB' });
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
