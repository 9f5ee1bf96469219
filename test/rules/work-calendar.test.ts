import { describe, expect, it } from 'vitest';
import { dateOfDay, dayOfDate, weekdayOf } from '../../src/rules/local-day.ts';
import { calendarOf, workingDayAfter } from '../../src/rules/work-calendar.ts';
import { CHINA, US_YEARS } from '../../src/rules/work-calendar-table.ts';

/** Working days of a year, and its Mondays to Fridays. */
function count(jurisdiction: string, year: number): { working: number; weekdays: number } {
  const [first, last] = [dayOfDate(`${year}-01-01`), dayOfDate(`${year}-12-31`)];
  const calendar = calendarOf(jurisdiction);
  let working = 0;
  for (let day = first - 1; ; working++) {
    day = workingDayAfter(calendar, day, 1).day;
    if (day > last) break;
  }
  let weekdays = 0;
  for (let day = first; day <= last; day++) if (![0, 6].includes(weekdayOf(day))) weekdays++;
  return { working, weekdays };
}

describe('the calendar of China', () => {
  // days are shifted, never given: a year lacks as many weekdays as there are statutory holidays, 11 and since 2025 13
  it.each(Object.keys(CHINA).map(Number))('%i has as many days off as there are statutory holidays', (year) => {
    const { working, weekdays } = count('cn-food', year);
    expect(weekdays - working).toBe(year < 2025 ? 11 : 13);
  });

  it('works on the days that were shifted, all of them Saturdays and Sundays', () => {
    for (const [year, { worked }] of Object.entries(CHINA)) {
      for (const date of worked) {
        const day = dayOfDate(`${year}-${date}`);
        expect([0, 6]).toContain(weekdayOf(day));
        expect(dateOfDay(workingDayAfter(calendarOf('cn-drug'), day - 1, 1).day)).toBe(`${year}-${date}`);
      }
    }
  });
});

describe('the calendar of the United States', () => {
  it('has eleven holidays, each on a weekday of the year in which it is observed', () => {
    for (let year = US_YEARS.first; year <= US_YEARS.last; year++) {
      const { working, weekdays } = count('us-drug', year);
      const newYears = [year, year + 1].map((one) => weekdayOf(dayOfDate(`${one}-01-01`)) === 6);
      expect(weekdays - working).toBe(11 - Number(newYears[0]) + Number(newYears[1]));
    }
  });

  it('is not known outside of its years', () => {
    const day = dayOfDate('2031-01-01');
    expect(workingDayAfter(calendarOf('us-device'), day - 1, 1)).toEqual({ day, unknownYears: [2031] });
  });
});
