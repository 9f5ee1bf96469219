import { Agenda } from './agenda.ts';
import { addTo, type Direction, directionOf, joined, type Passage, passageOf, type Sighting } from './direction.ts';
import { WAIT_MS_MAX } from './listening.ts';
import { Memory } from './memory.ts';
import type { Fact, FilterCounts, Identify, Place, Read, Spot } from './place.ts';
import { GateTally } from './tally.ts';
import { type EpcKey, epcBytes, epcKey } from './presence.ts';
import { tellingOf } from './raw.ts';

/** Reads may be this much out of order, between antennas and readers, without a change in what comes out. */
const SETTLE_MS = 100;
/** Tags with an open passage, all gates together; beyond it new ones are not followed, which is an alarm. */
const TAGS_MAX = 100_000;
/** A passage that goes on for longer keeps no others waiting: it is a tag that stands there. */
const HOLD_MS_MAX = 30_000;
/** An open passage is looked at so often while a queue is being emptied: it may be over sooner than it looks. */
const QUEUED_AGAIN_MS = 250;

/** An EPC at a gate: its passages that are not over, and the last ones that are. */
interface Tag {
  place: number;
  hex: string;
  bits: number;
  uri: string;
  passages: Told[];
}
/** `told`: what it turned out to be. `out`: nothing more is to be done than to know a late read. */
interface Told extends Passage {
  told?: Direction | 'stray' | 'few';
  out?: true;
}
/** A passage with the tag whose it is. */
interface One {
  name: string;
  tag: Tag;
  passage: Told;
}

/** What a fact tells of a passage. */
export function factOf(place: Place, uri: string, kind: Direction, passage: Passage, group?: string): Fact {
  return {
    kind,
    place,
    uri,
    atMs: passage.first,
    group,
    antenna: passage.antenna,
    rssi: passage.peak ?? undefined,
    count: passage.reads,
    dwellMs: passage.last - passage.first,
    raw: passage.raw,
    tids: passage.tids,
  };
}

const sightingOf = (spot: Spot, read: Read): Sighting => {
  const { firstMs, lastMs, rssi, count, antenna, signal } = read;
  return { side: spot.side, atMs: firstMs, lastMs, rssi, count, antenna, signal, ...tellingOf(spot, read) };
};

/** The key of an EPC in records and rows. */
export const hexOf = (key: EpcKey): string => Buffer.from(epcBytes(key)).toString('hex');
export const keyOf = (hex: string, bits: number): EpcKey => epcKey(Buffer.from(hex, 'hex'), bits);

/**
 * Mode `gate` without photo eyes: reads of an EPC without a pause of `passageGapMs` are a passage, and it comes out
 * when it is over, with its direction. A tag that two gates see at the same time belongs to the one that sees it
 * better by `strayDb`; at the other it is a stray. Order and delay of reads within SETTLE_MS change nothing.
 */
export class Gates {
  readonly memory = new Memory<Tag>('gate:');
  readonly tally: GateTally;
  readonly #identify: Identify;
  readonly #counts: FilterCounts;
  readonly #placeOf: (id: number) => Place | undefined;
  /** Which tags to look at next, and which there are at each place. */
  readonly #agenda = new Agenda();
  readonly #namesAt = new Map<number, Set<string>>();
  /** Tags that were not followed, because there were too many. */
  refused = 0;

  constructor(
    identify: Identify,
    counts: FilterCounts,
    placeOf: (id: number) => Place | undefined,
    tally = new GateTally(),
  ) {
    this.#identify = identify;
    this.#counts = counts;
    this.#placeOf = placeOf;
    this.tally = tally;
  }

  /** Takes a read; what it ends comes out with `tick`. */
  see(spot: Spot, read: Read): void {
    const { place, minRssi } = spot;
    if (minRssi !== undefined && read.rssi !== undefined && read.rssi < minRssi) {
      this.#counts.weak += read.count;
      return;
    }
    const hex = hexOf(read.key);
    const name = `${place.id}:${read.key.bits}:${hex}`;
    const tag = this.memory.get(name) ?? this.#newTag(place, read, hex);
    if (!tag) return;
    this.#add(tag, sightingOf(spot, read), place);
    if (!tag.passages.length) return;
    this.memory.put(name, tag);
    this.#follow(name, tag);
  }

