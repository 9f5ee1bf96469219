import { AppError } from '../error.ts';
import { type Context, GS1_CONTEXT } from './context.ts';
import { isEventType } from './event-check.ts';
import { LIMITS } from './limits.ts';
import { readElements, type XmlElement } from './xml-tree.ts';

/*
 * Events of XML documents, versions 1.2 and 2.0, as objects of the same shape as JSON's, for the event hash. Names of
 * extensions are `{namespace}local` and all values are texts.
 */

type Fields = Record<string, unknown>;
type Reader = (element: XmlElement) => unknown;

/** Wrappers of version 1.2; what is in them belongs to the element around. */
const WRAPPERS = new Set(['extension', 'baseExtension']);

/** XML has no CURIEs but these two: a namespace prefix is none (epcis.md section 9.10). */
const XML_PREFIXES = new Map([...GS1_CONTEXT.prefixes].filter(([prefix]) => prefix === 'gs1' || prefix === 'cbv'));

const textOf: Reader = ({ text }) => text.trim();

/** Attributes and children as members; a repeated one becomes a list. */
function members(element: XmlElement, readers: Record<string, Reader> = {}): Fields {
  const fields = Object.create(null) as Fields; // a member of any name is just a member
  for (const [name, value] of element.attributes) fields[name] = value;
  for (const child of element.children) addMember(fields, child, readers);
  return fields;
}

function addMember(fields: Fields, child: XmlElement, readers: Record<string, Reader>): void {
  if (WRAPPERS.has(child.name)) {
    for (const inner of child.children) addMember(fields, inner, readers);
    return;
  }
  const read = Object.hasOwn(readers, child.name) ? readers[child.name] : undefined;
  const value = (read ?? extensionOf)(child);
  const former = Object.hasOwn(fields, child.name) ? fields[child.name] : undefined;
  if (former === undefined) fields[child.name] = value;
  else if (Array.isArray(former) && !Array.isArray(value)) former.push(value);
  else fields[child.name] = [former, value].flat();
}

/** An extension element: its text, or an object where it has attributes or children. */
function extensionOf(element: XmlElement): unknown {
  const text = element.text.trim();
  if (element.attributes.length === 0 && element.children.length === 0) return text;
  const fields = members(element);
  return text === '' ? fields : { ...fields, '#text': text };
}

const each =
  (read: Reader): Reader =>
  ({ children }) =>
    children.map(read);

/** `<source type="…">value</source>` and its like, as JSON has it. */
const typed: Reader = (element) => ({ ...members(element), [element.name]: element.text.trim() });
const part =
  (readers: Record<string, Reader> = {}): Reader =>
  (element) =>
    members(element, readers);
const place = part({ id: textOf });
const epcs = each(textOf);
const quantities = each(part());

const FIELDS: Record<string, Reader> = {
  epcList: epcs,
  childEPCs: epcs,
  inputEPCList: epcs,
  outputEPCList: epcs,
  quantityList: quantities,
  childQuantityList: quantities,
  inputQuantityList: quantities,
  outputQuantityList: quantities,
  bizTransactionList: each(typed),
  sourceList: each(typed),
  destinationList: each(typed),
  readPoint: place,
  bizLocation: place,
  persistentDisposition: part({ set: textOf, unset: textOf }),
  sensorElementList: each(part({ sensorMetadata: part(), sensorReport: part() })),
};

const localOf = (name: string): string => name.slice(name.lastIndexOf('}') + 1);

/** True for an event of a list, of a list's 1.2 wrapper, or of no list at all (a fragment). */
function isEvent(name: string, ancestors: readonly string[]): boolean {
  if (ancestors.length === 0) return isEventType(localOf(name));
  const around = ancestors.filter((ancestor) => !WRAPPERS.has(ancestor)).at(-1);
  return around !== undefined && localOf(around) === 'EventList' && !WRAPPERS.has(name);
}

const IGNORE_FIELDS = '{https://repository-x.example.com/}ignoreFields';

/**
 * The events of an XML document for `prehash`, with the context that their values have. Throws AppError `invalid` for
 * what is no well-formed XML, `too_large` for more events than allowed.
 */
export function readXmlEvents(text: string): { context: Context; events: Fields[] } {
  const events: Fields[] = [];
  const ignore = new Set<string>();
  readElements(
    text,
    (name, ancestors) => name === IGNORE_FIELDS || isEvent(name, ancestors),
    (element) => {
      if (element.name === IGNORE_FIELDS) for (const { name } of element.children) ignore.add(name);
      else events.push({ ...members(element, FIELDS), type: localOf(element.name) });
      if (events.length <= LIMITS.eventsPerDocumentMax) return;
      throw new AppError('too_large', `More than ${LIMITS.eventsPerDocumentMax} events in one document.`);
    },
  );
  return { context: { prefixes: XML_PREFIXES, ignore }, events };
}
