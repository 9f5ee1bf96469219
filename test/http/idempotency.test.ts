import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claim } from '../../src/capture/idempotency.ts';
import { claimKey } from '../../src/store/idempotency.ts';
import { DEFAULT_TENANT } from '../../src/store/open.ts';
import { bare, documentOf, item, observed } from './fixtures.ts';
import { clientOf, DATABASES, startServer, type TestServer } from './server.ts';

const DAY_MS = 24 * 3600 * 1000;
let count = 0;
const freshKey = (): string => `test-${++count}`;

describe.each(DATABASES)('Idempotency-Key on %s', (database) => {
  let server: TestServer;
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  const post = (body: unknown, key: string, headers: Record<string, string> = {}) =>
    call('POST', '/epcis/capture', { body, headers: { 'idempotency-key': key, ...headers } });
  const jobs = async (): Promise<number> => (await call('GET', '/epcis/capture?perPage=1000')).json.length;
  beforeAll(async () => {
    server = await startServer(database);
  });
  afterAll(() => server.stop());

  it('the same document again gives the same job, and does nothing', async () => {
    const key = freshKey();
    const body = documentOf([observed(1)]);
    const first = await post(body, key);
    const before = await jobs();
    for (const again of [await post(body, key), await post(body, `"${key}"`)]) {
      expect(again.status).toBe(202);
      expect(again.headers.get('location')).toBe(first.headers.get('location'));
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    }
    expect(await jobs()).toBe(before);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
  });

  it('another document, or other headers, are 422', async () => {
    const key = freshKey();
    const body = documentOf([observed(2)]);
    expect((await post(body, key)).status).toBe(202);
    for (const other of [
      await post(documentOf([observed(2)]), key),
      await post(body, key, { 'GS1-Capture-Error-Behaviour': 'proceed' }),
    ]) {
      expect(other).toMatchObject({ status: 422, json: { type: 'epcisException:IdempotencyKeyReusedException' } });
    }
  });

  it('of many at the same time one captures; the others hear of it, or of its job', async () => {
    const key = freshKey();
    const body = documentOf(Array.from({ length: 20 }, () => observed(3)));
    const before = await jobs();
    const all = await Promise.all(Array.from({ length: 8 }, () => post(body, key)));
    expect(new Set(all.map(({ status }) => status).filter((status) => status !== 409))).toEqual(new Set([202]));
    expect(new Set(all.map(({ headers }) => headers.get('location')).filter((at) => at !== null)).size).toBe(1);
    for (const { json } of all.filter(({ status }) => status === 409))
      expect(json.type).toBe('epcisException:IdempotencyConflictException');
    expect(await jobs()).toBe(before + 1);
    expect((await post(body, key)).status).toBe(202);
  });

  it('two clients never meet, and how a body is packed does not matter', async () => {
    const key = freshKey();
    const body = documentOf([observed(4)]);
    const first = await post(body, key);
    const partner = clientOf(server.url, server.keys.partner);
    const theirs = await partner('POST', '/epcis/capture', {
      body: documentOf([observed(4)]),
      headers: { 'idempotency-key': key },
    });
    expect(theirs.status).toBe(202);
    const packed = await fetch(`${server.url}/epcis/capture`, {
      method: 'POST',
      body: new Uint8Array(gzipSync(JSON.stringify(body))),
      headers: {
        authorization: `Bearer ${server.keys.operator}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'idempotency-key': key,
      },
    });
    expect(packed.headers.get('location')).toBe(first.headers.get('location'));
  });

  it('a refusal binds nothing: the corrected document goes under the same key', async () => {
    const key = freshKey();
    expect((await post(documentOf([], { type: 'Letter' }), key)).status).toBe(400);
    expect((await post(documentOf([observed(5)]), key)).status).toBe(202);
  });

  it('one event alone is stored once, and a refused one refused again', async () => {
    const send = (event: Record<string, unknown>, key: string) =>
      call('POST', '/epcis/events', { body: bare(event), headers: { 'idempotency-key': key } });
    const one = observed(6);
    const key = freshKey();
    const first = await send(one, key);
    const again = await send(one, key);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect((await send(one, freshKey())).status).toBe(409);
    const other = freshKey();
    for (let i = 0; i < 2; i++) expect((await send({ ...one, epcList: [item(60)] }, other)).status).toBe(409);
  });

  it.each(['', 'x'.repeat(256), 'with blank'])('%j is no key: 400', async (key) => {
    expect((await post(documentOf([observed(7)]), key)).status).toBe(400);
  });

  it('a key whose capture broke off is free again after two minutes, any after its days', async () => {
    const key = { keyId: 'k', key: freshKey(), fingerprint: new Uint8Array(32) };
    const at = (captureId: string, now: number, of = key) => claim(server.store, DEFAULT_TENANT, of, captureId, now);
    const [a, b, c] = ['a', 'b', 'c'].map((x) => `${x.repeat(8)}-0000-7000-8000-000000000000`) as [
      string,
      string,
      string,
    ];
    const now = Date.now();
    expect(await at(a, now)).toBe(a);
    await expect(at(b, now + 1000)).rejects.toMatchObject({ code: 'conflict' });
    expect(await at(b, now + 121_000)).toBe(b);
    const later = { ...key, fingerprint: new Uint8Array(32).fill(1) };
    await expect(at(c, now + 130_000, later)).rejects.toMatchObject({
      detail: { rule: 'IdempotencyKeyReusedException' },
    });
    expect(await at(c, now + 8 * DAY_MS, later)).toBe(c);
    const swept = { ...key, key: freshKey() };
    await claimKey(server.store, DEFAULT_TENANT, swept, a, now + 30 * DAY_MS);
    expect(await server.store.query('select key from idempotency_key where key_id = $1', ['k'])).toEqual([
      { key: swept.key },
    ]);
  });

  it('dryRun=true tells every verdict and stores nothing', async () => {
    const [known, fresh] = [observed(8), observed(8)];
    await call('POST', '/epcis/capture', { body: documentOf([known]) });
    const before = await jobs();
    const body = documentOf([known, fresh, observed(8, { action: 'SEE' })]);
    const res = await call('POST', '/epcis/capture?dryRun=true', {
      body,
      headers: { 'GS1-Capture-Error-Behaviour': 'proceed' },
    });
    expect(res).toMatchObject({
      status: 200,
      json: {
        success: false,
        captureErrorBehaviour: 'proceed',
        errors: [{ eventIndex: 2, path: '/action' }],
        verdicts: [{ verdict: 'duplicate' }, { verdict: 'accepted' }, { verdict: 'rejected' }],
      },
    });
    expect(await jobs()).toBe(before);
    expect((await call('GET', `/epcis/events/${encodeURIComponent(String(fresh['eventID']))}`)).status).toBe(404);
    expect((await call('POST', '/epcis/capture?dryRun=perhaps', { body })).status).toBe(400);
  });
});
