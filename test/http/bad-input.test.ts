// What strangers send: the right status, a problem document that names the place, and nothing stored in part.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHead } from '../../src/store/log-head.ts';
import { DEFAULT_TENANT } from '../../src/store/open.ts';
import { documentOf, item, observed } from './fixtures.ts';
import { DATABASES, startServer, type TestServer } from './server.ts';

const JSON_TYPE = 'application/json';
const XML_TYPE = 'application/xml';
const good = () => observed(1);
/** A document of a good event and one whose text is given. */
const beside = (event: string): string => JSON.stringify(documentOf([good(), 'HERE'])).replace('"HERE"', () => event);
const told = (more: Record<string, unknown>): string => beside(JSON.stringify(observed(1, more)));
const ROOT = `<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" creationDate="2026-03-01T00:00:00Z">`;
const xmlEvent = (action: string): string =>
  `<ObjectEvent><eventTime>2026-03-01T00:00:00Z</eventTime><eventTimeZoneOffset>+00:00</eventTimeZoneOffset>
<epcList><epc>${item(1)}</epc></epcList><action>${action}</action></ObjectEvent>`;
const xml = (inner: string, before = ''): string =>
  `<?xml version="1.0"?>\n${before}${ROOT}<EPCISBody><EventList>${inner}</EventList></EPCISBody></epcis:EPCISDocument>`;
