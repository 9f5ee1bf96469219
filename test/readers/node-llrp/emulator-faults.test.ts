import { connect as connectTcp } from 'node:net';
import {
  child,
  children,
  connect,
  decode,
  type Emulator,
  encode,
  eventNotifications,
  FAULTS,
  type FaultName,
  FrameSplitter,
  inventoryROSpec,
  keepaliveSpec,
  LlrpError,
  type Message,
  numberOf,
  type Parameter,
  type Scenario,
  startEmulator,
} from 'node-llrp';
import { afterEach, describe, expect, test } from 'vitest';
import { FaultPlan, type FaultScript } from '../../../readers/node-llrp/src/emulator/faults.ts';
import { client, closeAll, run, start, until } from './emulator-rig.ts';

afterEach(closeAll);

const TAGS = { companyPrefix: '0614141', item: '112345', firstSerial: 100, count: 5 };
const hits = (emulator: Emulator, fault: FaultName) =>
  [...emulator.truth().lines()].filter((line) => line.truth === 'fault-hit' && line['fault'] === fault);
const eventOf = (message: Message): Parameter | undefined =>
  child(message, 'ReaderEventNotificationData')?.parameters?.[1];

/** A socket with every chunk as it came. */
async function bare(emulator: Emulator) {
  const chunks: { at: number; bytes: Buffer }[] = [];
  const socket = connectTcp(emulator.port, emulator.host);
  let error = '';
  socket.on('data', (bytes: Buffer) => chunks.push({ at: Date.now(), bytes }));
  socket.on('error', (cause: NodeJS.ErrnoException) => (error = cause.code ?? ''));
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(error));
  });
  await until(() => chunks.length > 0);
  const frames = () =>
    [...new FrameSplitter().push(Buffer.concat(chunks.map((one) => one.bytes)))].map((one) => decode(one));
  const ask = (message: string, id: number, fields: Record<string, Parameter[] | number | boolean> = {}) =>
    socket.write(encode({ message, version: 1, id, ...fields }));
  return { socket, chunks, closed, frames, ask };
}

