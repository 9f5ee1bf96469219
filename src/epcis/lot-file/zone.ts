/** Minutes by which a zone is ahead of UTC when its clocks show this (milliseconds as if they showed UTC). */
export type ZoneOffset = (local: number) => number;

const OFFSET = /^([+-])(\d{2}):?(\d{2})$/;
const MINUTE_MS = 60_000;

function ianaOffset(timeZone: string): ((instant: number) => number) | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    return undefined;
  }
  return (instant) => {
    const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign = '+', hours = '0', minutes = '0'] = /GMT([+-])(\d{1,2}):(\d{2})/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  };
}

/** Offsets looked up last; most rows of a file share their day. */
const DAYS_MAX = 1_000;

/** Minutes by which a zone is ahead of UTC at an instant; undefined for a text that names none. See `zoneOf`. */
export function offsetAtOf(text: string): ((instant: number) => number) | undefined {
  if (/^(?:Z|UTC)$/i.test(text)) return () => 0;
  const [, sign, hours = '', minutes = ''] = OFFSET.exec(text) ?? [];
  if (sign !== undefined) {
    const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
    return Number(minutes) < 60 && Math.abs(offset) <= 14 * 60 ? () => offset : undefined;
  }
  return text.includes('/') ? ianaOffset(text) : undefined;
}

/** A zone by its name (`Asia/Shanghai`), offset (`+08:00`) or `Z`; undefined for a text that is none. */
export function zoneOf(text: string): ZoneOffset | undefined {
  const offsetAt = offsetAtOf(text);
  if (!offsetAt) return undefined;
  const known = new Map<number, number>();
  return (local) => {
    const found = known.get(local);
    if (found !== undefined) return found;
    // where clocks are put forward or back the later of the two offsets holds
    const offset = offsetAt(local - offsetAt(local) * MINUTE_MS);
    if (known.size >= DAYS_MAX) known.clear();
    known.set(local, offset);
    return offset;
  };
}

/** `+08:00` of 480. */
export function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
