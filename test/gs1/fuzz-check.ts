import {
  Gs1Error,
  answer,
  answerBank,
  bytesOfTagUri,
  decode,
  encode,
  encodeTagUri,
  identify,
  KEY_BYTES_MAX,
  keyInto,
  keyKind,
  keyOf,
  keyOfEpc,
  keyOfUri,
  keyText,
  parse,
  toElementString,
  toHex,
  toLink,
  toTagUri,
  toUrn,
  uriOfEpc,
  uriOfKey,
} from '../../src/gs1/index.ts';
import type { Id } from '../../src/gs1/id.ts';
import { layoutOfScheme } from '../../src/gs1/layout.ts';

/** What a call gives, or the code of its refusal; any other error is a finding and goes on up. */
type Outcome<T> = { value: T } | { refused: string; position: number | undefined };
function outcome<T>(call: () => T): Outcome<T> {
  try {
    return { value: call() };
  } catch (error) {
    if (!(error instanceof Gs1Error)) throw error;
    if (!/^[A-Z_0-9]+$/.test(error.code))
      throw new Error(`a refusal without a code: ${error.message}`, { cause: error });
    return { refused: error.code, position: error.position };
  }
}

function same(what: string, got: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
}

const latin = (bytes: Uint8Array): string => keyText(bytes);
const keyed = (result: Outcome<Uint8Array>): Outcome<string> =>
  'value' in result ? { value: latin(result.value) } : result;

/**
 * Links and element strings alone refuse a piece above its total, a country that is not on the list in data beside the
 * key, and AIs that may not stand together.
 */
const REFUSED_IN_FORMS = new Set(['AI_RELATION', 'AI_VALUE']);

const sorted = ({ kind, ais }: Id) => [kind, ais.map((element) => element.join(' ')).toSorted()];

/** Every form of an accepted identifier is read again as the same thing. */
function checkForms(id: Id): void {
  const key = latin(keyOf(id));
  const known = id.gcpLength === undefined ? {} : { gcpLength: id.gcpLength };
  const urn = toUrn(id);
  if (urn !== undefined) {
    const again = parse(urn);
    same('the URN', toUrn(again), urn);
    same('the key of the URN', latin(keyOf(again)), key);
  }
  for (const [form, write] of [
    ['link', toLink],
    ['element string', toElementString],
  ] as const) {
    const text = write(id);
    if (text === undefined) continue;
    const again = outcome(() => parse(text, known));
    if ('refused' in again) {
      if (!REFUSED_IN_FORMS.has(again.refused)) throw new Error(`the ${form} ${text} is refused with ${again.refused}`);
      if (again.refused === 'AI_RELATION') parse(text, { relations: false });
      else if (id.kind !== 'ITIP' && id.ais.length === 1)
        throw new Error(`the ${form} ${text} is refused with ${again.refused}`);
      continue;
    }
    // a `+` tag's data may hold a qualifier, which a form puts behind its key
    same(`the ${form}`, sorted(again.value), sorted(id));
    same(`the key of the ${form}`, latin(keyOf(again.value)), key);
  }
}

const out = new Uint8Array(KEY_BYTES_MAX);

/** EPC bits: the quick ways and the long one agree, and what is accepted gives its own bits back. */
export function checkBytes(bytes: Uint8Array): boolean {
  const read = outcome(() => decode(bytes));
  const uri = outcome(() => uriOfEpc(bytes));
  const key = keyed(outcome(() => out.slice(0, keyInto(bytes, 0, bytes.length, out, 0))));
  same('key of bytes', keyed(outcome(() => keyOfEpc(bytes).key)), key);
  if ('refused' in read) {
    same('refusal of the URI', uri, read);
    same('refusal of the key', key, read);
    return false;
  }
  const { id, scheme, filter, host } = read.value;
  same('the URI', uri, { value: toUrn(id) ?? uriOfKey(keyOf(id), 0, 'link') });
  same('the key', key, { value: latin(keyOf(id)) });
  const coded = encode(id, scheme, filter, { host });
  const again = decode(coded);
  same('bits decoded again', [again.scheme, again.filter, again.id, again.host], [scheme, filter, id, host]);
  if (layoutOfScheme(scheme)) {
    const shared = Math.min(coded.length, bytes.length);
    same('bits', toHex(coded.subarray(0, shared)), toHex(bytes.subarray(0, shared)));
    if (coded.subarray(shared).some((byte) => byte !== 0)) throw new Error('bits that were not given');
    const tagUri = toTagUri(read.value)!;
    same('bits of the tag URI', toHex(bytesOfTagUri(tagUri)), toHex(coded));
  }
  checkForms(id);
  return true;
}

/** Any text: what parses survives every form, and every URI survives its key. */
export function checkText(text: string): boolean {
  const read = outcome(() => parse(text));
  if (/^urn:epc:tag:/i.test(text)) {
    const long = outcome(() => encodeTagUri(text).bytes);
    same('bits of the tag URI', keyed(outcome(() => bytesOfTagUri(text))), keyed(long));
  }
  if ('value' in read) checkForms(read.value);
  const found = outcome(() => keyOfUri(text));
  if ('refused' in found) return 'value' in read;
  const { key, gcpLength } = found.value;
  const uri = uriOfKey(key, gcpLength);
  same('the key of the key’s URI', latin(keyOfUri(uri).key), latin(key));
  if ('value' in read && !text.startsWith('(')) same('the key of a URI', latin(key), latin(keyOf(read.value)));
  return true;
}

/** Anything at all: identify never throws, and what it finds survives every form. */
export function checkIdentify(text: string): boolean {
  const found = identify(text);
  if (!found.ok) return false;
  for (const id of [found.id, ...found.others]) checkForms(id);
  return true;
}

/** A question: answer never throws, and its own forms are answered alike. */
export function checkAnswer(value: string): boolean {
  const given = answer({ value });
  if (!given.ok) {
    if (given.refusal.message === '') throw new Error('a refusal without a message');
    return false;
  }
  const { pureIdentity, tagUri } = given.forms;
  for (const form of [pureIdentity, tagUri]) {
    if (form === undefined) continue;
    const again = answer({ value: form });
    if (!again.ok) throw new Error(`its own form ${form} is refused: ${again.refusal.message}`);
    same('its own form', again.forms.pureIdentity, pureIdentity);
  }
  return true;
}

/** Bytes for a storage key: what has a URI is that URI's key. */
export function checkKey(bytes: Uint8Array): boolean {
  let uri: string;
  try {
    uri = uriOfKey(bytes);
  } catch (error) {
    // bytes of kind F0 that are no UTF-8 are no text of anybody
    if (error instanceof Gs1Error || (bytes[0] === 0xf0 && error instanceof TypeError)) return false;
    throw error;
  }
  if (bytes[0] === 0xf0) return true;
  const again = outcome(() => keyOfUri(uri));
  if ('refused' in again) {
    if (keyKind(bytes) === 'itip' && again.refused === 'AI_VALUE') return true;
    throw new Error(`its URI ${uri} is refused with ${again.refused}`);
  }
  same('the key of the URI', latin(again.value.key), latin(bytes));
  return true;
}

/** A memory bank: never throws. */
export function checkBank(question: { bank: 'epc' | 'tid' | 'user'; value: string }): boolean {
  return answerBank(question).refusal === undefined;
}