const LAUGHS = `<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`;
const OUTSIDE = `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>`;
const nested = (levels: number): string => `${'{"dairy:a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const epcs = (count: number): string[] => Array.from({ length: count }, (_, i) => item(i + 1));

interface Bad {
  body: string | Uint8Array;
  type?: string;
  headers?: Record<string, string>;
  /** At the door. */
  status?: number;
  /** In the detail, or in the first error of the job. */
  says?: RegExp;
}

/** What is refused at the door, with the status; the others are captures whose job fails. */
const TABLE: Record<string, Bad> = {
  'no content type': { body: told({}), type: 'text/plain', status: 415, says: /text\/plain; taken: application\/json/ },
  'an unknown packing': { body: told({}), headers: { 'content-encoding': 'compress' }, status: 415, says: /zstd/ },
  'a packing cut short': {
    body: new Uint8Array(gzipSync(told({})).subarray(0, -9)),
    headers: { 'content-encoding': 'gzip' },
    status: 400,
    says: /cut short/,
  },
  'a packing that becomes too much': {
    body: new Uint8Array(gzipSync(told({}).padEnd(3 * 1024 * 1024, ' '))),
    headers: { 'content-encoding': 'gzip' },
    status: 413,
    says: /longer than \d+ bytes/,
  },
  'JSON that ends early': { body: told({}).slice(0, -3), status: 400, says: /line 1, column \d+/ },
  'JSON with a comma too many': {
    body: told({}).replace('"epcisBody":', ',"epcisBody":'),
    status: 400,
    says: /column/,
  },
  'XML that ends early': {
    body: xml(xmlEvent('OBSERVE')).slice(0, -9),
    type: XML_TYPE,
    status: 400,
    says: /line \d+, column/,
  },
  'XML with a wrong tag': { body: xml('<a></b>'), type: XML_TYPE, status: 400, says: /line 2, column/ },
  'a bomb of entities': { body: xml('&b;', LAUGHS), type: XML_TYPE, status: 400, says: /document type/ },
  'an entity from outside': { body: xml('&a;', OUTSIDE), type: XML_TYPE, status: 400, says: /document type/ },
  'XML nested too deep': { body: xml('<a>'.repeat(100)), type: XML_TYPE, status: 400, says: /nested deeper than 64/ },
  'bytes that are no UTF-8': {
    body: Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
    status: 400,
    says: /UTF-8 \(line 1, column/,
  },
  'a name twice around the events': {
    body: told({}).replace('"type":"EPCISDocument"', '"type":"EPCISDocument","type":"EPCISDocument"'),
    status: 400,
    says: /stands twice/,
  },
  'no object as an event': { body: beside('7'), status: 400, says: /must be an object/ },
  'nothing at all': { body: '', status: 400 },
  'a name twice in an event': { body: beside('{"type":"ObjectEvent","type":"ObjectEvent"}'), says: /stands twice/ },
  'a member named __proto__': {
    body: told({ 'dairy:p': 1 }).replace('"dairy:p"', '"__proto__"'),
    says: /__proto__/,
  },
  'JSON nested too deep': {
    body: told({}).replace(/}\]}}$/, `,"dairy:deep":${nested(70)}}]}}`),
    says: /deeper than 64/,
  },
  'a number that no double holds': {
    body: told({ 'dairy:n': 1 }).replace('"dairy:n":1', '"dairy:n":12345678901234567890123'),
    says: /more digits than a number keeps/,
  },
  'a number beyond all numbers': {
    body: told({ 'dairy:n': 1 }).replace('"dairy:n":1', '"dairy:n":1e999'),
    says: /more digits than a number keeps/,
  },
  'a text that is too long': { body: told({ 'dairy:t': 'x'.repeat(70_000) }), says: /longer than 65536/ },
  'NUL in a text': { body: told({ 'dairy:t': 'a\0b' }), says: /U\+0000/ },
  'half of a pair': { body: told({ 'dairy:t': '\ud800' }), says: /surrogate/ },
  'the year 0': { body: told({ eventTime: '0000-01-01T00:00:00Z' }), says: /eventTime must be a date-time/ },
  'the 30th of February': { body: told({ eventTime: '2026-02-30T00:00:00Z' }), says: /eventTime must be a date-time/ },
  'the year 12026': { body: told({ eventTime: '12026-02-01T00:00:00Z' }), says: /eventTime must be a date-time/ },
  'an offset of 15 hours': { body: told({ eventTimeZoneOffset: '+15:00' }), says: /at most 14:00/ },
  'a wrong action in XML': { body: xml(xmlEvent('OBSERVE') + xmlEvent('SEE')), type: XML_TYPE, says: /action/ },
  'a URN that breaks its form': { body: told({ epcList: ['urn:epc:id:sgtin:1.2.3'] }), says: /company prefix/i },
  'more EPCs than one event may name': { body: told({ epcList: epcs(200_001) }), says: /More than 200000 identifiers/ },
};

describe.each(DATABASES)('bad input on %s', (database) => {
  let server: TestServer;
  const send = ({ body, type = JSON_TYPE, headers = {} }: Bad): Promise<Response> =>
    fetch(`${server.url}/epcis/capture`, {
      method: 'POST',
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers: { authorization: `Bearer ${server.keys.operator}`, 'content-type': type, ...headers },
    });
  const jobOf = async (res: Response) => {
    const headers = { authorization: `Bearer ${server.keys.operator}` };
    return (await (await fetch(server.url + res.headers.get('location')!, { headers })).json()) as {
      success: boolean;
      errors: { type: string; detail: string; eventIndex: number }[];
    };
  };
  const size = async (): Promise<number> => (await readHead(server.store, DEFAULT_TENANT)).size;
  beforeAll(async () => {
    server = await startServer(database, { captureBytesMax: 16 * 1024 * 1024 });
  });
  afterAll(() => server.stop());

  it.each(Object.entries(TABLE))('%s', async (name, bad) => {
    const small = name.includes('too much') ? { ...server.platform } : undefined;
    if (small) server.platform.captureBytesMax = 1024 * 1024;
    const before = await size();
    const res = await send(bad);
    if (small) server.platform.captureBytesMax = small.captureBytesMax;
    expect(res.status).toBe(bad.status ?? 202);
    if (bad.status !== undefined) {
      expect(res.headers.get('content-type')).toBe('application/problem+json');
      const problem = (await res.json()) as { type: string; detail: string };
      expect(problem.type).toMatch(/^epcisException:\w+Exception$/);
      if (bad.says) expect(problem.detail).toMatch(bad.says);
    } else {
      const job = await jobOf(res);
      expect(job.success).toBe(false);
      expect(job.errors[0]).toMatchObject({
        type: 'epcisException:ValidationException',
        eventIndex: expect.any(Number),
      });
      expect(job.errors[0]!.detail).toMatch(bad.says!);
    }
    expect(await size()).toBe(before);
  });

  it('100,000 EPCs in one event are taken', async () => {
    const before = await size();
    const res = await send({ body: JSON.stringify(documentOf([observed(2, { epcList: epcs(100_000) })])) });
    expect(res.status).toBe(202);
    expect(await jobOf(res)).toMatchObject({ success: true });
    expect(await size()).toBe(before + 1);
  });

  it('proceed stores what is good, and that alone', async () => {
    const before = await size();
    const headers = { 'GS1-Capture-Error-Behaviour': 'proceed' };
    const res = await send({ body: told({ eventTime: 'yesterday' }), headers });
    expect(await jobOf(res)).toMatchObject({ success: false, errors: [{ eventIndex: 1 }] });
    expect(await size()).toBe(before + 1);
  });
});
