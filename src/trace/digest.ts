// The digest that names an answer (section 3).
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { Turns } from './turns.ts';

/** Canonical text, in pieces, of lists that were put in order by it: it is hashed too. */
const texts = new WeakMap<object, readonly string[]>();

/** Canonical JSON of an answer in pieces; its long lists are known as text already. */
function* textOfAnswer(answer: object): Generator<string> {
  const members = Object.entries(answer)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [i, [name, value]] of members.entries()) {
    yield `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    yield* texts.get(Object(value)) ?? [canonicalize(value) ?? ''];
  }
  yield '}';
}

/**
 * `ni:///sha-256;…` (RFC 6920) over canonical JSON (RFC 8785). Lists of an answer that are sets must come sorted by
 * `asSet` or `alikeAsSet`; lists of eventIDs in order stay as they are.
 */
export async function digestOf(answer: object, turns = new Turns()): Promise<string> {
  const hash = createHash('sha256');
  for (const text of textOfAnswer(answer)) {
    if (turns.isOver) await turns.pass();
    hash.update(text);
  }
  return `ni:///sha-256;${hash.digest('base64url')}`;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A list that is a set, by canonical text. */
export const asSet = <T extends object>(list: T[]): T[] =>
  list.length < 2
    ? list
    : list
        .map((item): [string, T] => [canonicalize(item) ?? '', item])
        .sort(([a], [b]) => compare(a, b))
        .map(([, item]) => item);

/** `item` once for each of `values`, which its member `name` gets. */
export interface Alike<T> {
  item: T;
  name: keyof T & string;
  values: readonly string[];
}

/** The canonical text of an item before and behind the value of one member. */
function around<T extends object>(item: T, name: keyof T): [before: string, behind: string] {
  for (let mark = '\uE000'; ; mark += mark) {
    const [before, behind, ...more] = (canonicalize({ ...item, [name]: mark }) ?? '').split(JSON.stringify(mark));
    if (more.length === 0) return [before!, behind!];
  }
}

/** Items whose text makes one piece: about as many as are written between two turns. */
const ITEMS_A_PIECE = 1000;

/**
 * A set of many items by canonical text. Those that share all but one member are written and compared by it alone: what
 * stands before it decides first, and no such beginning is the beginning of another.
 */
export async function alikeAsSet<T extends object>(groups: Iterable<Alike<T>>, turns: Turns): Promise<T[]> {
  const byBeginning = new Map<string, { value: string; behind: string; item: T }[]>();
  for (const { item, name, values } of groups) {
    if (turns.isOver) await turns.pass();
    const [before, behind] = around(item, name);
    let rows = byBeginning.get(before);
    if (!rows) byBeginning.set(before, (rows = []));
    for (const value of values) rows.push({ value: JSON.stringify(value), behind, item: { ...item, [name]: value } });
  }
  const list: T[] = [];
  const pieces: string[] = [];
  let parts: string[] = ['['];
  for (const before of [...byBeginning.keys()].sort()) {
    if (turns.isOver) await turns.pass();
    const rows = byBeginning.get(before)!.sort((a, b) => compare(a.value, b.value) || compare(a.behind, b.behind));
    for (const { value, behind, item } of rows) {
      if (list.length > 0) parts.push(',');
      parts.push(before, value, behind);
      if (list.push(item) % ITEMS_A_PIECE > 0) continue;
      pieces.push(parts.join(''));
      parts = [];
    }
  }
  if (list.length > 0) texts.set(list, [...pieces, parts.join(''), ']']);
  return list;
}
