import {
  accessSpecs,
  connect,
  type EmulatorOptions,
  EVERY_TAG,
  killTag,
  type LlrpClient,
  lockTag,
  operate,
  readTid,
  readUserMemory,
  startEmulator,
  tagsWithEpc,
  writeMemory,
} from 'node-llrp';
import { describe, expect, test } from 'vitest';
import { open } from './stand-in.ts';

const EPCS = ['3034257bf7194e4000000001', '3034257bf7194e4000000002', '3034257bf7194e4000000003'];
const [ONE, TWO] = EPCS as [string, string];

async function field(options: Partial<EmulatorOptions> = {}): Promise<LlrpClient> {
  const memory = { killPassword: '00001234', userWords: 8 };
  const scenario = {
    antennas: 2,
    standing: [{ tags: EPCS, antennas: [1, 2], readsPerSecond: 40, rssiDbm: -50 }],
    memory,
  };
  const emulator = await startEmulator({ port: 0, vendor: 'impinj', scenario, ...options });
  const client = await connect({
    host: '127.0.0.1',
    port: emulator.port,
    ...(emulator.certificate === undefined ? {} : { tls: { ca: emulator.certificate } }),
  });
  open.push(() => {
    client.destroy();
    void emulator.stop();
  });
  return client;
}

describe('operations on the tags of the emulator', () => {
  test('TIDs of all, each its own; no spec is left behind', async () => {
    const client = await field();
    const found = await readTid(client, { target: EVERY_TAG, tags: 3 });
    expect(found.map((one) => one.epc).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(EPCS);
    const tids = found.map((one) => one.results.get(1)?.words?.join());
    expect(new Set(tids).size).toBe(3);
    expect(await accessSpecs(client)).toEqual([]);
    expect((await client.request({ message: 'GET_ROSPECS' })).parameters).toHaveLength(1); // the status alone
  });

  test('written, read, erased; the others are as they were', async () => {
    const client = await field();
    const target = tagsWithEpc(TWO);
    const data = [0xcafe, 0xf00d];
    const [written] = await writeMemory(client, { target, bank: 'user', word: 1, data, changesTags: true });
    expect(written?.results.get(1)).toMatchObject({ result: 'Success', wordsWritten: 2 });
    const read = await readUserMemory(client, { target: EVERY_TAG, words: 4, tags: 3 });
    expect(Object.fromEntries(read.map((one) => [one.epc.at(-1), one.results.get(1)?.words]))).toEqual({
      1: [0, 0, 0, 0],
      2: [0, 0xcafe, 0xf00d, 0],
      3: [0, 0, 0, 0],
    });
  });

  test('locked for ever, refused by name; killed, silent', async () => {
    const client = await field();
    const target = tagsWithEpc(ONE);
    await lockTag(client, { target, locks: [{ field: 'User_Memory', privilege: 'Perma_Lock' }], changesTags: true });
    const [refused] = await writeMemory(client, { target, bank: 'user', word: 0, data: [1], changesTags: true });
    expect(refused?.results.get(1)?.result).toBe('Tag_Memory_Locked_Error');
    const wrong = await killTag(client, { target, password: 7, changesTags: true, waitMs: 500 });
    expect(wrong[0]?.results.get(1)?.result).not.toBe('Success');
    const [killed] = await killTag(client, { target, password: 0x1234, changesTags: true });
    expect(killed?.results.get(1)?.result).toBe('Success');
    expect(await readTid(client, { target, waitMs: 300 })).toEqual([]);
    expect(await readTid(client, { target: EVERY_TAG, tags: 3, waitMs: 700 })).toHaveLength(2);
  });

  test('all the same over TLS and LLRP 1.0.1', async () => {
    const client = await field({ tls: true, llrp: '1.0.1' });
    expect(client.version).toBe(1);
    const [tag] = await operate(client, {
      target: tagsWithEpc(ONE),
      operations: [
        { op: 'write', bank: 'user', word: 0, data: [7] },
        { op: 'read', bank: 'user', word: 0, words: 2 },
        { op: 'read', bank: 'user', word: 8, words: 1 },
      ],
      changesTags: true,
    });
    expect([1, 2].map((id) => tag?.results.get(id)?.result)).toEqual(['Success', 'Success']);
    expect(tag?.results.get(2)?.words).toEqual([7, 0]);
    expect(tag?.results.get(3)?.result).not.toBe('Success'); // beyond the bank's end
  });

  test('during an ROSpec that runs already', async () => {
    const client = await field({ vendor: 'none' });
    await expect(
      operate(client, {
        target: EVERY_TAG,
        operations: [{ op: 'read', bank: 'tid', word: 0, words: 1 }],
        rospec: 77,
        waitMs: 200,
      }),
    ).resolves.toEqual([]); // nothing runs under that number
  });
});
