// What could make a question endless or an answer dishonest: each has a bound, and an answer that reached one says so.
import { describe, expect, it } from 'vitest';
import { keyOfUri, keyText, stemOf } from '../../src/gs1/index.ts';
import type { Fact, Facts, Mention } from '../../src/trace/fact.ts';
import { ask as answer, askFull, factsInMemory, readQuestion } from '../../src/trace/index.ts';
import { story } from './scenario.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('a question that is odd', () => {
  const { ask } = story(`e1@1 O ADD i:A.1 loc=F lot=L
    e2@2 A ADD s:P < i:A.1
    e3@3 O OBSERVE s:P loc=G`);

  it('about an id of no form is refused by name', () => {
    for (const of of [
      '',
      'urn:epc:id:sgtin:9521234.1',
      '(01)09521234000014',
      'https://id.gs1.org/01/1',
      'x'.repeat(5000),
    ])
      expect(() => readQuestion({ op: 'back', of }), of).toThrow(/^of /);
  });

  it('of an empty window is of no state and no event', async () => {
    expect(await ask('history', 'i:A.1', { from: 3, to: 2 })).toMatchObject({ events: [], gaps: [] });
    expect(await ask('history', 'i:A.1', { from: 4, to: 5 })).toMatchObject({ events: [] });
    expect(await ask('forward', 's:P', { from: 3, to: 2 })).toMatchObject({ affected: [], possible: [] });
  });

  it('as of the future is as of all that is known', async () => {
    const now = await ask('history', 'i:A.1');
    expect(await ask('history', 'i:A.1', { asOf: 1e6 })).toEqual(now);
  });
});

describe('a world that goes round', () => {
  it('ends, whatever contains whatever', async () => {
    const ring = range(200).map((n) => `e${n}@${n} A ADD s:${n} < s:${(n + 1) % 200}`);
    const { ask } = story([...ring, 'x@300 A ADD s:5 < s:5', 'y@301 A OBSERVE s:7 < s:7'].join('\n'));
    const inside = await ask('contents', 's:0');
    expect(inside.contents).toHaveLength(199);
    expect(inside.gaps).toEqual(['CONTAINMENT_CYCLE', 'MISSING_ADD']);
    expect((await ask('history', 's:5')).gaps).toContain('CONTAINMENT_CYCLE');
  });

  it('names what feeds itself', async () => {
    const ring = range(300).map((n) => `e${n}@${n} T l:X.${n} > l:X.${(n + 1) % 300}`);
    const { ask } = story(ring.join('\n'));
    for (const op of ['forward', 'back'] as const) {
      const found = await ask(op, 'l:X.7');
      expect(found[op === 'forward' ? 'affected' : 'upstream']).toHaveLength(299);
      expect(found.gaps).toContain('CYCLE');
    }
  });
});

describe('a world that is deep', () => {
  it('of 10,000 transformations in a row is walked both ways', async () => {
    const { facts, question } = story(
      range(10_000)
        .map((n) => `e${n}@${n} T l:X.${n} > l:X.${n + 1}`)
        .join('\n'),
    );
    const back = await answer(factsInMemory(facts)(), question('back', 'l:X.10000').question);
    expect(back.upstream).toHaveLength(10_000);
    expect(back.truncated).toBeUndefined();
    const forward = await answer(factsInMemory(facts)(), question('forward', 'l:X.0').question);
    expect(forward.affected).toHaveLength(10_000);
  }, 60_000);

  it('of 1,000 boxes in boxes is unpacked', async () => {
    const { ask } = story(
      range(1_000)
        .map((n) => `e${n}@${n} A ADD s:${n + 1} < s:${n}`)
        .join('\n'),
    );
    expect((await ask('contents', 's:1000')).contents).toHaveLength(1_000);
    expect((await ask('history', 's:0')).events).toHaveLength(1_000);
  }, 60_000);

  it('of 2^30 paths has as many nodes as it has lots', async () => {
    const layer = (n: number): string => `e${n}@${n} T l:A.${n}x l:A.${n}y > l:A.${n + 1}x l:A.${n + 1}y`;
    const { facts, question } = story(range(30).map(layer).join('\n'));
    const found = await answer(factsInMemory(facts)(), question('forward', 'l:A.0x').question);
    expect(found.affected).toHaveLength(60);
    expect(found.truncated).toBeUndefined();
  });
});

