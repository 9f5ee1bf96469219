import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { type Emulator, startEmulator } from 'node-llrp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check } from '../../readers/check.ts';
import { parseConfig } from '../../readers/config.ts';
import type { Collector } from '../../readers/main.ts';
import { selfMadeCertificate } from '../../readers/node-llrp/src/emulator/certificate.ts';
import { READ_POINT, Rig } from './rig.ts';
import { until } from './stand-in-reader.ts';

let rig: Rig;
let emulator: Emulator;
let port: number;
let collector: Collector;
const sockets: Socket[] = [];
beforeEach(async () => {
  rig = await Rig.make();
  emulator = await startEmulator({});
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as { port: number }).port;
  await new Promise((resolve) => server.close(resolve));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  expect(await rig.dispose()).toEqual([]);
  await emulator.stop();
});

const config = (more: object = {}): { readers: object[] } => ({
  readers: [{ name: 'dock-1', readPoint: READ_POINT, listen: { port }, keepaliveMs: 300, ...more }],
});
const state = (): string | undefined => collector.stats().readers[0]?.state;
const alarm = (): string | undefined =>
  collector.stats().alarms.find(({ name }) => name === 'reader-link:dock-1')?.message;

/** The emulator calls the collector: what it says is carried there, and back. */
function call(tls?: ConnectionOptions): Socket {
  const to = { port, host: '127.0.0.1' };
  const there = tls ? connectTls({ ...to, ...tls }) : connectTcp(to);
  const reader = connectTcp(emulator.port, '127.0.0.1');
  sockets.push(there, reader);
  for (const [from, into] of [[there, reader], [reader, there]] as const) {
    from.on('error', () => from.destroy());
    from.on('close', () => into.destroy());
    from.pipe(into);
  } // prettier-ignore
  return there;
}

describe('a reader that calls', () => {
  it('is read from its call to events, and again when it calls again', async () => {
    collector = await rig.start(config());
    expect(await until(() => alarm() === `the reader has not called port ${port}`)).toBe(true);
    const first = call();
    expect(await until(() => rig.endpoint.epcs().length === 20)).toBe(true);
    expect([state(), alarm()]).toEqual(['running', undefined]);
    first.destroy();
    expect(await until(() => state() === 'connecting')).toBe(true);
    expect(alarm()).toMatch(/link lost|has not called/);
    call();
    expect(await until(() => state() === 'running')).toBe(true);
    expect(collector.stats().operations.gap).toBe(2);
    expect(rig.endpoint.epcs()).toHaveLength(20);
  });

  it('and calls again before anybody noticed that the first link is dead: the newest counts', async () => {
    collector = await rig.start(config({ keepaliveMs: 60_000 }));
    const first = call();
    expect(await until(() => state() === 'running')).toBe(true);
    // The reader has forgotten its link; here nothing is known of that.
    const [, reader] = sockets;
    reader!.removeAllListeners('close').destroy();
    const forgotten = (): boolean => [...emulator.truth().lines()].some(({ truth }) => truth === 'disconnection');
    expect(await until(forgotten)).toBe(true);
    expect(state()).toBe('running');
    call();
    expect(await until(() => collector.stats().readers[0]!.connections === 2)).toBe(true);
    expect(collector.operations(1)[0]?.detail['reason']).toBe('the reader has called again');
    expect(await until(() => first.destroyed)).toBe(true);
  });

  it('over TLS: only one with a certificate of the authority named', async () => {
    const [ours, readers, strangers] = [1, 2, 3].map(() => selfMadeCertificate('127.0.0.1')) as [
      ReturnType<typeof selfMadeCertificate>,
      ReturnType<typeof selfMadeCertificate>,
      ReturnType<typeof selfMadeCertificate>,
    ];
    collector = await rig.start(config({ tls: { cert: ours.cert, key: ours.key, ca: readers.cert } }));
    expect(await until(() => alarm() !== undefined)).toBe(true);
    for (const tls of [undefined, { ca: ours.cert }, { ca: ours.cert, ...strangers }]) {
      const stranger = call(tls);
      expect(await until(() => stranger.destroyed)).toBe(true);
    }
    expect(state()).toBe('connecting');
    call({ ca: ours.cert, ...readers });
    expect(await until(() => rig.endpoint.epcs().length === 20)).toBe(true);
  });

  it('is tried by --check: whether its port can be had', async () => {
    const result = await check(parseConfig(rig.config(config())));
    expect(result).toMatchObject([{ ok: true, text: `LLRP, the port is free: let the reader call 127.0.0.1:${port}` }]);
  });

  it.each([
    [{ host: '10.0.0.1' }, 'give either "host", where the reader is called, or "listen"'],
    [{ port: 5084 }, 'the port to listen on is "listen.port"'],
    [{ tls: true }, 'to listen with TLS takes a certificate: "tls": {"cert", "key"}'],
  ])('%j is refused', (more, message) => {
    expect(() => parseConfig(rig.config(config(more)))).toThrow(`readers[0]: ${message}`);
  });
});

describe('a reader behind TLS', () => {
  const own = selfMadeCertificate('127.0.0.1');
  const ours = selfMadeCertificate('127.0.0.1');
  const start = async (tls: object | boolean): Promise<void> => {
    await emulator.stop();
    emulator = await startEmulator({ tls: { ...own, ca: ours.cert } });
    collector = await rig.start({}, { port: emulator.port, tls });
  };

  it('is read with its own authority and our certificate', async () => {
    await start({ ca: own.cert, cert: ours.cert, key: ours.key });
    expect(await until(() => rig.endpoint.epcs().length === 20)).toBe(true);
  });

  const other = selfMadeCertificate('127.0.0.1');
  it.each([
    ['an authority that is none of ours', true, /self-signed and not the one known here: give it as tls.ca/],
    ['another reader’s certificate', { ca: other.cert, ...ours }, /not the one known here/],
    ['another name', { ca: own.cert, ...ours, serverName: 'reader-7' }, /does not match .* say by tls.serverName/],
    ['no certificate of ours', { ca: own.cert }, /asks for a certificate of ours: give tls.cert and tls.key/],
    ['a certificate of ours that the reader does not know', { ca: own.cert, cert: other.cert, key: other.key }, /may not accept our certificate/],
  ])('says so: %s', async (_what, tls, message) => {
    await start(typeof tls === 'boolean' ? tls : Object.fromEntries(Object.entries(tls)));
    expect(await until(() => alarm() !== undefined)).toBe(true);
    expect(alarm()).toMatch(message);
    expect(rig.endpoint.epcs()).toEqual([]);
  }); // prettier-ignore

  it('that does not speak TLS says so, too', async () => {
    await emulator.stop();
    emulator = await startEmulator({});
    collector = await rig.start({}, { port: emulator.port, tls: { ca: own.cert } });
    expect(await until(() => alarm() !== undefined)).toBe(true);
    expect(alarm()).toMatch(/does not speak TLS on this port/);
  });
});
