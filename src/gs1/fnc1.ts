import { AI_TABLE, type AiRow, checkValue } from './ai.ts';
import { ELEMENT_STRING_CHARS_MAX } from './element-string.ts';
import { Gs1Error } from './error.ts';
import type { Element } from './id.ts';

/** What scanners send for FNC1: the group separator, or `^` in data that people write. */
const SEPARATORS = ['\u001D', '^'];
const AI_DIGITS_MIN = 2;
const AI_DIGITS_MAX = 4;

/** The AI that stands at `at`: no AI starts with another, so there is one at most. */
export function aiAt(text: string, at: number): string | undefined {
  for (let digits = AI_DIGITS_MIN; digits <= AI_DIGITS_MAX; digits++) {
    const ai = text.slice(at, at + digits);
    if (ai.length === digits && AI_TABLE.has(ai)) return ai;
  }
  return undefined;
}

/** Most characters that a value of the AI has. */
export const sizeMax = (row: AiRow): number => row.components.reduce((sum, { max }) => sum + max, 0);

/**
 * The elements of data as a scanner gives them: no brackets, FNC1 in front and behind values whose length is not
 * predefined (GS1 General Specifications 7.8). Each is checked by itself.
 */
export function readFnc1(text: string): Element[] {
  if (text.length > ELEMENT_STRING_CHARS_MAX)
    throw new Gs1Error('TOO_LONG', `An element string has at most ${ELEMENT_STRING_CHARS_MAX} characters.`);
  const separator = text[0] ?? '';
  if (!SEPARATORS.includes(separator) || text.length === 1)
    throw new Gs1Error('AI_SYNTAX', 'Scanned data start with FNC1 and an application identifier.', 0);
  const ais: Element[] = [];
  for (let at = 1; at < text.length;) {
    const ai = aiAt(text, at);
    if (ai === undefined) throw new Gs1Error('UNKNOWN_AI', 'An application identifier is expected.', at);
    const row = AI_TABLE.get(ai)!;
    const from = at + ai.length;
    const stop = text.indexOf(separator, from);
    const limit = stop < 0 ? text.length : stop;
    const end = row.predefined ? Math.min(limit, from + sizeMax(row)) : limit;
    const value = text.slice(from, end);
    checkValue(ai, value, from);
    ais.push([ai, value]);
    at = text[end] === separator ? end + 1 : end;
  }
  return ais;
}
