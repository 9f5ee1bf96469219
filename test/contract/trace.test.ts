// The stories of test/trace, captured through the real write path, answered over PGlite and PostgreSQL: the same answers
// as over facts in memory. Capture gives recordTimes itself, so its clock is set to each event's own.
import { expect, test } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { factsOf } from '../../src/store/facts.ts';
import type { Store } from '../../src/store/open.ts';
import { ask } from '../../src/trace/index.ts';
import { documentOf, operator } from '../capture/events.ts';
import { onBoth } from '../store/databases.ts';
import { BOOKS, CONTAINMENT } from '../trace/cases.ts';
import { short, story, type Story } from '../trace/scenario.ts';
import { RECORD, WALKS } from '../trace/walk-cases.ts';

/** Captures what was learnt at the same moment together, moment by moment. */
async function tell(store: Store, tenantId: string, { events }: Story): Promise<void> {
  const moments = Map.groupBy(events, (event) => Date.parse(String(event['recordTime'])));
  for (const [moment, together] of [...moments].sort(([a], [b]) => a - b)) {
    const platform = { store, clock: () => moment };
    const { job } = await capture(platform, operator(tenantId), documentOf(together), { behaviour: 'proceed' });
    // an eventID that is taken is refused, and that is what some stories tell of
    expect(job.errors.filter(({ status }) => status !== 409)).toEqual([]);
  }
}

onBoth('trace', ({ store, tenant }) => {
  test.each([...CONTAINMENT, ...BOOKS, ...WALKS, ...RECORD])('%s', async (_title, text, ...asks) => {
    const tenantId = tenant();
    const told = story(text);
    await tell(store(), tenantId, told);
    for (const [op, of, when, expected] of asks) {
      const { question, asOf } = told.question(op, of, when);
      const facts = factsOf(store(), tenantId, Number.isFinite(asOf) ? asOf : undefined);
      const answer = short(told.names, await ask(facts, question));
      expect(answer, `${op} ${of} ${JSON.stringify(when)}`).toMatchObject(expected);
      expect(answer).toEqual(await told.ask(op, of, when));
    }
  });
});
