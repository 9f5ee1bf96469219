// What is asked for the figures of queries: each row a shape of question, of many values.
import {
  device,
  eventIdOf,
  invoice,
  itemOf,
  location,
  lotOf,
  MDA,
  order,
  pallet,
  party,
  productClass,
  readPoint,
  timeOf,
  transformationOf,
} from './epcis-world.ts';

export type Parameters = Record<string, string | number>;

export interface Question {
  name: string;
  /** Parameters of the ith question, of a world of `total` events. */
  of: (i: number, total: number) => Parameters;
  /** The collection whose member's events are asked for. */
  path?: (i: number, total: number) => string;
  /** The page that is timed; the ones before it are only walked over. */
  page?: number;
  /** Whether there is always, or never, an event; else the values differ. */
  hits?: 'some' | 'none';
  /** The answer is a refusal with this status. */
  status?: number;
}

const DAY_MS = 86_400_000;
/** An event's number in a row that wanders over all of the log. */
const some = (i: number, total: number): number => Math.floor((((i + 1) * 0.618_033_988_75) % 1) * (total - 1_000));
const made = (i: number, total: number): number => some(i, total) - (some(i, total) % 8);
const iso = (ms: number): string => new Date(ms).toISOString();
const window =
  (days: number, field = 'eventTime') =>
  (i: number, total: number): Parameters => {
    const from = timeOf(some(i, total), total);
    return { [`GE_${field}`]: iso(from), [`LT_${field}`]: iso(from + days * DAY_MS) };
  };
const one =
  (parameter: string, ...values: (string | number)[]) =>
  (i: number): Parameters => ({ [parameter]: values[i % values.length]! });
const by =
  (parameter: string, value: (n: number) => string | number) =>
  (i: number, total: number): Parameters => ({ [parameter]: value(some(i, total)) });
const and =
  (...parts: ((i: number, total: number) => Parameters)[]) =>
  (i: number, total: number): Parameters =>
    Object.assign({}, ...parts.map((part) => part(i, total))) as Parameters;
const newest = one('orderBy', 'eventTime');
const oldest = (): Parameters => ({ orderBy: 'eventTime', orderDirection: 'ASC' });
const item = (i: number, total: number): string => itemOf(made(i, total), i % 6);
const path = (collection: string, name: (i: number, total: number) => string) => (i: number, total: number) =>
  `/${collection}/${encodeURIComponent(name(i, total))}/events`;
const none = (): Parameters => ({});

const COMMON = one('EQ_bizStep', 'shipping', 'receiving', 'packing', 'storing');
const MIDDLE = one('EQ_bizStep', 'holding', 'repackaging', 'sampling', 'removing', 'arriving');
const RARE = one('EQ_bizStep', 'destroying', 'repairing', 'void_shipping', 'dispensing', 'consigning');
const RARE_DISPOSITION = one('EQ_disposition', 'recalled', 'stolen', 'dispensed', 'needs_replacement');
const AT_COMMON = (i: number): Parameters => ({ EQ_readPoint: readPoint(i % 5) });
const AT_MIDDLE = (i: number): Parameters => ({ EQ_readPoint: readPoint(20 + i * 7) });
const AT_RARE = (i: number): Parameters => ({ EQ_readPoint: readPoint(399 - i) });
const PATTERN_COMMON = (i: number): Parameters => ({ MATCH_epc: productClass(i % 4) });
const PATTERN_RARE = (i: number): Parameters => ({ MATCH_epc: productClass(199 - i) });
const WARM = (i: number): Parameters => ({ GE_value_CEL: 6 + (i % 10) / 10 });
const HOT = (i: number): Parameters => ({ GE_value_CEL: 21 + (i % 5) / 10 });

