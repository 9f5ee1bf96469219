import { child, children, numberOf, type Parameter, textOf } from '../message.ts';
import { specOf } from '../spec/spec.ts';
import { MODELS, type Model, type Vendor } from './capabilities.ts';
import { checkAntenna } from './configuration.ts';
import { Refusal } from './refusal.ts';

/** A rule for one field: where it stands, what it may be. */
interface Rule {
  path: readonly string[];
  field: string;
  /** Number of the field in its parameter, from 0. */
  index: number;
  allowed: readonly (string | number)[];
}

/** What this reader can do of what an ROSpec can ask: no RF survey, Gen2 only. */
const RULES: readonly Rule[] = [
  { path: [], field: 'CurrentState', index: 2, allowed: ['Disabled'] },
  {
    path: ['ROBoundarySpec', 'ROSpecStartTrigger'],
    field: 'ROSpecStartTriggerType',
    index: 0,
    allowed: ['Null', 'Immediate', 'Periodic', 'GPI'],
  },
  {
    path: ['ROBoundarySpec', 'ROSpecStopTrigger'],
    field: 'ROSpecStopTriggerType',
    index: 0,
    allowed: ['Null', 'Duration', 'GPI_With_Timeout'],
  },
  {
    path: ['AISpec', 'AISpecStopTrigger'],
    field: 'AISpecStopTriggerType',
    index: 0,
    allowed: ['Null', 'Duration', 'GPI_With_Timeout', 'Tag_Observation'],
  },
  {
    path: ['AISpec', 'AISpecStopTrigger', 'TagObservationTrigger'],
    field: 'TriggerType',
    index: 0,
    allowed: [
      'Upon_Seeing_N_Tags_Or_Timeout',
      'Upon_Seeing_No_More_New_Tags_For_Tms_Or_Timeout',
      'Upon_Seeing_N_Unique_Tags_Or_Timeout',
      'Upon_Seeing_No_More_New_Unique_Tags_For_Tms_Or_Timeout',
    ],
  },
  { path: ['AISpec', 'InventoryParameterSpec'], field: 'ProtocolID', index: 1, allowed: ['EPCGlobalClass1Gen2'] },
];

/** Triggers that need a parameter of their own. */
const COMPANIONS: readonly { path: readonly string[]; field: string; value: string; needs: string }[] = [
  {
    path: ['ROBoundarySpec', 'ROSpecStartTrigger'],
    field: 'ROSpecStartTriggerType',
    value: 'Periodic',
    needs: 'PeriodicTriggerValue',
  },
  {
    path: ['ROBoundarySpec', 'ROSpecStartTrigger'],
    field: 'ROSpecStartTriggerType',
    value: 'GPI',
    needs: 'GPITriggerValue',
  },
  {
    path: ['ROBoundarySpec', 'ROSpecStopTrigger'],
    field: 'ROSpecStopTriggerType',
    value: 'GPI_With_Timeout',
    needs: 'GPITriggerValue',
  },
  {
    path: ['AISpec', 'AISpecStopTrigger'],
    field: 'AISpecStopTriggerType',
    value: 'GPI_With_Timeout',
    needs: 'GPITriggerValue',
  },
  {
    path: ['AISpec', 'AISpecStopTrigger'],
    field: 'AISpecStopTriggerType',
    value: 'Tag_Observation',
    needs: 'TagObservationTrigger',
  },
];

const TRIGGERS = [
  ['ROBoundarySpec', 'ROSpecStartTrigger'],
  ['ROBoundarySpec', 'ROSpecStopTrigger'],
  ['AISpec', 'AISpecStopTrigger'],
] as const;

const at = (from: Parameter, path: readonly string[]): Parameter[] =>
  path.reduce((found, name) => found.flatMap((one) => children(one, name)), [from]);

/** Throws the Refusal, with its path, of an ROSpec that this reader cannot run. */
export function checkROSpec(spec: Parameter, antennas: number, model: Model): void {
  if (numberOf(spec, 'ROSpecID') === 0) throw new Refusal('A_Invalid', 'ROSpecID 0 means all', ['ROSpec'], 0);
  const priority = numberOf(spec, 'Priority');
  if (priority >= model.priorityLevels)
    throw new Refusal(
      'A_OutOfRange',
      `priorities are 0 to ${model.priorityLevels - 1}, not ${priority}`,
      ['ROSpec'],
      1,
    );
  for (const { path, field, index, allowed } of RULES) {
    for (const one of at(spec, path)) {
      const value = one[field];
      if (allowed.some((good) => good === value)) continue;
      throw new Refusal('A_OutOfRange', `${field} ${textOf(one, field)} is not supported`, ['ROSpec', ...path], index);
    }
  }
  for (const { path, field, value, needs } of COMPANIONS) {
    const lacking = at(spec, path).some((one) => one[field] === value && !child(one, needs));
    if (lacking) throw new Refusal('P_MissingParameter', `${value} needs ${needs}`, ['ROSpec', ...path]);
  }
  for (const path of TRIGGERS) {
    for (const trigger of at(spec, [...path, 'GPITriggerValue'])) {
      const port = numberOf(trigger, 'GPIPortNum');
      const place = ['ROSpec', ...path, 'GPITriggerValue'];
      if (port < 1 || port > model.gpis) throw new Refusal('A_OutOfRange', `there is no GPI port ${port}`, place, 0);
    }
  }
  const place = ['ROSpec', 'AISpec', 'InventoryParameterSpec'];
  for (const one of at(spec, ['AISpec', 'InventoryParameterSpec', 'AntennaConfiguration']))
    checkAntenna(one, antennas, model, place);
  const inner = (spec.parameters ?? []).filter(
    (one) => one.parameter !== 'ROBoundarySpec' && one.parameter !== 'ROReportSpec',
  );
  const other = inner.find((one) => one.parameter !== 'AISpec');
  if (other)
    throw new Refusal('P_UnsupportedParameter', `${other.parameter} is not supported`, ['ROSpec', other.parameter]);
  if (inner.length > model.specsPerROSpec)
    throw new Refusal('P_OverflowParameter', `more than ${model.specsPerROSpec} AISpecs`, ['ROSpec']);
  for (const one of inner) {
    const bad = (one['AntennaIDs'] as number[]).find((id) => id > antennas);
    if (bad !== undefined) throw new Refusal('A_OutOfRange', `there is no antenna ${bad}`, ['ROSpec', 'AISpec'], 0);
  }
}

/** Throws the Refusal of a vendor's parameter, however deep, that is not this reader's or not switched on. */
export function checkVendors(of: Parameter, path: readonly string[], vendor: Vendor): void {
  for (const one of of.parameters ?? []) {
    const here = [...path, one.parameter];
    const owner = one.parameter === 'Custom' ? -1 : specOf(1).parameterByName.get(one.parameter)?.vendor;
    if (owner !== undefined && (vendor === 'none' || owner !== MODELS[vendor].manufacturer)) {
      throw new Refusal('P_UnsupportedParameter', `${one.parameter} is not supported, or not enabled`, here);
    }
    checkVendors(one, here, vendor);
  }
}
