import { createHash } from 'node:crypto';
import type { CollectorStats } from './main.ts';
import type { Operation } from './spool.ts';
import { type Language, wordOf } from './status-words.ts';

const REFRESH_S = 5;
/** Intervals of each gate; all that are kept stand in /status.json. */
const INTERVALS_SHOWN = 6;
const WAYS = ['in', 'out', 'turned', 'undecided', 'empty', 'stray'] as const;
const STYLE = `body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24;
background:#fff}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #d0d7de;vertical-align:top;
overflow-wrap:anywhere}th{font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums}
.bad{color:#a40e26;font-weight:600}.good{color:#0b6b2b}nav{float:right}
@media(prefers-color-scheme:dark){body{background:#15181c;color:#e6e9ed}th,td{border-color:#3a4048}.bad{color:#ff8a94}
.good{color:#6fd48c}a{color:#8ab4f8}}`.replaceAll('\n', '');

/** Only this page's own style, no script and nothing from elsewhere. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: unknown): string => String(text).replace(/[&<>"']/g, (character) => ESCAPES[character]!);

/** A cell that is a number is set to the right; one in an object has a class. */
type Cell = string | number | { text: string; as: 'bad' | 'good' };
function cell(value: Cell): string {
  if (typeof value === 'number') return `<td class="n">${value.toLocaleString('en')}</td>`;
  if (typeof value === 'string') return `<td>${escape(value)}</td>`;
  return `<td class="${value.as}">${escape(value.text)}</td>`;
}
function table(heads: string[], rows: Cell[][], none: string): string {
  if (!rows.length) return `<p>${escape(none)}</p>`;
  const head = heads.map((text) => `<th scope="col">${escape(text)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;

/** The status page: alarms, readers, endpoints, counts, and what happened last. */
export function statusPage(stats: CollectorStats, operations: Operation[], language: Language): string {
  const w = (name: string): string => wordOf(language, name);
  const gpi = (ports: Record<number, boolean>): string =>
    Object.entries(ports)
      .map(([port, high]) => `${port} ${w(high ? 'high' : 'low')}`)
      .join(', ');
  const readers = stats.readers.map((r): Cell[] => [
    r.name,
    r.readPoint,
    { text: w(r.state), as: r.state === 'running' ? 'good' : 'bad' },
    `${r.clockOffsetMs} ms`,
    r.connections,
    gpi(r.gpi),
  ]);
  const gates = stats.gates.map(({ gate, readPoint, counts }): Cell[] => {
    return [gate, readPoint, ...WAYS.map((way) => counts[way])];
  });
  const intervals = stats.gates.flatMap(({ gate, intervals: list }) =>
    list.slice(0, INTERVALS_SHOWN).map(({ from, counts }): Cell[] => [gate, from, ...WAYS.map((way) => counts[way])]),
  );
  const names = ['reads', 'arrivals', 'events', 'sent', 'backlog', 'deadLetters', 'retries', 'tags'] as const;
  const counts = names.map((name): Cell[] => [w(name), stats[name]]);
  const spool = `${mebibytes(stats.spoolBytes)} / ${mebibytes(stats.spoolBytesMax)}`;
  const happened = operations.map((o): Cell[] => [
    new Date(o.atMs).toISOString(),
    o.reader,
    w(o.kind),
    Object.entries(o.detail)
      .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', '),
  ]);
  const alarms = stats.alarms.map(({ name, message }): Cell[] => [{ text: name, as: 'bad' }, message]);
  const other = language === 'en' ? ['zh', '中文'] : ['en', 'English'];
  const parts = [
    `<h1>${w('title')}</h1>`,
    `<h2>${w('alarms')}</h2>`,
    alarms.length ? table([w('alarms'), w('detail')], alarms, '') : `<p class="good">${w('fine')}</p>`,
    `<h2>${w('readers')}</h2>`,
    table(['reader', 'readPoint', 'state', 'clock', 'links', 'inputs'].map(w), readers, w('none')),
    ...(gates.length ? [`<h2>${w('gates')}</h2>`, table(['gate', 'readPoint', ...WAYS].map(w), gates, w('none'))] : []),
    ...(intervals.length
      ? [`<h2>${w('intervals')}</h2>`, table(['gate', 'from', ...WAYS].map(w), intervals, w('none'))]
      : []),
    `<h2>${w('endpoints')}</h2>`,
    table(
      [w('endpoint'), 'URL', w('waiting')],
      stats.endpoints.map(({ name, url, waiting }): Cell[] => [name, url, waiting]),
      w('none'),
    ),
    `<h2>${w('counts')}</h2>`,
    table([], [...counts, [w('spool'), spool]], ''),
    `<h2>${w('operations')}</h2>`,
    table([w('when'), w('reader'), w('what'), w('detail')], happened, w('none')),
  ];
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${w('title')}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="${REFRESH_S}">
<style>${STYLE}</style></head><body><nav><a href="?lang=${other[0]}" lang="${other[0]}">${other[1]}</a></nav>
${parts.join('\n')}</body></html>\n`;
}
