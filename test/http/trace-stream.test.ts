// Answers of /trace as lines: the same content, seen to go on, and ended when nobody listens any more.
import { createInterface } from 'node:readline';
import { PassThrough, Readable } from 'node:stream';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../src/entry/commands/trace.ts';
import { listen, type Listening } from '../../src/entry/node.ts';
import type { Ctx, HttpEnv } from '../../src/http/platform.ts';
import { jsonAnswer, streamAnswer } from '../../src/http/trace-stream.ts';
import type { Asking } from '../../src/trace/index.ts';
import { documentOf, item, LOT, madeFrom } from './fixtures.ts';
import { clientOf, DATABASES, startServer, type TestServer } from './server.ts';

const LINES = 'application/x-ndjson';
type Line = Record<string, unknown>;

const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

/** The answer that the lines make, lists together again. */
function answerOf(lines: Line[]): Record<string, unknown> {
  const { answer, lists } = lines.at(-1) as { answer: object; lists: Record<string, number> };
  const items = (name: string): unknown[] => lines.filter((line) => name in line).map((line) => line[name]);
  const whole = Object.fromEntries(Object.keys(lists).map((name) => [name, items(name)]));
  for (const [name, length] of Object.entries(lists)) expect(whole[name]).toHaveLength(length);
  return { ...answer, ...whole };
}

it('a long answer as JSON comes in pieces, and is the same', async () => {
  const nodes = Array.from({ length: 20_000 }, (_, i) => ({ id: `urn:x:${i}`, state: null, "it's": 'é"' }));
  const answer = { root: 'urn:x', at: undefined, nodes, gaps: [], digest: null };
  const app = new Hono<HttpEnv>()
    .get('/', (c) => jsonAnswer(c as Ctx, answer))
    .get('/none', (c) => jsonAnswer(c as Ctx, { nodes: nodes.slice(0, 1) }));
  const res = await app.request('/');
  expect(res.headers.get('content-type')).toBe('application/json');
  let pieces = 0;
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of res.body!) {
    pieces++;
    text += decoder.decode(piece, { stream: true });
  }
  expect(pieces).toBeGreaterThan(10);
  expect(text).toBe(JSON.stringify(answer));
  expect(await (await app.request('/none')).json()).toEqual({ nodes: nodes.slice(0, 1) });
});

describe.each(DATABASES)('a trace as lines on %s', (database) => {
  let server: TestServer;
  const ask = (path: string, accept: string) =>
    clientOf(server.url, server.keys.operator)('GET', `/api/trace/${path}`, { headers: { accept } });
  beforeAll(async () => {
    server = await startServer(database);
    const body = documentOf(madeFrom(LOT, ['1', '2', '3']));
    await clientOf(server.url, server.keys.operator)('POST', '/epcis/capture', { body });
  });
  afterAll(() => server.stop());

  it.each([
    ['forward', LOT, ''],
    ['back', item(1), ''],
    ['history', item(1), '&form=short'],
    ['contents', item(1), '&form=short'],
    ['where', item(2), '&form=short'],
    ['forward', item('nobody'), ''],
  ])('%s of %s is what JSON says', async (op, of, more) => {
    const path = `${op}/${encodeURIComponent(of)}?asOf=2999-01-01T00:00:00Z${more}`;
    const whole = await ask(path, 'application/json');
    const lined = await ask(path, LINES);
    expect(lined.status, lined.text).toBe(200);
    expect(lined.headers.get('content-type')).toBe(LINES);
    const lines = linesOf(lined.text);
    expect(lines[0]).toMatchObject({ question: { op, of, asOf: '2999-01-01T00:00:00.000Z' } });
    expect(lines.at(-1)).toHaveProperty('answer');
    expect(answerOf(lines)).toEqual(whole.json);
  });

  it.each([
    ['back/urn:epc:id:sgtin:9521.41', 400],
    [`back/${encodeURIComponent(item(1))}?asOf=soon`, 400],
    [`sideways/${encodeURIComponent(item(1))}`, 404],
  ])('refuses %s by its status, before the first line', async (path, status) => {
    const res = await ask(path, LINES);
    expect(res.status).toBe(status);
    expect(res.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('a long trace', () => {
  let listening: Listening;
  let logged = 0;
  let work: (asking: Asking) => Promise<object>;
  beforeAll(async () => {
    const app = new Hono<HttpEnv>();
    const logger = { info: () => {}, warn: () => {}, error: () => void logged++ };
    app.get('*', (c) => {
      c.set('platform', { logger } as unknown as Ctx['var']['platform']);
      return streamAnswer(c, { op: 'forward' }, (asking) => work(asking));
    });
    listening = await listen(app.fetch, { host: '127.0.0.1', port: 0 });
  });
  afterAll(() => listening.stop());

  it('tells how far it is until it is done', async () => {
    const finish = Promise.withResolvers<object>();
    work = (asking) => {
      asking.progress?.({ events: 7, identifiers: 70, nodes: 3 });
      return finish.promise;
    };
    const res = await fetch(listening.url);
    let text = '';
    const decoder = new TextDecoder();
    for await (const piece of res.body!) {
      text += decoder.decode(piece as Uint8Array);
      if (text.includes('progress')) finish.resolve({ affected: ['a', 'b'], gaps: [] });
    }
    const lines = linesOf(text);
    expect(lines[0]).toEqual({ question: { op: 'forward' } });
    expect(lines[1]).toEqual({ progress: { events: 7, identifiers: 70, nodes: 3 } });
    expect(lines.slice(-3)).toEqual([
      { affected: 'a' },
      { affected: 'b' },
      { answer: {}, lists: { affected: 2, gaps: 0 } },
    ]);
  });

  it('is told of on stderr by the command line', async () => {
    const finish = Promise.withResolvers<object>();
    work = (asking) => {
      asking.progress?.({ events: 7, identifiers: 70, nodes: 3 });
      return finish.promise;
    };
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const done = command.run(['forward', LOT, '--url', listening.url, '--json'], {
      stdin: Readable.from([]),
      stdout,
      stderr,
    });
    for await (const line of createInterface({ input: stderr })) {
      expect(line).toBe('tagtrail trace: 7 events with 70 identifiers read, 3 things reached');
      break;
    }
    finish.resolve({ root: LOT, nodes: [], gaps: [{ code: 'CYCLE' }] });
    expect(await done).toBe(0);
    const [line] = linesOf(String(stdout.read()));
    expect(line).toEqual({ op: 'forward', of: LOT, root: LOT, nodes: [], gaps: [{ code: 'CYCLE' }] });
  });

  it('ends when its client goes away', async () => {
    const ended = Promise.withResolvers<void>();
    work = ({ signal }) =>
      new Promise((_, reject) => {
        signal!.addEventListener('abort', () => {
          reject(new Error('gone'));
          ended.resolve();
        });
      });
    const client = new AbortController();
    const res = await fetch(listening.url, { signal: client.signal });
    await res.body!.getReader().read();
    client.abort();
    await ended.promise;
    expect(logged).toBe(0);
  });

  it('says in its last line that it failed, and not why to strangers', async () => {
    work = () => Promise.reject(new Error('secret'));
    const lines = linesOf(await (await fetch(listening.url)).text());
    expect(lines.at(-1)).toMatchObject({ error: { status: 500, type: 'epcisException:ImplementationException' } });
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(logged).toBe(1);
  });
});
