import { z } from 'zod';
import type { Kind } from './place.ts';

const DURATION_MS_MAX = 7 * 24 * 3_600_000;
const DEBOUNCE_MS_MAX = 1000;
const COUNT_MS_MIN = 1000;
const NAME_LENGTH_MAX = 200;
const MIN_READS_MAX = 64;
const PATTERNS_MAX = 1000;
const PORT_MAX = 65_535;
const REPORTS_MAX = 32;
const TRANSACTIONS_MAX = 100;
const KINDS = [
  'arrival',
  'departure',
  'moved',
  'in',
  'out',
  'turned',
  'undecided',
  'current',
  'additions',
  'deletions',
  'read',
] as const satisfies readonly Kind[];
const DETAILS = ['reads', 'sensors', 'tid', 'raw'] as const;

const name = z.string().min(1).max(NAME_LENGTH_MAX);
const durationMs = z.int().min(0).max(DURATION_MS_MAX);
const someMs = z.int().min(1).max(DURATION_MS_MAX);
const dbm = z.number().min(-200).max(100);
const uri = z
  .string()
  .max(2048)
  .regex(/^[a-z][a-z0-9+.-]*:\S+$/i, 'a URI');
const patterns = z.array(name).max(PATTERNS_MAX);
const edge = z.strictObject({ gpi: z.int().min(1).max(PORT_MAX), edge: z.enum(['rising', 'falling']) });

/** A photo eye's beam: the edge opens, the opposite edge of the same eye closes unless `close` says another. */
const window = z.strictObject({
  open: edge,
  close: edge.optional(),
  /** A second eye behind the first one: the order in which they are broken is the direction (open = side A). */
  second: edge.optional(),
  maxMs: someMs.default(30_000),
  settleMs: durationMs.default(100),
});

const cycle = z
  .strictObject({
    /** From the start of a cycle to the start of the next. */
    periodMs: someMs.optional(),
    durationMs: someMs.optional(),
    start: edge.optional(),
    stop: edge.optional(),
    /** Ends when no new tag came for so long. */
    stableMs: someMs.optional(),
    settleMs: durationMs.default(100),
    reports: z
      .array(
        z.strictObject({
          name: name.optional(),
          set: z.enum(['CURRENT', 'ADDITIONS', 'DELETIONS']),
          include: patterns.default([]),
          exclude: patterns.default([]),
          /** Patterns in which `X` makes a group for each value. */
          groups: patterns.default([]),
          reportIfEmpty: z.boolean().default(false),
          reportOnlyOnChange: z.boolean().default(false),
        }),
      )
      .min(1)
      .max(REPORTS_MAX),
  })
  .refine((c) => c.durationMs !== undefined || c.stop !== undefined || c.stableMs !== undefined, {
    error: 'a cycle needs an end: "durationMs", "stop" or "stableMs"',
  })
  .refine((c) => c.periodMs === undefined || c.start === undefined, {
    error: 'a cycle starts by "periodMs" or by a "start" trigger, not by both',
  })
  .refine((c) => c.periodMs === undefined || c.durationMs === undefined || c.durationMs <= c.periodMs, {
    error: '"durationMs" is longer than "periodMs"',
  });

/** The filter's options without defaults, since a reader's own ones are laid over the common ones. */
export const filterOptions = z.strictObject({
  mode: z.enum(['arrivals', 'presence', 'moves', 'gate', 'cycle', 'raw']).optional(),
  minReads: z.int().min(1).max(MIN_READS_MAX).optional(),
  windowMs: durationMs.optional(),
  minRssi: dbm.optional(),
  departAfterMs: durationMs.optional(),
  include: patterns.optional(),
  exclude: patterns.optional(),
  unknownEpc: z.enum(['raw', 'drop']).optional(),
  moveThresholdDb: z.number().min(0).max(100).optional(),
  moveHoldoffMs: durationMs.optional(),
  passageGapMs: someMs.optional(),
  directionMarginMs: durationMs.optional(),
  /** A tag that two gates see at once belongs to the one that sees it better by this much. */
  strayDb: z.number().min(0).max(100).optional(),
  window: window.nullable().optional(),
  /** A level at an input counts when it has lasted this long. */
  gpiDebounceMs: z.int().min(0).max(DEBOUNCE_MS_MAX).optional(),
  /** Gates count passages by these intervals, besides all of them. */
  countEveryMs: z.int().min(COUNT_MS_MIN).max(DURATION_MS_MAX).optional(),
  cycle: cycle.nullable().optional(),
  /** One SSCC and what passes with it becomes an AggregationEvent with this action. */
  aggregate: z.enum(['ADD', 'OBSERVE']).nullable().optional(),
  /**
   * As an extension, of each EPC: antenna, RSSI and count; its TID; reader, the reader's own time, phase and Doppler
   * shift. RSSI as sensor elements.
   */
  details: z.array(z.enum(DETAILS)).optional(),
});

