import { CORE_1_0_1 } from './core-1.0.1.ts';
import { CORE_1_1 } from './core-1.1.ts';
import { CORE_2_0 } from './core-2.0.ts';
import {
  type Definition,
  type DefinitionText,
  type Enumeration,
  enumerationOf,
  fieldOf,
  requirementsOf,
  type Row,
  rowsOf,
} from './definition.ts';
import { IMPINJ } from './impinj.ts';
import { ZEBRA } from './zebra.ts';

/** Type number of CUSTOM_MESSAGE and of the Custom parameter. */
export const CUSTOM_TYPE = 1023;
/** Parameter types below this have the one-byte header (TV). */
export const TLV_TYPE_MIN = 128;

/** All definitions that hold under one header version. */
export interface Spec {
  version: number;
  messages: ReadonlyMap<number, Definition>;
  parameters: ReadonlyMap<number, Definition>;
  vendorMessages: ReadonlyMap<string, Definition>;
  vendorParameters: ReadonlyMap<string, Definition>;
  messageByName: ReadonlyMap<string, Definition>;
  parameterByName: ReadonlyMap<string, Definition>;
}

const CORE: readonly DefinitionText[] = [CORE_1_0_1, CORE_1_1, CORE_2_0];
const VENDORS: readonly DefinitionText[] = [IMPINJ, ZEBRA];
const VERSIONS = [1, 2, 3] as const;

export const vendorKey = (vendor: number, subtype: number): string => `${vendor}/${subtype}`;

/** Rows by their head; a later set replaces a row only from its own version on, but adds what is new for all. */
function merge(
  sets: readonly DefinitionText[],
  version: number,
  of: 'messages' | 'parameters' | 'choices' | 'enumerations',
): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const set of sets) {
    for (const row of rowsOf(set[of])) if ((set.since ?? 1) <= version || !rows.has(row.head)) rows.set(row.head, row);
  }
  return rows;
}

interface Names {
  enumerations: ReadonlyMap<string, Enumeration>;
  choices: ReadonlyMap<string, readonly string[]>;
}

function definitionOf(row: Row, vendor: number | undefined, names: Names): Definition {
  const [type = '', name = ''] = row.head.split(' ');
  const fields = (row.columns[0] ?? []).map((text) => fieldOf(text, names.enumerations));
  return {
    name,
    type: Number(type),
    vendor,
    fields,
    reservedRuns: fields.filter((field) => field.kind === 'reserved').length,
    required: requirementsOf(row.columns[1] ?? [], names.choices),
  };
}

function build(version: number): Spec {
  const all = [...CORE, ...VENDORS];
  const names: Names = {
    enumerations: new Map(
      [...merge(all, version, 'enumerations')].map(([name, row]) => [name, enumerationOf(row.columns[0] ?? [])]),
    ),
    choices: new Map([...merge(all, version, 'choices')].map(([name, row]) => [name, row.columns[0] ?? []])),
  };
  const core = (of: 'messages' | 'parameters') =>
    [...merge(CORE, version, of).values()].map((row) => definitionOf(row, undefined, names));
  const vendor = (of: 'messages' | 'parameters') =>
    VENDORS.flatMap((set) => rowsOf(set[of]).map((row) => definitionOf(row, set.vendor, names)));
  const [messages, parameters, vendorMessages, vendorParameters] = [
    core('messages'),
    core('parameters'),
    vendor('messages'),
    vendor('parameters'),
  ];
  const byType = (list: Definition[]) => new Map(list.map((definition) => [definition.type, definition]));
  const byKey = (list: Definition[]) =>
    new Map(list.map((definition) => [vendorKey(definition.vendor ?? 0, definition.type), definition]));
  const byName = (list: Definition[]) => new Map(list.map((definition) => [definition.name, definition]));
  return {
    version,
    messages: byType(messages),
    parameters: byType(parameters),
    vendorMessages: byKey(vendorMessages),
    vendorParameters: byKey(vendorParameters),
    messageByName: byName([...messages, ...vendorMessages]),
    parameterByName: byName([...parameters, ...vendorParameters]),
  };
}

const built = new Map<number, Spec>();

/** The definitions for a header version; versions beyond 3 are read with those of 3, version 0 with those of 1. */
export function specOf(version: number): Spec {
  const known = Math.min(Math.max(version, 1), VERSIONS.length);
  let spec = built.get(known);
  if (!spec) built.set(known, (spec = build(known)));
  return spec;
}
