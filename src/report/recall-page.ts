// The recall report as one page to print: its style is in it, so that a saved copy looks the same.
import { html, raw } from 'hono/html';
import { readZone } from '../rules/index.ts';
import type { RecallReport } from './recall-report.ts';
import { momentIn, recallTables } from './recall-tables.ts';
import { type ReportLanguage, type Table, textOf, typeAt, type Value } from './table.ts';

type Html = ReturnType<typeof html>;

/** Rows of one table that a page shows; the files have all of them. */
const ROWS_MAX = 2_000;

const STYLE = `
body { font: 10pt/1.4 "Noto Sans", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #111; background: #fff; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 1.6em; margin: 0 0 .3em; }
h2 { font-size: 1.15em; margin: 1.6em 0 .4em; break-after: avoid; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #999; padding: .2em .45em; text-align: left; vertical-align: top; }
th { background: #eee; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.long { overflow-wrap: anywhere; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
p.warning { border: 2px solid #8a4b00; padding: .5em .8em; }
footer { margin-top: 2em; border-top: 1px solid #999; padding-top: .5em; font-size: .85em; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  body { margin: 0; max-width: none; padding: 0; font-size: 8pt; }
  .wide { overflow: visible; }
}`;

/** Raw as a whole: its hash leaves no room for a blank. */
const STYLE_TAG = raw(`<style>${STYLE}</style>`);

const WORDS = {
  en: {
    title: 'Recall report',
    drill: 'DRILL: nothing of this was sent.',
    warning: 'Before anyone relies on it:',
    none: 'None.',
    cut: (n: number) => `${n} more rows are in the file.`,
    asOf: 'As known at',
    lang: 'en',
  },
  zh: {
    title: '召回报告',
    drill: '演练：未发送任何通知。',
    warning: '使用前请注意：',
    none: '无。',
    cut: (n: number) => `另有 ${n} 行见文件。`,
    asOf: '数据截止时间',
    lang: 'zh-Hans',
  },
} as const;

/**
 * The whole document. It has an inline style and nothing from outside: serve it with `recallPagePolicy()` as its
 * content-security-policy.
 */
export function recallReportPage(report: RecallReport, language: ReportLanguage): Html {
  const words = WORDS[language];
  const tables = recallTables(report);
  const title = `${words.title} ${report.case.id}`;
  const asOf = momentIn(readZone(report.case.zone), report.asOf);
  return html`<!doctype html>
    <html lang="${words.lang}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${STYLE_TAG}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p>${report.case.product}</p>
          <p>${words.asOf} ${moment(asOf)}</p>
          ${report.case.drill ? html`<p class="warning">${words.drill}</p>` : ''}
          ${
            report.notVerified.length > 0
              ? html`<p class="warning">
                  ${words.warning} ${report.notVerified.map((text) => text[language]).join('; ')}
                </p>`
              : ''
          }
          ${tables.map((table) => section(table, language))}
        </main>
        <footer>${report.reportId}<br />${words.asOf} ${moment(asOf)}<br />${report.digest}</footer>
      </body>
    </html>`;
}

function section(table: Table, language: ReportLanguage): Html {
  const words = WORDS[language];
  const shown = table.rows.slice(0, ROWS_MAX);
  const rest = table.rows.length - shown.length;
  return html`<section>
    <h2 id="${table.name}">${table.title[language]}</h2>
    ${
      shown.length === 0
        ? html`<p>${words.none}</p>`
        : html`<div class="wide" role="region" aria-labelledby="${table.name}" tabindex="0">
            <table>
              <thead>
                <tr>
                  ${table.columns.map(({ title }) => html`<th scope="col">${title[language]}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${shown.map(
                  (row, n) =>
                    html`<tr>
                      ${row.map((value, i) => cell(table, n, i, value, language))}
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
    ${rest > 0 ? html`<p>${words.cut(rest)}</p>` : ''}
  </section>`;
}

/** Characters of a word that may be broken: an identifier, not what people read. */
const WORD_CHARACTERS_MAX = 18;
const isLong = (text: string): boolean => text.split(/\s/).some((part) => part.length > WORD_CHARACTERS_MAX);

function cell(table: Table, row: number, column: number, value: Value, language: ReportLanguage): Html {
  const text = textOf(value, language);
  const type = typeAt(table, row, column);
  // in a list of names and values numbers stand as the texts do
  if (type === 'number' && !table.types) return html`<td class="number">${text}</td>`;
  if (type === 'moment' && text !== '') return html`<td>${moment(text)}</td>`;
  return isLong(text) ? html`<td class="long">${text}</td>` : html`<td>${text}</td>`;
}

const CLOCK_CHARACTERS = 19;
const moment = (iso: string): Html =>
  html`<time datetime="${iso}"
    >${iso.slice(0, CLOCK_CHARACTERS).replace('T', ' ')} ${iso.slice(CLOCK_CHARACTERS)}</time
  >`;

/** The content-security-policy of the page: its own style and nothing else. */
export async function recallPagePolicy(): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(STYLE));
  const text = btoa(String.fromCharCode(...new Uint8Array(hash)));
  return `default-src 'none'; style-src 'sha256-${text}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