  #follow(name: string, { place }: Tag): void {
    const names = this.#namesAt.get(place);
    if (names) names.add(name);
    else this.#namesAt.set(place, new Set([name]));
    this.#agenda.soon(name);
  }

  #drop(name: string, { place }: Tag): void {
    this.memory.delete(name);
    this.#namesAt.get(place)?.delete(name);
  }

  /** Looks at every tag with the next tick: the memory was loaded, or the places have changed. */
  resume(): void {
    for (const [name, tag] of this.memory.entries()) this.#follow(name, tag);
  }

  #newTag(place: Place, { key, count }: Read, hex: string): Tag | undefined {
    const uri = this.#identify(key, place.filter)?.uri;
    if (uri === undefined) this.#counts.ignored += count;
    if (uri !== undefined && this.memory.size < TAGS_MAX)
      return { place: place.id, hex, bits: key.bits, uri, passages: [] };
    if (uri !== undefined) this.refused++;
    return undefined;
  }

  #add(tag: Tag, sighting: Sighting, place: Place): void {
    const gap = place.filter.passageGapMs;
    const near = (p: Told): boolean =>
      pause(place, p.last, sighting.atMs) <= gap && pause(place, sighting.lastMs, p.first) <= gap;
    const late = tag.passages.some((p) => p.told && sighting.lastMs <= p.last && near(p));
    if (late) {
      this.#counts.late += sighting.count;
      return;
    }
    const [first, ...more] = tag.passages.filter((p) => !p.told && near(p));
    if (!first) {
      tag.passages.push(passageOf(sighting));
      return;
    }
    addTo(first, sighting);
    if (!more.length) return;
    const all = more.reduce(joined, first);
    tag.passages = [...tag.passages.filter((p) => p !== first && !more.includes(p)), all];
  }

  /** Judges the passages that are over, and lets out what keeps nobody waiting. */
  tick(nowMs: number, out: Fact[]): void {
    const due = this.#due(nowMs);
    const over = due.flatMap(({ name, tag, place }) =>
      tag.passages
        .filter((passage) => !passage.told && this.#isOver(place, passage, nowMs))
        .map((passage) => ({ name, tag, passage, place })),
    );
    over.sort((a, b) => a.passage.last - b.passage.last || (a.name < b.name ? -1 : 1));
    for (const { tag, passage, place, name } of over) {
      passage.told = this.#judge(tag, passage, place);
      this.memory.put(name, tag);
    }
    for (const [place, tags] of Map.groupBy(due, (one) => one.place)) this.#letOut(place, tags, nowMs, out);
    for (const { name, tag, place } of due) this.#forget(name, tag, place, nowMs);
  }

  #due(nowMs: number): { name: string; tag: Tag; place: Place }[] {
    return this.#agenda.take(nowMs).flatMap((name) => {
      const tag = this.memory.get(name);
      const place = tag && this.#placeOf(tag.place);
      if (tag && place) return [{ name, tag, place }];
      if (tag) this.#drop(name, tag);
      return [];
    });
  }

  #isOver(place: Place, passage: Passage, nowMs: number): boolean {
    const live = place.listening.liveMs(nowMs);
    return isLonger(place, passage.last, live, place.filter.passageGapMs + SETTLE_MS);
  }

  #judge(tag: Tag, passage: Passage, place: Place): NonNullable<Told['told']> {
    const { minReads, directionMarginMs } = place.filter;
    if (passage.reads < minReads) return 'few';
    if (this.#isStray(tag, passage, place)) return 'stray';
    return isHalfSeen(place, passage) ? 'undecided' : directionOf(passage, minReads, directionMarginMs);
  }

  /** Whether another gate saw the same tag at the same time, and better. */
  #isStray(tag: Tag, passage: Passage, place: Place): boolean {
    const { peak, first, last } = passage;
    if (peak === null) return false;
    for (const other of this.#others) {
      if (other === place.id) continue;
      const there = this.memory.get(`${other}:${tag.bits}:${tag.hex}`)?.passages ?? [];
      if (there.some((p) => p.first <= last && p.last >= first && (p.peak ?? -Infinity) >= peak + place.filter.strayDb))
        return true;
    }
    return false;
  }
  /** The places of all gates; set by whoever knows them. */
  #others: number[] = [];
  setGates(places: Iterable<Place>): void {
    this.#others = [...places].filter((p) => p.filter.mode === 'gate').map((p) => p.id);
    this.resume();
  }

  /** Passages that were judged come out: at once, or with all that overlap where they are to become one event. */
  #letOut(place: Place, due: { name: string; tag: Tag }[], nowMs: number, out: Fact[]): void {
    const { aggregate } = place.filter;
    const tags = aggregate ? this.#tagsAt(place) : due;
    const waiting = tags.flatMap(({ name, tag }) => tag.passages.map((passage) => ({ name, tag, passage })));
    const groups = aggregate ? together(waiting, place.listening.liveMs(nowMs)) : [inOrder(waiting)];
    for (const group of groups) this.#tell(place, group, out);
  }

  #tagsAt({ id }: Place): { name: string; tag: Tag }[] {
    return [...(this.#namesAt.get(id) ?? [])].flatMap((name) => {
      const tag = this.memory.get(name);
      return tag ? [{ name, tag }] : [];
    });
  }

  #tell(place: Place, group: One[], out: Fact[]): void {
    const ready = group.filter(({ passage }) => passage.told && !passage.out);
    const name =
      place.filter.aggregate && ready.length ? String(Math.min(...ready.map((one) => one.passage.first))) : undefined;
    for (const { name: row, tag, passage } of ready) {
      passage.out = true;
      passage.bins = {};
      delete passage.phases;
      this.memory.put(row, tag);
      const { told } = passage;
      if (told === 'few' || told === undefined) continue;
      this.tally.add(place, told, passage.first);
      if (told === 'stray') continue;
      out.push(factOf(place, tag.uri, told, passage, name));
    }
  }

  /** What came out is remembered for as long as another gate's passage may have to be compared with it. */
  #forget(name: string, tag: Tag, place: Place, nowMs: number): void {
    const keepMs = 2 * (place.filter.passageGapMs + SETTLE_MS);
    const live = place.listening.liveMs(nowMs);
    const kept = tag.passages.filter((p) => !p.out || !isLonger(place, p.last, live, keepMs));
    if (kept.length < tag.passages.length) {
      tag.passages = kept;
      if (kept.length) this.memory.put(name, tag);
      else return this.#drop(name, tag);
    }
    const endsMs = place.filter.passageGapMs + SETTLE_MS;
    const untilOver = (p: Told): number => (p.told ? Infinity : endsMs - pause(place, p.last, live));
    const waits = kept.map((p) => (p.out ? keepMs : untilOver(p)));
    this.#agenda.after(name, Math.min(live < nowMs - SETTLE_MS ? QUEUED_AGAIN_MS : Infinity, ...waits));
  }
}

