// Days of a zone's calendar and the instants at which they begin. A day is a whole number: days since 1970-01-01.
import { AppError } from '../error.ts';
import { offsetAtOf, offsetText } from '../epcis/lot-file/index.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Further than any zone's clock is from UTC. */
const OFFSET_MS_MAX = 15 * 60 * MINUTE_MS;

export interface Zone {
  /** The calendar day on which an instant (ms since 1970) falls. */
  dayOf(instant: number): number;
  /** The first instant of a day: midnight, or later where clocks are put forward at midnight. */
  startOf(day: number): number;
  /** ISO 8601 with the zone's offset at that instant. */
  text(instant: number): string;
}

/** A zone by IANA name or offset; AppError `invalid` for another text. */
export function readZone(text: string): Zone {
  const offsetAt = offsetAtOf(text);
  if (!offsetAt)
    throw new AppError('invalid', 'zone must be a name such as Asia/Shanghai or an offset such as +08:00', {
      member: 'zone',
    });
  const local = (instant: number): number => instant + offsetAt(instant) * MINUTE_MS;
  const dayOf = (instant: number): number => Math.floor(local(instant) / DAY_MS);
  return {
    dayOf,
    startOf: (day) => {
      const midnight = day * DAY_MS;
      const candidates = [midnight - OFFSET_MS_MAX, midnight + OFFSET_MS_MAX]
        .map((near) => midnight - offsetAt(near) * MINUTE_MS)
        .filter((instant) => dayOf(instant) >= day);
      return Math.min(...candidates);
    },
    text: (instant) => {
      const offset = offsetAt(instant);
      const shown = new Date(instant + offset * MINUTE_MS).toISOString();
      return shown.slice(0, shown.endsWith('.000Z') ? 19 : 23) + offsetText(offset);
    },
  };
}

/** The day of a date, `2026-06-19`. */
export const dayOfDate = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;
export const dateOfDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
/** 0 is Sunday. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;
