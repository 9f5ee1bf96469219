import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';
import { fontConfig } from './font.ts';

/** A real Chromium out of an npm package; the caller closes it. */
export async function startChromium(): Promise<Browser> {
  const executablePath = await chromium.executablePath();
  // the package's own arguments switch web security off, which these tests are there to see
  const args = ['--headless=shell', '--no-sandbox', '--no-zygote', '--disable-gpu', '--font-render-hinting=none'];
  const env = { ...process.env, FONTCONFIG_FILE: fontConfig() };
  return playwright.launch({ executablePath, args, env, headless: true });
}
