import { child, children, numberOf, type Parameter, textOf } from '../message.ts';
import { specOf } from '../spec/spec.ts';
import { MANUFACTURER, PRIORITY_LEVELS, SPECS_PER_ROSPEC_MAX, type Vendor } from './capabilities.ts';
import { Refusal } from './refusal.ts';

/** A rule for one field: where it stands, what it may be. */
interface Rule {
  path: readonly string[];
  field: string;
  /** Number of the field in its parameter, from 0. */
  index: number;
  allowed: readonly (string | number)[];
}

/** What this reader can do of what an ROSpec can ask: no GPI port, no RF survey, Gen2 only. */
const RULES: readonly Rule[] = [
  { path: [], field: 'CurrentState', index: 2, allowed: ['Disabled'] },
  { path: [], field: 'Priority', index: 1, allowed: Array.from({ length: PRIORITY_LEVELS }, (_, i) => i) },
  {
    path: ['ROBoundarySpec', 'ROSpecStartTrigger'],
    field: 'ROSpecStartTriggerType',
    index: 0,
    allowed: ['Null', 'Immediate', 'Periodic'],
  },
  {
    path: ['ROBoundarySpec', 'ROSpecStopTrigger'],
    field: 'ROSpecStopTriggerType',
    index: 0,
    allowed: ['Null', 'Duration'],
  },
  {
    path: ['AISpec', 'AISpecStopTrigger'],
    field: 'AISpecStopTriggerType',
    index: 0,
    allowed: ['Null', 'Duration', 'Tag_Observation'],
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
    path: ['AISpec', 'AISpecStopTrigger'],
    field: 'AISpecStopTriggerType',
    value: 'Tag_Observation',
    needs: 'TagObservationTrigger',
  },
];

const at = (from: Parameter, path: readonly string[]): Parameter[] =>
  path.reduce((found, name) => found.flatMap((one) => children(one, name)), [from]);

/** Throws the Refusal, with its path, of an ROSpec that this reader cannot run. */
export function checkROSpec(spec: Parameter, antennas: number): void {
  if (numberOf(spec, 'ROSpecID') === 0) throw new Refusal('A_Invalid', 'ROSpecID 0 means all', ['ROSpec'], 0);
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
  const inner = (spec.parameters ?? []).filter(
    (one) => one.parameter !== 'ROBoundarySpec' && one.parameter !== 'ROReportSpec',
  );
  const other = inner.find((one) => one.parameter !== 'AISpec');
  if (other)
    throw new Refusal('P_UnsupportedParameter', `${other.parameter} is not supported`, ['ROSpec', other.parameter]);
  if (inner.length > SPECS_PER_ROSPEC_MAX)
    throw new Refusal('P_OverflowParameter', `more than ${SPECS_PER_ROSPEC_MAX} AISpecs`, ['ROSpec']);
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
    if (owner !== undefined && (vendor === 'none' || owner !== MANUFACTURER[vendor])) {
      throw new Refusal('P_UnsupportedParameter', `${one.parameter} is not supported, or not enabled`, here);
    }
    checkVendors(one, here, vendor);
  }
}
