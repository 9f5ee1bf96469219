// Rows of an XLSX file (ECMA-376) as a stream: one sheet's XML is read once, in pieces. Macros, styles and formulas are
// not looked at; of a formula the value counts that was kept with it.
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { AppError } from '../../error.ts';
import { LOT_LIMITS } from './limits.ts';
import type { FileRow, LotSource, LotTable } from './source.ts';
import { entryBytes, readDirectory, type ZipEntry } from './unzip.ts';

/** Bytes of the workbook's own parts. */
const BOOK_BYTES_MAX = 4 * 1024 * 1024;

const invalid = (message: string): AppError => new AppError('invalid', message);

interface Handlers {
  open?: (name: string, tag: SaxesTagPlain) => void;
  text?: (text: string) => void;
  close?: (name: string) => void;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** Feeds a part's XML to handlers; yields after each piece. */
async function* parsed(pieces: AsyncIterable<Uint8Array>, handlers: Handlers): AsyncGenerator<void> {
  const parser = new SaxesParser();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  parser.on('error', (error) => {
    throw invalid(`The file's XML is damaged: ${error.message.split('\n')[0]}.`);
  });
  parser.on('doctype', () => {
    throw invalid('The file has a document type declaration, which no spreadsheet has.');
  });
  parser.on('opentag', (tag) => handlers.open?.(localName(tag.name), tag));
  parser.on('text', (text) => handlers.text?.(text));
  parser.on('closetag', (tag) => handlers.close?.(localName(tag.name)));
  try {
    for await (const piece of pieces) {
      parser.write(decoder.decode(piece, { stream: true }));
      yield;
    }
    parser.write(decoder.decode()).close();
  } catch (error) {
    if (error instanceof TypeError) throw invalid('The file has bytes that are no UTF-8.');
    throw error;
  }
  yield;
}

async function readAll(source: LotSource, entry: ZipEntry, handlers: Handlers, bytesMax: number): Promise<void> {
  for await (const _ of parsed(entryBytes(source, entry, bytesMax), handlers));
}

const attributeOf = (tag: SaxesTagPlain, name: string): string | undefined => {
  const found = Object.entries(tag.attributes).find(([key]) => key === name || localName(key) === name)?.[1];
  return found;
};

/** Texts that cells refer to by number, as bytes and where each ends: far smaller than as many strings. */
class SharedTexts {
  #bytes = Buffer.alloc(64 * 1024);
  #ends = new Uint32Array(1024);
  #length = 0;
  #count = 0;

  add(text: string): void {
    const size = Buffer.byteLength(text);
    if (this.#count >= LOT_LIMITS.sharedTextsMax || this.#length + size > LOT_LIMITS.sharedTextBytesMax) {
      throw new AppError('too_large', 'The texts of the file are too many to be held; save it as CSV UTF-8.', {
        rule: 'CaptureLimitExceededException',
        sharedTextBytesMax: LOT_LIMITS.sharedTextBytesMax,
      });
    }
    if (this.#length + size > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + size));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(this.#ends.length * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#bytes.write(text, this.#length);
    this.#length += size;
    this.#ends[this.#count++] = this.#length;
  }

  at(index: number): string | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count) return undefined;
    return this.#bytes.toString('utf8', index === 0 ? 0 : this.#ends[index - 1], this.#ends[index]);
  }
}

async function readSharedTexts(source: LotSource, entry: ZipEntry | undefined): Promise<SharedTexts> {
  const texts = new SharedTexts();
  if (!entry) return texts;
  let text = '';
  let isText = false;
  let phonetic = 0;
  const bytesMax = LOT_LIMITS.sharedTextBytesMax * 8;
  await readAll(
    source,
    entry,
    {
      open: (name) => {
        if (name === 'si') text = '';
        if (name === 'rPh') phonetic += 1;
        isText = name === 't' && phonetic === 0;
      },
      text: (piece) => {
        if (isText && text.length <= LOT_LIMITS.cellCharactersMax) text += piece;
      },
      close: (name) => {
        isText = false;
        if (name === 'rPh') phonetic -= 1;
        if (name === 'si') texts.add(text);
      },
    },
    bytesMax,
  );
  return texts;
}

interface Book {
  sheets: { name: string; relation: string; hidden: boolean }[];
  is1904: boolean;
  targets: Map<string, string>;
}