/** By single things. */
const THINGS: Question[] = [
  { name: 'epc', of: (i, t) => ({ MATCH_epc: item(i, t) }), hits: 'some' },
  { name: 'epc-any', of: (i, t) => ({ MATCH_anyEPC: item(i, t) }), hits: 'some' },
  { name: 'epc-link', of: (i, t) => ({ MATCH_anyEPC: link(item(i, t)) }), hits: 'some' },
  { name: 'epc-newest', of: and((i, t) => ({ MATCH_anyEPC: item(i, t) }), newest), hits: 'some' },
  { name: 'epc-absent', of: (i) => ({ MATCH_epc: `urn:epc:id:sgtin:9521234.000900.9${i}` }), hits: 'none' },
  {
    name: 'epc-20',
    of: (i, t) => ({ MATCH_epc: Array.from({ length: 20 }, (_, k) => item(i * 20 + k, t)).join('|') }),
    hits: 'some',
  },
  { name: 'epc-path', of: none, path: path('epcs', item), hits: 'some' },
  { name: 'pattern-common', of: PATTERN_COMMON, hits: 'some' },
  { name: 'pattern-rare', of: PATTERN_RARE },
  { name: 'pattern-company', of: () => ({ MATCH_anyEPC: 'urn:epc:idpat:sgtin:9521234.*.*' }), hits: 'some' },
  { name: 'pattern-newest', of: and(PATTERN_COMMON, newest), hits: 'some' },
  { name: 'parent', of: by('MATCH_parentID', pallet) },
  { name: 'parent-company', of: () => ({ MATCH_parentID: 'urn:epc:idpat:sscc:9521234.*' }), hits: 'some' },
  { name: 'input', of: (i, t) => ({ MATCH_inputEPC: item(i, t) }) },
  { name: 'output', of: (i, t) => ({ MATCH_outputEPC: `urn:epc:id:sgtin:9521234.000900.${some(i, t)}` }) },
  { name: 'class', of: by('MATCH_epcClass', lotOf) },
  { name: 'class-input', of: by('MATCH_inputEPCClass', lotOf) },
  { name: 'class-output', of: by('MATCH_outputEPCClass', lotOf) },
  { name: 'class-any', of: by('MATCH_anyEPCClass', lotOf) },
  { name: 'class-pattern', of: one('MATCH_anyEPCClass', 'urn:epc:idpat:lgtin:9521234.000003.*'), hits: 'some' },
  { name: 'event-id', of: by('EQ_eventID', eventIdOf), hits: 'some' },
  { name: 'transformation', of: by('EQ_transformationID', transformationOf) },
  { name: 'order', of: by('EQ_bizTransaction_po', order), hits: 'some' },
  { name: 'invoice', of: by('EQ_bizTransaction_inv', invoice) },
  { name: 'source-common', of: (i) => ({ EQ_source_owning_party: party(i % 4) }), hits: 'some' },
  { name: 'destination-rare', of: (i) => ({ EQ_destination_possessing_party: party(299 - i) }), hits: 'some' },
];

