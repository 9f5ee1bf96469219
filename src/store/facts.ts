import { keyBytes } from '../gs1/index.ts';
import { namedBy } from '../trace/bundle.ts';
import { type Fact, type Facts, type Key, LEVELS_A_CALL, type Want } from '../trace/fact.ts';
import { hashUri, packEventId, unpackEventId } from './event-id.ts';
import { isRefused } from './event.ts';
import { endsOf, rangesOf } from './key-range.ts';
import { INDEX_ROLE_MIN, roleCode, unpackBundles, unpackMentions } from './mention.ts';
import { byteaArray, numberArray, planOnce, type Queries, type Store, textArray, type Value } from './sql.ts';

/** A larger frontier goes in several statements. */
const KEYS_PER_STATEMENT = 5_000;
/** More keys than these, if no levels of parents are wanted, are looked for as ranges, and their events read by sequence. */
const KEYS_ALONE_MAX = 100;
/** Events that one call gives, if the asker has room for more still. */
const EVENTS_PER_CALL_MAX = 10_000_000;
/** Events that one statement reads by sequence; the next is under way while these are unpacked. */
const EVENTS_PER_STATEMENT = 1_000;

/** Columns of FactRow. */
export const FACT_COLUMNS = `sequence, event_id, variant, hash, type, action, event_time, record_time, biz_step, disposition,
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

/**
 * The events that name one of the keys $3, and those that name its parents, $4 levels of them: one statement where each
 * level would be a round to the server. Of the keys themselves not in the role $5, -1 for none; $6 events at most.
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
    limit $6
  ) f cross join lateral (
    select ${FACT_COLUMNS} from event where tenant_id = $1 and sequence = f.sequence and record_time <= $2 offset 0
  ) e`;

/** The events of which `column` is one of $3. */
const eventsBy = (column: string, type: string): string => `select e.*
  from (select distinct value from unnest($3::text::${type}[]) as w(value)) w cross join lateral (
    select ${FACT_COLUMNS} from event where tenant_id = $1 and ${column} = w.value and record_time <= $2 offset 0
  ) e`;

/** Sequences of the events that name a key between $2 and $3, pair by pair, and not in the role $4; $5 at most. */
const IN_RANGES = `
select distinct m.sequence
from unnest($2::text::bytea[], $3::text::bytea[]) as r(low, high) cross join lateral (
  select sequence from mention where tenant_id = $1 and key between r.low and r.high
    and role < ${INDEX_ROLE_MIN} and role <> $4 offset 0
) m
limit $5`;

/** The statements of a walk, by what they look for. */
export const FACTS_SQL = {
  ranges: IN_RANGES,
  sequences: withOthers(eventsBy('sequence', 'bigint')),
  keys: withOthers(NAMING),
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
}

export const factOf = (row: FactRow): Fact => factWith(row, { mentions: unpackMentions(row.mentions) });

const bundledFactOf = (row: FactRow): Fact => factWith(row, unpackBundles(row.mentions));

const factWith = (row: FactRow, named: Pick<Fact, 'mentions' | 'bundles'>): Fact => ({
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
  ...named,
});

function* chunks<T>(list: readonly T[], size = KEYS_PER_STATEMENT): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

/** Sorted, so that neighbours in the index are read together. latin1 text sorts as its bytes do. */
const keyList = (keys: readonly Key[]): string => byteaArray([...new Set(keys)].sort().map((key) => keyBytes(key)));

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

  #keep(rows: readonly FactRow[]): void {
    for (const row of rows) {
      if (this.isFull) return;
      if (this.#given.has(row.sequence)) continue;
      this.#given.add(row.sequence);
      const fact = this.#factOf(row);
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

  /** Of so many keys that holders are asked for by themselves. */
  async takeMany(sequences: readonly number[]): Promise<void> {
    let last: Promise<FactRow[]> | undefined;
    for (const part of chunks(sequences, EVENTS_PER_STATEMENT)) {
      const next = this.#send(FACTS_SQL.sequences, [numberArray(part)]);
      next.catch(() => {}); // thrown when its turn comes
      if (last) this.#keep(await last);
      last = next;
      if (this.isFull) break;
    }
    if (last) this.#keep(await last);
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
    if (!isStore(db) || !large.has(db)) return db.of(tenantId).query<T>(text, all);
    return db.of(tenantId).transaction(async (tx) => {
      const [, rows] = await Promise.all([planOnce(tx, tenantId), tx.of(tenantId).query<T>(text, all)]);
      return rows;
    });
  };
  return async (want) => {
    const search = new Search(want, async (text, wanted) => {
      const rows = await send<FactRow>(text, [asOf, ...wanted]);
      if (rows.some(({ sequence }) => sequence >= LARGE_LOG)) large.add(db);
      return rows;
    });
    const { keys = [], levels = 0, asChild = false } = want;
    const eventsMax = Math.min(want.room?.events ?? EVENTS_PER_CALL_MAX, EVENTS_PER_CALL_MAX) + 1;
    const notAs = asChild ? roleCode('parent') : -1;
    if (keys.length > KEYS_ALONE_MAX && levels === 0) {
      await search.takeMany(await sequencesOf(send, want, notAs, eventsMax));
    } else
      for (const part of chunks(keys))
        await search.take(FACTS_SQL.keys, [keyList(part), Math.min(levels, LEVELS_A_CALL), notAs, eventsMax]);
    for (const field of ['eventIDs', 'transformationIDs'] as const) {
      for (const part of chunks(want[field] ?? [])) await search.take(FACTS_SQL[field], [READERS[field](part)]);
    }
    if (want.declarations) await search.take(FACTS_SQL.declarations, []);
    return search.facts;
  };
}

/** Events that name one of the wanted keys and that the asker has not got. */
async function sequencesOf(
  send: (text: string, params: Value[]) => Promise<{ sequence: number }[]>,
  { keys = [], has = () => false }: Want,
  notAs: number,
  eventsMax: number,
): Promise<number[]> {
  const found = new Set<number>();
  for (const part of chunks(rangesOf(keys))) {
    const ends = [endsOf(part, 'from'), endsOf(part, 'to')].map((list) => byteaArray(list));
    for (const { sequence } of await send(FACTS_SQL.ranges, [...ends, notAs, eventsMax]))
      if (!has(sequence)) found.add(sequence);
  }
  return [...found];
}
