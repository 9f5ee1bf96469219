import type { Context } from './context.ts';
import type { MasterDataVocabulary } from './document.ts';
import type { Finding } from './finding.ts';
import type { Place } from './json-check.ts';

/** What a document says around its events, as far as it was read. */
export interface DocumentHead {
  format: 'json' | 'xml';
  kind: 'document' | 'query' | 'event';
  /** Version of GS1's XML schema; absent in JSON and where no version is recognised. */
  xmlVersion?: '1.2' | '2.0';
  /** Prefixes of the document; an event may add its own. */
  context: Context;
  schemaVersion?: string;
  creationDate?: string;
  masterData?: MasterDataVocabulary[];
  /** The document in the shape of JSON, its list of events empty; {} for a bare event. */
  around: Record<string, unknown>;
}

/** One event as it stands in its document. */
export interface DocumentEvent extends Place {
  kind: 'event';
  /** From 0. */
  index: number;
  /** Of the event: a JSON pointer, or the path of elements. */
  path: string;
  /** In the shape of JSON; undefined where it breaks a limit that reading holds. */
  event: unknown;
  /** The event's own JSON, where it is on one line and any other writer would write the same but for white space. */
  json?: string;
  /** In JSON what the text got wrong (names twice, numbers that do not survive); in XML all that the XSD has against it. */
  findings: Finding[];
  /** Line and column of a JSON pointer inside of the event. */
  locate(pointer: string): Place;
}

/**
 * A document in parts: `start` once, before the first event; `end` once, with everything that was said around the events
 * (a JSON document may say it behind them) and what is wrong with it.
 */
export type DocumentPart =
  | { kind: 'start'; head: DocumentHead }
  | DocumentEvent
  | { kind: 'end'; head: DocumentHead; events: number; findings: Finding[] };

/** Parts that come one behind the other without waiting; each run is to be read to its end before the next. */
export type DocumentRun = Iterable<DocumentPart>;
