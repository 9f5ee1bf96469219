import { type BitVector, child, children, numberOf, type Parameter, textOf } from '../message.ts';
import type { Model } from './capabilities.ts';
import { Refusal } from './refusal.ts';
import { selected } from './select.ts';
import { checkMemory, type MemoryScript, type Result, TagMemory } from './tag-memory.ts';
import type { TruthLog } from './truth.ts';

/** What an AccessSpec did to a tag. */
export interface Access {
  accessSpecId: number;
  results: Parameter[];
  /** Reported when the AccessSpec ends, not with the tag. */
  atEnd: boolean;
}

/** A tag as the reader hears it: the EPC before any operation. */
export interface Heard {
  epc: string;
  access?: Access;
}

interface Held {
  spec: Parameter;
  active: boolean;
  done: number;
  waiting: Parameter[];
}

const TARGETS_MAX = 2;
/** Tags whose memory is kept; further ones are read but not accessed. */
const MEMORIES_MAX = 100_000;
/** Results that wait for the end of an AccessSpec; beyond it they go out early. */
const WAITING_MAX = 10_000;

const outcome = (result: Result): { Result: string } => ({ Result: result });

/** Each operation on a tag's memory: the result's fields beside the OpSpecID. */
const OPERATIONS: Record<string, (memory: TagMemory, op: Parameter) => Record<string, string | number | number[]>> = {
  C1G2Read: (memory, op) => {
    const { result, words } = memory.read(...placeOf(op), numberOf(op, 'WordCount'), passwordOf(op));
    return { ...outcome(result), ReadData: words };
  },
  C1G2Write: (memory, op) => {
    const { result, written } = memory.write(...placeOf(op), op['WriteData'] as number[], passwordOf(op));
    return { ...outcome(result), NumWordsWritten: written };
  },
  C1G2BlockWrite: (memory, op) => {
    const { result, written } = memory.writeBlock(...placeOf(op), op['WriteData'] as number[], passwordOf(op));
    return { ...outcome(result), NumWordsWritten: written };
  },
  C1G2BlockErase: (memory, op) => {
    const zeros = Array.from({ length: numberOf(op, 'WordCount') }, () => 0);
    return outcome(memory.writeBlock(...placeOf(op), zeros, passwordOf(op)).result);
  },
  C1G2Lock: (memory, op) => {
    let result: Result = 'Success';
    for (const one of children(op, 'C1G2LockPayload')) {
      if (result === 'Success')
        result = memory.lock(textOf(one, 'DataField'), textOf(one, 'Privilege'), passwordOf(op));
    }
    return outcome(result);
  },
  C1G2Kill: (memory, op) => outcome(memory.kill(numberOf(op, 'KillPassword'))),
};

const placeOf = (op: Parameter): [bank: number, pointer: number] => [numberOf(op, 'MB'), numberOf(op, 'WordPointer')];
const passwordOf = (op: Parameter): number => numberOf(op, 'AccessPassword');
const opSpecsOf = (spec: Parameter): Parameter[] =>
  (child(spec, 'AccessCommand')?.parameters ?? []).filter((one) => one.parameter !== 'C1G2TagSpec');
const targetsOf = (spec: Parameter): Parameter[] =>
  children(child(child(spec, 'AccessCommand'), 'C1G2TagSpec'), 'C1G2TargetTag');

/** Results that LLRP 1.0.1 has no names for. */
const SINCE_1_1: Record<string, readonly string[]> = {
  C1G2ReadOpSpecResult: ['Tag_Memory_Overrun_Error', 'Tag_Memory_Locked_Error'],
  C1G2LockOpSpecResult: ['Tag_Memory_Overrun_Error', 'Tag_Memory_Locked_Error'],
};

/** A tag's report in the words of a version: what 1.0.1 cannot name is a nonspecific error of the tag. */
export function inVersion(tag: Parameter, version: number): Parameter {
  if (version >= 2 || !tag.parameters?.some((one) => one.parameter.endsWith('OpSpecResult'))) return tag;
  const parameters = tag.parameters.map((one) => {
    const result = textOf(one, 'Result');
    const unknown = result === 'Incorrect_Password_Error' || SINCE_1_1[one.parameter]?.includes(result) === true;
    return unknown ? { ...one, Result: 'Nonspecific_Tag_Error' } : one;
  });
  return { ...tag, parameters };
}