describe('a question that costs too much', () => {
  const { facts, question } = story(
    range(40)
      .map(
        (n) =>
          `e${n}@${n} T l:R.1=1KGM > ${range(50)
            .map((i) => `i:A.${n * 100 + i}`)
            .join(' ')} lot=L${n}`,
      )
      .join('\n'),
  );
  const forward = question('forward', 'l:R.1').question;
  const known = factsInMemory(facts)();

  it.each([
    ['nodes', { nodes: 100 }],
    ['events', { events: 10 }],
    ['identifiers', { identifiers: 500 }],
    ['time', { milliseconds: -1 }],
  ] as const)('by %s is cut there, and says so', async (limit, budget) => {
    const cut = await answer(known, forward, { budget });
    expect(cut).toMatchObject({ truncated: true, truncatedBy: limit });
    expect(cut.affected!.length).toBeLessThan(2_000);
    const full = await askFull(known, forward, { asOf: 0 }, { budget });
    expect(full).toMatchObject({ truncated: true, truncatedBy: limit });
  });

  it.each(['where', 'state', 'history', 'audit', 'contents'] as const)('of one thing says so too: %s', async (op) => {
    const visits = story(['e@0 O ADD g:T', ...range(50).map((n) => `v${n}@${n + 1} O OBSERVE g:T loc=F`)].join('\n'));
    const tote = factsInMemory(visits.facts)();
    const { question: asked } = visits.question(op, 'g:T');
    const limits = { truncated: true, truncatedBy: 'events' };
    expect(await answer(tote, asked, { budget: { events: 10 } })).toMatchObject(limits);
    expect(await askFull(tote, asked, { asOf: 0 }, { budget: { events: 10 } })).toMatchObject(limits);
    expect(await answer(tote, asked)).not.toHaveProperty('truncated');
  });

  it('by edges alone has all its nodes', async () => {
    const full = await askFull(known, forward, { asOf: 0 }, { budget: { edges: 100 } });
    expect(full).toMatchObject({ truncated: true, truncatedBy: 'edges' });
    expect(full.nodes).toHaveLength(40 * 51);
    expect(full.edges!.length).toBeLessThanOrEqual(100);
  });

  it('is whole within its budget, and says nothing', async () => {
    const whole = await answer(known, forward, { budget: { nodes: 40 * 51 + 1 } });
    expect(whole.affected).toHaveLength(40 * 51);
    expect(whole).not.toHaveProperty('truncated');
    expect(whole).not.toHaveProperty('truncatedBy');
  });

  it('ends when nobody waits for it any more', async () => {
    const asker = new AbortController();
    let calls = 0;
    const facts: Facts = async (want) => {
      calls++;
      asker.abort(new Error('gone'));
      return known(want);
    };
    await expect(answer(facts, forward, { signal: asker.signal })).rejects.toThrow('gone');
    expect(calls).toBe(1);
  });

  it('tells how far it is', async () => {
    const told: number[] = [];
    await answer(known, forward, { progress: ({ events, identifiers }) => void told.push(events, identifiers) });
    expect(told.at(-2)).toBe(40);
    expect(told.at(-1)).toBe(40 * 52);
  });
});

const ITEMS_A_BATCH = 100_000;
const BATCHES = 50;

it('a lot with five million items is cut at its budget, and the answer says so', async () => {
  const { facts, question } = story('e0@1 T l:R.1=1KGM > l:F.1=1');
  const [first] = facts;
  const [input] = first!.mentions;
  const stem = keyText(keyOfUri('urn:epc:id:sgtin:9521234.000001.1').key).slice(
    0,
    stemOf('\u0012\0\0\0\0\0\0\u0001') - 1,
  );
  const serial = (n: number): string => `${stem}\u0003${String.fromCharCode(n >> 16, (n >> 8) & 0xff, n & 0xff)}`;
  // serials that exist only while they are asked for: fifty batches of a hundred thousand
  const outputs = (batch: number): Mention[] =>
    range(ITEMS_A_BATCH).map((i) => ({
      key: serial(100_000 + batch * ITEMS_A_BATCH + i),
      role: 'outputEPC',
      gcpLength: 7,
    }));
  const known: Facts = ({ keys = [], room }) => {
    const found: Fact[] = [];
    let left = room!.identifiers;
    for (let n = 0; keys.includes(input!.key) && n < BATCHES && left >= 0; n++) {
      found.push({ ...first!, sequence: n + 1, eventID: `e${n}`, mentions: [input!, ...outputs(n)] });
      left -= ITEMS_A_BATCH + 1;
    }
    return Promise.resolve(found);
  };
  const cut = await answer(known, question('forward', 'l:R.1').question, {
    budget: { nodes: 10_000, identifiers: 150_000 },
  });
  expect(cut).toMatchObject({ truncated: true, truncatedBy: 'identifiers' });
  expect(cut.affected).toHaveLength(9_999); // the root is a node too
}, 120_000);
