import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conversion, convertDocument, parseDocument, prehash, validateDocument } from '../../src/epcis/index.ts';
import { corpusTable, corpusText, hasCorpus } from './corpus.ts';
import { readWhole } from './read.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, FIXTURES), 'utf8');
const filesOf = (folder: string): string[] =>
  readdirSync(new URL(`${folder}/`, FIXTURES))
    .filter((name) => /\.(?:json|xml)$/.test(name))
    .map((name) => `${folder}/${name}`);

async function convert(text: string, conversion: Conversion): Promise<string> {
  let out = '';
  for await (const piece of convertDocument(() => text, { now: '2026-05-01T00:00:00Z', ...conversion })) out += piece;
  return out;
}
const JSON_FORM: Conversion = { to: 'json' };
const XML_20: Conversion = { to: 'xml' };
const XML_12: Conversion = { to: 'xml', xmlVersion: '1.2' };

const HEAD = {
  '@context': [
    'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
    { ex: 'https://x.example.org/', o: 'urn:o:' },
  ],
  type: 'EPCISDocument',
  schemaVersion: '2.0',
  creationDate: '2026-03-01T08:00:00Z',
};
const EVENT = {
  type: 'ObjectEvent',
  eventTime: '2026-03-01T08:00:00Z',
  eventTimeZoneOffset: '+00:00',
  epcList: ['urn:epc:id:sscc:9521141.0000000001'],
  action: 'OBSERVE',
};
const documentOf = (...eventList: unknown[]): string => JSON.stringify({ ...HEAD, epcisBody: { eventList } });
const eventOf = async (text: string): Promise<Record<string, unknown> | undefined> => (await readWhole(text)).events[0];

describe('every event keeps its hash, every document its verdict', () => {
  const ways: readonly (readonly [name: string, way: readonly Conversion[]])[] = [
    ['by XML 2.0', [XML_20, JSON_FORM, XML_20]],
    ['by XML 1.2', [XML_12, JSON_FORM, XML_12]],
    ['from version to version', [XML_20, XML_12, XML_20, JSON_FORM]],
    [
      'by Digital Links',
      [
        { to: 'xml', epcs: 'link' },
        { to: 'json', epcs: 'urn' },
      ],
    ],
  ];
  const documents = [...filesOf('documents'), ...filesOf('twins'), ...filesOf('conversions')];
  it.each(documents.flatMap((name) => ways.map(([way, steps]) => [name, way, steps] as const)))(
    '%s %s',
    async (name, _, steps) => {
      let text = read(name);
      const before = (await readWhole(text)).prehashes;
      for (const step of steps) {
        text = await convert(text, step);
        expect((await readWhole(text)).prehashes).toEqual(before);
        const { errors } = await validateDocument(text);
        // an event alone is no document of the XSD, and that has room for one certificationInfo alone
        const besides = errors.filter(({ rule }) => !(rule === 'root' && name.includes('bare')) && rule !== 'too-many');
        expect(besides).toEqual([]);
      }
    },
  );
});

