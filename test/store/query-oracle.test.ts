// Random events and random questions: the database's answers must be those of the plain reading in query-interpreter.ts.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { capture } from '../../src/capture/capture.ts';
import { parseQuery, readContext } from '../../src/epcis/index.ts';
import { findEvents, pageSql } from '../../src/store/event-query.ts';
import { TURNS } from '../../src/store/event-read.ts';
import { documentOf, operator } from '../capture/events.ts';
import { onBoth } from './databases.ts';
import { type Json, meets, type World } from './query-interpreter.ts';

const EVENTS = 300;
/** More of both by hand: QUERY_QUESTIONS=5000 QUERY_SEED=7. */
const QUESTIONS = Number(process.env['QUERY_QUESTIONS'] ?? 400);
const SEED = Number(process.env['QUERY_SEED'] ?? 20_260_301);
const NS = 'https://ext.example.com/v1/';

/** Numbers from 0 to below 1, the same for a seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The statement of the migration that marks events of before it. */
const MARKS = readFileSync('src/store/migrations/0012_term_name.sql', 'utf8').split('--> statement-breakpoint')[1]!;

const random = chance(SEED);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
const maybe = <T>(share: number, make: () => T): T | undefined => (random() < share ? make() : undefined);
const some = <T>(values: readonly T[], max = 2): T[] => [
  ...new Set(Array.from({ length: 1 + Math.floor(random() * max) }, () => pick(values))),
];

const PLACES = [1, 2, 3, 4, 5, 6].map((n) => [
  `urn:epc:id:sgln:0614141.00777.p${n}`,
  `https://id.gs1.org/414/0614141007776/254/p${n}`,
]);
const DEVICES = [1, 2].map((n) => [`urn:epc:id:giai:4000001.d${n}`, `https://id.gs1.org/8004/4000001d${n}`]);
const spelling = new Map(
  [...PLACES, ...DEVICES].flatMap(([urn = '', link = '']) => [
    [urn, urn],
    [link, urn],
  ]),
);
const place = (n: number): string => PLACES[n]![0]!;
const MDA = 'urn:epcglobal:cbv:mda:';

/** 0 above 1 and 2, 2 above 3, and 3 above 0 again: a ring. */
const world: World = {
  namespace: NS,
  same: (uri) => spelling.get(uri) ?? uri,
  children: { [place(0)]: [PLACES[1]![1]!, place(2)], [place(2)]: [place(3)], [place(3)]: [place(0)] },
  attributes: { [place(1)]: { [`${MDA}site`]: 'north' }, [place(4)]: { [`${MDA}site`]: 'south', [`${MDA}gate`]: 'x' } },
};

const STEPS = ['shipping', 'receiving', 'packing'];
const DISPOSITIONS = ['active', 'recalled', 'in_transit'];
const TIMES = [0, 1, 2, 3].map((n) => `2026-03-0${n + 1}T00:00:00Z`).concat('2026-03-02T01:00:00+01:00');
const NUMBERS = [-2, 0, 1, 1.5, 10, 30, 86, 303.15, 1000];
const UNITS = ['CEL', 'FAH', 'KEL', 'KGM', 'GRM', 'XYZ'];
const TEXTS = ['a', 'b', '007', '7', '10', '1.50', 'true', 'x'.repeat(300), TIMES[1]!, TIMES[4]!];
const NAMES = ['a', 'b', 'c'];
const URIS = ['https://a.example.com/1', 'urn:example:2', 'https://a.example.com/3'];

const leaf = (): unknown => pick<() => unknown>([() => pick(NUMBERS), () => pick(TEXTS), () => random() < 0.5])();

function extensions(prefix: string, share = 0.4, depth = 2): Json {
  const entries = NAMES.flatMap((name): [string, unknown][] => {
    if (random() > share) return [];
    const kind = random();
    const value = depth > 0 && kind < 0.3 ? extensions(prefix, 0.6, depth - 1) : kind < 0.5 ? [leaf(), leaf()] : leaf();
    return [[`${prefix}:${name}`, value]];
  });
  return Object.fromEntries(entries);
}

/** Without what is undefined. */
const clean = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;

