import { AppError, messageOf } from '../error.ts';
import type { Finding } from './finding.ts';

/**
 * The value of a JSON text; a byte order mark is no error. Throws AppError `invalid`, rule `syntax`, with line and
 * column where the engine names the place.
 */
export function readJson(text: string): unknown {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    const reason = messageOf(error).replaceAll(/\s+/g, ' ').slice(0, 200);
    const at = /position (\d+)/.exec(reason);
    const message = `The text is no JSON: ${reason}${at ? ` (${placeOf(json, Number(at[1]))})` : ''}.`;
    throw new AppError('invalid', message, { errors: [{ path: '', rule: 'syntax', message }] satisfies Finding[] });
  }
}

function placeOf(text: string, position: number): string {
  const before = text.slice(0, position);
  return `line ${before.split('\n').length}, column ${position - before.lastIndexOf('\n')}`;
}
