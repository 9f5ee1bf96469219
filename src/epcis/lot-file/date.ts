import { daysOf } from '../syntax.ts';
import { type Cell, plainText } from './cell.ts';

/** A moment as a cell says it: a calendar day, with a time of day and an offset where it has them. */
export interface LotMoment {
  /** YYYY-MM-DD. */
  date: string;
  /** HH:MM:SS; absent where the cell has none. */
  time?: string;
  /** Minutes ahead of UTC; absent where the cell has none. */
  offset?: number;
}

export type DateFault =
  | { code: 'date' }
  | { code: 'date-range' }
  | { code: 'date-ambiguous'; first: string; second: string }
  | { code: 'date-serial'; date: string };

const YEAR_MIN = 1950;
const YEAR_MAX = 2150;
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAY_MS = 86_400_000;
/** Day 0 of Excel as it counts from March 1900 on: it believes in a 29 February 1900. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);

const two = (n: number): string => String(n).padStart(2, '0');

/** Undefined for a day that the calendar does not have. */
function dayOf(year: number, month: number, day: number): string | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

const ranged = (date: string | undefined, rest: Omit<LotMoment, 'date'>): LotMoment | DateFault => {
  if (date === undefined) return { code: 'date' };
  const year = Number(date.slice(0, 4));
  return year < YEAR_MIN || year > YEAR_MAX ? { code: 'date-range' } : { date, ...rest };
};

/** A day that Excel counts, with its time; to the second. */
function momentOfSerial(serial: number, is1904: boolean): LotMoment | DateFault {
  const ms = Math.round((serial * DAY_MS) / 1000) * 1000 + (is1904 ? EPOCH_1904 : EPOCH_1900);
  if (!Number.isFinite(ms) || Math.abs(ms) > 8e15 || (serial < 61 && !is1904)) return { code: 'date-range' };
  const iso = new Date(ms).toISOString();
  return ranged(iso.length === 24 ? iso.slice(0, 10) : undefined, ms % DAY_MS === 0 ? {} : { time: iso.slice(11, 19) });
}

const TIME =
  /^(.*?)(?:T|\s+)(\d{1,2})[:时点](\d{1,2})(?:分|:(\d{1,2})(?:[.,]\d+)?秒?)?\s*(AM|PM|Z|[+-]\d{2}:?\d{2})?$/i;

/** The text without its time of day. */
function split(text: string): { day: string; rest: Omit<LotMoment, 'date'> } | undefined {
  const match = TIME.exec(text);
  if (!match) return { day: text, rest: {} };
  const [, day = '', hour = '', minute = '', second = '0', zone = ''] = match;
  const half = /^[ap]m$/i.test(zone) ? zone.toLowerCase() : '';
  const h = half === '' ? Number(hour) : (Number(hour) % 12) + (half === 'pm' ? 12 : 0);
  if (h > 23 || Number(minute) > 59 || Number(second) > 59 || (half !== '' && Number(hour) > 12)) return undefined;
  const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const hasOffset = /^(?:Z|[+-])/i.test(zone);
  if (hasOffset && (Math.abs(offset) > 14 * 60 || Number(minutes) > 59)) return undefined;
  const time = `${two(h)}:${two(Number(minute))}:${two(Number(second))}`;
  return { day: day.trim(), rest: { time, ...(hasOffset && { offset }) } };
}

type Days = string | undefined | DateFault;

/** Day and month in an order that nobody told: refused where both orders are days. */
function either(a: number, b: number, year: number): Days {
  const monthFirst = dayOf(year, a, b);
  const dayFirst = dayOf(year, b, a);
  if (monthFirst === undefined || dayFirst === undefined || monthFirst === dayFirst) return monthFirst ?? dayFirst;
  return { code: 'date-ambiguous', first: dayFirst, second: monthFirst };
}

const monthOf = (name: string): number => MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;

/** Forms that people write, and the day that each means. */
const FORMS: [RegExp, (parts: string[]) => Days][] = [
  // 2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日
  [/^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/, ([, y, , m, d]) => dayOf(Number(y), Number(m), Number(d))],
  [/^(\d{4})年(\d{1,2})月(\d{1,2})[日号]?$/, ([, y, m, d]) => dayOf(Number(y), Number(m), Number(d))],
  [/^(\d{4})(\d{2})(\d{2})$/, ([, y, m, d]) => dayOf(Number(y), Number(m), Number(d))],
  // with points the day comes first, wherever that is written
  [/^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})$/, ([, d, m, y]) => dayOf(Number(y), Number(m), Number(d))],
  [/^(\d{1,2})([-/])(\d{1,2})\2(\d{4})$/, ([, a, , b, y]) => either(Number(a), Number(b), Number(y))],
  [/^(\d{1,2})[-. ]+([a-z]{3,9})[-., ]+(\d{4})$/i, ([, d, m = '', y]) => dayOf(Number(y), monthOf(m), Number(d))],
  [/^([a-z]{3,9})\.? (\d{1,2}),? (\d{4})$/i, ([, m = '', d, y]) => dayOf(Number(y), monthOf(m), Number(d))],
  // two digits of a year: which three numbers are which cannot be known
  [
    /^(\d{2})([-/.]?)(\d{2})\2(\d{2})$/,
    ([, a, , b, c]) => {
      const first = dayOf(2000 + Number(a), Number(b), Number(c));
      const second = dayOf(2000 + Number(c), Number(b), Number(a));
      if (first === undefined && second === undefined) return undefined;
      return { code: 'date-ambiguous', first: first ?? second!, second: second ?? first! };
    },
  ],
];

/** Days that a number without any sign may be one of Excel's: 1982 to 2064. */
const isSerial = (text: string): boolean => /^[3-5]\d{4}(?:[.,]\d+)?$/.test(text);

/**
 * The moment that a cell says. A number of a spreadsheet is a day that Excel counts; the same digits in a text are
 * refused with the day that they may mean. Nothing is guessed: two readings are a fault that tells both.
 */
export function readMoment(cell: Cell, is1904 = false): LotMoment | DateFault {
  // a spreadsheet may keep 20260301 as a number
  if (typeof cell === 'number' && !/^(?:19|20|21)\d{6}$/.test(String(cell))) return momentOfSerial(cell, is1904);
  const text = plainText(cell);
  if (isSerial(text)) {
    const meant = momentOfSerial(Number(text.replace(',', '.')), is1904);
    return 'date' in meant ? { code: 'date-serial', date: meant.date } : { code: 'date' };
  }
  const parts = split(text);
  if (!parts) return { code: 'date' };
  for (const [form, dayOfParts] of FORMS) {
    const match = form.exec(parts.day);
    if (!match) continue;
    const day = dayOfParts([...match]);
    return typeof day === 'object' ? day : ranged(day, parts.rest);
  }
  return { code: 'date' };
}
