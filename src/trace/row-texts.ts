// Texts that differ in the number at their end, all written into one text of which each is a part: a fraction of the
// work of as many texts that are joined one by one.
import { keyBytes } from '../gs1/index.ts';

const SIZE = 4_096;
/** Digits of the largest number that a double holds exactly, and what ends a text. */
const NUMBER_BYTES_MAX = 17;
const LINE_END = 10;
const ZERO = 48;
/** Numbers are written in two halves, for which whole-number arithmetic is enough. */
const HALF = 100_000_000;
const HALF_DIGITS = 8;

const decoder = new TextDecoder();

export class RowTexts {
  /** Texts that wait to be taken. */
  count = 0;
  /** Whether all that were ever added came in the order of text. */
  isInOrder = true;
  #last = { before: '', digits: 0, number: -1 };
  #bytes = new Uint8Array(SIZE);
  #end = 0;

  /** `before` (ASCII) with each of `numbers` (whole, below 2^53) behind it. */
  add(before: string, numbers: readonly number[]): void {
    const head = keyBytes(before);
    this.#reserve(numbers.length * (head.length + NUMBER_BYTES_MAX));
    const bytes = this.#bytes;
    let at = this.#end;
    for (let i = 0; i < numbers.length; i++) {
      for (let j = 0; j < head.length; j++) bytes[at++] = head[j]!;
      const end = writeNumber(bytes, at, numbers[i]!);
      this.#look(before, end - at, numbers[i]!);
      bytes[end] = LINE_END;
      at = end + 1;
    }
    this.#end = at;
    this.count += numbers.length;
  }

  /** The texts in the order in which they were added; none of them is kept. */
  take(): string[] {
    if (this.count === 0) return [];
    const text = decoder.decode(this.#bytes.subarray(0, this.#end - 1));
    this.count = this.#end = 0;
    return text.split('\n');
  }

  /** Of one length, texts stand in the order of their numbers. */
  #look(before: string, digits: number, number: number): void {
    const last = this.#last;
    this.isInOrder &&= last.number < number && (last.digits === digits ? last.before === before : last.number < 0);
    last.number = number;
    last.digits = digits;
    last.before = before;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#end + length, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
  }
}

/** Writes a number in decimal digits; gives where they end. */
function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  if (value < HALF) return writeDigits(bytes, at, value, digitsOf(value));
  const high = Math.floor(value / HALF);
  // at most nine digits are left of a number below 2^53
  const end = writeDigits(bytes, at, high, digitsOf(high));
  return writeDigits(bytes, end, value - high * HALF, HALF_DIGITS);
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}

function writeDigits(bytes: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value | 0;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = (rest / 10) | 0;
    bytes[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}
