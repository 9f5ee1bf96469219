// A query as parts that hold together: each a test on an event, most also a list of the events that meet it.
import { type Condition, type EventQuery, type KeyRange, severalKey, TERM_FIELDS } from '../epcis/index.ts';
import { amongKeys, compileCondition, keysOf, mentionProbe, mentionsOf } from './event-condition.ts';
import { packEventId } from './event-id.ts';
import {
  type Check,
  declarations,
  eventIds,
  happened,
  keyed,
  mentionSource,
  named,
  ofPlace,
  type PlaceColumn,
  type Source,
  type Test,
  transformations,
  type Window,
  worded,
  wordedTest,
} from './event-source.ts';
import { commonSource, termProbe, termSource } from './event-term.ts';
import { combinationsOf, isWord } from './event-words.ts';
import { namedBy } from './master-data-condition.ts';
import type { Queries } from './sql.ts';

export interface Part {
  test: Test;
  /** The same, or as much of it as can be, on columns of the index of odd times. */
  oddTest?: Test;
  /** The same by an index, without the event. */
  probe?: Test;
  source?: Source;
  /** Whether `source` lists others too, so that what it lists is tested. */
  loose?: true;
  /** In place of a test that would gather very many rows. */
  check?: Check;
}

/** A query taken apart. */
export interface Parts {
  parts: Part[];
  /** What eventTime is asked for; its own part is among the others. */
  window?: Window;
  /** recordTime, ms since 1970, from the first on and before the second: a stretch of the log. */
  recorded: { from: number; to: number };
}

const uris = ({ values }: Condition): string[] => values.map(String);

const COLUMNS: Partial<Record<Condition['field'], (condition: Condition) => Source>> = {
  eventID: (condition) => eventIds(uris(condition).map(packEventId)),
  transformationID: (condition) => transformations(uris(condition)),
  errorDeclaration: () => declarations,
};

const PLACES: Partial<Record<Condition['field'], PlaceColumn>> = {
  readPoint: 'read_point_key',
  bizLocation: 'biz_location_key',
};

/** `is true`: or the index of places, or of words, would be taken for that of odd times. */
const unindexed =
  (test: Test): Test =>
  (bind) =>
    `(${test(bind)}) is true`;

/** One place can be looked for in its index, without the event. */
export function placePart(column: PlaceColumn, keys: readonly Uint8Array[]): Part {
  const test: Test = (bind) => `${column} = ${amongKeys(keys, bind)}`;
  const probe = ofPlace(
    (bind) => `exists (select from event p where p.tenant_id = $1 and p.${column} = ${bind(keys[0]!)}::bytea
    and p.sequence = event.sequence offset 0)`,
  );
  return { test, oddTest: unindexed(test), source: keyed(column, keys), ...(keys.length === 1 && { probe }) };
}

function partOf(condition: Condition): Part {
  const test: Test = (bind) => compileCondition(condition, bind);
  const place = PLACES[condition.field];
  if (place) return placePart(place, keysOf(condition, uris(condition)));
  const source = COLUMNS[condition.field]?.(condition);
  if (source) return { test, source };
  const mentions = mentionsOf(condition);
  if (!mentions) return { test };
  return { ...mentionSource(mentions), test: ofPlace((bind) => mentionProbe(mentions, bind)) };
}

/** Comparisons of one name are one part: what they have in common is a stretch of its values. */
function termParts(conditions: readonly Condition[]): Part[] {
  const compared = new Map<string, KeyRange[]>();
  const parts: Part[] = [];
  for (const condition of conditions) {
    const { ranges } = mentionsOf(condition)!;
    const [range] = ranges;
    const mark = ranges.length === 1 && range?.to ? severalKey(range.from) : undefined;
    if (!mark) parts.push({ source: termSource(ranges), test: termProbe(ranges) });
    else {
      const name = Buffer.from(mark).toString('hex');
      compared.set(name, [...(compared.get(name) ?? []), range!]);
    }
  }
  for (const ranges of compared.values()) {
    const tests = ranges.map((range) => termProbe([range]));
    if (tests.length === 1) parts.push({ source: termSource(ranges), test: tests[0]! });
    else {
      const test = ofPlace((bind) => tests.map((one) => one(bind)).join(' and '));
      parts.push({ source: commonSource(ranges), test, loose: true });
    }
  }
  return parts;
}

/** The times of all conditions on one field together. */
function timesOf(conditions: readonly Condition[]): { from: number; to: number } {
  const of = (op: string): number[] => conditions.filter((one) => one.op === op).map(({ values }) => Number(values[0]));
  return { from: Math.max(-Infinity, ...of('GE')), to: Math.min(Infinity, ...of('LT')) };
}

/** Attributes of master data as the words, places or identifiers that have them. */
async function attributesOf(db: Queries, tenantId: string, asked: readonly Condition[]) {
  const parts: Part[] = [];
  const words: Condition[] = [];
  for (const condition of asked) {
    const found = await namedBy(db, tenantId, condition);
    if (!found) parts.push({ test: (bind) => compileCondition(condition, bind) });
    else if ('words' in found) words.push({ ...condition, field: found.field, op: 'EQ', values: found.words });
    else if ('column' in found) {
      parts.push(placePart(found.column, found.keys));
    } else {
      const { keys, roles } = found;
      const mentions = { roles, ranges: keys.map((from) => ({ from })) };
      parts.push({ test: ofPlace((bind) => mentionProbe(mentions, bind)), source: named(keys, roles) });
    }
  }
  return { parts, words };
}

/** The parts of a query whose WD are resolved (place-tree.ts); undefined where no event can meet all of it. */
export async function partsOf(db: Queries, tenantId: string, { conditions }: EventQuery): Promise<Parts | undefined> {
  const of = (is: (condition: Condition) => boolean): Condition[] => conditions.filter(is);
  const times = of(({ field }) => field === 'eventTime');
  const records = of(({ field }) => field === 'recordTime');
  const attributes = await attributesOf(
    db,
    tenantId,
    of(({ field }) => field === 'masterData'),
  );
  const words = [...of(isWord), ...attributes.words];
  const terms = of(({ field }) => TERM_FIELDS.has(field));
  const others = of(
    (one) =>
      !isWord(one) && !TERM_FIELDS.has(one.field) && !['eventTime', 'recordTime', 'masterData'].includes(one.field),
  );
  const parts = [...others.map(partOf), ...termParts(terms), ...attributes.parts];
  if (words.length > 0) {
    const combinations = await combinationsOf(db, tenantId, words);
    if (combinations?.length === 0) return undefined;
    const texts: Test = (bind) => words.map((word) => compileCondition(word, bind)).join(' and ');
    const test = combinations ? wordedTest(combinations) : texts;
    parts.push({ test, ...(combinations && { source: worded(combinations), oddTest: unindexed(test) }) });
  }
  const recorded = timesOf(records);
  if (times.length === 0) return { parts, recorded };
  const window = timesOf(times);
  const test: Test = (bind) => times.map((time) => compileCondition(time, bind)).join(' and ');
  return { parts: [...parts, { test, source: happened(window) }], window, recorded };
}
