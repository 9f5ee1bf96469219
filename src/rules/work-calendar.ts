// Working days of a jurisdiction.
import { dateOfDay, dayOfDate, weekdayOf } from './local-day.ts';
import { CHINA, US_FIXED, US_WEEKDAYS, US_YEARS } from './work-calendar-table.ts';

/** Days of one year that differ from Monday to Friday; `undefined` for a year whose holidays are not known. */
type YearOf = (year: number) => { off: ReadonlySet<number>; worked: ReadonlySet<number> } | undefined;

export interface WorkCalendar {
  name: string;
  year: YearOf;
}

const NOTHING = { off: new Set<number>(), worked: new Set<number>() };

function daysOf(year: number, spans: readonly string[]): Set<number> {
  const days = new Set<number>();
  for (const span of spans) {
    const [first = '', last = first] = span.split('..');
    for (let day = dayOfDate(`${year}-${first}`); day <= dayOfDate(`${year}-${last}`); day++) days.add(day);
  }
  return days;
}

function chinaYear(year: number): ReturnType<YearOf> {
  const row = CHINA[year];
  return row && { off: daysOf(year, row.off), worked: daysOf(year, row.worked) };
}

/** The nth weekday of a month; -1 is the last. */
function nthWeekday(year: number, month: number, weekday: number, nth: number): number {
  const first = dayOfDate(`${year}-${String(month).padStart(2, '0')}-01`);
  const one = first + ((weekday - weekdayOf(first) + 7) % 7);
  if (nth > 0) return one + (nth - 1) * 7;
  const fifth = one + 28;
  return dateOfDay(fifth).slice(5, 7) === dateOfDay(first).slice(5, 7) ? fifth : fifth - 7;
}

function observed(day: number): number {
  const weekday = weekdayOf(day);
  return weekday === 6 ? day - 1 : weekday === 0 ? day + 1 : day;
}

function unitedStatesYear(year: number): ReturnType<YearOf> {
  if (year < US_YEARS.first || year > US_YEARS.last) return undefined;
  const fixed = US_FIXED.map((date) => observed(dayOfDate(`${year}-${date}`)));
  const moving = US_WEEKDAYS.map(([month, weekday, nth]) => nthWeekday(year, month, weekday, nth));
  // New Year's Day of the next year on a Saturday is observed on the last day of this one
  const next = observed(dayOfDate(`${year + 1}-01-01`));
  return { off: new Set([...fixed, ...moving, next]), worked: NOTHING.worked };
}

/** Monday to Friday, whatever the year. */
export const WEEKDAYS: WorkCalendar = { name: 'weekdays', year: () => NOTHING };
const CALENDARS: Readonly<Record<string, WorkCalendar>> = {
  cn: { name: 'CN', year: chinaYear },
  us: { name: 'US', year: unitedStatesYear },
};

/** The calendar of a jurisdiction by its country; Monday to Friday for those without working-day clocks. */
export const calendarOf = (jurisdiction: string): WorkCalendar =>
  CALENDARS[jurisdiction.split('-')[0] ?? ''] ?? WEEKDAYS;

/** Days that one count may step over. */
const DAYS_MAX = 3660;

/**
 * The nth working day after a day, and the years on the way whose holidays are not known: there Monday to Friday were
 * counted.
 */
export function workingDayAfter(
  calendar: WorkCalendar,
  day: number,
  n: number,
): { day: number; unknownYears: number[] } {
  const unknown = new Set<number>();
  let left = n;
  let at = day;
  for (let steps = 0; left > 0 && steps < DAYS_MAX; steps++) {
    at += 1;
    const year = Number(dateOfDay(at).slice(0, 4));
    const known = calendar.year(year);
    if (!known) unknown.add(year);
    const { off, worked } = known ?? NOTHING;
    const isWeekend = [0, 6].includes(weekdayOf(at));
    if (worked.has(at) || (!isWeekend && !off.has(at))) left -= 1;
  }
  return { day: at, unknownYears: [...unknown] };
}
