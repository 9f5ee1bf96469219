import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addKey } from '../../src/store/api-key.ts';
import { DEFAULT_TENANT } from '../../src/store/open.ts';
import { documentOf, observed } from './fixtures.ts';
import { type CallingServer, startCalling, startReceiver } from './receiver.ts';
import { clientOf, DATABASES } from './server.ts';

const WAIT = { timeout: 10_000, interval: 20 };
const SOAP11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
const LOCATION = 'urn:epcglobal:epcis:vtype:BusinessLocation';
const NAMESPACE = { '1.2': 'urn:epcglobal:epcis-query:xsd:1', '2.0': 'urn:epcglobal:epcis-query:xsd:2' };
type Version = keyof typeof NAMESPACE;

const envelope = (content: string, soap = SOAP11): string =>
  `<?xml version="1.0"?><e:Envelope xmlns:e="${soap}"><e:Header/><e:Body>${content}</e:Body></e:Envelope>`;
const message = (version: Version, name: string, content = ''): string =>
  `<q:${name} xmlns:q="${NAMESPACE[version]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${content}</q:${name}>`;
const list = (values: string[]): string =>
  `<value xsi:type="q:ArrayOfString">${values.map((text) => `<string>${text}</string>`).join('')}</value>`;
const params = (of: Record<string, string | string[] | null>): string =>
  `<params>${Object.entries(of)
    .map(([name, value]) => {
      const written =
        value === null
          ? '<value xsi:type="q:VoidHolder"/>'
          : typeof value === 'string'
            ? `<value>${value}</value>`
            : list(value);
      return `<param><name>${name}</name>${written}</param>`;
    })
    .join('')}</params>`;
const pollOf = (of: Record<string, string | string[] | null>, query = 'SimpleEventQuery'): string =>
  `<queryName>${query}</queryName>${params(of)}`;

