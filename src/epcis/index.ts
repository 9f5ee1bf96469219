/** EPCIS 2.0 events and documents; other rooms import from here only. */
export { EPCIS_CONTEXT, GS1_CONTEXT, readContext } from './context.ts';
export { type MasterDataVocabulary, parseDocument } from './document.ts';
export { isEventType, validateEvent } from './event-check.ts';
export type { EpcisEvent } from './event.ts';
export type { Finding } from './finding.ts';
export { eventHash, hashOf, prehash, whoseHash } from './hash.ts';
export { Values } from './hash-value.ts';
export { LIMITS } from './limits.ts';
export { normalizeEvent } from './normalize.ts';
export { instantOf } from './syntax.ts';
export {
  type EpcFormat,
  FORM_OF,
  type GcpLengthOf,
  type IdentifierForm,
  translateEvent,
  translateUri,
} from './translate.ts';
export { newWalk, type Position, readPageToken, tokenRefusal, walkOf, writePageToken } from './page-token.ts';
export { type Condition, type EventQuery, parseQuery, PER_PAGE } from './query.ts';
export type { MasterDataField } from './query-table.ts';
export { orderTerms, TERM_FIELDS, termRanges } from './query-term.ts';
export { severalKey, TERM_HEAD_BYTES, termHead } from './term.ts';
export { termsOf } from './term-of-event.ts';
export { readJson } from './json.ts';
export { convertDocument, type Conversion } from './convert.ts';
export { validateDocument } from './verdict.ts';
export { writeXmlResults, writeXmlVocabularies } from './xml-results.ts';
export { VOCABULARY_WORDS, vocabularyTypes } from './vocabulary-type.ts';
export { type KeyRange, keyRanges } from './pattern.ts';
export type { DocumentEvent, DocumentHead, DocumentPart } from './document-part.ts';
export { type DocumentSource, readDocument, readDocumentRuns } from './read-document.ts';
export { nextDue, readSchedule, type Schedule, SCHEDULE_FIELDS } from './schedule.ts';
export {
  childOf,
  epcisElement,
  exceptionDocument,
  queryResultsOf,
  readSoap,
  SOAP_EXCEPTIONS,
  soapEnvelope,
  type SoapException,
  soapFault,
  soapParameters,
  type SoapRequest,
  strings,
  textIn,
} from './soap.ts';
export { soapWsdl } from './soap-wsdl.ts';
export type { XmlVersion } from './xsd-table.ts';
