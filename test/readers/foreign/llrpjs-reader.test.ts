// The collector against a reader whose LLRP is not ours: npm's llrpjs, in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../../readers/config.ts';
import { type Collector, startCollector } from '../../../readers/main.ts';
import { until } from '../node-llrp/emulator-rig.ts';
import { StandInEndpoint } from '../stand-in-endpoint.ts';

const READER = join(import.meta.dirname, 'llrpjs-reader.ts');
const DEADLINE_MS = 20_000;

const directory = mkdtempSync(join(tmpdir(), 'foreign-'));
const children: ChildProcess[] = [];
let endpoint: StandInEndpoint;
let collector: Collector | undefined;

beforeEach(async () => {
  endpoint = await StandInEndpoint.start();
});
afterEach(async () => {
  await collector?.stop();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await endpoint.close();
  rmSync(directory, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Said {
  listening?: number;
  came?: string;
  error?: string;
}
/** A reader with tags whose serial numbers begin there. */
async function reader(port: number, firstSerial: number, count: number) {
  const child = spawn(process.execPath, [READER, ...[port, firstSerial, count].map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const said: Said[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line) as Said));
  await until(() => said.some((one) => one.listening === port), DEADLINE_MS);
  const came = (name: string): number => said.filter((one) => one.came === name).length;
  return { child, said, came };
}
const uris = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `urn:epc:id:sgtin:0614141.112345.${first + i}`).sort();

test(
  'the collector makes one event of each tag of a foreign reader, also after the reader was gone',
  async () => {
    const port = await freePort();
    const before = await reader(port, 1, 30);
    collector = await startCollector(
      parseConfig({
        readers: [
          {
            name: 'dock-1',
            host: '127.0.0.1',
            port,
            readPoint: 'urn:epc:id:sgln:0614141.00777.0',
            keepaliveMs: 300,
            version: '1.0.1', // llrpjs never reads again after a message that it does not know
          },
        ],
        capture: { url: endpoint.url, key: 'tt_key', flushMs: 50 },
        spool: join(directory, 'spool'),
      }),
      { logger: pino({ level: 'silent' }) },
    );
    await until(() => endpoint.epcs().length >= 30 && before.came('KEEPALIVE_ACK') >= 5, DEADLINE_MS);
    expect(endpoint.epcs()).toEqual(uris(1, 30));
    expect(before.said.filter((one) => one.error)).toEqual([]);

    before.child.kill('SIGKILL');
    await reader(port, 21, 20);
    await until(() => endpoint.epcs().length >= 40, DEADLINE_MS);
    expect(endpoint.epcs()).toEqual(uris(1, 40)); // 21 to 30 were there before: not again
    expect(endpoint.faults).toEqual([]);
  },
  3 * DEADLINE_MS,
);
