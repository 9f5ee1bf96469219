// A page in the order of an extension of the event: its least value counts, and what has none comes last, whatever the
// direction. The index has the terms of an extension in that order already.
import { type EpcisEvent, type KeyRange, termsOf } from '../epcis/index.ts';
import { AppError } from '../error.ts';
import { comparePlaces, type PlacedRow, readChunk, type TermPlace } from './event-chunk.ts';
import { lengthsOf, type Reading, walk, type Way, wayOf } from './event-read.ts';
import { type Check, type CheckedRow, log, type Test } from './event-source.ts';
import { withoutTerm } from './event-term.ts';

/** Terms that are listed for one page: more are a matter of seconds. */
const TERMS_MAX = 200_000;
/** Behind all keys, and before all: where an event stands that has no value. */
const NONE = { asc: Uint8Array.of(0xff), desc: new Uint8Array() };

/** The least of an event's terms in a range; undefined where it has none. */
function leastOf(body: EpcisEvent, { from, to }: KeyRange): Uint8Array | undefined {
  const own = termsOf(body).filter((key) => Buffer.compare(key, from) >= 0 && Buffer.compare(key, to!) < 0);
  return own.toSorted((a, b) => Buffer.compare(a, b))[0];
}

const NO_HINT: Test = () => '';

/** `limit` rows from behind `after` on. Throws AppError `too_large` (QueryTooComplexException) above TERMS_MAX. */
export async function readByTerm(reading: Reading, terms: KeyRange, after?: TermPlace): Promise<PlacedRow[]> {
  const { limit, direction } = reading;
  const way = wayOf(reading, await lengthsOf(reading));
  const few = await fewOf(reading, way, terms, after);
  if (few) return few;
  const isPast = after && Buffer.compare(after.key, NONE[direction]) === 0;
  const rows = isPast ? [] : await readHaving(reading, way, terms, after);
  if (rows.length === limit) return rows;
  const rest = { ...reading, limit: limit - rows.length };
  return [...rows, ...(await readWithout(rest, way, terms, isPast ? after.sequence : undefined))];
}

/** A short list is read whole. */
async function fewOf(reading: Reading, way: Way, terms: KeyRange, after?: TermPlace) {
  const { db, tenantId, query, span, direction, limit, turns } = reading;
  const { driver: from, tests, merged, checks, length } = way;
  if (from === log || length.cut || length.n > turns.fewMax || checks.length > 0) return undefined;
  const candidates = turns.fewMax * turns.growth;
  const asked = { from, span, direction, tests, merged, candidates, rows: candidates, order: 'sequence' } as const;
  const chunk = await readChunk(db, tenantId, query, asked);
  if (chunk.candidates === candidates) return undefined;
  const sign = direction === 'asc' ? 1 : -1;
  const place = after && { place: after.key, sequence: after.sequence };
  return chunk.rows
    .map((row) => ({ ...row, place: leastOf(row.body, terms) ?? NONE[direction] }))
    .filter((row) => !place || sign * comparePlaces(row, place) > 0)
    .sort((a, b) => sign * comparePlaces(a, b))
    .slice(0, limit);
}

/** Along the terms: an event where its least one stands. */
async function readHaving(reading: Reading, way: Way, terms: KeyRange, after?: TermPlace): Promise<PlacedRow[]> {
  const isLeast = ({ body, key }: CheckedRow): boolean => Buffer.compare(key!, leastOf(body, terms) ?? NONE.desc) === 0;
  const checks: Check[] = [...way.whole.checks, { hint: NO_HINT, meets: isLeast }];
  const from = { terms, after };
  const { tests } = way.whole;
  const { rows, done } = await walk(reading, reading.span, { from, tests, checks, walkedMax: TERMS_MAX });
  if (done) return rows;
  throw new AppError(
    'too_large',
    `orderBy=${reading.query.orderBy}: a page would take more than ${TERMS_MAX} values to look at: narrow the query by eventTime, a place or an identifier.`,
    { rule: 'QueryTooComplexException' },
  );
}

/** Those that have none, in the order of the log. */
async function readWithout(reading: Reading, way: Way, terms: KeyRange, after?: number): Promise<PlacedRow[]> {
  const { span, direction } = reading;
  const left = after === undefined ? span : direction === 'asc' ? { ...span, from: after } : { ...span, to: after - 1 };
  const { driver: from, merged, checks } = way;
  const tests = [...way.tests, withoutTerm(terms.from)];
  const { rows } = await walk(reading, left, { from, tests, merged, checks });
  return rows.map((row) => ({ ...row, place: NONE[direction] }));
}
