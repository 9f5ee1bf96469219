// HASATTR and EQATTR: events by the attributes that master data gives to what they name.
import type { Condition, MasterDataField } from '../epcis/index.ts';
import { INDEX_ROLES, roleCode } from './mention.ts';
import { pairKey } from './event-row.ts';
import { type Queries, textArray, type Value } from './sql.ts';

/** Vocabulary types of EPCIS, section 10.4; a location or party of the CBV may stand under its own. */
const VTYPE = 'urn:epcglobal:epcis:vtype:';
const LOCATION = `${VTYPE}Location`;
const PARTY = `${VTYPE}Party`;

const SOURCE_DEST_TYPES = ['owning_party', 'possessing_party', 'location'];
const BIZ_TRANSACTION_TYPES = 'bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt'.split(
  ' ',
);

const CLASS_ROLES = (['quantity', 'childQuantity', 'inputQuantity', 'outputQuantity', 'written'] as const).map(
  roleCode,
);

/** How the events are found that name one of some elements: by a column's key, by words, or by identifier rows. */
export type Named =
  | { column: 'read_point_key' | 'biz_location_key'; keys: Uint8Array[] }
  | { field: 'bizStep' | 'disposition'; words: string[] }
  | { roles: readonly number[]; keys: Uint8Array[] };

interface Element {
  key: Uint8Array;
  id: string;
}

/** `elements` selects `key` and `id` of the elements that have the attribute; `named` is of those that were read. */
interface Row {
  types: readonly string[];
  test: (elements: string) => string;
  named: (elements: readonly Element[]) => Named;
}

const keysOf = (elements: readonly Element[]): Uint8Array[] => elements.map(({ key }) => key);

const place = (column: 'read_point_key' | 'biz_location_key', type: string): Row => ({
  types: [VTYPE + type, LOCATION],
  test: (elements) => `${column} in (select key from (${elements}) m)`,
  named: (elements) => ({ column, keys: keysOf(elements) }),
});

/** Master data names a word of the CBV by its URN or web URI, the event by the bare word. */
const word = (
  field: 'bizStep' | 'disposition',
  column: string,
  type: string,
  { urn, web }: { urn: string; web: string },
): Row => ({
  types: [VTYPE + type],
  named: (elements) => ({
    field,
    words: elements.map(({ id }) =>
      [`urn:epcglobal:cbv:${urn}:`, `https://ref.gs1.org/cbv/${web}-`].reduce(
        (text, head) => (text.startsWith(head) ? text.slice(head.length) : text),
        id,
      ),
    ),
  }),
  test: (elements) =>
    `${column} in (select * from (
    select regexp_replace(id, '^(urn:epcglobal:cbv:${urn}:|https://ref\\.gs1\\.org/cbv/${web}-)', '')
    from (${elements}) m offset 0) w)`,
});

/**
 * A typed pair stands under a hash of its type and key (event-row.ts): those of the CBV's types are tried. `offset 0`:
 * the wall lets no index be searched for what a function makes of another walled row, only for a finished value.
 */
const pair = (role: number, types: readonly string[], pairTypes: readonly string[]): Row => ({
  types,
  named: (elements) => ({
    roles: [role],
    keys: elements.flatMap(({ key }) => pairTypes.map((type) => pairKey(type, key))),
  }),
  test: (elements) => `sequence in (select sequence from mention where tenant_id = $1 and role = ${role} and key in (
    select * from (select '\\xe1'::bytea || substring(sha256(convert_to(t, 'UTF8') || '\\x00'::bytea || m.key) from 1 for 16)
    from (${elements}) m, unnest('{${pairTypes.join(',')}}'::text[]) t offset 0) k))`,
});

const FIELDS: Record<MasterDataField, Row> = {
  readPoint: place('read_point_key', 'ReadPoint'),
  bizLocation: place('biz_location_key', 'BusinessLocation'),
  bizStep: word('bizStep', 'biz_step', 'BusinessStep', { urn: 'bizstep', web: 'BizStep' }),
  disposition: word('disposition', 'disposition', 'Disposition', { urn: 'disp', web: 'Disp' }),
  bizTransaction: pair(INDEX_ROLES.bizTransaction, [`${VTYPE}BusinessTransaction`], BIZ_TRANSACTION_TYPES),
  source: pair(INDEX_ROLES.source, [`${VTYPE}SourceDest`, PARTY, LOCATION], SOURCE_DEST_TYPES),
  destination: pair(INDEX_ROLES.destination, [`${VTYPE}SourceDest`, PARTY, LOCATION], SOURCE_DEST_TYPES),
  epcClass: {
    types: [`${VTYPE}EPCClass`],
    named: (elements) => ({ roles: CLASS_ROLES, keys: keysOf(elements) }),
    test: (elements) =>
      `sequence in (select sequence from mention where tenant_id = $1 and role in (${CLASS_ROLES.join(', ')})
    and key in (select key from (${elements}) m))`,
  },
};

/** Attributes of the CBV are named by URN, or by a CURIE of GS1's own prefix. */
const MDA = 'urn:epcglobal:cbv:mda:';
const spellings = (name: string): string[] =>
  name.startsWith(MDA) ? [name, `cbvmda:${name.slice(MDA.length)}`] : [name];

/** SELECT of `key` and `id` of the elements that have the attribute, with the tenant as $1. */
function elementsSql({ op, name = '', values }: Condition, bind: (value: Value) => string): string {
  const [field = '', attribute = ''] = name.split(' ');
  const { types } = FIELDS[field as MasterDataField];
  const names = op === 'HASATTR' ? values.map(String) : [attribute];
  const named = `a->>'id' = any(${bind(textArray(names.flatMap(spellings)))}::text::text[])`;
  const equal =
    op === 'HASATTR' ? '' : ` and a->>'attribute' = any(${bind(textArray(values.map(String)))}::text::text[])`;
  return `select key, id from master_data where tenant_id = $1
    and type = any(${bind(textArray(types))}::text::text[])
    and exists (select from jsonb_array_elements(attributes) a where ${named}${equal})`;
}

const rowOf = ({ name = '' }: Condition): Row => FIELDS[name.split(' ')[0] as MasterDataField];

/** The condition on a row of `event`, with the tenant as $1. */
export const masterDataCondition = (condition: Condition, bind: (value: Value) => string): string =>
  rowOf(condition).test(elementsSql(condition, bind));

/** Elements that are read to be looked for one by one. */
const ELEMENTS_MAX = 2_000;

/** How the events are found that meet the condition; undefined where more elements have the attribute than are read. */
export async function namedBy(db: Queries, tenantId: string, condition: Condition): Promise<Named | undefined> {
  const parameters: Value[] = [tenantId];
  const elements = elementsSql(condition, (value) => `$${parameters.push(value)}`);
  const rows = await db.of(tenantId).query<Element>(`${elements} limit ${ELEMENTS_MAX + 1}`, parameters);
  return rows.length > ELEMENTS_MAX ? undefined : rowOf(condition).named(rows);
}
