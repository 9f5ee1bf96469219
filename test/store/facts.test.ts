import { beforeAll, expect, test } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { keyOfUri, keyText } from '../../src/gs1/index.ts';
import { factsOf } from '../../src/store/facts.ts';
import { readHead } from '../../src/store/log-head.ts';
import { keysOf } from '../../src/trace/bundle.ts';
import type { Fact } from '../../src/trace/fact.ts';
import { link } from '../../src/trace/link.ts';
import { declared, documentOf, type Fields, item, lot, objectEvent, operator } from '../capture/events.ts';
import { onBoth } from './databases.ts';

const keyOf = (uri: string): string => keyText(keyOfUri(uri).key);
const ids = (facts: Fact[]): string[] => facts.map(({ eventID }) => eventID.slice(-2)).sort();

const pallet = 'urn:epc:id:sscc:0614141.1234567890';
const packing = objectEvent(0x20, {
  type: 'AggregationEvent',
  action: 'ADD',
  epcList: undefined,
  parentID: pallet,
  childEPCs: [item(1)],
  childQuantityList: [{ epcClass: lot('A'), quantity: 12.5, uom: 'KGM' }, { epcClass: lot('B') }],
});
const making = (n: number, more: Fields): Fields =>
  objectEvent(n, {
    type: 'TransformationEvent',
    action: undefined,
    epcList: undefined,
    transformationID: 'urn:uuid:batch-1',
    ...more,
  });
const world: Fields[] = [
  objectEvent(0x10, {
    action: 'ADD',
    epcList: [item(1), item(2)],
    ilmd: { 'cbvmda:lotNumber': 'A' },
    bizLocation: { id: 'urn:epc:id:sgln:0614141.00002.0' },
  }),
  packing,
  making(0x30, { inputEPCList: [item(1)] }),
  making(0x31, { outputQuantityList: [{ epcClass: lot('C'), quantity: 3 }], disposition: 'active' }),
];