/** Whether one side of the gate was not listened to while the other was: what it did not tell would turn votes round. */
export const isHalfSeen = (place: Place, { first, last }: Passage): boolean =>
  place.listening.partly(first, last) > place.filter.directionMarginMs;

/** Milliseconds between two times in which the place was listened to; below 0 where `to` is earlier. */
const pause = (place: Place, from: number, to: number): number =>
  to <= from ? to - from : place.listening.between(from, to);

/** Whether a pause is longer than `ms`; a reader whose link stays lost is not waited for where others are heard. */
const isLonger = (place: Place, from: number, to: number, ms: number): boolean =>
  pause(place, from, to) > ms || (place.listening.halfDeaf && to - from > WAIT_MS_MAX + ms);

const inOrder = (all: One[]): One[] =>
  all.toSorted((a, b) => a.passage.last - b.passage.last || (a.name < b.name ? -1 : 1));

/** Passages in groups that overlap in time, without those that an open passage still holds. */
function together<T extends { passage: Told }>(all: T[], liveMs: number): T[][] {
  const groups: { until: number; open: boolean; members: T[] }[] = [];
  for (const one of all.toSorted((a, b) => a.passage.first - b.passage.first)) {
    const { first, last, told, out } = one.passage;
    if (out) continue;
    const open = !told && liveMs - first < HOLD_MS_MAX;
    const group = groups.at(-1);
    if (group && first <= group.until) {
      group.until = Math.max(group.until, told || open ? last : group.until);
      group.open ||= open;
      group.members.push(one);
    } else groups.push({ until: told || open ? last : first, open, members: [one] });
  }
  return groups.filter(({ open }) => !open).map(({ members }) => members);
}
