import type { Parameter } from '../message.ts';

/** What kind of reader is shown. */
export type Vendor = 'none' | 'impinj' | 'zebra';

/** Index in a table of evenly spaced values, from 1. */
interface Steps {
  lowest: number;
  step: number;
  entries: number;
}

/** What one model says of itself and holds to. */
export interface Model {
  /** IANA private enterprise number; a reader of no vendor says 0. */
  manufacturer: number;
  modelName: number;
  firmware: string;
  gpis: number;
  gpos: number;
  /** Whether GPI ports report before anybody switches them on. */
  gpisEnabled: boolean;
  /** Hundredths of a dBm. */
  power: Steps;
  /** Sensitivity below the best, in dB, by index. */
  sensitivities: readonly number[];
  modes: readonly Parameter[];
  priorityLevels: number;
  rospecs: number;
  specsPerROSpec: number;
  accessSpecs: number;
  opSpecsPerAccessSpec: number;
  blockErase: boolean;
  selectFilters: number;
}

/** FCC part 15: 50 channels of 500 kHz from 902.75 MHz, in kHz. */
export const FREQUENCIES = Array.from({ length: 50 }, (_, i) => 902_750 + 500 * i);
export const HOP_TABLE_ID = 1;
const COUNTRY_USA = 840;

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const indexes = (count: number): number[] => range(1, count);

/** Miller mode, backscatter rate in bit/s, PIE ratio in thousandths, Tari in ns. */
const mode = (id: number, MValue: string, BDRValue: number, PIEValue: number, tari: [number, number]): Parameter => ({
  parameter: 'C1G2UHFRFModeTableEntry',
  ModeIdentifier: id,
  DRValue: 'DRV_64_3',
  EPCHAGTCConformance: false,
  MValue,
  ForwardLinkModulation: 'PR_ASK',
  SpectralMaskIndicator: BDRValue > 300_000 ? 'MI' : 'DI',
  BDRValue,
  PIEValue,
  MinTariValue: tari[0],
  MaxTariValue: tari[1],
  StepTariValue: 0,
});

export const MODELS: Record<Vendor, Model> = {
  none: {
    manufacturer: 0,
    modelName: 1,
    firmware: 'emulator 1.0',
    gpis: 4,
    gpos: 4,
    gpisEnabled: true,
    power: { lowest: 1000, step: 25, entries: 81 },
    sensitivities: range(0, 41),
    modes: [mode(0, 'MV_4', 256_000, 1500, [6250, 25_000])],
    priorityLevels: 8,
    rospecs: 16,
    specsPerROSpec: 32,
    accessSpecs: 32,
    opSpecsPerAccessSpec: 8,
    blockErase: true,
    selectFilters: 0,
  },
  // four antennas, four inputs and outputs, one ROSpec at a time
  impinj: {
    manufacturer: 25_882,
    modelName: 2_001_002,
    firmware: '5.14.0.240',
    gpis: 4,
    gpos: 4,
    gpisEnabled: false,
    power: { lowest: 1000, step: 25, entries: 81 },
    sensitivities: [0, ...range(10, 50)],
    modes: [
      mode(0, 'MV_FM0', 640_000, 1500, [6250, 6250]),
      mode(1, 'MV_2', 640_000, 1500, [6250, 6250]),
      mode(2, 'MV_4', 274_000, 2000, [20_000, 20_000]),
      mode(3, 'MV_8', 170_600, 2000, [20_000, 20_000]),
      mode(4, 'MV_4', 640_000, 1500, [7140, 7140]),
      ...[1000, 1002, 1003, 1004, 1005].map((id) => mode(id, 'MV_FM0', 40_000, 1500, [6250, 6250])),
    ],
    priorityLevels: 1,
    rospecs: 1,
    specsPerROSpec: 32,
    accessSpecs: 1508,
    opSpecsPerAccessSpec: 8,
    blockErase: false,
    selectFilters: 2,
  },
  zebra: {
    manufacturer: 161,
    modelName: 96_004,
    firmware: '3.10.30',
    gpis: 4,
    gpos: 4,
    gpisEnabled: true,
    power: { lowest: 1000, step: 10, entries: 231 },
    sensitivities: [0],
    modes: [
      mode(1, 'MV_FM0', 640_000, 1500, [6250, 6250]),
      mode(2, 'MV_2', 320_000, 1500, [12_500, 12_500]),
      mode(3, 'MV_4', 256_000, 2000, [25_000, 25_000]),
      mode(4, 'MV_8', 128_000, 2000, [25_000, 25_000]),
    ],
    priorityLevels: 8,
    rospecs: 8,
    specsPerROSpec: 8,
    accessSpecs: 32,
    opSpecsPerAccessSpec: 8,
    blockErase: true,
    selectFilters: 2,
  },
};

