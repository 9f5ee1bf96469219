import { describe, expect, it } from 'vitest';
import { askFull, factsInMemory, type FullAnswer } from '../../src/trace/index.ts';
import { minute, type Story, story, type When } from './scenario.ts';

const TEXT = `e1@1 O ADD l:R.1=10KGM loc=FARM
  e2@2 T l:R.1=10KGM > i:F.1 i:F.2 l:G.1=4KGM lot=L loc=PLANT
  e3@3 A ADD s:P < i:F.1
  e4@4 O OBSERVE s:P step=shipping rp=GATE
  e5@5 O DELETE i:F.2 r=7
  e6@5 O ADD l:Z.1=1KGM
  e6!6 did_not_occur`;

async function full(
  { facts, question }: Story,
  op: 'forward' | 'back' | 'history',
  of: string,
  when: When & { asOf: number },
): Promise<FullAnswer> {
  const asked = question(op, of, when);
  const size = facts.filter(({ recordTime }) => recordTime <= asked.asOf).length;
  return askFull(factsInMemory(facts)(asked.asOf), asked.question, { asOf: asked.asOf, size });
}

describe('full answer', () => {
  it('tells of each node how far, how sure, in what state and where', async () => {
    const told = story(TEXT);
    const answer = await full(told, 'forward', 'l:R.1', { asOf: 9 });
    const node = (id: string) => answer.nodes?.find((one) => one.id === told.names.uri(id));
    expect(node('i:F.1')).toMatchObject({
      depth: 1,
      confidence: 'definite',
      state: 'in_transit',
      holdings: [{ location: told.names.uri('p:GATE'), container: told.names.uri('s:P') }],
    });
    expect(node('i:F.2')).toMatchObject({ state: 'decommissioned', holdings: [] });
    expect(node('l:G.1')).toMatchObject({
      kind: 'lot',
      state: null,
      quantity: { value: 4, uom: 'KGM' },
      holdings: [{ location: told.names.uri('p:PLANT'), quantity: 4, uom: 'KGM' }],
    });
    expect(answer.carriers).toEqual([told.names.uri('s:P')]);
    const edges = answer.edges
      ?.filter(({ to }) => to === told.names.uri('i:F.1'))
      .map(({ kind, eventIDs }) => [kind, eventIDs]);
    expect(edges?.sort()).toEqual([
      ['member', [told.names.event('e2')]],
      ['transformation', [told.names.event('e2')]],
    ]);
    expect(answer.asOf).toBe(new Date(minute(9)).toISOString());
  });

  it('has the same digest after later captures, and another for another answer', async () => {
    const early = story(
      TEXT.split('\n')
        .filter((line) => !/r=7|!6/.test(line))
        .join('\n'),
    );
    const late = story(TEXT);
    const before = await full(early, 'forward', 'l:R.1', { asOf: 5 });
    const after = await full(late, 'forward', 'l:R.1', { asOf: 5 });
    expect(before.digest).toMatch(/^ni:\/\/\/sha-256;[\w-]{43}$/);
    expect(after).toEqual(before);
    expect((await full(late, 'forward', 'l:R.1', { asOf: 7 })).digest).not.toBe(before.digest);
  });

  it('lists what a declaration voided', async () => {
    const told = story(TEXT);
    const answer = await full(told, 'back', 'l:Z.1', { asOf: 9 });
    expect(answer.excluded).toEqual([
      { eventID: told.names.event('e6'), declaredAt: new Date(minute(6)).toISOString(), reason: 'did_not_occur' },
    ]);
    expect(answer.origins).toEqual([told.names.uri('l:Z.1')]);
  });

  it('keeps the nodes behind a hidden event and nothing of the event', async () => {
    const told = story(TEXT);
    const answer = await full(told, 'forward', 'l:R.1', { asOf: 9, hidden: ['e4', 'e2'] });
    expect(answer.redacted).toBe(true);
    expect(answer.nodes?.map(({ id }) => id)).toContain(told.names.uri('l:G.1'));
    const text = JSON.stringify({ ...answer, root: '' });
    for (const secret of [
      told.names.event('e2'),
      told.names.event('e4'),
      told.names.uri('p:GATE'),
      told.names.uri('p:PLANT'),
    ]) {
      expect(text).not.toContain(secret);
    }
  });
});
