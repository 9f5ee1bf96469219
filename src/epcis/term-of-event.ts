import { type Context, expandCurie, expandName, readContext } from './context.ts';
import type { EpcisEvent } from './event.ts';
import type { Scope } from './query-table.ts';
import { instantOf } from './syntax.ts';
import { severalKey, termKey, type TermValue } from './term.ts';
import { measure } from './unit.ts';
import { bareWordOf, DISPOSITION, ERROR_REASON, MEASUREMENT, type Vocabulary } from './vocabulary.ts';

type Fields = Record<string, unknown>;

/** The name under which the terms of an extension stand; `name` is `{namespace}local` or an absolute URI. */
export const extensionName = (scope: Scope, inner: boolean, name: string): string =>
  `${scope}${inner ? ' inner' : ''} ${name.replace(/^\{([^}]*)\}/, '$1')}`;

/** The name under which values in a unit stand: values of one dimension compare with each other. */
export const measuredName = (field: string, dimension: string): string => `${field} ${dimension}`;

const SENSOR_VALUES = ['value', 'minValue', 'maxValue', 'meanValue', 'sDev', 'percValue'] as const;
const SENSOR_URIS = [
  'deviceID',
  'dataProcessingMethod',
  'bizRules',
  'microorganism',
  'chemicalSubstance',
  'uriValue',
] as const;
const SENSOR_TIMES = ['time', 'startTime', 'endTime'] as const;
const QUANTITIES = ['quantityList', 'childQuantityList', 'inputQuantityList', 'outputQuantityList'] as const;

/** A decimal number in full. */
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** The number that a text is; undefined where it is none. */
export const numberOfText = (text: string): number | undefined =>
  NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objects = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isObject) : []);
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

const textOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');

/** Gathers the terms of one event. */
class Terms {
  readonly keys = new Map<string, Uint8Array>();
  readonly context: Context;

  constructor(context: Context) {
    this.context = context;
  }

  add(name: string, value: TermValue): void {
    const key = termKey(name, value);
    this.keys.set(textOf(key), key);
  }

  text(name: string, value: unknown): void {
    if (typeof value === 'string') this.add(name, { kind: 'text', value });
  }

  uri(name: string, value: unknown): void {
    if (typeof value === 'string') this.add(name, { kind: 'uri', value: expandCurie(value, this.context) });
  }

  word(name: string, vocabulary: Vocabulary, value: unknown): void {
    if (typeof value === 'string') this.text(name, bareWordOf(vocabulary, expandCurie(value, this.context)));
  }

  instant(name: string, value: unknown): void {
    const instant = typeof value === 'string' ? instantOf(value) : undefined;
    if (instant !== undefined) this.add(name, { kind: 'instant', value: instant });
  }

  measured(name: string, value: unknown, uom: unknown): void {
    if (typeof value !== 'number' || typeof uom !== 'string') return;
    const { dimension, value: base } = measure(value, uom, name === 'sensor.sDev');
    this.add(measuredName(name, dimension), { kind: 'number', value: base });
  }

  /** The members of `holder` that are extensions, and what stands inside them. */
  extensions(holder: Fields, scope: Scope): void {
    for (const name in holder) {
      if (name.includes(':')) this.#extension(scope, false, name, holder[name]);
    }
  }

  #extension(scope: Scope, inner: boolean, name: string, value: unknown): void {
    // what has no namespace, and the attributes of XML, cannot be asked for
    const asked = name.includes(':') && !name.startsWith('@');
    const full = asked ? extensionName(scope, inner, expandName(name, this.context)) : undefined;
    for (const item of listOf(value).flat(Infinity)) {
      if (isObject(item)) {
        if (full !== undefined) this.#leaf(full, item['#text'] ?? null);
        for (const [member, below] of Object.entries(item)) this.#extension(scope, true, member, below);
      } else if (full !== undefined) this.#leaf(full, item);
    }
  }

  #leaf(name: string, value: unknown): void {
    if (typeof value === 'number') return this.add(name, { kind: 'number', value });
    if (typeof value !== 'string' && typeof value !== 'boolean') return this.add(name, { kind: 'none' });
    const text = String(value);
    const instant = instantOf(text);
    if (instant !== undefined) return this.add(name, { kind: 'instant', value: instant });
    const number = numberOfText(text);
    if (number !== undefined) this.add(name, { kind: 'number', value: number, written: true });
    this.text(name, text);
  }
}

