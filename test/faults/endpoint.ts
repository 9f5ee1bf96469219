// What stands between collector and API: a relay that goes away, refuses, or takes a batch and says nothing, and that
// writes down every event that went by.
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it does to a request instead of passing it on and bringing the answer back. */
export type Mood = 'refuse' | 'busy' | 'overloaded' | 'swallow' | 'cut' | 'slow';

interface Sent {
  eventID: string;
}

export class Endpoint {
  readonly #apiPort: number;
  #server: Server | undefined;
  port = 0;
  readonly #moods = new Map<object, Mood>();
  #slowMs = 0;
  requests = 0;
  /** Text of each event as it was sent first, by eventID. */
  readonly events = new Map<string, string>();
  /** eventIDs that came again with other content. */
  readonly changed = new Set<string>();
  again = 0;

  constructor(apiPort: number, slowMs: number) {
    this.#apiPort = apiPort;
    this.#slowMs = slowMs;
  }

  async open(): Promise<void> {
    if (this.#server) return;
    const server = createServer((question, answer) => this.#serve(question, answer));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  /** Nobody listens any more. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  /** Misbehaves until the function that comes back is called; the last of several moods holds. */
  async turn(mood: Mood): Promise<() => Promise<void>> {
    const key = {};
    this.#moods.set(key, mood);
    await this.#follow();
    return async () => {
      this.#moods.delete(key);
      await this.#follow();
    };
  }

  async #follow(): Promise<void> {
    if ([...this.#moods.values()].includes('refuse')) await this.close();
    else await this.open();
  }

  #serve(question: IncomingMessage, answer: ServerResponse): void {
    const parts: Buffer[] = [];
    question.on('error', () => answer.destroy());
    question.on('data', (part: Buffer) => parts.push(part));
    question.on('end', () => this.#take(question, Buffer.concat(parts), answer));
  }

  #take(question: IncomingMessage, body: Buffer, answer: ServerResponse): void {
    if (question.method === 'POST') this.#note(body);
    const mood = [...this.#moods.values()].at(-1);
    if (mood === 'cut') return void answer.destroy();
    if (mood === 'busy') return void answer.writeHead(503).end();
    if (mood === 'overloaded') return void answer.writeHead(429, { 'retry-after': '2' }).end();
    const { method, url, headers } = question;
    const onward = request({ port: this.#apiPort, host: '127.0.0.1', method, path: url, headers }, (reply) => {
      const back: Buffer[] = [];
      reply.on('data', (part: Buffer) => back.push(part));
      reply.on('error', () => answer.destroy());
      reply.on('end', () => {
        if (mood === 'swallow') return void answer.destroy();
        const bring = (): void =>
          void answer.writeHead(reply.statusCode ?? 502, reply.headers).end(Buffer.concat(back));
        setTimeout(bring, mood === 'slow' ? this.#slowMs : 0);
      });
    });
    onward.on('error', () => answer.destroy());
    onward.end(body);
  }

  #note(body: Buffer): void {
    this.requests++;
    const { epcisBody } = JSON.parse(body.toString()) as { epcisBody: { eventList: Sent[] } };
    for (const event of epcisBody.eventList) {
      const text = JSON.stringify(event);
      const before = this.events.get(event.eventID);
      if (before !== undefined) this.again++;
      if ((before ?? text) !== text) this.changed.add(event.eventID);
      this.events.set(event.eventID, text);
    }
  }
}
