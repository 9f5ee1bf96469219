/*
 * Writes Packed Objects for the tests, as text of zeros and ones, in the words of TDS annexes I and K. It shares nothing
 * with the reader: rows of the ID table that a test uses are given by the test.
 */

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const BASIC_30 = `-${LETTERS}`;
const PUNCTUATION = ' !"#$%&\'()*+,-./:;<=>?@';
const SET_74 = `\u001D!"%&'()*+,-./:;<=>?${LETTERS}_${LETTERS.toLowerCase()} `;
const GROUP: Record<number, number> = { 10: 48, 13: 43, 30: 32, 40: 30, 74: 25, 84: 25, 256: 20 };

const bits = (value: number | bigint, count: number): string => value.toString(2).padStart(count, '0');

/** An extensible bit vector. */
function vector(value: number, size: number): string {
  const blocks: string[] = [];
  for (let rest = value, isLast = true; rest > 0 || isLast; isLast = false) {
    blocks.unshift((isLast ? '0' : '1') + bits(rest % 2 ** (size - 1), size - 1));
    rest = Math.floor(rest / 2 ** (size - 1));
  }
  return blocks.join('');
}

/** Values of a base as binary numbers, a group at a time. */
function inBase(values: readonly number[], base: number): string {
  let out = '';
  for (let i = 0; i < values.length; i += GROUP[base]!) {
    const group = values.slice(i, i + GROUP[base]!);
    const number = group.reduce((sum, value) => sum * BigInt(base) + BigInt(value), 0n);
    out += bits(number, (BigInt(base) ** BigInt(group.length) - 1n).toString(2).length);
  }
  return out;
}

const digits = (text: string): number[] => Array.from(text, Number);
const isDigit = (c: string): boolean => c >= '0' && c <= '9';

/** Values of one character in a base, undefined where the base cannot say it. */
function valuesOf(c: string, base: number): number[] | undefined {
  const found = (set: string, shift: number[], add = 0) =>
    set.includes(c) ? [...shift, set.indexOf(c) + add] : undefined;
  switch (base) {
    case 10:
      return isDigit(c) ? [Number(c)] : undefined;
    case 13:
      return isDigit(c) ? [Number(c)] : (found(LETTERS.slice(0, 13), [10]) ?? found(LETTERS.slice(13), [11]));
    case 30:
      return found(BASIC_30, []) ?? found(PUNCTUATION, [28]);
    case 40:
      return isDigit(c) ? [Number(c) + 30] : valuesOf(c, 30);
    case 74:
      return found(SET_74, []);
    case 84:
      return isDigit(c) ? [Number(c) + 74] : found(SET_74, []);
    default:
      return [c.charCodeAt(0)];
  }
}

export type PlainBase = 30 | 74 | 256;
const basesOf = (plain: PlainBase): number[] => [10, 13, plain, plain === 74 ? 84 : 40];

/** A run of one base over so many characters, where their values come to a count that a run can have. */
interface Run {
  basis: number;
  characters: string[];
  values: number[];
}

function longestRun(text: readonly string[], basis: number, plain: PlainBase, fromEnd: boolean): Run | undefined {
  for (let size = Math.min(20, text.length); size > 0; size--) {
    const characters = fromEnd ? text.slice(-size) : text.slice(0, size);
    const values = characters.map((c) => valuesOf(c, basesOf(plain)[basis]!));
    const flat = values.flatMap((value) => value ?? []);
    if (!values.includes(undefined) && flat.length >= 6 && flat.length <= 20 && flat.length % 2 === 0)
      return { basis, characters, values: flat };
  }
  return undefined;
}

const runBits = (runs: readonly Run[]): string =>
  runs.length === 0
    ? '0'
    : `1${runs.map(({ basis, values }, i) => (i === runs.length - 1 ? '1' : '0') + bits(basis, 2) + bits((values.length - 6) / 2, 3)).join('')}`;

