import type { Context } from 'hono';
import { IDEMPOTENCY_DAYS } from '../capture/idempotency.ts';
import { type EpcFormat, FORM_OF } from '../epcis/index.ts';
import { refusal } from './problem.ts';
import type { Parameter } from './resource.ts';

/** What this server speaks; 1.2 is XML alone. */
const VERSION = '2.0.0';
const VERSION_MIN = '1.2.0';
const VERSION_MAX = '2.0.0';

const EPC_FORMAT: EpcFormat = 'Always_GS1_Digital_Link';
const EPC_FORMATS = Object.keys(FORM_OF) as EpcFormat[];
const NO_PREFERENCE = 'No_Preference';

export const CAPTURE_BEHAVIOURS = ['rollback', 'proceed'] as const;
export type CaptureBehaviour = (typeof CAPTURE_BEHAVIOURS)[number];

/** On every answer below the EPCIS base path (EPCIS 2.0 section 12.5). */
export const versionHeaders = (product: string): Record<string, string> => ({
  'GS1-EPCIS-Version': VERSION,
  'GS1-CBV-Version': VERSION,
  'GS1-Vendor-Version': product,
});

/** On OPTIONS: the ranges as well; subscriptions have the three of EPCIS only. */
export const rangeHeaders = (cbv: boolean): Record<string, string> => ({
  'GS1-EPCIS-Min': VERSION_MIN,
  'GS1-EPCIS-Max': VERSION_MAX,
  ...(cbv && {
    'GS1-CBV-Min': VERSION_MIN,
    'GS1-CBV-Max': VERSION_MAX,
    'GS1-EPC-Format': EPC_FORMATS.join(', '),
    'GS1-CBV-XML-Format': CBV_FORMATS.join(', '),
  }),
});

const parts = (version: string): number[] => version.trim().split('.').map(Number);

