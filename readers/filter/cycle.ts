import { hexOf } from './gate.ts';
import { Memory } from './memory.ts';
import type { CycleConfig, Edge } from './options.ts';
import { admission, grouping } from './pattern.ts';
import type { Fact, FilterCounts, Identify, Kind, Named, Place, Read, Spot } from './place.ts';

/** Cycles that one look may end; after a longer pause the empty ones between are left out. */
const CYCLES_MAX = 1000;
/** Tags of one cycle; beyond it new ones are not followed, which is an alarm. */
const TAGS_MAX = 100_000;
/** Edges that wait for the end of a cycle; of more the oldest are given up. */
const EDGES_MAX = 1000;
/** Name of the group of what fits no group pattern. */
const DEFAULT_GROUP = 'default';
const KINDS = { CURRENT: 'current', ADDITIONS: 'additions', DELETIONS: 'deletions' } as const satisfies Record<
  string,
  Kind
>;

/** A tag in a cycle; times of its first and last read, count of all. */
interface Seen extends Named {
  at: number;
  last?: number;
  n: number;
}
type Tags = Record<string, Seen>;

/** How many tags a cycle has: counting them anew for each new tag would take longer and longer. */
const sizes = new WeakMap<Tags, number>();
const sizeOf = (tags: Tags): number => sizes.get(tags) ?? Object.keys(tags).length;

/** One place's cycle under way, what was read after its end, and what each report had the last time. */
interface State {
  /** None while a start trigger is waited for. */
  from?: number;
  stopAt?: number;
  /** When the last new tag came. */
  newAt: number;
  tags: Tags;
  next: Tags;
  last: Record<string, Named>[];
  /** Edges that came after the end of a cycle that still waits for late reads. */
  edges?: [port: number, high: boolean, atMs: number][];
}

const is = (edge: Edge | undefined, gpi: number, high: boolean): boolean =>
  edge !== undefined && edge.gpi === gpi && (edge.edge === 'rising') === high;

type Matching = { admits: ReturnType<typeof admission>; groupOf: ReturnType<typeof grouping> };

/**
 * Mode `cycle`: event cycles as in ALE 1.1. A cycle ends by duration, stop trigger or stable set, and begins by period
 * (at multiples of it, so that a replay has the same ones), start trigger, or when the last one has ended. A tag read
 * between cycles belongs to the next one. While a reader was not heard, nothing counts as deleted.
 */
export class Cycles {
  readonly memory = new Memory<State>('cycle:');
  /** Reads of tags that a full cycle did not follow. */
  refused = 0;
  readonly #identify: Identify;
  readonly #counts: FilterCounts;
  readonly #placeOf: (id: number) => Place | undefined;
  readonly #matching = new WeakMap<CycleConfig, Matching[]>();

  constructor(identify: Identify, counts: FilterCounts, placeOf: (id: number) => Place | undefined) {
    this.#identify = identify;
    this.#counts = counts;
    this.#placeOf = placeOf;
  }

