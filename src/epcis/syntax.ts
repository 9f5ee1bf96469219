import { INSTANT_MAX, INSTANT_MIN } from './limits.ts';

/** Text of a URI (RFC 3986) after its scheme: characters it may hold, and whole percent triplets. */
const URI = /^[a-z][a-z0-9+.-]*:(?:[a-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})+$/i;

/** True for an absolute URI or a CURIE, which looks the same (JSON Schema format `uri`). */
export const isUri = (text: string): boolean => URI.test(text) && text.indexOf('#') === text.lastIndexOf('#');

const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;
const MINUTE_MS = 60_000;
const MINUTES_A_DAY = 1440;

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

export const daysOf = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (DAYS[month - 1] ?? 0);

/** An event's time is read to be checked, hashed and stored. */
let lastText = '';
let lastInstant: number | undefined;

/**
 * Milliseconds since 1970 of a date-time with offset (RFC 3339), the fraction rounded half up to milliseconds;
 * undefined where the text is none or names an instant outside of what the platform can hold.
 */
export function instantOf(text: string): number | undefined {
  if (text === lastText) return lastInstant;
  lastText = text;
  return (lastInstant = readInstant(text));
}

/** The number that two digits are. */
const pair = (text: string, at: number): number => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;

function readInstant(text: string): number | undefined {
  const part = DATE_TIME.exec(text);
  if (!part) return undefined;
  const year = pair(text, 0) * 100 + pair(text, 2);
  const [month, day, hour, minute, second] = [5, 8, 11, 14, 17].map((at) => pair(text, at)) as Five;
  const [offsetHour, offsetMinute] = [Number(part[3] ?? 0), Number(part[4] ?? 0)];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59) return undefined;
  const offset = (offsetHour * 60 + offsetMinute) * (part[2] === '-' ? -MINUTE_MS : MINUTE_MS);
  // a leap second ends a day of UTC (RFC 3339 section 5.7)
  if (second === 60 && (hour * 60 + minute - offset / MINUTE_MS + 1) % MINUTES_A_DAY !== 0) return undefined;
  const whole = new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000;
  const at = whole - offset + millisecondsOf(part[1] ?? '');
  return at >= INSTANT_MIN && at <= INSTANT_MAX ? at : undefined;
}
type Five = [number, number, number, number, number];

/** First three decimals of a second; a fourth of 5 or more rounds up (CBV section 8.9.1). */
function millisecondsOf(fraction: string): number {
  const up = fraction.length > 3 && fraction.charCodeAt(3) >= 0x35 ? 1 : 0;
  return Number(fraction.slice(0, 3).padEnd(3, '0')) + up;
}
