import { expect } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import type { Store } from '../../src/store/open.ts';
import { documentOf, operator } from '../capture/events.ts';
import type { Story } from '../trace/scenario.ts';

/**
 * Captures a story through the write path, together what was learnt at the same moment, moment by moment. Capture gives
 * recordTimes itself, so its clock is set to each event's own.
 */
export async function tell(store: Store, tenantId: string, { events }: Story): Promise<void> {
  const moments = Map.groupBy(events, (event) => Date.parse(String(event['recordTime'])));
  for (const [moment, together] of [...moments].sort(([a], [b]) => a - b)) {
    const platform = { store, clock: () => moment };
    const { job } = await capture(platform, operator(tenantId), documentOf(together), { behaviour: 'proceed' });
    // an eventID that is taken is refused, and that is what some stories tell of
    expect(job.errors.filter(({ status }) => status !== 409)).toEqual([]);
  }
}
