import { EPCIS_CONTEXT, IGNORE_FIELDS } from './context.ts';
import { extensionOf, WRAPPERS, xmlVocabularyList, type XmlReading } from './xml-event.ts';
import type { XmlElement } from './xml-stream.ts';
import { SBDH } from './xsd-table.ts';

/*
 * What stands around the events of an XML document, as JSON has it. JSON has no Standard Business Document Header: one
 * that says no more than sender, receiver and instance becomes those members, any other is kept as an extension.
 */

type Fields = Record<string, unknown>;

const sbdh = (local: string): string => `{${SBDH}}${local}`;

/** Text of a child that is there once, without attributes or children of its own. */
function only(element: XmlElement | undefined, local: string): XmlElement | undefined {
  const found = element?.children.filter(({ name }) => name === sbdh(local)) ?? [];
  return found.length === 1 && found[0]?.attributes.length === 0 ? found[0] : undefined;
}

/** What a header of our own writing says; undefined for one that says more. */
export const PLAIN_HEADER = {
  HeaderVersion: '1.0',
  Standard: 'EPCglobal',
  TypeVersion: '1.0',
  Type: 'Events',
} as const;

function plainHeader(header: XmlElement, creationDate: string | undefined): Fields | undefined {
  const identity = only(header, 'DocumentIdentification');
  const partner = (role: string): string | undefined => {
    const one = only(header, role);
    const id = only(one, 'Identifier');
    return one?.children.length === 1 && id?.children.length === 0 ? id.text.trim() : undefined;
  };
  const [sender, receiver] = [partner('Sender'), partner('Receiver')];
  const said = (local: string, of: XmlElement | undefined): string | undefined => only(of, local)?.text.trim();
  const plain =
    header.children.length === 4 &&
    identity?.children.length === 5 &&
    said('HeaderVersion', header) === PLAIN_HEADER.HeaderVersion &&
    said('Standard', identity) === PLAIN_HEADER.Standard &&
    said('TypeVersion', identity) === PLAIN_HEADER.TypeVersion &&
    said('Type', identity) === PLAIN_HEADER.Type &&
    said('CreationDateAndTime', identity) === creationDate;
  const instanceIdentifier = said('InstanceIdentifier', identity);
  if (!plain || sender === undefined || receiver === undefined || instanceIdentifier === undefined) return undefined;
  const members = { instanceIdentifier, sender, receiver };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== ''));
}

function add(fields: Fields, name: string, value: unknown): void {
  const former = fields[name];
  fields[name] = former === undefined ? value : [former, value].flat();
}

/** Children with wrappers dissolved. */
const flat = (element: XmlElement): XmlElement[] =>
  element.children.flatMap((child) => (WRAPPERS.has(child.name) ? flat(child) : [child]));

function headerOf(element: XmlElement, document: Fields, reading: XmlReading): void {
  const header: Fields = {};
  for (const { uri, local, value } of element.attributes) if (uri !== '') header[reading.names.of(uri, local)] = value;
  for (const child of flat(element)) {
    if (child.local === 'EPCISMasterData') header['epcisMasterData'] = masterDataOf(child, reading);
    else {
      const plain =
        child.name === sbdh('StandardBusinessDocumentHeader')
          ? plainHeader(child, creationDateOf(document))
          : undefined;
      if (plain) Object.assign(document, plain);
      else add(header, reading.names.of(child.uri, child.local), extensionOf(child, reading));
    }
  }
  if (Object.keys(header).length > 0) document['epcisHeader'] = header;
}

const creationDateOf = ({ creationDate }: Fields): string | undefined =>
  typeof creationDate === 'string' ? creationDate : undefined;

function masterDataOf(element: XmlElement, reading: XmlReading): Fields {
  const data: Fields = {};
  for (const child of flat(element)) {
    if (child.name === 'VocabularyList') data['vocabularyList'] = xmlVocabularyList(child, reading);
    else add(data, reading.names.of(child.uri, child.local), extensionOf(child, reading));
  }
  return data;
}

/** `beside` is what stood beside the way to the events, each with the element that it stood in. */
export function xmlAround(
  root: XmlElement,
  beside: readonly { element: XmlElement; parent: XmlElement }[],
  reading: XmlReading,
): Fields {
  const query = root.local === 'EPCISQueryDocument' || root.local === 'QueryResults';
  const context =
    Object.keys(reading.names.context).length > 0 ? [EPCIS_CONTEXT, reading.names.context] : [EPCIS_CONTEXT];
  const document: Fields = { '@context': context, type: query ? 'EPCISQueryDocument' : 'EPCISDocument' };
  const resultsBody: Fields = { eventList: [] };
  const results: Fields = {};
  const behind: Fields = {};
  document['schemaVersion'] = '2.0';
  for (const { uri, local, value } of root.attributes) {
    if (uri === '' && local === 'schemaVersion') continue;
    document[uri === '' && !DOCUMENT_ATTRIBUTES.has(local) ? `@${local}` : reading.names.of(uri, local)] = value;
  }
  for (const { element, parent } of beside) {
    const name = reading.names.of(element.uri, element.local);
    if (element.name === IGNORE_FIELDS) {
      behind[name] = element.children.map((child) => reading.names.of(child.uri, child.local));
    } else if (element.name === 'EPCISHeader') headerOf(element, document, reading);
    else if (element.name === 'queryName' || element.name === 'subscriptionID')
      results[element.name] = element.text.trim();
    else if (element.name === 'VocabularyList') {
      const list = xmlVocabularyList(element, reading);
      if (parent.name === 'resultsBody') resultsBody['vocabularyList'] = list;
      else document['epcisHeader'] = { epcisMasterData: { vocabularyList: list } };
    } else
      for (const one of WRAPPERS.has(element.name) ? flat(element) : [element]) {
        add(behind, reading.names.of(one.uri, one.local), extensionOf(one, reading));
      }
  }
  if (!query) return { ...document, ...behind, epcisBody: { eventList: [] } };
  return { ...document, epcisBody: { queryResults: { ...results, ...behind, resultsBody } } };
}

const DOCUMENT_ATTRIBUTES = new Set(['creationDate', 'id']);
