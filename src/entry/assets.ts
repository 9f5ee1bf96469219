// Builds what browsers load: the style and the islands. In memory for Node; `node src/entry/assets.ts OUTDIR` for Workers.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Asset, Assets } from '../web/assets.ts';

const WEB = join(import.meta.dirname, '../web');
const ENTRIES = ['islands/page.ts', 'style.css', 'icon.svg'].map((path) => join(WEB, path));
const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Bundles and minifies; takes some 50 ms. Throws what esbuild says of a source that does not build. */
export async function buildAssets(): Promise<Assets> {
  const { outputFiles } = await build({
    entryPoints: ENTRIES,
    outdir: WEB,
    entryNames: '[name]',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['es2022', 'safari16.4'],
    loader: { '.svg': 'copy' },
    logLevel: 'silent',
  });
  return new Map(
    outputFiles.map(({ path, contents }): [string, Asset] => {
      const body = new Uint8Array(contents);
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
      const name = basename(path);
      return [name, { type: TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream', body, etag }];
    }),
  );
}

async function main(folder: string | undefined): Promise<number> {
  if (folder === undefined) {
    process.stderr.write('usage: node src/entry/assets.ts OUTDIR\n');
    return 2;
  }
  await mkdir(join(folder, 'assets'), { recursive: true });
  for (const [name, { body }] of await buildAssets()) await writeFile(join(folder, 'assets', name), body);
  return 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main(process.argv[2]);
