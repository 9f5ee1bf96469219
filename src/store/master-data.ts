import type { Queries } from './sql.ts';
import { hexText } from './sql.ts';

/** One element of a vocabulary, as a capture's header or a PUT gave it. */
export interface MasterDataElement {
  /** Type URI of the vocabulary, such as urn:epcglobal:epcis:vtype:BusinessLocation. */
  type: string;
  key: Uint8Array;
  id: string;
  attributes: unknown[];
  /** URIs below it. */
  children: string[];
}

/** An element as it was from a moment on. */
export interface MasterDataVersion extends MasterDataElement {
  /** From 1, without gaps; a deletion counts too. */
  version: number;
  deleted: boolean;
  /** Milliseconds since 1970; a later version has a later one. */
  recordTime: number;
  /** Whose key it came with; absent where that was not kept yet. */
  keyId?: string;
  /** The capture whose header brought it. */
  captureId?: string;
}

/** Where a version comes from. */
export interface MasterDataSource {
  keyId: string;
  captureId?: string;
}

/**
 * The newest wins, whole: an element that comes again replaces what was known of it, and what it was stays as a version.
 * One that says nothing new makes none. The tenant's log must be locked: versions are counted.
 */
const PUT = `
with given as (
  select type, key, id, attributes, children
  from jsonb_to_recordset($5::text::jsonb) as r(type text, key bytea, id text, attributes jsonb, children jsonb)
), fresh as (
  select g.*, coalesce(v.version, 0) + 1 as version, greatest($2::bigint, v.record_time + 1) as record_time
  from given g left join lateral (
    select version, record_time, deleted, id, attributes, children from master_data_version
    where tenant_id = $1::uuid and type = g.type and key = g.key order by version desc limit 1
  ) v on true
  where v.version is null or v.deleted
    or (v.id, v.attributes, v.children) is distinct from (g.id, g.attributes, g.children)
), newest as (
  insert into master_data (tenant_id, type, key, id, attributes, children, record_time, capture_id, version)
  select $1::uuid, type, key, id, attributes, children, record_time, $4::uuid, version from fresh order by type, key
  on conflict (tenant_id, type, key) do update set id = excluded.id, attributes = excluded.attributes,
    children = excluded.children, record_time = excluded.record_time, capture_id = excluded.capture_id,
    version = excluded.version
)
insert into master_data_version
  (tenant_id, type, key, version, id, attributes, children, record_time, key_id, capture_id)
select $1::uuid, type, key, version, id, attributes, children, record_time, $3, $4::uuid from fresh order by type, key`;

const DELETE = `
with gone as (
  delete from master_data where tenant_id = $1::uuid and type = $2 and key = $3 returning id, version, record_time
)
insert into master_data_version
  (tenant_id, type, key, version, id, attributes, children, deleted, record_time, key_id)
select $1::uuid, $2, $3, version + 1, id, '[]', '[]', true, greatest($4::bigint, record_time + 1), $5 from gone`;

const ELEMENT = 'type, key, id, attributes, children';
const BY_KEY = `select ${ELEMENT} from master_data where tenant_id = $1 and key = $2 order by type`;
const VERSIONS = `
select ${ELEMENT}, version, deleted, record_time, key_id, capture_id from master_data_version
where tenant_id = $1 and type = $2 and key = $3 and version < $4 and record_time <= $5
order by version desc limit $6`;
const PAGE = `
select ${ELEMENT}, version, false as deleted, record_time, null as key_id, capture_id from master_data
where tenant_id = $1 and (type, key) > ($2, $3) and type = any($4::text::text[])
order by type, key limit $5`;
/** Types are few and elements many: from each type to the next, by the key. */
const TYPES = `
with recursive held as (
  (select type from master_data where tenant_id = $1 order by type limit 1)
  union all
  select (select type from master_data m where tenant_id = $1 and m.type > held.type order by type limit 1)
  from held where held.type is not null
)
select type from held where type is not null`;

interface Row extends MasterDataElement {
  version: number;
  deleted: boolean;
  record_time: number;
  key_id: string | null;
  capture_id: string | null;
}

const versionOf = ({ record_time, key_id, capture_id, ...element }: Row): MasterDataVersion => ({
  ...element,
  recordTime: record_time,
  ...(key_id !== null && { keyId: key_id }),
  ...(capture_id !== null && { captureId: capture_id }),
});

/** Of a transaction that has the tenant's log locked. */
export async function putMasterData(
  tx: Queries,
  tenantId: string,
  { keyId, captureId }: MasterDataSource,
  elements: readonly MasterDataElement[],
  recordTime: number,
): Promise<void> {
  if (elements.length === 0) return;
  // The same element twice in a header: the later one.
  const last = new Map(elements.map((element) => [`${element.type} ${hexText(element.key)}`, element]));
  const rows = [...last.values()].map((element) => ({ ...element, key: hexText(element.key) }));
  await tx.of(tenantId).query(PUT, [tenantId, recordTime, keyId, captureId ?? null, JSON.stringify(rows)]);
}

/** Of a transaction that has the tenant's log locked; nothing where there is no such element. */
export const deleteMasterData = async (
  tx: Queries,
  tenantId: string,
  { type, key }: Pick<MasterDataElement, 'type' | 'key'>,
  keyId: string,
  recordTime: number,
): Promise<void> => void (await tx.of(tenantId).query(DELETE, [tenantId, type, key, recordTime, keyId]));

/** What is known of an identifier, under each vocabulary that has it. */
export const masterDataOf = (db: Queries, tenantId: string, key: Uint8Array): Promise<MasterDataElement[]> =>
  db.of(tenantId).query<MasterDataElement>(BY_KEY, [tenantId, key]);

/** Versions of an element, the newest first, from before `before` on and no later than `asOf`. */
export async function masterDataVersions(
  db: Queries,
  tenantId: string,
  { type, key }: Pick<MasterDataElement, 'type' | 'key'>,
  { limit, before = Number.MAX_SAFE_INTEGER, asOf = Number.MAX_SAFE_INTEGER }: MasterDataRange,
): Promise<MasterDataVersion[]> {
  return (await db.of(tenantId).query<Row>(VERSIONS, [tenantId, type, key, before, asOf, limit])).map(versionOf);
}

export interface MasterDataRange {
  limit: number;
  /** A version's number. */
  before?: number;
  /** Milliseconds since 1970. */
  asOf?: number;
}

/** Elements of some vocabularies in the order of type and key, from behind `after` on. `types` as a text[] literal. */
export async function masterDataPage(
  db: Queries,
  tenantId: string,
  types: string,
  limit: number,
  after: [type: string, key: Uint8Array] = ['', new Uint8Array()],
): Promise<MasterDataVersion[]> {
  return (await db.of(tenantId).query<Row>(PAGE, [tenantId, ...after, types, limit])).map(versionOf);
}

/** Vocabularies that have an element. */
export const masterDataTypes = async (db: Queries, tenantId: string): Promise<string[]> =>
  (await db.of(tenantId).query<{ type: string }>(TYPES, [tenantId])).map(({ type }) => type);

/** The text that is sent, for those who agree on it and look at its plan. */
export const MASTER_DATA_SQL = { versions: VERSIONS, page: PAGE, types: TYPES };
