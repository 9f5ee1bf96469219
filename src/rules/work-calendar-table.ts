/*
 * Working days that are not simply Monday to Friday. A year that is not here is not known: its days count as Monday to
 * Friday, and whoever asks is told so.
 */

/** One year: days off that fall on weekdays or weekends, and weekend days that are worked. `MM-DD` or `MM-DD..MM-DD`. */
interface Year {
  off: readonly string[];
  worked: readonly string[];
}

/** China: the State Council's notice on holidays of each year, with its shifted working days. */
export const CHINA: Readonly<Record<number, Year>> = {
  2023: {
    off: ['01-01..01-02', '01-21..01-27', '04-05', '04-29..05-03', '06-22..06-24', '09-29..10-06'],
    worked: ['01-28', '01-29', '04-23', '05-06', '06-25', '10-07', '10-08'],
  },
  2024: {
    off: ['01-01', '02-10..02-17', '04-04..04-06', '05-01..05-05', '06-10', '09-15..09-17', '10-01..10-07'],
    worked: ['02-04', '02-18', '04-07', '04-28', '05-11', '09-14', '09-29', '10-12'],
  },
  2025: {
    off: ['01-01', '01-28..02-04', '04-04..04-06', '05-01..05-05', '05-31..06-02', '10-01..10-08'],
    worked: ['01-26', '02-08', '04-27', '09-28', '10-11'],
  },
  2026: {
    off: [
      '01-01..01-03',
      '02-15..02-23',
      '04-04..04-06',
      '05-01..05-05',
      '06-19..06-21',
      '09-25..09-27',
      '10-01..10-07',
    ],
    worked: ['01-04', '02-14', '02-28', '05-09', '09-20', '10-10'],
  },
};

/** United States: legal public holidays, 5 USC 6103; a fixed day on Saturday is observed the Friday before, on Sunday the Monday after. */
export const US_FIXED: readonly string[] = ['01-01', '06-19', '07-04', '11-11', '12-25'];
/** Month, weekday (0 is Sunday), which one; -1 is the last. */
export const US_WEEKDAYS: readonly (readonly [month: number, weekday: number, nth: number])[] = [
  [1, 1, 3],
  [2, 1, 3],
  [5, 1, -1],
  [9, 1, 1],
  [10, 1, 2],
  [11, 4, 4],
];
/** Years for which the statute's list is this one: Juneteenth came in 2021; further years are for Congress to change. */
export const US_YEARS = { first: 2022, last: 2030 } as const;
