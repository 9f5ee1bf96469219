// What the log says around some identifiers up to one place in it: of each event those mentions alone that were asked
// about, so that a pallet of ten thousand costs no more than the few of them that matter.
import { AppError } from '../error.ts';
import { keyBytes } from '../gs1/index.ts';
import type { Key, Mention } from '../trace/fact.ts';
import type { PartialFact } from '../trace/warning.ts';
import { hashUri, unpackEventId } from './event-id.ts';
import { INDEX_ROLE_MIN, roleCode, unpackMentions, wholeBytes } from './mention.ts';
import { byteaArray, numberArray, type Queries } from './sql.ts';

/** Mentions of one identifier that are read; of one with more it is told that it is busy. */
export const MENTIONS_PER_KEY_MAX = 200;
/** Events that one statement brings; totes that were everywhere with things that were in all of them have more. */
const EVENTS_AROUND_MAX = 100_000;
/** Levels of holders that one statement brings along: pack, case, pallet, truck. */
const LEVELS_A_STATEMENT = 4;
/** Bytes of an event's mentions that are read for its own sake: about a thousand identifiers. */
const HEAD_BYTES_MAX = 64 * 1024;
const EVENTS_PER_STATEMENT = 200;

/** Whether an event has a parent and children: packed, the parent comes first. Its mention, and the key in it. */
const HAS_PARENT = `type in ('AggregationEvent', 'AssociationEvent')
      and case when octet_length(mentions) > 4 then get_byte(mentions, 0) = ${roleCode('parent')} else false end`;
const KEY_LENGTH = 'get_byte(mentions, 2) * 256 + get_byte(mentions, 3)';
const PARENT = `substring(mentions from 1 for 4 + ${KEY_LENGTH})`;
const PARENT_KEY = `substring(mentions from 5 for ${KEY_LENGTH})`;

/** What the log has of one key `s.key`. */
const ROWS_OF_KEY = `lateral (
    select sequence, role, gcp_length from mention
    where tenant_id = $1 and key = s.key and sequence <= $2 and role < ${INDEX_ROLE_MIN}
    order by sequence, role limit $4
  ) m`;

/** The statements of this file; a test holds their text and their plans. */
export const SURROUNDINGS_SQL = {
  /**
   * $1 tenant, $2 the last place in the log, $3 keys, $4 mentions of each, $5 levels of holders, $6 events. A row an event that
   * names one of the keys or holders, with these mentions as packMentions has them; its columns are null unless it is one
   * that counts. `offset 0`: each step probes an index for each row of the one before it (facts.ts).
   */
  around: `
with recursive named(key, level, sequence, role, gcp_length) as (
  select s.key, 0, m.*
  from (select distinct key from unnest($3::text::bytea[]) as w(key)) s cross join ${ROWS_OF_KEY}
  union all
  select s.key, s.level, m.*
  from (
    select distinct p.key, f.level + 1 as level
    from (
      select distinct sequence, level from named
      where level < $5 and role in (${roleCode('childEPC')}, ${roleCode('childQuantity')})
    ) f cross join lateral (
      select ${PARENT_KEY} as key from event
      where tenant_id = $1 and sequence = f.sequence and variant = ''::bytea and ${HAS_PARENT} offset 0
    ) p
  ) s cross join ${ROWS_OF_KEY}
)
select f.sequence, f.named, e.*
from (
  select sequence, string_agg(substr(int2send(role), 2) || substr(int2send(gcp_length), 2)
    || int2send(octet_length(key)::smallint) || key, ''::bytea order by key, role) as named
  from (select distinct key, sequence, role, gcp_length from named) d group by sequence
) f left join lateral (
  select event_id, hash, type, action, event_time, record_time, biz_step, transformation_id,
    octet_length(mentions) as bytes,
    case when ${HAS_PARENT} then ${PARENT} end as parent
  from event e
  where tenant_id = $1 and sequence = f.sequence and variant = ''::bytea and not exists (
    select from event d where d.tenant_id = $1 and d.event_id = e.event_id
      and d.variant >= '\\x01'::bytea and d.variant < '\\x02'::bytea and d.sequence <= $2
  ) offset 0
) e on true
order by f.sequence limit $6`,

  /** What the events at the places $2 name first, in the order in which they name it; without refused ones and declarations. */
  heads: `
select e.sequence, e.head
from unnest($2::text::bigint[]) as w(sequence) cross join lateral (
  select sequence, substring(mentions from 1 for $3) as head from event
  where tenant_id = $1 and sequence = w.sequence and variant = ''::bytea offset 0
) e`,
};

