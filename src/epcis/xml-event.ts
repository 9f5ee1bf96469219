import { expandCurie, type Context, GS1_CONTEXT } from './context.ts';
import type { Finding } from './finding.ts';
import { rawNumber, survives } from './json-check.ts';
import {
  bareWordOf,
  BIZ_STEP,
  BIZ_TRANSACTION_TYPE,
  COMPONENT,
  DISPOSITION,
  ERROR_REASON,
  MEASUREMENT,
  SENSOR_ALERT,
  SOURCE_DEST_TYPE,
  type Vocabulary,
  webUriOfUrn,
} from './vocabulary.ts';
import { type Names, XML_CURIES } from './xml-names.ts';
import { XSD, type XmlElement } from './xml-stream.ts';

/*
 * Elements of XML documents, versions 1.2 and 2.0, as JSON has them (EPCIS 2.0 sections 9 and 10).
 */

type Fields = Record<string, unknown>;

/** What a reader of elements needs to know. */
export interface XmlReading {
  names: Names;
  /** Keep numbers that no double holds as they were written; without, they come rounded and with a finding. */
  exact: boolean;
  findings: Finding[];
}

type Reader = (element: XmlElement, reading: XmlReading) => unknown;

/** Wrappers of version 1.2; what is in them belongs to the element around. */
export const WRAPPERS: ReadonlySet<string> = new Set(['extension', 'baseExtension']);

/** Values of XML expand by these prefixes alone. */
const XML_CONTEXT: Context = {
  prefixes: new Map([...GS1_CONTEXT.prefixes].filter(([prefix]) => XML_CURIES.has(prefix))),
  ignore: new Set(),
};

/** The text of an element of the standard; what should hold none and holds elements is kept as an extension is. */
const textOf: Reader = (element, reading) =>
  element.children.length > 0 ? extensionOf(element, reading) : element.text.trim();

/** `<id>`s and the like in a list. */
const texts: Reader = ({ children }) => children.map(({ text }) => text.trim());

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A JSON number has no `+`, no leading zeros and a digit on both sides of its point. */
const jsonNumber = (text: string): string =>
  text
    .replace(/^\+/, '')
    .replace(/^(-?)0+(?=\d)/, '$1')
    .replace(/^(-?)\./, '$10.')
    .replace(/\.(?=[eE]|$)/, '');

/** A number where the text is one; else the text. */
function numberOf(text: string, { exact, findings }: XmlReading, { name, line, column }: XmlElement): unknown {
  if (!DECIMAL.test(text)) return text;
  if (survives(text)) return Number(text);
  if (exact) return rawNumber(jsonNumber(text));
  const message = `${name} has more digits than a number keeps.`;
  findings.push({ path: '', rule: 'number', message, line, column });
  return Number(text);
}

/** `true` and `false` as JSON has them; `1` and `0` stay, or the event's hash would change. */
const booleanOf = (text: string): unknown => (text === 'true' ? true : text === 'false' ? false : text);

/** A word of a vocabulary bare, as JSON wants it; another term of GS1 in a form that JSON's schema allows. */
function wordOf(vocabulary: Vocabulary, text: string): string {
  const uri = expandCurie(text, XML_CONTEXT);
  const word = bareWordOf(vocabulary, uri);
  if (word !== uri) return word;
  if (uri.startsWith(GS1_VOC)) return `gs1:${uri.slice(GS1_VOC.length)}`;
  return webUriOfUrn(uri) ?? text;
}
const GS1_VOC = GS1_CONTEXT.prefixes.get('gs1') ?? '';

const word =
  (vocabulary: Vocabulary): Reader =>
  ({ text }) =>
    wordOf(vocabulary, text.trim());

/** How the attributes of an element are read; others are texts. */
type AttributeReaders = Record<string, (text: string, reading: XmlReading, element: XmlElement) => unknown>;

const set = (fields: Fields, name: string, value: unknown): void =>
  void Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });

function addMember(fields: Fields, name: string, value: unknown): void {
  const former = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (former === undefined) set(fields, name, value);
  else if (Array.isArray(former)) former.push(...(Array.isArray(value) ? value : [value]));
  else set(fields, name, [former, ...(Array.isArray(value) ? value : [value])]);
}

/** Children as members, wrappers dissolved; a repeated one becomes a list. */
function addChildren(fields: Fields, element: XmlElement, readers: Record<string, Reader>, reading: XmlReading): void {
  for (const child of element.children) {
    if (WRAPPERS.has(child.name)) addChildren(fields, child, readers, reading);
    else {
      const read = Object.hasOwn(readers, child.name) ? readers[child.name] : undefined;
      addMember(fields, reading.names.of(child.uri, child.local), (read ?? extensionOf)(child, reading));
    }
  }
}

/** An element of the standard: attributes and children are members. */
const part =
  (readers: Record<string, Reader> = {}, attributes: AttributeReaders = {}): Reader =>
  (element, reading) => {
    const fields: Fields = {};
    for (const { uri, local, value } of element.attributes) {
      const read = uri === '' && Object.hasOwn(attributes, local) ? attributes[local] : undefined;
      set(fields, reading.names.of(uri, local), read ? read(value.trim(), reading, element) : value);
    }
    addChildren(fields, element, readers, reading);
    return fields;
  };

const NUMBER_TYPES = new Set(
  `integer int long short byte decimal double float nonNegativeInteger positiveInteger nonPositiveInteger negativeInteger
   unsignedInt unsignedLong unsignedShort unsignedByte`
    .split(/\s+/)
    .map((local) => `{${XSD}}${local}`),
);
const BOOLEAN_TYPE = `{${XSD}}boolean`;

