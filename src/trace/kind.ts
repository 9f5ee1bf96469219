// What sort of thing an identifier names (docs/trace.md, Words).
import { keyBytes, keyKind } from '../gs1/index.ts';
import type { Key } from './fact.ts';

type KeyKind = ReturnType<typeof keyKind>;

const kinds = new Map<number, KeyKind>();

/** The kind of a key; its first byte alone decides. */
export function kindOf(key: Key): KeyKind {
  const first = key.charCodeAt(0);
  let kind = kinds.get(first);
  if (kind === undefined) kinds.set(first, (kind = keyKind(keyBytes(key))));
  return kind;
}

const CARRIERS: ReadonlySet<KeyKind> = new Set<KeyKind>(['sscc', 'grai']);

/** A lot: a class with a lot number. */
export const isLot = (key: Key): boolean => kindOf(key) === 'lgtin';
/** A class without lot. */
export const isClass = (key: Key): boolean => kindOf(key) === 'gtin';
/** One thing, carriers included. */
export const isInstance = (key: Key): boolean => !isLot(key) && !isClass(key);
/** Something that only carries: pallet, case label, returnable. */
export const isCarrier = (key: Key): boolean => CARRIERS.has(kindOf(key));
/** One thing that can be used up or belong to a lot: no carrier, no asset. */
export const isItem = (key: Key): boolean => isInstance(key) && !isCarrier(key) && kindOf(key) !== 'giai';
export const isLocation = (key: Key): boolean => kindOf(key) === 'sgln';
