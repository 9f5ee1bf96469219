// Item questions while capture runs at full rate, in one process as in a server of one box.
import { setTimeout as sleep } from 'node:timers/promises';
import { factsOf } from '../../src/store/facts.ts';
import { DEFAULT_TENANT, type Store } from '../../src/store/open.ts';
import { ask } from '../../src/trace/index.ts';
import type { Figure } from './figure.ts';
import { captureAll, eventsOf, p95 } from './trace-world.ts';

const ASKERS = 8;
/** Each asker asks so often: eighty questions a second together. */
const ASK_EVERY_MS = 100;
const PHASE_MS = 10_000;

interface Phase {
  eventsPerSecond: number;
  p95Ms: number;
  questions: number;
}

/** One stretch of time with or without either. `next` numbers raw lots that were not captured yet. */
async function phase(
  store: Store,
  items: readonly string[],
  next: () => number,
  who: { capture: boolean; ask: boolean },
): Promise<Phase> {
  const [start, end] = [performance.now(), performance.now() + PHASE_MS];
  const times: number[] = [];
  let events = 0;
  const capturing = async (): Promise<void> => {
    while (performance.now() < end) events += await captureAll(store, eventsOf(next()));
  };
  const asking = async (asker: number): Promise<void> => {
    for (let n = asker; performance.now() < end; n += ASKERS) {
      const asked = performance.now();
      await ask(factsOf(store, DEFAULT_TENANT), { op: n % 2 ? 'back' : 'history', of: items[n % items.length]! });
      const took = performance.now() - asked;
      times.push(took);
      await sleep(Math.max(0, ASK_EVERY_MS - took));
    }
  };
  await Promise.all([
    ...(who.capture ? [capturing(), capturing()] : []),
    ...(who.ask ? Array.from({ length: ASKERS }, (_, asker) => asking(asker)) : []),
  ]);
  const eventsPerSecond = (events / (performance.now() - start)) * 1000;
  return { eventsPerSecond, p95Ms: times.length > 0 ? p95(times) : 0, questions: times.length };
}

/** Capture alone, questions alone, both: what each keeps. */
export async function busy(store: Store, items: readonly string[], next: () => number): Promise<Figure[]> {
  await phase(store, items, next, { capture: true, ask: false }); // warm
  const alone = await phase(store, items, next, { capture: true, ask: false });
  const idle = await phase(store, items, next, { capture: false, ask: true });
  const both = await phase(store, items, next, { capture: true, ask: true });
  const detail = { askers: ASKERS, questionsPerSecond: both.questions / (PHASE_MS / 1000) };
  return [
    {
      bench: 'trace-busy-capture',
      unit: 'events/s',
      value: both.eventsPerSecond,
      baseline: alone.eventsPerSecond,
      ratio: both.eventsPerSecond / alone.eventsPerSecond,
      detail: { ...detail, baseline: 'nobody asks' },
    },
    {
      bench: 'trace-busy-items',
      unit: 'ms',
      value: both.p95Ms,
      baseline: idle.p95Ms,
      ratio: idle.p95Ms / both.p95Ms,
      detail: { ...detail, p95: true, baseline: 'nobody captures' },
    },
  ];
}
