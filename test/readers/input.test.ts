import { createServer as createHttp, type Server as HttpServer, type ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector } from '../../readers/main.ts';
import { PacketGuard } from '../../readers/mqtt-guard.ts';
import { READ_POINT, Rig, type Tag } from './rig.ts';
import { until } from './stand-in-reader.ts';

const SECRET = 'a-secret-of-sixteen';
const TOPIC = 'site/reader-7/tags';
let rig: Rig;
let collector: Collector;
beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(async () => {
  expect(await rig.dispose()).toEqual([]);
});

const start = async (reader: object, top: object = {}): Promise<void> => {
  const one = { name: 'gate-7', readPoint: READ_POINT, ...reader };
  collector = await rig.start({ readers: [one], ...top });
};
const state = (): string | undefined => collector.stats().readers[0]?.state;
const zebra = (tags: Tag[], atMs = Date.now()): string =>
  JSON.stringify(
    tags.map(({ epc }, n) => ({
      type: 'SIMPLE',
      timestamp: new Date(atMs).toISOString().replace('Z', '+0000'),
      data: { eventNum: n, format: 'epc', idHex: epc.toString('hex'), antenna: 1, peakRssi: -45, reads: 1 },
    })),
  );
const impinj = ({ epc }: Tag, atMs = Date.now()): string =>
  JSON.stringify({
    timestamp: new Date(atMs).toISOString(),
    eventType: 'tagInventory',
    tagInventoryEvent: { epcHex: epc.toString('hex').toUpperCase(), antennaPort: 1, peakRssiCdbm: -4500 },
  });

/** A real broker, which can go away and come back with the sessions that it holds. */
class Broker {
  aedes!: Aedes;
  port = 0;
  #server!: Server;
  readonly #sockets = new Set<Socket>();
  publisher!: MqttClient;

  static async start(): Promise<Broker> {
    const broker = new Broker();
    broker.aedes = await Aedes.createBroker();
    await broker.open();
    broker.publisher = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { clientId: 'reader' });
    return broker;
  }
  async open(): Promise<void> {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      this.aedes.handle(socket);
    });
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as { port: number }).port;
  }
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
  async publish(text: string): Promise<void> {
    await this.publisher.publishAsync(TOPIC, text, { qos: 1 });
  }
  async stop(): Promise<void> {
    this.publisher.end(true);
    await this.close();
    await new Promise<void>((resolve) => this.aedes.close(resolve));
  }
}

