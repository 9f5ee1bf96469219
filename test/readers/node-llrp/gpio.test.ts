import {
  connect,
  enableGpi,
  enableImpinjExtensions,
  encode,
  gpiStates,
  gpoStates,
  keepaliveSpec,
  type Message,
  numberOf,
  type Parameter,
  pulseGpo,
  restoreConfiguration,
  setGpo,
  snapshotConfiguration,
  startEmulator,
} from 'node-llrp';
import { describe, expect, test } from 'vitest';
import { answer, open, reader, SUCCESS, to, until } from './stand-in.ts';

/** A reader with two inputs and two outputs. */
async function withPorts() {
  const outputs = new Map([
    [1, false],
    [2, false],
  ]);
  const inputs: Parameter[] = [
    { parameter: 'GPIPortCurrentState', GPIPortNum: 1, Config: true, State: 'High' },
    { parameter: 'GPIPortCurrentState', GPIPortNum: 2, Config: false, State: 7 },
  ];
  const log: [port: number, on: boolean, at: number][] = [];
  const set = (message: Message): string | undefined => {
    for (const one of message.parameters ?? []) {
      if (one.parameter !== 'GPOWriteData') continue;
      const [port, on] = [numberOf(one, 'GPOPortNumber'), one['GPOData'] === true];
      if (!outputs.has(port)) return 'A_OutOfRange';
      outputs.set(port, on);
      log.push([port, on, performance.now()]);
    }
    return undefined;
  };
  const there = await reader((message, socket) => {
    if (message.message !== 'GET_READER_CONFIG') return void socket.write(answer(message, set(message)));
    const written = [...outputs].map(([GPOPortNumber, GPOData]): Parameter => ({
      parameter: 'GPOWriteData',
      GPOPortNumber,
      GPOData,
    }));
    const parameters = [SUCCESS, ...(message['RequestedData'] === 'GPOWriteData' ? written : inputs)];
    socket.write(encode({ message: 'GET_READER_CONFIG_RESPONSE', version: 1, id: message.id, parameters }));
  });
  return { there, log, client: await to(there.port) };
}

describe('inputs and outputs', () => {
  test('are told by port', async () => {
    const { client, there } = await withPorts();
    expect(await gpiStates(client)).toEqual([
      { port: 1, enabled: true, state: 'High' },
      { port: 2, enabled: false, state: 'Unknown' },
    ]);
    await setGpo(client, 2, true);
    expect(await gpoStates(client)).toEqual([
      { port: 1, on: false },
      { port: 2, on: true },
    ]);
    await enableGpi(client, 2, true);
    expect(there.got.at(-1)?.parameters).toEqual([
      { parameter: 'GPIPortCurrentState', GPIPortNum: 2, Config: true, State: 'Unknown' },
    ]);
    await expect(setGpo(client, 9, true)).rejects.toMatchObject({ status: 'A_OutOfRange' });
  });

  test('a pulse is on, then off, after its time', async () => {
    const { client, log } = await withPorts();
    await pulseGpo(client, 1, 80);
    expect(log.map(([port, on]) => [port, on])).toEqual([
      [1, true],
      [1, false],
    ]);
    const lasted = (log[1]?.[2] ?? 0) - (log[0]?.[2] ?? 0);
    expect(lasted).toBeGreaterThanOrEqual(75);
  });

  test('a pulse ends early by its signal, off nevertheless; a lost link is said', async () => {
    const { client, log, there } = await withPorts();
    const controller = new AbortController();
    const pulse = pulseGpo(client, 1, 60_000, { signal: controller.signal });
    await until(() => log.length === 1);
    controller.abort();
    await pulse;
    expect(log.at(-1)?.slice(0, 2)).toEqual([1, false]);
    const cut = pulseGpo(client, 2, 60_000);
    await until(() => log.length === 3);
    there.sockets.at(-1)?.destroy();
    await expect(cut).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(pulseGpo(client, 1, 0)).rejects.toThrow('a pulse of 0 ms; 1 to 600000 can be had');
  });

  test('a reader that times the pulse is told once', async () => {
    const { client, there } = await withPorts();
    await pulseGpo(client, 2, 250, { timedBy: 'impinj' });
    expect(there.got.flatMap((message) => message.parameters ?? [])).toEqual([
      { parameter: 'ImpinjAdvancedGPOConfiguration', GPOPortNum: 2, GPOMode: 1, GPOPulseDurationMSec: 250 },
      { parameter: 'GPOWriteData', GPOPortNumber: 2, GPOData: true },
    ]);
  });
});

