import { stringify } from 'csv-stringify/sync';
import { encodeGb18030 } from './gb18030.ts';
import type { LotForm } from './source.ts';
import { zipBytes } from './zip.ts';

type Row = readonly (string | number)[];
type Rows = Iterable<Row> | AsyncIterable<Row>;

/** Rows that are written at a time. */
const ROWS_PER_PIECE = 500;

async function* batches<R>(rows: Iterable<R> | AsyncIterable<R>): AsyncGenerator<R[]> {
  let batch: R[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS_PER_PIECE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function utf16(text: string, swap: boolean): Uint8Array {
  const bytes = Buffer.from(text, 'utf16le');
  return swap ? bytes.swap16() : bytes;
}

const ENCODERS: Record<Extract<LotForm, { form: 'csv' }>['encoding'], (text: string) => Uint8Array> = {
  'utf-8': (text) => Buffer.from(text),
  gb18030: encodeGb18030,
  'utf-16le': (text) => utf16(text, false),
  'utf-16be': (text) => utf16(text, true),
};

/** A CSV file. No cell begins as a formula does: a spreadsheet would run it. Such a cell gets an apostrophe in front. */
export async function* csvBytes(rows: Rows, form: Extract<LotForm, { form: 'csv' }>): AsyncGenerator<Uint8Array> {
  const encode = ENCODERS[form.encoding];
  if (form.mark) yield encode('\uFEFF');
  for await (const batch of batches(rows)) {
    const text = stringify(batch, {
      delimiter: form.delimiter,
      record_delimiter: 'windows',
      escape_formulas: true,
    });
    yield encode(text);
  }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** XML 1.0 has no control characters but tab and line ends; spreadsheets write them as _xHHHH_. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    // oxlint-disable-next-line no-control-regex -- these are the characters
    .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!);

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/**
 * Style 1 is text: a spreadsheet keeps digits in it as they are typed. Style 2 is a text in bold, 3 a number, 4 a day, 5 a
 * moment.
 */
const STYLES = `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/><numFmt numFmtId="165" formatCode="yyyy-mm-dd hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`;

/**
 * A text (a plain number is written as one), or what a spreadsheet reckons with: a decimal as it is written, a day
 * `2026-06-05`, a moment on a wall clock `2026-06-05T10:00:00`.
 */
export type SheetCell = string | number | { number: string } | { day: string } | { moment: string };

/** One sheet; its first row is in bold. */
export interface SheetContent {
  name: string;
  columns: number;
  rows: Iterable<readonly SheetCell[]> | AsyncIterable<readonly SheetCell[]>;
}

async function* sheetXml({ columns, rows }: SheetContent): AsyncGenerator<string> {
  yield `${XML}<worksheet xmlns="${MAIN}"><cols><col min="1" max="${Math.max(columns, 1)}" width="18" style="1" customWidth="1"/></cols><sheetData>`;
  let row = 0;
  for await (const batch of batches(rows)) {
    let text = '';
    for (const cells of batch) {
      row += 1;
      const style = row === 1 ? 2 : 1;
      text += `<row r="${row}">`;
      for (const [i, cell] of cells.entries()) text += cellXml(columnName(i) + row, cell, style);
      text += '</row>';
    }
    yield text;
  }
  yield '</sheetData></worksheet>';
}

/** 0 is A, 26 is AA. */
const columnName = (index: number): string =>
  (index < 26 ? '' : columnName(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26));

/** A day of a spreadsheet: 1 January 1970 is 25,569, noon half a day more. */
const serialOf = (clock: string): number => Date.parse(`${clock}Z`) / DAY_MS + EPOCH_DAYS;
const DAY_MS = 86_400_000;
const EPOCH_DAYS = 25_569;

function cellXml(reference: string, cell: SheetCell, style: number): string {
  const valued = (value: string | number, as: number): string => `<c r="${reference}" s="${as}"><v>${value}</v></c>`;
  if (typeof cell === 'object') {
    if ('number' in cell) return valued(cell.number, 3);
    return 'day' in cell ? valued(serialOf(`${cell.day}T00:00:00`), 4) : valued(serialOf(cell.moment), 5);
  }
  const text = String(cell);
  return text === ''
    ? `<c r="${reference}" s="${style}"/>`
    : `<c r="${reference}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
}

/** An XLSX file, made as it is sent. A text is never a formula. */
export function xlsxBytes(sheets: readonly SheetContent[]): AsyncGenerator<Uint8Array> {
  const numbers = sheets.map((_, i) => i + 1);
  const overrides = numbers.map(
    (n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${TYPE}.worksheet+xml"/>`,
  );
  const relations = numbers.map(
    (n) => `<Relationship Id="rId${n}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${n}.xml"/>`,
  );
  const names = sheets.map(({ name }, i) => `<sheet name="${escaped(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`);
  const part = (name: string, xml: string) => ({ name, pieces: [XML + xml] });
  return zipBytes([
    part(
      '[Content_Types].xml',
      `<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/>${overrides.join('')}</Types>`,
    ),
    part(
      '_rels/.rels',
      `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    ),
    part(
      'xl/workbook.xml',
      `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${names.join('')}</sheets></workbook>`,
    ),
    part(
      'xl/_rels/workbook.xml.rels',
      `<Relationships xmlns="${PACKAGE}/relationships">${relations.join('')}<Relationship Id="rId${sheets.length + 1}" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
    ),
    { name: 'xl/styles.xml', pieces: [STYLES] },
    ...sheets.map((sheet, i) => ({ name: `xl/worksheets/sheet${i + 1}.xml`, pieces: sheetXml(sheet) })),
  ]);
}
