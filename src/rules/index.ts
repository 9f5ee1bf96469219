/** What each regime demands, as pure functions; other rooms import from here, and the steps of a case from recall-case.ts and reply.ts. */
export { type Deadline, deadlinesOf, readClass, type RecallClocks } from './recall-clock.ts';
export { answerRecallClock } from './recall-clock-question.ts';
export { type Act, ACTS, JURISDICTIONS, type Text } from './recall-clock-table.ts';
export { type CheckLevel, type Effectiveness, effectivenessOf, newSeed, sampleOf } from './effectiveness.ts';
export type { RuleFinding } from './finding.ts';
export { reconcile, type Reconciliation } from './reconciliation.ts';
export { goodsName } from './goods.ts';
export { readZone, type Zone } from './local-day.ts';
export { type NoticeGoods, noticeOf } from './notice.ts';
export type { RecallFacts } from './notice-table.ts';
export { type Consignee, type Consignees, consigneesOf, type LotBook } from './consignee.ts';
export { type EventParties, partiesOf } from './party.ts';
export { type ClosingQuestion, obstaclesTo } from './closing.ts';
export { type StatusConsignee, type StatusInput, type StatusReport, statusReportOf } from './status-report.ts';
export { US_FORMS, type UsForm, usFormOf } from './us-form.ts';
