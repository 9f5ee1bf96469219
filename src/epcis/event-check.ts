import type { z } from 'zod';
import { EVENT_TYPES, type EventType, ExtendedEvent } from './event.ts';
import { bounded, type Finding, pointer } from './finding.ts';
import { LIMITS } from './limits.ts';
import { predicateOf } from './predicate.ts';
import { isUri } from './syntax.ts';

type Fields = Record<string, unknown>;

/** True for one of the five types of the standard. */
export const isEventType = (type: unknown): type is EventType =>
  typeof type === 'string' && Object.hasOwn(EVENT_TYPES, type);

const IS_VALID = Object.fromEntries(
  Object.entries(EVENT_TYPES).map(([type, schema]) => [type, predicateOf(schema)]),
) as Record<EventType, (event: unknown) => boolean>;

/**
 * What is wrong with an event, [] when it is valid by GS1's JSON Schema and within the limits of limits.ts.
 * Never throws, whatever is given. An event of a type of the user's own is a finding (`event-type`) unless
 * `extendedTypes` is set, as for a mere verdict: the platform cannot trace what it cannot read.
 */
export function validateEvent(event: unknown, { extendedTypes = false } = {}): Finding[] {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return [{ path: '', rule: 'type', message: 'An event must be an object.' }];
  }
  const excess = excessOf(event);
  if (excess) return [excess];
  const fields = event as Fields;
  const { type } = fields;
  if (!isEventType(type)) return bounded(otherType(fields, extendedTypes));
  const shape = SHAPES[type](fields);
  return IS_VALID[type](event) ? shape : bounded([...faultsOf(EVENT_TYPES[type], fields), ...shape]);
}

function otherType(fields: Fields, extendedTypes: boolean): Finding[] {
  const { type } = fields;
  if (type === undefined) return [{ path: '/type', rule: 'required', message: 'type is missing.' }];
  if (!extendedTypes || typeof type !== 'string' || !isUri(type)) {
    const message = `type must be one of ${Object.keys(EVENT_TYPES).join(', ')}.`;
    return [{ path: '/type', rule: 'event-type', message }];
  }
  return faultsOf(ExtendedEvent, fields);
}

function faultsOf(schema: z.ZodType, fields: Fields): Finding[] {
  const result = schema.safeParse(fields);
  return result.success ? [] : findingsOf(result.error, fields);
}

/** Findings of a zod error: one a fault, the name of the field in front. */
export function findingsOf(error: z.ZodError, root: unknown): Finding[] {
  return error.issues.slice(0, LIMITS.findingsMax + 1).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: pointer([...issue.path, key]),
        rule: 'unknown-field',
        message: `${key} is no field of EPCIS here, and no extension is allowed in this place.`,
      }));
    }
    const path = pointer(issue.path);
    const name = issue.path.length === 0 ? 'It' : String(issue.path.at(-1));
    const missing = valueAt(root, issue.path) === undefined;
    if (missing) return { path, rule: 'required', message: `${name} is missing.` };
    const rule =
      issue.code === 'custom' ? String(issue.params?.['rule'] ?? 'custom') : (RULES[issue.code] ?? issue.code);
    return { path, rule, message: `${name} ${sentence(issue)}.` };
  });
}

const RULES: Partial<Record<string, string>> = {
  invalid_type: 'type',
  invalid_value: 'value',
  too_big: 'limit',
  too_small: 'empty',
};

/** What is wrong, to be read after the field's name. */
function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'too_big') return `is longer than ${issue.maximum}`;
  if (issue.code === 'too_small') return `needs at least ${issue.minimum} element${issue.minimum === 1 ? '' : 's'}`;
  return issue.message;
}

const valueAt = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown> | null | undefined)?.[step], root);

const filled = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
const needs = (message: string): Finding => ({ path: '', rule: 'lists', message });

/** Which lists an event of each type must name (EPCIS 2.0 sections 7.4.2 to 7.4.6, as the schema reads them). */
const SHAPES: Record<EventType, (event: Fields) => Finding[]> = {
  ObjectEvent: (event) => [
    ...(Array.isArray(event['epcList']) ||
    filled(event['quantityList']) ||
    (filled(event['sensorElementList']) && event['readPoint'] !== undefined)
      ? []
      : [needs('An ObjectEvent needs epcList, a filled quantityList, or sensorElementList together with readPoint.')]),
    ...(event['ilmd'] === undefined || event['action'] === 'ADD'
      ? []
      : [{ path: '/ilmd', rule: 'ilmd', message: 'ilmd is allowed only with action ADD.' }]),
  ],
  AggregationEvent: children,
  AssociationEvent: children,
  TransactionEvent: (event) =>
    Array.isArray(event['epcList']) || filled(event['quantityList']) || event['action'] === 'DELETE'
      ? []
      : [needs('A TransactionEvent needs epcList or a filled quantityList unless its action is DELETE.')],
  TransformationEvent: (event) => {
    const input = filled(event['inputEPCList']) || filled(event['inputQuantityList']);
    const output = filled(event['outputEPCList']) || filled(event['outputQuantityList']);
    if ((input && output) || ((input || output) && event['transformationID'] !== undefined)) return [];
    return [needs('A TransformationEvent needs inputs and outputs, or one of them together with transformationID.')];
  },
};

function children(event: Fields): Finding[] {
  return filled(event['childEPCs']) || filled(event['childQuantityList']) || event['action'] === 'DELETE'
    ? []
    : [needs(`An ${String(event['type'])} needs childEPCs or childQuantityList unless its action is DELETE.`)];
}

const EPC_LISTS = [
  ['epcList', 'childEPCs', 'inputEPCList', 'outputEPCList'],
  ['quantityList', 'childQuantityList', 'inputQuantityList', 'outputQuantityList'],
].flat();

/** The first limit that a value breaks, before anything else reads it. Walks without recursion: depth is hostile too. */
export function excessOf(value: object, nodesMax: number = LIMITS.nodesPerEventMax): Finding | undefined {
  const limit = (message: string): Finding => ({ path: '', rule: 'limit', message });
  const fields = value as Fields;
  let epcs = 0;
  for (const name of EPC_LISTS) epcs += Array.isArray(fields[name]) ? (fields[name] as unknown[]).length : 0;
  if (epcs > LIMITS.epcsPerEventMax) return limit(`More than ${LIMITS.epcsPerEventMax} identifiers in one event.`);
  let nodes = 0;
  let level: object[] = [value];
  let next: object[] = [];
  const excessAt = (name: string | number, member: unknown): Finding | undefined => {
    if (++nodes > nodesMax) return limit(`More than ${nodesMax} members.`);
    if (name === '__proto__') return { path: '', rule: 'name', message: 'A member may not be named __proto__.' };
    if (typeof member === 'object' && member !== null) next.push(member);
    if (typeof member !== 'string' || member.length <= LIMITS.stringLengthMax) return undefined;
    const shown = String(name).slice(0, 80);
    return limit(`A text is longer than ${LIMITS.stringLengthMax} characters (member ${shown}).`);
  };
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > LIMITS.depthMax) return limit(`Nested deeper than ${LIMITS.depthMax}.`);
    for (const node of level) {
      let found: Finding | undefined;
      if (Array.isArray(node)) for (let i = 0; i < node.length && !found; i++) found = excessAt(i, node[i]);
      else for (const name in node) if ((found = excessAt(name, (node as Fields)[name]))) break;
      if (found) return found;
    }
    [level, next] = [next, []];
  }
  return undefined;
}
