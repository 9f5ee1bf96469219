import {
  child,
  children,
  connect,
  eventNotifications,
  inventoryROSpec,
  keepaliveSpec,
  type Message,
  numberOf,
  type Parameter,
  type Scenario,
  startEmulator,
  type Vendor,
} from 'node-llrp';
import { afterEach, describe, expect, test } from 'vitest';
import { ReaderClock } from '../../../readers/node-llrp/src/emulator/clock.ts';
import { GpiPorts } from '../../../readers/node-llrp/src/emulator/gpio.ts';
import { client, closeAll, refusalOf, run, start, until } from './emulator-rig.ts';

afterEach(closeAll);

const TAGS = ['3034257bf7194e4000001a85'];
const eventOf = (message: Message): Parameter | undefined =>
  child(message, 'ReaderEventNotificationData')?.parameters?.[1];
const trigger = (port: number, high: boolean, Timeout = 0): Parameter => ({
  parameter: 'GPITriggerValue',
  GPIPortNum: port,
  GPIEvent: high,
  Timeout,
});

/** An ROSpec with these triggers in place of its own. */
function gated(id: number, begin: Parameter[], end: Parameter[]): Parameter {
  const spec = inventoryROSpec({ id });
  const boundary = child(spec, 'ROBoundarySpec') as Parameter;
  const [from, to] = boundary.parameters as [Parameter, Parameter];
  Object.assign(from, { ROSpecStartTriggerType: 'GPI', parameters: begin });
  Object.assign(to, { ROSpecStopTriggerType: 'GPI_With_Timeout', parameters: end });
  return spec;
}

async function gate(scenario: Scenario = {}, vendor: Vendor = 'none') {
  const emulator = await start({ scenario, vendor });
  const one = await client(emulator);
  const set = (...parameters: Parameter[]) =>
    one.reader.request({ message: 'SET_READER_CONFIG', ResetToFactoryDefault: false, parameters });
  const get = (RequestedData: string, GPIPortNum = 0, GPOPortNum = 0) =>
    one.reader.request({ message: 'GET_READER_CONFIG', AntennaID: 0, RequestedData, GPIPortNum, GPOPortNum });
  await set(eventNotifications({ GPI_Event: true, ROSpec_Event: true }));
  const said = () =>
    one.of('READER_EVENT_NOTIFICATION').map((message) => {
      const event = eventOf(message);
      return event?.parameter === 'GPIEvent'
        ? `${numberOf(event, 'GPIPortNumber')} ${JSON.stringify(event['GPIEvent'])}`
        : event?.['EventType'];
    });
  return { emulator, ...one, set, get, said };
}

describe('inputs', () => {
  test('edges are told, once each, and the state can be asked', async () => {
    const { emulator, get, said } = await gate();
    emulator.gpi(2, true);
    emulator.gpi(2, true);
    emulator.gpi(2, false);
    emulator.gpi(3, true);
    await until(() => said().length === 3);
    expect(said()).toEqual(['2 true', '2 false', '3 true']);
    const states = children(await get('GPIPortCurrentState'), 'GPIPortCurrentState');
    expect(states.map((one) => [one['GPIPortNum'], one['Config'], one['State']])).toEqual([
      [1, true, 'Low'],
      [2, true, 'Low'],
      [3, true, 'High'],
      [4, true, 'Low'],
    ]);
    expect(children(await get('GPIPortCurrentState', 3), 'GPIPortCurrentState')).toHaveLength(1);
    expect((await refusalOf(get('GPIPortCurrentState', 5))).path).toBe('field 2');
    expect([...emulator.truth().lines()].filter((line) => line.truth === 'gpi')).toMatchObject([
      { port: 2, high: true },
      { port: 2, high: false },
      { port: 3, high: true },
    ]);
  });

  test('a port that is switched off is silent; on some models it is so from the factory', async () => {
    const { emulator, set, said } = await gate({}, 'impinj');
    emulator.gpi(1, true);
    await set({ parameter: 'GPIPortCurrentState', GPIPortNum: 1, Config: true, State: 'Unknown' });
    emulator.gpi(1, false);
    await until(() => said().length === 1);
    expect(said()).toEqual(['1 false']);
  });

  test('by the time of the scenario, and by the place of a group', async () => {
    const { said } = await gate({
      zones: [{ name: 'gate', from: [1, -1], to: [2, 1] }],
      groups: [
        {
          name: 'pallet',
          tags: TAGS,
          path: [
            [0, 0],
            [3, 0],
          ],
          speedMps: 10,
          startMs: 250,
        },
      ],
      gpi: { edges: [{ port: 1, high: true, atMs: 150 }], eyes: [{ port: 2, zone: 'gate' }] },
    });
    await until(() => said().length === 3);
    expect(said()).toEqual(['1 true', '2 true', '2 false']);
  });

  test('an eye is high as long as one group of several is before it', () => {
    const gpi = new GpiPorts({ eyes: [{ port: 1, zone: 'gate' }] }, ['gate'], 4, 0);
    const stay = (enteredAt: number, leftAt: number) =>
      gpi.follow({ epcs: [], antennas: [], startedAt: 0, endedAt: 0, zones: [{ zone: 'gate', enteredAt, leftAt }] });
    stay(10, 30);
    stay(20, 50);
    stay(60, 70);
    expect(gpi.due(1e6).map(({ high, atUs }) => [atUs / 1000, high])).toEqual([
      [10, true],
      [50, false],
      [60, true],
      [70, false],
    ]);
  });
});

