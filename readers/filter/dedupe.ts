import type { FilterConfig } from '../config.ts';
import type { Listening } from './listening.ts';
import { CANDIDATE, type EpcKey, IGNORED, PRESENT, type PresenceTable, type State } from './presence.ts';

/** Reads may arrive this late on a live link and still find their tag remembered. */
const LATE_MS_MAX = 15 * 60_000;
/** A read this much older than the tag's last one shows a clock set back, not a report out of order. */
const BACKWARD_MS_MIN = 1000;

/** A read point of one reader: where presence is kept. */
export interface Place {
  /** Fixed for (reader, read point) in the spool. */
  id: number;
  reader: string;
  readPoint: string;
  bizLocation: string | undefined;
  bizStep: string | undefined;
  disposition: string | undefined;
  /** Places of other readers at the same read point. */
  siblings: number[];
  filter: FilterConfig;
  listening: Listening;
}

/** One read, times corrected, in ms since 1970. */
export interface Read {
  key: EpcKey;
  rssi: number | undefined;
  count: number;
  firstMs: number;
  lastMs: number;
}

/** An EPC that became present; `atMs` is the first read that counted. */
export interface Arrival {
  place: Place;
  uri: string;
  atMs: number;
}

/** The URI that an event would carry, or undefined for an EPC that the lists or `unknownEpc` keep out. */
export type Identify = (key: EpcKey, filter: FilterConfig) => string | undefined;

/** Counts of reads that made no arrival for a reason worth showing. */
export interface FilterCounts {
  weak: number;
  ignored: number;
  backward: number;
}

/**
 * Mode `arrivals`: an EPC comes out when it becomes present at a read point (llrp specification, "Presence").
 * A reader hands out its reads in the order in which it made them; so a read older than the same tag's last one
 * is never an earlier visit, but a clock that was set back, and the tag is still there.
 */
export class Dedupe {
  readonly counts: FilterCounts = { weak: 0, ignored: 0, backward: 0 };
  readonly #table: PresenceTable;
  readonly #identify: Identify;

  constructor(table: PresenceTable, identify: Identify) {
    this.#table = table;
    this.#identify = identify;
  }

  /** Takes a read that arrived at `nowMs`; the arrival that it completes, if any. */
  see(place: Place, read: Read, nowMs: number, minRssi = place.filter.minRssi): Arrival | undefined {
    const index = this.#table.find(place.id, read.key);
    const state = index < 0 ? undefined : this.#table.state(index);
    if (state !== undefined && state !== CANDIDATE && !this.#departed(place, index, read)) {
      if (state === IGNORED) this.counts.ignored += read.count;
      this.#refresh(place, index, read, nowMs);
      return undefined;
    }
    if (minRssi !== undefined && read.rssi !== undefined && read.rssi < minRssi) {
      this.counts.weak += read.count;
      return undefined;
    }
    return this.#arrive(place, index, read);
  }

  #departed(place: Place, index: number, read: Read): boolean {
    const { departAfterMs } = place.filter;
    const last = this.#table.last(index);
    return read.firstMs - last > departAfterMs && place.listening.between(last, read.firstMs) > departAfterMs;
  }

  #refresh(place: Place, index: number, read: Read, nowMs: number): void {
    const backward = read.lastMs < this.#table.last(index) - Math.max(BACKWARD_MS_MIN, place.filter.departAfterMs);
    if (backward) this.counts.backward += read.count;
    this.#table.touch(index, backward ? nowMs : read.lastMs);
  }

  /** Counts the read towards presence, and decides when there are enough. */
  #arrive(place: Place, index: number, read: Read): Arrival | undefined {
    const { minReads } = place.filter;
    if (minReads === 1) return this.#enter(place, index, read, read.firstMs);
    const before = index >= 0 && this.#table.state(index) === CANDIDATE ? this.#table.times(index) : [];
    const times = this.#window([...before, ...readTimes(read, minReads)], place.filter);
    if (times.length >= minReads) return this.#enter(place, index, read, times[0]!);
    this.#store(place, index, read.key, CANDIDATE, times[0]!, times.at(-1)!, times);
    return undefined;
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

  #enter(place: Place, index: number, read: Read, atMs: number): Arrival | undefined {
    const uri = this.#identify(read.key, place.filter);
    const here = this.#store(place, index, read.key, uri === undefined ? IGNORED : PRESENT, atMs, read.lastMs);
    if (uri === undefined) this.counts.ignored += read.count;
    if (uri === undefined || this.#presentNextDoor(place, read.key, this.#table.first(here))) return undefined;
    return { place, uri, atMs };
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

  /** Forgets some of the tags that are long gone; the time that counts is what their reader was listened to. */
  sweep(count: number, placeOf: (id: number) => Place | undefined): void {
    this.#table.sweep(count, (index) => {
      const place = placeOf(this.#table.place(index));
      if (!place) return true;
      const last = this.#table.last(index);
      const { departAfterMs, windowMs } = place.filter;
      return place.listening.between(last, place.listening.heardMs) > Math.max(departAfterMs, windowMs) + LATE_MS_MAX;
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
