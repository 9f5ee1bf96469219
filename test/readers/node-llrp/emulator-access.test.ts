import {
  child,
  children,
  inventoryROSpec,
  type Message,
  numberOf,
  operate,
  EVERY_TAG,
  type Parameter,
  type Scenario,
  startEmulator,
  type Vendor,
} from 'node-llrp';
import { afterEach, describe, expect, test } from 'vitest';
import { TagMemory } from '../../../readers/node-llrp/src/emulator/tag-memory.ts';
import { client, closeAll, refusalOf, run, start, until } from './emulator-rig.ts';

afterEach(closeAll);

const EPC = '3034257bf7194e4000001a85';
const OTHER = '3034257bf7194e4000001a86';
const [RESERVED, EPC_BANK, TID, USER] = [0, 1, 2, 3];
const NO_BITS = { bits: 0, hex: '' };

const read = (MB: number, WordPointer: number, WordCount: number, AccessPassword = 0): Parameter => ({
  parameter: 'C1G2Read',
  OpSpecID: 0,
  AccessPassword,
  MB,
  WordPointer,
  WordCount,
});
const write = (
  MB: number,
  WordPointer: number,
  WriteData: number[],
  AccessPassword = 0,
  parameter = 'C1G2Write',
): Parameter => ({
  parameter,
  OpSpecID: 0,
  AccessPassword,
  MB,
  WordPointer,
  WriteData,
});
const lock = (DataField: string, Privilege: string, AccessPassword: number): Parameter => ({
  parameter: 'C1G2Lock',
  OpSpecID: 0,
  AccessPassword,
  parameters: [{ parameter: 'C1G2LockPayload', Privilege, DataField }],
});
const kill = (KillPassword: number): Parameter => ({ parameter: 'C1G2Kill', OpSpecID: 0, KillPassword });

/** Tags whose EPC begins with this, or every tag. */
const pattern = (hex = '', Match = true): Parameter => ({
  parameter: 'C1G2TargetTag',
  MB: EPC_BANK,
  Match,
  Pointer: 32,
  TagMask: hex === '' ? NO_BITS : { bits: hex.length * 4, hex: 'f'.repeat(hex.length) },
  TagData: hex === '' ? NO_BITS : { bits: hex.length * 4, hex },
});

interface Wanted {
  id?: number;
  targets?: Parameter[];
  count?: number;
  atEnd?: boolean;
  antenna?: number;
  rospec?: number;
}

/** An AccessSpec with the operations numbered from 1. */
const accessSpec = (
  operations: Parameter[],
  { id = 7, targets = [pattern()], count = 0, atEnd, antenna = 0, rospec = 0 }: Wanted = {},
): Parameter => ({
  parameter: 'AccessSpec',
  AccessSpecID: id,
  AntennaID: antenna,
  ProtocolID: 'EPCGlobalClass1Gen2',
  CurrentState: 'Disabled',
  ROSpecID: rospec,
  parameters: [
    {
      parameter: 'AccessSpecStopTrigger',
      AccessSpecStopTrigger: count > 0 ? 'Operation_Count' : 'Null',
      OperationCountValue: count,
    },
    {
      parameter: 'AccessCommand',
      parameters: [
        { parameter: 'C1G2TagSpec', parameters: targets },
        ...operations.map((one, i) => ({ ...one, OpSpecID: i + 1 })),
      ],
    },
    ...(atEnd === true ? [{ parameter: 'AccessReportSpec', AccessReportTrigger: 'End_Of_AccessSpec' }] : []),
  ],
});

async function bench(scenario: Scenario = {}, options: { vendor?: Vendor; version?: '1.0.1' } = {}) {
  const emulator = await start({
    scenario: { standing: [{ tags: [EPC], readsPerSecond: 100 }], ...scenario },
    vendor: options.vendor ?? 'none',
  });
  const one = await client(emulator, options.version ?? 'auto');
  const request = (message: string, AccessSpecID: number) => one.reader.request({ message, AccessSpecID });
  const add = (spec: Parameter): Promise<Message> =>
    one.reader.request({ message: 'ADD_ACCESSSPEC', parameters: [spec] });
  const states = async () =>
    children(await one.reader.request({ message: 'GET_ACCESSSPECS' }), 'AccessSpec').map(
      (spec) => spec['CurrentState'],
    );
  await run(one.reader, inventoryROSpec({ id: 1, content: ['AntennaID', 'AccessSpecID'], immediate: true }));
  const results = () =>
    one
      .tags()
      .flatMap((tag) => (tag.parameters ?? []).filter((parameter) => parameter.parameter.endsWith('OpSpecResult')));
  /** Runs operations once and gives their results. */
  const once = async (...operations: Parameter[]): Promise<Parameter[]> => {
    one.came.length = 0;
    await add(accessSpec(operations, { count: 1 }));
    await request('ENABLE_ACCESSSPEC', 7);
    await until(() => results().length > 0);
    return results();
  };
  return { emulator, ...one, request, add, states, results, once };
}

