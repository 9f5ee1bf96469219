// What consignees are computed from besides the trace: who gave and took in an event, and how a party is called.
import { keyOfUri, keyText } from '../gs1/index.ts';
import { packEventId, unpackEventId } from './event-id.ts';
import { byteaArray, type Queries } from './sql.ts';

/** Events or parties of one statement. */
const IDS_PER_STATEMENT = 5_000;

export const RECALL_PARTY_SQL = {
  lists: `
select e.event_id, e.sources, e.destinations
from (select distinct id from unnest($2::text::bytea[]) as w(id)) w cross join lateral (
  select event_id, body -> 'sourceList' as sources, body -> 'destinationList' as destinations from event
  where tenant_id = $1 and event_id = w.id and variant = ''::bytea offset 0
) e where e.sources is not null or e.destinations is not null`,
  attributes: `
select m.key, m.attributes from (select distinct key from unnest($2::text::bytea[]) as w(key)) w cross join lateral (
  select key, attributes from master_data where tenant_id = $1 and key = w.key offset 0) m`,
};

function* parts<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += IDS_PER_STATEMENT) yield list.slice(at, at + IDS_PER_STATEMENT);
}

export interface PartyLists {
  sourceList?: unknown;
  destinationList?: unknown;
}

/** Sources and destinations of events, by eventID; those without either are left out. */
export async function partyListsOf(
  db: Queries,
  tenantId: string,
  eventIDs: Iterable<string>,
): Promise<Map<string, PartyLists>> {
  type Row = { event_id: Uint8Array; sources: unknown; destinations: unknown };
  const found = new Map<string, PartyLists>();
  for (const part of parts([...new Set(eventIDs)])) {
    const rows = await db
      .of(tenantId)
      .query<Row>(RECALL_PARTY_SQL.lists, [tenantId, byteaArray(part.map(packEventId))]);
    for (const { event_id, sources, destinations } of rows)
      found.set(unpackEventId(event_id), {
        ...(sources !== null && { sourceList: sources }),
        ...(destinations !== null && { destinationList: destinations }),
      });
  }
  return found;
}

export interface PartyAttribute {
  id: string;
  attribute: unknown;
}

/** Master data of parties and places (URIs), newest, by URI; those that have none are left out. */
export async function attributesOf(
  db: Queries,
  tenantId: string,
  uris: readonly string[],
): Promise<Map<string, PartyAttribute[]>> {
  type Row = { key: Uint8Array; attributes: PartyAttribute[] };
  const byKey = new Map(uris.map((uri) => [keyText(keyOfUri(uri).key), uri]));
  const found = new Map<string, PartyAttribute[]>();
  for (const part of parts(uris)) {
    const keys = byteaArray(part.map((uri) => keyOfUri(uri).key));
    for (const row of await db.of(tenantId).query<Row>(RECALL_PARTY_SQL.attributes, [tenantId, keys])) {
      const uri = byKey.get(keyText(row.key))!;
      found.set(uri, [...(found.get(uri) ?? []), ...row.attributes]);
    }
  }
  return found;
}
