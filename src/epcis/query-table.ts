import {
  BIZ_STEP,
  BIZ_TRANSACTION_TYPE,
  DISPOSITION,
  ERROR_REASON,
  MEASUREMENT,
  SOURCE_DEST_TYPE,
  type Vocabulary,
} from './vocabulary.ts';

/*
 * The parameters of the simple event query (EPCIS 2.0 section 8.2.7.1) as tables: which names there are, which field
 * of an event each looks at, how it compares, and what its values must be. query.ts is the loop over them.
 */

export type Operator = 'EQ' | 'GT' | 'GE' | 'LT' | 'LE' | 'EXISTS' | 'WD' | 'MATCH' | 'HASATTR' | 'EQATTR';

/** What a value must be, and what it becomes: instants are ms since 1970, words are bare, URIs stay as asked. */
export type ValueKind =
  | 'instant'
  | 'number'
  | 'boolean'
  | 'true'
  | 'text'
  | 'hex'
  | 'uri'
  | 'epc'
  | 'class'
  | 'event-type'
  | 'action'
  | Vocabulary;

/** Every field that a condition can name: the closed list that a store compiles. */
export type Field = keyof typeof FIELDS;

const TIME = 'instant';

/** Field -> kind of its values. `name` of a condition says more where noted. */
export const FIELDS = {
  eventType: 'event-type',
  eventTime: TIME,
  recordTime: TIME,
  errorDeclarationTime: TIME,
  action: 'action',
  bizStep: BIZ_STEP,
  disposition: DISPOSITION,
  'persistentDisposition.set': DISPOSITION,
  'persistentDisposition.unset': DISPOSITION,
  readPoint: 'uri',
  bizLocation: 'uri',
  transformationID: 'uri',
  eventID: 'uri',
  errorReason: ERROR_REASON,
  correctiveEventID: 'uri',
  errorDeclaration: 'true',
  /** name = the type, bare word or URI */
  bizTransaction: 'uri',
  source: 'uri',
  destination: 'uri',
  /** epcList and childEPCs */
  epc: 'epc',
  parentID: 'epc',
  inputEPC: 'epc',
  outputEPC: 'epc',
  /** all five lists: epcList, childEPCs, parentID, inputEPCList, outputEPCList */
  anyEPC: 'epc',
  /** quantityList and childQuantityList */
  epcClass: 'class',
  inputEPCClass: 'class',
  outputEPCClass: 'class',
  /** all four quantity lists */
  anyEPCClass: 'class',
  /** any quantityElement of any list; name = the uom asked in, absent: whatever its uom */
  quantity: 'number',
  sensorElementList: 'true',
  /** sensor metadata or report */
  'sensor.time': TIME,
  'sensor.startTime': TIME,
  'sensor.endTime': TIME,
  'sensor.type': MEASUREMENT,
  'sensor.deviceID': 'uri',
  'sensor.dataProcessingMethod': 'uri',
  'sensor.bizRules': 'uri',
  'sensor.microorganism': 'uri',
  'sensor.chemicalSubstance': 'uri',
  'sensor.stringValue': 'text',
  'sensor.booleanValue': 'boolean',
  'sensor.hexBinaryValue': 'hex',
  'sensor.uriValue': 'uri',
  /** name = the uom asked in */
  'sensor.value': 'number',
  'sensor.minValue': 'number',
  'sensor.maxValue': 'number',
  'sensor.meanValue': 'number',
  'sensor.sDev': 'number',
  'sensor.percValue': 'number',
  'sensor.percRank': 'number',
  /** name = `{namespace}local`; scope and inner say where */
  extension: 'text',
  /** name = field of MASTER_DATA_FIELDS for HASATTR, `field attribute-URI` for EQATTR */
  masterData: 'text',
} as const satisfies Record<string, ValueKind>;

/** Where an extension is looked for. */
export type Scope =
  | 'event'
  | 'ilmd'
  | 'errorDeclaration'
  | 'sensorElement'
  | 'sensorMetadata'
  | 'sensorReport'
  | 'readPoint'
  | 'bizLocation';

