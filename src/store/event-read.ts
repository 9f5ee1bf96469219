// Which way a page of events is read: over the shortest list that an index gives, in the order asked for where it can be,
// and by hand where a condition would gather too much. Whatever the way, the rows are the same.
import type { EventQuery } from '../epcis/index.ts';
import {
  type Asked,
  behind,
  estimateSql,
  inTime,
  type PlacedRow,
  readChunk,
  type TermPlace,
  type Timed,
  type TimePlace,
} from './event-chunk.ts';
import type { Part, Parts } from './event-part.ts';
import {
  type Check,
  common,
  type Direction,
  happenedOdd,
  log,
  ODD,
  ODD_AFTER_MS,
  type Source,
  type Span,
  type Test,
} from './event-source.ts';
import { sizeAt } from './log-head.ts';
import type { Queries } from './sql.ts';

/** When another way is taken: events, or rows of an index. */
export interface Turns {
  /** So few are all read and put in order of their event time. */
  fewMax: number;
  /** Of a list so long too, if no more than metMax of it seem to meet all. */
  listedMax: number;
  metMax: number;
  /** Of so many events one is enough for them to be read in the order of event time and looked at. */
  commonShare: number;
  /** So many are looked at before another way is tried. */
  walkedMax: number;
  /** Rows of a range from which its events are looked at by hand, if not fewer already. */
  gatheredMax: number;
  /**
   * What is looked at by hand is gathered if too few meet all: fewer than one of the root of the log's size through this,
   * since the rarer they are, the longer is the one and the shorter the other.
   */
  handShare: number;
  /** A list must have so many events for that. */
  handMin: number;
  /** So many terms of a range are gathered; more are met along the terms of their name. */
  shortMax: number;
  /** Of so many of a list's events others are read beside it, in place of a look at each. */
  mergedMin: number;
  /** Candidates of the first statement, as a multiple of the rows that are wanted, and of each further one. */
  growth: number;
}

export const TURNS: Turns = {
  fewMax: 2_000,
  listedMax: 20_000,
  metMax: 200,
  commonShare: 60,
  walkedMax: 1_000,
  gatheredMax: 4_000,
  handShare: 43,
  handMin: 10_000,
  shortMax: 2_000,
  mergedMin: 250,
  growth: 8,
};
/** Candidates of one statement. */
const CANDIDATES_MAX = 65_536;
/** Candidates of a list that is gathered anew by each statement. */
const GATHERED_CANDIDATES_MIN = 1_000;
/** Events that are looked at by hand for one that is wanted, before the next statement. */
const CHECKED_SHARE = 1.25;
const CHECKED_MAX = 2_000;
/** Candidates of the next statement, as a multiple of what it takes if events that meet all go on as dense. */
const NEXT_SHARE = 1.5;
/** A list so many times as long as the driver's is read beside it; in a longer one each candidate is looked for. */
const MERGED_SHARE = 10;
/** Of so many events of the log one is looked for in a place's index before it is read. */
const PROBED_SHARE = 2;
/** First candidates near a time, as a multiple of the rows that are wanted. */
const NEAR_SHARE = 3;

/** What is to be read. */
export interface Reading {
  db: Queries;
  tenantId: string;
  query: EventQuery;
  parts: Parts;
  /** The stretch of the log that the walk sees, from behind the page before. */
  span: Span;
  direction: Direction;
  limit: number;
  turns: Turns;
}

/** A query with its shortest list. */
export interface Way {
  driver: Source;
  length: Length;
  /** Of the events of the log about so great a part meets all, if nothing depends on another. */
  together: number;
  tests: Test[];
  merged: Source[];
  checks: Check[];
  /** All that an event must meet that another list shows. */
  whole: { tests: Test[]; checks: Check[] };
  /** What is gathered when looking by hand finds too few. */
  spare?: { source: Source; tests: Test[] };
}

const hintsOf = (checks: readonly Check[]): Test[] => checks.map(({ hint }) => hint);

/** How many a part lists; exactly unless `cut`. */
interface Length {
  n: number;
  cut: boolean;
}

export async function lengthsOf(reading: Reading): Promise<Map<Part, Length>> {
  const { db, tenantId, query, parts, span, direction } = reading;
  const listed = parts.parts.filter(({ source }) => source);
  if (listed.length === 0) return new Map();
  const sources = listed.map(({ source }) => source!);
  const [text, parameters] = estimateSql(tenantId, sources, span, direction);
  const [row] = await inTime(query, () => db.of(tenantId).query<Record<string, number | boolean>>(text, parameters));
  return new Map(listed.map((part, i) => [part, { n: Number(row![`n${i}`]), cut: row![`cut${i}`] === true }]));
}

