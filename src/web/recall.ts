import type { Names } from './names.ts';
import type { Description } from './thing.ts';
import type { Confidence, Link } from './trace-graph.ts';

/** One row of a list: an identifier of the answer and what is known of it now. */
export interface Entry {
  id: string;
  kind: string;
  confidence: Confidence;
  /** Fewest steps from the root. */
  depth: number;
  state: string | null;
  /** URIs of the places where it, or parts of it, are. */
  places: string[];
  /** Forward: share of the root in its mass, well mixed; null where the record does not say. */
  fraction?: number | null;
}

export interface Gap {
  code: string;
  ids: string[];
  eventIDs: string[];
}

export interface HistoryRow {
  eventID: string;
  eventTime: number;
  type: string;
  action?: string;
  bizStep?: string;
  place?: string;
}

/** Everything that the page of one identifier shows. Times are milliseconds since 1970. */
export interface Recall {
  root: Description;
  unknown: boolean;
  location: string | null;
  state: string | null;
  seenAfterEnd: boolean;
  origins: Entry[];
  upstream: Entry[];
  affected: Entry[];
  possible: Entry[];
  /** What is in it at the moment of the answer, all levels. */
  contents: Entry[];
  links: Link[];
  history: HistoryRow[];
  gaps: Gap[];
  excluded: { eventID: string; declaredAt?: number; reason?: string }[];
  asOf: number;
  digests: { back: string; forward: string };
  redacted: boolean;
  truncated: boolean;
  names: Names;
}
