import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { documentOf, observed } from './fixtures.ts';
import { type CallingServer, type Receiver, startCalling, startReceiver } from './receiver.ts';
import { clientOf, DATABASES } from './server.ts';

const TOKEN = 'the token of one receiver';
const WAIT = { timeout: 10_000, interval: 20 };
const FAILURES_MAX = 4;

describe.each(DATABASES)('webhook subscriptions on %s', (database) => {
  let server: CallingServer;
  let n = 0;
  const open: Receiver[] = [];
  const receiver = async (...args: Parameters<typeof startReceiver>): Promise<Receiver> => {
    const one = await startReceiver(...args);
    open.push(one);
    return one;
  };
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  beforeAll(async () => {
    server = await startCalling(database, { failuresMax: FAILURES_MAX });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  afterAll(() => server.stop());

  /** A query of its own for each test, which sees the events of its own bizStep. */
  async function query(more: Record<string, unknown> = {}): Promise<{ path: string; bizStep: string }> {
    const step = ['shipping', 'receiving', 'packing', 'picking', 'loading', 'storing', 'unloading', 'unpacking'];
    const bizStep = step[n++ % step.length]!;
    const name = `q${n}`;
    const query = { EQ_bizStep: [bizStep], ...more };
    expect((await call('POST', '/epcis/queries', { body: { name, query } })).status).toBe(201);
    return { path: `/epcis/queries/${name}/subscriptions`, bizStep };
  }
  async function subscribe(path: string, dest: string, more: object = { stream: true }) {
    const made = await call('POST', path, { body: { dest, signatureToken: TOKEN, ...more } });
    expect([made.status, made.text]).toEqual([201, expect.any(String)]);
    return made;
  }
  let serial = 100_000;
  /** Captures events of a bizStep; their eventIDs. */
  async function captured(bizStep: string, count = 1): Promise<string[]> {
    const events = Array.from({ length: count }, () => observed(serial++, { bizStep }));
    const { status } = await call('POST', '/epcis/capture', { body: documentOf(events) });
    expect(status).toBe(202);
    return events.map(({ eventID }) => String(eventID));
  }

  it('are made, shown without their secret, listed page by page, and ended', async () => {
    const { path } = await query();
    const dest = 'http://127.0.0.1:9/none';
    const made = await subscribe(path, dest, { schedule: { hour: '1', minute: '5' }, reportIfEmpty: true });
    const { subscriptionID } = made.json;
    expect(made.headers.get('location')).toBe(`${path}/${subscriptionID}`);
    expect(made.json).toMatchObject({
      dest,
      schedule: { hour: '1', minute: '5' },
      reportIfEmpty: true,
      epcFormat: 'Always_GS1_Digital_Link',
    });
    const other = await subscribe(path, dest, { stream: true, initialRecordTime: '2020-04-04T20:33:31.116-06:00' });
    expect(other.json).toMatchObject({ stream: true, initialRecordTime: '2020-04-05T02:33:31.116Z' });
    const first = await call('GET', `${path}?perPage=1`);
    const link = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')![1]!;
    const listed = [...first.json, ...(await call('GET', link)).json];
    expect(listed.map((one) => one.subscriptionID)).toEqual([subscriptionID, other.json.subscriptionID]);
    const one = await call('GET', `${path}/${subscriptionID}`);
    expect(one.json).toMatchObject({ subscriptionID, minRecordTime: made.json.minRecordTime });
    const options = await call('OPTIONS', `${path}/${subscriptionID}`);
    expect(options.headers.get('gs1-query-min-record-time')).toBe(made.json.minRecordTime);
    const open = await clientOf(server.url)('OPTIONS', `${path}/${subscriptionID}`);
    expect([open.status, open.headers.get('gs1-query-min-record-time')]).toEqual([204, null]);
    for (const { text } of [made, other, one, first]) expect(text).not.toContain(TOKEN);
    expect((await call('DELETE', `${path}/${subscriptionID}`)).status).toBe(204);
    const gone = { status: 404, json: { type: 'epcisException:NoSuchNameException' } };
    expect(await call('GET', `${path}/${subscriptionID}`)).toMatchObject(gone);
    expect(await call('DELETE', `${path}/${subscriptionID}`)).toMatchObject(gone);
    expect(await call('GET', '/epcis/queries/none/subscriptions')).toMatchObject(gone);
    expect((await call('DELETE', path.replace('/subscriptions', ''))).status).toBe(204);
    expect(await call('GET', path)).toMatchObject(gone);
    expect(JSON.stringify(server.log)).not.toContain(TOKEN);
  });

  it('are ended by the key that made them, or by an operator', async () => {
    const dest = 'http://127.0.0.1:9/none';
    const [partner, reader] = [server.keys.partner, server.keys.reader].map((key) => clientOf(server.url, key));
    const body = { name: 'shared', query: {} };
    expect((await partner!('POST', '/epcis/queries', { body })).status).toBe(201);
    const path = '/epcis/queries/shared/subscriptions';
    const made = await reader!('POST', path, { body: { dest, stream: true } });
    expect(made.status).toBe(201);
    const its = `${path}/${made.json.subscriptionID}`;
    const own = await partner!('POST', path, { body: { dest, stream: true } });
    const refused = {
      status: 403,
      json: {
        type: 'epcisException:SecurityException',
        right: 'others',
        detail: expect.stringContaining('another key'),
      },
    };
    expect(await partner!('DELETE', its)).toMatchObject(refused);
    expect(await reader!('DELETE', `${path}/${own.json.subscriptionID}`)).toMatchObject(refused);
    // the reader's subscription would go with the partner's query
    for (const client of [partner!, reader!])
      expect(await client('DELETE', '/epcis/queries/shared')).toMatchObject(refused);
    expect((await partner!('GET', its)).status).toBe(200);
    expect((await reader!('DELETE', its)).status).toBe(204);
    expect((await partner!('DELETE', '/epcis/queries/shared')).status).toBe(204);
    expect((await partner!('DELETE', '/epcis/queries/shared')).status).toBe(404);
    expect((await reader!('POST', '/epcis/queries', { body })).status).toBe(201);
    expect((await call('DELETE', '/epcis/queries/shared')).status).toBe(204);
  });

  it.each([
    ['neither stream nor schedule', {}, 'SubscriptionControlsException'],
    ['stream: false alone', { stream: false }, 'SubscriptionControlsException'],
    ['both', { stream: true, schedule: { second: '0' } }, 'SubscriptionControlsException'],
    ['second 75', { schedule: { second: '75' } }, 'SubscriptionControlsException'],
    ['a day that never comes', { schedule: { dayOfMonth: '31', month: '2' } }, 'SubscriptionControlsException'],
    ['stream as a text', { stream: 'true' }, 'SubscriptionControlsException'],
    ['a wrong time', { stream: true, initialRecordTime: 'yesterday' }, 'SubscriptionControlsException'],
    ['an unknown member', { stream: true, secret: 'x' }, 'SubscriptionControlsException'],
    ['an empty token', { stream: true, signatureToken: '' }, 'SubscriptionControlsException'],
    ['no dest', { stream: true, dest: undefined }, 'InvalidURIException'],
    ['a dest that is none', { stream: true, dest: 'receiver' }, 'InvalidURIException'],
    ['a file', { stream: true, dest: 'file:///etc/passwd' }, 'InvalidURIException'],
    ['a user in the dest', { stream: true, dest: 'http://u:p@127.0.0.1/' }, 'InvalidURIException'],
  ])('are refused with %s', async (_what, body, name) => {
    const { path } = await query();
    const answer = await call('POST', path, { body: { dest: 'http://127.0.0.1:9/none', ...body } });
    expect(answer).toMatchObject({ status: 400, json: { type: `epcisException:${name}` } });
    expect((await call('GET', path)).json).toEqual([]);
  });

  it('a query that is cut to a count is asked, not subscribed to', async () => {
    const { path } = await query({ eventCountLimit: 1, orderBy: 'eventTime' });
    const answer = await call('POST', path, { body: { dest: 'http://127.0.0.1:9/none', stream: true } });
    expect(answer).toMatchObject({ status: 400, json: { type: 'epcisException:SubscriptionControlsException' } });
  });

  it(
    'tell what is captured within a second, signed, in the order of capture, and nothing else',
    { retry: 2 },
    async () => {
      const { calls, taken, url } = await receiver();
      const { path, bizStep } = await query();
      await captured(bizStep);
      const { json } = await subscribe(path, url);
      const wanted = [...(await captured(bizStep)), ...(await captured(bizStep, 3))];
      const at = Date.now();
      await captured('inspecting');
      await vi.waitFor(() => expect(taken).toEqual(wanted), WAIT);
      expect(calls.at(-1)!.at - at).toBeLessThan(1000);
      for (const { headers, body, json: report } of calls) {
        const mac = createHmac('sha256', TOKEN).update(body).digest('hex');
        expect(headers['gs1-signature']).toBe(`hmac-sha256=${mac}`);
        expect(headers['content-type']).toBe('application/json');
        expect(report).toMatchObject({
          type: 'EPCISQueryDocument',
          epcisBody: { queryResults: { subscriptionID: json.subscriptionID, queryName: path.split('/')[3] } },
        });
      }
      await vi.waitFor(async () => {
        const { json: shown } = await call('GET', `${path}/${json.subscriptionID}`);
        expect(Date.parse(shown.lastNotifiedAt)).toBeGreaterThanOrEqual(Date.parse(shown.createdAt));
      }, WAIT);
    },
  );

  it('tell what was captured before, from initialRecordTime on', async () => {
    const { taken, url } = await receiver();
    const { path, bizStep } = await query();
    const old = await captured(bizStep);
    const { json } = await call('GET', `/epcis/events/${encodeURIComponent(old[0]!)}`);
    const wanted = await captured(bizStep, 2);
    const since = json.epcisBody.queryResults.resultsBody.eventList[0].recordTime as string;
    const next = new Date(Date.parse(since) + 1).toISOString();
    await subscribe(path, url, { stream: true, initialRecordTime: next });
    await vi.waitFor(() => expect(taken).toEqual(wanted), WAIT);
  });

  it('tell in the format that was asked for', async () => {
    const { calls, url } = await receiver();
    const { path, bizStep } = await query();
    const made = await call('POST', path, {
      body: { dest: url, stream: true },
      headers: { 'GS1-EPC-Format': 'Always_EPC_URN' },
    });
    expect(made.json.epcFormat).toBe('Always_EPC_URN');
    await captured(bizStep);
    await vi.waitFor(() => expect(calls).toHaveLength(1), WAIT);
    expect(calls[0]!.body.toString()).toContain('urn:epc:id:sgtin:');
    expect(calls[0]!.headers).not.toHaveProperty('gs1-signature');
  });

  it('never tell what was rolled back', async () => {
    const { taken, url } = await receiver();
    const { path, bizStep } = await query();
    await subscribe(path, url);
    const lost = documentOf([observed(serial++, { bizStep }), observed(serial++, { bizStep, action: 'CREATE' })]);
    const job = await call('POST', '/epcis/capture', { body: lost });
    expect([202, 400]).toContain(job.status);
    const wanted = await captured(bizStep);
    await vi.waitFor(() => expect(taken).toEqual(wanted), WAIT);
  });

  it('wait for a receiver that is down, and lose and repeat nothing', async () => {
    const first = await receiver((_call, count) => (count === 2 ? 500 : 204));
    const { path, bizStep } = await query();
    const { json } = await subscribe(path, first.url);
    const wanted = await captured(bizStep);
    await vi.waitFor(() => expect(first.taken).toEqual(wanted), WAIT);
    wanted.push(...(await captured(bizStep, 2)));
    await vi.waitFor(() => expect(first.taken).toEqual(wanted), WAIT);
    const port = Number(new URL(first.url).port);
    await first.close();
    const later = await captured(bizStep);
    await vi.waitFor(async () => {
      const { json: shown } = await call('GET', `${path}/${json.subscriptionID}`);
      expect(shown.failure).toContain('ECONNREFUSED');
    }, WAIT);
    const second = await receiver(() => 204, port);
    later.push(...(await captured(bizStep)));
    await vi.waitFor(() => expect(second.taken).toEqual(later), WAIT);
    const { json: shown } = await call('GET', `${path}/${json.subscriptionID}`);
    expect(shown).not.toHaveProperty('failure');
  });

  it('send fewer events to a receiver that answers 413', async () => {
    const { calls, taken, url } = await receiver(({ eventIDs }) => (eventIDs.length > 3 ? 413 : 204));
    const { path, bizStep } = await query();
    await subscribe(path, url);
    const wanted = await captured(bizStep, 20);
    await vi.waitFor(() => expect(taken).toEqual(wanted), WAIT);
    expect(calls.map(({ eventIDs }) => eventIDs.length).slice(0, 4)).toEqual([20, 10, 5, 3]);
  });

  it('do not follow redirects, and pause with their reason shown after so many failures', async () => {
    const { calls, url } = await receiver(
      () => 302,
      0,
      (answer, code) => void answer.writeHead(code, { location: 'http://127.0.0.1:1/elsewhere' }).end(),
    );
    const { path, bizStep } = await query();
    const { json } = await subscribe(path, url);
    await captured(bizStep);
    await vi.waitFor(async () => {
      const { json: shown } = await call('GET', `${path}/${json.subscriptionID}`);
      expect(shown).toMatchObject({ failures: FAILURES_MAX, pausedAt: expect.any(String) });
      expect(shown.failure).toBe('The receiver answered 302; redirects are not followed.');
    }, WAIT);
    expect(calls).toHaveLength(FAILURES_MAX);
    expect(new Set(calls.map(({ body }) => body.toString().replace(/"creationDate":"[^"]*"/, ''))).size).toBe(1);
  });

  it('tell by a schedule, also of nothing where it is asked for', async () => {
    const quiet = await receiver();
    const loud = await receiver();
    const { path, bizStep } = await query();
    const schedule = { second: '[0-59]' };
    await subscribe(path, quiet.url, { schedule });
    await subscribe(path, loud.url, { schedule, reportIfEmpty: true });
    await vi.waitFor(() => expect(loud.calls.length).toBeGreaterThan(1), WAIT);
    expect(loud.calls[0]!.json.epcisBody.queryResults.resultsBody.eventList).toEqual([]);
    const wanted = await captured(bizStep, 2);
    await vi.waitFor(() => expect([loud.taken, quiet.taken]).toEqual([wanted, wanted]), WAIT);
    expect(quiet.calls).toHaveLength(1);
  });

  it('tell of more than maxEventCount by a problem document, and go on', async () => {
    const { calls, taken, url } = await receiver();
    const { path, bizStep } = await query({ maxEventCount: 2 });
    await subscribe(path, url);
    await captured(bizStep, 3);
    await vi.waitFor(() => expect(calls).toHaveLength(1), WAIT);
    expect(calls[0]!.headers['content-type']).toBe('application/problem+json');
    expect(calls[0]!.json).toMatchObject({ type: 'epcisException:QueryTooLargeException', status: 413 });
    expect(calls[0]!.headers['gs1-signature']).toMatch(/^hmac-sha256=[0-9a-f]{64}$/);
    const wanted = await captured(bizStep, 2);
    await vi.waitFor(() => expect(taken).toEqual(wanted), WAIT);
  });

  it('end with the call that is under way', async () => {
    let proceed = (): void => {};
    const held = new Promise<void>((resolve) => (proceed = resolve));
    const { calls, url } = await receiver(async () => {
      await held;
      return 204;
    });
    const { path, bizStep } = await query();
    const { json } = await subscribe(path, url);
    await captured(bizStep);
    await vi.waitFor(() => expect(calls).toHaveLength(1), WAIT);
    expect((await call('DELETE', `${path}/${json.subscriptionID}`)).status).toBe(204);
    await captured(bizStep, 2);
    proceed();
    const other = await receiver();
    await subscribe(path, other.url);
    const wanted = await captured(bizStep);
    await vi.waitFor(() => expect(other.taken).toEqual(wanted), WAIT);
    expect(calls).toHaveLength(1);
  });
});
