// npm run faults -- [--faults N] [--seed N] [--json]: exit 0 when every invariant holds.
import { parseArgs } from 'node:util';
import { faults, TARGETS } from './harness.ts';

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Math.ceil(Number(values.faults) / TARGETS.length);
const seed = Number(values.seed);
if (!(rounds >= 1) || !Number.isInteger(seed)) {
  console.error('faults: --faults N (1 or more) and --seed N are whole numbers.');
  process.exit(2);
}
let done = 0;
const outcome = await faults(rounds, seed, (line) => console.error(`${++done} of ${rounds * TARGETS.length}: ${line}`));
const { missing, doubled, ...figures } = outcome;
if (values.json) console.log(JSON.stringify({ seed, ...outcome }));
else {
  console.log(
    `seed ${seed}: ${Object.entries(figures.faults)
      .map(([target, n]) => `${target} ${n}`)
      .join(', ')} times killed in ${figures.seconds} s, ${figures.connections} connections`,
  );
  console.log(
    `${figures.sent} reads sent, ${figures.acknowledged} acknowledged, ${figures.stored} stored in ${figures.events} events; ${missing.length} missing, ${doubled.length} doubled`,
  );
  for (const [what, list] of [
    ['missing', missing],
    ['doubled', doubled],
  ] as const)
    if (list.length) console.log(`${what}: ${list.slice(0, 20).join(' ')}`);
}
process.exit(outcome.ok ? 0 : 1);
