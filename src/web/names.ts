import { type Say, isWord } from './words.ts';
import { type Description, describe, kindIn } from './thing.ts';

/** The name on record for a URI (a place, a product class), where there is one. */
export type Names = (uri: string) => string | undefined;

/** A place for people: its name, else its number. */
export const placeName = (names: Names, uri: string): string => names(uri) ?? describe(uri).short;

/** A thing for people: "Lot SL-101", "Item 1042". */
export const thingName = (say: Say, { kind, short }: Description): string => `${kindIn(say, kind)} ${short}`;

/** The product's name, else its GTIN, else nothing. */
export const productName = (names: Names, { product, gtin }: Description): string | undefined =>
  (product === undefined ? undefined : names(product)) ?? gtin;

/** What an event says happened: its business step in words, else what its type and action mean. */
export function stepName(
  say: Say,
  event: { type: string; action?: string | undefined; bizStep?: string | undefined },
): string {
  const words = [`step.${event.bizStep ?? ''}`, `type.${event.type}.${event.action ?? ''}`, `type.${event.type}`];
  const word = words.find(isWord);
  return word === undefined ? (event.bizStep ?? event.type) : say(word);
}
