import { connect as connectTcp } from 'node:net';
import {
  child,
  children,
  connect,
  CONTENT,
  type Content,
  decode,
  encode,
  eventNotifications,
  FrameSplitter,
  holdUntilEnabled,
  impinjContent,
  inventoryROSpec,
  keepaliveSpec,
  type Message,
  type Parameter,
  startEmulator,
} from 'node-llrp';
import { afterEach, describe, expect, test } from 'vitest';
import { client, closeAll, refusalOf, run, start, until } from './emulator-rig.ts';
import { Field, type Read } from '../../../readers/node-llrp/src/emulator/scenario.ts';

const TAGS = { companyPrefix: '0614141', item: '112345', firstSerial: 100, count: 10 };
afterEach(closeAll);

describe('life of an ROSpec', () => {
  /** What is asked, in order, and the state of ROSpec 5 behind it; an error by the start of its message. */
  const LIFE: [request: string, after: string][] = [
    ['ENABLE_ROSPEC', 'ENABLE_ROSPEC_RESPONSE: M_FieldError, field 0: A_Invalid, "there is no ROSpec 5"'],
    ['DELETE_ROSPEC', 'DELETE_ROSPEC_RESPONSE: M_FieldError, field 0: A_Invalid'],
    ['ADD_ROSPEC', 'Disabled'],
    ['ADD_ROSPEC', 'ADD_ROSPEC_RESPONSE: M_ParameterError, ROSpec / field 0: A_Invalid, "ROSpecID 5 is in use"'],
    ['START_ROSPEC', 'START_ROSPEC_RESPONSE: M_FieldError'],
    ['STOP_ROSPEC', 'STOP_ROSPEC_RESPONSE: M_FieldError'],
    ['ENABLE_ROSPEC', 'Inactive'],
    ['START_ROSPEC', 'Active'],
    ['STOP_ROSPEC', 'Inactive'],
    ['START_ROSPEC', 'Active'],
    ['DISABLE_ROSPEC', 'Disabled'],
    ['ENABLE_ROSPEC', 'Inactive'],
    ['START_ROSPEC', 'Active'],
    ['DELETE_ROSPEC', 'absent'],
    ['START_ROSPEC', 'START_ROSPEC_RESPONSE: M_FieldError, field 0: A_Invalid, "there is no ROSpec 5"'],
  ];

  test('is the table of the standard', async () => {
    const { reader } = await client(await start());
    for (const [message, after] of LIFE) {
      const body = message === 'ADD_ROSPEC' ? { parameters: [inventoryROSpec({ id: 5 })] } : { ROSpecID: 5 };
      const answer = reader.request({ message, ...body });
      if (after.includes(':')) {
        expect((await refusalOf(answer)).message, message).toContain(after);
      } else {
        await answer;
        const list = children(await reader.request({ message: 'GET_ROSPECS' }), 'ROSpec');
        expect(list[0]?.['CurrentState'] ?? 'absent', message).toBe(after);
      }
    }
  });

  test('an immediate one is active once enabled, and outlives its connection', async () => {
    const emulator = await start();
    const first = await client(emulator);
    await run(first.reader, inventoryROSpec({ id: 9, immediate: true }));
    await first.reader.close();
    emulator.pass(TAGS, { durationMs: 200 });
    await until(() => emulator.truth().reported.size === 10);
    const second = await client(emulator);
    const list = children(await second.reader.request({ message: 'GET_ROSPECS' }), 'ROSpec');
    expect(list.map((one) => [one['ROSpecID'], one['CurrentState']])).toEqual([[9, 'Active']]);
    await until(() => second.tags().length === 10 * 2 * 3); // what passed meanwhile was kept
  });

  test('a duration ends it, with its events when they are wanted', async () => {
    const { reader, of } = await client(await start());
    const events = eventNotifications({ ROSpec_Event: true, AISpec_Event: true });
    await reader.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters: [events] });
    const spec = inventoryROSpec({ id: 3, immediate: true });
    const stop = child(child(spec, 'AISpec'), 'AISpecStopTrigger') as Parameter;
    Object.assign(stop, { AISpecStopTriggerType: 'Duration', DurationTrigger: 150 });
    await run(reader, spec);
    await until(() => of('READER_EVENT_NOTIFICATION').length === 3);
    const said = of('READER_EVENT_NOTIFICATION').map(
      (one) => child(one, 'ReaderEventNotificationData')?.parameters?.[1],
    );
    expect(said.map((one) => one?.['EventType'])).toEqual(['Start_Of_ROSpec', 'End_Of_AISpec', 'End_Of_ROSpec']);
  });

  test('a higher priority pre-empts, an equal one is refused', async () => {
    const { reader } = await client(await start());
    await run(reader, inventoryROSpec({ id: 1, priority: 3, immediate: true }));
    await run(reader, inventoryROSpec({ id: 2, priority: 3 }));
    await run(reader, inventoryROSpec({ id: 3, priority: 1 }));
    expect((await refusalOf(reader.request({ message: 'START_ROSPEC', ROSpecID: 2 }))).message).toContain(
      'ROSpec 1 is active',
    );
    await reader.request({ message: 'START_ROSPEC', ROSpecID: 3 });
    const list = children(await reader.request({ message: 'GET_ROSPECS' }), 'ROSpec');
    expect(list.map((one) => one['CurrentState'])).toEqual(['Inactive', 'Inactive', 'Active']);
  });

  test.each([
    [{ id: 0 }, 'ROSpec / field 0: A_Invalid'],
    [{ id: 1, priority: 200 }, 'ROSpec / field 1: A_OutOfRange'],
    [{ id: 1, antennas: [1, 7] }, 'ROSpec / AISpec / field 0: A_OutOfRange'],
    [{ id: 1, reportExtensions: [impinjContent({})] }, 'ROSpec / ROReportSpec / Custom: P_UnsupportedParameter'],
  ])('ADD_ROSPEC of %j is refused with the place', async (options, place) => {
    const { reader } = await client(await start());
    const error = await refusalOf(reader.request({ message: 'ADD_ROSPEC', parameters: [inventoryROSpec(options)] }));
    expect(error.message).toContain(place);
  });
});

