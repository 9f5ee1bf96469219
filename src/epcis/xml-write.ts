import { type Context, expandCurie, expandName, isDeclaration, readContext, withDeclarations } from './context.ts';
import { isFields, decimalText } from './hash-value.ts';
import { digitsOfRaw } from './json-check.ts';
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
} from './vocabulary.ts';
import { WRAPPERS } from './xml-event.ts';
import { XSD, XSI } from './xml-stream.ts';
import { type Attributes, inexpressible, xmlLeaf, xmlName, xmlParent } from './xml-text.ts';
import { type ComplexType, schema } from './xsd-row.ts';
import { SBDH, type XmlVersion } from './xsd-table.ts';

/*
 * Events of JSON as elements of XML 2.0 or 1.2. The order of elements, and in 1.2 their nesting in `extension` and
 * `baseExtension`, come from the rows of xsd-table.ts that also check them.
 */

type Fields = Record<string, unknown>;

/** How CBV's words are written (`GS1-CBV-XML-Format`): 1.2 knows URNs alone. */
export type CbvForm = 'web' | 'urn';

export interface XmlWriting {
  version: XmlVersion;
  cbv: CbvForm;
  /** Of the document; an event's own is added. */
  context: Context;
  /** Namespaces that the root declares, with their prefixes. */
  declared: ReadonlyMap<string, string>;
}

/** Elements of the standard by name, each a list of texts of elements. */
type Parts = Map<string, string[]>;

const PREFIX = /^[A-Za-z_][\w.-]*$/;
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
/** Prefixes that have their own meaning in what is written here. */
const RESERVED: ReadonlySet<string> = new Set(['epcis', 'epcisq', 'sbdh', 'xsi', 'xsd', 'xml', 'xmlns']);
const OUR_PREFIXES: ReadonlyMap<string, string> = new Map([
  [XSI, 'xsi'],
  [XSD, 'xsd'],
  [XML_NAMESPACE, 'xml'],
  [SBDH, 'sbdh'],
]);

/** True where a prefix of JSON can stand for its namespace in XML. */
export const fitsXml = (prefix: string, uri: string): boolean =>
  PREFIX.test(prefix) && !RESERVED.has(prefix) && !/^xml/i.test(prefix) && uri !== '' && !OUR_PREFIXES.has(uri);

/** `true` and numbers with the type that they have in JSON, so that they come back as they were. */
function scalarOf(value: unknown): { text: string; type?: string } | undefined {
  if (typeof value === 'string') return { text: value };
  if (typeof value === 'boolean') return { text: String(value), type: 'boolean' };
  if (typeof value === 'number')
    return { text: decimalText(value), type: Number.isInteger(value) ? 'integer' : 'double' };
  const digits = digitsOfRaw(value);
  return digits === undefined ? undefined : { text: digits, type: 'decimal' };
}

/** Writes elements; collects the namespaces that they need. */
export class XmlWriter {
  readonly #writing: XmlWriting;
  readonly #context: Context;
  readonly #own = new Map<string, string>();
  readonly #taken: Set<string>;
  #numbered = 0;

  constructor(writing: XmlWriting, context = writing.context) {
    this.#writing = writing;
    this.#taken = new Set(writing.declared.values());
    this.#context = context;
  }

