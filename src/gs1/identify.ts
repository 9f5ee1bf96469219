import { type Tag, decode, rawUri } from './binary.ts';
import { checkValue } from './ai.ts';
import { hasCheckDigit } from './check-digit.ts';
import { idOfDrugCode, idOfUscc, isDrugCode, isOfGs1China, isOrganisationCode, readUscc } from './china.ts';
import { idOfElements } from './elements.ts';
import { Gs1Error } from './error.ts';
import { type Refusal, refusalOf } from './forms.ts';
import { fromHex, isHex } from './hex.ts';
import type { Id } from './id.ts';
import { withoutAlphas } from './link-alpha.ts';
import { parse } from './parse.ts';
import { gtinOfUpcE, readAnnounced, readBareElements, readScan } from './scan.ts';
import { isTagUri, parseTagUri } from './tag-uri.ts';

/** Characters of the longest text that is looked at. */
const IDENTIFY_CHARS_MAX = 4096;

/** What kind of text was read. */
type Form = 'EPC' | 'tag URI' | 'URN' | 'link' | 'element string' | 'scan' | 'number' | 'drug code' | 'credit code';

interface Reading {
  readonly form: Form;
  /** The likeliest meaning first. */
  readonly ids: readonly [Id, ...Id[]];
  /** What the bits said, where the text was an EPC or a tag URI. */
  readonly tag?: Tag;
}

export type Identified =
  | {
      ok: true;
      form: Form;
      id: Id;
      tag?: Tag;
      /** Other things that the same text may name: 13 digits are a GTIN or a location. */
      others: Id[];
      /** Who has given out the key's prefix, where this room knows. */
      issuer?: 'GS1 China';
    }
  | ({ ok: false } & Refusal);

/** AIs of typed numbers by their count of digits; the likeliest first. */
const TYPED: Record<number, readonly [string, ...string[]]> = {
  8: ['01'],
  12: ['01'],
  13: ['01', '414', '417'],
  14: ['01'],
  17: ['402'],
  18: ['00', '8018', '8017'],
};
const GTIN_DIGITS = 14;

/** Full-width forms and ideographic spaces as ASCII, invisible characters away, blanks at the ends away. */
function plainText(text: string): string {
  return text
    .replace(/[\uFF01-\uFF5E]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[\u200B-\u200F\u202A-\u202E\u2060\uFEFF]/g, '')
    .replace(/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, ' ')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}

const idOfKey = (ai: string, number: string): Id =>
  idOfElements([[ai, ai === '01' ? number.padStart(GTIN_DIGITS, '0') : number]]);

/** Digits that somebody has typed; undefined where no key has so many. */
function typedNumber(digits: string): Reading | undefined {
  const ais = TYPED[digits.length];
  if (!ais || !/^\d+$/.test(digits)) return undefined;
  const upcE = digits.length === 8 ? gtinOfUpcE(digits) : undefined;
  const long = upcE === undefined ? [] : [idOfKey('01', upcE)];
  if (hasCheckDigit(digits)) {
    const [first, ...rest] = ais;
    return { form: 'number', ids: [idOfKey(first, digits), ...rest.map((ai) => idOfKey(ai, digits)), ...long] };
  }
  if (long[0]) return { form: 'number', ids: [long[0]] };
  throw new Gs1Error('CHECK_DIGIT', `The last digit of ${digits} is not its check digit.`, digits.length - 1);
}

/** What people write in front of a number, and the AI that they mean. */
const LABELS: Record<string, string> = {
  GTIN: '01',
  EAN: '01',
  UPC: '01',
  SSCC: '00',
  GLN: '414',
  PGLN: '417',
  GRAI: '8003',
  GIAI: '8004',
  GSRN: '8018',
  GSRNP: '8017',
  GDTI: '253',
  GSIN: '402',
  GINC: '401',
};

const TEXT_KEYS = ['8003', '8004', '253', '401'];

