import { AppError } from '../error.ts';
import type { Finding } from './finding.ts';

/* Pieces of XML as text. What XML cannot say is refused by name, never dropped. */

/** Characters that no XML 1.0 document may hold, in whatever spelling: controls, halves of pairs, U+FFFE and U+FFFF. */
function forbiddenIn(text: string): number | undefined {
  if (PRINTABLE.test(text)) return undefined;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (
      code < 0x20
        ? code !== 0x09 && code !== 0x0a && code !== 0x0d
        : code >= 0xd800 && (code <= 0xdfff || code === 0xfffe || code === 0xffff)
    )
      return code;
  }
  return undefined;
}
const PRINTABLE = /^[ -\uD7FF]*$/;
const NAME = /^[\p{L}_][\p{L}\p{N}\p{M}._·-]*$/u;

/** AppError `invalid` for what this form of EPCIS cannot express; `path` is that of the event's member. */
export function inexpressible(rule: string, message: string, path: string): never {
  throw new AppError('invalid', message, { errors: [{ path, rule, message }] satisfies Finding[] });
}

function checked(text: string, path: string): string {
  const bad = forbiddenIn(text);
  if (bad === undefined) return text;
  const code = bad.toString(16).toUpperCase().padStart(4, '0');
  return inexpressible('character', `${path}: XML has no way to write the character U+${code}.`, path);
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** Line ends are written as references, so that moving lines in changes no text. */
const xmlText = (text: string, path: string): string =>
  checked(text, path).replace(/[&<>\r\n]/g, (char) => ESCAPES[char] ?? char);
const attributeText = (text: string, path: string): string =>
  checked(text, path).replace(/[&<>"\r\n\t]/g, (char) => ESCAPES[char] ?? char);

export function xmlName(local: string, path: string): string {
  if (NAME.test(local)) return local;
  return inexpressible('name', `${path}: ${JSON.stringify(local.slice(0, 80))} is no name in XML.`, path);
}

export type Attributes = readonly (readonly [name: string, value: string])[];

/** A start tag without its end bracket. */
const xmlTag = (name: string, attributes: Attributes, path: string): string =>
  `<${name}${attributes.map(([key, value]) => ` ${key}="${attributeText(value, path)}"`).join('')}`;

const INDENT = '  ';

/** An element with elements in it, each on a line of its own; without any it is closed at once. */
export function xmlParent(name: string, attributes: Attributes, children: readonly string[], path: string): string {
  const tag = xmlTag(name, attributes, path);
  return children.length === 0 ? `${tag}/>` : `${tag}>\n${children.map(indented).join('\n')}\n</${name}>`;
}

/** An element with a text in it, exactly. */
export function xmlLeaf(name: string, attributes: Attributes, text: string, path: string): string {
  const tag = xmlTag(name, attributes, path);
  return text === '' ? `${tag}/>` : `${tag}>${xmlText(text, path)}</${name}>`;
}

/** Lines moved in by one step. */
const indented = (lines: string): string => INDENT + lines.replaceAll('\n', `\n${INDENT}`);