describe('MQTT', () => {
  let broker: Broker;
  const reader = () => ({
    type: 'mqtt',
    url: `mqtt://127.0.0.1:${broker.port}`,
    topics: ['site/+/tags'],
    clientId: 'edge',
  });
  beforeEach(async () => {
    broker = await Broker.start();
  });
  afterEach(async () => {
    await rig.stop();
    await broker.stop();
  });

  it('turns messages of both makers into events, each EPC once', async () => {
    await start(reader());
    expect(await until(() => state() === 'running')).toBe(true);
    const tags = rig.tags(30);
    for (let i = 0; i < 20; i += 5) await broker.publish(zebra(tags.slice(i, i + 5)));
    for (const tag of tags.slice(15)) await broker.publish(impinj(tag));
    await broker.publish('no JSON at all');
    expect(await rig.exactly(tags)).toBe(true);
    expect(collector.stats().readers[0]).toMatchObject({ malformed: 1, connections: 1 });
  });

  it('acknowledges a message only when it is in the spool', async () => {
    const acknowledged: number[] = [];
    broker.aedes.on('ack', (_packet, client) => void (client?.id === 'edge' && acknowledged.push(Date.now())));
    await start(reader(), { spoolMaxBytes: 320 * 1024, capture: { url: rig.endpoint.url, flushMs: 0 } });
    expect(await until(() => state() === 'running')).toBe(true);
    await rig.endpoint.close();
    const tags = rig.tags(3000);
    const messages = Array.from({ length: 300 }, (_, i) => zebra(tags.slice(i * 10, i * 10 + 10)));
    for (const message of messages) void broker.publish(message);
    expect(await until(() => collector.stats().alarms.some(({ name }) => name === 'spool-full'))).toBe(true);
    expect(state()).toBe('full');
    await new Promise((resolve) => setTimeout(resolve, 300)); // acknowledgements under way arrive
    const before = acknowledged.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(acknowledged.length).toBe(before);
    expect(before).toBeLessThan(300);
    expect(collector.stats().arrivals).toBeLessThanOrEqual((before + 2) * 10);
    await rig.endpoint.open();
    expect(await rig.exactly(tags, 20_000)).toBe(true);
    expect(await until(() => acknowledged.length === 300)).toBe(true);
  }, 40_000);

  it('loses nothing while it is away: the broker keeps it, with its own times, and no gap is told', async () => {
    await start(reader());
    expect(await until(() => state() === 'running')).toBe(true);
    await rig.stop();
    const tags = rig.tags(40);
    for (let i = 0; i < 40; i += 10) await broker.publish(zebra(tags.slice(i, i + 10), Date.now() - 600_000));
    await start(reader());
    expect(await rig.exactly(tags)).toBe(true);
    for (const { eventTime } of rig.endpoint.list())
      expect(Date.now() - Date.parse(eventTime)).toBeGreaterThan(590_000);
    expect(collector.stats().operations.gap).toBeUndefined();
  });

  it('comes back when the broker does', async () => {
    await start(reader());
    expect(await until(() => state() === 'running')).toBe(true);
    await broker.close();
    expect(await until(() => state() === 'backoff')).toBe(true);
    expect(collector.stats().alarms.map(({ name }) => name)).toEqual(['reader-link:gate-7']);
    await broker.open();
    expect(await until(() => state() === 'running')).toBe(true);
    expect(collector.stats().alarms).toEqual([]);
    const tags = rig.tags(2);
    expect(await until(() => broker.publisher.connected)).toBe(true);
    await broker.publish(zebra(tags));
    expect(await rig.exactly(tags)).toBe(true);
  });

  it('does not believe times in the future', async () => {
    await start(reader());
    expect(await until(() => state() === 'running')).toBe(true);
    const tags = rig.tags(1);
    await broker.publish(zebra(tags, Date.now() + 3_600_000));
    expect(await rig.exactly(tags)).toBe(true);
    expect(Math.abs(Date.now() - Date.parse(rig.endpoint.list()[0]!.eventTime))).toBeLessThan(5000);
    expect(collector.stats().readers[0]?.badTimes).toBe(1);
  });

  it('ends a link whose packets are too long, by their header alone', () => {
    const packet = (length: number[]) => Uint8Array.from([0x32, ...length]);
    const guard = new PacketGuard(1000);
    expect(guard.take(Uint8Array.from([0x20, 2, 0, 0, 0x32, 0xe8]))).toBe(true);
    expect(guard.take(Uint8Array.from([0x07]))).toBe(true);
    for (let i = 0; i < 10; i++) expect(guard.take(new Uint8Array(100))).toBe(true);
    expect(guard.take(Uint8Array.from([0xd0, 0]))).toBe(true);
    expect(guard.take(packet([0xe9, 0x07]))).toBe(false);
    expect(new PacketGuard(1000).take(packet([0xff, 0xff, 0xff, 0x7f]))).toBe(false);
    expect(new PacketGuard(1e9).take(packet([0xff, 0xff, 0xff, 0xff]))).toBe(false);
  });

  it('does so on a connection', async () => {
    const evil = createServer((socket) => {
      socket.once('data', () => socket.write(Uint8Array.from([0x20, 2, 0, 0, 0x30, 0xff, 0xff, 0xff, 0x7f])));
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    await start({ ...reader(), url: `mqtt://127.0.0.1:${(evil.address() as { port: number }).port}` });
    const message = /a packet of more than 1114127 bytes/;
    expect(await until(() => collector.stats().alarms.some((alarm) => message.test(alarm.message)))).toBe(true);
    await rig.stop();
    await new Promise((resolve) => evil.close(resolve));
  });
});

describe('webhook', () => {
  let port: number;
  const post = (body: string, headers: Record<string, string> = { 'X-API-Key': SECRET }): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/tags`, { method: 'POST', body, headers });
  beforeEach(async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    port = (free.address() as { port: number }).port;
    await new Promise((resolve) => free.close(resolve));
  });
  const webhook = () => ({ type: 'http', listen: { port }, secret: SECRET });

  it('answers 204 when what was posted is in the spool', async () => {
    await start(webhook());
    expect(await until(() => state() === 'running')).toBe(true);
    await rig.endpoint.close();
    const tags = rig.tags(20);
    expect((await post(zebra(tags.slice(0, 10)))).status).toBe(204);
    expect(collector.stats().events).toBeGreaterThan(0);
    const lines = tags
      .slice(10)
      .map((tag) => impinj(tag))
      .join('\n');
    expect((await post(lines, { Authorization: `Bearer ${SECRET}` })).status).toBe(204);
    const basic = Buffer.from(`reader:${SECRET}`).toString('base64');
    expect((await post(zebra(tags), { Authorization: `Basic ${basic}` })).status).toBe(204);
    await rig.endpoint.open();
    expect(await rig.exactly(tags)).toBe(true);
  });

  it('refuses strangers, other methods, nonsense and too much, and takes nothing of it', async () => {
    await start(webhook());
    expect(await until(() => state() === 'running')).toBe(true);
    const tags = rig.tags(1);
    expect((await post(zebra(tags), {})).status).toBe(401);
    expect((await post(zebra(tags), { 'X-API-Key': 'another' })).status).toBe(401);
    expect((await fetch(`http://127.0.0.1:${port}/`, { headers: { 'X-API-Key': SECRET } })).status).toBe(405);
    expect((await post('{"type": 7}')).status).toBe(400);
    const large = await post(`[${'1,'.repeat(600_000)}1]`).then(
      ({ status }) => status,
      () => 413,
    );
    expect(large).toBe(413);
    expect(collector.stats()).toMatchObject({ reads: 0, readers: [{ malformed: 2 }] });
  });

  it('says 503 while the spool is full, so that the reader keeps what it has', async () => {
    await start(webhook(), { spoolMaxBytes: 320 * 1024, capture: { url: rig.endpoint.url, flushMs: 0 } });
    expect(await until(() => state() === 'running')).toBe(true);
    await rig.endpoint.close();
    const kept: Tag[] = [];
    let refused: Response | undefined;
    for (let i = 0; i < 400 && !refused; i++) {
      const tags = rig.tags(10);
      const answer = await post(zebra(tags));
      if (answer.status === 204) kept.push(...tags);
      else refused = answer;
    }
    expect([refused?.status, refused?.headers.get('retry-after')]).toEqual([503, '5']);
    await rig.endpoint.open();
    expect(await rig.exactly(kept, 20_000)).toBe(true);
    expect(await until(() => state() === 'running')).toBe(true);
    expect((await post(zebra(rig.tags(1)))).status).toBe(204);
  }, 40_000);
});

