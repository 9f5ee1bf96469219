/**
 * What a stranger may send at most. A document at a limit is accepted, one more is refused with the limit's name.
 * Bytes of a whole request are limited where they arrive (src/http).
 */
export const LIMITS = {
  /** Events in one document. */
  eventsPerDocumentMax: 100_000,
  /** Identifiers and classes named by one event, all of its lists together. */
  epcsPerEventMax: 200_000,
  /** UTF-16 units of one event, or of one other member of a document, as it is read from a stream. */
  eventLengthMax: 64 * 1024 * 1024,
  /** UTF-16 units of events that wait for the rest of a document, which may say how they are to be read. */
  heldLengthMax: 1024 * 1024,
  /** Objects and arrays inside one another, counted from the event. */
  depthMax: 64,
  /** UTF-16 units of any one string. */
  stringLengthMax: 65_536,
  /** UTF-16 units of an identifier; storage keys it, so it stays well below an index row. */
  identifierLengthMax: 1_024,
  /** Members and elements of one event, at all depths. */
  nodesPerEventMax: 1_000_000,
  /** Different values of sensors, extensions and quantities in one event: each is a row of the index. */
  termsPerEventMax: 200_000,
  /** Elements of the master data in one header. */
  vocabularyElementsMax: 100_000,
  /** Prefixes of one @context. */
  prefixesMax: 1_000,
  /** Findings reported for one event or document; the rest is counted, not listed. */
  findingsMax: 20,
  /** Parameters of one query, and alternatives of one parameter. */
  queryParametersMax: 100,
  queryValuesMax: 1_000,
  /** Events of one answer page. */
  perPageMax: 1_000,
} as const;

/** First and last instant that an event may name, in ms since 1970: what every store and clock here can hold. */
export const INSTANT_MIN = Date.parse('0001-01-02T00:00:00Z');
export const INSTANT_MAX = Date.parse('9999-12-30T00:00:00Z');
