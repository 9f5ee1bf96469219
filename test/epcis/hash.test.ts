import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EpcisEvent,
  eventHash,
  hashOf,
  normalizeEvent,
  parseDocument,
  prehash,
  readJson,
  translateEvent,
  validateEvent,
  whoseHash,
} from '../../src/epcis/index.ts';
import { corpusTable, corpusText, hasCorpus } from './corpus.ts';

const FIXTURES = new URL('fixtures/documents/', import.meta.url);
const names = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length));
const documentNamed = (name: string) =>
  parseDocument(readJson(readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8')));

const FACTORY = documentNamed('farm-to-shop');
const SAMPLES = FACTORY.events as EpcisEvent[];

/** The same JSON with the members of every object in an order that `order` chooses, and `@context` left alone. */
function shuffled(value: unknown, order: (keys: string[]) => string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, order));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    order(Object.keys(value)).map((key) => [key, shuffled((value as Record<string, unknown>)[key], order)]),
  );
}

describe('pre-hash strings of the fixtures', () => {
  it.each(names)('%s', (name) => {
    const { events, context } = documentNamed(name);
    const expected = readFileSync(new URL(`${name}.prehash.txt`, FIXTURES), 'utf8')
      .trimEnd()
      .split('\n');
    expect(events.map((event) => prehash(event, context))).toEqual(expected);
    expect(eventHash(events[0], context)).toBe(hashOf(expected[0] ?? ''));
  });

  it('has the form of CBV 2.0', () => {
    expect(eventHash(SAMPLES[0], FACTORY.context)).toMatch(/^ni:\/\/\/sha-256;[0-9a-f]{64}\?ver=CBV2\.0$/);
  });
});

describe('what does not change the hash', () => {
  const sample = fc.constantFrom(...SAMPLES);

  it('the order of members', () => {
    const ordering = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(sample, ordering, (event, weights) => {
        const order = (keys: string[]) =>
          keys
            .map((key, i) => [weights[i % 40] ?? 0, key] as const)
            .sort((a, b) => a[0] - b[0])
            .map(([, key]) => key);
        expect(prehash(shuffled(event, order), FACTORY.context)).toBe(prehash(event, FACTORY.context));
      }),
    );
  });

  it('the order of identifiers in a list', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 99_999 }), { maxLength: 20 }), (serials) => {
        const epcList = serials.map((serial) => `urn:epc:id:sgtin:9521141.012345.${serial}`);
        const event = { type: 'ObjectEvent', action: 'ADD', epcList };
        expect(prehash({ ...event, epcList: epcList.toReversed() })).toBe(prehash(event));
      }),
    );
  });

  it('URN or Digital Link', () => {
    for (const event of SAMPLES) {
      const link = translateEvent(event, 'link');
      const urn = translateEvent(link, 'urn', () => 7);
      expect(JSON.stringify(link)).not.toContain('urn:epc:id:sg');
      expect(prehash(link, FACTORY.context)).toBe(prehash(event, FACTORY.context));
      expect(prehash(urn, FACTORY.context)).toBe(prehash(event, FACTORY.context));
    }
  });

  it('serials of any characters, as URN or as link', () => {
    const serial = fc.string({
      unit: fc.constantFrom(...Array.from('abcXYZ019!"%&\'()*+,-./:;<=>?_')),
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(serial, (text) => {
        const urn = `urn:epc:id:sgtin:9521141.012345.${text.replace(/["%&/<>?]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase())}`;
        const event = { type: 'ObjectEvent', epcList: [urn] } as unknown as EpcisEvent;
        expect(prehash(translateEvent(event, 'link'))).toBe(prehash(event));
        expect(translateEvent(translateEvent(event, 'link'), 'urn', () => 7)).toEqual(event);
      }),
    );
  });

  it('a CBV word bare, as URN, web URI or CURIE', () => {
    const hashes = [
      'shipping',
      'urn:epcglobal:cbv:bizstep:shipping',
      'https://ref.gs1.org/cbv/BizStep-shipping',
      'cbv:BizStep-shipping',
    ].map((bizStep) => eventHash({ type: 'ObjectEvent', bizStep }));
    expect(new Set(hashes).size).toBe(1);
  });

  it('the prefix, the zone of the time, eventID, recordTime and declaration', () => {
    const one = {
      '@context': { a: 'https://x.example.org/' },
      type: 'ObjectEvent',
      eventTime: '2026-01-01T01:00:00+01:00',
      'a:b': 1,
    };
    const two = {
      '@context': [{ z: { '@id': 'https://x.example.org/' } }],
      type: 'ObjectEvent',
      eventTime: '2025-12-31T23:59:59.9999Z',
      eventID: 'urn:x:1',
      recordTime: '2026-01-01T00:00:00Z',
      errorDeclaration: { declarationTime: '2026-01-02T00:00:00Z' },
      'z:b': '1.00',
      'rdfs:comment': 'a note',
    };
    expect(prehash(two)).toBe(prehash(one));
  });

  it('normalisation, which is idempotent and keeps the event valid outside of its document', () => {
    for (const event of SAMPLES) {
      const normal = normalizeEvent(event, FACTORY.context);
      expect(validateEvent(normal)).toEqual([]);
      expect(normalizeEvent(normal)).toEqual(normal);
      expect(eventHash(normal)).toBe(eventHash(event, FACTORY.context));
    }
  });
});

