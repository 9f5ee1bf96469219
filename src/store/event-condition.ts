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
function keysOf({ parameter }: Condition, uris: readonly string[]): Uint8Array[] {
  return uris.map((uri) => {
    try {
      return keyOfUri(uri).key;
    } catch (error) {
      return refuse(`${parameter}: ${messageOf(error)}`);
    }
  });
}

const anyKey =
  (column: string): Compile =>
  (condition, bind) =>
    `${column} = any(${bind(byteaArray(keysOf(condition, texts(condition))))}::text::bytea[])`;

/** The events that some identifier rows name; `test` is on those rows. */
const mentioned = (roles: readonly number[], test: string): string =>
  `sequence in (select sequence from mention where tenant_id = $1 and role in (${roles.join(', ')}) and ${test})`;

const typed =
  (role: 'bizTransaction' | 'source' | 'destination'): Compile =>
  (condition, bind) => {
    const keys = texts(condition).map((uri) => {
      try {
        return typedKey(condition.name ?? '', uri, condition.parameter);
      } catch (error) {
        return refuse(messageOf(error));
      }
    });
    return mentioned([INDEX_ROLES[role]], `key = any(${bind(byteaArray(keys))}::text::bytea[])`);
  };

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
function anyOf(ranges: KeyRange[], bind: Bind): string {
  const keys = ranges.filter(({ to }) => to === undefined).map(({ from }) => from);
  const tests = [
    ...(keys.length > 0 ? [`key = any(${bind(byteaArray(keys))}::text::bytea[])`] : []),
    ...ranges.filter(({ to }) => to !== undefined).map((range) => within(range, bind)),
  ];
  return tests.length === 1 ? tests[0]! : `(${tests.map((test) => `(${test})`).join(' or ')})`;
}

/** MATCH of single things: named ones, and those of a pattern. */
const matched =
  (...roles: Role[]): Compile =>
  (condition, bind) =>
    mentioned(roles.map(roleCode), anyOf(rangesOf(condition, 'epc'), bind));

/** MATCH of classes and lots. A class that an ILMD turned into a lot still answers to its name. */
const matchedClass =
  (...roles: Role[]): Compile =>
  (condition, bind) =>
    mentioned([...roles, 'written' as const].map(roleCode), anyOf(rangesOf(condition, 'class'), bind));

/** Values that have no column of their own: rows under keys that keep their order. */
const term: Compile = (condition, bind) => mentioned([INDEX_ROLES.term], termTest(condition, bind));

/** The condition as one on `key` of those rows. */
export const termTest = (condition: Condition, bind: Bind): string => anyOf(termRanges(condition), bind);

const EPC: Role[] = ['epc', 'childEPC'];
const CLASS: Role[] = ['quantity', 'childQuantity'];

const FIELDS: Partial<Record<Field, Compile>> = {
  ...Object.fromEntries([...TERM_FIELDS].map((field) => [field, term])),
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
