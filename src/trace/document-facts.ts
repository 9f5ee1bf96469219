// The offline door: a document becomes facts without a server (R1). Here alone an event's own recordTime is believed.
import {
  type EpcisEvent,
  eventHash,
  type Finding,
  instantOf,
  normalizeEvent,
  parseDocument,
  validateEvent,
  Values,
} from '../epcis/index.ts';
import { AppError } from '../error.ts';
import type { Fact } from './fact.ts';
import { link } from './link.ts';

/**
 * Facts of an EPCIS 2.0 JSON document, in its order, numbered from `firstSequence`. An event without recordTime gets
 * its eventTime. Throws AppError `invalid` that names the event (from 0), the member and the reason.
 */
export function factsOfDocument(json: unknown, firstSequence = 0): Fact[] {
  const { context, events } = parseDocument(json);
  const values = new Values(context);
  return events.map((event, index) => {
    const [finding] = validateEvent(event);
    if (finding) throw new AppError('invalid', at(index, finding));
    const valid = event as EpcisEvent;
    const recordTime = valid.recordTime ?? valid.eventTime;
    const capture = {
      sequence: firstSequence + index,
      recordTime: instantOf(recordTime) ?? Number.NaN,
      hash: eventHash(valid, values),
      refused: false, // who came first is seen only when all documents are read: world.ts
    };
    try {
      return link(normalizeEvent(valid, context), capture);
    } catch (error) {
      if (error instanceof AppError) throw new AppError(error.code, `event ${index}: ${error.message}`, error.detail);
      throw error;
    }
  });
}

const at = (index: number, { path, message }: Finding): string => `event ${index}${path && ` ${path}`}: ${message}`;
