import { AppError } from '../error.ts';
import { type Context, expandCurie, expandName, GS1_CONTEXT, readContext } from './context.ts';
import { isEventType } from './event-check.ts';
import { LIMITS } from './limits.ts';
import {
  ATTRIBUTE,
  EXTENSION,
  type Field,
  FIELDS,
  FIXED,
  MASTER_DATA_FIELDS,
  NAMED,
  type Operator,
  type Scope,
  SCOPES,
  type ValueKind,
} from './query-table.ts';
import { keyRanges } from './pattern.ts';
import { instantOf, isUri } from './syntax.ts';
import { numberOfText } from './term-of-event.ts';
import { bareWordOf } from './vocabulary.ts';

/**
 * One condition on an event: `field op any of values`. All conditions of a query hold together; the values of one are
 * alternatives. GE, GT, LE and LT have one value; EXISTS has none (`EXISTS_…=false` is no condition at all).
 */
export interface Condition {
  /** As asked, for messages. */
  parameter: string;
  field: Field;
  op: Operator;
  /** Instants are ms since 1970, words bare, identifiers as asked: URN, Digital Link or (MATCH only) pattern URN. */
  values: (string | number | boolean)[];
  /** Type of a business transaction, source or destination; unit of a quantity; expanded name of an extension. */
  name?: string;
  /** For extensions: where to look, whether at any depth below its top, and how GT, GE, LT and LE compare. */
  scope?: Scope;
  inner?: boolean;
  compare?: 'number' | 'instant';
}

/** A query as data; what is absent was not asked. */
export interface EventQuery {
  conditions: Condition[];
  /** eventTime, recordTime or the `{namespace}local` of an extension; absent: order of capture. */
  orderBy?: string;
  orderDirection: 'ASC' | 'DESC';
  /** Only so many, in the order asked. */
  eventCountLimit?: number;
  /** More hits than this: QueryTooLargeException. */
  maxEventCount?: number;
  perPage: number;
  nextPageToken?: string;
}

export interface QueryOptions {
  /** Prefixes of extensions: of `GS1-Extensions`; a stored query's own `@context` is added. */
  context?: Context;
  /** A query that is narrowed: its conditions hold too, and of two limits the smaller; its order stays. */
  narrows?: EventQuery;
}

export const PER_PAGE = 30;

/** AppError `invalid` with `detail.rule` = `QueryParameterException` (EPCIS 2.0 section 8.2.5). */
const refuse = (message: string): never => {
  throw new AppError('invalid', message, { rule: 'QueryParameterException' });
};

/**
 * Reads the parameters of an event query, from a URI (lists with `|`) or from a stored query (JSON arrays).
 * Throws AppError `invalid`, rule `QueryParameterException`, for an unknown or repeated parameter, a wrong value or an
 * excluded combination.
 */
export function parseQuery(
  parameters: URLSearchParams | Record<string, unknown>,
  options: QueryOptions = {},
): EventQuery {
  const entries = parameters instanceof URLSearchParams ? uriEntries(parameters) : Object.entries(parameters);
  if (entries.length > LIMITS.queryParametersMax) refuse(`More than ${LIMITS.queryParametersMax} parameters.`);
  const own = parameters instanceof URLSearchParams ? undefined : parameters['@context'];
  const context = readContext(own, options.context ?? GS1_CONTEXT);
  const query: EventQuery = { conditions: [], orderDirection: 'DESC', perPage: options.narrows?.perPage ?? PER_PAGE };
  for (const [parameter, value] of entries) {
    if (parameter === '@context') continue;
    if (Object.hasOwn(SETTINGS, parameter)) {
      SETTINGS[parameter]?.(query, single(parameter, value), context);
      continue;
    }
    const condition = conditionOf(parameter, valuesOf(parameter, value), context);
    if (condition.op !== 'EXISTS' || condition.values[0] === true) {
      query.conditions.push(condition.op === 'EXISTS' ? { ...condition, values: [] } : condition);
    }
  }
  return checkCombination(options.narrows ? narrowed(options.narrows, query) : query);
}

const smaller = (a = Infinity, b = Infinity): number | undefined =>
  Math.min(a, b) === Infinity ? undefined : Math.min(a, b);

/** `stored` and `asked` together. */
function narrowed(stored: EventQuery, asked: EventQuery): EventQuery {
  if (stored.orderBy !== undefined && asked.orderBy !== undefined)
    refuse('The stored query has an order of its own, which cannot be changed.');
  const { orderBy, orderDirection } = stored.orderBy === undefined ? asked : stored;
  const eventCountLimit = smaller(stored.eventCountLimit, asked.eventCountLimit);
  const maxEventCount = smaller(stored.maxEventCount, asked.maxEventCount);
  const { perPage, nextPageToken } = asked;
  return {
    conditions: [...stored.conditions, ...asked.conditions],
    orderDirection,
    perPage,
    ...(orderBy !== undefined && { orderBy }),
    ...(eventCountLimit !== undefined && { eventCountLimit }),
    ...(maxEventCount !== undefined && { maxEventCount }),
    ...(nextPageToken !== undefined && { nextPageToken }),
  };
}

