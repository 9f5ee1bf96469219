// XML in and out: what is answered in XML 2.0 or 1.2 is valid there, and captured again it is the same events.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateDocument } from '../../src/epcis/index.ts';
import { bare, documentOf, item, LOT, observed, SITE } from './fixtures.ts';
import { type Answer, clientOf, DATABASES, startServer, type TestServer } from './server.ts';

const XML = { accept: 'application/xml' };

/** What 1.2 knows too, of each type that it has. */
const events = [
  observed(1, { 'dairy:vat': 7, 'dairy:notes': { 'dairy:smell': 'sour' }, disposition: 'in_transit' }),
  observed(2, {
    action: 'ADD',
    bizStep: 'commissioning',
    quantityList: [{ epcClass: LOT, quantity: 12.5, uom: 'KGM' }],
    ilmd: { 'cbvmda:lotNumber': 'M1' },
  }),
  {
    ...observed(3),
    type: 'AggregationEvent',
    action: 'ADD',
    epcList: undefined,
    parentID: 'urn:epc:id:sscc:9521141.0123456789',
    childEPCs: [item(3)],
    sourceList: [{ type: 'owning_party', source: SITE }],
  },
  {
    ...observed(4),
    type: 'TransactionEvent',
    bizTransactionList: [{ type: 'po', bizTransaction: 'urn:epc:id:gdti:9521141.00001.1' }],
  },
  {
    ...observed(5),
    type: 'TransformationEvent',
    action: undefined,
    epcList: undefined,
    inputEPCList: [item(5)],
    outputQuantityList: [{ epcClass: LOT }],
    bizStep: 'creating_class_instance',
  },
];
/** What came with 2.0. */
const later = [
  {
    ...observed(6),
    type: 'AssociationEvent',
    action: 'ADD',
    epcList: undefined,
    parentID: 'urn:epc:id:grai:9521141.12345.1',
    childEPCs: [item(6)],
  },
  observed(7, {
    persistentDisposition: { set: ['completeness_verified'] },
    sensorElementList: [
      {
        sensorMetadata: { time: '2026-03-01T00:07:00Z', deviceID: 'urn:epc:id:giai:9521141.7' },
        sensorReport: [{ type: 'Temperature', value: 4.25, uom: 'CEL', 'dairy:place': 'door' }],
      },
    ],
  }),
];

