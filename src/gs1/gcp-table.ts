import { DIGITS, firstOutside } from './charset.ts';
import { withGcpLength } from './elements.ts';
import { Gs1Error } from './error.ts';
import { type Id, valueOf } from './id.ts';
import { GCP_DIGITS_MAX, GCP_DIGITS_MIN, schemeOfKind } from './scheme.ts';

/** Characters of the longest prefix list that is read; GS1's has some ten million. */
const TABLE_CHARS_MAX = 2 ** 26;
const ENTRIES_MAX = 1_000_000;
/** Digits of a listed prefix. */
const PREFIX_DIGITS_MAX = 12;
/** Company prefixes of four and five digits exist; EPCs write them with six (TDS 2.3 section 6.3.1). */
const LISTED_LENGTH_MIN = 4;
/** A key is the prefix filled up with zeros to twelve digits, then its own count of digits. */
const COUNT_FACTOR = 16;

/** GS1's list of company prefix lengths, ready for look-ups: keys in order, and the length behind each. */
export interface GcpTable {
  /** When GS1 made the list, as it says. */
  readonly date: string | undefined;
  readonly keys: Float64Array;
  readonly lengths: Uint8Array;
}

type Entry = [prefix: string, length: number];

const malformed = (why: string, at?: number): Gs1Error =>
  new Gs1Error('GCP_LENGTH', `The list of company prefixes cannot be used: ${why}.`, at);

function checkedEntry(prefix: unknown, length: unknown, n: number): Entry {
  const isPrefix = typeof prefix === 'string' && /^\d+$/.test(prefix) && prefix.length <= PREFIX_DIGITS_MAX;
  const count = typeof length === 'string' && /^\d{1,2}$/.test(length) ? Number(length) : length;
  // 0 says that the range holds no company prefixes
  const isLength = count === 0 || (Number.isInteger(count) && Number(count) >= LISTED_LENGTH_MIN);
  if (!isPrefix || !isLength || Number(count) > GCP_DIGITS_MAX)
    throw malformed(`entry ${n} is ${JSON.stringify([prefix, length])}`);
  return [prefix, Number(count)];
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function fromJson(text: string): { date: string | undefined; entries: Entry[] } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
  const list = isRecord(json) ? json['GCPPrefixFormatList'] : undefined;
  const entries = isRecord(list) ? list['entry'] : undefined;
  if (!isRecord(list) || !Array.isArray(entries)) throw malformed('it has no GCPPrefixFormatList with entries');
  const date = typeof list['date'] === 'string' ? list['date'] : undefined;
  return {
    date,
    entries: entries.map((entry: unknown, n) =>
      isRecord(entry) ? checkedEntry(entry['prefix'], entry['gcpLength'], n) : checkedEntry(entry, undefined, n),
    ),
  };
}

