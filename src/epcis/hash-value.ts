import { type Context, expandCurie } from './context.ts';
import { canonicalLink, SGTIN } from './hash-link.ts';
import { instantOf } from './syntax.ts';
import { type Vocabulary, webUriOf, webUriOfUrn } from './vocabulary.ts';

export const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;
const EXPONENT = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/;

/**
 * A number as the hash writes it: an integral double in full, any other as the shortest decimal that reads back,
 * without exponent; NaN and infinities by name.
 */
export function decimalText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isSafeInteger(value)) return String(value === 0 ? 0 : value);
  if (Number.isInteger(value)) return BigInt(value).toString();
  const shortest = String(value);
  const part = EXPONENT.exec(shortest);
  if (!part) return shortest;
  const [, sign = '', lead = '', rest = '', exponent = '0'] = part;
  return `${sign}0.${'0'.repeat(-Number(exponent) - 1)}${lead}${rest}`;
}

/** Already in form, or no date-time that would change it. */
const CANONICAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{3}Z$/;

/** UTC with milliseconds, as `Date.toISOString` writes it; a text that is no date-time stays. */
export function timeText(text: string): string {
  if (CANONICAL_TIME.test(text)) return text;
  const at = instantOf(text);
  return at === undefined ? text : new Date(at).toISOString();
}

/** Distinct texts kept with their canonical form; a document repeats its places, classes and words. */
const CACHE_SIZE_MAX = 10_000;
const CACHED_LENGTH_MAX = 200;

/** Canonical forms of values under one context; make one for each document. */
export class Values {
  readonly context: Context;
  /** Set when a member that declares a namespace was passed over: the event has to be read again, with it. */
  metDeclaration = false;
  readonly #seen = new Map<string, string>();
  /** `urn:` is no prefix here: a URN means itself. */
  readonly #hasUrns: boolean;

  constructor(context: Context) {
    this.context = context;
    this.#hasUrns = !context.prefixes.has('urn');
  }

  /** A value of any field (epcis.md sections 9.8 to 9.11): trimmed, decimals normalised, CURIEs, CBV and EPC URNs expanded. */
  text(value: unknown, vocabulary?: Vocabulary): string {
    if (typeof value === 'number') return decimalText(value);
    if (typeof value !== 'string') return value === null || value === undefined ? '' : JSON.stringify(value);
    const trimmed = value.trim();
    if (vocabulary !== undefined && vocabulary.words.has(trimmed)) return webUriOf(vocabulary, trimmed);
    // items are many and have a cache of their own, by class
    if (this.#hasUrns && trimmed.startsWith(SGTIN)) return canonicalLink(trimmed);
    const seen = this.#seen.get(trimmed);
    if (seen !== undefined) return seen;
    const canonical = this.#canonical(trimmed);
    if (trimmed.length <= CACHED_LENGTH_MAX) {
      if (this.#seen.size >= CACHE_SIZE_MAX) this.#seen.clear();
      this.#seen.set(trimmed, canonical);
    }
    return canonical;
  }

  #canonical(text: string): string {
    if (DECIMAL.test(text)) {
      const number = Number(text);
      return Number.isFinite(number) ? decimalText(number) : text; // too long for a double: no two may become one
    }
    const uri = expandCurie(text, this.context);
    return webUriOfUrn(uri) ?? canonicalLink(uri);
  }
}
