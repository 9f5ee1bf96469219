import { AI_BITS_ROWS } from './ai-table-bits.ts';
import { checkTagValue } from './ai.ts';
import { type Cursor, takeBits } from './bits.ts';
import { DIGITS, firstOutside } from './charset.ts';
import { Gs1Error } from './error.ts';
import {
  bitsOfCount,
  put,
  putBase64,
  putDigits,
  putText,
  takeBase64,
  takeCount,
  takeDigits,
  takeText,
} from './plus-text.ts';

/** One part of an AI's value in the bits of a `+` scheme. */
interface Part {
  /** Characters that belong to it; the last part takes all the rest. */
  readonly characters: number;
  /** It may have no characters. */
  readonly mayLack?: true;
  read(cursor: Cursor): string;
  write(cursor: Cursor, text: string): void;
}

const NIBBLE_BITS = 4;
/** Nibbles of section 14.5.5 that end the digits. */
const TEXT_FOLLOWS = 14;
const DIGITS_END = 15;

const NIBBLES_AT_ONCE = 7;

/** Up to NIBBLES_AT_ONCE digits. */
function takeNibbles(cursor: Cursor, count: number): string {
  const bits = takeBits(cursor, count * NIBBLE_BITS);
  let value = 0;
  for (let shift = (count - 1) * NIBBLE_BITS; shift >= 0; shift -= NIBBLE_BITS) {
    const nibble = (bits >> shift) & 15;
    if (nibble > 9)
      throw new Gs1Error('CHARACTER', `The nibble ${nibble} is no digit.`, cursor.at - shift - NIBBLE_BITS);
    value = value * 10 + nibble;
  }
  return String(value).padStart(count, '0');
}

const nibbles = (count: number): Part => ({
  characters: count,
  read(cursor) {
    let digits = '';
    for (let left = count; left > 0; left -= NIBBLES_AT_ONCE)
      digits += takeNibbles(cursor, Math.min(left, NIBBLES_AT_ONCE));
    return digits;
  },
  write(cursor, digits) {
    for (let i = 0; i < count; i++) put(cursor, NIBBLE_BITS, digits.charCodeAt(i) & 15);
  },
});

const integer = (count: number): Part => ({
  characters: count,
  read: (cursor) => takeDigits(cursor, count),
  write: putDigits,
});

const text = (max: number): Part => ({
  characters: max,
  read: (cursor) => takeText(cursor, max),
  write: (cursor, value) => putText(cursor, max, value),
});

const countedDigits = (max: number): Part => ({
  characters: max,
  read: (cursor) => takeDigits(cursor, takeCount(cursor, max)),
  write(cursor, value) {
    put(cursor, bitsOfCount(max), value.length);
    putDigits(cursor, value);
  },
});

/** Digits as nibbles up to F, or up to E with the text from the first character that is no digit behind it. */
const terminated = (max: number): Part => ({
  characters: max,
  read(cursor) {
    let digits = '';
    for (;;) {
      const at = cursor.at;
      const nibble = takeBits(cursor, NIBBLE_BITS);
      if (nibble === DIGITS_END) return digits;
      if (nibble === TEXT_FOLLOWS) break;
      if (nibble > 9) throw new Gs1Error('CHARACTER', `The nibble ${nibble} is no digit.`, at);
      digits += String(nibble);
      if (digits.length > max) throw new Gs1Error('LENGTH', `More than ${max} characters stand here.`, at);
    }
    const at = cursor.at;
    const rest = takeText(cursor, max);
    if (firstOutside(rest[0]!, DIGITS) < 0)
      throw new Gs1Error('TERMINATOR', 'The text behind the digits starts with one more digit.', at);
    return digits + rest;
  },
  write(cursor, value) {
    const first = firstOutside(value, DIGITS);
    const end = first < 0 ? value.length : first;
    for (let i = 0; i < end; i++) put(cursor, NIBBLE_BITS, value.charCodeAt(i) & 15);
    put(cursor, NIBBLE_BITS, first < 0 ? DIGITS_END : TEXT_FOLLOWS);
    if (first >= 0) putText(cursor, max, value.slice(first));
  },
});

const bit: Part = {
  characters: 1,
  read: (cursor) => String(takeBits(cursor, 1)),
  write: (cursor, value) => put(cursor, 1, Number(value)),
};

const minusSign: Part = {
  characters: 1,
  mayLack: true,
  read: (cursor) => (takeBits(cursor, 1) === 1 ? '-' : ''),
  write: (cursor, value) => put(cursor, 1, value.length),
};

const YEAR_BITS = 7;
const MONTH_BITS = 4;
const DAY_BITS = 5;
const HOUR_BITS = 5;
const SIXTIETH_BITS = 6;

/** Numbers of two digits, each with its own bits. Plausibility of dates is the AI's own check. */
const pairs = (...bits: number[]): Part => ({
  characters: bits.length * 2,
  read(cursor) {
    let digits = '';
    for (const count of bits) {
      const value = takeBits(cursor, count);
      if (value > 99) throw new Gs1Error('DATE', `${value} is above 99.`, cursor.at - count);
      digits += String(value).padStart(2, '0');
    }
    return digits;
  },
  write: (cursor, digits) => bits.forEach((count, i) => put(cursor, count, Number(digits.slice(i * 2, i * 2 + 2)))),
});

