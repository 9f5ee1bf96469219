import { ADI_PART, CAGE, CAPITALS, DIGITS, SET_39, SET_82, firstOutside } from './charset.ts';
import { Gs1Error } from './error.ts';
import type { Kind } from './id.ts';

export const GCP_DIGITS_MIN = 6;
export const GCP_DIGITS_MAX = 12;

/** What one field of a URN may hold, and where its value goes in element strings. */
export interface FieldRule {
  readonly set: number;
  readonly min: number;
  readonly max: number;
  readonly leadingZero: boolean;
  /** The value as a number stays below this. */
  readonly below?: number;
  readonly like?: RegExp;
  /** AI of its own; without one the value stands behind the key's. */
  readonly ai?: string;
  /** The URN's way to say that the field is absent. */
  readonly none?: string;
}

/** How company prefix and reference make the value of the key's AI. */
export interface KeyShape {
  readonly ai: string;
  /** front: the reference's first digit stands before the prefix; both of these carry a check digit. */
  readonly shape: 'front' | 'plain' | 'text';
  /** Digits of prefix and reference together; for text the most characters. */
  readonly size: number;
  readonly lead: '' | '0';
  readonly set: number;
  /** `…:C.I.*` names a class that the key's AI alone can say. */
  readonly hasClass: boolean;
}

/** One pure identity or class URI scheme (TDS 2.3 section 6.3). */
export interface UrnScheme {
  readonly urn: string;
  readonly kind: Kind;
  readonly space: 'id' | 'class';
  /** Absent: an identity without AIs. */
  readonly key?: KeyShape;
  /** Fields behind prefix and reference, or all fields where there is no key. */
  readonly fields: readonly FieldRule[];
}

type Extra = Partial<Pick<FieldRule, 'ai' | 'none' | 'below' | 'leadingZero' | 'like'>>;
const rule = (set: number, min: number, max: number, extra: Extra = {}): FieldRule => ({
  set,
  min,
  max,
  leadingZero: true,
  ...extra,
});
const text = (max: number, extra: Extra = {}) => rule(SET_82, 1, max, extra);
const integer = (below: number) => rule(DIGITS, 1, String(below).length, { below, leadingZero: false });
const code = (like: RegExp, max: number) => rule(DIGITS | CAPITALS, 1, max, { like });

const front = (ai: string, size: number, hasClass = false): KeyShape => ({
  ai,
  shape: 'front',
  size,
  lead: '',
  set: DIGITS,
  hasClass,
});
const plain = (ai: string, size: number, hasClass = false, lead: '' | '0' = ''): KeyShape => ({
  ai,
  shape: 'plain',
  size,
  lead,
  set: DIGITS,
  hasClass,
});
const textKey = (ai: string, set: number): KeyShape => ({
  ai,
  shape: 'text',
  size: 30,
  lead: '',
  set,
  hasClass: false,
});

const cage = rule(CAGE, 5, 6);
const pieces = [rule(DIGITS, 2, 2), rule(DIGITS, 2, 2)];

