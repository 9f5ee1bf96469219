// A made-up world of several years for the figures of queries: event n is the same in every run. Words, places, products
// and parties are as uneven as real ones: a few everywhere, most seldom, some only early or late.
export type Fields = Record<string, unknown>;

/** Identifier rows that an event of this world comes to, on average. */
export const ROWS_PER_EVENT = 5.38;
export const NAMESPACE = 'https://ext.example.com/v1/';
export const MDA = 'urn:epcglobal:cbv:mda:';
const START_MS = Date.UTC(2023, 0, 1);
const SPAN_MS = 3.5 * 365 * 24 * 3_600_000;
const HOUR_MS = 3_600_000;
const PREFIX = '9521234';

export const PRODUCTS = 200;
/** Lots with master data: the first ones. */
export const LOTS = 500;
export const READ_POINTS = 400;
export const LOCATIONS = 200;
const PARTIES = 300;
export const DEVICES = 500;
/** Items made by one commissioning event, and events of that kind: every MAKE_EVERY-th. */
const ITEMS = 6;
const MAKE_EVERY = 8;

/** bizStep, its weight, its dispositions; between which shares of the log it is in use. */
const STEPS: readonly [step: string, weight: number, dispositions: string, from?: number, to?: number][] = [
  ['shipping', 24, 'in_transit'],
  ['receiving', 21, 'in_progress sellable_not_accessible'],
  ['packing', 12, 'in_progress'],
  ['storing', 11, 'sellable_not_accessible in_progress'],
  ['loading', 8, 'in_transit in_progress'],
  ['unloading', 6, 'in_progress'],
  ['picking', 5, 'in_progress container_closed'],
  ['stocking', 4, 'sellable_accessible'],
  ['retail_selling', 3, 'retail_sold', 0, 0.4],
  ['inspecting', 2, 'conformant non_conformant', 0.85, 1],
  ['accepting', 1, 'in_progress'],
  ['departing', 1, 'in_transit'],
  ['arriving', 0.7, 'in_progress'],
  ['holding', 0.4, 'unavailable'],
  ['repackaging', 0.2, 'in_progress'],
  ['staging_outbound', 0.2, 'container_closed'],
  ['sensor_reporting', 0.2, 'active'],
  ['sampling', 0.1, 'in_progress'],
  ['removing', 0.05, 'unavailable'],
  ['decommissioning', 0.03, 'inactive'],
  ['destroying', 0.01, 'destroyed'],
  ['repairing', 0.01, 'needs_replacement'],
  ['void_shipping', 0.005, 'in_progress'],
  ['dispensing', 0.002, 'dispensed'],
  ['consigning', 0.001, 'in_transit'],
];
const STEP_SUM = STEPS.reduce((sum, [, weight]) => sum + weight, 0);