const report = (prefix: string): Json => ({
  type: pick(['Temperature', 'Mass', 'https://a.example.com/kind']),
  value: maybe(0.6, () => pick(NUMBERS)),
  minValue: maybe(0.3, () => pick(NUMBERS)),
  maxValue: maybe(0.3, () => pick(NUMBERS)),
  meanValue: maybe(0.3, () => pick(NUMBERS)),
  sDev: maybe(0.3, () => pick(NUMBERS)),
  percValue: maybe(0.3, () => pick(NUMBERS)),
  percRank: maybe(0.3, () => pick(NUMBERS)),
  uom: maybe(0.9, () => pick(UNITS)),
  time: maybe(0.3, () => pick(TIMES)),
  deviceID: maybe(0.3, () => pick(pick(DEVICES))),
  bizRules: maybe(0.3, () => pick(URIS)),
  stringValue: maybe(0.3, () => pick(TEXTS)),
  booleanValue: maybe(0.3, () => random() < 0.5),
  hexBinaryValue: maybe(0.3, () => pick(['F0F0', 'f0f0', '00'])),
  uriValue: maybe(0.3, () => pick(URIS)),
  microorganism: maybe(0.2, () => pick(URIS)),
  chemicalSubstance: maybe(0.2, () => pick(URIS)),
  ...extensions(prefix, 0.2),
});

const sensor = (prefix: string): Json => ({
  sensorMetadata: maybe(0.6, () => ({
    time: maybe(0.5, () => pick(TIMES)),
    startTime: maybe(0.4, () => pick(TIMES)),
    endTime: maybe(0.4, () => pick(TIMES)),
    deviceID: maybe(0.4, () => pick(pick(DEVICES))),
    dataProcessingMethod: maybe(0.4, () => pick(URIS)),
    bizRules: maybe(0.4, () => pick(URIS)),
    ...extensions(prefix, 0.2),
  })),
  sensorReport: Array.from({ length: 1 + Math.floor(random() * 2) }, () => report(prefix)),
  ...extensions(prefix, 0.2),
});

