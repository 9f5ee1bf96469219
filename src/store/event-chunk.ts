// The statements of an event query: candidates that an index lists, and those of them that meet all the rest.
import type { EventQuery, KeyRange } from '../epcis/index.ts';
import { AppError } from '../error.ts';
import type { Bind } from './event-condition.ts';
import {
  type CheckedRow,
  type Direction,
  ODD,
  type Source,
  type Span,
  termTest,
  type Test,
  type Window,
  windowTest,
} from './event-source.ts';
import type { StoredRow } from './event.ts';
import { type Queries, STATEMENT_MS_MAX, type Value } from './sql.ts';

/** An event where the order that is asked for puts it. */
export type PlacedRow = StoredRow & CheckedRow & { event_time: number; place: number | Uint8Array };

/** The same before it is known what it is ordered by; `key`: of the extension's terms. */
type FoundRow = Omit<PlacedRow, 'place'> & { key?: Uint8Array };

const ROW = 'sequence, event_id, hash, event_time, record_time, mentions, body';

/** Refused events are never among those that a query sees; the tenant is $1. */
const VISIBLE = `tenant_id = $1 and variant < '\\x02'::bytea`;

/** A place behind which a page begins, in an order by event time. */
export interface TimePlace {
  time: number;
  sequence: number;
}

/** The same in an order by an extension: a key of its terms. */
export interface TermPlace {
  key: Uint8Array;
  sequence: number;
}

export const binder =
  (parameters: Value[]): Bind =>
  (value) =>
    `$${parameters.push(value)}`;

/** SQLSTATE of a statement that was cut off at its time. */
const STATEMENT_CANCELLED = '57014';

/** A statement that took too long is told with the conditions that were to be met. */
export async function inTime<T>({ conditions, orderBy }: EventQuery, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError) || error.detail?.['reason'] !== STATEMENT_CANCELLED) throw error;
    const asked = [
      ...conditions.map(({ parameter }) => parameter),
      ...(orderBy === undefined ? [] : [`orderBy=${orderBy}`]),
    ];
    throw new AppError(
      'too_large',
      `The query (${asked.join(', ').slice(0, 500) || 'of all events'}) takes the database more than ${STATEMENT_MS_MAX / 1000} s: narrow it by eventTime, a place or an identifier.`,
      { rule: 'QueryTooComplexException' },
      error,
    );
  }
}

const testsOf = (tests: readonly Test[], bind: Bind): string =>
  [VISIBLE, ...tests.filter(({ ofPlace }) => !ofPlace).map((test) => test(bind))]
    .filter((test) => test !== '')
    .join(' and ');

/** What of `candidates` meets the tests that look at the place alone. */
function sieved(candidates: string, tests: readonly Test[], bind: Bind): string {
  const ofPlace = tests.filter((test) => test.ofPlace).map((test) => test(bind));
  return ofPlace.length === 0
    ? candidates
    : `select * from (${candidates}) event where ${ofPlace.join(' and ')} offset 0`;
}

export const behind =
  ({ time, sequence }: TimePlace, direction: Direction): Test =>
  (bind) =>
    `(event_time, sequence) ${direction === 'asc' ? '>' : '<'} (${bind(time)}::bigint, ${bind(sequence)}::bigint)`;

/** Candidates in the order of their event time, as SELECT of `sequence` and `event_time`. */
export interface Timed {
  /** Of those of an odd time alone (event-source.ts), with what can be tested in their index. */
  odd: false | readonly Test[];
  window: Window;
  after?: TimePlace | undefined;
}

const timedSql = (
  { odd, window, after }: Timed,
  bind: Bind,
  span: Span,
  direction: Direction,
  limit: number,
): string => {
  const tests = [
    ...(odd ? [ODD, ...odd.map((test) => test(bind))] : []),
    windowTest(window, bind),
    after ? behind(after, direction)(bind) : '',
  ];
  return `select sequence, event_time from event
  where ${['tenant_id = $1', ...tests].filter((test) => test !== '').join(' and ')}
    and sequence > ${bind(span.from)}::bigint and sequence <= ${bind(span.to)}::bigint
  order by event_time ${direction}, sequence ${direction} limit ${bind(limit)}`;
};

/** Candidates in the order of an extension's terms, as SELECT of `sequence` and `key`: an event once for each that it has. */
interface Termed {
  terms: KeyRange;
  after?: TermPlace | undefined;
}

const termedSql = ({ terms, after }: Termed, bind: Bind, span: Span, direction: Direction, limit: number): string => {
  const edge = after ? `(${bind(after.key)}::bytea, ${bind(after.sequence)}::bigint)` : '';
  const keyset = after ? `\n    and (key, sequence) ${direction === 'asc' ? '>' : '<'} ${edge}` : '';
  return `select sequence, key from mention
  where tenant_id = $1 and ${termTest(terms, bind)}${keyset}
    and sequence > ${bind(span.from)}::bigint and sequence <= ${bind(span.to)}::bigint
  order by key ${direction}, sequence ${direction} limit ${bind(limit)}`;
};

/** What candidates stand in the order of, before their place in the log. */
const columnOf = (from: Asked['from']): 'event_time' | 'key' | undefined =>
  'odd' in from ? 'event_time' : 'terms' in from ? 'key' : undefined;

