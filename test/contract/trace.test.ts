// The stories of test/trace, captured through the real write path, answered over PGlite and PostgreSQL: the same answers
// as over facts in memory.
import { expect, test } from 'vitest';
import { factsOf } from '../../src/store/facts.ts';
import { ask } from '../../src/trace/index.ts';
import { onBoth } from '../store/databases.ts';
import { BOOKS, CONTAINMENT } from '../trace/cases.ts';
import { short, story } from '../trace/scenario.ts';
import { RECORD, WALKS } from '../trace/walk-cases.ts';
import { tell } from './tell.ts';

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
