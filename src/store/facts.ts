import { AppError } from '../error.ts';
import { keyBytes } from '../gs1/index.ts';
import { type Fact, type Facts, type Key, LEVELS_A_CALL } from '../trace/fact.ts';
import { hashUri, packEventId, unpackEventId } from './event-id.ts';
import { isRefused } from './event.ts';
import { INDEX_ROLE_MIN, roleCode, unpackMentions } from './mention.ts';
import { byteaArray, type Queries, textArray, type Value } from './sql.ts';

/** A larger frontier goes in several statements. */
const KEYS_PER_STATEMENT = 5_000;
/** Facts that one question may load; a walk of 100,000 nodes needs fewer. */
const FACTS_MAX = 2_000_000;

const COLUMNS = `sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration, mentions`;

/**
 * Whatever `found` names, and what shares its eventIDs: declarations and refused events beside the one that stands, and
 * the one that stands beside those (some come twice). $1 tenant, $2 the latest recordTime, $3 what is wanted.
 *
 * Each step is a probe of an index for each row of the one before it. `offset 0` keeps it that way: joined freely, a
 * planner without statistics reads whole tables, and `= any(list)` compares each row with each of the list.
 */
const withOthers = (found: string): string => `
with named as materialized (
  ${found}
)
select * from named
union all
select o.* from named n cross join lateral (
  select ${COLUMNS} from event
  where tenant_id = $1 and event_id = n.event_id and variant <> ''::bytea and record_time <= $2 offset 0
) o
union all
select s.* from named n cross join lateral (
  select ${COLUMNS} from event
  where tenant_id = $1 and event_id = n.event_id and variant = ''::bytea and record_time <= $2 offset 0
) s where n.variant <> ''::bytea`;

/** Whether an event is one that has a parent and children; packed, the parent comes first. */
const HAS_PARENT = `type in ('AggregationEvent', 'AssociationEvent')
        and case when octet_length(mentions) > 4 then get_byte(mentions, 0) = ${roleCode('parent')} else false end`;
/** Behind role and gcpLength stands the length of the key in two bytes, then the key. */
const PARENT_KEY = 'substring(mentions from 5 for get_byte(mentions, 2) * 256 + get_byte(mentions, 3))';

/**
 * The events that name one of the keys $3, and those that name its parents, $4 levels of them: one statement where each
 * level would be a round to the server. Of the keys themselves not in the role $5, -1 for none.
 */
const NAMING = `with recursive sought(key, level) as (
    select distinct key, 0 from unnest($3::text::bytea[]) as w(key)
    union
    select p.key, f.level + 1
    from (
      select distinct m.sequence, s.level from sought s cross join lateral (
        select sequence from mention where tenant_id = $1 and key = s.key
          and role in (${roleCode('childEPC')}, ${roleCode('childQuantity')}) offset 0
      ) m where s.level < $4
    ) f cross join lateral (
      select ${PARENT_KEY} as key from event
      where tenant_id = $1 and sequence = f.sequence and record_time <= $2 and ${HAS_PARENT} offset 0
    ) p
  )
  select e.*
  from (
    select distinct m.sequence
    from (select key, max(level) as level from sought group by key) s cross join lateral (
      select sequence from mention where tenant_id = $1 and key = s.key and role < ${INDEX_ROLE_MIN}
        and (s.level > 0 or role <> $5) offset 0
    ) m
  ) f cross join lateral (
    select ${COLUMNS} from event where tenant_id = $1 and sequence = f.sequence and record_time <= $2 offset 0
  ) e`;

/** The events of which `column` is one of $3. */
const eventsBy = (column: string, type: string): string => `select e.*
  from (select distinct value from unnest($3::text::${type}[]) as w(value)) w cross join lateral (
    select ${COLUMNS} from event where tenant_id = $1 and ${column} = w.value and record_time <= $2 offset 0
  ) e`;

/** The statements of a walk, by what they look for. */
export const FACTS_SQL = {
  keys: withOthers(NAMING),
  eventIDs: withOthers(eventsBy('event_id', 'bytea')),
  transformationIDs: withOthers(eventsBy('transformation_id', 'text')),
  declarations: withOthers(
    `select ${COLUMNS} from event where tenant_id = $1 and declaration is not null and record_time <= $2`,
  ),
};

interface FactRow {
  sequence: number;
  event_id: Uint8Array;
  variant: Uint8Array;
  hash: Uint8Array;
  type: Fact['type'];
  action: NonNullable<Fact['action']> | null;
  event_time: number;
  record_time: number;
  biz_step: string | null;
  disposition: string | null;
  read_point: string | null;
  biz_location: string | null;
  transformation_id: string | null;
  declaration: NonNullable<Fact['declaration']> | null;
  mentions: Uint8Array;
}

const factOf = (row: FactRow): Fact => ({
  sequence: row.sequence,
  eventID: unpackEventId(row.event_id),
  hash: hashUri(row.hash),
  type: row.type,
  ...(row.action !== null && { action: row.action }),
  eventTime: row.event_time,
  recordTime: row.record_time,
  ...(row.biz_step !== null && { bizStep: row.biz_step }),
  ...(row.disposition !== null && { disposition: row.disposition }),
  ...(row.biz_location !== null && { bizLocation: row.biz_location }),
  ...(row.read_point !== null && { readPoint: row.read_point }),
  ...(row.transformation_id !== null && { transformationID: row.transformation_id }),
  ...(row.declaration !== null && { declaration: row.declaration }),
  refused: isRefused(row.variant),
  mentions: unpackMentions(row.mentions),
});

function* chunks<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += KEYS_PER_STATEMENT) yield list.slice(at, at + KEYS_PER_STATEMENT);
}

/** Sorted, so that neighbours in the index are read together. latin1 text sorts as its bytes do. */
const keyList = (keys: readonly Key[]): string => byteaArray([...new Set(keys)].sort().map((key) => keyBytes(key)));

const READERS = {
  eventIDs: (ids: readonly string[]) => byteaArray(ids.map(packEventId)),
  transformationIDs: (ids: readonly string[]) => textArray(ids),
};

/**
 * The facts of a tenant for a walk, as known at `asOf` (ms since 1970; default: everything). Each fact comes once in
 * an answer. Throws AppError `too_large` when one question loads more than FACTS_MAX.
 */
export function factsOf(db: Queries, tenantId: string, asOf = Number.MAX_SAFE_INTEGER): Facts {
  return async (want) => {
    const given = new Set<number>();
    const facts: Fact[] = [];
    const take = async (text: string, wanted: Value[]): Promise<void> => {
      for (const row of await db.of(tenantId).query<FactRow>(text, [tenantId, asOf, ...wanted])) {
        if (given.has(row.sequence)) continue;
        given.add(row.sequence);
        facts.push(factOf(row));
      }
      if (given.size > FACTS_MAX)
        throw new AppError('too_large', `The question reads more than ${FACTS_MAX} events; narrow it.`);
    };
    const { keys = [], levels = 0, asChild = false } = want;
    for (const part of chunks(keys))
      await take(FACTS_SQL.keys, [keyList(part), Math.min(levels, LEVELS_A_CALL), asChild ? roleCode('parent') : -1]);
    for (const field of ['eventIDs', 'transformationIDs'] as const) {
      for (const part of chunks(want[field] ?? [])) await take(FACTS_SQL[field], [READERS[field](part)]);
    }
    if (want.declarations) await take(FACTS_SQL.declarations, []);
    return facts;
  };
}
