import { LlrpError } from './error.ts';
import { child, children, type Message, numberOf, type Parameter } from './message.ts';

/** A step of the reader's own power table; the index means nothing on another reader or in another region. */
export interface PowerStep {
  index: number;
  dbm: number;
}

export interface HopTable {
  id: number;
  /** Channel frequencies in kHz, in the order of their indexes, 1 first. */
  frequenciesKhz: number[];
}

const bandOf = (capabilities: Message): Parameter | undefined =>
  child(child(capabilities, 'RegulatoryCapabilities'), 'UHFBandCapabilities');

/** The power steps of a GET_READER_CAPABILITIES_RESPONSE, weakest first. */
export function powerSteps(capabilities: Message): PowerStep[] {
  return children(bandOf(capabilities), 'TransmitPowerLevelTableEntry')
    .map((entry) => ({ index: numberOf(entry, 'Index'), dbm: Number(entry['TransmitPowerValue']) / 100 }))
    .toSorted((a, b) => a.dbm - b.dbm);
}

/**
 * The strongest step that is not above `dbm`, so that a limit is never passed.
 *
 * @throws LlrpError CAPABILITY when the reader tells no steps, or none so weak
 */
export function powerStepFor(capabilities: Message, dbm: number): PowerStep {
  const steps = powerSteps(capabilities);
  const [weakest] = steps;
  if (!weakest) throw new LlrpError('CAPABILITY', 'the reader lists no transmit powers');
  const step = steps.findLast((one) => one.dbm <= dbm);
  if (step) return step;
  throw new LlrpError('CAPABILITY', `${dbm} dBm is below the reader's weakest power, ${weakest.dbm} dBm`);
}

const frequencies = (of: Parameter | undefined): number[] => (of?.['Frequency'] as number[] | undefined) ?? [];

/** The hop tables of a reader that hops; empty for one with fixed channels. */
export function hopTables(capabilities: Message): HopTable[] {
  const information = child(bandOf(capabilities), 'FrequencyInformation');
  return children(information, 'FrequencyHopTable').map((table) => ({
    id: numberOf(table, 'HopTableID'),
    frequenciesKhz: frequencies(table),
  }));
}

/** The channels in kHz of a reader that does not hop, index 1 first. */
export function fixedChannels(capabilities: Message): number[] {
  const information = child(bandOf(capabilities), 'FrequencyInformation');
  return frequencies(child(information, 'FixedFrequencyTable'));
}

export interface TransmitOptions {
  powerDbm: number;
  /** One of the listed hop tables; the first when left out. */
  hopTable?: number;
  /** For a reader with fixed channels: one of its frequencies in kHz; its first when left out. */
  channelKhz?: number;
}

function hopping(tables: HopTable[], { hopTable, channelKhz }: TransmitOptions): Partial<Parameter> {
  if (channelKhz !== undefined)
    throw new LlrpError('CAPABILITY', 'this reader hops: a single frequency cannot be chosen');
  const table = hopTable === undefined ? tables[0] : tables.find((one) => one.id === hopTable);
  if (table) return { HopTableID: table.id, ChannelIndex: 0 };
  const there = tables.map((one) => one.id).join(', ');
  throw new LlrpError('CAPABILITY', `the reader has no hop table ${hopTable}; it lists ${there}`);
}

function fixed(channels: number[], { hopTable, channelKhz }: TransmitOptions): Partial<Parameter> {
  if (hopTable !== undefined) throw new LlrpError('CAPABILITY', 'this reader does not hop: it has no hop tables');
  const index = channelKhz === undefined ? 0 : channels.indexOf(channelKhz);
  if (index >= 0) return { HopTableID: 0, ChannelIndex: index + 1 };
  const list = channels.map((one) => `${one} kHz`).join(', ');
  throw new LlrpError('CAPABILITY', `${channelKhz} kHz is no channel of this reader; it lists ${list}`);
}

/**
 * RFTransmitter by the reader's own tables (LLRP 1.0.1 section 13.2.6.8): constants of another region are refused by
 * the reader, or mean something else there.
 *
 * @throws LlrpError CAPABILITY when the tables have no such thing, and says what they have
 */
export function transmitter(capabilities: Message, options: TransmitOptions): Parameter {
  const tables = hopTables(capabilities);
  const place = tables.length > 0 ? hopping(tables, options) : fixed(fixedChannels(capabilities), options);
  const TransmitPower = powerStepFor(capabilities, options.powerDbm).index;
  return { parameter: 'RFTransmitter', ...place, TransmitPower };
}
