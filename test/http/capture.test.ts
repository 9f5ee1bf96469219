import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bare, documentOf, item, itemLink, observed, SITE } from './fixtures.ts';
import { type Answer, clientOf, DATABASES, startServer, type TestServer } from './server.ts';

const eventsOf = (res: Answer) => res.json.epcisBody.queryResults.resultsBody.eventList as Record<string, unknown>[];

describe.each(DATABASES)('capture and query on %s', (database) => {
  let server: TestServer;
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    call('POST', '/epcis/capture', { body, headers });
  const jobOf = async (res: Answer) => (await call('GET', res.headers.get('location')!)).json;
  const event = (id: unknown) => call('GET', `/epcis/events/${encodeURIComponent(String(id))}`);
  beforeAll(async () => {
    server = await startServer(database);
  });
  afterAll(() => server.stop());

  it('captures a document; its job and verdicts tell', async () => {
    const two = [observed(1), observed(2)];
    const res = await post(documentOf(two));
    expect(res.status, res.text).toBe(202);
    expect(res.headers.get('gs1-capture-error-behaviour')).toBe('rollback');
    expect(await jobOf(res)).toMatchObject({
      running: false,
      success: true,
      captureErrorBehaviour: 'rollback',
      errors: [],
    });
    const first = await call('GET', `${res.headers.get('location')}/events?perPage=1`);
    expect(first.json.member).toMatchObject([
      { index: 0, verdict: 'accepted', eventID: two[0]!['eventID'], hash: expect.stringMatching(/^ni:/) },
    ]);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link')!)![1]!;
    const second = await call('GET', next);
    expect(second.json.member).toMatchObject([{ index: 1, eventID: two[1]!['eventID'] }]);
    expect(second.headers.get('link')).toBeNull();
    expect((await call('GET', '/epcis/capture')).json[0].captureID).toBe((await jobOf(res)).captureID);
  });

  it.each(['rollback', 'proceed'] as const)('%s: one faulty event among good ones', async (behaviour) => {
    const good = observed(3);
    const bad = observed(3, { action: 'CREATE' });
    const res = await post(documentOf([good, bad]), { 'GS1-Capture-Error-Behaviour': behaviour });
    expect(await jobOf(res)).toMatchObject({
      success: false,
      captureErrorBehaviour: behaviour,
      errors: [{ eventIndex: 1, path: '/action' }],
    });
    expect((await event(good['eventID'])).status).toBe(behaviour === 'proceed' ? 200 : 404);
    expect((await event(bad['eventID'])).status).toBe(404);
    const { member } = (await call('GET', `${res.headers.get('location')}/events`)).json;
    expect(member[1]).toMatchObject({ verdict: 'rejected', reasons: [expect.any(String)] });
  });

  it('reports the same event again as a duplicate, and another of the same name as a conflict', async () => {
    const once = observed(4);
    await post(documentOf([once]));
    const again = await post(documentOf([once]));
    expect(await jobOf(again)).toMatchObject({ success: true });
    expect((await call('GET', `${again.headers.get('location')}/events`)).json.member).toMatchObject([
      { verdict: 'duplicate' },
    ]);
    const other = await call('POST', '/epcis/events', { body: bare({ ...once, epcList: [item(5)] }) });
    expect(other).toMatchObject({
      status: 409,
      json: { type: 'epcisException:ResourceAlreadyExistsException', duplicate: false },
    });
    expect(eventsOf(await event(once['eventID']))).toHaveLength(1);
  });

  it('stores one event before it answers', async () => {
    const single = observed(6);
    const res = await call('POST', '/epcis/events', { body: bare(single) });
    expect(res.status, res.text).toBe(201);
    const location = res.headers.get('location')!;
    expect(location).toBe(`/epcis/events/${encodeURIComponent(String(single['eventID']))}`);
    expect(eventsOf(await call('GET', location))).toMatchObject([
      { eventID: single['eventID'], epcList: [itemLink(6)] },
    ]);
    expect(
      await call('POST', '/epcis/events', { body: bare({ ...single, eventID: undefined, action: undefined }) }),
    ).toMatchObject({
      status: 400,
      json: { type: 'epcisException:ValidationException', errors: [{ path: '/action' }] },
    });
  });

  it.each([
    ['no document', { type: 'Letter' }, 400, 'ValidationException'],
    ['without a list of events', documentOf([], { epcisBody: {} }), 400, 'ValidationException'],
    ['a list of numbers', documentOf([1, 2]), 400, 'ValidationException'],
    ['cut short', '{"type":', 400, 'ValidationException'],
    ['an array', [], 400, 'ValidationException'],
  ])('refuses %s', async (_, body, status, name) => {
    expect(await post(body)).toMatchObject({ status, json: { type: `epcisException:${name}` } });
  });

  it('holds its announced limits exactly', async () => {
    const { headers } = await clientOf(server.url)('OPTIONS', '/epcis/capture');
    const events = Number(headers.get('gs1-epcis-capture-limit'));
    const bytes = Number(headers.get('gs1-epcis-capture-file-size-limit'));
    const many = (count: number) => documentOf(Array.from({ length: count }, () => observed(7)));
    expect((await post(many(events))).status).toBe(202);
    const long = JSON.stringify(documentOf([observed(7)])).padEnd(bytes, ' ');
    expect((await post(long)).status).toBe(202);
    for (const body of [many(events + 1), `${long} `]) {
      const res = await post(body);
      expect(res).toMatchObject({ status: 413, json: { type: 'epcisException:CaptureLimitExceededException' } });
      expect(res.headers.get('gs1-epcis-capture-limit')).toBe(String(events));
      expect(res.headers.get('gs1-epcis-capture-file-size-limit')).toBe(String(bytes));
    }
  });

  it('writes identifiers as asked', async () => {
    const one = observed(8);
    await post(documentOf([one]));
    const as = async (format: string) => {
      const res = await call('GET', `/epcis/events/${encodeURIComponent(String(one['eventID']))}`, {
        headers: { 'GS1-EPC-Format': format },
      });
      expect(res.headers.get('gs1-epc-format')).toBe(format === 'No_Preference' ? 'Always_GS1_Digital_Link' : format);
      return eventsOf(res)[0]!['epcList'];
    };
    expect(await as('Always_EPC_URN')).toEqual([item(8)]);
    expect(await as('Always_GS1_Digital_Link')).toEqual([itemLink(8)]);
    expect(await as('No_Preference')).toEqual([itemLink(8)]);
    expect(await as('Never_Translates')).toEqual([item(8)]);
  });

  it('keeps extensions under their prefix', async () => {
    const one = observed(9, { 'dairy:vat': 7 });
    await post(documentOf([one]));
    expect(eventsOf(await event(one['eventID']))[0]).toMatchObject({
      'dairy:vat': 7,
      '@context': [{ dairy: 'https://dairy.example.com/' }],
    });
  });

  it('finds by a Digital Link in the path, its slashes encoded', async () => {
    const one = observed(10);
    await post(documentOf([one]));
    for (const epc of [item(10), itemLink(10)]) {
      const res = await call('GET', `/epcis/epcs/${encodeURIComponent(epc)}/events`);
      expect(eventsOf(res).map((e) => e['eventID'])).toEqual([one['eventID']]);
      expect((await call('GET', `/epcis/epcs/${encodeURIComponent(epc)}`)).json.member).toEqual(['events']);
    }
    expect((await call('GET', `/epcis/epcs/${encodeURIComponent(item('none'))}/events`)).status).toBe(404);
    expect((await call('GET', '/epcis/eventTypes/PartyEvent')).status).toBe(404);
    expect(eventsOf(await call('GET', '/epcis/bizSteps/shipping/events?EQ_bizStep=receiving'))).toEqual([]);
  });

  it('lists what events have named, page by page', async () => {
    expect((await call('GET', '/epcis/bizSteps')).json.member).toContain('shipping');
    expect(
      (await call('GET', '/epcis/readPoints', { headers: { 'GS1-EPC-Format': 'Always_EPC_URN' } })).json.member,
    ).toContain(SITE);
    const seen: string[] = [];
    for (let path: string | undefined = '/epcis/epcs?perPage=3'; path;) {
      const res: Answer = await call('GET', path);
      expect(res.json.member.length).toBeLessThanOrEqual(3);
      seen.push(...res.json.member);
      path = /<([^>]+)>; rel="next"/.exec(res.headers.get('link') ?? '')?.[1];
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain(itemLink(10));
  });

  it.each([
    '/epcis/events?EQ_nothing=1',
    '/epcis/events?GE_eventTime=yesterday',
    '/epcis/events?perPage=0',
    '/epcis/events?nextPageToken=foreign',
    '/epcis/capture?perPage=2000',
    '/epcis/capture?nextPageToken=foreign',
    '/epcis/epcs?sort=up',
    '/epcis/events?eventCountLimit=1',
  ])('%s is 400', async (path) => {
    expect(await call('GET', path)).toMatchObject({
      status: 400,
      json: { type: 'epcisException:QueryParameterException' },
    });
  });

  it('takes a page token for its own list alone', async () => {
    const { headers } = await call('GET', '/epcis/bizSteps?perPage=1');
    const token =
      /nextPageToken=([^&>]+)/.exec(headers.get('link') ?? '')?.[1] ?? (await tokenOf('/epcis/epcs?perPage=1'));
    expect((await call('GET', `/epcis/dispositions?perPage=1&nextPageToken=${token}`)).status).toBe(400);
  });
  const tokenOf = async (path: string) =>
    /nextPageToken=([^&>]+)/.exec((await call('GET', path)).headers.get('link')!)![1]!;

  it('walks pages that neither repeat nor skip while events arrive', async () => {
    const walked = Array.from({ length: 25 }, (_, i) => observed(5000 + i));
    await post(documentOf(walked));
    const window = `GE_eventTime=${new Date(Date.UTC(2026, 2, 1) + 4000 * 60_000).toISOString()}`;
    const seen: unknown[] = [];
    for (let path: string | undefined = `/epcis/events?${window}&perPage=10&orderBy=eventTime`; path;) {
      const res: Answer = await call('GET', path);
      seen.push(...eventsOf(res).map((e) => e['eventID']));
      expect(Date.parse(res.headers.get('gs1-next-page-token-expires') ?? '9999-01-01')).toBeGreaterThan(Date.now());
      await post(documentOf([observed(4500), observed(5012), observed(9000)]));
      path = /<([^>]+)>; rel="next"/.exec(res.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toHaveLength(walked.length);
    expect(new Set(seen)).toEqual(new Set(walked.map((e) => e['eventID'])));
  });

  it('answers as JSON-LD to who asks for it', async () => {
    const res = await call('GET', '/epcis/events?perPage=1', { headers: { accept: 'application/ld+json' } });
    expect(res.headers.get('content-type')).toBe('application/ld+json');
    expect(res.json.type).toBe('EPCISQueryDocument');
  });

  it('lets each role do its own', async () => {
    const writer = clientOf(server.url, server.keys.capture);
    const reader = clientOf(server.url, server.keys.reader);
    const body = documentOf([observed(11)]);
    expect((await writer('POST', '/epcis/capture', { body })).status).toBe(202);
    expect((await writer('GET', '/epcis/events')).status).toBe(403);
    expect((await reader('POST', '/epcis/capture', { body })).status).toBe(403);
    expect((await reader('GET', '/epcis/events')).status).toBe(200);
  });
});
