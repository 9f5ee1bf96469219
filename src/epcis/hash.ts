import { hash } from 'node:crypto';
import { type Context, expandName, GS1_CONTEXT, isDeclaration, readContext, withDeclarations } from './context.ts';
import { isFields, timeText, Values } from './hash-value.ts';
import {
  BIZ_STEP,
  BIZ_TRANSACTION_TYPE,
  COMPONENT,
  DISPOSITION,
  MEASUREMENT,
  SENSOR_ALERT,
  SOURCE_DEST_TYPE,
  type Vocabulary,
} from './vocabulary.ts';

/*
 * The event hash of CBV 2.0 section 8.9 (epcis.md section 9). One pass: each writer turns a member straight into its
 * part of the pre-hash string; the tables hold the standard's order.
 */

type Fields = Record<string, unknown>;
type Writer = (name: string, value: unknown, values: Values) => string;
type Table = readonly (readonly [name: string, write: Writer])[];

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

const SURROGATE = /[\uD800-\uDFFF]/;

/** Order of code points, where JavaScript compares UTF-16 units: they differ only above U+FFFF. */
function byCodePoint(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return Number(x >= 0xd800 && x <= 0xdfff) - Number(y >= 0xd800 && y <= 0xdfff) || x - y;
  }
  return a.length - b.length;
}

const isSorted = (parts: readonly string[]): boolean => {
  for (let i = 1; i < parts.length; i++) if (parts[i - 1]! > parts[i]!) return false;
  return true;
};

const sorted = (parts: string[]): string => {
  if (parts.length < 2) return parts[0] ?? '';
  const text = (isSorted(parts) ? parts : parts.sort()).join('');
  return SURROGATE.test(text) ? parts.sort(byCodePoint).join('') : text;
};

const named = (name: string, text: string): string => (text === '' ? '' : `${name}=${text}`);
const plain: Writer = (name, value, values) =>
  isFields(value) || Array.isArray(value) ? extension(name, value, values) : named(name, values.text(value));
const time: Writer = (name, value, values) =>
  typeof value === 'string' ? named(name, timeText(value.trim())) : plain(name, value, values);
/** Stays as it is but for white space: `+01:00` is no number. */
const verbatim: Writer = (name, value) => (typeof value === 'string' ? named(name, value.trim()) : '');
const word =
  (vocabulary: Vocabulary): Writer =>
  (name, value, values) =>
    named(name, values.text(value, vocabulary));

/** A list's name once, then its elements, each a string of its own, sorted. */
const list =
  (element: (value: unknown, values: Values) => string): Writer =>
  (name, value, values) => {
    const parts: string[] = [];
    for (const item of listOf(value)) {
      const part = element(item, values);
      if (part !== '') parts.push(part);
    }
    return parts.length === 0 ? '' : name + sorted(parts);
  };

/** A list without a name of its own: the element's name is written for each. */
const repeated =
  (write: Writer): Writer =>
  (name, value, values) =>
    sorted(listOf(value).map((item) => write(name, item, values)));

/** A parent: its table's members in order, then whatever else it holds, as extensions. */
function members(table: Table, value: unknown, values: Values): string {
  if (!isFields(value)) return '';
  let text = '';
  for (const [name, write] of table) if (value[name] !== undefined) text += write(name, value[name], values);
  return text + extensions(value, namesOf(table), values);
}

const NAMES = new WeakMap<Table, ReadonlySet<string>>();
function namesOf(table: Table): ReadonlySet<string> {
  let names = NAMES.get(table);
  if (!names) NAMES.set(table, (names = new Set(table.map(([name]) => name))));
  return names;
}

const parent =
  (table: Table): Writer =>
  (name, value, values) => {
    const text = members(table, value, values);
    return text === '' ? '' : name + text;
  };

const COMMENT = new Set(['comment', '{http://www.w3.org/2000/01/rdf-schema#}comment', 'rdfs:comment', '#comment']);

