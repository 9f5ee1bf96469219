import { identify, keyOf, uriOfKey } from '../gs1/index.ts';
import { factsOf } from '../store/facts.ts';
import { sizeAt } from '../store/log-head.ts';
import type { Store } from '../store/open.ts';
import type { Fact } from '../trace/fact.ts';
import { type AnsweredNode, type FullAnswer, type Op, askFull } from '../trace/index.ts';
import { namesFor, namesIn } from './master-names.ts';
import type { Entry, Gap, HistoryRow, Recall } from './recall.ts';
import { describe } from './thing.ts';
import type { Link } from './trace-graph.ts';
import type { Language } from './words.ts';

/** Identifiers that people have of their own are taken as they are, if they are URIs. */
const OWN_URI = /^[a-z][a-z0-9+.-]*:\S+$/i;
/** Places whose names are looked up for one answer. */
const PLACES_NAMED_MAX = 300;

/** The URI that a text means; the reason where it means none. */
export function uriOf(text: string): { uri: string } | { message: string } {
  const read = identify(text);
  if (read.ok) return { uri: uriOfKey(keyOf(read.id), read.id.gcpLength) };
  // bits that no scheme knows may have been captured as raw; digits alone are a number typed wrong
  if (read.raw !== undefined && !/^\d+$/.test(text)) return { uri: read.raw };
  // a broken GS1 identifier is a typing mistake, never somebody's own name
  const own = OWN_URI.test(text) && !/^(urn:epc:|https?:)/i.test(text);
  return own ? { uri: text } : { message: read.message };
}

const placesOf = ({ holdings }: AnsweredNode): string[] => [
  ...new Set(holdings.flatMap(({ location }) => (location === null ? [] : [location]))),
];

function entryOf(node: AnsweredNode): Entry {
  const { id, confidence, depth, state, fraction } = node;
  return {
    id,
    kind: describe(id).kind,
    confidence,
    depth,
    state,
    places: placesOf(node),
    ...(fraction !== undefined && { fraction }),
  };
}

/** Lots before items, then by number: the order in which people read a recall list. */
const LIST_ORDER = ['gtin', 'lgtin'];
function byKind(a: Entry, b: Entry): number {
  const rank = ({ kind }: Entry): number => (LIST_ORDER.includes(kind) ? 0 : 1);
  return rank(a) - rank(b) || (a.id < b.id ? -1 : 1);
}

const entriesOf = ({ nodes = [] }: FullAnswer): Entry[] => nodes.map(entryOf).sort(byKind);

/**
 * The lines of the picture. That an item belongs to its lot is certain even where the way through the lot is not (R18):
 * such a line is drawn as sure as the item is.
 */
function linksOf({ edges = [], nodes = [] }: FullAnswer): Link[] {
  const confidenceOf = new Map(nodes.map(({ id, confidence }) => [id, confidence]));
  return edges.map(({ from, to, kind, confidence }) => ({
    from,
    to,
    confidence: kind === 'member' ? (confidenceOf.get(to) ?? confidence) : confidence,
  }));
}

function historyRow(fact: Fact): HistoryRow {
  const place = fact.bizLocation ?? fact.readPoint;
  return {
    eventID: fact.eventID,
    eventTime: fact.eventTime,
    type: fact.type,
    ...(fact.action && { action: fact.action }),
    ...(fact.bizStep !== undefined && { bizStep: fact.bizStep }),
    ...(place !== undefined && { place }),
  };
}

/** Gaps of several answers, each once. */
function mergeGaps(answers: FullAnswer[]): Gap[] {
  const gaps = answers.flatMap((answer) => answer.gaps ?? []);
  return [...new Map(gaps.map((gap) => [`${gap.code} ${gap.ids.join(' ')}`, gap])).values()];
}

