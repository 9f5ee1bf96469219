// npm run faults -- [--faults N] [--seed N] [--json]: processes killed while a gate streams.
// npm run faults -- day [--faults N] [--seed N] [--hours N] [--minutes N] [--only NAMES] [--without NAMES] [--log FILE]
// [--json]: a simulated day with faults of every kind, or of those whose names contain a part of NAMES ("clock,killed"),
// or without them; FILE keeps what the collector says. Exit 0 when every invariant holds.
import { parseArgs } from 'node:util';
import { day } from './day.ts';
import { faults, TARGETS } from './harness.ts';

const { values, positionals } = parseArgs({
  options: {
    faults: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    hours: { type: 'string', default: '24' },
    minutes: { type: 'string', default: '16' },
    only: { type: 'string', default: '' },
    without: { type: 'string', default: '' },
    log: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const wholeDay = positionals.length === 1 && positionals[0] === 'day';
const seed = Number(values.seed);
const count = Number(values.faults ?? (wholeDay ? 1000 : 60));
if ((positionals.length > 0 && !wholeDay) || !(count >= 1) || !Number.isInteger(seed)) {
  console.error('faults: [day] --faults N (1 or more) --seed N, whole numbers.');
  process.exit(2);
}

async function kills(): Promise<boolean> {
  const rounds = Math.ceil(count / TARGETS.length);
  let done = 0;
  const progress = (line: string): void => console.error(`${++done} of ${rounds * TARGETS.length}: ${line}`);
  const outcome = await faults(rounds, seed, progress);
  const { missing, doubled, ...figures } = outcome;
  if (values.json) {
    console.log(JSON.stringify({ seed, ...outcome }));
    return outcome.ok;
  }
  const killed = Object.entries(figures.faults).map(([target, n]) => `${target} ${n}`);
  console.log(
    `seed ${seed}: ${killed.join(', ')} times killed in ${figures.seconds} s, ${figures.connections} connections`,
  );
  console.log(
    `${figures.sent} reads sent, ${figures.acknowledged} acknowledged, ${figures.stored} stored in ${figures.events} events; ${missing.length} missing, ${doubled.length} doubled`,
  );
  for (const [what, list] of Object.entries({ missing, doubled }))
    if (list.length) console.log(`${what}: ${list.slice(0, 20).join(' ')}`);
  return outcome.ok;
}

const listed = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ');

async function simulatedDay(): Promise<boolean> {
  const [hours, minutes] = [Number(values.hours), Number(values.minutes)];
  const progress = (line: string): void => console.error(line);
  const { only, without, log } = values;
  const o = await day({ faults: count, seed, hours, minutes, only, without, log, progress });
  if (values.json) {
    console.log(JSON.stringify({ seed, hours, ...o }));
    return o.ok;
  }
  console.log(`seed ${seed}: ${hours} h at ${o.speed} times the speed, ${o.seconds} s in all`);
  console.log(`${count} faults: ${listed(o.faults)}`);
  console.log(
    `${o.visits} visits of tags, ${o.reads} reads over the link, ${o.readsAcknowledged} acknowledged; ${o.connections} connections, collector killed ${o.collectorKilled} times, ended by itself ${o.collectorEnded}`,
  );
  console.log(
    `${o.acknowledged} visits acknowledged, ${o.stored} stored in ${o.events} events, ${o.requests} requests, ${o.sentAgain} events sent again: ${o.lost.length} lost, ${o.doubled.length} double, ${o.joined} joined with the visit before, ${o.again} arrived again after a pause`,
  );
  console.log(
    `times within ${o.errorRealMsMax} ms (real) of the truth, ${o.undated} dated by a clock that nobody could know to be set; ${o.outages} outages, ${o.untold.length} not told; ${o.unread} visits unread, ${o.unexplained.length} unexplained`,
  );
  console.log(`operations events: ${listed(o.operations)}; alarms: ${listed(o.alarms)}`);
  for (const line of o.complaints) console.log(line);
  return o.ok;
}

process.exit((await (wholeDay ? simulatedDay() : kills())) ? 0 : 1);