/** The tests of all parts, with the checks of those that would gather too much. */
function wholeOf(parts: readonly Part[], byHand: readonly Part[]): Way['whole'] {
  const checks = byHand.map(({ check }) => check!);
  const tests = parts.filter((part) => !byHand.includes(part)).map(({ test }) => test);
  return { tests: [...tests, ...hintsOf(checks)], checks };
}

/** How lists beside the driver's are looked at: along with it, or each candidate by itself. */
function besidesOf(
  parts: readonly Part[],
  lengths: ReadonlyMap<Part, Length>,
  { driven, all, mergedMin }: { driven: number; all: number; mergedMin: number },
) {
  const isMerged = (part: Part): boolean => {
    const length = lengths.get(part);
    return driven >= mergedMin && length !== undefined && !!part.source?.within && length.n <= driven * MERGED_SHARE;
  };
  const testOf = (part: Part): Test => {
    const isRare = (lengths.get(part)?.n ?? all) * PROBED_SHARE <= all;
    return part.probe && isRare ? part.probe : part.test;
  };
  const merged = parts.filter(isMerged);
  const tested = parts.filter((part) => !merged.includes(part) || part.loose);
  return { merged: merged.map(({ source }) => source!), tests: tested.map(testOf) };
}

/** The shortest list drives; what is gathered and long is looked at by hand. */
export function wayOf({ parts, span, turns }: Reading, lengths: ReadonlyMap<Part, Length>): Way {
  const isLong = (part: Part): boolean => {
    const { n, cut } = lengths.get(part)!;
    return !part.source!.inOrder && (cut || n >= turns.gatheredMax);
  };
  const usable = [...lengths.keys()].filter((part) => !isLong(part));
  const driver = usable.toSorted((a, b) => lengths.get(a)!.n - lengths.get(b)!.n)[0];
  const all = { n: span.to - span.from, cut: true };
  const length = driver ? lengths.get(driver)! : all;
  const rest = parts.parts.filter((part) => part !== driver);
  const byHand = rest.filter((part) => part.check && isLong(part));
  const whole = wholeOf(parts.parts, byHand);
  const beside = rest.filter((part) => !byHand.includes(part));
  const { mergedMin } = turns;
  const counts = { driven: length.n, all: all.n, mergedMin };
  const { merged, tests } = besidesOf(beside, driver ? lengths : new Map(), counts);
  if (driver?.loose) tests.push(driver.test);
  const checks = byHand.map(({ check }) => check!);
  const together = [...lengths.values()].reduce((share, { n }) => share * Math.min(1, n / Math.max(all.n, 1)), 1);
  const gathered = byHand.length > 0 && length.n > turns.handMin;
  const way = {
    length,
    together,
    merged,
    tests: [...tests, ...hintsOf(checks)],
    checks,
    whole,
    ...(gathered && {
      spare: {
        source: common(byHand.map(({ source }) => source!)),
        tests: parts.parts.filter((part) => !byHand.includes(part)).map(({ test }) => test),
      },
    }),
  };
  if (driver) {
    const isShort = !length.cut && length.n <= turns.shortMax;
    return { ...way, driver: (isShort && driver.source!.short) || driver.source! };
  }
  return { ...way, driver: log };
}

const oddTests = ({ parts }: Parts): Test[] => parts.flatMap(({ oddTest }) => oddTest ?? []);

const meetsAll = (row: PlacedRow, checks: readonly Check[]): boolean => checks.every(({ meets }) => meets(row));

/** What a walk over a driver's list came to; `done`: there are rows enough, or no more. */
interface Walked {
  rows: PlacedRow[];
  done: boolean;
  candidates: number;
  last: TimePlace & TermPlace;
}

type Walking = Pick<Asked, 'from' | 'tests' | 'merged'> & { checks: readonly Check[]; walkedMax?: number };

