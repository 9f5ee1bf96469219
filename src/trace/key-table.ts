// Keys as small numbers, in the order in which they first came: what is known of a hundred thousand things is then a
// place in an array and not an object each.
import { HEAD_BYTES, keyEnd } from './bundle.ts';
import { keyText, stemIn } from '../gs1/index.ts';
import type { Key } from './fact.ts';
import { STEP_MAX } from './key-range.ts';

/** Slots for each key, at least: a search then ends after one or two. */
const SLOTS_A_KEY = 2;
/** Keys that there is room for at first. */
const SIZE = 64;

/** Where less than one key in so many is asked for, it is made text by itself. */
const MANY = 16;

/**
 * Odd, and nobody's to know: who chooses identifiers must not be able to choose them for one slot. Drawn when first needed,
 * since Workers have no chance at start.
 */
let factor = 0;
const drawFactor = (): number => (crypto.getRandomValues(new Int32Array(1))[0]! & ~7) | 5;

export type Integers = Int32Array<ArrayBuffer>;

/** A list of integers that grows. */
export function grown(list: Integers, length: number): Integers {
  if (length <= list.length) return list;
  const larger = new Int32Array(Math.max(length, list.length * 2));
  larger.set(list);
  return larger;
}

export class KeyTable {
  size = 0;
  /** Packed keys (Bundle), one behind the other, in the order of their numbers. */
  #bytes = new Uint8Array(SIZE * 16);
  #words = new DataView(this.#bytes.buffer);
  /** Where each ends, from the second place on. */
  #ends: Integers = new Int32Array(SIZE + 1);
  /** Of each its bytes but the last: neighbours have the same. */
  #hashes: Integers = new Int32Array(SIZE);
  /** Number of a key + 1; 0 is free. */
  #slots = new Int32Array(SIZE * SLOTS_A_KEY);
  #text = '';
  /** The key before, and the hash of its bytes but the last. */
  #before = { from: 0, length: -1, hash: 0 };
  readonly #factor = (factor ||= drawFactor());

