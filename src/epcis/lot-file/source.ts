/** A file that can be read from any place on. */
export interface LotSource {
  /** Bytes. */
  size: number;
  /** At most `length` bytes from `position` on, at least one while there are any. */
  read(position: number, length: number): Promise<Uint8Array>;
}

const PIECE_BYTES = 256 * 1024;

/** The bytes from `from` to before `to`, in pieces. */
export async function* piecesOf(source: LotSource, from = 0, to = source.size): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to;) {
    const piece = await source.read(at, Math.min(PIECE_BYTES, to - at));
    if (piece.length === 0) return;
    yield piece;
    at += piece.length;
  }
}

/** Exactly these bytes; fewer where the file ends. */
export async function bytesOf(source: LotSource, from: number, length: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(source, from, Math.min(from + length, source.size))) pieces.push(piece);
  return Buffer.concat(pieces);
}

export const sourceOf = (bytes: Uint8Array): LotSource => ({
  size: bytes.length,
  read: async (position, length) => bytes.subarray(position, position + length),
});

/** One row as a file has it. */
export interface FileRow {
  /** As a spreadsheet counts, from 1. */
  row: number;
  cells: (string | number)[];
}

/** How a file is written, so that what comes back is the same. */
export type LotForm =
  | { form: 'csv'; encoding: 'utf-8' | 'gb18030' | 'utf-16le' | 'utf-16be'; mark: boolean; delimiter: string }
  | { form: 'xlsx'; is1904: boolean; sheet: string };

/** An opened file: its form, and its rows; empty ones are left out. */
export interface LotTable {
  form: LotForm;
  rows: AsyncIterable<FileRow>;
}
