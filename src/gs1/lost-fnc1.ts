import { AI_TABLE, isValue } from './ai.ts';
import { idOfElements } from './elements.ts';
import { toElementString } from './element-string.ts';
import { Gs1Error } from './error.ts';
import { aiAt, sizeMax } from './fnc1.ts';
import type { Element, Id } from './id.ts';

/** Characters of the longest data without separators that is taken apart. */
const LOST_CHARS_MAX = 256;
/** Steps after which the search for readings ends: the data have more than anybody could tell apart. */
const STEPS_MAX = 20_000;
/** Readings after the first that are looked for: one more shows that nobody can tell. */
const READINGS_MAX = 2;

/** Elements of data without separators and where each may end. */
interface Step {
  readonly ai: string;
  readonly from: number;
  readonly ends: readonly number[];
}

/** For each place the element that may start there, with the ends behind which the rest can be read too. */
function stepsOf(text: string): (Step | undefined)[] {
  const steps: (Step | undefined)[] = Array.from({ length: text.length });
  for (let at = text.length - 1; at >= 0; at--) {
    const ai = aiAt(text, at);
    if (ai === undefined) continue;
    const row = AI_TABLE.get(ai)!;
    const from = at + ai.length;
    const last = Math.min(text.length, from + sizeMax(row));
    const ends: number[] = [];
    for (let end = row.predefined ? last : from + 1; end <= last; end++)
      if ((end === text.length || steps[end]) && isValue(ai, text.slice(from, end))) ends.push(end);
    if (ends.length > 0) steps[at] = { ai, from, ends };
  }
  return steps;
}

/** The identifier of a whole reading; undefined where its elements do not go together. */
function idOf(ais: readonly Element[]): Id | undefined {
  try {
    return idOfElements(ais);
  } catch {
    return undefined;
  }
}

/** Up to READINGS_MAX readings of the whole text whose elements go together. */
function readings(text: string): Id[] {
  const steps = stepsOf(text);
  const found: Id[] = [];
  let left = STEPS_MAX;
  const walk = (at: number, ais: readonly Element[]): void => {
    if (found.length >= READINGS_MAX) return;
    if (left-- <= 0)
      throw new Gs1Error('AMBIGUOUS', 'Separators are lost, and the data can be read in too many ways.', 0);
    if (at === text.length) {
      const id = idOf(ais);
      if (id) found.push(id);
      return;
    }
    const step = steps[at];
    if (!step || ais.some(([ai]) => ai === step.ai)) return;
    for (const end of step.ends) walk(end, [...ais, [step.ai, text.slice(step.from, end)]]);
  };
  walk(0, []);
  return found;
}

/**
 * The identifier in data whose separators are lost: the only reading in which every value suits its AI and all
 * elements go together. Undefined where there is none; refused as AMBIGUOUS where there are several.
 */
export function readLostFnc1(text: string): Id | undefined {
  if (text.length > LOST_CHARS_MAX) return undefined;
  const [first, second] = readings(text);
  if (!first || !second) return first;
  throw new Gs1Error(
    'AMBIGUOUS',
    `Separators are lost: the data may mean ${toElementString(first)} or ${toElementString(second)}.`,
    0,
  );
}
