// Master data over REST, on both databases: pages, versions, lost updates, and what queries make of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentOf, observed, SITE } from './fixtures.ts';
import { clientOf, DATABASES, startServer, type TestServer } from './server.ts';

const VTYPE = 'urn:epcglobal:epcis:vtype:';
const MDA = 'urn:epcglobal:cbv:mda:';
const seg = encodeURIComponent;
const SITE_LINK = 'https://id.gs1.org/414/9521141000014';
const DOCK = 'urn:epc:id:sgln:9521141.00001.dock1';
const SHOP = 'urn:epc:id:sgln:9521141.00002.0';

const named = (name: string, children: string[] = []) => ({
  attributes: [{ id: `${MDA}name`, attribute: name }],
  children,
});
const header = (type: string, id: string, name: string) => ({
  epcisHeader: {
    epcisMasterData: { vocabularyList: [{ type: VTYPE + type, vocabularyElementList: [{ id, ...named(name) }] }] },
  },
});

describe.each(DATABASES)('vocabularies on %s', (database) => {
  let server: TestServer;
  let call: ReturnType<typeof clientOf>;
  const path = (type: string, id: string, more = '') => `/epcis/vocabularies/${seg(type)}/${seg(id)}${more}`;

  beforeAll(async () => {
    server = await startServer(database);
    call = clientOf(server.url, server.keys.operator);
    const body = documentOf([observed(1, { bizLocation: { id: SHOP }, readPoint: { id: DOCK } })]);
    expect((await call('POST', '/epcis/capture', { body })).status).toBe(202);
  });
  afterAll(() => server.stop());

  it('puts, reads, replaces and removes an element, and keeps every version', async () => {
    const made = await call('PUT', path('places', SITE), { body: named('Old', [DOCK]) });
    expect([made.status, made.headers.get('etag')]).toEqual([201, '"1"']);
    expect(made.json).toMatchObject({ type: `${VTYPE}Location`, id: SITE_LINK, version: 1 });
    const between = new Date(Date.parse(made.json.recordTime)).toISOString();
    const replaced = await call('PUT', path(`${VTYPE}Location`, SITE_LINK), { body: named('New', [DOCK]) });
    expect([replaced.status, replaced.json.version]).toEqual([200, 2]);
    const same = await call('PUT', path('Location', SITE_LINK), { body: named('New', [DOCK]) });
    expect(same.json.version).toBe(2);

    const urn = { headers: { 'GS1-EPC-Format': 'Always_EPC_URN' } };
    const { json: now } = await call('GET', path('Location', SITE_LINK), urn);
    expect(now).toMatchObject({ id: SITE, children: [DOCK], attributes: [{ attribute: 'New' }] });
    expect(now.keyId).toEqual(expect.any(String));
    const { json: then } = await call('GET', path('Location', SITE, `?asOf=${seg(between)}`));
    expect(then).toMatchObject({ version: 1, attributes: [{ attribute: 'Old' }] });
    expect((await call('GET', path('Location', SITE, '?asOf=2020-01-01T00:00:00Z'))).status).toBe(404);

    expect((await call('DELETE', path('Location', SITE))).status).toBe(204);
    expect((await call('GET', path('Location', SITE))).status).toBe(404);
    expect((await call('DELETE', path('Location', SITE))).status).toBe(404);
    expect((await call('GET', path('Location', SITE, `?asOf=${seg(between)}`))).status).toBe(200);
    const first = await call('GET', path('Location', SITE, '/versions?perPage=2'));
    expect(first.json.member.map((v: { version: number; deleted?: true }) => [v.version, v.deleted])).toEqual([
      [3, true],
      [2, undefined],
    ]);
    const next = /<([^>]+)>/.exec(first.headers.get('link')!)![1]!;
    expect((await call('GET', next)).json.member).toMatchObject([{ version: 1 }]);
    const again = await call('PUT', path('Location', SITE), { body: named('Again') });
    expect([again.status, again.json.version]).toEqual([201, 4]);
  });

  it('loses no update: If-Match and If-None-Match', async () => {
    const at = path('parties', 'urn:epc:id:pgln:9521141.00000');
    const put = (headers: Record<string, string>, name = 'x') => call('PUT', at, { body: named(name), headers });
    expect((await put({ 'If-Match': '"1"' })).status).toBe(412);
    expect((await put({ 'If-None-Match': '*' }, 'a')).status).toBe(201);
    expect((await put({ 'If-None-Match': '*' }, 'b')).status).toBe(412);
    const both = await Promise.all(['c', 'd'].map((name) => put({ 'If-Match': '"1"' }, name)));
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 412]));
    expect((await call('DELETE', at, { headers: { 'If-Match': '"1"' } })).status).toBe(412);
    expect((await call('GET', at, { headers: { 'If-None-Match': '"2"' } })).status).toBe(304);
    expect((await call('DELETE', at, { headers: { 'If-Match': '"2"' } })).status).toBe(204);
  });

  it('takes a header as it takes a PUT, and names the capture', async () => {
    const product = 'urn:epc:idpat:sgtin:9521141.012345.*';
    for (const name of ['Milk', 'Milk', 'Whole milk']) {
      const body = documentOf([], header('EPCClass', product, name));
      expect((await call('POST', '/epcis/capture', { body })).status).toBe(202);
    }
    const { json } = await call('GET', path('products', product, '/versions'));
    expect(json.member.map((v: { version: number }) => v.version)).toEqual([2, 1]);
    const job = await call('GET', `/epcis/capture/${json.member[0].captureID}`);
    expect([job.status, job.json.success]).toEqual([200, true]);
  });

  it('lists types and, in pages, the elements of a type', async () => {
    const ids = Array.from({ length: 5 }, (_, i) => `urn:example:org:${database}:${i}`);
    for (const id of ids) await call('PUT', path('urn:example:vtype:org', id), { body: named(id) });
    const { json: types } = await call('GET', '/epcis/vocabularies');
    expect(types.member).toEqual([`${VTYPE}EPCClass`, `${VTYPE}Location`, 'urn:example:vtype:org']);
    const seen: string[] = [];
    for (let next: string | undefined = '/epcis/vocabularies/urn%3Aexample%3Avtype%3Aorg?perPage=2'; next;) {
      const page: Awaited<ReturnType<typeof call>> = await call('GET', next);
      expect(page.json.member.length).toBeLessThanOrEqual(2);
      seen.push(...page.json.member.map(({ id }: { id: string }) => id));
      next = /<([^>]+)>/.exec(page.headers.get('link') ?? '')?.[1];
    }
    expect(seen.toSorted()).toEqual(ids);
  });

  it('is what WD_ and HASATTR_ go by: the newest version, and none of a deleted one', async () => {
    const count = async (query: string): Promise<number> =>
      (await call('GET', `/epcis/events?${query}`)).json.epcisBody.queryResults.resultsBody.eventList.length;
    const below = `WD_bizLocation=${seg(SITE)}`;
    const has = `HASATTR_bizLocation=${seg(`${MDA}city`)}`;
    expect([await count(below), await count(has)]).toEqual([0, 0]);
    await call('PUT', path('BusinessLocation', SITE), { body: named('Site', [SHOP]) });
    await call('PUT', path('BusinessLocation', SHOP), { body: { attributes: [{ id: `${MDA}city`, attribute: 'X' }] } });
    expect([await count(below), await count(has)]).toEqual([1, 1]);
    await call('PUT', path('BusinessLocation', SITE), { body: named('Site', []) });
    await call('DELETE', path('BusinessLocation', SHOP));
    expect([await count(below), await count(has)]).toEqual([0, 0]);
  });

  it.each([
    ['GET', '/epcis/vocabularies/nonsense', undefined, 400],
    ['GET', path('places', 'urn:epc:id:sgln:06'), undefined, 400],
    ['GET', path('places', 'no uri'), undefined, 400],
    ['GET', path('places', SHOP, '?asOf=yesterday'), undefined, 400],
    ['GET', path('places', SHOP, '?when=now'), undefined, 400],
    ['GET', path('places', 'urn:example:none', '/versions'), undefined, 404],
    ['PUT', path('places', SHOP), { attributes: 'x' }, 400],
    ['PUT', path('places', SHOP), { children: ['not a uri'] }, 400],
    ['PUT', path('places', SHOP), { surplus: 1 }, 400],
    ['PUT', path('places', SHOP), { id: SITE }, 400],
    ['PUT', path('places', SHOP), { type: 'Party' }, 400],
    ['PUT', path('places', SHOP), { attributes: [{ id: 'urn:x:y', attribute: 'a\0b' }] }, 400],
    ['PUT', path('places', SHOP), { attributes: [{ id: 'urn:x:y', attribute: 'a'.repeat(300_000) }] }, 413],
    ['POST', path('places', SHOP), {}, 405],
  ])('%s %s %j is %i', async (method, at, body, status) => {
    const answer = await call(method, at, body === undefined ? {} : { body });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
  });

  it('lets readers read and nobody else write', async () => {
    const reader = clientOf(server.url, server.keys.reader);
    expect((await reader('GET', '/epcis/vocabularies')).status).toBe(200);
    expect((await reader('PUT', path('places', SHOP), { body: {} })).status).toBe(403);
    expect((await reader('DELETE', path('places', SHOP))).status).toBe(403);
  });
});
