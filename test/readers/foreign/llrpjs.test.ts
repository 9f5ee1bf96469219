// The emulator against a client that is not ours: npm's llrpjs, in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { FrameSplitter, type Vendor } from 'node-llrp';
import { afterEach, expect, test } from 'vitest';
import { closeAll, start, until } from '../node-llrp/emulator-rig.ts';

const CLIENT = join(import.meta.dirname, 'llrpjs-client.ts');
const DEADLINE_MS = 10_000;
const ASKED = [
  'GET_READER_CAPABILITIES',
  'GET_READER_CONFIG',
  'DELETE_ROSPEC',
  'DELETE_ACCESSSPEC',
  'SET_READER_CONFIG',
  'ADD_ROSPEC',
  'ENABLE_ROSPEC',
  'ADD_ACCESSSPEC',
  'ENABLE_ACCESSSPEC',
  'START_ROSPEC',
];
const ASKED_AFTER = ['STOP_ROSPEC', 'GET_ROSPECS', 'DELETE_ROSPEC', 'CLOSE_CONNECTION'];

/** What the client says of a message: its name, and its fields as llrpjs names them. */
interface Said {
  message: string;
  data: {
    LLRPStatus?: { StatusCode: string };
    ReaderEventNotificationData?: { ConnectionAttemptEvent: { Status: string } };
    GeneralDeviceCapabilities?: { MaxNumberOfAntennaSupported: number; DeviceManufacturerName: number };
    ROSpec?: { ROSpecID: number; CurrentState: string };
    TagReportData?: Report;
  };
}
interface Report {
  EPC_96: { EPC: string };
  AntennaID: { AntennaID: number };
  PeakRSSI: { PeakRSSI: number };
  LastSeenTimestampUTC: { Microseconds: string };
  C1G2ReadOpSpecResult: { Result: string; ReadData: string };
}

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  await closeAll();
});

/** Between client and emulator: hands the client one message at a time, the next when it wants one. */
async function gate(port: number) {
  const waiting: Uint8Array[] = [];
  let wanted = true;
  let client: Socket | undefined;
  const hand = (): void => {
    const frame = wanted ? waiting.shift() : undefined;
    if (!frame) return;
    wanted = false;
    client?.write(frame);
  };
  const server = createServer((socket) => {
    client = socket.setNoDelay();
    const reader = connect(port, '127.0.0.1');
    const splitter = new FrameSplitter();
    socket.on('data', (bytes) => reader.write(bytes));
    reader.on('data', (bytes: Buffer) => {
      waiting.push(...splitter.push(bytes));
      hand();
    });
    for (const [one, other] of [[socket, reader] as const, [reader, socket] as const]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.end());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const want = (): void => {
    wanted = true;
    hand();
  };
  const idle = (): boolean => wanted && waiting.length === 0;
  return { port: (server.address() as { port: number }).port, want, idle, close: () => server.close() };
}

/** The client, with what it says. */
async function llrpjs(port: number) {
  const { want, idle, close, ...listening } = await gate(port);
  const child = spawn(process.execPath, [CLIENT, String(listening.port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  running.push(child);
  const said: Said[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(JSON.parse(line) as Said);
    want();
  });
  child.once('close', close);
  return { child, said, idle, ended: once(child, 'close') };
}

const MANUFACTURER: Record<Vendor, number> = { none: 0, impinj: 25882, zebra: 161 };
const tagOf = (serial: number) => ({ companyPrefix: '0614141', item: '112345', firstSerial: serial, count: 1 });

test.each(['none', 'impinj', 'zebra'] as const)(
  'llrpjs reads tags and their TID from a reader of model %s',
  async (vendor) => {
    const emulator = await start({ vendor });
    const { child, said, idle, ended } = await llrpjs(emulator.port);
    const came = (message: string) => said.filter((one) => one.message === message);
    await until(() => came('START_ROSPEC_RESPONSE').length > 0, DEADLINE_MS);
    const reads = () => came('RO_ACCESS_REPORT').map((one) => one.data.TagReportData as Report);
    const seen = () => new Set(reads().map((one) => one.EPC_96.EPC.toLowerCase()));
    for (const serial of [1, 2, 3, 4]) {
      emulator.put(tagOf(serial), { readsPerSecond: 20 });
      await until(() => seen().size === serial, DEADLINE_MS);
      emulator.remove(tagOf(serial));
    }
    const reported = emulator.truth().reported;
    await until(() => idle() && reads().length === [...reported.values()].reduce((a, b) => a + b, 0), DEADLINE_MS);
    child.stdin?.write('stop\n');
    const [code] = await ended;

    expect(code).toBe(0);
    expect(said[0]?.data.ReaderEventNotificationData?.ConnectionAttemptEvent.Status).toBe('Success');
    const answers = said.filter((one) => one.message.endsWith('_RESPONSE'));
    expect(answers.map((one) => one.message)).toEqual([...ASKED, ...ASKED_AFTER].map((name) => `${name}_RESPONSE`));
    expect(new Set(answers.map((one) => one.data.LLRPStatus?.StatusCode))).toEqual(new Set(['M_Success']));
    expect(answers[0]?.data.GeneralDeviceCapabilities).toMatchObject({
      MaxNumberOfAntennaSupported: 4,
      DeviceManufacturerName: MANUFACTURER[vendor],
    });
    expect(came('GET_ROSPECS_RESPONSE')[0]?.data.ROSpec).toMatchObject({ ROSpecID: 123, CurrentState: 'Inactive' });
    expect(seen()).toEqual(new Set(reported.keys()));
    for (const read of reads()) {
      expect([1, 2]).toContain(read.AntennaID.AntennaID);
      expect(read.PeakRSSI.PeakRSSI).toBeGreaterThan(-70);
      expect(Math.abs(Date.parse(read.LastSeenTimestampUTC.Microseconds) - Date.now())).toBeLessThan(60_000);
      expect(read.C1G2ReadOpSpecResult).toMatchObject({ Result: 'Success' });
      expect(read.C1G2ReadOpSpecResult.ReadData).toMatch(/^E2[0-9A-F]{22}$/);
    }
  },
  2 * DEADLINE_MS,
);
