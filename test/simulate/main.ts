// npm run simulate -- compare [--worlds N] [--seed S]: the product against the plain interpreter in worlds of the
// simulator. Exit 0 when they agree everywhere; else the first disagreement with the least world that shows it.
// npm run simulate -- quality [--worlds N] [--seed S] [--write]: recall and precision of the lists against the true world,
// as tables; --write puts them into docs/trace.md, docs/trace-quality.csv and docs/trace-quality.svg.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { shrunk, textOf } from '../trace/oracle.ts';
import { tryWorld } from './compare.ts';
import { aloneTable, csvOf, curve, ratesTable, type Row, withGenerated } from './curve.ts';
import { KINDS, measure } from './quality.ts';

const { values, positionals } = parseArgs({
  options: {
    worlds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const PROGRESS_WORLDS = 100;
const COMPARED_WORLDS = 10_000;
const MEASURED_WORLDS = 6;
const DOCS = join(import.meta.dirname, '../../docs');

const whole = (name: 'worlds' | 'seed', otherwise?: number): number => {
  const value = Number(values[name] ?? otherwise);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`simulate: --${name} is a whole number from 1.`);
  return process.exit(2);
};

async function comparison(): Promise<number> {
  const [worlds, first] = [whole('worlds', COMPARED_WORLDS), whole('seed')];
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

async function quality(): Promise<number> {
  const [worlds, first] = [whole('worlds', MEASURED_WORLDS), whole('seed')];
  const rows: Row[] = [];
  for (let seed = first; seed < first + worlds; seed++) {
    for (const kind of Object.keys(KINDS)) rows.push({ kind, seed, ...(await measure(kind, seed)) });
    console.error(`seed ${seed} of ${first + worlds - 1}`);
  }
  console.log(`${ratesTable(rows)}\n\n${aloneTable(rows)}`);
  if (values.write) {
    const page = join(DOCS, 'trace.md');
    writeFileSync(page, withGenerated(readFileSync(page, 'utf8'), rows));
    writeFileSync(join(DOCS, 'trace-quality.csv'), csvOf(rows));
    writeFileSync(join(DOCS, 'trace-quality.svg'), curve(rows));
  }
  return 0;
}

const COMMANDS: Record<string, () => Promise<number>> = { compare: comparison, quality };
const command = COMMANDS[positionals[0] ?? ''];
if (!command || positionals.length > 1) {
  console.error(`simulate: ${Object.keys(COMMANDS).join(' or ')}, with --worlds N and --seed S.`);
  process.exit(2);
}
process.exitCode = await command();
