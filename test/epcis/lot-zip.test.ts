// The container of XLSX files: ZIP64, and streams that fail or are left.
import { expect, it, vi } from 'vitest';
import { openLotTable, sourceOf, xlsxBytes } from '../../src/epcis/lot-file/index.ts';

const sheet = (rows: Iterable<string[]> | AsyncIterable<string[]>): AsyncGenerator<Uint8Array> =>
  xlsxBytes([{ name: 'S', columns: 1, rows }]);

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

async function cellsOf(bytes: Uint8Array): Promise<(string | number)[][]> {
  const found: (string | number)[][] = [];
  for await (const { cells } of (await openLotTable(sourceOf(bytes))).rows) found.push(cells);
  return found;
}

/** The same file with its sizes and places where ZIP64 has them (APPNOTE 4.3.14, 4.5.3). */
function zip64Of(bytes: Buffer): Buffer {
  const end = bytes.length - 22;
  const [count, offset] = [bytes.readUInt16LE(end + 10), bytes.readUInt32LE(end + 16)];
  const entries: Buffer[] = [];
  for (let at = offset, i = 0; i < count; i++) {
    const nameBytes = bytes.readUInt16LE(at + 28);
    const entry = Buffer.from(bytes.subarray(at, at + 46 + nameBytes));
    const extra = Buffer.alloc(4 + 5 + 4 + 24);
    // one of somebody else's stands before it
    extra.writeUInt16LE(0x7075, 0);
    extra.writeUInt16LE(5, 2);
    extra.writeUInt16LE(1, 9);
    extra.writeUInt16LE(24, 11);
    for (const [j, field] of [24, 20, 42].entries()) {
      extra.writeBigUInt64LE(BigInt(entry.readUInt32LE(field)), 13 + j * 8);
      entry.writeUInt32LE(0xffffffff, field);
    }
    entry.writeUInt16LE(extra.length, 30);
    entries.push(entry, extra);
    at += 46 + nameBytes;
  }
  const directory = Buffer.concat(entries);
  const end64 = Buffer.alloc(56 + 20);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(directory.length), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  end64.writeUInt32LE(0x07064b50, 56);
  end64.writeBigUInt64LE(BigInt(offset + directory.length), 64);
  const last = Buffer.from(bytes.subarray(end));
  last.fill(0xff, 8, 20);
  return Buffer.concat([bytes.subarray(0, offset), directory, end64, last]);
}

it('reads ZIP64, and refuses one that is cut or lies', async () => {
  const whole = zip64Of(await bytesOf(sheet([['GTIN'], ['9521141123454']])));
  expect(await cellsOf(whole)).toEqual([['GTIN'], ['9521141123454']]);
  const at = (mark: number[]): number => whole.indexOf(Buffer.from(mark));
  const lies: [number, RegExp][] = [
    [at([0x50, 0x4b, 0x06, 0x06]), /end is damaged/],
    [at([0x50, 0x4b, 0x06, 0x06]) + 39, /a length in it is none/],
    [at([0x50, 0x4b, 0x06, 0x06]) + 35, /parts/],
    [at([0x50, 0x4b, 0x06, 0x07]) + 12, /end is damaged/],
    [at([0x50, 0x4b, 0x06, 0x07]), /parts|directory/],
  ];
  for (const [place, message] of lies) {
    const bad = Buffer.from(whole);
    bad[place] = 0x7f;
    await expect(cellsOf(bad)).rejects.toThrow(message);
  }
});

it('a file that is written fails where its rows do, and stops where its reader does', async () => {
  const failing = async function* (): AsyncGenerator<string[]> {
    yield ['GTIN'];
    throw new Error('the rows are gone');
  };
  await expect(bytesOf(sheet(failing()))).rejects.toThrow('the rows are gone');
  let ended = false;
  const endless = async function* (): AsyncGenerator<string[]> {
    try {
      for (let n = 0; ; n++) yield [String(Math.sin(n))];
    } finally {
      ended = true;
    }
  };
  let bytes = 0;
  for await (const piece of sheet(endless())) if ((bytes += piece.length) > 100_000) break;
  await vi.waitFor(() => expect(ended).toBe(true));
});
