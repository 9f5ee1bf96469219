// The digest that names an answer (section 3).
import canonicalize from 'canonicalize';

/**
 * `ni:///sha-256;…` (RFC 6920) over canonical JSON (RFC 8785). Lists of an answer that are sets must come sorted by
 * `asSet`; lists of eventIDs in order stay as they are.
 */
export async function digestOf(answer: object): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalize(answer));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const text = btoa(String.fromCharCode(...hash))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
  return `ni:///sha-256;${text}`;
}

/** A list that is a set, by canonical text. */
export const asSet = <T extends object>(list: T[]): T[] =>
  list
    .map((item): [string, T] => [canonicalize(item) ?? '', item])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, item]) => item);
