import type { EpcisEvent } from '../epcis/index.ts';
import { hashUri, packEventId, unpackEventId } from './event-id.ts';
import { hexArray, type Queries, type Store } from './sql.ts';

/** 01 + digest: an error declaration. 02 + event hash: refused, the eventID stands for other content. Empty: stands. */
export const STANDS = new Uint8Array();
const DECLARATION = 1;
const REFUSED = 2;
export const declarationVariant = (digest: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(DECLARATION), digest]);
export const refusedVariant = (hash: Uint8Array): Uint8Array => Buffer.concat([Buffer.of(REFUSED), hash]);
export const isRefused = (variant: Uint8Array): boolean => variant[0] === REFUSED;

/** The statements of this file; a test holds their text and their plans. */
export const EVENT_SQL = {
  variants: `
select event_id, variant, hash, sequence from event
where tenant_id = $1 and event_id = any((select $2::text::bytea[])::bytea[])`,

  byEventId: `
select sequence, event_id, hash, record_time, body from event
where tenant_id = $1 and event_id = $2 and variant < '\\x02'::bytea order by sequence`,

  run: `
select sequence, event_id, hash, variant from event
where tenant_id = $1 and sequence between $2 and $3 order by sequence`,
};

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

/** What is stored already under each of these packed eventIDs (in hexadecimal); ones that nothing has are left out. */
export async function variantsOf(
  tx: Queries,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, Variant[]>> {
  type Row = { event_id: Uint8Array; variant: Uint8Array; hash: Uint8Array; sequence: number };
  const found = new Map<string, Variant[]>();
  for (const row of await tx.of(tenantId).query<Row>(EVENT_SQL.variants, [tenantId, hexArray(ids)])) {
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
  (await db.of(tenantId).query<StoredRow>(EVENT_SQL.byEventId, [tenantId, packEventId(eventID)])).map(storedEvent);

/** What the log names from one place to another, both included: refused ones too. */
export async function eventRun(
  db: Queries,
  tenantId: string,
  from: number,
  to: number,
): Promise<{ sequence: number; eventID: string; hash: string; refused: boolean }[]> {
  type Row = Pick<StoredRow, 'sequence' | 'event_id' | 'hash'> & { variant: Uint8Array };
  return (await db.of(tenantId).query<Row>(EVENT_SQL.run, [tenantId, from, to])).map((row) => ({
    sequence: row.sequence,
    eventID: unpackEventId(row.event_id),
    hash: hashUri(row.hash),
    refused: isRefused(row.variant),
  }));
}
