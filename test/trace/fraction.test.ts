// Share of the root in each node (docs/trace.md): numbers worked out by hand.
import { describe, expect, it } from 'vitest';
import { askFull, factsInMemory, sharesOf } from '../../src/trace/index.ts';
import { scopeOf } from '../../src/trace/scope.ts';
import { type Story, story, type When } from './scenario.ts';

/** Shares by short name, of the nodes of a full forward answer. */
async function shares(told: Story, of: string, when: When = {}): Promise<Record<string, number | null | undefined>> {
  const { question, asOf } = told.question('forward', of, when);
  const { nodes } = await askFull(factsInMemory(told.facts)(asOf), question, { asOf: 0 });
  return Object.fromEntries(nodes!.map(({ id, fraction }) => [told.names.back(id), fraction]));
}

type Case = [title: string, events: string, of: string, expected: Record<string, number | null>, when?: When];

const CASES: Case[] = [
  ['one part to three', 'e1@1 T l:R.1=1KGM l:R.2=3KGM > l:F.1=4KGM', 'l:R.1', { 'l:F.1': 0.25 }],
  [
    'a silo filled onto its heel on three days',
    `e1@1 T l:H.0=10KGM l:N.1=90KGM > l:H.1=100KGM
     e2@2 T l:H.1=10KGM l:N.2=90KGM > l:H.2=100KGM
     e3@3 T l:H.2=10KGM l:N.3=90KGM > l:H.3=100KGM
     e4@3 T l:H.2=30KGM > l:P.2=30KGM`,
    'l:H.0',
    { 'l:H.1': 0.1, 'l:H.2': 0.01, 'l:H.3': 0.001, 'l:P.2': 0.01 },
  ],
  [
    'units of mass convert: 500 g, 1 kg and 1 lb',
    'e1@1 T l:R.1=500GRM l:R.2=1KGM l:R.3=1LBR > l:F.1=1KGM',
    'l:R.1',
    { 'l:F.1': Number((0.5 / 1.95359237).toPrecision(12)) },
  ],
  ['an input that was not weighed', 'e1@1 T l:R.1=1KGM l:R.2 > l:F.1=4KGM', 'l:R.1', { 'l:F.1': null }],
  ['an input in litres', 'e1@1 T l:R.1=1KGM l:W.1=3LTR > l:F.1=4KGM', 'l:R.1', { 'l:F.1': null }],
  ['an input without weight', 'e1@1 T l:R.1=1KGM i:B.1 > l:F.1=4KGM', 'l:R.1', { 'l:F.1': null }],
  [
    'inputs with one share need no weights',
    `e1@1 T l:R.1=1KGM > l:F.1=4
     e2@2 T l:R.1=1 l:F.1 > i:G.1`,
    'l:R.1',
    { 'l:F.1': 1, 'i:G.1': 1 },
  ],
  [
    'batches of a lot, by what each put out',
    `e1@1 T l:R.1=1KGM l:R.2=1KGM > l:F.1=2KGM
     e2@2 T l:R.2=5KGM > l:F.1=6KGM`,
    'l:R.1',
    { 'l:F.1': 0.125 },
  ],
  [
    'batches of a lot of which one was not weighed',
    `e1@1 T l:R.1=1KGM > l:F.1=2KGM
     e2@2 T l:R.2=5KGM > l:F.1=6`,
    'l:R.1',
    { 'l:F.1': null },
  ],
  [
    'two batches of serials: each has its own, the lot nobody knows, the other batch is only possible',
    `e1@1 T l:R.1=9KGM > i:F.1 lot=LF
     e2@2 T l:R.2=9KGM > i:F.2 lot=LF`,
    'l:R.1',
    { 'i:F.1': 1, 'l:F.LF': null, 'i:F.2': null },
  ],
  [
    'serials that were commissioned out of a lot are like it',
    `e1@1 T l:R.1=1KGM l:R.2=1KGM > l:F.L=2KGM
     e2@2 O ADD i:F.1 lot=L
     e3@3 T l:F.L=1 > i:F.2 lot=L`,
    'l:R.1',
    { 'l:F.L': 0.5, 'i:F.1': 0.5, 'i:F.2': 0.5 },
  ],
  [
    'items of the lot that is asked about are it, whatever they were made of',
    `e1@1 T l:R.1=9KGM > i:F.1 lot=LF
     e2@2 T i:F.1 > i:K.1`,
    'l:F.LF',
    { 'i:F.1': 1, 'i:K.1': 1 },
  ],
  [
    'rework into its own lot, with other goods',
    `e1@1 T l:R.1=1KGM l:R.2=1KGM > l:P.1=2KGM
     e2@2 T l:P.1=1KGM l:R.2=1KGM > l:W.1=2KGM
     e3@3 T l:W.1=1KGM > l:P.1=1KGM
     e4@4 T l:P.1=1KGM > l:S.1=1KGM`,
    'l:R.1',
    { 'l:P.1': null, 'l:W.1': null, 'l:S.1': null },
  ],
  [
    'rework of what is the root alone',
    `e1@1 T l:R.1=1KGM > l:P.1=1KGM
     e2@2 T l:P.1=1KGM > l:W.1=1KGM
     e3@3 T l:W.1=1KGM > l:P.1=1KGM`,
    'l:R.1',
    { 'l:P.1': 1, 'l:W.1': 1 },
  ],
  [
    'what comes back into the root is the root',
    `e1@1 T l:R.1=1KGM l:N.1=1KGM > l:P.1=2KGM
     e2@2 T l:P.1=1KGM > l:R.1=1KGM`,
    'l:R.1',
    { 'l:P.1': 0.5 },
  ],
  [
    'drawn while it was still being filled: nobody knows when which went in',
    `e1@1 T l:R.1=1KGM > xid=X
     e2@2 T > l:F.1=1KGM xid=X
     e3@3 T l:R.2=1KGM > xid=X
     e4@4 T > l:F.2=1KGM xid=X`,
    'l:R.1',
    { 'l:F.1': null, 'l:F.2': null },
  ],
  [
    'filled first, then drawn: events of one transformation are one batch',
    `e1@1 T l:R.1=1KGM > xid=X
     e2@2 T l:R.2=1KGM > xid=X
     e3@3 T > l:F.1=1KGM xid=X`,
    'l:R.1',
    { 'l:F.1': 0.5 },
  ],
  [
    'a pallet that goes in is what is on it',
    `e1@1 A ADD s:P < l:R.1=1KGM l:R.2=2KGM
     e2@2 A ADD s:P < l:R.1=1KGM
     e3@3 T s:P l:R.3=4KGM > l:F.1=8KGM`,
    'l:R.1',
    { 'l:F.1': 0.25 },
  ],
  [
    'a case on a pallet too, and an empty box that weighs nobody knows what',
    `e1@1 A ADD s:C < l:R.1=1KGM
     e2@2 A ADD s:P < s:C l:R.2=3KGM
     e3@3 T s:P > l:F.1=4KGM
     e4@4 T l:R.1=1KGM s:E > l:G.1=4KGM`,
    'l:R.1',
    { 'l:F.1': 0.25, 'l:G.1': null },
  ],
  [
    'a lot named beside the pallet that holds it may be told twice',
    `e1@1 A ADD s:P < l:R.1=1KGM
     e2@2 T s:P l:R.1=1KGM l:R.2=2KGM > l:F.1=4KGM`,
    'l:R.1',
    { 'l:F.1': null },
  ],
  [
    'all that a container held is the question',
    `e1@1 A ADD s:P < l:R.1=1KGM l:R.2=2KGM
     e2@3 T s:P > l:F.1=3KGM
     e3@4 T l:R.1=1KGM l:N.1=1KGM > l:G.1=2KGM`,
    's:P',
    { 'l:R.1': 1, 'l:R.2': 1, 'l:F.1': 1, 'l:G.1': 0.5 },
  ],
  [
    'parts and what was beside them have no share',
    `e1@1 S ADD i:DEV.1 < i:BAT.1
     e2@2 A ADD g:T < i:G.1
     e3@2 S ADD g:T < i:BAT.1`,
    'i:BAT.1',
    { 'i:DEV.1': null, 'g:T': null },
  ],
  [
    'a lot that was commissioned as well',
    `e1@1 T l:R.1=1KGM > l:F.1=1KGM
     e2@1 O ADD l:F.1=1KGM`,
    'l:R.1',
    { 'l:F.1': null },
  ],
  [
    'a lot that also came out of nothing that is told',
    `e1@1 T l:R.1=1KGM > l:F.1=1KGM
     e2@2 T > l:F.1=1KGM xid=X`,
    'l:R.1',
    { 'l:F.1': null },
  ],
  [
    'as it was known before the second batch was told',
    `e1@1 T l:R.1=1KGM > l:F.1=2KGM
     e2@2 T l:R.2=5KGM > l:F.1=6KGM r=9`,
    'l:R.1',
    { 'l:F.1': 1 },
    { asOf: 5 },
  ],
  [
    'nothing that a hidden event weighs, and nothing behind it',
    `e1@1 T l:R.1=1KGM l:R.2=1KGM > l:A.1=2KGM
     e2@2 T l:A.1=1KGM l:R.3=1KGM > l:B.1=2KGM
     e3@3 T l:B.1=1KGM l:A.1=1KGM > l:C.1=2KGM
     e4@3 T l:A.1=1KGM l:R.3=3KGM > l:D.1=4KGM`,
    'l:R.1',
    { 'l:A.1': 0.5, 'l:B.1': null, 'l:C.1': null, 'l:D.1': 0.125 },
    { hidden: ['e2'] },
  ],
  [
    'not even that a hidden batch of a lot was like the others',
    `e1@1 T l:R.1=1KGM l:R.2=1KGM > l:A.1=2KGM
     e2@2 T l:R.1=1KGM l:R.2=1KGM > l:A.1=2KGM`,
    'l:R.1',
    { 'l:A.1': null },
    { hidden: ['e2'] },
  ],
];