/** Parameters of one fixed name. */
export const FIXED = new Map<string, readonly [Field, Operator]>([
  ['eventType', ['eventType', 'EQ']],
  ...every(['GE', 'LT'], ['eventTime', 'recordTime', 'errorDeclarationTime']),
  ['GE_errorDeclaration_Time', ['errorDeclarationTime', 'GE']],
  ['LT_errorDeclaration_Time', ['errorDeclarationTime', 'LT']],
  ...every(
    ['EQ'],
    [
      'action',
      'bizStep',
      'disposition',
      'readPoint',
      'bizLocation',
      'transformationID',
      'eventID',
      'errorReason',
      'correctiveEventID',
    ],
  ),
  ['EQ_persistentDisposition_set', ['persistentDisposition.set', 'EQ']],
  ['EQ_persistentDisposition_unset', ['persistentDisposition.unset', 'EQ']],
  ...every(['EXISTS'], ['errorDeclaration', 'sensorElementList']),
  ...every(['WD'], ['readPoint', 'bizLocation']),
  ...every(
    ['MATCH'],
    [
      'epc',
      'parentID',
      'inputEPC',
      'outputEPC',
      'anyEPC',
      'epcClass',
      'inputEPCClass',
      'outputEPCClass',
      'anyEPCClass',
    ],
  ),
  ...every(['EQ', 'GT', 'GE', 'LT', 'LE'], ['quantity']),
  ...every(['GE', 'LT'], ['sensor.time', 'sensor.startTime', 'sensor.endTime']),
  ...every(
    ['EQ'],
    ['sensor.type', 'sensor.deviceID', 'sensor.dataProcessingMethod', 'sensor.bizRules', 'sensor.microorganism'],
  ),
  ...every(
    ['EQ'],
    [
      'sensor.chemicalSubstance',
      'sensor.stringValue',
      'sensor.booleanValue',
      'sensor.hexBinaryValue',
      'sensor.uriValue',
    ],
  ),
  ...every(['GT', 'GE', 'LT', 'LE'], ['sensor.percRank']),
]);

/** `OP_name` for each operator and field, the room before the field's dot left out. */
function every(operators: Operator[], fields: Field[]): [string, [Field, Operator]][] {
  return operators.flatMap((op) =>
    fields.map((field): [string, [Field, Operator]] => [`${op}_${field.replace('sensor.', '')}`, [field, op]]),
  );
}

/** Parameters whose name holds a part of the asker's: `typed` bare words are made so. */
export const NAMED: readonly { form: RegExp; field: (kind: string) => Field; typed?: Vocabulary }[] = [
  { form: /^(?<op>EQ)_bizTransaction_(?<name>.+)$/, field: () => 'bizTransaction', typed: BIZ_TRANSACTION_TYPE },
  {
    form: /^(?<op>EQ)_(?<kind>source|destination)_(?<name>.+)$/,
    field: (kind) => kind as Field,
    typed: SOURCE_DEST_TYPE,
  },
  { form: /^(?<op>EQ|GT|GE|LT|LE)_quantity_(?<name>[A-Z0-9]{2,4})$/, field: () => 'quantity' },
  {
    form: /^(?<op>EQ)_(?<kind>value)_(?<name>[A-Z0-9]{2,4})$/,
    field: (kind) => `sensor.${kind}` as Field,
  },
  {
    form: /^(?<op>GT|GE|LT|LE)_(?<kind>value|minValue|maxValue|meanValue|sDev|percValue)_(?<name>[A-Z0-9]{2,4})$/,
    field: (kind) => `sensor.${kind}` as Field,
  },
];

/**
 * `EQ_readPoint_example:dock`, `GE_INNER_ILMD_example:grade` and their like; as in EPCIS 1.2 also with the namespace
 * itself, `EQ_https://example.com/ns#dock`.
 */
export const EXTENSION =
  /^(?<op>EQ|GT|GE|LT|LE|EXISTS)_(?<inner>INNER_)?(?:(?<scope>ILMD|ERROR_DECLARATION|SENSORELEMENT|SENSORMETADATA|SENSORREPORT|readPoint|bizLocation)_)?(?<prefix>[A-Za-z_][\w.-]*):(?<local>[^\s|]+)$/;

export const SCOPES: Record<string, Scope> = {
  ILMD: 'ilmd',
  ERROR_DECLARATION: 'errorDeclaration',
  SENSORELEMENT: 'sensorElement',
  SENSORMETADATA: 'sensorMetadata',
  SENSORREPORT: 'sensorReport',
  readPoint: 'readPoint',
  bizLocation: 'bizLocation',
};

/** Fields of an event that name an element of master data: what HASATTR and EQATTR may look at. */
export const MASTER_DATA_FIELDS = [
  'readPoint',
  'bizLocation',
  'bizStep',
  'disposition',
  'bizTransaction',
  'source',
  'destination',
  'epcClass',
] as const;
export type MasterDataField = (typeof MASTER_DATA_FIELDS)[number];

/** `HASATTR_bizLocation` and `EQATTR_bizLocation_urn:epcglobal:cbv:mda:site`; `EQ_ATTR_` is an accepted spelling. */
export const ATTRIBUTE = /^(?:(?<has>HASATTR)_(?<of>\w+)|(?:EQATTR|EQ_ATTR)_(?<field>[A-Za-z]+)_(?<attribute>.+))$/;
