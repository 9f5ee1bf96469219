import type { EpcisEvent } from '../epcis/index.ts';
import { findEvents } from '../store/event-query.ts';
import { knownValues } from '../store/known.ts';
import type { Store } from '../store/open.ts';
import { LIVE_ROWS, type LiveRow } from './start.ts';

/** Places whose names the page gives its island. */
const PLACES_MAX = 200;

const ID_LISTS = ['epcList', 'childEPCs', 'inputEPCList', 'outputEPCList'];
const QUANTITY_LISTS = ['quantityList', 'childQuantityList', 'inputQuantityList', 'outputQuantityList'];

/** Every identifier of an event, carriers first. */
function idsOf(event: Record<string, unknown>): string[] {
  const list = (name: string): unknown[] => (Array.isArray(event[name]) ? (event[name] as unknown[]) : []);
  const classes = QUANTITY_LISTS.flatMap(list).map((each) => (each as { epcClass?: unknown }).epcClass);
  return [event['parentID'], ...ID_LISTS.flatMap(list), ...classes].filter((id) => typeof id === 'string');
}

const placeOf = (value: unknown): string | undefined => (value as { id?: string } | undefined)?.id;

function rowOf(event: Record<string, unknown> & EpcisEvent): LiveRow {
  const ids = idsOf(event);
  const place = placeOf(event['readPoint']) ?? placeOf(event['bizLocation']);
  const text = (name: string): Record<string, string> => {
    const value = event[name];
    return typeof value === 'string' ? { [name]: value } : {};
  };
  return {
    eventTime: Date.parse(event.eventTime),
    type: event.type,
    ...text('action'),
    ...text('bizStep'),
    ...(place === undefined ? {} : { place }),
    count: ids.length,
    ...(ids[0] === undefined ? {} : { first: ids[0] }),
  };
}

/** The events captured last, the newest first. */
export async function latestRows(store: Store, tenantId: string): Promise<LiveRow[]> {
  const newest = { orderBy: 'recordTime', orderDirection: 'DESC', perPage: LIVE_ROWS } as const;
  const { events } = await findEvents(store, tenantId, { ...newest, conditions: [] });
  return events.map(({ event }) => rowOf(event));
}

/** URIs of the places that events name; the island shows their names. */
export async function knownPlaces(store: Store, tenantId: string): Promise<string[]> {
  const [points, locations] = await Promise.all([
    knownValues(store, tenantId, 'readPoint', PLACES_MAX),
    knownValues(store, tenantId, 'bizLocation', PLACES_MAX),
  ]);
  return [...new Set([...points, ...locations])].slice(0, PLACES_MAX);
}
