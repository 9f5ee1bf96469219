import type { EpcisEvent } from '../epcis/index.ts';
import { hashUri, packEventId, unpackEventId } from './event-id.ts';
import type { EventRow } from './event-row.ts';
import { byteaArray, hexText, type Queries, type Store } from './sql.ts';

/** Bytes of JSON in one statement at most; PostgreSQL refuses a jsonb above 256 MB. */
const STATEMENT_CHARACTERS_MAX = 32 * 1024 * 1024;

/** 01 + digest: an error declaration. 02 + event hash: refused, the eventID stands for other content. Empty: stands. */
export const STANDS = new Uint8Array();
const DECLARATION = 1;
const REFUSED = 2;
export const declarationVariant = (digest: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(DECLARATION), digest]);
export const refusedVariant = (hash: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(REFUSED), hash]);
export const isRefused = (variant: Uint8Array): boolean => variant[0] === REFUSED;

/** The statements of this file; a test holds their text and their plans. */
export const EVENT_SQL = {
  insert: `
insert into event (tenant_id, sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step,
  disposition, read_point, biz_location, read_point_key, biz_location_key, transformation_id, declaration, mentions,
  capture_id, body)
select $1::uuid, sequence, event_id, variant, hash, type, action, event_time, $2::bigint, biz_step, disposition,
  read_point, biz_location, read_point_key, biz_location_key, transformation_id, declaration, mentions, capture_id, body
from jsonb_to_recordset($3::text::jsonb) as r(sequence bigint, event_id bytea, variant bytea, hash bytea, type text,
  action text, event_time bigint, biz_step text, disposition text, read_point text, biz_location text,
  read_point_key bytea, biz_location_key bytea, transformation_id text, declaration jsonb, mentions bytea,
  capture_id uuid, body jsonb)`,

  insertMentions: `
insert into mention (tenant_id, key, sequence, role, gcp_length)
select $1::uuid, key, sequence, role, gcp_length
from unnest($2::text::bytea[], $3::text::bigint[], $4::text::smallint[], $5::text::smallint[])
  as r(key, sequence, role, gcp_length)`,

  variants: `
select e.event_id, e.variant, e.hash, e.sequence
from (select distinct id from unnest($2::text::bytea[]) as w(id)) w cross join lateral (
  select event_id, variant, hash, sequence from event where tenant_id = $1 and event_id = w.id offset 0
) e`,

  byEventId: `
select sequence, event_id, hash, record_time, body from event
where tenant_id = $1 and event_id = $2 and variant < '\\x02'::bytea order by sequence`,

  run: `
select sequence, event_id, hash, variant from event
where tenant_id = $1 and sequence between $2 and $3 order by sequence`,
};

/** An event with its place in the log. */
export interface PlacedEvent {
  row: EventRow;
  sequence: number;
  variant: Uint8Array;
  captureId: string;
}

/** What is stored under one eventID. */
export interface Variant {
  variant: Uint8Array;
  hash: string;
  sequence: number;
}

/** An event as it is given to readers: its body with eventID and our recordTime. */
export interface StoredEvent {
  sequence: number;
  eventID: string;
  hash: string;
  /** Milliseconds since 1970. */
  recordTime: number;
  event: EpcisEvent;
}

export interface StoredRow {
  sequence: number;
  event_id: Uint8Array;
  hash: Uint8Array;
  record_time: number;
  body: EpcisEvent;
}

export const storedEvent = (row: StoredRow): StoredEvent => {
  const eventID = unpackEventId(row.event_id);
  return {
    sequence: row.sequence,
    eventID,
    hash: hashUri(row.hash),
    recordTime: row.record_time,
    event: { ...row.body, eventID, recordTime: new Date(row.record_time).toISOString() },
  };
};

/** Splits so that no statement grows without bound; the parts go in one transaction all the same. */
function* statements(events: readonly PlacedEvent[]): Generator<PlacedEvent[]> {
  let part: PlacedEvent[] = [];
  let characters = 0;
  for (const event of events) {
    characters += event.row.columns.length + event.row.mentions.length * 64;
    if (part.length > 0 && characters > STATEMENT_CHARACTERS_MAX) {
      yield part;
      part = [];
      characters = event.row.columns.length;
    }
    part.push(event);
  }
  if (part.length > 0) yield part;
}

