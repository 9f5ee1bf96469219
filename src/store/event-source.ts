// Where the events that meet a condition are listed: places in the log, which an index gives without the events themselves.
import type { EpcisEvent, KeyRange } from '../epcis/index.ts';
import type { Bind, Mentions } from './event-condition.ts';
import { unpackMentions, roleCode, INDEX_ROLES } from './mention.ts';
import { byteaArray, textArray } from './sql.ts';

/** A stretch of the log: behind `from`, up to and with `to`. */
export interface Span {
  from: number;
  to: number;
}

export type Direction = 'asc' | 'desc';

/** On a row of `event`; '' for none. `ofPlace`: it looks at the place in the log alone, and so before the event is read. */
export type Test = ((bind: Bind) => string) & { ofPlace?: true };

/** Events by their place in the log. */
export interface Source {
  /** SELECT of the first `limit` of `sequence` in a stretch; one may come twice. */
  list: (bind: Bind, span: Span, direction: Direction, limit: number) => string;
  /** SELECT of about how many there are in a stretch, as `n`: exactly unless `cut`, else as dense as where reading begins. */
  estimate: (bind: Bind, span: Span, direction: Direction) => string;
  /** Whether `list` reads only what it gives; else all of it is gathered first. */
  inOrder: boolean;
  /** Of a list in order: SELECT of `sequence` of all behind one place, up to and with another, which are SQL. */
  within?: (bind: Bind, from: string, to: string) => string;
  /** Of what is gathered: a select of all of it, in brackets. */
  rows?: (bind: Bind) => string;
  /** The same events, for a list that is known to be short. */
  short?: Source;
}

/** `is true`: places are probed, or gathered once and hashed; a join would be made anew for each candidate, or all at once. */
export const ofPlace = (test: (bind: Bind) => string): Test =>
  Object.assign((bind: Bind) => `(${test(bind)}) is true`, { ofPlace: true } as const);

/** Rows of the index that an estimate looks at: of all lists together, and of each at least. */
const ESTIMATE_ROWS = 1_000;
const ESTIMATE_ROWS_MIN = 16;
/** Of what has no order: so many rows are told from more, and not gathered at first. */
const GATHERED_MAX = 4_000;
/** The same of a stretch of time: where there are as many, the log is dense with them. */
const WINDOW_MAX = 2_000;

const between = (bind: Bind, { from, to }: Span): string =>
  `sequence > ${bind(from)}::bigint and sequence <= ${bind(to)}::bigint`;

/** SELECT of one list, whose name is `w.value`, in order: between two places that are bound already. */
type List = (from: string, to: string, direction: Direction) => string;

const listed =
  (rows: string): List =>
  (from, to, direction) =>
    `select sequence from ${rows} and sequence > ${from}::bigint and sequence <= ${to}::bigint order by sequence ${direction}`;

/** By an index that `column` leads: so put, no other index has the order, however common the planner takes a value for. */
const ledBy =
  (column: string): List =>
  (from, to, direction) =>
    `select sequence from event where tenant_id = $1
      and (${column}, sequence) > (w.value, ${from}::bigint) and (${column}, sequence) <= (w.value, ${to}::bigint)
    order by ${column} ${direction}, sequence ${direction}`;

/** `values` is FROM … of the lists' names as `w(value)`. */
function lists(count: number, values: (bind: Bind) => string, list: List): Source {
  return {
    inOrder: true,
    list: (bind, span, direction, limit) => {
      const [most, from, to] = [bind(limit), bind(span.from), bind(span.to)];
      return `select s.sequence from ${values(bind)} cross join lateral (
    ${list(from, to, direction)} limit ${most}
  ) s order by s.sequence ${direction} limit ${most}`;
    },
    within: (bind, from, to) => `select s.sequence from ${values(bind)} cross join lateral (
    ${list(from, to, 'asc')}
  ) s`,
    // where a list has more, what its first ones say of how dense it is
    estimate: (bind, span, direction) => {
      const most = bind(Math.max(ESTIMATE_ROWS_MIN, Math.ceil(ESTIMATE_ROWS / Math.max(count, 1))));
      const [from, to] = [bind(span.from), bind(span.to)];
      const [last, passed] =
        direction === 'asc'
          ? ['max(sequence)', `s.last - ${from}::bigint`]
          : ['min(sequence)', `${to}::bigint - s.last + 1`];
      return `select coalesce(sum(case when s.n < ${most}::bigint then s.n
      else s.n * ((${to}::float - ${from}::float) / greatest(${passed}, 1)) end), 0)::float as n,
      coalesce(bool_or(s.n >= ${most}::bigint), false) as cut
    from ${values(bind)} cross join lateral (
      select count(*) as n, ${last} as last from (
        ${list(from, to, direction)} limit ${most}
      ) r
    ) s`;
    },
  };
}

