// HASATTR and EQATTR: events by the attributes that master data gives to what they name.
import type { Condition, MasterDataField } from '../epcis/index.ts';
import { INDEX_ROLES, roleCode } from './mention.ts';
import { textArray, type Value } from './sql.ts';

/** Vocabulary types of EPCIS, section 10.4; a location or party of the CBV may stand under its own. */
const VTYPE = 'urn:epcglobal:epcis:vtype:';
const LOCATION = `${VTYPE}Location`;
const PARTY = `${VTYPE}Party`;

const SOURCE_DEST_TYPES = ['owning_party', 'possessing_party', 'location'];
const BIZ_TRANSACTION_TYPES = 'bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt'.split(
  ' ',
);

const CLASS_ROLES = (['quantity', 'childQuantity', 'inputQuantity', 'outputQuantity', 'written'] as const)
  .map(roleCode)
  .join(', ');

/** `elements` selects `key` and `id` of the elements that have the attribute. */
interface Row {
  types: readonly string[];
  test: (elements: string) => string;
}

const place = (column: string, type: string): Row => ({
  types: [VTYPE + type, LOCATION],
  test: (elements) => `${column} in (select key from (${elements}) m)`,
});

/** Master data names a word of the CBV by its URN or web URI, the event by the bare word. */
const word = (column: string, type: string, urn: string, web: string): Row => ({
  types: [VTYPE + type],
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
  test: (elements) => `sequence in (select sequence from mention where tenant_id = $1 and role = ${role} and key in (
    select * from (select '\\xe1'::bytea || substring(sha256(convert_to(t, 'UTF8') || '\\x00'::bytea || m.key) from 1 for 16)
    from (${elements}) m, unnest('{${pairTypes.join(',')}}'::text[]) t offset 0) k))`,
});

const FIELDS: Record<MasterDataField, Row> = {
  readPoint: place('read_point_key', 'ReadPoint'),
  bizLocation: place('biz_location_key', 'BusinessLocation'),
  bizStep: word('biz_step', 'BusinessStep', 'bizstep', 'BizStep'),
  disposition: word('disposition', 'Disposition', 'disp', 'Disp'),
  bizTransaction: pair(INDEX_ROLES.bizTransaction, [`${VTYPE}BusinessTransaction`], BIZ_TRANSACTION_TYPES),
  source: pair(INDEX_ROLES.source, [`${VTYPE}SourceDest`, PARTY, LOCATION], SOURCE_DEST_TYPES),
  destination: pair(INDEX_ROLES.destination, [`${VTYPE}SourceDest`, PARTY, LOCATION], SOURCE_DEST_TYPES),
  epcClass: {
    types: [`${VTYPE}EPCClass`],
    test: (elements) =>
      `sequence in (select sequence from mention where tenant_id = $1 and role in (${CLASS_ROLES})
    and key in (select key from (${elements}) m))`,
  },
};

/** Attributes of the CBV are named by URN, or by a CURIE of GS1's own prefix. */
const MDA = 'urn:epcglobal:cbv:mda:';
const spellings = (name: string): string[] =>
  name.startsWith(MDA) ? [name, `cbvmda:${name.slice(MDA.length)}`] : [name];

/** The condition on a row of `event`, with the tenant as $1. */
export function masterDataCondition({ op, name = '', values }: Condition, bind: (value: Value) => string): string {
  const [field = '', attribute = ''] = name.split(' ');
  const { types, test } = FIELDS[field as MasterDataField];
  const names = op === 'HASATTR' ? values.map(String) : [attribute];
  const named = `a->>'id' = any(${bind(textArray(names.flatMap(spellings)))}::text::text[])`;
  const equal =
    op === 'HASATTR' ? '' : ` and a->>'attribute' = any(${bind(textArray(values.map(String)))}::text::text[])`;
  return test(`select key, id from master_data where tenant_id = $1
    and type = any(${bind(textArray(types))}::text::text[])
    and exists (select from jsonb_array_elements(attributes) a where ${named}${equal})`);
}
