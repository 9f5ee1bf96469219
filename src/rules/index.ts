/** What each regime demands, as pure functions; other rooms import from here only. */
export { type Deadline, deadlinesOf, readClass, type RecallClocks } from './recall-clock.ts';
export { answerRecallClock } from './recall-clock-question.ts';
export { type Act, ACTS, JURISDICTIONS, type Text } from './recall-clock-table.ts';
