import { expandName, GS1_CONTEXT, IGNORE_FIELDS, readContext } from './context.ts';
import { isFields } from './hash-value.ts';
import { PLAIN_HEADER } from './xml-head.ts';
import { type Attributes, xmlLeaf, xmlParent } from './xml-text.ts';
import { DECLARATION, fitsXml, XmlWriter, type XmlWriting } from './xml-write.ts';
import { NAMESPACES, SBDH } from './xsd-table.ts';

/*
 * What stands around the events, written as XML: the root, header with Standard Business Document Header and master
 * data, and extensions of the document.
 */

type Fields = Record<string, unknown>;

/** A document with a hole where its events go. */
export interface XmlFrame {
  before: string;
  /** Put in front of every line of an event; undefined where there is no room for events beside vocabularies. */
  indent: string | undefined;
  after: string;
}

const DOCUMENT_MEMBERS = new Set([
  '@context',
  'type',
  'schemaVersion',
  'creationDate',
  'epcisHeader',
  'epcisBody',
  'id',
  'sender',
  'receiver',
  'instanceIdentifier',
]);
const HOLE = '<hole/>';

const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Namespaces that the root of a document declares: those of its own `@context` whose prefixes XML can have too. */
export function declaredBy(around: Fields): Map<string, string> {
  const declared = new Map<string, string>();
  for (const [prefix, uri] of readContext(around['@context']).prefixes) {
    if (GS1_CONTEXT.prefixes.get(prefix) === uri || !fitsXml(prefix, uri) || uri === `${prefix}:`) continue;
    declared.set(uri, prefix);
  }
  return declared;
}

/** Extensions of a document or of query results; `ignoreFields` names elements. */
function extensions(
  writer: XmlWriter,
  fields: Fields,
  known: ReadonlySet<string>,
  writing: XmlWriting,
): { first: string[]; rest: string[] } {
  const first: string[] = [];
  const rest: string[] = [];
  for (const [member, value] of Object.entries(fields)) {
    if (known.has(member) || member.startsWith('@')) continue;
    if (expandName(member, writing.context) === IGNORE_FIELDS) {
      const names = (Array.isArray(value) ? value : [value]).map((one) => writer.name(String(one), `/${member}`));
      first.push(
        xmlParent(
          writer.name(member, ''),
          [],
          names.map((name) => `<${name}/>`),
          '',
        ),
      );
    } else rest.push(...writer.extension(member, value, `/${member}`));
  }
  return { first, rest };
}

function masterData(writer: XmlWriter, list: unknown): string {
  const vocabularies = (Array.isArray(list) ? list : []).map((vocabulary) => {
    const { type, vocabularyElementList: elements, ...others } = fieldsOf(vocabulary);
    const inner = Array.isArray(elements)
      ? [
          xmlParent(
            'VocabularyElementList',
            [],
            elements.map((element) => vocabularyElement(writer, fieldsOf(element))),
            '',
          ),
        ]
      : [];
    return xmlParent('Vocabulary', [['type', textOf(type)]], [...inner, ...members(writer, others)], '');
  });
  return xmlParent('VocabularyList', [], vocabularies, '');
}

const members = (writer: XmlWriter, fields: Fields): string[] =>
  Object.entries(fields).flatMap(([member, value]) => writer.extension(member, value, `/${member}`));

function vocabularyElement(writer: XmlWriter, { id, attributes, children, ...others }: Fields): string {
  const named = (Array.isArray(attributes) ? attributes : []).map((one) => {
    const { id: attributeId, attribute } = fieldsOf(one);
    const content = isFields(attribute) ? attribute : { '#text': attribute ?? '' };
    return writer.content('attribute', content, '/attributes', [['id', textOf(attributeId)]]);
  });
  const list = Array.isArray(children)
    ? [
        xmlParent(
          'children',
          [],
          children.map((child) => xmlLeaf('id', [], String(child), '/children')),
          '',
        ),
      ]
    : [];
  return xmlParent('VocabularyElement', [['id', textOf(id)]], [...named, ...list, ...members(writer, others)], '');
}

/** A Standard Business Document Header that says what JSON's three members say, and nothing that nobody said. */
function plainHeader(writer: XmlWriter, { sender, receiver, instanceIdentifier, creationDate }: Fields): string {
  const prefix = writer.prefix(SBDH, 'sbdh');
  const leaf = (local: string, text: unknown): string => xmlLeaf(`${prefix}:${local}`, [], textOf(text), `/${local}`);
  const parent = (local: string, children: string[]): string => xmlParent(`${prefix}:${local}`, [], children, '');
  return parent('StandardBusinessDocumentHeader', [
    leaf('HeaderVersion', PLAIN_HEADER.HeaderVersion),
    parent('Sender', [leaf('Identifier', sender)]),
    parent('Receiver', [leaf('Identifier', receiver)]),
    parent('DocumentIdentification', [
      leaf('Standard', PLAIN_HEADER.Standard),
      leaf('TypeVersion', PLAIN_HEADER.TypeVersion),
      leaf('InstanceIdentifier', instanceIdentifier),
      leaf('Type', PLAIN_HEADER.Type),
      leaf('CreationDateAndTime', creationDate),
    ]),
  ]);
}

