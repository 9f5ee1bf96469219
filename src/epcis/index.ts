/** EPCIS 2.0 events and documents; other rooms import from here only. */
export { type Context, EPCIS_CONTEXT, GS1_CONTEXT, expandName, readContext } from './context.ts';
export { type MasterDataVocabulary, type ParsedDocument, parseDocument } from './document.ts';
export { isEventType, validateEvent } from './event-check.ts';
export type { EpcisEvent, EventType, QuantityElement, SensorElement } from './event.ts';
export { EVENT_TYPES } from './event.ts';
export type { Finding } from './finding.ts';
export { eventHash, hashOf, prehash } from './hash.ts';
export { Values } from './hash-value.ts';
export { LIMITS } from './limits.ts';
export { normalizeEvent } from './normalize.ts';
export { instantOf, isUri } from './syntax.ts';
export { type GcpLengthOf, type IdentifierForm, translateEvent, translateUri } from './translate.ts';
export { type Position, readPageToken, writePageToken } from './page-token.ts';
export { type Condition, type EventQuery, parseQuery, PER_PAGE, type QueryOptions } from './query.ts';
export { COMMON_FIELDS, type Field, type Operator, type Scope } from './query-table.ts';
export { readJson } from './json.ts';
export { mapEvents } from './map-events.ts';
export { validateDocument, type Verdict } from './verdict.ts';
