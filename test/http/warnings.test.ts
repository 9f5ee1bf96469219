// What a person reads beside the verdicts of a capture, over HTTP and on both databases; each code by an example.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WARNING_CODES, type WarningCode } from '../../src/trace/warning.ts';
import { documentOf, observed } from './fixtures.ts';
import { clientOf, DATABASES, startServer, type TestServer } from './server.ts';

type Fields = Record<string, unknown>;

let count = 100;
/** Names that no other test of this file uses. */
const fresh = (): { item: string; other: string; pallet: string; crate: string; lot: string } => {
  const n = ++count;
  return {
    item: `urn:epc:id:sgtin:9521141.012345.W${n}`,
    other: `urn:epc:id:sgtin:9521141.012345.V${n}`,
    pallet: `urn:epc:id:sscc:9521141.${String(n).padStart(10, '0')}`,
    crate: `urn:epc:id:grai:9521141.12345.${n}`,
    lot: `urn:epc:class:lgtin:9521141.012345.L${n}`,
  };
};

const made = (minute: number, epcs: string[], lot?: string): Fields =>
  observed(minute, {
    action: 'ADD',
    bizStep: 'commissioning',
    epcList: epcs,
    ...(lot !== undefined && { ilmd: { 'cbvmda:lotNumber': lot } }),
  });
const ended = (minute: number, epcs: string[]): Fields =>
  observed(minute, { action: 'DELETE', bizStep: 'destroying', epcList: epcs });
const shipped = (minute: number, epcs: string[]): Fields => observed(minute, { epcList: epcs });
const received = (minute: number, epcs: string[]): Fields => observed(minute, { epcList: epcs, bizStep: 'receiving' });
const packed = (minute: number, action: string, parentID: string, childEPCs: string[]): Fields => ({
  ...observed(minute, { action, bizStep: 'packing' }),
  type: 'AggregationEvent',
  epcList: undefined,
  parentID,
  childEPCs,
});
const turned = (minute: number, inputs: string[], outputs: string[]): Fields => ({
  ...observed(minute, { action: undefined, bizStep: 'commissioning' }),
  type: 'TransformationEvent',
  epcList: undefined,
  inputEPCList: inputs,
  outputEPCList: outputs,
});

/** Code → documents one after the other, of which the last event of the last gets it; which of its ids, and the event beside. */
const EXAMPLES: Record<
  WarningCode,
  (of: ReturnType<typeof fresh>) => { documents: Fields[][]; ids: string[]; beside?: Fields }
> = {
  MISSING_COMMISSION: ({ item }) => ({ documents: [[shipped(5, [item])]], ids: [item] }),
  MISSING_ORIGIN: ({ lot }) => ({
    documents: [[observed(5, { epcList: undefined, quantityList: [{ epcClass: lot, quantity: 3, uom: 'KGM' }] })]],
    ids: [lot],
  }),
  DUP_COMMISSION: ({ item }) => {
    const first = made(1, [item]);
    return { documents: [[first], [made(2, [item])]], ids: [item], beside: first };
  },
  LOT_CONFLICT: ({ item, other }) => {
    const first = made(1, [item], 'A');
    return { documents: [[first], [made(2, [other, item], 'B')]], ids: [item], beside: first };
  },
  USED_BEFORE_COMMISSION: ({ item }) => {
    const first = made(9, [item]);
    return { documents: [[first], [shipped(5, [item])]], ids: [item], beside: first };
  },
  SEEN_AFTER_DECOMMISSION: ({ item }) => {
    const end = ended(4, [item]);
    return { documents: [[made(1, [item]), end], [shipped(5, [item])]], ids: [item], beside: end };
  },
  SEEN_AFTER_CONSUMED: ({ item, other }) => {
    const end = turned(4, [item], [other]);
    return { documents: [[made(1, [item])], [end], [shipped(5, [item])]], ids: [item], beside: end };
  },
  MISSING_ADD: ({ item, pallet }) => ({
    documents: [[made(1, [item])], [packed(4, 'DELETE', pallet, [item])]],
    ids: [pallet, item],
  }),
  IMPLICIT_DISAGG: ({ item, pallet, crate }) => ({
    documents: [[made(1, [item]), packed(2, 'ADD', pallet, [item])], [packed(4, 'ADD', crate, [item])]],
    ids: [pallet, item],
  }),
  CONTAINMENT_CYCLE: ({ pallet, crate }) => ({
    documents: [[packed(2, 'ADD', pallet, [crate])], [packed(4, 'ADD', crate, [pallet])]],
    ids: [crate, pallet],
  }),
  X_SEEN_ALONE: ({ item, pallet }) => {
    const packing = packed(2, 'ADD', pallet, [item]);
    return { documents: [[made(1, [item]), packing], [shipped(5, [item])]], ids: [pallet, item], beside: packing };
  },
};

