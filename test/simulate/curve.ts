// The quality of the lists as people read it: rows of docs/trace-quality.csv become the tables of docs/trace.md and a curve.
import { FAULT_NAMES, FAULTS, type FaultName } from './faults.ts';
import { ALONE_FACTOR, FACTORS, type Measured } from './quality.ts';

/** One world measured. */
export interface Row extends Measured {
  /** Times the usual rates of all faults, or the name of the one that goes wrong. */
  kind: string;
  seed: number;
}

/** The shares in the order of the file's columns. */
const COLUMNS: readonly (readonly [name: string, share: (row: Measured) => number])[] = [
  ['recall of affected', ({ affected }) => affected.recall],
  ['precision of affected', ({ affected }) => affected.precision],
  ['recall of affected and possible', ({ both }) => both.recall],
  ['precision of affected and possible', ({ both }) => both.precision],
  ['recall of boxes', ({ boxes }) => boxes.recall],
  ['precision of boxes', ({ boxes }) => boxes.precision],
  ['places', ({ places }) => places],
];

export const csvOf = (rows: readonly Row[]): string =>
  [
    ['faults', 'seed', ...COLUMNS.map(([name]) => name)],
    ...rows.map((row) => [row.kind, row.seed, ...COLUMNS.map(([, share]) => share(row))]),
  ]
    .map((cells) => `${cells.join(',')}\n`)
    .join('');

export function rowsOf(csv: string): Row[] {
  const [, ...lines] = csv.trimEnd().split('\n');
  return lines.map((line) => {
    const [kind = '', ...cells] = line.split(',');
    const [seed, a, b, c, d, e, f, places] = cells.map(Number) as [number, ...number[]];
    const share = (recall = NaN, precision = NaN): { recall: number; precision: number } => ({ recall, precision });
    return { kind, seed, affected: share(a, b), both: share(c, d), boxes: share(e, f), places: places ?? NaN };
  });
}

interface Spread {
  mean: number;
  least: number;
  most: number;
}

function spread(rows: readonly Row[], kind: string, share: (row: Measured) => number): Spread {
  const values = rows.filter((row) => row.kind === kind).map(share);
  if (values.length === 0) throw new Error(`no world of faults ${kind}`);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, least: Math.min(...values), most: Math.max(...values) };
}

const percent = (value: number): string => (100 * value).toFixed(1);
const cell = ({ mean, least, most }: Spread): string => `${percent(mean)} (${percent(least)}–${percent(most)})`;