/** Below 0 where version a is older than b; NaN where one is no version. */
function compareVersions(a: string, b: string): number {
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < 3; i++) {
    const difference = (x[i] ?? 0) - (y[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Refuses with 406 a client whose range of EPCIS or CBV versions, or whose document's version, is not ours. */
export function checkVersions(c: Context): void {
  for (const standard of ['EPCIS', 'CBV']) {
    // of a document that is sent, the version itself
    const sent = c.req.header(`GS1-${standard}-Version`);
    const min = c.req.header(`GS1-${standard}-Min`) ?? sent ?? VERSION_MIN;
    const max = c.req.header(`GS1-${standard}-Max`) ?? sent ?? VERSION_MAX;
    // NaN compares as false: a range that is no version is none that we can meet
    const meets = compareVersions(min, VERSION_MAX) <= 0 && compareVersions(max, VERSION_MIN) >= 0;
    if (!meets) {
      throw refusal(
        'NotAcceptableException',
        `${standard} versions ${min} to ${max} were asked for, ${VERSION_MIN} to ${VERSION_MAX} are offered`,
      );
    }
  }
}

/** The version of EPCIS that an answer may have for this client: 1.2 where it takes none above. */
export function answerVersion(c: Context): '1.2' | '2.0' {
  const max = c.req.header('GS1-EPCIS-Max') ?? c.req.header('GS1-EPCIS-Version') ?? VERSION_MAX;
  return compareVersions(max, VERSION) < 0 ? '1.2' : '2.0';
}

/** Of the forms of an answer those that the client's version has; 406 where there is none. */
export function formsFor(c: Context, offers: readonly string[]): readonly string[] {
  if (c.req.method !== 'GET' || answerVersion(c) === '2.0') return offers;
  const forms = offers.filter((type) => type.endsWith('xml'));
  if (forms.length > 0) return forms;
  throw refusal('NotAcceptableException', `EPCIS 1.2 is XML alone; ${offers.join(', ')} came with 2.0`);
}

const CBV_FORMATS = ['Always_Web_URI', 'Always_URN', 'Never_Translates'] as const;

/**
 * How the words of CBV are written in XML, and the header that says so. Events are kept with bare words, so that what was
 * captured is the same word in either form; 1.2 knows URNs alone.
 */
export function cbvForm(c: Context): { form: 'web' | 'urn'; format: (typeof CBV_FORMATS)[number] } {
  const asked = oneOf(c, 'GS1-CBV-XML-Format', CBV_FORMATS, 'Always_Web_URI');
  const urn = asked === 'Always_URN' || answerVersion(c) === '1.2';
  return urn ? { form: 'urn', format: 'Always_URN' } : { form: 'web', format: 'Always_Web_URI' };
}

function oneOf<T extends string>(c: Context, header: string, values: readonly T[], otherwise: T): T {
  const given = c.req.header(header)?.trim();
  if (given === undefined || given === '') return otherwise;
  const value = values.find((v) => v === given);
  if (value === undefined)
    throw refusal('ValidationException', `header ${header}: "${given}" is none of ${values.join(', ')}`);
  return value;
}

export const LANGUAGE_HEADER: Parameter = {
  name: 'Accept-Language',
  in: 'header',
  description: 'language of messages: en or zh',
  schema: { type: 'string', default: 'en' },
};

/** Languages that we have words in. */
type Language = 'en' | 'zh';

/** The first language of Accept-Language that we have words in; English without one. */
export function languageOf(c: Context): Language {
  const wishes = (c.req.header('accept-language') ?? '').slice(0, 1000).toLowerCase().split(',');
  const languages = wishes
    .map((wish) => /^\s*(en|zh)\b[^;]*(?:;\s*q=([\d.]+))?/.exec(wish))
    .flatMap((match) => (match ? [{ language: match[1] as Language, quality: Number(match[2] ?? 1) }] : []))
    .sort((a, b) => b.quality - a.quality);
  return languages.find(({ quality }) => quality > 0)?.language ?? 'en';
}

/** The form in which identifiers are wanted; absent or No_Preference means Digital Links. */
export function epcFormat(c: Context): EpcFormat {
  if (c.req.header('GS1-EPC-Format')?.trim() === NO_PREFERENCE) return EPC_FORMAT;
  return oneOf(c, 'GS1-EPC-Format', EPC_FORMATS, EPC_FORMAT);
}

export const captureBehaviour = (c: Context): CaptureBehaviour =>
  oneOf(c, 'GS1-Capture-Error-Behaviour', CAPTURE_BEHAVIOURS, 'rollback');

export const IDEMPOTENCY_KEY: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: `the same request again under the same key gives the same answer, for ${IDEMPOTENCY_DAYS} days`,
  schema: { type: 'string' },
};

const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

/** The key by which a client repeats a request, bare or in quotes as the draft of IETF HTTPAPI writes it; 400 for others. */
export function idempotencyKey(c: Context): string | undefined {
  const given = c.req.header('Idempotency-Key')?.trim();
  if (given === undefined) return undefined;
  const key = given.replace(/^"(.*)"$/, '$1');
  if (KEY_FORM.test(key)) return key;
  throw refusal('ValidationException', 'header Idempotency-Key: 1 to 255 visible ASCII characters are expected');
}

/** `prefix=uri,prefix2=uri2` → prefix → namespace. */
export function extensions(c: Context): Record<string, string> {
  const pairs = (c.req.header('GS1-Extensions') ?? '')
    .split(',')
    .map((p) => p.trim())
    .filter((p) => p !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1 || at === pair.length - 1)
        throw refusal('ValidationException', `header GS1-Extensions: "${pair}" is not prefix=uri`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** Characters of the GS1-Extensions header of an answer; prefixes beyond stand in the events' own @context alone. */
const EXTENSIONS_CHARACTERS_MAX = 4096;
const PREFIX_FORM = /^[\w.-]+$/;
/** What a header can carry and `prefix=uri,…` can tell apart. */
const NAMESPACE_FORM = /^[\x21-\x2b\x2d-\x7e]+$/;

/** The prefixes of these events' extensions as `prefix=uri,…`; '' where they have none. */
export function extensionsHeader(events: readonly { '@context'?: unknown }[]): string {
  const found = new Map<string, string>();
  let characters = 0;
  for (const { '@context': context } of events) {
    for (const part of Array.isArray(context) ? (context as unknown[]) : []) {
      for (const [prefix, namespace] of Object.entries(typeof part === 'object' && part !== null ? part : {})) {
        if (found.has(prefix) || !PREFIX_FORM.test(prefix) || !NAMESPACE_FORM.test(String(namespace))) continue;
        characters += prefix.length + String(namespace).length + 2;
        if (characters > EXTENSIONS_CHARACTERS_MAX) return headerOf(found);
        found.set(prefix, String(namespace));
      }
    }
  }
  return headerOf(found);
}

const headerOf = (prefixes: ReadonlyMap<string, string>): string =>
  [...prefixes].map(([prefix, namespace]) => `${prefix}=${namespace}`).join(',');

interface Range {
  type: string;
  quality: number;
}

const ranges = (accept: string): Range[] =>
  accept.split(',').flatMap((part) => {
    const [type = '', ...params] = part.split(';').map((p) => p.trim().toLowerCase());
    if (type === '') return [];
    const quality = params.find((p) => p.startsWith('q='))?.slice(2);
    return [{ type: type === '*' ? '*/*' : type, quality: quality === undefined ? 1 : Number(quality) || 0 }];
  });

/** The quality of one media type by the most specific range that names it (RFC 9110, 12.5.1). */
function qualityOf(type: string, accepted: Range[]): number {
  for (const range of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const found = accepted.find((r) => r.type === range);
    if (found) return found.quality;
  }
  return 0;
}

/** Whether a client takes XML and no JSON, not even by a wildcard: it is told of problems in XML. */
export function takesXmlAlone(c: Context): boolean {
  const accepted = ranges(c.req.header('accept')?.trim() || '*/*');
  const takes = (types: readonly string[]): boolean => types.some((type) => qualityOf(type, accepted) > 0);
  const json = ['application/json', 'application/ld+json', 'application/problem+json'];
  return takes(['application/xml', 'text/xml', 'application/problem+xml']) && !takes(json);
}

/** The offered media type that the client likes best, the first among equals; 406 where it takes none. */
export function negotiate(c: Context, offers: readonly string[]): string {
  const accept = c.req.header('accept')?.trim() || '*/*';
  const accepted = ranges(accept);
  const [best] = offers
    .map((type) => ({ type, quality: qualityOf(type, accepted) }))
    .filter((o) => o.quality > 0)
    .sort((a, b) => b.quality - a.quality);
  if (!best) throw refusal('NotAcceptableException', `Accept: ${accept}; offered: ${offers.join(', ')}`);
  return best.type;
}
