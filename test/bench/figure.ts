/** One figure of `npm run bench`; ratio is built so that more is better. */
export interface Figure {
  bench: string;
  unit: string;
  value: number;
  baseline: number;
  ratio: number;
  detail: Record<string, unknown>;
}

/** Does its work once and returns a checksum of what it made. */
export type Side = () => number | Promise<number>;

export interface Race {
  /** Median milliseconds of a round. */
  ours: number;
  theirs: number;
  rounds: number;
  /** Slowest and fastest round of each side against its median. */
  spread: { ours: [fastest: number, slowest: number]; theirs: [fastest: number, slowest: number] };
  checksum: number;
}

const ROUNDS_MIN = 5;
const WARM_UP_ROUNDS = 2;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

async function timed(side: Side): Promise<[milliseconds: number, checksum: number]> {
  const start = performance.now();
  const checksum = await side();
  return [performance.now() - start, checksum];
}

function spreadOf(times: readonly number[]): [number, number] {
  const middle = median(times);
  return [Math.min(...times) / middle, Math.max(...times) / middle].map((x) => Math.round(x * 1000) / 1000) as [
    number,
    number,
  ];
}

/**
 * Runs both sides in turn, `rounds` times after a warm-up, each first in every second round. Throws where a side's
 * checksum changes between rounds, or, unless `sameWork` is false, where the two differ.
 */
export async function race(ours: Side, theirs: Side, rounds = ROUNDS_MIN, sameWork = true): Promise<Race> {
  const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  const sums: { ours?: number; theirs?: number } = {};
  const sides = { ours, theirs };
  const count = Math.max(ROUNDS_MIN, rounds);
  for (let round = -WARM_UP_ROUNDS; round < count; round++) {
    for (const name of round % 2 ? (['theirs', 'ours'] as const) : (['ours', 'theirs'] as const)) {
      const [milliseconds, checksum] = await timed(sides[name]);
      if ((sums[name] ??= checksum) !== checksum)
        throw new Error(`bench: ${name} gave ${checksum}, before ${sums[name]}`);
      if (round >= 0) times[name].push(milliseconds);
    }
  }
  if (sameWork && sums.ours !== sums.theirs) throw new Error(`bench: ours gave ${sums.ours}, theirs ${sums.theirs}`);
  return {
    ours: median(times.ours),
    theirs: median(times.theirs),
    rounds: count,
    spread: { ours: spreadOf(times.ours), theirs: spreadOf(times.theirs) },
    checksum: sums.ours!,
  };
}

/** A figure of two rates: `count` pieces of work that each side did in a round. More is better. */
export function rateFigure(
  bench: string,
  unit: string,
  count: number,
  run: Race,
  detail: Record<string, unknown> = {},
): Figure {
  const value = (count / run.ours) * 1000;
  const baseline = (count / run.theirs) * 1000;
  const { rounds, spread, checksum } = run;
  return {
    bench,
    unit,
    value,
    baseline,
    ratio: value / baseline,
    detail: { rounds, spread, checksum, count, ...detail },
  };
}

/** Characters of a text that its checksum looks at: enough to make the engine build it, too few to be the work. */
const CHECKED_CHARACTERS = 4;

/** 32-bit checksum of a text's length and end, to be chained: `sum = checksumOf(text, sum)`. */
export function checksumOf(text: string, sum = 0): number {
  let out = Math.imul(sum, 31) + text.length;
  for (let i = Math.max(0, text.length - CHECKED_CHARACTERS); i < text.length; i++)
    out = (Math.imul(out, 31) + text.charCodeAt(i)) | 0;
  return out;
}
