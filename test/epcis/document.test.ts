import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/error.ts';
import { LIMITS, mapEvents, parseDocument, readJson, validateDocument, validateEvent } from '../../src/epcis/index.ts';
import { corpusTable, corpusText, hasCorpus } from './corpus.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, FIXTURES), 'utf8');
const documents = readdirSync(new URL('documents/', FIXTURES)).filter((name) => name.endsWith('.json'));

const EVENT = {
  type: 'ObjectEvent',
  eventTime: '2026-03-01T08:00:00Z',
  eventTimeZoneOffset: '+00:00',
  action: 'OBSERVE',
  epcList: ['urn:epc:id:sscc:9521141.0000000001'],
};
const documentOf = (...eventList: unknown[]) => ({
  '@context': 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
  type: 'EPCISDocument',
  schemaVersion: '2.0',
  creationDate: '2026-03-01T08:00:00Z',
  epcisBody: { eventList },
});
const errorOf = (act: () => unknown): AppError => {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('documents that are valid', () => {
  it.each(documents)('%s', (name) => {
    expect(validateDocument(read(`documents/${name}`)).errors).toEqual([]);
  });

  it('with a byte order mark', () => {
    expect(validateDocument('\uFEFF' + JSON.stringify(documentOf(EVENT)))).toEqual({
      valid: true,
      events: 1,
      errors: [],
    });
  });

  it('give context, version, events and master data', () => {
    const parsed = parseDocument(readJson(read('documents/farm-to-shop.json')));
    expect(parsed).toMatchObject({
      kind: 'document',
      schemaVersion: '2.0',
      eventsPath: '/epcisBody/eventList',
      findings: [],
    });
    expect(parsed.events).toHaveLength(6);
    expect(parsed.context.prefixes.get('farm')).toBe('https://farm.example.org/ns/');
    expect(parsed.masterData?.[0]?.vocabularyElementList?.[0]?.children).toEqual(['urn:epc:id:sgln:9521141.00001.7']);
  });

  it('of a query, its results found in their place', () => {
    const { epcisBody, ...rest } = documentOf(EVENT);
    const query = {
      ...rest,
      type: 'EPCISQueryDocument',
      epcisBody: { queryResults: { queryName: 'q', resultsBody: epcisBody } },
    };
    expect(parseDocument(query)).toMatchObject({ kind: 'query', events: [EVENT], findings: [] });
  });
});

describe('documents that are refused', () => {
  it.each(readdirSync(new URL('refused/', FIXTURES)))('%s', (name) => {
    // JSON.parse makes __proto__ a member like any other, as it does for a request
    const { document, errors } = JSON.parse(read(`refused/${name}`)) as {
      document: unknown;
      errors: [string, string][];
    };
    const verdict = validateDocument(JSON.stringify(document));
    expect(verdict.valid).toBe(false);
    expect(verdict.errors.map(({ path, rule }) => [path, rule])).toEqual(errors);
    for (const { message } of verdict.errors) expect(message).toMatch(/^\S[^\n]{5,200}\.$/);
  });

  it.each([
    ['nothing', ''],
    ['half', '{'],
    ['XML', '<epcis/>'],
    ['too much', '{"a":1}}'],
    ['brackets without end', '['.repeat(200_000)],
  ])('text that is no JSON: %s', (_, text) => {
    const { valid, errors } = validateDocument(text);
    expect([valid, errors.map(({ rule }) => rule)]).toEqual([false, ['syntax']]);
  });

  it('of a type of the user, unless only a verdict is asked', () => {
    const event = { ...EVENT, type: 'https://example.org/CustomEvent' };
    expect(validateEvent(event).map(({ rule }) => rule)).toEqual(['event-type']);
    expect(validateEvent(event, { extendedTypes: true })).toEqual([]);
  });
});

describe('limits', () => {
  const deep = (depth: number): unknown => {
    let value: unknown = 'x';
    for (let i = 0; i < depth; i++) value = { 'ex:a': value };
    return value;
  };

  it('depth: the limit itself is accepted, one more is refused', () => {
    expect(validateEvent({ ...EVENT, 'ex:a': deep(LIMITS.depthMax - 1) })).toEqual([]);
    expect(validateEvent({ ...EVENT, 'ex:a': deep(LIMITS.depthMax) })).toMatchObject([{ rule: 'limit' }]);
    expect(validateEvent({ ...EVENT, 'ex:a': deep(50_000) })).toMatchObject([{ rule: 'limit' }]);
  });

  it('length of a text and of an identifier', () => {
    expect(validateEvent({ ...EVENT, 'ex:a': 'x'.repeat(LIMITS.stringLengthMax) })).toEqual([]);
    expect(validateEvent({ ...EVENT, 'ex:a': 'x'.repeat(LIMITS.stringLengthMax + 1) })).toMatchObject([
      { rule: 'limit' },
    ]);
    const uri = (length: number) => 'urn:x:'.padEnd(length, 'y');
    expect(validateEvent({ ...EVENT, epcList: [uri(LIMITS.identifierLengthMax)] })).toEqual([]);
    expect(validateEvent({ ...EVENT, epcList: [uri(LIMITS.identifierLengthMax + 1)] })).toMatchObject([
      { path: '/epcList/0', rule: 'limit' },
    ]);
  });

  it('identifiers of one event, all lists together', () => {
    const quantityList = Array.from({ length: LIMITS.epcsPerEventMax }, () => ({ epcClass: 'urn:x:y' }));
    expect(validateEvent({ ...EVENT, quantityList })).toMatchObject([{ rule: 'limit' }]);
  });

  it('events of one document', () => {
    const eventList = Array.from({ length: LIMITS.eventsPerDocumentMax }, () => 0);
    expect(parseDocument(documentOf(...eventList)).events).toHaveLength(LIMITS.eventsPerDocumentMax);
    expect(errorOf(() => parseDocument({ ...documentOf(), epcisBody: { eventList: [...eventList, 0] } })).code).toBe(
      'too_large',
    );
  });

  it('findings are counted beyond a number, not listed', () => {
    const epcList = Array.from({ length: 500 }, (_, i) => i);
    const findings = validateEvent({ ...EVENT, epcList });
    expect(findings.length).toBeLessThanOrEqual(LIMITS.findingsMax + 1);
    expect(findings.at(-1)?.rule).toBe('more');
  });

  it('a huge number is refused by name, not kept as infinity', () => {
    const text = JSON.stringify(documentOf({ ...EVENT, quantityList: [{ epcClass: 'urn:x:y', quantity: 1 }] }));
    expect(validateDocument(text.replace('"quantity":1', '"quantity":1e999')).errors).toMatchObject([
      { path: '/epcisBody/eventList/0/quantityList/0/quantity' },
    ]);
  });
});

it('mapEvents changes events alone', () => {
  const document = { ...documentOf(EVENT, EVENT), 'ex:kept': { a: 1 } };
  expect(mapEvents(document, () => 0)).toEqual({ ...document, epcisBody: { eventList: [0, 0] } });
  expect(mapEvents({ '@context': [], ...EVENT }, () => 0)).toBe(0);
});

it.skipIf(!hasCorpus)('verdicts of the corpus: as GS1 schema says', () => {
  const rows = corpusTable('json-schema-verdicts.tsv').filter(([, verdict]) => verdict !== 'OTHER');
  const wrong = rows.filter(
    ([file = '', verdict]) => validateDocument(corpusText(file)).valid !== (verdict === 'VALID'),
  );
  expect(rows.length).toBeGreaterThan(200);
  expect(wrong.map(([file]) => file)).toEqual([]);
});
