import { createHash } from 'node:crypto';
import { AppError, messageOf } from '../error.ts';
import type { EpcisEvent } from '../epcis/index.ts';
import { keyBytes, keyOfUri } from '../gs1/index.ts';
import type { Fact, Mention } from '../trace/fact.ts';
import { hashBytes, packEventId } from './event-id.ts';
import { INDEX_ROLES, packMentions, roleCode } from './mention.ts';
import { hexText } from './sql.ts';

/** Kind of the keys of typedKey. */
const TYPED = 0xe1;
const TYPED_BYTES = 16;

/** An identifier row: key, role code, prefix length. */
type MentionRow = [key: Uint8Array, role: number, gcpLength: number];

/** One event made ready for its rows, all but its place in the log; so that the lock is held for the database alone. */
export interface EventRow {
  fact: Fact;
  body: EpcisEvent;
  /** Packed eventID. */
  id: Uint8Array;
  /** The columns that are known already, as JSON for `jsonb_to_recordset`, without the closing bracket. */
  columns: string;
  mentions: MentionRow[];
}

/** Where a typed pair stands in an event: list, member that names the thing, role. */
const TYPED_LISTS = [
  ['bizTransactionList', 'bizTransaction', INDEX_ROLES.bizTransaction],
  ['sourceList', 'source', INDEX_ROLES.source],
  ['destinationList', 'destination', INDEX_ROLES.destination],
] as const;

/** Throws AppError `invalid` with `detail.path` for a GS1 identifier that breaks its form. */
function keyAt(uri: string, path: string): { key: Uint8Array; gcpLength: number } {
  try {
    return keyOfUri(uri);
  } catch (error) {
    throw new AppError('invalid', `${path}: ${messageOf(error)}`, { path });
  }
}

/** One key for a type and an identifier together: `po` and a purchase order, `owning_party` and a party. */
export function typedKey(type: string, uri: string, path: string): Uint8Array {
  const digest = createHash('sha256').update(type).update('\0').update(keyAt(uri, path).key).digest();
  return Buffer.concat([Buffer.of(TYPED), digest.subarray(0, TYPED_BYTES)]);
}

function typedRows(body: EpcisEvent): MentionRow[] {
  return TYPED_LISTS.flatMap(([field, member, role]) =>
    ((body[field] ?? []) as Record<string, string>[]).map((pair, i): MentionRow => {
      const path = `/${field}/${i}/${member}`;
      return [typedKey(pair['type'] ?? '', pair[member] ?? '', path), role, 0];
    }),
  );
}

/** One row a key and role, however often the event says it. */
function distinct(rows: MentionRow[]): MentionRow[] {
  const seen = new Set<string>();
  return rows.filter(([key, role]) => {
    const name = `${role} ${Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')}`;
    return !seen.has(name) && seen.add(name);
  });
}

const rowOf = ({ key, role, gcpLength }: Mention): MentionRow => [keyBytes(key), roleCode(role), gcpLength];

/**
 * The rows of a normalised event (`body`, its own recordTime left out) whose fact is known but for its place in the log.
 * Throws AppError `invalid` with `detail.path` for a place, party or transaction that breaks the form it claims.
 */
export function eventRow(body: EpcisEvent, fact: Fact): EventRow {
  const { recordTime: _, ...stored } = body;
  const id = packEventId(fact.eventID);
  const placeKey = (uri: string | undefined, path: string) =>
    uri === undefined ? null : hexText(keyAt(uri, path).key);
  const columns = JSON.stringify({
    event_id: hexText(id),
    hash: hexText(hashBytes(fact.hash)),
    type: fact.type,
    action: fact.action ?? null,
    event_time: fact.eventTime,
    biz_step: fact.bizStep ?? null,
    disposition: fact.disposition ?? null,
    read_point: fact.readPoint ?? null,
    biz_location: fact.bizLocation ?? null,
    read_point_key: placeKey(fact.readPoint, '/readPoint/id'),
    biz_location_key: placeKey(fact.bizLocation, '/bizLocation/id'),
    transformation_id: fact.transformationID ?? null,
    declaration: fact.declaration ?? null,
    mentions: hexText(packMentions(fact.mentions)),
    body: stored,
  }).slice(0, -1);
  return {
    fact,
    body: stored,
    id,
    columns,
    mentions: distinct([...fact.mentions.map(rowOf), ...typedRows(stored)]),
  };
}
