import type { Parameter } from '../message.ts';

/** What kind of reader is shown. */
export type Vendor = 'none' | 'impinj' | 'zebra';

/** IANA private enterprise numbers; a reader of no vendor says 0. */
export const MANUFACTURER: Record<Vendor, number> = { none: 0, impinj: 25882, zebra: 161 };
/** Transmit power 10 to 30 dBm in quarters, in hundredths of a dBm; index 1 is the lowest. */
export const POWER_ENTRIES = 81;
export const POWER_LOWEST_CDBM = 1000;
export const POWER_STEP_CDBM = 25;
/** Sensitivity steps below the best, in dB; index 1 is the best. */
export const SENSITIVITY_ENTRIES = 42;
export const HOP_TABLE_ID = 1;
export const PRIORITY_LEVELS = 8;
export const ROSPECS_MAX = 16;
export const SPECS_PER_ROSPEC_MAX = 32;
/** FCC part 15: 50 channels of 500 kHz from 902.75 MHz, in kHz. */
export const FREQUENCIES = Array.from({ length: 50 }, (_, i) => 902_750 + 500 * i);
const COUNTRY_USA = 840;

const indexes = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

export function generalDevice(antennas: number, vendor: Vendor): Parameter {
  return {
    parameter: 'GeneralDeviceCapabilities',
    MaxNumberOfAntennaSupported: antennas,
    CanSetAntennaProperties: false,
    HasUTCClockCapability: true,
    DeviceManufacturerName: MANUFACTURER[vendor],
    ModelName: 1,
    ReaderFirmwareVersion: 'emulator 1.0',
    parameters: [
      ...indexes(SENSITIVITY_ENTRIES).map((Index) => ({
        parameter: 'ReceiveSensitivityTableEntry',
        Index,
        ReceiveSensitivityValue: Index - 1,
      })),
      { parameter: 'GPIOCapabilities', NumGPIs: 0, NumGPOs: 0 },
      ...indexes(antennas).map((AntennaID) => ({
        parameter: 'PerAntennaAirProtocol',
        AntennaID,
        ProtocolID: ['EPCGlobalClass1Gen2'],
      })),
    ],
  };
}

export const LLRP_CAPABILITIES: Parameter = {
  parameter: 'LLRPCapabilities',
  CanDoRFSurvey: false,
  CanReportBufferFillWarning: false,
  SupportsClientRequestOpSpec: false,
  CanDoTagInventoryStateAwareSingulation: false,
  SupportsEventAndReportHolding: true,
  MaxNumPriorityLevelsSupported: PRIORITY_LEVELS,
  ClientRequestOpSpecTimeout: 0,
  MaxNumROSpecs: ROSPECS_MAX,
  MaxNumSpecsPerROSpec: SPECS_PER_ROSPEC_MAX,
  MaxNumInventoryParameterSpecsPerAISpec: 1,
  MaxNumAccessSpecs: 0,
  MaxNumOpSpecsPerAccessSpec: 0,
};

const MODE: Parameter = {
  parameter: 'C1G2UHFRFModeTableEntry',
  ModeIdentifier: 0,
  DRValue: 'DRV_64_3',
  EPCHAGTCConformance: false,
  MValue: 'MV_4',
  ForwardLinkModulation: 'PR_ASK',
  SpectralMaskIndicator: 'MI',
  BDRValue: 256_000,
  PIEValue: 1500,
  MinTariValue: 6250,
  MaxTariValue: 25_000,
  StepTariValue: 0,
};

export const REGULATORY: Parameter = {
  parameter: 'RegulatoryCapabilities',
  CountryCode: COUNTRY_USA,
  CommunicationsStandard: 'US_FCC_Part_15',
  parameters: [
    {
      parameter: 'UHFBandCapabilities',
      parameters: [
        ...indexes(POWER_ENTRIES).map((Index) => ({
          parameter: 'TransmitPowerLevelTableEntry',
          Index,
          TransmitPowerValue: POWER_LOWEST_CDBM + POWER_STEP_CDBM * (Index - 1),
        })),
        {
          parameter: 'FrequencyInformation',
          Hopping: true,
          parameters: [{ parameter: 'FrequencyHopTable', HopTableID: HOP_TABLE_ID, Frequency: FREQUENCIES }],
        },
        { parameter: 'C1G2UHFRFModeTable', parameters: [MODE] },
      ],
    },
  ],
};

/** C1G2LLRPCapabilities, which has four more bits from LLRP 1.1 on. */
export function airProtocol(version: number): Parameter {
  const since11 = {
    CanSupportBlockPermalock: false,
    CanSupportTagRecommissioning: false,
    CanSupportUMIMethod2: false,
    CanSupportXPC: false,
  };
  return {
    parameter: 'C1G2LLRPCapabilities',
    CanSupportBlockErase: false,
    CanSupportBlockWrite: false,
    ...(version >= 2 ? since11 : {}),
    MaxNumSelectFiltersPerQuery: 0,
  };
}