test("the emulator's inputs and outputs", async () => {
  const emulator = await startEmulator({ port: 0, scenario: {}, vendor: 'impinj' });
  const client = await connect({ host: '127.0.0.1', port: emulator.port });
  open.push(() => {
    client.destroy();
    void emulator.stop();
  });
  emulator.gpi(2, true);
  expect((await gpiStates(client)).map(({ port, state }) => [port, state])).toEqual([
    [1, 'Low'],
    [2, 'High'],
    [3, 'Low'],
    [4, 'Low'],
  ]);
  await enableGpi(client, 2, true);
  expect((await gpiStates(client)).map(({ enabled }) => enabled)).toEqual([false, true, false, false]);
  await pulseGpo(client, 3, 30);
  await setGpo(client, 4, true);
  expect((await gpoStates(client)).map(({ on }) => on)).toEqual([false, false, false, true]);
});

describe('configuration', () => {
  async function emulated(vendor: 'none' | 'impinj' = 'none') {
    const emulator = await startEmulator({ port: 0, scenario: {}, vendor });
    const client = await connect({ host: '127.0.0.1', port: emulator.port });
    open.push(() => {
      client.destroy();
      void emulator.stop();
    });
    return client;
  }
  const set = (parameter: Parameter) => ({
    message: 'SET_READER_CONFIG',
    ResetToFactoryDefault: false,
    parameters: [parameter],
  });

  test('a snapshot survives JSON and puts back what was changed, and only that', async () => {
    const client = await emulated();
    const before = JSON.parse(JSON.stringify(await snapshotConfiguration(client))) as Awaited<
      ReturnType<typeof snapshotConfiguration>
    >;
    expect(await restoreConfiguration(client, before)).toEqual({ changed: [], refused: [] });
    await client.request(set(keepaliveSpec(60_000)));
    const RFTransmitter = { parameter: 'RFTransmitter', HopTableID: 1, ChannelIndex: 0, TransmitPower: 1 };
    await client.request(set({ parameter: 'AntennaConfiguration', AntennaID: 2, parameters: [RFTransmitter] }));
    const restored = await restoreConfiguration(client, before);
    expect(restored).toEqual({ changed: ['AntennaConfiguration 2', 'KeepaliveSpec'], refused: [] });
    expect(await snapshotConfiguration(client)).toEqual(before);
  });

  test('what the reader will not take back is named, the rest is put back', async () => {
    const client = await emulated();
    const before = await snapshotConfiguration(client);
    await client.request(set(keepaliveSpec(60_000)));
    const foreign = { parameter: 'ImpinjSubRegulatoryRegion', RegulatoryRegion: 0 };
    const { changed, refused } = await restoreConfiguration(client, { parameters: [foreign, ...before.parameters] });
    expect([changed, refused.map((one) => one.setting)]).toEqual([['KeepaliveSpec'], ['ImpinjSubRegulatoryRegion']]);
    expect(refused[0]?.reason).toMatch(/^SET_READER_CONFIG_RESPONSE: /);
  });

  test("Impinj's extensions are enabled on an Impinj and refused by name elsewhere", async () => {
    await enableImpinjExtensions(await emulated('impinj'));
    await expect(enableImpinjExtensions(await emulated())).rejects.toMatchObject({ status: 'M_UnsupportedMessage' });
  });
});
