import { keyBytes, keyText } from '../gs1/index.ts';
import { briefly, namedBy } from '../trace/bundle.ts';
import { type Fact, type Facts, type Key, LEVELS_A_CALL, type Role, type Side, type Want } from '../trace/fact.ts';
import { type Range, rangesOf } from '../trace/key-range.ts';
import { hashUri, packEventId, unpackEventId } from './event-id.ts';
import { isRefused } from './event.ts';
import {
  HAS_QUANTITY,
  HAS_UOM,
  INDEX_ROLE_MIN,
  ROLE_BITS,
  roleCode,
  unpackBundles,
  unpackMentions,
} from './mention.ts';
import { byteaArray, numberArray, type Queries, type Store, textArray, type Value } from './sql.ts';

/** A larger frontier goes in several statements. */
const KEYS_PER_STATEMENT = 5_000;
/** More keys than these, if no levels of parents are wanted, are looked for as ranges, and their events read by sequence. */
const KEYS_ALONE_MAX = 100;
/** Events that one call gives, if the asker has room for more still. */
const EVENTS_PER_CALL_MAX = 10_000_000;
/** Keys that one look ahead finds, and bytes of identifiers of an event that it reads. */
const AHEAD_KEYS_MAX = 256;
const AHEAD_BYTES_MAX = 1_024;
/** How far it is looked whether a thing was made elsewhere: levels of holders, and events that may have. */
const MADE_LEVELS_MAX = 8;
const MADE_EVENTS_MAX = 1_000;
/** Events that one statement reads by sequence; the next is under way while these are unpacked. */
const EVENTS_PER_STATEMENT = 1_000;

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
const SIDES = {
  input: [roleCode('inputEPC'), roleCode('inputQuantity')],
  output: [roleCode('outputEPC'), roleCode('outputQuantity')],
} as const;
const CHILDREN = codesOf('childEPC', 'childQuantity');
const MAKING_OR_CHILDREN = codesOf('epc', 'childEPC', 'childQuantity', 'outputEPC', 'outputQuantity');
/** Shorter lists are not worth it. */
const BRIEF_BYTES_MIN = 512;
/** What a brief event comes with: a thing that it put out, and one that went in. */
const BRIEF_MENTIONS = 2;
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

/** The events that name a key between $3 and $4, pair by pair, not in the role $5, and none of $6; $7 at most. */
const NAMING_RANGES = `select e.*
  from (
    select distinct m.sequence from unnest($3::text::bytea[], $4::text::bytea[]) as r(low, high) cross join lateral (
      select sequence from mention where tenant_id = $1 and key between r.low and r.high
        and role < ${INDEX_ROLE_MIN} and role <> $5 offset 0
    ) m offset 0
  ) f cross join lateral (
    select ${FACT_COLUMNS} from event
    where tenant_id = $1 and sequence = f.sequence and record_time <= $2 offset 0
  ) e
  where f.sequence <> all((select $6::text::bigint[])::bigint[])
  limit $7`;

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
    and role < ${INDEX_ROLE_MIN} and role <> $4 offset 0
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
  fewInRanges: withOthers(NAMING_RANGES),
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

export interface FactRow {
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
  /** `mentions` is what a transformation put out first, and one key that went into it, with more bytes behind. */
  brief: boolean;
}

export const factOf = (row: FactRow): Fact => factWith(row, { mentions: unpackMentions(row.mentions) });

const bundledFactOf = (row: FactRow): Fact =>
  row.brief
    ? { ...factWith(row, { mentions: unpackMentions(row.mentions, BRIEF_MENTIONS) }), brief: true }
    : factWith(row, unpackBundles(row.mentions));

function factWith(row: FactRow, named: Pick<Fact, 'mentions' | 'bundles'>): Fact {
  const { sequence, event_time: eventTime, record_time: recordTime, type, variant } = row;
  const [eventID, hash, refused] = [unpackEventId(row.event_id), hashUri(row.hash), isRefused(variant)];
  const fact: Fact = { sequence, eventID, hash, type, eventTime, recordTime, refused, ...named };
  if (row.action !== null) fact.action = row.action;
  if (row.biz_step !== null) fact.bizStep = row.biz_step;
  if (row.disposition !== null) fact.disposition = row.disposition;
  if (row.biz_location !== null) fact.bizLocation = row.biz_location;
  if (row.read_point !== null) fact.readPoint = row.read_point;
  if (row.transformation_id !== null) fact.transformationID = row.transformation_id;
  if (row.declaration !== null) fact.declaration = row.declaration;
  return fact;
}

