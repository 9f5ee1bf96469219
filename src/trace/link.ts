// The way in: one captured event becomes one fact. Capture calls it for the store's mention rows, a document read
// offline goes through it too; so both see the same identifiers in the same roles.
import { instantOf } from '../epcis/index.ts';
import { AppError, messageOf } from '../error.ts';
import { gtinKeyOf, keyBytes, keyText, keyTextOfUri, lotKeyOf } from '../gs1/index.ts';
import type { Fact, Key, Mention, Role } from './fact.ts';
import { isClass, kindOf } from './kind.ts';

/** What capture knows about an event beside the event itself. */
export interface Capture {
  sequence: number;
  /** Milliseconds since 1970. */
  recordTime: number;
  /** CBV event hash; also the eventID of an event that came without one. */
  hash: string;
  /** Same eventID as an event before it, other content, no declaration (R3). */
  refused: boolean;
}

/** Identifiers that one event may name, all lists together. */
const MENTIONS_MAX = 1_000_000;

/** Lists of single things, by field. */
const EPC_LISTS: readonly (readonly [field: string, role: Role])[] = [
  ['epcList', 'epc'],
  ['childEPCs', 'childEPC'],
  ['inputEPCList', 'inputEPC'],
  ['outputEPCList', 'outputEPC'],
];

/** Lists of quantity elements, by field. */
const QUANTITY_LISTS: readonly (readonly [field: string, role: Role])[] = [
  ['quantityList', 'quantity'],
  ['childQuantityList', 'childQuantity'],
  ['inputQuantityList', 'inputQuantity'],
  ['outputQuantityList', 'outputQuantity'],
];

/** Roles whose identifiers an ILMD describes: what the event makes (R18). */
const MADE_BY: Partial<Record<Fact['type'], ReadonlySet<Role>>> = {
  ObjectEvent: new Set<Role>(['epc', 'quantity']),
  TransformationEvent: new Set<Role>(['outputEPC', 'outputQuantity']),
};

const NOTHING: ReadonlySet<Role> = new Set();

const LOT_NAMESPACES: ReadonlySet<string> = new Set([
  'cbvmda',
  'urn:epcglobal:cbv:mda',
  'https://ref.gs1.org/cbv/mda',
  'http://ref.gs1.org/cbv/mda',
]);

/**
 * The fact of a normalised EPCIS 2.0 JSON event. Throws AppError `invalid` with `detail.path` (JSON pointer) for an
 * identifier that breaks the form it claims, and for more than MENTIONS_MAX identifiers.
 */
export function link(event: unknown, capture: Capture): Fact {
  const fields = event as Record<string, unknown>;
  const type = fields['type'] as Fact['type'];
  const action = text(fields['action']) as Fact['action'] | undefined;
  const fact: Fact = {
    sequence: capture.sequence,
    eventID: text(fields['eventID']) ?? capture.hash,
    hash: capture.hash,
    type,
    eventTime: instant(fields['eventTime'], '/eventTime'),
    recordTime: capture.recordTime,
    refused: capture.refused,
    mentions: [],
  };
  if (action) fact.action = action;
  set(fact, 'bizStep', bareWord(fields['bizStep']));
  set(fact, 'disposition', bareWord(fields['disposition']));
  set(fact, 'bizLocation', text(objectOf(fields['bizLocation'])?.['id']));
  set(fact, 'readPoint', text(objectOf(fields['readPoint'])?.['id']));
  set(fact, 'transformationID', text(fields['transformationID']));
  set(fact, 'declaration', declarationOf(fields['errorDeclaration']));
  const making = type === 'TransformationEvent' || action === 'ADD' ? MADE_BY[type] : undefined;
  fact.mentions = mentionsOf(fields, making ?? NOTHING, making ? lotNumbersOf(fields) : []);
  return fact;
}

/** Milliseconds since 1970 of an ISO 8601 text with an offset; AppError `invalid` otherwise. */
function instant(value: unknown, path: string): number {
  const time = typeof value === 'string' ? instantOf(value) : undefined;
  if (time === undefined) throw new AppError('invalid', `${path.slice(1)} is no date-time`, { path });
  return time;
}

function declarationOf(value: unknown): Fact['declaration'] {
  const fields = objectOf(value);
  if (!fields) return undefined;
  const declaration: Fact['declaration'] = {
    declarationTime: instant(fields['declarationTime'], '/errorDeclaration/declarationTime'),
    correctiveEventIDs: listOf(fields['correctiveEventIDs']).filter((id) => typeof id === 'string'),
  };
  set(declaration, 'reason', bareWord(fields['reason']));
  return declaration;
}

function mentionsOf(fields: Record<string, unknown>, making: ReadonlySet<Role>, lots: readonly string[]): Mention[] {
  const mentions = new Mentions();
  const parent = text(fields['parentID']);
  if (parent !== undefined) mentions.add(parent, 'parent', 'parentID');
  for (const [field, role] of EPC_LISTS) {
    if (fields[field] === undefined) continue;
    const epcs = listOf(fields[field]);
    const isMade = lots.length > 0 && making.has(role);
    for (let i = 0; i < epcs.length; i++) {
      const mention = mentions.add(epcs[i], role, field, i);
      if (isMade) for (const lot of lots) mentions.addLot(mention, lot, 'lot');
    }
  }
  for (const [field, role] of QUANTITY_LISTS) {
    if (fields[field] === undefined) continue;
    for (const [i, item] of listOf(fields[field]).entries()) {
      const element = objectOf(item) ?? {};
      const stated = amountOf(element);
      // R18: one lot number makes the class that lot; of several nobody can say which
      const [lot, ...others] = making.has(role) ? lots : [];
      const turned =
        lot !== undefined && others.length === 0 && isClass(identifierOf(element['epcClass'], field, i).key);
      const mention = mentions.add(
        element['epcClass'],
        turned ? 'written' : role,
        field,
        i,
        turned ? undefined : stated,
      );
      if (turned) mentions.addLot(mention, lot, role, stated);
    }
  }
  return mentions.list;
}

