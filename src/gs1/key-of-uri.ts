import { isWebUri, parseLink, seemsLink } from './digital-link.ts';
import { Gs1Error } from './error.ts';
import { type Id } from './id.ts';
import { gtinKeyOf, keyOf, otherKey, withSerial } from './key.ts';
import { serialBytes } from './key-bytes.ts';
import { isAtGs1, readLink } from './link.ts';
import { parseTagUri } from './tag-uri.ts';
import { normalizeUri } from './uri.ts';
import { isEpcUrn, parseUrn } from './urn.ts';

/** A URI's key, and the company prefix length that it was written with, 0 where it does not tell. */
interface KeyOfUri {
  key: Uint8Array;
  gcpLength: number;
}

/** Reads an EPC URN or link; undefined for a URI that is no GS1 identifier. Malformed ones are refused. */
function idOfUri(uri: string): Id | undefined {
  if (isEpcUrn(uri)) {
    const space = uri.slice(8, uri.indexOf(':', 8)).toLowerCase();
    if (space === 'tag') return parseTagUri(uri).id;
    return space === 'id' || space === 'class' || space === 'idpat' ? parseUrn(uri) : undefined;
  }
  if (!isWebUri(uri)) return undefined;
  try {
    // elsewhere a path that could be decompressed is likelier somebody's own name
    return isAtGs1(uri) ? readLink(uri) : parseLink(uri);
  } catch (error) {
    // a name is kept in normal form, so that form may not seem a link either
    if (seemsLink(uri) || seemsLink(normalizeUri(uri))) throw error;
    return undefined;
  }
}

/** Characters of the longest URI that is looked at; a link may say much that its key leaves out. */
const URI_CHARS_MAX = 4096;
/** Most events name many serials of few products, so products are remembered by `urn:epc:id:sgtin:C.I.`. */
const ITEM = 'urn:epc:id:sgtin:';
const CLASSES_MAX = 4096;
const SERIAL_DIGITS_MAX = 15;
const classes = new Map<string, KeyOfUri>();

/** Whether plain digits, few enough to be a number in the key, stand from `at` to the end. */
function isPlainSerial(uri: string, at: number): boolean {
  if (at >= uri.length || uri.length - at > SERIAL_DIGITS_MAX) return false;
  for (let i = at; i < uri.length; i++) {
    const code = uri.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** The key of an SGTIN with a numeric serial of a product seen before; what it does not know it leaves to parseUrn. */
function keyOfItem(uri: string): KeyOfUri | undefined {
  const dot = uri.indexOf('.', uri.indexOf('.', ITEM.length) + 1) + 1;
  if (dot === 0 || !isPlainSerial(uri, dot)) return undefined;
  const known = classes.get(uri.slice(0, dot));
  return known && { key: withSerial(known.key, serialBytes(uri.slice(dot))), gcpLength: known.gcpLength };
}

function remember(uri: string, found: KeyOfUri): void {
  if (classes.size >= CLASSES_MAX) classes.clear();
  const dot = uri.indexOf('.', uri.indexOf('.', ITEM.length) + 1) + 1;
  const head = gtinKeyOf(found.key);
  head[0] = found.key[0]!;
  classes.set(uri.slice(0, dot), { key: head, gcpLength: found.gcpLength });
}

/**
 * The key of any identifier URI that an event can carry, with the company prefix length that it was written with (0
 * where it does not tell). URIs of the user's own are keyed by themselves in normal form. Throws Gs1Error for a
 * malformed GS1 identifier and for a URI longer than KEY_BYTES_MAX.
 */
export function keyOfUri(uri: string): KeyOfUri {
  if (uri === '') throw new Gs1Error('EMPTY', 'An identifier is empty.');
  if (uri.length > URI_CHARS_MAX) throw new Gs1Error('TOO_LONG', `A URI has at most ${URI_CHARS_MAX} characters.`);
  const isItem = uri.startsWith(ITEM);
  const item = isItem ? keyOfItem(uri) : undefined;
  if (item) return item;
  const id = idOfUri(uri);
  if (!id) return { key: otherKey(normalizeUri(uri)), gcpLength: 0 };
  const found = { key: keyOf(id), gcpLength: id.gcpLength ?? 0 };
  if (isItem) remember(uri, found);
  return found;
}
