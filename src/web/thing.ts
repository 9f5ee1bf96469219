import { type Id, gtinKeyOf, keyKind, keyOfUri, parse, uriOfKey, valueOf } from '../gs1/index.ts';
import type { Say } from './words.ts';
import { isWord } from './words.ts';

/** What a page says of an identifier without asking the database. */
export interface Description {
  uri: string;
  /** Word of gs1's keyKind. */
  kind: string;
  gtin?: string;
  lot?: string;
  serial?: string;
  /** URI of its product class, under which its name is on record. */
  product?: string;
  /** What people call it by: lot number, serial, or the last part of the number. */
  short: string;
}

function read(uri: string): Id | undefined {
  try {
    return parse(uri);
  } catch {
    return undefined; // a URI of somebody's own: kept as it is
  }
}

/** Reads any identifier URI of an answer; never throws for one that gs1 cannot read. */
export function describe(uri: string): Description {
  const id = read(uri);
  if (!id) return { uri, kind: 'other', short: uri };
  const { key, gcpLength } = keyOfUri(uri);
  const kind = keyKind(key);
  const [gtin, lot, serial] = ['01', '10', '21'].map((ai) => valueOf(id, ai));
  const classed = kind === 'sgtin' || kind === 'lgtin' || kind === 'gtin';
  const [, first] = id.ais[0] ?? [];
  return {
    uri,
    kind,
    ...(gtin === undefined ? {} : { gtin }),
    ...(lot === undefined ? {} : { lot }),
    ...(serial === undefined ? {} : { serial }),
    ...(classed ? { product: uriOfKey(gtinKeyOf(key), gcpLength) } : {}),
    short: lot ?? serial ?? first ?? uri,
  };
}

/** The kind in words. */
export function kindIn(say: Say, kind: string): string {
  const word = `kind.${kind}`;
  return isWord(word) ? say(word) : say('kind.other');
}

export function stateIn(say: Say, state: string | null | undefined): string {
  const word = `state.${state ?? 'none'}`;
  return isWord(word) ? say(word) : say('state.none');
}