/** By words, places, times and declarations. */
const COLUMNS: Question[] = [
  { name: 'all', of: none, hits: 'some' },
  { name: 'all-newest', of: newest, hits: 'some' },
  { name: 'all-oldest', of: oldest, hits: 'some' },
  { name: 'all-recorded', of: one('orderBy', 'recordTime'), hits: 'some' },
  { name: 'type-common', of: one('eventType', 'ObjectEvent', 'AggregationEvent'), hits: 'some' },
  { name: 'type-rare', of: one('eventType', 'AssociationEvent'), hits: 'some' },
  { name: 'type-path', of: none, path: path('eventTypes', () => 'AssociationEvent'), hits: 'some' },
  { name: 'action', of: one('EQ_action', 'ADD', 'DELETE', 'OBSERVE'), hits: 'some' },
  { name: 'step-common', of: COMMON, hits: 'some' },
  { name: 'step-middle', of: MIDDLE, hits: 'some' },
  { name: 'step-rare', of: RARE },
  { name: 'step-late', of: one('EQ_bizStep', 'inspecting'), hits: 'some' },
  { name: 'step-absent', of: one('EQ_bizStep', 'killing'), hits: 'none' },
  { name: 'step-many', of: one('EQ_bizStep', 'holding|sampling|removing', 'destroying|repairing|killing') },
  { name: 'step-path', of: none, path: path('bizSteps', (i) => String(MIDDLE(i)['EQ_bizStep'])), hits: 'some' },
  { name: 'step-common-newest', of: and(COMMON, newest), hits: 'some' },
  { name: 'step-middle-newest', of: and(MIDDLE, newest), hits: 'some' },
  { name: 'step-middle-oldest', of: and(MIDDLE, oldest), hits: 'some' },
  { name: 'step-rare-newest', of: and(RARE, newest) },
  { name: 'step-late-oldest', of: and(one('EQ_bizStep', 'inspecting'), oldest), hits: 'some' },
  { name: 'step-early-newest', of: and(one('EQ_bizStep', 'retail_selling'), newest), hits: 'some' },
  { name: 'disposition-common', of: one('EQ_disposition', 'in_transit', 'in_progress'), hits: 'some' },
  { name: 'disposition-rare', of: RARE_DISPOSITION },
  { name: 'disposition-rare-newest', of: and(RARE_DISPOSITION, newest) },
  { name: 'disposition-path', of: none, path: path('dispositions', () => 'stolen'), hits: 'some' },
  { name: 'persistent-common', of: one('EQ_persistentDisposition_set', 'completeness_verified'), hits: 'some' },
  { name: 'persistent-rare', of: one('EQ_persistentDisposition_set', 'completeness_inferred'), hits: 'some' },
  { name: 'persistent-absent', of: one('EQ_persistentDisposition_unset', 'completeness_inferred'), hits: 'none' },
  { name: 'place-common', of: AT_COMMON, hits: 'some' },
  { name: 'place-rare', of: AT_RARE, hits: 'some' },
  { name: 'place-common-newest', of: and(AT_COMMON, newest), hits: 'some' },
  { name: 'place-middle-newest', of: and(AT_MIDDLE, newest), hits: 'some' },
  { name: 'place-middle-oldest', of: and(AT_MIDDLE, oldest), hits: 'some' },
  { name: 'place-path', of: none, path: path('readPoints', (i) => readPoint(i * 9)), hits: 'some' },
  { name: 'location', of: (i) => ({ EQ_bizLocation: location(i * 3) }), hits: 'some' },
  { name: 'location-newest', of: and((i) => ({ EQ_bizLocation: location(i * 3) }), newest), hits: 'some' },
  { name: 'location-path', of: none, path: path('bizLocations', (i) => location(i * 5)), hits: 'some' },
  { name: 'below-all', of: () => ({ WD_readPoint: readPoint(0) }), hits: 'some' },
  { name: 'below', of: (i) => ({ WD_readPoint: readPoint(10 + (i % 35) * 10) }), hits: 'some' },
  { name: 'below-newest', of: and((i) => ({ WD_bizLocation: location(10 + (i % 15) * 10) }), newest), hits: 'some' },
  { name: 'hour', of: window(1 / 24) },
  { name: 'day-newest', of: and(window(1), newest), hits: 'some' },
  { name: 'year', of: window(365), hits: 'some' },
  { name: 'since-recorded', of: (i, t) => ({ GE_recordTime: iso(timeOf(some(i, t), t)) }), hits: 'some' },
  { name: 'hour-recorded', of: window(1 / 24, 'recordTime') },
  { name: 'declared', of: one('EXISTS_errorDeclaration', 'true'), hits: 'some' },
  { name: 'declared-newest', of: and(one('EXISTS_errorDeclaration', 'true'), newest), hits: 'some' },
  { name: 'declared-reason', of: one('EQ_errorReason', 'did_not_occur', 'incorrect_data'), hits: 'some' },
  { name: 'declared-corrective', of: by('EQ_correctiveEventID', (n) => eventIdOf(n - (n % 997) + 499)), hits: 'some' },
  { name: 'declared-day', of: window(30, 'errorDeclarationTime'), hits: 'some' },
];

