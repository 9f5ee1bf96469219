// One condition of an event query as SQL: a row of the table below for each field that a condition can name.
import { type Condition, type KeyRange, keyRanges, TERM_FIELDS, termRanges } from '../epcis/index.ts';
import { AppError, messageOf } from '../error.ts';
import { keyOfUri } from '../gs1/index.ts';
import type { Role } from '../trace/fact.ts';
import { packEventId } from './event-id.ts';
import { typedKey } from './event-row.ts';
import { masterDataCondition } from './master-data-condition.ts';
import { INDEX_ROLES, roleCode } from './mention.ts';
import { byteaArray, textArray, type Value } from './sql.ts';

type Field = Condition['field'];
/** Adds a parameter and returns its `$n`. */
export type Bind = (value: Value) => string;
type Compile = (condition: Condition, bind: Bind) => string;

const COMPARISONS: Partial<Record<Condition['op'], string>> = { GE: '>=', LT: '<', GT: '>', LE: '<=' };

const refuse = (message: string): never => {
  throw new AppError('invalid', message, { rule: 'QueryParameterException' });
};

/** `any` of keys that are read once a statement, and not for each row. */
export const amongKeys = (keys: readonly Uint8Array[], bind: Bind): string =>
  `any((select ${bind(byteaArray(keys))}::text::bytea[])::bytea[])`;

const texts = ({ values }: Condition): string[] => values.map(String);

const anyText =
  (column: string): Compile =>
  (condition, bind) =>
    `${column} = any(${bind(textArray(texts(condition)))}::text::text[])`;

const compared =
  (column: string): Compile =>
  ({ parameter, op, values }, bind) => {
    const sign = COMPARISONS[op] ?? refuse(`${parameter} is not supported.`);
    return `${column} ${sign} ${bind(Number(values[0]))}`;
  };

/** Keys of identifiers as asked, in any spelling. */
export function keysOf({ parameter }: Condition, uris: readonly string[]): Uint8Array[] {
  return uris.map((uri) => {
    try {
      return keyOfUri(uri).key;
    } catch (error) {
      return refuse(`${parameter}: ${messageOf(error)}`);
    }
  });
}

/** That a column is one of these keys. */
const keyTest = (column: string, keys: readonly Uint8Array[], bind: Bind): string =>
  `${column} = any(${bind(byteaArray(keys))}::text::bytea[])`;

const anyKey =
  (column: string): Compile =>
  (condition, bind) =>
    keyTest(column, keysOf(condition, texts(condition)), bind);

/** A key, or a range of them, as a condition on `key`. */
export const within = ({ from, to }: KeyRange, bind: Bind): string =>
  to ? `key >= ${bind(from)}::bytea and key < ${bind(to)}::bytea` : `key = ${bind(from)}::bytea`;

/** What each value of a MATCH parameter names. A pattern that no range of keys can answer is refused. */
function rangesOf(condition: Condition, of: 'epc' | 'class'): KeyRange[] {
  return texts(condition).flatMap((uri) => {
    try {
      return keyRanges(uri, of) ?? refuse(`${condition.parameter}: ${uri} is a pattern that cannot be looked up.`);
    } catch (error) {
      return refuse(`${condition.parameter}: ${messageOf(error)}`);
    }
  });
}

/** All plain keys go in one list, so that its length does not lengthen the statement. */
export function keysIn(ranges: readonly KeyRange[], bind: Bind): string {
  const keys = ranges.filter(({ to }) => to === undefined).map(({ from }) => from);
  const tests = [
    ...(keys.length > 0 ? [`key = ${amongKeys(keys, bind)}`] : []),
    ...ranges.filter(({ to }) => to !== undefined).map((range) => within(range, bind)),
  ];
  return tests.length === 1 ? tests[0]! : `(${tests.map((test) => `(${test})`).join(' or ')})`;
}

/** Of an identifier row that answers to a condition: its roles, and the keys. */
export interface Mentions {
  roles: readonly number[];
  ranges: KeyRange[];
}

const typed =
  (role: 'bizTransaction' | 'source' | 'destination') =>
  (condition: Condition): Mentions => {
    const ranges = texts(condition).map((uri) => {
      try {
        return { from: typedKey(condition.name ?? '', uri, condition.parameter) };
      } catch (error) {
        return refuse(messageOf(error));
      }
    });
    return { roles: [INDEX_ROLES[role]], ranges };
  };

