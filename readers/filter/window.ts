import { addTo, type Direction, directionOf, type Passage, passageOf, type Sighting, type Side } from './direction.ts';
import { factOf, hexOf, isHalfSeen, keyOf } from './gate.ts';
import { Memory } from './memory.ts';
import type { Edge, WindowConfig } from './options.ts';
import type { Fact, FilterCounts, Identify, Place, Read, Spot } from './place.ts';
import { tellingOf } from './raw.ts';
import type { GateTally } from './tally.ts';

/** Reads of the last moments are kept: the edge that opens their window may come after them. */
const BEFORE_MS = 2000;
/** Reads kept at one gate; beyond it the oldest that no window holds are given up. */
const READS_MAX = 100_000;

/** A read that waits for its window to be over: EPC, bits, side, times, RSSI, count, antenna, what else is told. */
type Kept = [
  hex: string,
  bits: number,
  side: Side | null,
  at: number,
  last: number,
  rssi: number | null,
  n: number,
  antenna: number,
  more?: Pick<Sighting, 'signal' | 'raw' | 'tids'>,
];
/** What a photo eye saw: eye A opens the window, B is the second one. */
interface Broken {
  eye: Side;
  /** Broken, or free again. */
  on: boolean;
  atMs: number;
}
interface Window {
  openMs: number;
  endMs?: number;
  seen: Broken[];
}
/** One gate's open windows and the reads that may lie in them. */
interface State {
  windows: Window[];
  reads: Kept[];
}

/** A passage that an operator must see and no event tells. */
export interface Notice {
  kind: 'empty-window' | 'undecided-passage';
  place: Place;
  atMs: number;
  detail: Record<string, unknown>;
}

const opposite = ({ gpi, edge }: Edge): Edge => ({ gpi, edge: edge === 'rising' ? 'falling' : 'rising' });
const is = (edge: Edge, gpi: number, high: boolean): boolean => edge.gpi === gpi && (edge.edge === 'rising') === high;

/** Which way something went past two eyes, by the one that was broken first and the one that was free last. */
function directionByEyes(seen: readonly Broken[]): Direction {
  const broken = seen.filter(({ on }) => on);
  const [first, last] = [broken[0]?.eye, seen.at(-1)];
  if (new Set(broken.map(({ eye }) => eye)).size < 2 || !last || last.on) return 'undecided';
  if (last.eye === first) return 'turned';
  return first === 'A' ? 'in' : 'out';
}

/**
 * Mode `gate` with photo eyes: an edge opens a window, the opposite edge or `maxMs` ends it, and what was read in
 * between, by its own time, passed in it. With a second eye their order is the direction, without one it is that of
 * the antennas. A window in which nothing was read is a notice to operators.
 */
export class Windows {
  readonly memory = new Memory<State>('window:');
  readonly #identify: Identify;
  readonly #counts: FilterCounts;
  readonly #tally: GateTally;
  readonly #placeOf: (id: number) => Place | undefined;

  constructor(identify: Identify, counts: FilterCounts, tally: GateTally, placeOf: (id: number) => Place | undefined) {
    this.#identify = identify;
    this.#counts = counts;
    this.#tally = tally;
    this.#placeOf = placeOf;
  }

