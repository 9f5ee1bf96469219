// The numbers of a recall case: one place, so that screen, status report and closing say the same (C8 to C11).
import { knownContacts } from '../capture/recall-consignees.ts';
import {
  type Effectiveness,
  effectivenessOf,
  reconcile,
  type Reconciliation,
  type StatusConsignee,
  type StatusReport,
  statusReportOf,
} from '../rules/index.ts';
import { allConsignees, type CaseFile, contactOf, NOTICE_STATES, type NoticeFile } from '../rules/recall-case.ts';
import { accountsOf } from '../rules/reply.ts';
import type { Queries } from '../store/open.ts';
import type { CaseHead } from '../store/recall.ts';

/** When and how a consignee was first told; undefined while it was not. */
export const toldOf = (notice: NoticeFile | undefined): { at: string; channel: string | null } | undefined =>
  notice?.marks.find(({ state }) => NOTICE_STATES.some((one) => one === state));

export function effectivenessAt({ notices, replies, sample, checks }: CaseFile): Effectiveness {
  const told = [...notices.values()].filter((one) => toldOf(one)).map(({ consignee }) => consignee);
  const results = (sample?.ids ?? []).flatMap((id) => checks.get(id) ?? []);
  return effectivenessOf({
    notified: told.length,
    answered: told.filter((party) => replies.has(party)).length,
    toCheck: sample?.size ?? 0,
    checked: results.length,
    correct: results.filter(({ correct }) => correct).length,
  });
}

/** Undefined while nobody computed the consignees. */
export const reconciliationAt = (file: CaseFile): Reconciliation | undefined =>
  file.consignees && reconcile(accountsOf(file));

/** Names of consignees that the case, a seller or master data knows. */
export async function namesOf(db: Queries, { tenantId }: CaseHead, file: CaseFile): Promise<Map<string, string>> {
  const parties = allConsignees(file).map(({ party }) => party);
  const known = await knownContacts(db, tenantId, parties);
  return new Map(
    parties.flatMap((party) => {
      const name = contactOf(file, party)?.name ?? known.get(party)?.name;
      return name === undefined ? [] : [[party, name] as const];
    }),
  );
}

/** A row a consignee and lot that it answered for; one row for whoever did not answer. */
function statusRows(file: CaseFile, names: ReadonlyMap<string, string>): StatusConsignee[] {
  return allConsignees(file).flatMap(({ party, tier }) => {
    const told = toldOf(file.notices.get(party));
    const reply = file.replies.get(party);
    const row: StatusConsignee = {
      party,
      name: names.get(party) ?? null,
      tier,
      notifiedAt: told?.at ?? null,
      method: told?.channel ?? null,
      answeredAt: reply?.at ?? null,
      uom: null,
      onHand: null,
      returned: null,
      corrected: null,
      destroyed: null,
    };
    if (!reply) return [row];
    return reply.lines.map(({ uom, onHand, returned, destroyed }) => ({
      ...row,
      uom,
      onHand: onHand ?? null,
      returned: returned ?? null,
      destroyed: destroyed ?? null,
    }));
  });
}

export function statusAt(file: CaseFile, names: ReadonlyMap<string, string>): StatusReport {
  const reconciliation = reconciliationAt(file);
  return statusReportOf({
    jurisdiction: file.opened.jurisdiction,
    consignees: statusRows(file, names),
    effectiveness: effectivenessAt(file),
    ...(reconciliation && { reconciliation }),
  });
}
