import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/trace/fact.ts';
import { ask as answer, factsInMemory } from '../../src/trace/index.ts';
import { story } from './scenario.ts';
import { RECORD, WALKS } from './walk-cases.ts';

describe('walks and the record', () => {
  for (const [title, events, ...asks] of [...WALKS, ...RECORD]) {
    it(title, async () => {
      const { ask } = story(events);
      for (const [op, of, when, expected] of asks) {
        expect(await ask(op, of, when), `${op} ${of} ${JSON.stringify(when)}`).toMatchObject(expected);
      }
    });
  }
});

describe('hidden events (R27)', () => {
  const EVENTS = `e1@1 O ADD l:R.1=1KGM
    e2@2 T l:R.1=1KGM > l:M.1=1KGM
    e3@3 T l:M.1=1KGM > l:F.1=1KGM
    e4@4 O OBSERVE i:Z.1 loc=F`;

  it('connected keeps the connection and says so, strict does without it', async () => {
    const { ask } = story(EVENTS);
    const hidden = ['e2'];
    expect(await ask('forward', 'l:R.1', { hidden })).toMatchObject({ affected: ['l:F.1', 'l:M.1'], redacted: true });
    expect(await ask('forward', 'l:R.1', { hidden, policy: 'strict' })).toMatchObject({
      affected: [],
      gaps: ['REDACTED'],
      redacted: true,
    });
    expect(await ask('history', 'l:M.1', { hidden })).toMatchObject({ events: ['e3'], redacted: true });
    expect(await ask('balance', 'l:R.1', { hidden })).toMatchObject({
      consumed: 0,
      gaps: ['REDACTED'],
      redacted: true,
    });
  });

  it('says nothing where the hidden event changes nothing', async () => {
    const { ask } = story(EVENTS);
    expect(await ask('forward', 'l:R.1', { hidden: ['e4'] })).not.toHaveProperty('redacted');
  });
});

it('a tote that every step went through is not read again and again', async () => {
  const steps = Array.from({ length: 150 }, (_, n) => [
    `t${n}@${n * 3} T i:A.${n} > i:A.${n + 1}`,
    `p${n}@${n * 3 + 1} A ADD g:T < i:A.${n + 1}`,
    `q${n}@${n * 3 + 2} A DELETE g:T < i:A.${n + 1}`,
  ]).flat();
  const { facts, question } = story(steps.join('\n'));
  let read = 0;
  const counted: Facts = async (want) => {
    const found = await factsInMemory(facts)()(want);
    read += found.length;
    return found;
  };
  const { affected } = await answer(counted, question('forward', 'i:A.0').question);
  expect(affected).toHaveLength(150);
  expect(read).toBeLessThan(6 * facts.length);
});

describe('a chain', () => {
  const STEPS = 1_000;
  const { facts, question } = story(
    Array.from({ length: STEPS }, (_, n) => `e${n}@${n} T l:X.${n} l:Y.${n} > l:X.${n + 1}`).join('\n'),
  );

  it.each([
    ['back', `l:X.${STEPS}`, 2 * STEPS],
    ['forward', 'l:X.0', STEPS],
  ] as const)('is not asked for step by step on the way %s', async (op, of, count) => {
    const known = factsInMemory(facts)();
    let calls = 0;
    const counted: Facts = Object.assign((want: Parameters<Facts>[0]) => (calls++, known(want)), {
      ahead: (...asked: Parameters<NonNullable<Facts['ahead']>>) => (calls++, known.ahead!(...asked)),
    });
    const found = await answer(counted, question(op, of).question);
    expect(op === 'back' ? found.upstream : found.affected).toHaveLength(count);
    expect(found.truncated).toBeUndefined();
    expect(calls).toBeLessThan(100);
    const plain: Facts = (want) => known(want);
    expect(await answer(plain, question(op, of).question)).toEqual(found);
  });
});
