// A platform whose clock a test sets, with the watch on holds, and stories (test/trace/scenario.ts) captured step by step.
import { HoldWatch } from '../../src/capture/hold-watch.ts';
import type { Role } from '../../src/access/policy.ts';
import { minute, type Story, story } from '../trace/scenario.ts';
import { type Answer, clientOf, type Database, startServer, type TestServer } from './server.ts';

type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

export interface RecallServer extends TestServer {
  /** Sets the clock; a text is ISO 8601. */
  at(time: number | string): void;
  as(role: Role): Call;
  /** Captures the events of a story as they were recorded: with the clock at the minute of each. */
  tell(text: string): Promise<Story>;
}

/** An event without the recordTime that only the offline door believes. */
function sent(event: Record<string, unknown>): { body: object; minute: number } {
  const { recordTime, ...rest } = event;
  return { body: rest, minute: Date.parse(String(recordTime)) };
}

export async function startRecalls(database: Database): Promise<RecallServer> {
  let now = minute(0);
  let so = '';
  let count = 0;
  const clock = (): number => now;
  const server = await startServer(database, { clock });
  const watch = new HoldWatch({ store: server.store, clock, logger: server.platform.logger, allMs: 500 });
  const as =
    (role: Role): Call =>
    (method, path, body) =>
      clientOf(server.url, server.keys[role])(method, path, body === undefined ? {} : { body });
  const at = (time: number | string): void => {
    now = typeof time === 'string' ? Date.parse(time) : time;
  };
  return {
    ...server,
    at,
    as,
    tell: async (text) => {
      // one story, so that the same name is the same thing in all of its parts
      so += `\n${text}`;
      const told = story(so);
      for (const event of told.events.slice(count)) {
        const { body, minute: recorded } = sent(event);
        at(Math.max(now, recorded));
        const document = {
          '@context': 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
          type: 'EPCISDocument',
          schemaVersion: '2.0',
          creationDate: '2030-01-01T00:00:00Z',
          epcisBody: { eventList: [body] },
        };
        const { status, text: answer } = await as('operator')('POST', '/epcis/capture', document);
        if (status !== 202) throw new Error(`${status}: ${answer}`);
      }
      count = told.events.length;
      return told;
    },
    stop: async () => {
      await watch.stop();
      await server.stop();
    },
  };
}

/** The body of an opening; whatever a test does not care about. */
export const opening = (roots: object[], more: object = {}): object => ({
  product: { name: 'Milk', gtin: '09521141123454' },
  roots,
  jurisdiction: 'cn-food',
  class: '1',
  sector: 'food',
  reason: 'Listeria found',
  hazard: 'Listeriosis',
  knownAt: new Date(minute(1)).toISOString(),
  responsible: 'Li Ming',
  firm: { name: 'Dairy', address: '1 Road', contact: 'recall@dairy.example.com' },
  zone: '+08:00',
  calendar: 'weekdays',
  ...more,
});