  /** Declarations for the element around all that was written. */
  get declarations(): Attributes {
    return [...this.#own].map(([uri, prefix]) => [`xmlns:${prefix}`, uri] as const);
  }

  prefix(uri: string, wanted: string): string {
    const known = this.#writing.declared.get(uri) ?? this.#own.get(uri) ?? (uri === XML_NAMESPACE ? 'xml' : undefined);
    if (known !== undefined) return known;
    const fits = fitsXml(wanted, uri);
    let prefix = OUR_PREFIXES.get(uri) ?? (fits && !this.#taken.has(wanted) ? wanted : undefined);
    while (prefix === undefined) {
      const numbered = `${fits ? wanted : 'ns'}${++this.#numbered}`;
      if (!this.#taken.has(numbered)) prefix = numbered;
    }
    this.#own.set(uri, prefix);
    this.#taken.add(prefix);
    return prefix;
  }

  /** A member's name as the name of an element or attribute. */
  name(member: string, path: string): string {
    const full = expandName(member, this.#context);
    const colon = full.indexOf(':');
    if (colon < 0) return xmlName(full, path);
    if (!full.startsWith('{') && full.startsWith('//', colon + 1)) {
      const message = `${path}: a whole URI (${member.slice(0, 80)}) is no name in XML; give its beginning a prefix in @context.`;
      return inexpressible('namespace', message, path);
    }
    const end = full.lastIndexOf('}');
    // a prefix that nothing declares is a scheme, and the name an absolute IRI: as a namespace it stays what it is
    const [uri, local] =
      end < 0 ? [full.slice(0, colon + 1), full.slice(colon + 1)] : [full.slice(1, end), full.slice(end + 1)];
    if (uri === '') return inexpressible('namespace', `${path}: ${member.slice(0, 80)} has an empty namespace.`, path);
    return `${this.prefix(uri, member.slice(0, member.indexOf(':')))}:${xmlName(local, path)}`;
  }

  /** A text with its CURIE expanded: prefixes mean nothing in the values of XML. */
  text(value: string): string {
    const trimmed = value.trim();
    const uri = expandCurie(trimmed, this.#context);
    return uri === trimmed ? value : uri;
  }

  word(vocabulary: Vocabulary, value: string): string {
    const uri = this.text(value.trim());
    const word = bareWordOf(vocabulary, uri);
    if (!vocabulary.words.has(word)) return uri;
    return (this.#writing.cbv === 'urn' ? (vocabulary.urn ?? vocabulary.web) : vocabulary.web) + word;
  }

  /** An extension: one element, or one for each element of a list. */
  extension(member: string, value: unknown, path: string): string[] {
    if (Array.isArray(value)) return value.flatMap((item) => this.extension(member, item, path));
    const name = this.name(member.startsWith('@') ? member.slice(1) : member, path);
    if (value === null) return [xmlLeaf(name, [[`${this.prefix(XSI, 'xsi')}:nil`, 'true']], '', path)];
    const scalar = scalarOf(value);
    if (scalar) return [xmlLeaf(name, this.#typed(scalar.type), this.text(scalar.text), path)];
    return isFields(value) ? [this.content(name, value, path)] : [];
  }

  #typed(type: string | undefined): Attributes {
    if (type === undefined) return [];
    return [[`${this.prefix(XSI, 'xsi')}:type`, `${this.prefix(XSD, 'xsd')}:${type}`]];
  }

  /** An element named `name` with the members of an extension object; `first` are attributes of its own. */
  content(name: string, fields: Fields, path: string, first: Attributes = []): string {
    const attributes = [...first];
    const children: string[] = [];
    let text: { text: string; type?: string } = { text: '' };
    for (const [member, value] of Object.entries(fields)) {
      if (isDeclaration(member)) continue;
      const inner = `${path}/${member}`;
      const scalar = scalarOf(value);
      if (member === '#text') text = scalar ?? text;
      else if (member.startsWith('@') && member !== '@' && scalar) {
        attributes.push([this.name(member.slice(1), inner), this.text(scalar.text)]);
      } else children.push(...this.extension(member, value, inner));
    }
    attributes.push(...this.#typed(text.type));
    if (children.length === 0) return xmlLeaf(name, attributes, this.text(text.text), path);
    if (text.text.trim() === '') return xmlParent(name, attributes, children, path);
    // text and elements mixed: nothing may be put between them
    return xmlLeaf(name, attributes, text.text, path).replace(/<\/[^<]*$/, '') + children.join('') + `</${name}>`;
  }
}

type MemberWriter = (name: string, value: unknown, writer: XmlWriter, path: string) => string[];

const textOf = (value: unknown): string => scalarOf(value)?.text ?? '';
const isScalar = (value: unknown): boolean => scalarOf(value) !== undefined;

/** A value of a shape that the standard does not know is written as an extension would be. */
const orElse =
  (holds: (value: unknown) => boolean, write: MemberWriter): MemberWriter =>
  (name, value, writer, path) =>
    holds(value) ? write(name, value, writer, path) : writer.extension(name, value, path);

const plain = orElse(isScalar, (name, value, writer, path) => [xmlLeaf(name, [], writer.text(textOf(value)), path)]);
const word = (vocabulary: Vocabulary): MemberWriter =>
  orElse(isScalar, (name, value, writer, path) => [xmlLeaf(name, [], writer.word(vocabulary, textOf(value)), path)]);
/** One element each. */
const several =
  (write: MemberWriter): MemberWriter =>
  (name, value, writer, path) =>
    (Array.isArray(value) ? value : [value]).flatMap((item) => write(name, item, writer, path));
/** A list's element with one element each in it. */
const listOf = (element: string, write: MemberWriter): MemberWriter =>
  orElse(Array.isArray, (name, value, writer, path) => [
    xmlParent(
      name,
      [],
      (value as unknown[]).flatMap((item, i) => write(element, item, writer, `${path}/${i}`)),
      path,
    ),
  ]);

/** An object whose known members come first, in order, and its extensions after. */
const part = (members: Record<string, MemberWriter>): MemberWriter =>
  orElse(isFields, (name, value, writer, path) => {
    const fields = value as Fields;
    const known = Object.entries(members).flatMap(([member, write]) =>
      fields[member] === undefined ? [] : write(member, fields[member], writer, `${path}/${member}`),
    );
    const others = Object.keys(fields).filter((member) => !Object.hasOwn(members, member) && member !== '@context');
    const rest = others.flatMap((member) => writer.extension(member, fields[member], `${path}/${member}`));
    return [xmlParent(name, [], [...known, ...rest], path)];
  });

/** `type` as attribute, the value as text. */
const typed = (element: string, vocabulary: Vocabulary): MemberWriter =>
  listOf(
    element,
    orElse(isFields, (name, value, writer, path) => {
      const { type, [element]: text, ...rest } = value as Fields;
      const attributes: Attributes = type === undefined ? [] : [['type', writer.word(vocabulary, textOf(type))]];
      const others = Object.keys(rest).length > 0;
      if (others) return [writer.content(name, { ...rest, '#text': textOf(text) }, path, attributes)];
      return [xmlLeaf(name, attributes, writer.text(textOf(text)), path)];
    }),
  );

/** Everything an attribute, in the order given; what is no scalar has no place there and becomes an element. */
const attributesOf = (words: Record<string, Vocabulary>): MemberWriter =>
  orElse(isFields, (name, value, writer, path) => {
    const attributes: [string, string][] = [];
    const children: string[] = [];
    for (const [member, one] of Object.entries(value as Fields)) {
      const inner = `${path}/${member}`;
      const vocabulary = Object.hasOwn(words, member) ? words[member] : undefined;
      if (!isScalar(one)) children.push(...writer.extension(member, one, inner));
      else {
        const text = vocabulary ? writer.word(vocabulary, textOf(one)) : writer.text(textOf(one));
        attributes.push([writer.name(member.replace(/^@/, ''), inner), text]);
      }
    }
    return [xmlParent(name, attributes, children, path)];
  });

const epcs = listOf('epc', plain);
const quantities = listOf('quantityElement', part({ epcClass: plain, quantity: plain, uom: plain }));
const place = part({ id: plain });
const open = part({});

const MEMBERS: Record<string, MemberWriter> = {
  errorDeclaration: part({
    declarationTime: plain,
    reason: word(ERROR_REASON),
    correctiveEventIDs: listOf('correctiveEventID', plain),
  }),
  certificationInfo: several(plain),
  epcList: epcs,
  childEPCs: epcs,
  inputEPCList: epcs,
  outputEPCList: epcs,
  quantityList: quantities,
  childQuantityList: quantities,
  inputQuantityList: quantities,
  outputQuantityList: quantities,
  bizStep: word(BIZ_STEP),
  disposition: word(DISPOSITION),
  persistentDisposition: part({ unset: several(word(DISPOSITION)), set: several(word(DISPOSITION)) }),
  readPoint: place,
  bizLocation: place,
  bizTransactionList: typed('bizTransaction', BIZ_TRANSACTION_TYPE),
  sourceList: typed('source', SOURCE_DEST_TYPE),
  destinationList: typed('destination', SOURCE_DEST_TYPE),
  sensorElementList: listOf(
    'sensorElement',
    part({
      sensorMetadata: attributesOf({}),
      sensorReport: several(attributesOf({ type: MEASUREMENT, exception: SENSOR_ALERT, component: COMPONENT })),
    }),
  ),
  ilmd: open,
};
for (const name of [
  'eventTime',
  'recordTime',
  'eventTimeZoneOffset',
  'eventID',
  'parentID',
  'action',
  'transformationID',
  'epcClass',
  'quantity',
]) {
  MEMBERS[name] = plain;
}

/** Lists that 1.2 wants even where they are empty. */
const WANTED_12: Record<string, string> = {
  ObjectEvent: 'epcList',
  AggregationEvent: 'childEPCs',
  TransactionEvent: 'epcList',
};
/** What belongs to an event's head and has no place of its own there in 1.2. */
const HEAD_MEMBERS = new Set(['certificationInfo']);

/** Takes members out of `parts` into the order of a type; `take` says which may go into a wrapper's wildcard. */
function inOrder(type: ComplexType, parts: Parts, version: XmlVersion, isHead = false): string[] {
  return type.slots.flatMap((slot) => {
    if (slot.wildcard === 'other') return taken(parts, (name) => name.includes(':'));
    if (slot.wildcard === 'local')
      return taken(parts, (name) => !name.includes(':') && (!isHead || HEAD_MEMBERS.has(name)));
    return [...slot.names].flatMap(([name, typeName]) => {
      if (!WRAPPERS.has(name)) return taken(parts, (one) => one === name);
      const wrapper = schema(version).complex(typeName);
      // in 2.0 a wrapper has nothing to hold
      const inner =
        wrapper && version === '1.2' ? inOrder(wrapper, parts, version, isHead || name === 'baseExtension') : [];
      return inner.length > 0 ? [xmlParent(name, [], inner, '')] : [];
    });
  });
}

function taken(parts: Parts, fits: (name: string) => boolean): string[] {
  const names = [...parts.keys()].filter(fits);
  const elements = names.flatMap((name) => parts.get(name) ?? []);
  for (const name of names) parts.delete(name);
  return elements;
}

/** Where an event of a type stands in the list of 1.2: wrappers around it, the outermost first. */
const WRAPPED_12: Record<string, number> = { TransformationEvent: 1, AssociationEvent: 2 };

/**
 * One event as element, with the declarations that it needs and in the wrappers that its version wants around it.
 * Throws AppError `invalid` for what XML, or this version of it, cannot express.
 */
export function writeXmlEvent(event: unknown, writing: XmlWriting): string {
  const { name, element } = elementOf(event, writing);
  return wrapped(element, name.includes(':') ? 1 : writing.version === '1.2' ? (WRAPPED_12[name] ?? 0) : 0);
}

export const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A bare event as a text of its own. Throws as `writeXmlEvent` does, and for a type of the user's own. */
export function writeXmlAlone(event: unknown, writing: XmlWriting): string {
  const { name, element } = elementOf(event, { ...writing, declared: new Map() });
  if (!name.includes(':')) return `${DECLARATION}${element}\n`;
  return inexpressible(
    'event-type',
    'In XML an event of a type of its own stands in a document, never alone.',
    '/type',
  );
}

function elementOf(event: unknown, writing: XmlWriting): { name: string; element: string } {
  if (!isFields(event)) return inexpressible('type', 'An event must be an object.', '');
  const context = event['@context'] === undefined ? writing.context : readContext(event['@context'], writing.context);
  const writer = new XmlWriter(writing, withDeclarations(event, context));
  const type = textOf(event['type']);
  const { version } = writing;
  if (type === 'QuantityEvent' && version === '2.0') {
    const message =
      'EPCIS 2.0 has no QuantityEvent; an ObjectEvent with quantityList and action OBSERVE says the same.';
    return inexpressible('version', message, '/type');
  }
  const parts = partsOf(event, writer);
  const wanted = version === '1.2' ? WANTED_12[type] : undefined;
  if (wanted !== undefined && !parts.has(wanted)) parts.set(wanted, [`<${wanted}/>`]);
  // an association is unknown in 1.2 and stands there as it does in 2.0
  const own = type === 'AssociationEvent' ? '2.0' : version;
  const known = schema(own).complex(type) ?? schema(own).complex('ObjectEvent');
  const ordered = known ? inOrder(known, parts, own) : [];
  const name = eventName(type, writer);
  return { name, element: xmlParent(name, writer.declarations, [...ordered, ...[...parts.values()].flat()], '') };
}

function partsOf(event: Fields, writer: XmlWriter): Parts {
  const parts: Parts = new Map();
  for (const [member, value] of Object.entries(event)) {
    if (member === '@context' || member === 'type' || value === undefined) continue;
    const write = Object.hasOwn(MEMBERS, member) ? MEMBERS[member] : undefined;
    const elements = write ? write(member, value, writer, `/${member}`) : writer.extension(member, value, `/${member}`);
    if (elements.length > 0) parts.set(member, elements);
  }
  return parts;
}

/** The element's name for a type of the user's own, which is a URI: its namespace ends where its last name begins. */
function eventName(type: string, writer: XmlWriter): string {
  const uri = writer.text(type);
  if (!uri.includes(':')) return xmlName(uri, '/type');
  const local = /[\p{L}_][\p{L}\p{N}\p{M}._-]*$/u.exec(uri)?.[0] ?? '';
  const namespace = uri.slice(0, uri.length - local.length);
  if (local === '' || namespace === '')
    return inexpressible('name', `/type: ${uri.slice(0, 80)} ends in no name.`, '/type');
  return `${writer.prefix(namespace, type.slice(0, type.indexOf(':')))}:${local}`;
}

const wrapped = (element: string, times: number): string =>
  times === 0 ? element : wrapped(xmlParent('extension', [], [element], ''), times - 1);
