// When a query that is asked again and again is due (EPCIS 2.0 section 8.2.5.3). Times are UTC.
import { AppError } from '../error.ts';

/** As the subscriber wrote it: numbers and ranges, `1,5` or `[1-5],9`. */
export interface Schedule {
  second?: string;
  minute?: string;
  hour?: string;
  dayOfMonth?: string;
  month?: string;
  dayOfWeek?: string;
}

type ScheduleField = keyof Schedule;

/** Lowest and highest value, from the finest field to the coarsest; dayOfWeek 1 is Monday. */
const RANGES: Record<ScheduleField, readonly [min: number, max: number]> = {
  second: [0, 59],
  minute: [0, 59],
  hour: [0, 23],
  dayOfWeek: [1, 7],
  dayOfMonth: [1, 31],
  month: [1, 12],
};
export const SCHEDULE_FIELDS = Object.keys(RANGES) as ScheduleField[];

/** Above all 60 seconds written out one by one. */
const FIELD_CHARACTERS_MAX = 500;
const DAY_MS = 24 * 3600 * 1000;
/** A 29th of February that is a Monday comes at least once in so many days, whatever the century. */
const DAYS_MAX = 41 * 366;

const refuse = (message: string): never => {
  throw new AppError('invalid', message, { rule: 'SubscriptionControlsException' });
};

/** The values that a field matches, ascending. */
type Plan = Record<ScheduleField, readonly number[]>;

const ELEMENT = /^(?:(\d{1,2})|\[(\d{1,2})-(\d{1,2})\])$/;

function valuesOf(field: ScheduleField, text: string): number[] {
  const [min, max] = RANGES[field];
  const wrong = (): never =>
    refuse(`schedule.${field} must be whole numbers from ${min} to ${max} and ranges, such as "1,2" or "[1-5]".`);
  if (text.length > FIELD_CHARACTERS_MAX) wrong();
  const values = new Set<number>();
  for (const element of text.split(',')) {
    const [, one, from = one, to = one] = ELEMENT.exec(element) ?? wrong();
    const [first, last] = [Number(from), Number(to)];
    if (first < min || last > max || first > last) wrong();
    for (let value = first; value <= last; value++) values.add(value);
  }
  return [...values].toSorted((a, b) => a - b);
}

const allOf = (field: ScheduleField): number[] => {
  const [min, max] = RANGES[field];
  return Array.from({ length: max - min + 1 }, (_, i) => min + i);
};

/**
 * A field that is left out matches every value, but those finer than the finest one given match only their lowest: hour 1
 * and minute 5 are due once a day, at 01:05:00.
 */
function planOf(schedule: Schedule): Plan {
  const finest = SCHEDULE_FIELDS.findIndex((field) => schedule[field] !== undefined);
  const valuesAt = (field: ScheduleField, i: number): readonly number[] => {
    const given = schedule[field];
    if (given !== undefined) return valuesOf(field, given);
    // the day of the week has no lowest: a month alone means its first day
    return i < finest && field !== 'dayOfWeek' ? [RANGES[field][0]] : allOf(field);
  };
  const plan: Partial<Plan> = {};
  for (const [i, field] of SCHEDULE_FIELDS.entries()) plan[field] = valuesAt(field, i);
  return plan as Plan;
}

function isDay(plan: Plan, day: Date): boolean {
  return (
    plan.month.includes(day.getUTCMonth() + 1) &&
    plan.dayOfMonth.includes(day.getUTCDate()) &&
    plan.dayOfWeek.includes(day.getUTCDay() || 7)
  );
}

/** The first time of a day (ms since its midnight) that is later than `after`. */
function timeOfDay({ hour, minute, second }: Plan, after: number): number | undefined {
  for (const h of hour) {
    if ((h + 1) * 3_600_000 <= after) continue;
    for (const m of minute) {
      if (h * 3_600_000 + (m + 1) * 60_000 <= after) continue;
      const s = second.find((one) => h * 3_600_000 + m * 60_000 + one * 1000 > after);
      if (s !== undefined) return h * 3_600_000 + m * 60_000 + s * 1000;
    }
  }
  return undefined;
}

/** The first instant later than `after` (both ms since 1970) that the schedule matches. */
export function nextDue(schedule: Schedule, after: number): number {
  const plan = planOf(schedule);
  const midnight = Math.floor(after / DAY_MS) * DAY_MS;
  for (let i = 0; i < DAYS_MAX; i++) {
    const day = midnight + i * DAY_MS;
    if (!isDay(plan, new Date(day))) continue;
    const time = timeOfDay(plan, after - day);
    if (time !== undefined) return day + time;
  }
  return refuse('The schedule names a day that never comes.');
}

/**
 * A schedule from a request. AppError `invalid` (SubscriptionControlsException) for one without any field, with an unknown
 * one, a value out of range, or a date that never comes, such as the 30th of February.
 */
export function readSchedule(value: unknown): Schedule {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('schedule must be an object such as {"hour": "1", "minute": "5"}.');
  }
  const entries = Object.entries(value as Record<string, unknown>);
  if (entries.length === 0) refuse(`schedule needs at least one of ${SCHEDULE_FIELDS.join(', ')}.`);
  const schedule: Schedule = {};
  for (const [field, text] of entries) {
    if (!Object.hasOwn(RANGES, field)) refuse(`schedule has no field ${field.slice(0, 100)}.`);
    if (typeof text !== 'string') refuse(`schedule.${field} must be a string such as "1,2" or "[1-5]".`);
    schedule[field as ScheduleField] = String(text);
  }
  nextDue(schedule, 0);
  return schedule;
}