/** A date of six digits. */
export const DATE: Part = pairs(YEAR_BITS, MONTH_BITS, DAY_BITS);

/** Of several layouts the one that the first bits name. `unnamed` tells how the value's length picks one. */
const choice = (bits: number, parts: readonly Part[]): Part => ({
  characters: Math.max(...parts.map(({ characters }) => characters)),
  read(cursor) {
    const at = cursor.at;
    const which = takeBits(cursor, bits);
    const part = parts[which];
    if (!part) throw new Gs1Error('INDICATOR', `The indicator ${which} of a date is not assigned.`, at);
    return part.read(cursor);
  },
  write(cursor, value) {
    const which = parts.findIndex(({ characters }) => characters === value.length);
    if (which < 0) throw new Gs1Error('LENGTH', `No + scheme holds a date of ${value.length} digits here.`);
    put(cursor, bits, which);
    parts[which]!.write(cursor, value);
  },
});

const DATE_BITS = [YEAR_BITS, MONTH_BITS, DAY_BITS];
const SEQUENCE = /^([0-9])\/([0-9])$/;

/** The methods of section 14.5 by their letter in the table. */
const METHODS: Record<string, (count: number) => Part> = {
  n: nibbles,
  i: integer,
  a: text,
  v: countedDigits,
  t: terminated,
  b: () => bit,
  s: () => minusSign,
  d: () => DATE,
  m: () => pairs(...DATE_BITS, HOUR_BITS, SIXTIETH_BITS),
  r: () => choice(1, [DATE, pairs(...DATE_BITS, ...DATE_BITS)]),
  p: () =>
    choice(2, [
      pairs(...DATE_BITS, HOUR_BITS),
      pairs(...DATE_BITS, HOUR_BITS, SIXTIETH_BITS),
      pairs(...DATE_BITS, HOUR_BITS, SIXTIETH_BITS, SIXTIETH_BITS),
    ]),
  c: () => ({ characters: 2, read: (cursor) => takeBase64(cursor, 2), write: putBase64 }),
  q: () => ({
    characters: 3,
    read(cursor) {
      const two = nibbles(2).read(cursor);
      return `${two[0]}/${two[1]}`;
    },
    write(cursor, value) {
      const two = SEQUENCE.exec(value);
      if (!two) throw new Gs1Error('AI_VALUE', `"${value}" is no place in a sequence of up to 9.`);
      nibbles(2).write(cursor, two[1]! + two[2]!);
    },
  }),
};

/** `310-316/0-5`: each of 310 to 316 with each of 0 to 5 behind it. */
export function expandAis(range: string): string[] {
  const [head, tail] = range.split('/').map((part) => {
    const [first, last = first] = part.split('-');
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) =>
      String(Number(first) + i).padStart(first!.length, '0'),
    );
  });
  return head!.flatMap((ai) => (tail ?? ['']).map((digit) => ai + digit));
}

function compile(rows: string): Map<string, readonly Part[]> {
  const table = new Map<string, readonly Part[]>();
  for (const line of rows.trim().split('\n')) {
    const [range, ...words] = line.split(' ');
    const parts = words.map((word) => METHODS[word[0]!]!(Number(word.slice(1))));
    for (const ai of expandAis(range!)) table.set(ai, parts);
  }
  return table;
}

const PARTS = compile(AI_BITS_ROWS);
/** Digits of an AI by its first two. */
const AI_DIGITS = new Map([...PARTS.keys()].map((ai) => [ai.slice(0, 2), ai.length]));

/** The next AI of +AIDC data; refused where there is none with such digits. */
export function takeAi(cursor: Cursor): string {
  const at = cursor.at;
  const unknown = (ai: string) => new Gs1Error('UNKNOWN_AI', `No + scheme holds an AI ${ai}.`, at);
  const first = nibbles(2).read(cursor);
  const digits = AI_DIGITS.get(first);
  if (digits === undefined) throw unknown(`${first}…`);
  const ai = first + nibbles(digits - 2).read(cursor);
  if (!PARTS.has(ai)) throw unknown(ai);
  return ai;
}

export function putAi(cursor: Cursor, ai: string): void {
  if (!PARTS.has(ai)) throw new Gs1Error('NO_FORM', `No + scheme holds AI ${ai}.`);
  nibbles(ai.length).write(cursor, ai);
}

/** The value of an AI. Throws Gs1Error with the position in bits. */
export function takeValue(cursor: Cursor, ai: string): string {
  const at = cursor.at;
  let value = '';
  for (const part of PARTS.get(ai)!) value += part.read(cursor);
  checkTagValue(ai, value, at);
  return value;
}

/** Writes a value that the AI's checks have passed. */
export function putValue(cursor: Cursor, ai: string, value: string): void {
  let from = 0;
  const parts = PARTS.get(ai)!;
  parts.forEach((part, i) => {
    const end = i === parts.length - 1 ? value.length : from + part.characters;
    const piece = value.slice(from, end);
    if (piece === '' && !part.mayLack)
      throw new Gs1Error('SCHEME_MISMATCH', `The bits of AI ${ai} need a serial component, which ${value} lacks.`);
    part.write(cursor, piece);
    from = end;
  });
}
