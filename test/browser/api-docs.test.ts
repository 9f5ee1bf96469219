// The reading page of the REST interface in a real browser: accessible in both languages, asks no other host, fits a phone.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildAssets } from '../../src/entry/assets.ts';
import { listen, type Listening } from '../../src/entry/node.ts';
import { createApp } from '../../src/http/app.ts';
import { openApiOf } from '../../src/http/openapi.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { createPages } from '../../src/web/app.ts';
import { startChromium } from './chromium.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const quiet = (): void => {};

let store: Store;
let server: Listening;
let browser: Browser;
beforeAll(async () => {
  store = await openStore({ memory: true });
  const logger = { info: quiet, warn: quiet, error: quiet };
  const app = createApp({ store, clock: Date.now, logger, version: '1', captureEventsMax: 1, captureBytesMax: 1 });
  const openApi = (): object => openApiOf(app, '1');
  app.route('/', createPages({ store, clock: Date.now, logger, openApi, assets: await buildAssets() }));
  [server, browser] = await Promise.all([listen(app.fetch, { host: '127.0.0.1', port: 0 }), startChromium()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await store?.close();
});

it.each([
  ['en', 1400],
  ['zh', 360],
])('in %s at %i pixels', async (language, width) => {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  const asked: string[] = [];
  const faults: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(`${server.url}/api/docs?lang=${language}`);
  for (const part of (await page.locator('details').all()).slice(0, 12)) await part.locator('summary').click();
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    type Axe = { run(): Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }> };
    const { violations: found } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  });
  expect(violations).toEqual([]);
  expect(faults).toEqual([]);
  expect(asked.filter((url) => !url.startsWith(server.url))).toEqual([]);
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  expect(overflow).toBeLessThanOrEqual(0);
  await context.close();
});