const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\s${name}\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`)
    .exec(tag)
    ?.slice(1)
    .find((value) => value !== undefined);

function fromXml(text: string): { date: string | undefined; entries: Entry[] } {
  const plain = text.replace(/<!--[^]*?-->/g, '');
  const root = /<GCPPrefixFormatList(?:\s[^>]*)?>/.exec(plain)?.[0];
  if (root === undefined || !/<\/GCPPrefixFormatList\s*>\s*$/.test(plain))
    throw malformed('it is neither JSON nor a whole GCPPrefixFormatList document');
  const entries = [...plain.matchAll(/<entry\s[^>]*>/g)].map(([tag], n) =>
    checkedEntry(attribute(tag, 'prefix'), attribute(tag, 'gcpLength'), n),
  );
  return { date: attribute(root, 'date'), entries };
}

const keyOfPrefix = (digits: string, count: number): number =>
  Number(digits.slice(0, count).padEnd(PREFIX_DIGITS_MAX, '0')) * COUNT_FACTOR + count;

/**
 * Makes a table of the text of GS1's `gcpprefixformatlist`, JSON or XML: the operator gets it from GS1, nothing of it is
 * shipped. Throws GCP_LENGTH for text that is no such list, has a broken entry, or gives one prefix two lengths.
 */
export function parseGcpTable(text: string): GcpTable {
  if (text.length > TABLE_CHARS_MAX) throw malformed(`it has more than ${TABLE_CHARS_MAX} characters`);
  const content = text.replace(/^\uFEFF/, '').trimStart();
  const { date, entries } = content.startsWith('<') ? fromXml(content.trimEnd()) : fromJson(content);
  if (entries.length === 0 || entries.length > ENTRIES_MAX) throw malformed(`it has ${entries.length} entries`);
  const rows = entries.map(([prefix, length]): [number, number] => [keyOfPrefix(prefix, prefix.length), length]);
  rows.sort(([a], [b]) => a - b);
  rows.forEach(([key, length], i) => {
    const before = rows[i - 1];
    if (before?.[0] === key && before[1] !== length)
      throw malformed(`the prefix ${Math.floor(key / COUNT_FACTOR)} has two lengths`);
  });
  return {
    date,
    keys: Float64Array.from(rows, ([key]) => key),
    lengths: Uint8Array.from(rows, ([, length]) => length),
  };
}

function indexOf(keys: Float64Array, key: number): number {
  let low = 0;
  let high = keys.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = keys[middle]!;
    if (found === key) return middle;
    if (found < key) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Digits of the company prefix that `digits` start with, by the longest listed prefix; undefined where none is. */
export function gcpLengthIn({ keys, lengths }: GcpTable, digits: string): number | undefined {
  const number = Number(digits.slice(0, PREFIX_DIGITS_MAX).padEnd(PREFIX_DIGITS_MAX, '0'));
  for (let count = Math.min(PREFIX_DIGITS_MAX, digits.length); count > 0; count--) {
    const index = indexOf(keys, (number - (number % 10 ** (PREFIX_DIGITS_MAX - count))) * COUNT_FACTOR + count);
    if (index >= 0) return lengths[index] || undefined;
  }
  return undefined;
}

/** The digits of a key from its company prefix on: without indicator, extension digit, or a GRAI's leading zero. */
export function prefixDigits(id: Id): string | undefined {
  const key = schemeOfKind(id.kind === 'GTIN' ? 'SGTIN' : id.kind)?.key;
  const value = key && valueOf(id, key.ai);
  if (value === undefined) return undefined;
  const digits = value.slice(key!.lead.length + (key!.shape === 'front' ? 1 : 0));
  const end = firstOutside(digits, DIGITS);
  return end < 0 ? digits : digits.slice(0, end);
}

/** A company prefix length and where it is known from; `date` is the list's. */
export interface GcpKnown {
  readonly length: number;
  readonly from: 'learned' | 'table' | 'gtin-8';
  readonly date?: string;
}

/** GTIN-8: five zeros and the three digits of the GS1-8 prefix (TDS 2.3 section 7.3). */
const GTIN_8 = /^000000\d{8}$/;
const GTIN_8_GCP_LENGTH = 8;

/** What the list, or else the rule for GTIN-8, says of a key; undefined where neither tells. */
function fromTable(table: GcpTable, id: Id): GcpKnown | undefined {
  const digits = prefixDigits(id);
  const length = digits === undefined ? undefined : gcpLengthIn(table, digits);
  if (length !== undefined)
    return {
      length: Math.max(length, GCP_DIGITS_MIN),
      from: 'table',
      ...(table.date !== undefined && { date: table.date }),
    };
  return GTIN_8.test(valueOf(id, '01') ?? '') ? { length: GTIN_8_GCP_LENGTH, from: 'gtin-8' } : undefined;
}

/** Keys that are remembered; above it the oldest is forgotten. */
const LEARNED_MAX = 65_536;
const CONTRADICTED = 0;

/** What is known of company prefix lengths beside what a question tells. */
export interface GcpKnowledge {
  /** Remembers the length of a key that a classic tag or a URN has told. */
  learn(id: Id): void;
  /** The length of a key's prefix: learned, else listed. Never a guess: undefined where it is not known. */
  lengthOf(id: Id): GcpKnown | undefined;
}

/**
 * Knowledge of prefix lengths: of the same key seen before in a form that tells, where `learns`; then of the list.
 * A key that was seen with two lengths counts as not known.
 */
export function gcpKnowledge({ table, learns = false }: { table?: GcpTable; learns?: boolean }): GcpKnowledge {
  const learned = new Map<string, number>();
  const nameOf = (id: Id): string | undefined => id.ais[0]?.join(' ');
  return {
    learn(id) {
      const name = nameOf(id);
      if (!learns || name === undefined || id.gcpLength === undefined) return;
      const before = learned.get(name);
      if (before === undefined && learned.size >= LEARNED_MAX) learned.delete(learned.keys().next().value!);
      learned.set(name, before === undefined || before === id.gcpLength ? id.gcpLength : CONTRADICTED);
    },
    lengthOf(id) {
      if (id.gcpLength !== undefined) return undefined;
      const length = learned.get(nameOf(id) ?? '');
      if (length === CONTRADICTED) return undefined;
      const known: GcpKnown | undefined = length ? { length, from: 'learned' } : table && fromTable(table, id);
      return known && fits(id, known.length) ? known : undefined;
    },
  };
}

function fits(id: Id, length: number): boolean {
  try {
    return withGcpLength(id, length).gcpLength === length;
  } catch {
    return false;
  }
}