describe('reports', () => {
  const NAMES: Record<Content, string> = {
    ROSpecID: 'ROSpecID',
    SpecIndex: 'SpecIndex',
    InventoryParameterSpecID: 'InventoryParameterSpecID',
    AntennaID: 'AntennaID',
    ChannelIndex: 'ChannelIndex',
    PeakRSSI: 'PeakRSSI',
    FirstSeenTimestamp: 'FirstSeenTimestampUTC',
    LastSeenTimestamp: 'LastSeenTimestampUTC',
    TagSeenCount: 'TagSeenCount',
    AccessSpecID: '',
  };

  test('the content selector is obeyed bit by bit', async () => {
    const emulator = await start();
    const { reader, came, tags } = await client(emulator);
    for (const [i, bit] of CONTENT.entries()) {
      came.length = 0;
      await run(reader, inventoryROSpec({ id: i + 1, content: [bit], immediate: true }));
      emulator.pass({ ...TAGS, count: 1 }, { durationMs: 50 });
      await until(() => tags().length >= 6);
      await reader.request({ message: 'DELETE_ROSPEC', ROSpecID: i + 1 });
      const expected = ['EPC_96', NAMES[bit]].filter(Boolean);
      for (const tag of tags()) expect(tag.parameters?.map((one) => one.parameter)).toEqual(expected);
    }
  });

  test('N is obeyed: 1 by 1, by 4, and 0 only at the end', async () => {
    const emulator = await start();
    const { reader, came, of } = await client(emulator);
    const sizes = async (reportEvery: number): Promise<number[]> => {
      came.length = 0;
      await run(reader, inventoryROSpec({ id: 1, reportEvery, immediate: true }));
      const before = emulator.truth().passages.length;
      emulator.pass(TAGS, { durationMs: 100, antennas: [1] });
      expect(emulator.truth().passages).toHaveLength(before + 1);
      await new Promise((resolve) => setTimeout(resolve, 250));
      const running = of('RO_ACCESS_REPORT').length;
      await reader.request({ message: 'DELETE_ROSPEC', ROSpecID: 1 });
      return [running, ...of('RO_ACCESS_REPORT').map((one) => children(one, 'TagReportData').length)];
    };
    expect(await sizes(1)).toEqual([30, ...Array.from({ length: 30 }, () => 1)]);
    const byFour = await sizes(4);
    expect(byFour.slice(1, -1).every((size) => size === 4)).toBe(true);
    expect(await sizes(0)).toEqual([0, 10]); // one entry a tag, its reads counted
  });

  test('PC and CRC words are those of the tag', async () => {
    const emulator = await start();
    const { reader, tags } = await client(emulator);
    await run(reader, inventoryROSpec({ id: 1, content: [], memory: { pc: true, crc: true }, immediate: true }));
    emulator.pass(['3034257bf7194e4000001a85'], { durationMs: 50 });
    await until(() => tags().length > 0);
    expect(tags()[0]?.parameters?.slice(1)).toEqual([
      { parameter: 'C1G2_PC', PC_Bits: 0x3000 },
      { parameter: 'C1G2_CRC', CRC: crcOf('30003034257bf7194e4000001a85') },
    ]);
  });

  test("Impinj's parameters come after its extensions are enabled, and an EPC may have any length", async () => {
    const emulator = await start({ vendor: 'impinj' });
    const { reader, tags } = await client(emulator);
    const spec = inventoryROSpec({
      id: 1,
      content: [],
      immediate: true,
      reportExtensions: [impinjContent({ rssi: true, tid: true })],
    });
    expect((await refusalOf(reader.request({ message: 'ADD_ROSPEC', parameters: [spec] }))).message).toContain(
      'P_UnsupportedParameter',
    );
    await reader.request({ message: 'IMPINJ_ENABLE_EXTENSIONS' });
    await run(reader, spec);
    emulator.pass(['e2801160200074f1', '3500'], { durationMs: 50, peakDbm: -40 });
    await until(() => new Set(tags().map((one) => JSON.stringify(one.parameters?.[0]))).size === 2);
    expect(tags()[0]?.parameters?.map((one) => one.parameter)).toEqual([
      'EPCData',
      'ImpinjSerializedTID',
      'ImpinjPeakRSSI',
    ]);
  });

  test('what waits for GET_REPORT comes as its answer', async () => {
    const emulator = await start();
    const { reader } = await client(emulator);
    const spec = inventoryROSpec({ id: 1, immediate: true });
    Object.assign(child(spec, 'ROReportSpec') as Parameter, { ROReportTrigger: 'None' });
    await run(reader, spec);
    emulator.pass(TAGS, { durationMs: 50, antennas: [2] });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(children(await reader.request({ message: 'GET_REPORT' }), 'TagReportData')).toHaveLength(10);
    expect(children(await reader.request({ message: 'GET_REPORT' }), 'TagReportData')).toHaveLength(0);
  });

  test('are held after a reconnection until they are enabled, where that is configured', async () => {
    const emulator = await start();
    const first = await client(emulator);
    await first.reader.request({
      message: 'SET_READER_CONFIG',
      ResetToFactoryDefault: false,
      parameters: [holdUntilEnabled(true)],
    });
    await run(first.reader, inventoryROSpec({ id: 1, immediate: true }));
    await first.reader.close();
    emulator.pass(TAGS, { durationMs: 50 });
    await until(() => emulator.truth().reported.size === 10);
    const second = await client(emulator);
    await second.reader.request({ message: 'GET_ROSPECS' });
    expect(second.tags()).toHaveLength(0);
    second.reader.send({ message: 'ENABLE_EVENTS_AND_REPORTS' });
    await until(() => second.tags().length === 60);
  });
});

