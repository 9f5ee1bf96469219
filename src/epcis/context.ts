import { LIMITS } from './limits.ts';

/** What an `@context` says: prefix to namespace, exactly as declared, and the event fields that a hash leaves out. */
export interface Context {
  prefixes: ReadonlyMap<string, string>;
  /** Expanded names `{namespace}local` of fields in `ignoreFields` (epcis.md section 9.5). */
  ignore: ReadonlySet<string>;
}

export const EPCIS_CONTEXT = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld';

/** Prefixes that GS1's own context declares. */
const GS1_PREFIXES: readonly (readonly [string, string])[] = [
  ['epcis', 'https://ref.gs1.org/epcis/'],
  ['cbv', 'https://ref.gs1.org/cbv/'],
  ['cbvmda', 'urn:epcglobal:cbv:mda:'],
  ['gs1', 'https://gs1.org/voc/'],
  ['rdfs', 'http://www.w3.org/2000/01/rdf-schema#'],
  ['owl', 'http://www.w3.org/2002/07/owl#'],
  ['xsd', 'http://www.w3.org/2001/XMLSchema#'],
  ['dcterms', 'http://purl.org/dc/terms/'],
];

const NO_FIELDS: ReadonlySet<string> = new Set();

/** The context of a document that declares nothing of its own. */
export const GS1_CONTEXT: Context = { prefixes: new Map(GS1_PREFIXES), ignore: NO_FIELDS };

/**
 * Reads an `@context` value: a string, an object or a list of them. Contexts named by URL are never fetched; their
 * prefixes are unknown, except for GS1's, which always hold. A later declaration wins.
 */
export function readContext(value: unknown, base: Context = GS1_CONTEXT): Context {
  if (value === undefined) return base;
  const declared: [string, string][] = [];
  for (const part of Array.isArray(value) ? value.flat(2) : [value]) {
    if (typeof part !== 'object' || part === null) continue;
    for (const [prefix, term] of Object.entries(part)) {
      const namespace = typeof term === 'string' ? term : (term as { '@id'?: unknown } | null)?.['@id'];
      if (typeof namespace === 'string' && !prefix.startsWith('@')) declared.push([prefix, namespace]);
      if (declared.length >= LIMITS.prefixesMax) break;
    }
  }
  return declared.length === 0 ? base : { prefixes: new Map([...base.prefixes, ...declared]), ignore: base.ignore };
}

/**
 * `prefix:local` as `{namespace}local`; a name without a known prefix stays as it is, and so does one whose prefix stands
 * for itself (`"ex": "ex:"`): both are an absolute IRI.
 */
export function expandName(name: string, context: Context): string {
  const colon = name.indexOf(':');
  const namespace = colon < 1 ? undefined : context.prefixes.get(name.slice(0, colon));
  if (namespace === undefined || (namespace.length === colon + 1 && name.startsWith(namespace))) return name;
  return `{${namespace}}${name.slice(colon + 1)}`;
}

/** A member that declares a namespace, as converters from XML leave it in JSON. */
export const isDeclaration = (name: string): boolean =>
  name.startsWith('@xmlns') && (name.length === 6 || name[6] === ':');

/** The same context with what `@xmlns:prefix` members anywhere in `event` declare. */
export function withDeclarations(event: unknown, context: Context): Context {
  const declared: [string, string][] = [];
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === 'object') collect(member);
      else if (
        typeof member === 'string' &&
        name.length > 7 &&
        isDeclaration(name) &&
        declared.length < LIMITS.prefixesMax
      )
        declared.push([name.slice(7), member]);
    }
  };
  collect(event);
  return declared.length === 0
    ? context
    : { prefixes: new Map([...context.prefixes, ...declared]), ignore: context.ignore };
}

/** `prefix:local` as the concatenated URI; any other text as it is. */
export function expandCurie(text: string, context: Context): string {
  const colon = text.indexOf(':');
  if (colon < 1 || text.startsWith('//', colon + 1)) return text;
  const namespace = context.prefixes.get(text.slice(0, colon));
  return namespace === undefined ? text : namespace + text.slice(colon + 1);
}

/** The member or element of a document that names fields to be left out of the hash (epcis.md section 9.5). */
export const IGNORE_FIELDS = '{https://repository-x.example.com/}ignoreFields';

/** The same context with the fields that an `ignoreFields` member of document or results names (CURIEs). */
export function withIgnoredFields(context: Context, holder: Record<string, unknown>): Context {
  for (const [name, value] of Object.entries(holder)) {
    if (!name.endsWith(':ignoreFields')) continue;
    if (expandName(name, context) !== IGNORE_FIELDS) continue;
    const fields = (Array.isArray(value) ? value : [value]).filter((field) => typeof field === 'string');
    return { prefixes: context.prefixes, ignore: new Set(fields.map((field) => expandName(field, context))) };
  }
  return context;
}
