import type { FilterConfig, Says, Transaction } from './options.ts';
import type { Heard, Listening } from './listening.ts';
import type { Signal } from './nearing.ts';
import type { EpcKey } from './presence.ts';
import type { Telling } from './raw.ts';

/** What happened to an EPC at a place: arrivals and departures, moves, passages by direction, cycles, single reads. */
export type Kind =
  | 'arrival'
  | 'departure'
  | 'moved'
  | 'in'
  | 'out'
  | 'turned'
  | 'undecided'
  | 'current'
  | 'additions'
  | 'deletions'
  | 'read';

/** A read point, zone or gate: where the state of an EPC is kept. */
export interface Place {
  /** Fixed for (reader, read point) or for a zone in the spool. */
  id: number;
  /** The reader's name, or the zone's where several antennas or readers make one. */
  reader: string;
  readPoint: string;
  bizLocation: string | undefined;
  bizStep: string | undefined;
  disposition: string | undefined;
  /** What events of a kind say instead. */
  events: Partial<Record<Kind, Says>>;
  /** The business transactions that pass here now. */
  transactions: () => Transaction[];
  /** Places of other readers at the same read point. */
  siblings: number[];
  filter: FilterConfig;
  listening: Heard;
}

/** An antenna of a reader: where its reads count. */
export interface Spot {
  place: Place;
  /** dBm; weaker reads do not make a tag present. */
  minRssi: number | undefined;
  side: 'A' | 'B' | undefined;
  /** The antenna's reader, and when it was listened to. */
  reader: string;
  listening: Listening;
}

/** One read, times corrected, in ms since 1970. The object is reused: take what you need at once. */
export interface Read {
  key: EpcKey;
  rssi: number | undefined;
  count: number;
  antenna: number;
  firstMs: number;
  lastMs: number;
  /** Doppler shift, phase and channel, where the reader tells them. */
  signal?: Signal | undefined;
  /** TID in hex, where the reader tells it with the read. */
  tid?: string | undefined;
  /** The reader's own time of the first read, ms: of the calendar, or since its start. */
  rawMs?: number | undefined;
  rawIsUptime?: boolean | undefined;
}

/** What the filter found out; the events that leave are made of these. */
export interface Fact extends Telling {
  kind: Kind;
  place: Place;
  /** Empty for a report of a cycle in which there was nothing. */
  uri: string;
  /** When it happened: the first read of an arrival or passage, the last one of a departure. */
  atMs: number;
  /** Facts of one passage or cycle share a name, and go out together. */
  group: string | undefined;
  antenna: number | undefined;
  /** The strongest, in dBm. */
  rssi: number | undefined;
  /** Reads that it rests on. */
  count: number;
  /** From the first to the last of them. */
  dwellMs: number | undefined;
  /** What is said once for the group: of a cycle its report, times and counts. */
  note?: Record<string, unknown>;
}

/** An EPC by its names: the URI that an event would carry, and what patterns are matched against. */
export interface Named {
  uri: string;
  tagUri: string | undefined;
  hex: string;
}

/** The names of an EPC, or undefined for one that the lists or `unknownEpc` keep out. */
export type Identify = (key: EpcKey, filter: FilterConfig) => Named | undefined;

/** Counts of reads that made no fact for a reason worth showing. */
export interface FilterCounts {
  /** Below minRssi. */
  weak: number;
  /** Kept out by the lists or unknownEpc. */
  ignored: number;
  /** Older than their tag's last read: a clock set back. */
  backward: number;
  /** After what they belong to had gone out. */
  late: number;
}
