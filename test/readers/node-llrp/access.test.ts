import {
  accessSpec,
  accessSpecs,
  addAccessSpec,
  decode,
  deleteAccessSpec,
  disableAccessSpec,
  enableAccessSpec,
  encode,
  eraseMemory,
  EVERY_TAG,
  killTag,
  lockTag,
  operate,
  type Operation,
  permalockBlocks,
  readTid,
  readUserMemory,
  tagsWithEpc,
  writeMemory,
} from 'node-llrp';
import { describe, expect, test } from 'vitest';
import { answer, reader, to } from './stand-in.ts';
import { readerOfTags, tagOf } from './stand-in-tags.ts';

const ONE = '3034257bf7194e4000000001';
const TWO = '3034257bf7194e4000000002';
const TIDS = ['e2801160600002054c5a1a01', 'e2801160600002054c5a1a02'] as const;
const waitMs = 150;

async function field() {
  const tags = [tagOf(ONE, TIDS[0]), tagOf(TWO, TIDS[1])] as const;
  const { behave, specs } = readerOfTags([...tags]);
  const there = await reader(behave);
  return { tags, specs, there, client: await to(there.port) };
}

const hex = (words: number[] | undefined): string =>
  (words ?? []).map((word) => word.toString(16).padStart(4, '0')).join('');

const EACH: Operation[] = [
  { op: 'read', bank: 'tid', word: 0, words: 6 },
  { op: 'write', bank: 'user', word: 2, data: [1, 0xffff], password: 0xdeadbeef },
  { op: 'blockWrite', bank: 'epc', word: 2, data: [1] },
  { op: 'blockErase', bank: 'user', word: 0, words: 4 },
  { op: 'lock', locks: [{ field: 'User_Memory', privilege: 'Perma_Lock' }] },
  { op: 'kill', password: 7 },
  { op: 'blockPermalock', bank: 'user', block: 0, mask: [0x8000] },
  { op: 'permalockStatus', bank: 'user', block: 0, blocks: 1 },
];

