import type { FilterConfig } from './options.ts';
import type { Fact, FilterCounts, Identify, Place, Read, Spot } from './place.ts';
import { tellingOf } from './raw.ts';
import { CANDIDATE, DEPARTED, type EpcKey, IGNORED, PRESENT, type PresenceTable, type State } from './presence.ts';
import { Wheel } from './wheel.ts';

/** Reads may arrive this late on a live link and still find their tag remembered. */
const LATE_MS_MAX = 15 * 60_000;
/** A read this much older than the tag's last one shows a clock set back, not a report out of order. */
const BACKWARD_MS_MIN = 1000;
/** A departure is told this much later than it could be: for reads that are on their way. */
const SETTLE_MS = 2000;
/** An entry that is not over yet is looked at again after this much, at least. */
const AGAIN_MS_MIN = 500;

/**
 * Modes `arrivals` and `presence`: an EPC comes out when it becomes present at a place, and in `presence` also when
 * it has departed (llrp specification, "Presence"). A reader hands out its reads in the order in which it made them;
 * so a read older than the same tag's last one is never an earlier visit, but a clock that was set back, and the tag
 * is still there. Whether a tag departed is decided by the times of its reads and by when its reader was heard, never
 * by when anybody looked: the same reads give the same facts.
 */
export class Presences {
  readonly #table: PresenceTable;
  readonly #identify: Identify;
  readonly #counts: FilterCounts;
  readonly #placeOf: (id: number) => Place | undefined;
  readonly #wheel = new Wheel();

  constructor(
    table: PresenceTable,
    identify: Identify,
    counts: FilterCounts,
    placeOf: (id: number) => Place | undefined,
  ) {
    this.#table = table;
    this.#identify = identify;
    this.#counts = counts;
    this.#placeOf = placeOf;
  }

  /** Goes on with a table that was filled from disk. */
  resume(): void {
    for (const index of this.#table.indexes()) {
      const mode = this.#placeOf(this.#table.place(index))?.filter.mode;
      if (mode === 'presence' && this.#table.state(index) === PRESENT) this.#wheel.schedule(index, 0);
    }
  }

  /** Takes a read that arrived at `nowMs`; what it shows is added to `out`. */
  see(spot: Spot, read: Read, nowMs: number, out: Fact[]): void {
    const { place, minRssi } = spot;
    const index = this.#table.find(place.id, read.key);
    const state = index < 0 ? 0 : this.#table.state(index);
    if (state > CANDIDATE && this.#stays(place, index, state, read, nowMs, out)) return;
    if (minRssi !== undefined && read.rssi !== undefined && read.rssi < minRssi) {
      this.#counts.weak += read.count;
      return;
    }
    this.#arrive(spot, index, read, nowMs, out);
  }

  /** A read of a tag that is known: true when it is nothing new. */
  #stays(place: Place, index: number, state: number, read: Read, nowMs: number, out: Fact[]): boolean {
    const isBack = this.#cameBack(place, index, read, nowMs);
    if (state === DEPARTED) {
      if (isBack || read.firstMs > this.#table.last(index)) return false;
      this.#counts.late += read.count;
      return true;
    }
    if (isBack || this.#departed(place, index, read)) {
      if (state === PRESENT && place.filter.mode === 'presence') this.#depart(place, index, out);
      return false;
    }
    if (state === IGNORED) this.#counts.ignored += read.count;
    else if (place.filter.mode === 'presence') this.#table.count(index, read.count);
    this.#refresh(place, index, read, nowMs);
    return true;
  }

  /** While a clock may have been set back, a read from before the tag's last one is of now: the tag may have been away. */
  #cameBack({ filter, listening }: Place, index: number, read: Read, nowMs: number): boolean {
    const last = this.#table.last(index);
    if (!listening.inDoubt || read.firstMs >= last - BACKWARD_MS_MIN) return false;
    return listening.between(last, listening.madeBeforeMs(nowMs)) > filter.departAfterMs;
  }

  #departed(place: Place, index: number, read: Read): boolean {
    const { departAfterMs } = place.filter;
    const last = this.#table.last(index);
    return read.firstMs - last > departAfterMs && place.listening.between(last, read.firstMs) > departAfterMs;
  }

