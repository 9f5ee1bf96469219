// Links by which a consignee reads its notice and answers it without an account (C7).
import { createLink, isLink, placeOfLink } from '../access/link-token.ts';
import type { CaseHead } from './recall.ts';
import type { Queries } from './sql.ts';

const ADD = `
insert into recall_link (tenant_id, link_id, case_id, consignee, hash, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)`;
const FIND = `
select case_id, consignee, hash from recall_link where tenant_id = $1 and link_id = $2 and expires_at > $3`;

/** Makes a link of one consignee that opens until `expiresAt` (ms since 1970); its token is in the answer alone. */
export async function addLink(
  tx: Queries,
  { tenantId, caseId }: CaseHead,
  consignee: string,
  { now, expiresAt }: { now: number; expiresAt: number },
): Promise<{ token: string; linkId: string }> {
  const { token, linkId, hash } = createLink(tenantId);
  await tx.of(tenantId).query(ADD, [tenantId, linkId, caseId, consignee, hash, now, expiresAt]);
  return { token, linkId };
}

/** What a token opens; undefined for one that is none, unknown, wrong or expired: they look alike. */
export async function findLink(
  db: Queries,
  token: string,
  now: number,
): Promise<{ tenantId: string; caseId: string; consignee: string } | undefined> {
  const place = placeOfLink(token);
  if (!place) return undefined;
  const { tenantId, linkId } = place;
  type Row = { case_id: string; consignee: string; hash: Uint8Array };
  const [row] = await db.of(tenantId).query<Row>(FIND, [tenantId, linkId, now]);
  if (!row || !isLink(token, row.hash)) return undefined;
  return { tenantId, caseId: row.case_id, consignee: row.consignee };
}
