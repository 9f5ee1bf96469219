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
  #bytes = new Uint8Array(SIZE * 16);
  /** Where each key ends, from the second place on. */
  #ends: Integers = new Int32Array(SIZE + 1);
  #hashes: Integers = new Int32Array(SIZE);
  /** Number of a key + 1; 0 is free. */
  #slots = new Int32Array(SIZE * SLOTS_A_KEY);
  #text = '';
  readonly #factor = (factor ||= drawFactor());

  /**
   * Writes the numbers of packed keys (Bundle) into `numbers` from `first` on; a key that is new gets the next one. Gives
   * where they end.
   */
  numbersOf(packed: Uint8Array, numbers: Int32Array, first: number): number {
    let next = this.size;
    let i = first;
    for (let at = 0; at < packed.length; i++) {
      const from = at + HEAD_BYTES;
      at = keyEnd(packed, at);
      // what came in a row before mostly does so again
      const isNext = next < this.size && this.#isKey(next, packed, from, at);
      const number = isNext ? next : this.#numberOf(packed, from, at);
      numbers[i] = number;
      next = number + 1;
    }
    return i;
  }

  #numberOf(bytes: Uint8Array, at: number, end: number): number {
    const factor = this.#factor;
    let hash = factor;
    // four bytes at a time; the shift lets the high bits, which a product leaves to themselves, meet the others
    let i = at;
    for (; i + 3 < end; i += 4) {
      const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
      hash = Math.imul(hash ^ word, factor);
      hash ^= hash >>> 15;
    }
    for (; i < end; i++) hash = (Math.imul(hash, factor) + bytes[i]! + 1) | 0;
    // neighbours must not fill slots in a row, where others would have to pass by all of them
    hash = Math.imul(hash ^ (hash >>> 15), factor);
    hash ^= hash >>> 13;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot]! - 1;
      if (number < 0) return this.#add(bytes, at, end, hash, slot);
      if (this.#hashes[number] === hash && this.#isKey(number, bytes, at, end)) return number;
    }
  }

  /** The key of a number. */
  key(number: number): Key {
    const [at, end] = [this.#ends[number]!, this.#ends[number + 1]!];
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
    const own = this.#bytes;
    const [at, other] = [this.#ends[number]!, this.#ends[next]!];
    const [end, otherEnd] = [this.#ends[number + 1]! - 1, this.#ends[next + 1]! - 1];
    const step = own[otherEnd]! - own[end]!;
    if (step <= 0 || step > STEP_MAX || otherEnd - other !== end - at || stemIn(own, at) === 0) return false;
    for (let i = at, j = other; i < end; i++, j++) if (own[i] !== own[j]) return false;
    return true;
  }

  /** The number behind the first `stem` bytes of a key; -1 where another key does not begin with the same ones. */
  numberAfter(number: number, stem: number, like: number): number {
    const own = this.#bytes;
    const [at, other, end] = [this.#ends[number]!, this.#ends[like]!, this.#ends[number + 1]!];
    for (let i = 0; i < stem; i++) if (own[at + i] !== own[other + i]) return -1;
    let value = 0;
    for (let i = at + stem; i < end; i++) value = value * 256 + own[i]!;
    return value;
  }

  #isKey(number: number, bytes: Uint8Array, at: number, end: number): boolean {
    const own = this.#bytes;
    let i = this.#ends[number + 1]!;
    if (i - this.#ends[number]! !== end - at) return false;
    for (let other = end; other > at;) if (own[--i] !== bytes[--other]) return false;
    return true;
  }

  #add(bytes: Uint8Array, at: number, end: number, hash: number, slot: number): number {
    const number = this.size++;
    const from = this.#ends[number]!;
    const to = from + end - at;
    if (to > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(to, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const own = this.#bytes;
    for (let i = at; i < end; i++) own[from + i - at] = bytes[i]!;
    this.#ends = grown(this.#ends, number + 2);
    this.#ends[number + 1] = to;
    this.#hashes = grown(this.#hashes, number + 1);
    this.#hashes[number] = hash;
    this.#slots[slot] = number + 1;
    if (this.size * SLOTS_A_KEY > this.#slots.length) this.#spread();
    return number;
  }

  #spread(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = this.#hashes[number]! & mask;
      while (this.#slots[slot]! > 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}
