// A ZIP file as a stream (APPNOTE 6.3): each part is packed as it is made, its size and checksum stand behind it.
import { pipeline, Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';

export interface ZipPart {
  name: string;
  pieces: Iterable<string> | AsyncIterable<string>;
}

const VERSION = 20;
/** Sizes follow the bytes; names are UTF-8. */
const FLAGS = 0x0808;
const DEFLATED = 8;
/** 1 January 1980: the same rows make the same bytes. */
const DATE = 0x21;

interface Written {
  name: Buffer;
  crc: number;
  packedBytes: number;
  bytes: number;
  offset: number;
}

/** The fields that local header and directory share, from the version on. */
function fieldsOf({ name, crc, packedBytes, bytes }: Omit<Written, 'offset'>): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(FLAGS, 2);
  fields.writeUInt16LE(DEFLATED, 4);
  fields.writeUInt16LE(DATE, 8);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(packedBytes, 14);
  fields.writeUInt32LE(bytes, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

const mark = (signature: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(signature);
  return bytes;
};

function directoryEntry(part: Written): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(part.offset, 10);
  const version = Buffer.alloc(2);
  version.writeUInt16LE(VERSION);
  return Buffer.concat([mark(0x02014b50), version, fieldsOf(part), rest, part.name]);
}

function endOf(count: number, bytes: number, offset: number): Buffer {
  const end = Buffer.alloc(18);
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(bytes, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([mark(0x06054b50), end]);
}

/** Packs as it is read. What fails in the pieces fails here; who stops reading stops them. */
async function* deflated(pieces: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const deflate = createDeflateRaw();
  pipeline(Readable.from(pieces, { objectMode: false }), deflate, () => {});
  try {
    for await (const packed of deflate as AsyncIterable<Uint8Array>) yield packed;
  } finally {
    deflate.destroy();
  }
}

/** The bytes of a ZIP file of these parts, at most 4 GiB. */
export async function* zipBytes(parts: Iterable<ZipPart>): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let at = 0;
  for (const { name, pieces } of parts) {
    const part: Written = { name: Buffer.from(name), crc: 0, packedBytes: 0, bytes: 0, offset: at };
    const head = Buffer.concat([mark(0x04034b50), fieldsOf(part), part.name]);
    yield head;
    const plain = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of pieces) {
        const bytes = Buffer.from(piece);
        part.crc = crc32(bytes, part.crc);
        part.bytes += bytes.length;
        yield bytes;
      }
    };
    for await (const packed of deflated(plain())) {
      part.packedBytes += packed.length;
      yield packed;
    }
    const tail = Buffer.concat([mark(0x08074b50), fieldsOf(part).subarray(10, 22)]);
    yield tail;
    at += head.length + part.packedBytes + tail.length;
    written.push(part);
  }
  const directory = Buffer.concat(written.map(directoryEntry));
  yield directory;
  yield endOf(written.length, directory.length, at);
}
