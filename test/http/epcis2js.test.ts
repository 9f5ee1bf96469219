// epcis2.js, a client of the standard that is not ours, as it comes from npm: what it builds and posts is captured, and its
// hash of an event is ours.
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventHash, readContext, Values } from '../../src/epcis/index.ts';
import { item, SITE } from './fixtures.ts';
import { clientOf, DATABASES, startServer, type TestServer } from './server.ts';

/** What of the library is used here; it comes without types of its own. */
interface Epcis2 {
  setup(settings: Record<string, unknown>): void;
  capture(document: Epcis2Object): Promise<Response>;
  eventToHashedId(event: object, context: unknown): string;
  EPCISDocument: new () => Epcis2Object;
  ObjectEvent: new () => Epcis2Object;
  AggregationEvent: new () => Epcis2Object;
  TransformationEvent: new () => Epcis2Object;
  cbv: Record<string, Record<string, string>>;
}
/** Setters return the object itself. */
type Epcis2Object = { [method: string]: (...args: unknown[]) => Epcis2Object } & {
  toObject(): Record<string, unknown>;
};

const epcis2 = createRequire(import.meta.url)('epcis2.js') as Epcis2;

const timed = (event: Epcis2Object, minute: number): Epcis2Object =>
  event.setEventTime!(`2026-03-01T10:${String(minute).padStart(2, '0')}:00.000Z`).setEventTimeZoneOffset!('+01:00');

function documentOf(...events: Epcis2Object[]): Epcis2Object {
  const document = new epcis2.EPCISDocument().setCreationDate!('2026-03-01T10:00:00Z');
  for (const event of events) document.addEvent!(event);
  return document;
}

const events = (): Epcis2Object[] => [
  timed(new epcis2.ObjectEvent(), 1).setAction!('ADD').addEPC!(item(1)).addEPC!(item(2)).setBizStep!('commissioning')
    .setDisposition!('active').setReadPoint!(SITE),
  timed(new epcis2.AggregationEvent(), 2).setAction!('ADD').setParentId!('urn:epc:id:sscc:9521141.0123456789')
    .addChildEPC!(item(1)).addChildEPC!(item(2)).setBizStep!('packing'),
  timed(new epcis2.TransformationEvent(), 3).addInputEPC!(item(1)).addOutputEPC!(item(3)).setBizStep!(
    'creating_class_instance',
  ),
];

describe.each(DATABASES)('epcis2.js as a client, on %s', (database) => {
  let server: TestServer;
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  beforeAll(async () => {
    server = await startServer(database);
    epcis2.setup({
      apiUrl: `${server.url}/epcis/`,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${server.keys.operator}` },
    });
  });
  afterAll(() => server.stop());

  it('posts a document without eventIDs and GS1 headers; its events are stored under its own hashes', async () => {
    const document = documentOf(...events());
    const said = document.toObject();
    expect(said['@context']).toEqual(expect.any(String));
    const res = await epcis2.capture(document);
    expect(res.status).toBe(202);
    const location = res.headers.get('location')!;
    expect((await call('GET', location)).json).toMatchObject({ running: false, success: true, errors: [] });
    const { member } = (await call('GET', `${location}/events`)).json;
    const { eventList } = said['epcisBody'] as { eventList: Record<string, unknown>[] };
    const context = [said['@context']];
    const hashes = eventList.map((event) => epcis2.eventToHashedId(structuredClone(event), context));
    expect(member.map(({ verdict }: { verdict: string }) => verdict)).toEqual(['accepted', 'accepted', 'accepted']);
    for (const [i, event] of eventList.entries()) {
      const { hash, eventID } = member[i];
      expect(eventHash(event as never, new Values(readContext(context)))).toBe(hash);
      // of an AggregationEvent it makes a hash that the published vectors do not have
      if (event['type'] !== 'AggregationEvent') expect(hash).toBe(hashes[i]);
      expect(eventID).toBe(hash);
      expect((await call('GET', `/epcis/events/${encodeURIComponent(eventID)}`)).status).toBe(200);
    }
  });

  it('the same document again is all duplicates', async () => {
    await epcis2.capture(documentOf(...events()));
    const res = await epcis2.capture(documentOf(...events()));
    const { member } = (await call('GET', `${res.headers.get('location')}/events`)).json;
    expect(new Set(member.map(({ verdict }: { verdict: string }) => verdict))).toEqual(new Set(['duplicate']));
  });
});