function uriEntries(parameters: URLSearchParams): [string, string][] {
  const entries = [...parameters.entries()];
  const twice = entries.find(([name], i) => entries.findIndex(([other]) => other === name) !== i);
  if (twice) refuse(`The parameter ${twice[0]} is given twice; alternatives are separated by |.`);
  return entries;
}

type Plain = string | number | boolean;
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

/** The alternatives of a parameter: split at `|` in a text, members of an array. */
function valuesOf(parameter: string, value: unknown): Plain[] {
  const list = typeof value === 'string' ? value.split('|') : Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > LIMITS.queryValuesMax) {
    return refuse(`${parameter} needs 1 to ${LIMITS.queryValuesMax} values.`);
  }
  return list.map((item: unknown) =>
    isPlain(item) && item !== '' ? item : refuse(`${parameter} has an empty value or one of a wrong type.`),
  );
}

function single(parameter: string, value: unknown): Plain {
  const one = Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
  return isPlain(one) && one !== '' ? one : refuse(`${parameter} needs one value.`);
}

const wholeNumber = (parameter: string, value: Plain, max = Number.MAX_SAFE_INTEGER): number => {
  const number = /^\d+$/.test(String(value)) ? Number(value) : 0;
  return number >= 1 && number <= max ? number : refuse(`${parameter} must be a whole number from 1 to ${max}.`);
};

/** Parameters that say how to answer, not what. */
const SETTINGS: Record<string, (query: EventQuery, value: Plain, context: Context) => void> = {
  orderBy: (query, value, context) => {
    query.orderBy = ['eventTime', 'recordTime'].includes(String(value))
      ? String(value)
      : extensionOrder(String(value), context);
  },
  orderDirection: (query, value) => {
    query.orderDirection = value === 'ASC' || value === 'DESC' ? value : refuse('orderDirection must be ASC or DESC.');
  },
  eventCountLimit: (query, value) => {
    query.eventCountLimit = wholeNumber('eventCountLimit', value);
  },
  maxEventCount: (query, value) => {
    query.maxEventCount = wholeNumber('maxEventCount', value);
  },
  perPage: (query, value) => {
    query.perPage = wholeNumber('perPage', value, LIMITS.perPageMax);
  },
  nextPageToken: (query, value) => {
    query.nextPageToken = String(value);
  },
};

/** The extension of the event by which it is ordered, expanded. */
function extensionOrder(value: string, context: Context): string {
  return (
    extensionName(value, context) ?? refuse('orderBy must be eventTime, recordTime or an extension of a known prefix.')
  );
}

function checkCombination(query: EventQuery): EventQuery {
  if (query.eventCountLimit !== undefined && query.maxEventCount !== undefined) {
    refuse('eventCountLimit and maxEventCount exclude each other.');
  }
  if (query.eventCountLimit !== undefined && query.orderBy === undefined) refuse('eventCountLimit needs orderBy.');
  return query;
}

function conditionOf(parameter: string, values: Plain[], context: Context): Condition {
  const fixed = FIXED.get(parameter);
  if (fixed) return plainCondition(parameter, fixed[0], fixed[1], values, context);
  const attribute = ATTRIBUTE.exec(parameter)?.groups;
  if (attribute) return attributeCondition(parameter, attribute, values, context);
  const extension = EXTENSION.exec(parameter)?.groups;
  for (const { form, field, typed } of NAMED) {
    const part = form.exec(parameter)?.groups;
    if (!part) continue;
    const name = typed ? bareWordOf(typed, expandCurie(part['name'] ?? '', context)) : (part['name'] ?? '');
    return { ...plainCondition(parameter, field(part['kind'] ?? ''), part['op'] as Operator, values, context), name };
  }
  return extension
    ? extensionCondition(parameter, extension, values, context)
    : refuse(`There is no parameter ${parameter.slice(0, 200)}.`);
}

type Groups = Record<string, string | undefined>;

/** HASATTR: values are names of attributes; EQATTR: values of the attribute named. */
function attributeCondition(
  parameter: string,
  { has, of, field, attribute }: Groups,
  values: Plain[],
  context: Context,
): Condition {
  const name = of ?? field ?? '';
  if (!(MASTER_DATA_FIELDS as readonly string[]).includes(name)) {
    refuse(`${parameter}: attributes can be asked of ${MASTER_DATA_FIELDS.join(', ')}.`);
  }
  const shared = { parameter, field: 'masterData' as const };
  if (has !== undefined)
    return { ...shared, op: 'HASATTR', name, values: values.map((value) => expandCurie(String(value), context)) };
  return {
    ...shared,
    op: 'EQATTR',
    name: `${name} ${expandCurie(attribute ?? '', context)}`,
    values: values.map(String),
  };
}

