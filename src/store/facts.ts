import { keyBytes, keyText } from '../gs1/index.ts';
import { briefly, namedBy } from '../trace/bundle.ts';
import { type Fact, type Facts, type Key, LEVELS_A_CALL, type Side, type Want } from '../trace/fact.ts';
import { type Range, rangesOf } from '../trace/key-range.ts';
import { hashUri, isHash, packEventId, unpackEventId } from './event-id.ts';
import { isRefused } from './event.ts';
import { BRIEF_MENTIONS, FACTS_SQL, SIDES } from './facts-sql.ts';
import { roleCode, unpackBundles, unpackMentions } from './mention.ts';
import { byteaArray, numberArray, type Queries, type Store, textArray, type Value } from './sql.ts';

/** A larger frontier goes in several statements. */
const KEYS_PER_STATEMENT = 5_000;
/** More keys than these, if no levels of parents are wanted, are looked for as ranges, and their events read by sequence. */
const KEYS_ALONE_MAX = 100;
/** Events that one call gives, if the asker has room for more still. */
const EVENTS_PER_CALL_MAX = 10_000_000;
/** Keys that one look ahead finds. */
const AHEAD_KEYS_MAX = 256;
/** How far it is looked whether a thing was made elsewhere: levels of holders, and events that may have. */
const MADE_LEVELS_MAX = 8;
const MADE_EVENTS_MAX = 1_000;
/** Events that one statement reads by sequence; the next is under way while these are unpacked. */
const EVENTS_PER_STATEMENT = 1_000;

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

/** One text for each of a few words: a text of its own for each row would be compared letter by letter ever after. */
const WORDS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'ObjectEvent',
    'AggregationEvent',
    'TransactionEvent',
    'TransformationEvent',
    'AssociationEvent',
    'ADD',
    'OBSERVE',
    'DELETE',
  ].map((word) => [word, word]),
);
const oneText = <T extends string>(word: T): T => (WORDS[word] as T | undefined) ?? word;

function factWith(row: FactRow, named: Pick<Fact, 'mentions' | 'bundles'>): Fact {
  const { sequence, event_time: eventTime, record_time: recordTime, variant } = row;
  const type = oneText(row.type);
  const hash = hashUri(row.hash);
  const eventID = isHash(row.event_id, row.hash) ? hash : unpackEventId(row.event_id);
  const refused = isRefused(variant);
  const fact: Fact = { sequence, eventID, hash, type, eventTime, recordTime, refused, ...named };
  if (row.action !== null) fact.action = oneText(row.action);
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

  /** What keys in ranges are named by, in one round; false if that is more than one statement reads, which is seldom. */
  async takeFew(text: string, wanted: Value[]): Promise<boolean> {
    const rows = await this.#send(text, [...wanted, EVENTS_PER_STATEMENT + 1]);
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
    const few = asChild ? FACTS_SQL.fewAsChildInRanges : FACTS_SQL.fewInRanges;
    if (isFew) isFew = mayBeFew = await search.takeFew(few, [...columnsOf(many), numberArray(known)]);
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