describe('normalisation of words', () => {
  const event = { type: 'ObjectEvent', bizStep: 'cbv:BizStep-shipping' } as unknown as EpcisEvent;

  it('reads a CURIE by the context', () => {
    expect(normalizeEvent(event)).toEqual({ type: 'ObjectEvent', bizStep: 'shipping' });
  });

  it('leaves one that the document means otherwise', () => {
    const context = { '@context': { cbv: 'https://other.example.org/' } };
    const normal = normalizeEvent({ ...context, ...event });
    expect(normal).toEqual({ '@context': [context['@context']], ...event });
    expect(prehash(normal)).toBe('eventType=ObjectEventbizStep=https://other.example.org/BizStep-shipping');
  });

  it('leaves a URI of the user and drops what no one uses of the context', () => {
    const own = { ...event, '@context': [{ ex: 'https://x.example.org/' }], bizStep: 'https://x.example.org/weighing' };
    expect(normalizeEvent(own)).toEqual({ type: 'ObjectEvent', bizStep: 'https://x.example.org/weighing' });
  });
});

describe('whose hash an eventID is', () => {
  const event = {
    type: 'ObjectEvent',
    action: 'ADD',
    epcList: ['urn:x:1'],
    sourceList: [{ type: 'location', source: 'urn:x:2' }],
    destinationList: [{ type: 'location', destination: 'urn:x:3' }],
    sensorElementList: [{ sensorReport: [{ type: 'Mass', value: 1 }] }],
  };
  const deviating = prehash(event).replace(/(sourceList.*)(destinationList.*)(sensorElementList.*)$/, '$3$2$1');

  it.each([
    [eventHash(event), 'standard'],
    [
      eventHash(event)
        .toUpperCase()
        .replace(/^NI:\/\/\/SHA-256;/, 'ni:///sha-256;')
        .replace('?VER=', '?ver='),
      'standard',
    ],
    [hashOf(deviating), 'deviating'],
    [eventHash({ ...event, action: 'DELETE' }), undefined],
    ['urn:uuid:1f0ab0b2-0000-4000-8000-000000000009', undefined],
  ])('%s: %s', (eventID, whose) => {
    expect(whoseHash({ ...event, eventID })).toBe(whose);
  });

  it.skipIf(!hasCorpus)('those of the reference where it deviates in its order alone', () => {
    const rows = corpusTable('vectors.tsv').filter(
      ([file = '', , , , , , tags = '']) => tags !== '' && /json/.test(file),
    );
    const told = rows.flatMap(([file = '', index, , reference, standard]) => {
      const { events, context } = parseDocument(readJson(corpusText(file)));
      const one = events[Number(index)] as object;
      return eventHash(one, context) === standard ? [whoseHash({ ...one, eventID: reference }, context)] : [];
    });
    expect(told.length).toBeGreaterThan(15);
    expect(told.filter((whose) => whose !== 'deviating').length).toBe(0);
  });
});

