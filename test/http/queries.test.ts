import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import type { Queries, Store } from '../../src/store/open.ts';
import { documentOf, item, itemLink, observed } from './fixtures.ts';
import { type Answer, clientOf, DATABASES, startServer, type TestServer } from './server.ts';

const NS = 'https://dairy.example.com/';
const EXTENSIONS = { 'GS1-Extensions': `dairy=${NS}` };
type Events = { eventID: string; epcList?: string[] }[];
const eventsOf = ({ json }: Answer): Events => json.epcisBody.queryResults.resultsBody.eventList;
const next = ({ headers }: Answer): string | undefined => /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];

describe.each(DATABASES)('queries on %s', (database) => {
  let server: TestServer;
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  beforeAll(async () => {
    server = await startServer(database);
    const events = [
      ...[1, 2, 3, 4, 5].map((n) => observed(n, { 'dairy:fat': n / 2, bizStep: n < 4 ? 'shipping' : 'receiving' })),
      observed(6, { epcList: [itemLink(600)], readPoint: { id: 'https://id.gs1.org/414/4012345000016' } }),
    ];
    const { status } = await call('POST', '/epcis/capture', { body: documentOf(events) });
    expect(status).toBe(202);
  });
  afterAll(() => server.stop());

  const fat = { '@context': [{ d: NS }], 'GE_d:fat': 1, orderBy: 'd:fat', orderDirection: 'ASC' };
  const make = (name: unknown, query: unknown = fat, headers = {}) =>
    call('POST', '/epcis/queries', { body: { name, query }, headers });

  it('are named, listed, run, narrowed and removed', async () => {
    const made = await make('low fat/½');
    expect(made.status).toBe(201);
    const address = made.headers.get('location')!;
    expect(address).toBe('/epcis/queries/low%20fat%2F%C2%BD');
    expect(await make('low fat/½')).toMatchObject({
      status: 409,
      json: { type: 'epcisException:ResourceAlreadyExistsException' },
    });
    expect((await call('GET', address)).json).toEqual({ name: 'low fat/½', query: fat });
    expect((await call('GET', '/epcis/queries')).json).toContainEqual({ name: 'low fat/½', query: fat });
    const all = await call('GET', `${address}/events`);
    expect(eventsOf(all).map(({ epcList }) => epcList?.[0])).toEqual([2, 3, 4, 5].map(itemLink));
    expect(all.json.epcisBody.queryResults.queryName).toBe('low fat/½');
    const narrowed = await call('GET', `${address}/events?EQ_bizStep=shipping&LT_d:fat=1.5`);
    expect(eventsOf(narrowed).map(({ epcList }) => epcList?.[0])).toEqual([itemLink(2)]);
    expect((await call('DELETE', address)).status).toBe(204);
    for (const [method, path] of [
      ['GET', address],
      ['DELETE', address],
      ['GET', `${address}/events`],
    ] as const) {
      expect(await call(method, path)).toMatchObject({
        status: 404,
        json: { type: 'epcisException:NoSuchNameException' },
      });
    }
  });

  it('keep the prefixes of the header that they came with', async () => {
    await make('by-header', { 'EQ_dairy:fat': [1.5] }, EXTENSIONS);
    expect(eventsOf(await call('GET', '/epcis/queries/by-header/events'))).toHaveLength(1);
    expect((await call('GET', '/epcis/queries/by-header')).json.query).toEqual({ 'EQ_dairy:fat': [1.5] });
  });

  it('come page by page, in the order of names', async () => {
    for (const name of ['page-c', 'page-a', 'page-b']) await make(name);
    const names: string[] = [];
    for (let path: string | undefined = '/epcis/queries?perPage=1'; path !== undefined;) {
      const page = await call('GET', path);
      names.push(...page.json.map((query: { name: string }) => query.name));
      path = next(page);
    }
    expect(names.filter((name) => name.startsWith('page-'))).toEqual(['page-a', 'page-b', 'page-c']);
  });

  it.each<[string, unknown, unknown, string]>([
    ['no name', undefined, {}, 'QueryValidationException'],
    ['a name of a path', '..', {}, 'QueryValidationException'],
    ['a name that cannot be read', 'a\u0007', {}, 'QueryValidationException'],
    ['a name without end', 'x'.repeat(201), {}, 'QueryValidationException'],
    ['no parameters', 'x', ['EQ_action'], 'QueryValidationException'],
    ['a wrong value', 'x', { EQ_action: ['CREATE'] }, 'QueryParameterException'],
    ['an unknown prefix', 'x', { 'EQ_dairy:fat': 1 }, 'QueryParameterException'],
    ['a page', 'x', { nextPageToken: 'x' }, 'QueryParameterException'],
  ])('with %s are refused', async (_, name, query, type) => {
    expect(await make(name, query)).toMatchObject({ status: 400, json: { type: `epcisException:${type}` } });
  });

  it('of another key of the tenant are there, and of no key are not', async () => {
    await make('shared');
    expect((await clientOf(server.url, server.keys.reader)('GET', '/epcis/queries/shared')).status).toBe(200);
    expect((await clientOf(server.url, server.keys.capture)('GET', '/epcis/queries/shared')).status).toBe(403);
    expect((await clientOf(server.url)('GET', '/epcis/queries/shared')).status).toBe(401);
  });

  it('tell that there is nothing before that it cannot be had as asked', async () => {
    const headers = { accept: 'text/csv' };
    expect((await call('GET', '/epcis/queries/none', { headers })).status).toBe(404);
    await make('some');
    for (const path of ['queries/some', 'queries/some/events', 'bizSteps/shipping/events', 'events'])
      expect((await call('GET', `/epcis/${path}`, { headers })).status, path).toBe(406);
  });

  describe('a walk over pages', () => {
    it('can be ended, with all of its tokens', async () => {
      const first = await call('GET', '/epcis/events?perPage=2');
      const second = await call('GET', next(first)!);
      const other = await call('GET', '/epcis/events?perPage=2');
      const token = new URL(next(second)!, server.url).searchParams.get('nextPageToken')!;
      expect(Date.parse(second.headers.get('gs1-next-page-token-expires')!)).toBeGreaterThan(Date.now());
      for (let twice = 0; twice < 2; twice++)
        expect((await call('DELETE', `/epcis/nextPageToken/${token}`)).status).toBe(204);
      for (const page of [first, second]) {
        expect(await call('GET', next(page)!)).toMatchObject({
          status: 400,
          json: { type: 'epcisException:QueryParameterException', detail: expect.stringMatching(/ended/) },
        });
      }
      expect((await call('GET', next(other)!)).status).toBe(200);
      expect((await call('DELETE', '/epcis/nextPageToken/no-such-token')).status).toBe(400);
    });
  });

  describe('as a stream', () => {
    const ndjson = { accept: 'application/x-ndjson' };

    it('have an event a line, whatever the size of a page', async () => {
      for (const path of ['/epcis/events?perPage=2', '/epcis/bizSteps/shipping/events', '/epcis/events']) {
        const whole = await call('GET', path.replace('perPage=2', ''));
        const res = await call('GET', path, { headers: ndjson });
        expect(res.headers.get('content-type')).toBe('application/x-ndjson');
        expect(res.headers.get('link')).toBeNull();
        const lines = res.text.trimEnd().split('\n');
        expect(lines.map((line) => JSON.parse(line).eventID)).toEqual(eventsOf(whole).map(({ eventID }) => eventID));
        expect(JSON.parse(lines[0]!)['@context'][0]).toMatch(/epcis-context/);
      }
      expect((await call('GET', '/epcis/events?EQ_bizStep=packing', { headers: ndjson })).text).toBe('');
    });

    it('tell what is wrong with the query by status', async () => {
      expect((await call('GET', '/epcis/events?EQ_action=CREATE', { headers: ndjson })).status).toBe(400);
      expect((await call('GET', '/epcis/events?maxEventCount=1', { headers: ndjson })).status).toBe(413);
    });

    it('are read as the client takes them, and no further when it has gone', async () => {
      let statements = 0;
      const store: Store = {
        ...server.store,
        of: (tenantId) => {
          const walled = server.store.of(tenantId);
          const counted = (db: Queries): Queries => {
            const face: Queries = {
              query: (text, params) => {
                if (text.includes('from event')) statements++;
                return db.query(text, params);
              },
              of: () => face,
              ofKey: () => face,
            };
            return face;
          };
          return {
            ...walled,
            query: (text, params) => counted(walled).query(text, params),
            transaction: (work) => walled.transaction((tx) => work(counted(tx))),
          };
        },
      };
      const app = createApp({ ...server.platform, store });
      const headers = { ...ndjson, authorization: `Bearer ${server.keys.operator}` };
      const res = await app.fetch(new Request(`${server.url}/epcis/events?perPage=1`, { headers }));
      const reader = res.body!.getReader();
      await reader.read();
      const taken = statements;
      expect(taken).toBeGreaterThan(0);
      expect(taken).toBeLessThan(5);
      await reader.cancel();
      expect(statements - taken).toBeLessThan(2);
    });
  });

  describe('in the form that is asked for', () => {
    it('a Digital Link becomes a URN by a prefix that another URN has told', async () => {
      const headers = { 'GS1-EPC-Format': 'Always_EPC_URN' };
      const [event] = eventsOf(await call('GET', `/epcis/epcs/${encodeURIComponent(item(600))}/events`, { headers }));
      expect(event?.epcList).toEqual([item(600)]);
      // nobody has told the length of this one's prefix
      expect(event).toMatchObject({ readPoint: { id: 'https://id.gs1.org/414/4012345000016' } });
      const { json } = await call('GET', '/epcis/epcs?perPage=100', { headers });
      expect(json.member).toContain(item(600));
    });

    it('a client that reads XML alone is told of problems in it', async () => {
      const accept = 'application/xml';
      const res = await call('GET', '/epcis/queries/none', { headers: { accept } });
      expect(res.status).toBe(404);
      expect(res.headers.get('content-type')).toBe('application/problem+xml');
      expect(res.text).toContain('<type>epcisException:NoSuchNameException</type>');
      const bad = await call('GET', '/epcis/events?EQ_action=%3Ca%3E%26', { headers: { accept } });
      expect(bad.text).toContain('&lt;a&gt;&amp;');
      const both = await call('GET', '/epcis/queries/none', { headers: { accept: 'application/xml, */*;q=0.1' } });
      expect(both.headers.get('content-type')).toBe('application/problem+json');
    });

    it('announces the prefixes of extensions', async () => {
      const res = await call('GET', '/epcis/events');
      expect(res.headers.get('gs1-extensions')).toBe(`dairy=${NS}`);
    });
  });
});