/** Throws the Refusal, with its path, of an AccessSpec that this reader cannot run. */
function checkAccessSpec(spec: Parameter, antennas: number, model: Model): void {
  const path = ['AccessSpec'];
  const antenna = numberOf(spec, 'AntennaID');
  if (numberOf(spec, 'AccessSpecID') === 0) throw new Refusal('A_Invalid', 'AccessSpecID 0 means all', path, 0);
  if (antenna > antennas) throw new Refusal('A_OutOfRange', `there is no antenna ${antenna}`, path, 1);
  if (spec['ProtocolID'] !== 'EPCGlobalClass1Gen2') throw new Refusal('A_OutOfRange', 'Gen2 only', path, 2);
  if (spec['CurrentState'] !== 'Disabled') throw new Refusal('A_OutOfRange', 'must be Disabled', path, 3);
  const command = [...path, 'AccessCommand'];
  const targets = targetsOf(spec).length;
  if (targets > TARGETS_MAX)
    throw new Refusal('P_OverflowParameter', `more than ${TARGETS_MAX} patterns`, [...command, 'C1G2TagSpec']);
  const ops = opSpecsOf(spec);
  if (ops.length > model.opSpecsPerAccessSpec)
    throw new Refusal('P_OverflowParameter', `more than ${model.opSpecsPerAccessSpec} OpSpecs`, command);
  const unable = ops.find(
    ({ parameter }) => !Object.hasOwn(OPERATIONS, parameter) || (parameter === 'C1G2BlockErase' && !model.blockErase),
  );
  if (unable)
    throw new Refusal('P_UnsupportedParameter', `${unable.parameter} is not supported`, [...command, unable.parameter]);
  const ids = ops.map((op) => numberOf(op, 'OpSpecID'));
  const twice = ops.find((_, i) => ids.indexOf(ids[i] ?? 0) !== i);
  if (twice) throw new Refusal('A_Invalid', 'an OpSpecID comes twice', [...command, twice.parameter], 0);
}

/** The AccessSpecs of a reader (LLRP 1.0.1 section 12) and the memories of the tags that they have met. */
export class AccessSpecs {
  readonly #model: Model;
  readonly #antennas: number;
  readonly #script: MemoryScript;
  readonly #truth: TruthLog;
  readonly #report: (tags: Parameter[]) => void;
  readonly #held = new Map<number, Held>();
  readonly #memories = new Map<string, TagMemory>();

  constructor(parts: {
    model: Model;
    antennas: number;
    memory: MemoryScript;
    truth: TruthLog;
    report: (tags: Parameter[]) => void;
  }) {
    checkMemory(parts.memory);
    this.#model = parts.model;
    this.#antennas = parts.antennas;
    this.#script = parts.memory;
    this.#truth = parts.truth;
    this.#report = parts.report;
  }