onBoth('facts', ({ store, tenant }) => {
  const who = operator(tenant());
  let monday = 0;

  beforeAll(async () => {
    const platform = { store: store(), clock: Date.now };
    const clean = JSON.parse(JSON.stringify(world)) as Fields[];
    expect((await capture(platform, who, documentOf(clean))).job.errors).toEqual([]);
    monday = (await readHead(store(), who.tenantId)).recordTime;
    // later: the packing is declared wrong; another event claims the ID of the first
    const late = [declared(clean[1]!, { correctiveEventIDs: ['urn:uuid:none'] }), { ...clean[0]!, epcList: [item(9)] }];
    await capture(platform, who, documentOf(late), { behaviour: 'proceed' });
  });

  test('a fact is what link made of the event, to the last quantity', async () => {
    const [fact] = await factsOf(store(), who.tenantId, monday)({ keys: [keyOf(pallet)] });
    const { sequence, recordTime, hash } = fact!;
    expect(fact).toEqual(link(JSON.parse(JSON.stringify(packing)), { sequence, recordTime, hash, refused: false }));
    expect([sequence, recordTime]).toEqual([2, monday]);
  });

  test('by key: every event that names it in any role, with declarations and refused events beside them', async () => {
    const facts = factsOf(store(), who.tenantId);
    expect(ids(await facts({ keys: [keyOf(item(1))] }))).toEqual(['10', '10', '20', '20', '30']);
    expect(ids(await facts({ keys: [keyOf(item(2))] }))).toEqual(['10', '10']);
    expect(
      (await facts({ keys: [keyOf(lot('B'))] })).map(({ declaration }) => declaration?.correctiveEventIDs),
    ).toEqual([undefined, ['urn:uuid:none']]);
    // the lot that an ILMD gives is found like one that a list names
    expect(ids(await facts({ keys: [keyOf(lot('A'))] }))).toEqual(['10', '10', '20', '20']);
  });

  test('by a key that only the refused event names: the one that stands comes along', async () => {
    const facts = await factsOf(store(), who.tenantId)({ keys: [keyOf(item(9))] });
    expect(facts.map(({ refused }) => refused).toSorted((a, b) => Number(a) - Number(b))).toEqual([false, true]);
  });

  test('by key with levels of parents, as known then; without what the key itself held', async () => {
    const [box, stack, ship] = ['1', '2', '3'].map((n) => `urn:epc:id:sscc:0614141.900000000${n}`) as [
      string,
      string,
      string,
    ];
    const put = (n: number, parentID: string, child: string): Fields =>
      objectEvent(n, { type: 'AggregationEvent', action: 'ADD', epcList: undefined, parentID, childEPCs: [child] });
    const events = [put(0x60, box, item(60)), put(0x61, stack, box), put(0x62, ship, stack)];
    events.push(put(0x63, stack, item(61)), objectEvent(0x64, { epcList: [box] }));
    const clean = JSON.parse(JSON.stringify(events)) as Fields[];
    expect((await capture({ store: store(), clock: Date.now }, who, documentOf(clean))).job.errors).toEqual([]);
    const facts = factsOf(store(), who.tenantId);
    const keys = [keyOf(item(60))];
    expect(ids(await facts({ keys }))).toEqual(['60']);
    expect(ids(await facts({ keys, levels: 1 }))).toEqual(['60', '61', '64']);
    expect(ids(await facts({ keys, levels: 4 }))).toEqual(['60', '61', '62', '63', '64']);
    expect(ids(await facts({ keys: [keyOf(box)], asChild: true }))).toEqual(['61', '64']);
    expect(ids(await facts({ keys: [keyOf(box)], asChild: true, levels: 1 }))).toEqual(['61', '62', '63', '64']);
    expect(await factsOf(store(), who.tenantId, monday)({ keys, levels: 4 })).toEqual([]);
    expect(await factsOf(store(), tenant())({ keys, levels: 4 })).toEqual([]);
  });

  test('as of Monday nothing of Tuesday is known', async () => {
    const facts = factsOf(store(), who.tenantId, monday);
    expect(ids(await facts({ keys: [keyOf(item(1))] }))).toEqual(['10', '20', '30']);
    expect(await facts({ keys: [keyOf(item(9))] })).toEqual([]);
    expect(await factsOf(store(), who.tenantId, monday - 1)({ keys: [keyOf(item(1))] })).toEqual([]);
  });

  test('by eventID and by transformationID; several at once, each fact once', async () => {
    const facts = factsOf(store(), who.tenantId);
    expect(ids(await facts({ transformationIDs: ['urn:uuid:batch-1'] }))).toEqual(['30', '31']);
    expect(ids(await facts({ eventIDs: [String(world[0]!['eventID']), 'urn:uuid:none'] }))).toEqual(['10', '10']);
    const all = await facts({
      keys: [keyOf(item(1))],
      eventIDs: [String(packing['eventID'])],
      transformationIDs: ['urn:uuid:batch-1'],
    });
    expect(ids(all)).toEqual(['10', '10', '20', '20', '30', '31']);
    expect(await facts({})).toEqual([]);
  });

  test('a frontier of any size, and places are no things', async () => {
    const many = Array.from({ length: 12_000 }, (_, n) => keyOf(item(n + 1_000)));
    const facts = factsOf(store(), who.tenantId);
    expect(ids(await facts({ keys: [...many, keyOf(item(2)), ...many] }))).toEqual(['10', '10']);
    expect(await facts({ keys: [keyOf('urn:epc:id:sgln:0614141.00002.0')] })).toEqual([]);
  });

  test('things that stand alike come as bundles, where they are asked for so', async () => {
    const outputs = Array.from({ length: 5 }, (_, n) => item(700 + n));
    const turn = making(0x70, {
      transformationID: undefined,
      inputQuantityList: [{ epcClass: lot('R'), quantity: 2 }],
      outputEPCList: outputs,
      ilmd: { 'cbvmda:lotNumber': 'P' },
    });
    expect((await capture({ store: store(), clock: Date.now }, who, documentOf([turn]))).job.errors).toEqual([]);
    const many = Array.from({ length: 200 }, (_, n) => keyOf(item(n + 2_000)));
    const facts = factsOf(store(), who.tenantId);
    for (const keys of [[keyOf(lot('R'))], [keyOf(item(703)), ...many]]) {
      const [fact] = await facts({ keys, bundles: true });
      expect(fact!.mentions.map(({ role }) => role)).toEqual(['lot', 'inputQuantity']);
      expect(fact!.bundles!.map(({ role, count }) => [role, count])).toEqual([['outputEPC', outputs.length]]);
      expect([...keysOf(fact!.bundles![0]!)]).toEqual(outputs.map(keyOf));
      const [plain] = await facts({ keys });
      expect(plain!.mentions).toHaveLength(outputs.length + 2);
      expect(plain).not.toHaveProperty('bundles');
    }
  });

  test("another tenant's facts stay his", async () => {
    expect(
      await factsOf(store(), tenant())({ keys: [keyOf(item(1))], transformationIDs: ['urn:uuid:batch-1'] }),
    ).toEqual([]);
  });
});
