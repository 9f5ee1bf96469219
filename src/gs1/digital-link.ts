import { AI_TABLE, checkValue } from './ai.ts';
import { DIGITS, URI, firstOutside, percentDecode, percentEncode } from './charset.ts';
import { idOfElements, qualifierList } from './elements.ts';
import { Gs1Error } from './error.ts';
import { type Element, type Id, valueOf } from './id.ts';

/** Characters of the longest Digital Link that is read. */
const LINK_CHARS_MAX = 4096;
const CANONICAL_HOST = 'id.gs1.org';

const LINK = /^https?:\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/i;
const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const GTIN_DIGITS = 14;
const SHORT_GTIN_DIGITS = [8, 12, 13];

export interface LinkParts {
  host: string;
  /** Path segments as they stand, and where each starts in the text. */
  segments: [segment: string, at: number][];
  query: string;
  queryAt: number;
}

export const isWebUri = (text: string): boolean => /^https?:\/\//i.test(text.slice(0, 8));

/** A link's parts, their characters checked; refused where it is no http or https URI. */
export function linkParts(text: string): LinkParts {
  if (text.length > LINK_CHARS_MAX) throw new Gs1Error('TOO_LONG', `A link has at most ${LINK_CHARS_MAX} characters.`);
  const outside = firstOutside(text, URI);
  if (outside >= 0)
    throw new Gs1Error('CHARACTER', `${JSON.stringify(text[outside])} may not stand in a URI.`, outside);
  const parts = LINK.exec(text);
  if (!parts || !HOST.test(parts[1]!)) throw new Gs1Error('URI_SYNTAX', 'A link is http(s)://host/path.');
  let at = text.indexOf(parts[1]!, text.indexOf('//') + 2) + parts[1]!.length + 1;
  const segments = (parts[2] ?? '')
    .slice(1)
    .split('/')
    .map((segment): [string, number] => {
      const place = at;
      at += segment.length + 1;
      return [segment, place];
    });
  return { host: parts[1]!, segments, query: parts[3] ?? '', queryAt: text.indexOf('?') + 1 };
}

/** Position in `segments` of the key's AI, walking pairs from the right; -1 where the path has none. */
function keyPosition(segments: LinkParts['segments']): number {
  for (let i = segments.length - 2; i >= 0; i -= 2) {
    const row = AI_TABLE.get(segments[i]![0]);
    if (row?.qualifiers) return i;
    if (!row) return -1;
  }
  return -1;
}

/** A GTIN of 8, 12 or 13 digits as the 14 digits that AI 01 has. */
export const widen = (ai: string, value: string): string =>
  ai === '01' && SHORT_GTIN_DIGITS.includes(value.length) ? value.padStart(GTIN_DIGITS, '0') : value;

function pathElements({ segments }: LinkParts): Element[] {
  const first = keyPosition(segments);
  if (first < 0) throw new Gs1Error('NO_KEY', 'The path ends in no key and value of a GS1 identifier.');
  const ais: Element[] = [];
  for (let i = first; i < segments.length; i += 2) {
    const ai = segments[i]![0];
    const [raw, at] = segments[i + 1]!;
    const decoded = percentDecode(raw, at);
    const value = i === first ? widen(ai, decoded) : decoded;
    checkValue(ai, value, at);
    ais.push([ai, value]);
  }
  checkOrder(ais, segments[first]![1]);
  return ais;
}

/** Qualifiers stand behind their key in the order of one of the key's lists. */
function checkOrder(ais: readonly Element[], at: number): void {
  const names = ais.slice(1).map(([ai]) => ai);
  const isInOrder = (list: readonly string[]) => {
    let from = -1;
    return names.every((ai) => {
      const place = list.indexOf(ai, from + 1);
      from = place;
      return place >= 0;
    });
  };
  const lists = AI_TABLE.get(ais[0]![0])!.qualifiers!;
  if (!lists.some(isInOrder))
    throw new Gs1Error('AI_ORDER', `AI ${names.join(', ')} may not follow AI ${ais[0]![0]} in this order.`, at);
}

