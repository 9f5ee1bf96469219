// epcis2.js, a client of the standard that is not ours, as it comes from npm: what it builds and posts is captured, its
// hash of an event is ours, it follows its capture job, and it reads and accepts what queries and webhooks give. It calls
// two paths, /capture and /capture/{captureID}; the rest is asked for by fetch and handed to it.
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventHash, readContext, Values } from '../../src/epcis/index.ts';
import { item, SITE } from './fixtures.ts';
import { type CallingServer, startCalling, startReceiver } from './receiver.ts';
import { clientOf, DATABASES } from './server.ts';

/** What of the library is used here; it comes without types of its own. */
interface Epcis2 {
  setup(settings: Record<string, unknown>): void;
  capture(document: Epcis2Object, options?: Record<string, unknown>): Promise<Response>;
  eventToHashedId(event: object, context: unknown): string;
  EPCISDocument: new () => Epcis2Object;
  ObjectEvent: new () => Epcis2Object;
  AggregationEvent: new () => Epcis2Object;
  AssociationEvent: new () => Epcis2Object;
  TransactionEvent: new () => Epcis2Object;
  TransformationEvent: new () => Epcis2Object;
  CaptureResponse: new (response: Response) => Epcis2Job;
  objectToEvent(event: object): Epcis2Object;
  validateEpcisDocument(document: object): { success: boolean; errors: string[] };
  cbv: Record<string, Record<string, string>>;
}
/** Setters return the object itself. */
type Epcis2Object = { [method: string]: (...args: unknown[]) => Epcis2Object } & {
  toObject(): Record<string, unknown>;
};

/** A capture job as the library follows it. */
interface Epcis2Job {
  pollForTheCaptureToFinish(tries: number, delayMs: number): Promise<void>;
  getRunningStatus(): boolean;
  getSuccessStatus(): boolean;
  getErrors(): { type: string }[];
}

const epcis2 = createRequire(import.meta.url)('epcis2.js') as Epcis2;

/** It sends URNs, and compares with them. */
const AS_SENT = { 'GS1-EPC-Format': 'Always_EPC_URN' };

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

/** One of every type, with fields of most kinds. */
const wholeEvents = (): object[] => {
  const epcClass = 'urn:epc:class:lgtin:9521141.012345.EP2';
  return [
    {
      type: 'ObjectEvent',
      action: 'ADD',
      epcList: [item(30)],
      bizStep: 'commissioning',
      ilmd: { 'cbvmda:lotNumber': 'EP2' },
      persistentDisposition: { set: ['completeness_verified'] },
      sensorElementList: [
        {
          sensorMetadata: { time: '2026-03-01T10:00:00.000Z' },
          sensorReport: [{ type: 'Temperature', value: 4.5, uom: 'CEL' }],
        },
      ],
      sourceList: [{ type: 'possessing_party', source: 'urn:epc:id:pgln:9521141.00001' }],
    },
    {
      type: 'AggregationEvent',
      action: 'ADD',
      parentID: 'urn:epc:id:sscc:9521141.0123456790',
      childEPCs: [item(30)],
      childQuantityList: [{ epcClass, quantity: 3, uom: 'KGM' }],
      readPoint: { id: SITE },
    },
    {
      type: 'TransactionEvent',
      action: 'ADD',
      epcList: [item(30)],
      bizTransactionList: [{ type: 'po', bizTransaction: 'urn:epcglobal:cbv:bt:9521141000013:1152' }],
      bizLocation: { id: SITE },
    },
    {
      type: 'TransformationEvent',
      inputEPCList: [item(30)],
      outputQuantityList: [{ epcClass, quantity: 2 }],
      transformationID: 'urn:epc:id:gdti:9521141.12345.400',
    },
    {
      type: 'AssociationEvent',
      action: 'ADD',
      parentID: 'urn:epc:id:grai:9521141.12345.400',
      childEPCs: ['urn:epc:id:giai:9521141.12345'],
      errorDeclaration: { declarationTime: '2026-03-02T10:00:00.000Z', reason: 'incorrect_data' },
    },
  ];
};

