// npm run bench -- NAME… [--json] [--rows N] [--keep URL] [--only SHAPE,…] [--values N]: figures as ratios, both sides in
// one run, each told when it is there.
import { parseArgs } from 'node:util';
import type { Figure } from './figure.ts';

/**
 * `rows`: identifier rows of the benches that fill a database; of capture-large events. `keep`: the database that epcis
 * or trace fills where it is empty, and leaves for the next run; `only`: the shapes of question, the parts of the bench.
 */
interface Options {
  rows?: number;
  keep?: string;
  only?: readonly string[];
  values?: number;
}

type Figures = Promise<Figure[]> | AsyncIterable<Figure>;

const BENCHES: Record<string, () => Promise<{ bench: (options: Options) => Figures }>> = {
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
    values: { type: 'string' },
  },
  allowPositionals: true,
});
const names = positionals.length ? positionals : Object.keys(BENCHES);
const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length) {
  console.error(`bench: no figures named ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}
const counts = (['rows', 'values'] as const).flatMap((name) =>
  values[name] === undefined ? [] : [[name, Number(values[name])] as const],
);
for (const [name, count] of counts) {
  if (Number.isInteger(count) && count > 0) continue;
  console.error(`bench: --${name} is a whole number.`);
  process.exit(2);
}
const options: Options = {
  ...Object.fromEntries(counts),
  ...(values.keep !== undefined && { keep: values.keep }),
  ...(values.only !== undefined && { only: values.only.split(',') }),
};
for (const name of names) {
  const { bench } = await BENCHES[name]!();
  for await (const figure of await bench(options)) {
    const { value, baseline, ratio, unit, detail } = figure;
    console.log(
      values.json
        ? JSON.stringify(figure)
        : `${figure.bench.padEnd(22)} ${ratio.toFixed(2).padStart(9)} ×   ${value.toPrecision(4)} against ${baseline.toPrecision(4)} ${unit}   ${JSON.stringify(detail)}`,
    );
  }
}
process.exit(0); // a peer may leave a timer or a socket behind
