import { LlrpError } from './error.ts';
import type { BitVector, Parameter } from './message.ts';

/** Memory banks of a Gen2 tag by their number. */
const BANKS = ['reserved', 'epc', 'tid', 'user'] as const;
export type Bank = (typeof BANKS)[number];

/** What a lock is about, and what it does to it (LLRP 1.0.1 section 15.2.1.2.5.1). */
export type LockField = 'Kill_Password' | 'Access_Password' | 'EPC_Memory' | 'TID_Memory' | 'User_Memory';
export type LockPrivilege = 'Read_Write' | 'Perma_Lock' | 'Perma_Unlock' | 'Unlock';

interface Area {
  bank: Bank;
  word: number;
  words: number;
  password?: number;
}
interface Content {
  bank: Bank;
  word: number;
  data: readonly number[];
  password?: number;
}

/**
 * One operation on a tag. `word` and `words` count 16-bit words, `data` holds such words, `block` counts the tag's
 * own blocks; `password` is the tag's access password (32 bits, 0 where there is none), a kill's its kill password.
 */
export type Operation =
  | ({ op: 'read' } & Area)
  | ({ op: 'write' } & Content)
  | ({ op: 'blockWrite' } & Content)
  | ({ op: 'blockErase' } & Area)
  | { op: 'lock'; locks: readonly { field: LockField; privilege: LockPrivilege }[]; password?: number }
  | { op: 'kill'; password: number }
  | { op: 'blockPermalock'; bank: Bank; block: number; mask: readonly number[]; password?: number }
  | { op: 'permalockStatus'; bank: Bank; block: number; blocks: number; password?: number };

/** Operations that leave the tag as it was. */
const HARMLESS: readonly Operation['op'][] = ['read', 'permalockStatus'];
export const changesTag = ({ op }: Operation): boolean => !HARMLESS.includes(op);

/** Whose parameters say it, where the standard has none before 1.1. */
export type Dialect = 'standard' | 'impinj' | 'zebra';

type Common = { OpSpecID: number; AccessPassword: number };
type OpOf<Name extends Operation['op']> = Extract<Operation, { op: Name }>;
const bank = (name: Bank): { MB: number } => ({ MB: BANKS.indexOf(name) });

function write(parameter: string): (op: Content, common: Common) => Parameter {
  return (op, common) => ({
    parameter,
    ...common,
    ...bank(op.bank),
    WordPointer: op.word,
    WriteData: [...op.data],
  });
}

function area(parameter: string): (op: Area, common: Common) => Parameter {
  return (op, common) => ({ parameter, ...common, ...bank(op.bank), WordPointer: op.word, WordCount: op.words });
}

const PERMALOCK: Record<Dialect, string> = {
  standard: 'C1G2BlockPermalock',
  impinj: 'ImpinjBlockPermalock',
  zebra: 'MotoC1G2BlockPermalock',
};
const PERMALOCK_STATUS: Record<Dialect, string> = {
  standard: 'C1G2GetBlockPermalockStatus',
  impinj: 'ImpinjGetBlockPermalockStatus',
  zebra: 'MotoC1G2BlockPermalock',
};

/** How each operation is said: the parameters of LLRP 1.0.1 section 15.2.1.2, of 1.1, or a vendor's. */
const SAID: { [Name in Operation['op']]: (op: OpOf<Name>, common: Common, dialect: Dialect) => Parameter } = {
  read: area('C1G2Read'),
  write: write('C1G2Write'),
  blockWrite: write('C1G2BlockWrite'),
  blockErase: area('C1G2BlockErase'),
  lock: (op, common) => ({
    parameter: 'C1G2Lock',
    ...common,
    parameters: op.locks.map(({ field, privilege }) => ({
      parameter: 'C1G2LockPayload',
      Privilege: privilege,
      DataField: field,
    })),
  }),
  kill: ({ password }, { OpSpecID }) => ({ parameter: 'C1G2Kill', OpSpecID, KillPassword: password }),
  blockPermalock: (op, common, dialect) => {
    const blocks = { BlockPointer: op.block };
    const parameter = PERMALOCK[dialect];
    return dialect === 'zebra'
      ? { parameter, ...common, ...bank(op.bank), ReadLock: true, ...blocks, ReadBlockRange: 0, Mask: [...op.mask] }
      : { parameter, ...common, ...bank(op.bank), ...blocks, BlockMask: [...op.mask] };
  },
  permalockStatus: (op, common, dialect) => {
    const parameter = PERMALOCK_STATUS[dialect];
    const where = { ...bank(op.bank), BlockPointer: op.block };
    return dialect === 'zebra'
      ? { parameter, ...common, ...where, ReadLock: false, ReadBlockRange: op.blocks, Mask: [] }
      : { parameter, ...common, ...where, BlockRange: op.blocks };
  },
};