const table = (head: string[], body: string[][]): string =>
  [head, head.map((_, n) => (n === 0 ? '---' : '---:')), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const HEAD = COLUMNS.map(([name]) => name);

/** Mean and range over the seeds, in percent, by how often things go wrong. */
export const ratesTable = (rows: readonly Row[]): string =>
  table(
    ['faults', ...HEAD],
    FACTORS.map((factor) => [
      factor === 0 ? 'none' : `${factor}×`,
      ...COLUMNS.map(([, share]) => cell(spread(rows, `${factor}`, share))),
    ]),
  );

const rateOf = (name: FaultName): string => `${+(FAULTS[name].rate * ALONE_FACTOR * 100).toFixed(1)} %`;
const points = (value: number): string => (Math.abs(value) < 0.0005 ? '0' : (100 * value).toFixed(1));

/** What one fault alone takes away, in percentage points of the world without faults, same seeds; the worst first. */
export function aloneTable(rows: readonly Row[]): string {
  const seeds = new Set(rows.filter(({ kind }) => kind === FAULT_NAMES[0]).map(({ seed }) => seed));
  const same = rows.filter(({ seed }) => seeds.has(seed));
  const losses = FAULT_NAMES.map((name) => ({
    name,
    lost: COLUMNS.map(([, share]) => spread(same, name, share).mean - spread(same, '0', share).mean),
  }));
  const total = (lost: number[]): number => lost.reduce((sum, value) => sum + Math.min(0, value), 0);
  return table(
    ['fault alone', 'rate', ...HEAD],
    losses
      .toSorted((a, b) => total(a.lost) - total(b.lost))
      .map(({ name, lost }) => [name, rateOf(name), ...lost.map(points)]),
  );
}

/** Lines of the curve: which column, how drawn. */
const LINES = [
  { column: 2, label: 'recall, affected and possible', colour: '#0b6e4f', dash: '' },
  { column: 0, label: 'recall, affected', colour: '#0b6e4f', dash: '5 4' },
  { column: 1, label: 'precision, affected', colour: '#b3541e', dash: '5 4' },
  { column: 3, label: 'precision, affected and possible', colour: '#b3541e', dash: '' },
];
const [WIDTH, HEIGHT, LEFT, TOP, INNER_WIDTH, INNER_HEIGHT] = [640, 340, 56, 20, 360, 260];

/** The first table as a curve: shares over the fault rate, each with its range over the seeds. */
export function curve(rows: readonly Row[]): string {
  const spreads = LINES.map(({ column }) => FACTORS.map((factor) => spread(rows, `${factor}`, COLUMNS[column]![1])));
  const floor = Math.floor(20 * Math.min(...spreads.flat().map(({ least }) => least))) / 20;
  const x = (n: number): string => (LEFT + (n * INNER_WIDTH) / (FACTORS.length - 1)).toFixed(1);
  const y = (value: number): string => (TOP + ((1 - value) / (1 - floor)) * INNER_HEIGHT).toFixed(1);
  const right = LEFT + INNER_WIDTH;
  const steps = Array.from({ length: Math.round((1 - floor) / 0.05) + 1 }, (_, n) => floor + n * 0.05);
  const axes = [
    ...steps.flatMap((value) => [
      `<line x1="${LEFT}" x2="${right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>`,
      `<text x="${LEFT - 8}" y="${+y(value) + 4}" text-anchor="end">${Math.round(100 * value)} %</text>`,
    ]),
    ...FACTORS.map(
      (factor, n) =>
        `<text x="${x(n)}" y="${TOP + INNER_HEIGHT + 20}" text-anchor="middle">${factor || 'none'}${factor ? '×' : ''}</text>`,
    ),
    `<text x="${LEFT + INNER_WIDTH / 2}" y="${HEIGHT - 14}" text-anchor="middle">faults, times their usual rates</text>`,
  ];
  const ends = labelHeights(spreads.map((line) => +y(line.at(-1)!.mean)));
  const lines = LINES.flatMap(({ label, colour, dash }, n) => [
    ...spreads[n]!.map(
      ({ least, most }, at) =>
        `<line x1="${x(at)}" x2="${x(at)}" y1="${y(least)}" y2="${y(most)}" stroke="${colour}" stroke-width="5" stroke-opacity="0.25"/>`,
    ),
    `<polyline fill="none" stroke="${colour}" stroke-width="2"${dash && ` stroke-dasharray="${dash}"`} points="${spreads[n]!.map(({ mean }, at) => `${x(at)},${y(mean)}`).join(' ')}"/>`,
    `<text x="${right + 10}" y="${(ends[n]! + 4).toFixed(1)}" fill="${colour}">${label}</text>`,
  ]);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" role="img">
<title>Recall and precision of the recall list over the fault rate</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${[...axes, ...lines].join('\n')}
</svg>
`;
}

const LABEL_GAP = 15;

/** Heights of labels, moved down where they would lie on one another. */
function labelHeights(heights: number[]): number[] {
  const order = heights.map((height, n) => ({ height, n })).sort((a, b) => a.height - b.height);
  let last = -Infinity;
  const moved = order.map(({ height, n }) => {
    last = Math.max(height, last + LABEL_GAP);
    return { height: last, n };
  });
  return moved.sort((a, b) => a.n - b.n).map(({ height }) => height);
}

const BEGIN = '<!-- generated: npm run simulate -- quality --write -->';
const END = '<!-- end -->';

/** The generated part of docs/trace.md. */
export function generated(rows: readonly Row[]): string {
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  return [
    BEGIN,
    `Seeds ${Math.min(...seeds)} to ${Math.max(...seeds)}; mean and range over the seeds, in percent.`,
    ratesTable(rows),
    `One fault alone at ${ALONE_FACTOR} times its usual rate: change in percentage points, same seeds without faults.`,
    aloneTable(rows),
    END,
  ].join('\n\n');
}

/** The text with its generated part made anew. */
export function withGenerated(text: string, rows: readonly Row[]): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/trace.md has no ${BEGIN}`);
  return text.slice(0, from) + generated(rows) + text.slice(to + END.length);
}
