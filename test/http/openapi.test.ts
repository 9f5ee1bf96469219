// docs/openapi.json is the checked-in copy of what the code says; `npx vitest run test/http/openapi -u` writes it anew.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/entry/version.ts';
import { clientOf, startServer, type TestServer } from './server.ts';

interface Operation {
  summary: string;
  responses: Record<string, unknown>;
  security: unknown[];
}

describe('openapi.json', () => {
  let server: TestServer;
  let text: string;
  let paths: Record<string, Record<string, Operation>>;
  beforeAll(async () => {
    server = await startServer('pglite', { version: VERSION });
    const { json } = await clientOf(server.url)('GET', '/api/openapi.json');
    text = `${JSON.stringify(json, null, 2)}\n`;
    paths = json.paths;
  });
  afterAll(() => server.stop());

  it('is the one in docs', async () => {
    await expect(text).toMatchFileSnapshot('../../docs/openapi.json');
  });

  it('refers only to what it holds', () => {
    const { components } = JSON.parse(text) as { components: Record<string, Record<string, object>> };
    const used = new Set([...text.matchAll(/"#\/components\/([^"]+)"/g)].map((m) => m[1]!));
    const held = Object.entries(components).flatMap(([kind, all]) => Object.keys(all).map((name) => `${kind}/${name}`));
    for (const name of used) expect(held).toContain(name);
    expect(used.size).toBeGreaterThan(20);
  });

  it('tells the truth about keys: what it calls open is, what it calls guarded is not', async () => {
    const anyone = clientOf(server.url);
    let guarded = 0;
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(operations)) {
        const { status } = await anyone(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x'));
        expect(status === 401, `${method} ${path}`).toBe(security.length > 0);
        if (security.length > 0) guarded++;
      }
    }
    expect(guarded).toBeGreaterThan(30);
  });

  it('has an operation for each path and method of the standard', () => {
    const standard = {
      '/epcis/': ['get'],
      '/epcis/capture': ['get', 'post'],
      '/epcis/capture/{captureID}': ['get'],
      '/epcis/events': ['get', 'post'],
      '/epcis/events/{eventID}': ['get'],
      '/epcis/epcs/{epc}/events': ['get'],
      '/epcis/bizLocations/{bizLocation}': ['get'],
      '/epcis/queries/{queryName}': ['delete', 'get'],
      '/epcis/queries/{queryName}/subscriptions/{subscriptionID}': ['delete', 'get'],
    };
    for (const [path, methods] of Object.entries(standard))
      expect(Object.keys(paths[path] ?? {}).sort(), path).toEqual(methods);
  });
});