/** All members but the known ones, each under its expanded name, sorted by the resulting string. */
function extensions(holder: Fields, known: ReadonlySet<string>, values: Values, ignore?: ReadonlySet<string>): string {
  let parts: string[] | undefined;
  for (const name in holder) {
    if (known.has(name) || name === '@context' || !Object.hasOwn(holder, name)) continue;
    if (isDeclaration(name)) {
      values.metDeclaration = true;
      continue;
    }
    const full = expandName(name.startsWith('@') ? name.slice(1) : name, values.context);
    if (COMMENT.has(full) || ignore?.has(full)) continue;
    const text = extension(full, holder[name], values);
    if (text !== '') (parts ??= []).push(text);
  }
  return parts ? sorted(parts) : '';
}

const TEXT = '#text';
const ONLY_TEXT: ReadonlySet<string> = new Set([TEXT]);

function extension(name: string, value: unknown, values: Values): string {
  // a list in a list is one list, in XML as in JSON-LD's sets
  if (Array.isArray(value)) return sorted(value.flat(Infinity).map((item) => extension(name, item, values)));
  if (!isFields(value)) return named(name, values.text(value));
  const inner = extensions(value, ONLY_TEXT, values);
  const text = value[TEXT] === undefined ? '' : values.text(value[TEXT]);
  if (text === '' && inner === '') return '';
  return (text === '' ? name : `${name}=${text}`) + inner;
}

const QUANTITY_ELEMENT: Table = [
  ['epcClass', plain],
  ['quantity', plain],
  ['uom', plain],
];
const epcs = list((item, values) => named('epc', values.text(item)));
const quantities = list((item, values) => parent(QUANTITY_ELEMENT)('quantityElement', item, values));
const typed = (name: string, vocabulary: Vocabulary): Writer => {
  const table: Table = [
    ['type', word(vocabulary)],
    [name, plain],
  ];
  return list((item, values) => members(table, item, values));
};

const PERSISTENT_DISPOSITION: Table = [
  ['set', repeated(word(DISPOSITION))],
  ['unset', repeated(word(DISPOSITION))],
];
const PLACE: Table = [['id', plain]];

const SENSOR_METADATA: Table = [
  ['time', time],
  ['startTime', time],
  ['endTime', time],
  ['deviceID', plain],
  ['deviceMetadata', plain],
  ['rawData', plain],
  ['dataProcessingMethod', plain],
  ['bizRules', plain],
];

const SENSOR_REPORT: Table = [
  ['type', word(MEASUREMENT)],
  ['exception', word(SENSOR_ALERT)],
  ['deviceID', plain],
  ['deviceMetadata', plain],
  ['rawData', plain],
  ['dataProcessingMethod', plain],
  ['time', time],
  ['microorganism', plain],
  ['chemicalSubstance', plain],
  ['value', plain],
  ['component', word(COMPONENT)],
  ['stringValue', plain],
  ['booleanValue', plain],
  ['hexBinaryValue', plain],
  ['uriValue', plain],
  ['minValue', plain],
  ['maxValue', plain],
  ['meanValue', plain],
  ['sDev', plain],
  ['percRank', plain],
  ['percValue', plain],
  ['uom', plain],
  ['coordinateReferenceSystem', plain],
];

const SENSOR_ELEMENT: Table = [
  ['sensorMetadata', parent(SENSOR_METADATA)],
  ['sensorReport', repeated(parent(SENSOR_REPORT))],
];

/** Fields of an event in the order of CBV section 8.9.1. */
const EVENT: Table = [
  ['eventTime', time],
  ['eventTimeZoneOffset', verbatim],
  ['certificationInfo', repeated(plain)],
  ['epcList', epcs],
  ['parentID', plain],
  ['inputEPCList', epcs],
  ['childEPCs', epcs],
  ['quantityList', quantities],
  ['childQuantityList', quantities],
  ['inputQuantityList', quantities],
  ['outputEPCList', epcs],
  ['outputQuantityList', quantities],
  ['action', plain],
  ['transformationID', plain],
  ['bizStep', word(BIZ_STEP)],
  ['disposition', word(DISPOSITION)],
  ['persistentDisposition', parent(PERSISTENT_DISPOSITION)],
  ['readPoint', parent(PLACE)],
  ['bizLocation', parent(PLACE)],
  ['bizTransactionList', typed('bizTransaction', BIZ_TRANSACTION_TYPE)],
  ['sourceList', typed('source', SOURCE_DEST_TYPE)],
  ['destinationList', typed('destination', SOURCE_DEST_TYPE)],
  ['sensorElementList', list((item, values) => parent(SENSOR_ELEMENT)('sensorElement', item, values))],
  ['ilmd', (name, value, values) => extension(name, value, values)],
];

