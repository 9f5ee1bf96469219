import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/error.ts';
import { type DocumentPart, hashOf, LIMITS, prehash, readDocument, Values } from '../../src/epcis/index.ts';
import { corpusTable, corpusText, hasCorpus } from './corpus.ts';

const listOf = (...events: string[]): string =>
  `<d xmlns:ex="https://x.example.org/"><EventList>${events.join('')}</EventList></d>`;
async function partsOf(text: string): Promise<DocumentPart[]> {
  const parts: DocumentPart[] = [];
  for await (const part of readDocument(text)) parts.push(part);
  return parts;
}
async function prehashOf(text: string): Promise<string[]> {
  let values = new Values({ prefixes: new Map(), ignore: new Set() });
  const strings: string[] = [];
  for (const part of await partsOf(text)) {
    if (part.kind === 'start') values = new Values(part.head.context);
    if (part.kind === 'event') strings.push(prehash(part.event, values));
  }
  return strings;
}
const eventOf = async (text: string): Promise<unknown> =>
  (await partsOf(text)).flatMap((part) => (part.kind === 'event' ? [part.event] : []))[0];
async function refusal(text: string): Promise<string> {
  try {
    await partsOf(text);
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('events of XML', () => {
  it('are found in lists, in the wrapper of 1.2, and bare', async () => {
    const event = '<ObjectEvent><action>ADD</action></ObjectEvent>';
    expect(await prehashOf(listOf(event, `<extension>${event}</extension>`))).toEqual(
      Array(2).fill('eventType=ObjectEventaction=ADD'),
    );
    expect(await prehashOf(event)).toEqual(['eventType=ObjectEventaction=ADD']);
    expect(await prehashOf('<ObjectEvents/>')).toEqual([]);
  });

  it('keep the namespace as declared and expand no prefix in a value but gs1 and cbv', async () => {
    const text = listOf('<ObjectEvent><ex:a>ex:b</ex:a><ex:c>gs1:Mass</ex:c></ObjectEvent>');
    expect(await prehashOf(text)).toEqual([
      'eventType=ObjectEvent{https://x.example.org/}a=ex:b{https://x.example.org/}c=https://gs1.org/voc/Mass',
    ]);
    expect(await eventOf(text)).toEqual({
      '@context': [{ ex1: 'https://x.example.org/' }],
      type: 'ObjectEvent',
      'ex1:a': 'ex:b',
      'ex1:c': 'gs1:Mass',
    });
  });

  it('leave out the fields that ignoreFields names', async () => {
    const ignore = '<r:ignoreFields xmlns:r="https://repository-x.example.com/"><ex:a/></r:ignoreFields>';
    const text = listOf('<ObjectEvent><ex:a>1</ex:a><ex:b>2</ex:b></ObjectEvent>').replace(
      '<EventList>',
      ignore + '<EventList>',
    );
    expect(await prehashOf(text)).toEqual(['eventType=ObjectEvent{https://x.example.org/}b=2']);
  });

  it('may hold elements of any name', async () => {
    const text = listOf('<ObjectEvent><__proto__><a>1</a></__proto__><constructor>2</constructor></ObjectEvent>');
    expect(await prehashOf(text)).toEqual(['eventType=ObjectEvent__proto__a=1constructor=2']);
  });

  it('have the types that xsi:type says, and texts exactly', async () => {
    const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema"';
    const typed = (type: string, text: string): string => `<ex:v xsi:type="xs:${type}">${text}</ex:v>`;
    const values = [typed('integer', ' 07 '), typed('double', '1.50'), typed('boolean', 'true'), typed('boolean', '1')];
    const text = listOf(
      `<ObjectEvent ${xsi}>${values.join('')}<ex:v> a </ex:v><ex:v xsi:nil="true"/><ex:v u="KGM">5</ex:v></ObjectEvent>`,
    );
    expect(await eventOf(text)).toMatchObject({
      'ex:v': [7, 1.5, true, '1', ' a ', null, { '@u': 'KGM', '#text': '5' }],
    });
  });
});

describe('XML that is refused', () => {
  it.each([
    ['no end', '<a><b></b>'],
    ['wrong end', '<a></b>'],
    ['an undeclared prefix', '<a><x:b/></a>'],
    ['an unknown entity', '<a>&lol;</a>'],
    ['a document type', '<!DOCTYPE a [<!ENTITY lol "lol">]><a>&lol;</a>'],
    ['a document type elsewhere', '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>'],
    ['two roots', '<a/><b/>'],
    ['too deep', '<a>'.repeat(LIMITS.depthMax + 1)],
    ['too long a text', listOf(`<ObjectEvent><ex:a>${'x'.repeat(LIMITS.stringLengthMax + 1)}</ex:a></ObjectEvent>`)],
  ])('%s', async (_, text) => {
    expect(await refusal(text)).toMatch(/^The text is no XML document: .+ \(line \d+, column \d+\)\.$/);
  });

  it('but not a document type that declares nothing', async () => {
    expect(await refusal('<!DOCTYPE project><a/>')).toBe('accepted');
  });
});

describe.skipIf(!hasCorpus)('hashes of the corpus', () => {
  it('all but the one that the reference itself gets out of order', async () => {
    const rows = corpusTable('vectors.tsv').filter(
      ([file = '', , kind = '']) => file.endsWith('.xml') && 'ASB'.includes(kind.charAt(0)),
    );
    const documents = new Map<string, string[]>();
    for (const [file = ''] of rows) if (!documents.has(file)) documents.set(file, await prehashOf(corpusText(file)));
    const wrong = rows.filter(
      ([file = '', index, , , hash]) => hashOf(documents.get(file)?.[Number(index)] ?? '') !== hash,
    );
    expect(rows).toHaveLength(51);
    expect(wrong.map(([file, index]) => `${file}#${index}`)).toEqual([
      'ralphtro-hash/examples/SensorDataExamples.xml#7',
    ]);
  });
});
