import { Agenda } from './agenda.ts';
import { hexOf } from './gate.ts';
import { Memory } from './memory.ts';
import type { Fact, FilterCounts, Identify, Place, Read, Spot } from './place.ts';
import { tellingOf } from './raw.ts';

/** RSSI values remembered per zone. */
const RING = 20;
/** What a new zone must be better by falls this much with each ms after the hold-off. */
const DECAY_DB_PER_MS = 0.008;
/** Reads that a zone needs before a tag can move there. */
const READS_MIN = 2;
/** A departure is told this much later than it could be: for reads that are on their way. */
const SETTLE_MS = 2000;
const TAGS_MAX = 200_000;

/** The last RSSI values at a zone, oldest first, and the last read there. */
interface Ring {
  rssi: number[];
  last: number;
}
/** A tag and the zones that see it. `at` is the zone it is in. */
interface Tag {
  uri: string;
  at: number;
  first: number;
  last: number;
  reads: number;
  zones: Record<string, Ring>;
  /** Read times until there are enough of them to be present. */
  times?: number[];
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/**
 * How much better another zone must be: `thresholdDb`, and less and less of it once the old zone was silent for
 * longer than the hold-off (llrp specification, "Moves by RSSI").
 */
export function thresholdOf(silentMs: number, thresholdDb: number, holdoffMs: number): number {
  return thresholdDb - DECAY_DB_PER_MS * Math.max(0, silentMs - holdoffMs);
}

/** Mode `moves`: a tag is in one zone at a time; arrivals, moves between zones, and departures from all of them. */
export class Moves {
  readonly memory = new Memory<Tag>('move:');
  readonly #identify: Identify;
  readonly #counts: FilterCounts;
  readonly #placeOf: (id: number) => Place | undefined;
  /** Which tags to look at next. */
  readonly #agenda = new Agenda();
  refused = 0;

  constructor(identify: Identify, counts: FilterCounts, placeOf: (id: number) => Place | undefined) {
    this.#identify = identify;
    this.#counts = counts;
    this.#placeOf = placeOf;
  }

  see(spot: Spot, read: Read, out: Fact[]): void {
    const { place, minRssi } = spot;
    const name = `${read.key.bits}:${hexOf(read.key)}`;
    const known = this.memory.get(name);
    const weak = minRssi !== undefined && read.rssi !== undefined && read.rssi < minRssi;
    if (weak && !known?.zones[place.id]) {
      this.#counts.weak += read.count;
      return;
    }
    if (known && !known.times && this.#departed(known, place, read.firstMs)) {
      this.#depart(name, known, out);
      return this.#begin(name, spot, read, out);
    }
    if (!known || known.times) return this.#begin(name, spot, read, out);
    this.#stay(known, spot, read, out);
    this.memory.put(name, known);
  }

  #departed(tag: Tag, place: Place, atMs: number): boolean {
    const { departAfterMs } = place.filter;
    return atMs > tag.last && (this.#placeOf(tag.at) ?? place).listening.between(tag.last, atMs) > departAfterMs;
  }

  /** Reads until it is present, at the zone of the last of them. */
  #begin(name: string, spot: Spot, read: Read, out: Fact[]): void {
    const { place } = spot;
    const { minReads, windowMs } = place.filter;
    const before = this.memory.get(name);
    const uri = before?.uri ?? this.#identify(read.key, place.filter)?.uri;
    if (uri === undefined) {
      this.#counts.ignored += read.count;
      return;
    }
    if (!before && this.memory.size >= TAGS_MAX) {
      this.refused++;
      return;
    }
    const own = Array.from({ length: Math.min(read.count, minReads) }, () => read.firstMs);
    const times = [...(before?.times ?? []), ...own].toSorted((a, b) => a - b);
    const recent = times.filter((time) => times.at(-1)! - time <= windowMs);
    const tag: Tag = { uri, at: place.id, first: recent[0]!, last: read.lastMs, reads: recent.length, zones: {} };
    if (recent.length < minReads) tag.times = recent;
    tag.zones = before?.times ? before.zones : {};
    push(tag, place.id, read);
    this.memory.put(name, tag);
    this.#agenda.soon(name);
    if (tag.times) return;
    out.push(seenAt('arrival', spot, read, { uri, atMs: tag.first }));
  }

  #stay(tag: Tag, spot: Spot, read: Read, out: Fact[]): void {
    const { place } = spot;
    push(tag, place.id, read);
    tag.reads += read.count;
    tag.last = Math.max(tag.last, read.lastMs);
    if (tag.at === place.id) return;
    const [old, fresh] = [tag.zones[tag.at], tag.zones[place.id]!];
    const { moveThresholdDb, moveHoldoffMs } = place.filter;
    const better = old ? mean(fresh.rssi) - mean(old.rssi) : Infinity;
    const silentMs = old ? read.lastMs - old.last : Infinity;
    if (fresh.rssi.length < READS_MIN || better <= thresholdOf(silentMs, moveThresholdDb, moveHoldoffMs)) return;
    tag.at = place.id;
    out.push(seenAt('moved', spot, read, { uri: tag.uri, atMs: read.firstMs }));
  }

  #depart(name: string, tag: Tag, out: Fact[]): void {
    this.memory.delete(name);
    const place = this.#placeOf(tag.at);
    if (!place) return;
    const { uri, first, last: atMs, reads: count } = tag;
    const unknown = { group: undefined, antenna: undefined, rssi: undefined };
    out.push({ kind: 'departure', place, uri, atMs, count, dwellMs: atMs - first, ...unknown });
  }

  /** Looks at every tag with the next tick: the memory was loaded. */
  resume(): void {
    for (const [name] of this.memory.entries()) this.#agenda.soon(name);
  }

  /** Tells the departures that are certain by `nowMs`. */
  tick(nowMs: number, out: Fact[]): void {
    for (const name of this.#agenda.take(nowMs)) {
      const tag = this.memory.get(name);
      const place = tag && this.#placeOf(tag.at);
      if (!tag) continue;
      if (!place) {
        this.memory.delete(name);
        continue;
      }
      const { listening, filter } = place;
      const limit = tag.times ? filter.windowMs : filter.departAfterMs;
      const leftMs = limit + SETTLE_MS - listening.between(tag.last, listening.reachedMs);
      if (leftMs >= 0) this.#agenda.after(name, leftMs);
      else if (tag.times) this.memory.delete(name);
      else this.#depart(name, tag, out);
    }
  }
}

function seenAt(kind: 'arrival' | 'moved', spot: Spot, read: Read, what: { uri: string; atMs: number }): Fact {
  const { antenna, rssi, count } = read;
  const { place } = spot;
  return { kind, place, ...what, group: undefined, antenna, rssi, count, dwellMs: undefined, ...tellingOf(spot, read) };
}

/** A read without RSSI counts as one at the floor: it tells where a tag is only when nothing else does. */
function push(tag: Tag, zone: number, { rssi = -100, count, lastMs }: Read): void {
  const ring = (tag.zones[zone] ??= { rssi: [], last: lastMs });
  const values = Array.from({ length: Math.min(count, RING) }, () => rssi);
  ring.rssi = [...ring.rssi, ...values].slice(-RING);
  ring.last = Math.max(ring.last, lastMs);
}