function mergeExcluded(answers: FullAnswer[]): Recall['excluded'] {
  const all = answers.flatMap((answer) => answer.excluded ?? []);
  const rows = all.map(({ eventID, declaredAt, reason }) => ({
    eventID,
    ...(Number.isNaN(Date.parse(declaredAt)) ? {} : { declaredAt: Date.parse(declaredAt) }),
    ...(reason === null ? {} : { reason }),
  }));
  return [...new Map(rows.map((row) => [row.eventID, row])).values()];
}

/** URIs that the page shows by name: places and product classes. */
function* namedUris(recall: Omit<Recall, 'names'>): Generator<string> {
  if (recall.location !== null) yield recall.location;
  for (const { place } of recall.history) if (place !== undefined) yield place;
  const entries = [recall.origins, recall.upstream, recall.affected, recall.possible, recall.contents].flat();
  const ids = [recall.root.uri, ...entries.map(({ id }) => id), ...recall.gaps.flatMap((gap) => gap.ids)];
  const products = new Set(ids.map((id) => describe(id).product));
  for (const product of products) if (product !== undefined) yield product;
  const places = new Set(entries.flatMap((entry) => entry.places));
  yield* [...places].slice(0, PLACES_NAMED_MAX);
}

/**
 * The answers that the page of one identifier is made of, as known at `asOf` (ms since 1970). Throws AppError `invalid`
 * for what `uriOf` reads and the trace refuses, `unavailable` when the database does not answer.
 */
export async function findRecall(
  store: Store,
  tenantId: string,
  uri: string,
  { asOf, language }: { asOf: number; language: Language },
): Promise<Recall> {
  const size = await sizeAt(store, tenantId, asOf);
  // facts come once from one function, so each walk has its own
  const ask = (op: Op): Promise<FullAnswer> => askFull(factsOf(store, tenantId, asOf), { op, of: uri }, { asOf, size });
  const [back, forward, past, where, state, inside] = (await Promise.all(
    (['back', 'forward', 'history', 'where', 'state', 'contents'] as const).map(ask),
  )) as [FullAnswer, FullAnswer, FullAnswer, FullAnswer, FullAnswer, FullAnswer];
  const answers = [back, forward, past];
  const downstream = entriesOf(forward);
  const upstream = entriesOf(back);
  const known = new Map([...upstream, ...downstream].map((entry) => [entry.id, entry]));
  const entryFor = (id: string): Entry =>
    known.get(id) ?? { id, kind: describe(id).kind, confidence: 'definite', depth: 0, state: null, places: [] };
  const rows = await factsOf(store, tenantId, asOf)({ eventIDs: past.events ?? [] });
  const order = new Map((past.events ?? []).map((eventID, n) => [eventID, n]));
  const standing = rows.filter((fact) => !fact.refused && !fact.declaration && order.has(fact.eventID));
  const recall: Omit<Recall, 'names'> = {
    root: describe(back.root),
    unknown: mergeGaps(answers).some(({ code }) => code === 'UNKNOWN_ID'),
    location: where.location ?? null,
    state: state.state ?? null,
    seenAfterEnd: state.seenAfterEnd ?? false,
    origins: (back.origins ?? []).map(entryFor),
    upstream,
    affected: downstream.filter(({ confidence }) => confidence === 'definite'),
    possible: downstream.filter(({ confidence }) => confidence === 'possible'),
    contents: (inside.contents ?? []).map(entryFor),
    links: [...linksOf(back), ...linksOf(forward)],
    history: standing.map(historyRow).sort((a, b) => order.get(a.eventID)! - order.get(b.eventID)!),
    gaps: mergeGaps(answers),
    excluded: mergeExcluded(answers),
    asOf,
    digests: { back: back.digest, forward: forward.digest },
    redacted: answers.some(({ redacted }) => redacted),
    truncated: answers.some(({ truncated }) => truncated),
  };
  const names = await namesFor(store, tenantId, namedUris(recall), language);
  return { ...recall, names: namesIn(names) };
}
