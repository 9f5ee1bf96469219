import {
  accessSpec,
  type AccessSpecOptions,
  type Bank,
  changesTag,
  type LockField,
  type LockPrivilege,
  type TagPattern,
} from './accessspec.ts';
import type { LlrpClient } from './session.ts';
import { decode } from './decode.ts';
import { LlrpError } from './error.ts';
import { type BitVector, child, children, type Message, numberOf, type Parameter, textOf } from './message.ts';
import { inventoryROSpec } from './rospec.ts';

/** How long tags are waited for, unless the caller says otherwise. */
const WAIT_MS = 5_000;
/** TID words: class, designer, model and, with six of them, a serial number on most chips. */
const TID_WORDS = 6;
/** Specs that `operate` adds and takes away again have this id. */
const OWN_ID = 0x4c4c0001;

/** What became of one operation. */
export interface OperationResult {
  opSpecId: number;
  /** The result parameter's name, such as C1G2ReadOpSpecResult. */
  parameter: string;
  /** `Success`, or the fault by its name (or its number, where the list has none). */
  result: string;
  /** Words read, or the permalock state of blocks. */
  words?: number[];
  /** How many words a write has written, also when it failed on the way. */
  wordsWritten?: number;
}

/** The operations on one tag, as one TagReportData tells them. */
export interface TagAccess {
  /** The EPC's bytes in hex, as the tag had it before the operations. */
  epc: string;
  antenna?: number;
  accessSpecId?: number;
  /** By OpSpecID: 1 is the AccessSpec's first operation. */
  results: Map<number, OperationResult>;
}

/** Where the vendors' and the standard's results keep the words that they bring. */
const WORDS = ['ReadData', 'PermalockStatus', 'Status'];

function resultOf(one: Parameter): OperationResult {
  const words = WORDS.map((name) => one[name]).find(Array.isArray) as number[] | undefined;
  const written = one['NumWordsWritten'];
  const code = textOf(one, 'Result');
  return {
    opSpecId: numberOf(one, 'OpSpecID'),
    parameter: one.parameter,
    result: code === '0' ? 'Success' : code, // a vendor's result without names
    ...(words ? { words } : {}),
    ...(typeof written === 'number' ? { wordsWritten: written } : {}),
  };
}

/** The results of access operations in an RO_ACCESS_REPORT, a row per tag that has any (LLRP 1.0.1 section 14.2.3). */
export function accessesOf(report: Message): TagAccess[] {
  return children(report, 'TagReportData').flatMap((tag): TagAccess[] => {
    const results = (tag.parameters ?? []).filter((one) => one.parameter.endsWith('OpSpecResult')).map(resultOf);
    if (results.length === 0) return [];
    const epc = (child(tag, 'EPC_96') ?? child(tag, 'EPCData'))?.['EPC'];
    const [antenna, spec] = [child(tag, 'AntennaID'), child(tag, 'AccessSpecID')];
    return [
      {
        epc: typeof epc === 'string' ? epc : ((epc as BitVector | undefined)?.hex ?? ''),
        ...(antenna ? { antenna: numberOf(antenna, 'AntennaID') } : {}),
        ...(spec ? { accessSpecId: numberOf(spec, 'AccessSpecID') } : {}),
        results: new Map(results.map((one) => [one.opSpecId, one])),
      },
    ];
  });
}

/** Adds an AccessSpec, disabled. Its id must be free. */
export async function addAccessSpec(client: LlrpClient, spec: Parameter): Promise<void> {
  await client.request({ message: 'ADD_ACCESSSPEC', parameters: [spec] });
}

/** An AccessSpec's way through its life, by id; 0 = all. */
export async function enableAccessSpec(client: LlrpClient, AccessSpecID: number): Promise<void> {
  await client.request({ message: 'ENABLE_ACCESSSPEC', AccessSpecID });
}

export async function disableAccessSpec(client: LlrpClient, AccessSpecID: number): Promise<void> {
  await client.request({ message: 'DISABLE_ACCESSSPEC', AccessSpecID });
}

