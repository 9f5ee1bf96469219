import { beforeAll, expect, test } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { keyOfUri, keyText } from '../../src/gs1/index.ts';
import { factsOf } from '../../src/store/facts.ts';
import { readHead } from '../../src/store/log-head.ts';
import { keysOf } from '../../src/trace/bundle.ts';
import type { Fact } from '../../src/trace/fact.ts';
import { rangesOf } from '../../src/trace/key-range.ts';
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
      (await facts({ keys: [keyOf(lot('B'))] }))
        .toSorted((a, b) => a.sequence - b.sequence)
        .map(({ declaration }) => declaration?.correctiveEventIDs),
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

  const take = async (events: Fields[]): Promise<void> => {
    const clean = JSON.parse(JSON.stringify(events)) as Fields[];
    expect((await capture({ store: store(), clock: Date.now }, who, documentOf(clean))).job.errors).toEqual([]);
  };
  const turn = (n: number, input: Fields, outputs: string[], more: Fields = {}): Fields =>
    making(n, { transformationID: undefined, ...input, outputEPCList: outputs, ...more });
  const items = (from: number, count: number): string[] => Array.from({ length: count }, (_, n) => item(from + n));

  test('of a transformation that one key alone went into comes what it put out first, where brief is enough', async () => {
    const [flour, salt] = [lot('FLOUR'), lot('SALT')];
    const quantity = (epcClass: string) => ({ epcClass, quantity: 2.5, uom: 'KGM' });
    const oneLot = { inputQuantityList: [quantity(salt), quantity(flour)], ilmd: { 'cbvmda:lotNumber': 'DOUGH' } };
    await take([
      turn(0x80, oneLot, items(8_000, 60)),
      turn(0x81, oneLot, items(8_100, 60), { transformationID: 'urn:uuid:run-1' }),
      turn(0x82, oneLot, items(8_200, 2)),
      turn(0x83, { inputQuantityList: [quantity(flour), quantity(flour)] }, items(8_300, 60)),
      turn(0x84, { inputEPCList: [item(8_999)], inputQuantityList: [quantity(flour)] }, items(8_400, 60)),
      turn(0x85, oneLot, items(8_500, 60)),
    ]);
    const facts = factsOf(store(), who.tenantId);
    const read = async (...keys: string[]) =>
      new Map(
        (await facts({ keys: keys.map(keyOf), brief: true, bundles: true })).map((fact) => [
          fact.eventID.slice(-2),
          fact,
        ]),
      );
    // of many keys, it comes with all that went in
    const many = (await read(flour, ...items(20_000, 200))).get('80')!;
    expect(many.brief).toBe(true);
    expect(many.mentions.map(({ key, role }) => [role, key])).toEqual([
      ['lot', keyOf(lot('DOUGH'))],
      ['inputQuantity', keyOf(salt)],
      ['inputQuantity', keyOf(flour)],
    ]);
    expect(many.bundles!.map((bundle) => [...keysOf(bundle)])).toEqual([[keyOf(item(8_000))]]);
    const disputed = turn(0x85, oneLot, items(8_600, 60));
    const late = JSON.parse(JSON.stringify([disputed])) as Fields[];
    await capture({ store: store(), clock: Date.now }, who, documentOf(late), { behaviour: 'proceed' });
    const found = await read(flour);
    expect([...found].flatMap(([id, { brief }]) => (brief ? [id] : []))).toEqual(['80']);
    expect(found.get('80')!.mentions).toEqual([
      { key: keyOf(item(8_000)), role: 'outputEPC', gcpLength: 7 },
      { key: keyOf(flour), role: 'inputQuantity', gcpLength: 7, quantity: 2.5, uom: 'KGM' },
    ]);
    expect([...found.keys()].sort()).toEqual(['80', '81', '82', '83', '84', '85']);
    // what came out of it, or two things that went in, want it whole
    for (const keys of [
      [flour, item(8_003)],
      [flour, salt],
    ])
      expect((await read(...keys)).get('80')).not.toHaveProperty('brief');
  });

  test('what the asker knows does not come again, nor the parents that it alone tells', async () => {
    const [box, stack] = ['4', '5'].map((n) => `urn:epc:id:sscc:0614141.900000000${n}`);
    const put = (n: number, parentID: string, child: string): Fields =>
      objectEvent(n, { type: 'AggregationEvent', action: 'ADD', epcList: undefined, parentID, childEPCs: [child] });
    await take([put(0x90, box!, item(90)), put(0x91, stack!, box!), objectEvent(0x92, { epcList: [stack!] })]);
    const facts = factsOf(store(), who.tenantId);
    const all = await facts({ keys: [keyOf(item(90))], levels: 2 });
    expect(ids(all)).toEqual(['90', '91', '92']);
    const known = (...of: string[]) =>
      all.filter((fact) => of.includes(ids([fact])[0]!)).map(({ sequence }) => sequence);
    const but = async (...of: string[]) =>
      ids(await facts({ keys: [keyOf(item(90))], levels: 2, known: known(...of) }));
    expect(await but('92')).toEqual(['90', '91']);
    expect(await but('91')).toEqual(['90']);
    expect(await but('90')).toEqual([]);
  });

  test('many keys in one round, and in several where more events name them, as known then', async () => {
    const things = Array.from({ length: 150 }, (_, n) => item(20_000 + n));
    const ranges = () => rangesOf(things.map(keyOf));
    const seen = (first: number, count: number): Fields[] =>
      Array.from({ length: count }, (_, n) => objectEvent(first + n, { epcList: [things[n % 150]!] }));
    await take([objectEvent(0x2000, { action: 'ADD', epcList: things }), ...seen(0x2001, 199)]);
    const { recordTime } = await readHead(store(), who.tenantId);
    const sequences = (facts: Fact[]): number[] => facts.map(({ sequence }) => sequence).sort((a, b) => a - b);
    const count = async (known: number[], asOf?: number): Promise<number> => {
      const facts = factsOf(store(), who.tenantId, asOf);
      const given = sequences(await facts({ ranges: ranges(), known }));
      const all = sequences(await facts({ ranges: ranges() })); // not told what is known, nothing is left out
      expect(all.filter((sequence) => !known.includes(sequence))).toEqual(
        given.filter((sequence) => !known.includes(sequence)),
      );
      return given.length;
    };
    expect(await count([])).toBe(200);
    const [first] = sequences(await factsOf(store(), who.tenantId)({ ranges: ranges() }));
    expect(await count([first!])).toBe(199);
    await take(seen(0x3000, 900));
    await take(seen(0x4000, 900));
    expect(await count([])).toBe(2_000);
    expect(await count([], recordTime)).toBe(200);
  });

  test('whether things, or what they were in, were made by other events', async () => {
    const crate = 'urn:epc:id:grai:0614141.12345.77';
    const box = 'urn:epc:id:sscc:0614141.9000000006';
    const put = (n: number, parentID: string, childEPCs: string[]): Fields =>
      objectEvent(n, { type: 'AggregationEvent', action: 'ADD', epcList: undefined, parentID, childEPCs });
    await take([
      turn(0xa0, { inputEPCList: [item(9_999)] }, items(9_000, 20)),
      put(0xa1, box, items(9_000, 10)),
      put(0xa2, crate, [box]),
      objectEvent(0xa3, { epcList: items(9_000, 20) }),
    ]);
    const facts = factsOf(store(), who.tenantId);
    const made = (await facts({ keys: [keyOf(item(9_000))] })).find((fact) => ids([fact])[0] === 'a0')!.sequence;
    const elsewhere = (uris: string[], ...known: number[]) => facts.isMadeElsewhere!(rangesOf(uris.map(keyOf)), known);
    expect(await elsewhere(items(9_000, 20), made)).toBe(false);
    expect(await elsewhere(items(9_000, 20))).toBe(true);
    const before = (await readHead(store(), who.tenantId)).recordTime;
    await take([turn(0xa4, { inputEPCList: [item(9_998)] }, [crate])]);
    expect(await elsewhere(items(9_000, 20), made)).toBe(true);
    expect(await elsewhere(items(9_010, 10), made)).toBe(false);
    expect(
      await factsOf(store(), who.tenantId, before).isMadeElsewhere!(rangesOf(items(9_000, 20).map(keyOf)), [made]),
    ).toBe(false);
    await take([objectEvent(0xa5, { action: 'ADD', epcList: [item(9_015)] })]);
    expect(await elsewhere(items(9_010, 10), made)).toBe(true);
    expect(await factsOf(store(), tenant()).isMadeElsewhere!(rangesOf(items(9_000, 20).map(keyOf)), [])).toBe(false);
  });

  test('what transformations lead to, as many levels as are asked for, both ways', async () => {
    const name = (n: number): string => lot(`CHAIN${n}`);
    const step = (n: number): Fields =>
      making(0xb0 + n, {
        transformationID: undefined,
        inputEPCList: [item(7_000 + n)],
        inputQuantityList: [{ epcClass: name(n), quantity: 1, uom: 'KGM' }],
        outputQuantityList: [{ epcClass: name(n + 1), quantity: 1.5, uom: 'LBR' }, { epcClass: lot(`SIDE${n}`) }],
      });
    await take([0, 1, 2, 3].map(step));
    const facts = factsOf(store(), who.tenantId);
    const sorted = (uris: string[]): string[] => uris.map(keyOf).sort();
    const ahead = async (from: string, near: 'input' | 'output', levels: number) =>
      (await facts.ahead!([keyOf(from)], near, levels)).sort();
    expect(await ahead(name(0), 'input', 2)).toEqual(sorted([name(1), name(2), lot('SIDE0'), lot('SIDE1')]));
    expect(await ahead(name(4), 'output', 64)).toEqual(sorted([0, 1, 2, 3].flatMap((n) => [name(n), item(7_000 + n)])));
    expect(await ahead(name(0), 'output', 8)).toEqual([]);
    expect(await factsOf(store(), who.tenantId, monday).ahead!([keyOf(name(0))], 'input', 8)).toEqual([]);
    expect(await factsOf(store(), tenant()).ahead!([keyOf(name(0))], 'input', 8)).toEqual([]);
    // a step that was declared wrong leads nowhere
    await take([declared(JSON.parse(JSON.stringify(step(2))) as Fields)]);
    expect(await ahead(name(0), 'input', 8)).toEqual(sorted([name(1), name(2), lot('SIDE0'), lot('SIDE1')]));
  });

  test("another tenant's facts stay his", async () => {
    expect(
      await factsOf(store(), tenant())({ keys: [keyOf(item(1))], transformationIDs: ['urn:uuid:batch-1'] }),
    ).toEqual([]);
  });
});
