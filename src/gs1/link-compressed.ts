import { AI_TABLE, type AiRow, isValue } from './ai.ts';
import { DIGITS } from './charset.ts';
import { Gs1Error } from './error.ts';
import { aiAt } from './fnc1.ts';
import type { Element } from './id.ts';

/**
 * The compressed form of Digital Links (GS1 Digital Link 1.1 and 1.2, section on compression). Base64url characters are bits: AIs in four-bit digits, or one code for a usual sequence of AIs, each followed
 * by its value in as few bits as its format in the AI table allows. Zero bits fill the last character.
 */

/** Characters of the longest compressed segment that is read. */
const COMPRESSED_CHARS_MAX = 1024;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const CHARACTER_BITS = 6;
/** No AI with a value fits into so few bits: what is left at the end must be zero. */
const REST_BITS_MAX = 8;

/** Sequences of AIs by their code. */
const SEQUENCES: Record<string, string> = {
  '0A': '01 22',
  '0B': '01 10',
  '0C': '01 21',
  '0D': '01 17',
  '0E': '01 7003',
  '0F': '01 30',
  '1A': '01 10 21 17',
  '1B': '01 15',
  '1C': '01 11',
  '1D': '01 16',
  '1E': '01 91',
  '1F': '01 10 15',
  '2A': '01 3100',
  '2B': '01 3101',
  '2C': '01 3102',
  '2D': '01 3103',
  '2E': '01 3104',
  '2F': '01 3105',
  '3A': '01 3200',
  '3B': '01 3201',
  '3C': '01 3202',
  '3D': '01 3203',
  '3E': '01 3204',
  '3F': '01 3205',
  '9A': '8010 8011',
  '9B': '8017 8019',
  '9C': '8018 8019',
  '9D': '414 254',
  CA: '255 3940',
  CB: '255 3941',
  CC: '255 3942',
  CD: '255 3943',
  ...Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`A${n}`, `01 392${n}`])),
  ...Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`C${n}`, `255 390${n}`])),
};

/** Order of the AIs behind a code: as the standard prints them, or sorted, as GS1's own software writes them. */
const ORDERS: ((ais: string[]) => string[])[] = [(ais) => ais, (ais) => ais.toSorted()];

/** Encodings of text and the bits of their characters; the code is the position. Digits go as one number. */
const HEX = '0123456789abcdef';
const TEXTS: { bits: number; alphabet?: string }[] = [
  { bits: 0 },
  { bits: 4, alphabet: HEX },
  { bits: 4, alphabet: HEX.toUpperCase() },
  { bits: 6, alphabet: ALPHABET },
  { bits: 7 },
];
const ENCODING_BITS = 3;
/** Names and values of parameters that are not GS1's. */
const FOREIGN_NAME_BITS = 7;
const FOREIGN_LENGTH_BITS = 7;

/** Bits of a length up to `max`, and of so many digits, as the standard rounds them. */
const lengthBits = (max: number): number => Math.ceil(Math.log2(max) + 0.01);
const digitBits = (digits: number): number => Math.ceil(digits * Math.log2(10) + 0.01);

/** One part of an AI's value: digits or text, of a fixed size or up to one. */
interface Part {
  readonly isDigits: boolean;
  readonly isFixed: boolean;
  readonly size: number;
}

/** The parts of a value in compression: neighbours of one kind are one part. */
function partsOf(row: AiRow): Part[] {
  const parts: Part[] = [];
  for (const { set, min, max, optional } of row.components) {
    const part = { isDigits: set === DIGITS, isFixed: min === max && !optional, size: max };
    const last = parts.at(-1);
    const joins = last?.isDigits === part.isDigits && (!part.isDigits || last.isFixed === part.isFixed);
    if (!last || !joins) parts.push(part);
    else parts[parts.length - 1] = { ...part, isFixed: last.isFixed && part.isFixed, size: last.size + part.size };
  }
  return parts;
}

const broken = (why: string, at?: number): Gs1Error => new Gs1Error('COMPRESSION', `${why}.`, at);

/** Six-bit characters read as bits. */
class BitText {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get left(): number {
    return this.text.length * CHARACTER_BITS - this.at;
  }

  take(count: number): bigint {
    if (count > this.left) throw broken('It ends inside a value', this.text.length);
    let value = 0n;
    for (let i = 0; i < count; i++, this.at++) {
      const six = ALPHABET.indexOf(this.text[Math.floor(this.at / CHARACTER_BITS)]!);
      value = (value << 1n) | BigInt((six >> (CHARACTER_BITS - 1 - (this.at % CHARACTER_BITS))) & 1);
    }
    return value;
  }

