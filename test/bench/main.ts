// npm run bench -- NAME… [--json]: figures as ratios, both sides in one run.
import { parseArgs } from 'node:util';
import type { Figure } from './figure.ts';

const BENCHES: Record<string, () => Promise<{ bench: () => Promise<Figure[]> }>> = {
  epc: () => import('./epc.ts'),
  llrp: () => import('./llrp.ts'),
  capture: () => import('./capture.ts'),
  trace: () => import('./trace.ts'),
};

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const names = positionals.length ? positionals : Object.keys(BENCHES);
const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length) {
  console.error(`bench: no figures named ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}
for (const name of names) {
  const { bench } = await BENCHES[name]!();
  for (const figure of await bench()) {
    const { value, baseline, ratio, unit, detail } = figure;
    console.log(
      values.json
        ? JSON.stringify(figure)
        : `${figure.bench.padEnd(22)} ${ratio.toFixed(2).padStart(9)} ×   ${value.toPrecision(4)} against ${baseline.toPrecision(4)} ${unit}   ${JSON.stringify(detail)}`,
    );
  }
}
process.exit(0); // a peer may leave a timer or a socket behind