function sensorTerms(terms: Terms, elements: readonly Fields[]): void {
  if (elements.length > 0) terms.add('sensorElementList', { kind: 'none' });
  for (const element of elements) {
    terms.extensions(element, 'sensorElement');
    const { sensorMetadata: metadata } = element;
    if (isObject(metadata)) {
      commonTerms(terms, metadata);
      terms.extensions(metadata, 'sensorMetadata');
    }
    for (const report of objects(element['sensorReport'])) {
      commonTerms(terms, report);
      reportTerms(terms, report);
      terms.extensions(report, 'sensorReport');
    }
  }
}

/** What may stand in the metadata and in each report. */
function commonTerms(terms: Terms, holder: Fields): void {
  for (const name of SENSOR_TIMES) terms.instant(`sensor.${name}`, holder[name]);
  for (const name of SENSOR_URIS) terms.uri(`sensor.${name}`, holder[name]);
}

function reportTerms(terms: Terms, report: Fields): void {
  terms.word('sensor.type', MEASUREMENT, report['type']);
  terms.text('sensor.stringValue', report['stringValue']);
  const { hexBinaryValue: hex, booleanValue: flag, percRank } = report;
  if (typeof hex === 'string') terms.text('sensor.hexBinaryValue', hex.toUpperCase());
  if (typeof flag === 'boolean') terms.text('sensor.booleanValue', String(flag));
  if (typeof percRank === 'number') terms.add('sensor.percRank', { kind: 'number', value: percRank });
  for (const name of SENSOR_VALUES) terms.measured(`sensor.${name}`, report[name], report['uom']);
}

function declarationTerms(terms: Terms, declaration: Fields): void {
  terms.instant('errorDeclarationTime', declaration['declarationTime']);
  terms.word('errorReason', ERROR_REASON, declaration['reason']);
  for (const id of listOf(declaration['correctiveEventIDs'])) terms.text('correctiveEventID', id);
  terms.extensions(declaration, 'errorDeclaration');
}

/** The keys, and a mark beside those of which there are several to compare under one name. */
function withMarks(keys: readonly Uint8Array[]): Uint8Array[] {
  const marks = new Map<string, { key: Uint8Array; count: number }>();
  for (const one of keys) {
    const key = severalKey(one);
    if (!key) continue;
    const mark = marks.get(textOf(key)) ?? { key, count: 0 };
    mark.count += 1;
    marks.set(textOf(key), mark);
  }
  return [...keys, ...[...marks.values()].filter(({ count }) => count > 1).map(({ key }) => key)];
}

/** The keys of all terms of a normalised event, each once; [] for an event that has nothing beyond the columns. */
export function termsOf(event: EpcisEvent): Uint8Array[] {
  const fields = event as Fields;
  const terms = new Terms(readContext(fields['@context']));
  terms.extensions(fields, 'event');
  for (const scope of ['ilmd', 'readPoint', 'bizLocation'] as const) {
    const holder = fields[scope];
    if (isObject(holder)) terms.extensions(holder, scope);
  }
  const { errorDeclaration, persistentDisposition } = fields;
  if (isObject(errorDeclaration)) declarationTerms(terms, errorDeclaration);
  if (isObject(persistentDisposition)) {
    for (const way of ['set', 'unset']) {
      for (const word of listOf(persistentDisposition[way]))
        terms.word(`persistentDisposition.${way}`, DISPOSITION, word);
    }
  }
  for (const list of QUANTITIES) {
    for (const { quantity, uom } of objects(fields[list])) {
      if (typeof quantity === 'number') terms.add('quantity', { kind: 'number', value: quantity });
      terms.measured('quantity', quantity, uom);
    }
  }
  sensorTerms(terms, objects(fields['sensorElementList']));
  return withMarks([...terms.keys.values()]);
}
