// What a hostile or broken peer sends to a collector, and the limit that stops it.
import { createServer as createHttp, type Server as HttpServer, type ServerResponse } from 'node:http';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Collector } from '../../readers/main.ts';
import { READ_POINT, Rig } from './rig.ts';
import { sgtin, until } from './stand-in-reader.ts';

const SECRET = 'a-secret-of-sixteen';
const MB = 1024 * 1024;
let rig: Rig;
let collector: Collector;
const opened: (() => unknown)[] = [];
beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(async () => {
  expect(await rig.dispose()).toEqual([]);
  for (const end of opened.splice(0)) await end();
});

const reason = (): unknown => collector.operations(1)[0]?.detail['reason'];
const alarms = (): string[] => collector.stats().alarms.map(({ name }) => name);
const header = (length: number): Buffer => {
  const bytes = Buffer.from('043d00000000000000ff', 'hex');
  bytes.writeUInt32BE(length, 2);
  return bytes;
};
/** The reader goes on with good reads after whatever it did. */
async function works(): Promise<void> {
  expect(await rig.running()).toBe(true);
  const tags = rig.tags(3);
  rig.send(tags);
  expect(await until(() => tags.every(({ uri }) => rig.endpoint.epcs().includes(uri)))).toBe(true);
}

describe('a reader', () => {
  it('that claims 2 GB is hung up on by the header alone (messageBytesMax 64 MiB), and tried again', async () => {
    collector = await rig.start();
    expect(await rig.running()).toBe(true);
    const before = process.memoryUsage().rss;
    rig.reader.socket!.write(header(2_000_000_000));
    expect(await until(() => String(reason()).includes('is above the limit of 67108864 bytes'))).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MB);
    await works();
  });

  it('that claims 60 MB holds no more memory than the bytes it sends', async () => {
    collector = await rig.start();
    expect(await rig.running()).toBe(true);
    const before = process.memoryUsage().arrayBuffers;
    rig.reader.socket!.write(Buffer.concat([header(60 * MB), Buffer.alloc(100_000)]));
    expect(await rig.reader.barrier(300)).toBe(false);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * MB);
  });

  it('whose length is below its header is hung up on', async () => {
    collector = await rig.start();
    expect(await rig.running()).toBe(true);
    rig.reader.socket!.write(header(9));
    expect(await until(() => String(reason()).includes('message length 9 is below its header'))).toBe(true);
    await works();
  });

  it('whose parameters lie about their lengths, nest without end or have types of nobody: counted, read on', async () => {
    collector = await rig.start();
    expect(await rig.running()).toBe(true);
    const [tag] = rig.tags(1);
    const good = rig.reader.report([{ epc: tag!.epc }]);
    const lies = [3, 0, 0xffff, good.length].map((length) => {
      const bad = Buffer.from(good);
      bad.writeUInt16BE(length, 12);
      return bad;
    });
    // A parameter in a parameter in a parameter: TagReportData (240) has Custom (1023), all else is unknown (1000).
    const deep = Array.from({ length: 5000 }, (_, i) => {
      const shell = Buffer.from('03e80000', 'hex');
      shell.writeUInt16BE(4 * (5000 - i), 2);
      return shell;
    });
    const nested = Buffer.concat([header(10 + 20_000), ...deep]);
    const unknown = Buffer.concat([header(18), Buffer.from('03e6000801020304', 'hex')]);
    rig.reader.socket!.write(Buffer.concat([...lies, nested, unknown]));
    await works();
    const [one] = collector.stats().readers;
    expect(one?.malformed).toBeGreaterThanOrEqual(lies.length);
    expect(one?.connections).toBe(1);
  });

  it('that drips a greeting is given up after greetingMs, one that never ends a message after messageMs', async () => {
    const { connect } = await import('node-llrp');
    const server = createServer((socket) => {
      const timer = setInterval(() => socket.write(Buffer.of(0)), 20);
      socket.write(header(1_000_000));
      socket.on('close', () => clearInterval(timer)).on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as { port: number };
    const to = (deadlines: object): Promise<unknown> => connect({ host: '127.0.0.1', port, deadlines });
    await expect(to({ greetingMs: 300 })).rejects.toThrow('no greeting within 300 ms');
    await expect(to({ messageMs: 300 })).rejects.toThrow(
      /a message is not whole after 300 ms, \d+ bytes of it are here/,
    );
  });

  it('that floods a gate with new EPCs: 100,000 are followed, more are an alarm', async () => {
    collector = await rig.start(
      {},
      { antennas: { 1: { side: 'A' }, 2: { side: 'B' } }, filter: { mode: 'gate', passageGapMs: 600_000 } },
    );
    expect(await rig.running()).toBe(true);
    for (let from = 1; from < 104_000 && !alarms().includes('presence-full'); from += 4000) {
      rig.reader.send(Array.from({ length: 4000 }, (_, i) => ({ epc: sgtin(from + i).epc })));
      expect(await rig.reader.barrier(20_000)).toBe(true);
    }
    expect(await until(() => alarms().includes('presence-full'))).toBe(true);
    expect(collector.stats().reads).toBeGreaterThan(100_000);
  }, 120_000);

  it('that replays old reports: they keep their old times, count once, and make nothing depart', async () => {
    collector = await rig.start({}, { filter: { mode: 'presence', departAfterMs: 2000 } });
    expect(await rig.running()).toBe(true);
    const tags = rig.tags(5);
    const replay = (atMs: number): void => rig.reader.send(tags.map(({ epc }) => ({ epc, atMs })));
    replay(Date.now());
    expect(await rig.reader.barrier()).toBe(true);
    for (const ago of [3_600_000, 3_600_000, 86_400_000 * 365, Date.now()]) replay(Date.now() - ago);
    expect(await rig.reader.barrier()).toBe(true);
    replay(Date.now());
    expect(await rig.reader.barrier()).toBe(true);
    const kinds = rig.endpoint.list().map((event) => (event as unknown as Record<string, unknown>)['tagtrail:kind']);
    expect(kinds).not.toContain('departure');
    expect(collector.stats().arrivals).toBe(5);
    expect(collector.stats().backward).toBeGreaterThan(0);
  });
});

