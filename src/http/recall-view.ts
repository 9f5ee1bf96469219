// A recall case as it is shown: the same numbers for the page, the report and the command line.
import type { Deadline } from '../rules/index.ts';
import {
  allConsignees,
  type CaseFile,
  followUpOf,
  isClosed,
  type NoticeFile,
  noticeState,
} from '../rules/recall-case.ts';
import type { Queries } from '../store/open.ts';
import { countEntries, ENTRY_LISTS } from '../store/recall-scope.ts';
import type { CaseHead } from '../store/recall.ts';
import { deadlinesAt, isoOf } from './recall-case.ts';

/** What a list of cases shows of each. */
export const summaryOf = ({ opened, classes }: Pick<CaseFile, 'opened' | 'classes'>): Record<string, unknown> => ({
  product: opened.product.name,
  jurisdiction: opened.jurisdiction,
  class: classes.at(-1)!.class,
  provisional: classes.at(-1)!.provisional,
  reason: opened.reason,
});

export const listedCase = (head: CaseHead): object => ({
  caseID: head.caseId,
  state: head.closedAt === undefined ? 'open' : 'closed',
  openedAt: isoOf(head.openedAt),
  ...(head.closedAt !== undefined && { closedAt: isoOf(head.closedAt) }),
  drill: head.drill,
  version: head.steps,
  ...head.summary,
});

/** A deadline with the time that is left of it, in seconds; below zero once it is over. */
export const countedDown = (deadline: Deadline, now: number): object => ({
  ...deadline,
  ...(deadline.due !== null &&
    deadline.metAt === null && { leftSeconds: Math.round((Date.parse(deadline.due) - now) / 1000) }),
});

/** Whether the consignee has other goods by now than its newest notice tells. */
function isOutdated(file: CaseFile, { consignee, versions }: NoticeFile): boolean {
  const told = versions.at(-1)?.goods ?? [];
  const { goods = [] } = allConsignees(file).find(({ party }) => party === consignee) ?? {};
  const text = (list: typeof told): string =>
    JSON.stringify(list.map(({ id, quantity, uom }) => `${id} ${quantity} ${uom}`).sort());
  return versions.length > 0 && text(goods) !== text(told);
}

/** Links are shown once, to whoever made them. */
export const noticeView = (file: CaseFile, notice: NoticeFile, now: number): object => ({
  consignee: notice.consignee,
  state: noticeState(notice),
  outdated: isOutdated(file, notice),
  contact: notice.contact,
  ...(notice.due !== undefined && { due: notice.due }),
  followUp: followUpOf(notice, now),
  reminders: notice.reminders,
  ...(notice.escalatedAt !== undefined && { escalatedAt: notice.escalatedAt }),
  versions: notice.versions,
  marks: notice.marks,
});

async function countsOf(db: Queries, head: CaseHead): Promise<Record<string, number>> {
  const counts = await Promise.all(
    ENTRY_LISTS.map(async (list) => [list, await countEntries(db, head, list)] as const),
  );
  return Object.fromEntries(counts);
}

/** How quickly a drill came to its full list, and how much of what was made it accounts for (C12). */
function drillOf({ openedAt, scopes, consignees }: CaseFile): object {
  const [first] = scopes;
  const full = consignees?.at ?? first?.at;
  return {
    millisecondsToFullList: full === undefined ? null : Date.parse(full) - Date.parse(openedAt),
    traced: (consignees?.books ?? []).map(({ lot, made, uom, gap }) => ({ lot, made, notAccountedFor: gap, uom })),
  };
}

/** The whole case but its lists. */
export async function caseView(db: Queries, head: CaseHead, file: CaseFile, now: number): Promise<object> {
  const { opened, classes, acts, scopes, notices, closings } = file;
  const current = classes.at(-1)!;
  return {
    caseID: head.caseId,
    state: isClosed(file) ? 'closed' : 'open',
    version: file.steps,
    digest: head.digest,
    openedAt: file.openedAt,
    openedBy: file.openedBy,
    ...opened,
    class: current.class,
    provisional: current.provisional,
    classes,
    acts,
    deadlines: deadlinesAt(file, now).map((one) => countedDown(one, now)),
    scope: scopes.at(-1) ?? null,
    entries: await countsOf(db, head),
    consignees: allConsignees(file).length,
    notices: [...notices.values()].map((one) => ({
      consignee: one.consignee,
      state: noticeState(one),
      followUp: followUpOf(one, now),
    })),
    closings,
    ...(head.drill && { measured: drillOf(file) }),
  };
}
