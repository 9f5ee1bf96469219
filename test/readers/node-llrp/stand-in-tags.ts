import { type BitVector, child, children, encode, type Message, numberOf, type Parameter, textOf } from 'node-llrp';
import { answer, type Behaviour, error, SUCCESS } from './stand-in.ts';

/** A tag's memory: words by bank number (reserved, EPC with CRC and PC, TID, user). */
export interface Tag {
  banks: [number[], number[], number[], number[]];
  dead?: boolean;
  /** Banks whose writing is refused. */
  locked?: number[];
}

const wordsOf = (hex: string): number[] => (hex.match(/..../g) ?? []).map((word) => Number.parseInt(word, 16));
const hexOf = (words: readonly number[]): string => words.map((word) => word.toString(16).padStart(4, '0')).join('');

/** A tag with an EPC of 96 bits, a TID of six words, 8 words of user memory and a kill password. */
export const tagOf = (epc: string, tid: string): Tag => ({
  banks: [[0, 0x1234, 0, 0], [0xffff, 0x3000, ...wordsOf(epc)], wordsOf(tid), Array.from({ length: 8 }, () => 0)],
});

const epcOf = ({ banks: [, epc] }: Tag): string => hexOf(epc.slice(2));
const bitsOf = (hex: string): string =>
  hex.replaceAll(/./g, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0'));

function fits(tag: Tag, target: Parameter): boolean {
  const [mask, data] = [target['TagMask'] as BitVector, target['TagData'] as BitVector];
  const [ones, wanted] = [bitsOf(mask.hex), bitsOf(data.hex)];
  const memory = bitsOf(hexOf(tag.banks[numberOf(target, 'MB')] ?? [])).slice(numberOf(target, 'Pointer'));
  const same = Array.from({ length: mask.bits }, (_, i) => ones[i] === '0' || memory[i] === wanted[i]).every(Boolean);
  return same === (target['Match'] === true);
}

function write(tag: Tag, op: Parameter): Parameter {
  const [bank, at] = [numberOf(op, 'MB'), numberOf(op, 'WordPointer')];
  const words = op['WriteData'] as number[];
  const memory = tag.banks[bank] ?? [];
  const Result = tag.locked?.includes(bank)
    ? 'Tag_Memory_Locked_Error'
    : at + words.length > memory.length
      ? 'Tag_Memory_Overrun_Error'
      : 'Success';
  if (Result === 'Success') memory.splice(at, words.length, ...words);
  const NumWordsWritten = Result === 'Success' ? words.length : 0;
  return { parameter: `${op.parameter}OpSpecResult`, Result, OpSpecID: numberOf(op, 'OpSpecID'), NumWordsWritten };
}

const DONE: Record<string, (tag: Tag, op: Parameter) => Parameter> = {
  C1G2Read: (tag, op) => {
    const at = numberOf(op, 'WordPointer');
    const words = (tag.banks[numberOf(op, 'MB')] ?? []).slice(at, at + numberOf(op, 'WordCount'));
    const there = words.length === numberOf(op, 'WordCount');
    const Result = there ? 'Success' : 'Nonspecific_Tag_Error';
    return {
      parameter: 'C1G2ReadOpSpecResult',
      Result,
      OpSpecID: numberOf(op, 'OpSpecID'),
      ReadData: there ? words : [],
    };
  },
  C1G2Write: write,
  C1G2BlockWrite: write,
  C1G2BlockErase: (tag, op) => {
    const at = numberOf(op, 'WordPointer');
    tag.banks[numberOf(op, 'MB')]?.fill(0, at, at + numberOf(op, 'WordCount'));
    return { parameter: 'C1G2BlockEraseOpSpecResult', Result: 'Success', OpSpecID: numberOf(op, 'OpSpecID') };
  },
  C1G2Lock: (tag, op) => {
    const banks: Record<string, number> = { EPC_Memory: 1, TID_Memory: 2, User_Memory: 3 };
    tag.locked = children(op, 'C1G2LockPayload').map((one) => banks[textOf(one, 'DataField')] ?? 0);
    return { parameter: 'C1G2LockOpSpecResult', Result: 'Success', OpSpecID: numberOf(op, 'OpSpecID') };
  },
  C1G2Kill: (tag, op) => {
    tag.dead = numberOf(op, 'KillPassword') === tag.banks[0][1];
    const Result = tag.dead ? 'Success' : 'Nonspecific_Tag_Error';
    return { parameter: 'C1G2KillOpSpecResult', Result, OpSpecID: numberOf(op, 'OpSpecID') };
  },
};

function reportOf(tag: Tag, spec: Parameter): Parameter {
  const epc: Parameter = { parameter: 'EPC_96', EPC: epcOf(tag) };
  const ops = (child(spec, 'AccessCommand')?.parameters ?? []).filter((one) => one.parameter !== 'C1G2TagSpec');
  const results = ops.map((op) => (DONE[op.parameter] as (tag: Tag, op: Parameter) => Parameter)(tag, op));
  const id: Parameter = { parameter: 'AccessSpecID', AccessSpecID: numberOf(spec, 'AccessSpecID') };
  return {
    parameter: 'TagReportData',
    parameters: [epc, { parameter: 'AntennaID', AntennaID: 2 }, id, ...results],
  };
}

/**
 * A reader with tags before it: it keeps AccessSpecs by the table of their life, and when an ROSpec starts goes round
 * the tags twice.
 */
export function readerOfTags(tags: Tag[]): { behave: Behaviour; specs: Map<number, Parameter> } {
  const specs = new Map<number, Parameter>();
  const round = (version: number): Uint8Array[] =>
    [...specs.values()]
      .filter((spec) => spec['CurrentState'] === 'Active')
      .flatMap((spec) => {
        const targets = children(child(child(spec, 'AccessCommand'), 'C1G2TagSpec'), 'C1G2TargetTag');
        const stop = numberOf(child(spec, 'AccessSpecStopTrigger'), 'OperationCountValue') || Infinity;
        const reached = tags.filter((tag) => !tag.dead && targets.every((target) => fits(tag, target)));
        const parameters = reached.slice(0, stop).map((tag) => reportOf(tag, spec));
        if (reached.length >= stop) specs.delete(numberOf(spec, 'AccessSpecID'));
        return [encode({ message: 'RO_ACCESS_REPORT', version, id: 900, parameters })];
      });
  const act: Record<string, (message: Message, id: number) => string | undefined> = {
    ADD_ACCESSSPEC: (message) => {
      const spec = child(message, 'AccessSpec') as Parameter;
      const id = numberOf(spec, 'AccessSpecID');
      if (specs.has(id)) return 'A_Invalid';
      specs.set(id, spec);
      return undefined;
    },
    ENABLE_ACCESSSPEC: (_, id) => {
      const spec = specs.get(id);
      if (spec) spec['CurrentState'] = 'Active';
      return spec ? undefined : 'A_Invalid';
    },
    DISABLE_ACCESSSPEC: (_, id) => {
      const spec = specs.get(id);
      if (spec) spec['CurrentState'] = 'Disabled';
      return spec ? undefined : 'A_Invalid';
    },
    DELETE_ACCESSSPEC: (_, id) => (specs.delete(id) ? undefined : 'A_Invalid'),
  };
  const behave: Behaviour = (message, socket) => {
    if (message.message === 'GET_SUPPORTED_VERSION') return void socket.write(error(message, 'M_UnsupportedVersion'));
    const fault = act[message.message]?.(message, numberOf(message, 'AccessSpecID'));
    if (message.message === 'GET_ACCESSSPECS') {
      const parameters = [SUCCESS, ...specs.values()];
      socket.write(encode({ message: 'GET_ACCESSSPECS_RESPONSE', version: 1, id: message.id, parameters }));
    } else {
      socket.write(answer(message, fault));
    }
    if (message.message !== 'START_ROSPEC') return;
    for (const frame of [...round(1), ...round(1)]) socket.write(frame);
  };
  return { behave, specs };
}
