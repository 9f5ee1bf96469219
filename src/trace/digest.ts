// The digest that names an answer (section 3).
import canonicalize from 'canonicalize';

/** Canonical text of lists that were put in order by it: it is hashed too. */
const texts = new WeakMap<object, string>();

/** Canonical JSON of an answer; its long lists are known as text already. */
function textOfAnswer(answer: object): string {
  const members = Object.entries(answer).filter(([, value]) => value !== undefined);
  const written = members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${JSON.stringify(name)}:${texts.get(Object(value)) ?? canonicalize(value)}`);
  return `{${written.join(',')}}`;
}

/**
 * `ni:///sha-256;…` (RFC 6920) over canonical JSON (RFC 8785). Lists of an answer that are sets must come sorted by
 * `asSet` or `alikeAsSet`; lists of eventIDs in order stay as they are.
 */
export async function digestOf(answer: object): Promise<string> {
  const bytes = new TextEncoder().encode(textOfAnswer(answer));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const text = btoa(String.fromCharCode(...hash))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
  return `ni:///sha-256;${text}`;
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

/**
 * A set of many items by canonical text. Those that share all but one member are written and compared by it alone: what
 * stands before it decides first, and no such beginning is the beginning of another.
 */
export function alikeAsSet<T extends object>(groups: Iterable<Alike<T>>): T[] {
  const byBeginning = new Map<string, { value: string; behind: string; item: T }[]>();
  for (const { item, name, values } of groups) {
    const [before, behind] = around(item, name);
    let rows = byBeginning.get(before);
    if (!rows) byBeginning.set(before, (rows = []));
    for (const value of values) rows.push({ value: JSON.stringify(value), behind, item: { ...item, [name]: value } });
  }
  const list: T[] = [];
  const parts: string[] = [];
  for (const before of [...byBeginning.keys()].sort()) {
    const rows = byBeginning.get(before)!.sort((a, b) => compare(a.value, b.value) || compare(a.behind, b.behind));
    for (const { value, behind, item } of rows) {
      parts.push(parts.length === 0 ? '[' : ',', before, value, behind);
      list.push(item);
    }
  }
  if (list.length > 0) texts.set(list, `${parts.join('')}]`);
  return list;
}
