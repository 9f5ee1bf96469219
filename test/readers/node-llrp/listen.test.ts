import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { decode, FrameSplitter, listen, type ListenHandlers, type LlrpClient, type Message } from 'node-llrp';
import { describe, expect, test } from 'vitest';
import { selfMadeCertificate } from '../../../readers/node-llrp/src/emulator/certificate.ts';
import { answer, error, event, keepalive, open, report, until } from './stand-in.ts';

type Behave = (message: Message, socket: Socket) => void;

/** A reader that calls by itself. */
function caller(port: number, behave: Behave, greeting: Uint8Array = event('Success')): Socket {
  const socket = connectTcp({ port, host: '127.0.0.1' });
  const splitter = new FrameSplitter();
  open.push(() => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    for (const frame of splitter.push(chunk)) behave(decode(frame), socket);
  });
  socket.write(greeting);
  return socket;
}

async function listening(handlers: Partial<ListenHandlers> = {}, connectionsMax = 8) {
  const clients: LlrpClient[] = [];
  const failures: string[] = [];
  const all: ListenHandlers = {
    onReader: (client) => void clients.push(client),
    onFailed: (fault) => void failures.push(fault.message),
    ...handlers,
  };
  const deadlines = { greetingMs: 200, responseMs: 300, closeMs: 100 };
  const listener = await listen({ port: 0, host: '127.0.0.1', deadlines, connectionsMax }, all);
  open.push(() => void listener.close());
  return { port: listener.port, listener, clients, failures };
}

const old: Behave = (message, socket) =>
  void socket.write(
    message.message === 'GET_SUPPORTED_VERSION' ? error(message, 'M_UnsupportedVersion') : answer(message),
  );

describe('readers that connect by themselves', () => {
  test('several at once: greeted, negotiated, asked; reports and keepalives come with their client', async () => {
    const heard: [string, number][] = [];
    const { port, clients } = await listening({
      onReport: (columns, _, client) => heard.push(['report', clients.indexOf(client) + (columns.epc2[0] ?? 0)]),
      onKeepalive: (message, client) => client.acknowledge(message.id),
    });
    const first = caller(port, old);
    await until(() => clients.length === 1);
    const acknowledged: number[] = [];
    const second = caller(port, (message, socket) => {
      if (message.message === 'KEEPALIVE_ACK') acknowledged.push(message.id);
      else old(message, socket);
    });
    await until(() => clients.length === 2);
    first.write(report(100));
    second.write(Buffer.concat([report(200), keepalive(7)]));
    await until(() => heard.length === 2 && acknowledged.length === 1);
    expect(heard.toSorted((a, b) => a[1] - b[1])).toEqual([
      ['report', 100],
      ['report', 201],
    ]);
    expect(acknowledged).toEqual([7]);
    await clients[0]?.request({ message: 'DELETE_ROSPEC', ROSpecID: 0 });
    expect(clients.map((client) => client.version)).toEqual([1, 1]);
  });

  test('one that hangs up over the version question is not asked when it comes again', async () => {
    const { port, clients, failures } = await listening();
    const asked: string[] = [];
    const touchy: Behave = (message, socket) => {
      asked.push(message.message);
      socket.destroy();
    };
    caller(port, touchy);
    await until(() => failures.length === 1);
    caller(port, touchy);
    await until(() => clients.length === 1);
    expect([asked, failures]).toEqual([
      ['GET_SUPPORTED_VERSION'],
      ['the reader hung up over the version question; it will not be asked again'],
    ]);
  });

  test('silence, a refusal and too many come to nothing, said one by one', async () => {
    const { port, clients, failures } = await listening({}, 1);
    caller(port, old, new Uint8Array(0));
    await until(() => failures.length === 1);
    caller(port, old, event('Failed_Reason_Other_Than_A_Connection_Already_Exists'));
    await until(() => failures.length === 2);
    caller(port, old);
    await until(() => clients.length === 1);
    const late = caller(port, old);
    await until(() => failures.length === 3 && late.destroyed);
    expect(failures).toEqual([
      'no greeting within 200 ms',
      'the reader refuses the connection (Failed_Reason_Other_Than_A_Connection_Already_Exists)',
      'more than 1 readers are connected',
    ]);
  });

  test('over TLS; who does not speak it comes to nothing', async () => {
    const { cert, key } = selfMadeCertificate('127.0.0.1');
    const clients: LlrpClient[] = [];
    const failures: string[] = [];
    const listener = await listen(
      { port: 0, host: '127.0.0.1', tls: { cert, key }, version: '1.0.1' },
      { onReader: (client) => void clients.push(client), onFailed: (fault) => void failures.push(fault.message) },
    );
    open.push(() => void listener.close());
    caller(listener.port, old); // plain
    await until(() => failures.length === 1);
    const secure = connectTls({ port: listener.port, host: '127.0.0.1', ca: cert });
    open.push(() => secure.destroy());
    secure.on('error', () => secure.destroy());
    secure.write(event('Success'));
    await until(() => clients.length === 1);
    expect(failures).toHaveLength(1);
  });

  test('close ends it all', async () => {
    const { port, clients, listener } = await listening();
    const there = caller(port, old);
    await until(() => clients.length === 1);
    await listener.close();
    await until(() => there.destroyed);
    await expect(clients[0]?.closed).resolves.toBeDefined();
    const refused = await listen({ port, host: '127.0.0.1' }, { onReader: () => {} });
    await expect(listen({ port, host: '127.0.0.1' }, { onReader: () => {} })).rejects.toThrow('EADDRINUSE');
    await refused.close();
  });
});
