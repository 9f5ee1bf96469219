// Many keys as ranges of the index: one descent for all the items of a batch and not one for each.
import { numberOf, stemOf } from '../gs1/index.ts';
import type { Key } from './fact.ts';

/** Numbers between two keys of one range, at most: what lies there is read too, and may be another's. */
export const STEP_MAX = 4;
/** Keys of one range: what is asked for at once has an end. */
export const RANGE_KEYS_MAX = 20_000;

/** From `from` to `to`, both included; `count` keys of those that are asked for lie in it. */
export interface Range {
  from: Key;
  to: Key;
  count: number;
}

/** `keys` as ranges in order; a key without neighbours is a range of its own. Not more than STEP_MAX times as many keys lie in them. */
export const rangesOf = (keys: readonly Key[]): Range[] =>
  joined(keys.toSorted().map((key) => ({ from: key, to: key, count: 1 })));

/** Ranges in order, as few as may be; those that are given are changed. */
export function joined(pieces: readonly Range[]): Range[] {
  const inOrder = pieces.every(({ from }, i) => i === 0 || pieces[i - 1]!.from <= from)
    ? pieces
    : pieces.toSorted((a, b) => (a.from < b.from ? -1 : 1));
  const ranges: Range[] = [];
  let last: Range | undefined;
  for (const piece of inOrder) {
    if (last && last.count + piece.count <= RANGE_KEYS_MAX && isNear(last.to, piece.from)) {
      if (piece.to > last.to) last.to = piece.to;
      last.count += piece.count;
    } else ranges.push((last = piece));
  }
  return ranges;
}

/** Whether `next` comes at most STEP_MAX behind `key` in a row of numbers. */
function isNear(key: Key, next: Key): boolean {
  const stem = stemOf(next);
  return stem > 0 && isOfStem(key, next, stem) && numberOf(next, stem) - numberOf(key, stem) <= STEP_MAX;
}

function isOfStem(a: Key, b: Key, stem: number): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < stem; i++) if (a.charCodeAt(i) !== b.charCodeAt(i)) return false;
  return true;
}

/** Ranges in calls of not much more than `first` keys, then of twice as many each, up to `max`. */
export function* inCalls(ranges: readonly Range[], first: number, max: number): Generator<Range[]> {
  let [call, count, size]: [Range[], number, number] = [[], 0, first];
  for (const range of ranges) {
    if (call.length > 0 && count + range.count > size) {
      yield call;
      [call, count, size] = [[], 0, Math.min(max, size * 2)];
    }
    call.push(range);
    count += range.count;
  }
  if (call.length > 0) yield call;
}
