import { z } from 'zod';
import { LIMITS } from './limits.ts';
import { instantOf, isUri } from './syntax.ts';
import {
  BIZ_STEP,
  BIZ_TRANSACTION_TYPE,
  COMPONENT,
  DISPOSITION,
  ERROR_REASON,
  MEASUREMENT,
  SENSOR_ALERT,
  SOURCE_DEST_TYPE,
  type Vocabulary,
} from './vocabulary.ts';

/*
 * The five event types of EPCIS 2.0 in JSON, as GS1's JSON Schema has them: same verdict, one finding a fault.
 * `params.rule` names the rule of a finding (event-check.ts).
 */

const refined = (test: (text: string) => boolean, rule: string, message: string) =>
  z.string().refine(test, { message, params: { rule } });

const uri = refined(isUri, 'uri', 'must be an absolute URI');
const identifier = uri.max(LIMITS.identifierLengthMax);
const time = refined(
  (text) => instantOf(text) !== undefined,
  'date-time',
  'must be a date-time with offset between the years 1 and 9999, such as 2026-03-01T08:00:00.000+01:00',
);
const decimal = z.number();

/** A word of the vocabulary or a URI of the user's own; never GS1's URN or web form of a word (`foreign` refuses them). */
const word = (vocabulary: Vocabulary, name: string, gs1: RegExp) =>
  refined(
    (text) => vocabulary.words.has(text) || (isUri(text) && !gs1.test(text)),
    'vocabulary',
    `must be a CBV ${name} as bare word, or a URI outside of GS1's vocabulary`,
  );
const CBV_FORM = /^(?:urn:epcglobal:cbv|https?:\/\/ns\.gs1\.org\/cbv\/)/;
const VOC_FORM = /^https?:\/\/(?:www\.)?gs1\.org\/voc\//;

/** An object that may carry extensions: each unknown name must be a URI or a prefixed name. */
const open = <S extends z.ZodRawShape>(shape: S) =>
  z.looseObject(shape).superRefine((value, issues) => {
    for (const name in value) {
      if (Object.hasOwn(shape, name) || isUri(name)) continue;
      issues.addIssue({
        code: 'custom',
        path: [name],
        message: 'is no field of EPCIS here; an extension needs a prefix with a namespace',
        params: { rule: 'extension-name' },
      });
    }
  });

const unique = <T extends z.ZodType<string>>(item: T) =>
  z.array(item).refine((list) => new Set(list).size === list.length, {
    message: 'names something twice',
    params: { rule: 'unique' },
  });

const action = z.enum(['ADD', 'OBSERVE', 'DELETE']);
const bizStep = word(BIZ_STEP, 'business step', CBV_FORM);
const disposition = word(DISPOSITION, 'disposition', CBV_FORM);
const place = z.looseObject({ id: identifier });

const quantityElement = z.strictObject({
  epcClass: identifier,
  quantity: decimal.optional(),
  uom: refined(
    (text) => /^[A-Z0-9]{2,3}$/.test(text),
    'uom',
    'must be a UN/ECE unit code of 2 or 3 characters',
  ).optional(),
});
const quantities = z.array(quantityElement);

const dispositions = unique(disposition).min(1).optional();
const persistentDisposition = z
  .strictObject({ set: dispositions, unset: dispositions })
  .refine((value) => value.set !== undefined || value.unset !== undefined, {
    message: 'needs set or unset',
    params: { rule: 'required' },
  });

const bizTransaction = z.strictObject({
  type: word(BIZ_TRANSACTION_TYPE, 'business transaction type', CBV_FORM).optional(),
  bizTransaction: identifier,
});
const sourceDestType = word(SOURCE_DEST_TYPE, 'source/destination type', CBV_FORM);

const sensorMetadata = open({
  time: time.optional(),
  startTime: time.optional(),
  endTime: time.optional(),
  deviceID: identifier.optional(),
  deviceMetadata: uri.optional(),
  rawData: uri.optional(),
  dataProcessingMethod: uri.optional(),
  bizRules: uri.optional(),
});

const sensorReport = open({
  type: word(MEASUREMENT, 'measurement type of GS1', VOC_FORM),
  exception: word(SENSOR_ALERT, 'sensor alert type of GS1', VOC_FORM).optional(),
  deviceID: identifier.optional(),
  deviceMetadata: uri.optional(),
  rawData: uri.optional(),
  dataProcessingMethod: uri.optional(),
  bizRules: uri.optional(),
  time: time.optional(),
  microorganism: uri.optional(),
  chemicalSubstance: uri.optional(),
  coordinateReferenceSystem: uri.optional(),
  value: decimal.optional(),
  component: word(COMPONENT, 'component', CBV_FORM).optional(),
  stringValue: z.string().optional(),
  booleanValue: z.boolean().optional(),
  hexBinaryValue: refined((text) => /^[0-9a-f]+$/i.test(text), 'hex', 'must be hexadecimal').optional(),
  uriValue: uri.optional(),
  minValue: decimal.optional(),
  maxValue: decimal.optional(),
  meanValue: decimal.optional(),
  sDev: decimal.optional(),
  percRank: decimal.optional(),
  percValue: decimal.optional(),
  uom: z.string().optional(),
});

