// Alerts as they are raised: told by webhook and as a stream.
import { createHmac } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Delivery } from '../../src/capture/deliver.ts';
import { problemOf } from '../../src/http/problem.ts';
import { addKey, revokeKey } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT } from '../../src/store/open.ts';
import { SECRET_KEY, startReceiver } from './receiver.ts';
import { opening, type RecallServer, startRecalls } from './recall-server.ts';
import { clientOf, DATABASES } from './server.ts';

const WAIT = { timeout: 10_000, interval: 20 };
const TOKEN = 'a secret of the gate';

describe.each(DATABASES)('alerts on %s', (database) => {
  let server: RecallServer;
  let delivery: Delivery;
  const stopping = new AbortController();
  let count = 0;
  beforeAll(async () => {
    server = await startRecalls(database);
    const { store, platform } = server;
    const reach = { allowPrivate: true };
    const { logger } = platform;
    delivery = new Delivery({
      store, clock: Date.now, logger, reach, secretKey: SECRET_KEY, problemOf, pauseMs: 20,
    }); // prettier-ignore
    platform.webhooks = delivery;
    platform.live = { stopping: stopping.signal, subscribe: () => () => {} };
  });
  afterAll(async () => {
    await delivery.stop();
    await server.stop();
  });

  /** Puts a lot on hold and sees it at gates, so that as many alerts are raised. */
  async function seen(gates: number): Promise<string> {
    const n = ++count;
    const at = n * 100;
    const made = await server.tell(`\nm${n}@${at} O ADD l:H${n}.1=10KGM`);
    const id = made.names.uri(`l:H${n}.1`);
    const { status } = await server.as('coordinator')('POST', '/api/recalls', opening([{ id }]));
    expect(status).toBe(201);
    const events = Array.from({ length: gates }, (_, i) => `g${n}${i}@${at + 1 + i} O OBSERVE l:H${n}.1=10KGM rp=GATE`);
    await server.tell(events.join('\n'));
    return id;
  }
  const newest = async (): Promise<number> =>
    (await server.as('capture')('GET', '/api/alerts?limit=1000')).json.at(-1)?.number ?? 0;

  it('are POSTed to a receiver as they are raised, signed, again until they are taken, and no more once it is ended', async () => {
    const { calls, url, close } = await startReceiver((_call, n) => (n === 1 ? 503 : 204));
    const path = '/api/alerts/subscriptions';
    const before = await newest();
    const made = await server.as('capture')('POST', path, { dest: url, signatureToken: TOKEN });
    expect(made.status, made.text).toBe(201);
    const its = `${path}/${made.json.subscriptionID}`;
    expect(made.headers.get('location')).toBe(its);
    expect(made.json).toMatchObject({ dest: url, toldUpTo: before });
    const id = await seen(2);
    await vi.waitFor(async () => {
      const { json } = await server.as('capture')('GET', its);
      expect(json).toMatchObject({ toldUpTo: before + 2, lastNotifiedAt: expect.any(String) });
    }, WAIT);
    const [first, ...taken] = calls;
    expect(first!.json.alerts[0]).toMatchObject({ number: before + 1, id, kind: 'gate' });
    for (const { body, headers } of calls)
      expect(headers['gs1-signature']).toBe(`hmac-sha256=${createHmac('sha256', TOKEN).update(body).digest('hex')}`);
    const told = taken.flatMap(({ json }) => json.alerts);
    expect(told).toEqual((await server.as('capture')('GET', `/api/alerts?after=${before}`)).json);
    expect(taken[0]!.json).toMatchObject({ type: 'RecallAlerts', subscriptionID: made.json.subscriptionID });

    const all = await startReceiver();
    const again = await server.as('quality')('POST', path, { dest: all.url, after: 0 });
    await vi.waitFor(() => expect(all.calls.flatMap(({ json }) => json.alerts)).toHaveLength(before + 2), WAIT);
    const page = await server.as('reader')('GET', `${path}?perPage=1`);
    expect(page.json).toMatchObject([{ subscriptionID: made.json.subscriptionID }]);
    const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link')!)![1]!;
    expect((await server.as('reader')('GET', next)).json).toMatchObject([
      { subscriptionID: again.json.subscriptionID },
    ]);
    // it is no subscription of SOAP, nor of another key
    expect(await server.as('reader')('DELETE', its)).toMatchObject({ status: 403, json: { right: 'others' } });
    for (const one of [its, `${path}/${again.json.subscriptionID}`])
      expect((await server.as('operator')('DELETE', one)).status).toBe(204);
    expect((await server.as('operator')('GET', its)).status).toBe(404);
    expect((await server.as('operator')('DELETE', its)).status).toBe(404);
    const [calledBefore] = [calls.length];
    const other = await startReceiver();
    await server.as('capture')('POST', path, { dest: other.url });
    await seen(1);
    await vi.waitFor(() => expect(other.calls).toHaveLength(1), WAIT);
    expect(calls).toHaveLength(calledBefore);
    await Promise.all([close(), all.close(), other.close()]);
  });

  it('are refused a receiver that may not be called, and one without an address', async () => {
    for (const body of [{}, { dest: 'mailto:x@example.com' }, { dest: 'http://x.example/', after: -1 }]) {
      const { status } = await server.as('capture')('POST', '/api/alerts/subscriptions', body);
      expect(status).toBe(400);
    }
    expect((await server.as('partner')('GET', '/api/alerts/subscriptions')).status).toBe(403);
  });

  async function streamed(query: string, key: string) {
    const gone = new AbortController();
    const res = await fetch(`${server.url}/api/alerts${query}`, {
      headers: { authorization: `Bearer ${key}`, accept: 'application/x-ndjson' },
      signal: gone.signal,
    });
    expect(res.headers.get('content-type')).toContain('application/x-ndjson');
    const alerts: { number: number; id: string }[] = [];
    const lines = createInterface({ input: Readable.fromWeb(res.body as never) });
    lines.on('line', (line) => line !== '' && alerts.push(JSON.parse(line)));
    const ended = new Promise<void>((resolve) => lines.on('close', resolve));
    return { alerts, ended, leave: () => gone.abort() };
  }

  it('come as a stream, from now on or from behind a number, until the key is revoked or the process stops', async () => {
    const { key, id: keyId } = await addKey(server.store, DEFAULT_TENANT, 'capture', Date.now());
    const before = await newest();
    const fresh = await streamed('', key);
    const all = await streamed('?after=0&limit=1', server.keys.reader);
    const id = await seen(2);
    await vi.waitFor(() => expect(fresh.alerts).toHaveLength(2), WAIT);
    expect(fresh.alerts).toMatchObject([
      { number: before + 1, id, kind: 'gate' },
      { number: before + 2, id },
    ]);
    await vi.waitFor(() => expect(all.alerts.map(({ number }) => number)).toContain(before + 2), WAIT);
    expect(all.alerts.map(({ number }) => number)).toEqual(Array.from({ length: before + 2 }, (_, i) => i + 1));
    await revokeKey(server.store, DEFAULT_TENANT, keyId, Date.now());
    await fresh.ended;
    stopping.abort();
    await all.ended;
    const asked = clientOf(server.url, server.keys.reader);
    delete server.platform.live;
    expect((await asked('GET', '/api/alerts', { headers: { accept: 'application/x-ndjson' } })).status).toBe(501);
  });
});
