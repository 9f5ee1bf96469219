import { AppError } from '../../error.ts';
import { CSV_ENCODINGS, openCsv } from './csv.ts';
import { bytesOf, type LotSource, type LotTable } from './source.ts';
import { openXlsx } from './xlsx.ts';

const ZIP = [0x50, 0x4b, 0x03, 0x04];
/** The container of XLS files, and of XLSX files with a password. */
const OLE = [0xd0, 0xcf, 0x11, 0xe0];

/**
 * Opens a CSV or XLSX file, told apart by its first bytes. Throws AppError `invalid` with what to do for any other, and
 * while its rows are read.
 */
export async function openLotTable(
  source: LotSource,
  { encoding, sheet }: { encoding?: (typeof CSV_ENCODINGS)[number]; sheet?: string } = {},
): Promise<LotTable> {
  const head = await bytesOf(source, 0, 8);
  const begins = (mark: readonly number[]): boolean => mark.every((byte, i) => head[i] === byte);
  if (head.length === 0) throw new AppError('invalid', 'The file is empty.');
  if (begins(OLE))
    throw new AppError('invalid', 'The file is an old XLS file, or has a password: save it as XLSX without one.');
  return begins(ZIP) ? openXlsx(source, sheet) : openCsv(source, encoding);
}