describe('a stranger at the webhook', () => {
  let port: number;
  beforeEach(async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    port = (free.address() as { port: number }).port;
    await new Promise((resolve) => free.close(resolve));
    const webhook = { name: 'gate-7', readPoint: READ_POINT, type: 'http', listen: { port }, secret: SECRET };
    collector = await rig.start({ readers: [webhook] });
    expect(await until(() => collector.stats().readers[0]?.state === 'running')).toBe(true);
  });
  const post = (body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers: { 'X-API-Key': SECRET } });
  function raw(): { socket: Socket; said: () => string } {
    const socket = connectTcp(port, '127.0.0.1');
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString())).on('error', () => {});
    opened.push(() => socket.destroy());
    return { socket, said: () => text };
  }

  it('nests half a million deep, or says more than a message holds: 400 or 413', async () => {
    expect((await post('['.repeat(500_000))).status).toBe(400);
    expect((await post(`${'['.repeat(400_000)}${']'.repeat(400_000)}`)).status).toBe(400);
    expect((await post(`{"a":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_001)}`)).status).toBe(400);
    expect((await post('{"__proto__": {"type": 1}, "constructor": 7}')).status).toBe(400);
    expect((await post(JSON.stringify([{ type: 'SIMPLE', data: { idHex: 'ab'.repeat(1000) } }]))).status).not.toBe(500);
    expect(collector.stats()).toMatchObject({ reads: 0 });
  });

  it('drips a request: cut after REQUEST_MS_MAX (10 s); headers beyond 8 KiB are refused at once', async () => {
    const long = raw();
    long.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(9000)}\r\n\r\n`);
    expect(await until(() => long.said().startsWith('HTTP/1.1 431'))).toBe(true);
    const slow = raw();
    slow.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nX-API-Key: ${SECRET}\r\nContent-Length: 100000\r\n\r\n`);
    const timer = setInterval(() => slow.socket.write('1'), 100);
    opened.push(() => clearInterval(timer));
    const began = Date.now();
    expect(await until(() => slow.socket.destroyed || slow.said() !== '', 15_000)).toBe(true);
    expect(Date.now() - began).toBeGreaterThan(9000);
    expect(slow.said() === '' || slow.said().startsWith('HTTP/1.1 408')).toBe(true);
  }, 30_000);
});

describe('a stream', () => {
  it('of deep and endless JSON, or of lines that are none: counted, and the next line is read', async () => {
    let out: ServerResponse | undefined;
    const server: HttpServer = createHttp((_request, response) => {
      response.writeHead(200).flushHeaders();
      out = response;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push(
      () => server.closeAllConnections(),
      () => new Promise((resolve) => server.close(resolve)),
    );
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
    collector = await rig.start({ readers: [{ name: 'gate-7', readPoint: READ_POINT, type: 'http', url }] });
    expect(await until(() => collector.stats().readers[0]?.state === 'running')).toBe(true);
    const [tag] = rig.tags(1);
    const good = JSON.stringify({ type: 'SIMPLE', data: { idHex: tag!.epc.toString('hex'), antenna: 1 } });
    out!.write(`${'['.repeat(300_000)}\n\xff\xfe\n${'{"a":'.repeat(50_000)}\n${good}\n`, 'latin1');
    expect(await rig.exactly([tag!])).toBe(true);
    expect(collector.stats().readers[0]).toMatchObject({ malformed: 3, connections: 1 });
  });
});