/** What XML and JSON say alike: a list of one is its element, an empty one nothing. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value
      .flat(Infinity)
      .map(plain)
      .filter((item) => item !== undefined);
    return list.length < 2 ? list[0] : list;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, plain(member)] as const);
  return Object.fromEntries(entries.filter(([, member]) => member !== undefined));
}

describe('JSON to XML and back is the same JSON', () => {
  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  const name = fc.tuple(fc.constantFrom('ex:', 'o:', 'cbvmda:', ''), word).map(([prefix, local]) => prefix + local);
  const character = fc.oneof(
    fc.constantFrom(...Array.from(' <>&"\'\n\t\réü中😀/{}[]@#')),
    fc.stringMatching(/^[ -~]$/),
  );
  // what begins like a CURIE is expanded, and has a test of its own
  const text = fc.string({ unit: character, maxLength: 12 }).filter((one) => !one.includes(':'));
  const scalar = fc.oneof(
    text,
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.constant(null),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      scalar,
      tie('object'),
      fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    ),
    object: fc.oneof(
      fc.dictionary(name, tie('tree'), { minKeys: 1, maxKeys: 3 }),
      fc.record({
        '@unit': text,
        '@ex:by': text,
        '#text': fc.oneof(
          text.filter((one) => one !== ''),
          fc.integer(),
          fc.boolean(),
        ),
      }),
    ),
  }));
  const extensions = fc.dictionary(
    word.map((local) => `ex:${local}`),
    tree,
    { maxKeys: 4 },
  );
  const item = fc.nat(999_999).map((n) => `urn:epc:id:sgtin:9521141.012345.${n}`);
  const items = fc.uniqueArray(item, { maxLength: 4 });
  const decimal = fc.oneof(
    fc.integer(),
    fc.double({ min: 0, max: 1e6, noNaN: true }).map((n) => n + 0),
  );
  const event = fc
    .record(
      {
        epcList: items,
        quantityList: fc.array(
          fc.record({
            epcClass: fc.constant('urn:epc:class:lgtin:9521141.012345.L'),
            quantity: decimal,
            uom: fc.constant('KGM'),
          }),
        ),
        bizStep: fc.constantFrom('shipping', 'https://x.example.org/step', 'packing'),
        disposition: fc.constantFrom('active', 'urn:x:odd'),
        persistentDisposition: fc.record({
          set: fc.constant(['active']),
          unset: fc.constant(['in_transit', 'stolen']),
        }),
        readPoint: extensions.map((more) => ({ id: 'urn:epc:id:sgln:9521141.00001.0', ...more })),
        bizLocation: fc.constant({ id: 'https://id.gs1.org/414/9521141000014' }),
        bizTransactionList: fc.array(
          fc.constantFrom({ type: 'po', bizTransaction: 'urn:x:1' }, { bizTransaction: 'urn:x:2' }),
          { minLength: 1 },
        ),
        sourceList: fc.constant([{ type: 'owning_party', source: 'urn:epc:id:pgln:9521141.00001' }]),
        destinationList: fc.constant([{ type: 'urn:x:t', destination: 'urn:x:d' }]),
        certificationInfo: fc.uniqueArray(fc.webUrl(), { minLength: 1, maxLength: 2 }),
        eventID: fc.uuid().map((id) => `urn:uuid:${id}`),
        errorDeclaration: extensions.map((more) => ({
          declarationTime: '2026-03-02T08:00:00Z',
          reason: 'incorrect_data',
          correctiveEventIDs: ['urn:x:c'],
          ...more,
        })),
        sensorElementList: fc.array(
          fc.record({
            sensorMetadata: fc.constant({ time: '2026-03-01T08:00:00Z', 'ex:note': 'a b' }),
            sensorReport: fc.array(
              fc.record({
                type: fc.constantFrom('Temperature', 'gs1:Odd'),
                value: decimal,
                booleanValue: fc.boolean(),
                stringValue: text,
              }),
              { minLength: 1, maxLength: 2 },
            ),
          }),
          { minLength: 1, maxLength: 2 },
        ),
        ilmd: extensions,
      },
      { requiredKeys: ['epcList'] },
    )
    .chain((fields) => extensions.map((more) => ({ ...EVENT, action: 'ADD', ...fields, ...more })));

  it.each([
    ['2.0', XML_20],
    ['1.2', XML_12],
  ] as const)('by XML %s', async (_, form) => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 3 }), async (events) => {
        const document = documentOf(...events);
        const before = parseDocument(JSON.parse(document));
        const xml = await convert(document, form);
        const back = JSON.parse(await convert(xml, JSON_FORM)) as {
          epcisBody: { eventList: Record<string, unknown>[] };
        };
        expect(back.epcisBody.eventList.map(plain)).toEqual(events.map(plain));
        const after = parseDocument(back);
        expect(after.events.map((one) => prehash(one, after.context))).toEqual(
          before.events.map((one) => prehash(one, before.context)),
        );
      }),
      { numRuns: 150 },
    );
  });
});

describe('names and values', () => {
  it('a prefix with which a value begins is given up, so that the value stays what it is', async () => {
    const xml = `<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" xmlns:ex="urn:x" schemaVersion="2.0" creationDate="2026-03-01T08:00:00Z"><EPCISBody><EventList><ObjectEvent><ex:a>ex:b</ex:a><ex:c>epcis:d</ex:c></ObjectEvent></EventList></EPCISBody></e:EPCISDocument>`;
    const json = await convert(xml, JSON_FORM);
    expect(JSON.parse(json)).toMatchObject({
      '@context': [expect.anything(), { epcis: 'epcis:', ex1: 'urn:x' }],
      epcisBody: { eventList: [{ 'ex1:a': 'ex:b', 'ex1:c': 'epcis:d' }] },
    });
    expect((await readWhole(json)).prehashes).toEqual(['eventType=ObjectEvent{urn:x}a=ex:b{urn:x}c=epcis:d']);
  });

  it('two namespaces that differ in a colon stay two', async () => {
    const event = { ...EVENT, 'a:x': '1', 'cbvmda:x': '2' };
    const document = documentOf(event).replace('"ex":', '"a":"urn:epcglobal:cbv:mda","ex":');
    const xml = await convert(document, XML_20);
    expect(xml).toContain('"urn:epcglobal:cbv:mda"');
    expect(xml).toContain('"urn:epcglobal:cbv:mda:"');
    expect(await eventOf(await convert(xml, JSON_FORM))).toMatchObject({ 'a:x': '1', 'cbvmda:x': '2' });
  });

  it('a CURIE is expanded on its way into XML, where it would mean nothing', async () => {
    expect(await convert(documentOf({ ...EVENT, 'ex:a': 'ex:b', bizStep: 'ex:step' }), XML_20)).toMatch(
      /<bizStep>https:\/\/x\.example\.org\/step<\/bizStep>[^]*<ex:a>https:\/\/x\.example\.org\/b<\/ex:a>/,
    );
  });

  it('a prefix that nothing declares keeps its name and its hash', async () => {
    const document = documentOf({ ...EVENT, 'odd:a': '1' });
    const before = (await readWhole(document)).prehashes;
    const xml = await convert(document, XML_20);
    expect(xml).toContain('xmlns:odd="odd:"');
    expect((await readWhole(xml)).prehashes).toEqual(before);
  });

  it('namespaces that a converter left among the members are declarations', async () => {
    const lot = { '@xmlns:m': 'urn:m', '#text': 'L1' };
    const { prehashes } = await readWhole(documentOf({ ...EVENT, action: 'ADD', ilmd: { 'm:lot': lot } }));
    expect(prehashes[0]).toMatch(/ilmd\{urn:m\}lot=L1$/);
    const xml = await convert(documentOf({ ...EVENT, action: 'ADD', ilmd: { 'm:lot': lot } }), XML_20);
    expect((await readWhole(xml)).prehashes).toEqual(prehashes);
  });

  it('numbers that no double holds are kept as they were written', async () => {
    const long = '123456789012345678901234567890.5';
    const document = documentOf({ ...EVENT, 'ex:a': 'LONG' }).replace('"LONG"', long);
    const xml = await convert(document, XML_20);
    expect(xml).toContain(`>${long}<`);
    expect(await convert(xml, JSON_FORM)).toContain(`"ex:a": ${long}`);
  });

  it('CBV words as web URIs or URNs', async () => {
    const document = documentOf({ ...EVENT, bizStep: 'shipping' });
    expect(await convert(document, XML_20)).toContain('https://ref.gs1.org/cbv/BizStep-shipping');
    expect(await convert(document, { ...XML_20, cbv: 'urn' })).toContain('urn:epcglobal:cbv:bizstep:shipping');
    expect(await convert(document, XML_12)).toContain('urn:epcglobal:cbv:bizstep:shipping');
  });
});

describe('identifiers', () => {
  const LINK = 'https://id.gs1.org/01/09521141123454/21/7';
  const URN = 'urn:epc:id:sgtin:9521141.012345.7';

  it('a link becomes a URN where a URN of the same prefix stands anywhere in the document', async () => {
    const document = documentOf({ ...EVENT, epcList: [LINK] }, EVENT);
    expect((await eventOf(await convert(document, { to: 'xml', epcs: 'urn' })))?.['epcList']).toEqual([URN]);
  });

  it('stays where nothing tells the prefix, or two tell it', async () => {
    const alone = documentOf({ ...EVENT, epcList: [LINK] });
    expect((await eventOf(await convert(alone, { to: 'json', epcs: 'urn' })))?.['epcList']).toEqual([LINK]);
    const epcList = [LINK, URN, 'urn:epc:id:sgtin:952114.0112345.7'];
    const two = await eventOf(await convert(documentOf({ ...EVENT, epcList }), { to: 'json', epcs: 'urn' }));
    expect((two?.['epcList'] as string[] | undefined)?.[0]).toBe(LINK);
  });

  it('or where a list tells it', async () => {
    const known = { to: 'json', epcs: 'urn', gcpLengthOf: () => 7 } as const;
    expect((await eventOf(await convert(documentOf({ ...EVENT, epcList: [LINK] }), known)))?.['epcList']).toEqual([
      URN,
    ]);
  });

  it('master data is translated with the events', async () => {
    const place = 'urn:epc:id:sgln:9521141.00001.0';
    const vocabularyList = [
      { type: 'urn:epcglobal:epcis:vtype:Location', vocabularyElementList: [{ id: place, children: [place] }] },
    ];
    const document = JSON.stringify({
      ...HEAD,
      epcisHeader: { epcisMasterData: { vocabularyList } },
      epcisBody: { eventList: [EVENT] },
    });
    const out = await convert(document, { to: 'json', epcs: 'link' });
    expect(out).not.toContain(place);
    expect(out.match(/"https:\/\/id\.gs1\.org\/414\/9521141000014"/g)).toHaveLength(2);
  });
});

describe('documents around their events', () => {
  it('sender, receiver and instance are the business header of XML', async () => {
    const document = JSON.stringify({
      ...HEAD,
      id: 'urn:x:doc',
      instanceIdentifier: 'I1',
      sender: 'urn:x:s',
      receiver: 'urn:x:r',
      epcisBody: { eventList: [EVENT] },
    });
    for (const form of [XML_20, XML_12]) {
      const xml = await convert(document, form);
      expect((await validateDocument(xml)).errors).toEqual([]);
      expect(JSON.parse(await convert(xml, JSON_FORM))).toMatchObject({
        id: 'urn:x:doc',
        instanceIdentifier: 'I1',
        sender: 'urn:x:s',
        receiver: 'urn:x:r',
      });
    }
  });

  it('a business header that says more is kept whole', async () => {
    const json = await convert(read('conversions/query-with-header.xml'), JSON_FORM);
    const xml = await convert(json, XML_20);
    expect((await validateDocument(xml)).errors).toEqual([]);
    expect(JSON.parse(await convert(xml, JSON_FORM))).toEqual(JSON.parse(json));
  });

  it('master data comes back as it was', async () => {
    const json = JSON.parse(read('documents/farm-to-shop.json')) as { epcisHeader: unknown };
    const back = JSON.parse(await convert(await convert(JSON.stringify(json), XML_12), JSON_FORM)) as {
      epcisHeader: unknown;
    };
    expect(back.epcisHeader).toEqual(json.epcisHeader);
  });

  it('a document without events', async () => {
    expect(JSON.parse(await convert(await convert(documentOf(), XML_20), JSON_FORM))).toMatchObject({
      epcisBody: { eventList: [] },
    });
  });

  it('an event alone, with prefixes of its own', async () => {
    const bare = JSON.stringify({ '@context': [{ ex: 'urn:x' }], ...EVENT, 'ex:a': '1' });
    const back = JSON.parse(await convert(await convert(bare, XML_20), JSON_FORM)) as object;
    expect(back).toEqual({ ...(JSON.parse(bare) as object), '@context': [HEAD['@context'][0], { ex: 'urn:x' }] });
  });
});

describe('what cannot be expressed is refused by name', () => {
  it.each([
    ['a control character', { 'ex:a': '\u0001' }, XML_20, 'U+0001'],
    ['half of a pair', { 'ex:a': '\uD800' }, XML_20, 'U+D800'],
    ['a name that XML does not have', { 'ex:a b': 1 }, XML_20, 'is no name in XML'],
    ['a whole URI as a name', { 'https://x.example.org/a': 1 }, XML_20, 'give its beginning a prefix'],
    ['an event that 2.0 no longer has', { type: 'QuantityEvent' }, XML_20, 'EPCIS 2.0 has no QuantityEvent'],
  ])('%s', async (_, change, form, message) => {
    await expect(convert(documentOf({ ...EVENT, ...change }), form)).rejects.toThrow(message);
  });

  it('a name twice', async () => {
    await expect(convert(documentOf(EVENT).replace('"action":', '"action":"ADD","action":'), XML_20)).rejects.toThrow(
      /event 0 \(line 1, column \d+\): action stands twice/,
    );
  });
});

describe.skipIf(!hasCorpus)('the corpus', () => {
  it('keeps every hash, there and back, in both versions', async () => {
    const files = new Set(
      ['json-schema-verdicts.tsv', 'xsd20-verdicts.tsv', 'xsd12-verdicts.tsv'].flatMap((table) =>
        corpusTable(table)
          .filter(([, verdict]) => verdict === 'VALID')
          .map(([file = '']) => file),
      ),
    );
    const wrong: string[] = [];
    for (const file of files) {
      if (file.endsWith('Extended-Event.json')) continue; // stands alone, with a type of its own
      let text = corpusText(file);
      const before = await readWhole(text).catch(() => undefined);
      if (!before || before.events.length === 0) continue;
      for (const step of text.trimStart().startsWith('<') ? [JSON_FORM, XML_20, XML_12] : [XML_20, XML_12, JSON_FORM]) {
        text = await convert(text, step);
        const after = await readWhole(text);
        if (before.prehashes.join('\n') !== after.prehashes.join('\n'))
          wrong.push(`${file} ${step.to} ${step.xmlVersion ?? ''}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});
