import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { onCommitted } from '../../src/capture/capture.ts';
import { revokeKey, addKey } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT } from '../../src/store/open.ts';
import { documentOf, observed } from './fixtures.ts';
import { clientOf, DATABASES, startServer, type TestServer } from './server.ts';

const WAIT = { timeout: 10_000, interval: 20 };

describe.each(DATABASES)('websockets on %s', (database) => {
  let server: TestServer;
  const open: WebSocket[] = [];
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  beforeAll(async () => {
    server = await startServer(database);
    server.platform.live = {
      stopping: new AbortController().signal,
      subscribe: (tenantId, listener) =>
        onCommitted(server.store, (committed) => committed.tenantId === tenantId && listener(committed.events)),
    };
  });
  afterEach(() => {
    for (const ws of open.splice(0)) ws.terminate();
  });
  afterAll(() => server.stop());

  let n = 0;
  async function query(more: object = {}): Promise<{ path: string; bizStep: string }> {
    const bizStep = ['shipping', 'receiving', 'packing', 'picking', 'loading'][n++ % 5]!;
    const body = { name: `w${n}`, query: { EQ_bizStep: [bizStep], ...more } };
    expect((await call('POST', '/epcis/queries', { body })).status).toBe(201);
    return { path: `/epcis/queries/w${n}/events`, bizStep };
  }
  let serial = 200_000;
  async function captured(bizStep: string, count = 1): Promise<string[]> {
    const events = Array.from({ length: count }, () => observed(serial++, { bizStep }));
    expect((await call('POST', '/epcis/capture', { body: documentOf(events) })).status).toBe(202);
    return events.map(({ eventID }) => String(eventID));
  }

  interface Listening {
    ws: WebSocket;
    // oxlint-disable-next-line typescript/no-explicit-any -- tests look into messages of every shape
    messages: any[];
    ids: string[];
    headers: Record<string, unknown>;
    closed: Promise<[code: number, reason: string]>;
  }
  /** Connects; the answer's headers once it is open. */
  async function connect(path: string, { key = server.keys.reader, byProtocol = false } = {}): Promise<Listening> {
    const url = server.url.replace('http', 'ws') + path;
    const ws = byProtocol
      ? new WebSocket(url, ['bearer', key])
      : new WebSocket(url, { headers: { authorization: `Bearer ${key}` } });
    open.push(ws);
    const listening: Listening = { ws, messages: [], ids: [], headers: {}, closed: Promise.resolve([0, '']) };
    listening.closed = new Promise((resolve) => ws.on('close', (code, reason) => resolve([code, reason.toString()])));
    ws.on('message', (data: Buffer, isBinary) => {
      expect(isBinary).toBe(false);
      const json = JSON.parse(data.toString());
      listening.messages.push(json);
      const events = json.epcisBody?.queryResults.resultsBody.eventList ?? [];
      listening.ids.push(...events.map((event: { eventID: string }) => event.eventID));
    });
    ws.on('upgrade', (answer) => (listening.headers = answer.headers));
    await new Promise((resolve, reject) => ws.on('open', resolve).on('error', reject));
    return listening;
  }
  /** The answer to an upgrade that is refused. */
  const refused = (path: string, headers: Record<string, string> = {}): Promise<{ status: number; json: unknown }> =>
    new Promise((resolve, reject) => {
      const asked = request(server.url + path, {
        headers: {
          authorization: `Bearer ${server.keys.reader}`,
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': Buffer.alloc(16, 1).toString('base64'),
          ...headers,
        },
      });
      asked.on('response', (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += String(chunk)));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, json: JSON.parse(text) }));
      });
      asked.on('upgrade', (_answer, socket) => {
        socket.destroy();
        reject(new Error('it was upgraded'));
      });
      asked.on('error', reject).end();
    });

  it('tell what is committed from the handshake on, in its order, within a second', { retry: 2 }, async () => {
    const { path, bizStep } = await query();
    await captured(bizStep);
    const { messages, ids, headers } = await connect(`${path}?stream=true`);
    expect(Date.parse(String(headers['gs1-query-min-record-time']))).toBeGreaterThan(0);
    expect(headers['gs1-epcis-version']).toBe('2.0.0');
    const wanted = [...(await captured(bizStep, 2)), ...(await captured(bizStep))];
    const at = Date.now();
    await captured('inspecting');
    await vi.waitFor(() => expect(ids).toEqual(wanted), WAIT);
    expect(Date.now() - at).toBeLessThan(1000);
    expect(messages[0]).toMatchObject({
      type: 'EPCISQueryDocument',
      epcisBody: { queryResults: { queryName: path.split('/')[3] } },
    });
  });

  it('take their key in the protocol, and narrow the query by their parameters', async () => {
    const { path, bizStep } = await query();
    const { ids, ws } = await connect(`${path}?stream=true&EQ_action=DELETE`, { byProtocol: true });
    expect(ws.protocol).toBe('bearer');
    await captured(bizStep);
    const events = [observed(serial++, { bizStep, action: 'DELETE' })];
    await call('POST', '/epcis/capture', { body: documentOf(events) });
    await vi.waitFor(() => expect(ids).toEqual([events[0]!.eventID]), WAIT);
  });

  it('resume from initialRecordTime on', async () => {
    const { path, bizStep } = await query();
    const wanted = await captured(bizStep, 3);
    const { ids } = await connect(`${path}?stream=true&initialRecordTime=2020-01-01T00:00:00Z`);
    await vi.waitFor(() => expect(ids.slice(-3)).toEqual(wanted), WAIT);
    wanted.push(...(await captured(bizStep)));
    await vi.waitFor(() => expect(ids.slice(-4)).toEqual(wanted), WAIT);
  });

  it('tell by a schedule, also of nothing where it is asked for', async () => {
    const { path, bizStep } = await query();
    const loud = await connect(`${path}?second=${encodeURIComponent('[0-59]')}&reportIfEmpty=true`);
    const quiet = await connect(`${path}?second=${encodeURIComponent('[0-59]')}`);
    await vi.waitFor(() => expect(loud.messages.length).toBeGreaterThan(0), WAIT);
    const wanted = await captured(bizStep);
    await vi.waitFor(() => expect([loud.ids, quiet.ids]).toEqual([wanted, wanted]), WAIT);
    expect(quiet.messages).toHaveLength(1);
  });

  it('tell of more than maxEventCount by a problem document, and go on', async () => {
    const { path, bizStep } = await query({ maxEventCount: 1 });
    const { messages, ids } = await connect(`${path}?stream=true`);
    await captured(bizStep, 2);
    await vi.waitFor(() => expect(messages).toHaveLength(1), WAIT);
    expect(messages[0]).toMatchObject({ type: 'epcisException:QueryTooLargeException', status: 413 });
    const wanted = await captured(bizStep);
    await vi.waitFor(() => expect(ids).toEqual(wanted), WAIT);
  });

  it('close when the query is removed', async () => {
    const { path } = await query();
    const { closed } = await connect(`${path}?stream=true`);
    expect((await call('DELETE', path.replace('/events', ''))).status).toBe(204);
    expect(await closed).toEqual([1000, 'the query was removed']);
  });

  it('close when the key is revoked', async () => {
    const { path } = await query();
    const { key, id } = await addKey(server.store, DEFAULT_TENANT, 'reader', Date.now());
    const { closed } = await connect(`${path}?stream=true`, { key });
    await revokeKey(server.store, DEFAULT_TENANT, id, Date.now());
    expect(await closed).toEqual([1008, 'the key opens nothing any more']);
  });

  it.each([
    ['neither stream nor schedule', '', {}, 400, 'SubscriptionControlsException'],
    ['both', '?stream=true&second=0', {}, 400, 'SubscriptionControlsException'],
    ['stream=maybe', '?stream=maybe', {}, 400, 'SubscriptionControlsException'],
    ['second=75', '?second=75', {}, 400, 'SubscriptionControlsException'],
    ['an unknown parameter', '?stream=true&EQ_colour=red', {}, 400, 'QueryParameterException'],
    ['no key', '?stream=true', { authorization: '' }, 401, 'SecurityException'],
    ['a wrong key', '?stream=true', { authorization: 'Bearer tt_x' }, 401, 'SecurityException'],
  ])('are refused with %s by a problem document', async (_what, parameters, headers, status, name) => {
    const { path } = await query();
    const answer = await refused(path + parameters, headers);
    expect(answer).toMatchObject({ status, json: { type: `epcisException:${name}` } });
  });

  it('do not count a cookie as a key: a foreign page could send it', async () => {
    const { path } = await query();
    const cookie = `tagtrail_key=${server.keys.reader}`;
    const answer = await refused(`${path}?stream=true`, { authorization: '', cookie });
    expect(answer.status).toBe(401);
  });

  it('are refused where there is no query, and below other resources', async () => {
    expect(await refused('/epcis/queries/none/events?stream=true')).toMatchObject({
      status: 404,
      json: { type: 'epcisException:NoSuchNameException' },
    });
    expect((await refused('/epcis/none')).status).toBe(404);
  });

  it('are limited in number', async () => {
    const { path } = await query();
    const sockets: Listening[] = [];
    let answer: { status: number } = { status: 101 };
    while (sockets.length < 100 && answer.status === 101) {
      answer = await connect(`${path}?stream=true`).then(
        (one) => {
          sockets.push(one);
          return { status: 101 };
        },
        () => ({ status: 503 }),
      );
    }
    expect(answer.status).toBe(503);
    expect(sockets.length).toBeGreaterThan(30);
    for (const { ws } of sockets) ws.close();
    await Promise.all(sockets.map(({ closed }) => closed));
    await vi.waitFor(() => connect(`${path}?stream=true`), WAIT);
  });

  it('close when the server stops', async () => {
    const other = await startServer(database);
    try {
      const ask = clientOf(other.url, other.keys.operator);
      await ask('POST', '/epcis/queries', { body: { name: 'q', query: {} } });
      const ws = new WebSocket(`${other.url.replace('http', 'ws')}/epcis/queries/q/events?stream=true`, {
        headers: { authorization: `Bearer ${other.keys.reader}` },
      });
      const closed = new Promise((resolve) => ws.on('close', resolve));
      await new Promise((resolve) => ws.on('open', resolve));
      await other.stop();
      expect(await closed).toBe(1001);
    } catch (error) {
      await other.stop();
      throw error;
    }
  });
});