/** Goes along a list that is in the order asked for, statement by statement, each over more of it. */
export async function walk(
  reading: Reading,
  span: Span,
  { from, tests, merged = [], checks, walkedMax = Infinity }: Walking,
): Promise<Walked> {
  const { db, tenantId, query, direction, limit, turns } = reading;
  const rows: PlacedRow[] = [];
  const isOrdered = 'odd' in from || 'terms' in from;
  let source = from;
  let left = span;
  const isWhole = tests.length === 0 && merged.length === 0 && checks.length === 0;
  let candidates = isWhole ? limit : limit * turns.growth;
  if (!isOrdered && !from.inOrder) candidates = Math.max(candidates, GATHERED_CANDIDATES_MIN);
  let checked = Math.ceil(limit * CHECKED_SHARE);
  for (let walked = 0; ;) {
    const wanted = checks.length > 0 ? Math.min(checked, CHECKED_MAX) : limit - rows.length;
    checked *= turns.growth;
    const order = 'odd' in from ? 'time' : 'sequence';
    const asked: Asked = { from: source, span: left, direction, tests, merged, candidates, rows: wanted, order };
    const chunk = await readChunk(db, tenantId, query, asked);
    rows.push(...chunk.rows.filter((row) => meetsAll(row, checks)));
    const cut = chunk.rows.length === wanted;
    const end = cut ? chunk.rows.at(-1)! : undefined;
    const last = end ? { sequence: end.sequence, time: end.event_time, key: end.key ?? chunk.last.key } : chunk.last;
    const ended = !cut && chunk.candidates < candidates;
    if (rows.length >= limit || ended)
      return { rows: rows.slice(0, limit), done: true, candidates: chunk.candidates, last };
    walked += chunk.candidates;
    if (walked >= walkedMax) return { rows, done: false, candidates: walked, last };
    if (isOrdered) source = { ...from, after: last };
    else left = direction === 'asc' ? { ...left, from: last.sequence } : { ...left, to: last.sequence - 1 };
    const dense = rows.length > 0 ? Math.ceil(((limit - rows.length) * walked * NEXT_SHARE) / rows.length) : Infinity;
    const grown = Math.min(candidates * turns.growth, Math.max(candidates, dense));
    candidates = Math.min(grown, CANDIDATES_MAX, walkedMax - walked);
  }
}

/** The part of a stretch in which events of a time are, but for those of an odd time. */
async function spanOf({ db, tenantId }: Reading, span: Span, from: number, to: number): Promise<Span> {
  const [before, end] = await Promise.all([
    from > -Infinity ? sizeAt(db, tenantId, from - 1) : span.from,
    to < Infinity ? sizeAt(db, tenantId, to + ODD_AFTER_MS) : span.to,
  ]);
  return { from: Math.max(span.from, before), to: Math.min(span.to, end) };
}

/** Rows of both in order, each once, `limit` of them. */
function inOrder(rows: readonly PlacedRow[], compare: (a: PlacedRow, b: PlacedRow) => number, limit: number) {
  const distinct = new Map(rows.map((row) => [row.sequence, row]));
  return [...distinct.values()].sort(compare).slice(0, limit);
}

/** Whether looking by hand finds enough. */
const isDense = ({ rows, candidates }: Pick<Walked, 'rows' | 'candidates'>, { span, turns }: Reading): boolean =>
  rows.length * Math.sqrt((span.to - span.from) / turns.handShare) >= candidates;

/** A page in the order of the log. */
export async function readBySequence(reading: Reading): Promise<PlacedRow[]> {
  const { parts, direction, limit, turns } = reading;
  const { window } = parts;
  const [only] = parts.parts;
  const isPlain = parts.parts.length <= 1 && only?.source?.inOrder !== false && !only?.source?.short && !only?.check;
  const lengths = isPlain && only?.source ? new Map([[only, { n: 0, cut: false }]]) : await lengthsOf(reading);
  const way = wayOf(reading, lengths);
  const along = async (span: Span): Promise<PlacedRow[]> => {
    const { driver: from, tests, merged, checks, spare } = way;
    const walking = { from, tests, merged, checks };
    if (!spare) return (await walk(reading, span, walking)).rows;
    const rows: PlacedRow[] = [];
    const rest = (): Reading => ({ ...reading, limit: limit - rows.length });
    let left = span;
    for (let candidates = 0, walkedMax = turns.walkedMax; ; walkedMax *= 2) {
      const walked = await walk(rest(), left, { ...walking, walkedMax });
      rows.push(...walked.rows);
      candidates += walked.candidates;
      if (walked.done) return rows;
      const { sequence } = walked.last;
      left = direction === 'asc' ? { ...left, from: sequence } : { ...left, to: sequence - 1 };
      if (!isDense({ rows, candidates }, reading)) break;
    }
    const gathered = await walk(rest(), left, { from: spare.source, tests: spare.tests, checks: [] });
    return [...rows, ...gathered.rows];
  };
  if (!window || parts.parts.at(-1)!.source === way.driver) return along(reading.span);
  const near = await along(await spanOf(reading, reading.span, window.from, window.to));
  // of those of an odd time, what comes before the last of a full page
  const end = near[limit - 1]?.sequence;
  const { from, to } = reading.span;
  const span = direction === 'asc' ? { from, to: end ?? to } : { from: end === undefined ? from : end - 1, to };
  const odd = await walk(reading, span, { from: happenedOdd(window, oddTests(parts)), ...way.whole });
  const sign = direction === 'asc' ? 1 : -1;
  return inOrder([...near, ...odd.rows], (a, b) => sign * (a.sequence - b.sequence), limit);
}

const EVER = { from: -Infinity, to: Infinity };

