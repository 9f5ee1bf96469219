import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/error.ts';
import { type DocumentEvent, type Finding, LIMITS, readDocument, validateDocument } from '../../src/epcis/index.ts';
import { inPieces, partsOf, readWhole } from './read.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, FIXTURES), 'utf8');
const DOCUMENTS = [
  'documents/farm-to-shop.json',
  'documents/bare-event.json',
  'twins/weighing.xml',
  'twins/weighing.json',
];

const EVENT = {
  type: 'ObjectEvent',
  eventTime: '2026-03-01T08:00:00Z',
  eventTimeZoneOffset: '+00:00',
  action: 'OBSERVE',
  epcList: ['urn:epc:id:sscc:9521141.0000000001'],
};
const HEAD = {
  '@context': 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
  type: 'EPCISDocument',
  schemaVersion: '2.0',
  creationDate: '2026-03-01T08:00:00Z',
};
const documentOf = (...eventList: unknown[]): string => JSON.stringify({ ...HEAD, epcisBody: { eventList } });
const eventsOf = async (source: string | AsyncIterable<Uint8Array>): Promise<DocumentEvent[]> =>
  (await partsOf(source)).filter((part) => part.kind === 'event');

async function refusal(source: string | AsyncIterable<Uint8Array>): Promise<AppError> {
  try {
    await partsOf(source);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
const errorsOf = ({ detail }: AppError): Finding[] => (detail?.['errors'] ?? []) as Finding[];

describe('a document in pieces', () => {
  it.each(DOCUMENTS)('%s is the same however it is cut', async (name) => {
    const whole = await readWhole(read(name));
    for (const size of [1, 2, 3, 7, 64, 1000]) expect(await readWhole(inPieces(read(name), size))).toEqual(whole);
  });

  it('starts, gives its events with their places, and ends', async () => {
    const text = `{"@context":"https://x.example.org/c",\n"type":"EPCISDocument","epcisBody":{"eventList":[\n  {"type":"A"},\n {"type":"B"}]}}`;
    const parts = await partsOf(text);
    expect(parts.map(({ kind }) => kind)).toEqual(['start', 'event', 'event', 'end']);
    expect(parts.slice(1, 3)).toMatchObject([
      { index: 0, path: '/epcisBody/eventList/0', line: 3, column: 3, event: { type: 'A' } },
      { index: 1, path: '/epcisBody/eventList/1', line: 4, column: 2, event: { type: 'B' } },
    ]);
  });

  it('may say behind its events how they are to be read', async () => {
    const late = JSON.stringify({
      epcisBody: { eventList: [{ ...EVENT, 'ex:a': 1 }] },
      ...HEAD,
      '@context': [{ ex: 'https://x.example.org/' }],
    });
    const { prehashes, head } = await readWhole(late);
    expect(prehashes[0]).toContain('{https://x.example.org/}a=1');
    expect(head).toMatchObject({ kind: 'document', schemaVersion: '2.0' });
  });

  it('hands out events before it has ended', async () => {
    const filler = { ...EVENT, 'ex:note': 'x'.repeat(1000) };
    async function* endless(): AsyncGenerator<Uint8Array> {
      const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
      yield encode(`${JSON.stringify(HEAD).slice(0, -1)},"epcisBody":{"eventList":[${JSON.stringify(filler)}`);
      for (;;) yield encode(`,${JSON.stringify(filler)}`);
    }
    let events = 0;
    for await (const part of readDocument(endless())) if (part.kind === 'event' && ++events === 5000) break;
    expect(events).toBe(5000);
  });
});

describe("an event's own JSON", () => {
  it('is handed out where it is plain, in whatever pieces it came', async () => {
    const text = JSON.stringify(EVENT).replace('{', '{ \t');
    const document = documentOf('EVENT').replace('"EVENT"', text);
    for (const size of [1, 7, 100_000]) expect((await eventsOf(inPieces(document, size)))[0]?.json).toBe(text);
  });
  it.each([
    ['line ends', '{"type":\n"ObjectEvent"}'],
    ['escapes', String.raw`{"type":"Object\u0045vent"}`],
    ['numbers', '{"ex:a":1.0}'],
    ['names twice', '{"ex:a":"1","ex:a":"2"}'],
  ])('%s: it is not', async (_, text) => {
    const [event] = await eventsOf(documentOf('EVENT').replace('"EVENT"', text));
    expect(event?.json === undefined || event.findings.length > 0).toBe(true);
  });
});

describe('what JSON.parse would pass over', () => {
  it.each([
    ['a name twice', '{"type":"ObjectEvent",\n "action":"ADD","action":"ADD"}', '/action', 'duplicate-name', 2, 17],
    ['a name twice, further in', '{"type":"ObjectEvent","ex:a":{"b":1,\n"b":2}}', '/ex:a/b', 'duplicate-name', 2, 1],
    ['an escaped name twice', '{"type":"ObjectEvent","a":1,"\\u0061":2}', '/a', 'duplicate-name', 1, 29],
    ['__proto__', '{"type":"ObjectEvent","ex:a":{"__proto__":1,"__proto__":2}}', '/ex:a/__proto__', 'name', 1, 31],
    ['a number too long', '{"type":"ObjectEvent","ex:a":12345678901234567890}', '/ex:a', 'number', 1, 30],
    ['a number too small', '{"type":"ObjectEvent","ex:a":1e-400}', '/ex:a', 'number', 1, 30],
    ['a number too large', '{"type":"ObjectEvent","ex:a":1e999}', '/ex:a', 'number', 1, 30],
  ])('%s', async (_, event, path, rule, line, column) => {
    const [part] = await eventsOf(documentOf(0).replace('[0]', `[\n${event}]`));
    expect(part?.findings).toContainEqual(expect.objectContaining({ path, rule, line: line + 1, column }) as Finding);
  });

  it.each(['0.1', '1e3', '1.50', '123456789012345', '-0', '9007199254740993.0e0', '100000000000000000000'])(
    'a number that survives: %s',
    async (number) => {
      const [part] = await eventsOf(documentOf(0).replace('[0]', `[{"ex:a":${number}}]`));
      expect(part?.findings.map(({ rule }) => rule)).toEqual(number.startsWith('9007') ? ['number'] : []);
    },
  );

  it('a name twice around the events', async () => {
    const { errors } = await validateDocument(documentOf(EVENT).replace('"type":', '"type":"EPCISDocument","type":'));
    expect(errors).toMatchObject([{ path: '/type', rule: 'duplicate-name', line: 1 }]);
  });
});

describe('text that is refused, with its place', () => {
  it.each([
    ['no value', documentOf(EVENT).replace('"ObjectEvent"', 'ObjectEvent'), 1],
    ['a comma too many', documentOf(EVENT).replace('}]', '},]'), 1],
    ['half an event', documentOf(EVENT).slice(0, 200), 1],
    ['more behind it', documentOf(EVENT) + '\n{}', 2],
    ['a name without quotes', '{\n\ntype: 1}', 3],
    ['a control character', documentOf({ ...EVENT, 'ex:a': 'X' }).replace('"X"', '"\u0001"'), 1],
    ['another list', '[\n{}]', 1],
  ])('%s', async (_, text, line) => {
    const error = await refusal(text);
    expect(error.code).toBe('invalid');
    if (text.startsWith('[')) return expect(errorsOf(error)).toMatchObject([{ rule: 'type' }]);
    expect(errorsOf(error)).toMatchObject([{ rule: 'syntax', line }]);
    expect(error.message).toMatch(/ \(line \d+, column \d+\)\.$/);
  });

  it.each([
    ['JSON', JSON.stringify(JSON.parse(documentOf(EVENT)), null, 2), 'The text is no JSON'],
    ['XML', read('twins/weighing.xml'), 'The text is no XML document'],
  ])('bytes that are no UTF-8, in %s', async (_, text, message) => {
    const bytes = new TextEncoder().encode(text);
    bytes[300] = 0xff;
    for (const size of [1, 50, 5000]) {
      const error = await refusal(inPieces(bytes, size));
      expect(error.message).toMatch(/no UTF-8 \(line \d+, column \d+\)\.$/);
      expect(error.message).toContain(message);
      expect(errorsOf(error)[0]?.line).toBeGreaterThan(1);
    }
  });

  it('depth: the limit itself is accepted', async () => {
    const deep = (depth: number): string =>
      `{"type":"ObjectEvent","ex:a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    const [fits] = await eventsOf(documentOf(0).replace('[0]', `[${deep(LIMITS.depthMax)}]`));
    const [over] = await eventsOf(documentOf(0).replace('[0]', `[${deep(50_000)}]`));
    expect([fits?.findings, over?.findings]).toMatchObject([[], [{ rule: 'limit' }]]);
  });
});

describe('encodings of XML', () => {
  const text =
    '<?xml version="1.0" encoding="NAME"?><ObjectEvent><action>ADD</action><ex:a xmlns:ex="urn:x">Zürich</ex:a></ObjectEvent>';
  const latin = (name: string): Uint8Array => Buffer.from(text.replace('NAME', name), 'latin1');
  const utf16 = (mark: string): Uint8Array => Buffer.from(mark + text.replace('NAME', 'UTF-16'), 'utf16le');

  it.each([
    ['UTF-8', inPieces(text.replace('NAME', 'UTF-8'), 5)],
    ['UTF-16 with a mark', inPieces(utf16('\uFEFF'), 5)],
    ['UTF-16 without', inPieces(utf16(''), 5)],
    ['ISO-8859-1', inPieces(latin('ISO-8859-1'), 5)],
    ['UTF-8 that calls itself UTF-16', inPieces(text.replace('NAME', 'utf-16'), 5)],
  ])('%s', async (_, source) => {
    expect((await readWhole(source)).prehashes).toEqual(['eventType=ObjectEventaction=ADD{urn:x}a=Zürich']);
  });

  it('one that nobody knows', async () => {
    expect((await refusal(inPieces(latin('EBCDIC-9'), 50))).message).toContain('ebcdic-9 is not known');
  });
});

describe('texts made to harm', () => {
  /** Reads to the end or is refused; nothing else, and in no long time. */
  const survivable = async (text: string): Promise<void> => {
    try {
      await partsOf(inPieces(text, 997));
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'internal') throw error;
      expect(errorsOf(error).length).toBeGreaterThan(0);
    }
    const { errors, valid } = await validateDocument(text);
    expect(valid).toBe(errors.length === 0);
    expect(errors.length).toBeLessThanOrEqual(LIMITS.findingsMax + 1);
  };

  it.each(DOCUMENTS)('mutations of %s', async (name) => {
    const text = read(name);
    const piece = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom(
        '<',
        '>',
        '"',
        '{',
        '}',
        '[',
        ']',
        '&#0;',
        '<!--',
        ']]>',
        '\\',
        '\u0000',
        '<a',
        '</a>',
        ':',
        ',',
        '1e99',
      ),
    );
    const mutation = fc.tuple(fc.nat(text.length), fc.nat(20), piece);
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        let mutated = text;
        for (const [at, length, put] of mutations) mutated = mutated.slice(0, at) + put + mutated.slice(at + length);
        await survivable(mutated);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['texts without end', () => `{"a":"${'x'.repeat(300_000)}`],
    ['escapes without end', () => `{"a":"${'\\\\'.repeat(150_000)}`],
    ['brackets', () => '{"epcisBody":{"eventList":['.repeat(20_000)],
    ['names', () => `{${Array.from({ length: 50_000 }, (_, i) => `"a${i}":0`).join(',')}}`],
    ['attributes', () => `<a ${Array.from({ length: 20_000 }, (_, i) => `a${i}=""`).join(' ')}/>`],
    ['namespaces', () => `<a ${Array.from({ length: 20_000 }, (_, i) => `xmlns:a${i}="urn:${i}"`).join(' ')}/>`],
    [
      'namespaces, one an element',
      () =>
        `<ObjectEvent>${Array.from({ length: 20_000 }, (_, i) => `<a:x xmlns:a="urn:${i}"/>`).join('')}</ObjectEvent>`,
    ],
    ['comments', () => `<a><!--${'-'.repeat(1)}${'x'.repeat(500_000)}`],
    ['character references', () => `<a>${'&#65;'.repeat(100_000)}</a>`],
    ['numbers', () => `{"a":${'1'.repeat(100_000)}}`],
  ])('%s', async (_, text) => {
    const start = performance.now();
    await survivable(text());
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
