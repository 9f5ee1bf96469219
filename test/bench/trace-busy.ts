// Item questions while capture runs at full rate, in one process as in a server of one box.
import { setTimeout as sleep } from 'node:timers/promises';
import { factsOf } from '../../src/store/facts.ts';
import { DEFAULT_TENANT, type Store } from '../../src/store/open.ts';
import { ask } from '../../src/trace/index.ts';
import type { Figure } from './figure.ts';
import { captureAll, eventsOf, p50, p95 } from './trace-world.ts';

const CLIENTS = 2;
const ASKERS = 8;
/** Each asker asks so often: eighty questions a second together. */
const ASK_EVERY_MS = 100;
const PHASE_MS = 10_000;
/** Each phase so often, in turn with the others; one round before that to be warm. */
const ROUNDS = 2;

interface World {
  store: Store;
  items: readonly string[];
  /** Numbers raw lots that were not captured yet. */
  next: () => number;
}

/** What a phase came to; phases of a sort are added up. */
interface Sum {
  events: number;
  milliseconds: number;
  times: number[];
}

/** One stretch of time with or without either. */
async function phase(
  { store, items, next }: World,
  sum: Sum,
  who: { capture?: boolean; ask?: boolean },
): Promise<void> {
  const [start, end] = [performance.now(), performance.now() + PHASE_MS];
  const capturing = async (): Promise<void> => {
    while (performance.now() < end) {
      const events = await captureAll(store, eventsOf(next()));
      sum.events += events; // read after the wait: the other client adds too
    }
  };
  const asking = async (asker: number): Promise<void> => {
    for (let n = asker; performance.now() < end; n += ASKERS) {
      const asked = performance.now();
      await ask(factsOf(store, DEFAULT_TENANT), { op: n % 2 ? 'back' : 'history', of: items[n % items.length]! });
      const took = performance.now() - asked;
      sum.times.push(took);
      await sleep(Math.max(0, ASK_EVERY_MS - took));
    }
  };
  await Promise.all([
    ...(who.capture ? Array.from({ length: CLIENTS }, capturing) : []),
    ...(who.ask ? Array.from({ length: ASKERS }, (_, asker) => asking(asker)) : []),
  ]);
  sum.milliseconds += performance.now() - start;
}

const nothing = (): Sum => ({ events: 0, milliseconds: 0, times: [] });
const rate = ({ events, milliseconds }: Sum): number => (events / milliseconds) * 1000;

/** Capture alone, questions alone, both: what each keeps. */
export async function busy(world: World): Promise<Figure[]> {
  let [alone, idle, both] = [nothing(), nothing(), nothing()];
  for (let n = 0; n <= ROUNDS; n++) {
    if (n === 1) [alone, idle, both] = [nothing(), nothing(), nothing()];
    await phase(world, alone, { capture: true });
    await phase(world, idle, { ask: true });
    await phase(world, both, { capture: true, ask: true });
  }
  const detail = { askers: ASKERS, questionsPerSecond: (both.times.length / both.milliseconds) * 1000 };
  const [captured, baseline] = [rate(both), rate(alone)];
  const [value, quiet] = [p95(both.times), p95(idle.times)];
  const medians = { medianMs: p50(both.times), baselineMedianMs: p50(idle.times) };
  return [
    {
      bench: 'trace-busy-capture',
      unit: 'events/s',
      value: captured,
      baseline,
      ratio: captured / baseline,
      detail: { ...detail, baseline: 'nobody asks' },
    },
    {
      bench: 'trace-busy-items',
      unit: 'ms',
      value,
      baseline: quiet,
      ratio: quiet / value,
      detail: { ...detail, p95: true, ...medians, baseline: 'nobody captures' },
    },
  ];
}