/** By readings, quantities, extensions and master data. */
const TERMS: Question[] = [
  { name: 'quantity-equal', of: (i) => ({ EQ_quantity: 4_000 + i }) },
  { name: 'quantity-above', of: (i) => ({ GT_quantity_KGM: 4_900 + i }), hits: 'some' },
  { name: 'quantity-below', of: (i) => ({ LT_quantity: 3 + i * 100 }), hits: 'some' },
  { name: 'sensor', of: one('EXISTS_sensorElementList', 'true'), hits: 'some' },
  { name: 'sensor-newest', of: and(one('EXISTS_sensorElementList', 'true'), newest), hits: 'some' },
  { name: 'sensor-hour', of: window(1 / 24, 'time') },
  { name: 'sensor-start-day', of: window(1, 'startTime') },
  { name: 'sensor-end-since', of: (i, t) => ({ GE_endTime: iso(timeOf(some(i, t), t)) }) },
  { name: 'sensor-type', of: one('EQ_type', 'Temperature', 'RelativeHumidity', 'Mass'), hits: 'some' },
  { name: 'sensor-device', of: (i) => ({ EQ_deviceID: device(i * 15) }), hits: 'some' },
  { name: 'sensor-method', of: (i) => ({ EQ_dataProcessingMethod: `https://id.example.com/method/${i % 5}` }) },
  { name: 'sensor-rules', of: (i) => ({ EQ_bizRules: `https://id.example.com/rules/${i % 12}` }), hits: 'some' },
  { name: 'sensor-organism', of: (i) => ({ EQ_microorganism: `https://id.example.com/organism/${i % 25}` }) },
  { name: 'sensor-substance', of: (i) => ({ EQ_chemicalSubstance: `https://id.example.com/substance/${i % 40}` }) },
  { name: 'sensor-string', of: (i) => ({ EQ_stringValue: `state ${i % 9}` }), hits: 'some' },
  { name: 'sensor-boolean', of: one('EQ_booleanValue', 'true', 'false'), hits: 'some' },
  { name: 'sensor-hex', of: (i) => ({ EQ_hexBinaryValue: (i * 5).toString(16).padStart(2, '0') }) },
  { name: 'sensor-uri', of: (i) => ({ EQ_uriValue: `https://id.example.com/scale/${i % 60}` }) },
  { name: 'value-equal', of: (i) => ({ EQ_value_CEL: 4 + i / 10 }) },
  { name: 'value-common', of: WARM, hits: 'some' },
  { name: 'value-common-newest', of: and(WARM, newest), hits: 'some' },
  { name: 'value-rare', of: HOT },
  { name: 'value-rare-newest', of: and(HOT, newest) },
  { name: 'value-all', of: () => ({ GT_value_CEL: -90 }), hits: 'some' },
  { name: 'value-none', of: () => ({ GT_value_CEL: 900 }), hits: 'none' },
  { name: 'value-least', of: (i) => ({ LT_minValue_CEL: -14 - i / 10 }) },
  { name: 'value-most', of: (i) => ({ GE_maxValue_CEL: 10 + i / 10 }), hits: 'some' },
  { name: 'value-mean', of: (i) => ({ LE_meanValue_FAH: i / 10 }), hits: 'some' },
  { name: 'value-deviation', of: (i) => ({ GT_sDev_CEL: 0.5 + i / 50 }), hits: 'some' },
  { name: 'value-rank', of: (i) => ({ GE_percRank: 50 + i }), hits: 'some' },
  { name: 'value-percentile', of: (i) => ({ LE_percValue_CEL: 5 + i }), hits: 'some' },
  { name: 'extension', of: (i) => ({ 'EQ_ex:route': `route ${i * 3}` }) },
  { name: 'extension-exists', of: one('EXISTS_ex:route', 'true'), hits: 'some' },
  { name: 'extension-above', of: (i) => ({ 'GE_ex:priority': 900 + i }), hits: 'some' },
  { name: 'extension-below', of: (i) => ({ 'LT_ex:priority': 10 + i * 20 }), hits: 'some' },
  { name: 'extension-place', of: (i) => ({ 'EQ_readPoint_ex:dock': i % 70 }), hits: 'some' },
  { name: 'extension-sensor', of: (i) => ({ 'EQ_SENSORMETADATA_ex:calibrated': i }) },
  { name: 'ilmd-lot', of: by('EQ_ILMD_cbvmda:lotNumber', (n) => `L${Math.floor(n / 64)}`), hits: 'some' },
  { name: 'ilmd-grade', of: (i) => ({ 'GE_ILMD_ex:grade': 95 - (i % 10) * 9 }), hits: 'some' },
  { name: 'ilmd-inner', of: (i) => ({ 'EQ_INNER_ILMD_ex:farm': `farm ${i * 100}` }) },
  { name: 'extension-order', of: one('orderBy', 'ex:priority'), hits: 'some' },
  {
    name: 'extension-order-some',
    of: and((i) => ({ 'EQ_ex:route': `route ${i * 3}` }), one('orderBy', 'ex:priority')),
  },
  { name: 'attribute-has-rare', of: one('HASATTR_readPoint', `${MDA}region`), hits: 'some' },
  { name: 'attribute-has-all', of: one('HASATTR_readPoint', `${MDA}city`), hits: 'some' },
  { name: 'attribute-place', of: (i) => ({ [`EQATTR_bizLocation_${MDA}city`]: `city ${i}` }), hits: 'some' },
  {
    name: 'attribute-newest',
    of: and((i) => ({ [`EQATTR_readPoint_${MDA}site`]: `site ${(i * 4) % 20}` }), newest),
    hits: 'some',
  },
  { name: 'attribute-step', of: (i) => ({ [`EQATTR_bizStep_${MDA}family`]: `family ${i % 6}` }), hits: 'some' },
  { name: 'attribute-class', of: (i) => ({ [`EQATTR_epcClass_${MDA}city`]: `city ${i}` }), hits: 'some' },
  { name: 'attribute-party', of: (i) => ({ [`EQATTR_source_${MDA}city`]: `city ${i}` }), hits: 'some' },
];