describe('faults of the line', () => {
  test('half a frame, then a reset; the next client is served', async () => {
    const emulator = await start();
    const link = await bare(emulator);
    emulator.fault('half-frame');
    link.ask('GET_ROSPECS', 7);
    expect(await link.closed).toBe('ECONNRESET');
    const all = Buffer.concat(link.chunks.map((one) => one.bytes));
    const splitter = new FrameSplitter();
    expect([...splitter.push(all)]).toHaveLength(1);
    expect(splitter.pending).toBeGreaterThan(0);
    expect(() => splitter.end()).toThrow(LlrpError);
    expect(hits(emulator, 'half-frame')).toHaveLength(1);
    await expect(client(emulator)).resolves.toBeDefined();
  });

  test('a reset in the middle of a report loses its tags, and the truth says which', async () => {
    const emulator = await start();
    const { reader, tags } = await client(emulator);
    await run(reader, inventoryROSpec({ id: 1, immediate: true }));
    emulator.fault('reset-in-report');
    await reader.request({ message: 'GET_ROSPECS' }); // no report: not cut
    emulator.pass(TAGS, { durationMs: 100 });
    await reader.closed;
    const lost = [...emulator.truth().lines()].filter((line) => line.truth === 'lost');
    expect(lost).toHaveLength(1);
    const again = await client(emulator);
    await until(() => tags().length + again.tags().length === 5 * 2 * 3 - 1);
  });

  test('silence: the link stays open, nothing comes, reports wait', async () => {
    const emulator = await start();
    const { reader, came, tags } = await client(emulator);
    await reader.request({
      message: 'SET_READER_CONFIG',
      ResetToFactoryDefault: false,
      parameters: [keepaliveSpec(30)],
    });
    await run(reader, inventoryROSpec({ id: 1, immediate: true }));
    emulator.fault('silence', { ms: 400 });
    came.length = 0;
    emulator.pass(TAGS, { durationMs: 50 });
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(came).toEqual([]);
    await until(() => tags().length === 30);
  });

  test('a drip is slow and complete', async () => {
    const emulator = await start();
    const link = await bare(emulator);
    const began = Date.now();
    emulator.fault('drip', { bytesPerSecond: 60, ms: 300 });
    link.ask('GET_READER_CONFIG', 7, { AntennaID: 0, RequestedData: 0, GPIPortNum: 0, GPOPortNum: 0 });
    await until(() => link.frames().length === 2);
    expect(Date.now() - began).toBeGreaterThanOrEqual(250);
    expect(link.chunks.slice(1, 4).map((one) => one.bytes.length)).toEqual([3, 3, 3]);
    link.socket.destroy();
  });

  test('several messages in one segment', async () => {
    const emulator = await start();
    const link = await bare(emulator);
    emulator.fault('coalesce', { messages: 5 });
    for (let id = 1; id <= 5; id++) link.ask('GET_ROSPECS', id);
    await until(() => link.frames().length === 6);
    expect(link.chunks).toHaveLength(2);
    link.socket.destroy();
  });

  test('answers late, behind a report, or not at all', async () => {
    const emulator = await start();
    const link = await bare(emulator);
    const ids = () =>
      link
        .frames()
        .slice(1)
        .map((one) => one.id);
    emulator.fault('drop-answers');
    link.ask('GET_ROSPECS', 901);
    link.ask('GET_ROSPECS', 902);
    await until(() => ids().length === 1);
    emulator.fault('delay-answers', { ms: 100 });
    link.ask('GET_ROSPECS', 903);
    link.ask('GET_ROSPECS', 904);
    await until(() => ids().length === 3);
    expect(ids()).toEqual([902, 904, 903]);
    emulator.fault('reorder-answers');
    link.ask('GET_ROSPECS', 905);
    await until(() => hits(emulator, 'reorder-answers').length === 1);
    emulator.fault('unknown-message');
    await until(() => ids().length === 7);
    expect(link.frames().map((one) => one.message)).toEqual([
      'READER_EVENT_NOTIFICATION',
      'GET_ROSPECS_RESPONSE',
      'GET_ROSPECS_RESPONSE',
      'GET_ROSPECS_RESPONSE',
      'UNKNOWN_MESSAGE',
      'GET_ROSPECS_RESPONSE',
      'CUSTOM_MESSAGE',
      'CUSTOM_MESSAGE',
    ]);
    link.socket.destroy();
  });

  test('garbage loses the framing, a malformed message does not', async () => {
    const emulator = await start();
    const link = await bare(emulator);
    emulator.fault('malformed');
    emulator.fault('unknown-enum');
    await until(() => Buffer.concat(link.chunks.map((one) => one.bytes)).length > 100);
    const all = Buffer.concat(link.chunks.map((one) => one.bytes));
    const frames = [...new FrameSplitter().push(all)];
    expect(() => decode(frames[1]!)).toThrow(LlrpError);
    expect(frames.slice(2).map((one) => eventOf(decode(one))?.['EventType'])).toEqual([77, 77]);
    emulator.fault('garbage', { bytes: 500 });
    await until(() => Buffer.concat(link.chunks.map((one) => one.bytes)).length === all.length + 500);
    link.socket.destroy();
  });
});

describe('faults of the session', () => {
  test.each([109, 110])('ERROR_MESSAGE %i to questions about versions means 1.0.1', async (code) => {
    const emulator = await start();
    emulator.fault('version-error', { code });
    const { reader } = await client(emulator);
    expect(reader.version).toBe(1);
    await reader.close();
    expect((await client(emulator)).reader.version).toBe(2);
    expect(hits(emulator, 'version-error')).toHaveLength(1);
  });

  test.each([
    [1, 'connection'],
    [2, 'another client holds this reader'],
  ])('newcomers are refused with status %i for a while', async (status, words) => {
    const emulator = await start();
    emulator.fault('client-exists', { ms: 200, status });
    await expect(connect({ host: emulator.host, port: emulator.port })).rejects.toThrow(words);
    await new Promise((resolve) => setTimeout(resolve, 220));
    await expect(client(emulator)).resolves.toBeDefined();
  });
});