describe('stream', () => {
  let server: HttpServer;
  let open: ServerResponse[];
  let asked: (string | undefined)[];
  const url = () => `http://127.0.0.1:${(server.address() as { port: number }).port}/api/v1/data/stream`;
  beforeEach(async () => {
    [open, asked] = [[], []];
    server = createHttp((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
      open.push(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    await rig.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('reads event by event, however the bytes are cut, and again after the end of a stream', async () => {
    await start({ type: 'http', url: url(), username: 'root', password: 'impinj' });
    expect(await until(() => state() === 'running')).toBe(true);
    expect(asked).toEqual([`Basic ${Buffer.from('root:impinj').toString('base64')}`]);
    const tags = rig.tags(12);
    const bytes = Buffer.from(
      tags
        .slice(0, 10)
        .map((tag) => `${impinj(tag)}\r\n`)
        .join(''),
    );
    for (let i = 0; i < bytes.length; i += 97) {
      open[0]!.write(bytes.subarray(i, i + 97));
      await new Promise((resolve) => setImmediate(resolve));
    }
    open[0]!.end();
    expect(await until(() => open.length === 2)).toBe(true);
    open[1]!.write(`\r\n{"eventType": 1}\r\n${impinj(tags[10]!)}\r\n${impinj(tags[11]!)}\r\n`);
    expect(await rig.exactly(tags)).toBe(true);
    expect(collector.stats()).toMatchObject({ operations: { gap: 2 }, readers: [{ malformed: 1, connections: 2 }] });
  });

  it('gives up a silent stream and a line without an end', async () => {
    await start({ type: 'http', url: url(), silentMs: 500 });
    expect(await until(() => open.length === 2)).toBe(true);
    expect(collector.operations(9).some(({ detail }) => detail['reason'] === 'nothing received for 500 ms')).toBe(true);
    open[1]!.write('x'.repeat(1_100_000));
    expect(await until(() => open.length === 3)).toBe(true);
    const line = 'a line of more than 1048576 bytes';
    expect(await until(() => collector.operations(1)[0]?.detail['reason'] === line)).toBe(true);
  });
});

describe('the configuration', () => {
  it.each([
    [{ type: 'http' }, 'give either "listen" and "secret"'],
    [{ type: 'http', url: 'http://a/', listen: { port: 1 }, secret: SECRET }, 'give either "listen" and "secret"'],
    [{ type: 'http', listen: { port: 1 }, secret: 'short' }, 'readers[0].secret: '],
    [{ type: 'mqtt', url: 'http://a/', topics: ['t'] }, 'an mqtt or mqtts URL'],
    [{ type: 'mqtt', url: 'mqtt://a/', topics: [] }, 'readers[0].topics: '],
    [{ type: 'mqtt', url: 'mqtt://a/', topics: ['t'], host: 'a' }, 'unknown option "readers[0].host"'],
    [{ type: 'smoke' }, 'a type that is one of "llrp", "mqtt", "http"'],
  ])('refuses %j', async (reader, message) => {
    await expect(start(reader)).rejects.toThrow(message);
  });
});
