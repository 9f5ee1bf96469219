import { beforeAll, describe, expect, test } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { parseQuery } from '../../src/epcis/index.ts';
import { findEvents } from '../../src/store/event-query.ts';
import { knownEpcs, knownValues } from '../../src/store/known.ts';
import { declared, documentOf, type Fields, item, lot, objectEvent, operator } from '../capture/events.ts';
import type { Store } from '../../src/store/open.ts';
import { onBoth } from './databases.ts';

const SITE = 'urn:epc:id:sgln:0614141.00002.0';
const SITE_LINK = 'https://id.gs1.org/414/0614141000029';
const PALLET = 'urn:epc:id:sscc:0614141.1234567890';
const PALLET_LINK = 'https://id.gs1.org/00/106141412345678908';

const events: Fields[] = [
  objectEvent(1, { bizLocation: { id: SITE }, disposition: 'in_transit' }),
  objectEvent(2, { action: 'ADD', bizStep: 'commissioning', epcList: [item(2), 'urn:epc:id:sgtin:0614141.099999.1'] }),
  objectEvent(3, {
    bizLocation: { id: SITE_LINK },
    bizTransactionList: [{ type: 'po', bizTransaction: 'urn:example:po:1' }],
  }),
  objectEvent(4, {
    quantityList: [{ epcClass: lot('A'), quantity: 5 }],
    sourceList: [{ type: 'owning_party', source: 'urn:epc:id:pgln:0614141.00000' }],
    destinationList: [{ type: 'owning_party', destination: 'urn:epc:id:pgln:4012345.00000' }],
    bizTransactionList: [{ type: 'inv', bizTransaction: 'urn:example:po:1' }],
  }),
  {
    ...objectEvent(5, { type: 'AggregationEvent', action: 'ADD', parentID: PALLET, childEPCs: [item(1)] }),
    epcList: undefined,
  },
  {
    ...objectEvent(6, {
      type: 'TransformationEvent',
      inputEPCList: [item(1)],
      outputEPCList: [item(600)],
      transformationID: 'urn:uuid:t1',
    }),
    epcList: undefined,
    action: undefined,
  },
];

