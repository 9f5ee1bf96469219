import {
  NAMESPACES,
  ROOTS_12,
  ROOTS_20,
  ROOTS_SBDH,
  SBDH,
  TYPES_12,
  TYPES_20,
  TYPES_SBDH,
  type TypeTable,
  type XmlVersion,
} from './xsd-table.ts';
import { SIMPLE_TYPES, type SimpleType } from './xsd-type.ts';

/* Rows of xsd-table.ts as the checker uses them, read when first asked for. */

/** What a slot takes of other vocabularies. */
type Wildcard = 'other' | 'local' | 'any';

/** One place in the order of elements. */
export interface Slot {
  /** Expanded names that fit, and their types. */
  names: ReadonlyMap<string, string>;
  wildcard?: Wildcard;
  min: number;
  max: number;
  /** Expanded name without which this may not stand. */
  behind?: string;
}

export interface ComplexType {
  slots: readonly Slot[];
  attributes: ReadonlyMap<string, { type: SimpleType; required: boolean }>;
  anyAttribute: boolean;
  /** Of an element that holds text alone. */
  simple?: SimpleType;
  mixed: boolean;
  /** Namespace that `#other` is other than. */
  namespace: string;
}

type Prefixes = Readonly<Record<string, string>>;

const MARKS: Record<string, [min: number, max: number]> = {
  '?': [0, 1],
  '*': [0, Infinity],
  '+': [1, Infinity],
  '': [1, 1],
};
const ELEMENT = /^(?:(epcis|epcisq|sbdh):)?(\w+)([?*+]?)(?:<(\w+))?(?::(\w+))?$/;

/** `prefix:name:Type` with what may be left out, as expanded name and type. */
function alternative(text: string, prefixes: Prefixes, own: string): [name: string, type: string] {
  const [, prefix, local = '', , , type] = ELEMENT.exec(text) ?? [];
  const namespace = prefix === undefined ? own : (prefixes[prefix] ?? '');
  return [namespace === '' ? local : `{${namespace}}${local}`, type ?? local];
}

function slotOf(word: string, prefixes: Prefixes, own: string): Slot {
  const choice = /^\((.*)\)([?*+]?)$/.exec(word);
  const mark = choice ? choice[2] : word.startsWith('#') ? (/[?*+]$/.exec(word)?.[0] ?? '') : ELEMENT.exec(word)?.[3];
  const [min, max] = MARKS[mark ?? ''] as [number, number];
  const words = choice ? (choice[1] ?? '').split('|') : [word];
  const wildcard = words.find((one) => one.startsWith('#'))?.replaceAll(/[#?*+]/g, '') as Wildcard | undefined;
  const behind = choice ? undefined : ELEMENT.exec(word)?.[4];
  return {
    names: new Map(words.filter((one) => !one.startsWith('#')).map((one) => alternative(one, prefixes, own))),
    ...(wildcard && { wildcard }),
    ...(behind !== undefined && { behind }),
    min,
    max,
  };
}

/** Reads one row. `own` is the namespace of its elements ('' for none), `namespace` that of the schema. */
function typeOf(row: string, prefixes: Prefixes, own: string, namespace: string): ComplexType {
  const words = row.split(/\s+/).filter((word) => word !== '');
  const attributes = new Map<string, { type: SimpleType; required: boolean }>();
  for (const word of words) {
    const [, name, needed, type] = /^@(\w+)(!?):(\w+)$/.exec(word) ?? [];
    const simple = type === undefined ? undefined : SIMPLE_TYPES[type];
    if (name !== undefined && simple) attributes.set(name, { type: simple, required: needed === '!' });
  }
  const simple = words.find((word) => word.startsWith('='));
  const simpleType = simple === undefined ? undefined : SIMPLE_TYPES[simple.slice(1)];
  return {
    slots: words.filter((word) => !/^(?:[@=]|mixed$)/.test(word)).map((word) => slotOf(word, prefixes, own)),
    attributes,
    anyAttribute: words.includes('@*'),
    ...(simpleType && { simple: simpleType }),
    mixed: words.includes('mixed'),
    namespace,
  };
}

/** A version of the schema. */
export interface Schema {
  version: XmlVersion;
  /** Elements that may be the root, or are known where a wildcard stands; with their types. */
  roots: ReadonlyMap<string, string>;
  /** The complex type of a name; undefined for a simple one. */
  complex(name: string): ComplexType | undefined;
}

const QUERY_TYPES = /^(?:EPCISQuery|Query|Subscri|Poll)/;

function schemaOf(version: XmlVersion, table: TypeTable, roots: readonly string[]): Schema {
  const prefixes = NAMESPACES[version];
  const known = new Map<string, ComplexType>();
  const complex = (name: string): ComplexType | undefined => {
    const former = known.get(name);
    if (former) return former;
    const isHeader = Object.hasOwn(TYPES_SBDH, name);
    const row = isHeader ? TYPES_SBDH[name] : Object.hasOwn(table, name) ? table[name] : undefined;
    if (row === undefined) return undefined;
    const namespace = isHeader ? SBDH : QUERY_TYPES.test(name) ? prefixes.epcisq : prefixes.epcis;
    const type = typeOf(row, prefixes, isHeader ? SBDH : '', namespace);
    known.set(name, type);
    return type;
  };
  const body = complex('EPCISQueryBody')?.slots[0]?.names ?? [];
  const all = new Map([
    ...roots.map((root) => alternative(root, prefixes, '')),
    ...ROOTS_SBDH.map((root) => alternative(root, prefixes, SBDH)),
    ...body,
  ]);
  return { version, roots: all, complex };
}

let schemas: Record<XmlVersion, Schema> | undefined;

/** The schema of a version. */
export function schema(version: XmlVersion): Schema {
  schemas ??= { '1.2': schemaOf('1.2', TYPES_12, ROOTS_12), '2.0': schemaOf('2.0', TYPES_20, ROOTS_20) };
  return schemas[version];
}

/** The version that a root element's namespace belongs to. */
export function versionOf(uri: string): XmlVersion | undefined {
  for (const version of ['2.0', '1.2'] as const) {
    const { epcis, epcisq } = NAMESPACES[version];
    if (uri === epcis || uri === epcisq) return version;
  }
  return undefined;
}
