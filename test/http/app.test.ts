import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, DATABASES, startServer, type TestServer } from './server.ts';

describe.each(DATABASES)('the application on %s', (database) => {
  let server: TestServer;
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  beforeAll(async () => {
    server = await startServer(database);
  });
  afterAll(() => server.stop());

  it('is healthy', async () => {
    const res = await clientOf(server.url)('GET', '/healthz');
    expect(res).toMatchObject({
      status: 200,
      json: { status: 'up', version: '0.0.0-test', database: { status: 'up' } },
    });
  });

  it('lists its resources', async () => {
    for (const path of ['/epcis', '/epcis/']) {
      const res = await call('GET', path);
      expect(res.status).toBe(200);
      expect(res.json.member).toHaveLength(9);
      expect(res.headers.get('gs1-epcis-version')).toBe('2.0.0');
    }
  });

  it('takes a key in four ways', async () => {
    const key = server.keys.reader;
    const anyone = clientOf(server.url);
    const ways: Record<string, string>[] = [
      { authorization: `Bearer ${key}` },
      { authorization: `Basic ${btoa(`anyone:${key}`)}` },
      { 'x-api-key': key },
      { cookie: `theme=dark; tagtrail_key=${key}` },
    ];
    for (const headers of ways) expect((await anyone('GET', '/epcis/', { headers })).status).toBe(200);
  });

  it.each<[Record<string, string>]>([
    [{}],
    [{ authorization: 'Bearer wrong-key' }],
    [{ authorization: 'Bearer tt_000000000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
    [{ authorization: 'Basic !!!' }],
    [{ authorization: 'Digest x' }],
    [{ authorization: 'Bearer ' }],
    [{ 'x-api-key': 'x'.repeat(5000) }],
  ])('refuses %j with 401', async (headers) => {
    const res = await clientOf(server.url)('GET', '/epcis/', { headers });
    expect(res).toMatchObject({ status: 401, json: { type: 'epcisException:SecurityException', instance: '/epcis/' } });
    expect(res.headers.get('content-type')).toBe('application/problem+json');
  });

  it('does not take a cookie for what changes something', async () => {
    const headers = { cookie: `tagtrail_key=${server.keys.operator}` };
    expect((await clientOf(server.url)('POST', '/api/keys', { headers, body: { role: 'reader' } })).status).toBe(401);
  });

  it('makes keys for those who may, once shown', async () => {
    const made = await call('POST', '/api/keys', { body: { role: 'capture' } });
    expect(made).toMatchObject({ status: 201, json: { role: 'capture', key: expect.stringMatching(/^tt_/) } });
    expect(JSON.stringify(server.log)).not.toContain(made.json.key);
    const other = clientOf(server.url, made.json.key);
    expect(await other('POST', '/api/keys', { body: { role: 'operator' } })).toMatchObject({
      status: 403,
      json: { type: 'epcisException:SecurityException', right: 'keys' },
    });
    expect((await other('GET', '/epcis/')).status).toBe(403);
    expect((await call('POST', '/api/keys', { body: { role: 'king' } })).json).toMatchObject({
      status: 400,
      errors: [{ path: '/role' }],
    });
  });

  it.each(['/epcis/', '/epcis/queries', '/epcis/queries/x/subscriptions'])('OPTIONS %s needs no key', async (path) => {
    const res = await clientOf(server.url)('OPTIONS', path);
    expect(res.status).toBe(204);
    expect(res.headers.get('allow')).toMatch(/OPTIONS/);
    const versions = { version: '2.0.0', min: '1.2.0', max: '2.0.0' };
    for (const [name, value] of Object.entries(versions)) expect(res.headers.get(`gs1-epcis-${name}`)).toBe(value);
    expect(res.headers.has('gs1-cbv-min')).toBe(!path.endsWith('subscriptions'));
  });

  it.each([
    ['PUT', '/epcis/', 405, 'about:blank'],
    ['GET', '/epcis/nothing', 404, 'epcisException:NoSuchResourceException'],
    ['GET', '/nothing', 404, 'epcisException:NoSuchResourceException'],
    ['GET', `/epcis/?x=${'x'.repeat(70_000)}`, 414, 'epcisException:URITooLongException'],
  ])('%s %s is a problem document', async (method, path, status, type) => {
    const res = await call(method, path);
    expect(res).toMatchObject({ status, json: { status, type } });
    expect(res.headers.get('content-type')).toBe('application/problem+json');
  });

  it('answers in no form that it does not have', async () => {
    expect(await call('GET', '/epcis/', { headers: { accept: 'text/csv' } })).toMatchObject({ status: 406 });
    expect(await call('GET', '/epcis/', { headers: { 'GS1-EPCIS-Max': '1.2.0' } })).toMatchObject({ status: 406 });
  });

  it('tells headers without end from a long URI', async () => {
    const res = await new Promise<{ status?: number; type?: string }>((resolve, reject) => {
      const req = request(`${server.url}/healthz`, { headers: { 'x-long': 'x'.repeat(300_000) } }, (r) => {
        resolve({ status: r.statusCode!, type: r.headers['content-type']! });
        r.resume();
      });
      req.on('error', reject).end();
    });
    expect(res).toEqual({ status: 431, type: 'application/problem+json' });
  });

  it('gives each request an id and one line in the log', async () => {
    const before = server.log.length;
    const own = await call('GET', '/epcis/?secret=1', { headers: { 'x-request-id': 'my-request-0001' } });
    const given = await call('GET', '/healthz', { headers: { 'x-request-id': '<bad>' } });
    expect(own.headers.get('x-request-id')).toBe('my-request-0001');
    expect(given.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    const lines = server.log.slice(before);
    expect(lines.map((l) => [l.message, l.fields['path'], l.fields['status']])).toEqual([
      ['request', '/epcis/', 200],
      ['request', '/healthz', 200],
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});

describe('without its database', () => {
  it('is not healthy, and refuses what needs one', async () => {
    const server = await startServer('pglite');
    await server.store.close();
    const call = clientOf(server.url, server.keys.operator);
    expect(await call('GET', '/healthz')).toMatchObject({
      status: 503,
      json: { status: 'down', database: { status: 'down' } },
    });
    const refused = await call('GET', '/epcis/');
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(refused.json.type).toBe('epcisException:ImplementationException');
    await server.stop();
  });
});

describe('for everybody', () => {
  it('reads without a key where the entry says so, and writes nothing', async () => {
    const server = await startServer('pglite', { anonymousRole: 'reader' });
    const anyone = clientOf(server.url);
    expect((await anyone('GET', '/epcis/')).status).toBe(200);
    expect((await anyone('POST', '/api/keys', { body: { role: 'reader' } })).status).toBe(401);
    expect((await anyone('GET', '/epcis/', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    await server.stop();
  });
});
