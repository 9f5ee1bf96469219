/** The reader's own zone and language, seconds included: a recall is a matter of minutes. */
const FORMAT = new Intl.DateTimeFormat(document.documentElement.lang, {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** `2026-05-01 08:00:00` in the reader's zone. */
export function localTime(instant: Date): string {
  const part = Object.fromEntries(FORMAT.formatToParts(instant).map(({ type, value }) => [type, value]));
  return `${part['year']}-${part['month']}-${part['day']} ${part['hour']}:${part['minute']}:${part['second']}`;
}

/** Rewrites each `<time>` from UTC; the instant itself stays in its title. */
export function showLocalTimes(root: ParentNode): void {
  for (const element of root.querySelectorAll('time[datetime]')) {
    const iso = element.getAttribute('datetime') ?? '';
    const instant = new Date(iso);
    if (Number.isNaN(instant.getTime())) continue;
    element.textContent = localTime(instant);
    element.setAttribute('title', iso);
  }
}
