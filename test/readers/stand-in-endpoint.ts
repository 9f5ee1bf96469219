// A capture endpoint from the outside world, which misbehaves as a test tells it to.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface ReceivedEvent {
  type: string;
  eventID: string;
  action: string;
  eventTime: string;
  epcList: string[];
  readPoint: { id: string };
}
/** Answers a request in place of 202; false to let it go the ordinary way. */
export type Mood = (events: ReceivedEvent[], answer: ServerResponse, request: IncomingMessage) => boolean;

export class StandInEndpoint {
  requests = 0;
  /** Sizes of the batches that came, refused ones included. */
  readonly batches: number[] = [];
  /** Events taken, by eventID, as text. */
  readonly events = new Map<string, string>();
  readonly faults: string[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  mood: Mood = () => false;
  /** Answers the capture jobs; by default all went well. */
  job: (url: string) => unknown = () => ({ running: false, success: true, errors: [] });
  jobsAsked = 0;
  port = 0;
  #server: Server | undefined;

  static async start(): Promise<StandInEndpoint> {
    const endpoint = new StandInEndpoint();
    await endpoint.open();
    return endpoint;
  }
  async open(): Promise<void> {
    const server = createServer((request, answer) => this.#serve(request, answer));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as { port: number }).port;
  }
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    if (server) await new Promise((resolve) => server.close(resolve));
  }
  get url(): string {
    return `http://127.0.0.1:${this.port}/epcis/capture`;
  }

  #serve(request: IncomingMessage, answer: ServerResponse): void {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method === 'GET') {
        this.jobsAsked++;
        return answer.setHeader('content-type', 'application/json').end(JSON.stringify(this.job(request.url ?? '')));
      }
      this.requests++;
      this.headers.push(request.headers);
      const document = JSON.parse(Buffer.concat(parts).toString()) as { epcisBody: { eventList: ReceivedEvent[] } };
      const events = document.epcisBody.eventList;
      this.batches.push(events.length);
      if (this.mood(events, answer, request)) return;
      this.take(events);
      answer.writeHead(202, { location: `/epcis/capture/${this.requests}` }).end();
    });
  }

  /** Keeps events as an idempotent server does; the same eventID with other content is a fault. */
  take(events: ReceivedEvent[]): void {
    for (const event of events) {
      const text = JSON.stringify(event);
      if ((this.events.get(event.eventID) ?? text) !== text)
        this.faults.push(`${event.eventID} came with other content`);
      this.events.set(event.eventID, text);
    }
  }
  list(): ReceivedEvent[] {
    return [...this.events.values()].map((text) => JSON.parse(text) as ReceivedEvent);
  }
  /** Every EPC of every event taken, doubles included, sorted. */
  epcs(): string[] {
    return this.list()
      .flatMap((event) => event.epcList)
      .sort();
  }
}
