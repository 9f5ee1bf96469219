import { isWebUri, parseLink, seemsLink } from './digital-link.ts';
import { Gs1Error } from './error.ts';
import { type Id } from './id.ts';
import { gtinKeyOf, keyBytes, keyOf, keyText, otherKey } from './key.ts';
import { isAtGs1, readLink } from './link.ts';
import { parseTagUri } from './tag-uri.ts';
import { normalizeUri } from './uri.ts';
import { isEpcUrn, parseUrn } from './urn.ts';

/** A URI's key, and the company prefix length that it was written with, 0 where it does not tell. */
interface KeyOfUri {
  key: Uint8Array;
  gcpLength: number;
}

/** The same with the key as text (`keyText`). */
interface KeyTextOfUri {
  key: string;
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

/** A product by the beginning of its items' URIs, and what their keys begin with. */
interface ItemClass {
  uri: string;
  head: string;
  gcpLength: number;
}
const classes = new Map<string, ItemClass>();
/** The items of a list mostly are of one product. */
let last: ItemClass | undefined;

function classOf(uri: string): ItemClass | undefined {
  if (last && uri.startsWith(last.uri)) return last;
  const dot = uri.indexOf('.', uri.indexOf('.', ITEM.length) + 1) + 1;
  const known = classes.get(uri.slice(0, dot));
  if (known) last = known;
  return known;
}

/** The bytes of a serial (key-bytes.ts) as text where it is a plain number: digits from `at` to the end, the first no 0. */
function plainSerial(uri: string, at: number): string | undefined {
  if (at >= uri.length || uri.length - at > SERIAL_DIGITS_MAX || uri.charCodeAt(at) === 48) return undefined;
  let value = 0;
  for (let i = at; i < uri.length; i++) {
    const digit = uri.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  let bytes = '';
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes = String.fromCharCode(rest % 256) + bytes;
  return String.fromCharCode(bytes.length) + bytes;
}

/** The key of an SGTIN with a numeric serial of a product seen before; what it does not know it leaves to parseUrn. */
function keyOfItem(uri: string): KeyTextOfUri | undefined {
  const known = classOf(uri);
  const serial = known && plainSerial(uri, known.uri.length);
  return serial === undefined ? undefined : { key: known!.head + serial, gcpLength: known!.gcpLength };
}

function remember(uri: string, { key, gcpLength }: KeyOfUri): void {
  if (classes.size >= CLASSES_MAX) classes.clear();
  const dot = uri.indexOf('.', uri.indexOf('.', ITEM.length) + 1) + 1;
  const head = gtinKeyOf(key);
  head[0] = key[0]!;
  const found = uri.slice(0, dot);
  classes.set(found, { uri: found, head: keyText(head), gcpLength });
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
  if (item) return { key: keyBytes(item.key), gcpLength: item.gcpLength };
  const id = idOfUri(uri);
  if (!id) return { key: otherKey(normalizeUri(uri)), gcpLength: 0 };
  const found = { key: keyOf(id), gcpLength: id.gcpLength ?? 0 };
  if (isItem) remember(uri, found);
  return found;
}

/** `keyOfUri` with the key as text, for whoever wants it so: that of an item of a known product is made as text. */
export function keyTextOfUri(uri: string): KeyTextOfUri {
  const item = uri.startsWith(ITEM) ? keyOfItem(uri) : undefined;
  if (item) return item;
  const { key, gcpLength } = keyOfUri(uri);
  return { key: keyText(key), gcpLength };
}
