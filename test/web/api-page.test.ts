// The reading page of the REST interface: everything of the document, in both languages, nothing from other hosts.
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { openApiOf } from '../../src/http/openapi.ts';
import { type Store, openStore } from '../../src/store/open.ts';
import { createPages } from '../../src/web/app.ts';

const quiet = (): void => {};

describe('/api/docs', () => {
  let store: Store;
  let pages: Hono;
  let document: { paths: Record<string, Record<string, { summary: string }>> };
  beforeAll(async () => {
    store = await openStore({ memory: true });
    const logger = { info: quiet, warn: quiet, error: quiet };
    const platform = { store, clock: Date.now, logger, version: '1.2.3', captureEventsMax: 1, captureBytesMax: 1 };
    const app = createApp(platform);
    document = openApiOf(app, '1.2.3') as typeof document;
    pages = createPages({ store, clock: Date.now, logger, openApi: () => document });
  });
  afterAll(() => store.close());

  const textOf = async (path: string): Promise<string> => (await pages.request(path)).text();

  it('shows each operation with its summary, parameters and answers, without a key', async () => {
    const response = await pages.request('/api/docs');
    expect([response.status, response.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("default-src 'none'"),
    ]);
    const text = await response.text();
    const plain = text
      .replaceAll('&#39;', "'")
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>');
    let count = 0;
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { summary }] of Object.entries(operations)) {
        expect(plain).toContain(`${method.toUpperCase()} ${path}</strong>`);
        expect(plain).toContain(summary);
        count += 1;
      }
    }
    expect(text.match(/<details class="operation"/g)).toHaveLength(count);
    expect(plain).toContain('GS1-Capture-Error-Behaviour');
    expect(plain).toContain('curl -X PUT "$URL/epcis/vocabularies/{type}/{id}"');
    expect(plain).not.toContain('$ref');
    expect(plain).not.toMatch(/\[object|undefined/);
  });

  it('has names of its own for every part, and links to them alone', async () => {
    const text = await textOf('/api/docs');
    const ids = [...text.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of text.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
    expect([...text.matchAll(/(?:src|href|action)="(?:https?:)?\/\//g)]).toEqual([]);
  });

  it('has a Chinese frame', async () => {
    const text = await textOf('/api/docs?lang=zh');
    for (const word of ['REST 接口', '参数', '应答', '请求体']) expect(text).toContain(word);
  });

  it('escapes what the document says', async () => {
    const evil = {
      info: { title: 'x', version: '<script>' },
      components: {},
      paths: { '/<b>': { get: { summary: '<i>', responses: {} } } },
    };
    const app = createPages({ store, clock: Date.now, logger: { error: quiet }, openApi: () => evil });
    const text = await (await app.request('/api/docs')).text();
    expect(text).not.toMatch(/<script>|<i>|<b>/);
  });

  it('is not there without a document', async () => {
    const app = createPages({ store, clock: Date.now, logger: { error: quiet } });
    expect((await app.request('/api/docs')).status).toBe(404);
  });
});