/** A number with its name in front: `GLN: 9524321000026`. */
function labelled(text: string): Reading | undefined {
  const [, label, rest] = /^([A-Za-z]{3,5})(?:-(?:8|12|13|14))?[\s:=#]+(\S.*)$/.exec(text) ?? [];
  const ai = label === undefined ? undefined : LABELS[label.toUpperCase()];
  if (ai === undefined) return undefined;
  // in keys that hold text a hyphen is a character like others
  const value = rest!.replace(TEXT_KEYS.includes(ai) ? /\s/g : /[\s-]/g, '');
  checkValue(ai, ai === '01' ? value.padStart(GTIN_DIGITS, '0') : value);
  return { form: 'number', ids: [idOfKey(ai, value)] };
}

const SEEMS_USCC = /^[1-9ANY][0-9A-HJ-NPQRTUWXY]\d{6}[0-9A-Z]{10}$/;

function creditCode(compact: string): Reading | undefined {
  const code = compact.toUpperCase();
  if (!SEEMS_USCC.test(code)) return undefined;
  const { valid, faults } = readUscc(code);
  if (valid) return { form: 'credit code', ids: [idOfUscc(code)] };
  // digits alone are likelier a GS1 key
  if (/^\d+$/.test(code)) return undefined;
  throw new Gs1Error('CHECK_CHARACTER', faults[0]!.message, faults[0]!.position);
}

/** An organisation code names nobody whom the platform keys: it says so, and where to look. */
function organisationCode(compact: string): undefined {
  if (!/[A-Z]|-/.test(compact) || !isOrganisationCode(compact.replace('-', ''))) return undefined;
  throw new Gs1Error(
    'UNKNOWN_FORM',
    `${compact} is an organisation code (GB 11714); the unified social credit code of 18 characters around it is needed.`,
  );
}

function drugCode(compact: string): Reading | undefined {
  return isDrugCode(compact) ? { form: 'drug code', ids: [idOfDrugCode(compact)] } : undefined;
}

/** Starts like a key whose value has a fixed size: worth an error of its own. */
const SEEMS_ELEMENTS = /^(?:01\d{14}|00\d{18}|(?:41[47]|253|255)\d{13}|8003\d{14}|801[78]\d{18}|402\d{17})/;

function bareElements(text: string): Reading | undefined {
  const compact = text.replace(/\s/g, '');
  if (TYPED[compact.length] && /^\d+$/.test(compact)) return undefined;
  const id = readBareElements(text);
  if (id) return { form: 'element string', ids: [id] };
  return SEEMS_ELEMENTS.test(compact) ? { form: 'element string', ids: [readAnnounced(compact, 0)] } : undefined;
}

/** The hexadecimal characters of pasted EPC bits, without `0x` and blanks; undefined where it is something else. */
function hexPart(text: string): string | undefined {
  const compact = text.replace(/^0x/i, '').replace(/[\s:-]/g, '');
  return isHex(compact) ? compact : undefined;
}

function epc(text: string): Reading | undefined {
  const hex = hexPart(text);
  if (hex === undefined) return undefined;
  const { bytes, bits } = fromHex(hex);
  const tag = decode(bytes, bits);
  return { form: 'EPC', ids: [tag.id], tag };
}

/** Ways to read text that does not say what it is; the likeliest first. */
const WAYS: ((text: string, compact: string) => Reading | undefined)[] = [
  labelled,
  (_, compact) => typedNumber(compact.replaceAll('-', '')),
  (_, compact) => creditCode(compact),
  (_, compact) => organisationCode(compact.toUpperCase()),
  (_, compact) => drugCode(compact),
  bareElements,
  epc,
];

/** Every way that makes sense, as one reading; else what is wrong in the likeliest one. */
function plain(text: string): Reading {
  const compact = text.replace(/\s/g, '');
  const found: Reading[] = [];
  let first: Gs1Error | undefined;
  for (const way of WAYS) {
    try {
      const reading = way(text, compact);
      if (reading) found.push(reading);
    } catch (error) {
      if (!(error instanceof Gs1Error)) throw error;
      first ??= error;
    }
  }
  const [best, ...rest] = found;
  if (best) return { ...best, ids: [...best.ids, ...rest.flatMap(({ ids }) => ids)] };
  throw first ?? new Gs1Error('UNKNOWN_FORM', 'The text is no EPC, URI, link, element string, scan or known number.');
}

/** A link; one that says AIs by their old names too, and one without `https://`. */
function link(text: string): Reading {
  try {
    return { form: 'link', ids: [parse(text)] };
  } catch (error) {
    const plainer = error instanceof Gs1Error && error.code === 'NO_KEY' ? withoutAlphas(text) : undefined;
    if (plainer === undefined) throw error;
    return { form: 'link', ids: [{ ...parse(plainer), alias: text }] };
  }
}

const BARE_LINK = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(?::\d+)?\/\S+$/;

function read(text: string): Reading {
  if (text === '') throw new Gs1Error('EMPTY', 'Nothing is there to identify.');
  if (text.length > IDENTIFY_CHARS_MAX)
    throw new Gs1Error('TOO_LONG', `At most ${IDENTIFY_CHARS_MAX} characters are looked at.`, IDENTIFY_CHARS_MAX);
  const scan = readScan(text);
  if (scan?.id) return { form: 'scan', ids: [scan.id] };
  return readText(scan?.data ?? text);
}

function readText(text: string): Reading {
  if (text.startsWith('(')) return { form: 'element string', ids: [parse(text.replace(/\s/g, ''))] };
  if (isTagUri(text)) {
    const tag = parseTagUri(text);
    return { form: 'tag URI', ids: [tag.id], tag };
  }
  if (/^urn:/i.test(text)) return { form: 'URN', ids: [parse(text)] };
  if (/^https?:/i.test(text)) return link(text);
  return BARE_LINK.test(text) ? link(`https://${text}`) : plain(text);
}

/**
 * Makes an identifier of anything pasted, typed or scanned: EPC bits, URIs, links, element strings with or without
 * brackets, scanned data with separators replaced or lost, plain GTIN, SSCC and GLN numbers, Chinese codes, with blanks
 * and full-width characters. Never throws for bad text.
 */
export function identify(anything: string): Identified {
  const text = plainText(anything.slice(0, IDENTIFY_CHARS_MAX + 1));
  try {
    const { form, ids, tag } = read(text);
    const [id, ...others] = ids;
    return {
      ok: true,
      form,
      id,
      others,
      ...(tag && { tag }),
      ...(isOfGs1China(id) && { issuer: 'GS1 China' as const }),
    };
  } catch (error) {
    const hex = hexPart(text);
    return { ok: false, ...refusalOf(error, hex && hex.length > 1 ? rawOf(hex) : undefined) };
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