/** AIs of the query, each checked by itself; `path` has the key and qualifiers that stand before it. */
export function queryElements({ query, queryAt }: LinkParts, path: readonly Element[]): Element[] {
  const ais: Element[] = [];
  const inPath = path.map(([ai]) => ai);
  const lists = AI_TABLE.get(inPath[0]!)!.qualifiers!.filter((list) =>
    inPath.slice(1).every((ai) => list.includes(ai)),
  );
  let at = queryAt;
  for (const parameter of query.split('&')) {
    const equals = parameter.indexOf('=');
    const ai = parameter.slice(0, Math.max(0, equals));
    const valueAt = at + equals + 1;
    at += parameter.length + 1;
    // names that are not all digits belong to others: resolvers, shops
    if (ai === '' || firstOutside(ai, DIGITS) >= 0) continue;
    const row = AI_TABLE.get(ai);
    if (!row) throw new Gs1Error('UNKNOWN_AI', `There is no application identifier ${ai}.`, valueAt);
    if (!row.inQuery || lists.some((list) => list.includes(ai)))
      throw new Gs1Error('AI_ORDER', `AI ${ai} may not stand in the query of this link.`, valueAt);
    const raw = parameter.slice(equals + 1);
    if (raw.includes('+')) throw new Gs1Error('CHARACTER', 'A + in a query is a space; write %2B.', valueAt);
    const value = percentDecode(raw, valueAt);
    checkValue(ai, value, valueAt);
    ais.push([ai, value]);
  }
  return ais;
}

/**
 * Reads an uncompressed GS1 Digital Link URI of any host and stem (GS1 Digital Link 1.4, URI syntax). `relations` false
 * lets AIs stand together that may not.
 */
export function parseLink(text: string, gcpLength?: number, relations = true): Id {
  const parts = linkParts(text);
  const path = pathElements(parts);
  return idOfElements([...path, ...queryElements(parts, path)], gcpLength, relations);
}

/**
 * The canonical Digital Link with every AI of the identifier: qualifiers in the path, the rest in the query; of another
 * host where a tag names one. Undefined where there is no such link: identities without AIs, and AIs that a link cannot
 * carry.
 */
export function toLink(id: Id, host = CANONICAL_HOST): string | undefined {
  const [key, ...others] = id.ais;
  const row = key && AI_TABLE.get(key[0]);
  if (!row) return undefined;
  const list = qualifierList(
    row,
    others.map(([ai]) => ai),
  );
  let path = `https://${host}/${key[0]}/${percentEncode(key[1])}`;
  for (const ai of list) {
    const value = valueOf(id, ai);
    if (value !== undefined) path += `/${ai}/${percentEncode(value)}`;
  }
  let query = '';
  for (const [ai, value] of others) {
    if (list.includes(ai)) continue;
    if (!AI_TABLE.get(ai)?.inQuery) return undefined;
    else query += `${query === '' ? '?' : '&'}${ai}=${percentEncode(value)}`;
  }
  return path + query;
}

/** Whether AI and value would do as a key that carries a check digit. */
function isCheckedKey(ai: string, value: string): boolean {
  const row = AI_TABLE.get(ai);
  if (!row?.qualifiers || !row.components.some(({ checks }) => checks.includes('csum'))) return false;
  try {
    checkValue(ai, widen(ai, value));
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a web URI is meant as a Digital Link, though perhaps a wrong one, rather than as a name of somebody's own: its
 * host is GS1's, or its path ends in a key with a value that starts like one, or holds a key with a right check digit.
 */
export function seemsLink(text: string): boolean {
  const parts = LINK.exec(text);
  if (!parts) return false;
  if (/^id\.gs1\.org(?::|$)/i.test(parts[1]!)) return true;
  const segments = (parts[2] ?? '').slice(1).split('/');
  const key = keyPosition(segments.map((segment) => [segment, 0]));
  if (key >= 0 && /^[0-9]{8}/.test(segments[key + 1]!)) return true;
  return segments.some((ai, i) => isCheckedKey(ai, segments[i + 1] ?? ''));
}