function header(writer: XmlWriter, document: Fields, { version, context }: XmlWriting): string[] {
  const { epcisMasterData: data, ...others } = fieldsOf(document['epcisHeader']);
  const isHeader = (member: string): boolean =>
    expandName(member, context) === `{${SBDH}}StandardBusinessDocumentHeader`;
  const own = Object.entries(others).filter(([member]) => isHeader(member));
  const rest = Object.entries(others).filter(([member]) => !isHeader(member));
  const says = ['sender', 'receiver', 'instanceIdentifier'].some((member) => document[member] !== undefined);
  const hasMore = data !== undefined || rest.length > 0;
  const business =
    own.length > 0
      ? own.flatMap(([member, value]) => writer.extension(member, value, `/epcisHeader/${member}`))
      : says || (version === '1.2' && hasMore)
        ? [plainHeader(writer, document)]
        : [];
  const { vocabularyList, ...moreData } = fieldsOf(data);
  const inner =
    data === undefined
      ? []
      : [xmlParent('EPCISMasterData', [], [masterData(writer, vocabularyList), ...members(writer, moreData)], '')];
  const wrapped = inner.length === 0 ? [] : [xmlParent('extension', [], inner, '')];
  // the header of 2.0 has room for attributes of others, not for their elements
  const attributes = rest.flatMap(([member, value]) =>
    version === '2.0' && typeof value === 'string' && value.trim() === value
      ? [[writer.name(member, `/epcisHeader/${member}`), value] as const]
      : [],
  );
  const elements = attributes.length === rest.length ? [] : members(writer, Object.fromEntries(rest));
  const all = [...business, ...wrapped, ...elements];
  if (all.length === 0 && attributes.length === 0) return [];
  return [xmlParent('EPCISHeader', elements.length > 0 ? [] : attributes, all, '')];
}

function queryBody(writer: XmlWriter, body: unknown, prefix: string, writing: XmlWriting): string {
  const results = fieldsOf(fieldsOf(body)['queryResults']);
  const { vocabularyList } = fieldsOf(results['resultsBody']);
  const { first, rest } = extensions(writer, results, new Set(['queryName', 'subscriptionID', 'resultsBody']), writing);
  const leaves = ['queryName', 'subscriptionID'].flatMap((name) =>
    results[name] === undefined ? [] : [xmlLeaf(name, [], textOf(results[name]), `/${name}`)],
  );
  const content = vocabularyList === undefined ? HOLE : masterData(writer, vocabularyList);
  const body1 = xmlParent('resultsBody', [], [content], '');
  return xmlParent(
    'EPCISBody',
    [],
    [xmlParent(`${prefix}:QueryResults`, [], [...first, ...leaves, body1, ...rest], '')],
    '',
  );
}

/**
 * The document around its events. `around` is in the shape of JSON; `now` stands in for a creationDate that a query
 * document need not have in JSON and must have in XML. Throws AppError `invalid` for what XML cannot express.
 */
export function writeXmlFrame(around: Fields, writing: XmlWriting, now: string): XmlFrame {
  const query = around['type'] === 'EPCISQueryDocument';
  const writer = new XmlWriter(writing);
  const prefix = query ? 'epcisq' : 'epcis';
  const document = { ...around, creationDate: around['creationDate'] ?? now };
  const top = header(writer, document, writing);
  const { first, rest } = extensions(writer, around, DOCUMENT_MEMBERS, writing);
  const body = query ? queryBody(writer, around['epcisBody'], prefix, writing) : xmlParent('EPCISBody', [], [HOLE], '');
  const attributes: Attributes = [
    [`xmlns:${prefix}`, NAMESPACES[writing.version][prefix]],
    ...[...writing.declared].map(([uri, name]) => [`xmlns:${name}`, uri] as const),
    ...writer.declarations,
    ['schemaVersion', writing.version],
    ['creationDate', document.creationDate as string],
    ...(around['id'] === undefined ? [] : [['id', textOf(around['id'])] as const]),
    ...Object.entries(around).flatMap(([member, value]) =>
      member.startsWith('@') && member !== '@context'
        ? [[writer.name(member.slice(1), ''), String(value)] as const]
        : [],
    ),
  ];
  const text = xmlParent(`${prefix}:${String(around['type'])}`, attributes, [...first, ...top, body, ...rest], '');
  const at = text.indexOf(HOLE);
  if (at < 0) return { before: `${DECLARATION}${text}\n`, indent: undefined, after: '' };
  const [before, after] = [text.slice(0, at), text.slice(at + HOLE.length)];
  const indent = /[^\n]*$/.exec(before)?.[0] ?? '';
  return {
    before: `${DECLARATION}${before}<EventList>\n`,
    indent: `${indent}  `,
    after: `${indent}</EventList>${after}\n`,
  };
}
