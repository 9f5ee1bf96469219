import { child, connect, type Emulator, type Message, type Parameter, startEmulator } from 'node-llrp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../readers/config.ts';
import { makerOf, rospecOf } from '../../readers/rospec.ts';
import { READ_POINT, Rig } from './rig.ts';
import { until } from './stand-in-reader.ts';

let rig: Rig;
let emulator: Emulator | undefined;
beforeEach(async () => {
  rig = await Rig.make();
});
afterEach(async () => {
  expect(await rig.dispose()).toEqual([]);
  await emulator?.stop();
  emulator = undefined;
});

/** What another client finds when the collector is gone. */
async function ask(message: string, fields: object = {}): Promise<Message> {
  const client = await connect({ host: '127.0.0.1', port: emulator!.port });
  const answer = await client.request({ message, ...fields });
  await client.close();
  return answer;
}
const rospec = async (): Promise<Parameter> => child(await ask('GET_ROSPECS'), 'ROSpec')!;
const runs = (): Promise<boolean> => until(() => rig.endpoint.epcs().length >= 20);

describe('makers', () => {
  it('asks an Impinj reader for RSSI in hundredths, and for what is configured', async () => {
    emulator = await startEmulator({ port: 0, vendor: 'impinj' });
    await rig.start({}, { port: emulator.port, report: { phase: true, doppler: true, tid: true } });
    expect(await runs()).toBe(true);
    await rig.stop();
    const selector = child(child(await rospec(), 'ROReportSpec'), 'ImpinjTagReportContentSelector')!;
    const on = selector.parameters!.flatMap(({ parameter: _name, ...fields }) => Object.values(fields));
    expect(on).toEqual(['Enabled', 'Enabled', 'Enabled', 'Enabled']);
  });

  it('asks a Zebra reader for the phase where it is configured', async () => {
    emulator = await startEmulator({ port: 0, vendor: 'zebra' });
    await rig.start({}, { port: emulator.port, report: { phase: true } });
    expect(await runs()).toBe(true);
    await rig.stop();
    const selector = child(child(await rospec(), 'ROReportSpec'), 'MotoTagReportContentSelector');
    expect(selector).toMatchObject({ EnablePhase: true });
  });

  it('asks others for nothing of the kind, and reads one that refuses extensions by the standard alone', async () => {
    emulator = await startEmulator({ port: 0, vendor: 'none' });
    const capabilities = await ask('GET_READER_CAPABILITIES', { RequestedData: 'All' });
    expect(makerOf(capabilities)).toBeUndefined();
    const [config] = parseConfig(rig.config({}, { report: { phase: true } })).readers;
    const parameters = (of: Parameter): string[] =>
      child(of, 'ROReportSpec')!.parameters!.map(({ parameter }) => parameter);
    expect(parameters(rospecOf(config!, capabilities, undefined))).toEqual(['TagReportContentSelector']);
    expect(parameters(rospecOf(config!, capabilities, 'Impinj'))).toHaveLength(2);
    // The stand-in says that it is an Impinj reader and refuses every message that is not of the standard.
    rig.reader.manufacturer = 25_882;
    await rig.start();
    expect(await rig.running()).toBe(true);
    expect(rig.reader.requests).toContain(1023);
    const tags = rig.tags(3);
    rig.send(tags);
    expect(await rig.exactly(tags)).toBe(true);
  });
});

describe('antennas and inputs', () => {
  it("sets an antenna's power by the reader's own table: the nearest not above", async () => {
    emulator = await startEmulator({ port: 0, vendor: 'impinj' });
    await rig.start({}, { port: emulator.port, antennas: { 2: { powerDbm: 20.1 } } });
    expect(await runs()).toBe(true);
    await rig.stop();
    const inventory = child(child(await rospec(), 'AISpec'), 'InventoryParameterSpec')!;
    const second = inventory.parameters!.find((one) => one['AntennaID'] === 2)!;
    // 10 dBm is index 1, each step 0.25 dB
    expect(child(second, 'RFTransmitter')).toMatchObject({ TransmitPower: 41, ChannelIndex: 0 });
  });

  it('does not read with more power than was asked for: it says that the reader cannot do it', async () => {
    emulator = await startEmulator({ port: 0, vendor: 'impinj' });
    const collector = await rig.start({}, { port: emulator.port, antennas: { 2: { powerDbm: 2 } } });
    const alarm = () => collector.stats().alarms.find(({ name }) => name === 'reader-configuration:dock-1');
    expect(await until(() => alarm() !== undefined)).toBe(true);
    expect(alarm()?.message).toMatch(/2 dBm is below the reader's weakest power/);
    expect(rig.endpoint.epcs()).toEqual([]);
  });

  it('switches on the inputs of a GPI window and tells how they stand', async () => {
    emulator = await startEmulator({ port: 0, vendor: 'impinj' });
    const window = { open: { gpi: 3, edge: 'rising' } };
    const reader = {
      port: emulator.port,
      antennas: { 1: { side: 'A' }, 2: { side: 'B' } },
      filter: { mode: 'gate', window },
    };
    const collector = await rig.start({}, { readPoint: READ_POINT, ...reader });
    expect(await until(() => collector.stats().readers[0]?.state === 'running')).toBe(true);
    expect(await until(() => Object.keys(collector.stats().readers[0]!.gpi).length > 0)).toBe(true);
    expect(collector.stats().readers[0]!.gpi[3]).toBe(false);
    await rig.stop();
    const answer = await ask('GET_READER_CONFIG', {
      RequestedData: 'GPIPortCurrentState',
      AntennaID: 0,
      GPIPortNum: 0,
      GPOPortNum: 0,
    });
    const ports = answer.parameters!.filter(({ parameter }) => parameter === 'GPIPortCurrentState');
    expect(ports.map((port) => [port['GPIPortNum'], port['Config']])).toContainEqual([3, true]);
    expect(ports.map((port) => [port['GPIPortNum'], port['Config']])).toContainEqual([1, false]);
  });

  it('stops its ROSpec on exit where that is configured, and only there', async () => {
    await rig.start({}, { stopOnExit: true });
    expect(await rig.running()).toBe(true);
    await rig.stop();
    expect([...rig.reader.rospecs.values()].map(({ state }) => state)).toEqual([0]);
    await rig.start();
    expect(await rig.running()).toBe(true);
    await rig.stop();
    expect([...rig.reader.rospecs.values()].map(({ state }) => state)).toEqual([2]);
  });
});