const says = z.strictObject({
  bizStep: name.optional(),
  disposition: name.optional(),
  readPoint: uri.optional(),
  bizLocation: uri.nullable().optional(),
});
const task = z.strictObject({
  /** A JSON file with `bizTransactionList`, read again when it changes; no file, no task. */
  file: z.string().min(1).optional(),
  bizTransactionList: z
    .array(z.strictObject({ type: name.optional(), bizTransaction: uri }))
    .max(TRANSACTIONS_MAX)
    .optional(),
});
/** Options of a reader that say what its events carry. */
export const eventOptions = {
  /** By kind of event, in place of what the reader says. `bizLocation: null` leaves it out. */
  events: z.partialRecord(z.enum(KINDS), says).default({}),
  /** The business transactions that pass here now. */
  task: task.optional(),
};

export type Says = z.infer<typeof says>;
export type Task = z.infer<typeof task>;
export type Transaction = NonNullable<Task['bizTransactionList']>[number];
export type Edge = z.infer<typeof edge>;
export type WindowConfig = z.infer<typeof window>;
export type CycleConfig = z.infer<typeof cycle>;
type Options = z.infer<typeof filterOptions>;

/** Filter options of one reader, defaults filled in; RSSI in dBm, times in ms. */
export interface FilterConfig {
  mode: NonNullable<Options['mode']>;
  minReads: number;
  windowMs: number;
  minRssi: number | undefined;
  departAfterMs: number;
  include: string[];
  exclude: string[];
  unknownEpc: 'raw' | 'drop';
  moveThresholdDb: number;
  moveHoldoffMs: number;
  passageGapMs: number;
  directionMarginMs: number;
  strayDb: number;
  window: WindowConfig | undefined;
  gpiDebounceMs: number;
  countEveryMs: number;
  cycle: CycleConfig | undefined;
  aggregate: 'ADD' | 'OBSERVE' | undefined;
  details: (typeof DETAILS)[number][];
}

/** A reader's own options over the common ones, over the defaults of the specification. */
export function filterOf(common: Options, own: Options = {}): FilterConfig {
  const given = { ...common, ...own };
  return {
    mode: given.mode ?? 'arrivals',
    minReads: given.minReads ?? 1,
    windowMs: given.windowMs ?? 1000,
    minRssi: given.minRssi,
    departAfterMs: given.departAfterMs ?? 30_000,
    include: given.include ?? [],
    exclude: given.exclude ?? [],
    unknownEpc: given.unknownEpc ?? 'raw',
    moveThresholdDb: given.moveThresholdDb ?? 6,
    moveHoldoffMs: given.moveHoldoffMs ?? 500,
    passageGapMs: given.passageGapMs ?? 2000,
    directionMarginMs: given.directionMarginMs ?? 150,
    strayDb: given.strayDb ?? 6,
    window: given.window ?? undefined,
    gpiDebounceMs: given.gpiDebounceMs ?? 0,
    countEveryMs: given.countEveryMs ?? 3_600_000,
    cycle: given.cycle ?? undefined,
    aggregate: given.aggregate ?? undefined,
    details: given.details ?? [],
  };
}

/** What no option says by itself: options that do not go together. */
export function filterFault({ mode, window, cycle, aggregate }: FilterConfig): string | undefined {
  if (mode === 'cycle' && !cycle) return 'mode "cycle" needs the option "cycle"';
  if (mode !== 'cycle' && cycle) return `"cycle" is of no use in mode "${mode}"`;
  if (mode !== 'gate' && window) return `"window" is of no use in mode "${mode}"`;
  if (mode !== 'gate' && aggregate) return `"aggregate" is of no use in mode "${mode}"`;
  return undefined;
}

/** What of a reader decides where its reads count. */
interface Placed {
  name: string;
  readPoint: string;
  bizLocation?: string | undefined;
  antennas: Record<
    string,
    { zone?: string | undefined; readPoint?: string | undefined; bizLocation?: string | undefined }
  >;
}

/** Places that only one reader has, however many others are at the same read point. */
export const isOwnPlace = (mode: FilterConfig['mode']): boolean => mode === 'arrivals' || mode === 'raw';

const spotsOf = (reader: Placed): Placed['antennas'][string][] => [{}, ...Object.values(reader.antennas)];

/** The gates that a reader sees, by zone or read point. */
export const gatesSeenBy = (reader: Placed, { mode }: FilterConfig): string[] =>
  mode === 'gate' ? spotsOf(reader).map(({ zone, readPoint = reader.readPoint }) => zone ?? readPoint) : [];

/**
 * Why a reader does not go with those before it: what several readers share, a zone or in most modes a read point,
 * has one read point, one business location and one filter. Undefined where it does; `shared` remembers.
 */
export function sharingFault(reader: Placed, filter: FilterConfig, shared: Map<string, string>): string | undefined {
  for (const { zone, readPoint = reader.readPoint, bizLocation = reader.bizLocation } of spotsOf(reader)) {
    if (zone === undefined && isOwnPlace(filter.mode)) continue;
    const name = zone === undefined ? readPoint : `zone "${zone}"`;
    const text = JSON.stringify([readPoint, bizLocation, { ...filter, minRssi: undefined }]);
    const known = shared.get(name) ?? text;
    shared.set(name, known);
    if (known !== text) return `${name} is shared with other antennas, but not its read point, location and filter`;
  }
  return undefined;
}