describe.each(DATABASES)('epcis2.js as a client, on %s', (database) => {
  let server: CallingServer;
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  beforeAll(async () => {
    server = await startCalling(database);
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

  /** Posted by the library, its job followed to its end. */
  async function captured(document: Epcis2Object, options?: Record<string, unknown>): Promise<Epcis2Job> {
    const job = new epcis2.CaptureResponse(await epcis2.capture(document, options));
    await job.pollForTheCaptureToFinish(5, 100);
    return job;
  }
  const named = (event: Epcis2Object, n: number): Epcis2Object =>
    event.setEventID!(`urn:uuid:00000000-0000-4000-8000-0000000${String(n).padStart(5, '0')}`);
  const fetched = async (path: string) => (await call('GET', path, { headers: AS_SENT })).json;

  it('follows its job: one that ends well, one that is refused, one that proceeds', async () => {
    const good = timed(new epcis2.ObjectEvent(), 20).setAction!('OBSERVE').addEPC!(item(20));
    const well = await captured(documentOf(good));
    expect([well.getRunningStatus(), well.getSuccessStatus(), well.getErrors()]).toEqual([false, true, []]);
    const wrong = timed(new epcis2.ObjectEvent(), 21).setAction!('OBSERVE').addEPC!('urn:epc:id:sgtin:952114.1.1');
    const bad = await captured(documentOf(wrong));
    expect(bad.getSuccessStatus()).toBe(false);
    expect(bad.getErrors()).toMatchObject([{ type: 'epcisException:ValidationException' }]);
    const other = named(timed(new epcis2.ObjectEvent(), 22).setAction!('OBSERVE').addEPC!(item(22)), 22);
    const headers = { 'GS1-Capture-Error-Behaviour': 'proceed' };
    expect((await captured(documentOf(wrong, other), { headers })).getSuccessStatus()).toBe(false);
    expect(
      (await call('GET', `/epcis/events/${encodeURIComponent(other.toObject()['eventID'] as string)}`)).status,
    ).toBe(200);
  });

  it('events of every type, whole, come back as it made them, by a query and by a named query', async () => {
    const made = wholeEvents().map((event, i) => named(timed(epcis2.objectToEvent(event), 30 + i), 30 + i));
    const said = made.map((event) => event.toObject());
    expect((await captured(documentOf(...made))).getErrors()).toEqual([]);
    const query = { GE_eventTime: '2026-03-01T10:30:00Z', LT_eventTime: '2026-03-01T10:35:00Z' };
    expect((await call('POST', '/epcis/queries', { body: { name: 'all-types', query } })).status).toBe(201);
    const asked = new URLSearchParams({ ...query, orderBy: 'eventTime', orderDirection: 'ASC' }).toString();
    for (const path of [
      `/epcis/events?${asked}`,
      '/epcis/queries/all-types/events?orderBy=eventTime&orderDirection=ASC',
    ]) {
      const answer = await fetched(path);
      const { eventList } = answer.epcisBody.queryResults.resultsBody;
      for (const [i, event] of (eventList as Record<string, unknown>[]).entries()) {
        const { recordTime, ...rest } = epcis2.objectToEvent(event).toObject();
        expect(recordTime).toEqual(expect.any(String));
        expect(rest).toEqual(said[i]);
      }
      expect(eventList).toHaveLength(said.length);
      const document = { ...answer, type: 'EPCISDocument', epcisBody: { eventList } };
      expect(epcis2.validateEpcisDocument(document)).toEqual({ success: true, errors: [] });
    }
  });

  it('what a subscriber is told, it reads', async () => {
    const receiver = await startReceiver();
    try {
      await call('POST', '/epcis/queries', { body: { name: 'to-tell', query: { EQ_bizStep: ['receiving'] } } });
      const body = { dest: receiver.url, signatureToken: 'a'.repeat(32), stream: true };
      expect((await call('POST', '/epcis/queries/to-tell/subscriptions', { body, headers: AS_SENT })).status).toBe(201);
      const event = named(timed(new epcis2.ObjectEvent(), 50), 50).setAction!('OBSERVE').addEPC!(item(50)).setBizStep!(
        'receiving',
      );
      expect((await captured(documentOf(event))).getSuccessStatus()).toBe(true);
      await vi.waitFor(() => expect(receiver.taken).toHaveLength(1), { timeout: 10_000 });
      const [told] = receiver.calls[0]!.json.epcisBody.queryResults.resultsBody.eventList;
      const { recordTime, ...rest } = epcis2.objectToEvent(told).toObject();
      expect([rest, typeof recordTime]).toEqual([event.toObject(), 'string']);
    } finally {
      await receiver.close();
    }
  });
});