/** Collects the mentions of one event; a derived lot is listed once. */
class Mentions {
  readonly list: Mention[] = [];
  readonly #lots = new Set<string>();

  add(uri: unknown, role: Role, field: string, i?: number, stated?: Stated): Mention {
    const { key, gcpLength } = identifierOf(uri, field, i);
    return this.#push({ key, role, gcpLength }, stated);
  }

  addLot({ key, gcpLength }: Mention, number: string, role: Role, stated?: Stated): void {
    const kind = kindOf(key);
    if (kind !== 'sgtin' && kind !== 'gtin') return;
    const gtin = keyBytes(key);
    const lot = keyText(lotOf(kind === 'sgtin' ? gtinKeyOf(gtin) : gtin, number));
    if (role === 'lot') {
      if (this.#lots.has(lot)) return;
      this.#lots.add(lot);
    }
    this.#push({ key: lot, role, gcpLength }, stated);
  }

  #push(mention: Mention, stated: Stated | undefined): Mention {
    if (this.list.length >= MENTIONS_MAX)
      throw new AppError('too_large', `more than ${MENTIONS_MAX} identifiers in one event`);
    if (stated) Object.assign(mention, stated);
    this.list.push(mention);
    return mention;
  }
}

type Stated = Pick<Mention, 'quantity' | 'uom'>;

/** Where an identifier stands: the `i`th of a list, or a member of its own. */
const pathOf = (field: string, i: number | undefined): string =>
  i === undefined ? `/${field}` : `/${field}/${i}${field.endsWith('uantityList') ? '/epcClass' : ''}`;

function identifierOf(uri: unknown, field: string, i?: number): { key: Key; gcpLength: number } {
  if (typeof uri !== 'string') {
    const path = pathOf(field, i);
    throw new AppError('invalid', `${path} is no identifier`, { path });
  }
  try {
    return keyTextOfUri(uri);
  } catch (error) {
    const path = pathOf(field, i);
    throw new AppError('invalid', `${path}: ${messageOf(error)}`, { path });
  }
}

function lotOf(gtin: Uint8Array, lot: string): Uint8Array {
  try {
    return lotKeyOf(gtin, lot);
  } catch (error) {
    const path = '/ilmd';
    throw new AppError('invalid', `${path}: lot number ${JSON.stringify(lot)}: ${messageOf(error)}`, { path });
  }
}

/** Lot numbers of the ILMD under every spelling of `cbvmda:lotNumber`, prefixes of the event's own context included. */
function lotNumbersOf(fields: Record<string, unknown>): string[] {
  const ilmd = objectOf(fields['ilmd']);
  if (!ilmd) return [];
  const prefixes = prefixesOf(fields['@context']);
  const values = Object.entries(ilmd).flatMap(([name, value]) => (isLotName(name, prefixes) ? listOf(value) : []));
  return [...new Set(values.flatMap((value) => lotText(value) ?? []))];
}

function isLotName(name: string, prefixes: ReadonlyMap<string, string>): boolean {
  const match = /^(.*[:/#])?lotNumber$/.exec(name);
  if (!match) return false;
  const space = trimmed(match[1] ?? 'cbvmda:');
  return LOT_NAMESPACES.has(space) || LOT_NAMESPACES.has(trimmed(prefixes.get(space) ?? ''));
}

const trimmed = (namespace: string): string => namespace.replace(/[:/#]+$/, '');

function lotText(value: unknown): string | undefined {
  const inner = objectOf(value);
  const plain = inner ? (inner['@value'] ?? inner['#text']) : value;
  const lot = typeof plain === 'number' ? String(plain) : text(plain);
  return lot?.trim() === '' ? undefined : lot?.trim();
}

function prefixesOf(context: unknown): Map<string, string> {
  const parts = listOf(context).flatMap((part) => Object.entries(objectOf(part) ?? {}));
  return new Map(parts.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** The word alone: `shipping` of `urn:epcglobal:cbv:bizstep:shipping` and of `https://ref.gs1.org/cbv/BizStep-shipping`. */
function bareWord(value: unknown): string | undefined {
  const word = text(value);
  return word?.includes(':') ? word.replace(CBV_WORD, '') : word;
}
const CBV_WORD = /^(?:urn:epcglobal:cbv:[a-z]+:|https?:\/\/ref\.gs1\.org\/cbv\/[A-Za-z]+-|cbv:[A-Za-z]+-)/;

function amountOf(element: Record<string, unknown>): Stated {
  const quantity = element['quantity'];
  const uom = text(element['uom']);
  if (typeof quantity !== 'number' || !Number.isFinite(quantity)) return {};
  return uom === undefined ? { quantity } : { quantity, uom };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Where there is a value: exactOptionalPropertyTypes wants the member left out otherwise. */
function set<T extends object, N extends keyof T>(object: T, name: N, value: T[N] | undefined): void {
  if (value !== undefined) object[name] = value;
}