  /**
   * Writes the numbers of packed keys into `numbers` from `first` on; a key that is new gets the next one. Gives where
   * they end.
   */
  numbersOf(packed: Uint8Array, numbers: Int32Array, first: number): number {
    let at = this.#ends[this.size]!;
    const end = at + packed.length;
    this.#makeRoom(end);
    // what is new among them mostly stays where it is
    this.#bytes.set(packed, at);
    this.#before.length = -1;
    let next = this.size;
    let i = first;
    for (; at < end; i++) {
      const start = at;
      at = keyEnd(this.#bytes, at);
      // what came in a row before mostly does so again
      const isNext = next < this.size && this.#isKey(next, start + HEAD_BYTES, at);
      const number = isNext ? next : this.#numberOf(start, at);
      numbers[i] = number;
      next = number + 1;
    }
    return i;
  }

  /** Said before so many keys come, all in all. */
  reserve(count: number): void {
    this.#ends = grown(this.#ends, count + 1);
    this.#hashes = grown(this.#hashes, count);
    let slots = this.#slots.length;
    while (slots < count * SLOTS_A_KEY) slots *= 2;
    if (slots > this.#slots.length) this.#spread(slots);
  }

  #makeRoom(end: number): void {
    if (end <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#ends[this.size]));
    this.#bytes = larger;
    this.#words = new DataView(larger.buffer);
  }

  /** The number of the key that is packed at `start`, up to `end`, behind all that have one. */
  #numberOf(start: number, end: number): number {
    const from = start + HEAD_BYTES;
    const hash = this.#hashOf(from, end - 1);
    const slot = this.#slotOf(hash, from, end);
    const found = this.#slots[slot]! - 1;
    return found < 0 ? this.#add(start, end, hash, slot) : found;
  }

  /**
   * Where the key from `from` to `end` stands, or would stand. The first slot to look at is that behind its neighbour's,
   * which makes of keys in a row slots in a row; where another stands there, one after the other all over the table.
   */
  #slotOf(hash: number, from: number, end: number): number {
    const [slots, mask] = [this.#slots, this.#slots.length - 1];
    const last = this.#bytes[end - 1]!;
    let slot = (hash + last) & mask;
    if (this.#fits(slots[slot]! - 1, hash, from, end)) return slot;
    let spread = Math.imul(hash ^ (last << 8) ^ 1, this.#factor);
    spread = Math.imul(spread ^ (spread >>> 15), this.#factor);
    const step = (spread >>> 13) | 1;
    for (slot = spread & mask; !this.#fits(slots[slot]! - 1, hash, from, end);) slot = (slot + step) & mask;
    return slot;
  }

  /** Whether a slot is free, or the key's own. */
  #fits(number: number, hash: number, from: number, end: number): boolean {
    return number < 0 || (this.#hashes[number] === hash && this.#isKey(number, from, end));
  }

  /** The hash of bytes up to `end`: of the key before, if that began alike. */
  #hashOf(from: number, end: number): number {
    const before = this.#before;
    const length = end - from;
    if (before.length !== length || !this.#isAlike(before.from, from, length)) {
      before.hash = this.#hashed(from, end);
      before.length = length;
    }
    before.from = from;
    return before.hash;
  }

  #hashed(from: number, end: number): number {
    const [bytes, words, factor] = [this.#bytes, this.#words, this.#factor];
    let hash = factor;
    // four bytes at a time; the shift lets the high bits, which a product leaves to themselves, meet the others
    let i = from;
    for (; i + 3 < end; i += 4) {
      hash = Math.imul(hash ^ words.getInt32(i), factor);
      hash ^= hash >>> 15;
    }
    for (; i < end; i++) hash = (Math.imul(hash, factor) + bytes[i]! + 1) | 0;
    hash = Math.imul(hash ^ (hash >>> 15), factor);
    return hash ^ (hash >>> 13);
  }

  /** The key of a number. */
  key(number: number): Key {
    const [at, end] = [this.#from(number), this.#ends[number + 1]!];
    return end <= this.#text.length ? this.#text.slice(at, end) : keyText(this.#bytes.subarray(at, end));
  }

  /** Said before many keys are asked for: parts of one text are made much faster than texts of a few bytes each. */
  expect(count: number): void {
    const end = this.#ends[this.size]!;
    if (count > this.size / MANY && this.#text.length < end)
      this.#text += keyText(this.#bytes.subarray(this.#text.length, end));
  }

  /** Whether a key comes behind another in a row of numbers, as far as their last bytes tell. */
  isNext(number: number, next: number): boolean {
    const [at, end] = [this.#from(number), this.#ends[number + 1]! - 1];
    const [other, otherEnd] = [this.#from(next), this.#ends[next + 1]! - 1];
    const step = this.#bytes[otherEnd]! - this.#bytes[end]!;
    if (step <= 0 || step > STEP_MAX || otherEnd - other !== end - at) return false;
    return this.#isAlike(at, other, end - at) && stemIn(this.#bytes, at) > 0;
  }

  /** The number behind the first `stem` bytes of a key; -1 where another key does not begin with the same ones. */
  numberAfter(number: number, stem: number, like: number): number {
    const own = this.#bytes;
    const [at, end] = [this.#from(number), this.#ends[number + 1]!];
    if (!this.#isAlike(at, this.#from(like), stem)) return -1;
    let value = 0;
    for (let i = at + stem; i < end; i++) value = value * 256 + own[i]!;
    return value;
  }

  #from(number: number): number {
    return this.#ends[number]! + HEAD_BYTES;
  }

  #isKey(number: number, from: number, end: number): boolean {
    const own = this.#from(number);
    const length = this.#ends[number + 1]! - own;
    return length === end - from && this.#isAlike(own, from, length);
  }

  /** Whether so many bytes are the same, told from behind, where keys differ. */
  #isAlike(a: number, b: number, length: number): boolean {
    const words = this.#words;
    let i = length;
    for (; i >= 4; i -= 4) if (words.getInt32(a + i - 4) !== words.getInt32(b + i - 4)) return false;
    while (i-- > 0) if (this.#bytes[a + i] !== this.#bytes[b + i]) return false;
    return true;
  }

  #add(start: number, end: number, hash: number, slot: number): number {
    const number = this.size++;
    const to = this.#ends[number]!;
    if (start > to) {
      this.#bytes.copyWithin(to, start, end);
      this.#before.from = to + HEAD_BYTES;
    }
    this.#ends = grown(this.#ends, number + 2);
    this.#ends[number + 1] = to + end - start;
    this.#hashes = grown(this.#hashes, number + 1);
    this.#hashes[number] = hash;
    this.#slots[slot] = number + 1;
    if (this.size * SLOTS_A_KEY > this.#slots.length) this.#spread(this.#slots.length * 2);
    return number;
  }

  #spread(slots: number): void {
    this.#slots = new Int32Array(slots);
    for (let number = 0; number < this.size; number++) {
      const slot = this.#slotOf(this.#hashes[number]!, this.#from(number), this.#ends[number + 1]!);
      this.#slots[slot] = number + 1;
    }
  }
}
