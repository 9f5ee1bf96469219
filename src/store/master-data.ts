import type { Queries } from './sql.ts';
import { hexText } from './sql.ts';

/** One element of a vocabulary, as a capture's header gave it. */
export interface MasterDataElement {
  /** Type URI of the vocabulary, such as urn:epcglobal:epcis:vtype:BusinessLocation. */
  type: string;
  key: Uint8Array;
  id: string;
  attributes: unknown[];
  /** URIs below it. */
  children: string[];
}

/** The newest wins, whole: an element that comes again replaces what was known of it. */
const PUT = `
insert into master_data (tenant_id, type, key, id, attributes, children, record_time, capture_id)
select $1::uuid, type, key, id, attributes, children, $2::bigint, $3::uuid
from jsonb_to_recordset($4::text::jsonb) as r(type text, key bytea, id text, attributes jsonb, children jsonb)
order by type, key
on conflict (tenant_id, type, key) do update set id = excluded.id, attributes = excluded.attributes,
  children = excluded.children, record_time = excluded.record_time, capture_id = excluded.capture_id`;

const BY_KEY = `
select type, key, id, attributes, children from master_data where tenant_id = $1 and key = $2 order by type`;
const BY_KEY_IN_TYPE = `
select type, key, id, attributes, children from master_data where tenant_id = $1 and type = $2 and key = $3`;

export async function putMasterData(
  tx: Queries,
  tenantId: string,
  captureId: string,
  elements: readonly MasterDataElement[],
  recordTime: number,
): Promise<void> {
  if (elements.length === 0) return;
  // The same element twice in a header: the later one.
  const last = new Map(elements.map((element) => [`${element.type} ${hexText(element.key)}`, element]));
  const rows = [...last.values()].map((element) => ({ ...element, key: hexText(element.key) }));
  await tx.of(tenantId).query(PUT, [tenantId, recordTime, captureId, JSON.stringify(rows)]);
}

/** What is known of an identifier: under one vocabulary, or under each that has it. */
export const masterDataOf = (
  db: Queries,
  tenantId: string,
  key: Uint8Array,
  type?: string,
): Promise<MasterDataElement[]> =>
  type === undefined
    ? db.of(tenantId).query<MasterDataElement>(BY_KEY, [tenantId, key])
    : db.of(tenantId).query<MasterDataElement>(BY_KEY_IN_TYPE, [tenantId, type, key]);