export async function deleteAccessSpec(client: LlrpClient, AccessSpecID: number): Promise<void> {
  await client.request({ message: 'DELETE_ACCESSSPEC', AccessSpecID });
}

/** The AccessSpecs on the reader, whoever added them. */
export async function accessSpecs(client: LlrpClient): Promise<Parameter[]> {
  return children(await client.request({ message: 'GET_ACCESSSPECS' }), 'AccessSpec');
}

export interface OperateOptions extends Omit<AccessSpecOptions, 'id' | 'report'> {
  /** Ends when so many tags have been operated on; without it at `waitMs`, or after one tag where tags are changed. */
  tags?: number;
  /** Longest wait for tags, in milliseconds. */
  waitMs?: number;
  signal?: AbortSignal;
}

/** Whether all of it worked. */
const succeeded = ({ results }: TagAccess): boolean => [...results.values()].every((one) => one.result === 'Success');

/**
 * Does operations on the tags in the field: adds an AccessSpec and, unless `rospec` names one that runs, an ROSpec of
 * its own, gathers the results, and takes both away again. A tag is told once: its first full success, else its last
 * failure. Nothing found within `waitMs` is an empty list.
 *
 * @throws LlrpError CHANGES_TAGS and ENCODE as `accessSpec`, LlrpStatusError when the reader refuses, CLOSED when the
 *   link is lost, and the signal's reason
 */
export async function operate(client: LlrpClient, options: OperateOptions): Promise<TagAccess[]> {
  const changes = options.operations.some(changesTag);
  const tags = options.tags ?? (changes ? 1 : Infinity);
  const stopAfter = options.stopAfter ?? (changes ? tags : 0); // nothing is written twice
  const spec = accessSpec({ ...options, id: OWN_ID, rospec: options.rospec ?? OWN_ID, stopAfter });
  options.signal?.throwIfAborted();
  const own = options.rospec === undefined;
  const found = new Map<string, TagAccess>();
  let turns = 0;
  let enough: () => void = () => {};
  const done = new Promise<void>((resolve) => (enough = resolve));
  const off = client.tap((_, frame) => {
    for (const one of foundIn(frame)) {
      if (one.accessSpecId !== undefined && one.accessSpecId !== OWN_ID) continue;
      turns++;
      const before = found.get(one.epc);
      if (!before || !succeeded(before)) found.set(one.epc, one);
    }
    const spent = stopAfter > 0 && turns >= stopAfter;
    if (spent || [...found.values()].filter(succeeded).length >= tags) enough();
  });
  try {
    await clearAway(client, own); // what a connection that broke has left behind
    await begin(client, spec, own, options.antenna ?? 0);
    await waited(client, done, options.waitMs ?? WAIT_MS, options.signal);
  } finally {
    await clearAway(client, own);
    off(); // now, since the end of the specs may bring the last report
  }
  return [...found.values()];
}

/** A report that cannot be decoded is the session's concern, not an operation's. */
function foundIn(frame: Uint8Array): TagAccess[] {
  try {
    return accessesOf(decode(frame));
  } catch (error) {
    if (error instanceof LlrpError) return [];
    throw error;
  }
}

async function begin(client: LlrpClient, spec: Parameter, own: boolean, antenna: number): Promise<void> {
  await addAccessSpec(client, spec);
  await enableAccessSpec(client, OWN_ID);
  if (!own) return;
  const rospec = inventoryROSpec({ id: OWN_ID, antennas: [antenna], content: ['AntennaID', 'AccessSpecID'] });
  await client.request({ message: 'ADD_ROSPEC', parameters: [rospec] });
  await client.request({ message: 'ENABLE_ROSPEC', ROSpecID: OWN_ID });
  await client.request({ message: 'START_ROSPEC', ROSpecID: OWN_ID });
}

