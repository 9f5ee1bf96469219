// Effectiveness checks (21 CFR 7.42(b)(3)): who is to be asked whether the notice came and was followed.
import { AppError } from '../error.ts';

/** Share of the consignees to be checked, in percent; of B the case says it. */
const SHARES = { A: 100, B: undefined, C: 10, D: 2, E: 0 } as const;
export type CheckLevel = keyof typeof SHARES;
const CHECK_LEVELS = Object.keys(SHARES) as CheckLevel[];

const IDS_MAX = 1_000_000;
const SEED_BYTES = 16;

export interface SampleQuestion {
  /** Consignees that were notified; the order and repetitions do not matter. */
  ids: readonly string[];
  level: CheckLevel;
  /** Of level B, above 0 and up to 100. */
  percent?: number;
  /** To be stored with the sample. */
  seed: string;
}

export interface Sample {
  level: CheckLevel;
  percent: number;
  seed: string;
  size: number;
  /** Sorted. */
  ids: string[];
}

/** A seed for `sampleOf`, 32 hexadecimal digits. */
export const newSeed = (): string => hex(crypto.getRandomValues(new Uint8Array(SEED_BYTES)));

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * The consignees to be checked, at least one where any are asked for. They are those with the smallest SHA-256 of seed,
 * line feed and id: the same seed gives the same sample, and anyone can draw it again. AppError `invalid` for a level
 * that is none or a percentage that does not go with it.
 */
export async function sampleOf({ ids, level, percent, seed }: SampleQuestion): Promise<Sample> {
  const share = shareOf(level, percent);
  const all = [...new Set(ids)];
  if (all.length > IDS_MAX) throw new AppError('invalid', `ids has more than ${IDS_MAX} consignees`, { member: 'ids' });
  const size = Math.ceil((all.length * share) / 100);
  const ranked: [rank: string, id: string][] = [];
  for (const id of all) ranked.push([hex(await sha256(`${seed}\n${id}`)), id]);
  ranked.sort(([a], [b]) => (a < b ? -1 : 1));
  const drawn = ranked.slice(0, size).map(([, id]) => id);
  return { level, percent: share, seed, size, ids: drawn.sort() };
}

const sha256 = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

function shareOf(level: CheckLevel, percent: number | undefined): number {
  if (!CHECK_LEVELS.includes(level))
    throw new AppError('invalid', `level must be one of ${CHECK_LEVELS.join(', ')}`, { member: 'level' });
  const share = SHARES[level];
  if (share !== undefined && (percent === undefined || percent === share)) return share;
  if (share === undefined && percent !== undefined && percent > 0 && percent <= 100) return percent;
  const why = share === undefined ? 'must be above 0 and up to 100 for level B' : `is ${share} for level ${level}`;
  throw new AppError('invalid', `percent ${why}`, { member: 'percent' });
}

export interface Effectiveness {
  notified: number;
  answered: number;
  toCheck: number;
  checked: number;
  correct: number;
  /** answered / notified, one place; null where nobody was notified. */
  answeredPercent: number | null;
  /** correct / toCheck; null where nobody is to be checked. */
  correctPercent: number | null;
}

type Counts = Pick<Effectiveness, 'notified' | 'answered' | 'toCheck' | 'checked' | 'correct'>;

/** The two percentages of a case; rounded down, so that 100 means all. */
export const effectivenessOf = ({ notified, answered, toCheck, checked, correct }: Counts): Effectiveness => ({
  notified,
  answered,
  toCheck,
  checked,
  correct,
  answeredPercent: percentOf(answered, notified),
  correctPercent: percentOf(correct, toCheck),
});

const percentOf = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.floor((part * 1000) / whole) / 10;