describe.each(DATABASES)('warnings on %s', (database) => {
  let server: TestServer;
  const call = (...args: Parameters<ReturnType<typeof clientOf>>) => clientOf(server.url, server.keys.capture)(...args);
  const URN = { 'GS1-EPC-Format': 'Always_EPC_URN' };
  /** The warnings of the events of a document that is captured now. */
  const captured = async (events: Fields[], headers: Fields = {}) => {
    const res = await call('POST', '/epcis/capture', { body: documentOf(events) });
    expect(res.status, res.text).toBe(202);
    const page = await call('GET', `${res.headers.get('location')}/events?perPage=1000`, {
      headers: { ...URN, ...(headers as Record<string, string>) },
    });
    const { member } = page.json as { member: { verdict: string; warnings?: Fields[] }[] };
    expect(member.map(({ verdict }) => verdict)).toEqual(events.map(() => 'accepted'));
    return member.map(({ warnings = [] }) => warnings);
  };
  beforeAll(async () => {
    server = await startServer(database);
  });
  afterAll(() => server.stop());

  it.each(WARNING_CODES)('%s', async (code) => {
    const { documents, ids, beside } = EXAMPLES[code](fresh());
    const last = documents.pop()!;
    for (const document of documents) expect((await captured(document)).flat(), 'before it').toEqual([]);
    const { json } = await call('POST', '/epcis/capture?dryRun=true', { body: documentOf(last), headers: URN });
    const warnings = await captured(last);
    expect(warnings.at(-1)!.map((one) => one['code'])).toContain(code);
    const warning = warnings.at(-1)!.find((one) => one['code'] === code)!;
    expect(warning).toMatchObject({ ids, message: expect.stringContaining(ids[0]!) });
    expect(warning['eventIDs']).toEqual(beside && [beside['eventID']]);
    expect(warning['message']).toMatch(/^urn:epc:[^{}]+[:.] [^{}]+\.$/);
    expect(json.verdicts.map(({ warnings: list = [] }: { warnings?: Fields[] }) => list)).toEqual(warnings);
  });

  it('an event is held against its own document, before and behind it, and against nothing later', async () => {
    const { item, pallet, other } = fresh();
    const events = [
      shipped(5, [item]),
      packed(3, 'ADD', pallet, [other]),
      shipped(4, [pallet]),
      made(1, [item, other]),
    ];
    const { headers } = await call('POST', '/epcis/capture', { body: documentOf(events) });
    const verdicts = async () => (await call('GET', `${headers.get('location')}/events`)).json.member as Fields[];
    const before = await verdicts();
    expect(before.flatMap(({ warnings = [] }) => warnings)).toEqual([]);
    expect((await captured([made(2, [item])])).flat()).toMatchObject([{ code: 'DUP_COMMISSION' }]);
    expect((await captured([ended(2, [other])])).flat().map(({ code }) => code)).toEqual(['SEEN_AFTER_DECOMMISSION']);
    expect(await verdicts()).toEqual(before);
  });

  it('what came from outside is known from its receipt on, and so is what came inside of it', async () => {
    const { item, other, pallet } = fresh();
    expect((await captured([received(1, [item]), shipped(2, [item])])).flat()).toEqual([]);
    const early = (await captured([shipped(0, [item])])).flat();
    expect(early).toMatchObject([{ code: 'MISSING_COMMISSION', ids: [item] }]);
    const inside = await captured([
      packed(1, 'ADD', pallet, [other]),
      received(2, [pallet]),
      packed(3, 'DELETE', pallet, [other]),
    ]);
    expect(inside.map((list) => list.map(({ code }) => code))).toEqual([['MISSING_COMMISSION'], [], []]);
    expect((await captured([shipped(4, [other])])).flat()).toEqual([]);
  });

  it('a container named beside its content, and a sensor inside, are no sightings alone', async () => {
    const { item, pallet } = fresh();
    await captured([made(1, [item]), packed(2, 'ADD', pallet, [item])]);
    expect(
      (
        await captured([shipped(5, [item, pallet]), observed(6, { epcList: [item], bizStep: 'sensor_reporting' })])
      ).flat(),
    ).toEqual([]);
  });

  it('an item in a crate on a pallet: the pallet beside it is enough, and what is unpacked beside it frees it not', async () => {
    const { item, other, pallet, crate } = fresh();
    await captured([made(1, [item, other]), packed(2, 'ADD', crate, [item, other]), packed(3, 'ADD', pallet, [crate])]);
    expect((await captured([shipped(4, [item, pallet])])).flat()).toEqual([]);
    expect((await captured([packed(5, 'DELETE', crate, [other])])).flat()).toEqual([]);
    expect((await captured([shipped(6, [item])])).flat()).toMatchObject([{ code: 'X_SEEN_ALONE', ids: [crate, item] }]);
    expect((await captured([{ ...packed(7, 'DELETE', crate, []), childEPCs: undefined }])).flat()).toEqual([]);
    expect((await captured([shipped(8, [item])])).flat()).toEqual([]);
  });

  it('many identifiers are one warning: ten are listed, the sentence counts them', async () => {
    const { item } = fresh();
    const all = Array.from({ length: 25 }, (_, i) => `${item}x${i}`);
    const [[warning]] = (await captured([shipped(5, all)])) as [[Fields]];
    expect(warning['ids']).toEqual(all.slice(0, 10));
    expect(warning['message']).toContain(`${all.slice(0, 3).join(', ')} and 22 more: never commissioned here`);
  });

  it('in Chinese, and with Digital Links, as the client wants', async () => {
    const { item } = fresh();
    const { headers } = await call('POST', '/epcis/capture', { body: documentOf([shipped(5, [item])]) });
    const page = await call('GET', `${headers.get('location')}/events`, { headers: { 'accept-language': 'zh-CN' } });
    const serial = item.split('.').at(-1);
    expect(page.json.member[0].warnings).toEqual([
      {
        code: 'MISSING_COMMISSION',
        ids: [`https://id.gs1.org/01/09521141123454/21/${serial}`],
        message: expect.stringMatching(/^https:\/\/\S+:此前既无赋码记录/),
      },
    ]);
    expect(page.headers.get('content-language')).toBe('zh');
    expect(page.headers.get('gs1-epc-format')).toBe('Always_GS1_Digital_Link');
  });

  it('duplicates, refused events and declarations carry none; what was declared wrong shows nothing', async () => {
    const { item } = fresh();
    const first = made(1, [item]);
    const wrong = made(2, [item]);
    await captured([first]);
    const declaration = {
      ...wrong,
      errorDeclaration: { declarationTime: '2026-03-02T00:00:00Z', reason: 'did_not_occur' },
    };
    expect((await captured([wrong, declaration])).flat()).toEqual([]);
    const again = await call('POST', '/epcis/capture', { body: documentOf([first]) });
    const page = await call('GET', `${again.headers.get('location')}/events`);
    expect(page.json.member[0]).not.toHaveProperty('warnings');
    expect((await captured([shipped(3, [item])])).flat()).toEqual([]);
  });

  it('rows of a lot file have them too, told with the upload in the language asked for', async () => {
    const serial = `Z${++count}`;
    const named = `https://id.gs1.org/01/09521141123454/21/${serial}`;
    const upload = async (lot: string, ...serials: string[]) => send(lot, serials);
    const send = async (lot: string, serials: string[], query = '') => {
      const body = [
        'GTIN,Lot,Serial,Production date',
        ...serials.map((one) => `09521141123454,${lot},${one},2026-03-02`),
      ];
      const headers = { 'content-type': 'text/csv' };
      const sent = await call('POST', `/api/lots${query}`, { body: body.join('\n'), headers });
      expect(sent.status, sent.text).toBe(202);
      const path = sent.headers.get('location')!;
      await expect.poll(async () => (await call('GET', path)).json.state, { timeout: 20_000 }).toBe('finished');
      return path;
    };
    const first = await upload('A', serial, `${serial}x`);
    expect((await call('GET', first)).json).toMatchObject({ accepted: 2, rowsWarned: 0, warnings: [] });
    const tried = (await call('GET', await send('B', [`${serial}y`, serial, `${serial}y`], '?dryRun=true'))).json;
    expect((await call('GET', await send('A', [serial], '?dryRun=true'))).json).toMatchObject({ rowsWarned: 0 });
    const second = await upload('B', `${serial}y`, serial);
    const { json } = await call('GET', second);
    expect(tried).toMatchObject({ accepted: 0, rowsWarned: 1, warnings: json.warnings });
    expect(json).toMatchObject({ accepted: 2, rowsBad: 0, rowsWarned: 1 });
    expect(json.warnings).toEqual(
      ['DUP_COMMISSION', 'LOT_CONFLICT'].map((code) => ({
        row: 3,
        code,
        ids: [named],
        eventIDs: [expect.stringMatching(/^ni:/)],
        message: expect.stringContaining(named),
      })),
    );
    const zh = await call('GET', second, { headers: { 'accept-language': 'zh' } });
    expect(zh.json.warnings[0].message).toContain(`${named}:重复赋码`);
  });

  it('verdicts alone, page by page, for who asks for them', async () => {
    const { item, other } = fresh();
    const { headers } = await call('POST', '/epcis/capture', {
      body: documentOf([shipped(5, [item]), shipped(6, [other])]),
    });
    const first = await call('GET', `${headers.get('location')}/events?warnings=false&perPage=1`);
    expect(first.json.member).toEqual([
      { index: 0, verdict: 'accepted', eventID: expect.any(String), hash: expect.any(String) },
    ]);
    const next = await call('GET', /<([^>]+)>/.exec(first.headers.get('link')!)![1]!);
    expect(next.json.member).toMatchObject([{ index: 1 }]);
    expect(next.json.member[0]).not.toHaveProperty('warnings');
    expect((await call('GET', `${headers.get('location')}/events?warnings=maybe`)).status).toBe(400);
  });

  it('an identifier that more than 200 events name is not judged', async () => {
    const { item } = fresh();
    const last: (Fields[] | undefined)[] = [];
    for (const length of [99, 99, 2, 1])
      last.push((await captured(Array.from({ length }, (_, i) => shipped(i, [item])))).at(-1));
    expect(last.map((warnings) => warnings?.length)).toEqual([1, 1, 1, 0]);
  });
});