describe.each(DATABASES)('SOAP on %s', (database) => {
  let server: CallingServer;
  const post = (body: string, headers: Record<string, string> = {}, key = server.keys.operator) =>
    clientOf(server.url, key)('POST', '/epcis/soap', { body, headers: { 'content-type': 'text/xml', ...headers } });
  const ask = (name: string, content = '', version: Version = '2.0') => post(envelope(message(version, name, content)));

  beforeAll(async () => {
    server = await startCalling(database);
    const events = [
      observed(1, { bizStep: 'shipping', 'dairy:fat': 3 }),
      observed(2, { bizStep: 'shipping' }),
      observed(3, { bizStep: 'receiving', errorDeclaration: { declarationTime: '2026-03-01T00:00:00Z' } }),
    ];
    const elements = [
      {
        id: 'urn:epc:id:sgln:0614141.00001.0',
        attributes: [{ id: 'urn:epcglobal:cbv:mda:name', attribute: 'Dairy & Sons' }],
        children: ['urn:epc:id:sgln:0614141.00001.1'],
      },
      {
        id: 'urn:epc:id:sgln:0614141.00001.1',
        attributes: [{ id: 'urn:epcglobal:cbv:mda:city', attribute: 'Ede' }],
      },
    ];
    const vocabularyList = [{ type: LOCATION, vocabularyElementList: elements }];
    const body = { ...documentOf(events), epcisHeader: { epcisMasterData: { vocabularyList } } };
    const { status, text } = await clientOf(server.url, server.keys.operator)('POST', '/epcis/capture', { body });
    expect([status, text]).toEqual([202, text]);
  });
  afterAll(() => server.stop());

  it.each(['1.2', '2.0'] as const)('names queries and versions, in the namespace of %s', async (version) => {
    const names = await ask('GetQueryNames', '', version);
    expect(names.status).toBe(200);
    expect(names.headers.get('content-type')).toContain('text/xml');
    expect(names.text).toContain(`<epcisq:GetQueryNamesResult xmlns:epcisq="${NAMESPACE[version]}">`);
    for (const name of ['SimpleEventQuery', 'SimpleMasterDataQuery'])
      expect(names.text).toContain(`<string>${name}</string>`);
    expect((await ask('GetStandardVersion', '', version)).text).toContain(
      `>${version}</epcisq:GetStandardVersionResult>`,
    );
    expect((await ask('GetVendorVersion', '', version)).text).toContain('>0.0.0-test</epcisq:GetVendorVersionResult>');
  });

  it('tells its WSDL to everybody: names refer to what is there, operations are those of GS1', async () => {
    for (const [path, version] of [
      ['/epcis/soap?wsdl', '2.0'],
      ['/epcis/soap?wsdl&version=1.2', '1.2'],
    ] as const) {
      const { status, text } = await clientOf(server.url)('GET', path);
      expect(status).toBe(200);
      expect(text).toContain(`<soap:address location="${server.url}/epcis/soap"/>`);
      expect(text).toContain(`targetNamespace="${NAMESPACE[version]}"`);
      const named = (tag: string): string[] =>
        [...text.matchAll(new RegExp(`<${tag} name="([^"]+)"`, 'g'))].map(([, name]) => name!);
      const messages = new Set(named('wsdl:message'));
      for (const [, used] of text.matchAll(/message="impl:([^"]+)"/g)) expect(messages).toContain(used);
      const known = new Set([...named('xsd:element'), ...named('xsd:complexType')]);
      for (const [, used] of text.matchAll(/(?:element|type)="q:([^"]+)"/g)) expect(known).toContain(used);
      expect(new Set(named('wsdl:operation'))).toEqual(
        new Set([
          'getQueryNames',
          'subscribe',
          'unsubscribe',
          'getSubscriptionIDs',
          'poll',
          'getStandardVersion',
          'getVendorVersion',
        ]),
      );
    }
  });

  it('answers SOAP 1.2 in SOAP 1.2', async () => {
    const answer = await post(envelope(message('2.0', 'GetQueryNames'), SOAP12), {
      'content-type': 'application/soap+xml',
    });
    expect(answer.headers.get('content-type')).toContain('application/soap+xml');
    expect(answer.text).toContain(`<soap:Envelope xmlns:soap="${SOAP12}">`);
    const fault = await post(envelope(message('2.0', 'Poll', pollOf({}, 'None')), SOAP12), {
      'content-type': 'application/soap+xml',
    });
    expect(fault.text).toMatch(/<soap:Value>soap:Sender<[\s\S]*<epcisq:NoSuchNameException/);
  });

  it('polls events by typed parameters, as URNs in 1.2', async () => {
    const two = await ask(
      'Poll',
      pollOf({ EQ_bizStep: ['urn:epcglobal:cbv:bizstep:shipping'], eventType: ['ObjectEvent'] }),
    );
    expect(two.text.match(/<ObjectEvent[ >]/g)).toHaveLength(2);
    expect(two.text).toContain('https://id.gs1.org/01/');
    expect(two.text).toContain('<queryName>SimpleEventQuery</queryName>');
    const one = await ask('Poll', pollOf({ EXISTS_errorDeclaration: null }), '1.2');
    expect(one.text.match(/<ObjectEvent[ >]/g)).toHaveLength(1);
    expect(one.text).toContain('<epc>urn:epc:id:sgtin:');
    expect(one.text).toContain('urn:epcglobal:cbv:bizstep:receiving');
    expect(one.text).toMatch(/<epcisq:QueryResults xmlns:epcisq="urn:epcglobal:epcis-query:xsd:1"/);
    const newest = await ask('Poll', pollOf({ orderBy: 'recordTime', eventCountLimit: '1' }));
    expect(newest.text.match(/<ObjectEvent[ >]/g)).toHaveLength(1);
  });

  it('polls master data', async () => {
    const all = { includeAttributes: 'true', includeChildren: 'true' };
    const both = await ask('Poll', pollOf({ ...all, vocabularyName: [LOCATION] }, 'SimpleMasterDataQuery'));
    expect(both.text.match(/<VocabularyElement /g)).toHaveLength(2);
    expect(both.text).toContain('Dairy &amp; Sons');
    const below = { ...all, WD_name: ['urn:epc:id:sgln:0614141.00001.0'] };
    expect(
      (await ask('Poll', pollOf(below, 'SimpleMasterDataQuery'), '1.2')).text.match(/<VocabularyElement /g),
    ).toHaveLength(2);
    for (const [name, value] of [
      ['EQ_name', 'urn:epc:id:sgln:0614141.00001.1'],
      ['HASATTR', 'urn:epcglobal:cbv:mda:city'],
      ['EQATTR_urn:epcglobal:cbv:mda:city', 'Ede'],
    ] as const) {
      const { text } = await ask('Poll', pollOf({ ...all, [name]: [value] }, 'SimpleMasterDataQuery'));
      expect(text.match(/<VocabularyElement /g)).toHaveLength(1);
    }
    const bare = pollOf({ includeAttributes: 'false', includeChildren: 'false' }, 'SimpleMasterDataQuery');
    const { text } = await ask('Poll', bare);
    expect(text).not.toContain('attribute');
    expect(text).not.toContain('children');
  });

  const subscription = (dest: string, id: string, controls: string, of = params({ EQ_bizStep: ['packing'] })): string =>
    `<queryName>SimpleEventQuery</queryName>${of}<dest>${dest}</dest><controls>${controls}<reportIfEmpty>false</reportIfEmpty></controls><subscriptionID>${id}</subscriptionID>`;
  const TRIGGER = '<trigger>stream</trigger>';

  it('subscribes, tells in XML of its version, lists and unsubscribes', async () => {
    const { calls, url, close } = await startReceiver();
    try {
      for (const version of ['1.2', '2.0'] as const) {
        const made = await ask('Subscribe', subscription(url, `s-${version}`, TRIGGER), version);
        expect([made.status, made.text]).toEqual([200, expect.stringContaining('<epcisq:SubscribeResult')]);
      }
      const again = await ask('Subscribe', subscription(url, 's-2.0', TRIGGER));
      expect(again.text).toContain('<epcisq:DuplicateSubscriptionException');
      const wanted = observed(10, { bizStep: 'packing' });
      await clientOf(server.url, server.keys.operator)('POST', '/epcis/capture', { body: documentOf([wanted]) });
      await vi.waitFor(() => expect(calls).toHaveLength(2), WAIT);
      for (const { body, headers } of calls) {
        const text = body.toString();
        const version = text.includes('<subscriptionID>s-1.2</subscriptionID>') ? '1.2' : '2.0';
        expect(headers['content-type']).toContain('text/xml');
        expect(text).toContain(`<epcisq:EPCISQueryDocument xmlns:epcisq="${NAMESPACE[version]}"`);
        expect(text).toContain(String(wanted['eventID']));
        expect(text).toContain(version === '1.2' ? '<epc>urn:epc:id:sgtin:' : '<epc>https://id.gs1.org/01/');
      }
      const ids = await ask('GetSubscriptionIDs', '<queryName>SimpleEventQuery</queryName>');
      expect([...ids.text.matchAll(/<string>([^<]*)</g)].map(([, id]) => id)).toEqual(['s-1.2', 's-2.0']);
      for (const id of ['s-1.2', 's-2.0']) {
        const ending = envelope(message('2.0', 'Unsubscribe', `<subscriptionID>${id}</subscriptionID>`));
        const refused = await post(ending, {}, server.keys.reader);
        expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('<epcisq:SecurityException')]);
        const ended = await ask('Unsubscribe', `<subscriptionID>${id}</subscriptionID>`);
        expect(ended.text).toContain('<epcisq:UnsubscribeResult');
      }
      const left = await ask('GetSubscriptionIDs', '<queryName>SimpleEventQuery</queryName>');
      expect(left.text).not.toContain('<string>');
    } finally {
      await close();
    }
  });

  it('tells of a query that fails by a document with the exception', async () => {
    const { calls, url, close } = await startReceiver();
    try {
      const of = params({ EQ_bizStep: ['picking'], maxEventCount: '1' });
      await ask('Subscribe', subscription(url, 'few', TRIGGER, of), '1.2');
      const events = [observed(20, { bizStep: 'picking' }), observed(21, { bizStep: 'picking' })];
      await clientOf(server.url, server.keys.operator)('POST', '/epcis/capture', { body: documentOf(events) });
      await vi.waitFor(() => expect(calls).toHaveLength(1), WAIT);
      const text = calls[0]!.body.toString();
      expect(text).toMatch(/<EPCISBody><epcisq:QueryTooLargeException[\s\S]*<subscriptionID>few<\/subscriptionID>/);
      await ask('Unsubscribe', '<subscriptionID>few</subscriptionID>');
    } finally {
      await close();
    }
  });

  it.each<[string, string, string, string]>([
    ['a query that is none', 'Poll', pollOf({}, 'None'), 'NoSuchNameException'],
    ['an unknown parameter', 'Poll', pollOf({ EQ_colour: ['red'] }), 'QueryParameterException'],
    ['a wrong value', 'Poll', pollOf({ GE_eventTime: 'today' }), 'QueryParameterException'],
    ['too many hits', 'Poll', pollOf({ maxEventCount: '1' }), 'QueryTooLargeException'],
    ['no includeAttributes', 'Poll', pollOf({}, 'SimpleMasterDataQuery'), 'QueryParameterException'],
    ['an ID that is none', 'Unsubscribe', '<subscriptionID>none</subscriptionID>', 'NoSuchSubscriptionException'],
    ['no ID', 'Unsubscribe', '', 'ValidationException'],
    ['an operation that is none', 'Dance', '', 'ValidationException'],
    ['a dest that is none', 'Subscribe', subscription('mailto:x', 'a', TRIGGER), 'InvalidURIException'],
    [
      'a trigger that is none',
      'Subscribe',
      subscription('http://127.0.0.1:9/', 'a', '<trigger>x</trigger>'),
      'SubscriptionControlsException',
    ],
    ['no controls', 'Subscribe', subscription('http://127.0.0.1:9/', 'a', ''), 'SubscriptionControlsException'],
    [
      'second 75',
      'Subscribe',
      subscription('http://127.0.0.1:9/', 'a', '<schedule><second>75</second></schedule>'),
      'SubscriptionControlsException',
    ],
    [
      'a query cut to a count',
      'Subscribe',
      subscription('http://127.0.0.1:9/', 'a', TRIGGER, params({ eventCountLimit: '1', orderBy: 'eventTime' })),
      'SubscribeNotPermittedException',
    ],
  ])('has a fault for %s', async (_what, operation, content, name) => {
    const { status, text } = await ask(operation, content);
    expect(status).toBe(500);
    expect(text).toContain('<faultcode>soap:Client</faultcode>');
    expect(text).toMatch(
      new RegExp(`<detail><epcisq:${name} xmlns:epcisq="urn:epcglobal:epcis-query:xsd:2">\\s*<reason>`),
    );
  });

  it.each<[string, string]>([
    ['no XML', 'hello'],
    ['no envelope', '<a/>'],
    ['an empty body', envelope('')],
    ['two messages', envelope(message('2.0', 'GetQueryNames') + message('2.0', 'GetQueryNames'))],
    ['a foreign message', envelope('<x xmlns="urn:x"/>')],
    ['a document type', `<!DOCTYPE a [<!ENTITY b "c">]>${envelope(message('2.0', 'GetQueryNames'))}`],
    ['deep nesting', envelope(message('2.0', 'Poll', '<a>'.repeat(500) + '</a>'.repeat(500)))],
    ['too many elements', envelope(message('2.0', 'Poll', '<a/>'.repeat(30_000)))],
  ])('refuses %s', async (_what, body) => {
    const { status, text } = await post(body);
    expect([status, text]).toEqual([500, expect.stringContaining('ValidationException')]);
  });

  it('has a fault for those who may not', async () => {
    const none = await post(envelope(message('2.0', 'GetQueryNames')), { authorization: 'Bearer none' });
    expect([none.status, none.text]).toEqual([401, expect.stringContaining('<epcisq:SecurityException')]);
    const { key } = await addKey(server.store, DEFAULT_TENANT, 'capture', Date.now());
    const weak = await post(envelope(message('2.0', 'GetQueryNames')), {}, key);
    expect([weak.status, weak.text]).toEqual([403, expect.stringContaining('<epcisq:SecurityException')]);
    const csv = await post('a,b', { 'content-type': 'text/csv' });
    expect([csv.status, csv.text]).toEqual([415, expect.stringContaining('<epcisq:ValidationException')]);
  });
});
