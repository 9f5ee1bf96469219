// Events by their terms (src/epcis/term.ts): an index has all terms of a name in the order of the log, each with its value,
// so that a comparison is a walk along it, and a look at one event a single probe.
import { type KeyRange, severalKey, termHead } from '../epcis/index.ts';
import { type Bind, keysIn } from './event-condition.ts';
import { type Direction, either, named, ofPlace, ranged, type Source, type Span, type Test } from './event-source.ts';
import { INDEX_ROLES } from './mention.ts';

/** Rows of a range that are counted; of more, it is told how dense they are among the name's next ones. */
const COUNTED_MAX = 2_000;
const DENSITY_ROWS = 1_000;

/** Terms of a name in the order of the log, between two places that are SQL: so put, no other index has the order. */
const walked = (name: Uint8Array, bind: Bind, [from, to]: [string, string], direction: Direction): string => {
  const at = `${bind(name)}::bytea`;
  return `select sequence, key from mention where tenant_id = $1 and term_name is not null
      and (term_name, sequence) > (${at}, ${from}::bigint) and (term_name, sequence) <= (${at}, ${to}::bigint)
    order by term_name ${direction}, sequence ${direction}`;
};

const endsOf = ({ from, to }: Span, bind: Bind): [string, string] => [bind(from), bind(to)];

/** Events that have a term in one of `ranges`, which are of one name. */
function along(ranges: readonly KeyRange[]): Source {
  const name = termHead(ranges[0]!.from);
  const met = (bind: Bind, ends: [string, string], direction: Direction): string => `select sequence from (
    ${walked(name, bind, ends, direction)} offset 0
  ) m where ${keysIn(ranges, bind)}`;
  return {
    inOrder: true,
    list: (bind, span, direction, limit) => `${met(bind, endsOf(span, bind), direction)} limit ${bind(limit)}`,
    within: (bind, from, to) => met(bind, [from, to], 'asc'),
    estimate: (bind, span, direction) => {
      const [most, rows] = [bind(COUNTED_MAX), bind(DENSITY_ROWS)];
      const [last, passed] =
        direction === 'asc'
          ? ['max(sequence)', `d.last - ${bind(span.from)}::bigint`]
          : ['min(sequence)', `${bind(span.to)}::bigint - d.last + 1`];
      return `select case when g.n < ${most}::bigint then g.n::float when d.rows < ${rows}::bigint then d.hits::float
      else d.hits * ((${bind(span.to)}::float - ${bind(span.from)}::float) / greatest(${passed}, 1)) end as n,
      g.n >= ${most}::bigint as cut
    from (
      select count(*) as n from (select from mention where tenant_id = $1 and role = ${INDEX_ROLES.term} and ${keysIn(ranges, bind)} limit ${most}) r
    ) g cross join (
      select count(*) as rows, count(*) filter (where ${keysIn(ranges, bind)}) as hits, ${last} as last from (
        ${walked(name, bind, endsOf(span, bind), direction)} limit ${rows}
      ) r
    ) d`;
    },
    short: ranged(ranges, [INDEX_ROLES.term]),
  };
}

/** Events that have one of these terms, which are of one name. */
export const termSource = (ranges: readonly KeyRange[]): Source =>
  ranges.every(({ to }) => to === undefined)
    ? named(
        ranges.map(({ from }) => from),
        [INDEX_ROLES.term],
      )
    : along(ranges);

/** The same of one event, by its place in the log. */
export const termProbe = (ranges: readonly KeyRange[]): Test =>
  ofPlace(
    (
      bind,
    ) => `exists (select from mention where tenant_id = $1 and term_name = ${bind(termHead(ranges[0]!.from))}::bytea
    and sequence = event.sequence and ${keysIn(ranges, bind)} offset 0)`,
  );

/** Events that have no term of a name, by their place in the log. */
export const withoutTerm = (name: Uint8Array): Test =>
  ofPlace(
    (bind) => `not exists (select from mention where tenant_id = $1 and term_name = ${bind(name)}::bytea
    and sequence = event.sequence offset 0)`,
  );

/**
 * Events that may meet all of several comparisons of one name: those with a value in what the ranges have in common, and
 * those with several values, which may meet each by another.
 */
export function commonSource(ranges: readonly KeyRange[]): Source {
  const from = ranges.map((range) => range.from).reduce((a, b) => (Buffer.compare(a, b) > 0 ? a : b));
  const to = ranges.map((range) => range.to!).reduce((a, b) => (Buffer.compare(a, b) < 0 ? a : b));
  const several = named([severalKey(from)!], [INDEX_ROLES.term]);
  return Buffer.compare(from, to) < 0 ? either(along([{ from, to }]), several) : several;
}
