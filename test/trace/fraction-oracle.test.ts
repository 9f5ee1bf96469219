// Shares of the root in worlds of chance that are mostly weighed, against the plain reading.
import { expect, it } from 'vitest';
import { askFull } from '../../src/trace/index.ts';
import { Dice } from '../simulate/dice.ts';
import { compare } from './oracle.ts';
import { story } from './scenario.ts';

const WORLDS = 150;
const LOTS = ['l:A.1', 'l:A.2', 'l:B.1', 'l:B.2', 'l:C.1', 'l:C.L', 'l:D.1'];
const ITEMS = ['i:C.1', 'i:C.2'];
const CARRIERS = ['s:P', 's:Q', 'g:T'];

const weighed = (dice: Dice, lot: string): string =>
  `${lot}${dice.once(25) ? dice.pick(['', '=2', '=1LTR']) : `=${1 + dice.below(9)}${dice.pick(['KGM', 'KGM', 'GRM', 'LBR'])}`}`;
const lots = (dice: Dice, max: number): string =>
  dice
    .some(LOTS, 1, max)
    .map((lot) => weighed(dice, lot))
    .join(' ');

const BODIES: readonly ((dice: Dice) => string)[] = [
  (dice) => `T ${lots(dice, 3)} > ${lots(dice, 2)}`,
  (dice) => `T ${lots(dice, 2)} > ${lots(dice, 1)}`,
  // a chain seldom closes: later letters of later lots
  (dice) => {
    const at = 1 + dice.below(LOTS.length - 1);
    return `T ${weighed(dice, dice.pick(LOTS.slice(0, at)))} l:N.${at}=3KGM > ${weighed(dice, LOTS[at]!)}`;
  },
  (dice) => `T ${lots(dice, 2)} > ${lots(dice, 1)} xid=${dice.pick(['X', 'Y'])}`,
  (dice) => `A ADD ${dice.pick(CARRIERS)} < ${lots(dice, 2)}`,
  (dice) => `A ADD ${dice.pick(CARRIERS)} < ${dice.pick(CARRIERS)}`,
  (dice) => `T ${dice.pick(CARRIERS)}${dice.once(2) ? ` ${lots(dice, 1)}` : ''} > ${lots(dice, 1)}`,
  (dice) => `T ${lots(dice, 2)} > ${dice.pick(ITEMS)} lot=L`,
  (dice) => `O ADD ${dice.pick(ITEMS)} lot=L`,
];

it('shares are those of the plain reading, and many are between none and all', async () => {
  let between = 0;
  for (let seed = 1; seed <= WORLDS; seed++) {
    const dice = new Dice(seed);
    const count = 3 + dice.below(8);
    const bodies = BODIES.filter((_, i) => i < 3 || dice.once(2));
    const lines = Array.from({ length: count }, (_, i) => `e${i}@${i} ${dice.pick(bodies)(dice)}`);
    const told = story(lines.join('\n'), (facts) => dice.shuffled(facts));
    for (const of of [...LOTS, ...CARRIERS, 'l:N.1'])
      for (const when of [{}, { asOf: dice.below(count) }, { hidden: [`e${dice.below(count)}`] }]) {
        const differences = await compare(told, { op: 'forward', of, when });
        expect(differences, `world ${seed}: forward ${of} ${JSON.stringify(when)}\n${lines.join('\n')}`).toEqual([]);
        const { question, asOf } = told.question('forward', of, when);
        const { nodes = [] } = await askFull(told.known(asOf), question, { asOf: 0 });
        between += nodes.filter(({ fraction }) => fraction && fraction < 1).length;
      }
  }
  expect(between).toBeGreaterThan(WORLDS);
}, 60_000);
