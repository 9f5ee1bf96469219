// GS1 company prefixes whose length a captured URN has told, so that a Digital Link can be answered as a URN.
import type { GcpLengthOf } from '../epcis/index.ts';
import { type GcpKnowledge, keyBytes, parse, prefixDigits, uriOfKey } from '../gs1/index.ts';
import type { Fact, Mention } from '../trace/fact.ts';
import { type Queries, textArray } from './sql.ts';

/** Digits of the shortest and the longest company prefix. */
const DIGITS_MIN = 6;
const DIGITS_MAX = 12;
/** Kinds of keys (gs1/key.ts) whose number takes 6 bytes: what stands behind it is a serial, and not looked at. */
const SHORT_NUMBERS = new Set([0x10, 0x11, 0x12, 0x13, 0x30, 0x31, 0x40, 0x60, 0x61]);
const SHORT_CHARACTERS = 7;
/** Prefixes of key heads and of places remembered, for all tenants alike: what they say is no secret. */
const REMEMBERED_MAX = 20_000;
const remembered = new Map<string, string>();

/** `urn:epc:id:sgtin:0614141.…` → 0614141; '' for what is no such URN. */
const prefixOfUrn = (uri: string): string => /^urn:epc:(?:id|class|idpat):[a-z]+:(\d{6,12})\./.exec(uri)?.[1] ?? '';

function recall(name: string, make: () => string): string {
  let prefix = remembered.get(name);
  if (prefix === undefined) {
    prefix = make();
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(name, prefix);
  }
  return prefix;
}

const headOf = ({ key }: Mention): string =>
  SHORT_NUMBERS.has(key.charCodeAt(0)) ? key.slice(0, SHORT_CHARACTERS) : key;

function prefixOfMention({ key, gcpLength }: Mention, head: string): string {
  return recall(`${gcpLength} ${head}`, () => prefixOfUrn(uriOfKey(keyBytes(key), gcpLength)));
}

/** The company prefixes that the URNs of events tell; '' may be among them. */
export function prefixesOf(facts: readonly Fact[]): Set<string> {
  const found = new Set<string>();
  let last = { head: '', gcpLength: 0 };
  for (const { mentions, readPoint, bizLocation } of facts) {
    for (const mention of mentions) {
      const { gcpLength } = mention;
      if (gcpLength === 0) continue;
      const head = headOf(mention);
      // the items of a list mostly are of one product
      if (head === last.head && gcpLength === last.gcpLength) continue;
      last = { head, gcpLength };
      found.add(prefixOfMention(mention, head));
    }
    for (const place of [readPoint, bizLocation])
      if (place !== undefined) found.add(recall(place, () => prefixOfUrn(place)));
  }
  return found;
}

export const PREFIX_SQL = `
select value from known where tenant_id = $1 and field = 'companyPrefix' and value = any($2::text::text[])`;

/** The digits of a link's key from its company prefix on; undefined for what is no GS1 identifier. */
function digitsOf(link: string): string | undefined {
  try {
    return prefixDigits(parse(link));
  } catch {
    return undefined;
  }
}

/** The length in GS1's list, where the operator has given one. */
function listed(link: string, gcp: GcpKnowledge | undefined): number | undefined {
  try {
    return gcp?.lengthOf(parse(link))?.length;
  } catch {
    return undefined;
  }
}

const lengthsOf = (digits: string): string[] =>
  Array.from({ length: DIGITS_MAX - DIGITS_MIN + 1 }, (_, i) => digits.slice(0, DIGITS_MIN + i));

/**
 * The company prefix length of each of these Digital Links: of GS1's list, else of a URN of the same prefix that the
 * tenant has captured. One with two lengths to its name counts as not known.
 */
export async function gcpLengths(
  db: Queries,
  tenantId: string,
  links: ReadonlySet<string>,
  gcp?: GcpKnowledge,
): Promise<GcpLengthOf> {
  if (links.size === 0) return () => undefined;
  const digits = new Map([...links].map((link) => [link, digitsOf(link)]));
  const candidates = new Set([...digits.values()].flatMap((text) => (text === undefined ? [] : lengthsOf(text))));
  const rows = await db.of(tenantId).query<{ value: string }>(PREFIX_SQL, [tenantId, textArray(candidates)]);
  const seen = new Set(rows.map(({ value }) => value));
  return (link) => {
    const length = listed(link, gcp);
    if (length !== undefined) return length;
    const own = lengthsOf(digits.get(link) ?? '').filter((prefix) => seen.has(prefix));
    return new Set(own).size === 1 ? own[0]!.length : undefined;
  };
}