/** Events that identifier rows of these keys name. */
export const named = (keys: readonly Uint8Array[], roles: readonly number[]): Source =>
  lists(
    keys.length,
    (bind) => `unnest(${bind(byteaArray(keys))}::text::bytea[]) as w(value)`,
    listed(`mention where tenant_id = $1 and key = w.value and role in (${roles.join(', ')})`),
  );

/** What a combination of words is in its column. */
const hashed = (combinations: readonly string[], bind: Bind): string =>
  `select hashtextextended(t, 0) from unnest(${bind(textArray(combinations))}::text::text[]) as u(t)`;

export const wordedTest =
  (combinations: readonly string[]): Test =>
  (bind) =>
    `words = any(array(${hashed(combinations, bind)}))`;

/** Events of these combinations of words. */
export const worded = (combinations: readonly string[]): Source =>
  lists(combinations.length, (bind) => `(${hashed(combinations, bind)}) as w(value)`, ledBy('words'));

export type PlaceColumn = 'read_point_key' | 'biz_location_key';

/** Events of these places. */
export const keyed = (column: PlaceColumn, keys: readonly Uint8Array[]): Source =>
  lists(keys.length, (bind) => `unnest(${bind(byteaArray(keys))}::text::bytea[]) as w(value)`, ledBy(column));

export const eventIds = (ids: readonly Uint8Array[]): Source =>
  lists(
    ids.length,
    (bind) => `unnest(${bind(byteaArray(ids))}::text::bytea[]) as w(value)`,
    listed('event where tenant_id = $1 and event_id = w.value'),
  );

export const transformations = (ids: readonly string[]): Source =>
  lists(
    ids.length,
    (bind) => `unnest(${bind(textArray(ids))}::text::text[]) as w(value)`,
    listed('event where tenant_id = $1 and transformation_id = w.value'),
  );

export const declarations: Source = lists(
  1,
  () => '(values (1)) as w(value)',
  listed('event where tenant_id = $1 and declaration is not null'),
);

/** The whole log. */
export const log: Source = {
  inOrder: true,
  list: (bind, span, direction, limit) =>
    `select sequence from event where tenant_id = $1 and ${between(bind, span)} order by sequence ${direction} limit ${bind(limit)}`,
  estimate: (bind, span) => `select (${bind(span.to)}::float - ${bind(span.from)}::float) as n, true as cut`,
};

/** Rows without an order of their own: FROM, in a select that keeps the planner from another way. */
const gathered = (rows: (bind: Bind) => string, max = GATHERED_MAX): Source => ({
  inOrder: false,
  rows,
  list: (bind, span, direction, limit) =>
    `select g.sequence from ${rows(bind)} g where ${between(bind, span)} order by g.sequence ${direction} limit ${bind(limit)}`,
  estimate: (bind, span) => {
    const most = bind(max);
    return `select count(*)::float as n, count(*) >= ${most}::bigint as cut
    from (select from ${rows(bind)} g where ${between(bind, span)} limit ${most}) r`;
  },
});

/** What is in all of them; each must be gathered. */
export const common = (sources: readonly Source[]): Source =>
  gathered((bind) => `(${sources.map(({ rows }) => `select sequence from ${rows!(bind)} r`).join(' intersect ')})`);

/** What is in either, which are both in order. */
export const either = (a: Source, b: Source): Source => ({
  inOrder: true,
  list: (bind, span, direction, limit) => `select u.sequence from (
    (${a.list(bind, span, direction, limit)}) union all (${b.list(bind, span, direction, limit)})
  ) u order by u.sequence ${direction} limit ${bind(limit)}`,
  within: (bind, from, to) => `(${a.within!(bind, from, to)}) union all (${b.within!(bind, from, to)})`,
  estimate: (bind, span, direction) =>
    `select a.n + b.n as n, a.cut or b.cut as cut
    from (${a.estimate(bind, span, direction)}) a cross join (${b.estimate(bind, span, direction)}) b`,
  ...(a.short && { short: either(a.short, b) }),
});

