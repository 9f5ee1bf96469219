import { AppError } from '../error.ts';
import type { DocumentEvent } from './document-part.ts';
import { validateEvent } from './event-check.ts';
import { bounded, type Finding } from './finding.ts';
import { LIMITS } from './limits.ts';
import { type DocumentSource, readDocument } from './read-document.ts';

/** What GS1's schema says of a whole document: the JSON Schema, or the XSD of the version that the root names. */
export interface Verdict {
  valid: boolean;
  events: number;
  errors: Finding[];
}

/** What is wrong with one event, each finding with its path in the document, line and column. */
function ofEvent(part: DocumentEvent, format: 'json' | 'xml'): Finding[] {
  // that a number will be rounded is the schema's business neither in JSON nor in XML
  const read = part.findings.filter(({ rule }) => rule !== 'number');
  const placed = ({ path, ...finding }: Finding): Finding => ({ ...finding, path: part.path + path });
  if (format === 'xml') return read;
  if (part.event === undefined) return read.map(placed);
  return [
    ...read.map(placed),
    ...validateEvent(part.event, { extendedTypes: true }).map((finding) =>
      placed({ ...finding, ...part.locate(finding.path) }),
    ),
  ];
}

/**
 * The verdict on a document or bare event, JSON or XML, of any size; all findings at once, as many as
 * `LIMITS.findingsMax`. Never throws for what a stranger wrote: a text that is neither JSON nor XML breaks rule `syntax`.
 */
export async function validateDocument(source: DocumentSource): Promise<Verdict> {
  const errors: Finding[] = [];
  let [faults, events] = [0, 0];
  const add = (findings: Finding[]): void => {
    faults += findings.length;
    if (errors.length <= LIMITS.findingsMax) errors.push(...findings);
  };
  try {
    let format: 'json' | 'xml' = 'json';
    for await (const part of readDocument(source)) {
      if (part.kind === 'start') format = part.head.format;
      else if (part.kind === 'event') {
        events++;
        add(ofEvent(part, format));
      } else add(part.findings.filter(({ rule }) => rule !== 'number'));
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'internal') throw error;
    const { message } = error;
    add((error.detail?.['errors'] as Finding[] | undefined) ?? [{ path: '', rule: 'syntax', message }]);
  }
  return { valid: faults === 0, events, errors: bounded(errors, faults) };
}
