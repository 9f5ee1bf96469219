/** Milliseconds; now where nothing is asked; undefined for what is no moment. Without a zone it is UTC. */
export function momentOf(text: string, now: number): number | undefined {
  if (text === '') return now;
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(text) || !text.includes('T') ? text : `${text}Z`;
  const parsed = /^\d{4}-\d{2}/.test(text) ? Date.parse(zoned) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}
