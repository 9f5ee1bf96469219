import { AppError } from '../src/error.ts';

/** Objects and arrays may nest this deep. */
const DEPTH_MAX = 64;
const BLANK = /[ \t\r\n]*/y;
/** Whether what stands in it is allowed, JSON.parse says. */
const STRING = /"(?:[^"\\]|\\[^])*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Where something begins in a text; both from 1. */
interface Place {
  line: number;
  column: number;
}
/** A JSON text's value, and where its parts stand. */
export interface Located {
  value: unknown;
  /** The place of a value, or of its nearest parent that is there. A key's own place with `key`. */
  at(path: PropertyKey[], key?: boolean): Place;
}

const keyOf = (path: PropertyKey[]): string => JSON.stringify(path.map(String));

class Scanner {
  readonly text: string;
  readonly values = new Map<string, number>();
  readonly keys = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  place(offset: number): Place {
    const before = this.text.slice(0, offset).split('\n');
    return { line: before.length, column: before.at(-1)!.length + 1 };
  }

  fail(message: string, offset = this.#at): never {
    const { line, column } = this.place(offset);
    throw new AppError('invalid', `line ${line}, column ${column}: ${message}`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** Takes the character if it is next, after blanks. */
  #take(character: string): boolean {
    this.#match(BLANK);
    if (this.text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  document(): unknown {
    if (this.text.startsWith('\ufeff')) this.#at++;
    const value = this.#value([]);
    this.#match(BLANK);
    if (this.#at < this.text.length) this.fail('nothing may follow the value');
    return value;
  }

  #value(path: PropertyKey[]): unknown {
    this.#match(BLANK);
    if (path.length > DEPTH_MAX) this.fail(`nested deeper than ${DEPTH_MAX}`);
    this.values.set(keyOf(path), this.#at);
    if (this.#take('{')) return this.#object(path);
    if (this.#take('[')) return this.#array(path);
    const text = this.#match(STRING) || this.#match(SCALAR);
    if (text === undefined || text === '')
      this.fail(this.#at < this.text.length ? 'a JSON value is expected' : 'the text ends too early');
    return this.#parsed(text);
  }

  #parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      return this.fail(
        'a text with a character that needs an escape, or an escape that is none',
        this.#at - text.length,
      );
    }
  }

  #object(path: PropertyKey[]): unknown {
    const entries: [string, unknown][] = [];
    const seen = new Set<string>();
    if (this.#take('}')) return {};
    do {
      this.#match(BLANK);
      const start = this.#at;
      const text = this.#match(STRING);
      if (text === undefined) this.fail('a name in double quotes is expected');
      const name = this.#parsed(text) as string;
      if (seen.has(name)) this.fail(`"${name}" stands here twice`, start);
      seen.add(name);
      this.keys.set(keyOf([...path, name]), start);
      if (!this.#take(':')) this.fail('":" is expected');
      entries.push([name, this.#value([...path, name])]);
    } while (this.#take(','));
    if (!this.#take('}')) this.fail('"," or "}" is expected');
    return Object.fromEntries(entries);
  }

  #array(path: PropertyKey[]): unknown {
    const items: unknown[] = [];
    if (this.#take(']')) return items;
    do items.push(this.#value([...path, items.length]));
    while (this.#take(','));
    if (!this.#take(']')) this.fail('"," or "]" is expected');
    return items;
  }
}

/**
 * Parses JSON (RFC 8259) and remembers where each value and name stands. Names that stand twice are refused.
 * Throws AppError('invalid') whose message begins with line and column.
 */
export function locate(text: string): Located {
  const scanner = new Scanner(text);
  const value = scanner.document();
  return {
    value,
    at(path, key = false) {
      const own = key ? scanner.keys.get(keyOf(path)) : undefined;
      if (own !== undefined) return scanner.place(own);
      const nearest = path.map((_, i) => scanner.values.get(keyOf(path.slice(0, path.length - i))));
      return scanner.place(nearest.find((offset) => offset !== undefined) ?? scanner.values.get(keyOf([])) ?? 0);
    },
  };
}
