import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LIMITS, validateDocument } from '../../src/epcis/index.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, FIXTURES), 'utf8');
const names = readdirSync(new URL('xml-refused/', FIXTURES))
  .filter((name) => name.endsWith('.xml'))
  .map((name) => name.slice(0, -'.xml'.length));

describe('XML that the schema refuses', () => {
  it.each(names)('%s', async (name) => {
    const expected = JSON.parse(read(`xml-refused/${name}.json`)) as [
      path: string,
      rule: string,
      line: number | null,
    ][];
    const { valid, errors } = await validateDocument(read(`xml-refused/${name}.xml`));
    expect(valid).toBe(false);
    expect(errors.map(({ path, rule }) => [path, rule])).toEqual(expected.map(([path, rule]) => [path, rule]));
    for (const [i, [, , line]] of expected.entries()) if (line !== null) expect(errors[i]?.line).toBe(line);
    for (const { message } of errors) expect(message).toMatch(/^\S[^\n]{5,300}\.$/);
  });

  it('names as many findings as the limit and counts the rest', async () => {
    const event = '<ObjectEvent><eventTime>x</eventTime></ObjectEvent>';
    const text = `<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" creationDate="2026-03-01T08:00:00Z"><EPCISBody><EventList>${event.repeat(500)}</EventList></EPCISBody></e:EPCISDocument>`;
    const { errors, events } = await validateDocument(text);
    expect([errors.length, events, errors.at(-1)?.rule]).toEqual([LIMITS.findingsMax + 1, 500, 'more']);
  });
});

describe('XML that the schema takes', () => {
  it('the twins', async () => {
    expect(await validateDocument(read('twins/weighing.xml'))).toEqual({ valid: true, events: 2, errors: [] });
  });

  const inBody = (body: string, version = '2'): string =>
    `<q:EPCISQueryDocument xmlns:q="urn:epcglobal:epcis-query:xsd:${version}" schemaVersion="${version}.0" creationDate="2026-03-01T08:00:00"><EPCISBody>${body}</EPCISBody></q:EPCISQueryDocument>`;

  it.each([
    ['a query', '<q:Poll><queryName>SimpleEventQuery</queryName><params/></q:Poll>'],
    ['its results', '<q:QueryResults><queryName>q</queryName><resultsBody><EventList/></resultsBody></q:QueryResults>'],
    [
      'vocabularies',
      '<q:QueryResults><queryName>q</queryName><resultsBody><VocabularyList><Vocabulary type="urn:x:y"/></VocabularyList></resultsBody></q:QueryResults>',
    ],
    ['an exception', '<q:QueryTooLargeException><reason>too many</reason></q:QueryTooLargeException>'],
  ])('%s, in both versions', async (_, body) => {
    for (const version of ['1', '2']) expect((await validateDocument(inBody(body, version))).errors).toEqual([]);
  });
});
