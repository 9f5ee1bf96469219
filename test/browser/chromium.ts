import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';
import { fontConfig } from './font.ts';

/** The browser is unpacked here once, and no other user's copy is met. */
const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache/chromium');

/** Where the package has unpacked its browser; it knows no other way to choose the place than TMPDIR. */
async function unpack(): Promise<string> {
  const before = process.env['TMPDIR'];
  mkdirSync(CACHE, { recursive: true });
  process.env['TMPDIR'] = CACHE;
  try {
    return await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

/** A real Chromium out of an npm package; the caller closes it. */
export async function startChromium(): Promise<Browser> {
  const executablePath = await unpack();
  // the package's own arguments switch web security off, which these tests are there to see
  const args = ['--headless=shell', '--no-sandbox', '--no-zygote', '--disable-gpu', '--font-render-hinting=none'];
  const env = { ...process.env, FONTCONFIG_FILE: fontConfig(CACHE) };
  return playwright.launch({ executablePath, args, env, headless: true });
}