  number(count: number): number {
    return Number(this.take(count));
  }
}

function takeDigits(bits: BitText, count: number): string {
  const digits = bits.take(digitBits(count)).toString();
  if (count === 0 ? digits !== '0' : digits.length > count) throw broken(`A number has more than ${count} digits`);
  return count === 0 ? '' : digits.padStart(count, '0');
}

function takeText(bits: BitText, encoding: number, count: number): string {
  const text = TEXTS[encoding];
  if (!text) throw broken(`There is no encoding ${encoding}`);
  if (text.bits === 0) return takeDigits(bits, count);
  let out = '';
  for (let i = 0; i < count; i++) {
    const code = bits.number(text.bits);
    out += text.alphabet?.[code] ?? String.fromCharCode(code);
  }
  return out;
}

function takePart(bits: BitText, { isDigits, isFixed, size }: Part): string {
  const encoding = isDigits ? 0 : bits.number(ENCODING_BITS);
  const count = isFixed ? size : bits.number(lengthBits(size));
  if (count > size) throw broken(`A value has ${count} characters, not at most ${size}`);
  return takeText(bits, encoding, count);
}

function takeElement(bits: BitText, ai: string): Element {
  const row = AI_TABLE.get(ai);
  if (!row) throw broken(`There is no application identifier ${ai}`);
  const value = partsOf(row)
    .map((part) => takePart(bits, part))
    .join('');
  if (!isValue(ai, value)) throw broken(`"${value}" is no value of AI ${ai}`);
  return [ai, value];
}

const AI_DIGITS_MAX = 4;

/** The AI whose first two digits have been read: as many more as make one. */
function takeAi(bits: BitText, head: string): string {
  let digits = head;
  while (aiAt(digits, 0) === undefined) {
    const digit = digits.length < AI_DIGITS_MAX ? bits.number(4) : 10;
    if (digit > 9) throw broken(`${digits} starts no application identifier`);
    digits += String(digit);
  }
  return digits;
}

/** Passes over a parameter that is not GS1's; its name's length starts with the four bits behind the F. */
function skipForeign(bits: BitText, start: number): void {
  const size = start * 2 ** (FOREIGN_NAME_BITS - 4) + bits.number(FOREIGN_NAME_BITS - 4);
  bits.take(size * CHARACTER_BITS);
  const encoding = bits.number(ENCODING_BITS);
  takeText(bits, encoding, bits.number(FOREIGN_LENGTH_BITS));
}

function decompressIn(text: string, order: (ais: string[]) => string[]): Element[] {
  const bits = new BitText(text);
  const ais: Element[] = [];
  while (bits.left > REST_BITS_MAX) {
    const high = bits.number(4);
    const low = bits.number(4);
    const code = `${high.toString(16)}${low.toString(16)}`.toUpperCase();
    const sequence = SEQUENCES[code];
    if (sequence !== undefined) for (const ai of order(sequence.split(' '))) ais.push(takeElement(bits, ai));
    else if (high < 10 && low < 10) ais.push(takeElement(bits, takeAi(bits, code)));
    else if (high === 15) skipForeign(bits, low);
    else throw broken(`The code ${code} is not assigned`);
  }
  if (bits.take(bits.left) !== 0n) throw broken('Bits are left over', text.length - 1);
  if (ais.length === 0) throw broken('It holds no element');
  return ais;
}

/** The elements as one text, their order aside. */
const contentOf = (ais: readonly Element[]): string =>
  ais
    .map((element) => element.join(' '))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join('\n');

/** Whether a path segment could be compressed at all. */
export const seemsCompressed = (segment: string): boolean => /^[A-Za-z0-9_-]+$/.test(segment);

/**
 * The elements of a compressed segment, each checked by itself; parameters that are not GS1's are passed over. Throws
 * COMPRESSION where the bits say nothing, AMBIGUOUS where two orders of a sequence both make sense.
 */
export function decompress(segment: string): Element[] {
  if (!seemsCompressed(segment)) throw broken('It has other characters than base64url');
  if (segment.length > COMPRESSED_CHARS_MAX)
    throw new Gs1Error('TOO_LONG', `A compressed link has at most ${COMPRESSED_CHARS_MAX} characters.`);
  const found = new Map<string, Element[]>();
  let first: unknown;
  for (const order of ORDERS) {
    try {
      const ais = decompressIn(segment, order);
      found.set(contentOf(ais), ais);
    } catch (error) {
      first ??= error;
    }
  }
  const [only, other] = found.values();
  if (!only) throw first;
  if (other) throw new Gs1Error('AMBIGUOUS', 'The order of the elements in the compressed link cannot be told.');
  return only;
}
