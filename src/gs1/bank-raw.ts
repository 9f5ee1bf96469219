import { type Control, readControl, writeControl } from './bank-control.ts';
import { type EpcBankLayout, writeEpcBank } from './bank-epc.ts';
import { EPC_BITS_MAX, toHex } from './binary.ts';
import { HEX, firstOutside, hexPair } from './charset.ts';
import { Gs1Error } from './error.ts';
import { encodeTagUri, isTagUri } from './tag-uri.ts';

const RAW_HEAD = 'urn:epc:raw:';
/** Characters of the longest raw URI, control fields included, with some to spare. */
const RAW_CHARS_MAX = 256;

/** What a raw URI says: bits of an EPC bank that no scheme explains (TDS 2.3 section 12.4). */
interface RawEpc {
  readonly epc: Uint8Array;
  readonly control: Control & { afi?: number };
}

/** The raw URI of an EPC bank, control fields and ISO application family included. */
export function bankRawUri({ epc, control, afi }: { epc: Uint8Array; control: Control; afi?: number }): string {
  const family = afi === undefined ? '' : `x${toHex(Uint8Array.of(afi))}.`;
  return `${RAW_HEAD}${writeControl(control)}${epc.length * 8}.${family}x${toHex(epc)}`;
}

const refuse = (at: number): Gs1Error =>
  new Gs1Error('URI_SYNTAX', 'A raw URI is urn:epc:raw:BITS.xHEX or urn:epc:raw:BITS.xAFI.xHEX, of whole words.', at);

function bytesOf(text: string, at: number): Uint8Array {
  const outside = firstOutside(text, HEX);
  if (outside >= 0 || text.length % 2 !== 0) throw refuse(at + Math.max(0, outside));
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => hexPair(text, i * 2));
}

/** Reads `urn:epc:raw:[…]96.x3034…` and `urn:epc:raw:80.xA9.x…`. */
function parseRawUri(text: string): RawEpc {
  if (text.length > RAW_CHARS_MAX) throw new Gs1Error('TOO_LONG', `A raw URI has at most ${RAW_CHARS_MAX} characters.`);
  const { control, at } = readControl(text, RAW_HEAD.length);
  const parts = /^(0|[1-9][0-9]{0,2})\.x(?:([^.]{2})\.x)?([^.]*)$/.exec(text.slice(at));
  if (!parts) throw refuse(at);
  const [, bits, family, value] = parts;
  const epc = bytesOf(value!, text.length - value!.length);
  if (epc.length * 8 !== Number(bits) || Number(bits) % 16 !== 0 || Number(bits) > EPC_BITS_MAX) throw refuse(at);
  if (family === undefined) return { epc, control };
  if (control.attributes !== undefined)
    throw new Gs1Error('CONTROL_FIELD', 'A tag with an application family has no attribute bits.', RAW_HEAD.length);
  return { epc, control: { ...control, afi: bytesOf(family, at)[0]! } };
}

const isRawUri = (text: string): boolean => text.slice(0, RAW_HEAD.length).toLowerCase() === RAW_HEAD;

/**
 * The bytes of the EPC bank that a tag URI or a raw URI names, its control fields included, from the PC word on (or the
 * CRC, with layout `memory`). Throws Gs1Error.
 */
export function encodeEpcBank(uri: string, layout: EpcBankLayout = 'stored'): Uint8Array {
  if (isRawUri(uri)) {
    const { epc, control } = parseRawUri(uri);
    return writeEpcBank(epc, control, layout);
  }
  if (!isTagUri(uri)) throw new Gs1Error('UNKNOWN_FORM', 'An EPC bank is written from a tag URI or a raw URI.', 0);
  const { tag, bytes } = encodeTagUri(uri);
  return writeEpcBank(bytes, tag.control, layout);
}
