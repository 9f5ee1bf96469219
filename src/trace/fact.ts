import type { Bundle } from './bundle.ts';
import type { Range } from './key-range.ts';

/**
 * An identifier as the trace handles it: the compact key of gs1/key.ts as latin1 text, one character a byte.
 * Two things are the same exactly when their keys are equal.
 */
export type Key = string;

/**
 * In which list of an event an identifier stands. Two are derived (R18): `lot` is the lot that the event's ILMD gives
 * its items; `written` is a class that the ILMD turned into a lot, which then stands in the list in its place.
 */
export type Role =
  | 'epc'
  | 'quantity'
  | 'parent'
  | 'childEPC'
  | 'childQuantity'
  | 'inputEPC'
  | 'inputQuantity'
  | 'outputEPC'
  | 'outputQuantity'
  | 'lot'
  | 'written';

/** A side of a transformation: identifiers that went in, or came out. */
export type Side = 'input' | 'output';

/** One identifier named by an event. `gcpLength` is the company prefix length it was written with, 0 where unknown. */
export interface Mention {
  key: Key;
  role: Role;
  gcpLength: number;
  /** Stated quantity and its UN/ECE unit; absent where the element has none. */
  quantity?: number;
  uom?: string;
}

/** One captured event as the trace sees it: what the rules of docs/trace.md need and nothing else. */
export interface Fact {
  /** Position in the order of capture; unique, rises with recordTime. */
  sequence: number;
  eventID: string;
  /** CBV event hash, `ni:///sha-256;…?ver=CBV2.0`. */
  hash: string;
  type: 'ObjectEvent' | 'AggregationEvent' | 'TransactionEvent' | 'TransformationEvent' | 'AssociationEvent';
  action?: 'ADD' | 'OBSERVE' | 'DELETE';
  /** Milliseconds since 1970. */
  eventTime: number;
  recordTime: number;
  /** Bare word of the CBV, or a URI of the user's own. */
  bizStep?: string;
  disposition?: string;
  /** URIs as captured; a place of business, and the point of a reading. */
  bizLocation?: string;
  readPoint?: string;
  transformationID?: string;
  declaration?: { declarationTime: number; reason?: string; correctiveEventIDs: string[] };
  /** Same eventID as an earlier event, other content, no declaration: kept for its ids alone. */
  refused: boolean;
  mentions: Mention[];
  /** Things that stand alike, where they were asked for so (Want.bundles); they are not among `mentions`. */
  bundles?: Bundle[];
  /** A transformation with what it put out first, and the keys that were asked for and went into it (Want.brief). */
  brief?: true;
  /** Its mentions by role, made when first asked for (listOf): a WeakMap of very many facts is slow to collect. */
  lists?: Partial<Record<Role, Mention[]>> | undefined;
}

/**
 * Supplies facts to a walk: every fact that names one of `keys` or of `ranges`, has one of `eventIDs`, or belongs to one of
 * `transformationIDs`, and with each of them whatever shares its eventID: refused events, declarations, and the event
 * that they are about. Cut at the question's asOf by whoever made the function. Any order; a fact may come again in a
 * later call, and more may come than was asked for. The store returns one over SQL, memory-facts.ts one over a Map.
 */
export interface Facts {
  (want: Want): Promise<Fact[]>;
  /**
   * Whether any of the keys in `ranges`, or anything that one of them ever was in, was put out or commissioned by another event than
   * `known`; true where that cannot be told at less cost than reading all. Absent: it cannot.
   */
  isMadeElsewhere?(ranges: readonly Range[], known: readonly number[]): Promise<boolean>;
  /**
   * Some of what transformations lead to that have one of `keys` on the side `near`, and so on, as many levels: what a
   * walk will ask for, so that a long chain need not be asked for step by step.
   */
  ahead?(keys: readonly Key[], near: Side, levels: number): Promise<Key[]>;
}

/** Levels of parents that one call brings along: a pallet of cases of packs of items; more go in a further call. */
export const LEVELS_A_CALL = 4;

export interface Want {
  keys?: Key[];
  /** Many keys; what else lies between them may come too. Without `levels`. */
  ranges?: readonly Range[];
  /** How many levels of the parents of `keys` come too, each with all of its facts; at most LEVELS_A_CALL, default 0. */
  levels?: number;
  /** Without the facts that name one of `keys` as parent alone: what else it held. */
  asChild?: boolean;
  /** Things that stand alike in an event may come as bundles. */
  bundles?: boolean;
  /** Transformations that name one of `keys` as input alone, and whose eventID is theirs alone, may come brief. */
  brief?: boolean;
  /** Facts that the asker has, few, by sequence: they need not come again, nor the parents that they alone tell. */
  known?: readonly number[];
  eventIDs?: string[];
  transformationIDs?: string[];
  /** Every error declaration there is, for `audit *`. */
  declarations?: boolean;
  /** Facts that the asker has, by sequence: they need not come again. */
  has?: (sequence: number) => boolean;
  /** Events, known ones included, and identifiers that are of use: no more than one beyond them need come. */
  room?: { events: number; identifiers: number };
}
