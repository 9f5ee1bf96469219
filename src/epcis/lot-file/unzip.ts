// Parts of a ZIP file (APPNOTE 6.3), read from the directory at its end, with limits on what they unpack to.
import { pipeline, Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { AppError } from '../../error.ts';
import { LOT_LIMITS } from './limits.ts';
import { bytesOf, type LotSource, piecesOf } from './source.ts';

export interface ZipEntry {
  name: string;
  method: number;
  packedBytes: number;
  /** Of its local header. */
  offset: number;
}

const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const DIRECTORY_BYTES_MAX = 4 * 1024 * 1024;
const END_MARK = 0x06054b50;
const ENTRY_MARK = 0x02014b50;
const LOCAL_MARK = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
/** Below this nothing is a bomb. */
const UNPACKED_BYTES_FREE = 8 * 1024 * 1024;

const broken = (why: string): AppError => new AppError('invalid', `The file is no whole XLSX file: ${why}.`);
const tooLarge = (message: string): AppError =>
  new AppError('too_large', message, { rule: 'CaptureLimitExceededException' });

export async function readDirectory(source: LotSource): Promise<Map<string, ZipEntry>> {
  const tailBytes = Math.min(source.size, END_BYTES + COMMENT_BYTES_MAX);
  const tail = await bytesOf(source, source.size - tailBytes, tailBytes);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END_MARK) end -= 1;
  if (end < 0) throw broken('its end is missing');
  const count = tail.readUInt16LE(end + 10);
  const size = tail.readUInt32LE(end + 12);
  const offset = tail.readUInt32LE(end + 16);
  if (count > LOT_LIMITS.zipEntriesMax || size > DIRECTORY_BYTES_MAX)
    throw tooLarge(`The file has more than ${LOT_LIMITS.zipEntriesMax} parts.`);
  return entriesOf(await bytesOf(source, offset, size), count);
}

function entriesOf(directory: Buffer, count: number): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== ENTRY_MARK) throw broken('its directory is cut');
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    const name = directory.subarray(at + 46, at + 46 + nameBytes!).toString('utf8');
    if (directory.readUInt16LE(at + 8) & ENCRYPTED) throw broken('it is encrypted');
    entries.set(name.replace(/^\//, ''), {
      name,
      method: directory.readUInt16LE(at + 10),
      packedBytes: directory.readUInt32LE(at + 20),
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameBytes! + extraBytes! + commentBytes!;
  }
  return entries;
}

async function* packed(source: LotSource, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const local = await bytesOf(source, entry.offset, 30);
  if (local.length < 30 || local.readUInt32LE(0) !== LOCAL_MARK) throw broken(`the part ${entry.name} is missing`);
  const start = entry.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (start + entry.packedBytes > source.size) throw broken(`the part ${entry.name} is cut`);
  yield* piecesOf(source, start, start + entry.packedBytes);
}

/** The bytes of a part, unpacked. Throws `too_large` above `bytesMax`, and for what grows beyond all measure. */
export async function* entryBytes(source: LotSource, entry: ZipEntry, bytesMax: number): AsyncGenerator<Uint8Array> {
  if (entry.method !== STORED && entry.method !== DEFLATED) throw broken(`${entry.name} is packed in an unknown way`);
  let given = 0;
  const ratioMax = LOT_LIMITS.unpackedRatioMax;
  for await (const piece of entry.method === STORED ? packed(source, entry) : inflated(source, entry)) {
    given += piece.length;
    if (given > bytesMax) throw tooLarge(`${entry.name} unpacks to more than ${bytesMax} bytes.`);
    if (given > UNPACKED_BYTES_FREE && given > entry.packedBytes * ratioMax)
      throw tooLarge(`${entry.name} unpacks to more than ${ratioMax} times its size.`);
    yield piece;
  }
}

async function* inflated(source: LotSource, entry: ZipEntry): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw();
  pipeline(Readable.from(packed(source, entry), { objectMode: false }), inflate, () => {});
  try {
    for await (const piece of inflate as AsyncIterable<Uint8Array>) yield piece;
  } catch (error) {
    if (error instanceof AppError) throw error;
    const { code = '' } = error as NodeJS.ErrnoException;
    if (/^(?:Z_|ERR_STREAM)/.test(code)) throw broken(`${entry.name} is damaged`);
    throw error;
  } finally {
    inflate.destroy();
  }
}