describe('an AccessSpec', () => {
  test.each(['standard', 'impinj', 'zebra'] as const)(
    'says every operation in parameters of its own: %s',
    (dialect) => {
      const spec = accessSpec({ id: 5, target: tagsWithEpc(ONE), operations: EACH, changesTags: true, dialect });
      const message = { message: 'ADD_ACCESSSPEC', version: 2, id: 1, parameters: [spec] };
      const back = decode(encode(message));
      expect(back).toEqual(message);
      const command = back.parameters?.[0]?.parameters?.[1]?.parameters ?? [];
      expect(command.map((one) => one['OpSpecID'])).toEqual([undefined, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(command.some((one) => one.parameter === 'Custom')).toBe(false);
      expect(command[2]).toEqual({
        parameter: 'C1G2Write',
        OpSpecID: 2,
        AccessPassword: 0xdeadbeef,
        MB: 3,
        WordPointer: 2,
        WriteData: [1, 0xffff],
      });
    },
  );

  test.each(EACH.filter(({ op }) => op !== 'read' && op !== 'permalockStatus'))(
    '$op is refused without changesTags, before anything is sent',
    async (operation) => {
      const { there, client } = await field();
      const said = there.got.length;
      const call = operate(client, { target: EVERY_TAG, operations: [operation], waitMs });
      await expect(call).rejects.toMatchObject({
        code: 'CHANGES_TAGS',
        message: `${operation.op} changes tags: it needs changesTags: true`,
      });
      expect(there.got.length).toBe(said);
    },
  );

  test('what cannot be meant is refused', () => {
    const made = (operation: Operation) =>
      accessSpec({ id: 1, target: EVERY_TAG, operations: [operation], changesTags: true });
    expect(() => made({ op: 'kill', password: 0 })).toThrow('a tag whose kill password is 0 cannot be killed');
    expect(() => made({ op: 'write', bank: 'user', word: 0, data: [] })).toThrow('a write of no words');
    expect(() => made({ op: 'lock', locks: [] })).toThrow('a lock that locks nothing');
    expect(() => tagsWithEpc('30x4')).toThrow('"30x4" is no EPC in hex');
  });

  test('goes through its life, and the reader says where it must not', async () => {
    const { client } = await field();
    const spec = accessSpec({ id: 9, target: EVERY_TAG, operations: [{ op: 'read', bank: 'tid', word: 0, words: 2 }] });
    await addAccessSpec(client, spec);
    await expect(addAccessSpec(client, spec)).rejects.toMatchObject({ code: 'STATUS', status: 'A_Invalid' });
    await enableAccessSpec(client, 9);
    expect((await accessSpecs(client)).map((one) => [one['AccessSpecID'], one['CurrentState']])).toEqual([
      [9, 'Active'],
    ]);
    await disableAccessSpec(client, 9);
    await deleteAccessSpec(client, 9);
    expect(await accessSpecs(client)).toEqual([]);
    await expect(enableAccessSpec(client, 9)).rejects.toMatchObject({ status: 'A_Invalid' });
  });
});

describe('operations on tags', () => {
  test('the TIDs of all tags in the field, and the reader is left as it was', async () => {
    const { client, specs, there } = await field();
    const found = await readTid(client, { target: EVERY_TAG, tags: 2, waitMs: 3000 });
    expect(found.map((one) => [one.epc, one.antenna, hex(one.results.get(1)?.words)])).toEqual([
      [ONE, 2, TIDS[0]],
      [TWO, 2, TIDS[1]],
    ]);
    expect(specs.size).toBe(0);
    expect(there.got.map((one) => one.message).slice(-2)).toEqual(['DELETE_ROSPEC', 'DELETE_ACCESSSPEC']);
  });

  test('a write reaches the one tag that is meant, once; what is read afterwards is what was written', async () => {
    const { client, tags } = await field();
    const target = tagsWithEpc(TWO);
    const data = [0xcafe, 0xf00d];
    const [done, ...others] = await writeMemory(client, { target, bank: 'user', word: 1, data, changesTags: true });
    expect([done?.epc, done?.results.get(1), others]).toEqual([
      TWO,
      { opSpecId: 1, parameter: 'C1G2WriteOpSpecResult', result: 'Success', wordsWritten: 2 },
      [],
    ]);
    expect([tags[0].banks[3][1], tags[1].banks[3][1]]).toEqual([0, 0xcafe]);
    const [read] = await readUserMemory(client, { target, words: 4, tags: 1 });
    expect(read?.results.get(1)?.words).toEqual([0, 0xcafe, 0xf00d, 0]);
    await eraseMemory(client, { target, bank: 'user', word: 0, words: 8, changesTags: true });
    expect(tags[1].banks[3].every((word) => word === 0)).toBe(true);
  });

  test('faults come by their name, by operation', async () => {
    const { client } = await field();
    const target = tagsWithEpc(ONE);
    await lockTag(client, { target, locks: [{ field: 'User_Memory', privilege: 'Perma_Lock' }], changesTags: true });
    const [tag] = await operate(client, {
      target,
      operations: [
        { op: 'read', bank: 'user', word: 0, words: 1 },
        { op: 'write', bank: 'user', word: 0, data: [1] },
        { op: 'blockWrite', bank: 'epc', word: 30, data: [1] },
      ],
      changesTags: true,
    });
    expect([...(tag?.results.values() ?? [])].map((one) => [one.opSpecId, one.result, one.wordsWritten])).toEqual([
      [1, 'Success', undefined],
      [2, 'Tag_Memory_Locked_Error', 0],
      [3, 'Tag_Memory_Overrun_Error', 0],
    ]);
  });

  test('a killed tag is silent; nothing found is an empty list', async () => {
    const { client, tags } = await field();
    const [dead] = await killTag(client, { target: tagsWithEpc(ONE), password: 0x1234, changesTags: true });
    expect([dead?.results.get(1)?.result, tags[0].dead, tags[1].dead]).toEqual(['Success', true, undefined]);
    expect(await readTid(client, { target: tagsWithEpc(ONE), waitMs })).toEqual([]);
  });

  test('a block permalock, which 1.0.1 has not, needs 1.1 or a vendor', async () => {
    const { client } = await field();
    const options = { target: EVERY_TAG, bank: 'user', block: 0, mask: [1], changesTags: true, waitMs } as const;
    await expect(permalockBlocks(client, options)).rejects.toMatchObject({ code: 'ENCODE' });
  });

  test('what the reader refuses is said, and nothing is left on it', async () => {
    const { specs, behave } = readerOfTags([]);
    const strict = await reader((message, socket, connection) => {
      if (message.message === 'START_ROSPEC') socket.write(answer(message, 'R_DeviceError'));
      else behave(message, socket, connection);
    });
    const client = await to(strict.port);
    await expect(readTid(client, { target: EVERY_TAG, waitMs })).rejects.toMatchObject({ status: 'R_DeviceError' });
    expect(specs.size).toBe(0);
  });

  test('ends with the link and with the signal', async () => {
    const { client } = await field();
    const controller = new AbortController();
    const waiting = readTid(client, { target: tagsWithEpc('ffff'), waitMs: 60_000, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(waiting).rejects.toThrow('enough');
    const other = await field();
    const cut = readTid(other.client, { target: tagsWithEpc('ffff'), waitMs: 60_000 });
    setTimeout(() => other.there.sockets.at(-1)?.destroy(), 50);
    await expect(cut).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