/**
 * The order that the Python reference implementation has had since 2023: parentID first among identifiers, lists of
 * transactions, destinations and sources behind the sensors (epcis.md section 9). Known so that its hashes can be told.
 */
const DEVIATING: Table = (() => {
  const late = ['bizTransactionList', 'destinationList', 'sourceList'];
  const of = (name: string): Table[number][] => EVENT.filter(([one]) => one === name);
  return EVENT.flatMap((row) => {
    const [name] = row;
    if (name === 'parentID' || late.includes(name)) return [];
    if (name === 'epcList') return [...of('parentID'), row];
    return name === 'sensorElementList' ? [row, ...late.flatMap(of)] : [row];
  });
})();

/** Members that are no part of the hash, or are written elsewhere. */
const KNOWN: ReadonlySet<string> = new Set([
  ...EVENT.map(([name]) => name),
  'type',
  'eventID',
  'recordTime',
  'errorDeclaration',
]);

/**
 * The pre-hash string of an event, valid or not. `context` is the document's; the event's own `@context` is added.
 * Pass a `Values` of the same document to share what was already made canonical.
 */
export function prehash(event: unknown, context: Context | Values = GS1_CONTEXT): string {
  return prehashIn(EVENT, event, context);
}

function prehashIn(order: Table, event: unknown, context: Context | Values): string {
  if (!isFields(event)) return '';
  const outer = context instanceof Values ? context : new Values(context);
  const own = event['@context'] === undefined ? outer.context : readContext(event['@context'], outer.context);
  const values = own === outer.context ? outer : new Values(own);
  const text = written(order, event, values);
  // what is no part of the hash may declare namespaces too
  if (!values.metDeclaration && event['errorDeclaration'] === undefined) return text;
  values.metDeclaration = false;
  const declared = withDeclarations(event, own);
  return declared === own ? text : written(order, event, new Values(declared));
}

function written(order: Table, event: Fields, values: Values): string {
  let text = `eventType=${values.text(event['type'])}`;
  for (const [name, write] of order) if (event[name] !== undefined) text += write(name, event[name], values);
  return text + extensions(event, KNOWN, values, values.context.ignore);
}

const HASH_ID = /^ni:\/\/\/sha-256;([0-9a-f]{64})(?:\?ver=CBV2\.0)?$/i;

/**
 * Whose hash an event's eventID is: `standard` in the order of CBV 2.0, `deviating` in that of the Python reference
 * implementation; undefined where it is neither, or no hash at all. Arguments as of `prehash`.
 */
export function whoseHash(
  event: unknown,
  context: Context | Values = GS1_CONTEXT,
): 'standard' | 'deviating' | undefined {
  const eventID = isFields(event) ? event['eventID'] : undefined;
  const hex = typeof eventID === 'string' ? HASH_ID.exec(eventID)?.[1]?.toLowerCase() : undefined;
  if (hex === undefined) return undefined;
  const is = (order: Table): boolean => hashOf(prehashIn(order, event, context)).includes(hex);
  return is(EVENT) ? 'standard' : is(DEVIATING) ? 'deviating' : undefined;
}

/** The CBV 2.0 event hash, `ni:///sha-256;HEX?ver=CBV2.0`; arguments as of `prehash`. */
export const eventHash = (event: unknown, context: Context | Values = GS1_CONTEXT): string =>
  hashOf(prehash(event, context));

/** The event hash of a pre-hash string. */
export const hashOf = (text: string): string => `ni:///sha-256;${hash('sha256', text, 'hex')}?ver=CBV2.0`;
