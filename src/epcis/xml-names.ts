import { GS1_CONTEXT } from './context.ts';
import { LIMITS } from './limits.ts';
import type { XmlElement } from './xml-stream.ts';

/*
 * Namespaces of XML as prefixes of JSON. In JSON a prefix also expands in values, in XML it does not (CBV 2.0 section
 * 8.9, epcis.md section 9.10); so no prefix may be chosen with which a value begins.
 */

/** Namespaces with the prefix that the document gives them, and what values begin with before a colon. */
export interface Survey {
  prefixes: Map<string, string>;
  starts: Set<string>;
}

/** XML has no CURIEs but these two. */
export const XML_CURIES: ReadonlySet<string> = new Set(['gs1', 'cbv']);

const PREFIX_LENGTH_MAX = 64;
const PLAIN_PREFIX = /^[A-Za-z_][\w.-]*$/;
const STANDARD = GS1_CONTEXT.prefixes;

export const newSurvey = (): Survey => ({ prefixes: new Map(), starts: new Set() });

function seeValue(value: string, { starts }: Survey): void {
  const text = value.trimStart();
  const colon = text.indexOf(':');
  if (colon < 1 || colon > PREFIX_LENGTH_MAX || text.startsWith('//', colon + 1)) return;
  starts.add(text.slice(0, colon));
}

/** Adds the names and values of an element to a survey. */
export function survey(element: XmlElement, seen: Survey): Survey {
  if (element.uri !== '' && !seen.prefixes.has(element.uri)) seen.prefixes.set(element.uri, element.prefix);
  for (const { uri, prefix, value } of element.attributes) {
    if (uri !== '' && !seen.prefixes.has(uri)) seen.prefixes.set(uri, prefix);
    seeValue(value, seen);
  }
  if (element.text !== '') seeValue(element.text, seen);
  for (const child of element.children) survey(child, seen);
  return seen;
}

/** More namespaces than an `@context` may hold, what GS1's own prefixes may need aside. */
export const hasTooMany = ({ prefixes }: Survey): boolean => prefixes.size > LIMITS.prefixesMax - STANDARD.size;

/** Chosen names. */
export interface Names {
  /** The name in JSON of an element or attribute. */
  of(uri: string, local: string): string;
  /** What an `@context` has to say besides GS1's; {} when nothing. */
  context: Record<string, string>;
}

/** A namespace that is a prefix and its colon: names of JSON whose prefix nothing declares. */
const SELF = /^([A-Za-z_][\w.-]*):$/;

/** Prefixes that a namespace might have, the best first; without end. */
function* candidates(uri: string, wanted: string): Generator<string> {
  for (const [prefix, namespace] of STANDARD) if (namespace === uri) yield prefix;
  yield wanted;
  const base = PLAIN_PREFIX.test(wanted) ? wanted : 'ns';
  for (let n = 1; ; n++) yield `${base}${n}`;
}

/** Prefixes for all namespaces of a survey, those of the document where they can stay. */
export function chooseNames({ prefixes, starts }: Survey): Names {
  const uriOf = new Map<string, string>();
  const prefixOf = new Map<string, string>();
  const fits = (prefix: string, uri: string): boolean =>
    XML_CURIES.has(prefix)
      ? STANDARD.get(prefix) === uri
      : PLAIN_PREFIX.test(prefix) && !starts.has(prefix) && !uriOf.has(prefix);
  const context: Record<string, string> = {};
  // what a value begins with stays what it is, also where GS1's context would expand it
  for (const prefix of STANDARD.keys()) {
    if (starts.has(prefix) && !XML_CURIES.has(prefix)) context[prefix] = `${prefix}:`;
  }
  for (const uri of prefixes.keys()) {
    const prefix = SELF.exec(uri)?.[1];
    if (prefix === undefined) continue;
    uriOf.set(prefix, uri);
    prefixOf.set(uri, prefix);
    if (STANDARD.has(prefix)) context[prefix] = uri;
  }
  for (const [uri, wanted] of prefixes) {
    if (prefixOf.has(uri)) continue;
    for (const prefix of candidates(uri, wanted)) {
      if (!fits(prefix, uri)) continue;
      uriOf.set(prefix, uri);
      prefixOf.set(uri, prefix);
      if (STANDARD.get(prefix) !== uri) context[prefix] = uri;
      break;
    }
  }
  return { context, of: (uri, local) => (uri === '' ? local : `${prefixOf.get(uri) ?? uri}:${local}`) };
}