describe.each(DATABASES)('XML on %s', (database) => {
  let server: TestServer;
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) =>
    clientOf(server.url, server.keys.operator)(...args);
  const verdicts = async (res: Answer) => (await call('GET', `${res.headers.get('location')}/events`)).json.member;
  const sendXml = (body: string, type = 'application/xml') =>
    call('POST', '/epcis/capture', { body, headers: { 'content-type': type } });
  beforeAll(async () => {
    server = await startServer(database);
    const body = documentOf([...events, ...later]);
    const res = await call('POST', '/epcis/capture', { body });
    expect((await call('GET', res.headers.get('location')!)).json).toMatchObject({ success: true });
  });
  afterAll(() => server.stop());

  it.each([
    ['2.0', 'Always_Web_URI', events.length + later.length, ''],
    ['2.0', 'Always_URN', events.length + later.length, ''],
    ['1.2', 'Always_URN', events.length, '&LT_eventTime=2026-03-01T00:06:00Z'],
  ])(
    'an answer in %s with %s is valid, and captured again it is nothing new',
    async (version, format, count, query) => {
      const headers = {
        ...XML,
        'GS1-EPCIS-Max': version,
        'GS1-CBV-XML-Format': format,
        'GS1-EPC-Format': 'Never_Translates',
      };
      const res = await call('GET', `/epcis/events?perPage=100${query}`, { headers });
      expect(res.status, res.text).toBe(200);
      expect(res.headers.get('content-type')).toBe('application/xml; charset=utf-8');
      expect(res.headers.get('gs1-cbv-xml-format')).toBe(format);
      const word = format === 'Always_URN' ? 'urn:epcglobal:cbv:bizstep:' : 'https://ref.gs1.org/cbv/BizStep-';
      expect(res.text).toContain(`<bizStep>${word}shipping</bizStep>`);
      expect(await validateDocument(res.text)).toEqual({ valid: true, events: count, errors: [] });
      const again = await sendXml(res.text, version === '1.2' ? 'text/xml' : 'application/xml');
      expect(again.status, again.text).toBe(202);
      expect(await verdicts(again)).toEqual(
        Array.from({ length: count }, (_, index) => expect.objectContaining({ index, verdict: 'duplicate' })),
      );
    },
  );

  it('identifiers are written as asked', async () => {
    const path = `/epcis/events/${encodeURIComponent(String(events[0]!['eventID']))}`;
    const link = await call('GET', path, { headers: XML });
    expect(link.text).toContain('<epc>https://id.gs1.org/01/09521141123454/21/1</epc>');
    const urn = await call('GET', path, { headers: { ...XML, 'GS1-EPC-Format': 'Always_EPC_URN' } });
    expect(urn.text).toContain(`<epc>${item(1)}</epc>`);
    const text = await call('GET', path, { headers: { accept: 'text/xml, application/json;q=0.5' } });
    expect(text.headers.get('content-type')).toBe('text/xml; charset=utf-8');
  });

  it('who takes 1.2 alone is given XML, and 406 where there is none', async () => {
    const headers = { 'GS1-EPCIS-Max': '1.2.0' };
    const res = await call('GET', '/epcis/events?LT_eventTime=2026-03-01T00:02:00Z', { headers });
    expect(res.text).toContain('schemaVersion="1.2"');
    expect((await call('GET', '/epcis/', { headers })).status).toBe(406);
    const json = { ...headers, accept: 'application/json' };
    expect((await call('GET', '/epcis/events', { headers: json })).status).toBe(406);
  });

  it('one event alone may be XML', async () => {
    const one = '<eventTime>2026-03-01T10:00:00Z</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>';
    const post = (body: string) =>
      call('POST', '/epcis/events', { body, headers: { 'content-type': 'application/xml' } });
    const event = `<ObjectEvent>${one}<epcList><epc>${item(900)}</epc></epcList><action>OBSERVE</action></ObjectEvent>`;
    const res = await post(event);
    expect(res.status, res.text).toBe(201);
    expect((await call('GET', res.headers.get('location')!)).status).toBe(200);
    expect(await post(event)).toMatchObject({ status: 409 });
    expect(await post(event.replace('OBSERVE', 'SEE'))).toMatchObject({
      status: 400,
      json: { errors: [{ path: '/ObjectEvent/action' }] },
    });
  });

  it('the same event in JSON and in XML is one', async () => {
    const one = observed(20, { eventID: undefined });
    const first = await call('POST', '/epcis/capture', { body: documentOf([one]) });
    const [{ eventID }] = await verdicts(first);
    const res = await call('GET', `/epcis/events/${encodeURIComponent(eventID)}`, { headers: XML });
    const nameless = res.text.replace(/\s*<eventID>.*<\/eventID>/, '').replace(/\s*<recordTime>.*<\/recordTime>/, '');
    expect(nameless).not.toContain('eventID');
    expect(await verdicts(await sendXml(nameless))).toMatchObject([{ verdict: 'duplicate', eventID }]);
  });

  it('a body that is not what its Content-Type says is 400', async () => {
    const json = JSON.stringify(documentOf([observed(30)]));
    for (const [body, type] of [
      [json, 'application/xml'],
      ['<a/>', 'application/json'],
    ] as const) {
      const res = await call('POST', '/epcis/capture', { body, headers: { 'content-type': type } });
      expect(res).toMatchObject({ status: 400, json: { type: 'epcisException:ValidationException' } });
      expect(res.json.detail).toContain('its Content-Type says');
    }
    const single = await call('POST', '/epcis/events', {
      body: bare(observed(31)),
      headers: { 'content-type': 'text/xml' },
    });
    expect(single.status).toBe(400);
  });
});
