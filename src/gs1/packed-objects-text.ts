import { type Cursor, takeBits } from './bits.ts';
import { Gs1Error } from './error.ts';

/**
 * The numerical bases of Packed Objects (TDS annex K): values of a base are digits of one number, in groups of at most
 * so many values.
 */
interface Base {
  readonly base: number;
  readonly groupMax: number;
}
const DIGITS: Base = { base: 10, groupMax: 48 };
const BASE_13: Base = { base: 13, groupMax: 43 };
const BASE_30: Base = { base: 30, groupMax: 32 };
const BASE_40: Base = { base: 40, groupMax: 30 };
const BASE_74: Base = { base: 74, groupMax: 25 };
const BASE_84: Base = { base: 84, groupMax: 25 };
const BASE_256: Base = { base: 256, groupMax: 20 };

/** Bits of one group of `count` values: those of the largest number that they can make. */
const groupBits = ({ base }: Base, count: number): number => (BigInt(base) ** BigInt(count) - 1n).toString(2).length;
const tables = new Map(
  [DIGITS, BASE_13, BASE_30, BASE_40, BASE_74, BASE_84, BASE_256].map((base) => [
    base,
    Array.from({ length: base.groupMax + 1 }, (_, count) => (count === 0 ? 0 : groupBits(base, count))),
  ]),
);

/** Bits of `count` values of a base. */
function bitsOf(base: Base, count: number): number {
  const table = tables.get(base)!;
  return Math.floor(count / base.groupMax) * table[base.groupMax]! + table[count % base.groupMax]!;
}

function takeNumber(cursor: Cursor, bits: number): bigint {
  let value = 0n;
  for (let left = bits; left > 0; left -= 32) {
    const take = Math.min(32, left);
    value = value * BigInt(2 ** take) + BigInt(takeBits(cursor, take));
  }
  return value;
}

/** The next `count` values of a base; refused where the bits say a larger number. */
function takeValues(cursor: Cursor, base: Base, count: number): number[] {
  const values: number[] = [];
  for (let done = 0; done < count; done += base.groupMax) {
    const size = Math.min(base.groupMax, count - done);
    const at = cursor.at;
    let rest = takeNumber(cursor, tables.get(base)![size]!);
    const group: number[] = [];
    for (let i = 0; i < size; i++) {
      group.push(Number(rest % BigInt(base.base)));
      rest /= BigInt(base.base);
    }
    if (rest > 0n)
      throw new Gs1Error('RANGE', `A number above ${base.base}^${size} - 1 stands in a Packed Object.`, at);
    for (const value of group.toReversed()) values.push(value);
  }
  return values;
}

/** The next `count` digits as one number (TDS annex I.8.1). */
export const takeDigits = (cursor: Cursor, count: number): string => takeValues(cursor, DIGITS, count).join('');

// TDS tables K-1 to K-5, as far as GS1 data need them: a value without a character here is refused
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const PUNCTUATION = ' !"#$%&\'()*+,-./:;<=>?@';
/** Base 30: a dash, the letters, then values that change what the next one means. */
const BASIC_30 = `-${LETTERS}`;
const SHIFT_1_OF_30 = 27;
const SHIFT_2_OF_30 = 28;
/** Acts as shift 2 where it stands first; from then on it is the character that followed. */
const PROGRAMMABLE = 29;
const DIGITS_OF_40 = 30;
const SHIFT_1_OF_13 = 10;
const BASIC_74 = `\u001D!"%&'()*+,-./:;<=>?${LETTERS}_${LETTERS.toLowerCase()} `;
const DIGITS_OF_84 = 74;

/** Characters of values that may need the value behind them. */
interface Reader {
  /** The character that a value completes; undefined where it waits for the next. */
  next(value: number): string | undefined;
}

const found = (set: string, value: number): string => {
  const character = set[value];
  if (character === undefined)
    throw new Gs1Error('CHARACTER', 'A Packed Object has a character that GS1 data do not use.');
  return character;
};
const plain = (set: string): Reader => ({ next: (value) => found(set, value) });

/** Base 13: digits, and two shifts to the letters A..M and N..Z. */
function reader13(): Reader {
  let shift = -1;
  return {
    next(value) {
      if (shift >= 0) {
        const set = shift === 0 ? LETTERS.slice(0, 13) : shift === 1 ? LETTERS.slice(13) : '';
        shift = -1;
        return found(set, value);
      }
      if (value < SHIFT_1_OF_13) return String(value);
      shift = value - SHIFT_1_OF_13;
      return undefined;
    },
  };
}