describe('faults of reports', () => {
  async function running(scenario: Scenario = {}) {
    const emulator = await start({ scenario });
    const one = await client(emulator);
    const events = eventNotifications({ ROSpec_Event: true, Antenna_Event: true });
    await one.reader.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters: [events] });
    await run(one.reader, inventoryROSpec({ id: 1, immediate: true }));
    return { emulator, ...one };
  }

  test('the same report twice', async () => {
    const { emulator, of } = await running();
    emulator.fault('duplicate-reports', { times: 2 });
    emulator.pass(TAGS, { durationMs: 50, antennas: [1] });
    await until(() => of('RO_ACCESS_REPORT').length === 17);
    const ids = of('RO_ACCESS_REPORT').map((one) => one.id);
    expect(ids.length - new Set(ids).size).toBe(2);
  });

  test('reports after the end of the ROSpec', async () => {
    const { emulator, came, reader } = await running();
    emulator.fault('late-reports', { ms: 150 });
    emulator.pass(TAGS, { durationMs: 50, antennas: [1] });
    await until(() => [...emulator.truth().reported.values()].reduce((sum, n) => sum + n, 0) === 15);
    await reader.request({ message: 'STOP_ROSPEC', ROSpecID: 1 });
    await until(() => came.filter((one) => one.message === 'RO_ACCESS_REPORT').length === 15);
    const end = came.findIndex((one) => eventOf(one)?.['EventType'] === 'End_Of_ROSpec');
    expect(came.findIndex((one) => one.message === 'RO_ACCESS_REPORT')).toBeGreaterThan(end);
  });

  test('a burst keeps its old times, in order', async () => {
    const { emulator, tags } = await running();
    emulator.fault('burst', { messages: 3000, spanMs: 600_000, tags: 100 });
    await until(() => tags().length === 3000);
    const times = tags().map((tag) => numberOf(child(tag, 'FirstSeenTimestampUTC'), 'Microseconds'));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs((times[0] ?? 0) / 1000 - (Date.now() - 600_000))).toBeLessThan(10_000);
    expect(emulator.truth().reported.size).toBe(100);
  });

  test('an overflow is said, and what it lost is in the truth', async () => {
    const { emulator, reader, of } = await running();
    emulator.fault('late-reports');
    emulator.pass(TAGS, { durationMs: 50, antennas: [1] });
    await until(() => [...emulator.truth().reported.values()].reduce((sum, n) => sum + n, 0) === 15);
    emulator.fault('buffer-overflow', { lose: 4 });
    expect(emulator.truth().reportsLost).toBe(4);
    await reader.request({ message: 'STOP_ROSPEC', ROSpecID: 1 });
    await until(() => of('RO_ACCESS_REPORT').length === 11);
    expect(of('READER_EVENT_NOTIFICATION').map((one) => eventOf(one)?.parameter)).toContain(
      'ReportBufferOverflowErrorEvent',
    );
  });

  test('an antenna is lost and comes back', async () => {
    const { emulator, reader, of, tags } = await running();
    emulator.fault('antenna-lost', { antenna: 2, ms: 300 });
    emulator.pass(TAGS, { durationMs: 150 });
    const ask = { message: 'GET_READER_CONFIG', AntennaID: 2, GPIPortNum: 0, GPOPortNum: 0 };
    const answer = await reader.request({ ...ask, RequestedData: 'AntennaProperties' });
    expect(child(answer, 'AntennaProperties')?.['AntennaConnected']).toBe(false);
    const said = () => of('READER_EVENT_NOTIFICATION').map((one) => eventOf(one)?.['EventType']);
    await until(() => said().includes('Antenna_Connected'));
    expect(said()).toContain('Antenna_Disconnected');
    expect(new Set(tags().map((tag) => child(tag, 'AntennaID')?.['AntennaID']))).toEqual(new Set([1]));
  });

  test('unknown vendors and odd EPCs come beside the good tags', async () => {
    const { emulator, tags, of } = await running();
    emulator.fault('unknown-vendor', { times: 1 });
    emulator.fault('odd-epc', { bits: 13 });
    emulator.pass(TAGS, { durationMs: 50, antennas: [1] });
    await until(() => tags().length === 16);
    expect(tags().map((tag) => children(tag, 'Custom').length)).toEqual([2, ...Array.from({ length: 15 }, () => 0)]);
    expect(child(tags()[1], 'EPCData')?.['EPC']).toEqual({ bits: 13, hex: 'e5e5' });
    expect(of('READER_EVENT_NOTIFICATION').filter((one) => eventOf(one)?.parameter === 'Custom')).toHaveLength(2);
  });

  test('the reader restarts its ROSpec on its own', async () => {
    const { emulator, of } = await running();
    emulator.fault('restart-rospec', { ms: 100 });
    const said = () => of('READER_EVENT_NOTIFICATION').map((one) => eventOf(one)?.['EventType']);
    await until(() => said().length === 3);
    expect(said()).toEqual(['Start_Of_ROSpec', 'End_Of_ROSpec', 'Start_Of_ROSpec']);
  });

  test('a clock jump moves later stamps only; drift, offset and uptime are the reader’s', async () => {
    const { emulator, tags } = await running({ clock: { utc: false } });
    emulator.pass(TAGS, { durationMs: 50, antennas: [1] });
    await until(() => tags().length === 15);
    emulator.fault('clock-jump', { byMs: 3_600_000 });
    emulator.pass(TAGS, { durationMs: 50, antennas: [1] });
    await until(() => tags().length === 30);
    const seen = tags().map((tag) => numberOf(child(tag, 'LastSeenTimestampUptime'), 'Microseconds') / 1e6);
    expect(Math.max(...seen.slice(0, 15))).toBeLessThan(3700);
    expect(Math.min(...seen.slice(15))).toBeGreaterThan(7200);
  });
});

