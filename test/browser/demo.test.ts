import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Demo, startDemo } from '../../src/entry/demo.ts';
import { downstream } from '../../src/entry/demo-ledger.ts';
import { startChromium } from './chromium.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = 'test-results';
const WIDE = { width: 1400, height: 900 };
const NARROW = { width: 360, height: 800 };
const LIVE_MS_MAX = 20_000;

let demo: Demo;
let browser: Browser;
let folder: string;
const lines: string[] = [];

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), 'tagtrail-demo-'));
  [demo, browser] = await Promise.all([
    startDemo({ port: 0, dataDir: folder, progress: (line) => lines.push(line) }),
    startChromium(),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A page whose errors fail the test: refused by the policy, thrown by a script, not found. */
async function open(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page & AsyncDisposable> {
  const context: BrowserContext = await browser.newContext({ viewport: WIDE, locale: 'en-GB', ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));
  const response = await page.goto(demo.url + path);
  expect(response?.status()).toBe(200);
  return Object.assign(page, {
    [Symbol.asyncDispose]: async () => {
      await context.close();
      expect(faults).toEqual([]);
    },
  });
}

/** Rules that the page breaks, with the elements that do; axe comes by the debugger, past the page's own policy. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    type Axe = { run(): Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }> };
    const { violations: found } = await (globalThis as unknown as { axe: Axe }).axe.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  });
}

/** Waits until an element's text is like `pattern`, or is another than the text given. */
async function until(page: Page, selector: string, wanted: RegExp | { not: string | null }): Promise<void> {
  const text = (): Promise<string | null> => page.locator(selector).first().textContent();
  const poll = expect.poll(text, { timeout: LIVE_MS_MAX });
  await (wanted instanceof RegExp ? poll.toMatch(wanted) : poll.not.toBe(wanted.not));
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as Promise<number>;

const tracePath = (id: string): string => `/trace?${new URLSearchParams({ id }).toString()}`;
const countOf = async (page: Page, list: string): Promise<number> =>
  Number(await page.locator(`[data-count="${list}"] b`).textContent());

describe('the start page', () => {
  it('takes the first key press into the search box', async () => {
    await using page = await open('/');
    expect(await page.evaluate('document.activeElement.name')).toBe('id');
  });

  it('shows a read that arrives while it is open, without loading again', async () => {
    await using page = await open('/');
    const top = page.locator('#live-rows tr').first();
    const before = await top.textContent();
    await until(page, '#live-rows tr', { not: before });
    expect(await top.getAttribute('class')).toBe('fresh');
    await until(page, '#live-rows tr', /Factory dispatch gate|Warehouse goods-in gate/);
    expect(await page.locator('#live-state').textContent()).toBe('Live');
    const link = top.locator('a');
    await link.click();
    await page.waitForURL(/\/trace\?id=/);
    expect(await page.locator('#history tbody tr').count()).toBeGreaterThan(2);
    expect(await page.locator('#origins').textContent()).toContain('Lot');
  });

  it('holds still while it is paused, and then shows what came', async () => {
    await using page = await open('/');
    await page.getByRole('button', { name: 'Pause' }).click();
    const before = await page.locator('#live-rows').textContent();
    await until(page, '#live-state', /Paused: [1-9]/);
    expect(await page.locator('#live-rows').textContent()).toBe(before);
    await page.getByRole('button', { name: 'Go on' }).click();
    expect(await page.locator('#live-rows').textContent()).not.toBe(before);
  });

  it('lists the latest events without JavaScript', async () => {
    await using page = await open('/', { javaScriptEnabled: false });
    expect(await page.locator('#live-rows tr').count()).toBeGreaterThan(5);
    expect(await page.locator('time').first().textContent()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  });
});

describe('a recall', () => {
  it('leads from the click to what is affected, as many as there truly are', async () => {
    await using page = await open('/');
    await page.getByRole('link', { name: /SP-0412/ }).click();
    await page.waitForURL(/SP-0412/);
    const affected = downstream(demo.world.truth, demo.world.badLot);
    expect(affected.size).toBeGreaterThan(100);
    expect(await countOf(page, 'affected')).toBe(affected.size);
    expect(await countOf(page, 'possible')).toBeGreaterThan(0);
    expect(await page.locator('#origins').textContent()).toContain('SP-0412');
    expect(await page.locator('#gaps').textContent()).toContain('unpacked');
    expect(await page.locator('svg.path a.box').count()).toBeGreaterThan(8);
    expect(await page.locator('svg.path .link.possible').count()).toBeGreaterThan(0);
  });

  it('gives the same list as CSV, possible things apart', async () => {
    await using page = await open(tracePath(demo.world.badLot));
    const fetchList = async (list: string): Promise<string[]> => {
      const href = await page.locator(`#${list} a`, { hasText: 'CSV' }).getAttribute('href');
      const response = await page.request.get(demo.url + href!);
      expect(response.headers()['content-type']).toBe('text/csv; charset=utf-8');
      return (await response.text())
        .trim()
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(',')[0]!);
    };
    const truth = downstream(demo.world.truth, demo.world.badLot);
    expect((await fetchList('affected')).sort()).toEqual([...truth].sort());
    expect((await fetchList('possible')).filter((id) => truth.has(id))).toEqual([]);
  });

  it('finds the origin lots of one case that somebody scanned', async () => {
    await using page = await open('/');
    const { cases } = demo.world.livePallets[0]!;
    const [, stem, serial] = /sgtin:(\S+)\.(\d+)$/.exec(cases[0]!)!;
    expect(stem).toBe('9521002.100101');
    await page.getByRole('searchbox').fill(`]d20119521002001010\u001D21${serial}`);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/trace/);
    const origins = await page.locator('#origins').textContent();
    for (const lot of ['SP-0412', 'IM-7']) expect(origins).toContain(lot);
    expect(await page.locator('#gaps').textContent()).toContain('came from outside');
  });

  it('says in plain words that nobody has named a number, and what a wrong one is', async () => {
    await using page = await open('/');
    await page.getByRole('searchbox').fill('(01)09521001000116(10)NOBODY');
    const unknown = await page.request.get(`${demo.url}${tracePath('(01)09521001000116(10)NOBODY')}`);
    expect(unknown.status()).toBe(404);
    expect(await unknown.text()).toContain('Nobody has named this number');
    const wrong = await page.request.get(`${demo.url}${tracePath('09521001000117')}`);
    expect(wrong.status()).toBe(400);
    expect(await wrong.text()).toContain('no number that can be traced');
  });

  it('shows what was known at an earlier moment', async () => {
    await using page = await open(`${tracePath(demo.world.badLot)}&asOf=2035-01-01T00:00Z`);
    expect(await countOf(page, 'affected')).toBeGreaterThan(100);
    const before = await page.request.get(`${demo.url}${tracePath(demo.world.badLot)}&asOf=2001-01-01T00:00Z`);
    expect(before.status()).toBe(404);
  });

  it('names the same digest as the API', async () => {
    await using page = await open(tracePath(demo.world.badLot));
    const href = await page.locator('#proof a[aria-label*="Affected"]').getAttribute('href');
    const answer = (await (await page.request.get(demo.url + href!)).json()) as { digest: string; asOf: string };
    expect(answer.digest).toMatch(/^ni:\/\/\/sha-256;/);
    expect(await page.locator('#proof').textContent()).toContain(answer.digest);
    expect(await page.locator('#proof').textContent()).toContain(answer.asOf);
  });

  it('is worked by keyboard alone', async () => {
    await using page = await open(tracePath(demo.world.badLot));
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
  });
});

describe('every page', () => {
  const pages: [string, () => string][] = [
    ['start', () => '/'],
    ['trace', () => tracePath(demo.world.badLot)],
    ['item', () => tracePath(demo.world.livePallets[0]!.cases[0]!)],
    ['login', () => '/login'],
  ];

  it.each(pages)('%s breaks no accessibility rule, light or dark, wide or narrow', async (name, path) => {
    for (const [look, options] of [
      ['wide', { viewport: WIDE }],
      ['dark', { viewport: WIDE, colorScheme: 'dark' }],
      ['narrow', { viewport: NARROW }],
    ] as const) {
      await using page = await open(path(), options);
      expect(await violations(page), look).toEqual([]);
      expect(await overflow(page), look).toBe(0);
      await page.screenshot({ path: join(SHOTS, `${name}-${look}.png`), fullPage: name !== 'trace' });
    }
  });

  it('speaks Chinese to a browser that prefers it, and remembers a switch', async () => {
    await using page = await open('/', { locale: 'zh-CN' });
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-Hans');
    expect(await page.locator('h1').textContent()).toBe('它从哪里来，又去了哪里？');
    await page.screenshot({ path: join(SHOTS, 'start-zh.png') });
    await page.goto(demo.url + tracePath(demo.world.badLot));
    expect(await page.locator('#affected h2').textContent()).toContain('确定受影响');
    expect(await page.locator('#places').textContent()).toContain('车站广场');
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: join(SHOTS, 'trace-zh.png') });
    await page.getByRole('link', { name: 'English' }).click();
    await page.goto(`${demo.url}/`);
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });
});
