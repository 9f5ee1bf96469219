import { createServer, type Socket } from 'node:net';
import {
  connect,
  decode,
  encode,
  FrameSplitter,
  type Handlers,
  type LlrpClient,
  type Message,
  type Parameter,
} from 'node-llrp';
import { afterEach } from 'vitest';

/** What a test has opened, to be ended after it. */
export const open: (() => void)[] = [];
afterEach(() => {
  for (const end of open.splice(0)) end();
});

export const SUCCESS: Parameter = { parameter: 'LLRPStatus', StatusCode: 'M_Success', ErrorDescription: '' };
const status = (StatusCode: string): Parameter => ({ ...SUCCESS, StatusCode });
export const event = (Status: string, id = 1): Uint8Array =>
  encode({
    message: 'READER_EVENT_NOTIFICATION',
    version: 1,
    id,
    parameters: [
      {
        parameter: 'ReaderEventNotificationData',
        parameters: [
          { parameter: 'UTCTimestamp', Microseconds: 1 },
          { parameter: 'ConnectionAttemptEvent', Status },
        ],
      },
    ],
  });
export const report = (serial: number, id = 50): Uint8Array =>
  encode({
    message: 'RO_ACCESS_REPORT',
    version: 1,
    id,
    parameters: [
      { parameter: 'TagReportData', parameters: [{ parameter: 'EPC_96', EPC: serial.toString(16).padStart(24, '0') }] },
    ],
  });
export const keepalive = (id: number): Uint8Array => encode({ message: 'KEEPALIVE', version: 1, id });
export const answer = (to: Message, code = 'M_Success'): Uint8Array =>
  encode({ message: `${to.message}_RESPONSE`, version: 1, id: to.id, parameters: [status(code)] });
export const error = (to: Message, code: string, id = to.id): Uint8Array =>
  encode({ message: 'ERROR_MESSAGE', version: 1, id, parameters: [status(code)] });

export type Behaviour = (message: Message, socket: Socket, connection: number) => void;

/** A reader as bad as wanted: what it got, and what it does about it. Without a greeting it says nothing. */
export async function reader(behave: Behaviour, greeting: Uint8Array | undefined = event('Success')) {
  const got: Message[] = [];
  let connections = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const connection = ++connections;
    sockets.push(socket);
    const splitter = new FrameSplitter();
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      for (const frame of splitter.push(chunk)) {
        const message = decode(frame);
        got.push(message);
        behave(message, socket, connection);
      }
    });
    if (greeting) socket.write(greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const say = (...bytes: Uint8Array[]) => sockets.at(-1)?.write(Buffer.concat(bytes));
  return { port, got, say, sockets, connections: () => connections };
}

/** A client of it with short deadlines. */
export async function to(
  port: number,
  handlers: Handlers = {},
  version: 'auto' | '1.0.1' | '1.1' = '1.0.1',
): Promise<LlrpClient> {
  const client = await connect(
    { host: '127.0.0.1', port, version, deadlines: { greetingMs: 300, responseMs: 300, closeMs: 200 } },
    handlers,
  );
  open.push(() => client.destroy());
  return client;
}

export async function until(test: () => boolean, ms = 3000): Promise<void> {
  for (const end = Date.now() + ms; !test();) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