describe('triggers', () => {
  test('one edge starts the ROSpec, another ends it', async () => {
    const { emulator, reader, said, tags } = await gate();
    await run(reader, gated(1, [trigger(1, true)], [trigger(1, false)]));
    emulator.put(TAGS, { readsPerSecond: 100 });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(tags()).toHaveLength(0);
    emulator.gpi(1, true);
    await until(() => tags().length > 3);
    emulator.gpi(1, false);
    await until(() => said().includes('End_Of_ROSpec'));
    expect(said()).toEqual(['1 true', 'Start_Of_ROSpec', '1 false', 'End_Of_ROSpec']);
    const list = children(await reader.request({ message: 'GET_ROSPECS' }), 'ROSpec');
    expect(list[0]?.['CurrentState']).toBe('Inactive');
    emulator.gpi(1, true);
    await until(() => said().length === 6);
  });

  test('or its timeout does, and an AISpec ends by an edge too', async () => {
    const { emulator, reader, said } = await gate();
    await run(reader, gated(1, [trigger(1, true)], [trigger(1, false, 100)]));
    emulator.gpi(1, true);
    await until(() => said().includes('End_Of_ROSpec'));
    await reader.request({ message: 'DELETE_ROSPEC', ROSpecID: 1 });
    const spec = inventoryROSpec({ id: 2, immediate: true });
    Object.assign(child(child(spec, 'AISpec'), 'AISpecStopTrigger') as Parameter, {
      AISpecStopTriggerType: 'GPI_With_Timeout',
      parameters: [trigger(2, true)],
    });
    await run(reader, spec);
    emulator.gpi(2, true);
    await until(() => said().at(-1) === 'End_Of_ROSpec' && said().includes('2 true'));
  });

  test.each([
    [gated(1, [trigger(5, true)], [trigger(1, true)]), 'ROSpecStartTrigger / GPITriggerValue / field 0: A_OutOfRange'],
    [gated(1, [], [trigger(1, true)]), 'ROSpec / ROBoundarySpec / ROSpecStartTrigger: P_MissingParameter'],
    [gated(1, [trigger(1, true)], []), 'ROSpec / ROBoundarySpec / ROSpecStopTrigger: P_MissingParameter'],
  ])('a trigger that cannot be is refused', async (spec, place) => {
    const { reader } = await gate();
    const error = await refusalOf(reader.request({ message: 'ADD_ROSPEC', parameters: [spec] }));
    expect(error.message).toContain(place);
  });
});

describe('outputs and models', () => {
  test('writes are kept, told when asked, and stand in the truth', async () => {
    const { emulator, set, get } = await gate();
    const write = (GPOPortNumber: number, GPOData: boolean): Parameter => ({
      parameter: 'GPOWriteData',
      GPOPortNumber,
      GPOData,
    });
    await set(write(1, true), write(4, true));
    await set(write(4, false));
    expect((await refusalOf(set(write(9, true)))).message).toContain('GPOWriteData / field 0: A_OutOfRange');
    const states = children(await get('GPOWriteData'), 'GPOWriteData');
    expect(states.map((one) => one['GPOData'])).toEqual([true, false, false, false]);
    expect([...emulator.truth().lines()].filter((line) => line.truth === 'gpo')).toMatchObject([
      { port: 1, high: true },
      { port: 4, high: true },
      { port: 4, high: false },
    ]);
  });

  test.each([
    ['none', 0, 81, 16],
    ['impinj', 25_882, 81, 1],
    ['zebra', 161, 231, 8],
  ] as [Vendor, number, number, number][])(
    '%s: tables from which a client can choose',
    async (vendor, maker, powers, rospecs) => {
      const { reader } = await client(await start({ vendor }));
      const all = await reader.request({ message: 'GET_READER_CAPABILITIES', RequestedData: 'All' });
      expect(child(all, 'GeneralDeviceCapabilities')?.['DeviceManufacturerName']).toBe(maker);
      expect(child(all, 'LLRPCapabilities')?.['MaxNumROSpecs']).toBe(rospecs);
      const band = child(child(all, 'RegulatoryCapabilities'), 'UHFBandCapabilities');
      const table = children(band, 'TransmitPowerLevelTableEntry');
      expect(table).toHaveLength(powers);
      expect(table.map((one) => numberOf(one, 'Index'))).toEqual(table.map((_, i) => i + 1));
      for (let id = 1; id <= rospecs; id++)
        await reader.request({ message: 'ADD_ROSPEC', parameters: [inventoryROSpec({ id })] });
      const more = reader.request({ message: 'ADD_ROSPEC', parameters: [inventoryROSpec({ id: 99 })] });
      expect((await refusalOf(more)).message).toContain('P_OverflowParameter');
    },
  );

  test('an index that no table has is refused in an ROSpec, with its place', async () => {
    const { reader } = await client(await start());
    const spec = inventoryROSpec({ id: 1, session: 1 });
    const inventory = child(child(spec, 'AISpec'), 'InventoryParameterSpec') as Parameter;
    const command = inventory.parameters?.[0]?.parameters?.[0];
    command?.parameters?.unshift({ parameter: 'C1G2RFControl', ModeIndex: 1000, Tari: 0 });
    const error = await refusalOf(reader.request({ message: 'ADD_ROSPEC', parameters: [spec] }));
    expect(error.message).toContain('C1G2InventoryCommand / C1G2RFControl / field 0: A_OutOfRange');
  });

  test.each([
    [{ gpi: { edges: [{ port: 9, high: true, atMs: 0 }] } }, 'GPI ports are 1 to 4, not 9'],
    [{ gpi: { eyes: [{ port: 1, zone: 'moon' }] } }, 'zone "moon", which is none'],
  ] as [Scenario, string][])('refuses %j', async (scenario, words) => {
    await expect(startEmulator({ scenario })).rejects.toThrow(words);
  });
});