/** Power of an index of the model's table, in dBm. */
export const dbmOf = ({ power }: Model, index: number): number => (power.lowest + power.step * (index - 1)) / 100;

export function generalDevice(antennas: number, model: Model, hasUtc: boolean): Parameter {
  return {
    parameter: 'GeneralDeviceCapabilities',
    MaxNumberOfAntennaSupported: antennas,
    CanSetAntennaProperties: false,
    HasUTCClockCapability: hasUtc,
    DeviceManufacturerName: model.manufacturer,
    ModelName: model.modelName,
    ReaderFirmwareVersion: model.firmware,
    parameters: [
      ...model.sensitivities.map((ReceiveSensitivityValue, i) => ({
        parameter: 'ReceiveSensitivityTableEntry',
        Index: i + 1,
        ReceiveSensitivityValue,
      })),
      { parameter: 'GPIOCapabilities', NumGPIs: model.gpis, NumGPOs: model.gpos },
      ...indexes(antennas).map((AntennaID) => ({
        parameter: 'PerAntennaAirProtocol',
        AntennaID,
        ProtocolID: ['EPCGlobalClass1Gen2'],
      })),
    ],
  };
}

export const llrpCapabilities = (model: Model): Parameter => ({
  parameter: 'LLRPCapabilities',
  CanDoRFSurvey: false,
  CanReportBufferFillWarning: false,
  SupportsClientRequestOpSpec: false,
  CanDoTagInventoryStateAwareSingulation: false,
  SupportsEventAndReportHolding: true,
  MaxNumPriorityLevelsSupported: model.priorityLevels,
  ClientRequestOpSpecTimeout: 0,
  MaxNumROSpecs: model.rospecs,
  MaxNumSpecsPerROSpec: model.specsPerROSpec,
  MaxNumInventoryParameterSpecsPerAISpec: 1,
  MaxNumAccessSpecs: model.accessSpecs,
  MaxNumOpSpecsPerAccessSpec: model.opSpecsPerAccessSpec,
});

export const regulatory = (model: Model): Parameter => ({
  parameter: 'RegulatoryCapabilities',
  CountryCode: COUNTRY_USA,
  CommunicationsStandard: 'US_FCC_Part_15',
  parameters: [
    {
      parameter: 'UHFBandCapabilities',
      parameters: [
        ...indexes(model.power.entries).map((Index) => ({
          parameter: 'TransmitPowerLevelTableEntry',
          Index,
          TransmitPowerValue: model.power.lowest + model.power.step * (Index - 1),
        })),
        {
          parameter: 'FrequencyInformation',
          Hopping: true,
          parameters: [{ parameter: 'FrequencyHopTable', HopTableID: HOP_TABLE_ID, Frequency: FREQUENCIES }],
        },
        { parameter: 'C1G2UHFRFModeTable', parameters: [...model.modes] },
      ],
    },
  ],
});

/** C1G2LLRPCapabilities, which has four more bits from LLRP 1.1 on. */
export function airProtocol(model: Model, version: number): Parameter {
  const since11 = {
    CanSupportBlockPermalock: false,
    CanSupportTagRecommissioning: false,
    CanSupportUMIMethod2: false,
    CanSupportXPC: false,
  };
  return {
    parameter: 'C1G2LLRPCapabilities',
    CanSupportBlockErase: model.blockErase,
    CanSupportBlockWrite: true,
    ...(version >= 2 ? since11 : {}),
    MaxNumSelectFiltersPerQuery: model.selectFilters,
  };
}
