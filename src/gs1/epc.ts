import { decode } from './binary.ts';
import { withDecimal, withDigits, withWideDecimal } from './decimal.ts';
import { ITEM_END, LOCATION_END, PREFIX_AT, classAt, classUri, gcpLengthAt, word } from './epc-class.ts';
import { assetHigh, couponSerial, longReference, partReference, partSerial, serial38, serial41 } from './epc-fields.ts';
import { type TextRoom, isZeroFrom, urnText7 } from './epc-text.ts';
import { keyOf, uriOfKey } from './key.ts';
import { GCP_BITS } from './layout.ts';
import { toUrn } from './urn.ts';

/*
 * The way of most reads: bytes straight to URI, without objects for fields. Whatever is not plainly right, a bad value
 * among it, goes through decode(), which knows every scheme and every reason to refuse.
 */

const BYTES_96 = 12;
const ITIP_110_BITS = 110;
const ITIP_110_BYTES = 14;
const SSCC_DIGITS = 17;
const TEXT_KEY_CHARS = 30;
const GID = 'urn:epc:id:gid:';

const SGTIN_TEXT: TextRoom = [ITEM_END, 140, 20];
const SGLN_TEXT: TextRoom = [LOCATION_END, 140, 20];
const GRAI_TEXT: TextRoom = [ITEM_END, 112, 16];
const GDTI_TEXT: TextRoom = [LOCATION_END, 119, 17];

/** GIAI-202, by partition: all bits behind the company prefix. */
const ASSET_TEXTS = GCP_BITS.map((width, partition): TextRoom => [
  PREFIX_AT + width,
  188 - width,
  TEXT_KEY_CHARS - (12 - partition),
]);

const join = (slot: number, rest: string | undefined): string | undefined =>
  rest === undefined ? undefined : classUri(slot) + rest;

function textUri(slot: number, b: Uint8Array, at: number, end: number, room: TextRoom): string | undefined {
  return join(slot, urnText7(b, at, end, room));
}

function longUri(slot: number, b: Uint8Array, at: number): string | undefined {
  const reference = longReference(b, at, gcpLengthAt(b, at));
  return reference < 0 ? undefined : withDigits(classUri(slot), reference, SSCC_DIGITS - gcpLengthAt(b, at));
}

function partUri(slot: number, b: Uint8Array, at: number): string | undefined {
  const part = partReference(b, at, gcpLengthAt(b, at));
  return part < 0 ? undefined : withDecimal(`${withDecimal(classUri(slot), part)}.`, partSerial(b, at));
}

/** Piece, total and the 38 bits behind them; the word's last two bits are zero. */
function piecesUri(slot: number, b: Uint8Array, at: number): string | undefined {
  const piece = ((b[at + 7]! & 63) << 1) | (b[at + 8]! >> 7);
  const total = b[at + 8]! & 127;
  if (piece > 99 || total > 99 || !isZeroFrom(b, at, ITIP_110_BITS, at + ITIP_110_BYTES)) return undefined;
  const serial = word(b, at + 9) * 64 + (b[at + 13]! >> 2);
  return withDecimal(`${withDigits(`${withDigits(classUri(slot), piece, 2)}.`, total, 2)}.`, serial);
}

/** The three numbers of a GID-96. */
function managerUri(b: Uint8Array, at: number): string {
  const manager = (word(b, at) & 0xff_ffff) * 16 + (b[at + 4]! >> 4);
  const kind = (word(b, at + 4) >>> 4) & 0xff_ffff;
  const serial = (b[at + 7]! & 15) * 2 ** 32 + word(b, at + 8);
  return withDecimal(`${withDecimal(`${withDecimal(GID, manager)}.`, kind)}.`, serial);
}

/** The URI of what is plainly right, 12 bytes at least; undefined for anything else. */
function plainUri(b: Uint8Array, at: number, length: number): string | undefined {
  const header = b[at]!;
  if (header === 0x35) return managerUri(b, at);
  const slot = classAt(b, at);
  if (slot < 0) return undefined;
  const end = at + length;
  switch (header) {
    case 0x30: // SGTIN-96
    case 0x33: // GRAI-96
      return withDecimal(classUri(slot), serial38(b, at));
    case 0x32: // SGLN-96
    case 0x2c: // GDTI-96
      return withDecimal(classUri(slot), serial41(b, at));
    case 0x31: // SSCC-96
    case 0x2d: // GSRN-96
    case 0x2e: // GSRNP-96
      return longUri(slot, b, at);
    case 0x34: // GIAI-96
      return withWideDecimal(classUri(slot), assetHigh(b, at, gcpLengthAt(b, at)), word(b, at + 8));
    case 0x3f: // SGCN-96
      return join(slot, couponSerial(b, at));
    case 0x3c: // CPI-96
      return partUri(slot, b, at);
    case 0x40: // ITIP-110
      return length < ITIP_110_BYTES ? undefined : piecesUri(slot, b, at);
    case 0x36: // SGTIN-198
      return length < 25 ? undefined : textUri(slot, b, at, end, SGTIN_TEXT);
    case 0x39: // SGLN-195
      return length < 25 ? undefined : textUri(slot, b, at, end, SGLN_TEXT);
    case 0x37: // GRAI-170
      return length < 22 ? undefined : textUri(slot, b, at, end, GRAI_TEXT);
    case 0x3e: // GDTI-174
      return length < 22 ? undefined : textUri(slot, b, at, end, GDTI_TEXT);
    case 0x38: // GIAI-202
      return length < 26 ? undefined : textUri(slot, b, at, end, ASSET_TEXTS[12 - gcpLengthAt(b, at)]!);
    default:
      return undefined;
  }
}

/** A view of the EPC where it is not the whole array. */
export const epcSlice = (bytes: Uint8Array, offset: number, length: number): Uint8Array =>
  offset === 0 && length === bytes.length ? bytes : bytes.subarray(offset, offset + length);

/**
 * The pure identity URI of an EPC bank's bytes from the header on, at reader speed. Throws Gs1Error as decode does.
 * All classic schemes have one; a `+` tag, which tells no company prefix, is named by its canonical Digital Link, without
 * the data beside its identity.
 */
export function uriOfEpc(bytes: Uint8Array, offset = 0, length = bytes.length - offset): string {
  const uri = length >= BYTES_96 && offset + length <= bytes.length ? plainUri(bytes, offset, length) : undefined;
  if (uri !== undefined) return uri;
  const { id } = decode(epcSlice(bytes, offset, length));
  return toUrn(id) ?? uriOfKey(keyOf(id), 0, 'link');
}