const jsonOf = ({ row, sequence, variant, captureId }: PlacedEvent): string =>
  `${row.columns},"sequence":${sequence},"variant":${JSON.stringify(hexText(variant))},"capture_id":"${captureId}"}`;

/** Ordered by key: neighbours in the index go in together, and no two writers wait for each other in a ring. */
function mentionParameters(events: readonly PlacedEvent[]): string[] {
  const rows = events.flatMap(({ row, sequence }) =>
    row.mentions.map(([key, role, gcp]) => ({ key, sequence, role, gcp })),
  );
  rows.sort((a, b) => Buffer.compare(a.key, b.key) || a.sequence - b.sequence);
  const list = (of: (row: (typeof rows)[number]) => number): string => `{${rows.map(of).join(',')}}`;
  return [
    byteaArray(rows.map((row) => row.key)),
    list((row) => row.sequence),
    list((row) => row.role),
    list((row) => row.gcp),
  ];
}

/** Writes rows and identifier rows; the caller holds the lock of the log's head and gave out the sequences. */
export async function insertEvents(
  tx: Queries,
  tenantId: string,
  events: readonly PlacedEvent[],
  recordTime: number,
): Promise<void> {
  for (const part of statements(events)) {
    await Promise.all([
      tx.query(EVENT_SQL.insert, [tenantId, recordTime, `[${part.map(jsonOf).join(',')}]`]),
      tx.query(EVENT_SQL.insertMentions, [tenantId, ...mentionParameters(part)]),
    ]);
  }
}

/** What is stored already under each of these packed eventIDs; ones that nothing has are left out. */
export async function variantsOf(
  tx: Queries,
  tenantId: string,
  ids: readonly Uint8Array[],
): Promise<Map<string, Variant[]>> {
  type Row = { event_id: Uint8Array; variant: Uint8Array; hash: Uint8Array; sequence: number };
  const found = new Map<string, Variant[]>();
  for (const row of await tx.query<Row>(EVENT_SQL.variants, [tenantId, byteaArray(ids)])) {
    const eventID = unpackEventId(row.event_id);
    const variants = found.get(eventID) ?? [];
    variants.push({ variant: row.variant, hash: hashUri(row.hash), sequence: row.sequence });
    found.set(eventID, variants);
  }
  return found;
}

/** Sizes of the log at which the embedded database counts its rows anew, from the first on twice as many each time. */
const STATISTICS_EVENTS_MIN = 500;

/** PGlite has nobody who gathers statistics in the background; without them its plans stay those of empty tables. */
export async function keepStatistics(db: Store, before: number, after: number): Promise<void> {
  const step = (size: number): number => Math.floor(Math.log2(Math.max(size, 1) / STATISTICS_EVENTS_MIN));
  if (db.dialect !== 'pglite' || after < STATISTICS_EVENTS_MIN || step(before) === step(after)) return;
  // What was captured is committed: a plan that stays poor is no failure of it.
  for (const table of ['event', 'mention']) await db.query(`analyze ${table}`).catch(() => {});
}

/** The event and its declarations, in the order of capture; [] when there is none. */
export const byEventId = async (db: Queries, tenantId: string, eventID: string): Promise<StoredEvent[]> =>
  (await db.query<StoredRow>(EVENT_SQL.byEventId, [tenantId, packEventId(eventID)])).map(storedEvent);

/** What the log names from one place to another, both included: refused ones too. */
export async function eventRun(
  db: Queries,
  tenantId: string,
  from: number,
  to: number,
): Promise<{ sequence: number; eventID: string; hash: string; refused: boolean }[]> {
  type Row = Pick<StoredRow, 'sequence' | 'event_id' | 'hash'> & { variant: Uint8Array };
  return (await db.query<Row>(EVENT_SQL.run, [tenantId, from, to])).map((row) => ({
    sequence: row.sequence,
    eventID: unpackEventId(row.event_id),
    hash: hashUri(row.hash),
    refused: isRefused(row.variant),
  }));
}
