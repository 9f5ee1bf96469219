import { X509Certificate } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { connect, inventoryROSpec, startEmulator } from 'node-llrp';
import { afterEach, expect, test } from 'vitest';
import { selfMadeCertificate } from '../../../readers/node-llrp/src/emulator/certificate.ts';
import { closeAll, run, start } from './emulator-rig.ts';

afterEach(closeAll);

test('a self-made certificate is one that X.509 readers take', () => {
  const { cert } = selfMadeCertificate('192.168.7.8');
  const read = new X509Certificate(cert);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.ca).toBe(true);
  expect(read.subject).toBe('CN=tagtrail emulator');
  expect(read.checkIP('192.168.7.8')).toBe('192.168.7.8');
  expect(read.checkHost('localhost')).toBe('localhost');
  expect(Date.parse(read.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(read.validTo)).toBeGreaterThan(Date.now() + 300 * 24 * 3_600_000);
});

test('reports come over TLS; who does not know the certificate stays outside', async () => {
  const emulator = await start({ tls: true, scenario: { standing: [{ tags: ['3500'], readsPerSecond: 100 }] } });
  const { host, port, certificate = '' } = emulator;
  let reports = 0;
  const reader = await connect({ host, port, tls: { ca: certificate } }, { onReport: () => reports++ });
  await run(reader, inventoryROSpec({ id: 1, immediate: true }));
  await expect.poll(() => reports).toBeGreaterThan(5);
  await reader.close();
  await expect(connect({ host, port, tls: true })).rejects.toThrow();
  await expect(connect({ host, port, tls: { ca: selfMadeCertificate(host).cert } })).rejects.toThrow();
  const again = await connect({ host, port, tls: { ca: certificate } });
  emulator.fault('half-frame');
  await expect(again.request({ message: 'GET_ROSPECS' })).rejects.toThrow();
});

test('with a client authority only its certificates get in', async () => {
  const own = selfMadeCertificate('127.0.0.1');
  const client = selfMadeCertificate('127.0.0.1');
  const { host, port } = await start({ tls: { ...own, ca: client.cert } });
  const reader = await connect({ host, port, tls: { ca: own.cert, cert: client.cert, key: client.key } });
  await reader.close();
  const stranger = selfMadeCertificate('127.0.0.1');
  await expect(connect({ host, port, tls: { ca: own.cert } })).rejects.toThrow();
  await expect(
    connect({ host, port, tls: { ca: own.cert, cert: stranger.cert, key: stranger.key } }),
  ).rejects.toThrow();
});

test('one that never finishes its handshake does not keep the reader from stopping', async () => {
  const emulator = await startEmulator({ tls: true });
  const socket = connectTcp(emulator.port, emulator.host);
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await emulator.stop();
  await closed;
});