/** A page in the order of event time, from behind `after` on. */
export async function readByTime(reading: Reading, after: TimePlace | undefined): Promise<PlacedRow[]> {
  const { db, tenantId, query, parts, span, direction, limit, turns } = reading;
  const { window = EVER } = parts;
  const lengths = await lengthsOf(reading);
  const way = wayOf(reading, lengths);
  const keyset = (place: TimePlace | undefined): Test[] => (place ? [behind(place, direction)] : []);
  const { n, cut } = way.length;
  const isFew = !cut && n <= turns.fewMax;
  // of a list alone, or in a window, an estimate tells too little
  const isMet =
    n <= turns.listedMax &&
    !parts.window &&
    parts.parts.length > 1 &&
    way.together * (span.to - span.from) <= turns.metMax;
  if (way.driver !== log && (isFew || isMet) && way.checks.length === 0) {
    const candidates = (isFew ? turns.fewMax : turns.listedMax) * turns.growth;
    const tests = [...way.tests, ...keyset(after)];
    const { driver: from, merged } = way;
    const asked: Asked = { from, span, direction, tests, merged, candidates, rows: limit, order: 'time' };
    const chunk = await readChunk(db, tenantId, query, asked);
    if (chunk.candidates < candidates) return chunk.rows;
  }
  let place = after;
  const found: PlacedRow[] = [];
  // the window's own list is in the order of event time already
  const isTimed = way.driver === log || (parts.window && way.driver === parts.parts.at(-1)!.source);
  if (isTimed || way.checks.length > 0 || way.together * turns.commonShare >= 1) {
    const walkedMax = isTimed && !way.spare ? Infinity : turns.walkedMax;
    const from: Timed = { odd: false, window, after };
    const walked = await walk(reading, span, { from, ...way.whole, walkedMax });
    if (walked.done) return walked.rows;
    found.push(...walked.rows);
    place = walked.last;
    if (way.spare && isDense(walked, reading)) {
      const rest = { ...reading, limit: limit - found.length };
      return [...found, ...(await walk(rest, span, { from: { ...from, after: place }, ...way.whole })).rows];
    }
  }
  const left = { ...reading, limit: limit - found.length };
  const { spare } = way;
  const driving = spare
    ? { from: spare.source, tests: spare.tests, merged: [], checks: [] }
    : { from: way.driver, tests: way.tests, merged: way.merged, checks: way.checks };
  return [...found, ...(await readNear(left, driving, way.whole, place))];
}

/**
 * The same along a list that is in the order of the log: events are captured soon after they happen, so that once the list
 * has come past a time, what it has shown before that time is complete but for those of an odd time, which are few.
 */
async function readNear(
  reading: Reading,
  { from, tests, merged, checks }: Pick<Way, 'tests' | 'merged' | 'checks'> & { from: Source },
  whole: Way['whole'],
  place: TimePlace | undefined,
): Promise<PlacedRow[]> {
  const { db, tenantId, query, parts, direction, limit, turns } = reading;
  const up = direction === 'asc';
  const asked = parts.window ?? EVER;
  const edges = place ? (up ? { from: place.time, to: asked.to } : { from: asked.from, to: place.time + 1 }) : asked;
  const keyset = place ? [behind(place, direction)] : [];
  const compare = (a: PlacedRow, b: PlacedRow): number =>
    (up ? 1 : -1) * (a.event_time - b.event_time || a.sequence - b.sequence);
  let left = await spanOf(reading, reading.span, edges.from, edges.to);
  const shown: PlacedRow[] = [];
  for (let candidates = limit * NEAR_SHARE; ; candidates = Math.min(candidates * turns.growth, CANDIDATES_MAX)) {
    const rest = [...tests, ...keyset, () => `not ${ODD}`];
    const chunk = await readChunk(db, tenantId, query, {
      from,
      span: left,
      direction,
      tests: rest,
      merged,
      candidates,
      rows: candidates,
      order: 'sequence',
    });
    shown.push(...chunk.rows.filter((row) => meetsAll(row, checks)));
    const { sequence, recorded } = chunk.last;
    const ended = chunk.candidates < candidates;
    const past = up ? recorded - ODD_AFTER_MS : recorded;
    const complete = ended ? shown : shown.filter(({ event_time: time }) => (up ? time < past : time > past));
    if (ended || complete.length >= limit) {
      const last = complete.toSorted(compare)[limit - 1]?.event_time;
      const window = up
        ? { ...edges, to: last === undefined ? edges.to : last + 1 }
        : { ...edges, from: last ?? edges.from };
      const odd = await walk(reading, reading.span, {
        from: { odd: oddTests(parts), window, after: place },
        ...whole,
      });
      return inOrder(
        [...complete, ...odd.rows].map((row) => ({ ...row, place: row.event_time })),
        compare,
        limit,
      );
    }
    left = up ? { ...left, from: sequence } : { ...left, to: sequence - 1 };
  }
}