  add(spec: Parameter): void {
    checkAccessSpec(spec, this.#antennas, this.#model);
    const id = numberOf(spec, 'AccessSpecID');
    if (this.#held.has(id)) throw new Refusal('A_Invalid', `AccessSpecID ${id} is in use`, ['AccessSpec'], 0);
    if (this.#held.size >= this.#model.accessSpecs)
      throw new Refusal('P_OverflowParameter', `more than ${this.#model.accessSpecs} AccessSpecs`, ['AccessSpec']);
    this.#held.set(id, { spec, active: false, done: 0, waiting: [] });
  }

  enable(id: number): void {
    for (const held of this.#meant(id)) held.active = true;
  }

  disable(id: number): void {
    for (const held of this.#meant(id)) this.#end(held);
  }

  delete(id: number): void {
    for (const held of this.#meant(id)) {
      this.#end(held);
      this.#held.delete(numberOf(held.spec, 'AccessSpecID'));
    }
  }

  list(): Parameter[] {
    return [...this.#held.values()].map(({ spec, active }) => ({
      ...spec,
      CurrentState: active ? 'Active' : 'Disabled',
    }));
  }

  /**
   * What the reader hears of a tag on an antenna, after the first AccessSpec that is about it has done its operations;
   * undefined of a killed tag. `report` is the reader's default AccessReportSpec.
   */
  hear(tag: { epc: string; antenna: number; at: number }, rospecId: number, report: Parameter): Heard | undefined {
    const memory = this.#memories.get(tag.epc);
    if (memory?.killed) return undefined;
    const epc = memory?.epc ?? tag.epc;
    for (const held of this.#held.values()) {
      if (!held.active || !this.#wanted(held.spec, tag, rospecId)) continue;
      const known = memory ?? this.#remember(tag.epc);
      if (!known) break;
      if (targetsOf(held.spec).every((target) => fits(known, target))) {
        return { epc, access: this.#operate(held, known, { epc, at: tag.at, antenna: tag.antenna }, report) };
      }
    }
    return { epc };
  }

  /** Whether the tag, as its memory is now, takes part in an inventory with these C1G2Filters. */
  selected(epc: string, filters: readonly Parameter[]): boolean {
    return selected(this.#memories.get(epc) ?? new TagMemory(epc, this.#script), filters);
  }

  /** A tag's report that goes out when the AccessSpec ends; at once where it has ended already. */
  keep(accessSpecId: number, tag: Parameter): void {
    const held = this.#held.get(accessSpecId);
    if (!held?.active) return this.#report([tag]);
    held.waiting.push(tag);
    if (held.waiting.length >= WAITING_MAX) this.#report(held.waiting.splice(0));
  }

  /** AccessSpecID 0 means all of them, there may be none. */
  #meant(id: number): Held[] {
    if (id === 0) return [...this.#held.values()];
    const held = this.#held.get(id);
    if (!held) throw new Refusal('A_Invalid', `there is no AccessSpec ${id}`, [], 0);
    return [held];
  }

  #end(held: Held): void {
    held.active = false;
    if (held.waiting.length > 0) this.#report(held.waiting.splice(0));
  }

  #wanted(spec: Parameter, { antenna }: { antenna: number }, rospecId: number): boolean {
    return [0, antenna].includes(numberOf(spec, 'AntennaID')) && [0, rospecId].includes(numberOf(spec, 'ROSpecID'));
  }

  #remember(epc: string): TagMemory | undefined {
    if (this.#memories.size >= MEMORIES_MAX) return undefined;
    const memory = new TagMemory(epc, this.#script);
    this.#memories.set(epc, memory);
    return memory;
  }

  /** The operations in order, up to the first that fails. */
  #operate(
    held: Held,
    memory: TagMemory,
    tag: { epc: string; at: number; antenna: number },
    report: Parameter,
  ): Access {
    const { spec } = held;
    const results: Parameter[] = [];
    for (const op of opSpecsOf(spec)) {
      const fields = OPERATIONS[op.parameter]?.(memory, op) ?? {};
      results.push({ parameter: `${op.parameter}OpSpecResult`, OpSpecID: numberOf(op, 'OpSpecID'), ...fields });
      if (fields['Result'] !== 'Success') break;
    }
    const accessSpecId = numberOf(spec, 'AccessSpecID');
    const told = results.map((one) => ({ operation: one.parameter, result: one['Result'] }));
    this.#truth.add('access', tag.at / 1000, { epc: tag.epc, antenna: tag.antenna, accessSpecId, results: told });
    const atEnd = (child(spec, 'AccessReportSpec') ?? report)['AccessReportTrigger'] === 'End_Of_AccessSpec';
    this.#count(held);
    return { accessSpecId, results, atEnd };
  }

  /** An AccessSpec is deleted once it has been executed as often as its stop trigger says. */
  #count(held: Held): void {
    held.done++;
    const stop = child(held.spec, 'AccessSpecStopTrigger');
    const count = numberOf(stop, 'OperationCountValue');
    if (stop?.['AccessSpecStopTrigger'] !== 'Operation_Count' || count === 0 || held.done < count) return;
    this.#end(held);
    this.#held.delete(numberOf(held.spec, 'AccessSpecID'));
  }
}

function fits(memory: TagMemory, target: Parameter): boolean {
  const [mask, data] = [target['TagMask'] as BitVector, target['TagData'] as BitVector];
  const same = memory.matches(numberOf(target, 'MB'), numberOf(target, 'Pointer'), mask, data);
  return same === (target['Match'] === true);
}
