import { keyOfUri } from '../gs1/index.ts';

/*
 * What a MATCH parameter's value names, as storage keys (gs1/key.ts): one key, or a range of keys for a pattern URN
 * `urn:epc:idpat:…*` (EPCIS 2.0 section 8.2.7.1.1). Keys keep the order of the digits, so that all serials of a class
 * and all references of a company prefix stand side by side.
 */

/** Keys from `from` up to and without `to`; `from` alone where `to` is absent. */
export interface KeyRange {
  from: Uint8Array;
  to?: Uint8Array;
}

/** `digits`: company prefix and reference together. `front`: the reference's first digit stands before the prefix. */
interface Numbered {
  digits: number;
  front?: boolean;
  /** Fields behind the reference as the lowest and the highest key have them; the key is cut behind the number. */
  low: string;
  high: string;
  /** Bytes of kind and number. */
  width: number;
}

const serial = { low: '.1', high: '.1' };
const none = { low: '', high: '' };

const NUMBERED: Record<string, Numbered> = {
  sgtin: { digits: 13, front: true, ...serial, width: 7 },
  upui: { digits: 13, front: true, ...serial, width: 7 },
  sscc: { digits: 17, front: true, ...none, width: 9 },
  sgln: { digits: 12, ...serial, width: 7 },
  pgln: { digits: 12, ...none, width: 7 },
  grai: { digits: 12, ...serial, width: 7 },
  gdti: { digits: 12, ...serial, width: 7 },
  sgcn: { digits: 12, ...serial, width: 7 },
  gsrn: { digits: 17, ...none, width: 9 },
  gsrnp: { digits: 17, ...none, width: 9 },
  gsin: { digits: 16, ...none, width: 9 },
  itip: { digits: 13, front: true, low: '.00.00.1', high: '.99.99.1', width: 9 },
};

/** Schemes whose keys hold text: the pattern's text up to its first star, and what stands before a text in the key. */
const TEXTUAL: Record<string, string> = {
  giai: 'urn:epc:id:giai:PREFIX.1',
  ginc: 'urn:epc:id:ginc:PREFIX.1',
};

const PATTERN = /^urn:epc:idpat:([a-z]+):(\d+)\.(.*)$/;
const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

/**
 * The keys that a value of MATCH_… names; several ranges where a leading digit is free. `of` says whether lists of EPCs
 * or of classes are asked: `urn:epc:idpat:sgtin:C.I.*` is all serials there and the one class here.
 * Undefined for a pattern that no range can answer. Throws Gs1Error for a malformed GS1 identifier.
 */
export function keyRanges(uri: string, of: 'epc' | 'class'): KeyRange[] | undefined {
  const [, scheme = '', prefix = '', rest = ''] = PATTERN.exec(uri) ?? [];
  if (!rest.endsWith('*')) return [{ from: keyOfUri(uri).key }];
  if (of === 'class') return scheme === 'lgtin' ? lots(prefix, rest) : [{ from: keyOfUri(uri).key }];
  if (Object.hasOwn(TEXTUAL, scheme)) return textual(TEXTUAL[scheme] as string, prefix, rest);
  return Object.hasOwn(NUMBERED, scheme) ? numbered(scheme, NUMBERED[scheme] as Numbered, prefix, rest) : undefined;
}

/** Stars fill whole fields from the right; this is the reference before them, '*' when it is free itself. */
const referenceOf = (rest: string): string | undefined => {
  const [reference = '', ...others] = rest.split('.');
  return others.every((field) => field === '*') ? reference : undefined;
};

function numbered(scheme: string, row: Numbered, prefix: string, rest: string): KeyRange[] | undefined {
  const reference = referenceOf(rest);
  const length = row.digits - prefix.length;
  if (reference === undefined || length < 0) return undefined;
  const range = (low: string, high: string): KeyRange => ({
    from: cut(`urn:epc:id:${scheme}:${prefix}.${low}${row.low}`, row.width),
    to: after(cut(`urn:epc:id:${scheme}:${prefix}.${high}${row.high}`, row.width)),
  });
  if (reference !== '*') return [range(reference, reference)];
  if (!row.front) return [range('0'.repeat(length), '9'.repeat(length))];
  return DIGITS.map((digit) => range(digit + '0'.repeat(length - 1), digit + '9'.repeat(length - 1)));
}

function lots(prefix: string, rest: string): KeyRange[] | undefined {
  const reference = referenceOf(rest);
  if (reference === undefined || reference === '*') return undefined;
  const from = cut(`urn:epc:class:lgtin:${prefix}.${reference}.1`, NUMBERED['sgtin']?.width ?? 0);
  return [{ from, to: after(from) }];
}

function textual(form: string, prefix: string, rest: string): KeyRange[] | undefined {
  if (rest !== '*') return undefined;
  const from = keyOfUri(form.replace('PREFIX', prefix)).key.slice(0, -1); // without the reference `1`
  return [{ from, to: after(from) }];
}

const cut = (uri: string, width: number): Uint8Array => keyOfUri(uri).key.slice(0, width);

/** The first key behind all that begin with `bytes`. */
export function after(bytes: Uint8Array): Uint8Array {
  const next = new Uint8Array(bytes); // slice() of a Buffer would be the same bytes
  for (let i = next.length - 1; i >= 0; i--) {
    const byte = next[i] as number;
    next[i] = byte === 0xff ? 0 : byte + 1;
    if (byte !== 0xff) break;
  }
  return next;
}