  #state(place: Place): State {
    const last = place.filter.cycle?.reports.map(() => ({})) ?? [];
    return this.memory.get(String(place.id)) ?? { newAt: 0, tags: {}, next: {}, last };
  }

  /** Takes a read that arrived at `nowMs`; the cycles that are over by its time come out. */
  see({ place, minRssi }: Spot, read: Read, nowMs: number, out: Fact[]): void {
    const config = place.filter.cycle;
    if (!config) return;
    if (minRssi !== undefined && read.rssi !== undefined && read.rssi < minRssi) {
      this.#counts.weak += read.count;
      return;
    }
    const at = read.firstMs;
    if (this.memory.get(String(place.id))) this.#turn(place, config, Math.min(at, place.listening.liveMs(nowMs)), out);
    const state = this.#state(place);
    if (state.from === undefined && !config.start) this.#begin(state, config, at);
    const now = state.from !== undefined && at <= endOf(state, config);
    const tags = now ? state.tags : state.next;
    const name = `${read.key.bits}:${hexOf(read.key)}`;
    const known = tags[name];
    if (known) {
      known.n += read.count;
      known.at = Math.min(known.at, at);
      known.last = Math.max(known.last ?? at, at);
    } else {
      const named = this.#identify(read.key, place.filter);
      const size = sizeOf(tags);
      if (named && size < TAGS_MAX) {
        tags[name] = { ...named, at, last: at, n: read.count };
        sizes.set(tags, size + 1);
      } else if (named) this.refused++;
      else this.#counts.ignored += read.count;
      if (named && now) state.newAt = Math.max(state.newAt, at);
    }
    this.memory.put(String(place.id), state);
  }

  /** Begins a cycle at `atMs`, or at the multiple of the period before it; what was read since the last one is in it. */
  #begin(state: State, config: CycleConfig, atMs: number): void {
    state.from = config.periodMs ? Math.floor(atMs / config.periodMs) * config.periodMs : atMs;
    delete state.stopAt;
    state.newAt = state.from;
    const all = Object.entries(state.next).toSorted(([, a], [, b]) => a.at - b.at);
    state.tags = {};
    state.next = {};
    for (const [name, seen] of all) {
      const now = seen.at <= endOf(state, config);
      (now ? state.tags : state.next)[name] = seen;
      if (now) state.newAt = Math.max(state.newAt, seen.at);
    }
  }

  /** An edge at an input of one of the place's readers. */
  gpi(place: Place, port: number, high: boolean, atMs: number): void {
    const config = place.filter.cycle;
    if (!config) return;
    if (!is(config.start, port, high) && !is(config.stop, port, high)) return;
    const state = this.#state(place);
    (state.edges ??= []).push([port, high, atMs]);
    if (state.edges.length > EDGES_MAX) state.edges.shift();
    this.#takeEdges(state, config);
    this.memory.put(String(place.id), state);
  }

  /** Begins and stops by the edges so far, up to one that comes after the end of the cycle under way. */
  #takeEdges(state: State, config: CycleConfig): void {
    for (let edge = state.edges?.[0]; edge; edge = state.edges?.[0]) {
      const [port, high, atMs] = edge;
      if (state.from !== undefined && atMs >= endOf(state, config)) return;
      state.edges!.shift();
      if (state.from === undefined) {
        if (is(config.start, port, high)) this.#begin(state, config, atMs);
      } else if (is(config.stop, port, high) && atMs >= state.from) stopAt(state, atMs);
    }
  }

  /** Ends the cycles that are over, begins the next ones. `places` are all there are: empty ones have cycles, too. */
  tick(nowMs: number, places: Iterable<Place>, out: Fact[]): void {
    for (const place of places) {
      const config = place.filter.mode === 'cycle' ? place.filter.cycle : undefined;
      if (config) this.#turn(place, config, place.listening.liveMs(nowMs), out);
    }
    for (const [name] of this.memory.entries()) if (!this.#placeOf(Number(name))) this.memory.delete(name);
  }

  #turn(place: Place, config: CycleConfig, live: number, out: Fact[]): void {
    const state = this.#state(place);
    if (state.from === undefined && !config.start) {
      this.#begin(state, config, live);
      this.memory.put(String(place.id), state);
    }
    if (state.edges?.length) this.memory.put(String(place.id), state);
    for (let n = 0; ; n++) {
      this.#takeEdges(state, config);
      if (state.from === undefined) return;
      const end = endOf(state, config);
      if (live <= end + config.settleMs) return;
      this.#report(place, config, state, state.from, end, out);
      const from = n < CYCLES_MAX ? nextFrom(state.from, end, config) : live;
      delete state.from;
      state.tags = {};
      if (!config.start) this.#begin(state, config, from);
      this.memory.put(String(place.id), state);
    }
  }

  #matchingOf(config: CycleConfig): Matching[] {
    const known = this.#matching.get(config);
    if (known) return known;
    const made = config.reports.map(({ include, exclude, groups }) => {
      return { admits: admission(include, exclude), groupOf: grouping(groups) };
    });
    this.#matching.set(config, made);
    return made;
  }

  #report(place: Place, config: CycleConfig, state: State, from: number, end: number, out: Fact[]): void {
    const matching = this.#matchingOf(config);
    const deaf = place.listening.between(from, end) < end - from;
    const enough = Object.entries(state.tags).filter(([, { n }]) => n >= place.filter.minReads);
    config.reports.forEach((report, i) => {
      const { admits, groupOf } = matching[i]!;
      const before = state.last[i] ?? {};
      const now: Record<string, Named> = Object.fromEntries(
        enough.filter(([, seen]) => admits(seen)).map(([name, { uri, tagUri, hex }]) => [name, { uri, tagUri, hex }]),
      );
      const without = (a: Record<string, Named>, b: Record<string, Named>): Record<string, Named> =>
        Object.fromEntries(Object.entries(a).filter(([name]) => !Object.hasOwn(b, name)));
      const [additions, missing] = [without(now, before), without(before, now)];
      const deletions = deaf ? {} : missing;
      state.last[i] = deaf ? { ...missing, ...now } : now;
      const members = { CURRENT: now, ADDITIONS: additions, DELETIONS: deletions }[report.set];
      const same = Object.keys(additions).length === 0 && Object.keys(deletions).length === 0;
      const list = Object.values(members);
      if ((report.reportOnlyOnChange && same) || (!list.length && !report.reportIfEmpty)) return;
      const named = report.name ?? report.set;
      const note: Record<string, unknown> = { report: named, from: iso(from), to: iso(end), count: list.length };
      if (report.groups.length) note['groups'] = countsOf(list, groupOf);
      const uris = list.length ? list.map(({ uri }) => uri) : [''];
      for (const uri of uris) out.push(reported(place, KINDS[report.set], uri, end, `${end}:${i}`, note));
    });
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();

function reported(place: Place, kind: Kind, uri: string, atMs: number, group: string, note: Fact['note'] & {}): Fact {
  const unknown = { antenna: undefined, rssi: undefined, dwellMs: undefined };
  return { kind, place, uri, atMs, group, count: 0, note, ...unknown };
}

function countsOf(list: Named[], groupOf: Matching['groupOf']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of list) {
    const group = groupOf(one) ?? DEFAULT_GROUP;
    counts[group] = (counts[group] ?? 0) + 1;
  }
  return counts;
}

/** Ends the cycle under way; what was read after that belongs to the next one. */
function stopAt(state: State, atMs: number): void {
  state.stopAt ??= atMs;
  for (const [name, seen] of Object.entries(state.tags)) {
    const { last = seen.at } = seen;
    if (last <= state.stopAt) continue;
    state.next[name] ??= { ...seen, at: seen.at > state.stopAt ? seen.at : last, last };
    if (seen.at > state.stopAt) delete state.tags[name];
  }
  for (const tags of [state.tags, state.next]) sizes.delete(tags);
}

/** When the cycle ends by what is known: the earliest of its end conditions. */
function endOf({ from, stopAt, newAt }: State, { durationMs, stableMs }: CycleConfig): number {
  const start = from ?? 0;
  return Math.min(
    start + (durationMs ?? Infinity),
    stopAt ?? Infinity,
    Math.max(newAt, start) + (stableMs ?? Infinity),
  );
}

/** The start after a cycle: its end, or the next multiple of the period that is not before it. */
function nextFrom(from: number, end: number, { periodMs }: CycleConfig): number {
  return periodMs ? from + Math.max(1, Math.ceil((end - from) / periodMs)) * periodMs : end;
}