onBoth('event queries', ({ store, tenant }) => {
  const who = operator(tenant());
  const platform = () => ({ store: store(), clock: Date.now });
  const numbers = async (parameters: Record<string, string>, tenantId = who.tenantId): Promise<string> => {
    const query = parseQuery(new URLSearchParams(parameters));
    const { events } = await findEvents(store(), tenantId, query);
    return events
      .map(({ event, eventID }) => parseInt(eventID.slice(-4), 16) + (event.errorDeclaration ? '!' : ''))
      .join(' ');
  };

  beforeAll(async () => {
    const clean = JSON.parse(JSON.stringify(events)) as Fields[];
    const { job } = await capture(platform(), who, documentOf([...clean, declared(clean[1]!)]));
    expect(job.errors).toEqual([]);
    await capture(platform(), who, documentOf([{ ...clean[0]!, bizStep: 'receiving' }]), { behaviour: 'proceed' });
  });

  describe.each<[parameters: Record<string, string>, numbers: string]>([
    [{}, '1 2 3 4 5 6 2!'],
    [{ eventType: 'AggregationEvent|TransformationEvent' }, '5 6'],
    [{ GE_eventTime: '2026-03-01T00:00:03Z', LT_eventTime: '2026-03-01T01:00:05+01:00' }, '3 4'],
    [{ EQ_action: 'ADD' }, '2 5 2!'],
    [{ EQ_bizStep: 'https://ref.gs1.org/cbv/BizStep-commissioning' }, '2 2!'],
    [{ EQ_disposition: 'in_transit|active' }, '1'],
    [{ EQ_bizLocation: SITE }, '1 3'],
    [{ EQ_bizLocation: SITE_LINK }, '1 3'],
    [{ EQ_readPoint: 'urn:epc:id:sgln:0614141.00001.0', eventType: 'ObjectEvent', EQ_action: 'OBSERVE' }, '1 3 4'],
    [{ EQ_bizTransaction_po: 'urn:example:po:1' }, '3'],
    [{ EQ_bizTransaction_inv: 'urn:example:po:1|urn:example:po:2' }, '4'],
    [{ EQ_source_owning_party: 'urn:epc:id:pgln:0614141.00000' }, '4'],
    [{ EQ_destination_owning_party: 'urn:epc:id:pgln:0614141.00000' }, ''],
    [{ EQ_source_possessing_party: 'urn:epc:id:pgln:0614141.00000' }, ''],
    [{ EQ_transformationID: 'urn:uuid:t1' }, '6'],
    [{ EQ_eventID: `${String(objectEvent(2)['eventID'])}|urn:uuid:none` }, '2 2!'],
    [{ EXISTS_errorDeclaration: 'true' }, '2!'],
    [{ EXISTS_errorDeclaration: 'false', EQ_action: 'ADD' }, '2 5 2!'],
    [{ MATCH_epc: item(1) }, '1 5'],
    [{ MATCH_epc: 'https://id.gs1.org/01/10614141123459/21/1' }, '1 5'],
    [{ MATCH_anyEPC: item(1) }, '1 5 6'],
    [{ MATCH_epc: 'urn:epc:idpat:sgtin:0614141.112345.*' }, '1 2 3 4 5 2!'],
    [{ MATCH_epc: 'urn:epc:idpat:sgtin:0614141.099999.*' }, '2 2!'],
    [{ MATCH_parentID: PALLET }, '5'],
    [{ MATCH_anyEPC: PALLET_LINK }, '5'],
    [{ MATCH_inputEPC: item(1) }, '6'],
    [{ MATCH_outputEPC: `${item(1)}|${item(600)}` }, '6'],
    [{ MATCH_epcClass: lot('A') }, '4'],
    [{ MATCH_anyEPCClass: lot('B') }, ''],
    [{ orderBy: 'eventTime' }, '6 5 4 3 2! 2 1'],
    [{ orderBy: 'eventTime', orderDirection: 'ASC', eventCountLimit: '2' }, '1 2'],
    [{ orderBy: 'recordTime', eventCountLimit: '3' }, '2! 6 5'],
    [{ maxEventCount: '7' }, '1 2 3 4 5 6 2!'],
  ])('%j', (parameters, expected) => {
    test(`finds ${expected || 'nothing'}`, async () => {
      expect(await numbers(parameters)).toBe(expected);
      expect(await numbers(parameters, tenant())).toBe('');
    });
  });

  test('one hit more than maxEventCount is refused', async () => {
    await expect(numbers({ maxEventCount: '6' })).rejects.toMatchObject({
      code: 'too_large',
      detail: { rule: 'QueryTooLargeException' },
    });
    await expect(numbers({ maxEventCount: '1', EQ_bizLocation: SITE })).rejects.toMatchObject({ code: 'too_large' });
  });

  test('what very many events meet gives the same pages as what few meet', async () => {
    const many = operator(tenant());
    // 2100 events, every third of them with a score below 700: more rows than count as few
    const series = Array.from({ length: 2_100 }, (_, n) =>
      objectEvent(n + 1, { 'x:score': n % 3 === 0 ? n / 3 : 1_000 + n, 'x:odd': n % 2 === 1 }),
    );
    const context = { '@context': [{ x: 'urn:x:' }] };
    const { job } = await capture(platform(), many, documentOf(series, context));
    expect(job.errors).toEqual([]);
    for (const settings of [{}, { orderBy: 'eventTime' }]) {
      const query = parseQuery({
        ...context,
        'LT_x:score': 10_000,
        'EXISTS_x:odd': true,
        'EQ_x:odd': true,
        perPage: 400,
        ...settings,
      });
      const seen: string[] = [];
      let next: (string | number)[] | undefined;
      do {
        const page = await findEvents(store(), many.tenantId, query, next);
        seen.push(...page.events.map(({ eventID }) => eventID));
        next = page.next;
      } while (next);
      const expected = series.filter((event) => event['x:odd']).map((event) => event['eventID']);
      expect(seen).toEqual('orderBy' in settings ? expected.toReversed() : expected);
    }
  });

  test('a statement that takes too long is told with what could be narrowed', async () => {
    if (store().dialect !== 'postgres') return;
    const query = parseQuery({ GT_quantity: 1 });
    await store().transaction(async (holder) => {
      await holder.query('lock table event in access exclusive mode');
      const walled = store().of(who.tenantId);
      const soon: Store['transaction'] = (work) =>
        walled.transaction(async (tx) => {
          await tx.query(`set local statement_timeout = '50ms'`);
          return work(tx);
        });
      const impatient = { ...store(), of: () => ({ ...walled, transaction: soon }) };
      await expect(findEvents(impatient, who.tenantId, query)).rejects.toMatchObject({
        code: 'too_large',
        message: expect.stringContaining('GT_quantity'),
        detail: { rule: 'QueryTooComplexException' },
      });
    });
  });

  test.each([
    { MATCH_epc: 'urn:epc:id:sgtin:06X4141.112345.1' },
    { EQ_bizLocation: 'https://id.gs1.org/414/0614141000019' },
    { EQ_source_owning_party: 'urn:epc:id:pgln:06' },
  ])('%j is refused as a bad parameter', async (parameters: Record<string, string>) => {
    await expect(numbers(parameters)).rejects.toMatchObject({
      code: 'invalid',
      detail: { rule: 'QueryParameterException' },
    });
  });

  test.each([[['x', 1, 1, 1]], [[1, 1]], [[1.5, 1, 1, 1]], [[1, 1, 1, -1]]])(
    'the page position %j is refused',
    async (position) => {
      await expect(findEvents(store(), who.tenantId, parseQuery({}), position)).rejects.toMatchObject({
        code: 'invalid',
      });
    },
  );

  test.each([
    {},
    { orderBy: 'eventTime' },
    { orderBy: 'eventTime', orderDirection: 'ASC' },
    { orderBy: 'recordTime', eventCountLimit: 17 },
  ])('pages of %j give each event once while others are captured', async (settings) => {
    const walker = operator(tenant());
    // several of one time, so that the time alone cannot tell where a page ended
    const series = Array.from({ length: 23 }, (_, n) =>
      objectEvent(n + 1, { eventTime: new Date(Date.UTC(2026, 2, 1) + (n >> 2) * 1000).toISOString() }),
    );
    await capture(platform(), walker, documentOf(series));
    const query = parseQuery({ ...settings, perPage: 4 });
    const seen: string[] = [];
    let next: (string | number)[] | undefined;
    let fresh = 100;
    do {
      const page = await findEvents(store(), walker.tenantId, query, next);
      seen.push(...page.events.map(({ eventID }) => eventID));
      next = page.next;
      await capture(platform(), walker, documentOf([objectEvent(fresh++, { eventTime: '2026-03-01T00:00:02Z' })]));
    } while (next);
    expect(new Set(seen).size).toBe(seen.length);
    const whole = await findEvents(store(), walker.tenantId, {
      ...query,
      perPage: 100,
      ...('eventCountLimit' in settings ? {} : { eventCountLimit: 1_000 }),
    });
    const old = whole.events
      .map(({ eventID }) => eventID)
      .filter((id) => series.some((event) => event['eventID'] === id));
    expect(seen).toHaveLength('eventCountLimit' in settings ? 17 : 23);
    if (!('eventCountLimit' in settings)) expect(seen).toEqual(old);
  });

  test('known values and identifiers, page by page', async () => {
    expect(await knownValues(store(), who.tenantId, 'eventType', 10)).toEqual([
      'AggregationEvent',
      'ObjectEvent',
      'TransformationEvent',
    ]);
    expect(await knownValues(store(), who.tenantId, 'bizLocation', 1, SITE_LINK)).toEqual([SITE]);
    expect(await knownValues(store(), tenant(), 'bizStep', 10)).toEqual([]);
    const all = await knownEpcs(store(), who.tenantId, 1_000);
    expect(all.epcs).toEqual(expect.arrayContaining([item(1), item(600), PALLET, lot('A')]));
    expect(all.epcs.filter((uri) => /sgln|pgln|example/.test(uri))).toEqual([]);
    const paged: string[] = [];
    let next: string | undefined;
    do {
      const page = await knownEpcs(store(), who.tenantId, 2, next);
      paged.push(...page.epcs);
      next = page.next;
    } while (next !== undefined);
    expect(paged).toEqual(all.epcs);
  });
});