/** Which tags an AccessSpec is about: those that have (or, `match: false`, have not) `data` where `mask` has ones. */
export interface TagPattern {
  bank: Bank;
  /** First bit in the bank. */
  bit: number;
  mask: BitVector;
  data: BitVector;
  match?: boolean;
}

const NO_BITS: BitVector = { bits: 0, hex: '' };
/** Every Gen2 tag in the field. */
export const EVERY_TAG: TagPattern = { bank: 'epc', bit: 32, mask: NO_BITS, data: NO_BITS };
/** The EPC begins behind the CRC and the PC word. */
const EPC_BIT = 32;

/** Tags whose EPC begins with these bytes, in hex. Throws LlrpError ENCODE for anything else. */
export function tagsWithEpc(hex: string): TagPattern {
  if (!/^([0-9a-f]{2})+$/i.test(hex)) throw new LlrpError('ENCODE', `"${hex}" is no EPC in hex`);
  const bits = hex.length * 4;
  return {
    bank: 'epc',
    bit: EPC_BIT,
    mask: { bits, hex: 'f'.repeat(hex.length) },
    data: { bits, hex: hex.toLowerCase() },
  };
}

export interface AccessSpecOptions {
  /** AccessSpecID, 1 or more. */
  id: number;
  /** One pattern or two, which both must fit. */
  target: TagPattern | readonly [TagPattern, TagPattern];
  /** Done in this order; the OpSpecIDs are 1, 2, … */
  operations: readonly Operation[];
  /** Must be true where an operation writes, erases, locks or kills. */
  changesTags?: boolean;
  /** Antenna number; 0 = any. */
  antenna?: number;
  /** The ROSpec during which it works; 0 = any. */
  rospec?: number;
  /** The reader drops the AccessSpec after so many tags; 0 = never. */
  stopAfter?: number;
  /** `end`: results come when the AccessSpec ends; else with the tags' reports. */
  report?: 'with tags' | 'end';
  dialect?: Dialect;
}

/** A kill or a change that was not asked for in so many words is refused before anything is sent. */
function checkOperations({ operations, changesTags }: AccessSpecOptions): void {
  if (operations.length === 0) throw new LlrpError('ENCODE', 'an AccessSpec without an operation');
  const change = operations.find(changesTag);
  if (change && changesTags !== true) {
    throw new LlrpError('CHANGES_TAGS', `${change.op} changes tags: it needs changesTags: true`);
  }
  for (const one of operations) {
    if (one.op === 'kill' && one.password === 0)
      throw new LlrpError('ENCODE', 'a tag whose kill password is 0 cannot be killed');
    if (one.op === 'lock' && one.locks.length === 0) throw new LlrpError('ENCODE', 'a lock that locks nothing');
    if ((one.op === 'write' || one.op === 'blockWrite') && one.data.length === 0)
      throw new LlrpError('ENCODE', `a ${one.op} of no words`);
  }
}

/**
 * An AccessSpec (LLRP 1.0.1 section 12.2.1), to be added and enabled.
 *
 * @throws LlrpError CHANGES_TAGS where it would change tags and `changesTags` is not true; ENCODE for an operation
 *   that cannot be meant
 */
export function accessSpec(options: AccessSpecOptions): Parameter {
  checkOperations(options);
  const { id, antenna = 0, rospec = 0, stopAfter = 0, operations, dialect = 'standard' } = options;
  const patterns: readonly TagPattern[] = 'bank' in options.target ? [options.target] : options.target;
  const targets = patterns.map((pattern) => ({
    parameter: 'C1G2TargetTag',
    ...bank(pattern.bank),
    Match: pattern.match ?? true,
    Pointer: pattern.bit,
    TagMask: pattern.mask,
    TagData: pattern.data,
  }));
  const said = operations.map((one, i) => {
    const common = { OpSpecID: i + 1, AccessPassword: one.password ?? 0 };
    return (SAID[one.op] as (op: Operation, common: Common, dialect: Dialect) => Parameter)(one, common, dialect);
  });
  return {
    parameter: 'AccessSpec',
    AccessSpecID: id,
    AntennaID: antenna,
    ProtocolID: 'EPCGlobalClass1Gen2',
    CurrentState: 'Disabled',
    ROSpecID: rospec,
    parameters: [
      {
        parameter: 'AccessSpecStopTrigger',
        AccessSpecStopTrigger: stopAfter > 0 ? 'Operation_Count' : 'Null',
        OperationCountValue: stopAfter,
      },
      { parameter: 'AccessCommand', parameters: [{ parameter: 'C1G2TagSpec', parameters: targets }, ...said] },
      {
        parameter: 'AccessReportSpec',
        AccessReportTrigger: options.report === 'end' ? 'End_Of_AccessSpec' : 'Whenever_ROReport_Is_Generated',
      },
    ],
  };
}
