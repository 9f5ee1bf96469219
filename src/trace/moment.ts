// The order of events (R2) and half-open stretches between them.
import type { Fact } from './fact.ts';

/** A place in the order of events; a fact is one. */
export interface Moment {
  eventTime: number;
  recordTime: number;
  sequence: number;
}

/** From `start` (included) to `end` (not). */
export interface Interval {
  start: Moment;
  end: Moment;
}

const BEGIN: Moment = { eventTime: -Infinity, recordTime: -Infinity, sequence: -Infinity };
export const END: Moment = { eventTime: Infinity, recordTime: Infinity, sequence: Infinity };
/** After every event and before the end of an open stay. */
export const NOW: Moment = { eventTime: Number.MAX_VALUE, recordTime: 0, sequence: 0 };
export const ALWAYS: Interval = { start: BEGIN, end: END };

/** Negative when `a` comes before `b`: by event time, then record time, then position in the capture (R2). */
export function compare(a: Moment, b: Moment): number {
  return order(a.eventTime, b.eventTime) || order(a.recordTime, b.recordTime) || order(a.sequence, b.sequence);
}

// Subtraction would make NaN of two infinities.
const order = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

export const inOrder = (facts: Iterable<Fact>): Fact[] => [...facts].sort(compare);

/** The moment after every event of eventTime <= `time`. */
export const after = (time: number): Moment => ({ eventTime: time, recordTime: Infinity, sequence: Infinity });

export const holds = ({ start, end }: Interval, moment: Moment): boolean =>
  compare(start, moment) <= 0 && compare(moment, end) < 0;

/** The common part of two intervals, or nothing. */
export function intersection(a: Interval, b: Interval): Interval | undefined {
  const start = compare(a.start, b.start) >= 0 ? a.start : b.start;
  const end = compare(a.end, b.end) <= 0 ? a.end : b.end;
  return compare(start, end) < 0 ? { start, end } : undefined;
}

/** Event times are whole milliseconds; half of one separates a state from the next event. */
const STATE_MS = 0.5;

/**
 * The window of a question: from the state after all events up to `from` to the state after all events up to `to`,
 * that one included; a missing end is open. `from` = `to` holds no event and still one state: hence STATE_MS.
 */
export function windowOf(from: number | undefined, to: number | undefined): Interval {
  return { start: from === undefined ? BEGIN : after(from), end: to === undefined ? END : after(to + STATE_MS) };
}