  /** When a tag was seen last. While reads go back their times mean nothing to each other: then by when they came. */
  #seenMs({ listening }: Place, read: Read, nowMs: number): number {
    return listening.goesBack ? Math.max(read.lastMs, listening.madeBeforeMs(nowMs)) : read.lastMs;
  }

  #refresh(place: Place, index: number, read: Read, nowMs: number): void {
    const last = this.#table.last(index);
    const seenMs = this.#seenMs(place, read, nowMs);
    const isBack = read.lastMs < last - Math.max(BACKWARD_MS_MIN, place.filter.departAfterMs);
    // counted however it is timed
    if (isBack) this.#counts.backward += read.count;
    if (seenMs > last) this.#table.touch(index, seenMs);
    else if (isBack) this.#table.touch(index, nowMs);
  }

  /** Counts the read towards presence, and decides when there are enough. */
  #arrive(spot: Spot, index: number, read: Read, nowMs: number, out: Fact[]): void {
    const { place } = spot;
    const { minReads } = place.filter;
    const seenMs = this.#seenMs(place, read, nowMs);
    if (minReads === 1) return this.#enter(spot, index, read, { atMs: read.firstMs, seenMs }, out);
    const before = index >= 0 && this.#table.state(index) === CANDIDATE ? this.#table.times(index) : [];
    const times = this.#window([...before, ...readTimes(read, minReads)], place.filter);
    if (times.length >= minReads) return this.#enter(spot, index, read, { atMs: times[0]!, seenMs }, out);
    this.#store(place, index, read.key, CANDIDATE, times[0]!, times.at(-1)!, times);
  }

  /** The first `minReads` times that lie within `windowMs`, else those that still may. */
  #window(times: number[], { minReads, windowMs }: FilterConfig): number[] {
    const sorted = times.sort((a, b) => a - b);
    for (let i = 0; i + minReads <= sorted.length; i++) {
      if (sorted[i + minReads - 1]! - sorted[i]! <= windowMs) return sorted.slice(i, i + minReads);
    }
    const newest = sorted.at(-1)!;
    return sorted.filter((time) => newest - time <= windowMs).slice(1 - minReads);
  }

  #enter(spot: Spot, index: number, read: Read, when: { atMs: number; seenMs: number }, out: Fact[]): void {
    const { place } = spot;
    const { atMs, seenMs } = when;
    const uri = this.#identify(read.key, place.filter)?.uri;
    const state = uri === undefined ? IGNORED : PRESENT;
    const here = this.#store(place, index, read.key, state, atMs, Math.max(atMs, seenMs));
    if (uri === undefined) {
      this.#counts.ignored += read.count;
      return;
    }
    if (place.filter.mode === 'presence') {
      const { minReads, departAfterMs } = place.filter;
      this.#table.count(here, Math.max(read.count, minReads));
      this.#wheel.schedule(here, seenMs + departAfterMs + SETTLE_MS);
    } else if (this.#presentNextDoor(place, read.key, atMs)) return;
    const { antenna, rssi, count } = read;
    const rest = { group: undefined, dwellMs: undefined, ...tellingOf(spot, read) };
    out.push({ kind: 'arrival', place, uri, atMs, antenna, rssi, count, ...rest });
  }

  #presentNextDoor(place: Place, key: EpcKey, atMs: number): boolean {
    return place.siblings.some((sibling) => {
      const index = this.#table.find(sibling, key);
      if (index < 0 || this.#table.state(index) !== PRESENT) return false;
      const { departAfterMs } = place.filter;
      return atMs >= this.#table.first(index) - departAfterMs && atMs <= this.#table.last(index) + departAfterMs;
    });
  }

  #store(
    place: Place,
    index: number,
    key: EpcKey,
    state: State,
    first: number,
    last: number,
    times?: number[],
  ): number {
    if (index < 0) {
      const added = this.#table.add(place.id, key, state, first, last);
      if (times) this.#table.set(added, state, first, last, times);
      return added;
    }
    this.#table.set(index, state, first, last, times);
    return index;
  }

  #depart(place: Place, index: number, out: Fact[]): void {
    const [first, atMs, count] = [this.#table.first(index), this.#table.last(index), this.#table.reads(index)];
    const uri = this.#identify(this.#table.key(index), place.filter)?.uri;
    this.#table.set(index, DEPARTED, first, atMs);
    if (uri === undefined) return;
    const unknown = { group: undefined, antenna: undefined, rssi: undefined };
    out.push({ kind: 'departure', place, uri, atMs, count, dwellMs: atMs - first, ...unknown });
  }

  /** Tells the departures that are certain by now: the reader was heard long enough after the last read. */
  tick(nowMs: number, out: Fact[]): void {
    for (const index of this.#wheel.due(nowMs)) {
      const place = this.#placeOf(this.#table.place(index));
      if (!place || this.#table.state(index) !== PRESENT) continue;
      const last = this.#table.last(index);
      const left = place.filter.departAfterMs + SETTLE_MS - place.listening.between(last, place.listening.reachedMs);
      if (left < 0 && !place.listening.inDoubt) this.#depart(place, index, out);
      else this.#wheel.schedule(index, nowMs + Math.max(AGAIN_MS_MIN, left));
    }
  }

  /**
   * Reads at these places that came from `fromMs` to `toMs` were dated `byMs` too early, by a clock that had been set
   * back. Their tags were there later than they seem to have been, and are not to arrive again.
   */
  setBack(places: Set<number>, { fromMs, toMs, byMs }: { fromMs: number; toMs: number; byMs: number }): void {
    for (const index of this.#table.indexes()) {
      if (!places.has(this.#table.place(index))) continue;
      const last = this.#table.last(index) + byMs;
      if (last >= fromMs - BACKWARD_MS_MIN && last <= toMs + BACKWARD_MS_MIN) this.#table.touch(index, last);
    }
  }

  /** Forgets some of the tags that are long gone; the time that counts is what their reader was listened to. */
  sweep(count: number): void {
    this.#table.sweep(count, (index) => {
      const place = this.#placeOf(this.#table.place(index));
      if (!place) return true;
      if (place.listening.inDoubt) return false;
      const { departAfterMs, windowMs, mode } = place.filter;
      if (mode === 'presence' && this.#table.state(index) === PRESENT) return false;
      const last = this.#table.last(index);
      return place.listening.between(last, place.listening.reachedMs) > Math.max(departAfterMs, windowMs) + LATE_MS_MAX;
    });
  }
}

/** The times of the reads that one report stands for, at most `max`, spread evenly from first to last. */
function readTimes(read: Read, max: number): number[] {
  const n = Math.max(1, Math.min(read.count, max));
  if (n === 1) return [read.firstMs];
  const step = (read.lastMs - read.firstMs) / (n - 1);
  return Array.from({ length: n }, (_, i) => read.firstMs + i * step);
}
