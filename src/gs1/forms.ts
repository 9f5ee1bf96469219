import { type Tag, decode, encode, hasFilter, rawUri, toHex } from './binary.ts';
import { toLink } from './digital-link.ts';
import { toElementString } from './element-string.ts';
import { withGcpLength } from './elements.ts';
import { Gs1Error, type Gs1ErrorCode } from './error.ts';
import { fromHex, isHex } from './hex.ts';
import type { Id } from './id.ts';
import { parse } from './parse.ts';
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
}

/** Every form that exists for the identifier (docs: tagtrail epc --help). */
interface Forms {
  scheme: string;
  hex?: string;
  tagUri?: string;
  pureIdentity?: string;
  elementString?: string;
  digitalLink?: string;
  filter?: number;
}

export interface Refusal {
  code: Gs1ErrorCode;
  message: string;
  position?: number;
  /** `urn:epc:raw:` of bits that no scheme explains, so that the read can be kept. */
  raw?: string;
}

export type Answer = { ok: true; id: Id; forms: Forms } | { ok: false; refusal: Refusal };

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
  const put = (name: 'hex' | 'pureIdentity' | 'elementString' | 'digitalLink', form: string | undefined) => {
    if (form !== undefined) forms[name] = form;
  };
  put('hex', hex);
  if (tag) forms.tagUri = toTagUri(tag);
  put('pureIdentity', toUrn(id));
  put('elementString', toElementString(id));
  put('digitalLink', toLink(id));
  if (tag?.filter !== undefined) forms.filter = tag.filter;
  return forms;
}

/** Reads the question's value exactly as it stands: EPC hex, tag URI, or any text form. */
function read({ value, gcpLength }: Question): { id: Id; tag?: Tag; isBinary: boolean } {
  if (gcpLength !== undefined) checkGcpLength(gcpLength);
  const known = (id: Id) => (gcpLength === undefined ? id : withGcpLength(id, gcpLength));
  if (isHex(value)) {
    const { bytes, bits } = fromHex(value);
    const tag = decode(bytes, bits);
    return { id: known(tag.id), tag, isBinary: true };
  }
  if (isTagUri(value)) {
    const tag = parseTagUri(value);
    return { id: known(tag.id), tag, isBinary: false };
  }
  return { id: known(parse(value)), isBinary: false };
}

/** The tag that an identifier makes under a scheme, and its bits. */
function encoded(id: Id, scheme: string, filter: number): [Tag, string] {
  const hex = toHex(encode(id, scheme, filter));
  return [hasFilter(scheme) ? { scheme, filter, id } : { scheme, id }, hex];
}

/** Answers one question with every form, or with a refusal; never throws for a bad value. */
export function answer(question: Question): Answer {
  const { value, encode: scheme, filter } = question;
  try {
    const { id, tag, isBinary } = read(question);
    const wanted = scheme ?? (isBinary ? tag?.scheme : undefined);
    if (wanted === undefined) return { ok: true, id, forms: formsOf(id, tag) };
    const [coded, hex] = encoded(id, wanted, filter ?? tag?.filter ?? 0);
    return { ok: true, id, forms: formsOf(id, coded, hex) };
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
