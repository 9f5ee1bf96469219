// Things with one life are worked on as one (cohort.ts): no answer may show it.
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/trace/fact.ts';
import { ask, askFull, factsInMemory } from '../../src/trace/index.ts';
import { Dice } from '../simulate/dice.ts';
import { askings, worldLines } from './oracle-worlds.ts';
import { story } from './scenario.ts';

const WORLDS = 40;
const HEAD = { asOf: 0, size: 0 };

/** Two more items beside each, wherever an event names one but as parent. */
const withTwins = (line: string): string => {
  const words = line.split(' ');
  const parentEnd = words.indexOf('<');
  return words
    .flatMap((word, i) => (/^i:\w+\.\d+$/.test(word) && i > parentEnd ? [word, `${word}1`, `${word}2`] : [word]))
    .join(' ');
};

/** A quantity that no rule reads of a single thing, and that makes each a life of its own. */
const apart = (facts: Fact[]): Fact[] =>
  facts.map((fact) => ({
    ...fact,
    mentions: fact.mentions.map((mention, i) => (/EPC|epc/.test(mention.role) ? { ...mention, quantity: i } : mention)),
  }));

describe('things with one life', () => {
  it('are told one by one in the full answer, as if each had been traced by itself', async () => {
    for (let seed = 1; seed <= WORLDS; seed++) {
      const dice = new Dice(seed);
      const lines = worldLines(dice).map(withTwins);
      const told = story(lines.join('\n'));
      for (const { op, of, when } of askings(dice, lines)) {
        const { question, asOf } = told.question(op, of, when);
        const together = await askFull(factsInMemory(told.facts)(asOf), question, HEAD);
        expect(together, `world ${seed}: ${op} ${of}`).toEqual(
          await askFull(factsInMemory(apart(told.facts))(asOf), question, HEAD),
        );
      }
    }
  }, 120_000);

  it('are counted one by one, and lie on a cycle where they feed one another', async () => {
    const { ask } = story(`e1@1 O ADD i:A.1 i:A.2 i:A.3 lot=L
      e2@2 T i:A.1 i:A.2 > l:F.1=1
      e3@3 T i:B.1 i:B.2 > i:B.1 i:B.2`);
    expect(await ask('balance', 'l:A.L')).toMatchObject({ made: 3, consumed: 2, unaccounted: 1 });
    expect(await ask('back', 'l:F.1')).toMatchObject({ upstream: ['i:A.1', 'i:A.2', 'l:A.L'], gaps: [] });
    expect(await ask('forward', 'i:B.1')).toMatchObject({ affected: ['i:B.2'], gaps: ['CYCLE', 'SELF_INPUT'] });
  });

  it('leave the facts alone that others hold', async () => {
    const { facts, question } = story('e1@1 T l:R.1=1KGM > i:F.1 i:F.2 i:F.3 lot=L');
    const before = structuredClone(facts);
    const known = factsInMemory(facts)();
    const first = await ask(known, question('forward', 'l:R.1').question);
    expect(first.affected).toHaveLength(4);
    expect(facts).toEqual(before);
    expect(await ask(known, question('forward', 'l:R.1').question)).toEqual(first);
  });
});
