import type { LotFile, LotOptions, LotProgress } from '../capture/lot-file.ts';
import {
  csvBytes,
  type HeaderOf,
  LOT_COLUMN_NAMES,
  type LotForm,
  type LotLanguage,
  type LotProblem,
  readMoment,
  REASON_HEADERS,
  reasonOf,
  xlsxBytes,
} from '../epcis/lot-file/index.ts';
import type { LotFiles } from '../store/lot-file.ts';

/** Rows that are read from the database at a time. */
const ROWS_PER_PAGE = 500;
const DATE_COLUMNS = new Set<string>(LOT_COLUMN_NAMES.filter((name) => /Date$|^time$/.test(name)));

type Cells = (string | number)[];

/** What the file calls its columns. */
export const headerOf =
  ({ headers = [], columns = {} }: LotProgress): HeaderOf =>
  (column) =>
    headers[columns[column] ?? -1];

/** A day that a spreadsheet keeps as a number is written as a day: in a cell of text a number would be one. */
function shownCell(cell: string | number, isDate: boolean, is1904: boolean): string {
  if (typeof cell === 'string' || !isDate) return String(cell);
  const moment = readMoment(cell, is1904);
  return 'date' in moment && !('code' in moment) ? `${moment.date} ${moment.time ?? ''}`.trim() : String(cell);
}

async function* rowsOf(
  files: LotFiles<LotOptions, LotProgress, LotProblem>,
  { lotFileId, progress }: LotFile,
  form: LotForm,
  language: LotLanguage,
): AsyncGenerator<Cells> {
  const { headers = [], columns = {} } = progress;
  const dates = new Set(Object.entries(columns).flatMap(([column, at]) => (DATE_COLUMNS.has(column) ? [at] : [])));
  // a file that came back once has the column already
  const at = headers.findIndex((header) => Object.values<string>(REASON_HEADERS).includes(header));
  const position = at < 0 ? headers.length : at;
  const withReason = (cells: Cells, reason: string): Cells => {
    const row = Array.from({ length: Math.max(headers.length, position + 1, cells.length) }, (_, i) => cells[i] ?? '');
    // cells behind the last header stand behind the reason
    if (at < 0) row.splice(position, cells.length > position ? 0 : 1, reason);
    else row[position] = reason;
    return row;
  };
  const is1904 = form.form === 'xlsx' && form.is1904;
  yield withReason(headers, REASON_HEADERS[language]);
  for (let from = 0; ;) {
    const rows = await files.rows(lotFileId, from, ROWS_PER_PAGE);
    for (const { cells, problems } of rows) {
      const shown = cells.map((cell, i) => shownCell(cell, dates.has(i), is1904));
      yield withReason(shown, reasonOf(problems, language, headerOf(progress)));
    }
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_PER_PAGE) return;
    from = last.row + 1;
  }
}

/** The refused rows of an upload as a file like it, with the reason of each; read as the client takes them. */
export function rejectedBytes(
  files: LotFiles<LotOptions, LotProgress, LotProblem>,
  file: LotFile,
  form: LotForm,
  language: LotLanguage,
): AsyncGenerator<Uint8Array> {
  const rows = rowsOf(files, file, form, language);
  if (form.form === 'csv') return csvBytes(rows, form);
  return xlsxBytes([{ name: form.sheet, columns: (file.progress.headers?.length ?? 0) + 1, rows }]);
}