/** MATCH of single things: named ones, and those of a pattern. */
const matched =
  (...roles: Role[]) =>
  (condition: Condition): Mentions => ({ roles: roles.map(roleCode), ranges: rangesOf(condition, 'epc') });

/** MATCH of classes and lots. A class that an ILMD turned into a lot still answers to its name. */
const matchedClass =
  (...roles: Role[]) =>
  (condition: Condition): Mentions => ({
    roles: [...roles, 'written' as const].map(roleCode),
    ranges: rangesOf(condition, 'class'),
  });

/** Values that have no column of their own: rows under keys that keep their order. */
const term = (condition: Condition): Mentions => ({ roles: [INDEX_ROLES.term], ranges: termRanges(condition) });

const EPC: Role[] = ['epc', 'childEPC'];
const CLASS: Role[] = ['quantity', 'childQuantity'];

/** Fields that identifier rows answer to. */
const MENTIONED: Partial<Record<Field, (condition: Condition) => Mentions>> = {
  ...Object.fromEntries([...TERM_FIELDS].map((field) => [field, term])),
  bizTransaction: typed('bizTransaction'),
  source: typed('source'),
  destination: typed('destination'),
  epc: matched(...EPC),
  parentID: matched('parent'),
  inputEPC: matched('inputEPC'),
  outputEPC: matched('outputEPC'),
  anyEPC: matched(...EPC, 'parent', 'inputEPC', 'outputEPC'),
  epcClass: matchedClass(...CLASS),
  inputEPCClass: matchedClass('inputQuantity'),
  outputEPCClass: matchedClass('outputQuantity'),
  anyEPCClass: matchedClass(...CLASS, 'inputQuantity', 'outputQuantity'),
};

/** The identifier rows that meet a condition; undefined for one on columns. Throws as compileCondition does. */
export const mentionsOf = (condition: Condition): Mentions | undefined => MENTIONED[condition.field]?.(condition);

/** Alternatives that are looked for one by one beside each event; more are gathered once. */
const PROBED_KEYS_MAX = 20;

const rowsOf = ({ roles, ranges }: Mentions, bind: Bind): string =>
  `from mention where tenant_id = $1 and role in (${roles.join(', ')}) and ${keysIn(ranges, bind)}`;

const isProbed = ({ ranges }: Mentions): boolean =>
  ranges.length <= PROBED_KEYS_MAX && ranges.every(({ to }) => to === undefined);

/** On a row of `event`: that some identifier row of it is among these. */
const mentioned = (mentions: Mentions, bind: Bind): string =>
  isProbed(mentions)
    ? `exists (select ${rowsOf(mentions, bind)} and sequence = event.sequence)`
    : `sequence in (select sequence ${rowsOf(mentions, bind)})`;

/** The same for some events alone: `offset 0`, or the server may gather all that the keys have, to save few probes. */
export const mentionProbe = (mentions: Mentions, bind: Bind): string =>
  isProbed(mentions)
    ? `exists (select ${rowsOf(mentions, bind)} and sequence = event.sequence offset 0)`
    : mentioned(mentions, bind);

const FIELDS: Partial<Record<Field, Compile>> = {
  ...Object.fromEntries(
    Object.entries(MENTIONED).map(([field, of]) => [
      field,
      (condition: Condition, bind: Bind) => mentioned(of(condition), bind),
    ]),
  ),
  eventType: anyText('type'),
  action: anyText('action'),
  bizStep: anyText('biz_step'),
  disposition: anyText('disposition'),
  transformationID: anyText('transformation_id'),
  eventTime: compared('event_time'),
  recordTime: compared('record_time'),
  readPoint: anyKey('read_point_key'),
  bizLocation: anyKey('biz_location_key'),
  eventID: (condition, bind) => `event_id = any(${bind(byteaArray(texts(condition).map(packEventId)))}::text::bytea[])`,
  errorDeclaration: () => 'declaration is not null',
  masterData: masterDataCondition,
};

/**
 * One condition as SQL on a row of `event`, with the tenant as $1. WD is resolved before (place-tree.ts). Throws AppError
 * `invalid` (QueryParameterException) for an identifier that breaks its form.
 */
export function compileCondition(condition: Condition, bind: Bind): string {
  const compile = FIELDS[condition.field] ?? refuse(`${condition.parameter} is not supported.`);
  return compile(condition, bind);
}
