// npm run bench -- NAME… [--json] [--rows N] [--keep URL] [--only SHAPE,…]: figures as ratios, both sides in one run.
import { parseArgs } from 'node:util';
import type { Figure } from './figure.ts';

/**
 * `rows`: identifier rows of the benches that fill a database; of capture-large events. `keep`: the database that epcis
 * fills where it is empty, and leaves for the next run; `only`: the shapes of question it asks.
 */
interface Options {
  rows?: number;
  keep?: string;
  only?: readonly string[];
}

const BENCHES: Record<string, () => Promise<{ bench: (options: Options) => Promise<Figure[]> }>> = {
  epc: () => import('./epc.ts'),
  llrp: () => import('./llrp.ts'),
  edge: () => import('./edge.ts'),
  'edge-hour': () => import('./hour.ts'),
  'edge-latency': () => import('./latency.ts'),
  hash: () => import('./hash.ts'),
  epcis: () => import('./epcis.ts'),
  capture: () => import('./capture.ts'),
  'capture-large': () => import('./capture-large.ts'),
  lots: () => import('./lots.ts'),
  trace: () => import('./trace.ts'),
};

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string' },
    keep: { type: 'string' },
    only: { type: 'string' },
  },
  allowPositionals: true,
});
const names = positionals.length ? positionals : Object.keys(BENCHES);
const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length) {
  console.error(`bench: no figures named ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}
const rows = values.rows === undefined ? undefined : Number(values.rows);
if (rows !== undefined && !(Number.isInteger(rows) && rows > 0)) {
  console.error('bench: --rows is a whole number.');
  process.exit(2);
}
const options: Options = {
  ...(rows !== undefined && { rows }),
  ...(values.keep !== undefined && { keep: values.keep }),
  ...(values.only !== undefined && { only: values.only.split(',') }),
};
for (const name of names) {
  const { bench } = await BENCHES[name]!();
  for (const figure of await bench(options)) {
    const { value, baseline, ratio, unit, detail } = figure;
    console.log(
      values.json
        ? JSON.stringify(figure)
        : `${figure.bench.padEnd(22)} ${ratio.toFixed(2).padStart(9)} ×   ${value.toPrecision(4)} against ${baseline.toPrecision(4)} ${unit}   ${JSON.stringify(detail)}`,
    );
  }
}
process.exit(0); // a peer may leave a timer or a socket behind