/** CRC-16/GENIBUS over hex, written once more. */
function crcOf(hex: string): number {
  let crc = 0xffff;
  for (const bit of BigInt(`0x1${hex}`).toString(2).slice(1)) {
    const top = (crc >> 15) ^ Number(bit);
    crc = ((crc << 1) & 0xffff) ^ (top ? 0x1021 : 0);
  }
  return crc ^ 0xffff;
}

describe('configuration and capabilities', () => {
  test('GET_READER_CONFIG answers each section and all of them, in either version', async () => {
    for (const version of ['1.0.1', 'auto'] as const) {
      const { reader } = await client(await start(), version);
      const request = { message: 'GET_READER_CONFIG', AntennaID: 0, GPIPortNum: 0, GPOPortNum: 0 };
      const all = await reader.request({ ...request, RequestedData: 'All' });
      expect(new Set(all.parameters?.map((one) => one.parameter)).size).toBe(12);
      const one = await reader.request({ ...request, AntennaID: 2, RequestedData: 'AntennaProperties' });
      expect(children(one, 'AntennaProperties').map((antenna) => antenna['AntennaID'])).toEqual([2]);
      const far = reader.request({ ...request, AntennaID: 12, RequestedData: 'AntennaProperties' });
      expect((await refusalOf(far)).path).toBe('field 0');
      const capabilities = await reader.request({ message: 'GET_READER_CAPABILITIES', RequestedData: 'All' });
      expect(capabilities.parameters).toHaveLength(5);
      reader.destroy();
    }
  });

  test('SET_READER_CONFIG takes all or nothing', async () => {
    const { reader } = await client(await start());
    const state = async () => {
      const answer = await reader.request({
        message: 'GET_READER_CONFIG',
        AntennaID: 0,
        GPIPortNum: 0,
        GPOPortNum: 0,
        RequestedData: 'LLRPConfigurationStateValue',
      });
      return child(answer, 'LLRPConfigurationStateValue')?.['LLRPConfigurationStateValue'];
    };
    const before = await state();
    const power = (TransmitPower: number): Parameter => ({
      parameter: 'AntennaConfiguration',
      AntennaID: 1,
      parameters: [{ parameter: 'RFTransmitter', HopTableID: 1, ChannelIndex: 0, TransmitPower }],
    });
    const set = (...parameters: Parameter[]) =>
      reader.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
    const error = await refusalOf(set(holdUntilEnabled(true), power(82)));
    expect(error.message).toContain('AntennaConfiguration / RFTransmitter / field 2: A_OutOfRange');
    expect(await state()).toBe(before);
    await set(power(40));
    expect(await state()).not.toBe(before);
    await reader.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: true });
    expect(await state()).toBe(before);
  });

  test('keepalives come at the period asked for, and stop when it is taken back', async () => {
    const { reader, of } = await client(await start());
    const every = (ms: number) =>
      reader.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters: [keepaliveSpec(ms)] });
    await every(50);
    await until(() => of('KEEPALIVE').length >= 3);
    await every(0);
    const count = of('KEEPALIVE').length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(of('KEEPALIVE')).toHaveLength(count);
  });
});

