import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf, item, itemLink, LOT, LOT_LINK, madeFrom } from './fixtures.ts';
import { clientOf, DATABASES, startServer, type TestServer } from './server.ts';

describe.each(DATABASES)('trace over HTTP on %s', (database) => {
  let server: TestServer;
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  const ask = (op: string, id: string, query = '') => call('GET', `/api/trace/${op}/${encodeURIComponent(id)}${query}`);
  const lines = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  let before: string;
  beforeAll(async () => {
    server = await startServer(database);
    before = new Date(Date.now() - 60_000).toISOString();
    await call('POST', '/epcis/capture', { body: documentOf(madeFrom(LOT, ['1', '2'])) });
  });
  afterAll(() => server.stop());

  it('answers where an item came from, however it is spelt', async () => {
    for (const id of [item(1), itemLink(1), '(01)09521141123454(21)1']) {
      const res = await ask('back', id);
      expect(res.status, res.text).toBe(200);
      expect(res.json).toMatchObject({
        origins: [LOT],
        nodes: expect.arrayContaining([expect.objectContaining({ id: LOT, confidence: 'definite' })]),
        digest: expect.stringMatching(/^ni:/),
      });
    }
  });

  it('answers what a lot went into, in both spellings and in short', async () => {
    expect((await ask('forward', LOT, '?form=short')).json.affected).toEqual([item(1), item(2)]);
    const short = (await ask('forward', LOT_LINK, '?epcs=dl&form=short')).json;
    expect(short.affected).toEqual([itemLink(1), itemLink(2)]);
    expect(short).not.toHaveProperty('nodes');
  });

  it('tells the share of the root in each node, as JSON and in either spelling', async () => {
    const quantity = (lot: string, kilograms: number) => ({
      epcClass: `urn:epc:class:lgtin:9521141.012345.${lot}`,
      quantity: kilograms,
      uom: 'KGM',
    });
    const mixed = {
      type: 'TransformationEvent',
      eventTime: '2026-05-02T08:00:00Z',
      eventTimeZoneOffset: '+00:00',
      inputQuantityList: [quantity('RAW1', 1), quantity('RAW2', 3)],
      outputQuantityList: [quantity('MIX', 4)],
    };
    await call('POST', '/epcis/capture', { body: documentOf([mixed]) });
    const root = quantity('RAW1', 1).epcClass;
    for (const query of ['', '?epcs=dl'])
      expect((await ask('forward', root, query)).json.nodes).toMatchObject([{ depth: 1, fraction: 0.25 }]);
    expect((await ask('forward', LOT)).json.nodes).toMatchObject([{ fraction: 1 }, { fraction: 1 }]);
  });

  it('is asked as of a moment, and then answers the same for ever', async () => {
    const asOf = new Date(Date.now() + 1000).toISOString();
    const first = (await ask('forward', LOT, `?asOf=${asOf}`)).json;
    expect(first.asOf).toBe(asOf);
    expect((await ask('forward', LOT, `?asOf=${asOf}`)).json.digest).toBe(first.digest);
    const unknown = (await ask('forward', LOT, `?asOf=${encodeURIComponent(before)}`)).json;
    expect(unknown.nodes).toEqual([]);
    expect(unknown.gaps).toMatchObject([{ code: 'UNKNOWN_ID' }]);
  });

  it('takes an id that nobody has named for a question', async () => {
    expect(await ask('back', item('nobody'))).toMatchObject({
      status: 200,
      json: { origins: [], gaps: [{ code: 'UNKNOWN_ID' }] },
    });
  });

  it.each([
    ['back', item(1), '?asOf=yesterday', 400],
    ['back', item(1), '?depth=3', 400],
    ['back', item(1), '?asOf=2026-01-01T00:00:00Z&asOf=2026-01-02T00:00:00Z', 400],
    ['back', item(1), '?epcs=hex', 400],
    ['back', item(1), '?policy=none', 400],
    ['back', '(01)09521141123450(21)1', '', 400],
    ['sideways', item(1), '', 404],
  ])('%s %s%s is %i', async (op, id, query, status) => {
    const res = await ask(op, id, query);
    expect(res.status, res.text).toBe(status);
    expect(res.headers.get('content-type')).toBe('application/problem+json');
  });

  it('says how a Digital Link stands in a path', async () => {
    const path = '/api/trace/back/https://id.gs1.org/01/09521141123454/21/1';
    const res = await call('GET', path);
    expect(res.status).toBe(404);
    expect(res.json.detail).toContain('percent-encoded');
    expect((await call('GET', '/api/nowhere')).json.detail).not.toContain('percent-encoded');
  });

  it('answers a batch line by line, in either form', async () => {
    const questions = [
      { id: 'a', op: 'forward', of: LOT },
      { id: 'b', op: 'back', of: item(2), asOf: before },
      { op: 'where', of: item(2) },
    ];
    const bodies = {
      'application/x-ndjson': questions.map((q) => JSON.stringify(q)).join('\n'),
      'application/json': JSON.stringify(questions),
    };
    for (const [type, body] of Object.entries(bodies)) {
      const res = await call('POST', '/api/trace', { body, headers: { 'content-type': type } });
      expect(res.status, res.text).toBe(200);
      expect(res.headers.get('content-type')).toBe('application/x-ndjson');
      expect(lines(res.text)).toMatchObject([
        { id: 'a', op: 'forward', of: LOT, affected: [item(1), item(2)] },
        { id: 'b', origins: [], gaps: [{ code: 'UNKNOWN_ID' }] },
        { op: 'where', of: item(2), location: expect.stringContaining('9521141') },
      ]);
    }
  });

  it.each([
    ['{"op":"back"}', 'question 0'],
    [`{"op":"back","of":"${item(1)}"}\n{"op":`, 'question 1'],
    [Array.from({ length: 10_001 }, () => '{}').join('\n'), 'at most'],
  ])('refuses a batch that is wrong before it answers anything', async (body, says) => {
    const res = await call('POST', '/api/trace', { body, headers: { 'content-type': 'application/x-ndjson' } });
    expect(res.status).toBeGreaterThanOrEqual(400);
    expect(res.json.detail).toContain(says);
  });

  it('is for those with the right', async () => {
    const path = `/api/trace/back/${encodeURIComponent(item(1))}`;
    expect((await clientOf(server.url)('GET', path)).status).toBe(401);
    expect((await clientOf(server.url, server.keys.capture)('GET', path)).status).toBe(403);
    expect((await clientOf(server.url, server.keys.reader)('GET', path)).status).toBe(200);
  });
});
