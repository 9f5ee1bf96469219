import { createHash } from 'node:crypto';
import { keyOfUri } from '../gs1/index.ts';
import { after, type KeyRange } from './pattern.ts';

/*
 * A term is one searchable value of an event that has no column of its own (a sensor's reading, an extension, the reason
 * of an error declaration), as a key that stands beside the identifiers': kind, hash of the name, tag, value. Numbers,
 * instants and texts keep their order in the bytes, so that a comparison is a range of keys. term-of-event.ts writes
 * them at capture, query-term.ts asks for them.
 */

/** Kind byte of the keys that stand for no identifier. */
const KIND = 0xe1;
const NAME_BYTES = 8;
/** What all keys of a name begin with: kind and hash. */
export const TERM_HEAD_BYTES = 1 + NAME_BYTES;
/** Longer texts are cut there and end in a digest of the whole. */
const TEXT_BYTES_MAX = 96;
const DIGEST_BYTES = 16;

/** What a value is. Instants are ms since 1970; `url` is compared as the identifier that it may be, in any spelling. */
export type TermValue =
  | { kind: 'none' }
  /** `written`: as a text, as XML has it; found by comparisons, and by EQ only as that text. */
  | { kind: 'number'; value: number; written?: boolean }
  | { kind: 'instant'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'uri'; value: string };

const TAGS = { none: 0, number: 1, instant: 2, text: 3, uri: 4 } as const;
/** Tag of what is compared → that of the mark of an event that has more than one such value under the name. */
const SEVERAL: ReadonlyMap<number, number> = new Map([
  [TAGS.number, 5],
  [TAGS.instant, 6],
]);

/** Names that were hashed already; most repositories use a few dozen. */
const NAMES_MAX = 10_000;
const names = new Map<string, Uint8Array>();

/** What all keys of a name begin with. */
function head(name: string): Uint8Array {
  const known = names.get(name);
  if (known) return known;
  const digest = createHash('sha256').update(name).digest();
  const bytes = Buffer.concat([Buffer.of(KIND), digest.subarray(0, NAME_BYTES)]);
  if (names.size >= NAMES_MAX) names.clear();
  names.set(name, bytes);
  return bytes;
}

/** A double in 8 bytes that sort as the numbers do. */
function numberBytes(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  const flip = bytes[0]! >= 0x80 ? 0xff : 0;
  for (let i = 0; i < bytes.length; i++) bytes[i] = bytes[i]! ^ flip;
  if (flip === 0) bytes[0] = bytes[0]! | 0x80;
  return bytes;
}

function bounded(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= TEXT_BYTES_MAX) return bytes;
  const digest = createHash('sha256').update(bytes).digest().subarray(0, DIGEST_BYTES);
  return Buffer.concat([bytes.subarray(0, TEXT_BYTES_MAX), digest]);
}

/** A URI that breaks the form it claims is compared as it is. */
function uriBytes(uri: string): Uint8Array {
  try {
    return keyOfUri(uri).key;
  } catch {
    return Buffer.from(uri);
  }
}

function payload(value: TermValue): Uint8Array {
  switch (value.kind) {
    case 'none':
      return new Uint8Array();
    case 'number':
      return Buffer.concat([numberBytes(value.value), Buffer.of(value.written ? 1 : 0)]);
    case 'instant':
      return numberBytes(value.value);
    case 'text':
      return bounded(Buffer.from(value.value));
    case 'uri':
      return bounded(uriBytes(value.value));
  }
}

/** The key of one value under a name. */
export const termKey = (name: string, value: TermValue): Uint8Array =>
  Buffer.concat([head(name), Buffer.of(TAGS[value.kind]), payload(value)]);

/** What all terms of the name of a term's key begin with. */
export const termHead = (key: Uint8Array): Uint8Array => key.subarray(0, TERM_HEAD_BYTES);

/** The mark that an event has several values like the one of this key under its name; undefined for what is not compared. */
export function severalKey(key: Uint8Array): Uint8Array | undefined {
  const tag = SEVERAL.get(key[TERM_HEAD_BYTES] ?? 0);
  return tag === undefined ? undefined : Buffer.concat([termHead(key), Buffer.of(tag)]);
}

/** All keys of a name, whatever the value. */
export const termsNamed = (name: string): KeyRange => ({ from: head(name), to: after(head(name)) });

/** The keys of a name whose number or instant compares as asked. */
export function termsCompared(
  name: string,
  op: 'GT' | 'GE' | 'LT' | 'LE',
  kind: 'number' | 'instant',
  value: number,
): KeyRange {
  const all = Buffer.concat([head(name), Buffer.of(TAGS[kind])]);
  const edge = Buffer.concat([all, numberBytes(value)]);
  const at = op === 'GE' || op === 'LT' ? edge : after(edge);
  return op === 'GT' || op === 'GE' ? { from: at, to: after(all) } : { from: all, to: at };
}