describe('what does change the hash', () => {
  const base = { type: 'ObjectEvent', eventTime: '2026-01-01T00:00:00Z', action: 'ADD', epcList: ['urn:x:1'] };
  it.each([
    { eventTime: '2026-01-01T00:00:00.001Z' },
    { action: 'DELETE' },
    { epcList: ['urn:x:1', 'urn:x:2'] },
    { epcList: ['urn:X:1'] },
    { 'ex:a': 'b' },
  ])('%j', (change) => {
    expect(eventHash({ ...base, ...change })).not.toBe(eventHash(base));
  });
});

it('sorts by code point, not by UTF-16 unit', () => {
  const event = { type: 'ObjectEvent', epcList: ['urn:x:\u{1F600}', 'urn:x:\uFF5E'] };
  expect(prehash(event)).toBe('eventType=ObjectEventepcListepc=urn:x:\uFF5Eepc=urn:x:\u{1F600}');
});

it.each([
  ['https://example.org/01/97803', 'https://example.org/01/97803'],
  ['http://example.org/any/gtin/4012345123456/lot/A/ser/B?x=1#y', 'https://id.gs1.org/01/04012345123456/21/B'],
  ['https://example.org/01/%E0%A4/21/1', 'https://example.org/01/%E0%A4/21/1'],
  ['urn:epc:id:sgtin:1.2.3', 'urn:epc:id:sgtin:1.2.3'],
  ['urn:epc:id:sgln:9521141.00001.0', 'https://id.gs1.org/414/9521141000014'],
  ['urn:epc:idpat:sscc:9521141.*', 'urn:epc:idpat:sscc:9521141.*'],
  ['urn:epc:id:constructor:1.2', 'urn:epc:id:constructor:1.2'],
  ['007', '7'],
  ['+1.50', '1.5'],
  ['NaN', 'NaN'],
  ['0x1F', '0x1F'],
  ['1e5', '1e5'],
])('value %s is hashed as %s', (value, expected) => {
  expect(prehash({ type: 'ObjectEvent', 'ex:a': value })).toBe(`eventType=ObjectEventex:a=${expected}`);
});

it('takes no time over texts made to take long', () => {
  const long = (part: string) => part.repeat(60_000 / part.length);
  const texts = [
    long('1') + 'x',
    `urn:epc:idpat:sgtin:${long('.*')}x`,
    `https://a/${long('01/')}`,
    `urn:epc:id:sgtin:${long('1.')}`,
    long('#'),
    long('a:'),
  ];
  const start = performance.now();
  for (const text of texts) {
    prehash({ type: 'ObjectEvent', 'ex:a': text, epcList: [text], eventTime: text });
    validateEvent({ type: 'ObjectEvent', bizStep: text, eventTime: text, eventTimeZoneOffset: text, epcList: [text] });
  }
  expect(performance.now() - start).toBeLessThan(500);
});

it('a number too long for a double stays as it is', () => {
  expect(prehash({ type: 'ObjectEvent', 'ex:a': '9'.repeat(400) })).toContain('9'.repeat(400));
});

it('survives events that are none', () => {
  for (const event of [
    null,
    1,
    'x',
    [],
    {},
    { epcList: { a: 1 } },
    { sensorElementList: [null, { sensorReport: 5 }] },
  ]) {
    expect(typeof prehash(event)).toBe('string');
  }
});

it.skipIf(!hasCorpus)('hashes of the corpus that two implementations or the standard order confirm', () => {
  const rows = corpusTable('vectors.tsv').filter(
    ([file = '', , kind = '']) => /json/.test(file) && 'ASB'.includes(kind.charAt(0)),
  );
  const documents = new Map(
    [...new Set(rows.map(([file = '']) => file))].map((file) => [file, parseDocument(readJson(corpusText(file)))]),
  );
  const wrong = rows.filter(([file = '', index, , , hash]) => {
    const document = documents.get(file);
    return eventHash(document?.events[Number(index)], document?.context) !== hash;
  });
  expect(rows).toHaveLength(100);
  expect(wrong.map(([file, index]) => `${file}#${index}`)).toEqual([]);
});