describe('settings of an Impinj-like reader', () => {
  const debounce = (GPIDebounceTimerMSec: number): Parameter => ({
    parameter: 'ImpinjGPIDebounceConfiguration',
    GPIPortNum: 1,
    GPIDebounceTimerMSec,
  });
  const enabled = { parameter: 'GPIPortCurrentState', GPIPortNum: 1, Config: true, State: 'Unknown' };

  test('are refused before its extensions are enabled, then kept and told', async () => {
    const { reader, set, get } = await gate({}, 'impinj');
    expect((await refusalOf(set(debounce(50)))).message).toContain('P_UnsupportedParameter');
    await reader.request({ message: 'IMPINJ_ENABLE_EXTENSIONS' });
    await set(debounce(50));
    expect(child(await get('All'), 'ImpinjGPIDebounceConfiguration')).toEqual(debounce(50));
    const none = set({ ...debounce(50), GPIPortNum: 9 });
    expect((await refusalOf(none)).message).toContain('there is no port 9');
  });

  test('an input that falls back at once has not changed', async () => {
    const { emulator, reader, set, said } = await gate({}, 'impinj');
    await reader.request({ message: 'IMPINJ_ENABLE_EXTENSIONS' });
    await set(enabled, debounce(100));
    emulator.gpi(1, true);
    emulator.gpi(1, false);
    emulator.gpi(1, true);
    await until(() => said().length === 1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(said()).toEqual(['1 true']);
  });

  test('a pulse ends by itself', async () => {
    const { emulator, reader, set, get } = await gate({}, 'impinj');
    await reader.request({ message: 'IMPINJ_ENABLE_EXTENSIONS' });
    await set({ parameter: 'ImpinjAdvancedGPOConfiguration', GPOPortNum: 2, GPOMode: 1, GPOPulseDurationMSec: 100 });
    await set({ parameter: 'GPOWriteData', GPOPortNumber: 2, GPOData: true });
    const state = async () => child(await get('GPOWriteData', 0, 2), 'GPOWriteData')?.['GPOData'];
    expect(await state()).toBe(true);
    await until(() => [...emulator.truth().lines()].filter((line) => line.truth === 'gpo').length === 2);
    expect(await state()).toBe(false);
  });

  test('a monitored link is closed when keepalives have no answer', async () => {
    const emulator = await start({ vendor: 'impinj' });
    const reader = await connect({ host: emulator.host, port: emulator.port });
    await reader.request({ message: 'IMPINJ_ENABLE_EXTENSIONS' });
    const monitor = { parameter: 'ImpinjLinkMonitorConfiguration', LinkMonitorMode: 'Enabled', LinkDownThreshold: 3 };
    await reader.request({
      message: 'SET_READER_CONFIG',
      ResetToFactoryDefault: false,
      parameters: [keepaliveSpec(30), monitor],
    });
    await reader.closed;
    expect([...emulator.truth().lines()].map(({ truth }) => truth)).toContain('disconnection');
  });
});

describe('the reader’s clock', () => {
  test('has an offset, drifts, and jumps from a moment on', () => {
    const clock = new ReaderClock({ offsetMs: 5000, driftPpm: 100, jumps: [{ atMs: 10_000, byMs: -2000 }] }, 1e12);
    expect(clock.at(1e12)).toBe(1e12 + 5e6);
    expect(clock.at(1e12 + 9e6)).toBe(1e12 + 14e6 + 900);
    expect(clock.at(1e12 + 10e6)).toBe(1e12 + 13e6 + 1000);
  });

  test('without UTC it counts from when the reader was switched on, never below zero', () => {
    const clock = new ReaderClock({ utc: false }, 1e12);
    expect(clock.stamp(1e12 + 1e6)).toEqual({ parameter: 'Uptime', Microseconds: 3_601_000_000 });
    clock.jump(-1e9, 1e12);
    expect(clock.at(1e12)).toBe(0);
    expect(() => new ReaderClock({ driftPpm: 1e6 }, 0)).toThrow('driftPpm is 1000000');
  });
});
