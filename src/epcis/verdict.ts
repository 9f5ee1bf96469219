import { AppError } from '../error.ts';
import { parseDocument } from './document.ts';
import { validateEvent } from './event-check.ts';
import { bounded, type Finding } from './finding.ts';
import { readJson } from './json.ts';

/** What GS1's schema says of a whole document. */
export interface Verdict {
  valid: boolean;
  events: number;
  errors: Finding[];
}

/** The verdict on the text of a JSON document or bare event; never throws. A text that is no JSON breaks rule `syntax`. */
export function validateDocument(text: string): Verdict {
  try {
    const { events, eventsPath, findings } = parseDocument(readJson(text));
    const errors = [...findings];
    for (const [i, event] of events.entries()) {
      const path = eventsPath === '' ? '' : `${eventsPath}/${i}`;
      for (const finding of validateEvent(event, { extendedTypes: true }))
        errors.push({ ...finding, path: path + finding.path });
    }
    return { valid: errors.length === 0, events: events.length, errors: bounded(errors) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { message } = error;
    return {
      valid: false,
      events: 0,
      errors: (error.detail?.['errors'] as Finding[] | undefined) ?? [{ path: '', rule: 'syntax', message }],
    };
  }
}
