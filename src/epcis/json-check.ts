import { type Finding, pointer } from './finding.ts';
import { LIMITS } from './limits.ts';

/*
 * A JSON text read with more care than JSON.parse takes: names that occur twice, `__proto__`, numbers that no double
 * holds, and the place of what is wrong. JSON.parse is faster and reads first; this reads what looked suspicious.
 */

export interface Place {
  line: number;
  column: number;
}

/** Line and column of an offset in a text that itself begins at `start`. */
export function placeIn(text: string, offset: number, start: Place = { line: 1, column: 1 }): Place {
  let line = start.line;
  let from = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', from)) {
    line++;
    from = at + 1;
  }
  return { line, column: offset - from + (from === 0 ? start.column : 1) };
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const LITERALS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** Significant digits and exponent of a decimal, so that two spellings of one value compare equal. */
function decimalOf(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const negative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${negative ? '-' : ''}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

/** True where the double nearest to a decimal, written as short as possible, is the same decimal. */
export function survives(text: string): boolean {
  const number = Number(text);
  return Number.isFinite(number) && decimalOf(text) === decimalOf(String(number));
}

/** A number that no double holds, as it was written: JSON.stringify writes it so again. */
export const rawNumber = (text: string): unknown =>
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

/** The digits of a `rawNumber`; undefined for any other value. */
export const digitsOfRaw = (value: unknown): string | undefined =>
  (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value)
    ? (value as { rawJSON: string }).rawJSON
    : undefined;

class Syntax extends Error {
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

/** Options and results of one reading. */
export interface Reading {
  value?: unknown;
  /** Why the text is no JSON, and where. */
  fault?: { reason: string; offset: number };
  /** Names twice, `__proto__`, lossy numbers; paths relative to the value. */
  findings: (Finding & { offset: number })[];
  /** Offset of the value at `wanted`. */
  found?: number;
}

class Reader {
  readonly #text: string;
  readonly #exact: boolean;
  readonly #wanted: string | undefined;
  #at = 0;
  readonly path: PropertyKey[] = [];
  readonly reading: Reading = { findings: [] };

  constructor(text: string, exact: boolean, wanted?: string) {
    this.#text = text;
    this.#exact = exact;
    this.#wanted = wanted;
  }

  #find(rule: string, message: string, offset: number): void {
    if (this.reading.findings.length <= LIMITS.findingsMax)
      this.reading.findings.push({ path: pointer(this.path), rule, message, offset });
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    SPACE.exec(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #fail(expected: string): never {
    const char = this.#text[this.#at];
    const found = char === undefined ? 'the end' : JSON.stringify(char);
    throw new Syntax(`${expected} is expected, not ${found}`, this.#at);
  }

  #string(): string {
    const from = this.#at;
    let end = this.#text.indexOf('"', from + 1);
    while (end > 0 && isEscaped(this.#text, end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw new Syntax('a text does not end', from);
    this.#at = end + 1;
    try {
      return JSON.parse(this.#text.slice(from, end + 1)) as string;
    } catch {
      throw new Syntax('a text holds a control character or a wrong escape', from);
    }
  }

  #number(): unknown {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) {
      for (const [word, value] of LITERALS) {
        if (!this.#text.startsWith(word, this.#at)) continue;
        this.#at += word.length;
        return value;
      }
      return this.#fail('a value');
    }
    const at = this.#at;
    this.#at += text.length;
    if (survives(text)) return Number(text);
    if (this.#exact) return rawNumber(text);
    const short = text.length > 40 ? text.slice(0, 40) + '…' : text;
    this.#find('number', `${short} has more digits than a number keeps; write it as a text.`, at);
    return Number(text);
  }

  value(depth = 1): unknown {
    this.#space();
    if (this.#wanted !== undefined && pointer(this.path) === this.#wanted) this.reading.found = this.#at;
    const char = this.#text[this.#at];
    if (char === '"') return this.#string();
    if (char !== '{' && char !== '[') return this.#number();
    if (depth > LIMITS.depthMax + 4) throw new Syntax(`it is nested deeper than ${LIMITS.depthMax}`, this.#at);
    return char === '{' ? this.#object(depth) : this.#array(depth);
  }

  #array(depth: number): unknown[] {
    const list: unknown[] = [];
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return list;
    }
    for (;;) {
      this.path.push(list.length);
      list.push(this.value(depth + 1));
      this.path.pop();
      this.#space();
      const char = this.#text[this.#at];
      if (char !== ',' && char !== ']') this.#fail('"," or "]"');
      this.#at++;
      if (char === ']') return list;
    }
  }

  #object(depth: number): unknown {
    const fields: Record<string, unknown> = {};
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return fields;
    }
    for (;;) {
      this.#space();
      const at = this.#at;
      if (this.#text[at] !== '"') this.#fail('a name in quotes');
      const name = this.#string();
      this.path.push(name);
      if (Object.hasOwn(fields, name))
        this.#find('duplicate-name', `${name.slice(0, 80)} stands twice in one object.`, at);
      if (name === '__proto__') this.#find('name', 'A member may not be named __proto__.', at);
      this.#space();
      if (this.#text[this.#at] !== ':') this.#fail('":"');
      this.#at++;
      const value = this.value(depth + 1);
      Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
      this.path.pop();
      this.#space();
      const char = this.#text[this.#at];
      if (char !== ',' && char !== '}') this.#fail('"," or "}"');
      this.#at++;
      if (char === '}') return fields;
    }
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail('the end');
  }
}

function isEscaped(text: string, at: number): boolean {
  let back = at;
  while (text[back - 1] === '\\') back--;
  return (at - back) % 2 === 1;
}

/**
 * Reads a JSON text with all that is wrong in it; never throws. `exact` keeps numbers that no double holds as
 * `rawNumber`; without, they come rounded and with a finding (`number`). `wanted` is a pointer whose offset is sought.
 */
export function readCarefully(
  text: string,
  { exact = false, wanted }: { exact?: boolean; wanted?: string } = {},
): Reading {
  const reader = new Reader(text, exact, wanted);
  try {
    const value = reader.value();
    reader.end();
    return { ...reader.reading, value };
  } catch (error) {
    if (!(error instanceof Syntax)) throw error;
    return { ...reader.reading, fault: { reason: error.message, offset: error.offset } };
  }
}