function* chunks<T>(list: readonly T[], size = KEYS_PER_STATEMENT): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

/** Ranges as columns: where each begins, and ends. */
const columnsOf = (ranges: readonly Range[]): string[] => [
  byteaArray(ranges.map(({ from }) => keyBytes(from))),
  byteaArray(ranges.map(({ to }) => keyBytes(to))),
];

const READERS = {
  eventIDs: (ids: readonly string[]) => byteaArray(ids.map(packEventId)),
  transformationIDs: (ids: readonly string[]) => textArray(ids),
};

/**
 * Databases in which a log of so many events was seen: of tables of that size a plan that is made without knowing the
 * keys goes by the right index too, and is kept (planOnce). Planning takes longer than the reading itself.
 */
const LARGE_LOG = 10_000;
const large = new WeakSet<object>();

/** A transaction is no store: its caller says how it is planned. */
const isStore = (db: Queries): db is Store => 'transaction' in db;

/** One call of a walk: its statements, and the facts that they found, each once. */
class Search {
  readonly facts: Fact[] = [];
  readonly #given = new Set<number>();
  readonly #room: NonNullable<Want['room']>;
  readonly #send: (text: string, wanted: Value[]) => Promise<FactRow[]>;
  readonly #factOf: (row: FactRow) => Fact;
  #identifiers = 0;

  constructor({ room, bundles }: Want, send: (text: string, wanted: Value[]) => Promise<FactRow[]>) {
    this.#room = room ?? { events: Infinity, identifiers: Infinity };
    this.#factOf = bundles ? bundledFactOf : factOf;
    this.#send = send;
  }

  /** `brief`: sequences of those that may come brief, if no other shares an eventID. */
  #keep(rows: readonly FactRow[], brief?: ReadonlySet<number>): void {
    const isDisputed = rows.some(({ variant }) => variant.length > 0);
    for (const row of rows) {
      if (this.isFull) return;
      if (this.#given.has(row.sequence)) continue;
      this.#given.add(row.sequence);
      const whole = this.#factOf(row);
      const fact = !isDisputed && brief?.has(row.sequence) ? briefly(whole) : whole;
      this.#identifiers += namedBy(fact);
      this.facts.push(fact);
    }
  }

  /** The asker has got more than he has room for: what comes now would not be used. */
  get isFull(): boolean {
    return this.facts.length > this.#room.events || this.#identifiers > this.#room.identifiers;
  }

  async take(text: string, wanted: Value[]): Promise<void> {
    if (!this.isFull) this.#keep(await this.#send(text, wanted));
  }

  /** What keys in ranges are named by, in one round, if that is not more than one statement reads, as it mostly is not; else false. */
  async takeFew(wanted: Value[]): Promise<boolean> {
    const rows = await this.#send(FACTS_SQL.fewInRanges, [...wanted, EVENTS_PER_STATEMENT + 1]);
    const isFew = rows.length <= EVENTS_PER_STATEMENT;
    if (isFew) this.#keep(rows);
    return isFew;
  }

  /** Of so many keys that holders are asked for by themselves. */
  async takeMany({ sequences, brief }: Found): Promise<void> {
    let last: Promise<FactRow[]> | undefined;
    for (const part of chunks(sequences, EVENTS_PER_STATEMENT)) {
      const next = this.#send(FACTS_SQL.sequences, [numberArray(part)]);
      next.catch(() => {}); // thrown when its turn comes
      if (last) this.#keep(await last, brief);
      last = next;
      if (this.isFull) break;
    }
    if (last) this.#keep(await last, brief);
  }
}

/**
 * The facts of a tenant for a walk, as known at `asOf` (ms since 1970; default: everything). Each fact comes once in
 * an answer. Rejects with the reason of `signal` once that is aborted.
 */
