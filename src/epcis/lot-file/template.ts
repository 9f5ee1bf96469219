import { LOT_COLUMN_NAMES, LOT_COLUMNS, type LotLanguage } from './column.ts';
import { csvBytes, xlsxBytes } from './write.ts';

export const LOT_FORMS = ['csv', 'xlsx'] as const;

const columns = LOT_COLUMN_NAMES.map((name) => LOT_COLUMNS[name]);

const SHEETS = {
  en: { lots: 'Lots', help: 'Explanation', heads: ['Column', 'What to write'] },
  zh: { lots: '批次', help: '填写说明', heads: ['列名', '填写方法'] },
} as const;

/** Header and examples: a lot, items of a lot, and a lot made of another. */
const rowsIn = (language: LotLanguage): string[][] => [
  columns.map(({ header }) => header[language]),
  ...[0, 1, 2].map((n) => columns.map(({ examples }) => examples[n] ?? '')),
];

/** An empty form with examples; XLSX with a sheet that explains the columns, CSV in UTF-8 with a mark, for Excel. */
export function lotTemplate(form: (typeof LOT_FORMS)[number], language: LotLanguage): AsyncGenerator<Uint8Array> {
  const rows = rowsIn(language);
  if (form === 'csv') return csvBytes(rows, { form, encoding: 'utf-8', mark: true, delimiter: ',' });
  const { lots, help, heads } = SHEETS[language];
  const explained = columns.map(({ header, explanation }) => [header[language], explanation[language]]);
  return xlsxBytes([
    { name: lots, columns: columns.length, rows },
    { name: help, columns: 2, rows: [[...heads], ...explained] },
  ]);
}