/** Bases 30 and 40 share their shifts and the character that the object itself defines. */
function reader30(): Reader {
  let shifted: '' | 'control' | 'punctuation' | 'define' = '';
  let defined: string | undefined;
  return {
    next(value) {
      if (shifted !== '') {
        const character = found(shifted === 'control' ? '' : PUNCTUATION, value);
        if (shifted === 'define') defined = character;
        shifted = '';
        return character;
      }
      if (value < BASIC_30.length) return BASIC_30[value];
      if (value >= DIGITS_OF_40) return String(value - DIGITS_OF_40);
      if (value === PROGRAMMABLE && defined !== undefined) return defined;
      shifted = value === SHIFT_1_OF_30 ? 'control' : value === SHIFT_2_OF_30 ? 'punctuation' : 'define';
      return undefined;
    },
  };
}

const reader84: Reader = {
  next: (value) => (value >= DIGITS_OF_84 ? String(value - DIGITS_OF_84) : found(BASIC_74, value)),
};
const reader256: Reader = { next: (value) => String.fromCharCode(value) };
const readerDigits = plain('0123456789');

/** Values of one base, one behind the other. */
interface Run {
  readonly base: Base;
  readonly count: number;
}

const RUN_VALUES_MIN = 6;

/** Prefix or suffix runs (TDS annex I.8.2.3). */
function takeRuns(cursor: Cursor, plainBase: Base, extended: Base): Run[] {
  if (takeBits(cursor, 1) === 0) return [];
  const runs: Run[] = [];
  for (let isLast = 0; isLast === 0;) {
    isLast = takeBits(cursor, 1);
    const basis = takeBits(cursor, 2);
    const count = RUN_VALUES_MIN + 2 * takeBits(cursor, 3);
    runs.push({ base: [DIGITS, BASE_13, plainBase, extended][basis]!, count });
  }
  return runs;
}

/** The base for what is no digit, and the one that has the digits beside it. */
function takeBases(cursor: Cursor): [plainBase: Base, extended: Base] {
  if (takeBits(cursor, 1) === 0) return [BASE_30, BASE_40];
  return takeBits(cursor, 1) === 0 ? [BASE_74, BASE_84] : [BASE_256, BASE_40];
}

/**
 * The character map: one bit a value. Its length is said nowhere: it ends where map and values together fill the object
 * to its last bit (TDS annex M.2).
 */
function takeMap(cursor: Cursor, counts: Map<Base, number>, plainBase: Base): Run[] {
  const start = cursor.at;
  const dataBits = () => [...counts].reduce((sum, [base, count]) => sum + bitsOf(base, count), 0);
  const map: Run[] = [];
  for (let need = dataBits(); cursor.at + need !== cursor.length; need = dataBits()) {
    if (cursor.at + need > cursor.length)
      throw new Gs1Error('PACKED_OBJECT', 'The alphanumeric data do not fill the Packed Object to its end.', start);
    const base = takeBits(cursor, 1) === 0 ? DIGITS : plainBase;
    counts.set(base, (counts.get(base) ?? 0) + 1);
    map.push({ base, count: 1 });
  }
  return map;
}

/**
 * The alphanumeric subsection (TDS annex I.8.2), from the cursor to the object's last significant bit: the text of all
 * values that are not digits of known length.
 */
export function takeText(cursor: Cursor): string {
  const start = cursor.at;
  const [plainBase, extended] = takeBases(cursor);
  const prefix = takeRuns(cursor, plainBase, extended);
  const suffix = takeRuns(cursor, plainBase, extended);
  // the segments stand in this order whatever the characters' order
  const counts = new Map<Base, number>([BASE_13, extended, DIGITS, plainBase].map((base) => [base, 0]));
  for (const { base, count } of [...prefix, ...suffix]) counts.set(base, counts.get(base)! + count);
  const map = takeMap(cursor, counts, plainBase);
  const values = new Map([...counts].map(([base, count]) => [base, takeValues(cursor, base, count).values()]));
  return interleave([...prefix, ...map, ...suffix], values, start);
}

function interleave(runs: readonly Run[], values: Map<Base, ArrayIterator<number>>, start: number): string {
  const shared = reader30();
  const readers = new Map<Base, Reader>([
    [DIGITS, readerDigits],
    [BASE_13, reader13()],
    [BASE_30, shared],
    [BASE_40, shared],
    [BASE_74, plain(BASIC_74)],
    [BASE_84, reader84],
    [BASE_256, reader256],
  ]);
  let text = '';
  let waiting: Base | undefined;
  for (const { base, count } of runs) {
    for (let i = 0; i < count; i++) {
      if (waiting && waiting !== base) throw brokenShift(start);
      const character = readers.get(base)!.next(values.get(base)!.next().value!);
      waiting = character === undefined ? base : undefined;
      text += character ?? '';
    }
  }
  if (waiting) throw brokenShift(start);
  return text;
}

const brokenShift = (at: number): Gs1Error =>
  new Gs1Error('PACKED_OBJECT', 'A shift is not followed by the value that it shifts.', at);
