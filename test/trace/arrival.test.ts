import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Facts } from '../../src/trace/fact.ts';
import { ask, factsInMemory, type Op, OPS } from '../../src/trace/index.ts';
import { story } from './scenario.ts';

const THINGS = ['i:A.1', 'i:A.2', 'i:B.1'];
const HOLDERS = ['s:P', 's:C', 'g:T'];
const LOTS = ['l:A.L', 'l:R.1', 'l:F.1'];
const IDS = [...THINGS, ...HOLDERS, ...LOTS, 'c:R'];

const some = (ids: string[]): fc.Arbitrary<string> => fc.subarray(ids, { minLength: 1 }).map((list) => list.join(' '));
const action = fc.constantFrom('ADD', 'OBSERVE', 'DELETE');
const quantity = fc.integer({ min: 1, max: 9 }).map(String);

/** The rest of an event's line, every type of event, good sense not asked for. */
const body = fc.oneof(
  fc.tuple(action, some([...THINGS, ...HOLDERS])).map(([does, ids]) => `O ${does} ${ids}`),
  fc.constantFrom('O ADD i:A.1 lot=L', 'O ADD i:A.2 i:B.1 lot=L loc=F', 'O ADD c:R=5KGM lot=1'),
  fc
    .tuple(action, fc.constantFrom(...LOTS), quantity)
    .map(([does, lot, n]) => `O ${does} ${lot}=${n}KGM step=shipping`),
  fc
    .tuple(fc.constantFrom('A', 'S'), action, fc.constantFrom(...HOLDERS), some([...THINGS, 's:C', 'l:R.1=2KGM']))
    .map(([type, does, parent, ids]) => `${type} ${does} ${parent} < ${ids}`),
  fc.constantFrom(...HOLDERS).map((parent) => `A DELETE ${parent} <`),
  fc
    .tuple(some([...THINGS, 'g:T', 'l:R.1=1KGM']), some(['i:A.2', 'i:B.1', 's:P', 'l:F.1=1KGM', 'l:R.1=1KGM']))
    .map(([from, to]) => `T ${from} > ${to} lot=L`),
  fc.constantFrom('T l:R.1=1KGM > xid=X', 'T > l:F.1=2KGM xid=X', 'T i:A.1 > xid=X'),
);

const world = fc.array(body, { minLength: 1, maxLength: 14 }).chain((bodies) =>
  fc.record({
    lines: fc.constant(bodies.map((text, i) => `e${i}@${Math.floor(i / 2)} ${text} r=${i}`)),
    declared: fc.option(fc.nat(bodies.length - 1), { nil: undefined }),
    seed: fc.integer(),
  }),
);

/** The same in another order. */
function shuffled<T>(list: T[], seed: number): T[] {
  const mixed = list.map((item, i) => ({ item, rank: Math.imul(i + 1, 2_654_435_761) ^ seed }));
  return mixed.sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}

const text = ({ lines, declared }: { lines: string[]; declared: number | undefined }): string =>
  [...lines, ...(declared === undefined ? [] : [`e${declared}!${lines.length} incorrect_data`])].join('\n');

it('answers do not depend on the order in which facts are loaded', async () => {
  const property = fc.asyncProperty(
    world,
    fc.constantFrom<Op>(...OPS),
    fc.constantFrom(...IDS),
    async (given, op, of) => {
      const plain = await story(text(given)).ask(op, of);
      const mixed = await story(text(given), (facts) => shuffled(facts, given.seed)).ask(op, of);
      expect(mixed).toEqual(plain);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

it('a walk that loads what it needs answers as one that has everything', async () => {
  const property = fc.asyncProperty(
    world,
    fc.constantFrom<Op>(...OPS),
    fc.constantFrom(...IDS),
    async (given, op, of) => {
      const { facts, question, names } = story(text(given));
      const asked = question(op, of).question;
      const everything: Facts = () => Promise.resolve(facts);
      expect(await ask(factsInMemory(facts)(), asked), `${op} ${names.back(asked.of) as string}`).toEqual(
        await ask(everything, asked),
      );
    },
  );
  await fc.assert(property, { numRuns: 1000 });
});

it('events of different times may be captured in any order', async () => {
  const property = fc.asyncProperty(
    world,
    fc.constantFrom<Op>(...OPS),
    fc.constantFrom(...IDS),
    async (given, op, of) => {
      const timed = given.lines.map((line, i) => line.replace(/@\d+/, `@${i}`));
      const mixed = shuffled(timed, given.seed);
      expect(await story(mixed.join('\n')).ask(op, of)).toEqual(await story(timed.join('\n')).ask(op, of));
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

it('what is learnt later changes no answer about before', async () => {
  const property = fc.asyncProperty(
    world,
    fc.constantFrom<Op>(...OPS),
    fc.constantFrom(...IDS),
    async (given, op, of) => {
      const { lines } = given;
      const half = Math.ceil(lines.length / 2);
      const then = await story(lines.slice(0, half).join('\n')).ask(op, of);
      const now = await story(text(given)).ask(op, of, { asOf: half - 1 });
      expect(now).toEqual(then);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

it('forward and back agree about what is definite between two lots or things', async () => {
  const property = fc.asyncProperty(
    world,
    fc.constantFrom(...LOTS),
    fc.constantFrom(...THINGS, ...LOTS),
    async (given, from, to) => {
      const { ask } = story(text(given));
      const forward = await ask('forward', from);
      if (from === to || !(forward['affected'] as string[]).includes(to)) return;
      const back = await ask('back', to);
      expect(back['upstream'], `${from} is in ${to}`).toContain(from);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});
