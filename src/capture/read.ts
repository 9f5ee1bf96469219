// A document as it is read for capture: its events checked in batches, and at its end what was said around them.
import { AppError } from '../error.ts';
import {
  type DocumentHead,
  type DocumentSource,
  type Finding,
  LIMITS,
  readDocumentRuns,
  Values,
} from '../epcis/index.ts';
import { type Checked, checkEvent, type Refused } from './check.ts';
import { type CheckedMasterData, checkMasterData } from './master-data.ts';
import { type Turn, Turns } from './turns.ts';

export type Format = DocumentHead['format'];
export type Kind = DocumentHead['kind'];

/** What may be read. */
export interface Reading {
  eventsMax: number;
  /** What the sender calls it; either where absent. */
  format?: Format | undefined;
  /** Kinds of document that are taken. */
  kinds: ReadonlySet<Kind>;
  /** When the next few events may be checked; at once after other work where absent. */
  turn?: Turn;
}

/** A run of events in the document's order, or its end. */
export type ReadPart = { events: (Checked | Refused)[] } | { end: CheckedMasterData };

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const tooMany = (eventsMax: number): AppError =>
  new AppError('too_large', `The document has more than ${eventsMax} events, and no more are taken at once.`, {
    rule: 'CaptureLimitExceededException',
    eventsMax,
  });

const otherFormat = (format: Format, said: Format): Finding => ({
  path: '',
  rule: 'content-type',
  message: `The body is ${format.toUpperCase()}, its Content-Type says ${said.toUpperCase()}.`,
});

/** What keeps a document from being captured at all: it is no EPCIS document, or not of a kind that is taken here. */
class Faults {
  readonly list: Finding[] = [];

  add(...findings: Finding[]): void {
    if (this.list.length <= LIMITS.findingsMax) this.list.push(...findings);
  }

  stop(): void {
    const [first] = this.list;
    if (first) throw new AppError('invalid', first.message, { errors: this.list });
  }
}

/**
 * Reads and checks a document of JSON or XML as it arrives, `batch` events at a time. Throws AppError `invalid` with
 * `detail.errors` (Finding[]) for what is no EPCIS document of a kind that is taken, and `too_large` above the limit of
 * events; what was handed out by then is of no use. What is wrong with an event alone is its own (`Refused`).
 */
export async function* readChecked(
  source: DocumentSource,
  { eventsMax, format, kinds, turn = new Turns().document() }: Reading,
  batch: number,
): AsyncGenerator<ReadPart> {
  const faults = new Faults();
  let values: Values | undefined;
  let head: DocumentHead | undefined;
  let events: (Checked | Refused)[] = [];
  for await (const run of readDocumentRuns(source)) {
    // a document's own work: it may have waited for its next bytes meanwhile
    turn.begin();
    for (const part of run) {
      if (part.kind === 'start') {
        ({ head } = part);
        values = new Values(head.context);
        if (format !== undefined && head.format !== format) faults.add(otherFormat(head.format, format));
        if (kinds.has(head.kind)) faults.stop();
      } else if (part.kind === 'event') {
        if (part.index >= eventsMax) throw tooMany(eventsMax);
        if (part.event !== undefined && !isObject(part.event))
          faults.add({ path: part.path, rule: 'type', message: 'An event must be an object.' });
        // before an event, not behind one: a document of one event waits for nobody
        if (part.index > 0 && turn.isOver) await turn.pass();
        const { findings, json } = part;
        events.push(checkEvent(part.event, values!, { format: head!.format, findings, json }));
        if (events.length >= batch && faults.list.length === 0) {
          yield { events };
          events = [];
        }
      } else {
        // XML has no bare events by its schema, which is no fault of an event that is sent alone
        faults.add(...part.findings.filter(({ rule }) => head?.kind !== 'event' || rule !== 'root'));
        if (!kinds.has(part.head.kind)) faults.add(NOT_BARE);
        faults.stop();
        yield { events };
        yield { end: checkMasterData(part.head.masterData ?? []) };
      }
    }
  }
}

const NOT_BARE: Finding = {
  path: '/type',
  rule: 'document-type',
  message: 'One bare event is expected here, not a document.',
};