describe('the plan of a scenario', () => {
  const due = (scripts: FaultScript[], seed: number, stepUs: number) => {
    const plan = new FaultPlan(scripts, seed, 0);
    const found: string[] = [];
    for (let at = 0; at <= 100e6; at += stepUs) found.push(...plan.due(at).map(({ fault }) => `${at}: ${fault}`));
    return found;
  };

  test('by time, again and again, and no more often than said', () => {
    expect(due([{ fault: 'silence', atMs: 2000 }], 1, 1e6)).toEqual(['2000000: silence']);
    expect(due([{ fault: 'malformed', everyMs: 500, repeat: 3 }], 1, 500_000)).toEqual([
      '500000: malformed',
      '1000000: malformed',
      '1500000: malformed',
    ]);
  });

  test('by chance: the same seed gives the same faults, another seed others', () => {
    const scripts: FaultScript[] = [{ fault: 'half-frame', chancePerSecond: 0.3 }];
    const first = due(scripts, 7, 1e6);
    expect(first.length).toBeGreaterThan(15);
    expect(first.length).toBeLessThan(50);
    expect(due(scripts, 7, 1e6)).toEqual(first);
    expect(due(scripts, 8, 1e6)).not.toEqual(first);
  });

  test('comes to a client and stands in the truth', async () => {
    const emulator = await start({ scenario: { faults: [{ fault: 'unknown-enum', atMs: 150 }] } });
    const { of } = await client(emulator);
    await until(() => of('READER_EVENT_NOTIFICATION').length === 2);
    expect([...emulator.truth().lines()].filter((line) => line.truth === 'fault')).toMatchObject([
      { fault: 'unknown-enum', client: true },
    ]);
  });

  test.each([
    [{ fault: 'silence' }, 'fault silence needs atMs, everyMs or chancePerSecond'],
    [{ fault: 'noise' as FaultName, atMs: 1 }, 'there is no fault "noise"'],
    [{ fault: 'silence', atMs: 1, with: { seconds: 3 } }, 'fault silence has no "seconds"'],
    [{ fault: 'burst', atMs: 1, with: { messages: 1e9 } }, 'messages of fault burst is 1000000000, not a whole number'],
    [{ fault: 'silence', chancePerSecond: 2 }, 'chancePerSecond is 2, not from 0 to 1'],
    [{ fault: 'silence', everyMs: 0 }, 'everyMs is 0, not 1 or more'],
  ] as [FaultScript, string][])('refuses %j', async (script, words) => {
    await expect(startEmulator({ scenario: { faults: [script] } })).rejects.toThrow(words);
  });

  test('every fault can be injected without a client and does no harm to the next one', async () => {
    const emulator = await start();
    for (const fault of Object.keys(FAULTS) as FaultName[]) {
      if (['client-exists', 'version-error', 'late-reports'].includes(fault)) continue;
      emulator.fault(fault, fault === 'burst' ? { messages: 10 } : 'ms' in FAULTS[fault] ? { ms: 50 } : {});
    }
    await new Promise((resolve) => setTimeout(resolve, 60));
    const first = await bare(emulator);
    expect(await first.closed).toBe('ECONNRESET'); // the burst was cut
    const { tags } = await client(emulator, '1.0.1');
    await until(() => tags().length === 10); // nine, one of them twice
    expect([...emulator.truth().lines()].filter((line) => line.truth === 'fault').length).toBe(
      Object.keys(FAULTS).length - 3,
    );
  });
});
