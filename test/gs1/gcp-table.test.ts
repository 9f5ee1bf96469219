import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gcpLengthIn } from '../../src/gs1/gcp-table.ts';
import { type GcpKnowledge, answer, gcpKnowledge, parse, parseGcpTable } from '../../src/gs1/index.ts';

const DATE = '2026-10-01T00:00:00Z';
const ENTRIES: [prefix: string, length: number | string][] = [
  ['952', 9],
  ['9524', 8],
  ['9524321', 7],
  ['0000', 0],
  ['00602', 12],
  ['030', '11'],
  ['690', 7],
  ['7777', 5],
];
const json = (entries: unknown, date: unknown = DATE) =>
  JSON.stringify({ _disclaimer: ['…'], GCPPrefixFormatList: { date, entry: entries } });
const asJson = json(ENTRIES.map(([prefix, gcpLength]) => ({ prefix, gcpLength })));
const asXml = `<?xml version="1.0"?>\n<!-- <entry prefix="1" gcpLength="1"/> -->\n<GCPPrefixFormatList date="${DATE}">\n${ENTRIES.map(
  ([prefix, length], i) =>
    i % 2
      ? `<entry gcpLength='${length}' prefix='${prefix}'></entry>`
      : `  <entry prefix="${prefix}" gcpLength="${length}" />`,
).join('\n')}\n</GCPPrefixFormatList>\n`;

test('JSON and XML make the same table', () => {
  expect(parseGcpTable(asXml)).toEqual(parseGcpTable(asJson));
  expect(parseGcpTable(`\uFEFF${asXml}`).date).toBe(DATE);
});

test('the longest prefix counts', () => {
  const table = parseGcpTable(asJson);
  const of = (digits: string) => gcpLengthIn(table, digits);
  expect([of('9524321000019'), of('9524999'), of('9529'), of('95'), of('030123'), of('0000123'), of('8')]).toEqual([
    7,
    8,
    9,
    undefined,
    11,
    undefined,
    undefined,
  ]);
});

test('a look-up in a long list agrees with a plain search', () => {
  const entries = Array.from({ length: 5000 }, (_, i) => ({
    prefix: String((i * 7919) % 99_991).padStart(3 + (i % 5), '0'),
    gcpLength: 6 + (i % 7),
  }));
  const first = new Map(entries.map(({ prefix, gcpLength }) => [prefix, gcpLength]));
  const table = parseGcpTable(json([...first].map(([prefix, gcpLength]) => ({ prefix, gcpLength }))));
  for (let i = 0; i < 2000; i++) {
    const digits = String(i * 104_729).padStart(9, '0');
    let wanted: number | undefined;
    for (let count = 9; count > 0 && wanted === undefined; count--) wanted = first.get(digits.slice(0, count));
    expect(gcpLengthIn(table, digits)).toBe(wanted);
  }
});

/** Keys whose prefix starts behind an indicator, an extension digit or a zero. */
const KEYS: [value: string, length: number | undefined][] = [
  ['(01)19524321000016(21)7', 7],
  ['(00)095243210000000170', 7],
  ['(414)9524321000026', 7],
  ['(8003)095243210000191', 7],
  ['(8004)9524321AB', 7],
  ['(8018)952432100000000059', 7],
  ['(01)00000002345673', 8], // GTIN-8: five zeros and three digits
  ['(01)07777000000011', 6], // prefixes of five digits are written with six
  ['(01)08520123456789', undefined],
];
test.each(KEYS)('%s', (value, length) => {
  const knowledge = gcpKnowledge({ table: parseGcpTable(asJson) });
  expect(knowledge.lengthOf(parse(value))?.length).toBe(length);
});

describe('order of knowledge', () => {
  const table = parseGcpTable(asJson);
  const ask = (value: string, knowledge: GcpKnowledge | undefined, gcpLength?: number) =>
    answer({ value, encode: 'SGTIN-96', ...(gcpLength !== undefined && { gcpLength }) }, knowledge);
  const ITEM = '(01)09524321000019(21)7';
  const urn = (given: ReturnType<typeof ask>) => (given.ok ? given.forms.pureIdentity : given.refusal.code);

  test('the question, then what was learned, then the list, then nothing', () => {
    const knowledge = gcpKnowledge({ table, learns: true });
    expect(urn(ask(ITEM, knowledge, 9))).toBe('urn:epc:id:sgtin:952432100.0001.7');
    // the question taught it
    expect(urn(ask(ITEM, knowledge))).toBe('urn:epc:id:sgtin:952432100.0001.7');
    expect(ask(ITEM, knowledge)).toMatchObject({ gcp: { length: 9, from: 'learned' } });
    const listed = ask(ITEM, gcpKnowledge({ table }));
    expect(listed).toMatchObject({ gcp: { length: 7, from: 'table', date: DATE } });
    expect(urn(listed)).toBe('urn:epc:id:sgtin:9524321.000001.7');
    expect(urn(ask(ITEM, undefined))).toBe('GCP_LENGTH');
    expect(urn(ask('(01)08520123456789(21)7', gcpKnowledge({ table })))).toBe('GCP_LENGTH');
  });

  test('two lengths seen for one key are none', () => {
    const knowledge = gcpKnowledge({ learns: true });
    for (const value of ['urn:epc:id:sgtin:9524321.000001.1', 'urn:epc:id:sgtin:952432100.0001.1'])
      answer({ value }, knowledge);
    expect(urn(ask(ITEM, knowledge))).toBe('GCP_LENGTH');
  });

  test('nothing is learned unless asked', () => {
    const knowledge = gcpKnowledge({ table });
    answer({ value: 'urn:epc:id:sgtin:952432100.0001.1' }, knowledge);
    expect(urn(ask(ITEM, knowledge))).toBe('urn:epc:id:sgtin:9524321.000001.7');
  });
});

test.each([
  ['nothing', ''],
  ['no JSON', '{'],
  ['another document', '{"a":1}'],
  ['no entries', json([])],
  ['a letter', json([{ prefix: '95A', gcpLength: 7 }])],
  ['a length below four', json([{ prefix: '952', gcpLength: 3 }])],
  ['a length above twelve', json([{ prefix: '952', gcpLength: 13 }])],
  ['a null', json([null])],
  [
    'two lengths',
    json([
      { prefix: '952', gcpLength: 7 },
      { prefix: '952', gcpLength: 8 },
    ]),
  ],
  ['XML that is cut', asXml.slice(0, -30)],
  ['other XML', '<a/>'],
])('a list with %s is refused', (_, text) => {
  expect(() => parseGcpTable(text)).toThrow(/cannot be used/);
});

const CORPUS = new URL('../../../shared/corpus/epc/unit-ai-linters.json', import.meta.url);
describe.skipIf(!existsSync(CORPUS))('corpus', () => {
  test('prefixes that the dictionary tests against a list are unknown to ours too', () => {
    const { vectors } = JSON.parse(readFileSync(CORPUS, 'utf8')) as { vectors: { linter: string; input: string }[] };
    const cases = vectors.filter(({ linter }) => linter.startsWith('gcppos'));
    expect(cases).toHaveLength(4);
    for (const { linter, input } of cases)
      expect(gcpLengthIn(parseGcpTable(asJson), input.slice(linter === 'gcppos2' ? 1 : 0))).toBeUndefined();
  });
});
