import { LIMITS } from './limits.ts';

/** One thing wrong with a document: where (JSON pointer, RFC 6901), which rule, and one sentence. */
export interface Finding {
  path: string;
  rule: string;
  message: string;
}

/** JSON pointer of a path of names and indexes. */
export const pointer = (path: readonly PropertyKey[]): string =>
  path.map((step) => '/' + String(step).replaceAll('~', '~0').replaceAll('/', '~1')).join('');

/** At most `LIMITS.findingsMax` findings; a last one says how many were left off. */
export function bounded(findings: Finding[]): Finding[] {
  const more = findings.length - LIMITS.findingsMax;
  if (more <= 0) return findings;
  const path = findings[LIMITS.findingsMax]?.path ?? '';
  return [
    ...findings.slice(0, LIMITS.findingsMax),
    { path, rule: 'more', message: `${more} more findings are left off.` },
  ];
}