const disjoint = one('EQ_disposition', 'destroyed', 'sellable_accessible', 'active');
const elsewhere = (i: number): Parameters => ({ EQ_bizLocation: location(100 + i) });

/** Conditions together. */
const TOGETHER: Question[] = [
  { name: 'step+place-common', of: and(COMMON, AT_COMMON), hits: 'some' },
  { name: 'step+place-common-newest', of: and(COMMON, AT_COMMON, newest), hits: 'some' },
  { name: 'step-common+place-rare', of: and(COMMON, AT_RARE) },
  { name: 'step-rare+place-common', of: and(RARE, AT_COMMON) },
  { name: 'step-middle+place-middle', of: and(MIDDLE, AT_MIDDLE) },
  { name: 'step-middle+place-middle-newest', of: and(MIDDLE, AT_MIDDLE, newest) },
  { name: 'step+disposition', of: and(COMMON, one('EQ_disposition', 'in_progress')) },
  { name: 'step+disposition-never', of: and(one('EQ_bizStep', 'shipping'), disjoint) },
  { name: 'place+location-never', of: and(AT_COMMON, elsewhere), hits: 'none' },
  { name: 'place+location-never-newest', of: and(AT_COMMON, elsewhere, newest), hits: 'none' },
  {
    name: 'type+action+step',
    of: and(one('eventType', 'AggregationEvent'), one('EQ_action', 'DELETE'), MIDDLE),
  },
  { name: 'epc+step', of: and((i, t) => ({ MATCH_anyEPC: item(i, t) }), COMMON) },
  { name: 'epc+hour', of: and((i, t) => ({ MATCH_anyEPC: item(i, t) }), window(1 / 24)) },
  { name: 'order+step', of: and(by('EQ_bizTransaction_po', order), COMMON) },
  { name: 'pattern+step', of: and(PATTERN_COMMON, COMMON), hits: 'some' },
  { name: 'pattern+step-rare', of: and(PATTERN_COMMON, RARE) },
  { name: 'pattern-rare+step', of: and(PATTERN_RARE, COMMON) },
  { name: 'pattern+day-newest', of: and(PATTERN_COMMON, window(1), newest) },
  { name: 'step+hour', of: and(COMMON, window(1 / 24)) },
  { name: 'step+day-newest', of: and(COMMON, window(1), newest), hits: 'some' },
  { name: 'step-rare+year', of: and(RARE, window(365)) },
  { name: 'step-middle+year-newest', of: and(MIDDLE, window(365), newest) },
  { name: 'step-early+late', of: and(one('EQ_bizStep', 'retail_selling'), late), hits: 'none' },
  { name: 'place+day', of: and(AT_COMMON, window(1)) },
  { name: 'place+day-recorded', of: and(AT_COMMON, window(1, 'recordTime')) },
  { name: 'place+month-newest', of: and(AT_MIDDLE, window(30), newest) },
  { name: 'step+place+month', of: and(COMMON, AT_COMMON, window(30)) },
  { name: 'value+place', of: and(WARM, AT_COMMON), hits: 'some' },
  { name: 'value+place-rare', of: and(WARM, AT_RARE) },
  { name: 'value-rare+place', of: and(HOT, AT_COMMON) },
  { name: 'value+step', of: and(WARM, COMMON), hits: 'some' },
  { name: 'value+step-rare', of: and(WARM, RARE) },
  { name: 'value+step+year-newest', of: and(WARM, COMMON, window(365), newest) },
  { name: 'value+type+day', of: and(WARM, one('EQ_type', 'Temperature'), window(1)) },
  {
    name: 'value-between',
    of: and(
      (i) => ({ GE_value_CEL: i / 5 }),
      (i) => ({ LT_value_CEL: 1 + i / 5 }),
    ),
    hits: 'some',
  },
  { name: 'sensor+step', of: and(one('EXISTS_sensorElementList', 'true'), MIDDLE) },
  { name: 'sensor+place-newest', of: and(one('EXISTS_sensorElementList', 'true'), AT_MIDDLE, newest) },
  { name: 'below+step', of: and(() => ({ WD_readPoint: readPoint(0) }), COMMON), hits: 'some' },
  { name: 'attribute+value', of: and(one('HASATTR_readPoint', `${MDA}site`), WARM), hits: 'some' },
  { name: 'source+step', of: and((i) => ({ EQ_source_owning_party: party(i % 4) }), COMMON), hits: 'some' },
  {
    name: 'source+source-never',
    of: and((i) => ({ EQ_source_owning_party: party(i % 4) }), one('EXISTS_sensorElementList', 'true')),
  },
  { name: 'ilmd+hour', of: and((i) => ({ 'GE_ILMD_ex:grade': 10 + i }), window(1 / 24)) },
];