const sensorElement = open({ sensorMetadata: sensorMetadata.optional(), sensorReport: z.array(sensorReport).min(1) });

const errorDeclaration = open({
  declarationTime: time,
  reason: word(ERROR_REASON, 'error reason', CBV_FORM).optional(),
  correctiveEventIDs: z.array(identifier).optional(),
});

const ilmd = open({});

const certificationInfo = z.custom<string | string[]>(
  (value) => (Array.isArray(value) ? value : [value]).every((item) => typeof item === 'string' && isUri(item)),
  { message: 'must be a URI or a list of URIs, not an object', params: { rule: 'uri' } },
);

const context = z
  .custom<string | Record<string, unknown> | (string | Record<string, unknown>)[]>(
    (value) =>
      (Array.isArray(value) ? value : [value]).every((part) =>
        typeof part === 'string' ? isUri(part) : typeof part === 'object' && part !== null && !Array.isArray(part),
      ),
    { message: 'must be a URI, an object, or a list of them', params: { rule: 'context' } },
  )
  .refine(
    (value) => !Array.isArray(value) || new Set(value.map((part) => JSON.stringify(part))).size === value.length,
    {
      message: 'names something twice',
      params: { rule: 'unique' },
    },
  );

const OFFSET = /^[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)$/;

/** What every event has (EPCIS 2.0 section 7.4.1). */
const everyEvent = {
  '@context': context.optional(),
  eventTime: time,
  recordTime: time.optional(),
  eventTimeZoneOffset: refined(
    (text) => OFFSET.test(text),
    'offset',
    'must be an offset such as +01:00, at most 14:00',
  ),
  eventID: identifier.optional(),
  certificationInfo: certificationInfo.optional(),
  errorDeclaration: errorDeclaration.optional(),
};

/** What every event of the five types may have besides. */
const fiveTypes = {
  ...everyEvent,
  bizStep: bizStep.optional(),
  disposition: disposition.optional(),
  readPoint: place.optional(),
  bizLocation: place.optional(),
  bizTransactionList: z.array(bizTransaction).optional(),
  sourceList: z.array(z.strictObject({ type: sourceDestType, source: identifier })).optional(),
  destinationList: z.array(z.strictObject({ type: sourceDestType, destination: identifier })).optional(),
  sensorElementList: z.array(sensorElement).optional(),
};

const children = {
  childEPCs: z.array(identifier).optional(),
  childQuantityList: quantities.optional(),
};

const ObjectEvent = open({
  ...fiveTypes,
  type: z.literal('ObjectEvent'),
  action,
  epcList: unique(identifier).optional(),
  quantityList: quantities.optional(),
  persistentDisposition: persistentDisposition.optional(),
  ilmd: ilmd.optional(),
});

const AggregationEvent = open({
  ...fiveTypes,
  ...children,
  type: z.literal('AggregationEvent'),
  action,
  parentID: identifier.optional(),
});

const TransactionEvent = open({
  ...fiveTypes,
  type: z.literal('TransactionEvent'),
  action,
  bizTransactionList: z.array(bizTransaction).min(1),
  parentID: identifier.optional(),
  epcList: z.array(identifier).optional(),
  quantityList: quantities.optional(),
});

const TransformationEvent = open({
  ...fiveTypes,
  type: z.literal('TransformationEvent'),
  inputEPCList: unique(identifier).optional(),
  inputQuantityList: quantities.optional(),
  outputEPCList: unique(identifier).optional(),
  outputQuantityList: quantities.optional(),
  transformationID: identifier.optional(),
  persistentDisposition: persistentDisposition.optional(),
  ilmd: ilmd.optional(),
});

const AssociationEvent = open({
  ...fiveTypes,
  ...children,
  type: z.literal('AssociationEvent'),
  action,
  parentID: identifier,
});

/** An event of a type of the user's own: valid by the schema, yet nothing that a trace can read. */
export const ExtendedEvent = z.looseObject({ ...everyEvent, type: uri });

export const EVENT_TYPES = {
  ObjectEvent,
  AggregationEvent,
  TransactionEvent,
  TransformationEvent,
  AssociationEvent,
} as const;

export type EventType = keyof typeof EVENT_TYPES;

/** An EPCIS 2.0 event in JSON; extensions stand beside the standard's fields under prefixed names. */
export type EpcisEvent = { [T in EventType]: z.infer<(typeof EVENT_TYPES)[T]> }[EventType];