/** Numbers from 0 to below 1 that belong to an event (mulberry32). */
function chanceOf(n: number): () => number {
  let state = Math.imul(n + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pad = (n: number, digits: number): string => String(n).padStart(digits, '0');
/** Uneven: the first few of `count` get most. */
const uneven = (chance: number, count: number, power = 3): number => Math.floor(chance ** power * count);

export const readPoint = (i: number): string => `urn:epc:id:sgln:${PREFIX}.${pad(i, 5)}.0`;
export const location = (i: number): string => `urn:epc:id:sgln:${PREFIX}.${pad(50_000 + i, 5)}.0`;
export const party = (i: number): string => `urn:epc:id:pgln:${PREFIX}.${pad(80_000 + i, 5)}`;
export const device = (i: number): string => `urn:epc:id:giai:${PREFIX}.D${i}`;
export const productClass = (p: number): string => `urn:epc:idpat:sgtin:${PREFIX}.${pad(p, 6)}.*`;
export const lotOf = (n: number): string => `urn:epc:class:lgtin:${PREFIX}.${pad(n % 7, 6)}.L${Math.floor(n / 64)}`;
export const pallet = (n: number): string => `urn:epc:id:sscc:${PREFIX}.${pad(1_000_000_000 + Math.floor(n / 4), 10)}`;
export const order = (n: number): string => `urn:epcglobal:cbv:bt:9521234000013:${Math.floor(n / 20)}`;
export const invoice = (n: number): string => `urn:epcglobal:cbv:bt:9521234000013:I${Math.floor(n / 50)}`;
export const eventIdOf = (n: number): string => `urn:uuid:00000000-0000-4000-8000-${pad(n, 12)}`;
export const transformationOf = (n: number): string =>
  `urn:uuid:11111111-0000-4000-8000-${pad(Math.floor(n / 40), 12)}`;

/** The ith item that the commissioning of event n (a multiple of MAKE_EVERY) made. */
export function itemOf(n: number, i: number): string {
  const made = n - (n % MAKE_EVERY);
  const product = uneven(chanceOf(made)(), PRODUCTS, 2);
  return `urn:epc:id:sgtin:${PREFIX}.${pad(product, 6)}.${made * ITEMS + i}`;
}

/** Items that are about when event n happens: made some hundred to some ten thousand events before, as far as there were. */
const seen = (n: number, chance: () => number, count: number): string[] => {
  const before = Math.max(0, n - 100);
  const made = before - uneven(chance(), Math.min(before, 40_000), 2);
  return Array.from({ length: count }, (_, i) => itemOf(made, i));
};

function sensors(n: number, chance: () => number, at: string): Fields[] {
  const value = Math.round((4 + 12 * (chance() + chance() + chance() - 1.5)) * 100) / 100;
  const rare = chance();
  const temperature: Fields = {
    type: 'Temperature',
    value,
    uom: n % 3 === 0 ? 'FAH' : 'CEL',
    ...(rare < 0.3 && {
      minValue: value - 2,
      maxValue: value + 2,
      meanValue: value,
      sDev: Math.round(rare * 100) / 10,
    }),
    ...(rare > 0.98 && { percRank: Math.round(chance() * 100), percValue: value }),
  };
  const odd: Fields[] = [
    { type: 'RelativeHumidity', value: Math.round(chance() * 1000) / 10, uom: 'P1' },
    { type: 'Illuminance', booleanValue: n % 2 === 0, stringValue: `state ${n % 9}` },
    { type: 'MolarMass', chemicalSubstance: `https://id.example.com/substance/${n % 40}`, value, uom: 'C36' },
    {
      type: 'Frequency',
      microorganism: `https://id.example.com/organism/${n % 25}`,
      hexBinaryValue: (n % 255).toString(16).padStart(2, '0').toUpperCase(),
    },
    { type: 'Mass', uriValue: `https://id.example.com/scale/${n % 60}`, value: n % 5_000, uom: 'KGM' },
  ];
  const more = chance();
  return [
    {
      sensorMetadata: {
        time: at,
        deviceID: device(uneven(chance(), DEVICES, 2)),
        ...(more < 0.2 && { startTime: at, endTime: at, bizRules: `https://id.example.com/rules/${n % 12}` }),
        ...(more < 0.02 && { dataProcessingMethod: `https://id.example.com/method/${n % 5}`, 'ex:calibrated': n % 30 }),
      },
      sensorReport: [temperature, ...(more < 0.35 ? [odd[uneven(chance(), odd.length, 2)]!] : [])],
    },
  ];
}

const ilmd = (n: number, chance: () => number): Fields => ({
  'cbvmda:lotNumber': `L${Math.floor(n / 64)}`,
  ...(n % 16 === 0 && {
    'ex:grade': uneven(chance(), 100, 2),
    'ex:origin': { 'ex:farm': `farm ${uneven(chance(), 3_000)}`, 'ex:field': n % 50 },
  }),
});

/** What the other kinds of event have in place of a list of items. */
function bodyOf(n: number, chance: () => number): Fields {
  if (n % MAKE_EVERY === 0) {
    const epcList = Array.from({ length: ITEMS }, (_, i) => itemOf(n, i));
    return {
      type: 'ObjectEvent',
      action: 'ADD',
      epcList,
      bizStep: 'commissioning',
      disposition: 'active',
      ilmd: ilmd(n, chance),
    };
  }
  const kind = chance();
  if (kind < 0.04) {
    const share = uneven(chance(), 900, 2) + 1;
    return {
      type: 'TransformationEvent',
      ...(n % 2 === 0 && { transformationID: transformationOf(n) }),
      inputQuantityList: [{ epcClass: lotOf(n), quantity: share, uom: 'KGM' }],
      ...(n % 4 === 1 && { inputEPCList: seen(n, chance, 2) }),
      outputQuantityList: [{ epcClass: lotOf(n + 64_000), quantity: share, uom: 'KGM' }],
      ...(n % 4 === 2 && { outputEPCList: [`urn:epc:id:sgtin:${PREFIX}.000900.${n}`] }),
    };
  }
  if (kind < 0.24) {
    const childEPCs = seen(n, chance, 4);
    return { type: 'AggregationEvent', action: n % 3 === 0 ? 'DELETE' : 'ADD', parentID: pallet(n), childEPCs };
  }
  if (kind < 0.26) {
    const bizTransactionList = [{ type: 'inv', bizTransaction: invoice(n) }];
    return { type: 'TransactionEvent', action: 'OBSERVE', bizTransactionList, epcList: seen(n, chance, 1) };
  }
  if (kind < 0.2602)
    return { type: 'AssociationEvent', action: 'ADD', parentID: device(n % DEVICES), childEPCs: [pallet(n)] };
  if (kind < 0.36) {
    const quantity = uneven(chance(), 5_000);
    return {
      type: 'ObjectEvent',
      action: 'OBSERVE',
      quantityList: [{ epcClass: lotOf(n), quantity, uom: n % 2 ? 'KGM' : 'GRM' }],
    };
  }
  const set = n % 11 ? 'completeness_verified' : 'completeness_inferred';
  return {
    type: 'ObjectEvent',
    action: 'OBSERVE',
    epcList: seen(n, chance, 1 + Math.floor(chance() * 4)),
    ...(kind > 0.99 && { persistentDisposition: { set: [set] } }),
  };
}

function words(share: number, chance: () => number): Fields {
  let at = chance() * STEP_SUM;
  const found = STEPS.find(([, weight]) => (at -= weight) < 0) ?? STEPS[0]!;
  const [step, , list, from = 0, to = 1] = share < (found[3] ?? 0) || share > (found[4] ?? 1) ? STEPS[0]! : found;
  const dispositions = list.split(' ');
  const odd = chance();
  const disposition =
    odd < 0.00002
      ? 'recalled'
      : odd < 0.0002
        ? 'stolen'
        : odd < 0.002
          ? 'damaged'
          : dispositions[Math.floor(chance() * dispositions.length)]!;
  return from <= share && share <= to && chance() < 0.97 ? { bizStep: step, disposition } : {};
}

/** Everything beside the list of items. */
function aroundOf(n: number, total: number, chance: () => number, at: string): Fields {
  const place = uneven(chance(), READ_POINTS);
  const extra = chance();
  return {
    readPoint: { id: readPoint(place), ...(extra > 0.99 && { 'ex:dock': n % 70 }) },
    ...(chance() < 0.8 && { bizLocation: { id: location(Math.floor(place / 2)) } }),
    ...words(n / total, chance),
    ...(extra < 0.3 && { bizTransactionList: [{ type: 'po', bizTransaction: order(n) }] }),
    ...(extra < 0.1 && {
      sourceList: [{ type: 'owning_party', source: party(uneven(chance(), PARTIES)) }],
      destinationList: [{ type: 'possessing_party', destination: party(uneven(chance(), PARTIES)) }],
    }),
    ...(extra > 0.4 && extra < 0.5 && { sensorElementList: sensors(n, chance, at) }),
    ...(extra > 0.6 && extra < 0.64 && { 'ex:priority': uneven(chance(), 1_000), 'ex:route': `route ${n % 400}` }),
  };
}

/** When event n happens, ms since 1970, give or take hours. */
export const timeOf = (n: number, total: number): number => START_MS + Math.round((n / total) * SPAN_MS);

/** When event n is captured: minutes after it, of one in thirty days. */
export const capturedAt = (n: number, total: number): number => timeOf(n, total) + HOUR_MS / 4;

/** Event n of `total`, as its maker sends it. */
export function eventOf(n: number, total: number): Fields {
  const chance = chanceOf(n);
  chance(); // the product's
  const late = chance();
  const hours = late < 0.03 ? 24 * 90 * chance() : late > 0.9995 ? -5 * 24 : chance();
  const at = new Date(timeOf(n, total) - Math.round(hours * HOUR_MS)).toISOString();
  const body = bodyOf(n, chance);
  return {
    eventID: eventIdOf(n),
    eventTime: at,
    eventTimeZoneOffset: '+01:00',
    ...aroundOf(n, total, chance, at),
    ...body,
  };
}

/** Every so many events a declaration of an earlier one follows. */
const DECLARE_EVERY = 997;
const REASONS = ['did_not_occur', 'incorrect_data', 'https://id.example.com/reason/lost'];

export function declarationBehind(n: number, total: number): Fields | undefined {
  if (n % DECLARE_EVERY !== DECLARE_EVERY - 1) return undefined;
  const of = n - 500;
  const declarationTime = new Date(timeOf(n, total)).toISOString();
  const correctiveEventIDs = [eventIdOf(of + 3)];
  return { ...eventOf(of, total), errorDeclaration: { declarationTime, reason: REASONS[n % 3], correctiveEventIDs } };
}

/** Attributes of a place or product, as its master data tells them. */
export const attributesOf = (i: number): Record<string, string> => ({
  [`${MDA}city`]: `city ${i % 60}`,
  ...(i % 4 === 0 && { [`${MDA}site`]: `site ${i % 20}` }),
  ...(i % 97 === 0 && { [`${MDA}region`]: 'north' }),
});

const listed = (attributes: Record<string, string>): Fields[] =>
  Object.entries(attributes).map(([id, attribute]) => ({ id, attribute }));

/** Ten places below each tenth one, and those below the first. */
export const childrenOf = (i: number, count: number): number[] =>
  i === 0
    ? Array.from({ length: Math.floor(count / 40) }, (_, k) => (k + 1) * 10)
    : i % 10 === 0
      ? Array.from({ length: 9 }, (_, k) => i + k + 1).filter((k) => k < count)
      : [];

/** The header with all master data. */
export function masterData(): Fields {
  const places = (type: string, count: number, name: (i: number) => string): Fields => ({
    type: `urn:epcglobal:epcis:vtype:${type}`,
    vocabularyElementList: Array.from({ length: count }, (_, i) => {
      const children = childrenOf(i, count).map(name);
      return { id: name(i), attributes: listed(attributesOf(i)), ...(children.length > 0 && { children }) };
    }),
  });
  const vocabularyList = [
    places('ReadPoint', READ_POINTS, readPoint),
    places('BusinessLocation', LOCATIONS, location),
    places('Party', PARTIES, party),
    places('EPCClass', LOTS, (i) => lotOf(i * 64)),
    {
      type: 'urn:epcglobal:epcis:vtype:BusinessStep',
      vocabularyElementList: STEPS.map(([step], i) => ({
        id: `urn:epcglobal:cbv:bizstep:${step}`,
        attributes: listed({ [`${MDA}family`]: `family ${i % 6}` }),
      })),
    },
  ];
  return { epcisHeader: { epcisMasterData: { vocabularyList } } };
}
