import { hash } from 'node:crypto';
import { AppError, messageOf } from '../error.ts';
import { type EpcisEvent, LIMITS, termsOf } from '../epcis/index.ts';
import { keyOfUri } from '../gs1/index.ts';
import type { Fact } from '../trace/fact.ts';
import { eventIdHex, hashHex } from './event-id.ts';
import { INDEX_ROLES, packMentions } from './mention.ts';

/** Kind of the keys of typedKey. */
const TYPED = 'e1';
const TYPED_DIGITS = 32;

/** A row among the identifiers' that is for finding the event alone: key in hexadecimal, role code. */
interface IndexRow {
  key: string;
  role: number;
}

/** One event made ready for its rows, all but its place in the log; so that the lock is held for the database alone. */
export interface EventRow {
  fact: Fact;
  /** The body's JSON, on one line; the object itself is let go, since many events wait at a time. */
  json: string;
  /** Columns in hexadecimal: packed eventID, event hash, keys of the places, packed mentions. */
  id: string;
  hash: string;
  readPointKey: string | null;
  bizLocationKey: string | null;
  packed: string;
  /** Rows beside those of the fact's mentions; one may be there twice. */
  indexed: IndexRow[];
}

/** Where a typed pair stands in an event: list, member that names the thing, role. */
const TYPED_LISTS = [
  ['bizTransactionList', 'bizTransaction', INDEX_ROLES.bizTransaction],
  ['sourceList', 'source', INDEX_ROLES.source],
  ['destinationList', 'destination', INDEX_ROLES.destination],
] as const;

/** Events of one site name the same places, parties and orders again and again. */
const KEYS_REMEMBERED_MAX = 10_000;
const remembered = new Map<string, string>();

/** What `make` gives for `name`, from memory where it was made before. */
function keyFor(name: string, make: () => string): string {
  let key = remembered.get(name);
  if (key === undefined) {
    key = make();
    if (remembered.size >= KEYS_REMEMBERED_MAX) remembered.clear();
    remembered.set(name, key);
  }
  return key;
}

/** Throws AppError `invalid` with `detail.path` for a GS1 identifier that breaks its form. */
function keyAt(uri: string, path: string): Uint8Array {
  try {
    return keyOfUri(uri).key;
  } catch (error) {
    throw new AppError('invalid', `${path}: ${messageOf(error)}`, { path });
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const placeKey = (uri: string | undefined, path: string): string | null =>
  uri === undefined ? null : keyFor(uri, () => hexOf(keyAt(uri, path)));

function pairHex(type: string, key: Uint8Array): string {
  const text = Buffer.concat([Buffer.from(`${type}\0`), key]);
  return TYPED + hash('sha256', text, 'hex').slice(0, TYPED_DIGITS);
}

const typedHex = (type: string, uri: string, path: string): string => pairHex(type, keyAt(uri, path));

/** The same of an identifier that is a key already. */
export const pairKey = (type: string, key: Uint8Array): Uint8Array => Buffer.from(pairHex(type, key), 'hex');

/** One key for a type and an identifier together: `po` and a purchase order, `owning_party` and a party. */
export const typedKey = (type: string, uri: string, path: string): Uint8Array =>
  Buffer.from(typedHex(type, uri, path), 'hex');

function addTyped(body: EpcisEvent, rows: IndexRow[]): void {
  for (const [field, member, role] of TYPED_LISTS) {
    const pairs = body[field] as Record<string, string>[] | undefined;
    if (pairs === undefined) continue;
    for (const [i, { type = '', [member]: uri = '' }] of pairs.entries()) {
      const key = keyFor(`${type}\0${uri}`, () => typedHex(type, uri, `/${field}/${i}/${member}`));
      rows.push({ key, role });
    }
  }
}

/** The searchable values of an event that have no column of their own. */
function addTerms(body: EpcisEvent, rows: IndexRow[]): void {
  const terms = termsOf(body);
  if (terms.length > LIMITS.termsPerEventMax) {
    const message = `The event has ${terms.length} searchable values in sensors and extensions, at most ${LIMITS.termsPerEventMax} are taken.`;
    throw new AppError('invalid', message, { path: '' });
  }
  for (const key of terms) rows.push({ key: hexOf(key), role: INDEX_ROLES.term });
}

/**
 * The rows of a normalised event without a recordTime of its own, whose JSON is `json` and whose fact is known but for
 * its place in the log. Throws AppError `invalid` with `detail.path` for a place, party or transaction that breaks the
 * form it claims.
 */
export function eventRow(body: EpcisEvent, json: string, fact: Fact): EventRow {
  const indexed: IndexRow[] = [];
  addTyped(body, indexed);
  addTerms(body, indexed);
  return {
    fact,
    json,
    id: eventIdHex(fact.eventID),
    hash: hashHex(fact.hash),
    readPointKey: placeKey(fact.readPoint, '/readPoint/id'),
    bizLocationKey: placeKey(fact.bizLocation, '/bizLocation/id'),
    packed: packMentions(fact.mentions).toString('hex'),
    indexed,
  };
}
