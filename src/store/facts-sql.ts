// What a walk asks the database: SQL that reads events by the keys that they name, by sequence, and by their names.
import type { Role } from '../trace/fact.ts';
import { HAS_QUANTITY, HAS_UOM, INDEX_ROLE_MIN, ROLE_BITS, roleCode } from './mention.ts';

/** Bytes of identifiers of an event that a look ahead reads. */
const AHEAD_BYTES_MAX = 1_024;

/** Columns of FactRow, all but the last. */
const FIELDS = `sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
  read_point, biz_location, transformation_id, declaration`;
export const FACT_COLUMNS = `${FIELDS}, mentions, false as brief`;

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
  select ${FACT_COLUMNS} from event
  where tenant_id = $1 and event_id = n.event_id and variant <> ''::bytea and record_time <= $2 offset 0
) o
union all
select s.* from named n cross join lateral (
  select ${FACT_COLUMNS} from event
  where tenant_id = $1 and event_id = n.event_id and variant = ''::bytea and record_time <= $2 offset 0
) s where n.variant <> ''::bytea`;

/** Whether an event is one that has a parent and children; packed, the parent comes first. */
const HAS_PARENT = `type in ('AggregationEvent', 'AssociationEvent')
        and case when octet_length(mentions) > 4 then get_byte(mentions, 0) = ${roleCode('parent')} else false end`;
/** Behind role and gcpLength stands the length of the key in two bytes, then the key. */
const PARENT_KEY = 'substring(mentions from 5 for get_byte(mentions, 2) * 256 + get_byte(mentions, 3))';

/** Roles as a list of their codes. */
const codesOf = (...roles: Role[]): string => `(${roles.map(roleCode).join(', ')})`;
const INPUTS = codesOf('inputEPC', 'inputQuantity');
/** Roles of the sides of a transformation. */
export const SIDES = {
  input: [roleCode('inputEPC'), roleCode('inputQuantity')],
  output: [roleCode('outputEPC'), roleCode('outputQuantity')],
} as const;
const CHILDREN = codesOf('childEPC', 'childQuantity');
const MAKING_OR_CHILDREN = codesOf('epc', 'childEPC', 'childQuantity', 'outputEPC', 'outputQuantity');
/** Shorter lists are not worth it. */
const BRIEF_BYTES_MIN = 512;
/** What a brief event comes with: a thing that it put out, and one that went in. */
export const BRIEF_MENTIONS = 2;
/** Role, gcpLength and length before a key; quantity and unit behind it. */
const HEAD_BYTES = 4;
const TAIL_BYTES_MAX = 264;

/**
 * One event f.sequence, of a transformation that is wanted briefly and that f.key went into only what it put out first and
 * f.key itself: hundreds of bytes and not thousands. Not where a key stands twice, or more than one event has the eventID.
 */
const BRIEF_EVENT = `select ${FIELDS},
    case when brief then substring(list for ${HEAD_BYTES} + get_byte(list, 2) * 256 + get_byte(list, 3))
      || substring(list from at - ${HEAD_BYTES} for octet_length(f.key) + ${HEAD_BYTES + TAIL_BYTES_MAX}) else list end as mentions,
    brief
  from (
    select o.*, case when at = 0 then false
      else get_byte(list, 0) = ${roleCode('outputEPC')} and position(f.key in substring(list from at + 1)) = 0 end as brief
    from (
      select e.*, case when f.brief and $9 and transformation_id is null and variant = ''::bytea
          and octet_length(list) > ${BRIEF_BYTES_MIN} and not exists (
            select from event o where o.tenant_id = $1 and o.event_id = e.event_id and o.variant <> ''::bytea)
        then position(f.key in list) else 0 end as at
      from (
        select ${FIELDS}, case when f.brief then mentions || ''::bytea else mentions end as list
        from event where tenant_id = $1 and sequence = f.sequence and record_time <= $2 offset 0
      ) e offset 0
    ) o offset 0
  ) b`;

/** What names the keys from s.low to s.high, not in the role $5, and none of the events $8. */
const ROWS = `lateral (
    select key, sequence, role from mention where tenant_id = $1 and key between s.low and s.high
      and role < ${INDEX_ROLE_MIN} and sequence <> all((select $8::text::bigint[])::bigint[]) offset 0
  ) m`;

/**
 * The events that name a key between $3 and $4, pair by pair, and those that name its parents, $6 levels of them: one
 * statement where each level would be a round to the server. Of the keys themselves not in the role $5, -1 for none; $7
 * events at most; none of $8, nor the parents that they alone tell. $9: transformations that a key alone went into may
 * come brief.
 */
const NAMING = `with recursive naming(key, level, sequence, role) as (
    select m.key, 0, m.sequence, m.role
    from unnest($3::text::bytea[], $4::text::bytea[]) as s(low, high) cross join ${ROWS}
    where m.role <> $5
    union all
    select m.key, s.level, m.sequence, m.role
    from (
      select distinct p.key as low, p.key as high, f.level + 1 as level
      from (
        select distinct sequence, level from naming where level < $6 and role in ${CHILDREN}
      ) f cross join lateral (
        select ${PARENT_KEY} as key from event
        where tenant_id = $1 and sequence = f.sequence and record_time <= $2 and ${HAS_PARENT} offset 0
      ) p
    ) s cross join ${ROWS}
  )
  select e.*
  from (
    select sequence, (array_agg(key))[1] as key, count(*) = 1 and bool_and(role in ${INPUTS}) as brief
    from (select distinct key, sequence, role from naming) d
    group by sequence
    limit $7
  ) f cross join lateral (${BRIEF_EVENT}) e`;

/**
 * The roles that a walk goes by, of very many entries of the index in a row. Cast, it is asked of what the index gives and
 * not by the index itself, which takes longer over it (40,000 entries and their events: 12.0 ms, cast 11.3).
 */
const IS_TRACED = `role::integer < ${INDEX_ROLE_MIN}`;

/** The events that name a key between $3 and $4, pair by pair, in roles that are `wanted`, and none of $5; $6 at most. */
const namingRanges = (wanted: string): string => `select e.*
  from (
    select distinct m.sequence from unnest($3::text::bytea[], $4::text::bytea[]) as r(low, high) cross join lateral (
      select sequence from mention where tenant_id = $1 and key between r.low and r.high
        and ${wanted} offset 0
    ) m offset 0
  ) f cross join lateral (
    select ${FACT_COLUMNS} from event
    where tenant_id = $1 and sequence = f.sequence and record_time <= $2 offset 0
  ) e
  where f.sequence <> all((select $5::text::bigint[])::bigint[])
  limit $6`;

/** The events of which `column` is one of $3. */
const eventsBy = (column: string, type: string): string => `select e.*
  from (select distinct value from unnest($3::text::${type}[]) as w(value)) w cross join lateral (
    select ${FACT_COLUMNS} from event where tenant_id = $1 and ${column} = w.value and record_time <= $2 offset 0
  ) e`;

/**
 * Sequences of the events that name a key between $2 and $3, pair by pair, and not in the role $4, and whether they do
 * so as inputs alone; $5 at most.
 */
const IN_RANGES = `
select m.sequence, bool_and(m.role in ${INPUTS}) as brief
from unnest($2::text::bytea[], $3::text::bytea[]) as r(low, high) cross join lateral (
  select sequence, role from mention where tenant_id = $1 and key between r.low and r.high
    and ${IS_TRACED} and role <> $4 offset 0
) m
group by m.sequence
limit $5`;

/**
 * Whether something made one of the things between $3 and $4, pair by pair, beside the events $5: put it out or
 * commissioned it, or put out what it ever was in, at whatever level. True too where that cannot be told within $6 levels
 * and $7 events.
 */
const MADE_ELSEWHERE = `
with recursive met(level, sequence, role) as (
  select 0, m.sequence, m.role
  from unnest($3::text::bytea[], $4::text::bytea[]) as s(low, high) cross join lateral (
    select sequence, role from mention where tenant_id = $1 and key between s.low and s.high
      and role in ${MAKING_OR_CHILDREN} offset 0
  ) m
  where m.role in ${CHILDREN} or m.sequence <> all((select $5::text::bigint[])::bigint[])
  union all
  select s.level, m.sequence, m.role
  from (
    select distinct p.key, f.level + 1 as level
    from (select distinct sequence, level from met where level < $6 and role in ${CHILDREN}) f cross join lateral (
      select ${PARENT_KEY} as key from event
      where tenant_id = $1 and sequence = f.sequence and record_time <= $2 and ${HAS_PARENT} offset 0
    ) p
  ) s cross join lateral (
    select sequence, role from mention where tenant_id = $1 and key = s.key
      and role in ${MAKING_OR_CHILDREN} and role <> ${roleCode('epc')} offset 0
  ) m
),
candidate as materialized (
  select distinct sequence from met where role not in ${CHILDREN} limit $7
)
select exists (select from met where level = $6) or (select count(*) = $7 from candidate) or exists (
  select from candidate c cross join lateral (
    select type, action from event where tenant_id = $1 and sequence = c.sequence and record_time <= $2 offset 0
  ) e where e.type = 'TransformationEvent' or (e.type = 'ObjectEvent' and e.action = 'ADD')
) as elsewhere`;

/** Role and flags, then gcpLength, the length of the key and the key; then quantity and unit, of which the flags tell. */
const NEXT_MENTION = `at + ${HEAD_BYTES} + get_byte(list, at + 2) * 256 + get_byte(list, at + 3)
    + case when get_byte(list, at) & ${HAS_QUANTITY} > 0 then 8 else 0 end`;

/**
 * Keys that transformations lead to from the keys $3, $4 levels of them and $7 at most: of events that name a key in one
 * of the roles $5 what they name in one of $6. Events of more than ${AHEAD_BYTES_MAX} bytes of identifiers, in dispute, or
 * of a transformationID are passed over: this is for chains, and what is not found here is asked for by itself.
 */
const AHEAD = `
with recursive ahead(key, level) as (
  select distinct key, 0 from unnest($3::text::bytea[]) as w(key)
  union
  select d.key, f.level + 1
  from (
    select distinct m.sequence, a.level from ahead a cross join lateral (
      select sequence from mention where tenant_id = $1 and key = a.key and role = any((select $5::text::smallint[])::smallint[])
        offset 0
    ) m where a.level < $4
  ) f cross join lateral (
    select mentions as list from event e
    where tenant_id = $1 and sequence = f.sequence and record_time <= $2 and variant = ''::bytea
      and transformation_id is null and octet_length(mentions) between 1 and ${AHEAD_BYTES_MAX}
      and not exists (select from event o where o.tenant_id = $1 and o.event_id = e.event_id and o.variant <> ''::bytea offset 0)
    offset 0
  ) e cross join lateral (
    with recursive read(at) as (
      select 0
      union all
      select next + case when get_byte(list, at) & ${HAS_UOM} > 0 then 1 + get_byte(list, next) else 0 end
      from (select at, ${NEXT_MENTION} as next from read where at < octet_length(list)) n
    )
    select substring(list from at + ${HEAD_BYTES + 1} for get_byte(list, at + 2) * 256 + get_byte(list, at + 3)) as key
    from read where at < octet_length(list)
      and get_byte(list, at) & ${ROLE_BITS} = any((select $6::text::smallint[])::smallint[])
  ) d
)
select distinct key from (select key from ahead where level > 0 limit $7) k`;

/** The statements of a walk, by what they look for. */
export const FACTS_SQL = {
  ranges: IN_RANGES,
  fewInRanges: withOthers(namingRanges(IS_TRACED)),
  fewAsChildInRanges: withOthers(namingRanges(`${IS_TRACED} and role <> ${roleCode('parent')}`)),
  sequences: withOthers(eventsBy('sequence', 'bigint')),
  keys: withOthers(NAMING),
  madeElsewhere: MADE_ELSEWHERE,
  ahead: AHEAD,
  eventIDs: withOthers(eventsBy('event_id', 'bytea')),
  transformationIDs: withOthers(eventsBy('transformation_id', 'text')),
  declarations: withOthers(
    `select ${FACT_COLUMNS} from event where tenant_id = $1 and declaration is not null and record_time <= $2`,
  ),
};
