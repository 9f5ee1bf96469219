// A database that goes away in the middle, and comes back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../postgres.ts';
import { documentOf, observed } from './fixtures.ts';
import { clientOf, startServer, type TestServer } from './server.ts';

describe('a database killed under the platform', () => {
  let database: Postgres;
  let server: TestServer;
  beforeAll(async () => {
    database = await startPostgres();
    server = await startServer('postgres', {}, database.url);
  });
  afterAll(async () => {
    await server.stop();
    await database.stop();
  });

  it('is told as 503, loses nothing that was acknowledged, and is used again when it is back', async () => {
    const call = clientOf(server.url, server.keys.operator);
    const [kept, refused] = [observed(1), observed(2)];
    expect((await call('POST', '/epcis/capture', { body: documentOf([kept]) })).status).toBe(202);
    await database.kill();
    expect(await call('GET', '/healthz')).toMatchObject({ status: 503, json: { database: { status: 'down' } } });
    for (const path of ['/epcis/events', '/api/trace/back/urn:epc:id:sscc:9521141.1000000001']) {
      const res = await call('GET', path);
      expect(res).toMatchObject({ status: 503, json: { type: 'epcisException:ImplementationException' } });
      expect(Number(res.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(res.text).not.toMatch(/127\.0\.0\.1|select /);
    }
    expect((await call('POST', '/epcis/capture', { body: documentOf([refused]) })).status).toBe(503);
    await database.start();
    await expect.poll(async () => (await call('GET', '/healthz')).status, { timeout: 20_000 }).toBe(200);
    const found = async (event: Record<string, unknown>) =>
      (await call('GET', `/epcis/events/${encodeURIComponent(String(event['eventID']))}`)).status;
    expect([await found(kept), await found(refused)]).toEqual([200, 404]);
  });
});