/** Until `done`, `waitMs`, the loss of the link or the signal. */
async function waited(
  client: LlrpClient,
  done: Promise<void>,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let abort: () => void = () => {};
  const outcome = new Promise<void>((resolve, reject) => {
    timer = setTimeout(resolve, waitMs);
    abort = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort);
    void client.closed.then(({ message }) => reject(new LlrpError('CLOSED', message)));
  });
  try {
    await Promise.race([done, outcome]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** What was never added cannot be deleted: refusals are no news here. */
async function clearAway(client: LlrpClient, own: boolean): Promise<void> {
  if (own) await client.request({ message: 'DELETE_ROSPEC', ROSpecID: OWN_ID }).catch(() => undefined);
  await deleteAccessSpec(client, OWN_ID).catch(() => undefined);
}

type Wait = Pick<OperateOptions, 'antenna' | 'rospec' | 'tags' | 'waitMs' | 'signal' | 'dialect'>;
type Read = Wait & { target: TagPattern; password?: number };
/** A call that changes tags says so, and says which. */
type Change = Read & { changesTags: true };

const password = (options: { password?: number }): { password: number } => ({ password: options.password ?? 0 });

/** Reads words of a memory bank; they are in `results.get(1)?.words`. */
export function readMemory(
  client: LlrpClient,
  options: Read & { bank: Bank; word: number; words: number },
): Promise<TagAccess[]> {
  const { bank, word, words } = options;
  return operate(client, { ...options, operations: [{ op: 'read', bank, word, words, ...password(options) }] });
}

/** Reads the TID, `words` of it (default 6). */
export const readTid = (client: LlrpClient, options: Read & { words?: number }): Promise<TagAccess[]> =>
  readMemory(client, { ...options, bank: 'tid', word: 0, words: options.words ?? TID_WORDS });

/** Reads user memory from word `word` (default 0) on. */
export const readUserMemory = (
  client: LlrpClient,
  options: Read & { word?: number; words: number },
): Promise<TagAccess[]> => readMemory(client, { ...options, bank: 'user', word: options.word ?? 0 });

/** Writes words; `block` with BlockWrite, which is faster where reader and tag have it. Changes tags. */
export function writeMemory(
  client: LlrpClient,
  options: Change & { bank: Bank; word: number; data: readonly number[]; block?: boolean },
): Promise<TagAccess[]> {
  const { bank, word, data, block = false } = options;
  const op = block ? 'blockWrite' : 'write';
  return operate(client, { ...options, operations: [{ op, bank, word, data, ...password(options) }] });
}

/** Sets words to zero. Changes tags. */
export function eraseMemory(
  client: LlrpClient,
  options: Change & { bank: Bank; word: number; words: number },
): Promise<TagAccess[]> {
  const { bank, word, words } = options;
  return operate(client, { ...options, operations: [{ op: 'blockErase', bank, word, words, ...password(options) }] });
}

/** Locks or unlocks memory and passwords; the Perma_ privileges for ever. Changes tags. */
export function lockTag(
  client: LlrpClient,
  options: Change & { locks: readonly { field: LockField; privilege: LockPrivilege }[] },
): Promise<TagAccess[]> {
  return operate(client, { ...options, operations: [{ op: 'lock', locks: options.locks, ...password(options) }] });
}

/** Locks blocks of a bank for ever: a bit of `mask` a block, from block 16 × `block` on. Changes tags. */
export function permalockBlocks(
  client: LlrpClient,
  options: Change & { bank: Bank; block: number; mask: readonly number[] },
): Promise<TagAccess[]> {
  const { bank, block, mask } = options;
  return operate(client, {
    ...options,
    operations: [{ op: 'blockPermalock', bank, block, mask, ...password(options) }],
  });
}

/** Silences a tag for ever; `password` is its kill password. Changes tags. */
export function killTag(client: LlrpClient, options: Change & { password: number }): Promise<TagAccess[]> {
  return operate(client, { ...options, operations: [{ op: 'kill', password: options.password }] });
}