describe('the link', () => {
  test('one client: the second is told and closed, the first is told and not disturbed', async () => {
    const emulator = await start();
    const { reader, of } = await client(emulator);
    await expect(connect({ host: emulator.host, port: emulator.port })).rejects.toThrow(
      'another client holds this reader',
    );
    await until(() => of('READER_EVENT_NOTIFICATION').length === 1);
    await reader.request({ message: 'GET_ROSPECS' });
    await reader.close();
    await expect(client(emulator)).resolves.toBeDefined(); // at once
  });

  test('requests split or joined anyhow; unknown, malformed and wrong-version ones are answered under their own id', async () => {
    const emulator = await start();
    const answers: Message[] = [];
    const socket = connectTcp(emulator.port, emulator.host);
    const splitter = new FrameSplitter();
    socket.on('data', (chunk: Buffer) => answers.push(...[...splitter.push(chunk)].map((one) => decode(one))));
    const all = Buffer.concat([
      encode({ message: 'GET_ROSPECS', version: 1, id: 900 }),
      encode({ message: 'UNKNOWN_MESSAGE', version: 1, id: 901, type: 600, data: 'ff' }),
      Buffer.from('04160000000c000003860000', 'hex'), // START_ROSPEC of two bytes
      encode({ message: 'GET_ROSPECS', version: 2, id: 903 }),
      encode({ message: 'RO_ACCESS_REPORT', version: 1, id: 904 }),
      encode({ message: 'GET_SUPPORTED_VERSION', version: 2, id: 905 }),
    ]);
    for (const byte of all) socket.write(Uint8Array.of(byte));
    await until(() => answers.length === 7);
    socket.destroy();
    const codes = answers.slice(1).map((one) => [one.id, one.message, child(one, 'LLRPStatus')?.['StatusCode']]);
    expect(codes).toEqual([
      [900, 'GET_ROSPECS_RESPONSE', 'M_Success'],
      [901, 'ERROR_MESSAGE', 'M_UnsupportedMessage'],
      [902, 'ERROR_MESSAGE', 'M_ParameterError'],
      [903, 'ERROR_MESSAGE', 'M_UnsupportedVersion'],
      [904, 'ERROR_MESSAGE', 'M_UnsupportedMessage'],
      [905, 'GET_SUPPORTED_VERSION_RESPONSE', 'M_Success'],
    ]);
  });

  test('half a request holds up neither keepalives nor reports; whole, it is answered', async () => {
    const emulator = await start({ scenario: { standing: [{ tags: ['3500'], readsPerSecond: 50 }] } });
    const { reader } = await client(emulator, '1.0.1');
    await run(reader, inventoryROSpec({ id: 1, immediate: true }));
    const parameters = [keepaliveSpec(50)];
    await reader.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
    await reader.close();
    const said: Message[] = [];
    const count = (name: string): number => said.filter(({ message }) => message === name).length;
    const socket = connectTcp(emulator.port, emulator.host); // it acknowledges nothing, so that the half stays one
    const splitter = new FrameSplitter();
    socket.on('data', (chunk: Buffer) => said.push(...[...splitter.push(chunk)].map((one) => decode(one))));
    const question = encode({ message: 'GET_ROSPECS', version: 1, id: 700 });
    socket.write(question.subarray(0, 7));
    const began = Date.now();
    await until(() => count('KEEPALIVE') >= 10 && count('RO_ACCESS_REPORT') >= 20);
    expect(Date.now() - began).toBeLessThan(2500);
    socket.write(question.subarray(7));
    await until(() => count('GET_ROSPECS_RESPONSE') === 1);
    socket.destroy();
  });

  test('a message length that cannot be ends the connection with a word, and the next client is served', async () => {
    const emulator = await start();
    const said: Message[] = [];
    const socket = connectTcp(emulator.port, emulator.host);
    const splitter = new FrameSplitter();
    socket.on('data', (chunk: Buffer) => said.push(...[...splitter.push(chunk)].map((one) => decode(one))));
    socket.write(Buffer.from('043d7735940000000001', 'hex')); // 2 GB
    await new Promise((resolve) => socket.once('close', resolve));
    expect(said.at(-1)?.message).toBe('ERROR_MESSAGE');
    await expect(client(emulator)).resolves.toBeDefined();
  });

  test('stop says ConnectionCloseEvent', async () => {
    const emulator = await startEmulator({ scenario: {} });
    const { of } = await client(emulator);
    await emulator.stop();
    await until(() => of('READER_EVENT_NOTIFICATION').length === 1);
    expect(
      child(child(of('READER_EVENT_NOTIFICATION')[0], 'ReaderEventNotificationData'), 'ConnectionCloseEvent'),
    ).toBeDefined();
  });
});

