// The world of the bench of traces: raw lots that become items, cases and pallets, captured as any client's events are.
import { capture } from '../../src/capture/capture.ts';
import { DEFAULT_TENANT, type Store } from '../../src/store/open.ts';
import { documentOf, operator } from '../capture/events.ts';

/** One raw lot: product lots of it, items of each, items to a case, cases to a pallet. */
export const LOTS = 20;
export const ITEMS = 500;
const PER_CASE = 25;
const CASES_PER_PALLET = 40;
export const ROWS_PER_LOT = 2 * ITEMS + ITEMS / PER_CASE + 4;
const EVENTS_PER_DOCUMENT = 500;

const PREFIX = '9521234';
const EPOCH_MS = Date.UTC(2030, 0, 1);
export const raw = (r: number): string => `urn:epc:class:lgtin:${PREFIX}.000001.R${r}`;
export const itemOf = (r: number, lot: number, i: number): string =>
  `urn:epc:id:sgtin:${PREFIX}.000002.${r * 1_000_000 + lot * 1_000 + i}`;
const sscc = (sort: number, r: number, n: number): string =>
  `urn:epc:id:sscc:${PREFIX}.${sort}${String(r * 10_000 + n).padStart(9, '0')}`;

export type Fields = Record<string, unknown>;

export const eventAt = (type: string, minute: number, step: number, fields: Fields): Fields => ({
  type,
  eventTime: new Date(EPOCH_MS + minute * 60_000).toISOString(),
  eventTimeZoneOffset: '+00:00',
  readPoint: { id: `urn:epc:id:sgln:${PREFIX}.0000${step}.0` },
  ...fields,
});

/** Everything that happens to one raw lot, from delivery to the shop. */
export function* eventsOf(r: number, lots: number = LOTS): Generator<Fields> {
  const event = (type: string, step: number, fields: Fields): Fields => eventAt(type, r * 10 + step, step, fields);
  yield event('ObjectEvent', 0, { action: 'ADD', quantityList: [{ epcClass: raw(r), quantity: 1_000, uom: 'KGM' }] });
  const cases: string[] = [];
  for (let lot = 0; lot < lots; lot++) {
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
    yield event('AggregationEvent', 3, { action: 'ADD', parentID, childEPCs: cases.slice(at, at + CASES_PER_PALLET) });
    yield event('ObjectEvent', 4, { action: 'OBSERVE', epcList: [parentID], bizStep: 'shipping' });
    const bizLocation = { id: `urn:epc:id:sgln:${PREFIX}.00005.0` };
    yield event('ObjectEvent', 5, { action: 'OBSERVE', epcList: [parentID], bizStep: 'receiving', bizLocation });
  }
}

/** Captures events document by document; gives how many. */
export async function captureAll(store: Store, events: Iterable<Fields>): Promise<number> {
  const list = [...events];
  for (let at = 0; at < list.length; at += EVENTS_PER_DOCUMENT) {
    const document = documentOf(list.slice(at, at + EVENTS_PER_DOCUMENT));
    const { job } = await capture({ store, clock: Date.now }, operator(DEFAULT_TENANT), document);
    if (!job.success) throw new Error(`bench: ${JSON.stringify(job.errors[0])}`);
  }
  return list.length;
}

/** What autovacuum would have done by the time somebody asks. */
export async function settle(store: Store, tables: readonly string[]): Promise<void> {
  await store.query('set statement_timeout = 0');
  for (const table of tables) await store.query(`vacuum (analyze) ${table}`);
  await store.query('checkpoint');
}

const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1]!;
export const p95 = (times: readonly number[]): number => quantile(times, 0.95);
export const p50 = (times: readonly number[]): number => Math.round(quantile(times, 0.5) * 100) / 100;
