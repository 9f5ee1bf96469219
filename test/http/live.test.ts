import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onCommitted } from '../../src/capture/capture.ts';
import { documentOf, observed } from './fixtures.ts';
import { clientOf, startServer, type TestServer } from './server.ts';

const LISTENERS_MAX = 100;

describe('the live stream', () => {
  let server: TestServer;
  const stopping = new AbortController();
  beforeAll(async () => {
    server = await startServer('pglite', {
      live: {
        stopping: stopping.signal,
        subscribe: (tenantId, listener) =>
          onCommitted(server.store, (c) => c.tenantId === tenantId && listener(c.events)),
      },
    });
  });
  afterAll(() => server.stop());

  /** An open stream; `until` reads on to a text, `close` ends it. */
  async function open(key = server.keys.reader) {
    const end = new AbortController();
    const res = await fetch(`${server.url}/api/live`, {
      headers: { authorization: `Bearer ${key}` },
      signal: end.signal,
    });
    const reader = res.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (wanted: string): Promise<string> => {
      while (!text.includes(wanted)) {
        const { value, done } = await reader.read();
        if (done) return text;
        text += value;
      }
      return text;
    };
    return { res, until, close: () => end.abort() };
  }

  it('tells of committed events, and of none that is rolled back', async () => {
    const stream = await open();
    expect(stream.res.headers.get('content-type')).toBe('text/event-stream');
    await stream.until('retry:');
    const call = clientOf(server.url, server.keys.capture);
    const [lost, kept] = [observed(1), observed(2)];
    await call('POST', '/epcis/capture', { body: documentOf([lost, { ...observed(1), action: 'CREATE' }]) });
    await call('POST', '/epcis/capture', { body: documentOf([kept]) });
    const text = await stream.until(String(kept['eventID']));
    expect(text).toMatch(/event: committed\ndata: \{/);
    expect(text).not.toContain(`${String(lost['eventID'])}"`);
    stream.close();
  });

  it(`takes ${LISTENERS_MAX} listeners and says so to the next`, async () => {
    const streams = await Promise.all(Array.from({ length: LISTENERS_MAX }, () => open()));
    await Promise.all(streams.map((stream) => stream.until('retry:')));
    expect(await clientOf(server.url, server.keys.reader)('GET', '/api/live')).toMatchObject({
      status: 503,
      json: { listenersMax: LISTENERS_MAX },
    });
    for (const stream of streams) stream.close();
    const again = async (): Promise<number> => {
      const { res, close } = await open();
      close();
      return res.status;
    };
    await expect.poll(again).toBe(200);
  });

  it('is for those who may query', async () => {
    expect((await clientOf(server.url, server.keys.capture)('GET', '/api/live')).status).toBe(403);
  });

  it('ends when the server is told to stop', async () => {
    const stream = await open();
    await stream.until('retry:');
    stopping.abort();
    expect(await stream.until('never said')).toContain('retry:');
  });
});
