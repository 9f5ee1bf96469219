import { child, children, connect, type Emulator, type Message, readCapabilities, startEmulator } from 'node-llrp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig, type ReaderConfig } from '../../readers/config.ts';
import { misfits } from '../../readers/fit.ts';
import type { Collector } from '../../readers/main.ts';
import { rospecOf } from '../../readers/rospec.ts';
import { Rig } from './rig.ts';
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

const configOf = (reader: object): ReaderConfig => parseConfig(rig.config({}, reader)).readers[0]!;

/** What the stand-in shows of itself: four antennas, 10 to 30 dBm, two fixed channels, mode 5, two inputs. */
async function capabilities(standard = 20): Promise<Message> {
  rig.reader.standard = standard;
  const client = await connect({ host: '127.0.0.1', port: rig.reader.port });
  const answer = await readCapabilities(client);
  await client.close();
  return answer;
}

describe('what a reader does not have', () => {
  it.each([
    [{ rospec: { antennas: [7] } }, 'antenna 7 is configured, but the reader has 4: take it out of', true],
    [{ antennas: { 9: { zone: 'gate' } } }, 'antenna 9 is configured, but the reader has 4', false],
    [{ antennas: { 1: { powerDbm: 5 } } }, 'antenna 1: 5 dBm is below the reader\'s weakest power, 10 dBm: set powerDbm to 10 or more', true],
    [{ rospec: { powerDbm: 9 } }, '"rospec.powerDbm": 9 dBm is below', true],
    [{ rospec: { powerDbm: 20, hopTable: 1 } }, 'this reader does not hop: it has no hop tables: choose', true],
    [{ rospec: { powerDbm: 20, channelKhz: 915_250 } }, '915250 kHz is no channel of this reader; it lists 865700 kHz, 866300 kHz', true],
    [{ rospec: { mode: 1002 } }, 'the reader has no RF mode 1002; it lists 5: choose one of those', true],
    [{ antennas: { 1: { side: 'A' }, 2: { side: 'B' } }, filter: { mode: 'gate', window: { open: { gpi: 3, edge: 'rising' } } } },
      'input 3 is configured, but the reader has 2', false],
  ])('%j is told in a sentence', async (reader, text, fatal) => {
    const found = misfits(configOf(reader), await capabilities());
    expect(found).toHaveLength(1);
    expect(found[0]!.text).toContain(text);
    expect(found[0]!.fatal).toBe(fatal);
  }); // prettier-ignore

  it('is nothing where the reader tells nothing of itself and nothing of its tables is asked for', async () => {
    expect(misfits(configOf({ antennas: { 40: { zone: 'a' } } }), await capabilities(0))).toEqual([]);
  });

  it('is nothing where all is there: the nearest power not above, a channel by its frequency, the mode', async () => {
    const reader = { antennas: { 2: { powerDbm: 27 } }, rospec: { powerDbm: 30, channelKhz: 866_300, mode: 5 } };
    const told = await capabilities();
    expect(misfits(configOf(reader), told)).toEqual([]);
    const inventory = child(child(rospecOf(configOf(reader), told, undefined), 'AISpec'), 'InventoryParameterSpec');
    const settings = children(inventory, 'AntennaConfiguration').map((one) => [
      one['AntennaID'],
      child(one, 'RFTransmitter'),
      child(child(one, 'C1G2InventoryCommand'), 'C1G2RFControl'),
    ]);
    const transmitter = { parameter: 'RFTransmitter', HopTableID: 0, ChannelIndex: 2 };
    const mode = { parameter: 'C1G2RFControl', ModeIndex: 5, Tari: 0 };
    expect(settings).toEqual([
      [0, { ...transmitter, TransmitPower: 3 }, mode],
      [2, { ...transmitter, TransmitPower: 2 }, mode],
    ]);
  });
});

describe('a collector', () => {
  const alarm = (collector: Collector): string | undefined =>
    collector.stats().alarms.find(({ name }) => name === 'reader-configuration:dock-1')?.message;

  it('reads a reader of a standard that no list has, with the power of its own table', async () => {
    rig.reader.standard = 20;
    const collector = await rig.start({}, { rospec: { powerDbm: 27 } });
    expect(await rig.running()).toBe(true);
    const tags = rig.tags(3);
    rig.send(tags);
    expect(await rig.exactly(tags)).toBe(true);
    expect(alarm(collector)).toBeUndefined();
  });

  it('does not run what the reader cannot do, says why, and runs once that is mended', async () => {
    emulator = await startEmulator({ vendor: 'impinj' });
    const place = { port: emulator.port };
    const collector = await rig.start({}, { ...place, rospec: { mode: 77 } });
    expect(await until(() => alarm(collector) !== undefined)).toBe(true);
    expect(alarm(collector)).toMatch(/no RF mode 77; it lists .*: choose one of those, or leave "rospec.mode" out/);
    await rig.reload({}, { ...place, rospec: { mode: 1000 } });
    expect(await until(() => rig.endpoint.epcs().length >= 20)).toBe(true);
    expect(alarm(collector)).toBeUndefined();
  });

  it('runs where a place is named for an antenna that is not there, and says so', async () => {
    rig.reader.standard = 20;
    const collector = await rig.start({}, { antennas: { 9: { zone: 'nowhere' } } });
    expect(await rig.running()).toBe(true);
    expect(await until(() => alarm(collector) !== undefined)).toBe(true);
    expect(alarm(collector)).toContain('antenna 9 is configured, but the reader has 4');
    const tags = rig.tags(2);
    rig.send(tags);
    expect(await rig.exactly(tags)).toBe(true);
  });

  it('says what to do about a reader that refuses the configuration for reasons of its own', async () => {
    emulator = await startEmulator({ vendor: 'impinj' });
    const client = await connect({ host: '127.0.0.1', port: emulator.port });
    // One ROSpec is all that this model keeps, and another program has put its own there.
    const theirs = { ...rospecOf(configOf({}), await readCapabilities(client), undefined), ROSpecID: 7 };
    await client.request({ message: 'ADD_ROSPEC', parameters: [theirs] });
    await client.close();
    const collector = await rig.start({}, { port: emulator.port });
    expect(await until(() => alarm(collector) !== undefined)).toBe(true);
    expect(alarm(collector)).toMatch(/^ADD_ROSPEC_RESPONSE: .*tagtrail collect --check tells what stands in the way$/);
  });
});
