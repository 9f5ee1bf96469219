import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, inventoryROSpec } from 'node-llrp';
import { afterAll, afterEach, expect, test } from 'vitest';
import { run } from './emulator-rig.ts';

const CLI = new URL('../../../src/entry/cli.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'emulate-'));
const running: ChildProcess[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `tagtrail emulate` as a process, and its first line. */
async function emulate(...args: string[]) {
  const child = spawn(process.execPath, [CLI, 'emulate', '--port', '0', ...args]);
  running.push(child);
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(String(chunk)));
    child.stderr.once('data', (chunk: Buffer) => reject(new Error(String(chunk))));
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  return { child, first: JSON.parse(line) as { listening: number; certificate?: string }, ended };
}

test('a scenario from a file; on SIGTERM the truth is written', async () => {
  const [scenario, truth] = [join(folder, 'scenario.json'), join(folder, 'truth.jsonl')];
  const tags = { companyPrefix: '0614141', item: '112345', count: 5 };
  writeFileSync(
    scenario,
    JSON.stringify({
      standing: [{ tags, readsPerSecond: 50 }],
      groups: [
        {
          name: 'pallet',
          tags: ['3034257bf7194e4000ffffff'],
          path: [
            [0, 0],
            [1, 0],
          ],
        },
      ],
      faults: [{ fault: 'unknown-enum', atMs: 1 }],
    }),
  );
  const { child, first, ended } = await emulate('--scenario', scenario, '--truth', truth, '--vendor', 'zebra');
  let reports = 0;
  const reader = await connect({ host: '127.0.0.1', port: first.listening }, { onReport: () => reports++ });
  await run(reader, inventoryROSpec({ id: 1, immediate: true }));
  await expect.poll(() => reports).toBeGreaterThan(30);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  const lines = readFileSync(truth, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const kinds = Map.groupBy(lines, ({ truth: kind }) => kind);
  expect(kinds.get('sent')?.length).toBeGreaterThanOrEqual(5);
  expect(kinds.get('passage')).toMatchObject([{ group: 'pallet' }]);
  expect(kinds.get('fault')).toMatchObject([{ fault: 'unknown-enum' }]);
  expect(kinds.get('connection')).toHaveLength(1);
  expect(lines.at(-1)).toMatchObject({ truth: 'end', dropped: 0 });
});

test('TLS with a certificate of its own, told in the first line', async () => {
  const { child, first, ended } = await emulate('--tls');
  const { listening: port, certificate = '' } = first;
  const reader = await connect({ host: '127.0.0.1', port, tls: { ca: certificate } });
  expect(reader.version).toBe(2);
  reader.destroy();
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('a scenario or a file that cannot be ends it with a reason', async () => {
  await expect(emulate('--cert', 'x.pem')).rejects.toThrow('--cert, --key and --client-ca need --tls');
  await expect(emulate('--tls', '--cert', '/no/such.pem', '--key', '/no/such.pem')).rejects.toThrow('such.pem: ENOENT');
  await expect(emulate('--truth', '/no/such/folder/truth.jsonl')).rejects.toThrow('truth.jsonl: ENOENT');
});
