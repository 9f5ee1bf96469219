import { readUrnText, writeUrnText } from './charset.ts';
import { Gs1Error } from './error.ts';
import { checkKeyFields, elementsOf, fieldsOf } from './fields.ts';
import type { Id } from './id.ts';
import { type UrnScheme, checkField, schemeNamed, schemeOfKind } from './scheme.ts';

/** Characters of the longest EPC URN that can be valid is near 130 (28 escaped characters); more is refused unread. */
export const URN_CHARS_MAX = 256;

/** Splits on dots into exactly `count` fields; the last keeps its dots. Each with its place in the text. */
function splitFields(text: string, at: number, count: number): [field: string, at: number][] {
  const out: [string, number][] = [];
  let from = at;
  while (out.length < count - 1) {
    const dot = text.indexOf('.', from);
    if (dot < 0) throw new Gs1Error('FIELD_COUNT', `The scheme has ${count} fields, this value ${out.length + 1}.`, at);
    out.push([text.slice(from, dot), from]);
    from = dot + 1;
  }
  out.push([text.slice(from), from]);
  return out;
}

/** Reads the fields behind the scheme's name, from `at` on. */
export function readFields(scheme: UrnScheme, text: string, at: number): string[] {
  const first = scheme.key ? 2 : 0;
  const parts = splitFields(text, at, first + scheme.fields.length);
  const values = parts.map(([field, place]) => readUrnText(field, place));
  if (scheme.key) checkKeyFields(scheme.key, values[0]!, values[1]!, [parts[0]![1], parts[1]![1]]);
  scheme.fields.forEach((rule, i) => checkField(rule, values[first + i]!, parts[first + i]![1]));
  return values;
}

/** The identifier of decoded and checked fields. */
export function idOfFields(scheme: UrnScheme, fields: readonly string[]): Id {
  if (!scheme.key) return { kind: scheme.kind, ais: [], fields };
  return { kind: scheme.kind, ais: elementsOf(scheme, fields), gcpLength: fields[0]!.length };
}

const STAR = '*';

/** A pattern URI (TDS section 8): stars fill whole fields, rightmost only; none at all denotes one EPC. */
function parsePattern(name: string, text: string, at: number): Id {
  const scheme = schemeNamed('id', name);
  if (!scheme) throw new Gs1Error('UNKNOWN_SCHEME', `There is no pattern scheme "${name}".`, at);
  const keyFields = scheme.key ? 2 : 0;
  const parts = splitFields(text, at, keyFields + scheme.fields.length);
  const open = parts.findIndex(([field]) => field === STAR);
  const closed = open < 0 ? parts.length : open;
  parts.forEach(([field, place], i) => {
    if (i < closed ? field.includes(STAR) : field !== STAR)
      throw new Gs1Error('PATTERN', 'A star fills a whole field, with none but stars behind it.', place);
  });
  const values = parts.slice(0, closed).map(([field, place]) => readUrnText(field, place));
  if (scheme.key && closed > 0) {
    const gcp = values[0]!;
    // a starred reference still needs a well-formed prefix: check it against a reference of the right size
    const reference =
      closed > 1 ? values[1]! : '0'.repeat(scheme.key.shape === 'text' ? 1 : Math.max(0, scheme.key.size - gcp.length));
    checkKeyFields(scheme.key, gcp, reference, [parts[0]![1], parts[1]?.[1] ?? at]);
  }
  values.slice(keyFields).forEach((value, i) => checkField(scheme.fields[i]!, value, parts[keyFields + i]![1]));
  const pattern = `urn:epc:idpat:${name}:${parts.map(([,], i) => (i < closed ? writeUrnText(values[i]!) : STAR)).join('.')}`;
  const isClass = scheme.key?.hasClass === true && closed === parts.length - 1;
  if (closed === parts.length) return { ...idOfFields(scheme, values), pattern };
  if (!isClass) return { kind: scheme.kind, ais: [], pattern };
  const kind = scheme.kind === 'SGTIN' ? 'GTIN' : scheme.kind;
  return { kind, ais: elementsOf(scheme, values), gcpLength: values[0]!.length, pattern };
}

/** The prefix of a URN before its fields, in any letter case: space and scheme name, and where the fields start. */
function urnHead(text: string): [space: string, name: string, at: number] {
  const spaceEnd = text.indexOf(':', 8);
  const nameEnd = spaceEnd < 0 ? -1 : text.indexOf(':', spaceEnd + 1);
  if (nameEnd < 0) throw new Gs1Error('URI_SYNTAX', 'An EPC URN is urn:epc:, a kind, a scheme and its fields.', 8);
  return [text.slice(8, spaceEnd).toLowerCase(), text.slice(spaceEnd + 1, nameEnd).toLowerCase(), nameEnd + 1];
}

export const isEpcUrn = (text: string): boolean => text.length > 8 && text.slice(0, 8).toLowerCase() === 'urn:epc:';

/** Reads a pure identity, class or pattern URI (TDS sections 6 and 8). */
export function parseUrn(text: string): Id {
  if (text.length > URN_CHARS_MAX)
    throw new Gs1Error('TOO_LONG', `An EPC URN has at most ${URN_CHARS_MAX} characters.`);
  const [space, name, at] = urnHead(text);
  if (space === 'idpat') return parsePattern(name, text, at);
  const scheme = space === 'id' || space === 'class' ? schemeNamed(space, name) : undefined;
  if (!scheme) throw new Gs1Error('UNKNOWN_SCHEME', `There is no scheme urn:epc:${space}:${name}.`, 8);
  return idOfFields(scheme, readFields(scheme, text, at));
}

/** The fields as they stand in a URN, absent ones as stars. */
export const writeFields = (fields: readonly (string | undefined)[]): string =>
  fields.map((field) => (field === undefined ? STAR : writeUrnText(field))).join('.');

/**
 * The URN of an identifier: a pure identity URI; `urn:epc:class:lgtin:` for a lot; `urn:epc:idpat:…*` for a class.
 * Undefined where the company prefix length is unknown or the kind has no URN.
 */
export function toUrn(id: Id): string | undefined {
  if (id.pattern !== undefined) return id.pattern;
  const scheme = schemeOfKind(id.kind === 'GTIN' ? 'SGTIN' : id.kind);
  if (!scheme || (scheme.key && id.gcpLength === undefined)) return undefined;
  const fields = fieldsOf(scheme, id, id.gcpLength ?? 0);
  if (!fields.includes(undefined)) return `urn:epc:${scheme.space}:${scheme.urn}:${writeFields(fields)}`;
  return scheme.key?.hasClass ? `urn:epc:idpat:${scheme.urn}:${writeFields(fields)}` : undefined;
}
