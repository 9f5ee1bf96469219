import { checkValue } from './ai.ts';
import { DIGITS, firstOutside } from './charset.ts';
import { idOfElements } from './elements.ts';
import { Gs1Error } from './error.ts';
import type { Element, Id } from './id.ts';

/** Characters of the longest element string that is read. */
export const ELEMENT_STRING_CHARS_MAX = 2048;

/** Where the next bracket opens that no backslash makes literal; the text's end where none does. */
function nextOpening(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\' && text[i + 1] === '(') i++;
    else if (text[i] === '(') return i;
  }
  return text.length;
}

/** The elements of `(AI)value(AI)value`, each checked by itself; `\(` is a literal bracket. */
export function readElements(text: string): Element[] {
  if (text.length > ELEMENT_STRING_CHARS_MAX)
    throw new Gs1Error('TOO_LONG', `An element string has at most ${ELEMENT_STRING_CHARS_MAX} characters.`);
  const ais: Element[] = [];
  for (let at = 0; at < text.length;) {
    const close = text.indexOf(')', at);
    const ai = text.slice(at + 1, close);
    if (text[at] !== '(' || close < 0 || ai === '' || firstOutside(ai, DIGITS) >= 0)
      throw new Gs1Error('AI_SYNTAX', 'An application identifier in brackets is expected.', at);
    const end = nextOpening(text, close + 1);
    const value = text.slice(close + 1, end).replaceAll('\\(', '(');
    checkValue(ai, value, close + 1);
    ais.push([ai, value]);
    at = end;
  }
  return ais;
}

/**
 * Reads a bracketed element string. `gcpLength` is the company prefix length where the asker knows it; `relations` false
 * lets AIs stand together that may not.
 */
export const parseElementString = (text: string, gcpLength?: number, relations = true): Id =>
  idOfElements(readElements(text), gcpLength, relations);

/** The bracketed element string, undefined for identities without AIs. */
export function toElementString(id: Id): string | undefined {
  if (id.ais.length === 0) return undefined;
  let out = '';
  for (const [ai, value] of id.ais) out += `(${ai})${value.replaceAll('(', '\\(')}`;
  return out;
}
