import { AppError } from '../error.ts';
import { BadEncoding } from './decode.ts';
import type { Finding } from './finding.ts';
import { type Place, placeIn, readCarefully } from './json-check.ts';
import { LIMITS } from './limits.ts';

/** A JSON value cut out of a stream, where it began, and what reading it needs to know. */
export interface JsonSlice extends Place {
  text: string;
  /** Colons outside of texts: as many as members, or one of them stands twice. */
  colons: number;
  /** A number with more digits than surely survive, or with an exponent. */
  longNumber: boolean;
  /** On one line, with no number and no escape: any writer of JSON would put it so, but for white space. */
  plain: boolean;
  tooDeep: boolean;
}

/** What a slice holds. `value` is undefined where it is nested too deep to be read. */
export interface JsonValue {
  value: unknown;
  findings: Finding[];
}

const QUOTE = 0x22;
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const [COLON, COMMA, BACKSLASH, NEWLINE] = [0x3a, 0x2c, 0x5c, 0x0a];
/** Decimal digits that every double keeps. */
const SAFE_DIGITS = 15;

const isSpace = (char: number): boolean => char === 0x20 || char === NEWLINE || char === 0x0d || char === 0x09;

/** Finds the end of one value, over as many pieces as it takes. */
class Scan {
  depth = 0;
  deepest = 0;
  colons = 0;
  longNumber = false;
  anyNumber = false;
  done = false;
  #inText = false;
  #escaped = false;
  #digits = 0;
  /** A bare word or number ends where something else begins. */
  #scalar = false;

  /** The offset behind what belongs to the value. */
  run(text: string, from: number): number {
    let at = from;
    while (at < text.length) {
      if (this.#inText) {
        at = this.#skipText(text, at);
        if (this.done) return at;
        continue;
      }
      const char = text.charCodeAt(at);
      if (this.#scalar && (isSpace(char) || char === COMMA || char === CLOSE_OBJECT || char === CLOSE_LIST)) {
        this.done = true;
        return at;
      }
      at++;
      if (char === QUOTE) this.#inText = true;
      else if (char === OPEN_OBJECT || char === OPEN_LIST) this.deepest = Math.max(this.deepest, ++this.depth);
      else if (char === CLOSE_OBJECT || char === CLOSE_LIST) {
        if (--this.depth <= 0) {
          this.done = true;
          return at;
        }
      } else if (char === COLON) this.colons++;
      else if (this.depth === 0 && !isSpace(char)) this.#scalar = true;
      this.#number(char);
    }
    return at;
  }

  #number(char: number): void {
    if (char >= 0x30 && char <= 0x39) {
      this.anyNumber = true;
      if (++this.#digits > SAFE_DIGITS) this.longNumber = true;
    } else if (char !== 0x2e) {
      if ((char | 0x20) === 0x65 && this.#digits > 0) this.longNumber = true;
      this.#digits = 0;
    }
  }

  #skipText(text: string, from: number): number {
    if (this.#escaped) {
      this.#escaped = false;
      return from + 1;
    }
    const quote = text.indexOf('"', from);
    const stop = quote < 0 ? text.length : quote;
    let back = stop;
    while (back > from && text.charCodeAt(back - 1) === BACKSLASH) back--;
    const odd = (stop - back) % 2 === 1;
    if (quote < 0) {
      this.#escaped = odd;
      return stop;
    }
    if (!odd) {
      this.#inText = false;
      if (this.depth === 0) this.done = true;
    }
    return quote + 1;
  }

  /** True for a bare word or number that the text's end completes. */
  get endsHere(): boolean {
    return this.#scalar;
  }
}

/** Members of all objects in a value. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += membersOf(item);
    return count;
  }
  for (const name in value) {
    count++;
    const member = (value as Record<string, unknown>)[name];
    if (typeof member === 'object') count += membersOf(member);
  }
  return count;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? Infinity : at;
}

function sliceOf(text: string, place: Place, { colons, longNumber, anyNumber, deepest }: Scan): JsonSlice {
  const plain = !anyNumber && !text.includes('\\') && !text.includes('\n');
  return { ...place, text, colons, longNumber, plain, tooDeep: deepest > LIMITS.depthMax };
}

/** A stream of JSON text, read value by value; every refusal is an AppError `invalid`, rule `syntax`, with the place. */
export class JsonText {
  readonly #pieces: AsyncIterator<string>;
  #text = '';
  #at = 0;
  #ended = false;
  /** Line of `#countedTo`, and the columns that stand before this piece in its first line. */
  #line = 1;
  #column = 1;
  #countedTo = 0;
  /** The first line end from there on, so that a piece is searched once. */
  #nextLine = Infinity;

