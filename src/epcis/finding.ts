import { LIMITS } from './limits.ts';

/**
 * One thing wrong with a document: where (JSON pointer, RFC 6901; in XML the path of elements), which rule, and one
 * sentence. Line and column count from 1 and are there where the text was read.
 */
export interface Finding {
  path: string;
  rule: string;
  message: string;
  line?: number;
  column?: number;
}

/** JSON pointer of a path of names and indexes. */
export const pointer = (path: readonly PropertyKey[]): string =>
  path.map((step) => '/' + String(step).replaceAll('~', '~0').replaceAll('/', '~1')).join('');

/** At most `LIMITS.findingsMax` findings of `total`; a last one says how many were left off. */
export function bounded(findings: Finding[], total = findings.length): Finding[] {
  const more = total - LIMITS.findingsMax;
  if (more <= 0) return findings;
  const path = findings[LIMITS.findingsMax]?.path ?? '';
  return [
    ...findings.slice(0, LIMITS.findingsMax),
    { path, rule: 'more', message: `${more} more findings are left off.` },
  ];
}
