// Takes docs/screenshot.png from a running demonstration: node test/browser/screenshot.ts
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startDemo } from '../../src/entry/demo.ts';
import { startChromium } from './chromium.ts';

const FILE = resolve(import.meta.dirname, '../../docs/screenshot.png');
const SIZE = { width: 1400, height: 1240 };

const dataDir = mkdtempSync(join(tmpdir(), 'tagtrail-shot-'));
const demo = await startDemo({ port: 0, dataDir, progress: (line) => process.stderr.write(`${line}\n`) });
const browser = await startChromium();
const page = await browser.newPage({ viewport: SIZE, locale: 'en-GB' });
await page.goto(`${demo.url}/trace?${new URLSearchParams({ id: demo.world.badLot }).toString()}`);
await page.screenshot({ path: FILE });
await browser.close();
await demo.stop();
rmSync(dataDir, { recursive: true, force: true });
process.exit(0);
