import { EPCIS_CONTEXT, GS1_CONTEXT, readContext } from './context.ts';
import type { EpcisEvent } from './event.ts';
import { type CbvForm, fitsXml, writeXmlEvent, type XmlWriting } from './xml-write.ts';
import { declaredBy, writeXmlFrame } from './xml-write-document.ts';
import type { XmlVersion } from './xsd-table.ts';

/** Prefixes that the root declares, so that they need not stand on every event; an event may say other ones. */
const PREFIXES_MAX = 100;

function sharedPrefixes(events: readonly EpcisEvent[]): Record<string, string> {
  const shared = new Map<string, string>();
  const namespaces = new Set<string>();
  for (const { '@context': context } of events) {
    if (context === undefined || shared.size >= PREFIXES_MAX) continue;
    for (const [prefix, namespace] of readContext(context).prefixes) {
      const isNew = !shared.has(prefix) && !namespaces.has(namespace);
      if (!isNew || GS1_CONTEXT.prefixes.get(prefix) === namespace || !fitsXml(prefix, namespace)) continue;
      shared.set(prefix, namespace);
      namespaces.add(namespace);
    }
  }
  return Object.fromEntries(shared);
}

/** How results are written. */
export interface ResultsForm {
  version: XmlVersion;
  cbv: CbvForm;
  queryName: string;
  subscriptionID?: string;
  /** ISO 8601. */
  creationDate: string;
}

/**
 * Normalised events as an EPCISQueryDocument in XML (EPCIS 2.0 section 9.7), identifiers as they are given. Throws
 * AppError `invalid` for an event that XML, or this version of it, cannot express.
 */
export function writeXmlResults(events: readonly EpcisEvent[], form: ResultsForm): string {
  const { version, cbv, queryName, subscriptionID, creationDate } = form;
  const around = {
    '@context': [EPCIS_CONTEXT, sharedPrefixes(events)],
    type: 'EPCISQueryDocument',
    creationDate,
    epcisBody: {
      queryResults: { queryName, ...(subscriptionID !== undefined && { subscriptionID }), resultsBody: {} },
    },
  };
  // what a value begins with means what its own event says, never what the root declares for names
  const writing: XmlWriting = { version, cbv, context: GS1_CONTEXT, declared: declaredBy(around) };
  const { before, indent = '', after } = writeXmlFrame(around, writing, creationDate);
  const written = events.map((event) => `${indent}${writeXmlEvent(event, writing).replaceAll('\n', `\n${indent}`)}\n`);
  return before + written.join('') + after;
}

/** Master data as the EPCISQueryDocument of a SimpleMasterDataQuery. Throws AppError `invalid` for what XML cannot express. */
export function writeXmlVocabularies(
  vocabularyList: readonly { type: string; vocabularyElementList: readonly object[] }[],
  { version, queryName, creationDate }: Pick<ResultsForm, 'version' | 'queryName' | 'creationDate'>,
): string {
  const around = {
    '@context': [EPCIS_CONTEXT],
    type: 'EPCISQueryDocument',
    creationDate,
    epcisBody: { queryResults: { queryName, resultsBody: { vocabularyList } } },
  };
  const writing: XmlWriting = { version, cbv: 'urn', context: GS1_CONTEXT, declared: declaredBy(around) };
  return writeXmlFrame(around, writing, creationDate).before;
}
