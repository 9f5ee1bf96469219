// A receiver of webhook calls over real HTTP, and a server that calls it.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Delivery, type DeliverPlatform } from '../../src/capture/deliver.ts';
import { problemOf } from '../../src/http/problem.ts';
import { type Database, startServer, type TestServer } from './server.ts';

/** One call as it came. */
interface Call {
  at: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into reports of every shape
  json: any;
  eventIDs: string[];
}

export interface Receiver {
  url: string;
  calls: Call[];
  /** eventIDs of the calls that were answered 2xx, in their order. */
  taken: string[];
  close: () => Promise<void>;
}

/** Answers each call with what `status` says of it; `respond` answers by itself. */
export async function startReceiver(
  status: (call: Call, n: number) => number | Promise<number> = () => 204,
  port = 0,
  respond = (answer: ServerResponse, code: number): void => void answer.writeHead(code).end(),
): Promise<Receiver> {
  const calls: Call[] = [];
  const taken: string[] = [];
  const take = async (headers: IncomingHttpHeaders, body: Buffer, answer: ServerResponse): Promise<void> => {
    const json = headers['content-type']?.includes('json') ? JSON.parse(body.toString()) : {};
    const events = json.epcisBody?.queryResults.resultsBody.eventList ?? [];
    const eventIDs = events.map((event: { eventID: string }) => event.eventID);
    const call = { at: Date.now(), headers, body, json, eventIDs };
    calls.push(call);
    const code = await status(call, calls.length);
    if (code >= 200 && code <= 299) taken.push(...eventIDs);
    respond(answer, code);
  };
  const server = createServer((request, answer) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void take(request.headers, Buffer.concat(chunks), answer));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    calls,
    taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const SECRET_KEY = randomBytes(32);

export interface CallingServer extends TestServer {
  delivery: Delivery;
}

const deliveryOf = ({ store, platform }: TestServer, settings: Partial<DeliverPlatform>): Delivery =>
  new Delivery({
    store,
    clock: Date.now,
    logger: platform.logger,
    reach: { allowPrivate: true },
    secretKey: SECRET_KEY,
    problemOf,
    pauseMs: 20,
    ...settings,
  });

/** A server whose subscribers are called. */
export async function startCalling(
  database: Database,
  settings: Partial<DeliverPlatform> = {},
): Promise<CallingServer> {
  const server = await startServer(database);
  const delivery = deliveryOf(server, settings);
  server.platform.webhooks = delivery;
  const stop = async (): Promise<void> => {
    await delivery.stop();
    await server.stop();
  };
  return { ...server, delivery, stop };
}