function event(n: number, prefix: string): Json {
  const quantity = () => ({
    epcClass: `urn:epc:class:lgtin:0614141.11234${n % 3}.${n}`,
    quantity: maybe(0.8, () => pick(NUMBERS)),
    uom: maybe(0.6, () => pick(UNITS)),
  });
  const type = pick(['ObjectEvent', 'AggregationEvent', 'TransformationEvent']);
  const action = pick(['ADD', 'OBSERVE']);
  return clean({
    '@context': [{ [prefix]: NS }],
    type,
    eventID: `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    eventTime: pick(TIMES),
    eventTimeZoneOffset: '+00:00',
    bizStep: maybe(0.7, () => pick(STEPS)),
    disposition: maybe(0.5, () => pick(DISPOSITIONS)),
    readPoint: maybe(0.6, () => ({ id: pick(pick(PLACES)), ...extensions(prefix, 0.2) })),
    bizLocation: maybe(0.6, () => ({ id: pick(pick(PLACES)), ...extensions(prefix, 0.2) })),
    errorDeclaration: maybe(0.3, () => ({
      declarationTime: pick(TIMES),
      reason: maybe(0.6, () => pick(['did_not_occur', 'incorrect_data'])),
      correctiveEventIDs: maybe(0.4, () => some(URIS)),
      ...extensions(prefix, 0.2),
    })),
    sensorElementList: maybe(0.5, () => [sensor(prefix), ...(random() < 0.3 ? [sensor(prefix)] : [])]),
    ...extensions(prefix),
    ...{
      ObjectEvent: {
        action,
        epcList: [`urn:epc:id:sgtin:0614141.11234${n % 3}.${n}`],
        quantityList: maybe(0.4, () => [quantity()]),
        persistentDisposition: maybe(0.4, () => ({
          set: some(DISPOSITIONS),
          unset: maybe(0.5, () => some(DISPOSITIONS)),
        })),
        ilmd: action === 'ADD' ? extensions(prefix) : undefined,
      },
      AggregationEvent: {
        action: 'ADD',
        parentID: 'urn:epc:id:sscc:0614141.1234567890',
        childEPCs: [`urn:epc:id:sgtin:0614141.11234${n % 3}.${n}`],
        childQuantityList: maybe(0.4, () => [quantity()]),
      },
      TransformationEvent: {
        inputQuantityList: [quantity()],
        outputQuantityList: maybe(0.5, () => [quantity()]),
        outputEPCList: [`urn:epc:id:sgtin:0614141.11234${n % 3}.${n}`],
        ilmd: maybe(0.5, () => extensions(prefix)),
      },
    }[type],
  });
}

const numbers = (): string[] => [String(pick(NUMBERS))];
const order = (): string => pick(['GT', 'GE', 'LT', 'LE']);
const instant = (): string[] => [pick(TIMES)];
const SCOPES = [
  '',
  'ILMD_',
  'ERROR_DECLARATION_',
  'SENSORELEMENT_',
  'SENSORMETADATA_',
  'SENSORREPORT_',
  'readPoint_',
  'bizLocation_',
];
const VALUES = ['value', 'minValue', 'maxValue', 'meanValue', 'sDev', 'percValue'];

function extensionQuestion(): [string, string[]] {
  const name = `${pick(['', 'INNER_'])}${pick(SCOPES)}q:${pick(NAMES)}`;
  const op = pick(['EQ', 'EQ', 'EXISTS', 'compare']);
  if (op === 'EQ') return [`EQ_${name}`, some([...TEXTS, ...NUMBERS.map(String)])];
  if (op === 'EXISTS') return [`EXISTS_${name}`, ['true']];
  return [`${order()}_${name}`, random() < 0.5 ? numbers() : instant()];
}

/** Parameter and alternatives. */
const QUESTION: (() => [string, string[]])[] = [
  extensionQuestion,
  extensionQuestion,
  extensionQuestion,
  () => ['eventType', some(['ObjectEvent', 'AggregationEvent', 'TransactionEvent'])],
  () => ['EQ_action', some(['ADD', 'OBSERVE', 'DELETE'])],
  () => ['EQ_bizStep', some([...STEPS, 'storing', 'urn:epcglobal:cbv:bizstep:shipping'])],
  () => ['EQ_disposition', some([...DISPOSITIONS, 'https://ref.gs1.org/cbv/Disp-active'])],
  () => [
    `EQ_persistentDisposition_${pick(['set', 'unset'])}`,
    some([...DISPOSITIONS, 'urn:epcglobal:cbv:disp:recalled']),
  ],
  () => [
    `${pick(['GE', 'LT'])}_${pick(['eventTime', 'errorDeclarationTime', 'time', 'startTime', 'endTime'])}`,
    instant(),
  ],
  () => [`${pick(['EQ', 'WD'])}_${pick(['readPoint', 'bizLocation'])}`, some(PLACES.flat())],
  () => [`HASATTR_${pick(['readPoint', 'bizLocation'])}`, some([`${MDA}site`, `${MDA}gate`, 'urn:x:none'])],
  () => [`EQATTR_${pick(['readPoint', 'bizLocation'])}_${MDA}site`, some(['north', 'south', 'west'])],
  () => ['EQ_errorReason', some(['did_not_occur', 'https://ref.gs1.org/cbv/ER-incorrect_data'])],
  () => ['EQ_correctiveEventID', some(URIS)],
  () => [`EXISTS_${pick(['errorDeclaration', 'sensorElementList'])}`, [pick(['true', 'false'])]],
  () => [`${pick(['EQ', order()])}_quantity${pick(['', ...UNITS.map((uom) => `_${uom}`)])}`, numbers()],
  () => ['EQ_value_' + pick(UNITS), some(NUMBERS.map(String))],
  () => [`${order()}_${pick(VALUES)}_${pick(UNITS)}`, numbers()],
  () => [`${order()}_percRank`, numbers()],
  () => ['EQ_type', some(['Temperature', 'https://gs1.org/voc/Mass', 'https://a.example.com/kind'])],
  () => ['EQ_deviceID', some(DEVICES.flat())],
  () => [
    `EQ_${pick(['dataProcessingMethod', 'bizRules', 'uriValue', 'microorganism', 'chemicalSubstance'])}`,
    some(URIS),
  ],
  () => ['EQ_stringValue', some(TEXTS)],
  () => ['EQ_booleanValue', [pick(['true', 'false'])]],
  () => [
    `MATCH_${pick(['epc', 'parentID', 'outputEPC', 'anyEPC'])}`,
    some([
      ...[0, 1, 2].map((n) => `urn:epc:idpat:sgtin:0614141.11234${n}.*`),
      ...['sgtin:0614141.*.*', 'sgtin:0614142.*.*', 'sscc:0614141.*'].map((form) => `urn:epc:idpat:${form}`),
      'urn:epc:id:sgtin:0614141.112341.4',
    ]),
  ],
  () => [
    `MATCH_${pick(['epcClass', 'outputEPCClass', 'anyEPCClass'])}`,
    some([0, 1].map((n) => `urn:epc:idpat:lgtin:0614141.11234${n}.*`).concat('urn:epc:class:lgtin:0614141.112341.4')),
  ],
  () => ['EQ_hexBinaryValue', some(['F0f0', '00', '01'])],
];

/** Comparisons of one name, which an event may meet each by another of its values. */
function between(): [string, string[]][] {
  const [name, values] = pick<() => [string, () => string[]]>([
    () => [`${pick(VALUES)}_${pick(UNITS)}`, numbers],
    () => [pick(['quantity', 'quantity_KGM', 'percRank']), numbers],
    () => [`${pick(['', 'INNER_'])}q:${pick(NAMES)}`, random() < 0.7 ? numbers : instant],
  ])();
  return [`${pick(['GE', 'GT'])}_${name}`, `${pick(['LT', 'LE'])}_${name}`].map((one) => [one, values()]);
}

onBoth('random queries', ({ store, tenant }) => {
  const who = operator(tenant());
  let events: Json[];
  beforeAll(async () => {
    events = Array.from({ length: EVENTS }, (_, n) => event(n, n % 2 === 0 ? 'x' : 'y'));
    const vocabulary = (type: string) => ({
      type: `urn:epcglobal:epcis:vtype:${type}`,
      vocabularyElementList: PLACES.map(([id = '']) => ({
        id,
        attributes: Object.entries(world.attributes[id] ?? {}).map(([name, attribute]) => ({ id: name, attribute })),
        ...(world.children[id] && { children: world.children[id] }),
      })),
    });
    const header = { epcisMasterData: { vocabularyList: ['ReadPoint', 'BusinessLocation'].map(vocabulary) } };
    // some are captured soon after they happened, some long after, and some before
    for (let at = 0; at < EVENTS; at += 10) {
      const clock = (): number => Date.parse(TIMES[0]!) + (at / 10) * 3 * 3_600_000;
      const document = documentOf(events.slice(at, at + 10), at === 0 ? { epcisHeader: header } : {});
      const { job } = await capture({ store: store(), clock }, who, document);
      expect(job.errors).toEqual([]);
    }
  });

  // what takes thousands of events to be the better way is taken here with a few
  const EARLY = {
    fewMax: 4,
    listedMax: 8,
    metMax: 8,
    commonShare: 3,
    walkedMax: 40,
    gatheredMax: 8,
    handShare: 33,
    handMin: 10,
    shortMax: 0,
    mergedMin: 0,
    growth: 2,
  };
  const byTime = (down: boolean) => (a: Json, b: Json) => {
    const [one, other] = [a, b].map((event) => Date.parse(String(event['eventTime'])));
    return (down ? -1 : 1) * (one! - other! || events.indexOf(a) - events.indexOf(b));
  };

  test.each([
    ['as they are', TURNS],
    ['early', EARLY],
    ['by hand', { ...EARLY, shortMax: 3, mergedMin: 1_000, gatheredMax: 1, walkedMax: 10_000 }],
    ['without hands', { ...EARLY, gatheredMax: 10_000, commonShare: 0, fewMax: 60, listedMax: 100 }],
  ])(
    `${QUESTIONS} answers are those of the interpreter, page by page, turns %s`,
    async (_, turns) => {
      const context = readContext({ q: NS });
      let hits = 0;
      for (let i = 0; i < QUESTIONS; i++) {
        const single = Array.from({ length: random() < 0.3 ? 2 : 1 }, () => pick(QUESTION)());
        const asked = new Map(random() < 0.2 ? [...between(), ...single.slice(1)] : single);
        const parameters = [...asked].map(([name, values]): [string, string] => [name, values.join('|')]);
        const order = pick([{}, {}, { orderBy: 'eventTime', orderDirection: 'ASC' }, { orderBy: 'eventTime' }]);
        const all = new URLSearchParams([...parameters, ...Object.entries(order)]);
        const query = { ...parseQuery(all, { context }), perPage: pick([EVENTS, 20, 90]) };
        const met = events.filter((one) => [...asked].every(([name, values]) => meets(one, name, values, world)));
        const expected = 'orderBy' in order ? met.toSorted(byTime(!('orderDirection' in order))) : met;
        const ids: string[] = [];
        let next: (string | number)[] | undefined;
        do {
          const page = await findEvents(store(), who.tenantId, query, next, turns);
          ids.push(...page.events.map(({ eventID }) => eventID));
          next = page.next;
        } while (next);
        expect(ids, `seed ${SEED}: ${all.toString()}`).toEqual(expected.map((one) => one['eventID']));
        hits += ids.length;
      }
      expect(hits).toBeGreaterThan(QUESTIONS);
    },
    240_000,
  );

  test.each([
    ['as they are', TURNS],
    ['early', EARLY],
    ['late', { ...EARLY, fewMax: 0, gatheredMax: 10_000 }],
  ])('ordered by an extension, the rows are those of the one statement, turns %s', async (_, turns) => {
    const conditions = [{}, { EQ_bizStep: ['shipping'] }, { 'GT_q:b': 1 }, { 'EXISTS_q:c': true, EQ_action: ['ADD'] }];
    for (const orderDirection of ['ASC', 'DESC'])
      for (const condition of [...conditions, { GE_eventTime: TIMES[1], EQ_disposition: ['recalled'] }]) {
        const asked = { '@context': { q: NS }, orderBy: 'q:a', orderDirection, perPage: 9, ...condition };
        const query = parseQuery(asked);
        const [text, values] = pageSql(who.tenantId, query, [0, 0, EVENTS, 0], true, EVENTS + 1);
        const rows = await store().of(who.tenantId).query<{ body: Json }>(text, values);
        const expected = rows.map(({ body }) => body['eventID']);
        expect(expected.length).toBeGreaterThan(9);
        const seen: string[] = [];
        let next: (string | number)[] | undefined;
        do {
          const page = await findEvents(store(), who.tenantId, query, next, turns);
          seen.push(...page.events.map(({ eventID }) => eventID));
          next = page.next;
        } while (next);
        expect(seen, JSON.stringify(asked)).toEqual(expected);
      }
  });

  test('ordered by an extension: numbers and texts in their order, the others last, each once', async () => {
    for (const orderDirection of ['ASC', 'DESC']) {
      const query = parseQuery({ '@context': { q: NS }, orderBy: 'q:a', orderDirection, perPage: 7 });
      const seen: string[] = [];
      let next: (string | number)[] | undefined;
      do {
        const page = await findEvents(store(), who.tenantId, query, next);
        seen.push(...page.events.map(({ eventID }) => eventID));
        next = page.next;
      } while (next);
      expect(new Set(seen).size).toBe(EVENTS);
      expect(seen).toHaveLength(EVENTS);
      const plain = seen.flatMap((id) => {
        const one = events.find(({ eventID }) => eventID === id)!;
        const value = one['x:a'] ?? one['y:a'];
        return typeof value === 'number' ? [value] : [];
      });
      const sorted = plain.toSorted((a, b) => (orderDirection === 'ASC' ? a - b : b - a));
      expect(plain).toEqual(sorted);
      const last = events.find(({ eventID }) => eventID === seen.at(-1))!;
      expect(last['x:a'] ?? last['y:a']).toBeUndefined();
    }
  });

  test('a database from before gets the marks of several values that capture writes', async () => {
    const where = `where tenant_id = $1 and role = 19 and octet_length(key) = 10 and get_byte(key, 9) in (5, 6)`;
    const marks = (text = 'select sequence, key, gcp_length from mention', order = ' order by 1, 2') =>
      store().query(`${text} ${where}${order}`, [who.tenantId]);
    const captured = await marks();
    expect(captured.length).toBeGreaterThan(10);
    await marks('delete from mention', '');
    await store().query(MARKS);
    expect(await marks()).toEqual(captured);
  });
});
