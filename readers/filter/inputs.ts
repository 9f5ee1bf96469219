import { Memory } from './memory.ts';
import type { Place } from './place.ts';

/** Held events come right after a link is up; how an input was found then counts only after them. */
const HELD_MS = 1000;

/** A change of level. */
interface Change {
  high: boolean;
  atMs: number;
}
/** One input of one reader: its level, a change that may still be a bounce, and how it was found with the link. */
interface Level {
  high?: boolean;
  pending?: Change;
  found?: Change;
}

/** A change that is certain, for the place that waits for it. */
interface Certain extends Change {
  place: Place;
  port: number;
}

/**
 * General purpose inputs as places see them. A level that is told again is no edge; one that does not last for
 * `gpiDebounceMs` is a bounce, and what lasts counts from its beginning. An input that is found at another level than
 * it was left at, when a link is up again, has changed in between: it counts at the time at which it was found, unless
 * the reader held the event and tells it.
 */
export class Inputs {
  readonly memory = new Memory<Level>('input:');
  readonly #placeOf: (id: number) => Place | undefined;

  constructor(placeOf: (id: number) => Place | undefined) {
    this.#placeOf = placeOf;
  }

  /** A change that a reader tells; the changes that are certain by it. */
  edge(place: Place, reader: string, port: number, change: Change): Change[] {
    return this.#with(place, reader, port, (level) => {
      const before = level.found && change.atMs > level.found.atMs ? settled(level) : [];
      return [...before, ...changed(level, change, place.filter.gpiDebounceMs)];
    });
  }

  /** How an input stands, told once a link is up. */
  found(place: Place, reader: string, port: number, found: Change): void {
    this.#with(place, reader, port, (level) => {
      level.found = found;
      return [];
    });
  }

  #with(place: Place, reader: string, port: number, then: (level: Level) => Change[]): Change[] {
    const name = `${place.id}:${port}:${reader}`;
    const level = this.memory.get(name) ?? {};
    const changes = then(level);
    this.memory.put(name, level);
    return changes;
  }

  /** The changes that have become certain, by time. */
  tick(nowMs: number): Certain[] {
    const certain = this.memory.entries().flatMap(([name, level]): Certain[] => {
      if (!level.pending && !level.found) return [];
      const [id, port] = name.split(':').map(Number);
      const place = this.#placeOf(id!);
      if (!place) this.memory.delete(name);
      if (!place) return [];
      const live = place.listening.liveMs(nowMs);
      const changes = level.found && live > level.found.atMs + HELD_MS ? settled(level) : [];
      const { pending } = level;
      if (pending && live > pending.atMs + place.filter.gpiDebounceMs) {
        delete level.pending;
        level.high = pending.high;
        changes.push(pending);
      }
      if (changes.length || !level.found) this.memory.put(name, level);
      return changes.map((change) => ({ ...change, place, port: port! }));
    });
    return certain.toSorted((a, b) => a.atMs - b.atMs);
  }
}

/** Takes a change that may be a bounce; what is certain by it. */
function changed(level: Level, change: Change, debounceMs: number): Change[] {
  const certain: Change[] = [];
  const { pending } = level;
  if (pending) {
    if (pending.high === change.high) return certain;
    delete level.pending;
    if (change.atMs - pending.atMs < debounceMs) return certain;
    level.high = pending.high;
    certain.push(pending);
  }
  if (level.high === change.high) return certain;
  if (debounceMs > 0) level.pending = change;
  else {
    level.high = change.high;
    certain.push(change);
  }
  return certain;
}

/** How the input was found is compared with what is known of it by now; where nothing is, it is only noted. */
function settled(level: Level): Change[] {
  const { found } = level;
  delete level.found;
  if (!found) return [];
  if (level.high !== undefined || level.pending) return changed(level, found, 0);
  level.high = found.high;
  return [];
}
