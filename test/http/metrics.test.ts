import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { documentOf, observed } from './fixtures.ts';
import { type CallingServer, startCalling, startReceiver } from './receiver.ts';
import { clientOf } from './server.ts';

describe('metrics', () => {
  let server: CallingServer;
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  beforeAll(async () => {
    server = await startCalling('pglite');
  });
  afterAll(() => server.stop());

  /** Every sample by its name with labels. */
  async function samples(): Promise<Map<string, number>> {
    const { status, headers, text } = await call('GET', '/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4');
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    // the text format: a name, labels, a number
    for (const line of lines) expect(line).toMatch(/^tagtrail_[a-z_]+(?:\{(?:[a-z]+="[^"\\]*",?)+\})? [\d.e-]+$/);
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  }

  it('are for the operator', async () => {
    expect((await clientOf(server.url)('GET', '/metrics')).status).toBe(401);
    expect((await clientOf(server.url, server.keys.reader)('GET', '/metrics')).status).toBe(403);
  });

  it('count requests by route and status, with their times; a path that nobody has is no label', async () => {
    await call('GET', '/epcis/events/urn:uuid:00000000-0000-4000-8000-000000000001');
    await call('GET', '/some/stranger/1');
    await call('GET', '/some/stranger/2');
    const route = 'route="/epcis/events/:eventID",method="GET"';
    const found = await samples();
    expect(found.get(`tagtrail_http_requests_total{${route},status="404"}`)).toBe(1);
    expect(found.get('tagtrail_http_requests_total{route="other",method="GET",status="404"}')).toBe(2);
    const buckets = [...found].filter(([name]) =>
      name.startsWith(`tagtrail_http_request_duration_seconds_bucket{${route}`),
    );
    const counts = buckets.map(([, count]) => count);
    expect(buckets.at(-1)).toEqual([`tagtrail_http_request_duration_seconds_bucket{${route},le="+Inf"}`, 1]);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(found.get(`tagtrail_http_request_duration_seconds_count{${route}}`)).toBe(1);
    expect([...found.keys()].join()).not.toContain('stranger');
  });

  it('count events by verdict, and calls to subscribers', async () => {
    const receiver = await startReceiver((_, n) => (n === 1 ? 500 : 204));
    try {
      await call('POST', '/epcis/queries', { body: { name: 'counted', query: {} } });
      const body = { dest: receiver.url, stream: true };
      expect((await call('POST', '/epcis/queries/counted/subscriptions', { body })).status).toBe(201);
      const before = await samples();
      const [one, two] = [observed(1), observed(2)];
      const wrong = { ...observed(3), action: 'CREATE' };
      const headers = { 'GS1-Capture-Error-Behaviour': 'proceed' };
      await call('POST', '/epcis/capture', { body: documentOf([one, two, two, wrong]), headers });
      const after = async (name: string): Promise<number> =>
        (await samples()).get(`tagtrail_${name}`)! - before.get(`tagtrail_${name}`)!;
      const verdicts = ['accepted', 'duplicate', 'rejected'].map((verdict) =>
        after(`capture_events_total{verdict="${verdict}"}`),
      );
      expect(await Promise.all(verdicts)).toEqual([2, 1, 1]);
      expect((await samples()).get('tagtrail_capture_queue_events')).toBe(0);
      await vi.waitFor(async () => expect(await after('subscription_events_total')).toBe(2), { timeout: 10_000 });
      expect(await after('subscription_calls_total{outcome="taken"}')).toBe(1);
      expect(await after('subscription_calls_total{outcome="refused"}')).toBe(1);
    } finally {
      await receiver.close();
    }
  });
});