interface Row {
  sequence: number;
  named: Uint8Array;
  event_id: Uint8Array | null;
  hash: Uint8Array;
  type: PartialFact['type'];
  action: NonNullable<PartialFact['action']> | null;
  event_time: number;
  record_time: number;
  biz_step: string | null;
  transformation_id: string | null;
  bytes: number;
  parent: Uint8Array | null;
}

/** What the log has about some identifiers. */
export interface Surroundings {
  /** Effective at that place (R3, R4), in the order of capture. */
  facts: PartialFact[];
  /** How often events name each identifier that was read, those that do not count included: above the limit, not all. */
  counts: Map<Key, number>;
}

function factOf(row: Row & { event_id: Uint8Array }, named: Mention[]): PartialFact {
  const [parent] = row.parent ? unpackMentions(row.parent) : [];
  const isThere = !parent || named.some(({ role }) => role === 'parent');
  const bytes = row.named.length + (isThere || !row.parent ? 0 : row.parent.length);
  return {
    sequence: row.sequence,
    eventID: unpackEventId(row.event_id),
    hash: hashUri(row.hash),
    type: row.type,
    ...(row.action !== null && { action: row.action }),
    eventTime: row.event_time,
    recordTime: row.record_time,
    ...(row.biz_step !== null && { bizStep: row.biz_step }),
    ...(row.transformation_id !== null && { transformationID: row.transformation_id }),
    refused: false,
    mentions: isThere ? named : [parent, ...named],
    isWhole: bytes >= row.bytes,
  };
}

/**
 * Everything up to the place `last` of the log that names one of `keys` or, some levels up, what held them. Throws AppError
 * `too_large` where that is more than EVENTS_AROUND_MAX.
 */
export async function surroundingsOf(
  db: Queries,
  tenantId: string,
  keys: Iterable<Key>,
  last: number,
): Promise<Surroundings> {
  const sought = byteaArray([...new Set(keys)].sort().map((key) => keyBytes(key)));
  const limits = [MENTIONS_PER_KEY_MAX + 1, LEVELS_A_STATEMENT, EVENTS_AROUND_MAX + 1];
  const rows = await db.of(tenantId).query<Row>(SURROUNDINGS_SQL.around, [tenantId, last, sought, ...limits]);
  if (rows.length > EVENTS_AROUND_MAX) {
    const message = `More than ${EVENTS_AROUND_MAX} events are around what these name; ask for fewer at a time, or without warnings.`;
    throw new AppError('too_large', message);
  }
  const found: Surroundings = { facts: [], counts: new Map() };
  for (const row of rows) {
    const named = unpackMentions(row.named);
    for (const { key } of named) found.counts.set(key, (found.counts.get(key) ?? 0) + 1);
    const { event_id: id } = row;
    if (id) found.facts.push(factOf({ ...row, event_id: id }, named));
  }
  return found;
}

/** What each of these events names first; the events that stand alone, by their place in the log. */
export async function headsOf(
  db: Queries,
  tenantId: string,
  sequences: readonly number[],
): Promise<Map<number, Mention[]>> {
  const heads = new Map<number, Mention[]>();
  for (let at = 0; at < sequences.length; at += EVENTS_PER_STATEMENT) {
    const part = numberArray(sequences.slice(at, at + EVENTS_PER_STATEMENT));
    const rows = await db
      .of(tenantId)
      .query<{ sequence: number; head: Uint8Array }>(SURROUNDINGS_SQL.heads, [tenantId, part, HEAD_BYTES_MAX]);
    for (const { sequence, head } of rows) heads.set(sequence, unpackMentions(head.subarray(0, wholeBytes(head))));
  }
  return heads;
}
