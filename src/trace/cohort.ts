// Things with one and the same life: the items of a case that were made together and never parted. No rule tells them
// apart, so that one of them stands for all, and a walk costs by lives and not by things. Things are together as long as
// every loaded event names all of them or none; an event that names some parts them.
import type { Bundle } from './bundle.ts';
import type { Key } from './fact.ts';
import { joined, RANGE_KEYS_MAX, type Range } from './key-range.ts';
import { grown, type Integers, KeyTable } from './key-table.ts';

interface Cohort {
  /** Place in the list of cohorts. */
  index: number;
  /** The one that stands for all. */
  key: Key;
  number: number;
  /** Their places in the order: from `start` to before `end`. */
  start: number;
  end: number;
  /** How many of them, the first, the bundle at hand names. */
  named: number;
  /** All their events are loaded: what parts them now was captured while the question was worked on. */
  settled: boolean;
}

/** Told when things part: what is known of `key` is true of `other` too, that stands for itself now. */
type Parting = (key: Key, other: Key) => void;

/** A partition of things, which only ever becomes finer. */
export class Cohorts {
  readonly #table = new KeyTable();
  readonly #cohorts: Cohort[] = [];
  readonly #byKey = new Map<Key, Cohort>();
  /** By number of a thing: its cohort, as a place in the list, and its place in the order. */
  #home: Integers = new Int32Array(0);
  #place: Integers = new Int32Array(0);
  /** Of the things of the bundle at hand. */
  #numbers: Integers = new Int32Array(0);
  /** Numbers; the things of a cohort stand together. */
  #order: Integers = new Int32Array(0);

  /** Those that stand for the things of a bundle, list by list where it names one of them again. */
  *of(bundle: Bundle, onParting: Parting): Generator<Key[]> {
    const known = this.#table.size;
    let numbers: ArrayLike<number> = this.#numbersOf(bundle);
    let { count } = bundle;
    const fresh = this.#table.size - known;
    if (fresh > 0) {
      const { key } = this.#begin(known);
      if (fresh === bundle.count) return yield [key];
    }
    const whole = fresh === 0 && this.#headed(numbers, count);
    if (whole) {
      whole.named = count;
      const part = this.#part(whole, onParting);
      return yield part ? [part.key] : [];
    }
    while (count > 0) {
      const named: Cohort[] = [];
      const again: number[] = [];
      for (let i = 0; i < count; i++) if (!this.#name(numbers[i]!, named)) again.push(numbers[i]!);
      const keys: Key[] = [];
      for (const cohort of named) {
        const part = this.#part(cohort, onParting);
        if (part) keys.push(part.key);
      }
      numbers = again;
      count = again.length;
      yield keys;
    }
  }

  /** The cohort that begins with just these things, in its order: mostly so, for what is made in a row is packed in a row. */
  #headed(numbers: ArrayLike<number>, count: number): Cohort | undefined {
    const home = this.#home[numbers[0]!]!;
    const cohort = this.#cohorts[home]!;
    for (let i = 0; i < count; i++) {
      const number = numbers[i]!;
      if (this.#home[number] !== home || this.#place[number] !== cohort.start + i) return undefined;
    }
    return cohort;
  }

  /** Said before so many things come, all in all. */
  reserve(count: number): void {
    this.#table.reserve(count);
  }

  #numbersOf({ parts, count }: Bundle): Int32Array {
    this.#numbers = grown(this.#numbers, count);
    let at = 0;
    for (const part of parts) at = this.#table.numbersOf(part, this.#numbers, at);
    return this.#numbers;
  }