  constructor(pieces: AsyncIterable<string>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  get place(): Place {
    this.#count();
    return { line: this.#line, column: this.#column };
  }

  #count(): void {
    const to = this.#at;
    let from = this.#countedTo;
    while (this.#nextLine < to) {
      this.#line++;
      this.#column = 1;
      from = this.#nextLine + 1;
      this.#nextLine = lineEnd(this.#text, from);
    }
    this.#column += to - from;
    this.#countedTo = to;
  }

  refuse(reason: string, { line, column }: Place = this.place): never {
    const message = `The text is no JSON: ${reason} (line ${line}, column ${column}).`;
    const finding: Finding = { path: '', rule: 'syntax', message, line, column };
    throw new AppError('invalid', message, { errors: [finding] });
  }

  /** The next piece in place of the one that was read; false at the end. */
  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    this.#count();
    try {
      for (;;) {
        const next = await this.#pieces.next();
        if (next.done === true) {
          this.#ended = true;
          return false;
        }
        if (next.value === '') continue;
        [this.#text, this.#at, this.#countedTo] = [next.value, 0, 0];
        this.#nextLine = lineEnd(next.value, 0);
        return true;
      }
    } catch (error) {
      if (error instanceof BadEncoding) this.refuse(error.message);
      throw error;
    }
  }

  /** The next character of this piece that is no white space, not taken; '' where it has no more. */
  #peekHere(): string {
    while (this.#at < this.#text.length && isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#text.charAt(this.#at);
  }

  /** The next character that is no white space, not taken; '' at the end. */
  async peek(): Promise<string> {
    for (;;) {
      const char = this.#peekHere();
      if (char !== '' || !(await this.#more())) return char;
    }
  }

  /** Takes one of `chars` where it stands in this piece, which needs no waiting; else undefined, and nothing is taken. */
  takeHere(chars: string): string | undefined {
    const char = this.#peekHere();
    if (char === '' || !chars.includes(char)) return undefined;
    this.#at++;
    return char;
  }

  /** Takes one of `chars`, white space before it aside. */
  async take(chars: string): Promise<string> {
    const char = await this.peek();
    if (char === '' || !chars.includes(char)) {
      const expected = Array.from(chars, (one) => JSON.stringify(one)).join(' or ');
      this.refuse(`${expected} is expected, not ${char === '' ? 'the end' : JSON.stringify(char)}`);
    }
    this.#at++;
    return char;
  }

  /** Cuts out the next value where it ends in this piece, which needs no waiting; else undefined, and nothing is taken. */
  sliceHere(): JsonSlice | undefined {
    if (this.#peekHere() === '') return undefined;
    const scan = new Scan();
    const from = this.#at;
    const to = scan.run(this.#text, from);
    if (!scan.done || to - from > LIMITS.eventLengthMax) return undefined;
    const { place } = this;
    this.#at = to;
    return sliceOf(this.#text.slice(from, to), place, scan);
  }

  /** Cuts out the next value, whatever it is. Throws `too_large` for one longer than the limit. */
  async slice(): Promise<JsonSlice> {
    if ((await this.peek()) === '') this.refuse('a value is expected, not the end');
    const place = this.place;
    const scan = new Scan();
    const parts: string[] = [];
    let length = 0;
    for (;;) {
      const from = this.#at;
      this.#at = scan.run(this.#text, from);
      parts.push(this.#text.slice(from, this.#at));
      if ((length += this.#at - from) > LIMITS.eventLengthMax) {
        const message = `A value is longer than ${LIMITS.eventLengthMax} characters (line ${place.line}, column ${place.column}).`;
        throw new AppError('too_large', message, { errors: [{ path: '', rule: 'limit', message, ...place }] });
      }
      if (scan.done) break;
      if (!(await this.#more())) {
        if (scan.endsHere) break;
        this.refuse('it ends inside of a value');
      }
    }
    return sliceOf(parts.join(''), place, scan);
  }

  /** The value of a slice, and what a plain parser would have passed over. */
  read(slice: JsonSlice, exact = false): JsonValue {
    if (slice.tooDeep) {
      const message = `Nested deeper than ${LIMITS.depthMax}.`;
      return {
        value: undefined,
        findings: [{ path: '', rule: 'limit', message, line: slice.line, column: slice.column }],
      };
    }
    try {
      const value: unknown = JSON.parse(slice.text);
      if (!slice.longNumber && membersOf(value) === slice.colons) return { value, findings: [] };
    } catch {
      // read again below, for the place
    }
    const { fault, findings, value } = readCarefully(slice.text, { exact });
    if (fault) this.refuse(fault.reason, placeIn(slice.text, fault.offset, slice));
    return {
      value,
      findings: findings.map(({ offset, ...rest }) => ({ ...rest, ...placeIn(slice.text, offset, slice) })),
    };
  }
}
