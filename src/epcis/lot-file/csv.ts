import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { AppError, messageOf } from '../../error.ts';
import { LOT_LIMITS } from './limits.ts';
import { bytesOf, type FileRow, type LotForm, type LotSource, type LotTable, piecesOf } from './source.ts';

type Encoding = Extract<LotForm, { form: 'csv' }>['encoding'];

export const CSV_ENCODINGS = ['utf-8', 'gb18030', 'utf-16le', 'utf-16be'] as const satisfies readonly Encoding[];

const HEAD_BYTES = 64 * 1024;
/** From the first byte that is no ASCII on, so much is looked at to tell UTF-8 from GB18030. */
const SAMPLE_BYTES = 64 * 1024;
const MARKS: [Encoding, number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];
const DELIMITERS = [',', ';', '\t', '|'];

const unreadable = (message: string): AppError => new AppError('invalid', message);

/** Whether bytes are UTF-8, but for a character cut at their end. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** UTF-16 without a mark: every second byte of plain text is zero. */
function unmarkedUtf16(head: Uint8Array): Encoding | undefined {
  const zeros = [0, 0];
  for (let i = 0; i < Math.min(head.length, 1024); i++) if (head[i] === 0) zeros[i % 2]! += 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > head.length / 8 && odd > even * 4) return 'utf-16le';
  return even > head.length / 8 && even > odd * 4 ? 'utf-16be' : undefined;
}

/**
 * The encoding by its mark, else by its zeros, else by the first stretch that is no ASCII: UTF-8 where it is that, else
 * GB18030, which Excel in Chinese writes and which contains GBK and GB2312.
 */
async function encodingOf(source: LotSource): Promise<{ encoding: Encoding; mark: number }> {
  const head = await bytesOf(source, 0, HEAD_BYTES);
  for (const [encoding, mark] of MARKS)
    if (mark.every((byte, i) => head[i] === byte)) return { encoding, mark: mark.length };
  const utf16 = unmarkedUtf16(head);
  if (utf16) return { encoding: utf16, mark: 0 };
  let at = 0;
  for await (const piece of piecesOf(source)) {
    const first = piece.findIndex((byte) => byte >= 0x80);
    if (first < 0) at += piece.length;
    else return { encoding: isUtf8(await bytesOf(source, at + first, SAMPLE_BYTES)) ? 'utf-8' : 'gb18030', mark: 0 };
  }
  return { encoding: 'utf-8', mark: 0 };
}

async function* textOf(source: LotSource, encoding: Encoding, from: number): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  try {
    for await (const piece of piecesOf(source, from)) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw unreadable(`The file has bytes that are no ${encoding}: save it anew as CSV UTF-8, or name its encoding.`);
  }
}

/** The mark that stands most often between the cells of the first line; a comma where there is one column. */
function delimiterOf(head: string): string {
  const line = /^(?:\s*\n)*((?:"(?:[^"]|"")*"|[^"\r\n])*)/.exec(head)?.[1]?.replaceAll(/"(?:[^"]|"")*"/g, '') ?? '';
  const counts = DELIMITERS.map((mark) => line.split(mark).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** csv-parse tells what is wrong by a code; a person is told what to do. */
const FAULTS: Record<string, string> = {
  CSV_MAX_RECORD_SIZE: `A row has more than ${LOT_LIMITS.rowCharactersMax} characters; a quotation mark may be without its end.`,
  CSV_QUOTE_NOT_CLOSED: 'A quotation mark has no end.',
};

function faultOf(error: unknown, row: number): AppError {
  if (error instanceof AppError) return error;
  const { code = '', records = row } = error as { code?: string; records?: number };
  if (!code.startsWith('CSV_')) throw error;
  return unreadable(`Row ${records + 1}: ${FAULTS[code] ?? messageOf(error)}`);
}

async function* rowsOf(text: AsyncIterable<string>, delimiter: string): AsyncGenerator<FileRow> {
  const parser = parse({
    delimiter,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: LOT_LIMITS.rowCharactersMax,
  });
  const input = Readable.from(text);
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  let row = 0;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      row += 1;
      if (cells.length > LOT_LIMITS.columnsMax && cells.slice(LOT_LIMITS.columnsMax).some((cell) => cell !== ''))
        throw unreadable(`Row ${row} has more than ${LOT_LIMITS.columnsMax} columns.`);
      if (cells.some((cell) => cell !== '')) yield { row, cells };
    }
  } catch (error) {
    throw faultOf(error, row);
  } finally {
    input.destroy();
    parser.destroy();
  }
}

/** Opens a CSV file of any usual encoding and delimiter. Throws AppError `invalid`, also while its rows are read. */
export async function openCsv(source: LotSource, given?: Encoding): Promise<LotTable> {
  const found = await encodingOf(source);
  const { encoding, mark } = given === undefined || given === found.encoding ? found : { encoding: given, mark: 0 };
  const head = new TextDecoder(encoding).decode(await bytesOf(source, mark, HEAD_BYTES), { stream: true });
  const delimiter = delimiterOf(head);
  return {
    form: { form: 'csv', encoding, mark: mark > 0, delimiter },
    rows: rowsOf(textOf(source, encoding, mark), delimiter),
  };
}