function late(_: number, total: number): Parameters {
  return { GE_eventTime: iso(timeOf(Math.floor(total * 0.9), total)) };
}

const limit = (count: number) => (): Parameters => ({ eventCountLimit: count, orderBy: 'eventTime' });

/** Limits and far pages. */
const PAGES: Question[] = [
  { name: 'limit', of: and(COMMON, limit(5)), hits: 'some' },
  { name: 'max-few', of: and(by('EQ_bizTransaction_po', order), () => ({ maxEventCount: 500 })), hits: 'some' },
  { name: 'max-many', of: and(COMMON, () => ({ maxEventCount: 500 })), status: 413 },
  { name: 'far-all', of: none, page: 40, hits: 'some' },
  { name: 'far-newest', of: newest, page: 40, hits: 'some' },
  { name: 'far-step', of: COMMON, page: 40, hits: 'some' },
  { name: 'far-step-newest', of: and(COMMON, newest), page: 40, hits: 'some' },
  { name: 'far-place-newest', of: and(AT_COMMON, newest), page: 20, hits: 'some' },
  { name: 'far-pattern', of: PATTERN_COMMON, page: 20, hits: 'some' },
  { name: 'far-value', of: WARM, page: 20, hits: 'some' },
];

/** `urn:epc:id:sgtin:9521234.iiiiii.s` as Digital Link. */
function link(urn: string): string {
  const [, prefix = '', reference = '', serial = ''] = /^urn:epc:id:sgtin:(\d+)\.(\d+)\.(.+)$/.exec(urn) ?? [];
  const digits = reference.slice(0, 1) + prefix + reference.slice(1);
  const sum = Array.from(digits).reduce((all, digit, i) => all + Number(digit) * (i % 2 === 0 ? 3 : 1), 0);
  return `https://id.gs1.org/01/${digits}${(10 - (sum % 10)) % 10}/21/${serial}`;
}

export const QUESTIONS: readonly Question[] = [...THINGS, ...COLUMNS, ...TERMS, ...TOGETHER, ...PAGES];
