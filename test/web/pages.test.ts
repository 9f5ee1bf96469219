import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { buildAssets } from '../../src/entry/assets.ts';
import { demoWorld } from '../../src/entry/demo-world.ts';
import { addKey } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT, type Store, openStore } from '../../src/store/open.ts';
import { createPages } from '../../src/web/app.ts';

const NOW = Date.UTC(2026, 4, 20);
const LOT = 'urn:epc:class:lgtin:9521001.000011.SP-0412';
const TRACE = `/trace?${new URLSearchParams({ id: LOT }).toString()}`;

let store: Store;
let pages: Hono;
let open: Hono;
const keys: Record<'reader' | 'capture', string> = { reader: '', capture: '' };

beforeAll(async () => {
  store = await openStore({ memory: true });
  const clock = (): number => NOW;
  const logger = { error: () => undefined };
  for (const role of ['reader', 'capture'] as const) keys[role] = (await addKey(store, DEFAULT_TENANT, role, NOW)).key;
  const principal = { tenantId: DEFAULT_TENANT, keyId: 'test', role: 'operator' } as const;
  for (const document of demoWorld(1, Date.UTC(2026, 4, 1)).documents) {
    await capture({ store, clock }, principal, document, { behaviour: 'proceed' });
  }
  const assets = await buildAssets();
  pages = createPages({ store, clock, logger, assets });
  open = createPages({ store, clock, logger, assets, anonymousRole: 'reader' });
});

afterAll(() => store?.close());

const get = (path: string, key?: string, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(
    pages.request(path, { headers: { ...headers, ...(key === undefined ? {} : { cookie: `tagtrail_key=${key}` }) } }),
  );
const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
  Promise.resolve(
    pages.request(`http://localhost${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { origin: 'http://localhost', ...headers },
    }),
  );

describe('signing in', () => {
  it.each(['/', TRACE, '/trace.csv?id=x'])('%s asks for a key and comes back to the page', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(303);
    const to = new URL(response.headers.get('location')!, 'http://localhost');
    expect(to.pathname).toBe('/login');
    expect(to.searchParams.get('next')).toBe(path);
  });

  it('keeps a good key in a cookie that no script and no other site can use', async () => {
    const response = await post('/login', { key: ` ${keys.reader} `, next: TRACE });
    expect([response.status, response.headers.get('location')]).toEqual([303, TRACE]);
    const cookie = response.headers.get('set-cookie')!;
    for (const part of [`tagtrail_key=${keys.reader}`, 'HttpOnly', 'SameSite=Strict', 'Path=/']) {
      expect(cookie).toContain(part);
    }
    expect(cookie).not.toContain('Secure');
    const proxied = await post('/login', { key: keys.reader, next: '/' }, { 'x-forwarded-proto': 'https' });
    expect(proxied.headers.get('set-cookie')).toContain('Secure');
    expect((await get(TRACE, keys.reader)).status).toBe(200);
  });

  it.each(['', 'tt_wrong', 'x'.repeat(5000), "' or 1=1 --"])('refuses the key %j without a cookie', async (key) => {
    const response = await post('/login', { key, next: '//evil.example' });
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
    const text = await response.text();
    expect(text).toContain('This key is not known');
    expect(text).not.toContain('evil.example');
  });

  it('takes no sign-in from another site, and no endless one', async () => {
    const foreign = await post(
      '/login',
      { key: keys.reader },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    );
    expect(foreign.status).toBe(403);
    expect((await post('/login', { key: 'x'.repeat(20_000) })).status).toBe(413);
  });

  it('signs out', async () => {
    const response = await post('/logout', {});
    expect(response.headers.get('set-cookie')).toMatch(/tagtrail_key=;.*Max-Age=0/);
  });

  it('tells a key without the right that it may not', async () => {
    const response = await get(TRACE, keys.capture);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('Your key does not allow this');
  });
});

describe('every page', () => {
  it.each(['/', TRACE, '/login'])('%s runs nothing but our own files and is not kept', async (path) => {
    const response = await get(path, keys.reader);
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const text = await response.text();
    expect(text).not.toMatch(/ style=| on\w+="/);
    const inline = [...text.matchAll(/<script(?![^>]*(?:src=|application\/json))/g)];
    expect(inline).toEqual([]);
  });

  it('escapes what a stranger typed', async () => {
    const response = await get(`/trace?id=${encodeURIComponent('"><script>alert(1)</script>')}`, keys.reader);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('<script>alert');
  });

  it.each([
    ['no identifier', '/trace?id=', 303],
    ['too long a one', `/trace?id=${'x'.repeat(3000)}`, 400],
    ['a wrong check digit', '/trace?id=09521001000117', 400],
    ['no moment', `${TRACE}&asOf=tomorrow`, 400],
    ['a page far away', `${TRACE}&page=99999999999&possiblePage=-3`, 200],
    ['a number nobody named', '/trace?id=urn:epc:id:sgtin:9521001.000011.1', 404],
    ['a name of somebody’s own', '/trace?id=urn:example:drum:7', 404],
  ])('answers %s', async (_, path, status) => {
    expect((await get(path, keys.reader)).status).toBe(status);
  });

  it('reads the same thing from every form of its number', async () => {
    const forms = [
      LOT,
      '(01)09521001000116(10)SP-0412',
      'https://id.gs1.org/01/09521001000116/10/SP-0412',
      ']C1010952100100011610SP-0412',
    ];
    const digests = await Promise.all(
      forms.map(async (id) => {
        const text = await (await get(`/trace?${new URLSearchParams({ id }).toString()}`, keys.reader)).text();
        return /data-count="affected"><b>(\d+)</.exec(text)?.[1];
      }),
    );
    expect(new Set(digests).size).toBe(1);
    expect(Number(digests[0])).toBeGreaterThan(100);
  });

  it.each([
    ['en', 'Mass share'],
    ['zh', '质量占比'],
  ])('lists the mass share of what a lot went into, in %s', async (language, title) => {
    const page = await get(`/trace?${new URLSearchParams({ id: LOT }).toString()}`, keys.reader, {
      'accept-language': language,
    });
    expect(await page.text()).toMatch(new RegExp(`<td data-label="${title}"><div>[^<]+</div></td>`));
  });

  it('lets everybody read where the platform says so', async () => {
    expect((await open.request('/')).status).toBe(200);
  });

  it('names a place that came up later', async () => {
    const named = await get('/name?id=urn:epc:id:sgln:9521003.00101.0', keys.reader, { 'accept-language': 'zh' });
    expect(await named.text()).toBe('一店 集市街');
    expect(await (await get('/name?id=nonsense', keys.reader)).text()).toBe('');
  });
});

describe('assets', () => {
  it('are kept for ever under their version, and not sent again', async () => {
    const text = await (await get('/login')).text();
    const href = /href="(\/assets\/style\.css\?v=[^"]+)"/.exec(text)![1]!;
    const response = await get(href);
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(response.headers.get('content-type')).toContain('text/css');
    const etag = response.headers.get('etag')!;
    expect((await get(href, undefined, { 'if-none-match': etag })).status).toBe(304);
    expect((await get('/assets/nothing.js')).status).toBe(404);
  });

  it('are small', async () => {
    const sizes = [...(await buildAssets())].map(([name, { body }]): [string, number] => [name, body.byteLength]);
    expect(Object.fromEntries(sizes)).toEqual({
      'page.js': expect.any(Number) as number,
      'style.css': expect.any(Number) as number,
      'icon.svg': expect.any(Number) as number,
    });
    for (const [name, bytes] of sizes) expect(bytes, name).toBeLessThan(64 * 1024);
  });
});