/** The alphanumeric subsection; `prefix` and `suffix` are bases (0..3) of runs to use where the text allows. */
export function textBits(text: string, plain: PlainBase, prefix: readonly number[], suffix: readonly number[]): string {
  let rest = Array.from(text);
  const take = (bases: readonly number[], fromEnd: boolean): Run[] => {
    const runs: Run[] = [];
    for (const basis of bases) {
      const run = longestRun(rest, basis, plain, fromEnd);
      if (!run) continue;
      rest = fromEnd ? rest.slice(0, -run.characters.length) : rest.slice(run.characters.length);
      if (fromEnd) runs.unshift(run);
      else runs.push(run);
    }
    return runs;
  };
  const [before, behind] = [take(prefix, false), take(suffix, true)];
  const map = rest.map((c): Run => (isDigit(c) ? run(0, c, 10) : run(2, c, plain)));
  const all = [...before, ...map, ...behind];
  const segment = (basis: number) =>
    inBase(
      all.filter((r) => r.basis === basis).flatMap((r) => r.values),
      basesOf(plain)[basis]!,
    );
  const header = { 30: '0', 74: '10', 256: '11' }[plain] + runBits(before) + runBits(behind);
  const mapBits = map.map(({ basis, values }) => (basis === 0 ? '0' : '1').repeat(values.length)).join('');
  return header + mapBits + segment(1) + segment(3) + segment(0) + segment(2);
}
const run = (basis: number, c: string, base: number): Run => ({ basis, characters: [c], values: valuesOf(c, base)! });

/** A length above its least, by the span that the table allows. */
function lengthBits(above: number, range: number): string {
  if (range < 8 || (range > 44 && range < Infinity)) return bits(above, range.toString(2).length);
  if (above > 44) return '1'.repeat(12) + vector(above - 44, 6);
  return '1111'.repeat(Math.floor(above / 15)) + bits(above % 15, 4);
}

/** One AI's value in parts, with the spans of the table: digits behind each other, then text. */
interface Part {
  digits: string;
  digitSpan: [min: number, max: number];
  text: string;
  textSpan: [min: number, max: number];
}
/** A row of the table as a test uses it. */
export interface Entry {
  id: number;
  secondary: string;
  parts: Part[];
}

/** A whole Packed Object: an ID list with the default layout, as bytes. */
export function packedObject(entries: readonly Entry[], text: (all: string) => string, flags = ''): Uint8Array {
  let ids = vector(entries.length - 1, 3);
  for (let i = 0; i < entries.length; i += 2)
    ids += i + 1 < entries.length ? bits(entries[i]!.id * 90 + entries[i + 1]!.id, 13) : bits(entries[i]!.id, 7);
  const parts = entries.flatMap((entry) => entry.parts);
  const last = parts.findLastIndex((part) => part.textSpan[1] > 0);
  let lengths = '1';
  parts.forEach((part, i) => {
    const [[minDigits, maxDigits], [minText, maxText]] = [part.digitSpan, part.textSpan];
    if (maxDigits > minDigits) lengths += lengthBits(part.digits.length - minDigits, maxDigits - minDigits);
    if (maxText > minText && i !== last) lengths += lengthBits(part.text.length - minText, maxText - minText);
  });
  const numbers = parts.map((part) => inBase(digits(part.digits), 10)).join('');
  const data = last < 0 ? '' : text(parts.map((part) => part.text).join(''));
  const rest = ids + entries.map((entry) => entry.secondary).join('') + lengths + numbers + data;
  return sealed(rest, flags);
}

/** Length and pad bit before the rest of an object, and its padding. */
export function sealed(rest: string, flags = ''): Uint8Array {
  for (let bytes = 4; ; bytes++) {
    const head = `${flags + vector(bytes, 6)}?${rest}`;
    const spare = bytes * 8 - head.length;
    if (spare < 0) continue;
    const padded = head.replace('?', spare > 0 ? '1' : '0') + (spare > 0 ? '1'.padEnd(spare, '0') : '');
    return bytesOf(padded);
  }
}

/** Bytes of zeros and ones; blanks between them say nothing. */
export function bytesOf(text: string): Uint8Array {
  const plain = text.replaceAll(/\s/g, '');
  return Uint8Array.from({ length: plain.length / 8 }, (_, i) => Number.parseInt(plain.slice(i * 8, i * 8 + 8), 2));
}