/** A key alone is the range up to the next that there can be. */
const ends = ({ from, to }: KeyRange): [Uint8Array, Uint8Array] => [from, to ?? Buffer.concat([from, Buffer.of(0)])];

export const ranged = (ranges: readonly KeyRange[], roles: readonly number[]): Source =>
  gathered((bind) => {
    const [low, high] = [0, 1].map((i) => bind(byteaArray(ranges.map((range) => ends(range)[i]!))));
    return `(select m.sequence from unnest(${low}::text::bytea[], ${high}::text::bytea[]) as w(low, high) cross join lateral (
    select sequence from mention where tenant_id = $1 and key >= w.low and key < w.high and role in (${roles.join(', ')}) offset 0
  ) m)`;
  });

/** Rows of an extension's terms, on `mention`. */
export const termTest = ({ from, to }: KeyRange, bind: Bind): string =>
  `role = ${INDEX_ROLES.term} and key >= ${bind(from)}::bytea and key < ${bind(to!)}::bytea`;

/** A stretch of event time, ms since 1970: from `from` on and before `to`. */
export interface Window {
  from: number;
  to: number;
}

export const windowTest = ({ from, to }: Window, bind: Bind): string =>
  [
    ...(from > -Infinity ? [`event_time >= ${bind(from)}::bigint`] : []),
    ...(to < Infinity ? [`event_time < ${bind(to)}::bigint`] : []),
  ].join(' and ');

export const happened = (window: Window): Source =>
  gathered(
    (bind) => `(select sequence from event where tenant_id = $1 and ${windowTest(window, bind)} offset 0)`,
    WINDOW_MAX,
  );

/** As in the index event_odd_time: captured before it happened, or so long after: what is sent once a day is not among them. */
export const ODD_AFTER_MS = 129_600_000;
export const ODD = `(event_time > record_time or event_time < record_time - ${ODD_AFTER_MS})`;

/** `tests` are on columns of that index. */
export const happenedOdd = (window: Window, tests: readonly Test[]): Source =>
  gathered((bind) => {
    const all = ['tenant_id = $1', ODD, windowTest(window, bind), ...tests.map((test) => test(bind))];
    return `(select sequence from event where ${all.filter((test) => test !== '').join(' and ')} offset 0)`;
  });

const isIn = (key: Uint8Array, { from, to }: KeyRange): boolean =>
  to ? Buffer.compare(key, from) >= 0 && Buffer.compare(key, to) < 0 : Buffer.compare(key, from) === 0;

/** What a check by hand looks at. */
export interface CheckedRow {
  body: EpcisEvent;
  mentions: Uint8Array;
  /** In an order by an extension: the term that it was found by. */
  key?: Uint8Array;
}

/** How an event is seen to meet a condition without the index. */
export interface Check {
  /** A test on the row of `event` that all events pass which meet it, and some others; '' for none. */
  hint: (bind: Bind) => string;
  meets: (row: CheckedRow) => boolean;
}

/** What all keys of a range begin with. */
function beginning({ from, to }: KeyRange): Uint8Array {
  if (!to) return from;
  const differs = from.findIndex((byte, i) => byte !== to[i]);
  const isWhole = differs === from.length - 1 && to.length === from.length && to[differs] === from[differs]! + 1;
  return isWhole ? from : from.slice(0, Math.max(differs, 0));
}

/** By the packed identifiers: of what begins as the keys do, each is looked at. */
function checkOf(ranges: readonly KeyRange[], roles: readonly number[]): Check {
  const heads = ranges.map(beginning);
  return {
    hint: (bind) => `(${heads.map((head) => `position(${bind(head)}::bytea in mentions) > 0`).join(' or ')})`,
    meets: ({ mentions }) =>
      unpackMentions(mentions).some(
        ({ key, role }) =>
          roles.includes(roleCode(role)) && ranges.some((range) => isIn(Buffer.from(key, 'latin1'), range)),
      ),
  };
}

/** The source of keys of identifiers, with the check in place of one that would gather very much. */
export const mentionSource = ({ roles, ranges }: Mentions): { source: Source; check?: Check } =>
  ranges.every(({ to }) => to === undefined)
    ? {
        source: named(
          ranges.map(({ from }) => from),
          roles,
        ),
      }
    : { source: ranged(ranges, roles), check: checkOf(ranges, roles) };
