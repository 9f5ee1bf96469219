import { child, children, type Message, numberOf, textOf } from './message.ts';
import { fixedChannels, type HopTable, hopTables, type PowerStep, powerSteps } from './region.ts';
import type { LlrpClient } from './session.ts';
import { IMPINJ_PEN, ZEBRA_PEN } from './vendor.ts';

/** Makers by their private enterprise number. */
const MAKERS: Readonly<Record<number, string>> = { [IMPINJ_PEN]: 'Impinj', [ZEBRA_PEN]: 'Zebra' };

/** What a reader says of itself in GET_READER_CAPABILITIES_RESPONSE. */
export interface ReaderFacts {
  /** A known maker's name, else its private enterprise number. */
  maker: string;
  model: number;
  firmware: string;
  antennas: number;
  gpis: number;
  gpos: number;
  utcClock: boolean;
  /** ISO 3166 numeric code, 0 = unspecified. */
  countryCode: number;
  /** The standard's name, or its number where the list has none. */
  communicationsStandard: string;
  powers: PowerStep[];
  hopTables: HopTable[];
  fixedChannelsKhz: number[];
  /** Identifiers of the Gen2 modes. */
  modes: number[];
  holdsReports: boolean;
  rospecsMax: number;
  accessSpecsMax: number;
  operationsPerAccessSpecMax: number;
  blockWrite: boolean;
  blockErase: boolean;
  blockPermalock: boolean;
}

/** A capabilities response (RequestedData All) as plain facts; what it lacks is 0, false or empty. */
export function readerFacts(capabilities: Message): ReaderFacts {
  const general = child(capabilities, 'GeneralDeviceCapabilities');
  const llrp = child(capabilities, 'LLRPCapabilities');
  const regulatory = child(capabilities, 'RegulatoryCapabilities');
  const gpio = child(general, 'GPIOCapabilities');
  const gen2 = child(capabilities, 'C1G2LLRPCapabilities');
  const pen = numberOf(general, 'DeviceManufacturerName');
  const modes = children(child(regulatory, 'UHFBandCapabilities'), 'C1G2UHFRFModeTable').flatMap((table) =>
    children(table, 'C1G2UHFRFModeTableEntry').map((entry) => numberOf(entry, 'ModeIdentifier')),
  );
  return {
    maker: MAKERS[pen] ?? `PEN ${pen}`,
    model: numberOf(general, 'ModelName'),
    firmware: textOf(general, 'ReaderFirmwareVersion'),
    antennas: numberOf(general, 'MaxNumberOfAntennaSupported'),
    gpis: numberOf(gpio, 'NumGPIs'),
    gpos: numberOf(gpio, 'NumGPOs'),
    utcClock: general?.['HasUTCClockCapability'] === true,
    countryCode: numberOf(regulatory, 'CountryCode'),
    communicationsStandard: textOf(regulatory, 'CommunicationsStandard'),
    powers: powerSteps(capabilities),
    hopTables: hopTables(capabilities),
    fixedChannelsKhz: fixedChannels(capabilities),
    modes,
    holdsReports: llrp?.['SupportsEventAndReportHolding'] === true,
    rospecsMax: numberOf(llrp, 'MaxNumROSpecs'),
    accessSpecsMax: numberOf(llrp, 'MaxNumAccessSpecs'),
    operationsPerAccessSpecMax: numberOf(llrp, 'MaxNumOpSpecsPerAccessSpec'),
    blockWrite: gen2?.['CanSupportBlockWrite'] === true,
    blockErase: gen2?.['CanSupportBlockErase'] === true,
    blockPermalock: gen2?.['CanSupportBlockPermalock'] === true,
  };
}

/** Asks the reader for everything that it can do (LLRP 1.0.1 section 9.1). */
export const readCapabilities = (client: LlrpClient): Promise<Message> =>
  client.request({ message: 'GET_READER_CAPABILITIES', RequestedData: 'All' });
