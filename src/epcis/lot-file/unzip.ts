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
/** ZIP64, which some writers use whatever the size: the end's locator, the end, an entry's extra field. */
const LOCATOR_BYTES = 20;
const LOCATOR_MARK = 0x07064b50;
const END64_BYTES = 56;
const END64_MARK = 0x06064b50;
const EXTRA64 = 0x0001;
const FULL = 0xffffffff;
const ENTRY_BYTES = 46;
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

/** Where the directory lies. */
interface Directory {
  count: number;
  size: number;
  offset: number;
}

export async function readDirectory(source: LotSource): Promise<Map<string, ZipEntry>> {
  const tailBytes = Math.min(source.size, END_BYTES + COMMENT_BYTES_MAX + LOCATOR_BYTES);
  const tail = await bytesOf(source, source.size - tailBytes, tailBytes);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== END_MARK) end -= 1;
  if (end < 0) throw broken('its end is missing');
  const [count, size, offset] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  const directory = (await readEnd64(source, tail, end - LOCATOR_BYTES)) ?? { count, size, offset };
  if (directory.count > LOT_LIMITS.zipEntriesMax || directory.size > DIRECTORY_BYTES_MAX)
    throw tooLarge(`The file has more than ${LOT_LIMITS.zipEntriesMax} parts.`);
  return entriesOf(await bytesOf(source, directory.offset, directory.size), directory.count);
}

/** What the ZIP64 end says (APPNOTE 4.3.14, 4.3.15), where its locator stands at `at` of the tail. */
async function readEnd64(source: LotSource, tail: Buffer, at: number): Promise<Directory | undefined> {
  if (at < 0 || tail.readUInt32LE(at) !== LOCATOR_MARK) return undefined;
  const end = await bytesOf(source, numberAt(tail, at + 8), END64_BYTES);
  if (end.length < END64_BYTES || end.readUInt32LE(0) !== END64_MARK) throw broken('its end is damaged');
  return { count: numberAt(end, 32), size: numberAt(end, 40), offset: numberAt(end, 48) };
}

/** Eight bytes; no file that we take reaches the numbers that a double cannot hold. */
function numberAt(bytes: Buffer, at: number): number {
  const number = bytes.readBigUInt64LE(at);
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw broken('a length in it is none');
  return Number(number);
}

/** The sizes and the offset of an entry; those that say FULL stand in its ZIP64 extra field, in this order. */
function placeOf(entry: Buffer, extra: Buffer): { packedBytes: number; offset: number } {
  const fields = [entry.readUInt32LE(24), entry.readUInt32LE(20), entry.readUInt32LE(42)];
  if (fields.includes(FULL)) {
    let rest = extra64(extra);
    for (const [i, field] of fields.entries()) {
      if (field !== FULL) continue;
      if (rest.length < 8) throw broken('its directory is cut');
      fields[i] = numberAt(rest, 0);
      rest = rest.subarray(8);
    }
  }
  return { packedBytes: fields[1]!, offset: fields[2]! };
}

function extra64(extra: Buffer): Buffer {
  for (let at = 0; at + 4 <= extra.length;) {
    const next = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === EXTRA64) return extra.subarray(at + 4, next);
    at = next;
  }
  return Buffer.alloc(0);
}

function entriesOf(directory: Buffer, count: number): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > directory.length || directory.readUInt32LE(at) !== ENTRY_MARK)
      throw broken('its directory is cut');
    const entry = directory.subarray(at);
    const [nameBytes = 0, extraBytes = 0, commentBytes = 0] = [28, 30, 32].map((field) => entry.readUInt16LE(field));
    const nameEnd = ENTRY_BYTES + nameBytes;
    const name = entry.subarray(ENTRY_BYTES, nameEnd).toString('utf8');
    if (entry.readUInt16LE(8) & ENCRYPTED) throw broken('it is encrypted');
    const place = placeOf(entry, entry.subarray(nameEnd, nameEnd + extraBytes));
    entries.set(name.replace(/^\//, ''), { name, method: entry.readUInt16LE(10), ...place });
    at += nameEnd + extraBytes + commentBytes;
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
