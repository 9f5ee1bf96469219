// npm run simulate -- compare [--worlds N] [--seed S]: the product against the plain interpreter in worlds of the
// simulator. Exit 0 when they agree everywhere; else the first disagreement with the least world that shows it.
import { parseArgs } from 'node:util';
import { shrunk, textOf } from '../trace/oracle.ts';
import { tryWorld } from './compare.ts';

const { values, positionals } = parseArgs({
  options: { worlds: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const PROGRESS_WORLDS = 100;

const whole = (name: 'worlds' | 'seed'): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`simulate: --${name} is a whole number from 1.`);
  return process.exit(2);
};

async function comparison(): Promise<number> {
  const [worlds, first] = [whole('worlds'), whole('seed')];
  const sums = { events: 0, cuts: 0, questions: 0 };
  const start = performance.now();
  const told = (count: number): string => {
    const seconds = Math.round((performance.now() - start) / 1000);
    return `${count} worlds from seed ${first}, ${sums.events} reports, ${sums.cuts} cuts, ${sums.questions} questions, ${seconds} s`;
  };
  for (let count = 0; count < worlds; count++) {
    const seed = first + count;
    const { events, cuts, questions, disagreement } = await tryWorld(seed);
    sums.events += events;
    sums.cuts += cuts;
    sums.questions += questions;
    if (disagreement) {
      console.log(`world ${seed}: --worlds 1 --seed ${seed} shows it again; the least of it:\n`);
      console.log(textOf(await shrunk(disagreement)));
      return 1;
    }
    if ((count + 1) % PROGRESS_WORLDS === 0) console.error(told(count + 1));
  }
  console.log(`${told(worlds)}: no disagreement`);
  return 0;
}

const COMMANDS: Record<string, () => Promise<number>> = { compare: comparison };
const command = COMMANDS[positionals[0] ?? ''];
if (!command || positionals.length > 1) {
  console.error(`simulate: ${Object.keys(COMMANDS).join(' or ')}, with --worlds N and --seed S.`);
  process.exit(2);
}
process.exitCode = await command();
