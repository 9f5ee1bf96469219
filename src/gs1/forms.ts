import { type Encoding, type Tag, decode, encodeTag, rawUri, toHex } from './binary.ts';
import { isWebUri, toLink } from './digital-link.ts';
import { toElementString } from './element-string.ts';
import { withGcpLength } from './elements.ts';
import { Gs1Error, type Gs1ErrorCode } from './error.ts';
import type { GcpKnowledge, GcpKnown } from './gcp-table.ts';
import { formsOfHex } from './epc-forms.ts';
import { fromHex, isHex } from './hex.ts';
import { hostOfLink } from './hostname.ts';
import type { Element, Id } from './id.ts';
import { parse } from './parse.ts';
import { type PlusScheme, plusSchemeNamed } from './plus-schemes.ts';
import { checkGcpLength } from './scheme.ts';
import { isTagUri, parseTagUri, toTagUri } from './tag-uri.ts';
import { toUrn } from './urn.ts';

/** Any form of an identifier, and what the asker wants or knows beside it. */
export interface Question {
  value: string;
  /** Digits of the company prefix, 6..12, where known. */
  gcpLength?: number;
  /** Binary scheme to encode under, as TDS prints it. */
  encode?: string;
  filter?: number;
  /** Host name for a `++` scheme, where the value is no Digital Link of that host. */
  host?: string;
  /** Leave room for an XPC in the tag's memory: 464 bits instead of 496. */
  xpc?: boolean;
}

/** Every form that exists for the identifier (docs: tagtrail epc --help). */
export interface Forms {
  scheme: string;
  hex?: string;
  tagUri?: string;
  pureIdentity?: string;
  elementString?: string;
  digitalLink?: string;
  filter?: number;
  /** AIs of a `+` or `++` tag behind the scheme's own. */
  aidc?: readonly Element[];
}

export interface Refusal {
  code: Gs1ErrorCode;
  message: string;
  position?: number;
  /** `urn:epc:raw:` of bits that no scheme explains, so that the read can be kept. */
  raw?: string;
}

export type Answer =
  /** `gcp`: where the company prefix length is from, when neither the value nor the question told it. */
  { ok: true; id: Id; forms: Forms; gcp?: GcpKnown } | { ok: false; refusal: Refusal };

/** The refusal that an error of this room tells; others are thrown on. `raw` goes with it. */
export function refusalOf(error: unknown, raw?: string): Refusal {
  if (!(error instanceof Gs1Error)) throw error;
  const { code, message, position } = error;
  return { code, message, ...(position !== undefined && { position }), ...(raw !== undefined && { raw }) };
}

/** Name of the scheme in an answer that is no binary: the pattern's own, or the kind. */
function schemeName(id: Id): string {
  return id.pattern === undefined ? id.kind : id.pattern.split(':')[3]!.toUpperCase();
}

/** Every form of an identifier; with `tag` the binary ones too. `hex` are bits to show as they were encoded. */
function formsOf(id: Id, tag?: Tag, hex?: string): Forms {
  const forms: Forms = { scheme: tag?.scheme ?? schemeName(id) };
  const put = (name: 'hex' | 'tagUri' | 'pureIdentity' | 'elementString' | 'digitalLink', form: string | undefined) => {
    if (form !== undefined) forms[name] = form;
  };
  put('hex', hex);
  const isPlus = tag !== undefined && plusSchemeNamed(tag.scheme) !== undefined;
  put('tagUri', tag && toTagUri(tag));
  put('pureIdentity', isPlus ? undefined : toUrn(id));
  put('elementString', toElementString(id));
  put('digitalLink', toLink(id, tag?.host));
  if (tag?.filter !== undefined) forms.filter = tag.filter;
  if (tag?.aidc?.length) forms.aidc = tag.aidc;
  return forms;
}

/** Reads the question's value exactly as it stands: EPC hex, tag URI, or any text form. */
function readValue(value: string, relations: boolean): { id: Id; tag?: Tag } {
  if (isHex(value)) {
    const { bytes, bits } = fromHex(value);
    const tag = decode(bytes, bits);
    return { id: tag.id, tag };
  }
  if (!isTagUri(value)) return { id: parse(value, { relations }) };
  const tag = parseTagUri(value);
  return { id: tag.id, tag };
}

/** The value with the company prefix length that the question tells, else with the one that is known. */
function read(
  { value, gcpLength }: Question,
  relations: boolean,
  knowledge?: GcpKnowledge,
): { id: Id; tag?: Tag; gcp?: GcpKnown } {
  if (gcpLength !== undefined) checkGcpLength(gcpLength);
  const { id, tag } = readValue(value, relations);
  const gcp = gcpLength === undefined ? knowledge?.lengthOf(id) : undefined;
  const length = gcpLength ?? gcp?.length;
  const known = length === undefined ? id : withGcpLength(id, length);
  if (!gcp) knowledge?.learn(known);
  return { id: known, ...(tag && { tag }), ...(gcp && { gcp }) };
}

const WORD_CHARS = 4;

/** Hexadecimal characters as they were given, to whole words: a `+` tag may say one thing in several ways. */
const asGiven = (hex: string): string => hex.toUpperCase().padEnd(Math.ceil(hex.length / WORD_CHARS) * WORD_CHARS, '0');

/** Host name for a `++` scheme: the one asked for, else that of the link, or of the tag, that was asked about. */
function hostFor(plus: PlusScheme | undefined, { value, host }: Question, id: Id, tag?: Tag): string | undefined {
  if (!plus?.hasHost || host !== undefined) return host;
  return isWebUri(value) ? hostOfLink(value, id.ais[0]![0]) : tag?.host;
}

/**
 * Answers one question with every form, or with a refusal; never throws for a bad value. `knowledge` helps where neither
 * value nor question tell the length of the company prefix.
 */
export function answer(question: Question, knowledge?: GcpKnowledge): Answer {
  const { value, encode: scheme, filter, xpc } = question;
  if (scheme === undefined && filter === undefined && question.gcpLength === undefined && !knowledge) {
    const quick = formsOfHex(value);
    if (quick) return { ok: true, ...quick };
  }
  const plus = scheme === undefined ? undefined : plusSchemeNamed(scheme);
  try {
    const { id, tag, gcp } = read(question, plus === undefined, knowledge);
    const from = gcp && { gcp };
    const isBits = tag !== undefined && isHex(value);
    if (scheme === undefined && isBits && plusSchemeNamed(tag.scheme))
      return { ok: true, id, forms: formsOf(id, tag, asGiven(value)), ...from };
    const wanted = scheme ?? (isBits ? tag.scheme : undefined);
    if (wanted === undefined) return { ok: true, id, forms: formsOf(id, tag), ...from };
    const encoding: Encoding = { host: hostFor(plus, question, id, tag), hasXpc: xpc };
    const coded = encodeTag(id, wanted, filter ?? tag?.filter ?? 0, encoding);
    const codedTag = tag?.control ? { ...coded.tag, control: tag.control } : coded.tag;
    return { ok: true, id, forms: formsOf(coded.tag.id, codedTag, toHex(coded.bytes)), ...from };
  } catch (error) {
    const raw = isHex(value) && value.length > 1 ? rawOf(value) : undefined;
    return { ok: false, refusal: refusalOf(error, raw) };
  }
}

function rawOf(hex: string): string | undefined {
  try {
    const { bytes, bits } = fromHex(hex);
    return rawUri(bytes, bits);
  } catch {
    return undefined;
  }
}
