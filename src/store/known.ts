// Values that events have had: what the collections of EPCIS 2.0 section 12.5 list.
import { uriOfKey } from '../gs1/index.ts';
import type { Fact } from '../trace/fact.ts';
import { prefixesOf } from './company-prefix.ts';
import { wordsOf } from './event-words.ts';
import { DERIVED_ROLE_MIN } from './mention.ts';
import { type Queries, textArray } from './sql.ts';

/** Values kept in memory as known, for each database; more are looked up again. */
const REMEMBERED_MAX = 100_000;
/** Keys that one step of the walk over the identifiers passes. */
const KEYS_PER_STEP = 100;

/** Collection → how an event has a value of it. */
const FIELDS = {
  eventType: (fact: Fact) => fact.type,
  bizStep: (fact: Fact) => fact.bizStep,
  disposition: (fact: Fact) => fact.disposition,
  bizLocation: (fact: Fact) => fact.bizLocation,
  readPoint: (fact: Fact) => fact.readPoint,
} satisfies Record<string, (fact: Fact) => string | undefined>;

export type KnownField = keyof typeof FIELDS;
const NAMES = Object.keys(FIELDS) as KnownField[];
/** Beside the collections: company prefixes that URNs have told (company-prefix.ts). */
const PREFIX = 'companyPrefix';
/** Combinations of words (event-words.ts). */
const WORDS = 'words';

const ADD = `
insert into known (tenant_id, field, value)
select $1::uuid, field, value from unnest($2::text::text[], $3::text::text[]) as r(field, value) order by field, value
on conflict do nothing`;

const LIST = `
select value from known where tenant_id = $1 and field = $2 and value > $3 order by value limit $4`;

/**
 * Jumps from key to key through the index, however many events name one. $2 is the key before the first, $4 the one that
 * is no more among them. `named` tells what an event lists itself from what was derived (a lot of an ILMD).
 */
export const EPCS_SQL = `
with recursive step as (
  (select key, gcp_length from mention where tenant_id = $1 and key > $2 and key < $4 order by key, sequence, role limit 1)
  union all
  select n.key, n.gcp_length from step, lateral (
    select key, gcp_length from mention where tenant_id = $1 and key > step.key and key < $4
      order by key, sequence, role limit 1
  ) n
)
select key, gcp_length,
  exists (select from mention m where m.tenant_id = $1 and m.key = s.key and m.role < ${DERIVED_ROLE_MIN}) as named
from (select key, gcp_length from step limit $3) s`;

/** Keys that stand for no identifier (terms, typed pairs) lie together, and are stepped over. */
const RUNS = [
  [[0x00], [0xe1]],
  [[0xe2], [0xff]],
].map((run) => run.map((bytes) => Uint8Array.from(bytes))) as [from: Uint8Array, to: Uint8Array][];

const remembered = new WeakMap<object, Set<string>>();

/** What of these events' values the database may not have yet. */
export interface NewValues {
  fields: (KnownField | typeof PREFIX | typeof WORDS)[];
  values: string[];
}

/** Neighbours mostly have the same. */
function valuesOf(facts: readonly Fact[], of: (fact: Fact) => string | undefined): Set<string | undefined> {
  const values = new Set<string | undefined>();
  let last: string | undefined;
  for (const fact of facts) {
    const value = of(fact);
    if (value !== last) values.add((last = value));
  }
  return values;
}

/** `owner` is the open store: what it is known to hold is not sent again. */
export function newValues(owner: object, tenantId: string, facts: readonly Fact[]): NewValues {
  const found = new Map<NewValues['fields'][number], Set<string | undefined>>();
  for (const field of NAMES) found.set(field, valuesOf(facts, FIELDS[field]));
  found.set(PREFIX, prefixesOf(facts));
  found.set(WORDS, valuesOf(facts, wordsOf));
  const seen = remembered.get(owner);
  const fresh: NewValues = { fields: [], values: [] };
  for (const [field, values] of found) {
    for (const value of values) {
      if (value === undefined || value === '' || seen?.has(`${tenantId} ${field} ${value}`)) continue;
      fresh.fields.push(field);
      fresh.values.push(value);
    }
  }
  return fresh;
}

export async function addKnown(tx: Queries, tenantId: string, { fields, values }: NewValues): Promise<void> {
  if (values.length > 0) await tx.of(tenantId).query(ADD, [tenantId, textArray(fields), textArray(values)]);
}

/** Call it after the commit, never before. */
export function rememberKnown(owner: object, tenantId: string, { fields, values }: NewValues): void {
  const seen = remembered.get(owner) ?? new Set<string>();
  if (seen.size > REMEMBERED_MAX) seen.clear();
  for (const [i, value] of values.entries()) seen.add(`${tenantId} ${fields[i]} ${value}`);
  remembered.set(owner, seen);
}

/** Known values of a field in order, from behind `after` (a value) on. */
export const knownValues = async (
  db: Queries,
  tenantId: string,
  field: KnownField,
  limit: number,
  after = '',
): Promise<string[]> =>
  (await db.of(tenantId).query<{ value: string }>(LIST, [tenantId, field, after, limit])).map((row) => row.value);

/** A page of identifiers that events name, as URN where the prefix length is known; `next` is for the next page. */
export async function knownEpcs(
  db: Queries,
  tenantId: string,
  limit: number,
  after?: string,
): Promise<{ epcs: string[]; next?: string }> {
  type Row = { key: Uint8Array; gcp_length: number; named: boolean };
  const epcs: string[] = [];
  let last: Uint8Array = Buffer.from(after ?? '', 'base64url');
  for (const [from, to] of RUNS.filter((run) => Buffer.compare(last, run[1]) < 0)) {
    if (Buffer.compare(last, from) < 0) last = from;
    for (let rows: Row[] = []; rows.length === 0 || rows.length === KEYS_PER_STEP;) {
      rows = await db.of(tenantId).query<Row>(EPCS_SQL, [tenantId, last, KEYS_PER_STEP, to]);
      if (rows.length === 0) break;
      for (const { key, gcp_length: gcpLength, named } of rows) {
        if (named) {
          if (epcs.length === limit) return { epcs, next: Buffer.from(last).toString('base64url') };
          epcs.push(uriOfKey(key, gcpLength));
        }
        last = key;
      }
    }
  }
  return { epcs };
}
