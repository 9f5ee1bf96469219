/**
 * A definition set as text, one row per message, parameter, choice or enumeration:
 *
 *   TYPE NAME | field kind enumeration, reserved BITS, … | Parameter, Optional?, Any*, AtLeastOne+
 *   NAME | alternative, alternative, …
 *   NAME | entry value, entry value, …
 *
 * A line that is indented more deeply continues the row above it; `-` stands for no fields. TYPE is the type number of
 * the core or the subtype of a vendor; core parameters below 128 have the one-byte header (TV), all others are TLV.
 */
export interface DefinitionText {
  /** Header version from which these rows hold; rows that are new hold under every version. */
  since?: number;
  /** IANA private enterprise number of a vendor's set. */
  vendor?: number;
  messages?: string;
  parameters?: string;
  choices?: string;
  enumerations?: string;
}

const FIELD_KINDS = [
  'reserved',
  'u1',
  'u2',
  'u8',
  's8',
  'u16',
  's16',
  'u32',
  's32',
  'u64',
  'u96',
  'u1v',
  'u8v',
  'u16v',
  'u32v',
  'utf8v',
  'bytesToEnd',
] as const;
export type FieldKind = (typeof FIELD_KINDS)[number];

/** Names of values both ways; a value may have a name, a name always has a value. */
export interface Enumeration {
  names: Map<number, string>;
  values: Map<string, number>;
}

export interface Field {
  name: string;
  kind: FieldKind;
  /** Width of `reserved`, `u1` and `u2`; 0 for the others, which are whole bytes. */
  bits: number;
  enumeration: Enumeration | undefined;
}

/** A parameter or choice that must be there at least once: any of these names will do. */
export interface Requirement {
  name: string;
  anyOf: ReadonlySet<string>;
}

export interface Definition {
  name: string;
  type: number;
  vendor: number | undefined;
  fields: readonly Field[];
  /** How many runs of reserved bits stand between the fields. */
  reservedRuns: number;
  required: readonly Requirement[];
}

/** One row as it stands in a text. */
export interface Row {
  head: string;
  columns: readonly (readonly string[])[];
}

/** The rows of a text block, continuation lines joined. */
export function rowsOf(text: string | undefined): Row[] {
  const lines = (text ?? '').replaceAll(/\n {3,}/g, ' ').split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [head = '', ...columns] = line.split('|').map((column) => column.trim());
      return { head, columns: columns.map((column) => (column === '-' || column === '' ? [] : column.split(/,\s*/))) };
    });
}

export function enumerationOf(entries: readonly string[]): Enumeration {
  const pairs = entries.map((entry): [string, number] => {
    const [name = '', value = ''] = entry.split(/\s+/);
    return [name, Number(value)];
  });
  // where two names share a value the first one is written
  return {
    names: new Map(pairs.map(([name, value]): [number, string] => [value, name]).reverse()),
    values: new Map(pairs),
  };
}

export function fieldOf(text: string, enumerations: ReadonlyMap<string, Enumeration>): Field {
  const [name = '', second = '', third] = text.split(/\s+/);
  if (name === 'reserved') return { name, kind: 'reserved', bits: Number(second), enumeration: undefined };
  const kind = FIELD_KINDS.find((known) => known === second);
  const enumeration = third === undefined ? undefined : enumerations.get(third);
  if (kind === undefined || (third !== undefined && enumeration === undefined)) throw new Error(`bad field "${text}"`);
  return { name, kind, bits: kind === 'u1' ? 1 : kind === 'u2' ? 2 : 0, enumeration };
}

/** The mandatory ones of a row's parameters, choices written out. */
export function requirementsOf(
  names: readonly string[],
  choices: ReadonlyMap<string, readonly string[]>,
): Requirement[] {
  return names
    .filter((name) => !/[?*]$/.test(name))
    .map((text) => {
      const name = text.replace('+', '');
      return { name, anyOf: new Set(choices.get(name) ?? [name]) };
    });
}