const listSql = ({ from, span, direction, candidates }: Asked, bind: Bind): string => {
  if ('odd' in from) return timedSql(from, bind, span, direction, candidates);
  if ('terms' in from) return termedSql(from, bind, span, direction, candidates);
  return from.list(bind, span, direction, candidates);
};

/** Which candidates are looked at, and what of them is wanted. */
export interface Asked {
  from: Source | Timed | Termed;
  span: Span;
  direction: Direction;
  tests: readonly Test[];
  /** Lists that have what is wanted too: they are read as far as the candidates go. */
  merged?: readonly Source[];
  /** Candidates to look at. */
  candidates: number;
  /** Rows to give: the first ones in the order of the candidates, or of event time. */
  rows: number;
  order: 'sequence' | 'time';
}

/** Candidates that are in the other lists too. */
const commonOf = (merged: readonly Source[], bind: Bind): string =>
  [
    'select sequence from raw',
    ...merged.map(
      (source) =>
        `select b.sequence from (${source.within!(bind, '(select min(sequence) - 1 from raw)', '(select max(sequence) from raw)')}) b`,
    ),
  ].join(' intersect ');

/**
 * One statement: candidates, each looked at in turn until there are rows enough. Beside the rows it tells how many
 * candidates there were, and where the last of them stands.
 */
export function chunkSql(tenantId: string, asked: Asked): [string, Value[]] {
  const { from, direction, tests, merged = [], rows, order } = asked;
  const parameters: Value[] = [tenantId];
  const bind = binder(parameters);
  const column = columnOf(from);
  const list = listSql(asked, bind);
  const back = direction === 'asc' ? 'desc' : 'asc';
  const [by, names] = column ? [[column, 'sequence'], `sequence, ${column}`] : [['sequence'], 'sequence'];
  const [lastKey, key] = column === 'key' ? [', key as last_key', ', c.key'] : ['', ''];
  const ordered = (table: string, columns: readonly string[], way: string): string =>
    columns.map((name) => `${table}${name} ${way}`).join(', ');
  const final =
    order === 'time' && !column ? ordered('e.', ['event_time', 'sequence'], direction) : ordered('c.', by, direction);
  const distinct = `select distinct ${names} from raw order by ${ordered('', by, direction)}`;
  const candidates =
    merged.length === 0
      ? distinct
      : `select sequence from (${commonOf(merged, bind)}) m order by ${ordered('', by, direction)}`;
  const text = `
with raw as materialized (
  ${list}
), edge as (
  select sequence as last${lastKey} from raw order by ${ordered('', by, back)} limit 1
)
select (select count(*) from raw) as candidates, l.sequence as last, l.event_time as last_time, l.record_time as last_recorded,${column === 'key' ? ' edge.last_key,' : ''} p.*
from edge left join lateral (
  select sequence, event_time, record_time from event where tenant_id = $1 and sequence = edge.last offset 0
) l on true left join (
  select e.*${key} from (${sieved(candidates, tests, bind)}) c cross join lateral (
    select ${ROW} from event where sequence = c.sequence and ${testsOf(tests, bind)} offset 0
  ) e order by ${final} limit ${bind(rows)}
) p on true`;
  return [text, parameters];
}

export interface Chunk {
  rows: PlacedRow[];
  /** Candidates that there were. */
  candidates: number;
  /** The last candidate. */
  last: { sequence: number; time: number; recorded: number; key: Uint8Array };
}

type Row = FoundRow & {
  candidates: number;
  last: number;
  last_time: number;
  last_recorded: number;
  last_key?: Uint8Array;
};

const NO_KEY = new Uint8Array();

/** By what they are ordered by, then by their place in the log. */
export const comparePlaces = (a: Pick<PlacedRow, 'place' | 'sequence'>, b: typeof a): number =>
  (typeof a.place === 'number' ? a.place - Number(b.place) : Buffer.compare(a.place, b.place as Uint8Array)) ||
  a.sequence - b.sequence;

export async function readChunk(db: Queries, tenantId: string, query: EventQuery, asked: Asked): Promise<Chunk> {
  const [text, parameters] = chunkSql(tenantId, asked);
  const found = await inTime(query, () => db.of(tenantId).query<Row>(text, parameters));
  const sign = asked.direction === 'asc' ? 1 : -1;
  const column = asked.order === 'time' ? 'event_time' : (columnOf(asked.from) ?? 'sequence');
  const rows = found
    .filter(({ body }) => body !== null)
    .map((row): PlacedRow => ({ ...row, place: row[column] ?? NO_KEY }))
    .sort((a, b) => sign * comparePlaces(a, b));
  const [first] = found;
  const last = {
    sequence: first?.last ?? 0,
    time: first?.last_time ?? 0,
    recorded: first?.last_recorded ?? 0,
    key: first?.last_key ?? NO_KEY,
  };
  return { rows, candidates: first?.candidates ?? 0, last };
}

/** About how many events each source lists in a stretch: one statement for all. */
export function estimateSql(
  tenantId: string,
  sources: readonly Source[],
  span: Span,
  direction: Direction,
): [string, Value[]] {
  const parameters: Value[] = [tenantId];
  const bind = binder(parameters);
  const columns = sources.map((_, i) => `s${i}.n as n${i}, s${i}.cut as cut${i}`).join(', ');
  const tables = sources.map((source, i) => `(${source.estimate(bind, span, direction)}) s${i}`).join(' cross join\n');
  return [`select ${columns} from ${tables}`, parameters];
}