/** The text of an extension element by its `xsi:type`, exactly as it stands where it has none. */
function typedText(element: XmlElement, reading: XmlReading): unknown {
  const { text, type, nil, children } = element;
  if (nil && text.trim() === '' && children.length === 0) return null;
  if (type !== undefined && NUMBER_TYPES.has(type)) return numberOf(text.trim(), reading, element);
  if (type === BOOLEAN_TYPE) return booleanOf(text.trim());
  return children.length > 0 ? text.trim() : text;
}

/** An extension element: its text, or an object where it has attributes or children; nothing in it is dissolved. */
export function extensionOf(element: XmlElement, reading: XmlReading): unknown {
  const text = typedText(element, reading);
  if (element.attributes.length === 0 && element.children.length === 0) return text;
  const fields: Fields = {};
  for (const { uri, local, value } of element.attributes) set(fields, `@${reading.names.of(uri, local)}`, value);
  for (const child of element.children)
    addMember(fields, reading.names.of(child.uri, child.local), extensionOf(child, reading));
  if (text !== '') set(fields, '#text', text);
  return fields;
}

const each =
  (read: Reader): Reader =>
  ({ children }, reading) =>
    children.map((child) => read(child, reading));
/** An element that may stand several times and always makes a list. */
const many =
  (read: Reader): Reader =>
  (element, reading) => [read(element, reading)];

/** `<source type="…">value</source>` and its like, as JSON has it. */
const typed = (vocabulary: Vocabulary): Reader => {
  const members = part({}, { type: (text) => wordOf(vocabulary, text) });
  return (element, reading) => ({ ...(members(element, reading) as Fields), [element.name]: element.text.trim() });
};

const quantityNumber: Reader = (element, reading) =>
  element.nil === true ? undefined : numberOf(element.text.trim(), reading, element);
const quantities = each(part({ epcClass: textOf, quantity: quantityNumber, uom: textOf }));
const place = part({ id: textOf });

const instant = (text: string): string => text;
const REPORT: AttributeReaders = {
  type: (text) => wordOf(MEASUREMENT, text),
  exception: (text) => wordOf(SENSOR_ALERT, text),
  component: (text) => wordOf(COMPONENT, text),
  booleanValue: booleanOf,
  time: instant,
};
for (const name of ['value', 'minValue', 'maxValue', 'meanValue', 'sDev', 'percRank', 'percValue']) {
  REPORT[name] = numberOf;
}

const FIELDS: Record<string, Reader> = {
  eventTime: textOf,
  recordTime: textOf,
  eventTimeZoneOffset: textOf,
  eventID: textOf,
  errorDeclaration: part({ declarationTime: textOf, reason: word(ERROR_REASON), correctiveEventIDs: texts }),
  certificationInfo: many(textOf),
  epcList: texts,
  parentID: textOf,
  childEPCs: texts,
  inputEPCList: texts,
  outputEPCList: texts,
  quantityList: quantities,
  childQuantityList: quantities,
  inputQuantityList: quantities,
  outputQuantityList: quantities,
  epcClass: textOf,
  quantity: quantityNumber,
  action: textOf,
  transformationID: textOf,
  bizStep: word(BIZ_STEP),
  disposition: word(DISPOSITION),
  persistentDisposition: part({ set: many(word(DISPOSITION)), unset: many(word(DISPOSITION)) }),
  readPoint: place,
  bizLocation: place,
  bizTransactionList: each(typed(BIZ_TRANSACTION_TYPE)),
  sourceList: each(typed(SOURCE_DEST_TYPE)),
  destinationList: each(typed(SOURCE_DEST_TYPE)),
  sensorElementList: each(part({ sensorMetadata: part(), sensorReport: many(part({}, REPORT)) })),
  ilmd: part(),
};

/** An event element as an event of JSON; without an `@context`, which is the caller's to say. */
export function xmlEvent(element: XmlElement, reading: XmlReading): Fields {
  const fields: Fields = { type: reading.names.of(element.uri, element.local) };
  for (const { uri, local, value } of element.attributes) set(fields, reading.names.of(uri, local), value);
  addChildren(fields, element, FIELDS, reading);
  return fields;
}

const vocabularyElement: Reader = part({ attribute: masterDataAttribute, children: texts });

function masterDataAttribute(element: XmlElement, reading: XmlReading): unknown {
  const id = element.attributes.find(({ uri, local }) => uri === '' && local === 'id');
  const value = extensionOf(
    { ...element, attributes: element.attributes.filter((attribute) => attribute !== id) },
    reading,
  );
  // JSON's schema takes texts, numbers and objects here
  const attribute = typeof value === 'boolean' ? String(value) : (value ?? '');
  return [{ id: id?.value ?? '', attribute }];
}

/** `<VocabularyList>` as JSON's `vocabularyList` (EPCIS 2.0 section 10.2.2). */
export function xmlVocabularyList(element: XmlElement, reading: XmlReading): Fields[] {
  return element.children.map((child) => {
    const { VocabularyElementList: list, ...vocabulary } = part({ VocabularyElementList: each(vocabularyElement) })(
      child,
      reading,
    ) as Fields;
    if (list === undefined) return vocabulary;
    const elements = (list as Fields[]).map(({ attribute, ...rest }) =>
      attribute === undefined ? rest : { id: rest['id'], attributes: attribute, ...rest },
    );
    return { ...vocabulary, vocabularyElementList: elements };
  });
}