describe('the field', () => {
  const scenario = {
    passing: [{ tags: TAGS, startMs: 100, durationMs: 1000 }],
    standing: [{ tags: ['3500'], antennas: [3] }],
    loopMs: 5000,
  };
  const play = (seed: number, stepUs: number): Read[] => {
    const field = new Field(scenario, seed, 0);
    const reads: Read[] = [];
    for (let at = 0; at <= 12e6; at += stepUs) reads.push(...field.due(at));
    return reads;
  };

  test('gives the same reads for the same seed, however time passes, and others for another', () => {
    const byTime = (reads: Read[]) => reads.toSorted((a, b) => a.at - b.at || (a.epc < b.epc ? -1 : 1));
    const passing = (reads: Read[]) => byTime(reads.filter((read) => read.epc !== '3500'));
    expect(byTime(play(7, 20_000))).toEqual(byTime(play(7, 500_000)));
    expect(passing(play(8, 20_000))).not.toEqual(passing(play(7, 20_000)));
  });

  test('every passing tag is read at least three times at each antenna in turn, and again each loop', () => {
    const reads = play(1, 20_000).filter((read) => read.epc !== '3500');
    expect(new Set(reads.map((read) => read.epc)).size).toBe(10);
    const once = reads.filter((read) => read.at < 5e6 && read.epc.endsWith('64'));
    const mean = (antenna: number) => {
      const times = once.filter((read) => read.antenna === antenna).map((read) => read.at);
      expect(times.length).toBeGreaterThanOrEqual(3);
      return times.reduce((sum, at) => sum + at, 0) / times.length;
    };
    expect(mean(1)).toBeLessThan(mean(2));
    expect(reads).toHaveLength(3 * reads.filter((read) => read.at < 5e6).length);
  });

  test.each([
    [{ antennas: 0 }, 'a reader has 1 to 32 antennas'],
    [{ passing: [{ tags: TAGS, antennas: [5] }] }, 'antennas are 1 to 4, not 5'],
    [{ passing: [{ tags: TAGS, durationMs: 0 }] }, 'durationMs is 0'],
    [{ standing: [{ tags: ['xyz'] }] }, 'xyz is no EPC'],
    [{ standing: [{ tags: ['3500'], readsPerSecond: 0 }] }, 'readsPerSecond is 0'],
    [{ standing: [{ tags: { companyPrefix: '061414', item: '1', count: 1 } }] }, 'no SGTIN-96'],
    [{ standing: [{ tags: { ...TAGS, count: 1e9 } }] }, 'a population has 0 to 100000 tags'],
  ])('refuses %j', async (bad, words) => {
    await expect(startEmulator({ scenario: bad })).rejects.toThrow(words);
  });

  test('SGTIN-96 of a population is that of the tag data standard', () => {
    const field = new Field(
      { standing: [{ tags: { companyPrefix: '0614141', item: '812345', firstSerial: 6789, filter: 3, count: 1 } }] },
      1,
      0,
    );
    // the worked example of TDS: urn:epc:tag:sgtin-96:3.0614141.812345.6789
    expect(new Set(field.due(2e6).map((read) => read.epc))).toEqual(new Set(['3074257bf7194e4000001a85']));
  });
});
