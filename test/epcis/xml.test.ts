import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/error.ts';
import { eventHash, LIMITS, prehash, readXmlEvents } from '../../src/epcis/index.ts';
import { corpusTable, corpusText, hasCorpus } from './corpus.ts';

const listOf = (...events: string[]): string =>
  `<d xmlns:ex="https://x.example.org/"><EventList>${events.join('')}</EventList></d>`;
const prehashOf = (text: string): string[] => {
  const { context, events } = readXmlEvents(text);
  return events.map((event) => prehash(event, context));
};
const refusal = (text: string): string => {
  try {
    readXmlEvents(text);
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid') return error.message;
    throw error;
  }
  return 'accepted';
};

describe('events of XML', () => {
  it('are found in lists, in the wrapper of 1.2, and bare', () => {
    const event = '<ObjectEvent><action>ADD</action></ObjectEvent>';
    expect(prehashOf(listOf(event, `<extension>${event}</extension>`))).toEqual(
      Array(2).fill('eventType=ObjectEventaction=ADD'),
    );
    expect(prehashOf(event)).toEqual(['eventType=ObjectEventaction=ADD']);
    expect(prehashOf('<ObjectEvents/>')).toEqual([]);
  });

  it('keep the namespace as declared and expand no prefix in a value but gs1 and cbv', () => {
    expect(prehashOf(listOf('<ObjectEvent><ex:a>ex:b</ex:a><ex:c>gs1:Mass</ex:c></ObjectEvent>'))).toEqual([
      'eventType=ObjectEvent{https://x.example.org/}a=ex:b{https://x.example.org/}c=https://gs1.org/voc/Mass',
    ]);
  });

  it('leave out the fields that ignoreFields names', () => {
    const ignore = '<r:ignoreFields xmlns:r="https://repository-x.example.com/"><ex:a/></r:ignoreFields>';
    const text = listOf('<ObjectEvent><ex:a>1</ex:a><ex:b>2</ex:b></ObjectEvent>').replace(
      '<EventList>',
      ignore + '<EventList>',
    );
    expect(prehashOf(text)).toEqual(['eventType=ObjectEvent{https://x.example.org/}b=2']);
  });

  it('may hold elements of any name', () => {
    expect(
      prehashOf(listOf('<ObjectEvent><__proto__><a>1</a></__proto__><constructor>2</constructor></ObjectEvent>')),
    ).toEqual(['eventType=ObjectEvent__proto__a=1constructor=2']);
  });
});

describe('XML that is refused', () => {
  it.each([
    ['no end', '<a><b></b>'],
    ['wrong end', '<a></b>'],
    ['an undeclared prefix', '<a><x:b/></a>'],
    ['an unknown entity', '<a>&lol;</a>'],
    ['a document type', '<!DOCTYPE a [<!ENTITY lol "lol">]><a>&lol;</a>'],
    ['two roots', '<a/><b/>'],
    ['too deep', '<a>'.repeat(LIMITS.depthMax + 1)],
    ['too long a text', listOf(`<ObjectEvent><ex:a>${'x'.repeat(LIMITS.stringLengthMax + 1)}</ex:a></ObjectEvent>`)],
  ])('%s', (_, text) => {
    expect(refusal(text)).toMatch(/^The text is no XML document: .+ \(line \d+, column \d+\)\.$/);
  });
});

it.skipIf(!hasCorpus)('hashes of the corpus, but for the one that the reference itself gets out of order', () => {
  const rows = corpusTable('vectors.tsv').filter(
    ([file = '', , kind = '']) => file.endsWith('.xml') && 'ASB'.includes(kind.charAt(0)),
  );
  const documents = new Map(
    [...new Set(rows.map(([file = '']) => file))].map((file) => [file, readXmlEvents(corpusText(file))]),
  );
  const wrong = rows.filter(([file = '', index, , , hash]) => {
    const document = documents.get(file);
    return eventHash(document?.events[Number(index)], document?.context) !== hash;
  });
  expect(rows).toHaveLength(51);
  expect(wrong.map(([file, index]) => `${file}#${index}`)).toEqual(['ralphtro-hash/examples/SensorDataExamples.xml#7']);
});
