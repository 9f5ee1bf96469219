import type { Signal } from './nearing.ts';
import type { Read, Spot } from './place.ts';

/** TIDs told of one EPC: more than one is a copied tag. */
const TIDS_MAX = 8;

/** One read in the reader's own words. */
export interface Raw {
  reader: string;
  /** On the reader's clock: ms since 1970, or since its start with `isUptime`. None where it tells no time. */
  ms?: number | undefined;
  isUptime?: boolean | undefined;
  signal?: Signal | undefined;
}

/** What a fact says beyond what it is: only what the filter's `details` ask for. */
export interface Telling {
  /** Of the read that it rests on: the first of an arrival, the strongest of a passage. */
  raw?: Raw | undefined;
  /** TIDs in hex, sorted. */
  tids?: string[] | undefined;
}

/** What is kept of a read for the events; nothing unless it is asked for. */
export function tellingOf({ place, reader }: Spot, read: Read): Telling {
  const { details } = place.filter;
  if (!details.length) return {};
  const { rawMs: ms, rawIsUptime, signal, tid } = read;
  const raw: Raw = {
    reader,
    ms,
    ...(rawIsUptime ? { isUptime: true } : {}),
    ...(signal ? { signal: { ...signal } } : {}),
  };
  return {
    ...(details.includes('raw') ? { raw } : {}),
    ...(details.includes('tid') && tid !== undefined ? { tids: [tid] } : {}),
  };
}

/** TIDs of both, sorted and each once. */
export function tidsOfBoth(a: string[] | undefined, b: string[] | undefined): string[] | undefined {
  if (!a || !b) return a ?? b;
  return [...new Set([...a, ...b])].toSorted((x, y) => (x < y ? -1 : 1)).slice(0, TIDS_MAX);
}