describe('life of an AccessSpec', () => {
  test('added disabled, active, deleted when it has done its count; unknown ids are refused', async () => {
    const { add, request, states, results, emulator } = await bench();
    expect((await refusalOf(request('ENABLE_ACCESSSPEC', 7))).path).toBe('field 0');
    await request('DELETE_ACCESSSPEC', 0);
    await add(accessSpec([read(TID, 0, 2)], { count: 3 }));
    expect((await refusalOf(add(accessSpec([read(TID, 0, 2)])))).message).toContain('AccessSpecID 7 is in use');
    expect(await states()).toEqual(['Disabled']);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(results()).toEqual([]);
    await request('ENABLE_ACCESSSPEC', 7);
    await until(() => results().length === 3);
    expect(await states()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(results()).toHaveLength(3);
    expect([...emulator.truth().lines()].filter((line) => line.truth === 'access')).toHaveLength(3);
  });

  test('disabled it rests; several live beside each other, the first that fits a tag is done', async () => {
    const { add, request, states, results } = await bench();
    await add(accessSpec([read(TID, 0, 1)], { id: 1, targets: [pattern(EPC, false)] }));
    await add(accessSpec([read(TID, 0, 2)], { id: 2, targets: [pattern('3034'), pattern(EPC)] }));
    await add(accessSpec([read(TID, 0, 3)], { id: 3 }));
    await request('ENABLE_ACCESSSPEC', 0);
    await until(() => results().length > 3);
    expect(new Set(results().map((one) => (one['ReadData'] as number[]).length))).toEqual(new Set([2]));
    await request('DISABLE_ACCESSSPEC', 2);
    expect(await states()).toEqual(['Active', 'Disabled', 'Active']);
    const before = results().length;
    await until(() => results().length > before + 3);
    expect(results().at(-1)?.['ReadData']).toHaveLength(3);
    await request('DELETE_ACCESSSPEC', 0);
    expect(await states()).toEqual([]);
  });

  test('its antenna and its ROSpec are obeyed', async () => {
    const { add, request, results, tags } = await bench({
      standing: [{ tags: [EPC], antennas: [1, 2], readsPerSecond: 200 }],
    });
    await add(accessSpec([read(TID, 0, 1)], { id: 1, rospec: 5 }));
    await add(accessSpec([read(TID, 0, 2)], { id: 2, antenna: 2 }));
    await request('ENABLE_ACCESSSPEC', 0);
    await until(() => results().length > 5);
    expect(new Set(results().map((one) => (one['ReadData'] as number[]).length))).toEqual(new Set([2]));
    const accessed = tags().filter((tag) => child(tag, 'C1G2ReadOpSpecResult'));
    expect(new Set(accessed.map((tag) => child(tag, 'AntennaID')?.['AntennaID']))).toEqual(new Set([2]));
    expect(new Set(accessed.map((tag) => child(tag, 'AccessSpecID')?.['AccessSpecID']))).toEqual(new Set([2]));
  });

  test('results may wait for the end of the AccessSpec', async () => {
    const { emulator, add, request, results } = await bench();
    await add(accessSpec([read(TID, 0, 2)], { atEnd: true }));
    await request('ENABLE_ACCESSSPEC', 7);
    const done = () => [...emulator.truth().lines()].filter((line) => line.truth === 'access').length;
    await until(() => done() > 5);
    expect(results()).toEqual([]);
    await request('DISABLE_ACCESSSPEC', 7);
    await until(() => results().length > 5);
    expect(results()).toHaveLength(done());
  });

  test.each([
    [accessSpec([read(TID, 0, 1)], { id: 0 }), 'AccessSpec / field 0: A_Invalid'],
    [accessSpec([read(TID, 0, 1)], { antenna: 9 }), 'AccessSpec / field 1: A_OutOfRange'],
    [accessSpec(Array.from({ length: 9 }, () => read(TID, 0, 1))), 'AccessSpec / AccessCommand: P_OverflowParameter'],
    [
      accessSpec([{ parameter: 'ClientRequestOpSpec' }]),
      'AccessSpec / AccessCommand / ClientRequestOpSpec: P_UnsupportedParameter',
    ],
  ])('one that cannot be is refused with the place', async (spec, place) => {
    const { add } = await bench();
    expect((await refusalOf(add(spec))).message).toContain(place);
  });

  test('a model that cannot erase blocks says so and refuses it', async () => {
    const { add } = await bench({}, { vendor: 'impinj' });
    const erase: Parameter = { ...read(USER, 0, 1), parameter: 'C1G2BlockErase' };
    expect((await refusalOf(add(accessSpec([erase])))).message).toContain('C1G2BlockErase: P_UnsupportedParameter');
  });
});

describe('operations', () => {
  test('TID and user memory are read, words written are there', async () => {
    const { once } = await bench({ memory: { user: 'c0ffee00', userWords: 8 } });
    const done = await once(read(TID, 0, 6), read(USER, 0, 0), write(USER, 2, [0xbeef]), read(USER, 1, 2));
    expect(done.map((one) => [one.parameter, one['OpSpecID'], one['Result']])).toEqual([
      ['C1G2ReadOpSpecResult', 1, 'Success'],
      ['C1G2ReadOpSpecResult', 2, 'Success'],
      ['C1G2WriteOpSpecResult', 3, 'Success'],
      ['C1G2ReadOpSpecResult', 4, 'Success'],
    ]);
    expect(done[0]?.['ReadData']).toEqual([0xe280, 0x1160, 0xf719, 0x4e40, 0x0000, 0x1a85]);
    expect(done[1]?.['ReadData']).toEqual([0xc0ff, 0xee00, 0, 0, 0, 0, 0, 0]);
    expect(done[3]?.['ReadData']).toEqual([0xee00, 0xbeef]);
  });

  test('the first failure ends the list', async () => {
    const { once } = await bench();
    const done = await once(write(USER, 31, [1, 2]), read(USER, 0, 1));
    expect(done.map((one) => [one['Result'], numberOf(one, 'NumWordsWritten')])).toEqual([
      ['Tag_Memory_Overrun_Error', 1],
    ]);
  });

  test('a written EPC is reported from the next read on', async () => {
    const { once, tags } = await bench();
    await once(write(EPC_BANK, 7, [0x1a86]));
    const accessed = tags().find((tag) => child(tag, 'C1G2WriteOpSpecResult'));
    expect(child(accessed, 'EPC_96')?.['EPC']).toBe(EPC);
    await until(() => child(tags().at(-1), 'EPC_96')?.['EPC'] === OTHER);
  });

  test('a killed tag is silent for ever', async () => {
    const { once, tags, came } = await bench({ memory: { killPassword: '00000001' } });
    expect((await once(kill(2)))[0]?.['Result']).toBe('Incorrect_Password_Error');
    expect((await once(kill(1)))[0]?.['Result']).toBe('Success');
    await new Promise((resolve) => setTimeout(resolve, 60));
    came.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(tags()).toEqual([]);
  });

  test('to a client of 1.0.1 a result without a name there is a nonspecific one', async () => {
    const { once } = await bench({}, { version: '1.0.1' });
    expect((await once(read(USER, 99, 1)))[0]?.['Result']).toBe('Nonspecific_Tag_Error');
  });

  test('serves the client’s own operations', async () => {
    const { reader, emulator } = await bench();
    emulator.put([OTHER], { readsPerSecond: 100 });
    const found = await operate(reader, {
      target: EVERY_TAG,
      operations: [{ op: 'read', bank: 'tid', word: 0, words: 6 }],
      tags: 2,
      rospec: 1,
    });
    expect(new Set(found.map(({ epc }) => epc))).toEqual(new Set([EPC, OTHER]));
  });

  test.each([
    [{ userWords: -1 }, 'userWords is -1'],
    [{ user: 'abc' }, 'user holds whole words'],
    [{ accessPassword: '12' }, 'a password has eight digits'],
  ])('a memory that cannot be is refused: %j', async (memory, words) => {
    await expect(startEmulator({ scenario: { memory } })).rejects.toThrow(words);
  });
});

describe('a tag’s memory', () => {
  const PASSWORD = 0x12345678;
  const tag = () => new TagMemory(EPC, { userWords: 4, accessPassword: '12345678', killPassword: '0000abcd' });

  test('passwords: open without, secured with the right one, nothing with a wrong one', () => {
    const memory = tag();
    expect(memory.read(USER, 0, 1, 0).result).toBe('Success');
    expect(memory.read(USER, 0, 1, 5).result).toBe('Incorrect_Password_Error');
    expect(memory.lock('User_Memory', 'Read_Write', 0)).toBe('Tag_Memory_Locked_Error');
    expect(memory.lock('User_Memory', 'Read_Write', PASSWORD)).toBe('Success');
    expect(memory.write(USER, 0, [1], 0)).toEqual({ result: 'Tag_Memory_Locked_Error', written: 0 });
    expect(memory.write(USER, 0, [1], PASSWORD)).toEqual({ result: 'Success', written: 1 });
    expect(memory.read(USER, 0, 1, 0).words).toEqual([1]);
  });

  test('for ever is for ever, either way', () => {
    const memory = tag();
    expect(memory.lock('User_Memory', 'Perma_Lock', PASSWORD)).toBe('Success');
    expect(memory.write(USER, 0, [1], PASSWORD).result).toBe('Tag_Memory_Locked_Error');
    expect(memory.lock('User_Memory', 'Unlock', PASSWORD)).toBe('Tag_Memory_Locked_Error');
    expect(memory.lock('EPC_Memory', 'Perma_Unlock', PASSWORD)).toBe('Success');
    expect(memory.lock('EPC_Memory', 'Perma_Lock', PASSWORD)).toBe('Tag_Memory_Locked_Error');
  });

  test('locked passwords cannot be read, the TID and the CRC cannot be written', () => {
    const memory = tag();
    expect(memory.read(RESERVED, 0, 4, 0).words).toEqual([0, 0xabcd, 0x1234, 0x5678]);
    expect(memory.lock('Access_Password', 'Read_Write', PASSWORD)).toBe('Success');
    expect(memory.read(RESERVED, 0, 4, 0).result).toBe('Tag_Memory_Locked_Error');
    expect(memory.read(RESERVED, 0, 2, 0).result).toBe('Success');
    expect(memory.read(RESERVED, 2, 2, PASSWORD).words).toEqual([0x1234, 0x5678]);
    expect(memory.write(TID, 0, [1], PASSWORD).result).toBe('Tag_Memory_Locked_Error');
    expect(memory.write(EPC_BANK, 0, [1], PASSWORD).result).toBe('Tag_Memory_Locked_Error');
  });

  test('blocks are written whole or not at all; the EPC is as long as its PC says, its CRC follows', () => {
    const memory = tag();
    const crc = memory.read(EPC_BANK, 0, 1, 0).words;
    expect(memory.writeBlock(USER, 3, [1, 2], 0)).toEqual({ result: 'Tag_Memory_Overrun_Error', written: 0 });
    expect(memory.read(USER, 3, 1, 0).words).toEqual([0]);
    expect(memory.writeBlock(USER, 2, [1, 2], 0)).toEqual({ result: 'Success', written: 2 });
    expect(memory.write(EPC_BANK, 1, [4 << 11], 0).result).toBe('Success');
    expect(memory.epc).toBe(EPC.slice(0, 16));
    expect(memory.read(EPC_BANK, 0, 1, 0).words).not.toEqual(crc);
  });

  test('no kill without a password', () => {
    const memory = new TagMemory(EPC, {});
    expect(memory.kill(0)).toBe('Zero_Kill_Password_Error');
    expect(tag().kill(1)).toBe('Incorrect_Password_Error');
    expect(memory.killed).toBe(false);
  });

  test('a lock through an AccessSpec holds', async () => {
    const { once } = await bench({ memory: { accessPassword: '12345678' } });
    const done = await once(
      lock('User_Memory', 'Read_Write', PASSWORD),
      write(USER, 0, [1], PASSWORD, 'C1G2BlockWrite'),
      write(USER, 0, [2]),
    );
    expect(done.map((one) => one['Result'])).toEqual(['Success', 'Success', 'Tag_Memory_Locked_Error']);
  });
});