  /** Things that were never named before, from the number `known` on, are a new cohort. */
  #begin(known: number): Cohort {
    const { size } = this.#table;
    this.#home = grown(this.#home, size);
    this.#place = grown(this.#place, size);
    this.#order = grown(this.#order, size);
    const cohort = this.#open(known, known, size);
    this.#home.fill(cohort.index, known, size);
    for (let number = known; number < size; number++) this.#place[number] = this.#order[number] = number;
    return cohort;
  }

  #open(number: number, start: number, end: number): Cohort {
    const index = this.#cohorts.length;
    const cohort = { index, key: this.#table.key(number), number, start, end, named: 0, settled: false };
    this.#cohorts.push(cohort);
    this.#byKey.set(cohort.key, cohort);
    return cohort;
  }

  #put(number: number, place: number): void {
    this.#order[place] = number;
    this.#place[number] = place;
  }

  /** Moves a thing among the named of its cohort; false when it is there already. */
  #name(number: number, named: Cohort[]): boolean {
    const cohort = this.#cohorts[this.#home[number]!]!;
    const place = this.#place[number]!;
    const next = cohort.start + cohort.named;
    if (place < next) return false;
    if (cohort.named++ === 0) named.push(cohort);
    this.#put(this.#order[next]!, place);
    this.#put(number, next);
    return true;
  }

  /** The named of a cohort, as one of its own. */
  #part(cohort: Cohort, onParting: Parting): Cohort | undefined {
    const { start, named } = cohort;
    cohort.named = 0;
    if (start + named === cohort.end) return cohort;
    return cohort.settled ? undefined : this.#split(cohort, start + named, onParting);
  }

  /** The first of a cohort, up to `end`, as one of their own. Who stood for all goes on standing for his part. */
  #split(cohort: Cohort, end: number, onParting: Parting): Cohort {
    const { start, key, settled } = cohort;
    const stays = this.#place[cohort.number]! >= end;
    const part = this.#open(this.#order[stays ? start : end]!, start, end);
    cohort.start = end;
    part.settled = settled;
    for (let place = start; place < end; place++) this.#home[this.#order[place]!] = part.index;
    onParting(key, part.key);
    if (!stays) this.#swapNames(cohort, part);
    return part;
  }

  #swapNames(a: Cohort, b: Cohort): void {
    [a.key, a.number, b.key, b.number] = [b.key, b.number, a.key, a.number];
    this.#byKey.set(a.key, a);
    this.#byKey.set(b.key, b);
  }

  /** How many things a key stands for. */
  count(key: Key): number {
    const cohort = this.#byKey.get(key);
    return cohort ? cohort.end - cohort.start : 1;
  }

  /** All that `keys` stand for. */
  members(keys: readonly Key[]): Key[] {
    this.#table.expect(keys.reduce((sum, key) => sum + this.count(key), 0));
    const members: Key[] = [];
    for (const key of keys) {
      const cohort = this.#byKey.get(key);
      if (!cohort || cohort.end === cohort.start + 1) members.push(key);
      else
        for (let place = cohort.start; place < cohort.end; place++) members.push(this.#table.key(this.#order[place]!));
    }
    return members;
  }

  /** The same as ranges, of which only the ends are made text. */
  ranges(keys: readonly Key[]): Range[] {
    const pieces: Range[] = [];
    for (const key of keys) {
      const cohort = this.#byKey.get(key);
      if (!cohort || cohort.end === cohort.start + 1) pieces.push({ from: key, to: key, count: 1 });
      else for (let place = cohort.start; place < cohort.end;) place = this.#piece(place, cohort.end, pieces);
    }
    return joined(pieces);
  }

  /** The things from a place on that come in a row, up to `end`; gives the place behind them. */
  #piece(start: number, end: number, pieces: Range[]): number {
    const [order, table] = [this.#order, this.#table];
    const last = Math.min(end, start + RANGE_KEYS_MAX);
    let place = start + 1;
    while (place < last && table.isNext(order[place - 1]!, order[place]!)) place++;
    pieces.push({ from: table.key(order[start]!), to: table.key(order[place - 1]!), count: place - start });
    return place;
  }

  /** Of what a key stands for the numbers behind the first `stem` bytes; nothing where those are not the same of all. */
  numbers(key: Key, stem: number): number[] | undefined {
    const cohort = this.#byKey.get(key);
    if (!cohort) return undefined;
    const numbers: number[] = []; // few mostly: an array of bytes of its own each would cost more than they do
    for (let place = cohort.start; place < cohort.end; place++) {
      const number = this.#table.numberAfter(this.#order[place]!, stem, cohort.number);
      if (number < 0) return undefined;
      numbers.push(number);
    }
    return numbers;
  }

  /** Gives those that stand, whenever it is called, for what `keys` stand for now. */
  standing(keys: readonly Key[]): () => Key[] {
    const places = keys.map((key) => {
      const cohort = this.#byKey.get(key);
      return cohort ? { start: cohort.start, end: cohort.end } : key;
    });
    return () => places.flatMap((place) => (typeof place === 'string' ? place : this.#keysAt(place)));
  }

  #keysAt({ start, end }: { start: number; end: number }): Key[] {
    const keys: Key[] = [];
    for (let place = start; place < end;) {
      const cohort = this.#cohorts[this.#home[this.#order[place]!]!]!;
      keys.push(cohort.key);
      place = cohort.end;
    }
    return keys;
  }

  /** All events of what `keys` stand for are loaded. */
  settle(keys: Iterable<Key>): void {
    for (const key of keys) {
      const cohort = this.#byKey.get(key);
      if (cohort) cohort.settled = true;
    }
  }

  /** Leaves `count` things to a key, not all that it stands for. */
  cut(key: Key, count: number, onParting: Parting): void {
    const cohort = this.#byKey.get(key)!;
    const first = this.#order[cohort.start]!;
    this.#put(first, this.#place[cohort.number]!);
    this.#put(cohort.number, cohort.start);
    this.#split(cohort, cohort.start + count, onParting);
  }
}
