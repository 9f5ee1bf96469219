import { readControl, writeControl } from './bank-control.ts';
import { type Tag, encodeFields, fieldsFor, layoutNamed } from './binary.ts';
import { DIGITS, firstOutside } from './charset.ts';
import { Gs1Error } from './error.ts';
import { layoutOfTagName } from './layout.ts';
import { plusSchemeNamed } from './plus-schemes.ts';
import { URN_CHARS_MAX, idOfFields, readFields, writeFields } from './urn.ts';

const HEAD = 'urn:epc:tag:';
const PLAIN = { control: undefined, at: HEAD.length };

export const isTagUri = (text: string): boolean => text.slice(0, HEAD.length).toLowerCase() === HEAD;

function filterOf(text: string, at: number): number {
  const isPlain = text !== '' && firstOutside(text, DIGITS) < 0 && (text === '0' || !text.startsWith('0'));
  if (!isPlain) throw new Gs1Error('FILTER', `"${text}" is no filter value.`, at);
  return Number(text);
}

/**
 * Reads `urn:epc:tag:[CONTROL…]SCHEME:FILTER.FIELDS` (TDS 2.3 section 12); refused where the scheme's bits cannot hold it.
 */
export const parseTagUri = (text: string): Tag => encodeTagUri(text).tag;

/** Reads a tag URI and gives its bits too, padded to whole 16-bit words. */
export function encodeTagUri(text: string): { tag: Tag; bytes: Uint8Array } {
  if (text.length > URN_CHARS_MAX) throw new Gs1Error('TOO_LONG', `A tag URI has at most ${URN_CHARS_MAX} characters.`);
  const { control, at: start } = text[HEAD.length] === '[' ? readControl(text, HEAD.length) : PLAIN;
  const colon = text.indexOf(':', start);
  const name = text.slice(start, Math.max(start, colon));
  const layout = layoutOfTagName(name.toLowerCase());
  if (!layout) throw new Gs1Error('UNKNOWN_SCHEME', `There is no tag URI scheme "${name}".`, start);
  let at = colon + 1;
  let filter: number | undefined;
  if (layout.filterBits > 0) {
    const dot = text.indexOf('.', at);
    if (dot < 0) throw new Gs1Error('FIELD_COUNT', 'A tag URI starts with its filter value and a dot.', at);
    filter = filterOf(text.slice(at, dot), at);
    at = dot + 1;
  }
  const fields = readFields(layout.urn, text, at);
  const bytes = encodeFields(layout, fields, filter ?? 0);
  const id = idOfFields(layout.urn, fields);
  const tag: Tag = {
    scheme: layout.scheme,
    ...(filter !== undefined && { filter }),
    id,
    ...(control && { control }),
  };
  return { tag, bytes };
}

/** The tag URI of a tag; undefined in the `+` and `++` schemes, which have none. */
export function toTagUri({ scheme, filter, id, control }: Tag): string | undefined {
  if (plusSchemeNamed(scheme)) return undefined;
  const fields = writeFields(fieldsFor(id, layoutNamed(scheme)));
  return `${HEAD}${control ? writeControl(control) : ''}${scheme.toLowerCase()}:${filter === undefined ? '' : `${filter}.`}${fields}`;
}