describe('share of the root', () => {
  it.each(CASES)('%s', async (_, events, of, expected, when) => {
    expect(await shares(story(events), of, when)).toMatchObject(expected);
  });

  it('falls geometrically in a silo that is refilled on 365 days, drawn from three times a day', async () => {
    const days = Array.from({ length: 365 }, (_, i) => i + 1);
    const lines = days.flatMap((day) => [
      `n${day}@${day * 10} O ADD l:N.${day}=90KGM`,
      `h${day}@${day * 10 + 1} T l:H.${day - 1}=10KGM l:N.${day}=90KGM > l:H.${day}=100KGM`,
      ...[1, 2, 3].map((n) => `d${day}x${n}@${day * 10 + 1 + n} T l:H.${day}=30KGM > l:P.${day}x${n}=30KGM`),
    ]);
    const found = await shares(story(lines.join('\n')), 'l:H.0');
    expect(Object.keys(found)).toHaveLength(365 * 4);
    for (const day of days.filter((one) => one !== 300)) {
      const share = day < 300 ? 10 ** -day : 0;
      for (const id of [`l:H.${day}`, ...[1, 2, 3].map((n) => `l:P.${day}x${n}`)])
        expect(Math.abs(found[id]! - share), id).toBeLessThanOrEqual(share * 1e-11);
    }
  });

  it('is linear: a chain of 3,000, and 200 layers of two lots, each into both', async () => {
    const chain = Array.from({ length: 3000 }, (_, i) => `e${i}@${i} T l:X.${i}=1KGM > l:X.${i + 1}=1KGM`);
    expect((await shares(story(chain.join('\n')), 'l:X.0'))['l:X.3000']).toBe(1);
    const layers = Array.from(
      { length: 200 },
      (_, i) => `e${i}@${i} T l:A.${i}x=1KGM l:A.${i}y=3KGM > l:A.${i + 1}x=2KGM l:A.${i + 1}y=2KGM`,
    );
    const found = await shares(story(layers.join('\n')), 'l:A.0x');
    expect(new Set(Object.values(found))).toEqual(new Set([0.25]));
  });

  it('is told forward alone', async () => {
    const told = story('e1@1 T l:R.1=1KGM > l:F.1=1KGM');
    const { question } = told.question('back', 'l:F.1');
    const { nodes } = await askFull(factsInMemory(told.facts)(), question, { asOf: 0 });
    expect(nodes).toHaveLength(1);
    expect(nodes![0]).not.toHaveProperty('fraction');
  });
});

describe('share of all roots of a recall', () => {
  const told = story(`e1@1 T l:R.1=1KGM l:R.2=1KGM l:N.1=2KGM > l:A.1=4KGM
    e2@2 T l:A.1=1KGM l:N.1=3KGM > l:B.1=4KGM`);

  it.each([
    [['l:R.1'], { 'l:R.1': 1, 'l:A.1': 0.25, 'l:B.1': 0.0625 }],
    [['l:R.1', 'l:R.2'], { 'l:R.1': 1, 'l:R.2': 1, 'l:A.1': 0.5, 'l:B.1': 0.125 }],
    // nobody can tell what of B.1 is R.1 by way of A.1 and what is A.1 alone
    [['l:R.1', 'l:A.1'], { 'l:R.1': 1, 'l:A.1': 1 }],
  ])('%j', async (roots, expected) => {
    const scope = await scopeOf(
      factsInMemory(told.facts)(),
      roots.map((id) => ({ id: told.names.uri(id) })),
      { asOf: 0 },
    );
    const shares = [...sharesOf(scope)].map(([id, share]) => [told.names.back(id), share]);
    expect(Object.fromEntries(shares)).toEqual(expected);
  });
});