const ONE_VALUE = new Set<Operator>(['GT', 'GE', 'LT', 'LE', 'EXISTS']);

function plainCondition(parameter: string, field: Field, op: Operator, values: Plain[], context: Context): Condition {
  if (ONE_VALUE.has(op) && values.length !== 1) refuse(`${parameter} needs one value.`);
  return { parameter, field, op, values: values.map((value) => valueOf(parameter, FIELDS[field], value, context)) };
}

/** `prefix:local` or `namespace#local` as `{namespace}local`; undefined where the prefix is not known. */
function extensionName(text: string, context: Context): string | undefined {
  const name = expandName(text, context);
  if (name !== text) return name;
  const hash = text.indexOf('#');
  return hash < 0 ? undefined : `{${text.slice(0, hash)}}${text.slice(hash + 1)}`;
}

function extensionCondition(parameter: string, part: Groups, values: Plain[], context: Context): Condition {
  const name = extensionName(`${part['prefix']}:${part['local']}`, context);
  if (name === undefined) {
    return refuse(`The prefix ${part['prefix']} of ${parameter} is unknown; name it in GS1-Extensions or @context.`);
  }
  const op = part['op'] as Operator;
  if (ONE_VALUE.has(op) && values.length !== 1) refuse(`${parameter} needs one value.`);
  const condition: Condition = {
    parameter,
    field: 'extension',
    op,
    values,
    name,
    scope: part['scope'] === undefined ? 'event' : (SCOPES[part['scope']] ?? 'event'),
    inner: part['inner'] !== undefined,
  };
  if (op === 'EXISTS') return { ...condition, values: [valueOf(parameter, 'true', values[0] as Plain, context)] };
  return op === 'EQ' ? condition : { ...condition, ...comparable(parameter, values[0] as Plain) };
}

/** Numbers compare as numbers, date-times as instants; nothing else has an order. */
function comparable(parameter: string, value: Plain): Pick<Condition, 'compare' | 'values'> {
  const number = numberOf(value);
  if (number !== undefined) return { compare: 'number', values: [number] };
  const instant = instantOf(String(value));
  if (instant !== undefined) return { compare: 'instant', values: [instant] };
  return refuse(`${parameter} needs a number or a date-time.`);
}

const numberOf = (value: Plain): number | undefined =>
  typeof value === 'number' ? value : numberOfText(String(value));

/** One value in the form that its kind asks for. */
function valueOf(parameter: string, kind: ValueKind, value: Plain, context: Context): Plain {
  if (typeof kind === 'object') return bareWordOf(kind, expandCurie(String(value), context));
  const read = READERS[kind](value, context);
  return read === undefined
    ? refuse(`${parameter} cannot be ${JSON.stringify(value).slice(0, 200)}: ${EXPECTED[kind]}.`)
    : read;
}

type PlainKind = Extract<ValueKind, string>;

const READERS: Record<PlainKind, (value: Plain, context: Context) => Plain | undefined> = {
  instant: (value) => (typeof value === 'string' ? instantOf(value) : undefined),
  number: numberOf,
  boolean: (value) => ({ true: true, false: false })[String(value) as 'true' | 'false'],
  // the nullable integer of GS1's query schema counts as true
  true: (value) => ({ true: true, false: false, '1': true, '0': false })[String(value) as 'true' | 'false'],
  text: String,
  hex: (value) => (/^[0-9a-f]+$/i.test(String(value)) ? String(value) : undefined),
  uri: (value, context) => uriOf(expandCurie(String(value), context)),
  epc: (value, context) => identifierOf(expandCurie(String(value), context), 'epc'),
  class: (value, context) => identifierOf(expandCurie(String(value), context), 'class'),
  'event-type': (value) => (isEventType(value) ? value : undefined),
  action: (value) => (['ADD', 'OBSERVE', 'DELETE'].includes(String(value)) ? value : undefined),
};

const uriOf = (text: string): string | undefined =>
  text.length <= LIMITS.identifierLengthMax && isUri(text.replace(/\*/g, 'x')) ? text : undefined;

/** An identifier or pattern that the store can look up; a malformed one would match nothing without a word. */
function identifierOf(text: string, of: 'epc' | 'class'): string | undefined {
  try {
    return uriOf(text) !== undefined && keyRanges(text, of) ? text : undefined;
  } catch {
    return undefined;
  }
}

const EXPECTED: Record<PlainKind, string> = {
  instant: 'a date-time with offset is needed, such as 2026-03-01T08:00:00Z',
  number: 'a number is needed',
  boolean: 'true or false is needed',
  true: 'true or false is needed',
  text: 'a text is needed',
  hex: 'hexadecimal digits are needed',
  uri: 'a URI is needed',
  epc: 'a well-formed identifier is needed as URN, Digital Link or pattern URN',
  class: 'a well-formed class is needed as URN, Digital Link or pattern URN',
  'event-type': 'one of the five event types is needed',
  action: 'ADD, OBSERVE or DELETE is needed',
};