export function factsOf(db: Queries, tenantId: string, asOf = Number.MAX_SAFE_INTEGER, signal?: AbortSignal): Facts {
  const send = async <T extends object>(text: string, params: Value[]): Promise<T[]> => {
    signal?.throwIfAborted();
    const all = [tenantId, ...params];
    return isStore(db) && large.has(db) ? db.of(tenantId).planned<T>(text, all) : db.of(tenantId).query<T>(text, all);
  };
  /** Until more was found once. */
  let mayBeFew = true;
  const facts = async (want: Want): Promise<Fact[]> => {
    const search = new Search(want, async (text, wanted) => {
      const rows = await send<FactRow>(text, [asOf, ...wanted]);
      if (rows.some(({ sequence }) => sequence >= LARGE_LOG)) large.add(db);
      return rows;
    });
    const { keys = [], ranges = [], levels = 0, asChild = false, known = [], brief = false } = want;
    const eventsMax = Math.min(want.room?.events ?? EVENTS_PER_CALL_MAX, EVENTS_PER_CALL_MAX) + 1;
    const notAs = asChild ? roleCode('parent') : -1;
    const isMany = keys.length > KEYS_ALONE_MAX && levels === 0;
    const many = isMany ? rangesOf(keys) : ranges;
    let isFew = mayBeFew && !brief && want.known !== undefined && many.length > 0 && many.length <= KEYS_PER_STATEMENT;
    if (isFew) isFew = mayBeFew = await search.takeFew([...columnsOf(many), notAs, numberArray(known)]);
    if (many.length > 0 && !isFew) await search.takeMany(await sequencesOf(send, want, many, notAs, eventsMax));
    if (!isMany)
      for (const part of chunks(rangesOf(keys)))
        await search.take(FACTS_SQL.keys, [
          ...columnsOf(part),
          notAs,
          Math.min(levels, LEVELS_A_CALL),
          eventsMax,
          numberArray(known),
          brief,
        ]);
    for (const field of ['eventIDs', 'transformationIDs'] as const) {
      for (const part of chunks(want[field] ?? [])) await search.take(FACTS_SQL[field], [READERS[field](part)]);
    }
    if (want.declarations) await search.take(FACTS_SQL.declarations, []);
    return search.facts;
  };
  const isMadeElsewhere = async (ranges: readonly Range[], known: readonly number[]): Promise<boolean> => {
    for (const part of chunks(ranges)) {
      const params = [asOf, ...columnsOf(part), numberArray(known), MADE_LEVELS_MAX, MADE_EVENTS_MAX];
      const [row] = await send<{ elsewhere: boolean }>(FACTS_SQL.madeElsewhere, params);
      if (row!.elsewhere) return true;
    }
    return false;
  };
  const ahead = async (keys: readonly Key[], near: Side, levels: number): Promise<Key[]> => {
    const roles = [near, near === 'input' ? 'output' : 'input'].map((side) => numberArray(SIDES[side as Side]));
    const found = await send<{ key: Uint8Array }>(FACTS_SQL.ahead, [
      asOf,
      byteaArray(keys.map((key) => keyBytes(key))),
      levels,
      ...roles,
      AHEAD_KEYS_MAX,
    ]);
    return found.map(({ key }) => keyText(key));
  };
  return Object.assign(facts, { isMadeElsewhere, ahead });
}

/** Events by sequence, and those of them that may come brief. */
interface Found {
  sequences: readonly number[];
  brief: ReadonlySet<number>;
}

/** Events that name one of the wanted keys and that the asker has not got. */
async function sequencesOf(
  send: (text: string, params: Value[]) => Promise<{ sequence: number; brief: boolean }[]>,
  { has = () => false, ...want }: Want,
  ranges: readonly Range[],
  notAs: number,
  eventsMax: number,
): Promise<Found> {
  const found = new Map<number, boolean>();
  for (const part of chunks(ranges)) {
    for (const { sequence, brief } of await send(FACTS_SQL.ranges, [...columnsOf(part), notAs, eventsMax]))
      if (!has(sequence)) found.set(sequence, want.brief === true && brief && found.get(sequence) !== false);
  }
  const brief = [...found].flatMap(([sequence, isBrief]) => (isBrief ? [sequence] : []));
  return { sequences: [...found.keys()], brief: new Set(brief) };
}
