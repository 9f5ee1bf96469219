import {
  decode,
  encode,
  fixedChannels,
  hopTables,
  impinjContent,
  inventoryROSpec,
  type Message,
  type Parameter,
  powerStepFor,
  powerSteps,
  readerFacts,
  transmitter,
  zebraContent,
} from 'node-llrp';
import { describe, expect, test } from 'vitest';
import { SUCCESS } from './stand-in.ts';

const power = (Index: number, TransmitPowerValue: number): Parameter => ({
  parameter: 'TransmitPowerLevelTableEntry',
  Index,
  TransmitPowerValue,
});

/** Capabilities of a reader whose tables are in no order, as some are. */
function capabilities(frequency: Parameter, powers = [power(3, 3000), power(1, -500), power(2, 1025)]): Message {
  const band = [...powers, { parameter: 'FrequencyInformation', Hopping: true, parameters: [frequency] }];
  return {
    message: 'GET_READER_CAPABILITIES_RESPONSE',
    version: 1,
    id: 1,
    parameters: [
      SUCCESS,
      {
        parameter: 'RegulatoryCapabilities',
        CountryCode: 276,
        CommunicationsStandard: 20,
        parameters: [{ parameter: 'UHFBandCapabilities', parameters: band }],
      },
    ],
  };
}
const hops: Parameter = { parameter: 'FrequencyHopTable', HopTableID: 4, Frequency: [902_750, 903_250] };
const fixed: Parameter = { parameter: 'FixedFrequencyTable', Frequency: [865_700, 866_300, 866_900] };

describe("the reader's own tables", () => {
  test.each([
    [31, 3, 30],
    [30, 3, 30],
    [29.9, 2, 10.25],
    [-5, 1, -5],
  ])('%f dBm is step %i: the nearest not above', (dbm, index, there) => {
    expect(powerStepFor(capabilities(hops), dbm)).toEqual({ index, dbm: there });
  });

  test('below the weakest, or without a table, nothing is made up', () => {
    expect(() => powerStepFor(capabilities(hops), -6)).toThrow("-6 dBm is below the reader's weakest power, -5 dBm");
    expect(() => powerStepFor(capabilities(hops, []), 20)).toThrow('the reader lists no transmit powers');
    expect(powerSteps(capabilities(hops)).map((step) => step.index)).toEqual([1, 2, 3]);
  });

  test('a reader that hops: its table, never another', () => {
    const of = capabilities(hops);
    expect(transmitter(of, { powerDbm: 12 })).toEqual({
      parameter: 'RFTransmitter',
      HopTableID: 4,
      ChannelIndex: 0,
      TransmitPower: 2,
    });
    expect(() => transmitter(of, { powerDbm: 12, hopTable: 1 })).toThrow(
      expect.objectContaining({ code: 'CAPABILITY', message: 'the reader has no hop table 1; it lists 4' }),
    );
    expect(() => transmitter(of, { powerDbm: 12, channelKhz: 866_300 })).toThrow('this reader hops');
    expect([hopTables(of), fixedChannels(of)]).toEqual([[{ id: 4, frequenciesKhz: [902_750, 903_250] }], []]);
  });

  test('a reader with fixed channels: by frequency', () => {
    const of = capabilities(fixed);
    expect(transmitter(of, { powerDbm: 30 })).toMatchObject({ HopTableID: 0, ChannelIndex: 1 });
    expect(transmitter(of, { powerDbm: 30, channelKhz: 866_900 })).toMatchObject({ ChannelIndex: 3 });
    expect(() => transmitter(of, { powerDbm: 30, channelKhz: 915_000 })).toThrow(
      '915000 kHz is no channel of this reader; it lists 865700 kHz, 866300 kHz, 866900 kHz',
    );
    expect(() => transmitter(of, { powerDbm: 30, hopTable: 1 })).toThrow('this reader does not hop');
  });

  test('facts of a reader that tells little, and a standard outside the list', () => {
    expect(readerFacts(capabilities(fixed))).toMatchObject({
      maker: 'PEN 0',
      antennas: 0,
      countryCode: 276,
      communicationsStandard: '20',
      fixedChannelsKhz: [865_700, 866_300, 866_900],
      holdsReports: false,
    });
  });
});

test("vendors' content selectors go through the codec by name", () => {
  const reportExtensions = [
    impinjContent({ rssi: true, phase: true, doppler: true, tid: true, txPower: true, xpc: true }),
    zebraContent({ phase: true }),
  ];
  const rospec = inventoryROSpec({ id: 1, session: 1, reportExtensions });
  const message = { message: 'ADD_ROSPEC', version: 1, id: 1, parameters: [rospec] };
  expect(decode(encode(message))).toEqual(message);
});
