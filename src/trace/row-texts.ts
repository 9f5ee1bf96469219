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
    if (numbers.length === 0) return;
    let low = Number.MAX_SAFE_INTEGER;
    let high = 0;
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      if (number < low) low = number;
      if (number > high) high = number;
      this.#look(before, digitsOf(number), number);
    }
    const head = keyBytes(before);
    this.#reserve(numbers.length * (head.length + NUMBER_BYTES_MAX));
    const unit = unitOf(low, high);
    if (unit > 0) this.#addAlike(head, numbers, unit);
    else for (let i = 0; i < numbers.length; i++) this.#addOne(head, numbers[i]!);
    this.count += numbers.length;
  }

  #addOne(head: Uint8Array, number: number): void {
    const bytes = this.#bytes;
    let at = this.#end;
    for (let i = 0; i < head.length; i++) bytes[at++] = head[i]!;
    at = writeNumber(bytes, at, number);
    bytes[at] = LINE_END;
    this.#end = at + 1;
  }

  /** Numbers that are alike above `unit`: the first text as many times as there are numbers, then the digits that differ. */
  #addAlike(head: Uint8Array, numbers: readonly number[], unit: number): void {
    const bytes = this.#bytes;
    const start = this.#end;
    this.#addOne(head, numbers[0]!);
    const length = this.#end - start;
    const end = start + length * numbers.length;
    for (let at = this.#end; at < end; at += at - start) bytes.copyWithin(at, start, Math.min(at, start + end - at));
    const base = numbers[0]! - (numbers[0]! % unit);
    const digits = digitsOf(unit) - 1;
    for (let i = 0, at = start + length - 1 - digits; i < numbers.length; i++, at += length)
      writeDigits(bytes, at, numbers[i]! - base, digits);
    this.#end = end;
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

/** The power of ten up to which numbers of one length differ; 0 where they have not one length, or differ in many digits. */
function unitOf(low: number, high: number): number {
  if (digitsOf(low) !== digitsOf(high)) return 0;
  for (let unit = 1; unit <= HALF; unit *= 10) if (Math.floor(low / unit) === Math.floor(high / unit)) return unit;
  return 0;
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
