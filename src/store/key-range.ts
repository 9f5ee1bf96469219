// Many keys as ranges of the index: one descent for all the items of a batch and not one for each.
import { numberOf, stemOf } from '../gs1/index.ts';
import type { Key } from '../trace/fact.ts';

/** Numbers between two keys of one range, at most: what lies there is read too, and may be another's. */
const STEP_MAX = 4;

/** From `from` to `to`, both included. */
export interface Range {
  from: Key;
  to: Key;
}

/** `keys` as ranges in order; a key without neighbours is a range of its own. Not more than STEP_MAX times as many keys lie in them. */
export function rangesOf(keys: readonly Key[]): Range[] {
  const ranges: Range[] = [];
  let last: { range: Range; stem: number; number: number } | undefined;
  for (const key of keys.toSorted()) {
    const stem = stemOf(key);
    const number = stem > 0 ? numberOf(key, stem) : 0;
    if (last && stem > 0 && number - last.number <= STEP_MAX && isOfStem(key, last.range.to, stem)) {
      last.range.to = key;
      last.number = number;
      continue;
    }
    const range = { from: key, to: key };
    ranges.push(range);
    last = { range, stem, number };
  }
  return ranges;
}

function isOfStem(a: Key, b: Key, stem: number): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < stem; i++) if (a.charCodeAt(i) !== b.charCodeAt(i)) return false;
  return true;
}
