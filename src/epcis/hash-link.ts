/*
 * Identifiers as the event hash writes them (CBV 2.0 section 8.9, epcis.md section 9.11). This is no parser of GS1
 * keys (that is src/gs1): check digits of a given link are kept, short GTINs are padded unseen, and what does not fit
 * stays as it is, since a hash must exist for events with wrong identifiers too.
 */

const HOST = 'https://id.gs1.org';

/** Percent-encodes everything but letters, digits and `- . _ ~ '`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!()*]/g, (char) => '%' + char.charCodeAt(0).toString(16).toUpperCase());

/** The text without its percent triplets; undefined where they are no UTF-8. */
function decode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const DIGITS = /^\d+$/;
const PLAIN = /^[A-Za-z0-9\-._~']*$/;

/** A component re-encoded; undefined where it is empty or its escapes are broken. */
function recoded(text: string): string | undefined {
  if (PLAIN.test(text)) return text === '' ? undefined : text;
  const plain = decode(text);
  return plain === undefined ? undefined : encode(plain);
}

/** The GS1 check digit (mod 10, weights 3 and 1 from the right) behind its digits. */
function checked(digits: string): string {
  let sum = 0;
  for (let i = digits.length - 1, weight = 3; i >= 0; i--, weight = 4 - weight)
    sum += (digits.charCodeAt(i) - 48) * weight;
  return digits + String((10 - (sum % 10)) % 10);
}

/** Path of a URN scheme's fields. `length` is that of company prefix and reference together; 0 for text references. */
interface Scheme {
  fields: number;
  length: number;
  path(prefix: string, reference: string, rest: string[]): string;
}

/** Indicator or extension digit goes to the front: `C`, `I123` gives `I C 123`. */
const fronted = (prefix: string, reference: string): string =>
  checked(reference.charAt(0) + prefix + reference.slice(1));
const qualified = (path: string, ai: string, value: string | undefined): string =>
  value ? `${path}/${ai}/${value}` : path;
const gtin = (ai: string): Scheme => ({
  fields: 3,
  length: 13,
  path: (c, r, [s]) => qualified(`/01/${fronted(c, r)}`, ai, s),
});
const keyed = (ai: string, length: number, zero = ''): Scheme => ({
  fields: 3,
  length,
  path: (c, r, [s = '']) => `/${ai}/${zero}${checked(c + r)}${s}`,
});
const whole = (ai: string, length: number): Scheme => ({
  fields: 2,
  length,
  path: (c, r) => `/${ai}/${checked(c + r)}`,
});
const text = (ai: string): Scheme => ({ fields: 2, length: 0, path: (c, r) => `/${ai}/${c}${r}` });

const SCHEMES: Record<string, Scheme> = {
  sgtin: gtin('21'),
  lgtin: gtin('10'),
  upui: gtin('235'),
  sscc: { fields: 2, length: 17, path: (c, r) => `/00/${fronted(c, r)}` },
  sgln: {
    fields: 3,
    length: 12,
    path: (c, r, [x]) => qualified(`/414/${checked(c + r)}`, '254', x === '0' ? undefined : x),
  },
  pgln: whole('417', 12),
  grai: keyed('8003', 12, '0'),
  gdti: keyed('253', 12),
  sgcn: keyed('255', 12),
  giai: text('8004'),
  ginc: text('401'),
  gsrn: whole('8018', 17),
  gsrnp: whole('8017', 17),
  gsin: whole('402', 16),
  cpi: { fields: 3, length: 0, path: (c, r, [s]) => qualified(`/8010/${c}${r}`, '8011', s) },
  itip: {
    fields: 5,
    length: 13,
    path: (c, r, [piece, total, s]) => qualified(`/8006/${fronted(c, r)}${piece ?? ''}${total ?? ''}`, '21', s),
  },
};

/** Splits at the first dots only: a serial may hold dots of its own. */
function fieldsOf(body: string, count: number): string[] {
  const parts = body.split('.');
  return parts.length <= count ? parts : [...parts.slice(0, count - 1), parts.slice(count - 1).join('.')];
}

/** The fields of a pattern before its stars. A loop: a regular expression would take quadratic time on many stars. */
function withoutStars(body: string): string {
  let end = body.length;
  while (body.endsWith('.*', end)) end -= 2;
  return body.slice(0, end);
}

/** `urn:epc:id|class|idpat:…` as path; undefined where it fits no scheme. */
function urnPath(urn: string): string | undefined {
  const [, , form, name = '', ...rest] = urn.split(':');
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (!scheme || (form !== 'id' && form !== 'class' && form !== 'idpat')) return undefined;
  const full = rest.join(':');
  const body = form === 'idpat' ? withoutStars(full) : full;
  const pattern = body !== full;
  const [prefix = '', reference, ...others] = fieldsOf(body, scheme.fields);
  if (reference === undefined || !DIGITS.test(prefix)) return undefined;
  if (scheme.length > 0 && (!/^\d*$/.test(reference) || prefix.length + reference.length !== scheme.length))
    return undefined;
  if (!pattern && others.length !== scheme.fields - 2) return undefined;
  const coded = [reference, ...others].map((field) => (field === '' ? '' : recoded(field)));
  if (coded.includes(undefined)) return undefined;
  const [key = '', ...qualifiers] = coded as string[];
  return scheme.path(prefix, key, qualifiers);
}

/** Long names of keys and qualifiers in older Digital Links. */
const AI_OF_NAME: Record<string, string> = {
  gtin: '01',
  sscc: '00',
  gln: '414',
  party: '417',
  grai: '8003',
  giai: '8004',
  gsrn: '8018',
  gsrnp: '8017',
  gdti: '253',
  gcn: '255',
  cpid: '8010',
  ginc: '401',
  gsin: '402',
  itip: '8006',
  ser: '21',
  lot: '10',
  cpv: '22',
};

/** A key's form, the qualifiers that may follow it, and those of them that are kept, the finest first. */
interface Key {
  form: RegExp;
  digitsMin?: number;
  qualifiers: string[];
  kept: string[];
}

const key = (form: RegExp, qualifiers = '', kept = qualifiers): Key => ({
  form,
  qualifiers: qualifiers.split(' '),
  kept: kept.split(' '),
});

const KEYS: Record<string, Key> = {
  '00': key(/^\d{18}$/),
  '01': key(/^(?:\d{8}|\d{12,14})$/, '22 10 21 235', '21 10 235'),
  '253': key(/^\d{13}.{0,17}$/),
  '255': key(/^\d{13}\d{0,12}$/),
  '401': key(/^.{1,30}$/),
  '402': key(/^\d{17}$/),
  '414': key(/^\d{13}$/, '254'),
  '417': key(/^\d{13}$/),
  '8003': key(/^\d{14}.{0,16}$/),
  '8004': key(/^.{1,30}$/),
  '8006': key(/^\d{18}$/, '22 10 21', '21 10'),
  '8010': key(/^.{1,30}$/, '8011'),
  '8017': key(/^\d{18}$/, '8019', ''),
  '8018': key(/^\d{18}$/, '8019', ''),
};

const aiOf = (segment: string): string =>
  Object.hasOwn(AI_OF_NAME, segment) ? (AI_OF_NAME[segment] as string) : segment;

/** A Digital Link of any host as path; undefined where it is none. */
function linkPath(link: string): string | undefined {
  const end = link.search(/[?#]/);
  const segments = link.slice(link.indexOf('//') + 2, end < 0 ? undefined : end).split('/');
  for (let i = segments.length - 2; i >= 1; i -= 2) {
    const ai = aiOf(segments[i] as string);
    if (Object.hasOwn(KEYS, ai)) return keyPath(ai, KEYS[ai] as Key, segments.slice(i + 1));
  }
  return undefined;
}

function keyPath(ai: string, shape: Key, [value = '', ...pairs]: string[]): string | undefined {
  const plain = decode(value);
  if (plain === undefined || !shape.form.test(plain)) return undefined;
  const found = new Map<string, string>();
  for (let i = 0; i < pairs.length; i += 2) {
    const name = aiOf(pairs[i] as string);
    if (!shape.qualifiers.includes(name)) return undefined;
    found.set(name, pairs[i + 1] as string);
  }
  const finest = shape.kept.find((name) => found.has(name));
  const path = `/${ai}/${ai === '01' ? plain.padStart(14, '0') : encode(plain)}`;
  if (finest === undefined) return path;
  const qualifier = recoded(found.get(finest) as string);
  return qualifier === undefined ? undefined : `${path}/${finest}/${qualifier}`;
}

export const SGTIN = 'urn:epc:id:sgtin:';
const CLASSES_MAX = 10_000;
/** `urn:epc:id:sgtin:C.I.` to the link of its serials: items of one class differ in the serial alone. */
const serialsOf = new Map<string, string>();
/** The last of them: the items of a list mostly are of one class. */
let lastHead = SGTIN;
let lastLink: string | undefined;

/** The link of the serials of a class; undefined for what is no class. */
function classLink(head: string): string | undefined {
  let link = serialsOf.get(head);
  if (link === undefined) {
    const path = urnPath(head + '1');
    if (path === undefined) return undefined;
    if (serialsOf.size >= CLASSES_MAX) serialsOf.clear();
    serialsOf.set(head, (link = HOST + path.slice(0, -1)));
  }
  return link;
}

function sgtinLink(urn: string): string | undefined {
  if (lastLink === undefined || !urn.startsWith(lastHead)) {
    const serialAt = urn.indexOf('.', urn.indexOf('.') + 1) + 1;
    if (serialAt < SGTIN.length) return undefined;
    lastHead = urn.slice(0, serialAt);
    lastLink = classLink(lastHead);
  }
  const serial = urn.slice(lastHead.length);
  return lastLink === undefined || serial === '' || !PLAIN.test(serial) ? undefined : lastLink + serial;
}

/**
 * The canonical Digital Link of an EPC, class or pattern URN or of a Digital Link on any host; any other text as it is.
 */
export function canonicalLink(uri: string): string {
  if (uri.startsWith(SGTIN)) {
    const link = sgtinLink(uri);
    if (link !== undefined) return link;
  }
  const path = uri.startsWith('urn:epc:') ? urnPath(uri) : /^https?:\/\//i.test(uri) ? linkPath(uri) : undefined;
  return path === undefined ? uri : HOST + path;
}