async function readBook(source: LotSource, entries: Map<string, ZipEntry>): Promise<Book> {
  const book: Book = { sheets: [], is1904: false, targets: new Map() };
  const part = (name: string): ZipEntry => {
    const entry = entries.get(name);
    if (!entry) throw invalid(`The file is no XLSX file: it has no ${name}.`);
    return entry;
  };
  const open = (name: string, tag: SaxesTagPlain): void => {
    const of = (attribute: string): string => attributeOf(tag, attribute) ?? '';
    if (name === 'workbookPr') book.is1904 = /^(?:1|true)$/.test(of('date1904'));
    if (name === 'sheet') {
      const relation = tag.attributes['r:id'] ?? of('id');
      book.sheets.push({ name: of('name'), relation, hidden: /hidden/i.test(of('state')) });
    }
    if (name === 'Relationship') book.targets.set(of('Id'), of('Target'));
  };
  await readAll(source, part('xl/workbook.xml'), { open }, BOOK_BYTES_MAX);
  await readAll(source, part('xl/_rels/workbook.xml.rels'), { open }, BOOK_BYTES_MAX);
  return book;
}

const pathOf = (target: string): string =>
  target.startsWith('/') ? target.slice(1) : `xl/${target.replace(/^\.\//, '')}`;

/** From 0; A is 0, AA is 26. */
function columnOf(reference: string): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference)?.[0];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

/** What a cell says, by its type (ECMA-376 part 1, 18.18.11). */
function valueOf(type: string | undefined, text: string, texts: SharedTexts): string | number {
  if (type === 's') return texts.at(Number(text)) ?? '';
  if (type === undefined || type === 'n') return text === '' || !Number.isFinite(Number(text)) ? text : Number(text);
  return type === 'b' ? (text === '1' ? 'TRUE' : 'FALSE') : text;
}

/** Collects the rows of a sheet while its XML goes by. */
class SheetRows {
  rows: FileRow[] = [];
  readonly #texts: SharedTexts;
  #row = 0;
  #cells: (string | number)[] = [];
  #column = -1;
  #type: string | undefined;
  #text = '';
  #isValue = false;
  #phonetic = false;

  constructor(texts: SharedTexts) {
    this.#texts = texts;
  }

  open = (name: string, { attributes }: SaxesTagPlain): void => {
    if (name === 'row') {
      const given = Number(attributes['r']);
      this.#row = Number.isInteger(given) && given > this.#row ? given : this.#row + 1;
      this.#cells = [];
      this.#column = -1;
    } else if (name === 'c') {
      this.#column = columnOf(attributes['r'] ?? '') ?? this.#column + 1;
      this.#type = attributes['t'];
      this.#text = '';
    } else if (name === 'rPh') this.#phonetic = true;
    this.#isValue = (name === 'v' || name === 't') && !this.#phonetic;
  };

  text = (piece: string): void => {
    if (this.#isValue && this.#text.length <= LOT_LIMITS.cellCharactersMax) this.#text += piece;
  };

  close = (name: string): void => {
    this.#isValue = false;
    if (name === 'rPh') this.#phonetic = false;
    else if (name === 'c') this.#put();
    else if (name === 'row' && this.#cells.length > 0) this.rows.push({ row: this.#row, cells: this.#cells });
  };

  #put(): void {
    if (this.#text === '') return;
    if (this.#column >= LOT_LIMITS.columnsMax)
      throw invalid(`Row ${this.#row} has more than ${LOT_LIMITS.columnsMax} columns.`);
    while (this.#cells.length < this.#column) this.#cells.push('');
    this.#cells[this.#column] = valueOf(this.#type, this.#text, this.#texts);
  }
}

async function* rowsOf(source: LotSource, entry: ZipEntry, texts: SharedTexts): AsyncGenerator<FileRow> {
  const sheet = new SheetRows(texts);
  for await (const _ of parsed(entryBytes(source, entry, LOT_LIMITS.sheetBytesMax), sheet)) {
    yield* sheet.rows;
    sheet.rows = [];
  }
}

/**
 * Opens the sheet of this name, else the first that is not hidden. Throws AppError `invalid` for what is no whole XLSX
 * file and `too_large` above a limit, both also while rows are read.
 */
export async function openXlsx(source: LotSource, sheetName?: string): Promise<LotTable> {
  const entries = await readDirectory(source);
  const { sheets, is1904, targets } = await readBook(source, entries);
  const sheet = sheets.find(({ name, hidden }) => (sheetName === undefined ? !hidden : name === sheetName));
  const entry = sheet && entries.get(pathOf(targets.get(sheet.relation) ?? ''));
  if (!sheet || !entry) {
    const names = sheets.map(({ name }) => name).join(', ');
    throw invalid(
      sheetName === undefined ? 'The file has no sheet.' : `No sheet is named ${sheetName}; there are: ${names}.`,
    );
  }
  const texts = await readSharedTexts(source, entries.get('xl/sharedStrings.xml'));
  return { form: { form: 'xlsx', is1904, sheet: sheet.name }, rows: rowsOf(source, entry, texts) };
}
