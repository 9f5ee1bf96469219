import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';

const FILES = resolve(import.meta.dirname, '../../node_modules/@fontsource/noto-sans-sc/files');
const WEIGHTS = [400, 700];

const WOFF_HEADER_BYTES = 44;
const WOFF_ENTRY_BYTES = 20;
const SFNT_HEADER_BYTES = 12;
const SFNT_ENTRY_BYTES = 16;

/** Unpacks WOFF 1.0 (W3C) to the SFNT in it: fontconfig offers Chromium only fonts in that form. */
function sfntOfWoff(woff: Buffer): Buffer {
  const tables = woff.readUInt16BE(12);
  const header = Buffer.alloc(SFNT_HEADER_BYTES + tables * SFNT_ENTRY_BYTES);
  woff.copy(header, 0, 4, 8); // flavor
  header.writeUInt16BE(tables, 4);
  const power = Math.floor(Math.log2(tables));
  header.writeUInt16BE(2 ** power * 16, 6);
  header.writeUInt16BE(power, 8);
  header.writeUInt16BE(tables * 16 - 2 ** power * 16, 10);
  const parts: Buffer[] = [header];
  let offset = header.length;
  for (let n = 0; n < tables; n++) {
    const entry = WOFF_HEADER_BYTES + n * WOFF_ENTRY_BYTES;
    const [from, packed, length] = [4, 8, 12].map((at) => woff.readUInt32BE(entry + at)) as [number, number, number];
    const stored = woff.subarray(from, from + packed);
    const table = packed < length ? inflateSync(stored) : stored;
    const at = SFNT_HEADER_BYTES + n * SFNT_ENTRY_BYTES;
    woff.copy(header, at, entry, entry + 4); // tag
    woff.copy(header, at + 4, entry + 16, entry + 20); // checksum
    header.writeUInt32BE(offset, at + 8);
    header.writeUInt32BE(length, at + 12);
    const padding = Buffer.alloc((4 - (length % 4)) % 4);
    parts.push(table, padding);
    offset += length + padding.length;
  }
  return Buffer.concat(parts);
}

/** A fontconfig file below `folder` that knows the Chinese font from npm; screenshots would show nothing otherwise. */
export function fontConfig(folder: string): string {
  const home = join(folder, 'tagtrail');
  mkdirSync(join(home, 'fonts'), { recursive: true });
  for (const weight of WEIGHTS) {
    const woff = readFileSync(join(FILES, `noto-sans-sc-chinese-simplified-${weight}-normal.woff`));
    writeFileSync(join(home, 'fonts', `noto-sans-sc-${weight}.ttf`), sfntOfWoff(woff));
  }
  const config = join(home, 'fonts.conf');
  const folders = ['/usr/share/fonts', join(folder, 'fonts'), join(home, 'fonts')].map((path) => `<dir>${path}</dir>`);
  writeFileSync(
    config,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${folders.join('')}<cachedir>${join(home, 'cache')}</cachedir></fontconfig>`,
  );
  return config;
}