  #state(place: Place): State {
    return this.memory.get(String(place.id)) ?? { windows: [], reads: [] };
  }

  see(spot: Spot, read: Read): void {
    const { place, minRssi, side } = spot;
    const { key, rssi, count, firstMs, lastMs, antenna, signal } = read;
    if (minRssi !== undefined && rssi !== undefined && rssi < minRssi) {
      this.#counts.weak += count;
      return;
    }
    const state = this.#state(place);
    const kept: Kept = [hexOf(key), key.bits, side ?? null, firstMs, lastMs, rssi ?? null, count, antenna];
    const telling = tellingOf(spot, read);
    if (signal ?? telling.raw ?? telling.tids) kept.push({ ...telling, ...(signal ? { signal: { ...signal } } : {}) });
    state.reads.push(kept);
    if (state.reads.length > READS_MAX) {
      const [given] = state.reads.splice(0, 1);
      this.#counts.late += given![6];
    }
    this.memory.put(String(place.id), state);
  }

  /** An edge at a gate's input. Edges that the gate does not know are of no concern to it. */
  gpi(place: Place, port: number, high: boolean, atMs: number): void {
    const config = place.filter.window;
    if (!config) return;
    const state = this.#state(place);
    const eyes: [Side, Edge | undefined][] = [
      ['A', config.open],
      ['B', config.second],
    ];
    for (const [eye, edge] of eyes) {
      if (edge && is(edge, port, high)) breaks(state, config, { eye, on: true, atMs });
      const free = edge && (eye === 'A' && config.close ? config.close : opposite(edge));
      if (free && is(free, port, high)) frees(state, config, { eye, on: false, atMs });
    }
    this.memory.put(String(place.id), state);
  }

  /** Lets out the windows that are over. */
  tick(nowMs: number, out: Fact[], notices: Notice[]): void {
    for (const [name, state] of this.memory.entries()) {
      const place = this.#placeOf(Number(name));
      const config = place?.filter.window;
      if (!place || !config) {
        this.memory.delete(name);
        continue;
      }
      const live = place.listening.liveMs(nowMs);
      // An edge is told when it has lasted: one of the time that a window waits for comes that much later.
      const certain = live - place.filter.gpiDebounceMs;
      const over = state.windows.filter((window) => certain > endOf(window, config) + waitOf(window, config));
      for (const window of over) this.#end(place, config, state, window, out, notices);
      state.windows = state.windows.filter((window) => !over.includes(window));
      const kept = state.reads.filter(
        ([, , , at]) => at >= live - BEFORE_MS - config.settleMs || state.windows.some((w) => at >= w.openMs),
      );
      if (!over.length && kept.length === state.reads.length) continue;
      state.reads = kept;
      if (kept.length || state.windows.length) this.memory.put(name, state);
      else this.memory.delete(name);
    }
  }

  #end(place: Place, config: WindowConfig, state: State, window: Window, out: Fact[], notices: Notice[]): void {
    const endMs = endOf(window, config);
    const inside = ([, , , at]: Kept): boolean => at >= window.openMs && at <= endMs;
    const byEpc = Map.groupBy(state.reads.filter(inside), ([hex, bits]) => `${bits}:${hex}`);
    state.reads = state.reads.filter((read) => !inside(read));
    const facts = [...byEpc.values()].flatMap((reads) => this.#factOf(place, config, window, reads));
    out.push(...facts);
    for (const { kind, atMs } of facts) this.#tally.add(place, kind as Direction, atMs);
    const [from, to] = [window.openMs, endMs].map((ms) => new Date(ms).toISOString());
    if (!facts.length) {
      this.#tally.add(place, 'empty', window.openMs);
      notices.push({ kind: 'empty-window', place, atMs: window.openMs, detail: { from, to } });
    }
  }

  #factOf(place: Place, config: WindowConfig, window: Window, reads: Kept[]): Fact[] {
    const [hex, bits] = reads[0]!;
    const uri = this.#identify(keyOf(hex, bits), place.filter)?.uri;
    const passage = passageOfAll(reads);
    const { minReads, directionMarginMs } = place.filter;
    if (uri === undefined) this.#counts.ignored += passage.reads;
    if (uri === undefined || passage.reads < minReads) return [];
    const byAntennas = (): Direction =>
      isHalfSeen(place, passage) ? 'undecided' : directionOf(passage, minReads, directionMarginMs);
    const kind = config.second ? directionByEyes(window.seen) : byAntennas();
    return [factOf(place, uri, kind, passage, String(window.openMs))];
  }
}

function passageOfAll(reads: Kept[]): Passage {
  const sightings = reads.map(([, , side, atMs, lastMs, rssi, count, antenna, more]): Sighting => {
    return { side: side ?? undefined, atMs, lastMs, rssi: rssi ?? undefined, count, antenna, ...more };
  });
  const [first, ...more] = sightings.sort((a, b) => a.atMs - b.atMs);
  const passage = passageOf(first!);
  for (const sighting of more) addTo(passage, sighting);
  return passage;
}

const endOf = (window: Window, config: WindowConfig): number =>
  Math.min(window.endMs ?? Infinity, window.openMs + config.maxMs);

/** How long after its end a window may still change: late reads; and the other eye, where it was not seen. */
function waitOf(window: Window, config: WindowConfig): number {
  const eyes = new Set(window.seen.map(({ eye }) => eye));
  const half = config.second !== undefined && eyes.size < 2 && window.endMs !== undefined;
  return half ? Math.max(config.settleMs, Math.min(BEFORE_MS, config.maxMs)) : config.settleMs;
}

/** An eye is broken: a window opens, or the one that is open or only just over goes on. */
function breaks(state: State, config: WindowConfig, broken: Broken): void {
  const current = state.windows.find(
    (w) => broken.atMs >= w.openMs && broken.atMs <= endOf(w, config) + waitOf(w, config),
  );
  if (!current) {
    state.windows.push({ openMs: broken.atMs, seen: [broken] });
    return;
  }
  current.seen.push(broken);
  delete current.endMs;
}

/** An eye is free: the window is over when no other one is still broken. */
function frees(state: State, config: WindowConfig, free: Broken): void {
  const current = state.windows.findLast((w) => free.atMs >= w.openMs && free.atMs <= w.openMs + config.maxMs);
  if (!current) return;
  current.seen.push(free);
  const last = new Map(current.seen.map(({ eye, on }) => [eye, on]));
  if (![...last.values()].some(Boolean)) current.endMs = free.atMs;
}