type Row = [urn: string, kind: Kind, key: KeyShape | undefined, fields: FieldRule[], space?: 'class'];
const ROWS: Row[] = [
  ['sgtin', 'SGTIN', front('01', 13, true), [text(20, { ai: '21' })]],
  ['sscc', 'SSCC', front('00', 17), []],
  ['sgln', 'SGLN', plain('414', 12), [text(20, { ai: '254', none: '0' })]],
  ['grai', 'GRAI', plain('8003', 12, true, '0'), [text(16)]],
  ['giai', 'GIAI', textKey('8004', SET_82), []],
  ['gsrn', 'GSRN', plain('8018', 17), []],
  ['gsrnp', 'GSRNP', plain('8017', 17), []],
  ['gdti', 'GDTI', plain('253', 12, true), [text(17)]],
  ['cpi', 'CPI', textKey('8010', SET_39), [rule(DIGITS, 1, 12, { ai: '8011', leadingZero: false })]],
  ['sgcn', 'SGCN', plain('255', 12, true), [rule(DIGITS, 1, 12)]],
  ['itip', 'ITIP', front('8006', 13), [...pieces, text(20, { ai: '21' })]],
  ['ginc', 'GINC', textKey('401', SET_82), []],
  ['gsin', 'GSIN', plain('402', 16), []],
  ['upui', 'UPUI', front('01', 13), [text(28, { ai: '235' })]],
  ['pgln', 'PGLN', plain('417', 12), []],
  ['lgtin', 'LGTIN', front('01', 13), [text(20, { ai: '10' })], 'class'],
  ['gid', 'GID', undefined, [integer(2 ** 28), integer(2 ** 24), integer(2 ** 36)]],
  ['usdod', 'USDOD', undefined, [cage, integer(2 ** 36)]],
  ['adi', 'ADI', undefined, [cage, rule(ADI_PART, 0, 32), rule(SET_39, 1, 30, { like: /^#?[^#]+$/ })]],
  ['bic', 'BIC', undefined, [code(/^[A-Z]{3}[JUZ][0-9]{7}$/, 11)]],
  ['imovn', 'IMOVN', undefined, [rule(DIGITS, 7, 7)]],
];

export const URN_SCHEMES: readonly UrnScheme[] = ROWS.map(([urn, kind, key, fields, space]) => ({
  urn,
  kind,
  space: space ?? 'id',
  ...(key && { key }),
  fields,
}));

const byName = new Map(URN_SCHEMES.map((scheme) => [`${scheme.space}:${scheme.urn}`, scheme]));
const byKind = new Map(URN_SCHEMES.map((scheme) => [scheme.kind, scheme]));

/** The scheme of `urn:epc:SPACE:NAME:`. */
export const schemeNamed = (space: 'id' | 'class', name: string): UrnScheme | undefined =>
  byName.get(`${space}:${name}`);

/** The scheme that writes identifiers of a kind. */
export const schemeOfKind = (kind: Kind): UrnScheme | undefined => byKind.get(kind);

/** Refuses a field's value that breaks its rule. `at` is its place in the text, for errors. */
export function checkField(rule: FieldRule, value: string, at?: number): void {
  if (value.length < rule.min || value.length > rule.max) {
    const wanted = rule.min === rule.max ? String(rule.min) : `${rule.min} to ${rule.max}`;
    throw new Gs1Error('LENGTH', `A field of ${wanted} characters has ${value.length}.`, at);
  }
  const outside = firstOutside(value, rule.set);
  if (outside >= 0)
    throw new Gs1Error('CHARACTER', `${JSON.stringify(value[outside])} may not stand in this field.`, at);
  if (!rule.leadingZero && value.length > 1 && value.startsWith('0'))
    throw new Gs1Error('LEADING_ZERO', 'A number in this field has no leading zero.', at);
  if (rule.below !== undefined && Number(value) >= rule.below)
    throw new Gs1Error('RANGE', `${value} is not below ${rule.below}.`, at);
  if (rule.like && !rule.like.test(value)) throw new Gs1Error('CHARACTER', `"${value}" has not the field's form.`, at);
}

/** Digits or most characters of the reference behind a company prefix of `gcpLength` digits. */
export const referenceSize = (key: KeyShape, gcpLength: number): number => key.size - gcpLength;

/** Refuses a company prefix length that no binary scheme and no URN can carry. */
export function checkGcpLength(gcpLength: number): void {
  if (!Number.isInteger(gcpLength) || gcpLength < GCP_DIGITS_MIN || gcpLength > GCP_DIGITS_MAX)
    throw new Gs1Error('GCP_LENGTH', `A company prefix has ${GCP_DIGITS_MIN} to ${GCP_DIGITS_MAX} digits.`);
}
