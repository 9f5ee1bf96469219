// A table with typed columns, as CSV, as sheets of XLSX, as rows of a page.
import { csvBytes, type SheetCell, xlsxBytes } from '../epcis/lot-file/index.ts';
import type { Text } from '../rules/index.ts';

export type ReportLanguage = keyof Text;

/** `moment` is ISO 8601 with offset, `number` an exact decimal; null is an empty cell. */
export type ColumnType = 'text' | 'number' | 'moment';

export interface Column {
  name: string;
  title: Text;
  type: ColumnType;
}

export type Value = string | number | boolean | Text | null;

export interface Table {
  name: string;
  title: Text;
  columns: readonly Column[];
  rows: readonly (readonly Value[])[];
  /** Of a list of names and values: the type of the last column row by row. */
  types?: readonly ColumnType[];
}

/** The type of one cell. */
export const typeAt = ({ columns, types }: Table, row: number, column: number): ColumnType =>
  (column === columns.length - 1 ? types?.[row] : undefined) ?? columns[column]?.type ?? 'text';

/** Rows of a sheet, its header aside. */
const SHEET_ROWS_MAX = 1_048_575;
/** Significant digits that a spreadsheet keeps of a number; a longer one stays a text. */
const NUMBER_DIGITS_MAX = 15;
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const WALL_CLOCK_CHARACTERS = 19;

const YES: Text = { en: 'yes', zh: '是' };
const NO: Text = { en: 'no', zh: '否' };

/** A value as a person reads it. */
export function textOf(value: Value, language: ReportLanguage): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return (value ? YES : NO)[language];
  return typeof value === 'object' ? value[language] : String(value);
}

const isNumber = (text: string): boolean =>
  NUMBER.test(text) && text.replaceAll(/[-.]|^0+/g, '').length <= NUMBER_DIGITS_MAX;

function csvCell(value: Value, type: ColumnType, language: ReportLanguage): string | number {
  const text = textOf(value, language);
  return type === 'number' && isNumber(text) ? Number(text) : text;
}

function sheetCell(value: Value, type: ColumnType, language: ReportLanguage): SheetCell {
  const text = textOf(value, language);
  if (type === 'number' && isNumber(text)) return { number: text };
  // a spreadsheet knows no zones: the clock on the wall, of which the report says where it hangs
  return type === 'moment' && text !== '' ? { moment: text.slice(0, WALL_CLOCK_CHARACTERS) } : text;
}

/** What every row of a CSV file ends with, so that a file by itself says what it is. */
export interface Marks {
  columns: readonly Column[];
  values: readonly Value[];
}

/** One table as CSV in UTF-8 with the mark that Excel needs; no cell begins as a formula. */
export function tableCsv(table: Table, marks: Marks, language: ReportLanguage): AsyncGenerator<Uint8Array> {
  const columns = [...table.columns, ...marks.columns];
  const head = columns.map(({ title }) => title[language]);
  const rows = table.rows.map((row, n) => [
    ...row.map((value, i) => csvCell(value, typeAt(table, n, i), language)),
    ...marks.values.map((value, i) => csvCell(value, marks.columns[i]?.type ?? 'text', language)),
  ]);
  return csvBytes([head, ...rows], { form: 'csv', encoding: 'utf-8', mark: true, delimiter: ',' });
}

/**
 * Each table as a sheet, a long one as several: numbers as numbers, moments as moments on the wall clock of their own
 * offset.
 */
export const tablesXlsx = (tables: readonly Table[], language: ReportLanguage): AsyncGenerator<Uint8Array> =>
  xlsxBytes(
    tables.flatMap((table) =>
      Array.from({ length: Math.max(1, Math.ceil(table.rows.length / SHEET_ROWS_MAX)) }, (_, part) => ({
        name: part === 0 ? table.title[language] : `${table.title[language]} ${part + 1}`,
        columns: table.columns.length,
        rows: sheetRows(table, part * SHEET_ROWS_MAX, language),
      })),
    ),
  );

function* sheetRows(table: Table, from: number, language: ReportLanguage): Generator<SheetCell[]> {
  yield table.columns.map(({ title }) => title[language]);
  const last = Math.min(table.rows.length, from + SHEET_ROWS_MAX);
  for (let n = from; n < last; n++)
    yield table.rows[n]!.map((value, i) => sheetCell(value, typeAt(table, n, i), language));
}
