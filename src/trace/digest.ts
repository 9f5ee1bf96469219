// The digest that names an answer (section 3).
import canonicalize from 'canonicalize';

/** Canonical text of what was put in order by it: it is hashed too. */
const texts = new WeakMap<object, string>();

function textOf(item: object): string {
  let text = texts.get(item);
  if (text === undefined) texts.set(item, (text = canonicalize(item) ?? ''));
  return text;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Canonical JSON of an answer; its lists of objects are known as text already. */
function textOfAnswer(answer: object): string {
  const members = Object.entries(answer).filter(([, value]) => value !== undefined);
  const written = members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const isList = Array.isArray(value) && value.every(isObject);
      return `${JSON.stringify(name)}:${isList ? `[${value.map(textOf).join(',')}]` : canonicalize(value)}`;
    });
  return `{${written.join(',')}}`;
}

/**
 * `ni:///sha-256;…` (RFC 6920) over canonical JSON (RFC 8785). Lists of an answer that are sets must come sorted by
 * `asSet`; lists of eventIDs in order stay as they are.
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

/** A list that is a set, by canonical text. */
export const asSet = <T extends object>(list: T[]): T[] =>
  list.length < 2
    ? list
    : list
        .map((item): [string, T] => [textOf(item), item])
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .map(([, item]) => item);

/** A private character, that no identifier has: where the text of an item is cut in two. */
const MARK = '\uE000';

/** `item` once for each of `values`, which its member `name` gets; what they share is written once. */
export function eachWith<T extends object>(item: T, name: keyof T & string, values: readonly string[]): T[] {
  if (values.length < 2) return values.map((value) => ({ ...item, [name]: value }));
  const [before, after, ...rest] = (canonicalize({ ...item, [name]: MARK }) ?? '').split(JSON.stringify(MARK));
  return values.map((value) => {
    const one = { ...item, [name]: value };
    if (rest.length === 0) texts.set(one, `${before}${JSON.stringify(value)}${after}`);
    return one;
  });
}
