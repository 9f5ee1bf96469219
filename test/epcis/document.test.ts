import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/error.ts';
import { LIMITS, parseDocument, readJson, validateDocument, validateEvent } from '../../src/epcis/index.ts';
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
  it.each(documents)('%s', async (name) => {
    expect((await validateDocument(read(`documents/${name}`))).errors).toEqual([]);
  });

  it('with a byte order mark', async () => {
    expect(await validateDocument('\uFEFF' + JSON.stringify(documentOf(EVENT)))).toEqual({
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
  it.each(readdirSync(new URL('refused/', FIXTURES)))('%s', async (name) => {
    // JSON.parse makes __proto__ a member like any other, as it does for a request
    const { document, errors } = JSON.parse(read(`refused/${name}`)) as {
      document: unknown;
      errors: [string, string][];
    };
    const verdict = await validateDocument(JSON.stringify(document));
    expect(verdict.valid).toBe(false);
    expect(verdict.errors.map(({ path, rule }) => [path, rule])).toEqual(errors);
    for (const { message } of verdict.errors) expect(message).toMatch(/^\S[^\n]{5,200}\.$/);
  });

  it.each([
    ['nothing', ''],
    ['half', '{'],
    ['too much', '{"a":1}}'],
    ['brackets without end', '['.repeat(200_000)],
  ])('text that is no JSON: %s', async (_, text) => {
    const { valid, errors } = await validateDocument(text);
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

  it('a huge number is refused by name, not kept as infinity', async () => {
    const text = JSON.stringify(documentOf({ ...EVENT, quantityList: [{ epcClass: 'urn:x:y', quantity: 1 }] }));
    expect((await validateDocument(text.replace('"quantity":1', '"quantity":1e999'))).errors).toMatchObject([
      { path: '/epcisBody/eventList/0/quantityList/0/quantity' },
    ]);
  });
});

describe.skipIf(!hasCorpus)('verdicts of the corpus', () => {
  // the XSD 2.0 fails documents of 1.2 as a matter of course, and queries of 1.2 are in no table of their own
  const isOf12 = (file: string): boolean => /xsd:1"/.test(corpusText(file));
  /** Collapses the white space of a date-time (XML Schema part 2, 4.3.6), as the validator behind the table does not. */
  const COLLAPSED =
    'openepcis-test-resources/1.2/EPCIS/XML/Capture/Documents/TransformationEvent_all_possible_fields.xml';

  it.each([
    ['json-schema-verdicts.tsv', 200, () => true],
    ['xsd20-verdicts.tsv', 60, (file: string) => !isOf12(file)],
    ['xsd12-verdicts.tsv', 20, (file: string) => file !== COLLAPSED],
  ] as const)('as %s says', async (table, atLeast, counts) => {
    const rows = corpusTable(table).filter(
      ([file = '', verdict = '']) => /^(?:IN)?VALID$|^NOTJSON$/.test(verdict) && counts(file),
    );
    const wrong: string[] = [];
    for (const [file = '', verdict] of rows) {
      if ((await validateDocument(corpusText(file))).valid !== (verdict === 'VALID')) wrong.push(file);
    }
    expect(rows.length).toBeGreaterThanOrEqual(atLeast - 1);
    expect(wrong).toEqual([]);
  });
});
