// Bundles the Lambda entry for LLRT. Run: node infra/aws/bundle.ts [OUTDIR]
import { copyFile, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Metafile, build } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../..');

/** Writes OUTDIR/lambda.mjs; resolves esbuild's account of what went in and what stayed outside. */
export async function bundleLambda(outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { lambda: 'src/entry/lambda.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2023',
    format: 'esm',
    external: ['@aws-sdk/*', '@smithy/*', 'crypto'],
    metafile: true,
    logLevel: 'error',
  });
  return metafile;
}

if (import.meta.main) {
  const outdir = resolve(process.argv[2] ?? join(ROOT, 'dist/lambda'));
  await mkdir(outdir, { recursive: true });
  await bundleLambda(outdir);
  // LLRT's release binary for Lambda; the function runs nothing without it
  const llrt = process.env['LLRT_BIN'];
  if (llrt) await copyFile(llrt, join(outdir, 'bootstrap'));
  console.log(
    `${outdir}/lambda.mjs written${llrt ? ' with bootstrap' : '; set LLRT_BIN to the llrt bootstrap binary to have a deployable folder'}`,
  );
}
