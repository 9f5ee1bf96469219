// Things that stand alike in one event, packed: the five hundred items of a batch are one object and not five hundred.
import { keyBytes, keyText } from '../gs1/index.ts';
import type { Fact, Key, Mention, Role } from './fact.ts';
import { isItem } from './kind.ts';

/** Items of one product, named in the same list of an event with the same prefix length. */
export interface Bundle {
  role: Role;
  gcpLength: number;
  count: number;
  /** For each thing: HEAD_BYTES, of which the last two are the length of the key (big-endian), and the key. */
  parts: Uint8Array[];
}

/** Bytes before each key of a bundle. */
export const HEAD_BYTES = 4;
/** Bytes of a key that tell its product, kind included. */
const PRODUCT_BYTES = 7;

/** Lists in which one thing is like another; a parent or a quantity is its own. */
export const ALIKE: readonly Role[] = ['epc', 'childEPC', 'inputEPC', 'outputEPC'];

const IS_ITEM = Array.from({ length: 256 }, (_, byte) => isItem(String.fromCharCode(byte)));

/** Whether a key of this first byte may stand in a bundle. */
export const isBundled = (firstByte: number): boolean => IS_ITEM[firstByte]!;

/** Where the key at `at` of packed bytes ends. */
export const keyEnd = (packed: Uint8Array, at: number): number =>
  at + HEAD_BYTES + packed[at + 2]! * 256 + packed[at + 3]!;

/** Whether the key at `at` is of the product of another, and what stands before both is alike but for the length. */
export function isAlike(packed: Uint8Array, at: number, other: Uint8Array, otherAt: number): boolean {
  if (packed[at] !== other[otherAt] || packed[at + 1] !== other[otherAt + 1]) return false;
  for (let i = HEAD_BYTES; i < HEAD_BYTES + PRODUCT_BYTES; i++) if (packed[at + i] !== other[otherAt + i]) return false;
  return true;
}

/** Sorts of things that one event mixes and that are still told apart; of more, one sort may be several bundles. */
const SORTS_MAX = 8;

/** Adds things that are alike to the bundle of their sort. */
export function bundle(
  bundles: Bundle[],
  { role, gcpLength }: Pick<Bundle, 'role' | 'gcpLength'>,
  count: number,
  part: Uint8Array,
): void {
  for (let i = bundles.length - 1; i >= Math.max(0, bundles.length - SORTS_MAX); i--) {
    const known = bundles[i]!;
    if (known.role !== role || !isAlike(known.parts[0]!, 0, part, 0)) continue;
    known.count += count;
    known.parts.push(part);
    return;
  }
  bundles.push({ role, gcpLength, count, parts: [part] });
}

/** A fact with its things in bundles, as the store gives it. */
export function bundled(fact: Fact): Fact {
  const [mentions, bundles]: [Mention[], Bundle[]] = [[], []];
  for (const mention of fact.mentions) {
    const { key, role, gcpLength, quantity, uom } = mention;
    if (!ALIKE.includes(role) || !isItem(key) || quantity !== undefined || uom !== undefined) mentions.push(mention);
    else bundle(bundles, mention, 1, packedKey(key, gcpLength));
  }
  return { ...fact, mentions, bundles };
}

function packedKey(key: Key, gcpLength: number): Uint8Array {
  const packed = new Uint8Array(HEAD_BYTES + key.length);
  packed.set([0, gcpLength, key.length >> 8, key.length & 0xff]);
  packed.set(keyBytes(key), HEAD_BYTES);
  return packed;
}

/** A bundle of one. */
export const bundleOfKey = (key: Key): Bundle => ({
  role: 'epc',
  gcpLength: 0,
  count: 1,
  parts: [packedKey(key, 0)],
});

/** A fact without what it puts out, but the first; itself where that is all, or where others share its transformationID. */
export function briefly(fact: Fact): Fact {
  const { bundles = [], transformationID } = fact;
  const [first] = bundles.filter(({ role }) => role === 'outputEPC');
  if (!first || first.count === 1 || transformationID !== undefined) return fact;
  const [part] = first.parts;
  const one = { ...first, count: 1, parts: [part!.subarray(0, keyEnd(part!, 0))] };
  return { ...fact, bundles: [one, ...bundles.filter(({ role }) => role !== 'outputEPC')], brief: true };
}

/** How many identifiers a fact names. */
export const namedBy = ({ mentions, bundles = [] }: Fact): number =>
  bundles.reduce((sum, { count }) => sum + count, mentions.length);

/** The keys of a bundle. */
export function* keysOf({ parts }: Bundle): Generator<Key> {
  for (const packed of parts)
    for (let at = 0; at < packed.length; at = keyEnd(packed, at))
      yield keyText(packed.subarray(at + HEAD_BYTES, keyEnd(packed, at)));
}
